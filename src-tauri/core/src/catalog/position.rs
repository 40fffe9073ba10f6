//! How far a catalog is, counted in changes.

use super::CatalogError;
use rusqlite::{Connection, OpenFlags, OptionalExtension};
use std::path::Path;

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
pub(super) fn record_position(backup: &Path) -> Result<(), CatalogError> {
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
            Err(CatalogError::corrupt("the backup contradicts itself about how far it is".to_owned()))
        }
        _ => Ok(found),
    }
}

pub(super) fn position(connection: &Connection) -> Result<(i64, i64), CatalogError> {
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

/// Makes the copy of a backup as far as the backup says it is, which a catalog
/// does not say again.
pub(super) fn stand_where_recorded(copy: &Path) -> Result<(), CatalogError> {
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
