//! Table `saved_searches`.

use super::{Catalog, CatalogError};
use crate::model::{OwnerId, SavedSearch};
use rusqlite::params;

/// The most searches a profile can save.
const MAX_SAVED: u32 = 200;

impl Catalog {
    /// Returns a profile's saved searches, ordered by name.
    pub async fn saved_searches(&self, owner: &OwnerId) -> Result<Vec<SavedSearch>, CatalogError> {
        let owner = owner.clone();
        self.read(move |connection| {
            let mut statement = connection
                .prepare_cached("SELECT name, query FROM saved_searches WHERE owner_id = ?1 ORDER BY name")?;
            let saved = statement
                .query_map([owner], |row| Ok(SavedSearch { name: row.get(0)?, query: row.get(1)? }))?;
            Ok(saved.collect::<Result<_, _>>()?)
        })
        .await
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
                    "INSERT OR REPLACE INTO saved_searches (owner_id, name, query) VALUES (?1, ?2, ?3)",
                )?
                .execute(params![owner, search.name, search.query])?;
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
