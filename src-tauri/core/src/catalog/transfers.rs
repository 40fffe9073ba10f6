//! Table `transfers`, the outbox: intents to put or delete one object. A row
//! exists before its request and goes away when the bucket confirmed it.

use super::images::{fixed, format, table};
use super::{Catalog, CatalogError};
use crate::model::{
    Bytes, ImageFormat, ImageId, ImageKind, ObjectKey, Operation, Transfer, TransferProblem,
    TransferProblemCode, TransferState, UnixMs,
};
use rusqlite::{Connection, OptionalExtension, Row, params};

/// A transfer that was marked as running, with what it needs to run.
#[derive(Debug, Clone)]
pub struct ClaimedTransfer {
    /// Row id.
    pub id: i64,
    /// What to do.
    pub operation: Operation,
    /// To which object.
    pub key: ObjectKey,
    /// For which image.
    pub image_id: ImageId,
    /// Of which table.
    pub kind: ImageKind,
    /// This attempt, from 1.
    pub attempt: u32,
    /// Of the original.
    pub size_bytes: u64,
    /// What the image is made of; `None` when it is gone for good.
    pub original: Option<ClaimedOriginal>,
}

/// The bytes an object holds.
#[derive(Debug, Clone)]
pub struct ClaimedOriginal {
    /// Names the file, and is checked by the bucket.
    pub sha256: [u8; 32],
    /// Checked by the bucket.
    pub md5: [u8; 16],
    /// Decides extension and media type.
    pub format: ImageFormat,
}

/// A running transfer that did not work.
#[derive(Debug, Clone)]
pub struct PutBack {
    /// Row id.
    pub id: i64,
    /// When it is tried again; `None` parks it.
    pub not_before: Option<UnixMs>,
    /// What was wrong with it, or with all.
    pub problem: Option<TransferProblem>,
}

/// What a person asked of the transfers, in whichever process.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TransferWishes {
    /// Nothing new is to start.
    pub paused: bool,
    /// Changes whenever someone asks to try again.
    pub asked_again: Option<String>,
}

const PAUSED: &str = "transfers_paused";
const ASKED_AGAIN: &str = "transfers_asked_again";

/// The outbox in numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct QueueCounts {
    /// Queued rows.
    pub waiting: u32,
    /// Running rows.
    pub active: u32,
    /// Parked rows.
    pub parked: u32,
    /// Bytes of puts that wait or run.
    pub bytes: u64,
}

/// Where the newest transfer of a key stands.
pub(super) struct Newest {
    pub(super) state: String,
    pub(super) problem: Option<TransferProblem>,
}

fn operation_name(operation: Operation) -> &'static str {
    match operation {
        Operation::Put => "put",
        Operation::Delete => "delete",
    }
}

