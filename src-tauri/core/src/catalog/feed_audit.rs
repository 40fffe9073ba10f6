//! The reads and repairs of a verification in table `feed_files`.

use super::columns::checksum;
use super::feed_outbox::withdraw;
use super::rows::Read;
use super::{Catalog, CatalogError};
use crate::model::{ImageId, ObjectKey, OwnerId};
use rusqlite::{Connection, OptionalExtension, Row, params};

/// A file of a published feed as a verification sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedAuditRow {
    /// The key under which the object belongs.
    pub key: ObjectKey,
    /// The profile.
    pub owner: OwnerId,
    /// The image of a page, a copy or a thumbnail; `None` for styles and lists.
    pub image: Option<ImageId>,
    /// What is known about the object.
    pub state: FeedAuditState,
}

/// What is known about the object of a feed file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FeedAuditState {
    /// The bucket must have exactly this version: it was confirmed, no transfer is about to change it, and it does not
    /// have to go.
    Settled {
        /// The size in bytes.
        size_bytes: u64,
        /// The SHA-256 of the bytes.
        sha256: [u8; 32],
        /// The MD5 of the bytes.
        md5: [u8; 16],
    },
    /// An upload was refused because of an object of somebody else.
    Refused,
    /// It is unknown what the bucket has, and the next plan of the feed publishes the file again.
    Unconfirmed,
    /// It is being changed, or it has to go.
    Changing,
}

/// One page of feed files in the order of their keys, without rows that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedAuditPage {
    /// The rows.
    pub rows: Vec<FeedAuditRow>,
    /// Whether this is the last page.
    pub is_last: bool,
}

/// Whose object is at the key of a feed file that is published again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FoundObject {
    /// This library's, or none.
    OursOrNone,
    /// Somebody else's. What the bucket confirmed before is gone.
    SomebodyElses,
}

const COLUMNS: &str = "f.r2_key, f.owner_id, f.image_id, f.size_bytes, f.sha256, f.md5,
     f.print IS NOT NULL AND f.written_at IS NOT NULL AND f.sha256 IS NOT NULL AND f.md5 IS NOT NULL
     AND f.unwanted = 0 AND NOT EXISTS (SELECT 1 FROM transfers t WHERE t.r2_key = f.r2_key),
     EXISTS (SELECT 1 FROM transfers t WHERE t.r2_key = f.r2_key AND t.kind IS NULL AND t.operation = 'put'
             AND t.state = 'parked' AND t.problem_code IN ('OtherLibrary', 'OtherObject')),
     f.unwanted = 0 AND NOT EXISTS (SELECT 1 FROM transfers t WHERE t.r2_key = f.r2_key)";

fn feed_audit_row(row: &Row<'_>) -> Result<FeedAuditRow, CatalogError> {
    Ok(FeedAuditRow {
        key: row.get(0)?,
        owner: row.get(1)?,
        image: row.get(2)?,
        state: match (row.get(6)?, row.get(7)?, row.get(8)?) {
            (true, _, _) => FeedAuditState::Settled {
                size_bytes: row.get::<_, i64>(3)?.unsigned_abs(),
                sha256: checksum(row, 4)?,
                md5: checksum(row, 5)?,
            },
            (false, true, _) => FeedAuditState::Refused,
            (false, false, true) => FeedAuditState::Unconfirmed,
            (false, false, false) => FeedAuditState::Changing,
        },
    })
}

fn find(connection: &Connection, key: &ObjectKey) -> Result<Option<FeedAuditRow>, CatalogError> {
    let sql = format!("SELECT {COLUMNS} FROM feed_files f WHERE f.r2_key = ?1");
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query([key])?;
    rows.next()?.map(feed_audit_row).transpose()
}

impl Catalog {
    /// Returns up to `limit` feed files whose keys begin with `prefix`, in the order of their keys. The prefix ends in
    /// a slash. With `after`, the page starts behind that key.
    pub async fn feed_audit_page(
        &self,
        prefix: &str,
        after: Option<&ObjectKey>,
        limit: u32,
    ) -> Result<FeedAuditPage, CatalogError> {
        let from = after.map_or_else(|| prefix.to_owned(), |key| key.as_str().to_owned());
        // `0` is the character after the slash, so no key with the prefix sorts at or after this bound.
        let until = format!("{}0", prefix.trim_end_matches('/'));
        self.read(move |connection| {
            let sql = format!(
                "SELECT {COLUMNS} FROM feed_files f WHERE f.r2_key > ?1 AND f.r2_key < ?2
                 ORDER BY f.r2_key LIMIT ?3"
            );
            let mut statement = connection.prepare_cached(&sql)?;
            let read = Read::of(statement.query(params![from, until, limit])?, feed_audit_row)?;
            let is_last = read.rows.len() < limit as usize;
            let rows: Vec<_> = read.rows.into_iter().flatten().collect();
            // If no row of the page can be read, there is no key to continue from.
            let is_last = is_last || rows.is_empty();
            Ok(FeedAuditPage { rows, is_last })
        })
        .await
    }

    /// Returns the feed file of a key; `None` if there is none.
    pub async fn feed_audit_row(&self, key: &ObjectKey) -> Result<Option<FeedAuditRow>, CatalogError> {
        let key = key.clone();
        self.read(move |connection| find(connection, &key)).await
    }

    /// Records that it is unknown what the bucket has at the key of a feed file, so that the file is published again.
    /// Returns `false` and changes nothing if a transfer of the key is unfinished or the file has to go. An upload that
    /// was refused because of somebody else's object is made again as well.
    pub async fn publish_again(&self, key: &ObjectKey, found: FoundObject) -> Result<bool, CatalogError> {
        let key = key.clone();
        self.write(move |connection| {
            let Some(row) = find(connection, &key)? else { return Ok(false) };
            if row.state == FeedAuditState::Changing {
                return Ok(false);
            }
            connection
                .prepare_cached("UPDATE feed_files SET print = NULL WHERE r2_key = ?1")?
                .execute([&key])?;
            if found == FoundObject::SomebodyElses {
                connection
                    .prepare_cached("UPDATE feed_files SET written_at = NULL WHERE r2_key = ?1")?
                    .execute([&key])?;
            }
            let is_of_copy: Option<bool> = connection
                .prepare_cached("SELECT role = 'copy' FROM feed_files WHERE r2_key = ?1")?
                .query_row([&key], |row| row.get(0))
                .optional()?;
            if is_of_copy == Some(true) {
                // Copies of one image may share a thumbnail, so none of them is known to be complete.
                connection
                    .prepare_cached("UPDATE public_copies SET stored_at = NULL WHERE image_id = ?1")?
                    .execute([&row.image])?;
            }
            withdraw(connection, &row.owner)?;
            Ok(true)
        })
        .await
    }
}
