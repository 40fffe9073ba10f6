//! Table `reference_images`.

use super::columns::signed;
use super::new_image::NewImage;
use super::shared_columns::{SHARED, read_shared};
use super::{CatalogError, GenerationRow, InTrash, Inserted, fingerprints, generation, name_order, outbox};
use crate::model::{ImageId, ImageKind, Notice, ReferenceImage};
use rusqlite::{Connection, params};

pub(super) fn find(connection: &Connection, id: &ImageId) -> Result<Option<ReferenceImage>, CatalogError> {
    let sql = format!("SELECT {SHARED} FROM reference_images i WHERE i.id = ?1");
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query([id])?;
    rows.next()?.map(read_shared).transpose()
}

/// A reference to import.
#[derive(Debug, Clone)]
pub struct NewReference {
    /// The values that generated images have too.
    pub image: NewImage,
    /// What it says about how it was made. Only the texts are saved.
    pub generation: GenerationRow,
    /// What happens if the same bytes are in the trash.
    pub in_trash: InTrash,
}

pub(super) fn insert(connection: &Connection, row: &NewReference) -> Result<Inserted, CatalogError> {
    let new = &row.image;
    connection
        .prepare_cached(
            "INSERT INTO reference_images (id, owner_id, r2_key, url, filename, content_type, size_bytes,
             width, height, created_at, sha256, created_from, added_at, modified_at, dated, notices, name_key)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, 1, ?15, ?16)",
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
            new.made.from,
            new.added_at,
            new.modified_at,
            Notice::names(&new.notices),
            name_order::key(&new.filename),
        ])?;
    fingerprints::keep(connection, &new.sha256, new.fingerprint)?;
    generation::keep(connection, ImageKind::Reference, &new.id, &row.generation)?;
    outbox::queue_put(connection, ImageKind::Reference, &new.id, new.added_at)?;
    Ok(Inserted::new(&new.id))
}
