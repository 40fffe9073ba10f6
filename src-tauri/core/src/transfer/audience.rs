//! The receiver of news about transfers.

use crate::model::{ImageId, TransferSummary, WorkEnded};

/// Receives the news of a runner, for example to show them.
pub trait Audience: Send + Sync {
    /// The numbers of the summary changed.
    fn summary(&self, summary: &TransferSummary);
    /// These images are now stored, or their objects are deleted.
    fn settled(&self, images: Vec<ImageId>);
    /// All uploads of originals ended, because the outbox is empty.
    fn uploads_ended(&self, ended: WorkEnded);
    /// A purge of caches ended.
    fn purged(&self);
}
