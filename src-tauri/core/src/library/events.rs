//! What a library tells those who show it.

use super::Library;
use crate::model::{CheckStep, DateProgress, ImageId, ImportProgress, TransferSummary, VerifyProgress};
use serde::Serialize;
use std::time::Duration;
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

/// More images than this in one event, and a listener reads the view anew.
const MANY: usize = 200;
/// How often it is looked whether another process wrote.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Something changed.
#[derive(Debug, Clone)]
pub enum LibraryEvent {
    /// Rows of the catalog.
    Catalog(CatalogChanged),
    /// Numbers of the transfers.
    Transfers(TransferSummary),
    /// An import moved on.
    Import(ImportProgress),
    /// A step of the bucket check ended.
    Check(CheckStep),
    /// A verification moved on.
    Verify(VerifyProgress),
    /// Files were searched for when their pictures were made, all there are.
    Dates(DateProgress),
    /// The catalog was found damaged.
    Damaged,
}

/// Which images changed and how.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, specta::Type)]
pub struct CatalogChanged {
    /// New, or back from the trash.
    pub added: Vec<ImageId>,
    /// Shown differently.
    pub changed: Vec<ImageId>,
    /// Gone from where they were.
    pub removed: Vec<ImageId>,
    /// Too much or unknown: read the view anew.
    pub reload: bool,
}

impl CatalogChanged {
    /// Anything may have changed.
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
    /// Returns what happens from now on.
    pub fn events(&self) -> broadcast::Receiver<LibraryEvent> {
        self.shared.events.subscribe()
    }

    pub(super) fn tell(&self, event: LibraryEvent) {
        if matches!(&event, LibraryEvent::Catalog(changed) if changed.is_empty()) {
            return;
        }
        // Nobody may be listening.
        let _ = self.shared.events.send(event);
    }

    /// Tells when another process changed the catalog. Runs until cancelled.
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
