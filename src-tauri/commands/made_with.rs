//! Which references a generated image was made with.

use crate::error::IpcResult;
use crate::opened::OpenedLibrary;
use tauri::State;
use vitrine_core::model::{ImageId, MadeWith};

/// Returns what an image is linked to, and what its texts suggest.
#[tauri::command]
#[specta::specta]
pub(crate) async fn made_with(library: State<'_, OpenedLibrary>, id: ImageId) -> IpcResult<MadeWith> {
    Ok(library.get().await?.made_with(&id).await?)
}

/// Says which references images were made with, besides those known.
#[tauri::command]
#[specta::specta]
pub(crate) async fn link_references(
    library: State<'_, OpenedLibrary>,
    images: Vec<ImageId>,
    references: Vec<ImageId>,
) -> IpcResult<()> {
    Ok(library.get().await?.link_references(images, references).await?)
}

/// Takes a link back.
#[tauri::command]
#[specta::specta]
pub(crate) async fn unlink_reference(
    library: State<'_, OpenedLibrary>,
    image: ImageId,
    reference: ImageId,
) -> IpcResult<()> {
    Ok(library.get().await?.unlink_reference(&image, &reference).await?)
}
