//! New links: an image gets another object key, under which its object is copied or uploaded. The object
//! under the former key is deleted once the new one is confirmed.
//!
//! The deletion is a row of `transfers` that names the new key in `waits_for`. This one column says what
//! the deletion waits for, which objects an upload may copy from, and that the row is no mistake although
//! its image has another key.

use super::owners::{Outcomes, check_owner, for_each_image};
use super::shared_columns::table;
use super::{Catalog, CatalogError, outbox};
use crate::model::{ImageFormat, ImageId, ImageKind, ObjectKey, Operation, OwnerId, UnixMs};
use rusqlite::{Connection, OptionalExtension, params};
use std::io;

/// The most former keys of one image from which its object is copied or its original is fetched.
const MAX_FORMER: u32 = 8;

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
    delete_former(connection, kind, id, &former, &key, is_stored || was_tried, now)?;
    outbox::queue(connection, Operation::Put, kind, id, now)
}

/// Queues the deletion of an object under a former key of an image, after the upload under its current key.
/// If a deletion of that object is pending already, it waits from now on.
pub(super) fn delete_former(
    connection: &Connection,
    kind: ImageKind,
    id: &ImageId,
    former: &ObjectKey,
    key: &ObjectKey,
    may_exist: bool,
    now: UnixMs,
) -> Result<(), CatalogError> {
    // What waited for the former key waits for the new one, which may be copied from there as well.
    connection
        .prepare_cached("UPDATE transfers SET waits_for = ?2 WHERE waits_for = ?1")?
        .execute([former, key])?;
    let pending = connection
        .prepare_cached("UPDATE transfers SET waits_for = ?2 WHERE r2_key = ?1 AND operation = 'delete'")?
        .execute([former, key])?;
    if pending > 0 || !may_exist {
        return Ok(());
    }
    let sql = format!(
        "INSERT INTO transfers (operation, r2_key, image_id, kind, owner_id, filename, size_bytes, state,
             created_at, waits_for)
         SELECT 'delete', ?2, id, ?3, owner_id, filename, size_bytes, 'queued', ?4, r2_key
         FROM {} WHERE id = ?1",
        table(kind)
    );
    connection.prepare_cached(&sql)?.execute(params![id, former, kind, now])?;
    Ok(())
}

/// Returns the former keys of the image with this key under which the bucket may still have its object, the
/// newest first.
pub(super) fn former_keys(connection: &Connection, key: &ObjectKey) -> Result<Vec<ObjectKey>, CatalogError> {
    let mut statement = connection.prepare_cached(
        "SELECT r2_key FROM transfers WHERE waits_for = ?1 AND operation = 'delete' ORDER BY id DESC LIMIT ?2",
    )?;
    let mut rows = statement.query(params![key, MAX_FORMER])?;
    let mut keys = Vec::new();
    while let Some(row) = rows.next()? {
        keys.push(row.get::<_, ObjectKey>(0)?);
    }
    Ok(keys)
}

/// Says whether this key was replaced by another one, and its object has not been deleted yet.
pub(super) fn was_replaced(connection: &Connection, key: &ObjectKey) -> Result<bool, CatalogError> {
    Ok(connection
        .prepare_cached(
            "SELECT 1 FROM transfers WHERE r2_key = ?1 AND operation = 'delete' AND waits_for IS NOT NULL",
        )?
        .query_row([key], |_| Ok(()))
        .optional()?
        .is_some())
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
