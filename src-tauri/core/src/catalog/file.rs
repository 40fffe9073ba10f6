//! The file of the catalog: who has it open, copies of it, and putting another
//! in its place.

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

/// Pages copied at once; between two portions others can write.
const PAGES_AT_ONCE: i32 = 256;
/// A copy gives way to others for this long between two portions.
const COPY_PAUSE: Duration = Duration::from_millis(5);
/// How long it is waited for other users of a catalog to close it.
const CLOSING_PATIENCE: Duration = Duration::from_secs(5);
/// How often it is looked whether they have.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// What SQLite keeps beside a database.
const COMPANIONS: [&str; 3] = ["", "-wal", "-shm"];

/// What is said when the wait for a recovery was in vain.
const RECOVERING: &str = "another Vitrine is recovering this library; \
     wait until it is done, or end it if it does not go on, and open the library again";

/// Marks a catalog as in use, until it is dropped. Gives up after `patience`
/// while another process replaces the catalog.
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

/// Fails unless the database is sound, as far as a quick look tells.
pub(super) fn look_through(connection: &Connection) -> Result<(), CatalogError> {
    let found: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if found == "ok" {
        return Ok(());
    }
    Err(CatalogError::corrupt(found))
}

/// Copies a catalog, as it is at one moment, into a new file, and checks the
/// copy. Others read and write meanwhile. The copy is not durable yet.
pub(super) fn copy(connection: &Connection, target: &Path) -> Result<(), CatalogError> {
    let mut copy = Connection::open(target)?;
    // One moment for the whole copy: else each commit would begin it anew.
    let moment = connection.unchecked_transaction()?;
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    Backup::new(connection, &mut copy)?.run_to_completion(PAGES_AT_ONCE, COPY_PAUSE, None)?;
    moment.finish()?;
    // A backup is one file: without this it would want a log beside it.
    copy.pragma_update(None, "journal_mode", "DELETE")?;
    look_through(&copy)
}

/// The right to replace the file of a catalog: nobody has it open.
#[derive(Debug)]
pub struct Unused {
    path: PathBuf,
    _lock: File,
}

impl Unused {
    /// Waits a while until no process has the catalog open. Blocks.
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

    /// Gives the catalog and what belongs to it another name, and returns that.
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

    /// Makes an empty catalog, so that what is missing from now on was not
    /// lost.
    pub fn put_empty(&self) -> Result<(), CatalogError> {
        Connection::open(&self.path)?.execute_batch("PRAGMA journal_mode = WAL; PRAGMA user_version = 0;")?;
        Ok(())
    }

    /// Makes a copy of this file the catalog.
    pub fn put_copy_of(&self, backup: &Path) -> Result<(), CatalogError> {
        let new = with_suffix(&self.path, ".new");
        fs::copy(backup, &new)?;
        stand_where_recorded(&new)?;
        OpenOptions::new().write(true).open(&new)?.sync_all()?;
        Ok(fs::rename(&new, &self.path)?)
    }
}
