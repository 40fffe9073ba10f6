//! Who hears of transfers.

use crate::model::{ImageId, TransferSummary};

/// What the runner tells those who show it.
pub trait Audience: Send + Sync {
    /// The numbers changed.
    fn summary(&self, summary: &TransferSummary);
    /// These images are stored, or their object is gone.
    fn settled(&self, images: Vec<ImageId>);
}
