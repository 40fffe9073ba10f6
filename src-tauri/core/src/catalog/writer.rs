//! The thread that writes the catalog. It groups waiting writes into one transaction, appends their changes to
//! the journal, and only then answers their callers.

use super::journal::Journal;
use super::opening::BUSY_TIMEOUT;
use crate::model::{KillPoint, KillPoints};
use rusqlite::{Connection, ffi};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

/// The most writes that share one transaction.
const GROUP: usize = 256;
/// How long a checkpoint of the write-ahead log waits for other processes.
const FOLDING_TIMEOUT: Duration = Duration::from_millis(500);
/// The log is checkpointed into the file after this long without a write.
const QUIET: Duration = Duration::from_secs(10);

pub(super) enum Request {
    /// A job that runs in a transaction.
    Write(Job),
    /// Maintenance of the connection and the journal, outside any transaction.
    Tend(Box<dyn FnOnce(&mut Writer) + Send>),
}

/// The state of the writer thread.
pub(super) struct Writer {
    pub(super) connection: Connection,
    pub(super) journal: Journal,
    pub(super) kill_points: KillPoints,
}

/// Tells a caller how the transaction ended.
pub(super) type Reply = Box<dyn FnOnce(Result<(), Arc<rusqlite::Error>>) + Send>;
/// Runs a job. Returns whether to keep its changes, and how to answer its caller.
pub(super) type Run = Box<dyn FnOnce(&Connection) -> (bool, Reply) + Send>;
pub(super) type Refuse = Box<dyn FnOnce(&Arc<rusqlite::Error>) + Send>;

pub(super) struct Job {
    pub(super) run: Run,
    pub(super) refuse: Refuse,
}

impl Job {
    fn refuse(self, error: &Arc<rusqlite::Error>) {
        (self.refuse)(error);
    }
}

impl Writer {
    pub(super) fn until_closed(&mut self, requests: &mpsc::Receiver<Request>) {
        // Appends what a process committed but could not append before it was killed.
        self.keep_journal();
        let mut is_folded = true;
        loop {
            let request = if is_folded {
                requests.recv().map_err(|_| RecvTimeoutError::Disconnected)
            } else {
                requests.recv_timeout(QUIET)
            };
            match request {
                Ok(first) => is_folded &= !self.serve(first, requests),
                Err(RecvTimeoutError::Timeout) => {
                    self.fold();
                    is_folded = true;
                }
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        self.fold();
    }

    /// Checkpoints the log into the file, so that a copy of the file alone is complete.
    /// If other processes read or write for long, the last of them does it.
    pub(super) fn fold(&self) {
        let _ = self.connection.busy_timeout(FOLDING_TIMEOUT);
        if let Err(error) = self.connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE);") {
            tracing::debug!(%error, "could not checkpoint the write-ahead log");
        }
        let _ = self.connection.busy_timeout(BUSY_TIMEOUT);
    }

    /// Serves a request and those queued behind it. Returns whether it wrote anything.
    fn serve(&mut self, first: Request, requests: &mpsc::Receiver<Request>) -> bool {
        let mut group = Vec::new();
        let mut next = Some(first);
        while let Some(request) = next {
            match request {
                Request::Write(job) => group.push(job),
                Request::Tend(tend) => tend(self),
            }
            next = if group.len() < GROUP { requests.try_recv().ok() } else { None };
        }
        let writes = !group.is_empty();
        if writes {
            self.write_group(group);
        }
        writes
    }

    /// Brings the journal up to date. A change is acknowledged once it is in the catalog
    /// and in the journal. If the journal cannot be written, the catalog alone has to do.
    fn keep_journal(&mut self) {
        if let Err(error) = self.journal.catch_up(&self.connection) {
            tracing::warn!(%error, "could not write the journal; the next change tries again");
        }
    }

    fn write_group(&mut self, group: Vec<Job>) {
        let begun = self.connection.execute_batch("BEGIN IMMEDIATE");
        if let Err(error) = begun {
            let error = Arc::new(error);
            for job in group {
                job.refuse(&error);
            }
            return;
        }
        if let Err(error) = self.journal.clear(&self.connection) {
            tracing::warn!(%error, "changes in the journal could not be marked as done");
        }
        let mut replies = Vec::with_capacity(group.len());
        for job in group {
            if let Some(reply) = run_in_savepoint(&self.connection, job) {
                replies.push(reply);
            }
        }
        self.kill_points.reached(KillPoint::CommitPending);
        let ended = if self.connection.is_autocommit() {
            // SQLite rolled everything back by itself, which it does when the disk is
            // full.
            let full = ffi::Error::new(ffi::SQLITE_FULL);
            Err(Arc::new(rusqlite::Error::SqliteFailure(full, None)))
        } else {
            self.connection.execute_batch("COMMIT").map_err(Arc::new)
        };
        if ended.is_err() && !self.connection.is_autocommit() {
            let _ = self.connection.execute_batch("ROLLBACK");
        }
        if ended.is_ok() {
            self.journal.is_cleared();
            self.kill_points.reached(KillPoint::JournalPending);
            self.keep_journal();
        }
        for reply in replies {
            reply(ended.clone());
        }
    }
}

/// Runs a job in a savepoint. Returns `None` if the closure panicked: its caller then
/// gets `Closed`, and the other jobs of the group are not affected.
fn run_in_savepoint(connection: &Connection, job: Job) -> Option<Reply> {
    if let Err(error) = connection.execute_batch("SAVEPOINT job") {
        job.refuse(&Arc::new(error));
        return None;
    }
    let outcome = catch_unwind(AssertUnwindSafe(|| (job.run)(connection)));
    let (keep, reply) = match outcome {
        Ok((keep, reply)) => (keep, Some(reply)),
        Err(_) => (false, None),
    };
    let end = if keep { "RELEASE job" } else { "ROLLBACK TO job; RELEASE job" };
    if let Err(error) = connection.execute_batch(end) {
        tracing::error!(%error, "a savepoint did not end");
    }
    reply
}
