//! Taking pictures in, with progress and cancellation.

use super::actions::MAX_IMAGES;
use super::time_left::TimeLeft;
use super::{CatalogChanged, Library, LibraryEvent};
use crate::error::Error;
use crate::import::{self, ImportEvent, ImportRequest, ReadLimits};
use crate::model::{
    GalleryId, ImageId, ImageKind, ImportProgress, ImportedFile, Outcome, OwnerId, PassedOver,
    RejectionReason, Restores, Source, Visibility,
};
use serde::{Deserialize, Serialize};
use std::num::NonZeroUsize;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// The variable that says how many files are imported at once.
const WORKERS: &str = "VITRINE_IMPORT_WORKERS";
const MOST_WORKERS: NonZeroUsize = NonZeroUsize::MIN.saturating_add(63);

/// Progress is told at most this often.
const TELL_EVERY: Duration = Duration::from_millis(100);
/// Files a summary names at most: of those that were refused, and of the others.
const MAX_NAMED: u32 = 5_000;

/// Where pictures are to go.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, specta::Type)]
pub struct ImportTarget {
    /// History or references.
    pub kind: ImageKind,
    /// The gallery references join.
    pub gallery: Option<GalleryId>,
}

/// What the artist chose for the images of one import.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ImportChoices {
    /// Who can find generated images. It counts for every file of the import,
    /// also for one that is here already. Without a choice new images are
    /// unlisted, those that are here keep what they have, and those that come
    /// back from the trash are unlisted, whatever they were before.
    pub visibility: Option<Visibility>,
    /// Which images come back from the trash.
    pub restores: Restores,
}

/// What is to become of the files of an import.
pub(super) struct Order {
    /// Whose they will be.
    pub(super) owner: OwnerId,
    pub(super) target: ImportTarget,
    pub(super) choices: ImportChoices,
    /// Its progress is told to all who listen.
    pub(super) is_shown: bool,
}

/// One file of an import, as an interface shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, specta::Type)]
pub struct ImportedItem {
    /// The file's own name, without its folder.
    pub name: String,
    /// What became of it.
    pub outcome: Outcome,
    /// The image that holds its bytes.
    pub id: Option<ImageId>,
    /// Why it was refused, in plain words.
    pub reason: Option<String>,
    /// Why it was refused, for programs.
    pub code: Option<RejectionReason>,
    /// The label of its format, where that is why it was refused.
    pub kind: Option<&'static str>,
}

/// What an import did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, specta::Type)]
pub struct ImportSummary {
    /// New images.
    pub imported: u32,
    /// Files that were here already.
    pub duplicates: u32,
    /// Files whose images are in the trash and stay there.
    pub in_trash: u32,
    /// The images of these files, each once; at most as many as one action
    /// restores.
    pub trashed: Vec<ImageId>,
    /// Files whose images were here already, in the trash or not, and have the
    /// chosen visibility only now.
    pub switched: u32,
    /// Files that were refused.
    pub rejected: u32,
    /// The files by name: the first thousands of those that were refused, and of
    /// the others.
    pub files: Vec<ImportedItem>,
    /// What was met and not taken in. Pictures of formats that are not taken in
    /// are among the refused files as well.
    pub passed_over: PassedOver,
    /// It was stopped on request.
    pub cancelled: bool,
    /// Files that were dealt with.
    pub done: u32,
    /// Files there were. `None` where it was stopped before that was known.
    pub total: Option<u32>,
}

impl Library {
    pub(super) fn read_limits(&self) -> ReadLimits {
        ReadLimits {
            max_bytes: u64::from(self.settings().max_upload_mb) * 1_000_000,
            ..ReadLimits::default()
        }
    }

    /// How many files are worked on at once, if the environment says so.
    fn import_workers(&self) -> Result<Option<NonZeroUsize>, Error> {
        let Some(said) = (self.shared.environment)(WORKERS) else { return Ok(None) };
        match said.parse().ok().filter(|workers| *workers <= MOST_WORKERS) {
            Some(workers) => Ok(Some(workers)),
            None => Err(Error::Invalid(format!("{WORKERS} is a number from 1 to {MOST_WORKERS}"))),
        }
    }

    /// Imports files, folders and pasted bytes, in the natural order of their
    /// names. Each file that `each` hears of as imported is safe. `progress` is
    /// called at most ten times a second.
    pub async fn import(
        &self,
        sources: Vec<Source>,
        target: ImportTarget,
        choices: ImportChoices,
        cancel: CancellationToken,
        each: impl FnMut(&ImportedFile) + Send + 'static,
        progress: impl FnMut(ImportProgress) + Send + 'static,
    ) -> Result<ImportSummary, Error> {
        let order = Order { owner: self.owner(), target, choices, is_shown: true };
        self.import_in_order(sources, order, cancel, each, progress).await
    }

    pub(super) async fn import_in_order(
        &self,
        sources: Vec<Source>,
        order: Order,
        cancel: CancellationToken,
        mut each: impl FnMut(&ImportedFile) + Send + 'static,
        mut progress: impl FnMut(ImportProgress) + Send + 'static,
    ) -> Result<ImportSummary, Error> {
        self.require_writable()?;
        let Order { owner, target, choices, is_shown } = order;
        if let Some(gallery) = &target.gallery {
            let known = self.galleries().await?.iter().any(|known| known.id == *gallery);
            if !known || target.kind == ImageKind::Generated {
                return Err(crate::catalog::CatalogError::NotFound("gallery").into());
            }
        }
        let request = ImportRequest {
            owner,
            kind: target.kind,
            gallery: target.gallery,
            visibility: choices.visibility,
            restores: choices.restores,
            public_base: self.public_base().await?,
            zone: self.zone(),
            limits: self.read_limits(),
            workers: self.import_workers()?,
        };
        let library = self.clone();
        let summary = tokio::task::spawn_blocking(move || {
            let mut summary = ImportSummary::default();
            let mut now = ImportProgress { running: true, counting: true, ..ImportProgress::default() };
            let (started, mut time_left) = (Instant::now(), TimeLeft::default());
            let mut told: Option<Instant> = None;
            let mut progress = |now: ImportProgress| {
                if is_shown {
                    library.tell(LibraryEvent::Import(now));
                }
                progress(now);
            };
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
                // Nobody waits for the counting when all is done.
                (false, _) => Some(now.done),
            };
            // The same picture may lie in a folder twice.
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
    // What was refused has to be heard of, however much was taken before.
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
