//! Table `reference_images`.

use super::columns::signed;
use super::listing::{Span, keyset};
use super::new_image::NewImage;
use super::rows::{self, Read};
use super::shared_columns::{SHARED, read_shared};
use super::{Catalog, CatalogError, Generation, InTrash, Inserted, generation, outbox};
use crate::model::{Cursor, ImageId, ImageKind, Notice, OwnerId, Page, PageRequest, ReferenceImage};
use rusqlite::types::Value;
use rusqlite::{Connection, params, params_from_iter};

pub(super) fn find(connection: &Connection, id: &ImageId) -> Result<Option<ReferenceImage>, CatalogError> {
    let sql = format!("SELECT {SHARED} FROM reference_images i WHERE i.id = ?1");
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query([id])?;
    rows.next()?.map(read_shared).transpose()
}

/// A reference to take in.
#[derive(Debug, Clone)]
pub struct NewReference {
    /// What it shares with generated images.
    pub image: NewImage,
    /// What it says of its making; only the texts are kept.
    pub generation: Generation,
    /// What happens to the same bytes in the trash.
    pub in_trash: InTrash,
}

pub(super) fn insert(connection: &Connection, row: &NewReference) -> Result<Inserted, CatalogError> {
    let new = &row.image;
    connection
        .prepare_cached(
            "INSERT INTO reference_images (id, owner_id, r2_key, url, filename, content_type, size_bytes,
             width, height, created_at, sha256, md5, created_from, added_at, modified_at, dated, notices)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, 1, ?16)",
        )?
        .execute(params![
            new.id,
            new.owner_id,
            new.r2_key,
            new.url,
            new.filename,
            new.format,
            signed(new.size_bytes),
            new.width,
            new.height,
            new.made.at,
            new.sha256,
            new.md5,
            new.made.from,
            new.added_at,
            new.modified_at,
            Notice::names(&new.notices),
        ])?;
    generation::keep(connection, ImageKind::Reference, &new.id, &row.generation)?;
    outbox::queue_put(connection, ImageKind::Reference, &new.id, new.added_at)?;
    Ok(Inserted::new(&new.id))
}

impl Catalog {
    /// Returns one page of a profile's references, newest first.
    pub async fn my_references(
        &self,
        owner: &OwnerId,
        request: &PageRequest,
    ) -> Result<Page<ReferenceImage>, CatalogError> {
        let (owner, request) = (owner.clone(), request.clone());
        self.read(move |connection| {
            let query = |request: &PageRequest| {
                let filter = "i.owner_id = ?1 AND i.removed_at IS NULL";
                let mut values = vec![Value::Text(owner.as_str().to_owned())];
                let clause = keyset(filter, &mut values, ("i.created_at", "i.id"), &Span::of(request)?);
                let sql = format!("SELECT {SHARED} FROM reference_images i {clause}");
                #[cfg(test)]
                super::plans::note(&sql);
                let mut statement = connection.prepare_cached(&sql)?;
                Read::of(statement.query(params_from_iter(values))?, read_shared)
            };
            let cursor = |image: &ReferenceImage| Cursor { at: image.created_at, id: image.id.clone() };
            rows::page(&request, query, cursor)
        })
        .await
    }
}
