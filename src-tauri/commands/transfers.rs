//! Observes and controls the transfers.

use crate::error::IpcResult;
use crate::opened::OpenedLibrary;
use tauri::State;
use vitrine_core::model::{CachedCopies, Transfer, TransferSummary};

/// Returns a summary of the transfers.
#[tauri::command]
#[specta::specta]
pub(crate) async fn transfer_summary(library: State<'_, OpenedLibrary>) -> IpcResult<TransferSummary> {
    Ok(library.get().await?.transfer_summary().await?)
}

/// Returns transfers: running ones first, then parked, then by age.
#[tauri::command]
#[specta::specta]
pub(crate) async fn list_transfers(
    library: State<'_, OpenedLibrary>,
    limit: u32,
) -> IpcResult<Vec<Transfer>> {
    Ok(library.get().await?.transfers(limit).await?)
}

/// Returns which copies caches may keep, and how the last purge ended.
#[tauri::command]
#[specta::specta]
pub(crate) async fn cached_copies(library: State<'_, OpenedLibrary>) -> IpcResult<CachedCopies> {
    Ok(library.get().await?.cached_copies().await?)
}

/// Starts no new transfers until resumed.
#[tauri::command]
#[specta::specta]
pub(crate) async fn pause_transfers(library: State<'_, OpenedLibrary>) -> IpcResult<()> {
    Ok(library.get().await?.pause_transfers().await?)
}

/// Continues after a pause.
#[tauri::command]
#[specta::specta]
pub(crate) async fn resume_transfers(library: State<'_, OpenedLibrary>) -> IpcResult<()> {
    Ok(library.get().await?.resume_transfers().await?)
}

/// Tries parked and waiting transfers now: those named, or all.
#[tauri::command]
#[specta::specta]
pub(crate) async fn retry_transfers(
    library: State<'_, OpenedLibrary>,
    ids: Option<Vec<u32>>,
) -> IpcResult<()> {
    let ids = ids.map(|ids| ids.into_iter().map(i64::from).collect());
    library.get().await?.retry_transfers(ids).await?;
    Ok(())
}

/// Cancels a transfer that is not running now.
#[tauri::command]
#[specta::specta]
pub(crate) async fn cancel_transfer(library: State<'_, OpenedLibrary>, id: u32) -> IpcResult<()> {
    Ok(library.get().await?.cancel_transfer(i64::from(id)).await?)
}
