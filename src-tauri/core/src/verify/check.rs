//! The order of a verification: each profile's keys of each kind, page by page, then what interrupted imports
//! left behind.

use super::compare::{Merge, Pair, difference, listed};
use super::report::Outcome;
use crate::Error;
use crate::bucket::{Bucket, LibraryMark, ListedObject, Presence, is_probe};
use crate::catalog::{AuditPage, AuditRow};
use crate::files::{Backup, Condition};
use crate::import::{ReadLimits, Stores};
use crate::model::{
    Depth, Finding, FindingKind, ImageId, ImageKind, ObjectKey, OwnerId, UnixMs, UnknownObjects,
    VerifyOptions, VerifyProgress, VerifyReport, Zone,
};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};
use tokio_util::sync::CancellationToken;

/// The minimum time between two progress reports.
const TELL_EVERY: Duration = Duration::from_millis(100);
/// How many originals are checked between two progress reports.
const BATCH: usize = 32;
/// The maximum number of profile folders that are looked through.
pub(super) const MOST_PROFILES: usize = 10_000;
/// How long a test image may be in use, in milliseconds.
const PROBE_MS: i64 = 24 * 3600 * 1000;
/// How long a temporary file may belong to another process.
const LEFT_ASIDE: Duration = Duration::from_hours(24);

/// What a verification works with.
pub struct VerifyContext {
    /// The catalog, the originals and the thumbnails.
    pub stores: Stores,
    /// The bucket to compare with them; `None` if none is connected.
    pub bucket: Option<Bucket>,
    /// The mark of the library in the feed files that it published.
    pub library: LibraryMark,
    /// The limits above which an unknown object is not imported.
    pub limits: ReadLimits,
    /// The base of the bucket's public URLs; `None` until it is known.
    pub public_base: Option<String>,
    /// The time zone for dates in files that state none.
    pub zone: Zone,
    /// The profile that receives originals without an image.
    pub owner: OwnerId,
    /// The backups of the catalog, the newest first.
    pub backups: Vec<Backup>,
}

/// The result of a verification, and the images that it changed.
pub struct Verified {
    /// The report for people and scripts.
    pub report: VerifyReport,
    /// The images that have to be shown again.
    pub changed: Vec<ImageId>,
}

/// A difference that needs a second check.
enum Doubt {
    Object(ImageKind, Pair),
    Original(AuditRow),
}

/// The maximum number of objects without an image that are checked one by one, because a listing may be
/// slightly out of date.
pub(super) const MOST_ASKED: u32 = 1000;

/// A running verification.
pub(super) struct Check<'a> {
    pub(super) context: &'a VerifyContext,
    pub(super) options: VerifyOptions,
    pub(super) cancel: &'a CancellationToken,
    pub(super) changed: Vec<ImageId>,
    report: VerifyReport,
    total: u32,
    tell: &'a mut (dyn FnMut(VerifyProgress) + Send + Sync),
    told: Option<Instant>,
}

/// Verifies everything, or until it is cancelled.
///
/// # Errors
/// Fails if the catalog or the bucket fails. Earlier repairs remain.
pub async fn run(
    context: &VerifyContext,
    options: VerifyOptions,
    cancel: &CancellationToken,
    tell: &mut (dyn FnMut(VerifyProgress) + Send + Sync),
) -> Result<Verified, Error> {
    let options = VerifyOptions { page_size: options.page_size.clamp(1, 1000), ..options };
    let report = VerifyReport { bucket_compared: context.bucket.is_some(), ..VerifyReport::default() };
    let mut check =
        Check { context, options, cancel, changed: Vec::new(), report, total: 0, tell, told: None };
    let ended = check.everything().await;
    check.tell_now(false);
    match ended {
        Ok(()) => {}
        Err(Error::Cancelled) => check.report.cancelled = true,
        Err(error) => return Err(error),
    }
    Ok(Verified { report: check.report, changed: check.changed })
}

