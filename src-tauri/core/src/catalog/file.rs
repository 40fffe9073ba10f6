//! The file of the catalog: locks that show who has it open, copies of it, and
//! replacing it.

use super::CatalogError;
use super::position::stand_where_recorded;
use crate::model::UnixMs;
use rusqlite::Connection;
use rusqlite::backup::Backup;
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Pages copied at a time. Others can write between two portions.
const PAGES_AT_ONCE: i32 = 256;
/// How long a copy lets others write between two portions.
const COPY_PAUSE: Duration = Duration::from_millis(5);
/// How long recovery waits for other processes to close the catalog.
const CLOSING_PATIENCE: Duration = Duration::from_secs(5);
/// How often it checks.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// Suffixes of the files that SQLite keeps for a database.
const COMPANIONS: [&str; 3] = ["", "-wal", "-shm"];

/// The message when waiting for a recovery took too long.
const RECOVERING: &str = "another Vitrine is recovering this library; \
     wait until it is done, or end it if it does not continue, and open the library again";

/// Marks a catalog as in use until the returned file is dropped. Gives up after
/// `patience` if another process keeps replacing the catalog.
pub(super) fn use_together(path: &Path, patience: Duration) -> Result<File, CatalogError> {
    let file = lock_file(path)?;
    let deadline = Instant::now() + patience;
    loop {
        match file.try_lock_shared() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) if Instant::now() < deadline => std::thread::sleep(LOOK_EVERY),
            Err(TryLockError::WouldBlock) => return Err(CatalogError::Held(RECOVERING)),
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
    }
}

fn lock_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).truncate(false).write(true).open(path.with_extension("in-use"))
}

pub(super) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}

/// Fails unless the database is sound, as far as a quick check can tell.
pub(super) fn look_through(connection: &Connection) -> Result<(), CatalogError> {
    let found: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if found == "ok" {
        return Ok(());
    }
    Err(CatalogError::corrupt(found))
}

/// Copies a catalog into a new file as one consistent snapshot, and checks the
/// copy. Others read and write meanwhile. The copy is not durable yet.
pub(super) fn copy(connection: &Connection, target: &Path) -> Result<(), CatalogError> {
    let mut copy = Connection::open(target)?;
    // One snapshot for the whole copy. Otherwise each commit would restart it.
    let moment = connection.unchecked_transaction()?;
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    Backup::new(connection, &mut copy)?.run_to_completion(PAGES_AT_ONCE, COPY_PAUSE, None)?;
    moment.finish()?;
    // A backup is a single file. Without this, opening it would need a log
    // beside it.
    copy.pragma_update(None, "journal_mode", "DELETE")?;
    look_through(&copy)
}

/// The right to replace the file of a catalog, because nobody has it open.
#[derive(Debug)]
pub struct Unused {
    path: PathBuf,
    _lock: File,
}

impl Unused {
    /// Waits for a few seconds until no process has the catalog open. Fails
    /// with [`CatalogError::InUse`] if one still does. Blocks.
    pub fn wait(path: &Path) -> Result<Self, CatalogError> {
        let lock = lock_file(path)?;
        let deadline = Instant::now() + CLOSING_PATIENCE;
        loop {
            match lock.try_lock() {
                Ok(()) => return Ok(Self { path: path.to_owned(), _lock: lock }),
                Err(TryLockError::WouldBlock) if Instant::now() < deadline => std::thread::sleep(LOOK_EVERY),
                Err(TryLockError::WouldBlock) => return Err(CatalogError::InUse),
                Err(TryLockError::Error(error)) => return Err(error.into()),
            }
        }
    }

    /// Renames the catalog and its companion files. Returns the new name, or
    /// `None` if there was no file.
    pub fn set_aside(&self, now: UnixMs) -> Result<Option<String>, CatalogError> {
        let name = format!("catalog.damaged-{}.db", now.0);
        let aside = self.path.with_file_name(&name);
        let mut moved = None;
        for suffix in COMPANIONS {
            match fs::rename(with_suffix(&self.path, suffix), with_suffix(&aside, suffix)) {
                Ok(()) => moved = Some(name.clone()),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(moved)
    }

    /// Creates an empty catalog, so that the library no longer counts as having
    /// lost its catalog.
    pub fn put_empty(&self) -> Result<(), CatalogError> {
        Connection::open(&self.path)?.execute_batch("PRAGMA journal_mode = WAL; PRAGMA user_version = 0;")?;
        Ok(())
    }

    /// Makes a copy of this backup the catalog.
    pub fn put_copy_of(&self, backup: &Path) -> Result<(), CatalogError> {
        let new = with_suffix(&self.path, ".new");
        fs::copy(backup, &new)?;
        stand_where_recorded(&new)?;
        OpenOptions::new().write(true).open(&new)?.sync_all()?;
        Ok(fs::rename(&new, &self.path)?)
    }
}
