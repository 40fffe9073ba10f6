//! New links: an image gets another object key, under which its object is copied or uploaded. The object
//! under the former key is deleted once the new one is confirmed.
//!
//! The deletion is a row of `transfers` that names the new key in `waits_for`. This one column says what
//! the deletion waits for, which objects an upload may copy from, and that the row is no mistake although
//! its image has another key.

use super::owners::{Outcomes, check_owner, for_each_image};
use super::shared_columns::table;
use super::{Catalog, CatalogError, outbox};
use crate::model::{ImageFormat, ImageId, ObjectKey, Operation, OwnerId, UnixMs};
use rusqlite::{Connection, params};
use std::io;

/// Gives one image a new key, and queues what follows from that.
fn replace_one(
    connection: &Connection,
    owner: &OwnerId,
    id: &ImageId,
    now: UnixMs,
) -> Result<(), CatalogError> {
    let kind = check_owner(connection, owner, id)?;
    let table = table(kind);
    let (former, format, is_stored, is_removed) = {
        let sql = format!(
            "SELECT r2_key, content_type, stored_at IS NOT NULL, removed_at IS NOT NULL FROM {table} WHERE id = ?1"
        );
        let mut statement = connection.prepare_cached(&sql)?;
        let mut rows = statement.query([id])?;
        let row = rows.next()?.ok_or(CatalogError::NotFound("image"))?;
        (
            row.get::<_, ObjectKey>(0)?,
            row.get::<_, ImageFormat>(1)?,
            row.get::<_, bool>(2)?,
            row.get::<_, bool>(3)?,
        )
    };
    if is_removed {
        return Err(CatalogError::Invalid(
            "the image is in the trash, where it has no link; restore it first".into(),
        ));
    }
    // The moment in a key says when the image was imported, which does not change.
    let imported_at = former.origin().and_then(|origin| origin.created_at).unwrap_or(now);
    let key = ObjectKey::generate(owner, kind, format, imported_at).map_err(io::Error::other)?;
    let sql = format!(
        "UPDATE {table} SET r2_key = ?2, stored_at = NULL,
             url = (SELECT value FROM settings WHERE name = 'public_base' AND value <> '') || '/' || ?2
         WHERE id = ?1"
    );
    connection.prepare_cached(&sql)?.execute(params![id, key])?;
    // An upload that runs now cannot be stopped. It counts as tried, so its object is deleted after it.
    let was_tried = outbox::cancel_idle(connection, former.as_str(), Operation::Put)?;
    outbox::delete_former(connection, kind, id, &former, &key, is_stored || was_tried, now)?;
    outbox::queue(connection, Operation::Put, kind, id, now)
}

impl Catalog {
    /// Gives images new keys and URLs, in one transaction. Each image has its own outcome. An image in the
    /// trash is refused, because it has no link.
    pub async fn new_links(
        &self,
        owner: &OwnerId,
        ids: Vec<ImageId>,
        now: UnixMs,
    ) -> Result<Outcomes<()>, CatalogError> {
        let owner = owner.clone();
        self.write(move |connection| for_each_image(ids, |id| replace_one(connection, &owner, id, now))).await
    }
}

#[cfg(test)]
#[path = "new_link_tests.rs"]
mod tests;
