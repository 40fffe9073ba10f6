//! Tables `galleries` and `gallery_images`: named sets of references.

use super::owners::{check_owner as check_image_owner, for_each_image};
use super::shared_columns::table;
use super::{Catalog, CatalogError};
use crate::model::{Gallery, GalleryId, ImageId, ImageKind, OwnerId, UnixMs};
use rusqlite::{Connection, OptionalExtension};

/// The longest name of a gallery, in characters.
const MAX_NAME: usize = 80;

const SELECT: &str = "SELECT g.id, g.name,
    (SELECT count(*) FROM gallery_images m JOIN reference_images i ON i.id = m.image_id
     WHERE m.gallery_id = g.id AND i.removed_at IS NULL),
    coalesce(
        (SELECT i.id FROM gallery_images m JOIN reference_images i ON i.id = m.image_id
         WHERE m.image_id = g.cover_id AND m.gallery_id = g.id AND i.removed_at IS NULL),
        (SELECT i.id FROM gallery_images m JOIN reference_images i ON i.id = m.image_id
         WHERE m.gallery_id = g.id AND i.removed_at IS NULL
         ORDER BY m.created_at DESC, m.image_id DESC LIMIT 1))
    FROM galleries g";

fn gallery(row: &rusqlite::Row<'_>) -> Result<Gallery, CatalogError> {
    let cover: Option<String> = row.get(3)?;
    Ok(Gallery {
        id: row.get::<_, GalleryId>(0)?,
        name: row.get(1)?,
        images: row.get(2)?,
        cover: cover.map(|id| ImageId::parse(&id)).transpose()?,
    })
}

fn find(connection: &Connection, id: &GalleryId) -> Result<Gallery, CatalogError> {
    connection
        .prepare_cached(&format!("{SELECT} WHERE g.id = ?1"))?
        .query_row([&id], |row| Ok(gallery(row)))
        .optional()?
        .ok_or(CatalogError::NotFound("gallery"))?
}

/// Fails unless the gallery belongs to this profile.
pub(super) fn check_owner(
    connection: &Connection,
    owner: &OwnerId,
    id: &GalleryId,
) -> Result<(), CatalogError> {
    let whose: Option<String> = connection
        .prepare_cached("SELECT owner_id FROM galleries WHERE id = ?1")?
        .query_row([&id], |row| row.get(0))
        .optional()?;
    match whose {
        None => Err(CatalogError::NotFound("gallery")),
        Some(whose) if whose != owner.as_str() => Err(CatalogError::NotAuthorized("gallery")),
        Some(_) => Ok(()),
    }
}

/// Adds one reference. Adding it again changes nothing.
pub(super) fn add_one(
    connection: &Connection,
    owner: &OwnerId,
    gallery: &GalleryId,
    id: &ImageId,
) -> Result<(), CatalogError> {
    if check_image_owner(connection, owner, id)? == ImageKind::Generated {
        return Err(CatalogError::Invalid("only reference images can be in a gallery".into()));
    }
    let sql = format!(
        "INSERT INTO gallery_images (gallery_id, created_at, image_id)
         SELECT ?1, created_at, id FROM {} WHERE id = ?2 ON CONFLICT DO NOTHING",
        table(ImageKind::Reference)
    );
    connection.prepare_cached(&sql)?.execute((&gallery, &id))?;
    Ok(())
}

/// Returns the galleries that contain a reference.
pub(super) async fn of_image(catalog: &Catalog, id: &ImageId) -> Result<Vec<GalleryId>, CatalogError> {
    let id = id.clone();
    catalog
        .read(move |connection| {
            let mut statement =
                connection.prepare_cached("SELECT gallery_id FROM gallery_images WHERE image_id = ?1")?;
            let mut rows = statement.query([&id])?;
            let mut galleries = Vec::new();
            while let Some(row) = rows.next()? {
                galleries.push(row.get::<_, GalleryId>(0)?);
            }
            Ok(galleries)
        })
        .await
}

fn checked_name(name: &str) -> Result<String, CatalogError> {
    let name = name.trim();
    let fits = !name.is_empty() && name.chars().count() <= MAX_NAME && !name.chars().any(char::is_control);
    if fits {
        Ok(name.to_owned())
    } else {
        Err(CatalogError::Invalid(format!("a gallery's name has 1 to {MAX_NAME} characters")))
    }
}

fn refuse_taken(error: rusqlite::Error, name: &str) -> CatalogError {
    if error.sqlite_error_code() == Some(rusqlite::ErrorCode::ConstraintViolation) {
        CatalogError::Invalid(format!("there is already a gallery named {name}"))
    } else {
        error.into()
    }
}

