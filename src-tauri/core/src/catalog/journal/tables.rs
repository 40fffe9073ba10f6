//! The tables that the journal records, and their rows as JSON. Text and
//! numbers stay as they are; bytes become hexadecimal.

use super::super::CatalogError;
use super::segments::Line;
use rusqlite::types::{Value as Sql, ValueRef};
use rusqlite::{Connection, OptionalExtension, Row, params_from_iter};
use serde_json::{Map, Value};
use std::fmt::Write as _;

/// A table that the journal records.
pub(in super::super) struct Table {
    pub(in super::super) name: &'static str,
    /// Columns that only store what the bucket last confirmed. They are
    /// confirmed again after a loss, so their changes are not recorded.
    pub(super) forgotten: &'static [&'static str],
    /// Columns that triggers compute from the others. They are neither recorded nor restored.
    derived: &'static [&'static str],
    /// Columns that change with each confirmation and are computed again where they are empty. A change of
    /// nothing else is not recorded.
    computed: &'static [&'static str],
}

const fn table(name: &'static str) -> Table {
    Table { name, forgotten: &[], derived: &[], computed: &[] }
}

/// The bucket's confirmation, and the address of the object.
const OF_THE_BUCKET: &[&str] = &["stored_at", "url"];

const MD5: &[&str] = &["md5"];

/// The tables, each after those it refers to. Transfers are not recorded
/// because they are queued again after a loss, and neither is the search index,
/// because triggers fill it.
pub(super) const TABLES: &[Table] = &[
    table("settings"),
    table("users"),
    Table {
        name: "generated_images",
        forgotten: OF_THE_BUCKET,
        derived: &["prompt_key", "stack"],
        computed: MD5,
    },
    Table { name: "reference_images", forgotten: OF_THE_BUCKET, derived: &[], computed: MD5 },
    table("originals"),
    table("unwanted_originals"),
    table("generation_params"),
    table("generation_sources"),
    table("generation_edits"),
    table("reference_sources"),
    table("galleries"),
    table("gallery_images"),
    table("collections"),
    table("collection_images"),
    table("made_with"),
    table("saved_searches"),
    table("watched_folders"),
    table("watched_files"),
    table("public_copies"),
    table("feed_files"),
];

/// A column as the schema declares it.
#[derive(Debug, Clone)]
struct Column {
    name: String,
    is_bytes: bool,
    /// Its place in the primary key, from 1; 0 if it is not part of the key.
    key: i64,
}

/// A table with the columns that are recorded.
pub(in super::super) struct Shape {
    pub(in super::super) table: &'static Table,
    columns: Vec<Column>,
}

/// Reads the columns of every table from the schema.
pub(in super::super) fn shapes(connection: &Connection) -> Result<Vec<Shape>, CatalogError> {
    let mut shapes = Vec::with_capacity(TABLES.len());
    for table in TABLES {
        let mut statement = connection.prepare("SELECT name, type, pk FROM pragma_table_info(?1)")?;
        let columns = statement.query_map([table.name], |row| {
            let declared: String = row.get(1)?;
            Ok(Column { name: row.get(0)?, is_bytes: declared == "BLOB", key: row.get(2)? })
        })?;
        let mut columns: Vec<Column> = match columns.collect::<Result<_, _>>() {
            Err(error @ rusqlite::Error::Utf8Error(..)) => return Err(CatalogError::Corrupt(error)),
            columns => columns?,
        };
        columns.retain(|column| !table.derived.contains(&column.name.as_str()));
        if columns.is_empty() {
            return Err(CatalogError::corrupt(format!("the table {} is missing", table.name)));
        }
        shapes.push(Shape { table, columns });
    }
    Ok(shapes)
}

impl Shape {
    /// Returns the columns of the primary key, in its order.
    fn key(&self) -> Vec<&Column> {
        let mut key: Vec<_> = self.columns.iter().filter(|column| column.key > 0).collect();
        key.sort_by_key(|column| column.key);
        key
    }

    fn key_of(&self, row: &str) -> String {
        let parts = self.key().into_iter().map(|column| {
            let name = format!("{row}.\"{}\"", column.name);
            if column.is_bytes { format!("hex({name})") } else { name }
        });
        format!("json_array({})", parts.collect::<Vec<_>>().join(", "))
    }

