//! Dialogs of the system. The paths that they return never cross to the
//! interface.

use std::path::PathBuf;
use tauri::{AppHandle, Runtime};
use tauri_plugin_dialog::DialogExt;
use tokio::sync::oneshot;

/// Receives the choice; `None` if the dialog was closed.
type Chosen<T> = Box<dyn FnOnce(Option<T>) + Send>;

/// Shows a dialog and returns the choice.
async fn ask<T: Send + 'static>(show: impl FnOnce(Chosen<T>)) -> Option<T> {
    let (answer, heard) = oneshot::channel();
    show(Box::new(move |chosen| {
        // The window may have closed meanwhile.
        let _ = answer.send(chosen);
    }));
    heard.await.ok()?
}

/// Asks where to save a JSON file. Returns `None` if the dialog was closed.
pub(crate) async fn save_json<R: Runtime>(app: &AppHandle<R>, name: &str) -> Option<PathBuf> {
    let dialog = app.dialog().file().set_title("Save workflow").set_file_name(name);
    ask(|chosen| dialog.add_filter("JSON", &["json"]).save_file(chosen)).await?.into_path().ok()
}

/// Asks where to save a copy of a picture. Returns `None` if the dialog was closed.
pub(crate) async fn save_copy<R: Runtime>(app: &AppHandle<R>, name: &str) -> Option<PathBuf> {
    let dialog = app.dialog().file().set_title("Save a copy").set_file_name(name);
    ask(|chosen| dialog.save_file(chosen)).await?.into_path().ok()
}

/// Asks for a folder for copies of pictures. Returns `None` if the dialog was closed.
pub(crate) async fn pick_folder_for_copies<R: Runtime>(app: &AppHandle<R>) -> Option<PathBuf> {
    let dialog = app.dialog().file().set_title("Save copies in a folder");
    ask(|chosen| dialog.pick_folder(chosen)).await?.into_path().ok()
}

/// Asks for pictures. Returns `None` if the dialog was closed.
pub(crate) async fn pick_pictures<R: Runtime>(app: &AppHandle<R>) -> Option<Vec<PathBuf>> {
    let dialog = app
        .dialog()
        .file()
        .set_title("Import pictures")
        .add_filter("Pictures", &["png", "jpg", "jpeg", "webp", "gif", "PNG", "JPG", "JPEG", "WEBP", "GIF"]);
    let picked = ask(|chosen| dialog.pick_files(chosen)).await?;
    Some(picked.into_iter().filter_map(|path| path.into_path().ok()).collect())
}

/// Asks for one picture. Returns `None` if the dialog was closed.
pub(crate) async fn pick_picture<R: Runtime>(app: &AppHandle<R>) -> Option<PathBuf> {
    let dialog = app
        .dialog()
        .file()
        .set_title("Picture of the artist")
        .add_filter("Pictures", &["png", "jpg", "jpeg", "webp", "PNG", "JPG", "JPEG", "WEBP"]);
    ask(|chosen| dialog.pick_file(chosen)).await?.into_path().ok()
}

/// Asks for a folder. Returns `None` if the dialog was closed.
pub(crate) async fn pick_folder<R: Runtime>(app: &AppHandle<R>) -> Option<PathBuf> {
    let dialog = app.dialog().file().set_title("Watch a folder");
    ask(|chosen| dialog.pick_folder(chosen)).await?.into_path().ok()
}
