//! Writes rows of `transfers` on behalf of other changes, inside their
//! transactions.

use super::CatalogError;
use super::shared_columns::table;
use crate::model::{ImageId, ImageKind, Operation, TransferProblem, TransferState, UnixMs};
use rusqlite::{Connection, OptionalExtension, Row, params};

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
