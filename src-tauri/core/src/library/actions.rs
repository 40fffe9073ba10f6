//! Changes to images: visibility and removal. Every change checks the owner.
//! When a change concerns many images, each image has its own outcome.

use super::{CatalogChanged, Library, LibraryEvent};
use crate::catalog::{CatalogError, Original};
use crate::error::Error;
use crate::model::{
    ActionReport, Change, DAYS_IN_TRASH, ImageId, ItemFailure, KillPoint, OwnerId, Removal, UnixMs,
    UnneededDuplicate, Visibility,
};
use std::collections::HashMap;
use std::sync::Arc;

/// The most images in one action.
pub(super) const MAX_IMAGES: usize = 100_000;
/// How long the trash keeps an image, in milliseconds.
const TRASH_MS: i64 = DAYS_IN_TRASH as i64 * 24 * 3600 * 1000;
/// The number of originals that are deleted in one transaction.
const PURGED_AT_ONCE: usize = 256;

pub(super) fn report<T>(outcomes: Vec<(ImageId, Result<T, CatalogError>)>) -> (ActionReport, Vec<T>) {
    let mut report = ActionReport::default();
    let mut values = Vec::new();
    for (id, outcome) in outcomes {
        match outcome {
            Ok(value) => {
                report.done.push(id);
                values.push(value);
            }
            Err(error) => report.failed.push(ItemFailure { id, error: Error::from(error).to_failure() }),
        }
    }
    (report, values)
}

pub(super) fn bounded<T>(ids: Vec<T>) -> Result<Vec<T>, Error> {
    if ids.len() > MAX_IMAGES {
        return Err(Error::Invalid("at most 100,000 images can be changed at once".into()));
    }
    Ok(ids)
}

impl Library {
    /// Sets who can find images.
    pub async fn set_visibility(
        &self,
        ids: Vec<ImageId>,
        visibility: impl Into<Change<Visibility>>,
    ) -> Result<ActionReport, Error> {
        let visibility = visibility.into();
        let set = |ids| {
            let (library, owner) = (self.clone(), self.owner());
            async move { Ok(library.catalog().set_visibility(&owner, ids, visibility).await?) }
        };
        let outcomes = self.even_when_full(bounded(ids)?, set).await?;
        self.shared.stores.kill_points.reached(KillPoint::VisibilityCommitted);
        let (report, _) = report(outcomes);
        self.tell(LibraryEvent::Catalog(CatalogChanged::changed(report.done.clone())));
        Ok(report)
    }

    /// Removes images. They disappear from every other view at once, and their objects are
    /// deleted from the bucket. With [`Removal::ToTrash`], the trash keeps them for 30 days.
    pub async fn remove(&self, ids: Vec<ImageId>, removal: Removal) -> Result<ActionReport, Error> {
        self.remove_of(&self.owner(), bounded(ids)?, removal).await
    }

    async fn remove_of(
        &self,
        owner: &OwnerId,
        ids: Vec<ImageId>,
        removal: Removal,
    ) -> Result<ActionReport, Error> {
        let now = UnixMs::now();
        if removal == Removal::ToTrash {
            self.note_clock_even_when_full(now).await?;
        }
        let remove = |ids| {
            let (library, owner) = (self.clone(), owner.clone());
            async move {
                let outcomes = library.catalog().remove(&owner, ids, removal, now).await?;
                library.shared.stores.kill_points.reached(KillPoint::RemovalCommitted);
                let gone = outcomes.iter().filter_map(|(_, outcome)| outcome.as_ref().ok()?.clone());
                library.purge(gone.collect()).await;
                Ok(outcomes)
            }
        };
        Ok(self.tell_removed(self.even_when_full(ids, remove).await?))
    }

    /// Reports a removal, and lets the transfers begin with what it queued.
    fn tell_removed<T>(&self, outcomes: Vec<(ImageId, Result<T, CatalogError>)>) -> ActionReport {
        let (report, _) = report(outcomes);
        self.tell(LibraryEvent::Catalog(CatalogChanged::removed(report.done.clone())));
        self.shared.controls.wake();
        report
    }

