//! Table `originals`: which originals this machine freed because the bucket has
//! them, and when each was last opened.

use super::columns::{checksum, md5};
use super::{Catalog, CatalogError, Original, outbox};
use crate::model::{Bytes, ImageFormat, ObjectKey, Operation, UnixMs};
use rusqlite::{Connection, Row, params};
use std::io;

/// An original that is opened again within this time is not recorded again, in
/// milliseconds.
const NOTE_EVERY_MS: i64 = 3_600_000;

/// An original that the bucket is said to have, for all images made of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredOriginal {
    /// The SHA-256, which names the file.
    pub sha256: [u8; 32],
    /// The MD5 by which the bucket identifies the content, if it is known.
    pub md5: Option<[u8; 16]>,
    /// The format, which decides the extension.
    pub format: ImageFormat,
    /// Size of the file in bytes.
    pub size_bytes: u64,
    /// The key of one of its objects.
    pub key: ObjectKey,
    /// When it was last opened, or imported if it never was.
    pub used_at: UnixMs,
}

fn stored_original(row: &Row<'_>) -> Result<StoredOriginal, CatalogError> {
    Ok(StoredOriginal {
        sha256: checksum(row, 0)?,
        md5: md5(row, 1),
        format: row.get::<_, ImageFormat>(2)?,
        size_bytes: row.get::<_, i64>(3)?.unsigned_abs(),
        key: row.get::<_, ObjectKey>(4)?,
        used_at: row.get(5)?,
    })
}

/// Records that an original is on this disk again and is wanted.
pub(super) fn mark_kept(connection: &Connection, sha256: &[u8; 32]) -> Result<(), CatalogError> {
    connection.prepare_cached("DELETE FROM unwanted_originals WHERE sha256 = ?1")?.execute([sha256])?;
    connection
        .prepare_cached("UPDATE originals SET freed_at = NULL WHERE sha256 = ?1 AND freed_at IS NOT NULL")?
        .execute([sha256])?;
    let mut statement = connection.prepare_cached("SELECT id, r2_key FROM images WHERE sha256 = ?1")?;
    let mut images = statement.query([sha256])?;
    while let Some(image) = images.next()? {
        let (id, key): (String, String) = (image.get(0)?, image.get(1)?);
        // A public copy that could not be made is made from it.
        connection
            .prepare_cached("DELETE FROM public_copies WHERE problem IS NOT NULL AND image_id = ?1")?
            .execute([id])?;
        // An upload that was stuck without the original can continue.
        connection
            .prepare_cached(
                "UPDATE transfers SET state = 'queued', not_before = 0, problem_code = NULL, problem = NULL
                 WHERE r2_key = ?1 AND state = 'parked' AND operation = 'put' AND problem_code <> 'Cancelled'",
            )?
            .execute([key])?;
    }
    Ok(())
}

/// Says whether an original may be freed: every image made of it is stored, not
/// in the trash, and has no unfinished transfer.
fn may_go(connection: &Connection, sha256: &[u8; 32]) -> Result<bool, CatalogError> {
    let sql = "SELECT r2_key, stored_at IS NOT NULL AND removed_at IS NULL FROM images WHERE sha256 = ?1";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([sha256])?;
    let mut images = 0;
    while let Some(row) = rows.next()? {
        let (key, is_safe): (String, bool) = (row.get(0)?, row.get(1)?);
        let is_moving = outbox::pending(connection, &key, Operation::Put)?
            || outbox::pending(connection, &key, Operation::Delete)?;
        if !is_safe || is_moving {
            return Ok(false);
        }
        images += 1;
    }
    Ok(images > 0)
}

/// Says whether any image is made of an original. Images in the trash count too.
pub(super) fn is_known(connection: &Connection, original: &[u8; 32]) -> Result<bool, CatalogError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM images WHERE sha256 = ?1)";
    Ok(connection.prepare_cached(sql)?.query_row([original], |row| row.get(0))?)
}

impl Catalog {
    /// Records that an original was opened. Does nothing if no image uses it any more.
    pub async fn note_opened(&self, sha256: [u8; 32], now: UnixMs) -> Result<(), CatalogError> {
        self.write(move |connection| {
            if !is_known(connection, &sha256)? {
                return Ok(());
            }
            connection
                .prepare_cached(
                    "INSERT INTO originals (sha256, opened_at) VALUES (?1, ?2)
                     ON CONFLICT (sha256) DO UPDATE SET opened_at = excluded.opened_at
                     WHERE opened_at IS NULL OR opened_at < excluded.opened_at - ?3",
                )?
                .execute(params![sha256, now.0, NOTE_EVERY_MS])?;
            Ok(())
        })
        .await
    }

    /// Stores an original again that was missing on this disk, and records it. `store` runs under
    /// the write lock, after a check that an image still uses the original, so that a permanent
    /// deletion cannot come between. Returns whether an image uses it; if not, nothing is stored.
    pub async fn bring_back(
        &self,
        sha256: [u8; 32],
        now: UnixMs,
        store: impl FnOnce() -> io::Result<()> + Send + 'static,
    ) -> Result<bool, CatalogError> {
        self.write(move |connection| {
            if !is_known(connection, &sha256)? {
                return Ok(false);
            }
            store()?;
            connection
                .prepare_cached(
                    "INSERT INTO originals (sha256, opened_at) VALUES (?1, ?2)
                     ON CONFLICT (sha256) DO UPDATE SET opened_at = excluded.opened_at, freed_at = NULL",
                )?
                .execute(params![sha256, now.0])?;
            mark_kept(connection, &sha256)?;
            Ok(true)
        })
        .await
    }

