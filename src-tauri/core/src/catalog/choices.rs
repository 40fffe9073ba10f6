//! What artists choose with: ratings, favourites and notes.

use super::owners::{check_owner, for_each_image};
use super::shared_columns::table;
use super::{Catalog, CatalogError};
use crate::model::{ImageId, OwnerId, Rating};
use rusqlite::ToSql;

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

    /// Sets the note of images, in one transaction. Each image has its own outcome.
    pub async fn set_note(
        &self,
        owner: &OwnerId,
        ids: Vec<ImageId>,
        note: String,
    ) -> Result<Vec<(ImageId, Result<(), CatalogError>)>, CatalogError> {
        self.set_choice(owner, ids, "note", note).await
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
