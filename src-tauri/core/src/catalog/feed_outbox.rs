//! Transfers of feed files: how they are queued, claimed, confirmed and taken back. They are rows of `transfers` without
//! a kind, and change the rows of `feed_files`.

use super::columns::signed;
use super::feed_files::{feed_problem, forget, name_of};
use super::feed_role::FeedRole;
use super::purges::Noting;
use super::{Catalog, CatalogError};
use crate::model::{
    FeedProblem, ImageId, ORIGINAL_CACHE_CONTROL, ObjectKey, Operation, OwnerId, Print, TransferProblemCode,
    UnixMs,
};
use rusqlite::{Connection, OptionalExtension, params};

/// The shortest time between two writes of one key, in milliseconds. R2 allows one per second.
pub const WRITE_EVERY_MS: i64 = 2_000;

/// A file to upload. Its bytes are already in the folder of outgoing files.
#[derive(Debug, Clone)]
pub struct FeedPut {
    /// The key of the object.
    pub key: ObjectKey,
    /// What it is.
    pub role: FeedRole,
    /// Of copies, thumbnails and pages: their image.
    pub image: Option<ImageId>,
    /// Of copies and thumbnails: the terms of the copy.
    pub terms: Option<Print>,
    /// What the bytes were made from.
    pub print: Print,
    /// The name in the list of transfers.
    pub name: String,
    /// The media type.
    pub content_type: String,
    /// The `Cache-Control` header.
    pub cache_control: String,
    /// The size in bytes.
    pub size_bytes: u64,
    /// The SHA-256 of the bytes.
    pub sha256: [u8; 32],
    /// The MD5 of the bytes.
    pub md5: [u8; 16],
}

/// What an attempt at an upload has to know.
pub(super) struct ClaimedPut {
    /// Whether the bucket has an older version of the file.
    pub(super) replaces: bool,
    /// The revision of what the feed is made from.
    pub(super) revision: i64,
}

/// Prepares one attempt at an upload. Returns `None` if it is no longer needed: what is no longer public is not sent.
pub(super) fn claim_put(
    connection: &Connection,
    key: &ObjectKey,
) -> Result<Option<ClaimedPut>, CatalogError> {
    let row: Option<(bool, bool, i64)> = connection
        .prepare_cached(
            "SELECT f.written_at IS NOT NULL,
                 f.unwanted = 0 AND (f.image_id IS NULL OR EXISTS (
                     SELECT 1 FROM generated_images i
                     WHERE i.id = f.image_id AND i.visibility = 'public' AND i.removed_at IS NULL)),
                 coalesce((SELECT r.revision FROM feed_revisions r WHERE r.owner_id = f.owner_id), 0)
             FROM feed_files f WHERE f.r2_key = ?1",
        )?
        .query_row([key], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let Some((replaces, true, revision)) = row else { return Ok(None) };
    claim_any(connection, key)?;
    Ok(Some(ClaimedPut { replaces, revision }))
}

/// Prepares one attempt at a deletion. Returns whether the object may be somebody else's. It is not if the bucket
/// confirmed it and nobody else can choose its key: the names of pages and copies are digests of ids and contents.
/// Looking at all of them would make taking back a large feed slow.
pub(super) fn claim_deletion(connection: &Connection, key: &ObjectKey) -> Result<bool, CatalogError> {
    let is_certain: Option<bool> = connection
        .prepare_cached(
            "SELECT written_at IS NOT NULL AND role IN ('page', 'copy') FROM feed_files WHERE r2_key = ?1",
        )?
        .query_row([key], |row| row.get(0))
        .optional()?;
    claim_any(connection, key)?;
    Ok(is_certain != Some(true))
}

/// Prepares one attempt at an upload or a deletion: from now on it is unknown what the bucket has.
fn claim_any(connection: &Connection, key: &ObjectKey) -> Result<(), CatalogError> {
    connection.prepare_cached("UPDATE feed_files SET print = NULL WHERE r2_key = ?1")?.execute([key])?;
    Ok(())
}

/// A transfer of a feed file that the bucket confirmed.
pub(super) struct Confirmed<'a> {
    /// The row id of the transfer.
    pub(super) id: i64,
    /// What it did.
    pub(super) operation: Operation,
    /// The key of the object.
    pub(super) key: &'a ObjectKey,
    /// The size of what was uploaded.
    pub(super) size_bytes: u64,
}

