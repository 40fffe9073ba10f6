//! Makes files durable and adds them to the catalog: originals first, then their rows and transfers in one
//! transaction. A file is reported only after that.

use super::dating::{self, Clues};
use super::request::{ImportRequest, Stores};
use super::walk::Met;
use crate::catalog::{
    CatalogError, GenerationRow, InTrash, InsertOutcome, Inserted, MadeFingerprint, NewGenerated, NewImage,
    NewReference, Original, Packed,
};
use crate::files::Staged;
use crate::metadata::FoundDate;
use crate::model::{
    Fingerprint, ImageFormat, ImageId, ImageKind, ImportedFile, KillPoint, Notice, ObjectKey, Outcome,
    Rejection, RejectionReason, UnixMs,
};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::runtime::Handle;

/// A file whose bytes are written to a temporary file and no longer in memory.
pub(super) struct Prepared {
    pub(super) staged: Staged,
    pub(super) filename: String,
    pub(super) format: ImageFormat,
    pub(super) size_bytes: u64,
    pub(super) sha256: [u8; 32],
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) fingerprint: Option<Fingerprint>,
    /// The key of its object, if the bucket has one already.
    pub(super) key: Option<ObjectKey>,
    /// The dates in the file, the most trusted first.
    pub(super) dates: Vec<FoundDate>,
    pub(super) modified_at: Option<UnixMs>,
    pub(super) notices: Vec<Notice>,
    pub(super) generation: GenerationRow,
}

impl Prepared {
    /// Returns about how many bytes it holds in memory.
    pub(super) fn weight(&self) -> usize {
        let GenerationRow { prompt, negative_prompt, model, params, sources, .. } = &self.generation;
        let texts = [Some(prompt), negative_prompt.as_ref(), model.as_ref()];
        let texts: usize = texts.into_iter().flatten().map(String::len).sum();
        let packed: usize = [params, sources].into_iter().flatten().map(Packed::size).sum();
        texts + packed
    }
}

/// A file that is about to be committed.
pub(super) struct Ready {
    /// The id that it gets if it becomes a new image.
    pub(super) id: ImageId,
    /// Its number in the order of the import.
    pub(super) number: u64,
    pub(super) path: PathBuf,
    pub(super) met: Met,
    pub(super) prepared: Prepared,
}

/// The outcome of a group of files.
#[derive(Default)]
pub(super) struct Committed {
    /// The outcome of each file, with its number in the order of the import.
    pub(super) files: Vec<(u64, ImportedFile)>,
    /// Images that are new in the catalog.
    pub(super) added: Vec<ImageId>,
    /// Images that already existed and whose visibility changed.
    pub(super) switched: Vec<ImageId>,
    /// Whether stacks of existing images became one.
    pub(super) joined_stacks: bool,
}

/// Commits the files of one import.
pub(super) struct Committer<'a> {
    pub(super) runtime: &'a Handle,
    pub(super) stores: &'a Stores,
    pub(super) request: &'a ImportRequest,
    /// The moment of the import. All files share it, so that their ids alone decide the order, which is
    /// the order in which they were found.
    pub(super) started: UnixMs,
}

/// A file whose original is durable under its final name.
struct Kept {
    number: u64,
    path: PathBuf,
    row: NewImage,
    generation: GenerationRow,
    in_trash: InTrash,
}

