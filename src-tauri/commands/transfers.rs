//! Watching and steering the transfers.

use crate::error::{ForTheWindow, IpcResult};
use crate::opened::OpenedLibrary;
use tauri::State;
use vitrine_core::model::{Transfer, TransferSummary};

/// Returns the transfers at a glance.
#[tauri::command]
#[specta::specta]
pub(crate) async fn transfer_summary(library: State<'_, OpenedLibrary>) -> IpcResult<TransferSummary> {
    library.get().await?.transfer_summary().await.for_the_window()
}

/// Returns transfers: running ones first, then parked, then by age.
#[tauri::command]
#[specta::specta]
pub(crate) async fn list_transfers(
    library: State<'_, OpenedLibrary>,
    limit: u32,
) -> IpcResult<Vec<Transfer>> {
    library.get().await?.transfers(limit).await.for_the_window()
}

/// Starts no new transfers until resumed.
#[tauri::command]
#[specta::specta]
pub(crate) async fn pause_transfers(library: State<'_, OpenedLibrary>) -> IpcResult<()> {
    library.get().await?.pause_transfers().await.for_the_window()
}

/// Goes on after a pause.
#[tauri::command]
#[specta::specta]
pub(crate) async fn resume_transfers(library: State<'_, OpenedLibrary>) -> IpcResult<()> {
    library.get().await?.resume_transfers().await.for_the_window()
}

/// Tries parked and waiting transfers now: those named, or all.
#[tauri::command]
#[specta::specta]
pub(crate) async fn retry_transfers(
    library: State<'_, OpenedLibrary>,
    ids: Option<Vec<u32>>,
) -> IpcResult<()> {
    let ids = ids.map(|ids| ids.into_iter().map(i64::from).collect());
    library.get().await?.retry_transfers(ids).await.map(drop).for_the_window()
}

/// Takes back a transfer that does not run now.
#[tauri::command]
#[specta::specta]
pub(crate) async fn cancel_transfer(library: State<'_, OpenedLibrary>, id: u32) -> IpcResult<()> {
    library.get().await?.cancel_transfer(i64::from(id)).await.for_the_window()
}
