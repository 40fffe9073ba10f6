//! How much of the library this machine stores. Whatever is freed is always in the bucket, and
//! is fetched when it is opened.

use super::Library;
use crate::bucket::{Bucket, Presence};
use crate::catalog::{CatalogError, ImageFile, Original, StoredOriginal};
use crate::error::Error;
use crate::model::{Bytes, KeepOriginals, SpaceUse, UnixMs};
use crate::transfer::{Destination, FetchError, fetch_original};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often to check whether something can be freed.
const LOOK_EVERY: Duration = Duration::from_hours(1);
/// The number of originals that are loaded from the catalog at a time.
const BATCH: u32 = 1000;
const DAY_MS: i64 = 24 * 3600 * 1000;
const GB: u64 = 1_000_000_000;
const MB: u64 = 1_000_000;

impl Library {
    /// Returns the space that the library's files take on this disk.
    pub async fn space_use(&self) -> Result<SpaceUse, Error> {
        let stores = self.shared.stores.clone();
        let look = move || {
            let (originals, thumbnails) = (stores.originals.space()?, stores.thumbnails.space()?);
            Ok::<_, std::io::Error>(SpaceUse { originals: Bytes(originals), thumbnails: Bytes(thumbnails) })
        };
        tokio::task::spawn_blocking(look).await?.map_err(Error::Folder)
    }

