//! Sets when pictures were made, or goes back to the dates from their files.

use crate::error::IpcResult;
use crate::opened::OpenedLibrary;
use tauri::State;
use vitrine_core::library::{DateChange, DatedImage};
use vitrine_core::model::{ImageId, UnixMs};

/// Sets when images were made, as the artist says.
#[tauri::command]
#[specta::specta]
pub(crate) async fn set_made(
    library: State<'_, OpenedLibrary>,
    ids: Vec<ImageId>,
    at: UnixMs,
) -> IpcResult<DateChange> {
    Ok(library.get().await?.set_made(ids, at).await?)
}

/// Replaces dates from the artist with those from the files.
#[tauri::command]
#[specta::specta]
pub(crate) async fn revert_made(
    library: State<'_, OpenedLibrary>,
    ids: Vec<ImageId>,
) -> IpcResult<DateChange> {
    Ok(library.get().await?.revert_made(ids).await?)
}

/// Writes dates with their sources, for an undo.
#[tauri::command]
#[specta::specta]
pub(crate) async fn put_made(
    library: State<'_, OpenedLibrary>,
    dates: Vec<DatedImage>,
) -> IpcResult<DateChange> {
    Ok(library.get().await?.put_made(dates).await?)
}
