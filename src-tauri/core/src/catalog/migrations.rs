//! Upgrades a catalog of any earlier version to the current one.

use super::{CatalogError, file};
use rusqlite::{Connection, OpenFlags};
use rusqlite_migration::{M, Migrations};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::time::{Duration, Instant};

/// Earlier versions of SQLite could corrupt a write-ahead log that two
/// connections reset at the same time.
const OLDEST_SQLITE: i32 = 3_051_003;

const STEPS: &[M<'_>] = &[
    M::up(include_str!("migrations/0001_foundation.sql")),
    M::up(include_str!("migrations/0002_transfers_due.sql")),
    M::up(include_str!("migrations/0003_space.sql")),
    M::up(include_str!("migrations/0004_generation.sql")),
    M::up(include_str!("migrations/0005_search.sql")),
    M::up(include_str!("migrations/0006_watch.sql")),
    M::up(include_str!("migrations/0007_gallery_order.sql")),
    M::up(include_str!("migrations/0008_gallery_cover.sql")),
    M::up(include_str!("migrations/0009_journal.sql")),
    M::up(include_str!("migrations/0010_made.sql")),
    M::up(include_str!("migrations/0011_publish.sql")),
    M::up(include_str!("migrations/0012_sensitive.sql")),
    M::up(include_str!("migrations/0013_usage.sql")),
    M::up(include_str!("migrations/0014_new_link.sql")),
    M::up(include_str!("migrations/0015_feed_checksums.sql")),
    M::up(include_str!("migrations/0016_curate.sql")),
    M::up(include_str!("migrations/0017_fingerprints.sql")),
    M::up(include_str!("migrations/0018_no_statistics.sql")),
    M::up(include_str!("migrations/0019_feed_files_in_index.sql")),
    M::up(include_str!("migrations/0020_md5_before_upload.sql")),
    M::up(include_str!("migrations/0021_choices_beside_words.sql")),
];

/// How often a waiting process checks again.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// The message when the wait took too long.
const UPGRADING: &str = "another Vitrine is upgrading this library; \
     wait until it is done, or end it if it does not continue, and open the library again";

fn present() -> i64 {
    i64::try_from(STEPS.len()).unwrap_or(i64::MAX)
}

/// Upgrades in one transaction, after saving a copy of the catalog.
pub(super) fn upgrade(connection: &mut Connection, path: &Path) -> Result<(), CatalogError> {
    let found = check_version(connection)?;
    if found > 0 && found < present() {
        copy_aside(connection, path, found)?;
    }
    upgrade_in_place(connection)
}

/// Upgrades without saving a copy. This is for catalogs that are copies
/// themselves.
pub(super) fn upgrade_in_place(connection: &mut Connection) -> Result<(), CatalogError> {
    if rusqlite::version_number() < OLDEST_SQLITE {
        return Err(CatalogError::Invalid(format!("SQLite {} is too old", rusqlite::version())));
    }
    if !is_current(connection)? {
        Migrations::from_slice(STEPS).to_latest(connection)?;
    }
    Ok(())
}

/// Returns the version of a catalog. Fails if it is newer than this program.
pub(super) fn check_version(connection: &Connection) -> Result<i64, CatalogError> {
    let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if found > present() { Err(CatalogError::TooNew) } else { Ok(found) }
}

/// Says whether a catalog needs no upgrade.
pub(super) fn is_current(connection: &Connection) -> Result<bool, CatalogError> {
    Ok(check_version(connection)? == present())
}

/// Fails unless a catalog needs no upgrade.
pub(super) fn require_current(connection: &Connection) -> Result<(), CatalogError> {
    if is_current(connection)? { Ok(()) } else { Err(CatalogError::Outdated) }
}

/// Waits until no other process sets up this catalog, and keeps others out while
/// the returned file is held. Gives up after `patience`, because the other
/// process may be stopped.
pub(super) fn alone(path: &Path, patience: Duration) -> Result<File, CatalogError> {
    let path = path.with_extension("upgrade-lock");
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(path)?;
    let deadline = Instant::now() + patience;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) if Instant::now() < deadline => std::thread::sleep(LOOK_EVERY),
            Err(TryLockError::WouldBlock) => return Err(CatalogError::Held(UPGRADING)),
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
    }
}

