//! Table `transfers`, the outbox: intents to put or delete one object. A row
//! exists before its request, and is deleted when the bucket has confirmed it.

use super::claims::{ClaimedObject, ClaimedTransfer};
use super::outbox::{drop_row, problem};
use super::purges::Noting;
use super::shared_columns::table;
use super::{Catalog, CatalogError, feed_files, feed_outbox, feed_settings};
use crate::model::{
    Bytes, ImageId, ORIGINAL_CACHE_CONTROL, Operation, Transfer, TransferProblem, TransferProblemCode,
    TransferState, UnixMs,
};
use rusqlite::{Connection, OptionalExtension, Row, params};

/// A running transfer that failed.
#[derive(Debug, Clone)]
pub struct PutBack {
    /// The row id.
    pub id: i64,
    /// When it is tried again; `None` parks it.
    pub not_before: Option<UnixMs>,
    /// The problem of this transfer or of all transfers; `None` if there is none
    /// to report.
    pub problem: Option<TransferProblem>,
    /// The revision of the feed for which a feed file was claimed; `None` for other transfers.
    pub revision: Option<i64>,
}

/// What a person requested of the transfers, in any process.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TransferWishes {
    /// Whether no new transfers may start.
    pub paused: bool,
    /// A text that changes with each request for a retry; `None` before the
    /// first.
    pub asked_again: Option<String>,
}

const PAUSED: &str = "transfers_paused";
const ASKED_AGAIN: &str = "transfers_asked_again";

/// The counts of the outbox.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct QueueCounts {
    /// The number of queued rows.
    pub waiting: u32,
    /// The number of running rows.
    pub active: u32,
    /// The number of parked rows.
    pub parked: u32,
    /// The bytes of all uploads that are queued or running.
    pub bytes: u64,
    /// The number of queued and running uploads of originals.
    pub originals: u32,
    /// The number of queued and running uploads of feed files.
    pub feed_files: u32,
}

pub(super) const NEXT: &str =
    "SELECT min(not_before) FROM transfers WHERE state = 'queued' AND not_before >= ?1";
pub(super) const LIST: &str = "
    SELECT id, operation, image_id, filename, attempts, size_bytes, problem_code, problem, not_before,
        kind IS NULL
    FROM transfers WHERE state = ?1 ORDER BY id LIMIT ?2";
pub(super) const COUNTS: &str = "
    SELECT state, count(*), coalesce(sum(CASE operation WHEN 'put' THEN size_bytes END), 0),
        coalesce(sum(operation = 'put' AND kind IS NOT NULL), 0),
        coalesce(sum(operation = 'put' AND kind IS NULL), 0)
    FROM transfers GROUP BY state";

fn listed(row: &Row<'_>, state: TransferState) -> Result<Transfer, CatalogError> {
    let not_before: i64 = row.get(8)?;
    Ok(Transfer {
        id: row.get(0)?,
        operation: row.get(1)?,
        image_id: row.get::<_, Option<ImageId>>(2)?,
        is_feed_file: row.get(9)?,
        filename: row.get(3)?,
        state,
        attempts: row.get(4)?,
        size_bytes: Bytes(row.get::<_, i64>(5)?.unsigned_abs()),
        bytes_done: Bytes(0),
        problem: problem(row, 6, 7)?,
        next_attempt_at: (state == TransferState::Queued && not_before > 0).then_some(UnixMs(not_before)),
    })
}

