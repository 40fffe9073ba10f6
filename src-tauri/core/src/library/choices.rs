//! What artists choose with: ratings, favourites and notes. References can have them as well.

use super::actions::{bounded, report};
use super::{CatalogChanged, Library, LibraryEvent};
use crate::catalog::CatalogError;
use crate::error::Error;
use crate::model::{ActionReport, ImageId, Rating};

/// The longest note, in bytes.
const MAX_NOTE: usize = 10_000;

impl Library {
    /// Sets the rating of images.
    pub async fn set_rating(&self, ids: Vec<ImageId>, rating: Rating) -> Result<ActionReport, Error> {
        let outcomes = self.catalog().set_rating(&self.owner(), bounded(ids)?, rating).await?;
        Ok(self.chosen(outcomes))
    }

    /// Sets whether images are favourites.
    pub async fn set_favourite(&self, ids: Vec<ImageId>, is_favourite: bool) -> Result<ActionReport, Error> {
        let outcomes = self.catalog().set_favourite(&self.owner(), bounded(ids)?, is_favourite).await?;
        Ok(self.chosen(outcomes))
    }

    /// Sets the note of images. An empty note removes it. Fails if it is longer than 10,000 bytes.
    pub async fn set_note(&self, ids: Vec<ImageId>, note: &str) -> Result<ActionReport, Error> {
        let note = note.trim();
        if note.len() > MAX_NOTE {
            return Err(Error::Invalid(format!("a note has at most {MAX_NOTE} bytes")));
        }
        if note.contains('\0') {
            return Err(Error::Invalid("a note cannot contain a null character".into()));
        }
        let outcomes = self.catalog().set_note(&self.owner(), bounded(ids)?, note.to_owned()).await?;
        Ok(self.chosen(outcomes))
    }

    fn chosen(&self, outcomes: Vec<(ImageId, Result<(), CatalogError>)>) -> ActionReport {
        let (report, _) = report(outcomes);
        self.tell(LibraryEvent::Catalog(CatalogChanged::changed(report.done.clone())));
        report
    }
}
