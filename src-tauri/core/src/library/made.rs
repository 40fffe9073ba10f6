//! When pictures were made: setting and reverting the artist's dates, and finding
//! dates in files.

use super::actions::{bounded, report};
use super::{CatalogChanged, Library, LibraryEvent};
use crate::catalog::{CatalogError, Dated, Undated, UndatedFile};
use crate::error::Error;
use crate::import;
use crate::metadata;
use crate::model::{
    ActionReport, Change, DateProgress, ImageId, ImageKind, Made, MadeFrom, UnixMs, Zone, moment_of,
};
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

/// The setting that stores which version of the reader has read all texts.
const READ_BY: &str = "texts_read_by";
/// The number of files that are searched at a time.
const BATCH: u32 = 50;

/// An image with the moment it was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub struct DatedImage {
    /// The image.
    pub id: ImageId,
    /// When it was made, and where that date comes from.
    pub made: Made,
    /// The date to replace; `None` for any. An image with another date is not changed.
    pub instead_of: Option<Made>,
}

/// The result of setting dates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, specta::Type)]
pub struct DateChange {
    /// Which images were changed and which were not.
    pub report: ActionReport,
    /// The earlier dates of the changed images. [`Library::put_made`] with these undoes the change of those images
    /// that still have the new date.
    pub before: Vec<DatedImage>,
}

impl Library {
    /// Sets when images were made, as the artist says.
    ///
    /// # Errors
    /// [`Error::Invalid`] before 1826 and after 2100.
    pub async fn set_made(&self, ids: Vec<ImageId>, at: UnixMs) -> Result<DateChange, Error> {
        let made = Made { at, from: MadeFrom::Artist };
        self.put_made(ids.into_iter().map(|id| DatedImage { id, made, instead_of: None }).collect()).await
    }

    /// Parses a day, or a day and a time, in the artist's time zone: `2019-06-01`,
    /// which means noon of that day, `2019-06-01T12:30`, or `2019-06-01T12:30:05`.
    /// Returns `None` for any other text.
    pub fn moment(&self, text: &str) -> Option<UnixMs> {
        moment_of(text, &self.zone())
    }

    /// Replaces the artist's dates with those that the files state.
    pub async fn revert_made(&self, ids: Vec<ImageId>) -> Result<DateChange, Error> {
        let mut dates = Vec::with_capacity(ids.len());
        let mut failed = Vec::new();
        for (id, outcome) in self.catalog().dates_of(&self.owner(), bounded(ids)?).await? {
            match outcome {
                Ok(undated) => {
                    let made = self.found_date(&undated).await?;
                    dates.push(DatedImage { id, made, instead_of: None });
                }
                Err(error) => failed.push((id, Err::<(), CatalogError>(error))),
            }
        }
        let mut change = self.put_made(dates).await?;
        change.report.failed.extend(report(failed).0.failed);
        Ok(change)
    }

    /// Saves dates with their sources, as an undo provides them.
    pub async fn put_made(&self, dates: Vec<DatedImage>) -> Result<DateChange, Error> {
        if !dates.iter().all(|dated| dated.made.is_possible()) {
            return Err(Error::Invalid("the date must be between 1826 and 2100".into()));
        }
        let given: Vec<Made> = dates.iter().map(|dated| dated.made).collect();
        let change = |DatedImage { id, made, instead_of }| (id, Change { to: made, instead_of });
        let dates = bounded(dates)?.into_iter().map(change).collect();
        let outcomes = self.catalog().set_made(&self.owner(), dates).await?;
        let before = outcomes.iter().zip(given).filter_map(|((id, outcome), given)| {
            let made = *outcome.as_ref().ok()?;
            Some(DatedImage { id: id.clone(), made, instead_of: Some(given) })
        });
        let before = before.collect();
        let (report, _) = report(outcomes);
        self.tell(LibraryEvent::Catalog(CatalogChanged::changed(report.done.clone())));
        Ok(DateChange { report, before })
    }

    /// Counts the images of all profiles by the source of their date.
    pub async fn date_sources(&self) -> Result<Vec<(MadeFrom, u32)>, Error> {
        Ok(self.catalog().date_sources().await?)
    }

