//! Rows of `transfers` as other changes write them, inside their transactions.

use super::CatalogError;
use super::shared_columns::table;
use crate::model::{ImageId, ImageKind, Operation, TransferProblem, TransferProblemCode, UnixMs};
use rusqlite::{Connection, OptionalExtension, Row, params};

/// Where the newest transfer of a key stands.
pub(super) struct Newest {
    pub(super) state: String,
    pub(super) problem: Option<TransferProblem>,
}

pub(super) fn operation_name(operation: Operation) -> &'static str {
    match operation {
        Operation::Put => "put",
        Operation::Delete => "delete",
    }
}

pub(super) fn problem(code: Option<String>, message: Option<String>) -> Option<TransferProblem> {
    let code = TransferProblemCode::from_name(&code?)?;
    Some(TransferProblem { code, message: message.unwrap_or_default() })
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
    connection.prepare_cached(&sql)?.execute(params![
        id.as_str(),
        operation_name(operation),
        kind.as_str(),
        now.0
    ])?;
    Ok(())
}

/// Takes back transfers of a key that do not run now. Says whether any of them
/// may have reached the bucket already, or still can.
pub(super) fn cancel_idle(
    connection: &Connection,
    key: &str,
    operation: Operation,
) -> Result<bool, CatalogError> {
    let operation = operation_name(operation);
    let tried: bool = connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM transfers WHERE r2_key = ?1 AND operation = ?2 AND attempts > 0)",
        )?
        .query_row([key, operation], |row| row.get(0))?;
    connection
        .prepare_cached("DELETE FROM transfers WHERE r2_key = ?1 AND operation = ?2 AND state <> 'active'")?
        .execute([key, operation])?;
    Ok(tried)
}

/// Makes parked transfers of a key due again.
pub(super) fn unpark(connection: &Connection, key: &str, operation: Operation) -> Result<(), CatalogError> {
    connection
        .prepare_cached(
            "UPDATE transfers SET state = 'queued', not_before = 0, problem_code = NULL, problem = NULL
             WHERE r2_key = ?1 AND operation = ?2 AND state = 'parked'",
        )?
        .execute([key, operation_name(operation)])?;
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
        .execute([key, operation_name(operation)])?;
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
        .query_row([key, operation_name(operation)], |row| row.get(0))?)
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
        .query_row([key, operation_name(operation)], |row| {
            Ok(Newest { state: row.get(0)?, problem: problem(row.get(1)?, row.get(2)?) })
        })
        .optional()?)
}

pub(super) fn kind(row: &Row<'_>, column: usize) -> Result<ImageKind, CatalogError> {
    let name: String = row.get(column)?;
    ImageKind::from_name(&name).ok_or_else(|| CatalogError::Invalid(format!("the catalog has kind {name}")))
}

pub(super) fn operation(row: &Row<'_>, column: usize) -> Result<Operation, CatalogError> {
    let name: String = row.get(column)?;
    match name.as_str() {
        "put" => Ok(Operation::Put),
        "delete" => Ok(Operation::Delete),
        _ => Err(CatalogError::Invalid(format!("the catalog has a transfer that is to {name}"))),
    }
}

pub(super) fn drop_row(connection: &Connection, id: i64) -> Result<(), CatalogError> {
    connection.prepare_cached("DELETE FROM transfers WHERE id = ?1")?.execute([id])?;
    Ok(())
}
