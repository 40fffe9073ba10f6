//! What the window is told. Newtypes, because events belong to the wire and
//! their contents to the core.

use serde::{Deserialize, Serialize};
use specta::Type;
use tauri::{AppHandle, Runtime};
use tauri_specta::Event;
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio_util::sync::CancellationToken;
use vitrine_core::library::{CatalogChanged, LibraryEvent};
use vitrine_core::model::{CheckStep, DateProgress, ImportProgress, TransferSummary, VerifyProgress};

/// Rows of the catalog changed.
#[derive(Debug, Clone, Serialize, Type, Event)]
pub(crate) struct CatalogChangedEvent(pub(crate) CatalogChanged);

/// Numbers of the transfers changed.
#[derive(Debug, Clone, Serialize, Type, Event)]
pub(crate) struct TransfersChangedEvent(pub(crate) TransferSummary);

/// An import moved on.
#[derive(Debug, Clone, Serialize, Type, Event)]
pub(crate) struct ImportProgressEvent(pub(crate) ImportProgress);

/// A step of the bucket check ended.
#[derive(Debug, Clone, Serialize, Type, Event)]
pub(crate) struct CheckStepEvent(pub(crate) CheckStep);

/// A verification moved on.
#[derive(Debug, Clone, Serialize, Type, Event)]
pub(crate) struct VerifyProgressEvent(pub(crate) VerifyProgress);

/// Files were searched for when their pictures were made.
#[derive(Debug, Clone, Serialize, Type, Event)]
pub(crate) struct DatesFoundEvent(pub(crate) DateProgress);

/// The catalog was found damaged.
#[derive(Debug, Clone, Serialize, Type, Event)]
pub(crate) struct CatalogDamagedEvent;

/// Where files are held over the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DragPhase {
    Enter,
    Over,
    Leave,
}

/// Files are held over the window.
#[derive(Debug, Clone, Serialize, Type, Event)]
pub(crate) struct DragOverEvent {
    pub(crate) phase: DragPhase,
    pub(crate) files: u32,
    /// They are images of this library, handed out by this window.
    pub(crate) is_ours: bool,
    /// CSS pixels.
    pub(crate) x: i32,
    /// CSS pixels.
    pub(crate) y: i32,
}

/// Files were let go over the window. Their paths stay here, under a token.
#[derive(Debug, Clone, Serialize, Type, Event)]
pub(crate) struct DroppedEvent {
    pub(crate) token: u32,
    pub(crate) files: u32,
    /// They are images of this library, handed out by this window.
    pub(crate) is_ours: bool,
    /// CSS pixels.
    pub(crate) x: i32,
    /// CSS pixels.
    pub(crate) y: i32,
}

/// Tells the window, which may be closing.
pub(crate) fn tell<R: Runtime>(app: &AppHandle<R>, event: &(impl Event + Serialize + Clone)) {
    if let Err(error) = event.emit(app) {
        tracing::debug!(%error, "the window was not told");
    }
}

/// Passes on what the library tells, until closing.
pub(crate) async fn forward<R: Runtime>(
    app: AppHandle<R>,
    mut events: Receiver<LibraryEvent>,
    closing: CancellationToken,
) {
    loop {
        let event = tokio::select! {
            () = closing.cancelled() => return,
            event = events.recv() => event,
        };
        match event {
            Ok(LibraryEvent::Catalog(changed)) => tell(&app, &CatalogChangedEvent(changed)),
            Ok(LibraryEvent::Import(progress)) => tell(&app, &ImportProgressEvent(progress)),
            Ok(LibraryEvent::Check(step)) => tell(&app, &CheckStepEvent(step)),
            Ok(LibraryEvent::Verify(progress)) => tell(&app, &VerifyProgressEvent(progress)),
            Ok(LibraryEvent::Dates(dates)) => tell(&app, &DatesFoundEvent(dates)),
            Ok(LibraryEvent::Damaged) => tell(&app, &CatalogDamagedEvent),
            Ok(LibraryEvent::Transfers(summary)) => tell(&app, &TransfersChangedEvent(summary)),
            // Too slow to hear everything: read everything anew.
            Err(RecvError::Lagged(_)) => tell(&app, &CatalogChangedEvent(CatalogChanged::everything())),
            Err(RecvError::Closed) => return,
        }
    }
}
