//! Table `saved_searches`.

use super::{Catalog, CatalogError};
use crate::model::{OwnerId, SavedSearch};
use rusqlite::{Connection, params};

/// The most searches a profile can save.
const MAX_SAVED: u32 = 200;

/// Changes the queries of a profile's saved searches. A query for which `changed` returns `None` stays.
pub(super) fn change(
    connection: &Connection,
    owner: &OwnerId,
    changed: impl Fn(&str) -> Option<String>,
) -> Result<(), CatalogError> {
    let mut update = connection
        .prepare_cached("UPDATE saved_searches SET query = ?3 WHERE owner_id = ?1 AND name = ?2")?;
    for SavedSearch { name, query } in all(connection, owner)? {
        if let Some(query) = changed(&query) {
            update.execute(params![owner, name, query])?;
        }
    }
    Ok(())
}

fn all(connection: &Connection, owner: &OwnerId) -> Result<Vec<SavedSearch>, CatalogError> {
    let mut statement = connection.prepare_cached(
        "SELECT name, query FROM saved_searches WHERE owner_id = ?1 ORDER BY position, name",
    )?;
    let saved =
        statement.query_map([owner], |row| Ok(SavedSearch { name: row.get(0)?, query: row.get(1)? }))?;
    Ok(saved.collect::<Result<_, _>>()?)
}

impl Catalog {
    /// Returns a profile's saved searches, in their order.
    pub async fn saved_searches(&self, owner: &OwnerId) -> Result<Vec<SavedSearch>, CatalogError> {
        let owner = owner.clone();
        self.read(move |connection| all(connection, &owner)).await
    }

    /// Saves a search under its name, replacing an earlier search of that name.
    pub async fn save_search(&self, owner: &OwnerId, search: SavedSearch) -> Result<(), CatalogError> {
        let owner = owner.clone();
        self.write(move |connection| {
            let kept: u32 = connection
                .prepare_cached("SELECT count(*) FROM saved_searches WHERE owner_id = ?1 AND name <> ?2")?
                .query_row([owner.as_str(), &search.name], |row| row.get(0))?;
            if kept >= MAX_SAVED {
                return Err(CatalogError::Invalid(format!("at most {MAX_SAVED} searches can be saved")));
            }
            connection
                .prepare_cached(
                    "INSERT INTO saved_searches (owner_id, name, query, position)
                     VALUES (?1, ?2, ?3,
                             (SELECT coalesce(max(position), 0) FROM saved_searches WHERE owner_id = ?1))
                     ON CONFLICT (owner_id, name) DO UPDATE SET query = excluded.query",
                )?
                .execute(params![owner, search.name, search.query])?;
            Ok(())
        })
        .await
    }

    /// Renames a saved search. Fails if there is another one of the new name.
    pub async fn rename_search(&self, owner: &OwnerId, name: &str, to: &str) -> Result<(), CatalogError> {
        let (owner, name, to) = (owner.clone(), name.to_owned(), to.to_owned());
        self.write(move |connection| {
            let changed = connection
                .prepare_cached("UPDATE saved_searches SET name = ?3 WHERE owner_id = ?1 AND name = ?2")?
                .execute([owner.as_str(), &name, &to])
                .map_err(|error| match error.sqlite_error_code() {
                    Some(rusqlite::ErrorCode::ConstraintViolation) => {
                        CatalogError::Invalid(format!("there is already a saved search named {to}"))
                    }
                    _ => error.into(),
                })?;
            if changed == 0 { Err(CatalogError::NotFound("saved search")) } else { Ok(()) }
        })
        .await
    }

    /// Puts a profile's saved searches into this order. Those that are not listed come last.
    pub async fn arrange_searches(&self, owner: &OwnerId, names: Vec<String>) -> Result<(), CatalogError> {
        let owner = owner.clone();
        self.write(move |connection| {
            connection
                .prepare_cached("UPDATE saved_searches SET position = ?2 WHERE owner_id = ?1")?
                .execute(params![owner, i64::MAX])?;
            let sql = "UPDATE saved_searches SET position = ?3 WHERE owner_id = ?1 AND name = ?2";
            let mut place = connection.prepare_cached(sql)?;
            for (position, name) in (0_i64..).zip(&names) {
                place.execute(params![owner, name, position])?;
            }
            Ok(())
        })
        .await
    }

    /// Deletes a saved search.
    pub async fn forget_search(&self, owner: &OwnerId, name: &str) -> Result<(), CatalogError> {
        let (owner, name) = (owner.clone(), name.to_owned());
        self.write(move |connection| {
            connection
                .prepare_cached("DELETE FROM saved_searches WHERE owner_id = ?1 AND name = ?2")?
                .execute([owner.as_str(), &name])?;
            Ok(())
        })
        .await
    }
}
