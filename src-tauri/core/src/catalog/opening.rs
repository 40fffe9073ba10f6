//! Opens the connections of a catalog, either for use or read-only where nothing can be written.
//! Opening read-only creates no lock files and writes nothing into the library.

use super::{CatalogError, all_images, file, functions, migrations};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

/// Page cache of each connection; a negative number is in KiB. It is small because the system
/// caches the file anyway.
const CACHE: i32 = -4096;
/// Pages that a transaction may change before SQLite writes some of them early. If such an early
/// write finds no space, SQLite rolls the transaction back by itself. The limit is high so that
/// this happens at the commit instead.
const SPILL: i32 = 16_384;
/// How long a process waits for another one's write.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// How long opening waits for a process that sets up or upgrades the catalog.
pub(super) const SETUP_PATIENCE: Duration = Duration::from_secs(30);
/// SQLite does not wait for some locks. If it gave up on one within this time, opening waits for
/// the set-up lock and tries again.
const AT_ONCE: Duration = Duration::from_secs(5);

/// Characters of a path that are encoded in a URI for SQLite.
const URI_PATH: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A connection that writes, and the lock that marks the catalog as in use.
pub(super) struct Writable {
    pub(super) connection: Connection,
    pub(super) in_use: File,
}

/// Opens or creates a catalog, upgrading it if it is older. Writes nothing if it is set up already.
pub(super) fn writable(path: &Path, patience: Duration) -> Result<Writable, CatalogError> {
    open_writable(path, patience).map_err(|error| explained(path, error))
}

fn open_writable(path: &Path, patience: Duration) -> Result<Writable, CatalogError> {
    let in_use = file::use_together(path, patience)?;
    let mut connection = Connection::open(path)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    functions::register(&connection)?;
    all_images::create_view(&connection)?;
    let began = Instant::now();
    let is_set_up = match is_set_up(&connection) {
        // Another process is starting a log right now, and SQLite does not wait for that.
        Err(CatalogError::Held(_)) if began.elapsed() < AT_ONCE => false,
        other => other?,
    };
    if !is_set_up {
        // Two processes may open a library at the same moment. Only one at a time sets up its file.
        let _alone = migrations::alone(path, patience)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        migrations::upgrade(&mut connection, path)?;
    }
    // `FULL` makes a commit survive a power cut.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "cache_size", CACHE)?;
    connection.pragma_update(None, "cache_spill", SPILL)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(Writable { connection, in_use })
}

fn is_set_up(connection: &Connection) -> Result<bool, CatalogError> {
    let mode: String = connection.pragma_query_value(None, "journal_mode", |row| row.get(0))?;
    Ok(migrations::is_current(connection)? && mode.eq_ignore_ascii_case("wal"))
}

/// Replaces SQLite's error with the system's, which says why the file cannot be opened.
fn explained(path: &Path, error: CatalogError) -> CatalogError {
    let says_nothing = matches!(&error, CatalogError::ReadOnly(_) | CatalogError::DiskFails(_));
    if !says_nothing {
        return error;
    }
    match try_to_write(path) {
        Err(why) => CatalogError::Io(why),
        Ok(()) => error,
    }
}

/// Writes a test file beside a file and removes it.
fn try_to_write(path: &Path) -> io::Result<()> {
    if path.exists() {
        File::options().write(true).open(path)?;
    }
    let probe = path.with_extension(format!("probe-{}", std::process::id()));
    let mut file = File::create(&probe)?;
    let written = file.write_all(&[1; 4096]).and_then(|()| file.sync_all());
    drop(file);
    fs::remove_file(&probe)?;
    written
}

/// Opens a connection that reads a catalog which is in use.
pub(super) fn reader(path: &Path) -> Result<Connection, CatalogError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    for_reading(Connection::open_with_flags(path, flags)?)
}

fn for_reading(reader: Connection) -> Result<Connection, CatalogError> {
    reader.busy_timeout(BUSY_TIMEOUT)?;
    functions::register(&reader)?;
    all_images::create_view(&reader)?;
    reader.pragma_update(None, "query_only", true)?;
    reader.pragma_update(None, "cache_size", CACHE)?;
    reader.set_prepared_statement_cache_capacity(64);
    Ok(reader)
}

/// A way to read a catalog where nothing can be written beside it.
#[derive(Debug)]
pub(super) struct Looking {
    path: PathBuf,
    way: Way,
}

#[derive(Debug)]
enum Way {
    /// Everything that SQLite needs beside the file exists.
    Usual,
    /// There is no log, and the file does not change while it is read.
    Unchanging,
    /// The log is read into this process's own memory. Nobody else may have the file open
    /// meanwhile.
    Alone,
    /// A copy elsewhere.
    Copied(Copied),
}

impl Looking {
    /// Finds a way to read the catalog. Fails with the reason if there is none. Blocks.
    pub(super) fn find(path: &Path) -> Result<Self, CatalogError> {
        let mut last = CatalogError::Missing;
        let is_old = |error: &CatalogError| matches!(error, CatalogError::Outdated);
        for way in [Way::Usual, Way::Unchanging, Way::Alone] {
            let looking = Self { path: path.to_owned(), way };
            match looking.read(migrations::require_current) {
                Ok(()) => return Ok(looking),
                Err(error @ (CatalogError::Corrupt(_) | CatalogError::TooNew)) => return Err(error),
                Err(error) if is_old(&error) => {
                    last = error;
                    break;
                }
                Err(error) => last = error,
            }
        }
        let copied = Copied::make(path).map_err(|error| if is_old(&last) { error } else { last })?;
        Ok(Self { path: path.to_owned(), way: Way::Copied(copied) })
    }

