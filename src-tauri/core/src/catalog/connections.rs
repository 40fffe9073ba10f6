//! One writer, a few readers. Writes of many callers share a transaction, so a
//! burst of small writes pays for one fsync; each caller hears only after it.

use super::journal::{self, Journal, Replayed};
use super::{CatalogError, health, migrations, search};
use crate::model::{Step, Steps, UnixMs};
use rusqlite::{Connection, OpenFlags};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::mpsc::RecvTimeoutError;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::{Semaphore, oneshot};

/// Readers open at the same time.
const READERS: usize = 4;
/// Writes that share one transaction at most.
const GROUP: usize = 256;
/// Page cache of each connection, negative for KiB; the system caches the file
/// anyway.
const CACHE: i32 = -4096;
/// How long a process waits for another one's write.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// How long folding the log waits for other processes.
const FOLDING_TIMEOUT: Duration = Duration::from_millis(500);
/// The log is folded into the file when nothing was written for this long.
const QUIET: Duration = Duration::from_secs(10);

/// The open catalog. Clones share the connections.
#[derive(Clone)]
pub struct Catalog {
    shared: Arc<Shared>,
}

struct Shared {
    path: PathBuf,
    writer: Option<mpsc::Sender<Request>>,
    thread: Option<JoinHandle<()>>,
    readers: Mutex<Vec<Connection>>,
    permits: Semaphore,
    healed: Option<Replayed>,
}

impl Drop for Shared {
    /// Waits until the log is folded into the file: who opens the catalog next,
    /// or copies it, finds all of it in one place.
    fn drop(&mut self) {
        lock(&self.readers).clear();
        drop(self.writer.take());
        if let Some(thread) = self.thread.take()
            && thread.thread().id() != std::thread::current().id()
        {
            // One that panicked has told so.
            let _ = thread.join();
        }
    }
}

enum Request {
    /// Runs in a transaction.
    Write(Job),
    /// Looks after connection and journal, outside any transaction.
    Tend(Box<dyn FnOnce(&mut Writer) + Send>),
}

/// What the thread that writes works with.
struct Writer {
    connection: Connection,
    journal: Journal,
    steps: Steps,
}

/// Tells a caller how the transaction ended.
type Reply = Box<dyn FnOnce(Result<(), Arc<rusqlite::Error>>) + Send>;
/// Says whether to keep what was written, and what to tell the caller.
type Run = Box<dyn FnOnce(&Connection) -> (bool, Reply) + Send>;
type Refuse = Box<dyn FnOnce(&Arc<rusqlite::Error>) + Send>;

struct Job {
    run: Run,
    refuse: Refuse,
}

impl Job {
    fn refuse(self, error: &Arc<rusqlite::Error>) {
        (self.refuse)(error);
    }
}

impl Catalog {
    /// Opens or creates the catalog in this file, upgrading it if it is older.
    /// Blocks; call it off the async threads.
    pub fn open(path: &Path) -> Result<Self, CatalogError> {
        Self::open_heard(path, Steps::default())
    }

    /// Opens a catalog of which somebody hears when it is about to commit.
    pub fn open_heard(path: &Path, steps: Steps) -> Result<Self, CatalogError> {
        let in_use = health::use_together(path)?;
        let mut connection = Connection::open(path)?;
        // Two processes may open a library at the same moment. Only one at a time sets
        // up its file: SQLite does not wait for the other while it begins a log.
        let alone = migrations::alone(path)?;
        configure(&connection)?;
        search::register(&connection)?;
        migrations::upgrade(&mut connection, path)?;
        drop(alone);
        let healed = journal::heal(&mut connection, path, UnixMs::now())?;
        let mut writer = Writer { journal: Journal::beside(path, &connection)?, connection, steps };
        let (requests, jobs) = mpsc::channel();
        let thread = std::thread::Builder::new().name("catalog-writer".to_owned()).spawn(move || {
            writer.until_closed(&jobs);
            drop(writer);
            drop(in_use);
        })?;
        Ok(Self {
            shared: Arc::new(Shared {
                path: path.to_owned(),
                writer: Some(requests),
                thread: Some(thread),
                readers: Mutex::new(Vec::new()),
                permits: Semaphore::new(READERS),
                healed,
            }),
        })
    }

    /// Returns what the catalog had lost when it was opened and got back from
    /// its journal.
    pub fn healed(&self) -> Option<Replayed> {
        self.shared.healed
    }

    pub(super) fn path(&self) -> PathBuf {
        self.shared.path.clone()
    }

    fn ask(&self, request: Request) -> Result<(), CatalogError> {
        let writer = self.shared.writer.as_ref().ok_or(CatalogError::Closed)?;
        writer.send(request).map_err(|_| CatalogError::Closed)
    }

    /// Goes on in a new part of the journal, since a backup shows all before
    /// it, and removes parts that end before `oldest`, the position of the
    /// oldest backup that is kept.
    pub async fn rotate_journal(&self, oldest: i64) -> Result<(), CatalogError> {
        let (answer, heard) = oneshot::channel();
        self.ask(Request::Tend(Box::new(move |writer| {
            let _ = answer.send(writer.journal.rotate(&writer.connection, oldest));
        })))?;
        heard.await.map_err(|_| CatalogError::Closed)?
    }

    /// Folds the log into the file, as far as others let it.
    pub async fn fold_log(&self) -> Result<(), CatalogError> {
        let (answer, heard) = oneshot::channel();
        self.ask(Request::Tend(Box::new(move |writer| {
            writer.fold();
            let _ = answer.send(());
        })))?;
        heard.await.map_err(|_| CatalogError::Closed)
    }

