//! When pictures were made: what the artist says, taking that back, and which
//! sources the dates of the library have.

use super::actions::{bounded, report};
use super::{CatalogChanged, Library, LibraryEvent};
use crate::catalog::{CatalogError, DateSources, Undated};
use crate::error::Error;
use crate::import;
use crate::model::{ActionReport, ImageId, Made, MadeFrom, UnixMs, moment_of};
use serde::{Deserialize, Serialize};

/// The moment an image was made, or was said to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub struct DatedImage {
    /// The image.
    pub id: ImageId,
    /// When it was made and what says so.
    pub made: Made,
}

/// What became of setting dates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, specta::Type)]
pub struct DateChange {
    /// What was done and what was not.
    pub report: ActionReport,
    /// What the changed images said before, to undo it.
    pub before: Vec<DatedImage>,
}

impl Library {
    /// Sets when images were made, as the artist says.
    ///
    /// # Errors
    /// `Invalid` before 1826 and after 2100.
    pub async fn set_made(&self, ids: Vec<ImageId>, at: UnixMs) -> Result<DateChange, Error> {
        let made = Made { at, from: MadeFrom::Artist };
        self.put_made(ids.into_iter().map(|id| DatedImage { id, made }).collect()).await
    }

    /// Understands a day, or a day and a time, of the artist's zone: `2019-06-01`,
    /// which is noon of it, `2019-06-01T12:30`, `2019-06-01T12:30:05`.
    pub fn moment(&self, text: &str) -> Option<UnixMs> {
        moment_of(text, &self.zone())
    }

    /// Takes what the artist said back to what the files say.
    pub async fn revert_made(&self, ids: Vec<ImageId>) -> Result<DateChange, Error> {
        let mut dates = Vec::with_capacity(ids.len());
        let mut failed = Vec::new();
        for (id, outcome) in self.catalog().dates_of(&self.owner(), bounded(ids)?).await? {
            match outcome {
                Ok(undated) => {
                    let made = self.found_date(&undated).await?;
                    dates.push(DatedImage { id, made });
                }
                Err(error) => failed.push((id, Err::<(), CatalogError>(error))),
            }
        }
        let mut change = self.put_made(dates).await?;
        change.report.failed.extend(report(failed).0.failed);
        Ok(change)
    }

    /// Writes dates with their sources, as an undo has them.
    pub async fn put_made(&self, dates: Vec<DatedImage>) -> Result<DateChange, Error> {
        if !dates.iter().all(|dated| dated.made.is_possible()) {
            return Err(Error::Invalid("a picture is made between 1826 and 2100".into()));
        }
        let dates = bounded(dates)?.into_iter().map(|DatedImage { id, made }| (id, made)).collect();
        let outcomes = self.catalog().set_made(&self.owner(), dates).await?;
        let before = outcomes
            .iter()
            .filter_map(|(id, outcome)| Some(DatedImage { id: id.clone(), made: *outcome.as_ref().ok()? }));
        let before = before.collect();
        let (report, _) = report(outcomes);
        self.tell(LibraryEvent::Catalog(CatalogChanged::changed(report.done.clone())));
        Ok(DateChange { report, before })
    }

    /// Counts the images by what says when they were made.
    pub async fn date_sources(&self) -> Result<DateSources, Error> {
        Ok(self.catalog().date_sources().await?)
    }

    /// Returns the date that the kept texts of an image, its name and the time
    /// of its file have.
    async fn found_date(&self, undated: &Undated) -> Result<Made, Error> {
        let texts = self.raw_metadata(&undated.id).await?;
        let (undated, zone) = (undated.clone(), self.zone());
        Ok(tokio::task::spawn_blocking(move || import::date_again(&texts, &undated, &zone)).await?)
    }
}
