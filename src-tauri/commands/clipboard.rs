//! Text for other programs. The page's own clipboard wants a click a moment
//! ago, which is over by the time links were read.

use crate::error::IpcResult;
use std::sync::{Arc, Mutex, PoisonError};
use tauri::State;
use vitrine_core::model::{ErrorCode, Failure};

/// The system's clipboard. Kept, because on some systems what was copied is
/// there only as long as who copied it.
#[derive(Default)]
pub(crate) struct Clipboard(Arc<Mutex<Option<arboard::Clipboard>>>);

/// Puts text into the clipboard.
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
