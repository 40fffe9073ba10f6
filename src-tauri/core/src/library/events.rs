//! The events that a library sends to whoever displays it.

use super::Library;
use crate::model::{
    CheckStep, CopyProgress, DateProgress, DuplicatesProgress, ImageId, ImportProgress, TransferSummary,
    VerifyProgress, WorkEnded,
};
use serde::Serialize;
use std::time::Duration;
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

/// If an event concerns more images than this, listeners reload the view
/// instead.
const MANY: usize = 200;
/// How often to check whether another process wrote.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Something that changed.
#[derive(Debug, Clone)]
pub enum LibraryEvent {
    /// Rows of the catalog changed.
    Catalog(CatalogChanged),
    /// The counts of the transfers changed.
    Transfers(TransferSummary),
    /// An import made progress.
    Import(ImportProgress),
    /// An import or uploads ended.
    Ended(WorkEnded),
    /// Another copy of an original was saved, or could not be.
    Copies(CopyProgress),
    /// A step of the bucket check ended.
    Check(CheckStep),
    /// A verification made progress.
    Verify(VerifyProgress),
    /// The search for duplicates made progress.
    Duplicates(DuplicatesProgress),
    /// The search for the dates of pictures has finished.
    Dates(DateProgress),
    /// A feed, or what is known about its publication, changed.
    Feed,
    /// A purge of caches ended.
    Purged,
    /// The catalog was found to be damaged.
    Damaged,
}

/// Which images changed, and how.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, specta::Type)]
pub struct CatalogChanged {
    /// Images that are new or were restored from the trash.
    pub added: Vec<ImageId>,
    /// Images that look different now.
    pub changed: Vec<ImageId>,
    /// Images that are gone from where they were.
    pub removed: Vec<ImageId>,
    /// Whether the changes are too many or unknown, so that the view has to be
    /// reloaded.
    pub reload: bool,
}

impl CatalogChanged {
    /// Returns the event for when anything may have changed.
    pub fn everything() -> Self {
        Self { reload: true, ..Self::default() }
    }

    pub(super) fn added(ids: Vec<ImageId>) -> Self {
        Self { added: ids, ..Self::default() }.or_everything()
    }

    pub(super) fn changed(ids: Vec<ImageId>) -> Self {
        Self { changed: ids, ..Self::default() }.or_everything()
    }

    pub(super) fn removed(ids: Vec<ImageId>) -> Self {
        Self { removed: ids, ..Self::default() }.or_everything()
    }

    fn or_everything(self) -> Self {
        let many = self.added.len().max(self.changed.len()).max(self.removed.len()) > MANY;
        if many { Self::everything() } else { self }
    }

    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Library {
    /// Subscribes to the events from now on.
    pub fn events(&self) -> broadcast::Receiver<LibraryEvent> {
        self.shared.events.subscribe()
    }

    pub(super) fn tell(&self, event: LibraryEvent) {
        if matches!(&event, LibraryEvent::Catalog(changed) if changed.is_empty()) {
            return;
        }
        // There may be no listeners.
        let _ = self.shared.events.send(event);
    }

    /// Sends an event when another process changed the catalog. Runs until
    /// cancelled.
    pub async fn watch_other_processes(&self, cancel: CancellationToken) {
        let mut seen = self.catalog().data_version().await.ok();
        loop {
            tokio::select! {
                () = cancel.cancelled() => return,
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
            let now = self.catalog().data_version().await.ok();
            if now.is_some() && now != seen {
                seen = now;
                self.take_settings_of_others().await;
                self.tell(LibraryEvent::Catalog(CatalogChanged::everything()));
                self.shared.controls.wake();
                self.shared.watch_changed.notify_one();
            }
        }
    }
}
