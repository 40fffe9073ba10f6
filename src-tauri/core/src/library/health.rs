//! Looking after the catalog: a look through it at the start, a copy of it each
//! day, and going on when it is damaged. The damaged file is set aside and
//! never deleted, and originals that the new catalog does not know are taken
//! in again.

use super::backups::{furthest, newest_sound, prune};
use super::folder::Folder;
use super::presence::{check_beginning, check_presence};
use super::{ImportChoices, ImportTarget, LEFT_ASIDE, Library, LibraryEvent, OpenLibrary, room};
use crate::catalog::{self, CatalogError, Unused};
use crate::error::Error;
use crate::files::Backups;
use crate::model::{ImageKind, Replayed, Source, Steps, UnixMs};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio_util::sync::CancellationToken;

/// The look through the catalog leaves the first moments to the window.
const START_PAUSE: Duration = Duration::from_secs(5);
/// How often it is looked whether a backup is due.
const BACKUP_LOOK: Duration = Duration::from_hours(1);

/// What can be done about a damaged catalog.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, specta::Type)]
pub struct RecoveryOffer {
    /// The moment that the newest sound backup shows.
    pub backup_of: Option<UnixMs>,
}

/// What to go on with instead of a damaged catalog.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum RecoverFrom {
    /// The newest sound backup.
    Backup,
    /// An empty catalog.
    Nothing,
}

/// How a recovery ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum RecoveryOutcome {
    /// There was nothing to recover from; nothing was changed.
    Healthy,
    /// A backup took the catalog's place.
    Restored,
    /// An empty catalog took its place.
    StartedEmpty,
}

/// What a recovery did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, specta::Type)]
pub struct Recovery {
    /// How it ended.
    pub outcome: RecoveryOutcome,
    /// The moment that the restored backup shows.
    pub backup_of: Option<UnixMs>,
    /// The damaged catalog's name in the library's folder, if there was a file.
    pub set_aside: Option<String>,
    /// Images that the catalog did not know and that are there again.
    pub found_again: u32,
    /// Those of them that the journal knew all about. The others are unlisted
    /// images of the profile, made of originals that nothing is known of.
    pub from_journal: u32,
    /// Originals that no row knows and that could not be taken in.
    pub left_alone: u32,
}

/// When a catalog is replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Doubt {
    /// When a close look finds damage.
    IfDamaged,
    /// In any case: the look found nothing, and it cannot be used.
    Always,
}

/// Puts something sound in the place of a damaged catalog. Blocks.
fn replace(folder: &Folder, from: RecoverFrom, doubt: Doubt, now: UnixMs) -> Result<Recovery, Error> {
    let mut done = Recovery {
        outcome: RecoveryOutcome::Healthy,
        backup_of: None,
        set_aside: None,
        found_again: 0,
        from_journal: 0,
        left_alone: 0,
    };
    let unused = Unused::wait(&folder.catalog())?;
    let sound = check_presence(folder)
        .and_then(|()| Ok(catalog::check_closely(&folder.catalog())?))
        .and_then(|()| check_beginning(folder));
    match sound {
        Ok(()) if doubt == Doubt::IfDamaged => return Ok(done),
        Ok(()) | Err(Error::Catalog(CatalogError::Corrupt(_) | CatalogError::Missing)) => {}
        Err(error) => return Err(error),
    }
    let backup = match from {
        RecoverFrom::Nothing => None,
        RecoverFrom::Backup => Some(
            newest_sound(&Backups::of(folder.root()))?.ok_or(Error::NotThere("there is no sound backup"))?,
        ),
    };
    // Where the journal does not tell what was chosen since the backup, nothing may stay public by chance.
    let knows_choices = match &backup {
        Some(backup) => match catalog::position_of_backup(&backup.path) {
            Ok((at, _)) => catalog::covers(&folder.catalog(), at)?,
            // It is sound but for this, and says by itself what is unsure.
            Err(CatalogError::Corrupt(_)) => false,
            Err(error) => return Err(error.into()),
        },
        None => true,
    };
    // From here on a library that is opened first believes nothing about the bucket, also after a crash.
    folder.begin_recovery(knows_choices).map_err(Error::Folder)?;
    done.set_aside = unused.set_aside(now)?;
    done.outcome = RecoveryOutcome::StartedEmpty;
    if let Some(backup) = backup {
        unused.put_copy_of(&backup.path)?;
        done.outcome = RecoveryOutcome::Restored;
        done.backup_of = Some(backup.taken_at);
    } else {
        unused.put_empty()?;
    }
    folder.sync().map_err(Error::Folder)?;
    Ok(done)
}

