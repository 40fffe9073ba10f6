//! Copies of originals for the artist and for other programs. Originals are never
//! handed out themselves.

use crate::dialogs;
use crate::error::IpcResult;
use crate::opened::OpenedLibrary;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use tauri::{AppHandle, Runtime, State};
use tauri_plugin_opener::OpenerExt;
use tokio_util::sync::CancellationToken;
use vitrine_core::library::SaveTo;
use vitrine_core::model::{ActionReport, ErrorCode, Failure, ImageId};

/// The saving that is running.
#[derive(Default)]
pub(crate) struct RunningSave(Mutex<CancellationToken>);

impl RunningSave {
    fn begin(&self) -> CancellationToken {
        let cancel = CancellationToken::new();
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = cancel.clone();
        cancel
    }
}

/// Asks where to save copies of originals, and saves them: one as a file, several in
/// a folder. Returns nothing if the dialog was closed.
#[tauri::command]
#[specta::specta]
pub(crate) async fn save_copies<R: Runtime>(
    app: AppHandle<R>,
    library: State<'_, OpenedLibrary>,
    running: State<'_, RunningSave>,
    ids: Vec<ImageId>,
) -> IpcResult<Option<ActionReport>> {
    let library = library.get().await?;
    let to = if let [id] = ids.as_slice() {
        let name = library.get_by_id(id).await?.record().filename.clone();
        dialogs::save_copy(&app, &name).await.map(SaveTo::File)
    } else {
        dialogs::pick_folder_for_copies(&app).await.map(SaveTo::Folder)
    };
    let Some(to) = to else { return Ok(None) };
    Ok(Some(library.save_copies(ids, to, running.begin()).await?))
}

/// Stops saving copies. Those that are saved stay.
#[tauri::command]
#[specta::specta]
pub(crate) async fn cancel_saving(running: State<'_, RunningSave>) -> IpcResult<()> {
    running.0.lock().unwrap_or_else(PoisonError::into_inner).cancel();
    Ok(())
}

async fn copy_of(library: &State<'_, OpenedLibrary>, id: ImageId) -> IpcResult<PathBuf> {
    let mut copies = library.get().await?.lend(vec![id]).await?;
    copies.pop().ok_or_else(|| not_found("There is no such image."))
}

fn not_found(message: &str) -> Failure {
    Failure { code: ErrorCode::NotFound, message: message.to_owned() }
}

/// Opens a copy of an original with the program that the system uses for such files.
#[tauri::command]
#[specta::specta]
pub(crate) async fn open_copy<R: Runtime>(
    app: AppHandle<R>,
    library: State<'_, OpenedLibrary>,
    id: ImageId,
) -> IpcResult<()> {
    let copy = copy_of(&library, id).await?;
    let opened = app.opener().open_path(copy.to_string_lossy(), None::<&str>);
    opened.map_err(|_| not_found("No program for such pictures can be opened."))
}

/// Shows a copy of an original in the file manager.
#[tauri::command]
#[specta::specta]
pub(crate) async fn reveal_copy<R: Runtime>(
    app: AppHandle<R>,
    library: State<'_, OpenedLibrary>,
    id: ImageId,
) -> IpcResult<()> {
    let copy = copy_of(&library, id).await?;
    let revealed = app.opener().reveal_item_in_dir(copy);
    revealed.map_err(|_| not_found("The file manager cannot be opened."))
}

/// Adds the originals of generated images to the references as well.
#[tauri::command]
#[specta::specta]
pub(crate) async fn use_as_references(
    library: State<'_, OpenedLibrary>,
    ids: Vec<ImageId>,
) -> IpcResult<ActionReport> {
    Ok(library.get().await?.use_as_references(ids).await?)
}