fn problem(code: Option<String>, message: Option<String>) -> Option<TransferProblem> {
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

fn kind(row: &Row<'_>, column: usize) -> Result<ImageKind, CatalogError> {
    let name: String = row.get(column)?;
    ImageKind::from_name(&name).ok_or_else(|| CatalogError::Invalid(format!("the catalog has kind {name}")))
}

fn operation(row: &Row<'_>, column: usize) -> Result<Operation, CatalogError> {
    let name: String = row.get(column)?;
    match name.as_str() {
        "put" => Ok(Operation::Put),
        "delete" => Ok(Operation::Delete),
        _ => Err(CatalogError::Invalid(format!("the catalog has a transfer that is to {name}"))),
    }
}

/// Only the oldest row of a key may run: put, delete and put again of one image
/// end as they were asked for. Those that waited longest come first.
pub(super) const DUE: &str = "
    SELECT t.id, t.operation, t.r2_key, t.image_id, t.kind, t.attempts, t.size_bytes FROM transfers t
    WHERE t.state = 'queued' AND t.not_before <= ?1
    AND NOT EXISTS (SELECT 1 FROM transfers e WHERE e.r2_key = t.r2_key AND e.id < t.id)
    ORDER BY t.not_before, t.id LIMIT ?2";
pub(super) const DUE_DELETIONS: &str = "
    SELECT t.id, t.operation, t.r2_key, t.image_id, t.kind, t.attempts, t.size_bytes FROM transfers t
    WHERE t.state = 'queued' AND t.not_before <= ?1 AND t.operation = 'delete'
    AND NOT EXISTS (SELECT 1 FROM transfers e WHERE e.r2_key = t.r2_key AND e.id < t.id)
    ORDER BY t.not_before, t.id LIMIT ?2";

pub(super) const TOO_LATE: &str =
    "UPDATE transfers SET not_before = ?1 WHERE state = 'queued' AND not_before > ?2";
pub(super) const NEXT: &str =
    "SELECT min(not_before) FROM transfers WHERE state = 'queued' AND not_before >= ?1";
pub(super) const LIST: &str = "
    SELECT id, operation, image_id, filename, attempts, size_bytes, problem_code, problem, not_before
    FROM transfers WHERE state = ?1 ORDER BY id LIMIT ?2";
pub(super) const COUNTS: &str = "
    SELECT state, count(*), coalesce(sum(CASE operation WHEN 'put' THEN size_bytes END), 0)
    FROM transfers GROUP BY state";

fn due(connection: &Connection, sql: &'static str, now: UnixMs, limit: u32) -> Result<Due, CatalogError> {
    #[cfg(test)]
    super::plans::note(sql);
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params![now.0, limit])?;
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

/// What is due, and what cannot be read of it.
struct Due {
    found: Vec<ClaimedTransfer>,
    damaged: Vec<(i64, CatalogError)>,
}

impl Due {
    fn is_empty(&self) -> bool {
        self.found.is_empty() && self.damaged.is_empty()
    }

    /// Marks transfers as running, and puts those aside of which the catalog
    /// does not know any more what they are.
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
                .execute(params![id, TransferProblemCode::RowDamaged.as_str(), error.to_string()])?;
        }
        Ok(claimed)
    }
}

fn due_row(row: &Row<'_>) -> Result<ClaimedTransfer, CatalogError> {
    Ok(ClaimedTransfer {
        id: row.get(0)?,
        operation: operation(row, 1)?,
        key: ObjectKey::parse(&row.get::<_, String>(2)?)?,
        image_id: ImageId::parse(&row.get::<_, String>(3)?)?,
        kind: kind(row, 4)?,
        attempt: row.get::<_, u32>(5)?.saturating_add(1),
        size_bytes: row.get::<_, i64>(6)?.unsigned_abs(),
        original: None,
    })
}

fn listed(row: &Row<'_>, state: TransferState) -> Result<Transfer, CatalogError> {
    let not_before: i64 = row.get(8)?;
    Ok(Transfer {
        id: row.get(0)?,
        operation: operation(row, 1)?,
        image_id: ImageId::parse(&row.get::<_, String>(2)?)?,
        filename: row.get(3)?,
        state,
        attempts: row.get(4)?,
        size_bytes: Bytes(row.get::<_, i64>(5)?.unsigned_abs()),
        bytes_done: Bytes(0),
        problem: problem(row.get(6)?, row.get(7)?),
        next_attempt_at: (state == TransferState::Queued && not_before > 0).then_some(UnixMs(not_before)),
    })
}

/// Marks a transfer as running, unless nobody wants it any more.
fn claim(
    connection: &Connection,
    mut transfer: ClaimedTransfer,
) -> Result<Option<ClaimedTransfer>, CatalogError> {
    transfer.original = original(connection, &transfer)?;
    match transfer.operation {
        Operation::Put if transfer.original.is_none() => {
            // Its image is gone for good.
            drop_row(connection, transfer.id)?;
            return Ok(None);
        }
        Operation::Put => {}
        Operation::Delete => {
            let sql = format!("UPDATE {} SET stored_at = NULL WHERE id = ?1", table(transfer.kind));
            connection.prepare_cached(&sql)?.execute([transfer.image_id.as_str()])?;
        }
    }
    connection
        .prepare_cached("UPDATE transfers SET state = 'active', attempts = ?2 WHERE id = ?1")?
        .execute((transfer.id, transfer.attempt))?;
    Ok(Some(transfer))
}