impl Catalog {
    /// Returns a profile's galleries in their order.
    pub async fn galleries(&self, owner: &OwnerId) -> Result<Vec<Gallery>, CatalogError> {
        let owner = owner.clone();
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(&format!(
                "{SELECT} WHERE g.owner_id = ?1 ORDER BY g.position, g.name, g.id"
            ))?;
            let mut rows = statement.query([owner])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                found.push(gallery(row)?);
            }
            Ok(found)
        })
        .await
    }

    /// Creates an empty gallery. Fails if the profile already has one of this
    /// name.
    pub async fn create_gallery(
        &self,
        owner: &OwnerId,
        name: &str,
        now: UnixMs,
    ) -> Result<Gallery, CatalogError> {
        let (owner, name, id) = (owner.clone(), checked_name(name)?, GalleryId::generate());
        self.write(move |connection| {
            connection
                .prepare_cached(
                    "INSERT INTO galleries (id, owner_id, name, created_at, position)
                     VALUES (?1, ?2, ?3, ?4,
                             (SELECT coalesce(max(position), 0) FROM galleries WHERE owner_id = ?2))",
                )?
                .execute((&id, owner, &name, now))
                .map_err(|error| refuse_taken(error, &name))?;
            find(connection, &id)
        })
        .await
    }

    /// Renames a gallery. Fails if the profile already has one of this name.
    pub async fn rename_gallery(
        &self,
        owner: &OwnerId,
        id: &GalleryId,
        name: &str,
    ) -> Result<Gallery, CatalogError> {
        let (owner, id, name) = (owner.clone(), id.clone(), checked_name(name)?);
        self.write(move |connection| {
            check_owner(connection, &owner, &id)?;
            connection
                .prepare_cached("UPDATE galleries SET name = ?2 WHERE id = ?1")?
                .execute((&id, &name))
                .map_err(|error| refuse_taken(error, &name))?;
            find(connection, &id)
        })
        .await
    }

    /// Puts a profile's galleries into this order. Galleries that are not listed
    /// come last.
    pub async fn arrange_galleries(&self, owner: &OwnerId, ids: Vec<GalleryId>) -> Result<(), CatalogError> {
        let owner = owner.clone();
        self.write(move |connection| {
            for id in &ids {
                check_owner(connection, &owner, id)?;
            }
            let mut place = connection.prepare_cached("UPDATE galleries SET position = ?2 WHERE id = ?1")?;
            connection
                .prepare_cached("UPDATE galleries SET position = ?2 WHERE owner_id = ?1")?
                .execute((&owner, i64::MAX))?;
            for (position, id) in (0_i64..).zip(&ids) {
                place.execute((&id, position))?;
            }
            Ok(())
        })
        .await
    }

    /// Sets the image that represents a gallery. With `None`, the newest image
    /// represents it.
    pub async fn set_gallery_cover(
        &self,
        owner: &OwnerId,
        id: &GalleryId,
        cover: Option<ImageId>,
    ) -> Result<Gallery, CatalogError> {
        let (owner, id) = (owner.clone(), id.clone());
        self.write(move |connection| {
            check_owner(connection, &owner, &id)?;
            if let Some(cover) = &cover {
                let is_member: bool = connection
                    .prepare_cached(
                        "SELECT EXISTS (SELECT 1 FROM gallery_images WHERE image_id = ?1 AND gallery_id = ?2)",
                    )?
                    .query_row((&cover, &id), |row| row.get(0))?;
                if !is_member {
                    return Err(CatalogError::Invalid("the cover must be one of the gallery's images".into()));
                }
            }
            connection
                .prepare_cached("UPDATE galleries SET cover_id = ?2 WHERE id = ?1")?
                .execute((&id, cover.as_ref().map(ImageId::as_str)))?;
            find(connection, &id)
        })
        .await
    }

    /// Deletes a gallery. Its images stay in the library.
    pub async fn delete_gallery(&self, owner: &OwnerId, id: &GalleryId) -> Result<(), CatalogError> {
        let (owner, id) = (owner.clone(), id.clone());
        self.write(move |connection| {
            check_owner(connection, &owner, &id)?;
            connection.prepare_cached("DELETE FROM galleries WHERE id = ?1")?.execute([&id])?;
            Ok(())
        })
        .await
    }

    /// Adds references to a gallery. Each reference has its own outcome.
    pub async fn add_to_gallery(
        &self,
        owner: &OwnerId,
        gallery: &GalleryId,
        ids: Vec<ImageId>,
    ) -> Result<Vec<(ImageId, Result<(), CatalogError>)>, CatalogError> {
        let (owner, gallery) = (owner.clone(), gallery.clone());
        self.write(move |connection| {
            check_owner(connection, &owner, &gallery)?;
            for_each_image(ids, |id| add_one(connection, &owner, &gallery, id))
        })
        .await
    }

    /// Removes references from a gallery. They stay in the library.
    pub async fn take_from_gallery(
        &self,
        owner: &OwnerId,
        gallery: &GalleryId,
        ids: Vec<ImageId>,
    ) -> Result<Vec<(ImageId, Result<(), CatalogError>)>, CatalogError> {
        let (owner, gallery) = (owner.clone(), gallery.clone());
        self.write(move |connection| {
            check_owner(connection, &owner, &gallery)?;
            let one = |id: &ImageId| {
                check_image_owner(connection, &owner, id)?;
                connection
                    .prepare_cached("DELETE FROM gallery_images WHERE image_id = ?1 AND gallery_id = ?2")?
                    .execute((id, &gallery))?;
                Ok(())
            };
            for_each_image(ids, one)
        })
        .await
    }
}
