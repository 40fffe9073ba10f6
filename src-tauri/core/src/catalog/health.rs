//! Whether the file of the catalog is sound, copies of it, and putting one in
//! its place.

use super::images::table;
use super::{Catalog, CatalogError, damage, journal, migrations, transfers};
use crate::model::{ImageId, ImageKind, Operation, UnixMs};
use rusqlite::backup::Backup;
use rusqlite::{Connection, OpenFlags, OptionalExtension, ffi};
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
    Err(corrupt(found))
}

/// A file that is damaged, as SQLite would say it.
pub(super) fn corrupt(what: String) -> CatalogError {
    let code = ffi::Error::new(ffi::SQLITE_CORRUPT);
    CatalogError::Corrupt(rusqlite::Error::SqliteFailure(code, Some(what)))
}

/// Fails unless the file is a sound catalog of this or an earlier version in
/// which every image can be read. Reads all of it, and blocks.
pub fn check_closely(path: &Path) -> Result<(), CatalogError> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let version = migrations::check_version(&connection)?;
    // What a recovery that was killed put there, to be filled.
    if version == 0
        && connection
            .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
            .map(|tables: i64| tables == 0)?
    {
        return Err(CatalogError::Missing);
    }
    let looked = if migrations::is_current(&connection)? {
        position(&connection)
            .and_then(|_| journal::has_its_tables(&connection))
            .and_then(|()| damage::look_closely(&connection))
    } else {
        // Its images are read when it was upgraded.
        damage::look_at_file(&connection)
    };
    // No disk fails and nobody is in the way: it is what the file holds.
    looked.map_err(damage::as_damage)
}

/// Fails unless the file is a sound catalog of this or an earlier version, as
/// far as a quick look tells. Blocks.
pub fn check_file(path: &Path) -> Result<(), CatalogError> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    migrations::check_version(&connection)?;
    look_through(&connection)
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

/// How far a catalog is: the number of its last change in the journal, where it
/// keeps one, and of its last transfer. Of two copies of one catalog the newer
/// has the greater position, whatever the clock said. Blocks.
pub fn position_of(path: &Path) -> Result<(i64, i64), CatalogError> {
    position(&Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?)
}

/// The setting in which a backup says a second time how far it is. One bit
/// decides from where on the journal is read.
const RECORDED: &str = "backup_position";

fn recorded(connection: &Connection) -> Result<Option<String>, CatalogError> {
    let has_settings = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'settings')";
    if !connection.query_row(has_settings, [], |row| row.get::<_, bool>(0))? {
        return Ok(None);
    }
    let sql = "SELECT value FROM settings WHERE name = ?1";
    Ok(connection.query_row(sql, [RECORDED], |row| row.get(0)).optional()?)
}

fn in_words((journal, transfers): (i64, i64)) -> String {
    format!("{journal} {transfers}")
}

/// Has a backup say how far it is.
fn record_position(backup: &Path) -> Result<(), CatalogError> {
    let backup = Connection::open(backup)?;
    let position = in_words(position(&backup)?);
    backup.execute("INSERT OR REPLACE INTO settings (name, value) VALUES (?1, ?2)", [RECORDED, &position])?;
    Ok(())
}

/// How far a backup is, as [`position_of`]. Fails with
/// [`CatalogError::Corrupt`] when it contradicts itself; a backup of an earlier
/// version says it once only. Blocks.
pub fn position_of_backup(path: &Path) -> Result<(i64, i64), CatalogError> {
    let backup = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let found = position(&backup)?;
    match recorded(&backup)? {
        Some(words) if words != in_words(found) => {
            Err(corrupt("the backup contradicts itself about how far it is".to_owned()))
        }
        _ => Ok(found),
    }
}

fn position(connection: &Connection) -> Result<(i64, i64), CatalogError> {
    let last = |table: &str| -> Result<i64, CatalogError> {
        let sql = "SELECT seq FROM sqlite_sequence WHERE name = ?1";
        Ok(connection.query_row(sql, [table], |row| row.get(0)).optional()?.unwrap_or(0))
    };
    let counts = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_sequence')";
    if !connection.query_row(counts, [], |row| row.get::<_, bool>(0))? {
        return Ok((0, 0));
    }
    Ok((last("journal_pending")?, last("transfers")?))
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

/// Makes the copy of a backup as far as the backup says it is, which a catalog
/// does not say again.
fn stand_where_recorded(copy: &Path) -> Result<(), CatalogError> {
    let copy = Connection::open(copy)?;
    let Some(words) = recorded(&copy)? else { return Ok(()) };
    if let Some(journal) = words.split(' ').next().and_then(|word| word.parse::<i64>().ok()) {
        // Whichever of the two is damaged: read from too early a place, the journal ends where it ends.
        let sql = "UPDATE sqlite_sequence SET seq = min(seq, ?1) WHERE name = 'journal_pending'";
        copy.execute(sql, [journal])?;
    }
    copy.execute("DELETE FROM settings WHERE name = ?1", [RECORDED])?;
    Ok(())
}

/// Says whether an image is made of an original, a trashed one included.
pub(super) fn is_known(connection: &Connection, original: &[u8; 32]) -> Result<bool, CatalogError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM generated_images WHERE sha256 = ?1)
        OR EXISTS (SELECT 1 FROM reference_images WHERE sha256 = ?1)";
    Ok(connection.prepare_cached(sql)?.query_row([original], |row| row.get(0))?)
}

