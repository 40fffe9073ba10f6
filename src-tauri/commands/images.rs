//! Pages, single images, visibility and removal.

use crate::drops::Drops;
use crate::error::IpcResult;
use crate::opened::OpenedLibrary;
use crate::platform;
use serde::Serialize;
use specta::Type;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tauri::{AppHandle, Runtime, State, WebviewWindow};
use tauri_plugin_opener::OpenerExt;
use vitrine_core::library::BucketStatus;
use vitrine_core::model::{
    ActionReport, Change, Collection, Counts, ErrorCode, Failure, Gallery, ImageDetail, ImageEdit, ImageId,
    OrderBy, Page, PageRequest, Profile, Removal, Replayed, Settings, Tile, TransferSummary, View,
    Visibility,
};

/// What the window needs for its first drawing.
#[derive(Debug, Clone, Serialize, Type)]
pub(crate) struct Bootstrap {
    profile: Profile,
    profiles: Vec<Profile>,
    counts: Counts,
    galleries: Vec<Gallery>,
    collections: Vec<Collection>,
    settings: Settings,
    bucket: BucketStatus,
    transfers: TransferSummary,
    version: String,
    /// Why nothing can be changed; `None` if the library can be written.
    look_only: Option<Failure>,
    /// What the catalog had lost and recovered from the journal when it was
    /// opened; `None` if nothing was lost.
    healed: Option<Replayed>,
    /// What is wrong with stored settings that cannot be read.
    unreadable_settings: Vec<Failure>,
}

pub(crate) async fn bootstrap_of(library: &vitrine_core::Library) -> Result<Bootstrap, vitrine_core::Error> {
    let (profile, profiles, counts, galleries, collections, bucket, transfers) = tokio::try_join!(
        library.profile(),
        library.profiles(),
        library.counts(),
        library.galleries(),
        library.collections(),
        library.bucket_status(),
        library.transfer_summary(),
    )?;
    let version = env!("CARGO_PKG_VERSION").to_owned();
    Ok(Bootstrap {
        profile,
        profiles,
        counts,
        galleries,
        collections,
        settings: library.settings(),
        bucket,
        transfers,
        version,
        look_only: library.look_only(),
        healed: library.healed(),
        unreadable_settings: library.unreadable_settings(),
    })
}

/// Returns what the window needs for its first drawing.
#[tauri::command]
#[specta::specta]
pub(crate) async fn bootstrap(library: State<'_, OpenedLibrary>) -> IpcResult<Bootstrap> {
    Ok(bootstrap_of(&library.get().await?).await?)
}

/// Returns one page of a grid in this order.
#[tauri::command]
#[specta::specta]
pub(crate) async fn list_images(
    library: State<'_, OpenedLibrary>,
    view: View,
    order: OrderBy,
    page: PageRequest,
) -> IpcResult<Page<Tile>> {
    Ok(library.get().await?.tiles(&view, order, &page).await?)
}

/// The number of the latest request for an index.
#[derive(Default)]
pub(crate) struct NewestIndex(Arc<AtomicU64>);

/// Returns all images of a view in this order, packed; empty if another index was requested
/// meanwhile.
#[tauri::command]
pub(crate) async fn view_index(
    library: State<'_, OpenedLibrary>,
    newest: State<'_, NewestIndex>,
    view: View,
    order: OrderBy,
) -> IpcResult<tauri::ipc::Response> {
    let asked = newest.0.fetch_add(1, Ordering::Relaxed) + 1;
    let newest = Arc::clone(&newest.0);
    let is_wanted = move || newest.load(Ordering::Relaxed) == asked;
    let packed = library.get().await?.view_index(&view, order, is_wanted).await?;
    Ok(tauri::ipc::Response::new(packed.unwrap_or_default()))
}

/// Returns the tiles of those images that the profile may see.
#[tauri::command]
#[specta::specta]
pub(crate) async fn get_tiles(library: State<'_, OpenedLibrary>, ids: Vec<ImageId>) -> IpcResult<Vec<Tile>> {
    Ok(library.get().await?.tiles_of(ids).await?)
}

/// Returns everything that is known about one image.
#[tauri::command]
#[specta::specta]
pub(crate) async fn get_image(library: State<'_, OpenedLibrary>, id: ImageId) -> IpcResult<ImageDetail> {
    Ok(library.get().await?.detail(&id).await?)
}

/// Sets who can find images; with `instead_of`, of those that still have that visibility.
#[tauri::command]
#[specta::specta]
pub(crate) async fn set_visibility(
    library: State<'_, OpenedLibrary>,
    ids: Vec<ImageId>,
    visibility: Visibility,
    instead_of: Option<Visibility>,
) -> IpcResult<ActionReport> {
    Ok(library.get().await?.set_visibility(ids, Change { to: visibility, instead_of }).await?)
}