    /// Searches the files of images from an earlier version for the dates when
    /// they were made, in all profiles. Dates that the artist set stay. The search
    /// can be stopped and started again.
    pub async fn find_dates(
        &self,
        cancel: CancellationToken,
        mut progress: impl FnMut(DateProgress) + Send,
    ) -> Result<DateProgress, Error> {
        let mut now =
            DateProgress { total: self.catalog().count_not_dated().await?, ..DateProgress::default() };
        for kind in [ImageKind::Generated, ImageKind::Reference] {
            let mut after = None;
            loop {
                let (batch, goes_on) = self.catalog().not_dated(kind, after, BATCH).await?;
                after = batch.last().map(|file| file.undated.id.clone());
                let count = u32::try_from(batch.len()).unwrap_or(u32::MAX);
                let (library, zone, stop) = (self.clone(), self.zone(), cancel.clone());
                let search = move || {
                    let found = batch.into_iter().map_while(|file| library.search_file(file, &zone, &stop));
                    found.collect::<Vec<_>>()
                };
                let found = tokio::task::spawn_blocking(search).await?;
                if cancel.is_cancelled() {
                    return Ok(now);
                }
                now.dated += self.catalog().date(found).await?;
                now.searched += count;
                progress(now);
                if !goes_on || after.is_none() {
                    break;
                }
            }
        }
        if now.searched > 0 {
            self.tell(LibraryEvent::Catalog(CatalogChanged::everything()));
        }
        Ok(now)
    }

    /// Updates what an earlier version read from the pictures: first when they
    /// were made, then how; which of them are sensitive; and what they look like. Sends an event with the result for the dates. Runs
    /// until it is done or cancelled.
    pub async fn catch_up(&self, cancel: CancellationToken) {
        if self.look_only().is_some() {
            return;
        }
        match self.find_dates(cancel.clone(), |_| ()).await {
            Ok(dates) if dates.searched > 0 => self.tell(LibraryEvent::Dates(dates)),
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "could not search the pictures for their dates"),
        }
        if let Err(error) = self.reparse_once(cancel.clone()).await {
            tracing::warn!(%error, "could not read the generation data of the pictures again");
        }
        if let Err(error) = self.finish_sensitive_words(&cancel).await {
            tracing::warn!(%error, "could not mark the pictures with sensitive words");
        }
        if let Err(error) = self.make_fingerprints(cancel, |_| ()).await {
            tracing::warn!(%error, "could not find out what the pictures look like");
        }
    }

    /// Reads the saved texts again, once for each version of the reader. It
    /// happens only once because finding the texts of an earlier version reads the
    /// whole table.
    async fn reparse_once(&self, cancel: CancellationToken) -> Result<(), Error> {
        let edition = metadata::READER.to_string();
        if self.catalog().setting(READ_BY).await?.as_ref() == Some(&edition) {
            return Ok(());
        }
        let done = self.reparse(cancel, |_| ()).await?;
        if done.read == done.total {
            self.catalog().set_setting(READ_BY, edition).await?;
        }
        Ok(())
    }

    /// Searches a file for its date. Returns `None` if cancelled. If the original
    /// is not on this disk, only the saved texts are searched.
    fn search_file(&self, file: UndatedFile, zone: &Zone, cancel: &CancellationToken) -> Option<Dated> {
        let UndatedFile { undated, sha256, format, sources } = file;
        let original = self.shared.stores.originals.read(&sha256, format);
        if let Err(error) = &original
            && error.kind() != std::io::ErrorKind::NotFound
        {
            tracing::warn!(%error, "an original could not be searched for its date");
        }
        let found = import::search_again(original.ok().as_deref(), sources.as_ref(), cancel)?;
        let made = import::date_again(&found.dates, &undated, zone);
        Some(Dated { kind: undated.kind, id: undated.id, made, generation: found.generation })
    }

    /// Counts the images whose files have not been searched for a better date than
    /// that of their import.
    pub async fn count_not_dated(&self) -> Result<u32, Error> {
        Ok(self.catalog().count_not_dated().await?)
    }

    /// Returns the date according to an image's saved texts, its name and the time
    /// of its file.
    async fn found_date(&self, undated: &Undated) -> Result<Made, Error> {
        let texts = self.texts(&undated.id).await?;
        let (undated, zone) = (undated.clone(), self.zone());
        Ok(tokio::task::spawn_blocking(move || import::date_again(&metadata::dates(&texts), &undated, &zone))
            .await?)
    }
}
