//! Finds the transfers that are due and marks them as running.

use super::columns::{checksum, md5};
use super::outbox::drop_row;
use super::shared_columns::table;
use super::{Catalog, CatalogError, feed_outbox, outbox};
use crate::model::{ImageFormat, ImageId, ImageKind, ObjectKey, Operation, TransferProblemCode, UnixMs};
use rusqlite::{Connection, Row, params};

/// A transfer that was marked as running, with everything it needs to run.
#[derive(Debug, Clone)]
pub struct ClaimedTransfer {
    /// The row id.
    pub id: i64,
    /// Whether to upload or to delete the object.
    pub operation: Operation,
    /// The key of the object.
    pub key: ObjectKey,
    /// The number of this attempt, from 1.
    pub attempt: u32,
    /// Size of the object in bytes.
    pub size_bytes: u64,
    /// What the object is.
    pub object: ClaimedObject,
}

impl ClaimedTransfer {
    /// Returns the image whose original the object holds; `None` for feed files.
    pub fn image(&self) -> Option<&ImageId> {
        match &self.object {
            ClaimedObject::Image { id, .. } => Some(id),
            ClaimedObject::FeedFile { .. } => None,
        }
    }

    /// Returns the original whose bytes the object holds; `None` for feed files, if the image was
    /// deleted permanently, and if the bucket has its object under a newer key.
    pub fn original(&self) -> Option<&ClaimedOriginal> {
        match &self.object {
            ClaimedObject::Image { original, .. } => original.as_ref(),
            ClaimedObject::FeedFile { .. } => None,
        }
    }

    /// Notes the MD5 of the original, which the confirmation records.
    #[must_use]
    pub fn with_md5(mut self, md5: Option<[u8; 16]>) -> Self {
        if let ClaimedObject::Image { original: Some(original), .. } = &mut self.object {
            original.md5 = md5;
        }
        self
    }

    /// Returns former keys under which the bucket may have the same bytes, the newest first.
    pub fn former(&self) -> &[ObjectKey] {
        match &self.object {
            ClaimedObject::Image { former, .. } => former,
            ClaimedObject::FeedFile { .. } => &[],
        }
    }
}

/// What the object of a transfer is.
#[derive(Debug, Clone)]
pub enum ClaimedObject {
    /// The object of an image, under its current key or a former one.
    Image {
        /// The image.
        id: ImageId,
        /// The table that holds the image.
        kind: ImageKind,
        /// Its original; `None` if the image was deleted permanently, or if this is the deletion
        /// under a former key and the bucket has the object under the current one.
        original: Option<ClaimedOriginal>,
        /// Former keys under which the bucket may have the same bytes, the newest first. Empty for
        /// deletions.
        former: Vec<ObjectKey>,
    },
    /// A file of a published feed.
    FeedFile {
        /// The bytes to upload; `None` for a deletion.
        file: Option<ClaimedFile>,
        /// Of a deletion: whether the object may be somebody else's, so that it has to be looked at
        /// before it is deleted.
        looks_first: bool,
    },
}

/// The bytes of a feed file.
#[derive(Debug, Clone)]
pub struct ClaimedFile {
    /// The SHA-256, which names the file on this disk. The bucket checks it.
    pub sha256: [u8; 32],
    /// The MD5. The bucket checks it.
    pub md5: [u8; 16],
    /// The media type.
    pub content_type: String,
    /// The `Cache-Control` header.
    pub cache_control: String,
    /// Whether the bucket is known to have an older version of this file.
    pub replaces: bool,
    /// The revision of the feed for which the file is right.
    pub revision: i64,
}

/// The original whose bytes the object holds.
#[derive(Debug, Clone)]
pub struct ClaimedOriginal {
    /// The SHA-256, which names the file. The bucket checks it.
    pub sha256: [u8; 32],
    /// The MD5, which the bucket checks; `None` before the first upload.
    pub md5: Option<[u8; 16]>,
    /// The format, which decides the extension and the media type.
    pub format: ImageFormat,
}