impl Catalog {
    /// Fails with [`CatalogError::Corrupt`] when a quick look through the whole
    /// file finds damage.
    pub async fn quick_check(&self) -> Result<(), CatalogError> {
        self.read(look_through).await
    }

    /// Copies the catalog, as it is at one moment, into a new file of its own,
    /// and checks the copy. Others read and write meanwhile.
    pub async fn copy_to(&self, target: PathBuf) -> Result<(), CatalogError> {
        self.read(move |connection| {
            copy(connection, &target)?;
            record_position(&target)
        })
        .await
    }

    /// Returns how far this catalog is, as [`position_of`] says of a copy.
    pub async fn position(&self) -> Result<(i64, i64), CatalogError> {
        self.read(position).await
    }

    /// Makes this catalog newer than a position, if it is not: one that began
    /// anew counts from where the last one ended.
    pub async fn begin_behind(&self, (journal, transfers): (i64, i64)) -> Result<(), CatalogError> {
        self.write(move |connection| {
            for (table, seq) in [("journal_pending", journal), ("transfers", transfers)] {
                let is_there = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = ?1)";
                if !connection.query_row(is_there, [table], |row| row.get::<_, bool>(0))? {
                    continue;
                }
                let raise = "UPDATE sqlite_sequence SET seq = max(seq, ?2) WHERE name = ?1";
                if connection.execute(raise, (table, seq))? == 0 {
                    connection
                        .execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?1, ?2)", (table, seq))?;
                }
            }
            Ok(())
        })
        .await
    }

    /// Returns those of the hashes that no image is made of, trashed ones
    /// included.
    pub async fn unknown_originals(&self, hashes: Vec<[u8; 32]>) -> Result<Vec<[u8; 32]>, CatalogError> {
        self.read(move |connection| {
            let mut unknown = Vec::new();
            for hash in hashes {
                if !is_known(connection, &hash)? {
                    unknown.push(hash);
                }
            }
            Ok(unknown)
        })
        .await
    }

    /// Makes every image unlisted. Returns how many were public.
    pub async fn unlist_everything(&self) -> Result<u32, CatalogError> {
        self.write(|connection| {
            let sql = "UPDATE generated_images SET visibility = 'unlisted' WHERE visibility = 'public'";
            Ok(u32::try_from(connection.execute(sql, [])?).unwrap_or(u32::MAX))
        })
        .await
    }

    /// Gives what is in the trash its full time again. An older catalog does not
    /// know what was restored since.
    pub async fn renew_trash(&self, now: UnixMs) -> Result<(), CatalogError> {
        self.write(move |connection| {
            for kind in [ImageKind::Generated, ImageKind::Reference] {
                let table = table(kind);
                let sql = format!("UPDATE {table} SET removed_at = ?1 WHERE removed_at IS NOT NULL");
                connection.execute(&sql, [now.0])?;
            }
            Ok(())
        })
        .await
    }

    /// Believes nothing that an older catalog says about the bucket: each
    /// image's object is confirmed or uploaded anew, each trashed one's deleted.
    pub async fn confirm_everything_again(&self, now: UnixMs) -> Result<(), CatalogError> {
        self.write(move |connection| {
            for kind in [ImageKind::Generated, ImageKind::Reference] {
                let table = table(kind);
                connection.execute(
                    &format!("DELETE FROM transfers WHERE image_id IN (SELECT id FROM {table})"),
                    [],
                )?;
                connection.execute(&format!("UPDATE {table} SET stored_at = NULL"), [])?;
                let sql = format!("SELECT id, removed_at IS NOT NULL FROM {table}");
                let mut statement = connection.prepare(&sql)?;
                let mut rows = statement.query([])?;
                while let Some(row) = rows.next()? {
                    let id = ImageId::parse(&row.get::<_, String>(0)?)?;
                    let operation = if row.get(1)? { Operation::Delete } else { Operation::Put };
                    transfers::queue(connection, operation, kind, &id, now)?;
                }
            }
            // As if tried before, so that what is there already is asked for and not sent again.
            connection.execute("UPDATE transfers SET attempts = 1 WHERE attempts = 0", [])?;
            Ok(())
        })
        .await
    }
}