    /// Keeps within the chosen space, checking now, once an hour and after each change of the
    /// settings. Runs until cancelled.
    pub async fn keep_to_space(&self, cancel: CancellationToken) {
        if self.look_only().is_some() {
            return;
        }
        while !cancel.is_cancelled() {
            match self.free_space(UnixMs::now(), cancel.clone()).await {
                Ok(_) | Err(Error::Cancelled) => {}
                Err(error) => tracing::warn!(%error, "no space was freed"),
            }
            tokio::select! {
                () = cancel.cancelled() => {}
                () = self.shared.space_chosen.notified() => {}
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        }
    }

    /// Frees originals and thumbnails beyond what the settings keep, or fetches originals if
    /// all are to be kept. Returns how many originals were freed.
    pub async fn free_space(&self, now: UnixMs, cancel: CancellationToken) -> Result<u32, Error> {
        let freed = self.free_what_is_too_much(now, cancel).await;
        self.write_requests().await;
        freed
    }

    async fn free_what_is_too_much(&self, now: UnixMs, cancel: CancellationToken) -> Result<u32, Error> {
        let settings = self.settings();
        let limit = u64::from(settings.thumbnails_limit_mb) * MB;
        if limit > 0 {
            let thumbnails = Arc::clone(&self.shared.stores.thumbnails);
            let shrink = move || thumbnails.shrink_to(limit);
            tokio::task::spawn_blocking(shrink).await?.map_err(Error::Folder)?;
        }
        let Destination::Bucket(bucket) = self.destination().await else { return Ok(0) };
        match settings.keep_originals {
            KeepOriginals::Always => {
                self.bring_all_back(&bucket, &cancel).await?;
                Ok(0)
            }
            KeepOriginals::WhileUsed => {
                // Time that nobody saw pass does not make an original older.
                let clock = self.note_clock(now).await?;
                let before = clock.moment_before(DAY_MS * i64::from(settings.free_after_days));
                self.free_originals(&bucket, before, now, u64::MAX, &cancel).await
            }
            KeepOriginals::UpToSize => {
                let kept = self.catalog().kept_bytes().await?.0;
                let too_much = kept.saturating_sub(u64::from(settings.originals_limit_gb) * GB);
                self.free_originals(&bucket, now, now, too_much, &cancel).await
            }
        }
    }

    /// Frees originals that were last used before a moment, until `wanted` bytes are free.
    async fn free_originals(
        &self,
        bucket: &Bucket,
        before: UnixMs,
        now: UnixMs,
        wanted: u64,
        cancel: &CancellationToken,
    ) -> Result<u32, Error> {
        let (mut freed, mut bytes, mut last) = (0, 0_u64, None);
        while bytes < wanted {
            let batch = self.catalog().unused_originals(before, last.as_ref(), BATCH).await?;
            if batch.is_empty() {
                break;
            }
            for original in &batch {
                if cancel.is_cancelled() {
                    return Err(Error::Cancelled);
                }
                if bytes < wanted && self.free_one(bucket, original, now).await? {
                    freed += 1;
                    bytes = bytes.saturating_add(original.size_bytes);
                }
            }
            last = batch.into_iter().next_back();
        }
        Ok(freed)
    }

    /// Frees one original if the bucket confirms right now that it has it. Returns whether it
    /// was freed.
    async fn free_one(&self, bucket: &Bucket, original: &StoredOriginal, now: UnixMs) -> Result<bool, Error> {
        let StoredOriginal { sha256, md5, format, size_bytes, key, .. } = original;
        if bucket.compare(key, *size_bytes, sha256, md5.as_ref()).await? != Presence::Same {
            // A verification reports what is wrong with it.
            return Ok(false);
        }
        let files = Arc::clone(&self.shared.stores.originals);
        let original = Original { sha256: *sha256, format: *format };
        let remove = move |original: &Original| files.remove(&original.sha256, original.format);
        Ok(self.catalog().free_original(original, now, remove).await?)
    }

    async fn bring_all_back(&self, bucket: &Bucket, cancel: &CancellationToken) -> Result<(), Error> {
        let mut last = None;
        loop {
            let batch = self.catalog().freed_originals(last, BATCH).await?;
            let Some(end) = batch.last() else { return Ok(()) };
            last = Some(end.sha256);
            for original in batch {
                if cancel.is_cancelled() {
                    return Err(Error::Cancelled);
                }
                match self.fetch(bucket, &original).await {
                    // A lost original must not keep the others from being fetched. A
                    // verification reports it.
                    Err(Error::NotThere(why)) => {
                        // Not by its key, which is the link to an unlisted image.
                        tracing::warn!(
                            original = hex::encode(original.sha256),
                            why,
                            "an original could not be fetched again"
                        );
                    }
                    other => other?,
                }
            }
        }
    }

    async fn fetch(&self, bucket: &Bucket, original: &StoredOriginal) -> Result<(), Error> {
        let originals = &self.shared.stores.originals;
        let StoredOriginal { sha256, format, size_bytes, key, .. } = original;
        let fetch = fetch_original(bucket, self.catalog(), originals, key, sha256, *format, *size_bytes);
        let fetched = Box::pin(fetch).await;
        self.write_requests_if_due().await;
        match fetched {
            Ok(()) => Ok(()),
            Err(FetchError::Bucket(error)) => Err(error.into()),
            Err(FetchError::Disk(error)) => Err(Error::Folder(error)),
            Err(FetchError::Catalog(error)) => Err(error.into()),
            Err(FetchError::Unwanted) => Err(CatalogError::NotFound("image").into()),
            Err(FetchError::NotThere | FetchError::Different) => {
                Err(Error::NotThere("neither this disk nor the bucket has the original"))
            }
        }
    }

    /// Makes sure that an original is on this disk, fetching it from the bucket if necessary.
    /// If `noted`, records that it was opened.
    pub(super) async fn open_original(&self, file: &ImageFile, noted: bool) -> Result<(), Error> {
        let (originals, sha256, format) =
            (Arc::clone(&self.shared.stores.originals), file.sha256, file.format);
        let is_here = tokio::task::spawn_blocking(move || originals.exists(&sha256, format)).await?;
        if is_here.map_err(Error::Folder)? {
            if noted && self.look_only().is_none() {
                self.note_opened(file.sha256);
            }
            return Ok(());
        }
        self.require_writable()?;
        let missing = Error::NotThere("the original is not on this disk");
        let Some(original) = self.catalog().stored_original(file.sha256).await? else { return Err(missing) };
        let Destination::Bucket(bucket) = self.destination().await else { return Err(missing) };
        // Two views of one picture need it only once.
        let _one_at_a_time = self.shared.fetching.lock().await;
        let originals = Arc::clone(&self.shared.stores.originals);
        let came = tokio::task::spawn_blocking(move || originals.exists(&sha256, format)).await?;
        if came.map_err(Error::Folder)? {
            return Ok(());
        }
        self.fetch(&bucket, &original).await
    }

    /// Records that an original was opened. The picture is shown whether or not this can be
    /// saved.
    fn note_opened(&self, sha256: [u8; 32]) {
        let catalog = self.catalog().clone();
        tokio::spawn(async move {
            if let Err(error) = catalog.note_opened(sha256, UnixMs::now()).await {
                tracing::debug!(%error, "it was not noted that an original was opened");
            }
        });
    }
}
