//! Verifies published feeds: the files that the bucket confirmed, and what else is in their folders.

use super::check::{Check, MOST_ASKED, MOST_PROFILES, unknown};
use super::compare::{Keyed, Merge, Pair};
use super::report::Outcome;
use crate::Error;
use crate::bucket::{Bucket, ErrorClass, ListedObject, ObjectHead};
use crate::catalog::FeedAuditRow;
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
                        let size = object.map(|object| object.size_bytes);
                        if row.is_settled && size != Some(row.size_bytes) {
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

    /// Checks a feed file again that is missing or has another size.
    async fn settle_feed_file(&mut self, listed: FeedAuditRow) -> Result<(), Error> {
        let Some(bucket) = &self.context.bucket else { return Ok(()) };
        let found = self.look_at(bucket, &listed.key).await?;
        let catalog = &self.context.stores.catalog;
        let row = catalog.feed_audit_row(&listed.key).await?;
        // If the row changed between the two checks, the difference may only be a running change.
        let Some(row) = row.filter(|row| *row == listed && row.is_settled) else { return Ok(()) };
        let (kind, what) = match &found {
            Found::Ours(head) if head.size_bytes == row.size_bytes => return Ok(()),
            Found::Ours(head) => (
                FindingKind::DifferentFeedFile,
                format!("The object has {} bytes, and {} were published.", head.size_bytes, row.size_bytes),
            ),
            Found::Foreign => (
                FindingKind::DifferentFeedFile,
                "An object that Vitrine did not publish has taken the place of this file.".to_owned(),
            ),
            Found::Nothing => (FindingKind::MissingFeedFile, "The file is missing in the bucket.".to_owned()),
        };
        let outcome = if matches!(found, Found::Foreign) {
            Outcome::left(format!("{what} It was not changed."))
        } else if !self.options.repair {
            Outcome::left(what)
        } else if catalog.publish_again(&row.key).await? {
            Outcome::repaired(format!("{what} It will be published again."))
        } else {
            Outcome::left("It changed meanwhile; verify again.")
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

    /// Checks an object in the folder of a feed again that no feed has. `is_ours` says whether this library has the
    /// feed.
    async fn settle_unknown_feed_file(&mut self, object: ListedObject, is_ours: bool) -> Result<(), Error> {
        let Some(bucket) = self.context.bucket.clone() else { return Ok(()) };
        let Ok(key) = ObjectKey::parse(&object.key) else {
            let detail = "No feed has this object, and Vitrine does not use such names. It is left alone.";
            self.add(unknown(&object, Outcome::left(detail)));
            return Ok(());
        };
        let deletes = self.options.unknown == UnknownObjects::Delete || (self.options.repair && is_ours);
        // Another library in the same bucket may have published a large feed. If nothing is done about it, the
        // listing is enough.
        let is_foreign = if deletes || self.unknown_objects() < MOST_ASKED {
            match self.look_at(&bucket, &key).await? {
                Found::Nothing => return Ok(()),
                Found::Ours(head) if head.size_bytes != object.size_bytes || head.etag != object.etag => {
                    return Ok(());
                }
                Found::Ours(_) => false,
                Found::Foreign => true,
            }
        } else {
            false
        };
        let catalog = &self.context.stores.catalog;
        if catalog.has_transfer(&key).await? || catalog.feed_audit_row(&key).await?.is_some() {
            return Ok(());
        }
        let outcome = if is_foreign {
            Outcome::left("Vitrine did not publish this object. It is left alone.")
        } else if deletes {
            self.unless_cancelled(bucket.delete_image(&key)).await?;
            Outcome::repaired("No feed of this library has this file. It was deleted.")
        } else {
            Outcome::left("No feed of this library has this file.")
        };
        self.add(unknown(&object, outcome));
        Ok(())
    }

    async fn look_at(&self, bucket: &Bucket, key: &ObjectKey) -> Result<Found, Error> {
        let head = async { Ok::<_, Error>(bucket.head(key).await) };
        match self.unless_cancelled(head).await? {
            Ok(None) => Ok(Found::Nothing),
            Ok(Some(head)) if head.is_feed_file => Ok(Found::Ours(head)),
            Ok(Some(_)) => Ok(Found::Foreign),
            // A web page of somebody else. The store itself answers, because it has just listed the object.
            Err(error) if error.class == ErrorClass::NotS3 => Ok(Found::Foreign),
            Err(error) => Err(error.into()),
        }
    }
}

/// What is at the key of a feed file.
enum Found {
    Nothing,
    /// An object that Vitrine published.
    Ours(ObjectHead),
    /// Any other object.
    Foreign,
}
