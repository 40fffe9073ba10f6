//! The one library of this process. It is opened while the window is, and
//! commands that come before wait for it.

use crate::error::IpcResult;
use crate::events;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use tauri::{AppHandle, Manager, Runtime};
use tokio::sync::{OnceCell, RwLock};
use tokio_util::sync::CancellationToken;
use vitrine_core::Library;
use vitrine_core::environment;
use vitrine_core::library::{OpenAs, OpenLibrary, RecoverFrom, Recovery};
use vitrine_core::model::{ErrorCode, Failure, UnixMs};
use vitrine_core::secrets::{SecretStore, SystemKeyring};

/// A library that is open, being opened, or could not be opened.
pub struct OpenedLibrary {
    folder: Option<PathBuf>,
    secrets: Arc<dyn SecretStore>,
    /// Locked for writing while a recovery puts another library here.
    cell: RwLock<OnceCell<IpcResult<Library>>>,
    /// Ends what runs in the background of the library that is open now.
    closing: Mutex<CancellationToken>,
}

impl OpenedLibrary {
    /// The usual folder, or the one the environment names.
    pub fn from_environment() -> Self {
        let folder = environment::library_folder();
        Self::new(folder, Arc::new(SystemKeyring::default()))
    }

    /// A library in this folder.
    pub fn new(folder: Option<PathBuf>, secrets: Arc<dyn SecretStore>) -> Self {
        Self { folder, secrets, cell: RwLock::default(), closing: Mutex::default() }
    }

    /// Returns the library, or why it could not be opened.
    ///
    /// # Errors
    /// The same failure each time, until it is opened again or recovered.
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

    /// Returns the library's folder, also of one that cannot be opened.
    pub(crate) fn folder(&self) -> IpcResult<PathBuf> {
        self.folder.clone().ok_or_else(|| Failure {
            code: ErrorCode::LibraryUnusable,
            message: "This system has no place for a library.".to_owned(),
        })
    }

    /// Closes the library and opens it again with something sound in the place
    /// of a damaged catalog. Commands that come meanwhile wait.
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

    /// Stops what runs in the background.
    pub fn close(&self) {
        self.closing().cancel();
    }

    /// Stops what runs in the background and leaves the catalog as one file.
    /// Blocks for a moment; the program is about to end.
    pub(crate) fn end(&self) {
        self.close();
        tauri::async_runtime::block_on(async {
            // A library that is being opened has written nothing yet.
            let Ok(cell) = self.cell.try_read() else { return };
            if let Some(Ok(library)) = cell.get()
                && let Err(error) = library.close().await
            {
                tracing::warn!(%error, "the catalog's log was not folded in");
            }
        });
    }
}

/// Opens the library and starts what runs as long as the window does.
pub(crate) fn begin<R: Runtime>(app: &AppHandle<R>) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let opened = app.state::<OpenedLibrary>();
        let closing = opened.closing().clone();
        // Its failure is shown by the first command of the window.
        let Ok(library) = opened.get().await else { return };
        tauri::async_runtime::spawn(events::forward(app.clone(), library.events(), closing.clone()));
        library.tend(closing).await;
    });
}