    /// Returns how many bytes the originals take that are not freed.
    pub async fn kept_bytes(&self) -> Result<Bytes, CatalogError> {
        self.read(|connection| {
            let sql = "SELECT coalesce(sum(size_bytes), 0) FROM
                 (SELECT sha256, max(size_bytes) AS size_bytes FROM images GROUP BY sha256) i
                 WHERE NOT EXISTS
                 (SELECT 1 FROM originals o WHERE o.sha256 = i.sha256 AND o.freed_at IS NOT NULL)";
            let bytes: i64 = connection.query_row(sql, [], |row| row.get(0))?;
            Ok(Bytes(bytes.unsigned_abs()))
        })
        .await
    }

    /// Returns originals that may be freed and were last used before `before`,
    /// longest unused first. With `after`, the list starts behind that one.
    pub async fn unused_originals(
        &self,
        before: UnixMs,
        after: Option<&StoredOriginal>,
        limit: u32,
    ) -> Result<Vec<StoredOriginal>, CatalogError> {
        let (used_after, behind) = after.map_or((i64::MIN, [0; 32]), |last| (last.used_at.0, last.sha256));
        self.read(move |connection| {
            let sql = "SELECT i.sha256, max(i.md5), max(i.content_type), max(i.size_bytes), min(i.r2_key),
                 max(max(i.added_at), coalesce(max(o.opened_at), 0)) AS used
                 FROM images i LEFT JOIN originals o ON o.sha256 = i.sha256
                 WHERE o.freed_at IS NULL GROUP BY i.sha256
                 HAVING min(i.stored_at IS NOT NULL AND i.removed_at IS NULL) = 1
                 AND used < ?1 AND (used, i.sha256) > (?2, ?3)
                 ORDER BY used, i.sha256 LIMIT ?4";
            let mut statement = connection.prepare_cached(sql)?;
            let mut rows = statement.query(params![before.0, used_after, behind, limit])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                found.push(stored_original(row)?);
            }
            Ok(found)
        })
        .await
    }

    /// Returns an original that the bucket has, with an object from which to
    /// fetch it; `None` if the bucket has none. While an image gets a new link,
    /// this is the object under its former key.
    pub async fn stored_original(&self, sha256: [u8; 32]) -> Result<Option<StoredOriginal>, CatalogError> {
        self.read(move |connection| {
            let sql = "SELECT sha256, md5, content_type, size_bytes, r2_key, added_at FROM images
                 WHERE sha256 = ?1 AND stored_at IS NOT NULL
                 UNION ALL
                 SELECT i.sha256, i.md5, i.content_type, i.size_bytes, t.r2_key, i.added_at
                 FROM images i JOIN transfers t ON t.waits_for = i.r2_key
                 WHERE i.sha256 = ?1 AND i.stored_at IS NULL
                 LIMIT 1";
            let mut statement = connection.prepare_cached(sql)?;
            let mut rows = statement.query([sha256])?;
            rows.next()?.map(stored_original).transpose()
        })
        .await
    }

    /// Frees an original. `remove` deletes its file under the write lock, after
    /// a final check that all images made of it are stored, not in the trash,
    /// and have no unfinished transfer. Returns whether it was freed.
    pub async fn free_original(
        &self,
        original: Original,
        now: UnixMs,
        remove: impl Fn(&Original) -> io::Result<()> + Send + 'static,
    ) -> Result<bool, CatalogError> {
        self.write(move |connection| {
            if !may_go(connection, &original.sha256)? {
                return Ok(false);
            }
            connection
                .prepare_cached(
                    "INSERT INTO originals (sha256, freed_at) VALUES (?1, ?2)
                     ON CONFLICT (sha256) DO UPDATE SET freed_at = excluded.freed_at",
                )?
                .execute(params![original.sha256, now.0])?;
            remove(&original)?;
            Ok(true)
        })
        .await
    }

    /// Returns freed originals, each with an object from which to fetch it. With
    /// `after`, the list starts behind that hash.
    pub async fn freed_originals(
        &self,
        after: Option<[u8; 32]>,
        limit: u32,
    ) -> Result<Vec<StoredOriginal>, CatalogError> {
        self.read(move |connection| {
            let sql = "SELECT o.sha256, i.md5, i.content_type, i.size_bytes, min(i.r2_key), o.freed_at
                 FROM originals o JOIN images i ON i.sha256 = o.sha256
                 WHERE o.freed_at IS NOT NULL AND o.sha256 > ?1 AND i.stored_at IS NOT NULL
                 GROUP BY o.sha256 ORDER BY o.sha256 LIMIT ?2";
            let mut statement = connection.prepare_cached(sql)?;
            let mut rows = statement.query(params![after.unwrap_or_default(), limit])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                found.push(stored_original(row)?);
            }
            Ok(found)
        })
        .await
    }
}