/// Saves a complete copy of the catalog beside it and makes it durable. Only one
/// process at a time calls this.
///
/// A copy that a killed upgrade left behind is made again. A sound copy with
/// other content belongs to an earlier upgrade and stays.
fn copy_aside(connection: &Connection, path: &Path, version: i64) -> Result<(), CatalogError> {
    let aside = path.with_extension(format!("before-upgrade-from-{version}.new"));
    for suffix in ["", "-journal", "-wal", "-shm"] {
        remove_if_there(&file::with_suffix(&aside, suffix))?;
    }
    let made = file::copy(connection, &aside).and_then(|()| {
        File::options().write(true).open(&aside)?.sync_all()?;
        Ok(())
    });
    if let Err(error) = made {
        // The file does no harm, and the next attempt replaces it.
        let _ = fs::remove_file(&aside);
        return Err(error);
    }
    for number in 1_u32.. {
        let number = if number == 1 { String::new() } else { format!("-{number}") };
        let copy = path.with_extension(format!("before-upgrade-from-{version}{number}.db"));
        if copy.exists() && is_whole(&copy, version) && !is_same(&copy, &aside)? {
            continue;
        }
        fs::rename(&aside, &copy)?;
        break;
    }
    if let Some(folder) = path.parent() {
        sync_directory(folder)?;
    }
    Ok(())
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        outcome => outcome,
    }
}

fn is_whole(copy: &Path, version: i64) -> bool {
    let found = Connection::open_with_flags(copy, OpenFlags::SQLITE_OPEN_READ_ONLY)
        .map_err(CatalogError::from)
        .and_then(|connection| {
            file::look_through(&connection)?;
            check_version(&connection)
        });
    found.is_ok_and(|found| found == version)
}

/// Compares two copies of catalogs, ignoring the counters in their headers
/// (sqlite.org/fileformat.html, offsets 24 and 92 to 99).
fn is_same(one: &Path, other: &Path) -> io::Result<bool> {
    let (mut one, mut other) = (BufReader::new(File::open(one)?), BufReader::new(File::open(other)?));
    if one.get_ref().metadata()?.len() != other.get_ref().metadata()?.len() {
        return Ok(false);
    }
    let header = |file: &mut BufReader<File>| {
        let mut header = [0; 100];
        file.read_exact(&mut header)?;
        for counter in [24..28, 92..100] {
            header.get_mut(counter).unwrap_or_default().fill(0);
        }
        io::Result::Ok(header)
    };
    if header(&mut one)? != header(&mut other)? {
        return Ok(false);
    }
    loop {
        let (here, there) = (one.fill_buf()?, other.fill_buf()?);
        let length = here.len().min(there.len());
        if length == 0 {
            return Ok(here.len() == there.len());
        }
        if here.get(..length) != there.get(..length) {
            return Ok(false);
        }
        one.consume(length);
        other.consume(length);
    }
}

