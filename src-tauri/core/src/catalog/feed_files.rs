//! Table `feed_files`: every object of a published feed that the bucket has or may have. A row exists before its
//! first upload, and is deleted when the bucket has confirmed that the object is gone.

use super::feed_role::FeedRole;
use super::{Catalog, CatalogError};
use crate::model::{Bytes, FeedProblem, ImageId, ObjectKey, OwnerId, Print, UnixMs};
use rusqlite::{Connection, Row, params};

/// A feed file, as far as a plan needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedFile {
    /// The key of the object.
    pub key: ObjectKey,
    /// What it is.
    pub role: FeedRole,
    /// The image of a page; `None` for styles and lists.
    pub image: Option<ImageId>,
    /// What the bucket's version was made from; `None` if it is unknown what the bucket has.
    pub print: Option<Print>,
    /// Whether the bucket ever confirmed an upload.
    pub is_there: bool,
    /// Whether an upload is parked.
    pub is_parked: bool,
    /// Whether a deletion is parked.
    pub stays: bool,
}

/// The feed files of a profile in numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FeedTotals {
    /// Objects that the bucket has.
    pub files: u32,
    /// Their total size.
    pub size_bytes: Bytes,
    /// When the last upload was confirmed; `None` if none was.
    pub written_at: Option<UnixMs>,
    /// Transfers that are queued or running.
    pub waiting: u32,
    /// Transfers that are parked.
    pub parked: u32,
}

/// Forgets a file, because the bucket has nothing of this library at its key.
pub(super) fn forget(connection: &Connection, key: &ObjectKey) -> Result<(), CatalogError> {
    connection.prepare_cached("DELETE FROM feed_files WHERE r2_key = ?1")?.execute([key])?;
    Ok(())
}

/// Discards everything that is known about the bucket, because another one is connected.
pub(super) fn forget_bucket(connection: &Connection) -> Result<(), CatalogError> {
    connection.execute("DELETE FROM transfers WHERE kind IS NULL", [])?;
    connection.execute("DELETE FROM feed_files WHERE unwanted = 1", [])?;
    connection.execute(
        "UPDATE feed_files SET print = NULL, written_at = NULL, cache_control = NULL, sha256 = NULL, md5 = NULL",
        [],
    )?;
    connection.execute("UPDATE public_copies SET stored_at = NULL", [])?;
    Ok(())
}

fn print(row: &Row<'_>, column: usize) -> Result<Option<Print>, CatalogError> {
    let bytes: Option<Vec<u8>> = row.get(column)?;
    Ok(bytes.and_then(|bytes| bytes.try_into().ok()))
}

/// Reads a problem from the columns image, name of the file, and reason.
pub(super) fn feed_problem(row: &Row<'_>) -> rusqlite::Result<FeedProblem> {
    Ok(FeedProblem { image_id: row.get(0)?, filename: row.get(1)?, reason: row.get(2)? })
}

/// Returns the path within the feed's folder.
pub(super) fn name_of(key: &ObjectKey) -> String {
    key.as_str().splitn(3, '/').nth(2).unwrap_or_default().to_owned()
}

/// The styles, pages and lists of a profile.
pub(super) const FILES: &str = "
    SELECT f.r2_key, f.role, f.image_id, f.print, f.written_at IS NOT NULL,
        EXISTS (SELECT 1 FROM transfers t
                WHERE t.r2_key = f.r2_key AND t.state = 'parked' AND t.operation = 'put'),
        EXISTS (SELECT 1 FROM transfers t
                WHERE t.r2_key = f.r2_key AND t.state = 'parked' AND t.operation = 'delete')
    FROM feed_files f WHERE f.owner_id = ?1 AND f.role IN ('style', 'page', 'list')";

/// What the bucket has of a profile's feed.
pub(super) const TOTALS: &str = "
    SELECT count(*), coalesce(sum(size_bytes), 0), max(written_at) FROM feed_files
    WHERE owner_id = ?1 AND written_at IS NOT NULL";

impl Catalog {
    /// Returns the styles, pages and lists of a profile's feed. Copies are in `public_copies`.
    pub async fn feed_files(&self, owner: &OwnerId) -> Result<Vec<FeedFile>, CatalogError> {
        let owner = owner.clone();
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(FILES)?;
            let mut rows = statement.query([&owner])?;
            let mut files = Vec::new();
            while let Some(row) = rows.next()? {
                files.push(FeedFile {
                    key: row.get(0)?,
                    role: row.get(1)?,
                    image: row.get(2)?,
                    print: print(row, 3)?,
                    is_there: row.get(4)?,
                    is_parked: row.get(5)?,
                    stays: row.get(6)?,
                });
            }
            Ok(files)
        })
        .await
    }

    /// Returns up to `limit` objects of dropped copies that have to go, and are not parked.
    pub async fn unwanted_feed_files(
        &self,
        owner: &OwnerId,
        limit: u32,
    ) -> Result<Vec<ObjectKey>, CatalogError> {
        let owner = owner.clone();
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT f.r2_key FROM feed_files f WHERE f.owner_id = ?1 AND f.unwanted = 1
                 AND NOT EXISTS (SELECT 1 FROM transfers t WHERE t.r2_key = f.r2_key AND t.operation = 'delete')
                 LIMIT ?2",
            )?;
            let keys = statement.query_map(params![owner, limit], |row| row.get(0))?;
            Ok(keys.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// Returns the profiles that have settings of a feed, or whose feed has left something in the bucket.
    pub async fn feed_owners(&self) -> Result<Vec<OwnerId>, CatalogError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT id FROM users WHERE EXISTS (SELECT 1 FROM settings WHERE name = 'feed.' || id)
                 UNION SELECT DISTINCT owner_id FROM feed_files ORDER BY 1",
            )?;
            let owners = statement.query_map([], |row| row.get(0))?;
            Ok(owners.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// Says whether the bucket has a page of this image.
    pub async fn has_feed_page(&self, image: &ImageId) -> Result<bool, CatalogError> {
        let image = image.clone();
        self.read(move |connection| {
            let sql = "SELECT EXISTS (SELECT 1 FROM feed_files f JOIN generated_images i ON i.id = f.image_id
                       WHERE f.owner_id = i.owner_id AND f.role = 'page' AND f.image_id = ?1
                       AND f.written_at IS NOT NULL)";
            Ok(connection.prepare_cached(sql)?.query_row([image], |row| row.get(0))?)
        })
        .await
    }

    /// Returns the feed files and transfers of a profile in numbers.
    pub async fn feed_totals(&self, owner: &OwnerId) -> Result<FeedTotals, CatalogError> {
        let owner = owner.clone();
        self.read(move |connection| {
            let mut totals = connection
                .prepare_cached(TOTALS)?
                .query_row([&owner], |row| {
                    Ok(FeedTotals {
                        files: row.get(0)?,
                        size_bytes: Bytes(row.get::<_, i64>(1)?.unsigned_abs()),
                        written_at: row.get(2)?,
                        waiting: 0,
                        parked: 0,
                    })
                })?;
            (totals.waiting, totals.parked) = connection
                .prepare_cached(
                    "SELECT coalesce(sum(state <> 'parked'), 0), coalesce(sum(state = 'parked'), 0) FROM transfers
                     WHERE kind IS NULL AND owner_id = ?1",
                )?
                .query_row([&owner], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(totals)
        })
        .await
    }
}
