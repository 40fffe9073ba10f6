//! The log, for reports of faults.

use crate::error::IpcResult;
use crate::log::Log;
use tauri::{AppHandle, Runtime, State};
use tauri_plugin_opener::OpenerExt;
use vitrine_core::model::{ErrorCode, Failure};

/// Logs an error of the page that nothing handled. Returns whether it is the first
/// of its kind in this run.
#[tauri::command]
#[specta::specta]
pub(crate) async fn report_page_error(log: State<'_, Log>, error: String) -> IpcResult<bool> {
    Ok(log.page_error(&error))
}

/// Shows the file of the log in the file manager.
#[tauri::command]
#[specta::specta]
pub(crate) async fn reveal_log<R: Runtime>(app: AppHandle<R>, log: State<'_, Log>) -> IpcResult<()> {
    let failure = |code, message: &str| Failure { code, message: message.to_owned() };
    let file = log.path().map_err(|_| failure(ErrorCode::LibraryUnusable, "The log cannot be written."))?;
    app.opener()
        .reveal_item_in_dir(file)
        .map_err(|_| failure(ErrorCode::InvalidInput, "The file manager cannot be opened."))
}
