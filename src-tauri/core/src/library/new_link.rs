//! New links: an image gets another public URL, and the old one stops working.

use super::actions::{bounded, report};
use super::{CatalogChanged, Library, LibraryEvent};
use crate::catalog::CatalogError;
use crate::error::Error;
use crate::model::{ActionReport, ImageDetail, ImageId, KillPoint, UnixMs};

impl Library {
    /// Gives images new links. Each URL is replaced at once. The object under the old one is deleted as soon
    /// as the bucket is confirmed to hold the image under the new one. Copies in browsers and caches, and
    /// the public copies of a feed, are not affected. An image in the trash is refused.
    pub async fn new_links(&self, ids: Vec<ImageId>) -> Result<ActionReport, Error> {
        Ok(report(self.replace_links(bounded(ids)?).await?).0)
    }

    /// Gives one image a new link, and returns the image with it.
    ///
    /// # Errors
    /// Fails if the image does not exist, belongs to another profile or is in the trash.
    pub async fn new_link(&self, id: &ImageId) -> Result<ImageDetail, Error> {
        for (_, outcome) in self.replace_links(vec![id.clone()]).await? {
            outcome?;
        }
        self.detail(id).await
    }

    async fn replace_links(
        &self,
        ids: Vec<ImageId>,
    ) -> Result<Vec<(ImageId, Result<(), CatalogError>)>, Error> {
        let replace = |ids| {
            let (library, owner) = (self.clone(), self.owner());
            async move { Ok(library.catalog().new_links(&owner, ids, UnixMs::now()).await?) }
        };
        let outcomes = self.even_when_full(ids, replace).await?;
        self.shared.stores.kill_points.reached(KillPoint::NewLinkCommitted);
        let done = outcomes.iter().filter(|(_, outcome)| outcome.is_ok()).map(|(id, _)| id.clone());
        self.tell(LibraryEvent::Catalog(CatalogChanged::changed(done.collect())));
        self.shared.controls.wake();
        Ok(outcomes)
    }
}
