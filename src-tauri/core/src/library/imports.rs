//! Imports pictures, with progress and cancellation.

use super::actions::MAX_IMAGES;
use super::time_left::TimeLeft;
use super::{CatalogChanged, Library, LibraryEvent};
use crate::catalog::CatalogError;
use crate::error::Error;
use crate::import::{self, ImportEvent, ImportRequest, ReadLimits};
use crate::model::{
    ImageId, ImageKind, ImportChoices, ImportProgress, ImportTarget, ImportedFile, Outcome, OwnerId,
    PassedOver, RejectionReason, Source, Work, WorkEnded,
};
use serde::Serialize;
use std::num::NonZeroUsize;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// The variable that sets how many files are imported at the same time.
const WORKERS: &str = "VITRINE_IMPORT_WORKERS";
const MOST_WORKERS: NonZeroUsize = NonZeroUsize::MIN.saturating_add(63);

/// The shortest time between two progress reports.
const TELL_EVERY: Duration = Duration::from_millis(100);
/// The most files that a summary lists, counted separately for refused files and
/// for the others.
const MAX_NAMED: u32 = 5_000;

/// One file of an import, as an interface shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, specta::Type)]
pub struct ImportedItem {
    /// The file's own name, without its folder.
    pub name: String,
    /// What happened to it.
    pub outcome: Outcome,
    /// The image that holds its bytes; `None` if the file was refused.
    pub id: Option<ImageId>,
    /// Why it was refused, in plain words; `None` if it was not.
    pub reason: Option<String>,
    /// Why it was refused, for programs; `None` if it was not.
    pub code: Option<RejectionReason>,
    /// The label of its format, if it was refused because of its format.
    pub kind: Option<&'static str>,
}

/// What an import did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, specta::Type)]
pub struct ImportSummary {
    /// The number of new images.
    pub imported: u32,
    /// The number of files that were already in the library.
    pub duplicates: u32,
    /// The number of files whose images are in the trash and stay there.
    pub in_trash: u32,
    /// The images of those files, each listed once. At most as many as one
    /// action can restore.
    pub trashed: Vec<ImageId>,
    /// The number of files whose images already existed, in the trash or not,
    /// and got the chosen visibility only now.
    pub switched: u32,
    /// The number of refused files.
    pub rejected: u32,
    /// The first few thousand refused files, and the first few thousand of the
    /// others.
    pub files: Vec<ImportedItem>,
    /// What was found and not imported. Pictures in formats that cannot be
    /// imported are among the refused files as well.
    pub passed_over: PassedOver,
    /// Whether it was stopped on request.
    pub cancelled: bool,
    /// The number of handled files.
    pub done: u32,
    /// The number of files found; `None` if the import was stopped before that
    /// was known.
    pub total: Option<u32>,
}

impl Library {
    pub(super) fn read_limits(&self) -> ReadLimits {
        ReadLimits {
            max_bytes: u64::from(self.settings().max_upload_mb) * 1_000_000,
            ..ReadLimits::default()
        }
    }

    /// Returns how many files are imported at the same time; `None` if the
    /// environment does not say.
    fn import_workers(&self) -> Result<Option<NonZeroUsize>, Error> {
        let Some(said) = (self.shared.environment)(WORKERS) else { return Ok(None) };
        match said.parse().ok().filter(|workers| *workers <= MOST_WORKERS) {
            Some(workers) => Ok(Some(workers)),
            None => Err(Error::Invalid(format!("{WORKERS} is a number from 1 to {MOST_WORKERS}"))),
        }
    }

    /// Imports files, folders and pasted bytes, in the natural order of their
    /// names. When `each` receives a file as imported, that file is safe.
    /// `progress` is called at most ten times a second, plus once at the end.
    pub async fn import(
        &self,
        sources: Vec<Source>,
        target: ImportTarget,
        choices: ImportChoices,
        cancel: CancellationToken,
        each: impl FnMut(&ImportedFile) + Send + 'static,
        progress: impl FnMut(ImportProgress) + Send + 'static,
    ) -> Result<ImportSummary, Error> {
        let request = self.import_request(self.owner(), target, choices).await?;
        let library = self.clone();
        let progress = {
            let mut progress = progress;
            move |now| {
                library.tell(LibraryEvent::Import(now));
                progress(now);
            }
        };
        let began = Instant::now();
        let summary = self.run_import(sources, request, cancel, each, progress).await?;
        if !summary.cancelled {
            self.tell(LibraryEvent::Ended(WorkEnded {
                work: Work::Import,
                done: summary.imported,
                failed: summary.rejected,
                took: began.elapsed(),
            }));
        }
        Ok(summary)
    }

