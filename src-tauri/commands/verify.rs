//! Verifies the library.

use crate::error::IpcResult;
use crate::opened::OpenedLibrary;
use serde::Deserialize;
use specta::Type;
use std::sync::{Mutex, PoisonError};
use tauri::State;
use tokio_util::sync::CancellationToken;
use vitrine_core::model::{Depth, UnknownObjects, VerifyOptions, VerifyReport};

/// The running verification, if there is one.
#[derive(Default)]
pub(crate) struct RunningVerify {
    cancel: Mutex<CancellationToken>,
}

impl RunningVerify {
    /// Starts a verification and stops the previous one, because two would
    /// repair the same things.
    fn start(&self) -> CancellationToken {
        let mut running = self.cancel.lock().unwrap_or_else(PoisonError::into_inner);
        running.cancel();
        *running = CancellationToken::new();
        running.clone()
    }

    fn cancel(&self) {
        self.cancel.lock().unwrap_or_else(PoisonError::into_inner).cancel();
    }
}

/// What happens to objects that belong to no image.
#[derive(Debug, Clone, Copy, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub(crate) enum UnknownChoice {
    Report,
    Adopt,
    Delete,
}

/// The options with which the window requests a verification.
#[derive(Debug, Clone, Copy, Deserialize, Type)]
pub(crate) struct VerifyChoice {
    repair: bool,
    deep: bool,
    unknown: UnknownChoice,
}

impl From<VerifyChoice> for VerifyOptions {
    fn from(choice: VerifyChoice) -> Self {
        Self {
            repair: choice.repair,
            depth: if choice.deep { Depth::Hash } else { Depth::Size },
            unknown: match choice.unknown {
                UnknownChoice::Report => UnknownObjects::Report,
                UnknownChoice::Adopt => UnknownObjects::Adopt,
                UnknownChoice::Delete => UnknownObjects::Delete,
            },
            ..Self::default()
        }
    }
}

/// Compares catalog, originals and bucket, and repairs what was requested.
#[tauri::command]
#[specta::specta]
pub(crate) async fn verify_library(
    library: State<'_, OpenedLibrary>,
    running: State<'_, RunningVerify>,
    choice: VerifyChoice,
) -> IpcResult<VerifyReport> {
    Ok(library.get().await?.verify(choice.into(), running.start(), |_| ()).await?)
}

/// Stops the running verification. Earlier repairs remain.
#[tauri::command]
#[specta::specta]
pub(crate) async fn cancel_verify(running: State<'_, RunningVerify>) -> IpcResult<()> {
    running.cancel();
    Ok(())
}
