//! What artists choose with: ratings, favourites and notes.

use super::owners::{check_owner, for_each_image};
use super::shared_columns::table;
use super::{Catalog, CatalogError};
use crate::model::{ImageId, Note, OwnerId, Rating};
use rusqlite::{OptionalExtension, ToSql};

impl Catalog {
    /// Sets the rating of images, in one transaction. Each image has its own outcome.
    pub async fn set_rating(
        &self,
        owner: &OwnerId,
        ids: Vec<ImageId>,
        rating: Rating,
    ) -> Result<Vec<(ImageId, Result<(), CatalogError>)>, CatalogError> {
        self.set_choice(owner, ids, "rating", rating).await
    }

    /// Sets whether images are favourites, in one transaction. Each image has its own outcome.
    pub async fn set_favourite(
        &self,
        owner: &OwnerId,
        ids: Vec<ImageId>,
        is_favourite: bool,
    ) -> Result<Vec<(ImageId, Result<(), CatalogError>)>, CatalogError> {
        self.set_choice(owner, ids, "favourite", is_favourite).await
    }

    /// Sets the notes of images, in one transaction. Each image has its own outcome: the note that it
    /// had before, or an error.
    pub async fn put_notes(
        &self,
        owner: &OwnerId,
        notes: Vec<Note>,
    ) -> Result<Vec<(ImageId, Result<String, CatalogError>)>, CatalogError> {
        let owner = owner.clone();
        self.write(move |connection| {
            let mut outcomes = Vec::new();
            for Note { text, ids } in notes {
                let one = |id: &ImageId| {
                    let table = table(check_owner(connection, &owner, id)?);
                    let before = format!("SELECT note FROM {table} WHERE id = ?1 AND removed_at IS NULL");
                    let before: Option<String> =
                        connection.prepare_cached(&before)?.query_row([id], |row| row.get(0)).optional()?;
                    let before = before.ok_or(CatalogError::NotFound("image"))?;
                    let change = format!("UPDATE {table} SET note = ?2 WHERE id = ?1");
                    connection.prepare_cached(&change)?.execute((id, &text))?;
                    Ok(before)
                };
                outcomes.extend(for_each_image(ids, one)?);
            }
            Ok(outcomes)
        })
        .await
    }

    async fn set_choice(
        &self,
        owner: &OwnerId,
        ids: Vec<ImageId>,
        column: &'static str,
        value: impl ToSql + Send + 'static,
    ) -> Result<Vec<(ImageId, Result<(), CatalogError>)>, CatalogError> {
        let owner = owner.clone();
        self.write(move |connection| {
            let one = |id: &ImageId| {
                let kind = check_owner(connection, &owner, id)?;
                let sql =
                    format!("UPDATE {} SET {column} = ?2 WHERE id = ?1 AND removed_at IS NULL", table(kind));
                let changed = connection.prepare_cached(&sql)?.execute((id, &value))?;
                if changed == 0 { Err(CatalogError::NotFound("image")) } else { Ok(()) }
            };
            for_each_image(ids, one)
        })
        .await
    }
}