fn original(
    connection: &Connection,
    claimed: &ClaimedTransfer,
) -> Result<Option<ClaimedOriginal>, CatalogError> {
    let sql = format!("SELECT sha256, md5, content_type, r2_key FROM {} WHERE id = ?1", table(claimed.kind));
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query([claimed.image_id.as_str()])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    if row.get_ref(3)?.as_bytes().ok() != Some(claimed.key.as_str().as_bytes()) {
        return Err(CatalogError::Invalid(
            "a transfer and its image have different keys in the catalog".into(),
        ));
    }
    Ok(Some(ClaimedOriginal { sha256: fixed(row, 0)?, md5: fixed(row, 1)?, format: format(row, 2)? }))
}

fn drop_row(connection: &Connection, id: i64) -> Result<(), CatalogError> {
    connection.prepare_cached("DELETE FROM transfers WHERE id = ?1")?.execute([id])?;
    Ok(())
}

/// Ends a transfer if a later one of its key waits.
fn give_way(connection: &Connection, id: i64) -> Result<bool, CatalogError> {
    let later = connection
        .prepare_cached(
            "UPDATE transfers SET attempts = max(attempts, 1)
             WHERE id > ?1 AND r2_key = (SELECT r2_key FROM transfers WHERE id = ?1)",
        )?
        .execute([id])?;
    if later > 0 {
        drop_row(connection, id)?;
    }
    Ok(later > 0)
}

impl Catalog {
    /// Marks up to `limit` transfers that are due as running, and returns them.
    /// When one of them is a deletion, more deletions that are due join it, up
    /// to `deletions` in all: they go in one request. Committed before any
    /// request is sent. An image whose object is about to be deleted no longer
    /// counts as stored.
    ///
    /// What is to wait until after `latest` was put back by a clock that was
    /// wrong, and is due now.
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
            // Those that nobody wants any more make room for others: left over,
            // these would be due, and nobody would wait for them.
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

    /// Ends transfers the bucket confirmed, in one transaction.
    pub async fn confirm_transfers(
        &self,
        done: Vec<ClaimedTransfer>,
        now: UnixMs,
    ) -> Result<(), CatalogError> {
        self.write(move |connection| {
            for transfer in &done {
                if transfer.operation == Operation::Put {
                    let sql = format!("UPDATE {} SET stored_at = ?2 WHERE id = ?1", table(transfer.kind));
                    connection.prepare_cached(&sql)?.execute(params![transfer.image_id.as_str(), now.0])?;
                }
                drop_row(connection, transfer.id)?;
            }
            Ok(())
        })
        .await
    }

    /// Puts running transfers back or aside, in one transaction. One that would
    /// be put aside while a later one of its key waits is over instead: it is
    /// the later one that is wanted now, and it knows that this one was tried.
    pub async fn put_back_transfers(&self, transfers: Vec<PutBack>) -> Result<(), CatalogError> {
        self.write(move |connection| {
            let mut statement = connection.prepare_cached(
                "UPDATE transfers SET state = ?2, not_before = ?3, problem_code = ?4, problem = ?5 WHERE id = ?1",
            )?;
            for PutBack { id, not_before, problem } in transfers {
                if not_before.is_none() && give_way(connection, id)? {
                    continue;
                }
                let state = if not_before.is_some() { "queued" } else { "parked" };
                let (code, text) = problem.map(|p| (p.code.as_str(), p.message)).unzip();
                let not_before = not_before.map_or(0, |moment| moment.0);
                statement.execute(params![id, state, not_before, code, text])?;
            }
            Ok(())
        })
        .await
    }

    /// Queues again what a process that is gone left running. Only the holder
    /// of the transfer lock may call it.
    pub async fn release_interrupted(&self) -> Result<(), CatalogError> {
        self.write(|connection| {
            connection.execute("UPDATE transfers SET state = 'queued' WHERE state = 'active'", [])?;
            Ok(())
        })
        .await
    }

    /// Starts no new transfers, or goes on, in whichever process transfers.
    pub async fn set_transfers_paused(&self, paused: bool) -> Result<(), CatalogError> {
        self.set_setting(PAUSED, paused.to_string()).await
    }

    /// Returns what was asked of the transfers.
    pub async fn transfer_wishes(&self) -> Result<TransferWishes, CatalogError> {
        let (paused, asked_again) = (self.setting(PAUSED).await?, self.setting(ASKED_AGAIN).await?);
        Ok(TransferWishes { paused: paused.as_deref() == Some("true"), asked_again })
    }

