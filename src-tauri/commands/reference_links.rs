//! The references that a generated image was made with.

use crate::error::IpcResult;
use crate::opened::OpenedLibrary;
use tauri::State;
use vitrine_core::model::{ImageId, MadeWith};

/// Returns the images that an image is linked to, and those that its texts
/// suggest.
#[tauri::command]
#[specta::specta]
pub(crate) async fn made_with(library: State<'_, OpenedLibrary>, id: ImageId) -> IpcResult<MadeWith> {
    Ok(library.get().await?.made_with(&id).await?)
}

/// Adds references that images were made with to the known ones.
#[tauri::command]
#[specta::specta]
pub(crate) async fn link_references(
    library: State<'_, OpenedLibrary>,
    images: Vec<ImageId>,
    references: Vec<ImageId>,
) -> IpcResult<()> {
    Ok(library.get().await?.link_references(images, references).await?)
}

/// Removes a link.
#[tauri::command]
#[specta::specta]
pub(crate) async fn unlink_reference(
    library: State<'_, OpenedLibrary>,
    image: ImageId,
    reference: ImageId,
) -> IpcResult<()> {
    Ok(library.get().await?.unlink_reference(&image, &reference).await?)
}
