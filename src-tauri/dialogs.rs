//! Dialogs of the system. Paths they return never cross to the interface.

use std::path::PathBuf;
use tauri::{AppHandle, Runtime};
use tauri_plugin_dialog::DialogExt;
use tokio::sync::oneshot;

/// Asks where a JSON file is to be saved. Returns `None` when the dialog was
/// closed.
pub(crate) async fn save_json<R: Runtime>(app: &AppHandle<R>, name: &str) -> Option<PathBuf> {
    let (answer, heard) = oneshot::channel();
    app.dialog()
        .file()
        .set_title("Save workflow")
        .set_file_name(name)
        .add_filter("JSON", &["json"])
        .save_file(move |chosen| {
            // The window may have gone meanwhile.
            let _ = answer.send(chosen);
        });
    heard.await.ok()??.into_path().ok()
}

/// Asks for pictures. Returns `None` when the dialog was closed.
pub(crate) async fn pick_pictures<R: Runtime>(app: &AppHandle<R>) -> Option<Vec<PathBuf>> {
    let (answer, heard) = oneshot::channel();
    app.dialog()
        .file()
        .set_title("Import pictures")
        .add_filter("Pictures", &["png", "jpg", "jpeg", "webp", "gif", "PNG", "JPG", "JPEG", "WEBP", "GIF"])
        .pick_files(move |picked| {
            // The window may have gone meanwhile.
            let _ = answer.send(picked);
        });
    let picked = heard.await.ok()??;
    Some(picked.into_iter().filter_map(|path| path.into_path().ok()).collect())
}

/// Asks for a folder. Returns `None` when the dialog was closed.
pub(crate) async fn pick_folder<R: Runtime>(app: &AppHandle<R>) -> Option<PathBuf> {
    let (answer, heard) = oneshot::channel();
    app.dialog().file().set_title("Watch a folder").pick_folder(move |picked| {
        // The window may have gone meanwhile.
        let _ = answer.send(picked);
    });
    heard.await.ok()??.into_path().ok()
}
