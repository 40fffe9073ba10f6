//! Collections, which are named sets of generated images.

use crate::error::IpcResult;
use crate::opened::OpenedLibrary;
use tauri::State;
use vitrine_core::model::{ActionReport, Collection, CollectionId, ImageId, PlacedImages};

/// Returns the profile's collections in their order.
#[tauri::command]
#[specta::specta]
pub(crate) async fn list_collections(library: State<'_, OpenedLibrary>) -> IpcResult<Vec<Collection>> {
    Ok(library.get().await?.collections().await?)
}

/// Creates an empty collection.
#[tauri::command]
#[specta::specta]
pub(crate) async fn create_collection(
    library: State<'_, OpenedLibrary>,
    name: String,
) -> IpcResult<Collection> {
    Ok(library.get().await?.create_collection(&name).await?)
}

/// Renames a collection.
#[tauri::command]
#[specta::specta]
pub(crate) async fn rename_collection(
    library: State<'_, OpenedLibrary>,
    id: CollectionId,
    name: String,
) -> IpcResult<Collection> {
    Ok(library.get().await?.rename_collection(&id, &name).await?)
}

/// Sets the order of the profile's collections, and returns them.
#[tauri::command]
#[specta::specta]
pub(crate) async fn arrange_collections(
    library: State<'_, OpenedLibrary>,
    ids: Vec<CollectionId>,
) -> IpcResult<Vec<Collection>> {
    Ok(library.get().await?.arrange_collections(ids).await?)
}

/// Chooses the cover of a collection; `None` leaves it to the first image.
#[tauri::command]
#[specta::specta]
pub(crate) async fn set_collection_cover(
    library: State<'_, OpenedLibrary>,
    id: CollectionId,
    cover: Option<ImageId>,
) -> IpcResult<Collection> {
    Ok(library.get().await?.set_collection_cover(&id, cover).await?)
}

/// Deletes a collection; its images stay.
#[tauri::command]
#[specta::specta]
pub(crate) async fn delete_collection(library: State<'_, OpenedLibrary>, id: CollectionId) -> IpcResult<()> {
    Ok(library.get().await?.delete_collection(&id).await?)
}

/// Returns where those of these images are that are in a collection, in its order.
#[tauri::command]
#[specta::specta]
pub(crate) async fn places_in_collection(
    library: State<'_, OpenedLibrary>,
    id: CollectionId,
    images: Vec<ImageId>,
) -> IpcResult<Vec<PlacedImages>> {
    Ok(library.get().await?.places_in_collection(&id, images).await?)
}

/// Restores a collection that was deleted since the app started, with its images.
#[tauri::command]
#[specta::specta]
pub(crate) async fn restore_collection(
    library: State<'_, OpenedLibrary>,
    id: CollectionId,
) -> IpcResult<Collection> {
    Ok(library.get().await?.restore_collection(&id).await?)
}

/// Adds generated images to the end of a collection.
#[tauri::command]
#[specta::specta]
pub(crate) async fn add_to_collection(
    library: State<'_, OpenedLibrary>,
    id: CollectionId,
    images: Vec<ImageId>,
) -> IpcResult<ActionReport> {
    Ok(library.get().await?.add_to_collection(&id, images).await?)
}

/// Removes images from a collection.
#[tauri::command]
#[specta::specta]
pub(crate) async fn take_from_collection(
    library: State<'_, OpenedLibrary>,
    id: CollectionId,
    images: Vec<ImageId>,
) -> IpcResult<ActionReport> {
    Ok(library.get().await?.take_from_collection(&id, images).await?)
}

/// Moves images of a collection in front of another one; to the end with `None`.
#[tauri::command]
#[specta::specta]
pub(crate) async fn move_in_collection(
    library: State<'_, OpenedLibrary>,
    id: CollectionId,
    images: Vec<ImageId>,
    before: Option<ImageId>,
) -> IpcResult<()> {
    library.get().await?.move_in_collection(&id, images, before).await?;
    Ok(())
}
