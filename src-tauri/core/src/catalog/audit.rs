//! What a verification reads and mends: every image of either table beside its
//! transfers, in the order of the keys. Repairs look again in the transaction
//! that writes, so that none acts on what was true a moment ago.

use super::columns::checksum;
use super::rows::Read;
use super::shared_columns::table;
use super::{Catalog, CatalogError, outbox};
use crate::model::{ImageFormat, ImageId, ImageKind, ObjectKey, Operation, OwnerId, UnixMs};
use rusqlite::{Connection, OptionalExtension, Row, params};

/// Objects that one original is looked for at, at most.
const MAX_COPIES: u32 = 8;

/// One image as a verification sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "four independent facts of a row")]
pub struct AuditRow {
    /// Unique over both kinds.
    pub id: ImageId,
    /// Of which table.
    pub kind: ImageKind,
    /// Where its object belongs.
    pub key: ObjectKey,
    /// The imported file's name.
    pub filename: String,
    /// Names the original, and its object's content.
    pub sha256: [u8; 32],
    /// What the bucket calls the content.
    pub md5: [u8; 16],
    /// Decides the original's extension.
    pub format: ImageFormat,
    /// Of the original and of the object.
    pub size_bytes: u64,
    /// The bucket confirmed the object.
    pub stored: bool,
    /// It is in the trash.
    pub removed: bool,
    /// A transfer of its key is not through yet.
    pub pending: bool,
    /// Its original was freed: the bucket alone has it, on purpose.
    pub freed: bool,
}

/// Images in the order of their keys. Damaged rows are left out; a look for
/// damage finds them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditPage {
    /// Those that can be read.
    pub rows: Vec<AuditRow>,
    /// Nothing follows.
    pub is_last: bool,
}

const COLUMNS: &str = "i.id, i.r2_key, i.filename, i.sha256, i.md5, i.content_type, i.size_bytes,
     i.stored_at IS NOT NULL, i.removed_at IS NOT NULL,
     EXISTS (SELECT 1 FROM transfers t WHERE t.r2_key = i.r2_key),
     EXISTS (SELECT 1 FROM originals o WHERE o.sha256 = i.sha256 AND o.freed_at IS NOT NULL)";

fn audit_row(kind: ImageKind, row: &Row<'_>) -> Result<AuditRow, CatalogError> {
    Ok(AuditRow {
        id: row.get::<_, ImageId>(0)?,
        kind,
        key: row.get::<_, ObjectKey>(1)?,
        filename: row.get(2)?,
        sha256: checksum(row, 3)?,
        md5: checksum(row, 4)?,
        format: row.get::<_, ImageFormat>(5)?,
        size_bytes: row.get::<_, i64>(6)?.unsigned_abs(),
        stored: row.get(7)?,
        removed: row.get(8)?,
        pending: row.get(9)?,
        freed: row.get(10)?,
    })
}

fn find(connection: &Connection, kind: ImageKind, key: &ObjectKey) -> Result<Option<AuditRow>, CatalogError> {
    let sql = format!("SELECT {COLUMNS} FROM {} i WHERE i.r2_key = ?1", table(kind));
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query([key])?;
    rows.next()?.map(|row| audit_row(kind, row)).transpose()
}

/// Returns the row of a key that no transfer is about to change.
fn settled(
    connection: &Connection,
    kind: ImageKind,
    key: &ObjectKey,
) -> Result<Option<AuditRow>, CatalogError> {
    Ok(find(connection, kind, key)?.filter(|row| !row.pending))
}

impl Catalog {
    /// Returns how many images there are in all, trashed ones included.
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

    /// Returns images whose keys begin with a prefix that ends in a slash, in
    /// the order of their keys, behind a key if one is given.
    pub async fn audit_page(
        &self,
        kind: ImageKind,
        prefix: &str,
        after: Option<&ObjectKey>,
        limit: u32,
    ) -> Result<AuditPage, CatalogError> {
        let from = after.map_or_else(|| prefix.to_owned(), |key| key.as_str().to_owned());
        // The character behind the slash: no key of the prefix reaches it.
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
            // Nowhere to go on from when not one of them can be read.
            let is_last = is_last || rows.is_empty();
            Ok(AuditPage { rows, is_last })
        })
        .await
    }

    /// Returns the image of a key as it is now.
    pub async fn audit_row(
        &self,
        kind: ImageKind,
        key: &ObjectKey,
    ) -> Result<Option<AuditRow>, CatalogError> {
        let key = key.clone();
        self.read(move |connection| find(connection, kind, &key)).await
    }

    /// Says whether any transfer of a key is not through yet, also of an image
    /// that is gone.
    pub async fn has_transfer(&self, key: &ObjectKey) -> Result<bool, CatalogError> {
        let key = key.clone();
        self.read(move |connection| {
            Ok(outbox::pending(connection, key.as_str(), Operation::Put)?
                || outbox::pending(connection, key.as_str(), Operation::Delete)?)
        })
        .await
    }

    /// Returns objects that hold these bytes, of whatever profile and kind.
    pub async fn stored_copies(&self, sha256: [u8; 32]) -> Result<Vec<ObjectKey>, CatalogError> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT r2_key FROM generated_images WHERE sha256 = ?1 AND stored_at IS NOT NULL UNION ALL
                 SELECT r2_key FROM reference_images WHERE sha256 = ?1 AND stored_at IS NOT NULL LIMIT ?2",
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

    /// Returns the image that already is these bytes of this profile, also one
    /// in the trash.
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

    /// Takes back that an image is stored and queues its upload, unless it is in
    /// the trash. Does nothing, and says so, when the image is gone or a
    /// transfer of its key is on the way.
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

    /// Queues the deletion of a trashed image's object. Does nothing, and says
    /// so, when the image is not in the trash any more or a transfer of its key
    /// is on the way.
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
