//! Rows whose values a disk has changed: finding them, and making them what
//! they were, from the journal or a backup. What cannot be repaired is moved to
//! `quarantine`, so that it is in nobody's way and yet not lost.

use super::journal::{Told, told};
use super::rows::name_of;
use super::shared_columns::{SHARED, read_shared, table};
use super::{Catalog, CatalogError, generated, search_index};
use crate::model::{ImageKind, UnixMs, Visibility};
use rusqlite::{Connection, OpenFlags, OptionalExtension, params};
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};

/// Problems of the file that are named at most.
const NAMED: u32 = 100;

/// A row that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DamagedRow {
    /// Of which table.
    pub kind: ImageKind,
    /// Where it is in the table.
    pub rowid: i64,
    /// The file's name, as far as it can be read.
    pub name: String,
    /// What is wrong with it.
    pub what: String,
}

/// How a row was repaired.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mended {
    /// It is what the journal last told of it.
    FromJournal,
    /// It is what a backup has, and unlisted.
    FromBackup,
    /// It was moved to `quarantine`.
    Quarantined,
}

/// Reads every image of a kind, or one alone, and calls `each` with those that
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
    // In the order of the table itself: an index may have what the table lost.
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

/// Returns what `integrity_check` says of a file, nothing if it is sound.
pub(super) fn problems(connection: &Connection) -> Result<Vec<String>, CatalogError> {
    let mut statement = connection.prepare(&format!("PRAGMA integrity_check({NAMED})"))?;
    let found: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(found.into_iter().filter(|line| line != "ok").collect())
}

/// Says whether a line of `integrity_check` is of the pages of a table, and not
/// of an index's entries, of values, or of the search index, which can be built
/// again.
fn is_of_structure(line: &str) -> bool {
    ["***", "Tree ", "Page ", "Main freelist", "Freelist"].iter().any(|begin| line.starts_with(begin))
        || line.contains("database disk image is malformed")
        || line.contains("out of order")
}

/// A file that holds what no program wrote refuses what any program may write.
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

/// Returns a row as it is, whatever its values are.
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

/// The columns that each name one image alone.
const UNIQUE: [&str; 3] = ["id", "r2_key", "sha256"];

/// Says whether two rows are of one image: a disk does not change two of the
/// three.
fn is_same(a: &Map<String, Value>, b: &Map<String, Value>) -> bool {
    let agreeing =
        UNIQUE.iter().filter(|name| a.get(**name).is_some_and(|value| b.get(**name) == Some(value)));
    agreeing.count() >= 2
}

/// Writes every column of a row.
fn overwrite(
    connection: &Connection,
    kind: ImageKind,
    rowid: i64,
    row: &Map<String, Value>,
) -> Result<bool, CatalogError> {
    connection.execute_batch("SAVEPOINT mend")?;
    let shape = super::journal::shape(connection, table(kind))?;
    let outcome = shape.overwrite(connection, rowid, row);
    // It has to be readable now, or it was not this that was wrong.
    let mut is_good = outcome.is_ok();
    if is_good {
        scan(connection, kind, Some(rowid), &|| true, &mut |_| is_good = false)?;
    }
    connection.execute_batch(if is_good { "RELEASE mend" } else { "ROLLBACK TO mend; RELEASE mend" })?;
    Ok(is_good)
}

/// Returns an older state of a row with what was chosen last for its image.
fn as_chosen(kind: ImageKind, older: &Map<String, Value>, newest: &Map<String, Value>) -> Map<String, Value> {
    let mut row = older.clone();
    if let Some(removed) = newest.get("removed_at").filter(|moment| moment.is_null() || moment.is_i64()) {
        row.insert("removed_at".into(), removed.clone());
    }
    if kind == ImageKind::Generated {
        let name = newest.get("visibility").and_then(Value::as_str).and_then(Visibility::from_name);
        let chosen = name.unwrap_or(Visibility::Unlisted);
        row.insert("visibility".into(), chosen.as_str().into());
    }
    row
}