    /// Has the process that transfers try again what it holds.
    pub async fn ask_again(&self, now: UnixMs) -> Result<(), CatalogError> {
        self.set_setting(ASKED_AGAIN, now.0.to_string()).await
    }

    /// Makes parked and waiting transfers due now: those named, or all.
    pub async fn retry_transfers(&self, ids: Option<Vec<i64>>) -> Result<Vec<i64>, CatalogError> {
        self.write(move |connection| {
            const RETRY: &str = "UPDATE transfers SET state = 'queued', not_before = 0, problem_code = NULL,
                                 problem = NULL WHERE state <> 'active'";
            let mut unknown = Vec::new();
            match ids {
                None => {
                    connection.execute(RETRY, [])?;
                }
                Some(ids) => {
                    let mut retry = connection.prepare_cached(&format!("{RETRY} AND id = ?1"))?;
                    let mut find =
                        connection.prepare_cached("SELECT EXISTS (SELECT 1 FROM transfers WHERE id = ?1)")?;
                    for id in ids {
                        // One that runs is tried already.
                        let is_there =
                            retry.execute([id])? > 0 || find.query_row([id], |row| row.get::<_, bool>(0))?;
                        if !is_there {
                            unknown.push(id);
                        }
                    }
                }
            }
            Ok(unknown)
        })
        .await
    }

    /// Puts an upload that does not run now aside, until it is retried.
    pub async fn cancel_transfer(&self, id: i64) -> Result<(), CatalogError> {
        self.write(move |connection| {
            let operation: Option<String> = connection
                .prepare_cached("SELECT operation FROM transfers WHERE id = ?1 AND state <> 'active'")?
                .query_row([id], |row| row.get(0))
                .optional()?;
            match operation.as_deref() {
                None => Err(CatalogError::NotFound("waiting transfer")),
                Some("delete") => Err(CatalogError::Invalid(
                    "a deletion is taken back by restoring the image from the trash".into(),
                )),
                Some(_) => {
                    let code = TransferProblemCode::Cancelled.as_str();
                    connection
                        .prepare_cached(
                            "UPDATE transfers SET state = 'parked', problem_code = ?2,
                             problem = 'It was cancelled.' WHERE id = ?1",
                        )?
                        .execute(params![id, code])?;
                    Ok(())
                }
            }
        })
        .await
    }

    /// Returns the outbox in numbers.
    pub async fn queue_counts(&self) -> Result<QueueCounts, CatalogError> {
        self.read(|connection| {
            let mut counts = QueueCounts::default();
            let mut statement = connection.prepare_cached(COUNTS)?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let (state, rows, bytes): (String, u32, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
                match state.as_str() {
                    "queued" => counts.waiting = rows,
                    "active" => counts.active = rows,
                    _ => counts.parked = rows,
                }
                if state != "parked" {
                    counts.bytes += bytes.unsigned_abs();
                }
            }
            Ok(counts)
        })
        .await
    }

    /// Says whether any transfer waits.
    pub async fn has_waiting_transfers(&self) -> Result<bool, CatalogError> {
        self.read(|connection| {
            Ok(connection
                .prepare_cached("SELECT EXISTS (SELECT 1 FROM transfers WHERE state = 'queued')")?
                .query_row([], |row| row.get(0))?)
        })
        .await
    }

    /// Returns the earliest moment from `from` on at which a waiting transfer
    /// is due.
    pub async fn next_transfer_at(&self, from: UnixMs) -> Result<Option<UnixMs>, CatalogError> {
        self.read(move |connection| {
            #[cfg(test)]
            super::plans::note(NEXT);
            let next: Option<i64> = connection.prepare_cached(NEXT)?.query_row([from.0], |row| row.get(0))?;
            Ok(next.map(UnixMs))
        })
        .await
    }

