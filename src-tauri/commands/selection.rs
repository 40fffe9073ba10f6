//! A summary of many images.

use crate::error::IpcResult;
use crate::opened::OpenedLibrary;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tauri::State;
use vitrine_core::model::{ImageId, SelectionSummary};

/// The number of the latest request for a summary.
#[derive(Default)]
pub(crate) struct NewestSelection(Arc<AtomicU64>);

/// Returns a summary of these images; nothing if another summary was requested
/// meanwhile. A request for no images ends a summary that is still being read.
#[tauri::command]
#[specta::specta]
pub(crate) async fn selection_summary(
    library: State<'_, OpenedLibrary>,
    newest: State<'_, NewestSelection>,
    ids: Vec<ImageId>,
) -> IpcResult<Option<SelectionSummary>> {
    let asked = newest.0.fetch_add(1, Ordering::Relaxed) + 1;
    let newest = Arc::clone(&newest.0);
    let is_wanted = move || newest.load(Ordering::Relaxed) == asked;
    Ok(library.get().await?.selection_summary(ids, is_wanted).await?)
}