/// Ends a transfer if a later one of its key is waiting. Returns whether it
/// ended.
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
    /// Ends transfers that the bucket confirmed, in one transaction.
    pub async fn confirm_transfers(
        &self,
        done: Vec<ClaimedTransfer>,
        now: UnixMs,
    ) -> Result<(), CatalogError> {
        self.write(move |connection| {
            let mut caches = Noting::begin(connection, now)?;
            for transfer in &done {
                match &transfer.object {
                    ClaimedObject::FeedFile { .. } => {
                        let confirmed = feed_outbox::Confirmed {
                            id: transfer.id,
                            operation: transfer.operation,
                            key: &transfer.key,
                            size_bytes: transfer.size_bytes,
                        };
                        feed_outbox::confirm(connection, &confirmed, now, &mut caches)?;
                    }
                    ClaimedObject::Image { id, kind, .. } if transfer.operation == Operation::Put => {
                        // If the image got a new link meanwhile, this object is under its former key.
                        let sql = format!(
                            "UPDATE {} SET stored_at = ?2, md5 = coalesce(?4, md5)
                             WHERE id = ?1 AND r2_key = ?3",
                            table(*kind)
                        );
                        let md5 = transfer.original().and_then(|original| original.md5);
                        connection.prepare_cached(&sql)?.execute(params![id, now, transfer.key, md5])?;
                        caches.is_back(&transfer.key)?;
                    }
                    ClaimedObject::Image { .. } => {
                        caches.changed(&transfer.key, Some(ORIGINAL_CACHE_CONTROL))?;
                    }
                }
                drop_row(connection, transfer.id)?;
            }
            caches.end()
        })
        .await
    }

    /// Ends deletions of feed files that were not carried out, because the objects are somebody else's,
    /// and notes them with the reasons.
    pub async fn end_deletions_left(&self, left: Vec<(ClaimedTransfer, String)>) -> Result<(), CatalogError> {
        self.write(move |connection| {
            for (transfer, reason) in &left {
                feed_settings::note_left(connection, transfer.id, &transfer.key, reason)?;
                feed_files::forget(connection, &transfer.key)?;
                drop_row(connection, transfer.id)?;
            }
            Ok(())
        })
        .await
    }

    /// Queues running transfers again or parks them, in one transaction. A
    /// transfer that would be parked while a later one of its key is waiting ends
    /// instead: the later one is wanted now, and it is marked as tried because
    /// this one was. The upload of a feed file ends if the feed has changed since.
    pub async fn put_back_transfers(&self, transfers: Vec<PutBack>) -> Result<(), CatalogError> {
        self.write(move |connection| {
            let mut statement = connection.prepare_cached(
                "UPDATE transfers SET state = ?2, not_before = ?3, problem_code = ?4, problem = ?5 WHERE id = ?1",
            )?;
            for PutBack { id, not_before, problem, revision } in transfers {
                if let Some(revision) = revision
                    && feed_outbox::is_outdated(connection, id, revision)?
                {
                    drop_row(connection, id)?;
                    continue;
                }
                if not_before.is_none() && give_way(connection, id)? {
                    continue;
                }
                let state = if not_before.is_some() { TransferState::Queued } else { TransferState::Parked };
                let (code, text) = problem.map(|p| (p.code, p.message)).unzip();
                let not_before = not_before.map_or(0, |moment| moment.0);
                statement.execute(params![id, state, not_before, code, text])?;
            }
            Ok(())
        })
        .await
    }

    /// Ends a transfer whose bytes have to be made again.
    pub async fn drop_transfer(&self, id: i64) -> Result<(), CatalogError> {
        self.write(move |connection| drop_row(connection, id)).await
    }

    /// Queues transfers again that were running in a process that no longer
    /// exists. Uploads of feed files are planned again instead. Only the holder of the transfer lock may call this.
    pub async fn release_interrupted(&self) -> Result<(), CatalogError> {
        self.write(|connection| {
            feed_outbox::drop_interrupted(connection)?;
            connection.execute("UPDATE transfers SET state = 'queued' WHERE state = 'active'", [])?;
            Ok(())
        })
        .await
    }

    /// Pauses or resumes the start of new transfers, in whichever process runs
    /// them.
    pub async fn set_transfers_paused(&self, paused: bool) -> Result<(), CatalogError> {
        self.set_setting(PAUSED, paused.to_string()).await
    }

    /// Returns what a person requested of the transfers.
    pub async fn transfer_wishes(&self) -> Result<TransferWishes, CatalogError> {
        let (paused, asked_again) = (self.setting(PAUSED).await?, self.setting(ASKED_AGAIN).await?);
        Ok(TransferWishes { paused: paused.as_deref() == Some("true"), asked_again })
    }

    /// Asks the process that runs transfers to retry those it holds back.
    pub async fn ask_again(&self, now: UnixMs) -> Result<(), CatalogError> {
        self.set_setting(ASKED_AGAIN, now.0.to_string()).await
    }

    /// Makes parked and waiting transfers due now, either those with these ids or
    /// all. Returns the ids that do not exist.
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
                        // A running transfer is being tried already.
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

    /// Parks an upload that is not running, until it is retried.
    pub async fn cancel_transfer(&self, id: i64) -> Result<(), CatalogError> {
        self.write(move |connection| {
            let found: Option<(Operation, bool)> = connection
                .prepare_cached(
                    "SELECT operation, waits_for IS NOT NULL FROM transfers WHERE id = ?1 AND state <> 'active'",
                )?
                .query_row([id], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()?;
            match found {
                None => Err(CatalogError::NotFound("waiting transfer")),
                Some((Operation::Delete, true)) => Err(CatalogError::Invalid(
                    "the image has a new link, and the old one cannot be used again".into(),
                )),
                Some((Operation::Delete, false)) => Err(CatalogError::Invalid(
                    "to cancel a deletion, restore the image from the trash".into(),
                )),
                Some((Operation::Put, _)) => {
                    let code = TransferProblemCode::Cancelled;
                    connection
                        .prepare_cached(
                            "UPDATE transfers SET state = 'parked', problem_code = ?2,
                             problem = 'Cancelled.' WHERE id = ?1",
                        )?
                        .execute(params![id, code])?;
                    Ok(())
                }
            }
        })
        .await
    }

    /// Returns the counts of the outbox.
    pub async fn queue_counts(&self) -> Result<QueueCounts, CatalogError> {
        self.read(|connection| {
            let mut counts = QueueCounts::default();
            let mut statement = connection.prepare_cached(COUNTS)?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let (state, rows, bytes): (TransferState, u32, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
                match state {
                    TransferState::Queued => counts.waiting = rows,
                    TransferState::Active => counts.active = rows,
                    TransferState::Parked => counts.parked = rows,
                }
                if state != TransferState::Parked {
                    counts.bytes += bytes.unsigned_abs();
                    counts.originals += row.get::<_, u32>(3)?;
                    counts.feed_files += row.get::<_, u32>(4)?;
                }
            }
            Ok(counts)
        })
        .await
    }

    /// Says whether any transfer is queued.
    pub async fn has_waiting_transfers(&self) -> Result<bool, CatalogError> {
        self.read(|connection| {
            Ok(connection
                .prepare_cached("SELECT EXISTS (SELECT 1 FROM transfers WHERE state = 'queued')")?
                .query_row([], |row| row.get(0))?)
        })
        .await
    }

    /// Returns the earliest moment at or after `from` at which a queued transfer
    /// is due; `None` if there is none.
    pub async fn next_transfer_at(&self, from: UnixMs) -> Result<Option<UnixMs>, CatalogError> {
        self.read(move |connection| {
            #[cfg(test)]
            super::plans::note(NEXT);
            Ok(connection.prepare_cached(NEXT)?.query_row([from], |row| row.get(0))?)
        })
        .await
    }

    /// Returns up to `limit` transfers: running ones first, then parked ones,
    /// then queued ones. Each group is in the order in which it was queued.
    pub async fn transfers(&self, limit: u32) -> Result<Vec<Transfer>, CatalogError> {
        self.read(move |connection| {
            let mut found = Vec::new();
            for state in [TransferState::Active, TransferState::Parked, TransferState::Queued] {
                let left = limit.saturating_sub(u32::try_from(found.len()).unwrap_or(u32::MAX));
                #[cfg(test)]
                super::plans::note(LIST);
                let mut statement = connection.prepare_cached(LIST)?;
                let mut rows = statement.query(params![state, left])?;
                while let Some(row) = rows.next()? {
                    match listed(row, state) {
                        Ok(transfer) => found.push(transfer),
                        // The row is parked when its turn comes, and it is
                        // counted.
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
            connection.execute(sql, params![operation, key, id, not_before]).unwrap();
        }
    }

    #[tokio::test]
    async fn obsolete_transfers_do_not_hide_the_one_behind_them() {
        let folder = tempfile::tempdir().unwrap();
        let (catalog, connection) = a_catalog(folder.path()).await;
        // Uploads of images that were deleted permanently, and one deletion that
        // counts.
        queue_strays(&connection, "put", 5, 0);
        queue_strays(&connection, "delete", 1, 0);
        let claimed = catalog.claim_transfers(NOW, NOW, 1, 1).await.unwrap();
        assert_eq!(claimed.len(), 1);
        assert_eq!(claimed[0].operation, Operation::Delete);
        assert_eq!(catalog.queue_counts().await.unwrap().waiting, 0);
    }

    #[tokio::test]
    async fn unreadable_transfers_are_set_aside_and_the_others_continue() {
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
    async fn a_transfer_that_a_wrong_clock_postponed_is_due() {
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
