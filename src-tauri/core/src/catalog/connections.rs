//! One writer, a few readers. Writes of many callers share a transaction, so a
//! burst of small writes pays for one fsync; each caller hears only after it.

use super::opening::{self, Looking, SETUP_PATIENCE, Writable};
use super::{CatalogError, LookOnly};
use crate::model::{Step, Steps};
use rusqlite::{Connection, ffi};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::Duration;
use tokio::sync::{Semaphore, oneshot};

/// Readers open at the same time.
const READERS: usize = 4;
/// Writes that share one transaction at most.
const GROUP: usize = 256;
/// The open catalog. Clones share the connections.
#[derive(Clone)]
pub struct Catalog {
    shared: Arc<Shared>,
}

struct Shared {
    path: PathBuf,
    access: Access,
    readers: Mutex<Vec<Connection>>,
    permits: Semaphore,
}

enum Access {
    /// Both, through the thread that writes.
    Full(mpsc::Sender<Request>),
    /// Looking only, and why.
    Look(Looking, LookOnly),
}

enum Request {
    /// Runs in a transaction.
    Write(Job),
    /// Looks at the connection, outside any transaction.
    Peek(Box<dyn FnOnce(&Connection) + Send>),
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
        Self::open_patiently(path, steps, SETUP_PATIENCE)
    }

    /// Opens a catalog, and waits no longer than this for another process that
    /// sets it up.
    fn open_patiently(path: &Path, steps: Steps, patience: Duration) -> Result<Self, CatalogError> {
        let Writable { connection, in_use } = opening::writable(path, patience)?;
        let (writer, jobs) = mpsc::channel();
        std::thread::Builder::new().name("catalog-writer".to_owned()).spawn(move || {
            write_until_closed(&connection, &jobs, &steps);
            drop(connection);
            drop(in_use);
        })?;
        Ok(Self::with(path, Access::Full(writer), READERS))
    }

    /// Opens a catalog that cannot be written. Everything can be read, and every
    /// change is refused with the reason. Writes nothing into its folder.
    /// Blocks.
    pub fn open_to_look(path: &Path, why: LookOnly) -> Result<Self, CatalogError> {
        let looking = Looking::find(path)?;
        let at_once = looking.at_once(READERS);
        Ok(Self::with(path, Access::Look(looking, why), at_once))
    }

    fn with(path: &Path, access: Access, at_once: usize) -> Self {
        Self {
            shared: Arc::new(Shared {
                path: path.to_owned(),
                access,
                readers: Mutex::new(Vec::new()),
                permits: Semaphore::new(at_once),
            }),
        }
    }

    /// Returns why nothing can be changed, if that is so.
    pub fn look_only(&self) -> Option<&LookOnly> {
        match &self.shared.access {
            Access::Full(_) => None,
            Access::Look(_, why) => Some(why),
        }
    }

    fn send(&self, request: Request) -> Result<(), CatalogError> {
        match &self.shared.access {
            Access::Full(writer) => writer.send(request).map_err(|_| CatalogError::Closed),
            Access::Look(_, why) => Err(why.refusal()),
        }
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
        self.send(Request::Write(Job { run, refuse }))?;
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
            if let Access::Look(looking, _) = &shared.access {
                return looking.read(run);
            }
            let kept = lock(&shared.readers).pop();
            let reader = match kept {
                Some(reader) => reader,
                None => opening::reader(&shared.path)?,
            };
            let result = run(&reader);
            lock(&shared.readers).push(reader);
            result
        })
        .await
        .map_err(|_| CatalogError::Closed)?
    }

    /// Gives the room that the log takes back to the disk, as far as nobody reads
    /// from it now.
    pub async fn fold_log(&self) -> Result<(), CatalogError> {
        let (answer, heard) = oneshot::channel();
        let fold = Box::new(move |connection: &Connection| {
            // Whoever reads from the log is not waited for.
            let folded = connection
                .busy_timeout(Duration::ZERO)
                .and_then(|()| connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())))
                .and(connection.busy_timeout(opening::BUSY_TIMEOUT));
            let _ = answer.send(folded);
        });
        self.send(Request::Peek(fold))?;
        Ok(heard.await.map_err(|_| CatalogError::Closed)??)
    }

    /// Returns a number that changes when another process writes, and only then.
    pub async fn data_version(&self) -> Result<i64, CatalogError> {
        // Only the writer's own connection tells foreign writes from ours.
        let (answer, heard) = oneshot::channel();
        let peek = Box::new(move |connection: &Connection| {
            let version = connection.query_row("PRAGMA data_version", [], |row| row.get(0));
            let _ = answer.send(version);
        });
        self.send(Request::Peek(peek))?;
        Ok(heard.await.map_err(|_| CatalogError::Closed)??)
    }
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
        other => CatalogError::Shared(other.to_string()),
    }
}

fn write_until_closed(connection: &Connection, requests: &mpsc::Receiver<Request>, steps: &Steps) {
    while let Ok(first) = requests.recv() {
        let mut group = Vec::new();
        let mut next = Some(first);
        while let Some(request) = next {
            match request {
                Request::Write(job) => group.push(job),
                Request::Peek(peek) => peek(connection),
            }
            next = if group.len() < GROUP { requests.try_recv().ok() } else { None };
        }
        if !group.is_empty() {
            write_group(connection, group, steps);
        }
    }
    // Folds the log into the file, so that a copy of the file alone is whole.
    let _ = connection.execute_batch("PRAGMA optimize; PRAGMA wal_checkpoint(TRUNCATE);");
}

fn write_group(connection: &Connection, group: Vec<Job>, steps: &Steps) {
    if let Err(error) = connection.execute_batch("BEGIN IMMEDIATE") {
        let error = Arc::new(error);
        for job in group {
            job.refuse(&error);
        }
        return;
    }
    let mut replies = Vec::with_capacity(group.len());
    for job in group {
        if let Some(reply) = run_in_savepoint(connection, job) {
            replies.push(reply);
        }
    }
    steps.reached(Step::CommitPending);
    let ended = if connection.is_autocommit() {
        // SQLite took everything back by itself, which it does when no room was left.
        let full = ffi::Error::new(ffi::SQLITE_FULL);
        Err(Arc::new(rusqlite::Error::SqliteFailure(full, None)))
    } else {
        connection.execute_batch("COMMIT").map_err(Arc::new)
    };
    if ended.is_err() && !connection.is_autocommit() {
        let _ = connection.execute_batch("ROLLBACK");
    }
    for reply in replies {
        reply(ended.clone());
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
