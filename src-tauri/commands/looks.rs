//! Images that look like others: searches for more of the same, and groups of duplicates.

use crate::error::IpcResult;
use crate::opened::OpenedLibrary;
use std::sync::{Mutex, PoisonError};
use tauri::State;
use tokio_util::sync::CancellationToken;
use vitrine_core::model::{ActionReport, Duplicates, ImageId, MoreLikeThis, UnneededDuplicate};

/// The running search for duplicates, if there is one.
#[derive(Default)]
pub(crate) struct RunningDuplicates(Mutex<CancellationToken>);

impl RunningDuplicates {
    /// Starts a search, and stops the previous one.
    fn start(&self) -> CancellationToken {
        let mut running = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        running.cancel();
        *running = CancellationToken::new();
        running.clone()
    }
}

/// Returns searches for images that have something in common with an image.
#[tauri::command]
#[specta::specta]
pub(crate) async fn more_like(
    library: State<'_, OpenedLibrary>,
    id: ImageId,
) -> IpcResult<Vec<MoreLikeThis>> {
    Ok(library.get().await?.more_like(&id).await?)
}

/// Finds the groups of images that look the same. Events report the progress.
#[tauri::command]
#[specta::specta]
pub(crate) async fn find_duplicates(
    library: State<'_, OpenedLibrary>,
    running: State<'_, RunningDuplicates>,
) -> IpcResult<Duplicates> {
    Ok(library.get().await?.find_duplicates(running.start(), |_| ()).await?)
}

/// Moves images to the trash of which others are kept that look the same. Those that are needed after all stay.
#[tauri::command]
#[specta::specta]
pub(crate) async fn remove_duplicates(
    library: State<'_, OpenedLibrary>,
    unneeded: Vec<UnneededDuplicate>,
) -> IpcResult<ActionReport> {
    Ok(library.get().await?.remove_duplicates(unneeded).await?)
}

/// Stops the search for duplicates.
#[tauri::command]
#[specta::specta]
pub(crate) async fn cancel_duplicates(running: State<'_, RunningDuplicates>) -> IpcResult<()> {
    running.0.lock().unwrap_or_else(PoisonError::into_inner).cancel();
    Ok(())
}