    /// Runs a closure in a write transaction and returns after it is durable.
    /// A closure that fails leaves nothing behind.
    pub(super) async fn write<T, F>(&self, run: F) -> Result<T, CatalogError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, CatalogError> + Send + 'static,
    {
        let (answer, heard) = oneshot::channel();
        // Either the run or the refusal answers, whichever comes.
        let answer = Arc::new(Mutex::new(Some(answer)));
        let refused = Arc::clone(&answer);
        let tell = |answer: &Mutex<Option<oneshot::Sender<Result<T, CatalogError>>>>, outcome| {
            if let Some(answer) = lock(answer).take() {
                // The caller may have gone away; what was written stands.
                let _ = answer.send(outcome);
            }
        };
        let run: Run = Box::new(move |connection| {
            let result = run(connection);
            let keep = result.is_ok();
            let reply: Reply = Box::new(move |ended| {
                let outcome = match ended {
                    Ok(()) => result,
                    Err(error) => result.and_then(|_| Err(shared_failure(&error))),
                };
                tell(&answer, outcome);
            });
            (keep, reply)
        });
        let refuse: Refuse = Box::new(move |error| tell(&refused, Err(shared_failure(error))));
        self.ask(Request::Write(Job { run, refuse }))?;
        heard.await.map_err(|_| CatalogError::Closed)?
    }

    /// Runs a closure on a reader, on the blocking pool.
    pub(super) async fn read<T, F>(&self, run: F) -> Result<T, CatalogError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, CatalogError> + Send + 'static,
    {
        let _permit = self.shared.permits.acquire().await.map_err(|_| CatalogError::Closed)?;
        let shared = Arc::clone(&self.shared);
        tokio::task::spawn_blocking(move || {
            let kept = lock(&shared.readers).pop();
            let reader = match kept {
                Some(reader) => reader,
                None => open_reader(&shared.path)?,
            };
            let result = run(&reader);
            lock(&shared.readers).push(reader);
            result
        })
        .await
        .map_err(|_| CatalogError::Closed)?
    }

    /// Returns a number that changes when another process writes, and only then.
    pub async fn data_version(&self) -> Result<i64, CatalogError> {
        // Only the writer's own connection tells foreign writes from ours.
        let (answer, heard) = oneshot::channel();
        self.ask(Request::Tend(Box::new(move |writer| {
            let version = writer.connection.query_row("PRAGMA data_version", [], |row| row.get(0));
            let _ = answer.send(version);
        })))?;
        Ok(heard.await.map_err(|_| CatalogError::Closed)??)
    }
}

/// Settings of every connection. `FULL` makes a commit survive a power cut.
fn configure(connection: &Connection) -> Result<(), CatalogError> {
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "cache_size", CACHE)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(())
}

fn open_reader(path: &Path) -> Result<Connection, CatalogError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let reader = Connection::open_with_flags(path, flags)?;
    reader.busy_timeout(BUSY_TIMEOUT)?;
    reader.pragma_update(None, "query_only", true)?;
    reader.pragma_update(None, "cache_size", CACHE)?;
    reader.set_prepared_statement_cache_capacity(64);
    Ok(reader)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One failed commit is told to every caller of its group.
fn shared_failure(error: &rusqlite::Error) -> CatalogError {
    match error {
        rusqlite::Error::SqliteFailure(code, text) => {
            CatalogError::from(rusqlite::Error::SqliteFailure(*code, text.clone()))
        }
        other => CatalogError::ReadOnly(other.to_string()),
    }
}

impl Writer {
    fn until_closed(&mut self, requests: &mpsc::Receiver<Request>) {
        // What a killed process committed and could not append any more.
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
        let _ = self.connection.execute_batch("PRAGMA optimize;");
        self.fold();
    }

    /// Folds the log into the file, so that a copy of the file alone is whole.
    /// Where others read or write for long, the last of them does.
    fn fold(&self) {
        let _ = self.connection.busy_timeout(FOLDING_TIMEOUT);
        if let Err(error) = self.connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE);") {
            tracing::debug!(%error, "the log was not folded in");
        }
        let _ = self.connection.busy_timeout(BUSY_TIMEOUT);
    }

    /// Serves a request and those that wait behind it. Says whether anything
    /// was written.
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

    /// A change is acknowledged when it is in the catalog and in the journal.
    /// Where the journal cannot be written, the catalog alone has to do.
    fn keep_journal(&mut self) {
        if let Err(error) = self.journal.catch_up(&self.connection) {
            tracing::warn!(%error, "the journal could not be written; it will be with the next change");
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
            tracing::warn!(%error, "what is in the journal could not be crossed out");
        }
        let mut replies = Vec::with_capacity(group.len());
        for job in group {
            if let Some(reply) = run_in_savepoint(&self.connection, job) {
                replies.push(reply);
            }
        }
        self.steps.reached(Step::CommitPending);
        let ended = self.connection.execute_batch("COMMIT").map_err(Arc::new);
        if ended.is_err() && !self.connection.is_autocommit() {
            let _ = self.connection.execute_batch("ROLLBACK");
        }
        if ended.is_ok() {
            self.journal.is_cleared();
            self.steps.reached(Step::JournalPending);
            self.keep_journal();
        }
        for reply in replies {
            reply(ended.clone());
        }
    }
}

/// Returns nothing when the closure panicked: its caller then hears `Closed`,
/// and the others of the group are not harmed.
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
