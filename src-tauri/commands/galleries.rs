//! Galleries, which are named sets of references.

use crate::error::IpcResult;
use crate::opened::OpenedLibrary;
use tauri::State;
use vitrine_core::model::{ActionReport, Gallery, GalleryId, ImageId, PlacedImages};

/// Returns the profile's galleries in their order.
#[tauri::command]
#[specta::specta]
pub(crate) async fn list_galleries(library: State<'_, OpenedLibrary>) -> IpcResult<Vec<Gallery>> {
    Ok(library.get().await?.galleries().await?)
}

/// Creates an empty gallery.
#[tauri::command]
#[specta::specta]
pub(crate) async fn create_gallery(library: State<'_, OpenedLibrary>, name: String) -> IpcResult<Gallery> {
    Ok(library.get().await?.create_gallery(&name).await?)
}

/// Renames a gallery.
#[tauri::command]
#[specta::specta]
pub(crate) async fn rename_gallery(
    library: State<'_, OpenedLibrary>,
    id: GalleryId,
    name: String,
) -> IpcResult<Gallery> {
    Ok(library.get().await?.rename_gallery(&id, &name).await?)
}

/// Sets the order of the profile's galleries, and returns them.
#[tauri::command]
#[specta::specta]
pub(crate) async fn arrange_galleries(
    library: State<'_, OpenedLibrary>,
    ids: Vec<GalleryId>,
) -> IpcResult<Vec<Gallery>> {
    Ok(library.get().await?.arrange_galleries(ids).await?)
}

/// Chooses the cover of a gallery; `None` leaves it to the newest image.
#[tauri::command]
#[specta::specta]
pub(crate) async fn set_gallery_cover(
    library: State<'_, OpenedLibrary>,
    id: GalleryId,
    cover: Option<ImageId>,
) -> IpcResult<Gallery> {
    Ok(library.get().await?.set_gallery_cover(&id, cover).await?)
}

/// Deletes a gallery; its images stay.
#[tauri::command]
#[specta::specta]
pub(crate) async fn delete_gallery(library: State<'_, OpenedLibrary>, id: GalleryId) -> IpcResult<()> {
    Ok(library.get().await?.delete_gallery(&id).await?)
}

/// Returns where those of these references are that are in a gallery, newest first.
#[tauri::command]
#[specta::specta]
pub(crate) async fn places_in_gallery(
    library: State<'_, OpenedLibrary>,
    id: GalleryId,
    images: Vec<ImageId>,
) -> IpcResult<Vec<PlacedImages>> {
    Ok(library.get().await?.places_in_gallery(&id, images).await?)
}

/// Restores a gallery that was deleted since the app started, with its images.
#[tauri::command]
#[specta::specta]
pub(crate) async fn restore_gallery(library: State<'_, OpenedLibrary>, id: GalleryId) -> IpcResult<Gallery> {
    Ok(library.get().await?.restore_gallery(&id).await?)
}

/// Adds references to a gallery.
#[tauri::command]
#[specta::specta]
pub(crate) async fn add_to_gallery(
    library: State<'_, OpenedLibrary>,
    id: GalleryId,
    images: Vec<ImageId>,
) -> IpcResult<ActionReport> {
    Ok(library.get().await?.add_to_gallery(&id, images).await?)
}

/// Removes references from a gallery.
#[tauri::command]
#[specta::specta]
pub(crate) async fn take_from_gallery(
    library: State<'_, OpenedLibrary>,
    id: GalleryId,
    images: Vec<ImageId>,
) -> IpcResult<ActionReport> {
    Ok(library.get().await?.take_from_gallery(&id, images).await?)
}
