//! Recovery when the catalog is damaged, or could not be opened or written.

use crate::error::IpcResult;
use crate::opened::{self, OpenedLibrary};
use tauri::{AppHandle, Runtime, State};
use vitrine_core::Library;
use vitrine_core::library::{RecoverFrom, Recovery, RecoveryOffer};

/// Returns the ways to recover from a damaged catalog.
#[tauri::command]
#[specta::specta]
pub(crate) async fn recovery_offer(library: State<'_, OpenedLibrary>) -> IpcResult<RecoveryOffer> {
    Ok(Library::recovery_offer(library.folder()?).await?)
}

/// Opens the library with a sound catalog in place of the damaged one.
#[tauri::command]
#[specta::specta]
pub(crate) async fn recover_library<R: Runtime>(
    app: AppHandle<R>,
    library: State<'_, OpenedLibrary>,
    from: RecoverFrom,
) -> IpcResult<Recovery> {
    let recovery = library.recover(from).await;
    // Also after a failure, which may leave the library as it was.
    opened::begin(&app);
    recovery
}

/// Closes the library and opens it again, because the obstacle may be gone.
#[tauri::command]
#[specta::specta]
pub(crate) async fn reopen_library<R: Runtime>(
    app: AppHandle<R>,
    library: State<'_, OpenedLibrary>,
) -> IpcResult<()> {
    library.reopen().await;
    opened::begin(&app);
    library.get().await.map(|_| ())
}
