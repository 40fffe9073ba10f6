//! The reads and repairs of a verification. It looks at every image of both tables
//! together with its transfers, in the order of the keys. A repair checks the row again
//! in the transaction that writes it, so no repair acts on an outdated state.

use super::columns::{checksum, md5};
use super::rows::Read;
use super::shared_columns::table;
use super::{Catalog, CatalogError, outbox};
use crate::model::{ImageFormat, ImageId, ImageKind, ObjectKey, Operation, OwnerId, UnixMs};
use rusqlite::{Connection, OptionalExtension, Row, params};

/// The most objects that are tried for one original.
const MAX_COPIES: u32 = 8;

/// One image as a verification sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts of a row")]
pub struct AuditRow {
    /// Unique across both kinds.
    pub id: ImageId,
    /// The table that holds the row.
    pub kind: ImageKind,
    /// The key under which the object belongs.
    pub key: ObjectKey,
    /// The imported file's name.
    pub filename: String,
    /// The SHA-256 of the original and of the object's content. It names the original.
    pub sha256: [u8; 32],
    /// The MD5 by which the bucket identifies the content; `None` before the first upload.
    pub md5: Option<[u8; 16]>,
    /// The format, which decides the original's file extension.
    pub format: ImageFormat,
    /// Size in bytes of the original and of the object.
    pub size_bytes: u64,
    /// Whether the bucket has confirmed the object.
    pub stored: bool,
    /// Whether the image is in the trash.
    pub removed: bool,
    /// Whether a transfer of its key is unfinished.
    pub pending: bool,
    /// Whether its original was freed: only the bucket has it, on purpose.
    pub freed: bool,
    /// Whether the bucket may have the object under a former key, because the image has a new link.
    pub moving: bool,
}

/// One page of images in the order of their keys. Damaged rows are left out;
/// [`Catalog::find_damage`] finds them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditPage {
    /// The rows that can be read.
    pub rows: Vec<AuditRow>,
    /// Whether this is the last page.
    pub is_last: bool,
}

const COLUMNS: &str = "i.id, i.r2_key, i.filename, i.sha256, i.md5, i.content_type, i.size_bytes,
     i.stored_at IS NOT NULL, i.removed_at IS NOT NULL,
     EXISTS (SELECT 1 FROM transfers t WHERE t.r2_key = i.r2_key),
     EXISTS (SELECT 1 FROM originals o WHERE o.sha256 = i.sha256 AND o.freed_at IS NOT NULL),
     EXISTS (SELECT 1 FROM transfers w WHERE w.waits_for = i.r2_key)";

fn audit_row(kind: ImageKind, row: &Row<'_>) -> Result<AuditRow, CatalogError> {
    Ok(AuditRow {
        id: row.get::<_, ImageId>(0)?,
        kind,
        key: row.get::<_, ObjectKey>(1)?,
        filename: row.get(2)?,
        sha256: checksum(row, 3)?,
        md5: md5(row, 4),
        format: row.get::<_, ImageFormat>(5)?,
        size_bytes: row.get::<_, i64>(6)?.unsigned_abs(),
        stored: row.get(7)?,
        removed: row.get(8)?,
        pending: row.get(9)?,
        freed: row.get(10)?,
        moving: row.get(11)?,
    })
}

fn find(connection: &Connection, kind: ImageKind, key: &ObjectKey) -> Result<Option<AuditRow>, CatalogError> {
    let sql = format!("SELECT {COLUMNS} FROM {} i WHERE i.r2_key = ?1", table(kind));
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query([key])?;
    rows.next()?.map(|row| audit_row(kind, row)).transpose()
}

/// Returns the row of a key unless an unfinished transfer is about to change it.
fn settled(
    connection: &Connection,
    kind: ImageKind,
    key: &ObjectKey,
) -> Result<Option<AuditRow>, CatalogError> {
    Ok(find(connection, kind, key)?.filter(|row| !row.pending))
}

impl Catalog {
    /// Returns the number of all images, including those in the trash.
    pub async fn audit_count(&self) -> Result<u32, CatalogError> {
        self.read(|connection| {
            Ok(connection.query_row(
                "SELECT (SELECT count(*) FROM generated_images) + (SELECT count(*) FROM reference_images)",
                [],
                |row| row.get(0),
            )?)
        })
        .await
    }