    /// Moves images to the trash of which others are kept that look the same. An image stays, with the reason, if the
    /// other one is in the trash or gone, or if it lacks something of the image and the artist did not decide so.
    pub async fn remove_duplicates(&self, unneeded: Vec<UnneededDuplicate>) -> Result<ActionReport, Error> {
        let now = UnixMs::now();
        self.note_clock_even_when_full(now).await?;
        let unneeded = bounded(unneeded)?;
        let ids = unneeded.iter().map(|one| one.id.clone()).collect();
        let by_id: HashMap<_, _> = unneeded.into_iter().map(|one| (one.id.clone(), one)).collect();
        let by_id = Arc::new(by_id);
        let remove = |ids| {
            let (library, owner, by_id) = (self.clone(), self.owner(), Arc::clone(&by_id));
            async move { Ok(library.catalog().remove_duplicates(&owner, ids, by_id, now).await?) }
        };
        Ok(self.tell_removed(self.even_when_full(ids, remove).await?))
    }

    /// Restores images from the trash, under the same URLs as before.
    pub async fn restore(&self, ids: Vec<ImageId>) -> Result<ActionReport, Error> {
        let restore = |ids| {
            let (library, owner) = (self.clone(), self.owner());
            async move { Ok(library.catalog().restore(&owner, ids, UnixMs::now()).await?) }
        };
        let outcomes = self.even_when_full(bounded(ids)?, restore).await?;
        self.shared.stores.kill_points.reached(KillPoint::RestoreCommitted);
        let (report, _) = report(outcomes);
        self.tell(LibraryEvent::Catalog(CatalogChanged::added(report.done.clone())));
        self.shared.controls.wake();
        Ok(report)
    }

    /// Permanently deletes everything in the profile's trash.
    pub async fn empty_trash(&self) -> Result<ActionReport, Error> {
        self.delete_trash(&self.owner(), None).await
    }

    /// Permanently deletes images of all profiles that have been in the trash for 30 days, as
    /// far as the clock can be believed. Returns the number of deleted images.
    pub async fn expire_trash(&self, now: UnixMs) -> Result<usize, Error> {
        self.note_clock_even_when_full(now).await?;
        let before = now.plus_ms(-TRASH_MS);
        let mut deleted = 0;
        for profile in self.catalog().profiles().await? {
            deleted += self.delete_trash(&profile.id, Some(before)).await?.done.len();
        }
        Ok(deleted)
    }

    async fn delete_trash(&self, owner: &OwnerId, before: Option<UnixMs>) -> Result<ActionReport, Error> {
        let mut deleted = ActionReport::default();
        // The condition is checked again in the transaction that deletes, because any image
        // may be restored meanwhile.
        let removal = Removal::FromTrash(before.unwrap_or(UnixMs(i64::MAX)));
        for ids in self.catalog().trashed(owner, before).await?.chunks(MAX_IMAGES) {
            let ActionReport { done, failed } = self.remove_of(owner, ids.to_vec(), removal).await?;
            deleted.done.extend(done);
            deleted.failed.extend(failed);
        }
        Ok(deleted)
    }

    /// Deletes the files of images that were deleted permanently. A file that cannot be
    /// deleted now is deleted when the library is next opened. This is not an error, because
    /// the rows are gone, as requested.
    async fn purge(&self, originals: Vec<Original>) {
        if let Err(error) = self.purge_files(originals).await {
            tracing::warn!(%error, "originals could not be deleted from the disk yet");
        }
    }

    async fn purge_files(&self, originals: Vec<Original>) -> Result<(), Error> {
        for some in originals.chunks(PURGED_AT_ONCE) {
            let files = Arc::clone(&self.shared.stores.originals);
            let thumbnails = Arc::clone(&self.shared.stores.thumbnails);
            let kill_points = self.shared.stores.kill_points.clone();
            let purge = move |original: &Original| {
                kill_points.reached(KillPoint::OriginalUnwanted);
                thumbnails.remove(&original.sha256)?;
                files.remove(&original.sha256, original.format)?;
                kill_points.reached(KillPoint::OriginalDeleted);
                Ok(())
            };
            self.catalog().purge_unreferenced(some.to_vec(), purge).await?;
        }
        let files = Arc::clone(&self.shared.stores.originals);
        let hashes: Vec<_> = originals.iter().map(|original| original.sha256).collect();
        tokio::task::spawn_blocking(move || files.sync_removals(&hashes)).await?.map_err(Error::Folder)?;
        for some in originals.chunks(PURGED_AT_ONCE) {
            self.catalog().forget_unwanted(some.to_vec()).await?;
        }
        Ok(())
    }

    /// Deletes the files of images whose permanent deletion was interrupted.
    pub(super) async fn finish_removals(&self) -> Result<(), Error> {
        let unwanted = self.catalog().unwanted_originals().await?;
        if unwanted.is_empty() {
            return Ok(());
        }
        self.purge_files(unwanted).await
    }
}
