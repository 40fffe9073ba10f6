//! Imports pictures from a drop, a dialog or the clipboard.

use crate::dialogs;
use crate::drops::Drops;
use crate::error::IpcResult;
use crate::offers::{FileOffer, OfferedFiles};
use crate::opened::OpenedLibrary;
use std::sync::{Mutex, PoisonError};
use tauri::http::HeaderMap;
use tauri::ipc::{InvokeBody, Request};
use tauri::{AppHandle, Runtime, State};
use tokio_util::sync::CancellationToken;
use vitrine_core::library::{ImportChoices, ImportSummary, ImportTarget};
use vitrine_core::model::{CollectionId, ErrorCode, Failure, GalleryId, ImageKind, Source};

/// The running imports, which are cancelled together.
#[derive(Default)]
pub(crate) struct RunningImport {
    cancel: Mutex<CancellationToken>,
}

impl RunningImport {
    fn token(&self) -> CancellationToken {
        let mut cancel = self.cancel.lock().unwrap_or_else(PoisonError::into_inner);
        if cancel.is_cancelled() {
            *cancel = CancellationToken::new();
        }
        cancel.clone()
    }

    fn cancel(&self) {
        self.cancel.lock().unwrap_or_else(PoisonError::into_inner).cancel();
    }
}

async fn import(
    library: State<'_, OpenedLibrary>,
    running: State<'_, RunningImport>,
    sources: Vec<Source>,
    target: ImportTarget,
) -> IpcResult<ImportSummary> {
    Ok(library
        .get()
        .await?
        .import(sources, target, ImportChoices::default(), running.token(), |_| (), |_| ())
        .await?)
}

/// Asks for pictures and imports them. Returns nothing if the dialog was
/// closed.
#[tauri::command]
#[specta::specta]
pub(crate) async fn import_with_dialog<R: Runtime>(
    app: AppHandle<R>,
    library: State<'_, OpenedLibrary>,
    running: State<'_, RunningImport>,
    target: ImportTarget,
) -> IpcResult<Option<ImportSummary>> {
    let Some(paths) = dialogs::pick_pictures(&app).await else { return Ok(None) };
    let sources = paths.into_iter().map(Source::Path).collect();
    import(library, running, sources, target).await.map(Some)
}

/// Imports the files of a drop.
#[tauri::command]
#[specta::specta]
pub(crate) async fn import_dropped(
    library: State<'_, OpenedLibrary>,
    running: State<'_, RunningImport>,
    drops: State<'_, Drops>,
    token: u32,
    target: ImportTarget,
) -> IpcResult<ImportSummary> {
    let paths = drops.take(token).ok_or_else(|| Failure {
        code: ErrorCode::NotFound,
        message: "These files were dropped too long ago. Drop them again.".to_owned(),
    })?;
    let sources = paths.into_iter().map(Source::Path).collect();
    import(library, running, sources, target).await
}

/// Returns the files that Vitrine was opened with and that wait for an answer, if
/// there are any.
#[tauri::command]
#[specta::specta]
pub(crate) async fn offered_files(offered: State<'_, OfferedFiles>) -> IpcResult<Option<FileOffer>> {
    Ok(offered.describe())
}

/// Imports the files that Vitrine was opened with.
#[tauri::command]
#[specta::specta]
pub(crate) async fn import_offered(
    library: State<'_, OpenedLibrary>,
    running: State<'_, RunningImport>,
    offered: State<'_, OfferedFiles>,
    target: ImportTarget,
) -> IpcResult<ImportSummary> {
    // The offer stays if the library cannot be opened.
    library.get().await?;
    let sources = offered.take().into_iter().map(Source::Path).collect();
    import(library, running, sources, target).await
}

/// Forgets the files that Vitrine was opened with.
#[tauri::command]
#[specta::specta]
pub(crate) async fn decline_offered(offered: State<'_, OfferedFiles>) -> IpcResult<()> {
    offered.take();
    Ok(())
}

/// Imports a picture from the clipboard. Its bytes are the body of the request;
/// the rest is in the headers.
#[tauri::command]
pub(crate) async fn import_pasted(
    library: State<'_, OpenedLibrary>,
    running: State<'_, RunningImport>,
    request: Request<'_>,
) -> IpcResult<ImportSummary> {
    let refuse = |message: &str| Failure { code: ErrorCode::InvalidInput, message: message.to_owned() };
    let InvokeBody::Raw(bytes) = request.body() else {
        return Err(refuse("The clipboard has no picture."));
    };
    let (filename, target) =
        described(request.headers()).ok_or_else(|| refuse("The picture from the clipboard has no name."))?;
    let sources = vec![Source::Bytes { filename, bytes: bytes.clone() }];
    import(library, running, sources, target).await
}

fn described(headers: &HeaderMap) -> Option<(String, ImportTarget)> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let kind = ImageKind::from_name(header("x-vitrine-kind")?)?;
    let gallery = match header("x-vitrine-gallery") {
        None | Some("") => None,
        Some(id) => Some(GalleryId::parse(id).ok()?),
    };
    let collection = match header("x-vitrine-collection") {
        None | Some("") => None,
        Some(id) => Some(CollectionId::parse(id).ok()?),
    };
    let filename = percent_encoding::percent_decode_str(header("x-vitrine-filename")?).decode_utf8_lossy();
    let filename: String = filename.chars().take(255).collect();
    let filename = if filename.is_empty() { "Pasted picture".to_owned() } else { filename };
    Some((filename, ImportTarget { kind, gallery, collection }))
}

/// Stops the running imports. Files that are already imported stay.
#[tauri::command]
#[specta::specta]
pub(crate) async fn cancel_import(running: State<'_, RunningImport>) -> IpcResult<()> {
    running.cancel();
    Ok(())
}