    /// Returns images whose keys begin with `prefix`, in the order of their keys. The
    /// prefix ends in a slash. With `after`, the page starts behind that key.
    pub async fn audit_page(
        &self,
        kind: ImageKind,
        prefix: &str,
        after: Option<&ObjectKey>,
        limit: u32,
    ) -> Result<AuditPage, CatalogError> {
        let from = after.map_or_else(|| prefix.to_owned(), |key| key.as_str().to_owned());
        // `0` is the character after the slash, so no key with the prefix sorts at or
        // after this bound.
        let until = format!("{}0", prefix.trim_end_matches('/'));
        self.read(move |connection| {
            let sql = format!(
                "SELECT {COLUMNS} FROM {} i WHERE i.r2_key > ?1 AND i.r2_key < ?2 ORDER BY i.r2_key LIMIT ?3",
                table(kind)
            );
            #[cfg(test)]
            super::plans::note(&sql);
            let mut statement = connection.prepare_cached(&sql)?;
            let read = Read::of(statement.query(params![from, until, limit])?, |row| audit_row(kind, row))?;
            let is_last = read.rows.len() < limit as usize;
            let rows: Vec<_> = read.rows.into_iter().flatten().collect();
            // If no row of the page can be read, there is no key to continue from.
            let is_last = is_last || rows.is_empty();
            Ok(AuditPage { rows, is_last })
        })
        .await
    }

    /// Returns the current row of a key.
    pub async fn audit_row(
        &self,
        kind: ImageKind,
        key: &ObjectKey,
    ) -> Result<Option<AuditRow>, CatalogError> {
        let key = key.clone();
        self.read(move |connection| find(connection, kind, &key)).await
    }

    /// Says whether any transfer of a key is unfinished, even if its image no longer
    /// exists.
    pub async fn has_transfer(&self, key: &ObjectKey) -> Result<bool, CatalogError> {
        let key = key.clone();
        self.read(move |connection| {
            Ok(outbox::pending(connection, key.as_str(), Operation::Put)?
                || outbox::pending(connection, key.as_str(), Operation::Delete)?)
        })
        .await
    }

    /// Returns the keys of stored objects that hold these bytes, across all profiles and
    /// kinds, and then former keys whose objects may still hold them.
    pub async fn stored_copies(&self, sha256: [u8; 32]) -> Result<Vec<ObjectKey>, CatalogError> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT r2_key FROM images WHERE sha256 = ?1 AND stored_at IS NOT NULL
                 UNION ALL
                 SELECT t.r2_key FROM images i JOIN transfers t ON t.waits_for = i.r2_key
                 WHERE i.sha256 = ?1 AND i.stored_at IS NULL
                 LIMIT ?2",
            )?;
            let mut rows = statement.query(params![sha256, MAX_COPIES])?;
            let mut keys = Vec::new();
            while let Some(row) = rows.next()? {
                keys.push(row.get::<_, ObjectKey>(0)?);
            }
            Ok(keys)
        })
        .await
    }

    /// Returns the image of this profile and kind that consists of these bytes. An image
    /// in the trash counts too.
    pub async fn image_of_content(
        &self,
        owner: &OwnerId,
        kind: ImageKind,
        sha256: [u8; 32],
    ) -> Result<Option<ImageId>, CatalogError> {
        let owner = owner.clone();
        self.read(move |connection| {
            let sql = format!("SELECT id FROM {} WHERE owner_id = ?1 AND sha256 = ?2", table(kind));
            let id: Option<String> = connection
                .prepare_cached(&sql)?
                .query_row(params![&owner, sha256], |row| row.get(0))
                .optional()?;
            Ok(id.map(|id| ImageId::parse(&id)).transpose()?)
        })
        .await
    }

    /// Marks an image as not stored and queues its upload, unless it is in the trash.
    /// Returns `false` and changes nothing if the image no longer exists or a transfer of
    /// its key is unfinished.
    pub async fn upload_again(
        &self,
        kind: ImageKind,
        key: &ObjectKey,
        now: UnixMs,
    ) -> Result<bool, CatalogError> {
        let key = key.clone();
        self.write(move |connection| {
            let Some(row) = settled(connection, kind, &key)? else { return Ok(false) };
            let sql = format!("UPDATE {} SET stored_at = NULL WHERE id = ?1", table(kind));
            connection.prepare_cached(&sql)?.execute([&row.id])?;
            if !row.removed {
                outbox::queue(connection, Operation::Put, kind, &row.id, now)?;
            }
            Ok(true)
        })
        .await
    }

    /// Queues the deletion of a trashed image's object. Returns `false` and changes
    /// nothing if the image is no longer in the trash or a transfer of its key is
    /// unfinished.
    pub async fn delete_again(
        &self,
        kind: ImageKind,
        key: &ObjectKey,
        now: UnixMs,
    ) -> Result<bool, CatalogError> {
        let key = key.clone();
        self.write(move |connection| {
            let row = settled(connection, kind, &key)?.filter(|row| row.removed);
            let Some(row) = row else { return Ok(false) };
            outbox::queue(connection, Operation::Delete, kind, &row.id, now)?;
            Ok(true)
        })
        .await
    }
}