    /// Returns triggers that record each change of a row, for this connection
    /// only.
    pub(super) fn triggers(&self) -> String {
        let name = self.table.name;
        let news = self.columns.iter().map(|column| column.name.as_str());
        let is_news = |column: &&str| ![self.table.forgotten, self.table.computed].concat().contains(column);
        let news = news.filter(is_news);
        let news: Vec<_> = news.map(|column| format!("\"{column}\"")).collect();
        let (old, new) = (self.key_of("old"), self.key_of("new"));
        let note = "INSERT INTO journal_pending (item, key)";
        format!(
            "CREATE TEMP TRIGGER journal_{name}_inserted AFTER INSERT ON main.{name}
             BEGIN {note} VALUES ('{name}', {new}); END;
             CREATE TEMP TRIGGER journal_{name}_updated AFTER UPDATE OF {} ON main.{name}
             BEGIN
                 {note} SELECT '{name}', {old} WHERE {old} IS NOT {new};
                 {note} VALUES ('{name}', {new});
             END;
             CREATE TEMP TRIGGER journal_{name}_deleted AFTER DELETE ON main.{name}
             BEGIN {note} VALUES ('{name}', {old}); END;",
            news.join(", ")
        )
    }

    fn where_key(&self) -> String {
        let mut text = String::new();
        for (at, column) in self.key().into_iter().enumerate() {
            let and = if at == 0 { "" } else { " AND " };
            // Writing to a string does not fail.
            let _ = write!(text, "{and}\"{}\" = ?{}", column.name, at + 1);
        }
        text
    }

    /// Returns the values of a key; `None` if it does not fit the table.
    fn bind_key(&self, key: &[Value]) -> Option<Vec<Sql>> {
        let columns = self.key();
        if columns.len() != key.len() {
            return None;
        }
        columns.into_iter().zip(key).map(|(column, value)| sql(column, value)).collect()
    }

    /// Returns the columns in the order in which [`Self::read`] reads them.
    fn names(&self) -> String {
        let names = self.columns.iter().map(|column| format!("\"{}\"", column.name));
        names.collect::<Vec<_>>().join(", ")
    }

    /// Reads all columns of a row.
    fn read(&self, row: &Row<'_>) -> rusqlite::Result<Map<String, Value>> {
        let column = |(at, column): (usize, &Column)| Ok((column.name.clone(), json(row.get_ref(at)?)));
        self.columns.iter().enumerate().map(column).collect()
    }

    /// Returns the current state of the row with this key. Returns `None` if
    /// the key does not fit the table.
    pub(super) fn line(&self, connection: &Connection, key: &str) -> Result<Option<Line>, CatalogError> {
        let Ok(Value::Array(key)) = serde_json::from_str(key) else { return Ok(None) };
        let Some(values) = self.bind_key(&key) else { return Ok(None) };
        let query = format!("SELECT {} FROM {} WHERE {}", self.names(), self.table.name, self.where_key());
        let row = connection
            .prepare_cached(&query)?
            .query_row(params_from_iter(values), |row| self.read(row))
            .optional()?;
        Ok(Some(Line::Row { item: self.table.name.to_owned(), key, row }))
    }

