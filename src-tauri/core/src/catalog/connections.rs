//! One writer connection and a few readers. The writes of many callers share a
//! transaction, so a burst of small writes costs one fsync. Each caller gets its answer
//! only after that fsync.

use super::journal::{self, Journal};
use super::opening::{self, Looking, SETUP_PATIENCE, Writable};
use super::writer::{Job, Refuse, Reply, Request, Run, Writer};
use super::{CatalogError, LookOnly, log};
use crate::model::{KillPoints, Replayed, UnixMs};
use rusqlite::Connection;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::{Semaphore, oneshot};

/// The most readers that run at the same time.
const READERS: usize = 4;

/// The open catalog. Clones share its connections.
#[derive(Clone)]
pub struct Catalog {
    shared: Arc<Shared>,
}

struct Shared {
    path: PathBuf,
    access: Access,
    thread: Option<JoinHandle<()>>,
    readers: Mutex<Vec<Connection>>,
    permits: Semaphore,
    healed: Option<Replayed>,
}

impl Drop for Shared {
    /// Waits until the log is checkpointed into the file, so that whoever opens or copies
    /// the catalog next finds everything in one file.
    fn drop(&mut self) {
        lock(&self.readers).clear();
        self.access = Access::Closed;
        if let Some(thread) = self.thread.take()
            && thread.thread().id() != std::thread::current().id()
        {
            // A thread that panicked has already reported it.
            let _ = thread.join();
        }
    }
}

enum Access {
    /// Reading and writing. Writes go through the writer thread.
    Full(mpsc::Sender<Request>),
    /// No access any more: the last owner has dropped the catalog.
    Closed,
    /// Reading only, with the reason.
    Look(Looking, LookOnly),
}

impl Catalog {
    /// Opens the catalog in this file, creating or upgrading it as needed. Blocks; call
    /// it off the async threads.
    #[cfg(any(test, feature = "internals"))]
    pub fn open(path: &Path) -> Result<Self, CatalogError> {
        Self::open_heard(path, KillPoints::default())
    }

    /// Opens a catalog that reports to `kill_points` when it is about to commit.
    pub fn open_heard(path: &Path, kill_points: KillPoints) -> Result<Self, CatalogError> {
        Self::open_patiently(path, kill_points, SETUP_PATIENCE)
    }

    /// Opens a catalog. Waits no longer than `patience` for another process that sets it
    /// up.
    fn open_patiently(
        path: &Path,
        kill_points: KillPoints,
        patience: Duration,
    ) -> Result<Self, CatalogError> {
        // This comes first, because SQLite silently drops unreadable parts of a log. Few journals are
        // cut off, so the log is hardly ever read for this.
        let both_lost_their_ends = journal::is_cut_off(path)? && log::is_damaged(path)?;
        let Writable { mut connection, in_use } = opening::writable(path, patience)?;
        let mut healed = journal::heal(&mut connection, path, UnixMs::now())?;
        let mut writer = Writer { journal: Journal::beside(path, &connection)?, connection, kill_points };
        if both_lost_their_ends && healed.is_none() {
            // The journal has nothing that the catalog lacks. Nobody knows what both have lost, so nothing
            // stays public.
            tracing::warn!("the log of this catalog is damaged, and the end of its journal is missing");
            writer.connection.execute(journal::UNLIST, [])?;
            healed = Some(Replayed::default());
        }
        // The changes of the healing must be in the journal before any caller sees them.
        if healed.is_some()
            && let Err(error) = writer.journal.catch_up(&writer.connection)
        {
            tracing::warn!(%error, "the journal could not be brought up to date");
        }
        let (requests, jobs) = mpsc::channel();
        let thread = std::thread::Builder::new().name("catalog-writer".to_owned()).spawn(move || {
            writer.until_closed(&jobs);
            drop(writer);
            drop(in_use);
        })?;
        Ok(Self::with(path, Access::Full(requests), Some(thread), READERS, healed))
    }

