//! What artists choose with: ratings, favourites and notes.

use super::owners::{Outcomes, check_changeable, for_each_image};
use super::shared_columns::table;
use super::{Catalog, CatalogError};
use crate::model::{Change, ImageId, Note, OwnerId, Rating};
use rusqlite::types::FromSql;
use rusqlite::{Connection, ToSql};

impl Catalog {
    /// Sets the rating of images, in one transaction. Each image has its own outcome.
    pub async fn set_rating(
        &self,
        owner: &OwnerId,
        ids: Vec<ImageId>,
        rating: Change<Rating>,
    ) -> Result<Outcomes<()>, CatalogError> {
        self.set_choice(owner, ids, "rating", rating).await
    }

    /// Sets whether images are favourites, in one transaction. Each image has its own outcome.
    pub async fn set_favourite(
        &self,
        owner: &OwnerId,
        ids: Vec<ImageId>,
        is_favourite: Change<bool>,
    ) -> Result<Outcomes<()>, CatalogError> {
        self.set_choice(owner, ids, "favourite", is_favourite).await
    }

    /// Sets the notes of images, in one transaction. Each image has its own outcome: the note that it
    /// had before, or an error.
    pub async fn put_notes(
        &self,
        owner: &OwnerId,
        notes: Vec<Note>,
    ) -> Result<Outcomes<String>, CatalogError> {
        let owner = owner.clone();
        self.write(move |connection| {
            let mut outcomes = Vec::new();
            for Note { text, ids, instead_of } in notes {
                let change = Change { to: text, instead_of };
                let one = |id: &ImageId| replace(connection, &owner, id, "note", &change);
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
        change: Change<impl ToSql + FromSql + PartialEq + Send + 'static>,
    ) -> Result<Outcomes<()>, CatalogError> {
        let owner = owner.clone();
        self.write(move |connection| {
            for_each_image(ids, |id| replace(connection, &owner, id, column, &change).map(|_| ()))
        })
        .await
    }
}

/// Replaces the value of an image's column. Returns the one that it had before.
pub(super) fn replace<T: ToSql + FromSql + PartialEq>(
    connection: &Connection,
    owner: &OwnerId,
    id: &ImageId,
    column: &'static str,
    change: &Change<T>,
) -> Result<T, CatalogError> {
    let table = table(check_changeable(connection, owner, id)?);
    let before = format!("SELECT {column} FROM {table} WHERE id = ?1");
    let before: T = connection.prepare_cached(&before)?.query_row([id], |row| row.get(0))?;
    if !change.replaces(&before) {
        return Err(CatalogError::Changed);
    }
    let sql = format!("UPDATE {table} SET {column} = ?2 WHERE id = ?1");
    connection.prepare_cached(&sql)?.execute((id, &change.to))?;
    Ok(before)
}
