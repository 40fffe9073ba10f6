//! Searching: what a query means, which models and tools there are, and saved
//! searches. The results come as pages of a view.

use crate::error::IpcResult;
use crate::opened::OpenedLibrary;
use tauri::State;
use vitrine_core::model::{Facets, SavedSearch};

/// Returns which parts of a query were not understood or name what does not exist, in plain words.
#[tauri::command]
#[specta::specta]
pub(crate) async fn explain_search(
    library: State<'_, OpenedLibrary>,
    query: String,
) -> IpcResult<Vec<String>> {
    Ok(library.get().await?.explain_search(&query).await?)
}

/// Returns the models and tools of the profile's images, the most used first.
#[tauri::command]
#[specta::specta]
pub(crate) async fn search_facets(library: State<'_, OpenedLibrary>) -> IpcResult<Facets> {
    Ok(library.get().await?.facets().await?)
}

/// Returns the profile's saved searches in their order.
#[tauri::command]
#[specta::specta]
pub(crate) async fn saved_searches(library: State<'_, OpenedLibrary>) -> IpcResult<Vec<SavedSearch>> {
    Ok(library.get().await?.saved_searches().await?)
}

/// Saves a search under a name, and replaces an existing one with that name.
#[tauri::command]
#[specta::specta]
pub(crate) async fn save_search(
    library: State<'_, OpenedLibrary>,
    search: SavedSearch,
) -> IpcResult<Vec<SavedSearch>> {
    Ok(library.get().await?.save_search(search).await?)
}

/// Deletes a saved search.
#[tauri::command]
#[specta::specta]
pub(crate) async fn forget_search(
    library: State<'_, OpenedLibrary>,
    name: String,
) -> IpcResult<Vec<SavedSearch>> {
    Ok(library.get().await?.forget_search(&name).await?)
}

/// Renames a saved search.
#[tauri::command]
#[specta::specta]
pub(crate) async fn rename_search(
    library: State<'_, OpenedLibrary>,
    name: String,
    to: String,
) -> IpcResult<Vec<SavedSearch>> {
    Ok(library.get().await?.rename_search(&name, &to).await?)
}

/// Sets the order of the saved searches.
#[tauri::command]
#[specta::specta]
pub(crate) async fn arrange_searches(
    library: State<'_, OpenedLibrary>,
    names: Vec<String>,
) -> IpcResult<Vec<SavedSearch>> {
    Ok(library.get().await?.arrange_searches(names).await?)
}
