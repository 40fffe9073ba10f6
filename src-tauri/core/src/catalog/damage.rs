//! Finds rows whose values were changed by a disk, and repairs them from the journal or a
//! backup. A row that cannot be repaired is moved to `quarantine`, where it is out of the
//! way but not lost.

use super::journal::{Told, told};
use super::rows::name_of;
use super::shared_columns::{SHARED, read_shared, table};
use super::{Catalog, CatalogError, generated, search_index};
use crate::model::{ImageKind, SensitiveMark, UnixMs, Visibility};
use rusqlite::{Connection, OpenFlags, OptionalExtension, params};
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};

/// The most problems of the file that are listed.
const NAMED: u32 = 100;

/// A row that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DamagedRow {
    /// The table that holds the row.
    pub kind: ImageKind,
    /// Its rowid in the table.
    pub rowid: i64,
    /// The imported file's name, as far as it can be read.
    pub name: String,
    /// The error of reading it.
    pub what: String,
}

/// How a row was repaired.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repaired {
    /// The row has the last readable state that the journal recorded.
    FromJournal,
    /// The row has the state of a backup, and is unlisted.
    FromBackup,
    /// The row was moved to `quarantine`.
    Quarantined,
}

/// Reads every image of a kind, or only the row `only`, and calls `each` with those that
/// cannot be read.
fn scan(
    connection: &Connection,
    kind: ImageKind,
    only: Option<i64>,
    is_wanted: &dyn Fn() -> bool,
    each: &mut dyn FnMut(DamagedRow),
) -> Result<(), CatalogError> {
    let sql = match kind {
        ImageKind::Generated => {
            format!("SELECT {SHARED}, {}, i.rowid AS place FROM generated_images i", generated::COLUMNS)
        }
        ImageKind::Reference => format!("SELECT {SHARED}, i.rowid AS place FROM reference_images i"),
    };
    // Goes in the order of the table itself, because an index may still have what the
    // table lost.
    let sql = format!("{sql} WHERE ?1 IS NULL OR i.rowid = ?1 ORDER BY i.rowid");
    let sql = if only.is_some() { sql.replace("?1 IS NULL OR ", "") } else { sql };
    let mut statement = connection.prepare(&sql)?;
    let place = statement.column_index("place")?;
    let mut rows = statement.query([only])?;
    while let Some(row) = rows.next()? {
        if !is_wanted() {
            return Ok(());
        }
        let read = match kind {
            ImageKind::Generated => generated::image(row).map(|_| ()),
            ImageKind::Reference => read_shared(row).map(|_| ()),
        };
        match read {
            Ok(()) => {}
            Err(error) if error.is_of_one_row() => {
                each(DamagedRow {
                    kind,
                    rowid: row.get(place)?,
                    name: name_of(row),
                    what: error.to_string(),
                });
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Returns the problems that `integrity_check` reports. The list is empty if the file is
/// sound.
pub(super) fn problems(connection: &Connection) -> Result<Vec<String>, CatalogError> {
    let mut statement = connection.prepare(&format!("PRAGMA integrity_check({NAMED})"))?;
    let found: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(found.into_iter().filter(|line| line != "ok").collect())
}

/// Says whether a line of `integrity_check` concerns the pages of a table. Index entries,
/// values and the search index do not count, because they can be repaired.
fn is_of_structure(line: &str) -> bool {
    ["***", "Tree ", "Page ", "Main freelist", "Freelist"].iter().any(|begin| line.starts_with(begin))
        || line.contains("database disk image is malformed")
        || line.contains("out of order")
}

/// Turns any other SQL error into damage. No program wrote such content, so reading or
/// writing it fails where it should not.
pub(super) fn as_damage(error: CatalogError) -> CatalogError {
    match error {
        CatalogError::Sql(error) => CatalogError::Corrupt(error),
        error => error,
    }
}

/// Fails unless the whole file is sound.
pub(super) fn look_at_file(connection: &Connection) -> Result<(), CatalogError> {
    problems(connection)?.into_iter().next().map_or(Ok(()), |first| Err(CatalogError::corrupt(first)))
}

/// Fails unless the whole file is sound and every image in it can be read.
pub(super) fn look_closely(connection: &Connection) -> Result<(), CatalogError> {
    look_at_file(connection)?;
    let mut found = Vec::new();
    for kind in [ImageKind::Generated, ImageKind::Reference] {
        scan(connection, kind, None, &|| true, &mut |row| found.push(row.what))?;
    }
    found.into_iter().next().map_or(Ok(()), |first| Err(CatalogError::corrupt(first)))
}

/// Returns a row as it is stored, whatever its values are.
fn raw(
    connection: &Connection,
    kind: ImageKind,
    rowid: i64,
) -> Result<Option<Map<String, Value>>, CatalogError> {
    let sql = format!("SELECT * FROM {} WHERE rowid = ?1", table(kind));
    let mut statement = connection.prepare(&sql)?;
    let names: Vec<String> = statement.column_names().into_iter().map(str::to_owned).collect();
    let row = statement.query_row([rowid], |row| {
        let mut found = Map::new();
        for (at, name) in names.iter().enumerate() {
            found.insert(name.clone(), super::journal::json(row.get_ref(at)?));
        }
        Ok(found)
    });
    Ok(row.optional()?)
}

/// The columns that each identify one image.
const UNIQUE: [&str; 3] = ["id", "r2_key", "sha256"];

/// Says whether two rows belong to the same image. A disk does not change two of the three
/// unique columns.
fn is_same(a: &Map<String, Value>, b: &Map<String, Value>) -> bool {
    let agreeing =
        UNIQUE.iter().filter(|name| a.get(**name).is_some_and(|value| b.get(**name) == Some(value)));
    agreeing.count() >= 2
}

/// Writes every column of a row. Returns `false` and changes nothing if the row cannot be
/// read afterwards.
fn overwrite(
    connection: &Connection,
    kind: ImageKind,
    rowid: i64,
    row: &Map<String, Value>,
) -> Result<bool, CatalogError> {
    connection.execute_batch("SAVEPOINT repair")?;
    let shape = super::journal::shape(connection, table(kind))?;
    let outcome = shape.overwrite(connection, rowid, row);
    // If the row still cannot be read, something else was wrong.
    let mut is_good = outcome.is_ok();
    if is_good {
        scan(connection, kind, Some(rowid), &|| true, &mut |_| is_good = false)?;
    }
    let end = if is_good { "RELEASE repair" } else { "ROLLBACK TO repair; RELEASE repair" };
    connection.execute_batch(end)?;
    Ok(is_good)
}

/// Returns an older state of a row with the artist's latest choices for its image.
fn as_chosen(kind: ImageKind, older: &Map<String, Value>, newest: &Map<String, Value>) -> Map<String, Value> {
    let mut row = older.clone();
    if let Some(removed) = newest.get("removed_at").filter(|moment| moment.is_null() || moment.is_i64()) {
        row.insert("removed_at".into(), removed.clone());
    }
    if kind == ImageKind::Generated {
        let name = newest.get("visibility").and_then(Value::as_str).and_then(Visibility::from_name);
        let chosen = name.unwrap_or(Visibility::Unlisted);
        row.insert("visibility".into(), chosen.as_str().into());
        let mark = newest.get("sensitive").and_then(Value::as_str).and_then(SensitiveMark::from_name);
        if let Some(mark) = mark {
            row.insert("sensitive".into(), mark.as_str().into());
        }
    }
    row
}

fn of_backup(backup: &Path, kind: ImageKind, rowid: i64) -> Result<Option<Map<String, Value>>, CatalogError> {
    let connection = Connection::open_with_flags(backup, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    raw(&connection, kind, rowid)
}

fn repair(
    connection: &Connection,
    damaged: &DamagedRow,
    told: &Told,
    backups: &[PathBuf],
    now: UnixMs,
) -> Result<Repaired, CatalogError> {
    let DamagedRow { kind, rowid, .. } = damaged;
    let Some(found) = raw(connection, *kind, *rowid)? else { return Ok(Repaired::Quarantined) };
    // Parts of an image may be unreadable; the reader can extract them again. The newest
    // journal entry may itself contain the damage, if somebody changed the row after it
    // was damaged.
    let told: Vec<_> =
        told.rows.iter().rev().filter(|row| row.kind == *kind && is_same(&row.row, &found)).collect();
    for row in &told {
        let row =
            told.first().map_or_else(|| row.row.clone(), |newest| as_chosen(*kind, &row.row, &newest.row));
        if overwrite(connection, *kind, *rowid, &row)? {
            return Ok(Repaired::FromJournal);
        }
    }
    for backup in backups {
        let good = of_backup(backup, *kind, *rowid).ok().flatten().filter(|row| is_same(row, &found));
        if let Some(mut good) = good {
            if *kind == ImageKind::Generated {
                // Later choices are not known.
                good.insert("visibility".into(), "unlisted".into());
            }
            if overwrite(connection, *kind, *rowid, &good)? {
                return Ok(Repaired::FromBackup);
            }
        }
    }
    let contents = Value::Object(found).to_string();
    connection.execute(
        "INSERT INTO quarantine (item, found_at, contents) VALUES (?1, ?2, ?3)",
        params![table(*kind), now.0, contents],
    )?;
    connection.execute(&format!("DELETE FROM {} WHERE rowid = ?1", table(*kind)), [rowid])?;
    Ok(Repaired::Quarantined)
}

/// Deletes the generation parameters that cannot be read. The reader extracts them again
/// from the texts of the picture.
fn forget_unreadable_params(connection: &Connection) -> Result<(), CatalogError> {
    let mut statement = connection.prepare("SELECT image_id, params FROM generation_params")?;
    let mut rows = statement.query([])?;
    let mut unreadable = Vec::new();
    while let Some(row) = rows.next()? {
        let params: Vec<u8> = row.get(1)?;
        if super::Packed::from_column(params).unpack::<Map<String, Value>>().is_err() {
            unreadable.push(row.get::<_, String>(0)?);
        }
    }
    for id in unreadable {
        connection.execute("DELETE FROM generation_params WHERE image_id = ?1", [id])?;
    }
    Ok(())
}

impl Catalog {
    /// Returns the problems that a full check of the file finds, and the rows that cannot
    /// be read. The scan of the rows asks `is_wanted` repeatedly, stops when it returns
    /// `false`, and returns what it found until then.
    pub async fn find_damage(
        &self,
        is_wanted: impl Fn() -> bool + Send + 'static,
    ) -> Result<(Vec<String>, Vec<DamagedRow>), CatalogError> {
        self.read(move |connection| {
            let file = problems(connection)?;
            let mut rows = Vec::new();
            for kind in [ImageKind::Generated, ImageKind::Reference] {
                scan(connection, kind, None, &is_wanted, &mut |row| rows.push(row))?;
            }
            Ok((file, rows))
        })
        .await
    }

    /// Rebuilds the indexes of the file from its tables.
    ///
    /// # Errors
    /// [`CatalogError::Corrupt`] if more than indexes and values is damaged. Nobody knows
    /// then which rows are lost with a part of a table, and anything made from the rest
    /// would count as the latest state.
    pub async fn build_indexes(&self) -> Result<(), CatalogError> {
        self.write(|connection| {
            connection.execute_batch("REINDEX").map_err(CatalogError::from).map_err(as_damage)?;
            match problems(connection)?.into_iter().find(|line| is_of_structure(line)) {
                Some(line) => Err(CatalogError::corrupt(line)),
                None => Ok(()),
            }
        })
        .await
    }

    /// Returns what is still wrong with the file. Rebuilds the search index first if there
    /// are problems.
    pub async fn last_problems(&self) -> Result<Vec<String>, CatalogError> {
        self.write(|connection| {
            if !problems(connection)?.is_empty() {
                search_index::fill(connection).map_err(as_damage)?;
            }
            problems(connection)
        })
        .await
    }

    /// Returns the file name in the latest quarantined row of an original.
    pub async fn quarantined_name(&self, sha256: [u8; 32]) -> Result<Option<String>, CatalogError> {
        self.read(move |connection| {
            Ok(connection
                .query_row(
                    "SELECT json_extract(contents, '$.filename') FROM quarantine
                     WHERE json_extract(contents, '$.sha256') = ?1 ORDER BY found_at DESC LIMIT 1",
                    [hex::encode(sha256)],
                    |row| row.get::<_, Option<String>>(0),
                )
                .optional()?
                .flatten())
        })
        .await
    }

    /// Repairs rows that cannot be read, in one transaction: from the journal, otherwise
    /// from one of these backups, best first. A row that neither can repair is moved to
    /// quarantine.
    pub async fn repair_rows(
        &self,
        damaged: Vec<DamagedRow>,
        backups: Vec<PathBuf>,
        now: UnixMs,
    ) -> Result<Vec<(DamagedRow, Repaired)>, CatalogError> {
        let path = self.path();
        self.write(move |connection| {
            forget_unreadable_params(connection)?;
            let mut repaired = Vec::with_capacity(damaged.len());
            let mut wanted = Vec::new();
            for row in &damaged {
                if let Some(raw) = raw(connection, row.kind, row.rowid)? {
                    wanted.push(raw);
                }
            }
            let told = told(&path, |row| wanted.iter().any(|found| is_same(row, found)))?;
            for row in damaged {
                let how = repair(connection, &row, &told, &backups, now).map_err(as_damage)?;
                repaired.push((row, how));
            }
            Ok(repaired)
        })
        .await
    }
}