    /// Returns a request for an import into this profile.
    ///
    /// # Errors
    /// Fails if nothing can be imported into the library, or if the gallery or collection
    /// does not exist.
    pub(super) async fn import_request(
        &self,
        owner: OwnerId,
        target: ImportTarget,
        choices: ImportChoices,
    ) -> Result<ImportRequest, Error> {
        self.require_writable()?;
        if let Some(gallery) = &target.gallery {
            let known = self.galleries().await?.iter().any(|known| known.id == *gallery);
            if !known || target.kind == ImageKind::Generated {
                return Err(CatalogError::NotFound("gallery").into());
            }
        }
        if let Some(collection) = &target.collection {
            let known = self.collections().await?.iter().any(|known| known.id == *collection);
            if !known || target.kind == ImageKind::Reference {
                return Err(CatalogError::NotFound("collection").into());
            }
        }
        Ok(ImportRequest {
            owner,
            target,
            choices,
            public_base: self.public_base().await?,
            zone: self.zone(),
            limits: self.read_limits(),
            workers: self.import_workers()?,
        })
    }

    /// Runs an import. The library's events report new images, but not the progress.
    pub(super) async fn run_import(
        &self,
        sources: Vec<Source>,
        request: ImportRequest,
        cancel: CancellationToken,
        mut each: impl FnMut(&ImportedFile) + Send + 'static,
        mut progress: impl FnMut(ImportProgress) + Send + 'static,
    ) -> Result<ImportSummary, Error> {
        let library = self.clone();
        let summary = tokio::task::spawn_blocking(move || {
            let mut summary = ImportSummary::default();
            let mut now = ImportProgress { running: true, counting: true, ..ImportProgress::default() };
            let (started, mut time_left) = (Instant::now(), TimeLeft::default());
            let mut told: Option<Instant> = None;
            import::run(&library.shared.stores, sources, &request, &cancel, &mut |event| {
                match event {
                    ImportEvent::Found { files, is_all } => {
                        now.total = u32::try_from(files).unwrap_or(u32::MAX);
                        now.counting = !is_all;
                    }
                    ImportEvent::Added(ids) => {
                        library.tell(LibraryEvent::Catalog(CatalogChanged::added(ids.to_vec())));
                        library.shared.controls.wake();
                    }
                    ImportEvent::Switched(ids) => {
                        library.tell(LibraryEvent::Catalog(CatalogChanged::changed(ids.to_vec())));
                    }
                    // It is rare, and which images have another number now is not known.
                    ImportEvent::JoinedStacks => {
                        library.tell(LibraryEvent::Catalog(CatalogChanged::everything()));
                    }
                    ImportEvent::File(file) => {
                        now.done += 1;
                        count(&mut summary, file);
                        each(file);
                    }
                    ImportEvent::PassedOver { what, is_counted } => {
                        now.done += u32::from(is_counted);
                        summary.passed_over.count(what);
                    }
                }
                now.total = now.total.max(now.done);
                if told.is_none_or(|told| told.elapsed() >= TELL_EVERY) {
                    told = Some(Instant::now());
                    let left = time_left.after(started.elapsed(), now.done, now.total);
                    now.seconds_left = left.filter(|_| !now.counting);
                    progress(now);
                }
            });
            summary.cancelled = cancel.is_cancelled();
            summary.done = now.done;
            summary.total = match (summary.cancelled, now.counting) {
                (true, true) => None,
                (true, false) => Some(now.total),
                // Counting may still be unfinished when everything is done, so
                // the number of handled files is the total.
                (false, _) => Some(now.done),
            };
            // A folder may contain the same picture twice.
            summary.trashed.sort_unstable();
            summary.trashed.dedup();
            progress(ImportProgress {
                running: false,
                counting: false,
                seconds_left: None,
                total: summary.total.unwrap_or(now.total),
                ..now
            });
            summary
        })
        .await?;
        Ok(summary)
    }
}

fn count(summary: &mut ImportSummary, file: &ImportedFile) {
    let kind = file.rejection.as_ref().and_then(|rejection| rejection.kind);
    if let Some(kind) = kind {
        summary.passed_over.count_kind(kind);
    }
    match file.outcome {
        Outcome::Imported => summary.imported += 1,
        Outcome::Duplicate => summary.duplicates += 1,
        Outcome::InTrash => {
            summary.in_trash += 1;
            if summary.trashed.len() < MAX_IMAGES {
                summary.trashed.extend(file.id.clone());
            }
        }
        Outcome::Rejected => summary.rejected += 1,
    }
    if file.switched_to.is_some() && file.outcome != Outcome::Imported {
        summary.switched += 1;
    }
    let taken = summary.imported + summary.duplicates + summary.in_trash;
    let as_many = if file.outcome == Outcome::Rejected { summary.rejected } else { taken };
    // Refused files must be listed, no matter how many were imported before.
    if as_many <= MAX_NAMED {
        summary.files.push(ImportedItem {
            name: file.name.clone(),
            outcome: file.outcome,
            id: file.id.clone(),
            reason: file.rejection.as_ref().map(|rejection| rejection.sentence.clone()),
            code: file.rejection.as_ref().map(|rejection| rejection.code),
            kind,
        });
    }
}
