//! The events of the window. They are newtypes, because events belong to the
//! wire and their contents to the core.

use serde::{Deserialize, Serialize};
use specta::Type;
use tauri::{AppHandle, Runtime};
use tauri_specta::Event;
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio_util::sync::CancellationToken;
use vitrine_core::library::{CatalogChanged, LibraryEvent};
use vitrine_core::model::{
    CheckStep, CopyProgress, DateProgress, DuplicatesProgress, ImportProgress, TransferSummary,
    VerifyProgress,
};

/// Rows of the catalog changed.
#[derive(Debug, Clone, Serialize, Type, Event)]
pub(crate) struct CatalogChangedEvent(pub(crate) CatalogChanged);

/// The summary of the transfers changed.
#[derive(Debug, Clone, Serialize, Type, Event)]
pub(crate) struct TransfersChangedEvent(pub(crate) TransferSummary);

/// An import made progress.
#[derive(Debug, Clone, Serialize, Type, Event)]
pub(crate) struct ImportProgressEvent(pub(crate) ImportProgress);

/// Another copy of an original was saved, or could not be.
#[derive(Debug, Clone, Serialize, Type, Event)]
pub(crate) struct CopiesSavedEvent(pub(crate) CopyProgress);

/// A step of the bucket check ended.
#[derive(Debug, Clone, Serialize, Type, Event)]
pub(crate) struct CheckStepEvent(pub(crate) CheckStep);

/// A verification made progress.
#[derive(Debug, Clone, Serialize, Type, Event)]
pub(crate) struct VerifyProgressEvent(pub(crate) VerifyProgress);

/// The search for the dates of pictures made progress.
#[derive(Debug, Clone, Serialize, Type, Event)]
pub(crate) struct DatesFoundEvent(pub(crate) DateProgress);

/// The search for duplicates made progress.
#[derive(Debug, Clone, Serialize, Type, Event)]
pub(crate) struct DuplicatesProgressEvent(pub(crate) DuplicatesProgress);

/// A feed, or what is known about its publication, changed.
#[derive(Debug, Clone, Serialize, Type, Event)]
pub(crate) struct FeedChangedEvent;

/// The artist closes the window. The page saves what is being written, and answers with `close_window`.
#[derive(Debug, Clone, Serialize, Type, Event)]
pub(crate) struct WindowClosesEvent;

/// A purge of caches ended.
#[derive(Debug, Clone, Serialize, Type, Event)]
pub(crate) struct CachesPurgedEvent;

/// The catalog turned out to be damaged.
#[derive(Debug, Clone, Serialize, Type, Event)]
pub(crate) struct CatalogDamagedEvent;

/// The phase of a drag over the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DragPhase {
    Enter,
    Over,
    Leave,
}

/// Files are being dragged over the window.
#[derive(Debug, Clone, Serialize, Type, Event)]
pub(crate) struct DragOverEvent {
    pub(crate) phase: DragPhase,
    pub(crate) files: u32,
    /// True if they are images of this library, dragged from this window.
    pub(crate) is_ours: bool,
    /// Horizontal position, in CSS pixels.
    pub(crate) x: i32,
    /// Vertical position, in CSS pixels.
    pub(crate) y: i32,
}

/// Files were dropped on the window. Their paths stay in this process, under a
/// token.
#[derive(Debug, Clone, Serialize, Type, Event)]
pub(crate) struct DroppedEvent {
    pub(crate) token: u32,
    pub(crate) files: u32,
    /// True if they are images of this library, dragged from this window.
    pub(crate) is_ours: bool,
    /// Horizontal position, in CSS pixels.
    pub(crate) x: i32,
    /// Vertical position, in CSS pixels.
    pub(crate) y: i32,
}

/// Vitrine was opened with files, which wait for an answer.
#[derive(Debug, Clone, Serialize, Type, Event)]
pub(crate) struct FilesOfferedEvent;

/// Sends an event to the window, which may be closing.
pub(crate) fn tell<R: Runtime>(app: &AppHandle<R>, event: &(impl Event + Serialize + Clone)) {
    if let Err(error) = event.emit(app) {
        tracing::debug!(%error, "could not send an event to the window");
    }
}

/// Passes on the events of the library, until closing.
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
            // The window sees the end of an import and of uploads by itself.
            Ok(LibraryEvent::Ended(_)) => {}
            Ok(LibraryEvent::Copies(progress)) => tell(&app, &CopiesSavedEvent(progress)),
            Ok(LibraryEvent::Check(step)) => tell(&app, &CheckStepEvent(step)),
            Ok(LibraryEvent::Verify(progress)) => tell(&app, &VerifyProgressEvent(progress)),
            Ok(LibraryEvent::Dates(dates)) => tell(&app, &DatesFoundEvent(dates)),
            Ok(LibraryEvent::Duplicates(progress)) => tell(&app, &DuplicatesProgressEvent(progress)),
            Ok(LibraryEvent::Feed) => tell(&app, &FeedChangedEvent),
            Ok(LibraryEvent::Purged) => tell(&app, &CachesPurgedEvent),
            Ok(LibraryEvent::Damaged) => tell(&app, &CatalogDamagedEvent),
            Ok(LibraryEvent::Transfers(summary)) => tell(&app, &TransfersChangedEvent(summary)),
            // Events were missed, so the window reads everything again.
            Err(RecvError::Lagged(_)) => tell(&app, &CatalogChangedEvent(CatalogChanged::everything())),
            Err(RecvError::Closed) => return,
        }
    }
}
