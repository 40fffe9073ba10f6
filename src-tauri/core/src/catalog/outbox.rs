//! Writes rows of `transfers` on behalf of other changes, inside their
//! transactions.

use super::CatalogError;
use super::shared_columns::table;
use crate::model::{ImageId, ImageKind, ObjectKey, Operation, TransferProblem, TransferState, UnixMs};
use rusqlite::{Connection, OptionalExtension, Row, params};

/// The most former keys of one image from which its object is copied or its original is fetched.
const MAX_FORMER: u32 = 8;

/// The state of the newest transfer of a key.
pub(super) struct Newest {
    pub(super) state: TransferState,
    pub(super) problem: Option<TransferProblem>,
}

/// Reads the problem of a transfer from its code and message columns.
pub(super) fn problem(row: &Row<'_>, code: usize, words: usize) -> rusqlite::Result<Option<TransferProblem>> {
    let Some(code) = row.get(code)? else { return Ok(None) };
    Ok(Some(TransferProblem { code, message: row.get::<_, Option<String>>(words)?.unwrap_or_default() }))
}

/// Queues the upload of an image that was just imported.
pub(super) fn queue_put(
    connection: &Connection,
    kind: ImageKind,
    id: &ImageId,
    now: UnixMs,
) -> Result<(), CatalogError> {
    queue(connection, Operation::Put, kind, id, now)
}

/// Queues a transfer of an image's object, after any transfers that its key
/// still has.
pub(super) fn queue(
    connection: &Connection,
    operation: Operation,
    kind: ImageKind,
    id: &ImageId,
    now: UnixMs,
) -> Result<(), CatalogError> {
    let sql = format!(
        "INSERT INTO transfers (operation, r2_key, image_id, kind, owner_id, filename, size_bytes, state, created_at)
         SELECT ?2, r2_key, id, ?3, owner_id, filename, size_bytes, 'queued', ?4 FROM {} WHERE id = ?1",
        table(kind)
    );
    connection.prepare_cached(&sql)?.execute(params![id, operation, kind, now])?;
    Ok(())
}

/// Cancels the transfers of a key that are not running. Returns whether any
/// transfer of this operation was ever tried, so that it may have reached the
/// bucket or still can.
pub(super) fn cancel_idle(
    connection: &Connection,
    key: &str,
    operation: Operation,
) -> Result<bool, CatalogError> {
    let tried: bool = connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM transfers WHERE r2_key = ?1 AND operation = ?2 AND attempts > 0)",
        )?
        .query_row((key, operation), |row| row.get(0))?;
    connection
        .prepare_cached("DELETE FROM transfers WHERE r2_key = ?1 AND operation = ?2 AND state <> 'active'")?
        .execute((key, operation))?;
    Ok(tried)
}

/// Makes the parked deletions of an image's object due again, under its key and its former keys.
pub(super) fn unpark_deletions(connection: &Connection, key: &str) -> Result<(), CatalogError> {
    connection
        .prepare_cached(
            "UPDATE transfers SET state = 'queued', not_before = 0, problem_code = NULL, problem = NULL
             WHERE (r2_key = ?1 OR waits_for = ?1) AND operation = 'delete' AND state = 'parked'",
        )?
        .execute([key])?;
    Ok(())
}

/// Counts the transfers of a key as tried, because their object may already
/// exist.
pub(super) fn mark_tried(
    connection: &Connection,
    key: &str,
    operation: Operation,
) -> Result<(), CatalogError> {
    connection
        .prepare_cached(
            "UPDATE transfers SET attempts = 1 WHERE r2_key = ?1 AND operation = ?2 AND attempts = 0",
        )?
        .execute((key, operation))?;
    Ok(())
}

/// Says whether a key has a transfer of this operation, in any state.
pub(super) fn pending(
    connection: &Connection,
    key: &str,
    operation: Operation,
) -> Result<bool, CatalogError> {
    Ok(connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM transfers WHERE r2_key = ?1 AND operation = ?2)")?
        .query_row((key, operation), |row| row.get(0))?)
}

/// Returns the newest transfer of a key; `None` if it has none.
pub(super) fn newest(
    connection: &Connection,
    key: &str,
    operation: Operation,
) -> Result<Option<Newest>, CatalogError> {
    Ok(connection
        .prepare_cached(
            "SELECT state, problem_code, problem FROM transfers
             WHERE r2_key = ?1 AND operation = ?2 ORDER BY id DESC LIMIT 1",
        )?
        .query_row((key, operation), |row| Ok(Newest { state: row.get(0)?, problem: problem(row, 1, 2)? }))
        .optional()?)
}

pub(super) fn drop_row(connection: &Connection, id: i64) -> Result<(), CatalogError> {
    connection.prepare_cached("DELETE FROM transfers WHERE id = ?1")?.execute([id])?;
    Ok(())
}

/// Queues the deletion of an object under a former key of an image, after the upload under its current key.
/// If a deletion of that object is pending already, it waits from now on.
pub(super) fn delete_former(
    connection: &Connection,
    kind: ImageKind,
    id: &ImageId,
    former: &ObjectKey,
    key: &ObjectKey,
    may_exist: bool,
    now: UnixMs,
) -> Result<(), CatalogError> {
    // What waited for the former key waits for the new one, which may be copied from there as well.
    connection
        .prepare_cached("UPDATE transfers SET waits_for = ?2 WHERE waits_for = ?1")?
        .execute([former, key])?;
    let pending = connection
        .prepare_cached("UPDATE transfers SET waits_for = ?2 WHERE r2_key = ?1 AND operation = 'delete'")?
        .execute([former, key])?;
    if pending > 0 || !may_exist {
        return Ok(());
    }
    let sql = format!(
        "INSERT INTO transfers (operation, r2_key, image_id, kind, owner_id, filename, size_bytes, state,
             created_at, waits_for)
         SELECT 'delete', ?2, id, ?3, owner_id, filename, size_bytes, 'queued', ?4, r2_key
         FROM {} WHERE id = ?1",
        table(kind)
    );
    connection.prepare_cached(&sql)?.execute(params![id, former, kind, now])?;
    Ok(())
}

/// Returns the former keys of the image with this key under which the bucket may still have its object, the
/// newest first.
pub(super) fn former_keys(connection: &Connection, key: &ObjectKey) -> Result<Vec<ObjectKey>, CatalogError> {
    let mut statement = connection.prepare_cached(
        "SELECT r2_key FROM transfers WHERE waits_for = ?1 AND operation = 'delete' ORDER BY id DESC LIMIT ?2",
    )?;
    let mut rows = statement.query(params![key, MAX_FORMER])?;
    let mut keys = Vec::new();
    while let Some(row) = rows.next()? {
        keys.push(row.get::<_, ObjectKey>(0)?);
    }
    Ok(keys)
}

/// Says whether this key was replaced by another one, and its object has not been deleted yet.
pub(super) fn was_replaced(connection: &Connection, key: &ObjectKey) -> Result<bool, CatalogError> {
    Ok(connection
        .prepare_cached(
            "SELECT 1 FROM transfers WHERE r2_key = ?1 AND operation = 'delete' AND waits_for IS NOT NULL",
        )?
        .query_row([key], |_| Ok(()))
        .optional()?
        .is_some())
}