impl Check<'_> {
    async fn everything(&mut self) -> Result<(), Error> {
        self.total = self.context.stores.catalog.audit_count().await?;
        self.look_through_catalog().await?;
        for kind in [ImageKind::Generated, ImageKind::Reference] {
            for prefix in self.prefixes(kind).await? {
                self.compare_all(kind, &prefix).await?;
            }
        }
        self.compare_feeds().await?;
        // This comes last, because a row that cannot be repaired leaves its original without an image.
        self.look_for_unknown_originals().await?;
        self.look_for_leftovers().await
    }

    /// Waits for a result unless the verification is cancelled first.
    pub(super) async fn unless_cancelled<T, E>(
        &self,
        answer: impl Future<Output = Result<T, E>>,
    ) -> Result<T, Error>
    where
        Error: From<E>,
    {
        tokio::select! {
            biased;
            () = self.cancel.cancelled() => Err(Error::Cancelled),
            answer = answer => Ok(answer?),
        }
    }

    pub(super) fn tell_progress(&mut self) {
        if self.told.is_none_or(|told| told.elapsed() >= TELL_EVERY) {
            self.told = Some(Instant::now());
            self.tell_now(true);
        }
    }

    fn tell_now(&mut self, running: bool) {
        (self.tell)(VerifyProgress {
            checked: self.report.checked,
            total: self.total.max(self.report.checked),
            found: self.report.found,
            running,
        });
    }

    pub(super) fn count_objects(&mut self, count: usize) {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        self.report.objects = self.report.objects.saturating_add(count);
    }

    /// Returns how many unknown objects were found so far.
    pub(super) fn unknown_objects(&self) -> u32 {
        self.report.counts.unknown_object
    }

    pub(super) fn add(&mut self, finding: Finding) {
        self.report.add(finding);
    }

    /// Returns the prefixes of all keys of a kind, one for each profile that the catalog or the bucket knows.
    /// Within a prefix, every store lists keys in the same order; across prefixes, not all do.
    async fn prefixes(&mut self, kind: ImageKind) -> Result<BTreeSet<String>, Error> {
        let profiles = self.context.stores.catalog.profiles().await?;
        let of_profile = |id: &dyn std::fmt::Display| format!("{}/{id}/", kind.as_str());
        let mut prefixes: BTreeSet<String> = profiles.iter().map(|profile| of_profile(&profile.id)).collect();
        let Some(bucket) = &self.context.bucket else { return Ok(prefixes) };
        let mut listing = bucket.folder_listing(&format!("{}/", kind.as_str()), self.options.page_size);
        while let Some(page) = self.unless_cancelled(listing.next_page()).await? {
            prefixes.extend(page.folders);
            if prefixes.len() > MOST_PROFILES {
                return Err(Error::Invalid(format!(
                    "the bucket has more than {MOST_PROFILES} folders under {}/; it is not this library's",
                    kind.as_str()
                )));
            }
            for object in page.objects {
                self.report.objects += 1;
                self.settle_object(kind, Pair { row: None, object: Some(object) }).await?;
            }
        }
        Ok(prefixes)
    }

    async fn compare_all(&mut self, kind: ImageKind, prefix: &str) -> Result<(), Error> {
        let mut merge: Merge = Merge { objects_ended: self.context.bucket.is_none(), ..Merge::default() };
        let mut listing =
            self.context.bucket.as_ref().map(|bucket| bucket.listing(prefix, self.options.page_size));
        let mut last_row = None;
        while !merge.is_through() {
            let mut doubts = Vec::new();
            if merge.rows.is_empty() && !merge.rows_ended {
                let page = self.next_rows(kind, prefix, last_row.as_ref()).await?;
                merge.rows_ended = page.is_last;
                last_row = page.rows.last().map(|row| row.key.clone()).or(last_row);
                doubts.extend(self.doubtful_originals(&page.rows).await?.into_iter().map(Doubt::Original));
                merge.rows.extend(page.rows);
            }
            if merge.objects.is_empty() && !merge.objects_ended {
                let page = match &mut listing {
                    Some(listing) => self.unless_cancelled(listing.next_page()).await?,
                    None => None,
                };
                let page = page.unwrap_or_default();
                self.count_objects(page.objects.len());
                merge.objects_ended = page.next_cursor.is_none();
                merge.objects.extend(page.objects);
            }
            while let Some(pair) = merge.next() {
                let presence = listed(pair.row.as_ref(), pair.object.as_ref());
                let is_doubtful =
                    self.context.bucket.is_some() && difference(pair.row.as_ref(), presence).is_some();
                doubts.extend(is_doubtful.then_some(Doubt::Object(kind, pair)));
            }
            self.tell_progress();
            for doubt in doubts {
                self.settle(doubt).await?;
            }
        }
        Ok(())
    }

    async fn next_rows(
        &self,
        kind: ImageKind,
        prefix: &str,
        after: Option<&ObjectKey>,
    ) -> Result<AuditPage, Error> {
        let page = self.context.stores.catalog.audit_page(kind, prefix, after, self.options.page_size);
        self.unless_cancelled(page).await
    }

    /// Checks the originals of some images, and returns the images whose original is not whole.
    async fn doubtful_originals(&mut self, rows: &[AuditRow]) -> Result<Vec<AuditRow>, Error> {
        let mut doubtful = Vec::new();
        for batch in rows.chunks(BATCH) {
            let conditions = self.conditions(batch.to_vec(), self.options.depth).await?;
            let found = batch.iter().zip(conditions).filter(|(row, condition)| match condition {
                Condition::Whole => false,
                Condition::Missing => !is_only_in_bucket(row),
                Condition::Damaged | Condition::Unreadable(_) => true,
            });
            doubtful.extend(found.map(|(row, _)| row.clone()));
            self.report.checked += u32::try_from(batch.len()).unwrap_or(u32::MAX);
            self.tell_progress();
        }
        Ok(doubtful)
    }

    async fn conditions(&self, rows: Vec<AuditRow>, depth: Depth) -> Result<Vec<Condition>, Error> {
        let (originals, cancel) = (Arc::clone(&self.context.stores.originals), self.cancel.clone());
        let look = move || {
            let stop = || cancel.is_cancelled();
            let one =
                |row: &AuditRow| originals.condition(&row.sha256, row.format, row.size_bytes, depth, &stop);
            rows.iter().map(one).collect::<Option<Vec<_>>>()
        };
        tokio::task::spawn_blocking(look).await?.ok_or(Error::Cancelled)
    }

    /// Checks the original of one image closely.
    pub(super) async fn condition(&self, row: &AuditRow, depth: Depth) -> Result<Condition, Error> {
        let mut conditions = self.conditions(vec![row.clone()], depth).await?;
        conditions.pop().ok_or(Error::Internal)
    }

    /// Checks a doubt again, now that a running change may be complete.
    async fn settle(&mut self, doubt: Doubt) -> Result<(), Error> {
        match doubt {
            Doubt::Object(kind, pair) => self.settle_object(kind, pair).await,
            Doubt::Original(row) => self.settle_original(&row).await,
        }
    }

    async fn settle_object(&mut self, kind: ImageKind, pair: Pair) -> Result<(), Error> {
        let Some(bucket) = &self.context.bucket else { return Ok(()) };
        let key = match (&pair.row, &pair.object) {
            (Some(row), _) => row.key.clone(),
            (None, Some(object)) => {
                let Ok(key) = ObjectKey::parse(&object.key) else {
                    let detail =
                        "No image has this object, and Vitrine does not use such names. It is left alone.";
                    self.add(unknown(object, Outcome::left(detail)));
                    return Ok(());
                };
                key
            }
            (None, None) => return Ok(()),
        };
        let Some(row) = self.context.stores.catalog.audit_row(kind, &key).await? else {
            // The image was deleted permanently meanwhile, or never existed.
            let Some(object) = pair.object else { return Ok(()) };
            return self.settle_unknown(kind, &key, object).await;
        };
        let md5 = self.md5_of(&row).await;
        let found = bucket.compare(&key, row.size_bytes, &row.sha256, md5.as_ref());
        let mut presence = self.unless_cancelled(found).await?;
        if md5.is_none() && presence == (Presence::Other { size_bytes: row.size_bytes }) {
            let found = bucket.compare_content(&key, row.size_bytes, &row.sha256);
            presence = self.unless_cancelled(found).await?;
        }
        // If the row changed between the two checks, the difference may only be a running change.
        let unchanged = self.context.stores.catalog.audit_row(kind, &key).await?.as_ref() == Some(&row);
        if unchanged && let Some(difference) = difference(Some(&row), presence) {
            let outcome = self.repair_object(&row, difference, presence).await?;
            self.add(Finding::of_image(difference, &row, outcome));
        }
        Ok(())
    }

    /// Returns the MD5 of an image. Before its first upload, that of its original if it is whole and on
    /// this disk.
    async fn md5_of(&self, row: &AuditRow) -> Option<[u8; 16]> {
        if row.md5.is_some() {
            return row.md5;
        }
        // What is wrong with the original is found by itself.
        self.context.stores.originals.md5(row.sha256, row.format).await.ok().flatten()
    }

    async fn settle_unknown(
        &mut self,
        kind: ImageKind,
        key: &ObjectKey,
        object: ListedObject,
    ) -> Result<(), Error> {
        let Some(bucket) = &self.context.bucket else { return Ok(()) };
        // Another library in the same bucket may have a million of them. If nothing is done to them, the
        // listing is enough.
        let is_asked =
            self.options.unknown != UnknownObjects::Report || self.report.counts.unknown_object < MOST_ASKED;
        let is_same = !is_asked || {
            let head = self.unless_cancelled(bucket.head(key)).await?;
            head.is_some_and(|head| head.size_bytes == object.size_bytes && head.etag == object.etag)
        };
        // The object of a permanently deleted image is deleted by its transfer.
        let catalog = &self.context.stores.catalog;
        if !is_same || catalog.has_transfer(key).await? || catalog.audit_row(kind, key).await?.is_some() {
            return Ok(());
        }
        if is_probe(key) {
            return self.settle_probe(key, &object).await;
        }
        let (id, outcome) = self.repair_unknown(key, &object).await?;
        self.add(Finding { id, ..unknown(&object, outcome) });
        Ok(())
    }

    /// Reports an old test image. A recent one may belong to a running check.
    async fn settle_probe(&mut self, key: &ObjectKey, object: &ListedObject) -> Result<(), Error> {
        let Some(bucket) = &self.context.bucket else { return Ok(()) };
        let made = key.origin().and_then(|origin| origin.created_at).unwrap_or(UnixMs(0));
        if UnixMs::now().0.saturating_sub(made.0) < PROBE_MS {
            return Ok(());
        }
        let outcome = if self.options.repair || self.options.unknown == UnknownObjects::Delete {
            self.unless_cancelled(bucket.delete_image(key)).await?;
            Outcome::repaired("A check of the bucket left this test image. It was deleted.")
        } else {
            Outcome::left("A check of the bucket left this test image.")
        };
        self.add(unknown(object, outcome));
        Ok(())
    }

    async fn settle_original(&mut self, row: &AuditRow) -> Result<(), Error> {
        let Some(row) = self.context.stores.catalog.audit_row(row.kind, &row.key).await? else {
            return Ok(());
        };
        let condition = self.condition(&row, self.options.depth).await?;
        let kind = match condition {
            Condition::Whole => return Ok(()),
            Condition::Missing if is_only_in_bucket(&row) => return Ok(()),
            Condition::Missing => FindingKind::MissingOriginal,
            Condition::Damaged | Condition::Unreadable(_) => FindingKind::DamagedOriginal,
        };
        let outcome = self.repair_original(&row, condition).await?;
        self.add(Finding::of_image(kind, &row, outcome));
        Ok(())
    }

    async fn look_for_leftovers(&mut self) -> Result<(), Error> {
        let Some(cutoff) = SystemTime::now().checked_sub(LEFT_ASIDE) else { return Ok(()) };
        let (stores, repair) = (self.context.stores.clone(), self.options.repair);
        let left = move || {
            let mut left = stores.originals.left_aside(cutoff)?;
            left.extend(stores.thumbnails.left_aside(cutoff)?);
            if repair {
                stores.originals.sweep_temporaries(cutoff)?;
                stores.thumbnails.sweep_temporaries(cutoff)?;
            }
            Ok::<_, std::io::Error>(left)
        };
        for file in tokio::task::spawn_blocking(left).await?.map_err(Error::Folder)? {
            let what = format!("An interrupted import left {} bytes.", file.size_bytes);
            let detail = if repair { format!("{what} They were removed.") } else { what };
            self.add(Finding {
                kind: FindingKind::LeftoverTemporary,
                id: None,
                key: None,
                filename: Some(file.name),
                detail,
                repaired: repair,
            });
        }
        Ok(())
    }
}

/// Says whether an original is not on this disk on purpose. While its image gets a new link, the bucket has
/// it under the former key.
fn is_only_in_bucket(row: &AuditRow) -> bool {
    row.freed && (row.stored || row.moving)
}

pub(super) fn unknown(object: &ListedObject, outcome: Outcome) -> Finding {
    Finding {
        kind: FindingKind::UnknownObject,
        id: None,
        key: Some(object.key.clone()),
        filename: None,
        detail: outcome.detail,
        repaired: outcome.repaired,
    }
}
