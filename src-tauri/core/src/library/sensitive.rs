//! Sensitive images: the artist's marks, and the words that mark images.

use super::actions::{bounded, report};
use super::{CatalogChanged, Library, LibraryEvent};
use crate::error::Error;
use crate::model::{ActionReport, Change, ImageId, OwnerId};
use tokio_util::sync::CancellationToken;

impl Library {
    /// Sets whether images are sensitive.
    pub async fn set_sensitive(
        &self,
        ids: Vec<ImageId>,
        is_sensitive: impl Into<Change<bool>>,
    ) -> Result<ActionReport, Error> {
        let is_sensitive = is_sensitive.into();
        let set = |ids| {
            let (library, owner) = (self.clone(), self.owner());
            async move { Ok(library.catalog().set_sensitive(&owner, ids, is_sensitive).await?) }
        };
        let (report, _) = report(self.even_when_full(bounded(ids)?, set).await?);
        self.tell(LibraryEvent::Catalog(CatalogChanged::changed(report.done.clone())));
        Ok(report)
    }

    /// Applies the profile's saved list of sensitive words to its images. Call it after the settings of the
    /// feed were saved, and before anything is published with them. Does almost nothing if the list was
    /// applied before. Returns how many images got or lost a mark.
    pub async fn mark_sensitive_words(&self) -> Result<usize, Error> {
        self.mark_sensitive_words_of(&self.owner()).await
    }

    async fn mark_sensitive_words_of(&self, owner: &OwnerId) -> Result<usize, Error> {
        let changed = self.catalog().mark_sensitive_words(owner).await?;
        if changed > 0 {
            self.tell(LibraryEvent::Catalog(CatalogChanged::everything()));
        }
        Ok(changed)
    }

    /// Finishes what was interrupted after a list was saved, for all profiles.
    pub(super) async fn finish_sensitive_words(&self, cancel: &CancellationToken) -> Result<(), Error> {
        for profile in self.catalog().profiles().await? {
            if cancel.is_cancelled() {
                break;
            }
            self.mark_sensitive_words_of(&profile.id).await?;
        }
        Ok(())
    }
}
