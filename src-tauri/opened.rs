//! The one library of this process. It opens while the window opens, and
//! commands that arrive before that wait for it.

use crate::error::IpcResult;
use crate::events;
use crate::log::Log;
use crate::notifications;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tauri::{AppHandle, Manager, Runtime};
use tokio::sync::{OnceCell, RwLock};
use tokio_util::sync::CancellationToken;
use vitrine_core::Library;
use vitrine_core::environment;
use vitrine_core::library::{OpenAs, OpenLibrary, RecoverFrom, Recovery};
use vitrine_core::model::{ErrorCode, Failure, UnixMs};
use vitrine_core::secrets::{SecretStore, SystemKeyring};

/// How long the work in the background leaves the disk and the processors to the first pictures.
const FIRST_PICTURES: Duration = Duration::from_millis(1500);

/// A library that is open, is being opened, or could not be opened.
pub struct OpenedLibrary {
    folder: Option<PathBuf>,
    secrets: Arc<dyn SecretStore>,
    /// Locked for writing while a recovery replaces the library.
    cell: RwLock<OnceCell<IpcResult<Library>>>,
    /// Ends the background work of the library that is open now.
    closing: Mutex<CancellationToken>,
}

impl OpenedLibrary {
    /// Returns the library in the default folder, or in the one that the
    /// environment names.
    pub fn from_environment() -> Self {
        let folder = environment::library_folder();
        Self::new(folder, Arc::new(SystemKeyring::default()))
    }

    /// Returns the library in this folder.
    pub fn new(folder: Option<PathBuf>, secrets: Arc<dyn SecretStore>) -> Self {
        Self { folder, secrets, cell: RwLock::default(), closing: Mutex::default() }
    }

    /// Returns the library, or why it could not be opened.
    ///
    /// # Errors
    /// Returns the same failure each time, until the library is opened again or
    /// recovered.
    pub async fn get(&self) -> IpcResult<Library> {
        self.cell.read().await.get_or_init(|| self.open()).await.clone()
    }

    async fn open(&self) -> IpcResult<Library> {
        Ok(Library::open(self.how()?).await?)
    }

    fn how(&self) -> IpcResult<OpenLibrary> {
        Ok(OpenLibrary {
            folder: self.folder()?,
            profile: OpenAs::LastUsed,
            environment: Arc::new(environment::variable),
            secrets: Arc::clone(&self.secrets),
        })
    }

    /// Returns the library's folder, even if the library cannot be opened.
    pub(crate) fn folder(&self) -> IpcResult<PathBuf> {
        self.folder.clone().ok_or_else(|| Failure {
            code: ErrorCode::LibraryUnusable,
            message: "This system has no default folder for a library.".to_owned(),
        })
    }

    /// Closes the library, and opens it again with a sound catalog in place of
    /// a damaged one. Commands that arrive meanwhile wait.
    pub(crate) async fn recover(&self, from: RecoverFrom) -> IpcResult<Recovery> {
        let mut cell = self.cell.write().await;
        self.close();
        *self.closing() = CancellationToken::new();
        // The last holder of the library closes its catalog.
        *cell = OnceCell::new();
        let (library, recovery) = Library::recover(self.how()?, from, UnixMs::now()).await?;
        *cell = OnceCell::from(Ok(library));
        Ok(recovery)
    }

    /// Closes the library, so that the next command opens it again.
    pub(crate) async fn reopen(&self) {
        let mut cell = self.cell.write().await;
        self.close();
        *self.closing() = CancellationToken::new();
        *cell = OnceCell::new();
    }

    fn closing(&self) -> std::sync::MutexGuard<'_, CancellationToken> {
        self.closing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stops the background work.
    pub fn close(&self) {
        self.closing().cancel();
    }

    /// Stops the background work, and leaves the catalog as a single file.
    /// Blocks for a moment; the program is about to end.
    pub(crate) fn end(&self) {
        self.close();
        tauri::async_runtime::block_on(async {
            // A library that is still being opened has written nothing yet.
            let Ok(cell) = self.cell.try_read() else { return };
            if let Some(Ok(library)) = cell.get()
                && let Err(error) = library.close().await
            {
                tracing::warn!(%error, "could not checkpoint the catalog's write-ahead log");
            }
        });
    }
}

/// Opens the library, and starts the work that runs as long as the window is
/// open.
pub(crate) fn begin<R: Runtime>(app: &AppHandle<R>) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let opened = app.state::<OpenedLibrary>();
        let closing = opened.closing().clone();
        // The first command of the window shows the failure.
        let Ok(library) = opened.get().await else { return };
        // What was logged before there was a library is written now.
        if let Err(error) = app.state::<Log>().path() {
            tracing::warn!(%error, "could not open the log file");
        }
        tauri::async_runtime::spawn(events::forward(app.clone(), library.events(), closing.clone()));
        tauri::async_runtime::spawn(notifications::run(
            app.clone(),
            library.clone(),
            library.events(),
            closing.clone(),
        ));
        tokio::select! {
            () = closing.cancelled() => return,
            () = tokio::time::sleep(FIRST_PICTURES) => {}
        }
        library.tend(closing).await;
    });
}
