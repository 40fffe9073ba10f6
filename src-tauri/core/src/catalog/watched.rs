//! Tables `watched_folders` and `watched_files`: the folders that new pictures
//! come from, and the files in them that were already handled.

use super::{Catalog, CatalogError};
use crate::model::{OwnerId, UnixMs, WatchedFile, WatchedFolder};
use rusqlite::{Connection, OptionalExtension, params};

/// The most folders that a profile can watch.
const MAX_FOLDERS: u32 = 100;

/// A watched folder and its owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watched {
    /// The profile that gets the pictures.
    pub owner: OwnerId,
    /// The folder. Its `is_there` is always `false`, because nobody has checked
    /// yet.
    pub folder: WatchedFolder,
    /// False if the patterns of what to skip cannot be read. Nothing may be imported
    /// from the folder then, because the artist may have excluded it.
    pub knows_ignored: bool,
}

fn check_owner(connection: &Connection, owner: &OwnerId, id: u32) -> Result<(), CatalogError> {
    let whose: Option<String> = connection
        .prepare_cached("SELECT owner_id FROM watched_folders WHERE id = ?1")?
        .query_row([&id], |row| row.get(0))
        .optional()?;
    match whose {
        None => Err(CatalogError::NotFound("watched folder")),
        Some(whose) if whose != owner.as_str() => Err(CatalogError::NotAuthorized("watched folder")),
        Some(_) => Ok(()),
    }
}

fn as_json(ignored: &[String]) -> Result<String, CatalogError> {
    serde_json::to_string(ignored).map_err(|_| CatalogError::Invalid("these patterns cannot be saved".into()))
}

impl Catalog {
    /// Adds a folder, which is watched only after [`Self::watch_is_ready`] is
    /// called. Returns its id.
    pub async fn begin_watch(
        &self,
        owner: &OwnerId,
        path: String,
        ignored: &[String],
        now: UnixMs,
    ) -> Result<u32, CatalogError> {
        let (owner, ignored) = (owner.clone(), as_json(ignored)?);
        self.write(move |connection| {
            // An earlier attempt may have left an unfinished row.
            connection
                .prepare_cached(
                    "DELETE FROM watched_folders WHERE owner_id = ?1 AND path = ?2 AND is_ready = 0",
                )?
                .execute((&owner, &path))?;
            let count: u32 = connection
                .prepare_cached("SELECT count(*) FROM watched_folders WHERE owner_id = ?1")?
                .query_row([&owner], |row| row.get(0))?;
            if count >= MAX_FOLDERS {
                return Err(CatalogError::Invalid(format!("at most {MAX_FOLDERS} folders can be watched")));
            }
            Ok(connection
                .prepare_cached(
                    "INSERT INTO watched_folders (owner_id, path, ignored, created_at)
                     VALUES (?1, ?2, ?3, ?4) RETURNING id",
                )?
                .query_row(params![&owner, path, ignored, now], |row| row.get(0))?)
        })
        .await
    }

    /// Marks a folder as ready, so that it is watched from now on.
    pub async fn watch_is_ready(&self, id: u32) -> Result<(), CatalogError> {
        self.write(move |connection| {
            connection
                .prepare_cached("UPDATE watched_folders SET is_ready = 1 WHERE id = ?1")?
                .execute([&id])?;
            Ok(())
        })
        .await
    }

