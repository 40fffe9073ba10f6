//! Looks after the catalog: checks it at the start, backs it up every day, and replaces it when it is
//! damaged. The damaged file is set aside and never deleted. Originals that the new catalog does not know
//! are imported again.

use super::backups::{furthest, newest_sound, prune};
use super::folder::Folder;
use super::presence::{check_beginning, check_presence};
use super::{ImportChoices, ImportTarget, LEFT_ASIDE, Library, LibraryEvent, OpenLibrary, room};
use crate::catalog::{self, CatalogError, Unused};
use crate::error::Error;
use crate::files::Backups;
use crate::model::{KillPoints, Replayed, Source, UnixMs};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio_util::sync::CancellationToken;

/// How long the check of the catalog waits, so that the window can start first.
const START_PAUSE: Duration = Duration::from_secs(5);
/// How often to check whether a backup is due.
const BACKUP_LOOK: Duration = Duration::from_hours(1);

/// What can be done about a damaged catalog.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, specta::Type)]
pub struct RecoveryOffer {
    /// The moment of the newest sound backup; `None` if there is none.
    pub backup_of: Option<UnixMs>,
}

/// What replaces a damaged catalog.
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
    /// Nothing was damaged, and nothing was changed.
    Healthy,
    /// A backup replaced the catalog.
    Restored,
    /// An empty catalog replaced it.
    StartedEmpty,
}

/// What a recovery did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, specta::Type)]
pub struct Recovery {
    /// How it ended.
    pub outcome: RecoveryOutcome,
    /// The moment of the restored backup; `None` if no backup was restored.
    pub backup_of: Option<UnixMs>,
    /// The damaged catalog's new name in the library's folder; `None` if there was no file.
    pub set_aside: Option<String>,
    /// The number of images that the catalog did not know and that were found again.
    pub found_again: u32,
    /// How many of those images were known completely from the journal. The others are unlisted images of
    /// the profile, made from originals about which nothing is known.
    pub from_journal: u32,
    /// The number of originals that no row refers to and that could not be imported.
    pub left_alone: u32,
}

/// When a catalog is replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Doubt {
    /// If a full check finds damage.
    IfDamaged,
    /// In any case, because the check found nothing and the catalog still cannot be used.
    Always,
}

