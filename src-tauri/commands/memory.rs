//! What the window remembers from one start to the next, and its end.

use crate::error::IpcResult;
use crate::memory::{Remembered, WindowMemory};
use std::sync::Arc;
use tauri::{Runtime, State, WebviewWindow};
use vitrine_core::model::{ErrorCode, Failure};

/// Returns what the window remembers, by name.
#[tauri::command]
#[specta::specta]
pub(crate) async fn window_memory(memory: State<'_, Arc<WindowMemory>>) -> IpcResult<Remembered> {
    let memory = Arc::clone(&memory);
    in_background(move || memory.all()).await
}

/// Remembers a text under a name.
#[tauri::command]
#[specta::specta]
pub(crate) async fn remember(
    memory: State<'_, Arc<WindowMemory>>,
    name: String,
    value: String,
) -> IpcResult<()> {
    let memory = Arc::clone(&memory);
    in_background(move || memory.remember(name, value)).await?
}

/// Closes the window, after the page has saved what was being written.
#[tauri::command]
#[specta::specta]
pub(crate) async fn close_window<R: Runtime>(window: WebviewWindow<R>) -> IpcResult<()> {
    window.destroy().map_err(|error| Failure { code: ErrorCode::Internal, message: error.to_string() })
}

async fn in_background<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> IpcResult<T> {
    let done = tauri::async_runtime::spawn_blocking(work).await;
    done.map_err(|error| Failure { code: ErrorCode::Internal, message: error.to_string() })
}
