//! Upgrades from every earlier version keep every value of every row.

use super::*;
use crate::catalog::{functions, search_index};
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};
use std::collections::BTreeMap;
use std::path::Path;

/// The tables, by name, each with its rows. A row is its values by column.
type Tables = BTreeMap<String, Vec<BTreeMap<String, Value>>>;

struct Column {
    name: String,
    is_text: bool,
    is_blob: bool,
    /// The table that it refers to.
    parent: Option<String>,
}

/// Lists the tables in an order in which each follows those that it refers to.
fn tables(connection: &Connection) -> Vec<(String, Vec<Column>)> {
    let names: Vec<String> = connection
        .prepare(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'
             AND name NOT LIKE 'generated_search%' ORDER BY rowid",
        )
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    let columns = |table: &str| {
        let sql = "SELECT c.name, c.type, k.\"table\" FROM pragma_table_xinfo(?1) c
             LEFT JOIN pragma_foreign_key_list(?1) k ON k.\"from\" = c.name";
        let mut statement = connection.prepare(sql).unwrap();
        let column = |row: &rusqlite::Row<'_>| {
            let kind: String = row.get(1)?;
            let (is_text, is_blob) = (kind == "TEXT", kind == "BLOB");
            Ok(Column { name: row.get(0)?, is_text, is_blob, parent: row.get(2)? })
        };
        statement.query_map([table], column).unwrap().map(Result::unwrap).collect::<Vec<_>>()
    };
    let mut left: Vec<_> = names.into_iter().map(|name| (columns(&name), name)).collect();
    let mut ordered: Vec<(String, Vec<Column>)> = Vec::new();
    while !left.is_empty() {
        let is_known = |column: &Column| {
            column.parent.as_ref().is_none_or(|parent| ordered.iter().any(|(name, _)| name == parent))
        };
        let at = left.iter().position(|(columns, _)| columns.iter().all(is_known)).expect("no circle");
        let (columns, name) = left.remove(at);
        ordered.push((name, columns));
    }
    ordered
}

/// Returns a value that the column accepts. No two rows and no two columns share one, except where
/// only few values are allowed.
fn value(table: &str, column: &Column, row: u8) -> Value {
    let nth = |values: &[&str]| Value::Text(values[usize::from(row) % values.len()].to_owned());
    let text = |text: &str| Value::Text(format!("{text}-{row}"));
    let number = |name: &str| {
        let sum = name.bytes().fold(17, |sum, byte| (sum * 31 + i64::from(byte)) % 100_000);
        Value::Integer(sum * 10 + i64::from(row))
    };
    if let Some(parent) = &column.parent {
        return if column.is_text { text(&format!("{parent}-id")) } else { number("id") };
    }
    match column.name.as_str() {
        "visibility" => nth(&["public", "unlisted"]),
        "operation" => nth(&["put", "delete"]),
        "kind" => nth(&["generated", "reference"]),
        "state" => nth(&["queued", "parked"]),
        "field" => nth(&["prompt", "negative_prompt", "model", "seed"]),
        "sensitive" => nth(&["yes", "no", "words"]),
        "public_details" => nth(&["show", "prompt", "hide"]),
        "role" => nth(&["page", "list"]),
        "class" => nth(&["a", "b", "free"]),
        "public_camera" | "favourite" | "unwanted" => Value::Integer(i64::from(row % 2)),
        "rating" => Value::Integer(i64::from(row % 5) + 1),
        "id" if table == "purges_beyond" => Value::Integer(1),
        "image_id" | "cover_id" => text("generated_images-id"),
        "reference_id" => text("reference_images-id"),
        "sha256" => Value::Blob(vec![row + 1; 32]),
        "md5" | "terms" | "print" => Value::Blob(vec![row + 1; 16]),
        "created_at" | "added_at" => Value::Integer(1_700_000_000_000 + i64::from(row)),
        name if column.is_text => text(&format!("{table}-{name}")),
        name if column.is_blob => Value::Blob(format!("{table}-{name}-{row}").into_bytes()),
        name => number(name),
    }
}