    /// Returns how many connections may read at the same time.
    pub(super) fn at_once(&self, usually: usize) -> usize {
        if matches!(self.way, Way::Alone) { 1 } else { usually }
    }

    /// Reads on a separate connection, so that no lock outlives the read.
    pub(super) fn read<T>(
        &self,
        run: impl FnOnce(&Connection) -> Result<T, CatalogError>,
    ) -> Result<T, CatalogError> {
        let before = self.stands_still()?;
        let value = run(&self.connect()?)?;
        if before != self.stands_still()? {
            return Err(CatalogError::Held("another program changed the catalog meanwhile; try again"));
        }
        Ok(value)
    }

    /// Returns the modification time and length of the file where only a comparison of
    /// them shows whether somebody wrote; `None` for the other ways to read.
    fn stands_still(&self) -> Result<Option<(SystemTime, u64)>, CatalogError> {
        if !matches!(self.way, Way::Unchanging) {
            return Ok(None);
        }
        if has_log(&self.path)? {
            return Err(CatalogError::Held("another program began to change the catalog; try again"));
        }
        let file = fs::metadata(&self.path)?;
        Ok(Some((file.modified()?, file.len())))
    }

    fn connect(&self) -> Result<Connection, CatalogError> {
        let read_only = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        match &self.way {
            Way::Usual => for_reading(Connection::open_with_flags(&self.path, read_only)?),
            Way::Unchanging => {
                let flags = read_only | OpenFlags::SQLITE_OPEN_URI;
                for_reading(Connection::open_with_flags(unchanging_uri(&self.path), flags)?)
            }
            Way::Alone => {
                let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
                let connection = Connection::open_with_flags(&self.path, flags)?;
                connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
                connection.busy_timeout(BUSY_TIMEOUT)?;
                connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
                for_reading(connection)
            }
            Way::Copied(copied) => reader(&copied.catalog()),
        }
    }
}

/// Says whether the write-ahead log has content.
fn has_log(path: &Path) -> io::Result<bool> {
    match fs::metadata(file::with_suffix(path, "-wal")) {
        Ok(log) => Ok(log.len() > 0),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

fn unchanging_uri(path: &Path) -> String {
    let encoded = percent_encode(&path_bytes(path), URI_PATH).to_string();
    let root = if encoded.starts_with('/') { "" } else { "/" };
    format!("file:{root}{encoded}?immutable=1")
}

#[cfg(unix)]
fn path_bytes(path: &Path) -> Vec<u8> {
    use std::os::unix::ffi::OsStrExt;
    path.as_os_str().as_bytes().to_vec()
}

/// SQLite expects UTF-8 and forward slashes here.
#[cfg(not(unix))]
fn path_bytes(path: &Path) -> Vec<u8> {
    path.to_string_lossy().replace('\\', "/").into_bytes()
}

/// A copy of a catalog in the system's folder for temporary files. It is deleted when it is
/// dropped.
#[derive(Debug)]
struct Copied {
    folder: PathBuf,
}

impl Copied {
    fn make(path: &Path) -> Result<Self, CatalogError> {
        let mut random = [0; 12];
        getrandom::fill(&mut random).map_err(|error| io::Error::other(error.to_string()))?;
        let folder = std::env::temp_dir().join(format!("vitrine-looking-{}", hex::encode(random)));
        make_private_folder(&folder)?;
        let copied = Self { folder };
        let state = || -> io::Result<_> {
            let of = |suffix| match fs::metadata(file::with_suffix(path, suffix)) {
                Ok(file) => Ok(Some((file.modified()?, file.len()))),
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
                Err(error) => Err(error),
            };
            Ok((of("")?, of("-wal")?))
        };
        let before = state()?;
        if before.0.is_none() {
            return Err(CatalogError::Missing);
        }
        for (suffix, part) in [("", before.0), ("-wal", before.1)] {
            if part.is_some() {
                let from = file::with_suffix(path, suffix);
                let to = file::with_suffix(&copied.catalog(), suffix);
                io::copy(&mut File::open(from)?, &mut File::create_new(to)?)?;
            }
        }
        if before != state()? {
            return Err(CatalogError::held());
        }
        let mut connection = Connection::open(copied.catalog())?;
        functions::register(&connection)?;
        migrations::upgrade_in_place(&mut connection)?;
        Ok(copied)
    }

    fn catalog(&self) -> PathBuf {
        self.folder.join("catalog.db")
    }
}

impl Drop for Copied {
    fn drop(&mut self) {
        // If the folder cannot be deleted, the system clears it some day.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// A catalog contains private data, so only this account may read the folder.
#[cfg(unix)]
fn make_private_folder(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().mode(0o700).create(path)
}

/// Every account has its own folder for temporary files here.
#[cfg(not(unix))]
fn make_private_folder(path: &Path) -> io::Result<()> {
    fs::create_dir(path)
}