/// Sets whether images are sensitive; with `instead_of`, of those of which this is still so.
#[tauri::command]
#[specta::specta]
pub(crate) async fn set_sensitive(
    library: State<'_, OpenedLibrary>,
    ids: Vec<ImageId>,
    sensitive: bool,
    instead_of: Option<bool>,
) -> IpcResult<ActionReport> {
    Ok(library.get().await?.set_sensitive(ids, Change { to: sensitive, instead_of }).await?)
}

/// Saves what the artist typed.
#[tauri::command]
#[specta::specta]
pub(crate) async fn edit_image(
    library: State<'_, OpenedLibrary>,
    id: ImageId,
    edit: ImageEdit,
) -> IpcResult<ImageDetail> {
    Ok(library.get().await?.edit(&id, edit).await?)
}

/// Removes images, to the trash or permanently.
#[tauri::command]
#[specta::specta]
pub(crate) async fn remove_images(
    library: State<'_, OpenedLibrary>,
    ids: Vec<ImageId>,
    permanently: bool,
) -> IpcResult<ActionReport> {
    let removal = if permanently { Removal::Permanent } else { Removal::ToTrash };
    Ok(library.get().await?.remove(ids, removal).await?)
}

/// Restores images from the trash.
#[tauri::command]
#[specta::specta]
pub(crate) async fn restore_images(
    library: State<'_, OpenedLibrary>,
    ids: Vec<ImageId>,
) -> IpcResult<ActionReport> {
    Ok(library.get().await?.restore(ids).await?)
}

/// Gives an image a new public URL. The old one stops working.
#[tauri::command]
#[specta::specta]
pub(crate) async fn new_link(library: State<'_, OpenedLibrary>, id: ImageId) -> IpcResult<ActionReport> {
    Ok(library.get().await?.new_links(vec![id]).await?)
}

/// Deletes everything in the trash permanently.
#[tauri::command]
#[specta::specta]
pub(crate) async fn empty_trash(library: State<'_, OpenedLibrary>) -> IpcResult<ActionReport> {
    Ok(library.get().await?.empty_trash().await?)
}

/// Returns how many images each view shows.
#[tauri::command]
#[specta::specta]
pub(crate) async fn counts(library: State<'_, OpenedLibrary>) -> IpcResult<Counts> {
    Ok(library.get().await?.counts().await?)
}

/// Starts a drag of copies of originals, to drop in another program.
#[tauri::command]
#[specta::specta]
pub(crate) async fn drag_images<R: Runtime>(
    window: WebviewWindow<R>,
    library: State<'_, OpenedLibrary>,
    drops: State<'_, Drops>,
    ids: Vec<ImageId>,
) -> IpcResult<()> {
    let files = library.get().await?.lend(ids).await?;
    drops.note_ours(&files);
    let failed = |error: String| {
        tracing::error!(error, "a drag could not start");
        Failure { code: ErrorCode::Internal, message: "The drag could not start.".to_owned() }
    };
    let (answer, heard) = tokio::sync::oneshot::channel();
    let dragged = window.clone();
    let begun = window.run_on_main_thread(move || {
        // If the window is closing, nobody waits for the result.
        let _ = answer.send(platform::drag_out(&dragged, files).map_err(|error| error.to_string()));
    });
    begun.map_err(|error| failed(error.to_string()))?;
    heard.await.unwrap_or_else(|_| Err("the window is gone".to_owned())).map_err(failed)
}

/// The public URL of an image.
#[derive(Debug, Clone, Serialize, Type)]
pub(crate) struct Link {
    id: ImageId,
    url: String,
}

/// Returns the public URLs of those images that have one.
#[tauri::command]
#[specta::specta]
pub(crate) async fn get_links(library: State<'_, OpenedLibrary>, ids: Vec<ImageId>) -> IpcResult<Vec<Link>> {
    let links = library.get().await?.links(ids).await?;
    Ok(links.into_iter().map(|(id, url)| Link { id, url }).collect())
}

/// Opens an image's public URL in the browser.
#[tauri::command]
#[specta::specta]
pub(crate) async fn open_link<R: Runtime>(
    app: AppHandle<R>,
    library: State<'_, OpenedLibrary>,
    id: ImageId,
) -> IpcResult<()> {
    // The URL is built from the settings, and never comes from the interface.
    let url = library.get().await?.web_link(&id).await?;
    app.opener().open_url(url, None::<&str>).map_err(|_| Failure {
        code: ErrorCode::NotFound,
        message: "The browser cannot be opened.".to_owned(),
    })
}