/// Puts rows into every table that is still empty: triggers have filled some.
fn fill(connection: &Connection) {
    for (table, columns) in tables(connection) {
        let rows: i64 =
            connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap();
        if rows > 0 {
            continue;
        }
        let names = columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>().join(", ");
        let places = vec!["?"; columns.len()].join(", ");
        let sql = format!("INSERT INTO {table} ({names}) VALUES ({places})");
        for row in 0..if table == "purges_beyond" { 1 } else { 3 } {
            let values = columns.iter().map(|column| value(&table, column, row));
            let put = connection.execute(&sql, params_from_iter(values));
            assert_eq!(put, Ok(1), "{table} {names}");
        }
    }
}

fn contents(connection: &Connection) -> Tables {
    let mut contents = Tables::new();
    for (table, columns) in tables(connection) {
        let mut statement = connection.prepare(&format!("SELECT * FROM {table}")).unwrap();
        assert_eq!(statement.column_count(), columns.len());
        let names: Vec<String> = statement.column_names().into_iter().map(str::to_owned).collect();
        let row = |row: &rusqlite::Row<'_>| {
            names.iter().enumerate().map(|(at, name)| Ok((name.clone(), row.get(at)?))).collect()
        };
        let rows = statement.query_map([], row).unwrap().map(Result::unwrap).collect();
        contents.insert(table, rows);
    }
    contents
}

fn at_version(version: usize, path: &Path) -> Connection {
    let mut connection = Connection::open(path).unwrap();
    functions::register(&connection).unwrap();
    Migrations::from_slice(STEPS).to_version(&mut connection, version).unwrap();
    connection
}

/// Returns how many images a word finds.
fn found(connection: &Connection, word: &str) -> i64 {
    let sql = "SELECT count(*) FROM generated_search s JOIN search_rows r ON r.position = s.rowid
        JOIN generated_images i ON i.id = r.image_id WHERE generated_search MATCH ?1";
    connection.query_row(sql, [word], |row| row.get(0)).unwrap()
}

#[test]
fn an_upgrade_from_any_version_keeps_every_value() {
    let folder = tempfile::tempdir().unwrap();
    for version in 1..STEPS.len() {
        let path = folder.path().join(format!("from-{version}.db"));
        let mut connection = at_version(version, &path);
        fill(&connection);
        let before = contents(&connection);
        assert_eq!(before["generated_images"].len(), 3);

        upgrade(&mut connection, &path).unwrap();

        let after = contents(&connection);
        for (table, rows) in &before {
            let left = &after[table];
            assert_eq!(left.len(), rows.len(), "{table}, from version {version}");
            for row in rows {
                let is_kept =
                    left.iter().any(|new| row.iter().all(|(name, value)| new.get(name) == Some(value)));
                assert!(is_kept, "{table}, from version {version}: {row:?} became {left:?}");
            }
        }
        assert_eq!(found(&connection, "\"generated_images\""), 3, "found from version {version}");
    }
}

#[test]
fn the_choices_beside_the_words_are_always_those_of_the_rows() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("catalog.db");
    let mut connection = at_version(20, &path);
    fill(&connection);
    upgrade(&mut connection, &path).unwrap();
    let same = |connection: &Connection, after: &str| {
        let sql = "SELECT count(*) FROM search_rows s JOIN generated_images i ON i.id = s.image_id
            WHERE s.favourite = i.favourite AND s.rating = i.rating";
        let same: i64 = connection.query_row(sql, [], |row| row.get(0)).unwrap();
        assert_eq!(same, 3, "{after}");
    };
    same(&connection, "the upgrade");
    for change in [
        "UPDATE generated_images SET rating = 5 - rating, favourite = 1 - favourite",
        "UPDATE generated_images SET created_at = created_at + 1000",
        "UPDATE generated_images SET prompt = 'fox', rating = 1",
        "UPDATE search_rows SET rating = 5 - rating, favourite = 1 - favourite",
    ] {
        connection.execute(change, []).unwrap();
        if change.contains("search_rows") {
            search_index::fill(&connection).unwrap();
        }
        same(&connection, change);
    }
}

#[test]
fn an_upgrade_gives_old_images_what_new_ones_have() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("catalog.db");
    let mut connection = at_version(1, &path);
    fill(&connection);
    upgrade(&mut connection, &path).unwrap();
    let sql = "SELECT count(*) FROM generated_images i JOIN fingerprints f USING (sha256)
        WHERE i.added_at = i.created_at AND i.name_key <> '' AND i.rating = 0 AND i.favourite = 0 AND f.edition = 0";
    let whole: i64 = connection.query_row(sql, [], |row| row.get(0)).unwrap();
    assert_eq!(whole, 3);
}