fn of_backup(backup: &Path, kind: ImageKind, rowid: i64) -> Result<Option<Map<String, Value>>, CatalogError> {
    let connection = Connection::open_with_flags(backup, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    raw(&connection, kind, rowid)
}

fn mend(
    connection: &Connection,
    damaged: &DamagedRow,
    told: &Told,
    backups: &[PathBuf],
    now: UnixMs,
) -> Result<Mended, CatalogError> {
    let DamagedRow { kind, rowid, .. } = damaged;
    let Some(found) = raw(connection, *kind, *rowid)? else { return Ok(Mended::Quarantined) };
    // What belongs to an image may be what cannot be read; the reader can read it again.
    // The newest word may tell the damage itself, where somebody changed the row after it.
    let told: Vec<_> =
        told.rows.iter().rev().filter(|row| row.kind == *kind && is_same(&row.row, &found)).collect();
    for row in &told {
        let row =
            told.first().map_or_else(|| row.row.clone(), |newest| as_chosen(*kind, &row.row, &newest.row));
        if overwrite(connection, *kind, *rowid, &row)? {
            return Ok(Mended::FromJournal);
        }
    }
    for backup in backups {
        let good = of_backup(backup, *kind, *rowid).ok().flatten().filter(|row| is_same(row, &found));
        if let Some(mut good) = good {
            if *kind == ImageKind::Generated {
                // What was chosen since is not known.
                good.insert("visibility".into(), "unlisted".into());
            }
            if overwrite(connection, *kind, *rowid, &good)? {
                return Ok(Mended::FromBackup);
            }
        }
    }
    let contents = Value::Object(found).to_string();
    connection.execute(
        "INSERT INTO quarantine (item, found_at, contents) VALUES (?1, ?2, ?3)",
        params![table(*kind), now.0, contents],
    )?;
    connection.execute(&format!("DELETE FROM {} WHERE rowid = ?1", table(*kind)), [rowid])?;
    Ok(Mended::Quarantined)
}

/// Makes the parameters of images readable again, by forgetting those that are
/// not: they are read again from the texts of the picture.
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
    /// Returns what a close look through the file finds wrong with it, and the
    /// rows that cannot be read. `is_wanted` is asked again and again; what was
    /// found until it says no is returned.
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

    /// Builds the indexes of the file again from its tables.
    ///
    /// # Errors
    /// [`CatalogError::Corrupt`] when more than indexes and values is damaged:
    /// which rows are lost with a part of a table is not known then, and
    /// whatever was made of the rest would be taken for the newest word.
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

    /// Returns what is still wrong with the file, after the search index was
    /// built again if that was damaged.
    pub async fn last_problems(&self) -> Result<Vec<String>, CatalogError> {
        self.write(|connection| {
            if !problems(connection)?.is_empty() {
                search_index::fill(connection).map_err(as_damage)?;
            }
            problems(connection)
        })
        .await
    }

    /// Returns the name that a quarantined row gave to an original.
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

    /// Repairs rows that cannot be read, in one transaction: from the journal,
    /// else from one of these backups, the best first, else out of the way.
    pub async fn mend_rows(
        &self,
        damaged: Vec<DamagedRow>,
        backups: Vec<PathBuf>,
        now: UnixMs,
    ) -> Result<Vec<(DamagedRow, Mended)>, CatalogError> {
        let path = self.path();
        self.write(move |connection| {
            forget_unreadable_params(connection)?;
            let mut mended = Vec::with_capacity(damaged.len());
            let mut wanted = Vec::new();
            for row in &damaged {
                if let Some(raw) = raw(connection, row.kind, row.rowid)? {
                    wanted.push(raw);
                }
            }
            let told = told(&path, |row| wanted.iter().any(|found| is_same(row, found)))?;
            for row in damaged {
                let how = mend(connection, &row, &told, &backups, now).map_err(as_damage)?;
                mended.push((row, how));
            }
            Ok(mended)
        })
        .await
    }
}
