//! Rows of `transfers` as other changes write them, inside their transactions.

use super::CatalogError;
use super::shared_columns::table;
use crate::model::{ImageId, ImageKind, Operation, TransferProblem, TransferState, UnixMs};
use rusqlite::{Connection, OptionalExtension, Row, params};

/// Where the newest transfer of a key stands.
pub(super) struct Newest {
    pub(super) state: TransferState,
    pub(super) problem: Option<TransferProblem>,
}

/// Reads the problem of a transfer from its code and its words.
pub(super) fn problem(row: &Row<'_>, code: usize, words: usize) -> rusqlite::Result<Option<TransferProblem>> {
    let Some(code) = row.get(code)? else { return Ok(None) };
    Ok(Some(TransferProblem { code, message: row.get::<_, Option<String>>(words)?.unwrap_or_default() }))
}

/// Queues the upload of an image that was just taken in.
pub(super) fn queue_put(
    connection: &Connection,
    kind: ImageKind,
    id: &ImageId,
    now: UnixMs,
) -> Result<(), CatalogError> {
    queue(connection, Operation::Put, kind, id, now)
}

/// Queues a transfer of an image's object, behind whatever the key still has.
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

/// Takes back transfers of a key that do not run now. Says whether any of them
/// may have reached the bucket already, or still can.
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

/// Makes parked transfers of a key due again.
pub(super) fn unpark(connection: &Connection, key: &str, operation: Operation) -> Result<(), CatalogError> {
    connection
        .prepare_cached(
            "UPDATE transfers SET state = 'queued', not_before = 0, problem_code = NULL, problem = NULL
             WHERE r2_key = ?1 AND operation = ?2 AND state = 'parked'",
        )?
        .execute((key, operation))?;
    Ok(())
}

/// Counts transfers of a key as tried: their object may be there already.
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

/// Says whether a key has a transfer of this kind, in any state.
pub(super) fn pending(
    connection: &Connection,
    key: &str,
    operation: Operation,
) -> Result<bool, CatalogError> {
    Ok(connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM transfers WHERE r2_key = ?1 AND operation = ?2)")?
        .query_row((key, operation), |row| row.get(0))?)
}

/// Returns the newest transfer of a key.
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