    /// Returns the watched folders of one profile or of all, in the order they
    /// were added.
    pub async fn watched_folders(&self, owner: Option<&OwnerId>) -> Result<Vec<Watched>, CatalogError> {
        let owner = owner.cloned();
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT w.id, w.owner_id, w.path, w.ignored, CASE w.is_offered WHEN 0 THEN 0 ELSE (
                     SELECT count(*) FROM watched_files f WHERE f.folder_id = w.id AND f.lay_there = 1) END
                 FROM watched_folders w WHERE w.is_ready = 1 AND (?1 IS NULL OR w.owner_id = ?1) ORDER BY w.id",
            )?;
            let mut rows = statement.query([owner.as_ref().map(OwnerId::as_str)])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                let ignored: String = row.get(3)?;
                let ignored: Option<Vec<String>> = serde_json::from_str(&ignored).ok();
                found.push(Watched {
                    owner: row.get::<_, OwnerId>(1)?,
                    folder: WatchedFolder {
                        id: row.get(0)?,
                        path: row.get(2)?,
                        ignored: ignored.clone().unwrap_or_default(),
                        offered: row.get(4)?,
                        is_there: false,
                    },
                    knows_ignored: ignored.is_some(),
                });
            }
            Ok(found)
        })
        .await
    }

    /// Sets which files are ignored in a folder.
    pub async fn set_watch_ignored(
        &self,
        owner: &OwnerId,
        id: u32,
        ignored: &[String],
    ) -> Result<(), CatalogError> {
        let (owner, ignored) = (owner.clone(), as_json(ignored)?);
        self.write(move |connection| {
            check_owner(connection, &owner, id)?;
            connection
                .prepare_cached("UPDATE watched_folders SET ignored = ?2 WHERE id = ?1")?
                .execute(params![&id, ignored])?;
            Ok(())
        })
        .await
    }

    /// Settles whether the pictures that already were in a folder are wanted. If
    /// they are, they count as new.
    pub async fn settle_offer(&self, owner: &OwnerId, id: u32, wanted: bool) -> Result<(), CatalogError> {
        let owner = owner.clone();
        self.write(move |connection| {
            check_owner(connection, &owner, id)?;
            let changed = connection
                .prepare_cached("UPDATE watched_folders SET is_offered = 0 WHERE id = ?1 AND is_offered = 1")?
                .execute([&id])?;
            if wanted && changed > 0 {
                connection
                    .prepare_cached("DELETE FROM watched_files WHERE folder_id = ?1 AND lay_there = 1")?
                    .execute([&id])?;
            }
            Ok(())
        })
        .await
    }

    /// Stops watching a folder, and deletes what was recorded about it.
    pub async fn forget_watch(&self, owner: &OwnerId, id: u32) -> Result<(), CatalogError> {
        let owner = owner.clone();
        self.write(move |connection| {
            check_owner(connection, &owner, id)?;
            connection.prepare_cached("DELETE FROM watched_folders WHERE id = ?1")?.execute([&id])?;
            Ok(())
        })
        .await
    }

    /// Records files of a folder as handled. Records nothing if the folder is no
    /// longer watched.
    pub async fn note_watched(
        &self,
        folder: u32,
        files: Vec<WatchedFile>,
        lay_there: bool,
    ) -> Result<(), CatalogError> {
        self.write(move |connection| {
            let mut statement = connection.prepare_cached(
                "INSERT OR REPLACE INTO watched_files (folder_id, file, size, modified, lay_there)
                 SELECT id, ?2, ?3, ?4, ?5 FROM watched_folders WHERE id = ?1",
            )?;
            for WatchedFile { file, size, modified } in files {
                let size = i64::try_from(size).unwrap_or(i64::MAX);
                statement.execute(params![folder, file, size, modified, lay_there])?;
            }
            Ok(())
        })
        .await
    }

    /// Says for each file of a folder whether it was handled in its current
    /// state.
    pub async fn is_watched_known(
        &self,
        folder: u32,
        files: Vec<WatchedFile>,
    ) -> Result<Vec<bool>, CatalogError> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT 1 FROM watched_files WHERE folder_id = ?1 AND file = ?2 AND size = ?3 AND modified = ?4",
            )?;
            let mut known = Vec::with_capacity(files.len());
            for WatchedFile { file, size, modified } in files {
                let size = i64::try_from(size).unwrap_or(i64::MAX);
                known.push(statement.exists(params![folder, file, size, modified])?);
            }
            Ok(known)
        })
        .await
    }
}