/// Records what the bucket confirmed, and which older version caches may still have.
pub(super) fn confirm(
    connection: &Connection,
    transfer: &Confirmed<'_>,
    now: UnixMs,
    caches: &mut Noting<'_>,
) -> Result<(), CatalogError> {
    let before = header_before(connection, transfer.key)?;
    match transfer.operation {
        Operation::Put => {
            if let Some((header, true)) = &before {
                caches.changed(transfer.key, Some(header))?;
            }
            connection
                .prepare_cached(
                    "UPDATE feed_files SET written_at = ?2, size_bytes = ?3,
                         (print, cache_control, sha256, md5) = (
                             SELECT t.print, t.cache_control, t.sha256, t.md5 FROM transfers t WHERE t.id = ?4)
                     WHERE r2_key = ?1",
                )?
                .execute(params![transfer.key, now, signed(transfer.size_bytes), transfer.id])?;
        }
        Operation::Delete => {
            // An upload may have arrived although it was never confirmed.
            if let Some((header, _)) = &before {
                caches.changed(transfer.key, Some(header))?;
            }
            forget(connection, transfer.key)?;
        }
    }
    Ok(())
}

/// Returns the `Cache-Control` header of the version that the bucket had, and whether that version was
/// confirmed; `None` without a row.
fn header_before(connection: &Connection, key: &ObjectKey) -> Result<Option<(String, bool)>, CatalogError> {
    let row: Option<(Option<String>, String, bool)> = connection
        .prepare_cached(
            "SELECT cache_control, role, written_at IS NOT NULL FROM feed_files WHERE r2_key = ?1",
        )?
        .query_row([key], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    Ok(row.map(|(header, role, was_confirmed)| {
        let usual = match FeedRole::from_name(&role) {
            Some(FeedRole::Page | FeedRole::List) => "no-cache",
            Some(FeedRole::Style | FeedRole::Copy) | None => ORIGINAL_CACHE_CONTROL,
        };
        (header.unwrap_or_else(|| usual.to_owned()), was_confirmed)
    }))
}

/// Takes waiting uploads of a profile's feed out of the outbox, because what they are made from has changed. Whether one of them
/// reached the bucket is unknown, and its row says so.
pub(super) fn withdraw(connection: &Connection, owner: &OwnerId) -> Result<(), CatalogError> {
    connection
        .prepare_cached(
            "INSERT INTO feed_revisions (owner_id, revision) VALUES (?1, 1)
             ON CONFLICT (owner_id) DO UPDATE SET revision = revision + 1",
        )?
        .execute([owner])?;
    connection
        .prepare_cached(
            "DELETE FROM transfers WHERE owner_id = ?1 AND kind IS NULL AND operation = 'put' AND state <> 'active'",
        )?
        .execute([owner])?;
    Ok(())
}

/// Does the same for the profile of an image, if the image is public.
pub(super) fn withdraw_image(connection: &Connection, image: &ImageId) -> Result<(), CatalogError> {
    let owner: Option<OwnerId> = connection
        .prepare_cached("SELECT owner_id FROM generated_images WHERE id = ?1 AND visibility = 'public'")?
        .query_row([image], |row| row.get(0))
        .optional()?;
    owner.map_or(Ok(()), |owner| withdraw(connection, &owner))
}

/// Says whether what a feed is made from has changed since the upload of one of its files was claimed. Such an upload
/// is not repeated, because its bytes may show what is hidden by now.
pub(super) fn is_outdated(connection: &Connection, id: i64, claimed_at: i64) -> Result<bool, CatalogError> {
    let owner: Option<OwnerId> = connection
        .prepare_cached(
            "SELECT owner_id FROM transfers WHERE id = ?1 AND kind IS NULL AND operation = 'put'",
        )?
        .query_row([id], |row| row.get(0))
        .optional()?;
    owner.map_or(Ok(false), |owner| Ok(revision(connection, &owner)? != claimed_at))
}

/// Drops uploads that were running in a process that no longer exists. What they were made from may have changed since
/// they were claimed, so the next plan makes them again.
pub(super) fn drop_interrupted(connection: &Connection) -> Result<(), CatalogError> {
    connection
        .execute("DELETE FROM transfers WHERE kind IS NULL AND operation = 'put' AND state = 'active'", [])?;
    Ok(())
}

/// Queues one transfer of a feed file, not before its key may be written again.
fn queue(
    connection: &Connection,
    owner: &OwnerId,
    key: &ObjectKey,
    put: Option<&FeedPut>,
    now: UnixMs,
) -> Result<(), CatalogError> {
    connection
        .prepare_cached(
            "INSERT INTO transfers (operation, r2_key, image_id, owner_id, filename, size_bytes, state, created_at,
                 content_type, cache_control, sha256, md5, print, not_before)
             SELECT ?1, ?2, f.image_id, ?3, ?4, ?5, 'queued', ?6, ?7, ?8, ?9, ?10, ?11,
                 CASE WHEN f.written_at > ?6 - ?12 AND f.written_at <= ?6 THEN f.written_at + ?12 ELSE 0 END
             FROM feed_files f WHERE f.r2_key = ?2",
        )?
        .execute(params![
            if put.is_some() { Operation::Put } else { Operation::Delete },
            key,
            owner,
            put.map_or_else(|| name_of(key), |put| put.name.clone()),
            put.map_or(0, |put| signed(put.size_bytes)),
            now,
            put.map(|put| &put.content_type),
            put.map(|put| &put.cache_control),
            put.map(|put| put.sha256),
            put.map(|put| put.md5),
            put.map(|put| put.print),
            WRITE_EVERY_MS,
        ])?;
    Ok(())
}

