//! When pictures were made: what the artist says, taking that back, and which
//! sources the dates of the library have.

use super::actions::{bounded, report};
use super::{CatalogChanged, Library, LibraryEvent};
use crate::catalog::{CatalogError, Dated, Undated, UndatedFile};
use crate::error::Error;
use crate::import;
use crate::metadata;
use crate::model::{ActionReport, DateProgress, ImageId, ImageKind, Made, MadeFrom, UnixMs, Zone, moment_of};
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

/// The setting that says which edition of the reader has read all texts.
const READ_BY: &str = "texts_read_by";
/// Files searched at once.
const BATCH: u32 = 50;

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
    pub async fn date_sources(&self) -> Result<Vec<(MadeFrom, u32)>, Error> {
        Ok(self.catalog().date_sources().await?)
    }

    /// Searches the files of images that an earlier version imported for when
    /// they were made, of all profiles. What the artist said stays. Can be
    /// stopped and begun again.
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

    /// Brings what an earlier version read of the pictures up to date: when they
    /// were made, then how. Tells what came of the dates. Runs until it is done
    /// or cancelled.
    pub async fn catch_up(&self, cancel: CancellationToken) {
        if self.look_only().is_some() {
            return;
        }
        match self.find_dates(cancel.clone(), |_| ()).await {
            Ok(dates) if dates.searched > 0 => self.tell(LibraryEvent::Dates(dates)),
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "the pictures were not searched for their dates"),
        }
        if let Err(error) = self.reparse_once(cancel).await {
            tracing::warn!(%error, "how the pictures were made was not read again");
        }
    }

    /// Reads the kept texts again, once for each edition of the reader: looking
    /// for those of an earlier one reads the whole table.
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

    /// `None` when cancelled. Where the original is not on this disk, the texts
    /// that were kept of it have to do.
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

    /// Says how many images still have only the date of their import, because
    /// their files were not searched for a better one yet.
    pub async fn count_not_dated(&self) -> Result<u32, Error> {
        Ok(self.catalog().count_not_dated().await?)
    }

    /// Returns the date that the kept texts of an image, its name and the time
    /// of its file have.
    async fn found_date(&self, undated: &Undated) -> Result<Made, Error> {
        let texts = self.texts(&undated.id).await?;
        let (undated, zone) = (undated.clone(), self.zone());
        Ok(tokio::task::spawn_blocking(move || import::date_again(&metadata::dates(&texts), &undated, &zone))
            .await?)
    }
}