impl Library {
    /// Returns what can be done when a library's catalog is damaged.
    pub async fn recovery_offer(folder: PathBuf) -> Result<RecoveryOffer, Error> {
        tokio::task::spawn_blocking(move || {
            let backup_of = newest_sound(&Backups::of(&folder))?.map(|backup| backup.taken_at);
            Ok(RecoveryOffer { backup_of })
        })
        .await?
    }

    /// Opens a library whose catalog is damaged, with a backup or an empty
    /// catalog in its place. A sound catalog stays as it is.
    pub async fn recover(
        how: OpenLibrary,
        from: RecoverFrom,
        now: UnixMs,
    ) -> Result<(Self, Recovery), Error> {
        let replaced = async |doubt| {
            let folder = how.folder.clone();
            let replaced = move || replace(&Folder::open(&folder)?, from, doubt, now);
            tokio::task::spawn_blocking(replaced).await?
        };
        let mut done = replaced(Doubt::IfDamaged).await?;
        let library = match Self::open_as_it_is(how.clone(), Steps::default()).await {
            Err(Error::Catalog(CatalogError::Corrupt(_))) if done.outcome == RecoveryOutcome::Healthy => {
                done = replaced(Doubt::Always).await?;
                Self::open_as_it_is(how, Steps::default()).await?
            }
            opened => opened?,
        };
        (done.found_again, done.left_alone) = library.settle_what_was_cut_short(now).await?;
        done.from_journal = library.healed().map_or(0, |healed| healed.images);
        done.found_again += done.from_journal;
        Ok((library, done))
    }

    /// Folds the catalog's log into its file, for a program that is about to
    /// end. The library can still be used.
    pub async fn close(&self) -> Result<(), Error> {
        Ok(self.catalog().fold_log().await?)
    }

    /// Returns what the catalog had lost when it was opened and got back from
    /// its journal.
    pub fn healed(&self) -> Option<Replayed> {
        self.catalog().healed()
    }

    /// Does what a killed process left undone: a removal, a recovery. Returns
    /// how many images were found again by a recovery, and how many could not
    /// be.
    pub(super) async fn settle_what_was_cut_short(&self, now: UnixMs) -> Result<(u32, u32), Error> {
        // First, so that nothing that was deleted permanently is found again.
        self.finish_removals().await?;
        if !self.shared.folder.is_recovering() {
            return Ok((0, 0));
        }
        if self.shared.folder.is_visibility_unsure() {
            self.catalog().unlist_everything().await?;
        }
        // Or backups of the lost catalog would be taken for newer than those of this one.
        let backups = Backups::of(self.shared.folder.root());
        let behind = tokio::task::spawn_blocking(move || furthest(&backups)).await??;
        if let Some(position) = behind {
            self.catalog().begin_behind(position).await?;
        }
        self.note_clock(now).await?;
        self.catalog().renew_trash(now).await?;
        self.catalog().confirm_everything_again(now).await?;
        let found = self.take_in_unknown_originals().await?;
        self.shared.folder.end_recovery().map_err(Error::Folder)?;
        Ok(found)
    }

