//! Table `users`: local artist profiles.

use super::{Catalog, CatalogError, feed_outbox};
use crate::model::{OwnerId, Profile, UnixMs};
use rusqlite::{Connection, OptionalExtension, Row};

fn profile(row: &Row<'_>) -> Result<Profile, CatalogError> {
    Ok(Profile { id: row.get::<_, OwnerId>(0)?, name: row.get(1)? })
}

fn find(connection: &Connection, id: &OwnerId) -> Result<Option<Profile>, CatalogError> {
    connection
        .prepare_cached("SELECT id, name FROM users WHERE id = ?1")?
        .query_row([&id], |row| Ok(profile(row)))
        .optional()?
        .transpose()
}

impl Catalog {
    /// Returns all profiles, oldest first.
    pub async fn profiles(&self) -> Result<Vec<Profile>, CatalogError> {
        self.read(|connection| {
            let mut statement =
                connection.prepare_cached("SELECT id, name FROM users ORDER BY created_at, id")?;
            let mut rows = statement.query([])?;
            let mut profiles = Vec::new();
            while let Some(row) = rows.next()? {
                profiles.push(profile(row)?);
            }
            Ok(profiles)
        })
        .await
    }

    /// Returns a profile; `None` if there is none with this id.
    pub async fn profile(&self, id: &OwnerId) -> Result<Option<Profile>, CatalogError> {
        let id = id.clone();
        self.read(move |connection| find(connection, &id)).await
    }

    /// Adds a profile unless its id is taken. Returns the profile with that id.
    pub async fn ensure_profile(
        &self,
        id: &OwnerId,
        name: Option<&str>,
        now: UnixMs,
    ) -> Result<Profile, CatalogError> {
        let (id, name) = (id.clone(), name.map(str::to_owned));
        self.write(move |connection| {
            connection
                .prepare_cached(
                    "INSERT INTO users (id, name, created_at, updated_at) VALUES (?1, ?2, ?3, ?3)
                     ON CONFLICT (id) DO NOTHING",
                )?
                .execute((&id, &name, now))?;
            find(connection, &id)?.ok_or(CatalogError::NotFound("profile"))
        })
        .await
    }

    /// Renames a profile.
    pub async fn rename_profile(
        &self,
        id: &OwnerId,
        name: &str,
        now: UnixMs,
    ) -> Result<Profile, CatalogError> {
        let (id, name) = (id.clone(), name.to_owned());
        self.write(move |connection| {
            connection
                .prepare_cached("UPDATE users SET name = ?2, updated_at = ?3 WHERE id = ?1")?
                .execute((&id, &name, now))?;
            let renamed = find(connection, &id)?.ok_or(CatalogError::NotFound("profile"))?;
            // A feed without a title has the name of its profile.
            feed_outbox::withdraw(connection, &id)?;
            Ok(renamed)
        })
        .await
    }
}
