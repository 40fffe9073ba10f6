//! What a library left, read without Vitrine: its catalog through SQLite, its
//! originals as files, its objects from the server.

use crate::acknowledged::{Found, State};
use rusqlite::{Connection, OpenFlags};
use sha2::{Digest, Sha256};
use std::path::Path;
use vitrine_tests::s3;

/// The row of an image.
pub(crate) struct Row {
    pub(crate) found: Found,
    pub(crate) key: String,
    pub(crate) url: String,
    pub(crate) stored: bool,
    format: String,
}

/// Reads every image of a catalog. Also returns what is wrong with the catalog
/// itself.
pub(crate) fn rows(library: &Path) -> (Vec<Row>, Vec<String>) {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE;
    let catalog = Connection::open_with_flags(library.join("catalog.db"), flags).unwrap();
    let mut wrong = Vec::new();
    let health: String = catalog.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    if health != "ok" {
        wrong.push(format!("the catalog is damaged: {health}"));
    }
    for (what, count) in [
        ("keys used twice", "SELECT count(*) - count(DISTINCT r2_key) FROM images"),
        (
            "images there twice",
            "SELECT count(*) - count(DISTINCT kind || owner_id || hex(sha256)) FROM images",
        ),
        (
            "uploads of nothing",
            "SELECT count(*) FROM transfers WHERE operation = 'put' AND state = 'queued'
            AND attempts = 0 AND image_id NOT IN (SELECT id FROM images)",
        ),
        (
            "images neither stored nor waiting",
            "SELECT count(*) FROM images WHERE stored_at IS NULL
            AND removed_at IS NULL AND id NOT IN (SELECT image_id FROM transfers WHERE operation = 'put')",
        ),
    ] {
        let found: i64 = catalog.query_row(&format!("{IMAGES} {count}"), [], |row| row.get(0)).unwrap();
        if found != 0 {
            wrong.push(format!("{found} {what}"));
        }
    }
    let sql = format!(
        "{IMAGES} SELECT id, lower(hex(sha256)), visibility = 'public', removed_at IS NOT NULL, r2_key, url,
         stored_at IS NOT NULL, content_type FROM images"
    );
    let mut statement = catalog.prepare(&sql).unwrap();
    let rows = statement.query_map([], |row| {
        let state = State { public: row.get(2)?, trashed: row.get(3)? };
        Ok(Row {
            found: Found { id: row.get(0)?, sha256: row.get(1)?, state },
            key: row.get(4)?,
            url: row.get(5)?,
            stored: row.get(6)?,
            format: row.get(7)?,
        })
    });
    let rows = rows.unwrap().map(Result::unwrap).collect();
    (rows, wrong)
}

/// Both kinds of images as one table.
const IMAGES: &str = "WITH images AS (
    SELECT 'generated' AS kind, id, owner_id, sha256, visibility, removed_at, r2_key, url, stored_at,
        content_type FROM generated_images
    UNION ALL
    SELECT 'reference', id, owner_id, sha256, 'unlisted', removed_at, r2_key, url, stored_at,
        content_type FROM reference_images)";

/// Returns the images that have no complete original on disk.
pub(crate) fn without_original(library: &Path, rows: &[Row]) -> Vec<String> {
    let is_whole = |row: &&Row| {
        let hash = &row.found.sha256;
        let extension = row.format.strip_prefix("image/").unwrap_or_default();
        let path = library.join("originals").join(&hash[..2]).join(format!("{hash}.{extension}"));
        std::fs::read(path).is_ok_and(|bytes| hex::encode(Sha256::digest(bytes)) == *hash)
    };
    let lost = rows.iter().filter(|row| !is_whole(row));
    lost.map(|row| format!("the original of {:?} is not whole", row.found)).collect()
}

/// Returns the images that count as stored but whose URL does not return every
/// byte to everybody.
pub(crate) async fn not_really_stored(rows: &[Row]) -> Vec<String> {
    let mut wrong = Vec::new();
    for row in rows.iter().filter(|row| row.stored) {
        let answer = reqwest::get(&row.url).await.unwrap();
        let status = answer.status();
        let body = answer.bytes().await.unwrap();
        if !status.is_success() || hex::encode(Sha256::digest(&body)) != row.found.sha256 {
            wrong.push(format!("{:?} is called stored, and its URL answers {status}", row.found));
        }
    }
    wrong
}

/// Returns where rows and objects differ once all transfers are done.
pub(crate) async fn not_settled(owner: &str, rows: &[Row]) -> Vec<String> {
    let mut objects = Vec::new();
    for kind in ["generated", "reference"] {
        objects.extend(s3::shared().objects_in(&format!("{kind}/{owner}")).await);
    }
    let mut wrong = Vec::new();
    for row in rows {
        let there = objects.contains(&row.key);
        if row.found.state.trashed == there || (!row.found.state.trashed && !row.stored) {
            wrong.push(format!("{:?}, stored: {}, object: {there}", row.found, row.stored));
        }
    }
    let unknown = objects.iter().filter(|key| !rows.iter().any(|row| row.key == **key));
    wrong.extend(unknown.map(|key| format!("the object {key} has no row")));
    wrong
}