    /// Makes unlisted images of the originals that no row knows. Returns how
    /// many, and how many could not be taken in.
    async fn take_in_unknown_originals(&self) -> Result<(u32, u32), Error> {
        let (mut taken_in, mut left) = (0, 0);
        for shard in 0..=u8::MAX {
            let originals = Arc::clone(&self.shared.stores.originals);
            let files = tokio::task::spawn_blocking(move || originals.in_shard(shard)).await?;
            let files = files.map_err(Error::Folder)?;
            let hashes = files.iter().map(|(hash, _)| *hash).collect();
            let unknown = self.catalog().unknown_originals(hashes).await?;
            let sources = files.into_iter().filter(|(hash, _)| unknown.contains(hash));
            let sources: Vec<_> = sources.map(|(_, path)| Source::Path(path)).collect();
            if sources.is_empty() {
                continue;
            }
            let target = ImportTarget { kind: ImageKind::Generated, gallery: None };
            let cancel = CancellationToken::new();
            let import = self.import(sources, target, ImportChoices::default(), cancel, |_| (), |_| ());
            let summary = import.await?;
            taken_in += summary.imported;
            left += summary.rejected;
        }
        Ok((taken_in, left))
    }

    /// Looks through the catalog, and tells when it is damaged.
    pub async fn check_catalog(&self) -> Result<(), Error> {
        let checked = self.catalog().quick_check().await;
        if let Err(CatalogError::Corrupt(found)) = &checked {
            tracing::error!(%found, "the catalog is damaged");
            self.tell(LibraryEvent::Damaged);
        }
        Ok(checked?)
    }

    /// Makes a copy of the catalog unless the last day has one. Says whether it
    /// did.
    pub async fn back_up_if_due(&self, now: UnixMs) -> Result<bool, Error> {
        let backups = Backups::of(self.shared.folder.root());
        if !backups.is_due(now).map_err(Error::Folder)? {
            return Ok(false);
        }
        self.require_writable()?;
        // What a kill left, and no other process can still be writing: where the clock says how old it is.
        let clock = self.catalog().seen_clock(UnixMs::now()).await?;
        let left_before =
            SystemTime::now().checked_sub(LEFT_ASIDE).filter(|_| clock.agrees_with(UnixMs::now()));
        let aside = backups.aside(left_before).map_err(Error::Folder)?;
        if let Err(error) = self.catalog().copy_to(aside.clone()).await {
            // What cannot be removed now is swept another day.
            let _ = std::fs::remove_file(&aside);
            return Err(error.into());
        }
        let keep = move || {
            backups.keep(&aside, now).map_err(Error::Folder)?;
            prune(&backups, now)
        };
        tokio::task::spawn_blocking(keep).await??;
        self.begin_journal_again().await?;
        Ok(true)
    }

    /// Begins a new part of the journal, and forgets those parts that no backup
    /// needs.
    async fn begin_journal_again(&self) -> Result<(), Error> {
        // What the journal forgets must not be in the log alone.
        self.catalog().fold_log().await?;
        let backups = Backups::of(self.shared.folder.root());
        let oldest = move || {
            let positions = backups.list()?.into_iter();
            Ok::<_, std::io::Error>(
                positions.filter_map(|backup| Some(catalog::position_of_backup(&backup.path).ok()?.0)).min(),
            )
        };
        let oldest = tokio::task::spawn_blocking(oldest).await?.map_err(Error::Folder)?;
        Ok(self.catalog().rotate_journal(oldest.unwrap_or(0)).await?)
    }

    /// Looks through the catalog once, backs it up each day, and empties the
    /// trash of what is old, until cancelled.
    pub async fn look_after_catalog(&self, cancel: CancellationToken) {
        if self.look_only().is_some() {
            return;
        }
        let mut pause = START_PAUSE;
        let mut checked = false;
        loop {
            tokio::select! {
                () = cancel.cancelled() => return,
                () = tokio::time::sleep(pause) => pause = BACKUP_LOOK,
            }
            if !std::mem::replace(&mut checked, true)
                && let Err(error) = self.check_catalog().await
            {
                tracing::warn!(%error, "the catalog was not found sound");
                return;
            }
            if let Err(error) = self.back_up_if_due(UnixMs::now()).await {
                tracing::warn!(%error, "the catalog was not backed up");
            }
            if let Err(error) = self.expire_trash(UnixMs::now()).await {
                tracing::warn!(%error, "the trash was not looked through");
            }
            let library = self.clone();
            let kept = tokio::task::spawn_blocking(move || room::keep_reserve(&library.shared.folder));
            if kept.await.is_err() {
                tracing::warn!("no room was kept for the time that the disk is full");
            }
        }
    }
}
