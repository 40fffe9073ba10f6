//! How far a catalog is, counted in changes.

use super::CatalogError;
use rusqlite::{Connection, OpenFlags, OptionalExtension};
use std::path::Path;

/// Returns how far a catalog is: the number of its last change in the journal, if it has one, and the
/// number of its last transfer. Of two copies of one catalog, the newer has the greater position,
/// whatever the clock said. Blocks.
pub fn position_of(path: &Path) -> Result<(i64, i64), CatalogError> {
    position(&Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?)
}

/// The setting in which a backup stores its position a second time. A single bit of the position
/// decides where reading of the journal starts.
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

/// Stores a backup's position in the backup itself.
pub(super) fn record_position(backup: &Path) -> Result<(), CatalogError> {
    let backup = Connection::open(backup)?;
    let position = in_words(position(&backup)?);
    backup.execute("INSERT OR REPLACE INTO settings (name, value) VALUES (?1, ?2)", [RECORDED, &position])?;
    Ok(())
}

/// Returns how far a backup is, as [`position_of`] does. Fails with [`CatalogError::Corrupt`] if its
/// two records of the position differ. A backup of an earlier version has only one. Blocks.
pub fn position_of_backup(path: &Path) -> Result<(i64, i64), CatalogError> {
    let backup = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let found = position(&backup)?;
    match recorded(&backup)? {
        Some(words) if words != in_words(found) => {
            Err(CatalogError::corrupt("the two records of the backup's position differ".to_owned()))
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

/// Sets the position of a backup's copy to the recorded one. Removes the record, because a catalog has
/// none.
pub(super) fn stand_where_recorded(copy: &Path) -> Result<(), CatalogError> {
    let copy = Connection::open(copy)?;
    let Some(words) = recorded(&copy)? else { return Ok(()) };
    if let Some(journal) = words.split(' ').next().and_then(|word| word.parse::<i64>().ok()) {
        // Either number may be damaged, so the smaller one counts. Reading the journal from too early a
        // place still leads to the same end.
        let sql = "UPDATE sqlite_sequence SET seq = min(seq, ?1) WHERE name = 'journal_pending'";
        copy.execute(sql, [journal])?;
    }
    copy.execute("DELETE FROM settings WHERE name = ?1", [RECORDED])?;
    Ok(())
}
