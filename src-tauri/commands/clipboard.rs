//! Copies text for other programs. The page's own clipboard requires a recent
//! click, and reading links takes longer than that.

use crate::error::IpcResult;
use std::sync::{Arc, Mutex, PoisonError};
use tauri::State;
use vitrine_core::model::{ErrorCode, Failure};

/// The system's clipboard. It is kept, because on some systems copied text
/// exists only as long as the program object that copied it.
#[derive(Default)]
pub(crate) struct Clipboard(Arc<Mutex<Option<arboard::Clipboard>>>);

/// Copies text to the clipboard.
#[tauri::command]
#[specta::specta]
pub(crate) async fn copy_text(clipboard: State<'_, Clipboard>, text: String) -> IpcResult<()> {
    let clipboard = Arc::clone(&clipboard.0);
    let copied = tauri::async_runtime::spawn_blocking(move || {
        let mut clipboard = clipboard.lock().unwrap_or_else(PoisonError::into_inner);
        if clipboard.is_none() {
            *clipboard = Some(arboard::Clipboard::new()?);
        }
        clipboard.as_mut().map_or(Ok(()), |clipboard| clipboard.set_text(text))
    });
    let failure = |message: String| Failure { code: ErrorCode::Internal, message };
    copied.await.map_err(|error| failure(error.to_string()))?.map_err(|error| failure(error.to_string()))
}
