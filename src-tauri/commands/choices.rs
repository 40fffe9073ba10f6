//! Ratings, favourites and notes.

use crate::error::IpcResult;
use crate::opened::OpenedLibrary;
use tauri::State;
use vitrine_core::library::NoteChange;
use vitrine_core::model::{ActionReport, Change, ImageId, Note, Rating};

/// Sets the rating of images; with `instead_of`, of those that still have that one.
#[tauri::command]
#[specta::specta]
pub(crate) async fn set_rating(
    library: State<'_, OpenedLibrary>,
    ids: Vec<ImageId>,
    rating: Rating,
    instead_of: Option<Rating>,
) -> IpcResult<ActionReport> {
    Ok(library.get().await?.set_rating(ids, Change { to: rating, instead_of }).await?)
}

/// Sets whether images are favourites; with `instead_of`, of those of which this is still so.
#[tauri::command]
#[specta::specta]
pub(crate) async fn set_favourite(
    library: State<'_, OpenedLibrary>,
    ids: Vec<ImageId>,
    favourite: bool,
    instead_of: Option<bool>,
) -> IpcResult<ActionReport> {
    Ok(library.get().await?.set_favourite(ids, Change { to: favourite, instead_of }).await?)
}

/// Sets the notes of images; an empty one removes it. Returns the notes that they had before.
#[tauri::command]
#[specta::specta]
pub(crate) async fn put_notes(library: State<'_, OpenedLibrary>, notes: Vec<Note>) -> IpcResult<NoteChange> {
    Ok(library.get().await?.put_notes(notes).await?)
}
