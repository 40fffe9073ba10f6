//! Which references a generated image was made with.

use super::{CatalogChanged, Library, LibraryEvent};
use crate::error::Error;
use crate::metadata::input_names;
use crate::model::{ImageId, MadeWith};

/// The most images, and the most references, that are linked at once.
const MAX_AT_ONCE: usize = 1000;

impl Library {
    /// Returns what an image is linked to, and what its texts suggest.
    pub async fn made_with(&self, id: &ImageId) -> Result<MadeWith, Error> {
        let linked = self.catalog().linked(&self.owner(), id).await?;
        let texts = self.texts(id).await?;
        let names = tokio::task::spawn_blocking(move || input_names(&texts.list)).await?;
        let suggested = self.catalog().references_named(&self.owner(), id, names).await?;
        Ok(MadeWith { linked, suggested })
    }

    /// Links images to the references they were made with, in addition to
    /// existing links.
    pub async fn link_references(&self, images: Vec<ImageId>, references: Vec<ImageId>) -> Result<(), Error> {
        if images.len() > MAX_AT_ONCE || references.len() > MAX_AT_ONCE {
            return Err(Error::Invalid("at most 1,000 images can be linked at once".into()));
        }
        let changed = [images.as_slice(), references.as_slice()].concat();
        self.catalog().link_references(&self.owner(), images, references).await?;
        self.tell(LibraryEvent::Catalog(CatalogChanged::changed(changed)));
        Ok(())
    }

    /// Removes a link.
    pub async fn unlink_reference(&self, image: &ImageId, reference: &ImageId) -> Result<(), Error> {
        self.catalog().unlink_reference(&self.owner(), image, reference).await?;
        self.tell(LibraryEvent::Catalog(CatalogChanged::changed(vec![image.clone(), reference.clone()])));
        Ok(())
    }
}
