//! Brings a catalog of any earlier version to the present one.

use super::CatalogError;
use rusqlite::Connection;
use rusqlite_migration::{M, Migrations};
use std::fs::{File, OpenOptions};
use std::path::Path;

/// SQLite before this could corrupt a write-ahead log that two connections
/// reset at once.
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
];

/// Upgrades in one transaction, after a copy of the file was put aside.
pub(super) fn upgrade(connection: &mut Connection, path: &Path) -> Result<(), CatalogError> {
    if rusqlite::version_number() < OLDEST_SQLITE {
        return Err(CatalogError::Invalid(format!("SQLite {} is too old", rusqlite::version())));
    }
    let found = check_version(connection)?;
    let present = i64::try_from(STEPS.len()).unwrap_or(i64::MAX);
    if found > 0 && found < present {
        let copy = path.with_extension(format!("before-upgrade-from-{found}.db"));
        if !copy.exists() {
            let target =
                copy.to_str().ok_or_else(|| CatalogError::Invalid("the folder's name is not text".into()))?;
            connection.execute("VACUUM INTO ?1", [target])?;
        }
    }
    Migrations::from_slice(STEPS).to_latest(connection)?;
    Ok(())
}

/// Returns the version of a catalog, or refuses one that is newer than this
/// program.
pub(super) fn check_version(connection: &Connection) -> Result<i64, CatalogError> {
    let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let present = i64::try_from(STEPS.len()).unwrap_or(i64::MAX);
    if found > present { Err(CatalogError::TooNew) } else { Ok(found) }
}

/// Waits until no other process sets up this catalog, and keeps others out
/// while the file is held.
pub(super) fn alone(path: &Path) -> Result<File, CatalogError> {
    let path = path.with_extension("upgrade-lock");
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(path)?;
    file.lock()?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::search;

    #[test]
    fn the_migrations_are_well_formed() {
        let mut connection = Connection::open_in_memory().unwrap();
        search::register(&connection).unwrap();
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

    /// Tables by their columns, indexes and triggers by their words.
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
    fn a_catalog_of_any_earlier_version_upgrades_to_the_schema_of_a_fresh_one() {
        let folder = tempfile::tempdir().unwrap();
        let at_version = |version: usize| {
            let path = folder.path().join(format!("from-{version}.db"));
            let mut connection = Connection::open(&path).unwrap();
            search::register(&connection).unwrap();
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
}