/// Returns how often what a profile's feed is made from has changed.
fn revision(connection: &Connection, owner: &OwnerId) -> Result<i64, CatalogError> {
    let found = connection
        .prepare_cached("SELECT revision FROM feed_revisions WHERE owner_id = ?1")?
        .query_row([owner], |row| row.get(0))
        .optional()?;
    Ok(found.unwrap_or_default())
}

/// Says whether transfers of a profile's feed are queued or running.
fn is_busy(connection: &Connection, owner: &OwnerId) -> Result<bool, CatalogError> {
    Ok(connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM transfers
             WHERE kind IS NULL AND owner_id = ?1 AND state IN ('queued', 'active'))",
        )?
        .query_row([owner], |row| row.get(0))?)
}

impl Catalog {
    /// Returns a number that changes with everything that a profile's feed is made from.
    pub async fn feed_revision(&self, owner: &OwnerId) -> Result<i64, CatalogError> {
        let owner = owner.clone();
        self.read(move |connection| revision(connection, &owner)).await
    }

    /// Queues uploads of feed files that were made from `made_from`, a revision. Returns whether it did: it does not
    /// if anything has changed since, or while other transfers of the profile's feed are queued or running.
    pub async fn queue_feed_puts(
        &self,
        owner: &OwnerId,
        made_from: i64,
        puts: Vec<FeedPut>,
        now: UnixMs,
    ) -> Result<bool, CatalogError> {
        let owner = owner.clone();
        self.write(move |connection| {
            if is_busy(connection, &owner)? || revision(connection, &owner)? != made_from {
                return Ok(false);
            }
            for put in &puts {
                connection
                    .prepare_cached(
                        "INSERT INTO feed_files (r2_key, owner_id, role, image_id, terms, size_bytes)
                         VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                         ON CONFLICT (r2_key) DO UPDATE SET print = NULL, unwanted = 0, terms = excluded.terms",
                    )?
                    .execute(params![
                        put.key,
                        owner,
                        put.role.as_str(),
                        put.image,
                        put.terms,
                        signed(put.size_bytes)
                    ])?;
                // One that is parked is replaced by this one. A parked deletion would hold it up.
                connection
                    .prepare_cached("DELETE FROM transfers WHERE r2_key = ?1 AND state = 'parked'")?
                    .execute([&put.key])?;
                queue(connection, &owner, &put.key, Some(put), now)?;
            }
            Ok(true)
        })
        .await
    }