    /// Opens a catalog that cannot be written. Everything can be read, and every change
    /// is refused with the reason `why`. Writes nothing into the catalog's folder.
    /// Blocks.
    pub fn open_to_look(path: &Path, why: LookOnly) -> Result<Self, CatalogError> {
        let looking = Looking::find(path)?;
        let at_once = looking.at_once(READERS);
        Ok(Self::with(path, Access::Look(looking, why), None, at_once, None))
    }

    fn with(
        path: &Path,
        access: Access,
        thread: Option<JoinHandle<()>>,
        at_once: usize,
        healed: Option<Replayed>,
    ) -> Self {
        Self {
            shared: Arc::new(Shared {
                path: path.to_owned(),
                access,
                thread,
                readers: Mutex::new(Vec::new()),
                permits: Semaphore::new(at_once),
                healed,
            }),
        }
    }

    /// Returns why the catalog cannot be changed; `None` if it can.
    pub fn look_only(&self) -> Option<&LookOnly> {
        match &self.shared.access {
            Access::Full(_) | Access::Closed => None,
            Access::Look(_, why) => Some(why),
        }
    }

    fn send(&self, request: Request) -> Result<(), CatalogError> {
        match &self.shared.access {
            Access::Full(writer) => writer.send(request).map_err(|_| CatalogError::Closed),
            Access::Closed => Err(CatalogError::Closed),
            Access::Look(_, why) => Err(why.refusal()),
        }
    }

    /// Returns what the catalog had lost when it was opened and recovered from its
    /// journal; `None` if it had lost nothing.
    pub fn healed(&self) -> Option<Replayed> {
        self.shared.healed
    }

    pub(super) fn path(&self) -> PathBuf {
        self.shared.path.clone()
    }

    /// Starts a new segment of the journal, because a backup contains everything before
    /// it. Removes segments that end before `oldest`, the position of the oldest backup
    /// that is kept.
    pub async fn rotate_journal(&self, oldest: i64) -> Result<(), CatalogError> {
        let (answer, heard) = oneshot::channel();
        self.send(Request::Tend(Box::new(move |writer| {
            let _ = answer.send(writer.journal.rotate(&writer.connection, oldest));
        })))?;
        heard.await.map_err(|_| CatalogError::Closed)?
    }

    /// Checkpoints the log into the file, as far as other processes allow it.
    pub async fn fold_log(&self) -> Result<(), CatalogError> {
        let (answer, heard) = oneshot::channel();
        self.send(Request::Tend(Box::new(move |writer| {
            writer.fold();
            let _ = answer.send(());
        })))?;
        heard.await.map_err(|_| CatalogError::Closed)
    }

    /// Runs a closure in a write transaction and returns once the transaction is durable.
    /// If the closure fails, its changes are rolled back.
    pub(super) async fn write<T, F>(&self, run: F) -> Result<T, CatalogError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, CatalogError> + Send + 'static,
    {
        let (answer, heard) = oneshot::channel();
        // Exactly one of the run and the refusal answers.
        let answer = Arc::new(Mutex::new(Some(answer)));
        let refused = Arc::clone(&answer);
        let tell = |answer: &Mutex<Option<oneshot::Sender<Result<T, CatalogError>>>>, outcome| {
            if let Some(answer) = lock(answer).take() {
                // The caller may have gone away. The changes are kept anyway.
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

    /// Runs a closure on a reader connection, on the blocking thread pool.
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

    /// Returns a number that changes if and only if another process writes.
    pub async fn data_version(&self) -> Result<i64, CatalogError> {
        // Only the writer's own connection distinguishes foreign writes from ours.
        let (answer, heard) = oneshot::channel();
        self.send(Request::Tend(Box::new(move |writer| {
            let version = writer.connection.query_row("PRAGMA data_version", [], |row| row.get(0));
            let _ = answer.send(version);
        })))?;
        Ok(heard.await.map_err(|_| CatalogError::Closed)??)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Makes one error for each caller of a group whose commit failed.
fn shared_failure(error: &rusqlite::Error) -> CatalogError {
    match error {
        rusqlite::Error::SqliteFailure(code, text) => {
            CatalogError::from(rusqlite::Error::SqliteFailure(*code, text.clone()))
        }
        other => CatalogError::Shared(other.to_string()),
    }
}
