//! Copies text and pictures for other programs. The page's own clipboard requires a
//! recent click, and reading links takes longer than that.

use crate::error::IpcResult;
use crate::opened::OpenedLibrary;
use std::sync::{Arc, Mutex, PoisonError};
use tauri::State;
use vitrine_core::library::Bitmap;
use vitrine_core::model::{ErrorCode, Failure, ImageId};

/// The system's clipboard. It is kept, because on some systems what was copied
/// exists only as long as the program object that copied it.
#[derive(Default)]
pub(crate) struct Clipboard(Arc<Mutex<Option<arboard::Clipboard>>>);

impl Clipboard {
    /// Puts something on the clipboard.
    async fn put(
        &self,
        put: impl FnOnce(&mut arboard::Clipboard) -> Result<(), arboard::Error> + Send + 'static,
    ) -> IpcResult<()> {
        let clipboard = Arc::clone(&self.0);
        let copied = tauri::async_runtime::spawn_blocking(move || {
            let mut clipboard = clipboard.lock().unwrap_or_else(PoisonError::into_inner);
            if clipboard.is_none() {
                *clipboard = Some(arboard::Clipboard::new()?);
            }
            clipboard.as_mut().map_or(Ok(()), put)
        });
        let failure = |message: String| Failure { code: ErrorCode::Internal, message };
        copied.await.map_err(|error| failure(error.to_string()))?.map_err(|error| failure(error.to_string()))
    }
}

/// Copies text to the clipboard.
#[tauri::command]
#[specta::specta]
pub(crate) async fn copy_text(clipboard: State<'_, Clipboard>, text: String) -> IpcResult<()> {
    clipboard.put(move |clipboard| clipboard.set_text(text)).await
}

/// Copies the pixels of an image to the clipboard, for programs such as chats.
/// They carry no metadata.
#[tauri::command]
#[specta::specta]
pub(crate) async fn copy_picture(
    clipboard: State<'_, Clipboard>,
    library: State<'_, OpenedLibrary>,
    id: ImageId,
) -> IpcResult<()> {
    let Bitmap { width, height, rgba } = library.get().await?.bitmap(&id).await?;
    let side = |pixels: u32| usize::try_from(pixels).unwrap_or_default();
    let picture = arboard::ImageData { width: side(width), height: side(height), bytes: rgba.into() };
    clipboard.put(move |clipboard| clipboard.set_image(picture)).await
}
