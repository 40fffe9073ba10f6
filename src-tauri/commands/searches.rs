//! Searching: what a query means, what there is to choose from, and searches
//! that are kept. What is found comes as pages of a view.

use crate::error::IpcResult;
use crate::opened::OpenedLibrary;
use tauri::State;
use vitrine_core::Library;
use vitrine_core::model::{Facets, SavedSearch};

/// Returns what was not understood of a query, in plain words.
#[tauri::command]
#[specta::specta]
pub(crate) fn explain_search(query: &str) -> Vec<String> {
    Library::explain_search(query)
}

/// Returns the models and tools of the profile's images, the most used first.
#[tauri::command]
#[specta::specta]
pub(crate) async fn search_facets(library: State<'_, OpenedLibrary>) -> IpcResult<Facets> {
    Ok(library.get().await?.facets().await?)
}

/// Returns the searches the profile keeps, by name.
#[tauri::command]
#[specta::specta]
pub(crate) async fn saved_searches(library: State<'_, OpenedLibrary>) -> IpcResult<Vec<SavedSearch>> {
    Ok(library.get().await?.saved_searches().await?)
}

/// Keeps a search under a name, in place of one that has it.
#[tauri::command]
#[specta::specta]
pub(crate) async fn save_search(
    library: State<'_, OpenedLibrary>,
    search: SavedSearch,
) -> IpcResult<Vec<SavedSearch>> {
    Ok(library.get().await?.save_search(search).await?)
}

/// Forgets a search.
#[tauri::command]
#[specta::specta]
pub(crate) async fn forget_search(
    library: State<'_, OpenedLibrary>,
    name: String,
) -> IpcResult<Vec<SavedSearch>> {
    Ok(library.get().await?.forget_search(&name).await?)
}
