//! Checks whether the file of the catalog is sound, copies it, and adjusts a copy that takes its
//! place.

use super::file::{copy, look_through};
use super::originals::is_known;
use super::position::{position, record_position};
use super::shared_columns::table;
use super::{Catalog, CatalogError, damage, feed_files, journal, migrations, outbox};
use crate::model::{ImageId, ImageKind, Operation, UnixMs};
use rusqlite::{Connection, OpenFlags};
use std::path::{Path, PathBuf};

/// Fails unless the file is a sound catalog of this or an earlier version in which every image
/// can be read. Reads the whole file, and blocks.
pub fn check_closely(path: &Path) -> Result<(), CatalogError> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let version = migrations::check_version(&connection)?;
    // A recovery that was killed left an empty file here, which is still to be filled.
    if version == 0
        && connection
            .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
            .map(|tables: i64| tables == 0)?
    {
        return Err(CatalogError::Missing);
    }
    let looked = if migrations::is_current(&connection)? {
        position(&connection)
            .and_then(|_| journal::has_its_tables(&connection))
            .and_then(|()| damage::look_closely(&connection))
    } else {
        // Its images are read after the upgrade.
        damage::look_at_file(&connection)
    };
    // No disk error occurred and no lock was in the way, so the file's content is the cause.
    looked.map_err(damage::as_damage)
}

/// Fails unless the file is a sound catalog of this or an earlier version, as far as a quick
/// check can tell. Blocks.
pub fn check_file(path: &Path) -> Result<(), CatalogError> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    migrations::check_version(&connection)?;
    look_through(&connection)
}

impl Catalog {
    /// Fails with [`CatalogError::Corrupt`] if a quick check of the whole file finds damage.
    pub async fn quick_check(&self) -> Result<(), CatalogError> {
        self.read(look_through).await
    }

    /// Copies the catalog into a new file as one consistent snapshot, and checks the copy.
    /// Others read and write meanwhile.
    pub async fn copy_to(&self, target: PathBuf) -> Result<(), CatalogError> {
        self.read(move |connection| {
            copy(connection, &target)?;
            record_position(&target)
        })
        .await
    }

    /// Makes this catalog newer than a position, unless it already is. A catalog that started
    /// again counts on from where the last one ended.
    pub async fn begin_behind(&self, (journal, transfers): (i64, i64)) -> Result<(), CatalogError> {
        self.write(move |connection| {
            for (table, seq) in [("journal_pending", journal), ("transfers", transfers)] {
                let is_there = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = ?1)";
                if !connection.query_row(is_there, [table], |row| row.get::<_, bool>(0))? {
                    continue;
                }
                let raise = "UPDATE sqlite_sequence SET seq = max(seq, ?2) WHERE name = ?1";
                if connection.execute(raise, (table, seq))? == 0 {
                    connection
                        .execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?1, ?2)", (table, seq))?;
                }
            }
            Ok(())
        })
        .await
    }

    /// Returns those hashes that no image is made of. Images in the trash count too.
    pub async fn unknown_originals(&self, hashes: Vec<[u8; 32]>) -> Result<Vec<[u8; 32]>, CatalogError> {
        self.read(move |connection| {
            let mut unknown = Vec::new();
            for hash in hashes {
                if !is_known(connection, &hash)? {
                    unknown.push(hash);
                }
            }
            Ok(unknown)
        })
        .await
    }

    /// Makes every image unlisted. Returns how many were public.
    pub async fn unlist_everything(&self) -> Result<u32, CatalogError> {
        self.write(|connection| {
            Ok(u32::try_from(connection.execute(journal::UNLIST, [])?).unwrap_or(u32::MAX))
        })
        .await
    }

    /// Gives images in the trash their full time again, because an older catalog does not know
    /// which of them were restored since.
    pub async fn renew_trash(&self, now: UnixMs) -> Result<(), CatalogError> {
        self.write(move |connection| {
            for kind in [ImageKind::Generated, ImageKind::Reference] {
                let table = table(kind);
                let sql = format!("UPDATE {table} SET removed_at = ?1 WHERE removed_at IS NOT NULL");
                connection.execute(&sql, [now.0])?;
            }
            Ok(())
        })
        .await
    }

    /// Discards everything that an older catalog says about the bucket. The object of each image
    /// is confirmed or uploaded again, and the object of each trashed image is deleted.
    pub async fn confirm_everything_again(&self, now: UnixMs) -> Result<(), CatalogError> {
        self.write(move |connection| {
            for kind in [ImageKind::Generated, ImageKind::Reference] {
                let table = table(kind);
                // Deletions under former keys stay: nothing else knows of these objects.
                connection.execute(
                    &format!(
                        "DELETE FROM transfers WHERE waits_for IS NULL AND image_id IN (SELECT id FROM {table})"
                    ),
                    [],
                )?;
                connection.execute(&format!("UPDATE {table} SET stored_at = NULL"), [])?;
                let sql = format!("SELECT id, removed_at IS NOT NULL FROM {table}");
                let mut statement = connection.prepare(&sql)?;
                let mut rows = statement.query([])?;
                while let Some(row) = rows.next()? {
                    let id = row.get::<_, ImageId>(0)?;
                    let operation = if row.get(1)? { Operation::Delete } else { Operation::Put };
                    outbox::queue(connection, operation, kind, &id, now)?;
                }
            }
            feed_files::forget_bucket(connection)?;
            // The uploads count as tried, so that objects which already exist are confirmed
            // instead of sent again.
            connection.execute("UPDATE transfers SET attempts = 1 WHERE attempts = 0", [])?;
            Ok(())
        })
        .await
    }
}
