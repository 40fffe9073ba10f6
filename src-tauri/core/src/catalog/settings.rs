//! Table `settings`: one JSON value per name. Never contains a secret.

use super::{Catalog, CatalogError};
use rusqlite::OptionalExtension;

impl Catalog {
    /// Returns the value of a setting; `None` if it was never set.
    pub async fn setting(&self, name: &'static str) -> Result<Option<String>, CatalogError> {
        self.read(move |connection| {
            Ok(connection
                .prepare_cached("SELECT value FROM settings WHERE name = ?1")?
                .query_row([name], |row| row.get(0))
                .optional()?)
        })
        .await
    }

    /// Sets the value of a setting.
    pub async fn set_setting(&self, name: &'static str, value: String) -> Result<(), CatalogError> {
        self.write(move |connection| {
            connection
                .prepare_cached(
                    "INSERT INTO settings (name, value) VALUES (?1, ?2)
                     ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                )?
                .execute((name, value))?;
            Ok(())
        })
        .await
    }

    /// Sets the value of a setting unless it has one. Returns its value
    /// afterwards.
    pub async fn setting_or_insert(&self, name: &'static str, value: String) -> Result<String, CatalogError> {
        self.write(move |connection| {
            connection
                .prepare_cached(
                    "INSERT INTO settings (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO NOTHING",
                )?
                .execute((name, value))?;
            Ok(connection
                .query_row("SELECT value FROM settings WHERE name = ?1", [name], |row| row.get(0))?)
        })
        .await
    }
}
