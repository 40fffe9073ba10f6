//! Verifies published feeds: the files that the bucket confirmed, and what else is in their folders.

use super::check::{Check, MOST_ASKED, MOST_PROFILES, unknown};
use super::compare::{Keyed, Merge, Pair};
use super::report::Outcome;
use crate::Error;
use crate::bucket::{HeadDetail, ListedObject, Occupant, is_etag_of};
use crate::catalog::{FeedAuditRow, FeedAuditState, FoundObject};
use crate::model::{Finding, FindingKind, ObjectKey, OwnerId, UnknownObjects};
use std::collections::BTreeSet;

/// The folder of all feeds.
const FEEDS: &str = "feed/";

impl Keyed for FeedAuditRow {
    fn key(&self) -> &str {
        self.key.as_str()
    }
}

impl Check<'_> {
    /// Compares the feeds of all profiles with the bucket. Does nothing without a bucket.
    pub(super) async fn compare_feeds(&mut self) -> Result<(), Error> {
        let Some(bucket) = self.context.bucket.clone() else { return Ok(()) };
        let ours: BTreeSet<OwnerId> = self.context.stores.catalog.feed_owners().await?.into_iter().collect();
        let mut prefixes: BTreeSet<String> = ours.iter().map(|owner| format!("{FEEDS}{owner}/")).collect();
        let mut listing = bucket.folder_listing(FEEDS, self.options.page_size);
        while let Some(page) = self.unless_cancelled(listing.next_page()).await? {
            prefixes.extend(page.folders);
            if prefixes.len() > MOST_PROFILES {
                return Err(Error::Invalid(format!(
                    "the bucket has more than {MOST_PROFILES} folders under {FEEDS}; it is not this library's"
                )));
            }
            self.count_objects(page.objects.len());
            for object in page.objects {
                self.settle_unknown_feed_file(object, false).await?;
            }
        }
        for prefix in prefixes {
            let owner = prefix.strip_prefix(FEEDS).map(|owner| owner.trim_end_matches('/'));
            let is_ours = ours.iter().any(|known| Some(known.as_str()) == owner);
            self.compare_feed(&prefix, is_ours).await?;
        }
        Ok(())
    }

    async fn compare_feed(&mut self, prefix: &str, is_ours: bool) -> Result<(), Error> {
        let Some(bucket) = self.context.bucket.clone() else { return Ok(()) };
        let mut merge: Merge<FeedAuditRow> = Merge::default();
        let mut listing = bucket.listing(prefix, self.options.page_size);
        let mut last_row: Option<ObjectKey> = None;
        while !merge.is_through() {
            if merge.rows.is_empty() && !merge.rows_ended {
                let catalog = &self.context.stores.catalog;
                let page = catalog.feed_audit_page(prefix, last_row.as_ref(), self.options.page_size);
                let page = self.unless_cancelled(page).await?;
                merge.rows_ended = page.is_last;
                last_row = page.rows.last().map(|row| row.key.clone()).or(last_row);
                merge.rows.extend(page.rows);
            }
            if merge.objects.is_empty() && !merge.objects_ended {
                let page = self.unless_cancelled(listing.next_page()).await?.unwrap_or_default();
                self.count_objects(page.objects.len());
                merge.objects_ended = page.next_cursor.is_none();
                merge.objects.extend(page.objects);
            }
            while let Some(pair) = merge.next() {
                match pair {
                    Pair { row: Some(row), object } => {
                        if is_doubtful(&row, object.as_ref()) {
                            self.settle_feed_file(row).await?;
                        }
                    }
                    Pair { row: None, object: Some(object) } => {
                        self.settle_unknown_feed_file(object, is_ours).await?;
                    }
                    Pair { row: None, object: None } => {}
                }
            }
            self.tell_progress();
        }
        Ok(())
    }

    /// Checks a feed file again that is missing or another one, or whose upload was refused.
    async fn settle_feed_file(&mut self, listed: FeedAuditRow) -> Result<(), Error> {
        let found = self.look_at(&listed.key, HeadDetail::WithChecksum).await?;
        let row = self.context.stores.catalog.feed_audit_row(&listed.key).await?;
        // If the row changed between the two checks, the difference may only be a running change. The repair of another
        // file takes refused uploads out of the outbox, which changes nothing about whose object it is.
        let may_be_judged = |row: &FeedAuditRow| *row == listed || row.state == FeedAuditState::Unconfirmed;
        let Some(row) = row.filter(may_be_judged) else { return Ok(()) };
        let Some((kind, what)) = difference(row.state, found.as_ref()) else { return Ok(()) };
        let outcome = match &found {
            Some(Occupant::OtherLibrary(_)) => self.repair_of_other_library(&row, what).await?,
            Some(Occupant::Stranger) => {
                self.note_somebody_elses(&row).await?;
                Outcome::left(format!(
                    "{what} It was not changed. Delete it in the bucket, then verify and repair again."
                ))
            }
            Some(Occupant::ThisLibrary(_)) | None if !self.options.repair => Outcome::left(what),
            Some(Occupant::ThisLibrary(_)) | None => {
                let catalog = &self.context.stores.catalog;
                if catalog.publish_again(&row.key, FoundObject::OursOrNone).await? {
                    Outcome::repaired(format!("{what} It will be published again."))
                } else {
                    Outcome::left("It changed meanwhile; verify again.")
                }
            }
        };
        self.add(Finding {
            kind,
            id: row.image,
            key: Some(row.key.to_string()),
            filename: row.key.as_str().splitn(3, '/').nth(2).map(str::to_owned),
            detail: outcome.detail,
            repaired: outcome.repaired,
        });
        Ok(())
    }

    /// Decides about a file of another library in the place of one of ours. It is deleted only on request.
    async fn repair_of_other_library(&self, row: &FeedAuditRow, what: String) -> Result<Outcome, Error> {
        if self.options.unknown != UnknownObjects::Delete {
            self.note_somebody_elses(row).await?;
            return Ok(Outcome::left(format!(
                "{what} It was not changed. `vitrine verify --delete-unknown` deletes it."
            )));
        }
        let Some(bucket) = &self.context.bucket else { return Err(Error::Internal) };
        self.unless_cancelled(bucket.delete_image(&row.key)).await?;
        self.context.stores.catalog.publish_again(&row.key, FoundObject::SomebodyElses).await?;
        Ok(Outcome::repaired(format!("{what} It was deleted, and ours will be published again.")))
    }

    /// Records, in a repair, that the object of a published file is somebody else's. The publisher then asks for it,
    /// and the status of the feed names the problem until somebody solves it.
    async fn note_somebody_elses(&self, row: &FeedAuditRow) -> Result<(), Error> {
        if self.options.repair && matches!(row.state, FeedAuditState::Settled { .. }) {
            self.context.stores.catalog.publish_again(&row.key, FoundObject::SomebodyElses).await?;
        }
        Ok(())
    }

    /// Checks an object in the folder of a feed again that no feed has. `is_ours` says whether this library has the
    /// feed.
    async fn settle_unknown_feed_file(&mut self, object: ListedObject, is_ours: bool) -> Result<(), Error> {
        let Some(bucket) = self.context.bucket.clone() else { return Ok(()) };
        let Ok(key) = ObjectKey::parse(&object.key) else {
            let detail = "No feed has this object, and Vitrine does not use such names. It is left alone.";
            self.add(unknown(&object, Outcome::left(detail)));
            return Ok(());
        };
        let deletes_all = self.options.unknown == UnknownObjects::Delete;
        let deletes_ours = deletes_all || (self.options.repair && is_ours);
        // Another library in the same bucket may have published a large feed. If nothing is done about it, the
        // listing is enough.
        let (what, deletes) = if deletes_ours || self.unknown_objects() < MOST_ASKED {
            match self.look_at(&key, HeadDetail::Plain).await? {
                None => return Ok(()),
                Some(Occupant::ThisLibrary(head) | Occupant::OtherLibrary(head))
                    if head.size_bytes != object.size_bytes || head.etag != object.etag =>
                {
                    return Ok(());
                }
                Some(Occupant::ThisLibrary(_)) => ("No feed of this library has this file.", deletes_ours),
                Some(Occupant::OtherLibrary(_)) => ("Another library published this file.", deletes_all),
                Some(Occupant::Stranger) => ("Vitrine did not publish this object. It is left alone.", false),
            }
        } else {
            ("No feed of this library has this file.", false)
        };
        let catalog = &self.context.stores.catalog;
        if catalog.has_transfer(&key).await? || catalog.feed_audit_row(&key).await?.is_some() {
            return Ok(());
        }
        let outcome = if deletes {
            self.unless_cancelled(bucket.delete_image(&key)).await?;
            Outcome::repaired(format!("{what} It was deleted."))
        } else {
            Outcome::left(what)
        };
        self.add(unknown(&object, outcome));
        Ok(())
    }

    async fn look_at(&self, key: &ObjectKey, detail: HeadDetail) -> Result<Option<Occupant>, Error> {
        let Some(bucket) = &self.context.bucket else { return Err(Error::Internal) };
        self.unless_cancelled(Box::pin(bucket.occupant(key, &self.context.library, detail))).await
    }
}

