//! Summaries of many images.

use super::Library;
use crate::error::Error;
use crate::model::{ImageId, SelectionSummary};

/// The most images that can be summed up at once.
const MOST: usize = 100_000;

impl Library {
    /// Returns what these images have in common and where they differ. An image
    /// that is listed twice counts once. Asks `is_wanted` repeatedly, and
    /// returns `None` once it returns `false`.
    ///
    /// # Errors
    /// Fails for more than 100,000 different images.
    pub async fn selection_summary(
        &self,
        mut ids: Vec<ImageId>,
        is_wanted: impl Fn() -> bool + Send + 'static,
    ) -> Result<Option<SelectionSummary>, Error> {
        ids.sort_unstable();
        ids.dedup();
        if ids.len() > MOST {
            return Err(Error::Invalid("at most 100,000 images can be summarised at once".into()));
        }
        let knows_a_bucket = self.knows_a_bucket().await?;
        let mut found = self.catalog().selection_summary(&self.owner(), ids, is_wanted).await?;
        if let Some(summary) = found.as_mut().filter(|_| !knows_a_bucket) {
            // An image is not waiting for an upload if no bucket is connected.
            summary.uploads.local += std::mem::take(&mut summary.uploads.waiting);
        }
        Ok(found)
    }
}
