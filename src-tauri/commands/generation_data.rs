//! How a picture was made: its raw texts, undoing edits, and copies for other
//! programs.

use crate::dialogs;
use crate::error::IpcResult;
use crate::opened::OpenedLibrary;
use tauri::{AppHandle, Runtime, State};
use vitrine_core::library::EditChange;
use vitrine_core::model::{ErrorCode, Failure, FieldEdit, GenerationField, ImageDetail, ImageId, RawNode};

/// Replaces a field that the artist edited with what was read from the file.
#[tauri::command]
#[specta::specta]
pub(crate) async fn revert_edit(
    library: State<'_, OpenedLibrary>,
    id: ImageId,
    field: GenerationField,
) -> IpcResult<ImageDetail> {
    Ok(library.get().await?.revert_edit(&id, field).await?)
}

/// Sets a field of many images, or reverts it to what was read. Returns what they had before.
#[tauri::command]
#[specta::specta]
pub(crate) async fn put_edits(
    library: State<'_, OpenedLibrary>,
    field: GenerationField,
    edits: Vec<FieldEdit>,
) -> IpcResult<EditChange> {
    Ok(library.get().await?.put_edits(field, edits).await?)
}

/// Returns the texts that a picture came with, as trees.
#[tauri::command]
#[specta::specta]
pub(crate) async fn raw_metadata(library: State<'_, OpenedLibrary>, id: ImageId) -> IpcResult<Vec<RawNode>> {
    Ok(library.get().await?.raw_metadata(&id).await?)
}

/// Returns how a picture was made, as a parameter text of AUTOMATIC1111.
#[tauri::command]
#[specta::specta]
pub(crate) async fn parameters_text(library: State<'_, OpenedLibrary>, id: ImageId) -> IpcResult<String> {
    Ok(library.get().await?.parameters_text(&id).await?)
}

/// Asks for a file name, and saves the graph that a picture was made with.
/// Returns whether it was saved.
#[tauri::command]
#[specta::specta]
pub(crate) async fn save_workflow<R: Runtime>(
    app: AppHandle<R>,
    library: State<'_, OpenedLibrary>,
    id: ImageId,
) -> IpcResult<bool> {
    let workflow = library.get().await?.workflow(&id).await?;
    let Some(workflow) = workflow else {
        return Err(Failure {
            code: ErrorCode::NotFound,
            message: "This picture has no workflow.".to_owned(),
        });
    };
    let Some(path) = dialogs::save_json(&app, "workflow.json").await else { return Ok(false) };
    tokio::fs::write(path, workflow).await.map_err(|error| Failure {
        code: ErrorCode::InvalidInput,
        message: format!("The file could not be written: {}.", error.kind()),
    })?;
    Ok(true)
}