/// Replaces a damaged catalog with something sound. Blocks.
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
    // If the journal does not cover the choices made since the backup, nothing may stay public by chance.
    let knows_choices = match &backup {
        Some(backup) => match catalog::position_of_backup(&backup.path) {
            Ok((at, _)) => catalog::covers(&folder.catalog(), at)?,
            // The backup is sound otherwise, and this error only means that its position is uncertain.
            Err(CatalogError::Corrupt(_)) => false,
            Err(error) => return Err(error.into()),
        },
        None => true,
    };
    // From here on, even after a crash, the first opening of the library trusts nothing about the bucket.
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
    /// Returns what can be done if a library's catalog is damaged.
    pub async fn recovery_offer(folder: PathBuf) -> Result<RecoveryOffer, Error> {
        tokio::task::spawn_blocking(move || {
            let backup_of = newest_sound(&Backups::of(&folder))?.map(|backup| backup.taken_at);
            Ok(RecoveryOffer { backup_of })
        })
        .await?
    }

    /// Opens a library whose catalog is damaged, after replacing it with a backup or an empty catalog. A
    /// sound catalog stays as it is.
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
        let library = match Self::open_as_it_is(how.clone(), KillPoints::default()).await {
            Err(Error::Catalog(CatalogError::Corrupt(_))) if done.outcome == RecoveryOutcome::Healthy => {
                done = replaced(Doubt::Always).await?;
                Self::open_as_it_is(how, KillPoints::default()).await?
            }
            opened => opened?,
        };
        (done.found_again, done.left_alone) = library.settle_what_was_cut_short(now).await?;
        done.from_journal = library.healed().map_or(0, |healed| healed.images);
        done.found_again += done.from_journal;
        Ok((library, done))
    }

    /// Checkpoints the catalog's log into its file, for a program that is about to end. The library
    /// remains usable.
    pub async fn close(&self) -> Result<(), Error> {
        self.write_requests().await;
        Ok(self.catalog().fold_log().await?)
    }

    /// Returns what the catalog had lost when it was opened and recovered from its journal; `None` if it
    /// had lost nothing.
    pub fn healed(&self) -> Option<Replayed> {
        self.catalog().healed()
    }

    /// Finishes what a killed process left unfinished: a permanent deletion or a recovery. Returns how
    /// many images a recovery found again, and how many it could not import.
    pub(super) async fn settle_what_was_cut_short(&self, now: UnixMs) -> Result<(u32, u32), Error> {
        // This comes first, so that nothing that was deleted permanently is found again.
        self.finish_removals().await?;
        if !self.shared.folder.is_recovering() {
            return Ok((0, 0));
        }
        if self.shared.folder.is_visibility_unsure() {
            self.catalog().unlist_everything().await?;
        }
        // Otherwise backups of the lost catalog would count as newer than those of this one.
        let backups = Backups::of(self.shared.folder.root());
        let behind = tokio::task::spawn_blocking(move || furthest(&backups)).await??;
        if let Some(position) = behind {
            self.catalog().begin_behind(position).await?;
        }
        self.note_clock(now).await?;
        self.catalog().renew_trash(now).await?;
        self.catalog().confirm_everything_again(now).await?;
        let found = self.import_unknown_originals().await?;
        self.shared.folder.end_recovery().map_err(Error::Folder)?;
        Ok(found)
    }

    /// Imports the originals that no row refers to as unlisted images. Returns how many were imported, and
    /// how many could not be.
    async fn import_unknown_originals(&self) -> Result<(u32, u32), Error> {
        let (mut imported, mut left) = (0, 0);
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
            let target = ImportTarget::HISTORY;
            let cancel = CancellationToken::new();
            let import = self.import(sources, target, ImportChoices::default(), cancel, |_| (), |_| ());
            let summary = import.await?;
            imported += summary.imported;
            left += summary.rejected;
        }
        Ok((imported, left))
    }

    /// Checks the catalog, and sends an event if it is damaged.
    pub async fn check_catalog(&self) -> Result<(), Error> {
        let checked = self.catalog().quick_check().await;
        if let Err(CatalogError::Corrupt(found)) = &checked {
            tracing::error!(%found, "the catalog is damaged");
            self.tell(LibraryEvent::Damaged);
        }
        Ok(checked?)
    }

    /// Backs up the catalog unless the last day has a backup. Returns whether it did.
    pub async fn back_up_if_due(&self, now: UnixMs) -> Result<bool, Error> {
        let backups = Backups::of(self.shared.folder.root());
        if !backups.is_due(now).map_err(Error::Folder)? {
            return Ok(false);
        }
        self.require_writable()?;
        // Leftovers of a kill that are old enough that no other process can still be writing them. Their
        // age is believed only if the clock is.
        let clock = self.catalog().seen_clock(UnixMs::now()).await?;
        let left_before =
            SystemTime::now().checked_sub(LEFT_ASIDE).filter(|_| clock.agrees_with(UnixMs::now()));
        let aside = backups.aside(left_before).map_err(Error::Folder)?;
        if let Err(error) = self.catalog().copy_to(aside.clone()).await {
            // If the file cannot be removed now, a later backup removes it.
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

    /// Starts a new segment of the journal, and removes the segments that no backup needs.
    async fn begin_journal_again(&self) -> Result<(), Error> {
        // Changes that the journal no longer has must not exist in the log alone.
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

    /// Checks the catalog once, backs it up every day, and deletes old images from the trash. Runs until
    /// cancelled.
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
                tracing::warn!(%error, "the check of the catalog failed");
                return;
            }
            if let Err(error) = self.back_up_if_due(UnixMs::now()).await {
                tracing::warn!(%error, "could not back up the catalog");
            }
            if let Err(error) = self.expire_trash(UnixMs::now()).await {
                tracing::warn!(%error, "could not check the trash for expired images");
            }
            let library = self.clone();
            let kept = tokio::task::spawn_blocking(move || room::keep_reserve(&library.shared.folder));
            if kept.await.is_err() {
                tracing::warn!("could not create the reserve");
            }
        }
    }
}