/// Only the oldest row of a key may run, so that put, delete and put again of one image
/// run in the order they were requested. The deletion under a former key and the upload
/// under the key that replaced it never run at the same time: the deletion waits until no
/// such upload is left, and an upload waits while the deletion runs. The rows that have
/// waited longest come first.
pub(super) const DUE: &str = "
    SELECT t.id, t.operation, t.r2_key, t.image_id, t.kind, t.attempts, t.size_bytes,
        t.content_type, t.cache_control, t.sha256, t.md5 FROM transfers t
    WHERE t.state = 'queued' AND t.not_before <= ?1
    AND NOT EXISTS (SELECT 1 FROM transfers e WHERE e.r2_key = t.r2_key AND e.id < t.id)
    AND NOT EXISTS (SELECT 1 FROM transfers p WHERE p.r2_key = t.waits_for AND p.operation = 'put')
    AND NOT EXISTS (SELECT 1 FROM transfers d WHERE d.waits_for = t.r2_key AND d.state = 'active')
    ORDER BY t.not_before, t.id LIMIT ?2";
pub(super) const DUE_DELETIONS: &str = "
    SELECT t.id, t.operation, t.r2_key, t.image_id, t.kind, t.attempts, t.size_bytes,
        t.content_type, t.cache_control, t.sha256, t.md5 FROM transfers t
    WHERE t.state = 'queued' AND t.not_before <= ?1 AND t.operation = 'delete'
    AND NOT EXISTS (SELECT 1 FROM transfers e WHERE e.r2_key = t.r2_key AND e.id < t.id)
    AND NOT EXISTS (SELECT 1 FROM transfers p WHERE p.r2_key = t.waits_for AND p.operation = 'put')
    AND NOT EXISTS (SELECT 1 FROM transfers d WHERE d.waits_for = t.r2_key AND d.state = 'active')
    ORDER BY t.not_before, t.id LIMIT ?2";

pub(super) const TOO_LATE: &str =
    "UPDATE transfers SET not_before = ?1 WHERE state = 'queued' AND not_before > ?2";

fn due(connection: &Connection, sql: &'static str, now: UnixMs, limit: u32) -> Result<Due, CatalogError> {
    #[cfg(test)]
    super::plans::note(sql);
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params![now, limit])?;
    let (mut found, mut damaged) = (Vec::new(), Vec::new());
    while let Some(row) = rows.next()? {
        match due_row(row) {
            Ok(transfer) => found.push(transfer),
            Err(error) if error.is_of_one_row() => damaged.push((row.get(0)?, error)),
            Err(error) => return Err(error),
        }
    }
    Ok(Due { found, damaged })
}

/// The transfers that are due, and the rows that cannot be read.
struct Due {
    found: Vec<ClaimedTransfer>,
    damaged: Vec<(i64, CatalogError)>,
}

impl Due {
    fn is_empty(&self) -> bool {
        self.found.is_empty() && self.damaged.is_empty()
    }

    /// Marks transfers as running. Parks those whose row or image cannot be read any
    /// more.
    fn claim(self, connection: &Connection) -> Result<Vec<ClaimedTransfer>, CatalogError> {
        let mut claimed = Vec::with_capacity(self.found.len());
        let mut damaged = self.damaged;
        for transfer in self.found {
            let id = transfer.id;
            match claim(connection, transfer) {
                Ok(transfer) => claimed.extend(transfer),
                Err(error) if error.is_of_one_row() => damaged.push((id, error)),
                Err(error) => return Err(error),
            }
        }
        for (id, error) in damaged {
            tracing::error!(%error, transfer = id, "a transfer cannot be read");
            connection
                .prepare_cached(
                    "UPDATE transfers SET state = 'parked', problem_code = ?2, problem = ?3 WHERE id = ?1",
                )?
                .execute(params![id, TransferProblemCode::RowDamaged, error.to_string()])?;
        }
        Ok(claimed)
    }
}

fn due_row(row: &Row<'_>) -> Result<ClaimedTransfer, CatalogError> {
    let operation = row.get(1)?;
    let object = match row.get::<_, Option<ImageKind>>(4)? {
        Some(kind) => ClaimedObject::Image { id: row.get(3)?, kind, original: None, former: Vec::new() },
        None if operation == Operation::Put => ClaimedObject::FeedFile {
            looks_first: false,
            file: Some(ClaimedFile {
                content_type: row.get(7)?,
                cache_control: row.get(8)?,
                sha256: checksum(row, 9)?,
                md5: checksum(row, 10)?,
                replaces: false,
                revision: 0,
            }),
        },
        None => ClaimedObject::FeedFile { file: None, looks_first: true },
    };
    Ok(ClaimedTransfer {
        id: row.get(0)?,
        operation,
        key: row.get::<_, ObjectKey>(2)?,
        attempt: row.get::<_, u32>(5)?.saturating_add(1),
        size_bytes: row.get::<_, i64>(6)?.unsigned_abs(),
        object,
    })
}