    /// Queues deletions of feed files. Returns whether it did: it does not while other transfers of the profile's
    /// feed are queued or running.
    pub async fn queue_feed_deletions(
        &self,
        owner: &OwnerId,
        keys: Vec<ObjectKey>,
        now: UnixMs,
    ) -> Result<bool, CatalogError> {
        let owner = owner.clone();
        self.write(move |connection| {
            if is_busy(connection, &owner)? {
                return Ok(false);
            }
            for key in &keys {
                connection.prepare_cached("DELETE FROM transfers WHERE r2_key = ?1")?.execute([key])?;
                connection
                    .prepare_cached("UPDATE feed_files SET unwanted = 1 WHERE r2_key = ?1")?
                    .execute([key])?;
                queue(connection, &owner, key, None, now)?;
            }
            Ok(true)
        })
        .await
    }

    /// Says whether transfers of a profile's feed are queued or running.
    pub async fn is_feed_busy(&self, owner: &OwnerId) -> Result<bool, CatalogError> {
        let owner = owner.clone();
        self.read(move |connection| is_busy(connection, &owner)).await
    }

    /// Returns the hashes of all feed files that are still to be uploaded.
    pub async fn outgoing_hashes(&self) -> Result<Vec<[u8; 32]>, CatalogError> {
        self.read(|connection| {
            let mut statement =
                connection.prepare_cached("SELECT sha256 FROM transfers WHERE sha256 IS NOT NULL")?;
            let hashes = statement.query_map([], |row| row.get(0))?;
            Ok(hashes.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// Returns how many transfers of feeds are parked.
    pub async fn parked_feed_files(&self) -> Result<u32, CatalogError> {
        self.read(|connection| {
            let sql = "SELECT count(*) FROM transfers WHERE kind IS NULL AND state = 'parked'";
            Ok(connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
        })
        .await
    }

    /// Says whether an upload of a profile's feed is parked with this problem: that of the file at `key`, or any.
    pub async fn is_feed_refused(
        &self,
        owner: &OwnerId,
        code: TransferProblemCode,
        key: Option<ObjectKey>,
    ) -> Result<bool, CatalogError> {
        let owner = owner.clone();
        self.read(move |connection| {
            let sql = "SELECT EXISTS (SELECT 1 FROM transfers WHERE kind IS NULL AND owner_id = ?1
                       AND state = 'parked' AND operation = 'put' AND problem_code = ?2
                       AND (?3 IS NULL OR r2_key = ?3))";
            Ok(connection.prepare_cached(sql)?.query_row(params![owner, code, key], |row| row.get(0))?)
        })
        .await
    }

    /// Returns up to `limit` parked transfers of a profile's feed, oldest first.
    pub async fn parked_feed_problems(
        &self,
        owner: &OwnerId,
        limit: u32,
    ) -> Result<Vec<FeedProblem>, CatalogError> {
        let owner = owner.clone();
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT image_id, filename, coalesce(problem, '') FROM transfers
                 WHERE kind IS NULL AND owner_id = ?1 AND state = 'parked' ORDER BY id LIMIT ?2",
            )?;
            let rows = statement.query_map(params![owner, limit], feed_problem)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }
}

#[cfg(test)]
#[path = "feed_outbox_tests.rs"]
mod tests;
