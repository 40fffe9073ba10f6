//! Named sets of references.

use crate::error::{ForTheWindow, IpcResult};
use crate::opened::OpenedLibrary;
use tauri::State;
use vitrine_core::model::{ActionReport, Gallery, GalleryId, ImageId};

/// Returns the profile's galleries in their order.
#[tauri::command]
#[specta::specta]
pub(crate) async fn list_galleries(library: State<'_, OpenedLibrary>) -> IpcResult<Vec<Gallery>> {
    library.get().await?.galleries().await.for_the_window()
}

/// Makes an empty gallery.
#[tauri::command]
#[specta::specta]
pub(crate) async fn create_gallery(library: State<'_, OpenedLibrary>, name: String) -> IpcResult<Gallery> {
    library.get().await?.create_gallery(&name).await.for_the_window()
}

/// Gives a gallery another name.
#[tauri::command]
#[specta::specta]
pub(crate) async fn rename_gallery(
    library: State<'_, OpenedLibrary>,
    id: GalleryId,
    name: String,
) -> IpcResult<Gallery> {
    library.get().await?.rename_gallery(&id, &name).await.for_the_window()
}

/// Puts the profile's galleries into an order, and returns them.
#[tauri::command]
#[specta::specta]
pub(crate) async fn arrange_galleries(
    library: State<'_, OpenedLibrary>,
    ids: Vec<GalleryId>,
) -> IpcResult<Vec<Gallery>> {
    library.get().await?.arrange_galleries(ids).await.for_the_window()
}

/// Chooses the image that stands for a gallery; none leaves it to the newest.
#[tauri::command]
#[specta::specta]
pub(crate) async fn set_gallery_cover(
    library: State<'_, OpenedLibrary>,
    id: GalleryId,
    cover: Option<ImageId>,
) -> IpcResult<Gallery> {
    library.get().await?.set_gallery_cover(&id, cover).await.for_the_window()
}

/// Deletes a gallery; its images stay.
#[tauri::command]
#[specta::specta]
pub(crate) async fn delete_gallery(library: State<'_, OpenedLibrary>, id: GalleryId) -> IpcResult<()> {
    library.get().await?.delete_gallery(&id).await.for_the_window()
}

/// Adds references to a gallery.
#[tauri::command]
#[specta::specta]
pub(crate) async fn add_to_gallery(
    library: State<'_, OpenedLibrary>,
    id: GalleryId,
    images: Vec<ImageId>,
) -> IpcResult<ActionReport> {
    library.get().await?.add_to_gallery(&id, images).await.for_the_window()
}

/// Takes references out of a gallery.
#[tauri::command]
#[specta::specta]
pub(crate) async fn take_from_gallery(
    library: State<'_, OpenedLibrary>,
    id: GalleryId,
    images: Vec<ImageId>,
) -> IpcResult<ActionReport> {
    library.get().await?.take_from_gallery(&id, images).await.for_the_window()
}
