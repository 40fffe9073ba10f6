//! Images that look like others: the most similar ones, and what duplicates are judged by.

use super::fingerprints::near;
use super::projection::Projection;
use super::{Catalog, CatalogError};
use crate::model::{
    Bytes, DuplicateImage, Image, ImageFormat, ImageId, ImageKind, OwnerId, Rating, SensitiveMark,
    SimilarImage, UnneededDuplicate, Visibility,
};
use rusqlite::{Connection, Row, params};

const DUPLICATE: &str = "i.id, i.filename, i.content_type, i.size_bytes, i.width, i.height, i.created_at,
    i.tool IS NOT NULL OR i.seed IS NOT NULL OR i.prompt <> '', i.stored_at IS NOT NULL, i.visibility,
    i.sensitive, i.favourite, i.rating, i.note <> '',
    EXISTS (SELECT 1 FROM generation_edits e WHERE e.image_id = i.id),
    (SELECT count(*) FROM made_with m WHERE m.image_id = i.id),
    (SELECT count(*) FROM collection_images c WHERE c.image_id = i.id)";

fn duplicate(row: &Row<'_>) -> Result<DuplicateImage, CatalogError> {
    Ok(DuplicateImage {
        id: row.get(0)?,
        filename: row.get(1)?,
        content_type: row.get::<_, ImageFormat>(2)?.content_type().to_owned(),
        size_bytes: Bytes(row.get::<_, i64>(3)?.unsigned_abs()),
        width: row.get(4)?,
        height: row.get(5)?,
        created_at: row.get(6)?,
        distance: 0,
        has_generation_data: row.get(7)?,
        is_stored: row.get(8)?,
        is_public: row.get::<_, Visibility>(9)? == Visibility::Public,
        is_sensitive: row.get::<_, Option<SensitiveMark>>(10)?.is_some_and(SensitiveMark::is_sensitive),
        is_favourite: row.get(11)?,
        rating: row.get::<_, Rating>(12)?.stars(),
        has_note: row.get(13)?,
        is_edited: row.get(14)?,
        references: row.get(15)?,
        collections: row.get(16)?,
    })
}

/// Returns what an image of a profile is judged by; `None` if it is in the trash or gone.
fn facts(
    connection: &Connection,
    owner: &OwnerId,
    id: &ImageId,
) -> Result<Option<DuplicateImage>, CatalogError> {
    let sql = format!(
        "SELECT {DUPLICATE} FROM generated_images i WHERE i.id = ?1 AND i.owner_id = ?2 AND i.removed_at IS NULL"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(params![id, owner])?;
    rows.next()?.map(duplicate).transpose()
}

/// Checks that an image is still not needed beside the one that is kept.
pub(super) fn check_unneeded(
    connection: &Connection,
    owner: &OwnerId,
    unneeded: &UnneededDuplicate,
) -> Result<(), CatalogError> {
    let image = facts(connection, owner, &unneeded.id)?.ok_or(CatalogError::NotFound("image"))?;
    let Some(keeper) = facts(connection, owner, &unneeded.keeper)? else {
        return Err(CatalogError::Invalid(
            "the image that was to be kept is not in the library any more".into(),
        ));
    };
    if !unneeded.is_decided && image.has_more_than(&keeper) {
        return Err(CatalogError::Invalid(
            "it was changed, and the kept one lacks something of it now".into(),
        ));
    }
    Ok(())
}

impl Catalog {
    /// Returns what duplicates are judged by, for those generated images of a profile, outside the trash, that
    /// have these pictures. Each comes with the number of its picture. Damaged rows are left out.
    pub async fn duplicates_of(
        &self,
        owner: &OwnerId,
        numbers: Vec<i64>,
    ) -> Result<Vec<(i64, DuplicateImage)>, CatalogError> {
        let owner = owner.clone();
        self.read(move |connection| {
            let sql = format!(
                "SELECT {DUPLICATE} FROM fingerprints f
                 CROSS JOIN generated_images i ON i.owner_id = ?2 AND i.sha256 = f.sha256
                 WHERE f.number = ?1 AND i.removed_at IS NULL"
            );
            let mut statement = connection.prepare_cached(&sql)?;
            let mut found = Vec::with_capacity(numbers.len());
            for number in numbers {
                let mut rows = statement.query(params![number, owner])?;
                while let Some(row) = rows.next()? {
                    match duplicate(row) {
                        Ok(image) => found.push((number, image)),
                        // `verify` finds and repairs it.
                        Err(error) if error.is_of_one_row() => {}
                        Err(error) => return Err(error),
                    }
                }
            }
            Ok(found)
        })
        .await
    }

    /// Returns the generated images of a profile, outside the trash, that look most like an image of either
    /// kind: up to `limit` and 1,000, the most similar first, without the image itself. Damaged rows are left
    /// out.
    pub async fn similar(
        &self,
        owner: &OwnerId,
        id: &ImageId,
        limit: u32,
    ) -> Result<Vec<SimilarImage>, CatalogError> {
        let (owner, id) = (owner.clone(), id.clone());
        self.read(move |connection| {
            let sql = format!(
                "SELECT {}, max(near.value, 0) FROM json_each(?1) near
                 CROSS JOIN fingerprints f ON f.number = CAST(near.key AS INTEGER)
                 CROSS JOIN generated_images i ON i.owner_id = ?2 AND i.sha256 = f.sha256
                 WHERE i.removed_at IS NULL AND i.id <> ?3
                 ORDER BY near.value, i.created_at DESC, i.id DESC LIMIT ?4",
                Image::columns(ImageKind::Generated)
            );
            let mut statement = connection.prepare_cached(&sql)?;
            let last = statement.column_count() - 1;
            let mut rows = statement.query(params![near(connection, &id)?, owner, id, limit])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                match Image::read(ImageKind::Generated, row) {
                    Ok(image) => found.push(SimilarImage { image, distance: row.get(last)? }),
                    Err(error) if error.is_of_one_row() => {}
                    Err(error) => return Err(error),
                }
            }
            Ok(found)
        })
        .await
    }
}
