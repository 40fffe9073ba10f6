//! Table `made_with`: which references a generated image was made with.

use super::owners::check_owner;
use super::shared_columns::table;
use super::tiles::{tile_columns, tiles};
use super::{Catalog, CatalogError};
use crate::model::{ImageId, ImageKind, OwnerId, Tile};
use rusqlite::types::Value;
use rusqlite::{Connection, params};

/// The most references that one image can be linked to.
const MAX_REFERENCES: u32 = 100;
/// The most images that are listed for one reference.
const MAX_SHOWN: u32 = 200;

/// Fails unless the image is of this kind and belongs to this profile.
fn check_kind(
    connection: &Connection,
    owner: &OwnerId,
    id: &ImageId,
    kind: ImageKind,
) -> Result<(), CatalogError> {
    if check_owner(connection, owner, id)? == kind {
        Ok(())
    } else {
        Err(CatalogError::Invalid(
            "a generated image is made with references, not the other way round".into(),
        ))
    }
}

fn linked(
    connection: &Connection,
    sql_end: &str,
    kind: ImageKind,
    values: Vec<Value>,
) -> Result<Vec<Tile>, CatalogError> {
    let read = tiles(connection, kind, &format!("SELECT {} FROM {sql_end}", tile_columns(kind)), values)?;
    Ok(read.rows.into_iter().flatten().collect())
}

impl Catalog {
    /// Links images to the references they were made with, in addition to
    /// existing links. If one of the links is not allowed, none is made.
    pub async fn link_references(
        &self,
        owner: &OwnerId,
        images: Vec<ImageId>,
        references: Vec<ImageId>,
    ) -> Result<(), CatalogError> {
        let owner = owner.clone();
        self.write(move |connection| {
            for reference in &references {
                check_kind(connection, &owner, reference, ImageKind::Reference)?;
            }
            for image in &images {
                check_kind(connection, &owner, image, ImageKind::Generated)?;
                for reference in &references {
                    connection
                        .prepare_cached(
                            "INSERT OR IGNORE INTO made_with (image_id, reference_id) VALUES (?1, ?2)",
                        )?
                        .execute([image.as_str(), reference.as_str()])?;
                }
                let count: u32 = connection
                    .prepare_cached("SELECT count(*) FROM made_with WHERE image_id = ?1")?
                    .query_row([image], |row| row.get(0))?;
                if count > MAX_REFERENCES {
                    return Err(CatalogError::Invalid(format!(
                        "an image can be linked to at most {MAX_REFERENCES} references"
                    )));
                }
            }
            Ok(())
        })
        .await
    }

    /// Removes a link.
    pub async fn unlink_reference(
        &self,
        owner: &OwnerId,
        image: &ImageId,
        reference: &ImageId,
    ) -> Result<(), CatalogError> {
        let (owner, image, reference) = (owner.clone(), image.clone(), reference.clone());
        self.write(move |connection| {
            check_owner(connection, &owner, &image)?;
            connection
                .prepare_cached("DELETE FROM made_with WHERE image_id = ?1 AND reference_id = ?2")?
                .execute(params![image.as_str(), reference.as_str()])?;
            Ok(())
        })
        .await
    }

    /// Returns the references that a generated image was made with, or the
    /// newest images made with a reference. Images of other profiles and images
    /// in the trash are left out.
    pub async fn linked(&self, owner: &OwnerId, id: &ImageId) -> Result<Vec<Tile>, CatalogError> {
        let (owner, id) = (owner.clone(), id.clone());
        self.read(move |connection| {
            let values = vec![Value::Text(id.as_str().to_owned()), Value::Text(owner.as_str().to_owned())];
            let mut found = linked(
                connection,
                "made_with m CROSS JOIN reference_images i ON i.id = m.reference_id
                 WHERE m.image_id = ?1 AND i.owner_id = ?2 AND i.removed_at IS NULL",
                ImageKind::Reference,
                values.clone(),
            )?;
            // Ids are in chronological order, so the newest come last in the
            // index.
            found.extend(linked(
                connection,
                &format!(
                    "made_with m CROSS JOIN generated_images i ON i.id = m.image_id
                     WHERE m.reference_id = ?1 AND i.owner_id = ?2 AND i.removed_at IS NULL
                     ORDER BY m.image_id DESC LIMIT {MAX_SHOWN}"
                ),
                ImageKind::Generated,
                values,
            )?);
            Ok(found)
        })
        .await
    }

    /// Returns the profile's references that have one of these file names and
    /// are not linked to the image yet.
    pub async fn references_named(
        &self,
        owner: &OwnerId,
        image: &ImageId,
        names: Vec<String>,
    ) -> Result<Vec<Tile>, CatalogError> {
        let (owner, image) = (owner.clone(), image.clone());
        self.read(move |connection| {
            let mut found = Vec::new();
            for name in names {
                found.extend(linked(
                    connection,
                    &format!(
                        "{} i WHERE i.owner_id = ?1 AND i.filename = ?2 AND i.removed_at IS NULL
                         AND NOT EXISTS (SELECT 1 FROM made_with m
                                         WHERE m.image_id = ?3 AND m.reference_id = i.id) LIMIT 5",
                        table(ImageKind::Reference)
                    ),
                    ImageKind::Reference,
                    vec![
                        Value::Text(owner.as_str().to_owned()),
                        Value::Text(name),
                        Value::Text(image.as_str().to_owned()),
                    ],
                )?);
            }
            Ok(found)
        })
        .await
    }
}