impl Committer<'_> {
    /// Commits a group. Every file in it gets an outcome.
    pub(super) fn commit(&self, group: Vec<Ready>) -> Committed {
        let mut done = Committed::default();
        let mut kept = self.keep(group, &mut done);
        self.stores.kill_points.reached(KillPoint::OriginalsDurable);
        let outcomes = loop {
            match self.runtime.block_on(self.insert(&kept)) {
                Err(error @ CatalogError::DiskFull) if !kept.is_empty() => {
                    // The originals took the disk space that their rows need, so half of the files are
                    // given up for the others.
                    let given_up = kept.split_off(kept.len() / 2);
                    self.runtime.block_on(self.give_up(&given_up));
                    done.files.extend(given_up.into_iter().map(|kept| kept.refused(refusal(&error))));
                }
                outcomes => break outcomes.map_err(|error| refusal(&error)),
            }
        };
        self.stores.kill_points.reached(KillPoint::RowsCommitted);
        for (index, kept) in kept.into_iter().enumerate() {
            let outcome = outcomes.as_ref().map(|outcomes| outcomes.get(index).cloned());
            match outcome {
                Ok(Some(inserted)) => {
                    self.keep_time(&kept.row, inserted.outcome);
                    done.note(kept, inserted);
                }
                // Every row has an outcome, so this never happens.
                Ok(None) => {}
                Err(rejection) => done.files.push(kept.refused(rejection.clone())),
            }
        }
        done.files.sort_by_key(|(number, _)| *number);
        done
    }

    /// Makes the originals of a group durable. Adds those that failed to `done`.
    fn keep(&self, group: Vec<Ready>, done: &mut Committed) -> Vec<Kept> {
        let (staged, described): (Vec<_>, Vec<_>) = group
            .into_iter()
            .map(|Ready { id, number, path, met, prepared }| {
                let row = self.row(id, &prepared, &path);
                let in_trash = self.request.choices.restores.policy(met);
                let Prepared { staged, filename, generation, .. } = prepared;
                (staged, (number, path, filename, row, generation, in_trash))
            })
            .unzip();
        let mut kept = Vec::with_capacity(described.len());
        let described = described.into_iter().zip(self.stores.originals.commit(staged));
        for ((number, path, name, row, generation, in_trash), durable) in described {
            match durable.map_err(|error| Rejection::for_keeping(&error)).and(row) {
                Ok(row) => kept.push(Kept { number, path, row, generation, in_trash }),
                Err(rejection) => done.files.push((number, ImportedFile::refused(path, name, rejection))),
            }
        }
        kept
    }

    fn row(&self, id: ImageId, prepared: &Prepared, path: &Path) -> Result<NewImage, Rejection> {
        let Self { request, started, .. } = self;
        let r2_key = match &prepared.key {
            Some(key) => key.clone(),
            None => ObjectKey::generate(&request.owner, request.target.kind, prepared.format, *started)
                .map_err(|_| {
                    Rejection::of(RejectionReason::Failed, "This computer could not provide random bytes.")
                })?,
        };
        // If the object's key has a time, it was imported at that time, before this library existed.
        let imported_at = prepared.key.as_ref().and_then(|key| key.origin()?.created_at);
        let added_at = imported_at.unwrap_or(*started);
        let clues = Clues {
            dates: &prepared.dates,
            filename: &prepared.filename,
            path: Some(path).filter(|path| !path.as_os_str().is_empty()),
            modified_at: prepared.modified_at,
            added_at,
            now: UnixMs::now(),
        };
        let url = request.public_base.as_ref().map(|base| format!("{}/{r2_key}", base.trim_end_matches('/')));
        Ok(NewImage {
            id,
            owner_id: request.owner.clone(),
            r2_key,
            url,
            filename: prepared.filename.clone(),
            format: prepared.format,
            size_bytes: prepared.size_bytes,
            width: prepared.width,
            height: prepared.height,
            fingerprint: Some(MadeFingerprint(prepared.fingerprint)),
            made: dating::date(clues, &request.zone),
            added_at,
            modified_at: prepared.modified_at,
            notices: prepared.notices.clone(),
            sha256: prepared.sha256,
        })
    }

    /// Gives a new original the modification time of its file. This must come after the row: verify takes
    /// an old original without a row for a forgotten one.
    fn keep_time(&self, row: &NewImage, outcome: InsertOutcome) {
        if let Some(at) = row.modified_at.filter(|_| outcome == InsertOutcome::New)
            && let Err(error) = self.stores.originals.set_modified(&row.sha256, row.format, at.into())
        {
            // The row has the time as well.
            tracing::warn!(%error, "could not set the modification time of an original");
        }
    }

    /// Deletes originals that got no row from the disk.
    async fn give_up(&self, kept: &[Kept]) {
        let original = |kept: &Kept| Original { sha256: kept.row.sha256, format: kept.row.format };
        let (originals, thumbnails) =
            (Arc::clone(&self.stores.originals), Arc::clone(&self.stores.thumbnails));
        let purge = move |original: &Original| {
            thumbnails.remove(&original.sha256)?;
            originals.remove(&original.sha256, original.format)
        };
        let unwanted = kept.iter().map(original).collect();
        if let Err(error) = self.stores.catalog.purge_unreferenced(unwanted, purge).await {
            // It only wastes space, and `verify` finds it.
            tracing::warn!(%error, "an original without a row could not be deleted");
        }
    }

    async fn insert(&self, kept: &[Kept]) -> Result<Vec<Inserted>, CatalogError> {
        let files: Vec<_> = kept.iter().map(|kept| (kept.row.sha256, kept.row.format)).collect();
        let originals = Arc::clone(&self.stores.originals);
        // Another process may just have deleted the same picture permanently.
        let secure = move |index: usize| match files.get(index) {
            Some((sha256, format)) if !originals.exists(sha256, *format)? => {
                Err(std::io::ErrorKind::NotFound.into())
            }
            _ => Ok(()),
        };
        let (catalog, request) = (&self.stores.catalog, self.request);
        let rows = kept.iter().map(|kept| (kept.row.clone(), kept.generation.clone(), kept.in_trash));
        match request.target.kind {
            ImageKind::Reference => {
                let reference = |(image, generation, in_trash)| NewReference { image, generation, in_trash };
                let rows = rows.map(reference).collect();
                catalog.create_references(rows, request.target.gallery.clone(), secure).await
            }
            ImageKind::Generated => {
                let visibility = request.choices.visibility;
                let generated =
                    |(image, generation, in_trash)| NewGenerated { image, visibility, generation, in_trash };
                let rows = rows.map(generated).collect();
                catalog.create_generated(rows, request.target.collection.clone(), secure).await
            }
        }
    }
}

impl Kept {
    fn refused(self, rejection: Rejection) -> (u64, ImportedFile) {
        (self.number, ImportedFile::refused(self.path, self.row.filename, rejection))
    }
}

impl Committed {
    fn note(&mut self, kept: Kept, inserted: Inserted) {
        let Kept { number, path, row, .. } = kept;
        let Inserted { id, outcome, switched_to, joined_stacks } = inserted;
        self.joined_stacks |= joined_stacks;
        let outcome = match outcome {
            InsertOutcome::New | InsertOutcome::Restored => {
                self.added.push(id.clone());
                Outcome::Imported
            }
            InsertOutcome::Duplicate => Outcome::Duplicate,
            InsertOutcome::Trashed => Outcome::InTrash,
        };
        if switched_to.is_some() && outcome != Outcome::Imported {
            self.switched.push(id.clone());
        }
        let (name, id) = (row.filename, Some(id));
        self.files.push((number, ImportedFile { path, name, outcome, id, switched_to, rejection: None }));
    }
}

fn refusal(error: &CatalogError) -> Rejection {
    match error {
        CatalogError::DiskFull => Rejection::for_keeping(&std::io::ErrorKind::StorageFull.into()),
        CatalogError::Io(error) => Rejection::for_keeping(error),
        other => {
            tracing::error!(error = ?other, "rows of an import could not be written");
            Rejection::of(RejectionReason::Failed, format!("It could not be added: {other}."))
        }
    }
}