    /// Returns transfers: running ones first, then parked, then by age.
    pub async fn transfers(&self, limit: u32) -> Result<Vec<Transfer>, CatalogError> {
        self.read(move |connection| {
            let mut found = Vec::new();
            for (state, name) in [
                (TransferState::Active, "active"),
                (TransferState::Parked, "parked"),
                (TransferState::Queued, "queued"),
            ] {
                let left = limit.saturating_sub(u32::try_from(found.len()).unwrap_or(u32::MAX));
                #[cfg(test)]
                super::plans::note(LIST);
                let mut statement = connection.prepare_cached(LIST)?;
                let mut rows = statement.query(params![name, left])?;
                while let Some(row) = rows.next()? {
                    match listed(row, state) {
                        Ok(transfer) => found.push(transfer),
                        // It is put aside when its turn comes, and counted.
                        Err(error) if error.is_of_one_row() => {
                            tracing::error!(%error, "a transfer cannot be read");
                        }
                        Err(error) => return Err(error),
                    }
                }
            }
            Ok(found)
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMs = UnixMs(1_000_000);

    async fn a_catalog(folder: &std::path::Path) -> (Catalog, Connection) {
        let path = folder.join("catalog.db");
        let catalog = Catalog::open(&path).unwrap();
        catalog.queue_counts().await.unwrap();
        (catalog, Connection::open(&path).unwrap())
    }

    /// Queues transfers of images that the catalog does not have.
    fn queue_strays(connection: &Connection, operation: &str, count: u32, not_before: i64) {
        for number in 0..count {
            let key = format!("generated/ana/1-{operation}{number:029x}.png");
            let sql =
                "INSERT INTO transfers (operation, r2_key, image_id, kind, owner_id, filename, size_bytes,
                                              state, not_before, created_at)
                       VALUES (?1, ?2, ?3, 'generated', 'ana', 'a.png', 1, 'queued', ?4, 1)";
            let id = ImageId::generate();
            connection.execute(sql, params![operation, key, id.as_str(), not_before]).unwrap();
        }
    }

    #[tokio::test]
    async fn transfers_that_nobody_wants_any_more_do_not_hide_the_one_behind_them() {
        let folder = tempfile::tempdir().unwrap();
        let (catalog, connection) = a_catalog(folder.path()).await;
        // Uploads of images that are gone for good, and one deletion that counts.
        queue_strays(&connection, "put", 5, 0);
        queue_strays(&connection, "delete", 1, 0);
        let claimed = catalog.claim_transfers(NOW, NOW, 1, 1).await.unwrap();
        assert_eq!(claimed.len(), 1);
        assert_eq!(claimed[0].operation, Operation::Delete);
        assert_eq!(catalog.queue_counts().await.unwrap().waiting, 0);
    }

    #[tokio::test]
    async fn transfers_that_cannot_be_read_are_put_aside_and_touch_no_object_and_the_rest_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let (catalog, connection) = a_catalog(folder.path()).await;
        connection.execute_batch("PRAGMA ignore_check_constraints = ON").unwrap();
        let damages = [
            "operation = 'dulete'",
            "r2_key = 'not a key'",
            "image_id = 'no id'",
            "kind = 'postcard'",
            "attempts = -1",
        ];
        queue_strays(&connection, "delete", 6, 0);
        for (id, damage) in (1_i64..).zip(damages) {
            let sql = format!("UPDATE transfers SET {damage} WHERE id = ?1");
            connection.execute(&sql, [id]).unwrap();
        }
        let claimed = catalog.claim_transfers(NOW, NOW, 3, 3).await.unwrap();
        assert_eq!(claimed.iter().map(|transfer| transfer.id).collect::<Vec<_>>(), [6]);
        let counts = catalog.queue_counts().await.unwrap();
        assert_eq!((counts.waiting, counts.active, counts.parked), (0, 1, 5));
        let named = catalog.transfers(10).await.unwrap();
        let code = TransferProblemCode::RowDamaged;
        assert!(named[1..].iter().all(|transfer| transfer.problem.as_ref().unwrap().code == code));
    }

    #[tokio::test]
    async fn what_a_wrong_clock_put_off_is_due_and_what_just_failed_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let (catalog, connection) = a_catalog(folder.path()).await;
        let latest = NOW.plus_ms(900_000);
        queue_strays(&connection, "delete", 1, latest.0);
        assert!(catalog.claim_transfers(NOW, latest, 4, 4).await.unwrap().is_empty());
        assert_eq!(catalog.next_transfer_at(NOW).await.unwrap(), Some(latest));
        connection.execute("UPDATE transfers SET not_before = ?1", [latest.0 + 1]).unwrap();
        assert_eq!(catalog.claim_transfers(NOW, latest, 4, 4).await.unwrap().len(), 1);
    }
}
