//! Ratings, favourites and notes.

use crate::error::IpcResult;
use crate::opened::OpenedLibrary;
use tauri::State;
use vitrine_core::library::NoteChange;
use vitrine_core::model::{ActionReport, ImageId, Note, Rating};

/// Sets the rating of images.
#[tauri::command]
#[specta::specta]
pub(crate) async fn set_rating(
    library: State<'_, OpenedLibrary>,
    ids: Vec<ImageId>,
    rating: Rating,
) -> IpcResult<ActionReport> {
    Ok(library.get().await?.set_rating(ids, rating).await?)
}

/// Sets whether images are favourites.
#[tauri::command]
#[specta::specta]
pub(crate) async fn set_favourite(
    library: State<'_, OpenedLibrary>,
    ids: Vec<ImageId>,
    favourite: bool,
) -> IpcResult<ActionReport> {
    Ok(library.get().await?.set_favourite(ids, favourite).await?)
}

/// Sets the notes of images; an empty one removes it. Returns the notes that they had before.
#[tauri::command]
#[specta::specta]
pub(crate) async fn put_notes(library: State<'_, OpenedLibrary>, notes: Vec<Note>) -> IpcResult<NoteChange> {
    Ok(library.get().await?.put_notes(notes).await?)
}