/// Marks a transfer as running, unless it is no longer needed.
fn claim(
    connection: &Connection,
    mut transfer: ClaimedTransfer,
) -> Result<Option<ClaimedTransfer>, CatalogError> {
    let is_needed = match &mut transfer.object {
        ClaimedObject::Image { id, kind, original, former } => {
            let found = original_of(connection, id, *kind)?;
            let is_current = found.as_ref().is_none_or(|found| found.key == transfer.key.as_str());
            if !is_current && !outbox::was_replaced(connection, &transfer.key)? {
                return Err(CatalogError::Invalid(
                    "a transfer and its image have different keys in the catalog".into(),
                ));
            }
            match transfer.operation {
                Operation::Delete => {
                    let sql =
                        format!("UPDATE {} SET stored_at = NULL WHERE id = ?1 AND r2_key = ?2", table(*kind));
                    connection.prepare_cached(&sql)?.execute(params![&*id, transfer.key])?;
                    // The original needs no protection while the bucket has it under a newer key.
                    let at_risk = found.filter(|found| is_current || !found.is_stored);
                    *original = at_risk.map(|found| found.original);
                    true
                }
                // Without a row, the image was deleted permanently. With another key, it has a newer link.
                Operation::Put => {
                    *former = outbox::former_keys(connection, &transfer.key)?;
                    *original = found.filter(|_| is_current).map(|found| found.original);
                    original.is_some()
                }
            }
        }
        ClaimedObject::FeedFile { file: Some(file), .. } => {
            let claimed = feed_outbox::claim_put(connection, &transfer.key)?;
            let is_needed = claimed.is_some();
            if let Some(claimed) = claimed {
                (file.replaces, file.revision) = (claimed.replaces, claimed.revision);
            }
            is_needed
        }
        ClaimedObject::FeedFile { file: None, looks_first } => {
            *looks_first = feed_outbox::claim_deletion(connection, &transfer.key)?;
            true
        }
    };
    if !is_needed {
        drop_row(connection, transfer.id)?;
        return Ok(None);
    }
    connection
        .prepare_cached("UPDATE transfers SET state = 'active', attempts = ?2 WHERE id = ?1")?
        .execute((transfer.id, transfer.attempt))?;
    Ok(Some(transfer))
}

/// What the row of an image says about its object and its original.
struct FoundOriginal {
    key: String,
    is_stored: bool,
    original: ClaimedOriginal,
}

fn original_of(
    connection: &Connection,
    id: &ImageId,
    kind: ImageKind,
) -> Result<Option<FoundOriginal>, CatalogError> {
    let sql = format!(
        "SELECT sha256, md5, content_type, r2_key, stored_at IS NOT NULL FROM {} WHERE id = ?1",
        table(kind)
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query([id])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    Ok(Some(FoundOriginal {
        key: row.get(3)?,
        is_stored: row.get(4)?,
        original: ClaimedOriginal {
            sha256: checksum(row, 0)?,
            md5: md5(row, 1),
            format: row.get::<_, ImageFormat>(2)?,
        },
    }))
}

impl Catalog {
    /// Marks up to `limit` due transfers as running and returns them. If one of them is a
    /// deletion, more due deletions join it, up to `deletions` in all, because they go
    /// out in one request. The marks are committed before any request is sent. An image
    /// whose object is about to be deleted no longer counts as stored.
    ///
    /// A transfer that waits until after `latest` was postponed by a wrong clock. It
    /// becomes due now.
    pub async fn claim_transfers(
        &self,
        now: UnixMs,
        latest: UnixMs,
        limit: u32,
        deletions: u32,
    ) -> Result<Vec<ClaimedTransfer>, CatalogError> {
        self.write(move |connection| {
            #[cfg(test)]
            super::plans::note(TOO_LATE);
            connection.prepare_cached(TOO_LATE)?.execute([now.0, latest.0])?;
            let mut claimed = Vec::new();
            // Transfers that are no longer needed make room for others. If the loop
            // stopped after the first round, the others would be due and nothing would
            // wait for them.
            while claimed.is_empty() {
                let found = due(connection, DUE, now, limit)?;
                if found.is_empty() {
                    break;
                }
                claimed = found.claim(connection)?;
            }
            let found = claimed.iter().filter(|transfer| transfer.operation == Operation::Delete).count();
            let more = deletions.saturating_sub(u32::try_from(found).unwrap_or(u32::MAX));
            if found > 0 && more > 0 {
                claimed.extend(due(connection, DUE_DELETIONS, now, more)?.claim(connection)?);
            }
            Ok(claimed)
        })
        .await
    }
}
