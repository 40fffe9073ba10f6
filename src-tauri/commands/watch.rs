//! Folders outside the library that are watched for new pictures. Paths go to
//! the interface for display; none comes from it.

use crate::dialogs;
use crate::error::IpcResult;
use crate::opened::OpenedLibrary;
use tauri::{AppHandle, Runtime, State};
use vitrine_core::model::WatchedFolder;

/// Returns the folders that the profile watches.
#[tauri::command]
#[specta::specta]
pub(crate) async fn watched_folders(library: State<'_, OpenedLibrary>) -> IpcResult<Vec<WatchedFolder>> {
    Ok(library.get().await?.watched_folders().await?)
}

/// Asks for a folder and watches it. Returns nothing if the dialog was closed.
#[tauri::command]
#[specta::specta]
pub(crate) async fn watch_folder_with_dialog<R: Runtime>(
    app: AppHandle<R>,
    library: State<'_, OpenedLibrary>,
) -> IpcResult<Option<WatchedFolder>> {
    let library = library.get().await?;
    let Some(folder) = dialogs::pick_folder(&app).await else { return Ok(None) };
    Ok(Some(library.watch_folder(folder, Vec::new()).await?))
}

/// Decides whether the pictures that were in a folder before are imported into
/// the history.
#[tauri::command]
#[specta::specta]
pub(crate) async fn settle_watch_offer(
    library: State<'_, OpenedLibrary>,
    id: u32,
    wanted: bool,
) -> IpcResult<()> {
    Ok(library.get().await?.settle_watch_offer(id, wanted).await?)
}

/// Changes what is skipped in a watched folder.
#[tauri::command]
#[specta::specta]
pub(crate) async fn set_watch_ignored(
    library: State<'_, OpenedLibrary>,
    id: u32,
    ignored: Vec<String>,
) -> IpcResult<()> {
    Ok(library.get().await?.set_watch_ignored(id, ignored).await?)
}

/// Stops watching a folder.
#[tauri::command]
#[specta::specta]
pub(crate) async fn unwatch_folder(library: State<'_, OpenedLibrary>, id: u32) -> IpcResult<()> {
    Ok(library.get().await?.unwatch_folder(id).await?)
}