/// Waits until the names in a directory are on the disk.
#[cfg(unix)]
fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Does nothing: Windows has no fsync of a directory, and NTFS journals its
/// names.
#[cfg(not(unix))]
fn sync_directory(_path: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
#[path = "migrations_tests.rs"]
mod values_tests;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{functions, opening};

    #[test]
    fn the_migrations_are_well_formed() {
        let mut connection = Connection::open_in_memory().unwrap();
        functions::register(&connection).unwrap();
        Migrations::from_slice(STEPS).to_latest(&mut connection).unwrap();
    }

    #[test]
    fn a_newer_catalog_is_refused_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("catalog.db");
        let mut connection = Connection::open(&path).unwrap();
        connection.pragma_update(None, "user_version", 1_000).unwrap();
        let refused = upgrade(&mut connection, &path);
        assert!(matches!(refused, Err(CatalogError::TooNew)), "{refused:?}");
        let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
        assert_eq!(version, 1_000);
    }

    /// Lists tables by their columns, and indexes and triggers by their SQL.
    fn schema(connection: &Connection) -> Vec<String> {
        let mut lines = Vec::new();
        for sql in [
            "SELECT 'column', t.name, c.name, c.type, c.\"notnull\", c.dflt_value, c.pk, t.strict
             FROM pragma_table_list t JOIN pragma_table_xinfo(t.name) c WHERE t.schema = 'main'",
            "SELECT 'key', t.name, k.\"from\", k.\"table\", k.\"to\", k.on_delete
             FROM pragma_table_list t JOIN pragma_foreign_key_list(t.name) k WHERE t.schema = 'main'",
            "SELECT type, tbl_name, name, sql FROM sqlite_schema WHERE type <> 'table'",
        ] {
            let mut statement = connection.prepare(sql).unwrap();
            let columns = statement.column_count();
            let mut rows = statement.query([]).unwrap();
            while let Some(row) = rows.next().unwrap() {
                let values: Vec<_> =
                    (0..columns).map(|at| row.get::<_, rusqlite::types::Value>(at).unwrap()).collect();
                lines.push(format!("{values:?}"));
            }
        }
        lines.sort();
        lines
    }

    #[test]
    fn a_catalog_of_any_earlier_version_gets_the_schema_of_a_new_one() {
        let folder = tempfile::tempdir().unwrap();
        let at_version = |version: usize| {
            let path = folder.path().join(format!("from-{version}.db"));
            let mut connection = Connection::open(&path).unwrap();
            functions::register(&connection).unwrap();
            if version > 0 {
                Migrations::from_slice(STEPS).to_version(&mut connection, version).unwrap();
            }
            upgrade(&mut connection, &path).unwrap();
            schema(&connection)
        };
        let fresh = at_version(0);
        assert!(fresh.iter().any(|line| line.contains("generated_images_by_owner")), "{fresh:#?}");
        for version in 1..=STEPS.len() {
            assert_eq!(at_version(version), fresh, "from version {version}");
        }
    }

    /// Returns which rows share a stack: for each row, the smallest number of a row that has the
    /// same number.
    fn stacks(connection: &Connection) -> Vec<i64> {
        let sql = "SELECT iif(stack = 0, -1, min(rowid) OVER (PARTITION BY stack))
                   FROM generated_images ORDER BY rowid";
        let mut statement = connection.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    }

    #[test]
    fn an_upgrade_finds_the_stacks_that_an_import_would_make() {
        let minutes = [
            (0, "a fox"),
            (20, "a  fox"),
            (71, "a fox"),
            (50, "a fox"),
            (5, "an owl"),
            (5, ""),
            (105, "a fox"),
        ];
        let found = |first: usize| {
            let mut connection = Connection::open_in_memory().unwrap();
            functions::register(&connection).unwrap();
            Migrations::from_slice(STEPS).to_version(&mut connection, first).unwrap();
            connection
                .execute_batch(
                    "INSERT INTO users (id, created_at, updated_at) VALUES ('ana', 1, 1), ('bob', 1, 1)",
                )
                .unwrap();
            for owner in ["ana", "bob"] {
                for (number, (minute, prompt)) in minutes.iter().enumerate() {
                    let sql = "INSERT INTO generated_images (id, owner_id, visibility, r2_key, filename,
                                   content_type, size_bytes, prompt, created_at, sha256, md5)
                               VALUES (?1, ?2, 'unlisted', ?1, 'a.png', 'image/png', 3, ?3, ?4, ?5, zeroblob(16))";
                    let (id, mut hash) = (format!("{owner}-{number}"), [0_u8; 32]);
                    hash[0] = u8::try_from(number).unwrap();
                    let at = 1_700_000_000_000_i64 + minute * 60_000;
                    connection.execute(sql, (id, owner, prompt, at, hash)).unwrap();
                }
            }
            Migrations::from_slice(STEPS).to_latest(&mut connection).unwrap();
            stacks(&connection)
        };
        assert_eq!(found(STEPS.len()), [1, 1, 1, 1, 5, -1, 7, 8, 8, 8, 8, 12, -1, 14]);
        assert_eq!(found(15), found(STEPS.len()));
    }

    /// Creates a catalog of an earlier version that has users.
    fn a_catalog_of(version: usize, path: &Path, users: u32) {
        let mut connection = Connection::open(path).unwrap();
        functions::register(&connection).unwrap();
        Migrations::from_slice(STEPS).to_version(&mut connection, version).unwrap();
        for number in 0..users {
            let sql = "INSERT INTO users (id, created_at, updated_at) VALUES (?1, 1, 1)";
            connection.execute(sql, [format!("user-{number}")]).unwrap();
        }
    }

    /// SQLite would count rows when a library closes, and choose indexes by these numbers as long as they are
    /// not counted again: a library without ratings would stay slow after its images were rated.
    #[test]
    fn no_statistics_are_kept_and_those_of_earlier_versions_are_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("catalog.db");
        a_catalog_of(17, &path, 40);
        Connection::open(&path).unwrap().execute_batch("ANALYZE").unwrap();
        let statistics = || {
            let sql = "SELECT count(*) FROM sqlite_schema WHERE name LIKE 'sqlite_stat%'";
            Connection::open(&path).unwrap().query_row(sql, [], |row| row.get::<_, u32>(0)).unwrap()
        };
        assert!(statistics() > 0);
        drop(open(&path));
        assert_eq!(statistics(), 0);
        drop(crate::catalog::Catalog::open(&path).unwrap());
        assert_eq!(statistics(), 0);
    }

    fn users(path: &Path) -> u32 {
        let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
        connection.query_row("SELECT count(*) FROM users", [], |row| row.get(0)).unwrap()
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<_> = entries.map(|name| name.to_string_lossy().into_owned()).collect();
        names.retain(|name| name.contains("before-upgrade"));
        names.sort();
        names
    }

    fn open(path: &Path) -> Connection {
        opening::writable(path, Duration::from_millis(100)).unwrap().connection
    }

    #[test]
    fn an_incomplete_copy_is_made_again_before_the_upgrade() {
        type Break<'a> = &'a dyn Fn(&Path, &Path);
        let folder = tempfile::tempdir().unwrap();
        let broken: [Break<'_>; 4] = [
            &|_, copy| fs::write(copy, b"").unwrap(),
            &|_, copy| fs::write(copy, b"not a database, but long enough to be one").unwrap(),
            &|catalog, copy| {
                let bytes = fs::read(catalog).unwrap();
                fs::write(copy, &bytes[..bytes.len() / 2]).unwrap();
            },
            &|_, copy| a_catalog_of(2, copy, 1),
        ];
        for (number, break_it) in broken.iter().enumerate() {
            let place = folder.path().join(number.to_string());
            fs::create_dir(&place).unwrap();
            let (catalog, copy) = (place.join("catalog.db"), place.join("catalog.before-upgrade-from-1.db"));
            a_catalog_of(1, &catalog, 3);
            break_it(&catalog, &copy);
            // A kill leaves the file like this, under the name that does not
            // count as a copy.
            fs::write(place.join("catalog.before-upgrade-from-1.new"), b"half").unwrap();
            drop(open(&catalog));
            assert_eq!((users(&copy), users(&catalog)), (3, 3), "case {number}");
            assert_eq!(names(&place), ["catalog.before-upgrade-from-1.db"], "case {number}");
        }
    }

    #[test]
    fn a_sound_copy_stays_and_the_same_content_is_not_copied_twice() {
        let folder = tempfile::tempdir().unwrap();
        let catalog = folder.path().join("catalog.db");
        for (users, copies) in [(3, 1), (3, 1), (4, 2), (4, 2), (3, 2)] {
            let _ = fs::remove_file(&catalog);
            a_catalog_of(1, &catalog, users);
            drop(open(&catalog));
            assert_eq!(names(folder.path()).len(), copies, "{:?}", names(folder.path()));
        }
        assert_eq!(users(&folder.path().join("catalog.before-upgrade-from-1.db")), 3);
        assert_eq!(users(&folder.path().join("catalog.before-upgrade-from-1-2.db")), 4);
    }

    #[cfg(unix)]
    #[test]
    fn a_library_whose_path_is_not_text_is_upgraded() {
        use std::os::unix::ffi::OsStrExt;
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join(std::ffi::OsStr::from_bytes(b"caf\xe9 \xff"));
        fs::create_dir(&place).unwrap();
        let catalog = place.join("catalog.db");
        a_catalog_of(3, &catalog, 2);
        drop(open(&catalog));
        assert_eq!(users(&place.join("catalog.before-upgrade-from-3.db")), 2);
    }

    #[test]
    fn the_lock_of_an_upgrade_blocks_only_upgrades_and_not_forever() {
        let folder = tempfile::tempdir().unwrap();
        let catalog = folder.path().join("catalog.db");
        drop(open(&catalog));
        let held = alone(&catalog, Duration::ZERO).unwrap();
        // A process that is stopped in the middle of an upgrade must not stop all
        // others.
        drop(open(&catalog));
        let older = folder.path().join("older.db");
        a_catalog_of(1, &older, 1);
        let held_too = alone(&older, Duration::ZERO).unwrap();
        let refused = opening::writable(&older, Duration::from_millis(100)).err().unwrap();
        assert!(matches!(refused, CatalogError::Held(UPGRADING)), "{refused:?}");
        assert_eq!(names(folder.path()).len(), 0);
        drop((held, held_too));
        drop(open(&older));
        assert_eq!(names(folder.path()).len(), 1);
    }
}