    /// Returns all rows with this value in this column. The list is empty if
    /// the table has no such column.
    pub(in super::super) fn lines_with(
        &self,
        connection: &Connection,
        column: &str,
        value: &Value,
    ) -> Result<Vec<Line>, CatalogError> {
        let Some(wanted) = self.columns.iter().find(|known| known.name == column) else {
            return Ok(Vec::new());
        };
        let Some(value) = sql(wanted, value) else { return Ok(Vec::new()) };
        let query = format!("SELECT {} FROM {} WHERE \"{column}\" = ?1", self.names(), self.table.name);
        let mut statement = connection.prepare(&query)?;
        let mut rows = statement.query([value])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let columns = self.read(row)?;
            let key = self.key().iter().filter_map(|part| columns.get(&part.name).cloned()).collect();
            found.push(Line::Row { item: self.table.name.to_owned(), key, row: Some(columns) });
        }
        Ok(found)
    }

    /// Inserts or updates a row from the journal. Columns that the table no
    /// longer has and `stored_at` are left out.
    pub(super) fn put(&self, connection: &Connection, row: &Map<String, Value>) -> Result<(), CatalogError> {
        let known = |column: &&Column| {
            row.contains_key(&column.name) && !(column.key == 0 && column.name == "stored_at")
        };
        let columns: Vec<_> = self.columns.iter().filter(known).collect();
        let values: Option<Vec<Sql>> =
            columns.iter().map(|column| sql(column, row.get(&column.name)?)).collect();
        let values =
            values.ok_or_else(|| CatalogError::Invalid("a row of the journal has another form".into()))?;
        let names: Vec<_> = columns.iter().map(|column| format!("\"{}\"", column.name)).collect();
        let places: Vec<_> = (1..=columns.len()).map(|at| format!("?{at}")).collect();
        let keys: Vec<_> = self.key().into_iter().map(|column| format!("\"{}\"", column.name)).collect();
        let updates: Vec<_> = columns
            .iter()
            .filter(|column| column.key == 0)
            .map(|column| format!("\"{0}\" = excluded.\"{0}\"", column.name))
            .collect();
        let update = if updates.is_empty() {
            "DO NOTHING".to_owned()
        } else {
            format!("DO UPDATE SET {}", updates.join(", "))
        };
        let statement = format!(
            "INSERT INTO {} ({}) VALUES ({}) ON CONFLICT ({}) {update}",
            self.table.name,
            names.join(", "),
            places.join(", "),
            keys.join(", ")
        );
        connection.prepare_cached(&statement)?.execute(params_from_iter(values))?;
        Ok(())
    }

    /// Writes every column of the row with this rowid, except what the bucket
    /// last confirmed.
    pub(in super::super) fn overwrite(
        &self,
        connection: &Connection,
        rowid: i64,
        row: &Map<String, Value>,
    ) -> Result<(), CatalogError> {
        let told = |column: &&Column| {
            row.contains_key(&column.name) && !self.table.forgotten.contains(&column.name.as_str())
        };
        let columns: Vec<_> = self.columns.iter().filter(told).collect();
        let values: Option<Vec<Sql>> =
            columns.iter().map(|column| sql(column, row.get(&column.name)?)).collect();
        let mut values = values.ok_or_else(|| CatalogError::Invalid("a row has another form".into()))?;
        values.push(Sql::Integer(rowid));
        let sets: Vec<_> = columns
            .iter()
            .enumerate()
            .map(|(at, column)| format!("\"{}\" = ?{}", column.name, at + 1))
            .collect();
        let statement =
            format!("UPDATE {} SET {} WHERE rowid = ?{}", self.table.name, sets.join(", "), values.len());
        connection.prepare_cached(&statement)?.execute(params_from_iter(values))?;
        Ok(())
    }

    /// Deletes a row. Returns whether it existed.
    pub(super) fn delete(&self, connection: &Connection, key: &[Value]) -> Result<bool, CatalogError> {
        let Some(values) = self.bind_key(key) else { return Ok(false) };
        let statement = format!("DELETE FROM {} WHERE {}", self.table.name, self.where_key());
        Ok(connection.prepare_cached(&statement)?.execute(params_from_iter(values))? > 0)
    }
}

/// Returns a value of a row in the form that the journal uses.
pub(in super::super) fn json(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => number.into(),
        ValueRef::Real(number) => number.into(),
        ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned().into(),
        ValueRef::Blob(bytes) => hex::encode(bytes).into(),
    }
}

fn sql(column: &Column, value: &Value) -> Option<Sql> {
    Some(match value {
        Value::Null => Sql::Null,
        Value::Number(number) => match number.as_i64() {
            Some(integer) => Sql::Integer(integer),
            None => Sql::Real(number.as_f64()?),
        },
        Value::String(text) if column.is_bytes => Sql::Blob(hex::decode(text).ok()?),
        Value::String(text) => Sql::Text(text.clone()),
        Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;

    /// The journal's own table, and tables that are filled again after a recovery or not needed then. The
    /// counts of requests and the addresses to purge may be lost: the first are for information, and the
    /// second only hasten what caches do by themselves.
    const NOT_RECORDED: [&str; 9] = [
        "bucket_usage",
        "feed_revisions",
        "fingerprints",
        "journal_pending",
        "purges",
        "purges_beyond",
        "quarantine",
        "search_rows",
        "transfers",
    ];

    #[test]
    fn every_table_is_recorded_or_known_not_to_be() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("catalog.db");
        drop(Catalog::open(&path).unwrap());
        let connection = Connection::open(&path).unwrap();
        let mut statement =
            connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").unwrap();
        let names = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
        let names: Vec<String> = names.collect::<Result<_, _>>().unwrap();
        let is_recorded = |name: &str| TABLES.iter().any(|table| table.name == name);
        let unknown: Vec<&String> = names
            .iter()
            .filter(|name| !name.starts_with("sqlite_") && !name.starts_with("generated_search"))
            .filter(|name| !is_recorded(name) && !NOT_RECORDED.contains(&name.as_str()))
            .collect();
        assert!(unknown.is_empty(), "add these to TABLES, or a recovery loses their rows: {unknown:?}");
        for table in TABLES {
            assert!(names.iter().any(|name| name == table.name), "there is no table {}", table.name);
        }
    }
}