/// Says whether a listing leaves a doubt about a feed file. An `ETag` that is not an MD5 always does.
fn is_doubtful(row: &FeedAuditRow, object: Option<&ListedObject>) -> bool {
    match row.state {
        FeedAuditState::Settled { size_bytes, md5, .. } => !object
            .is_some_and(|object| object.size_bytes == size_bytes && is_etag_of(&object.etag, Some(&md5))),
        FeedAuditState::Refused => true,
        FeedAuditState::Unconfirmed => object.is_some(),
        FeedAuditState::Changing => false,
    }
}

/// Returns what is wrong with a feed file, and how to say it; `None` if nothing is.
fn difference(state: FeedAuditState, found: Option<&Occupant>) -> Option<(FindingKind, String)> {
    let what = match (state, found) {
        (FeedAuditState::Changing, _)
        | (FeedAuditState::Unconfirmed, Some(Occupant::ThisLibrary(_)) | None) => return None,
        (_, Some(Occupant::OtherLibrary(_))) => "Another library published this file.".to_owned(),
        (_, Some(Occupant::Stranger)) => {
            "An object that Vitrine did not publish is in the place of this file.".to_owned()
        }
        (FeedAuditState::Settled { size_bytes, sha256, md5 }, Some(Occupant::ThisLibrary(head))) => {
            if head.holds(size_bytes, &sha256, Some(&md5)) {
                return None;
            }
            if head.size_bytes == size_bytes {
                "The object has other bytes than were published.".to_owned()
            } else {
                format!("The object has {} bytes, and {size_bytes} were published.", head.size_bytes)
            }
        }
        (FeedAuditState::Refused, Some(Occupant::ThisLibrary(_))) => {
            "The upload of this file was refused, and the object is an older one.".to_owned()
        }
        (FeedAuditState::Settled { .. }, None) => {
            return Some((FindingKind::MissingFeedFile, "The file is missing in the bucket.".to_owned()));
        }
        (FeedAuditState::Refused, None) => {
            let what = "The file is missing in the bucket: its upload was refused because of an object that is gone now.";
            return Some((FindingKind::MissingFeedFile, what.to_owned()));
        }
    };
    Some((FindingKind::DifferentFeedFile, what))
}
