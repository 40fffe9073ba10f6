//! The published feed of a profile.

use crate::dialogs;
use crate::error::IpcResult;
use crate::opened::OpenedLibrary;
use std::sync::{Mutex, PoisonError};
use tauri::{AppHandle, Runtime, State};
use tauri_plugin_opener::OpenerExt;
use tokio_util::sync::CancellationToken;
use vitrine_core::library::PublicTerms;
use vitrine_core::model::{
    ErrorCode, Failure, FeedBuilt, FeedSettings, FeedStatus, ImageId, TermsEdit, TermsReport,
};

/// The preview that is being made, so that it can be cancelled. A new one cancels the last.
#[derive(Default)]
pub(crate) struct RunningPreview(Mutex<CancellationToken>);

impl RunningPreview {
    fn begin(&self) -> CancellationToken {
        let mut running = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        running.cancel();
        *running = CancellationToken::new();
        running.clone()
    }

    fn cancel(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).cancel();
    }
}

/// Returns the settings of the feed.
#[tauri::command]
#[specta::specta]
pub(crate) async fn feed_settings(library: State<'_, OpenedLibrary>) -> IpcResult<FeedSettings> {
    Ok(library.get().await?.feed_settings().await?)
}

/// Saves the settings of the feed, and publishes what they change.
#[tauri::command]
#[specta::specta]
pub(crate) async fn save_feed_settings(
    library: State<'_, OpenedLibrary>,
    settings: FeedSettings,
) -> IpcResult<FeedSettings> {
    Ok(library.get().await?.save_feed_settings(settings).await?)
}

/// Returns how far the feed is published.
#[tauri::command]
#[specta::specta]
pub(crate) async fn feed_status(library: State<'_, OpenedLibrary>) -> IpcResult<FeedStatus> {
    Ok(library.get().await?.feed_status().await?)
}

/// Switches the feed on or off.
#[tauri::command]
#[specta::specta]
pub(crate) async fn set_feed_on(library: State<'_, OpenedLibrary>, on: bool) -> IpcResult<FeedStatus> {
    Ok(library.get().await?.set_feed_on(on).await?)
}

/// Writes the feed into a folder of the library as it would be published, and opens it in the browser.
#[tauri::command]
#[specta::specta]
pub(crate) async fn preview_feed<R: Runtime>(
    app: AppHandle<R>,
    library: State<'_, OpenedLibrary>,
    running: State<'_, RunningPreview>,
) -> IpcResult<FeedBuilt> {
    let cancel = running.begin();
    let (page, built) = library.get().await?.preview_feed(cancel, |_, _| ()).await?;
    app.opener().open_path(page.to_string_lossy(), None::<&str>).map_err(|_| no_browser())?;
    Ok(built)
}

/// Stops making a preview.
#[tauri::command]
#[specta::specta]
pub(crate) async fn cancel_preview(running: State<'_, RunningPreview>) -> IpcResult<()> {
    running.cancel();
    Ok(())
}

/// Opens the published page in the browser.
#[tauri::command]
#[specta::specta]
pub(crate) async fn open_feed<R: Runtime>(
    app: AppHandle<R>,
    library: State<'_, OpenedLibrary>,
) -> IpcResult<()> {
    // The address is built from the settings, and never comes from the interface.
    let address = library.get().await?.feed_status().await?.address.ok_or_else(|| Failure {
        code: ErrorCode::NotConfigured,
        message: "No bucket with a public address is connected.".to_owned(),
    })?;
    app.opener().open_url(address, None::<&str>).map_err(|_| no_browser())
}

/// Asks for a picture of the artist. Returns false if the dialog was closed.
#[tauri::command]
#[specta::specta]
pub(crate) async fn choose_feed_avatar<R: Runtime>(
    app: AppHandle<R>,
    library: State<'_, OpenedLibrary>,
) -> IpcResult<bool> {
    let Some(path) = dialogs::pick_picture(&app).await else { return Ok(false) };
    library.get().await?.set_feed_avatar_from(path).await?;
    Ok(true)
}

/// Removes the picture of the artist.
#[tauri::command]
#[specta::specta]
pub(crate) async fn remove_feed_avatar(library: State<'_, OpenedLibrary>) -> IpcResult<()> {
    Ok(library.get().await?.remove_feed_avatar().await?)
}

/// Returns a number that changes with the picture of the artist, which `vitrine://localhost/avatar/{number}` shows;
/// null if there is none.
#[tauri::command]
#[specta::specta]
pub(crate) async fn feed_avatar(library: State<'_, OpenedLibrary>) -> IpcResult<Option<String>> {
    Ok(library.get().await?.feed_avatar_id().await?)
}

/// Returns what is published of an image, or would be.
#[tauri::command]
#[specta::specta]
pub(crate) async fn public_terms(library: State<'_, OpenedLibrary>, id: ImageId) -> IpcResult<PublicTerms> {
    Ok(library.get().await?.public_terms(&id).await?)
}

/// Sets what the public copies of images show; null leaves a choice as it is.
#[tauri::command]
#[specta::specta]
pub(crate) async fn set_public_terms(
    library: State<'_, OpenedLibrary>,
    ids: Vec<ImageId>,
    edit: TermsEdit,
) -> IpcResult<TermsReport> {
    Ok(library.get().await?.set_public_terms(ids, edit).await?)
}

fn no_browser() -> Failure {
    Failure { code: ErrorCode::NotFound, message: "The browser cannot be opened.".to_owned() }
}
