//! Tables `galleries` and `collections` with their images: named sets of references, and of generated
//! images. Both work alike, except that the artist orders the images of a collection.

use super::owners::{check_changeable, check_owner as check_image_owner, for_each_image};
use super::saved_searches;
use super::sensitive::IS_SENSITIVE;
use super::shared_columns::table;
use super::{Catalog, CatalogError};
use crate::model::{
    self, Collection, CollectionId, Gallery, GalleryId, ImageId, ImageKind, OwnerId, PlacedImages, Search,
    UnixMs,
};
use rusqlite::types::{FromSql, ToSql};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::HashSet;
use std::sync::Arc;

/// The longest name, in characters.
const MAX_NAME: usize = 80;
/// The distance between the positions of two images that were added one after the other.
const GAP: i64 = 1 << 20;

/// The image that represents a set.
pub struct Cover {
    /// `None` for an empty set.
    pub id: Option<ImageId>,
    /// Whether it is a sensitive image.
    pub is_sensitive: bool,
}

/// A kind of named set.
pub trait NamedSet: Sized + Send + 'static {
    /// Identifies a set of this kind.
    type Id: FromSql + ToSql + Clone + PartialEq + Send + Sync + 'static;
    /// What it is called.
    const WHAT: &'static str;
    /// Its table.
    const TABLE: &'static str;
    /// The table of its images, with the columns `image_id` and [`Self::OF`].
    const MEMBERS: &'static str;
    /// The column of [`Self::MEMBERS`] with the id of the set.
    const OF: &'static str;
    /// The order of its images, whose rows are named `m`.
    const ORDER: &'static str;
    /// The kind of its images.
    const KIND: ImageKind;
    /// Why an image of another kind is refused.
    const OTHER_KIND: &'static str;
    /// Adds the image `?2` to the set `?1`, if it is not in it.
    const ADD: &'static str;

    /// Returns a new id.
    fn generate_id() -> Self::Id;

    /// Makes a set of what was read.
    fn new(id: Self::Id, name: String, images: u32, cover: Cover) -> Self;
}

impl NamedSet for Gallery {
    type Id = GalleryId;
    const WHAT: &'static str = "gallery";
    const TABLE: &'static str = "galleries";
    const MEMBERS: &'static str = "gallery_images";
    const OF: &'static str = "gallery_id";
    const ORDER: &'static str = "m.created_at DESC, m.image_id DESC";
    const KIND: ImageKind = ImageKind::Reference;
    const OTHER_KIND: &'static str = "only reference images can be in a gallery";
    const ADD: &'static str = "INSERT INTO gallery_images (gallery_id, created_at, image_id)
        SELECT ?1, created_at, id FROM reference_images WHERE id = ?2 ON CONFLICT DO NOTHING";

    fn generate_id() -> GalleryId {
        GalleryId::generate()
    }

    fn new(id: GalleryId, name: String, images: u32, cover: Cover) -> Self {
        Self { id, name, images, cover: cover.id }
    }
}

impl NamedSet for Collection {
    type Id = CollectionId;
    const WHAT: &'static str = "collection";
    const TABLE: &'static str = "collections";
    const MEMBERS: &'static str = "collection_images";
    const OF: &'static str = "collection_id";
    const ORDER: &'static str = "m.position, m.image_id";
    const KIND: ImageKind = ImageKind::Generated;
    const OTHER_KIND: &'static str = "only generated images can be in a collection";
    // 1048576 is `GAP`.
    const ADD: &'static str = "INSERT INTO collection_images (collection_id, image_id, position)
        SELECT ?1, ?2, coalesce(max(position), 0) + 1048576 FROM collection_images WHERE collection_id = ?1
        ON CONFLICT DO NOTHING";

    fn generate_id() -> CollectionId {
        CollectionId::generate()
    }

    fn new(id: CollectionId, name: String, images: u32, cover: Cover) -> Self {
        Self { id, name, images, cover: cover.id, cover_sensitive: cover.is_sensitive }
    }
}

/// A set that was deleted, with what is needed to restore it.
pub struct DeletedSet<S: NamedSet> {
    /// The id that it had.
    pub id: S::Id,
    /// The profile that owned it.
    pub owner: OwnerId,
    name: String,
    created_at: i64,
    position: i64,
    /// The cover that the artist chose.
    cover: Option<ImageId>,
    /// Its images in their order, including those in the trash.
    images: Vec<ImageId>,
}

/// Returns the images of a set in its order, including those in the trash.
fn members<S: NamedSet>(connection: &Connection, id: &S::Id) -> Result<Vec<ImageId>, CatalogError> {
    let sql = format!("SELECT m.image_id FROM {} m WHERE m.{} = ?1 ORDER BY {}", S::MEMBERS, S::OF, S::ORDER);
    let mut statement = connection.prepare_cached(&sql)?;
    Ok(statement.query_map([id], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

/// Groups some images of a list by the image that follows them.
fn places(list: &[ImageId], wanted: &HashSet<ImageId>) -> Vec<PlacedImages> {
    let mut found: Vec<PlacedImages> = Vec::new();
    let mut is_open = false;
    for id in list {
        if wanted.contains(id) {
            if !is_open {
                found.push(PlacedImages::default());
            }
            if let Some(last) = found.last_mut() {
                last.images.push(id.clone());
            }
            is_open = true;
        } else if is_open {
            if let Some(last) = found.last_mut() {
                last.before = Some(id.clone());
            }
            is_open = false;
        }
    }
    found
}

fn deleted<S: NamedSet>(connection: &Connection, id: &S::Id) -> Result<DeletedSet<S>, CatalogError> {
    let images = members::<S>(connection, id)?;
    let sql =
        format!("SELECT owner_id, name, created_at, position, cover_id FROM {} WHERE id = ?1", S::TABLE);
    let set = connection.prepare_cached(&sql)?.query_row([id], |row| {
        Ok(DeletedSet {
            id: id.clone(),
            owner: row.get(0)?,
            name: row.get(1)?,
            created_at: row.get(2)?,
            position: row.get(3)?,
            cover: row.get(4)?,
            images,
        })
    })?;
    Ok(set)
}

fn select<S: NamedSet>() -> String {
    let members = format!("{} m JOIN {} i ON i.id = m.image_id", S::MEMBERS, table(S::KIND));
    let shown = format!("m.{} = s.id AND i.removed_at IS NULL", S::OF);
    format!(
        "SELECT id, name, images, cover,
             coalesce((SELECT {IS_SENSITIVE} FROM generated_images i WHERE i.id = cover), 0)
         FROM (SELECT s.id, s.owner_id, s.name, s.position,
                 (SELECT count(*) FROM {members} WHERE {shown}) AS images,
                 coalesce(
                     (SELECT i.id FROM {members} WHERE m.image_id = s.cover_id AND {shown}),
                     (SELECT i.id FROM {members} WHERE {shown} ORDER BY {} LIMIT 1)) AS cover
             FROM {} s) s",
        S::ORDER,
        S::TABLE
    )
}

fn set<S: NamedSet>(row: &rusqlite::Row<'_>) -> Result<S, CatalogError> {
    Ok(S::new(row.get(0)?, row.get(1)?, row.get(2)?, Cover { id: row.get(3)?, is_sensitive: row.get(4)? }))
}

fn find<S: NamedSet>(connection: &Connection, id: &S::Id) -> Result<S, CatalogError> {
    connection
        .prepare_cached(&format!("{} WHERE s.id = ?1", select::<S>()))?
        .query_row([id], |row| Ok(set(row)))
        .optional()?
        .ok_or(CatalogError::NotFound(S::WHAT))?
}

/// Fails unless the set belongs to this profile.
pub(super) fn check_owner<S: NamedSet>(
    connection: &Connection,
    owner: &OwnerId,
    id: &S::Id,
) -> Result<(), CatalogError> {
    let whose: Option<String> = connection
        .prepare_cached(&format!("SELECT owner_id FROM {} WHERE id = ?1", S::TABLE))?
        .query_row([id], |row| row.get(0))
        .optional()?;
    match whose {
        None => Err(CatalogError::NotFound(S::WHAT)),
        Some(whose) if whose != owner.as_str() => Err(CatalogError::NotAuthorized(S::WHAT)),
        Some(_) => Ok(()),
    }
}

/// Adds one image. Adding it again changes nothing.
pub(super) fn add_one<S: NamedSet>(
    connection: &Connection,
    owner: &OwnerId,
    set: &S::Id,
    id: &ImageId,
) -> Result<(), CatalogError> {
    if check_image_owner(connection, owner, id)? != S::KIND {
        return Err(CatalogError::Invalid(S::OTHER_KIND.into()));
    }
    connection.prepare_cached(S::ADD)?.execute((set, id))?;
    Ok(())
}

/// Returns the galleries that contain a reference.
pub(super) fn galleries_of(connection: &Connection, id: &ImageId) -> Result<Vec<GalleryId>, CatalogError> {
    let mut statement =
        connection.prepare_cached("SELECT gallery_id FROM gallery_images WHERE image_id = ?1")?;
    let found = statement.query_map([id], |row| row.get(0))?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// Reads names with their positions, which SQLite wrote as JSON, and puts them in order.
pub(super) fn names(array: &str) -> Vec<String> {
    // SQLite wrote it, so it has this form.
    let mut names: Vec<(i64, String)> = serde_json::from_str(array).unwrap_or_default();
    names.sort();
    names.into_iter().map(|(_, name)| name).collect()
}

/// Gives a set its new name in the saved searches that contain it.
fn rename_in_searches<S: NamedSet>(
    connection: &Connection,
    owner: &OwnerId,
    id: &S::Id,
    name: &str,
) -> Result<(), CatalogError> {
    let sql = format!("SELECT id = ?2, name FROM {} WHERE owner_id = ?1", S::TABLE);
    let mut statement = connection.prepare_cached(&sql)?;
    let sets = statement.query_map((owner, id), |row| Ok((row.get(0)?, row.get(1)?)))?;
    let sets: Vec<(bool, String)> = sets.collect::<Result<_, _>>()?;
    let Some((_, before)) = sets.iter().find(|(is_it, _)| *is_it) else { return Ok(()) };
    // As in a search: of two names that differ in case only, the one that is written is meant.
    let is_meant = |text: &str| {
        text == before
            || (text.to_lowercase() == before.to_lowercase() && !sets.iter().any(|(_, other)| other == text))
    };
    saved_searches::change(connection, owner, |query| Search::with_renamed(query, S::WHAT, is_meant, name))
}

fn checked_name<S: NamedSet>(name: &str) -> Result<String, CatalogError> {
    model::checked_name(name, MAX_NAME)
        .map_err(|why| CatalogError::Invalid(format!("the name of a {} {why}", S::WHAT)))
}

fn refuse_taken<S: NamedSet>(error: rusqlite::Error, name: &str) -> CatalogError {
    if error.sqlite_error_code() == Some(rusqlite::ErrorCode::ConstraintViolation) {
        CatalogError::Invalid(format!("there is already a {} named {name}", S::WHAT))
    } else {
        error.into()
    }
}

impl Catalog {
    /// Returns a profile's sets in their order.
    pub async fn sets<S: NamedSet>(&self, owner: &OwnerId) -> Result<Vec<S>, CatalogError> {
        let owner = owner.clone();
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(&format!(
                "{} WHERE s.owner_id = ?1 ORDER BY s.position, s.name, s.id",
                select::<S>()
            ))?;
            let mut rows = statement.query([owner])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                found.push(set(row)?);
            }
            Ok(found)
        })
        .await
    }

    /// Creates an empty set. Fails if the profile already has one of this name.
    pub async fn create_set<S: NamedSet>(
        &self,
        owner: &OwnerId,
        name: &str,
        now: UnixMs,
    ) -> Result<S, CatalogError> {
        let (owner, name, id) = (owner.clone(), checked_name::<S>(name)?, S::generate_id());
        self.write(move |connection| {
            connection
                .prepare_cached(&format!(
                    "INSERT INTO {0} (id, owner_id, name, created_at, position)
                     VALUES (?1, ?2, ?3, ?4,
                             (SELECT coalesce(max(position), 0) FROM {0} WHERE owner_id = ?2))",
                    S::TABLE
                ))?
                .execute((&id, owner, &name, now))
                .map_err(|error| refuse_taken::<S>(error, &name))?;
            find(connection, &id)
        })
        .await
    }

    /// Renames a set. Fails if the profile already has one of this name.
    pub async fn rename_set<S: NamedSet>(
        &self,
        owner: &OwnerId,
        id: &S::Id,
        name: &str,
    ) -> Result<S, CatalogError> {
        let (owner, id, name) = (owner.clone(), id.clone(), checked_name::<S>(name)?);
        self.write(move |connection| {
            check_owner::<S>(connection, &owner, &id)?;
            rename_in_searches::<S>(connection, &owner, &id, &name)?;
            connection
                .prepare_cached(&format!("UPDATE {} SET name = ?2 WHERE id = ?1", S::TABLE))?
                .execute((&id, &name))
                .map_err(|error| refuse_taken::<S>(error, &name))?;
            find(connection, &id)
        })
        .await
    }

    /// Puts a profile's sets into this order. Sets that are not listed come last.
    pub async fn arrange_sets<S: NamedSet>(
        &self,
        owner: &OwnerId,
        ids: Vec<S::Id>,
    ) -> Result<(), CatalogError> {
        let owner = owner.clone();
        self.write(move |connection| {
            for id in &ids {
                check_owner::<S>(connection, &owner, id)?;
            }
            let sql = format!("UPDATE {} SET position = ?2 WHERE id = ?1", S::TABLE);
            let mut place = connection.prepare_cached(&sql)?;
            connection
                .prepare_cached(&format!("UPDATE {} SET position = ?2 WHERE owner_id = ?1", S::TABLE))?
                .execute((&owner, i64::MAX))?;
            for (position, id) in (0_i64..).zip(&ids) {
                place.execute((id, position))?;
            }
            Ok(())
        })
        .await
    }

    /// Sets the image that represents a set. With `None`, the first image in its order
    /// represents it.
    pub async fn set_cover<S: NamedSet>(
        &self,
        owner: &OwnerId,
        id: &S::Id,
        cover: Option<ImageId>,
    ) -> Result<S, CatalogError> {
        let (owner, id) = (owner.clone(), id.clone());
        self.write(move |connection| {
            check_owner::<S>(connection, &owner, &id)?;
            if let Some(cover) = &cover {
                let sql = format!(
                    "SELECT EXISTS (SELECT 1 FROM {} WHERE image_id = ?1 AND {} = ?2)",
                    S::MEMBERS,
                    S::OF
                );
                let is_member: bool =
                    connection.prepare_cached(&sql)?.query_row((cover, &id), |row| row.get(0))?;
                if !is_member {
                    let refusal = format!("the cover must be one of the {}'s images", S::WHAT);
                    return Err(CatalogError::Invalid(refusal));
                }
            }
            connection
                .prepare_cached(&format!("UPDATE {} SET cover_id = ?2 WHERE id = ?1", S::TABLE))?
                .execute((&id, cover.as_ref().map(ImageId::as_str)))?;
            find(connection, &id)
        })
        .await
    }

    /// Deletes a set. Its images stay in the library. Returns what was deleted.
    pub async fn delete_set<S: NamedSet>(
        &self,
        owner: &OwnerId,
        id: &S::Id,
    ) -> Result<DeletedSet<S>, CatalogError> {
        let (owner, id) = (owner.clone(), id.clone());
        self.write(move |connection| {
            check_owner::<S>(connection, &owner, &id)?;
            let deleted = deleted(connection, &id)?;
            connection.prepare_cached(&format!("DELETE FROM {} WHERE id = ?1", S::TABLE))?.execute([&id])?;
            Ok(deleted)
        })
        .await
    }

    /// Creates a deleted set again, with its id, its place among the others, its cover and its images in
    /// their order. Images that were deleted permanently since are left out. Fails if another set
    /// got its name.
    pub async fn restore_set<S: NamedSet>(&self, set: Arc<DeletedSet<S>>) -> Result<S, CatalogError> {
        self.write(move |connection| {
            connection
                .prepare_cached(&format!(
                    "INSERT INTO {} (id, owner_id, name, created_at, position) VALUES (?1, ?2, ?3, ?4, ?5)",
                    S::TABLE
                ))?
                .execute(params![set.id, set.owner, set.name, set.created_at, set.position])
                .map_err(|error| refuse_taken::<S>(error, &set.name))?;
            let sql = format!("SELECT EXISTS (SELECT 1 FROM {} WHERE id = ?1)", table(S::KIND));
            for image in &set.images {
                if connection.prepare_cached(&sql)?.query_row([image], |row| row.get(0))? {
                    connection.prepare_cached(S::ADD)?.execute((&set.id, image))?;
                }
            }
            let sql = format!(
                "UPDATE {0} SET cover_id = ?2 WHERE id = ?1
                 AND EXISTS (SELECT 1 FROM {1} WHERE image_id = ?2 AND {2} = ?1)",
                S::TABLE,
                S::MEMBERS,
                S::OF
            );
            connection.prepare_cached(&sql)?.execute(params![set.id, set.cover])?;
            find(connection, &set.id)
        })
        .await
    }

    /// Adds images that are not in the trash to a set. Each image has its own outcome.
    pub async fn add_to_set<S: NamedSet>(
        &self,
        owner: &OwnerId,
        set: &S::Id,
        ids: Vec<ImageId>,
    ) -> Result<Vec<(ImageId, Result<(), CatalogError>)>, CatalogError> {
        let (owner, set) = (owner.clone(), set.clone());
        self.write(move |connection| {
            check_owner::<S>(connection, &owner, &set)?;
            let one = |id: &ImageId| {
                check_changeable(connection, &owner, id)?;
                add_one::<S>(connection, &owner, &set, id)
            };
            for_each_image(ids, one)
        })
        .await
    }

    /// Removes images from a set. They stay in the library.
    pub async fn take_from_set<S: NamedSet>(
        &self,
        owner: &OwnerId,
        set: &S::Id,
        ids: Vec<ImageId>,
    ) -> Result<Vec<(ImageId, Result<(), CatalogError>)>, CatalogError> {
        let (owner, set) = (owner.clone(), set.clone());
        self.write(move |connection| {
            check_owner::<S>(connection, &owner, &set)?;
            let sql = format!("DELETE FROM {} WHERE image_id = ?1 AND {} = ?2", S::MEMBERS, S::OF);
            let one = |id: &ImageId| {
                check_changeable(connection, &owner, id)?;
                connection.prepare_cached(&sql)?.execute((id, &set))?;
                Ok(())
            };
            for_each_image(ids, one)
        })
        .await
    }

    /// Returns where those of these images are that are in a set, in its order. Reads the whole set.
    pub async fn places_in_set<S: NamedSet>(
        &self,
        owner: &OwnerId,
        set: &S::Id,
        ids: Vec<ImageId>,
    ) -> Result<Vec<PlacedImages>, CatalogError> {
        let (owner, set) = (owner.clone(), set.clone());
        self.read(move |connection| {
            check_owner::<S>(connection, &owner, &set)?;
            Ok(places(&members::<S>(connection, &set)?, &ids.into_iter().collect()))
        })
        .await
    }

    /// Moves images of a collection, in this order, in front of another one; to the end with
    /// `None`. Images that are not in the collection are passed over. Returns how many moved.
    pub async fn move_in_collection(
        &self,
        owner: &OwnerId,
        collection: &CollectionId,
        ids: Vec<ImageId>,
        before: Option<ImageId>,
    ) -> Result<usize, CatalogError> {
        let (owner, collection) = (owner.clone(), collection.clone());
        self.write(move |connection| {
            check_owner::<Collection>(connection, &owner, &collection)?;
            move_images(connection, &collection, &ids, before.as_ref())
        })
        .await
    }
}

fn move_images(
    connection: &Connection,
    collection: &CollectionId,
    ids: &[ImageId],
    before: Option<&ImageId>,
) -> Result<usize, CatalogError> {
    let mut position_of = connection.prepare_cached(
        "SELECT position FROM collection_images WHERE collection_id = ?1 AND image_id = ?2",
    )?;
    let (mut moved, mut seen) = (Vec::with_capacity(ids.len()), HashSet::with_capacity(ids.len()));
    for id in ids {
        if seen.insert(id) && position_of.exists(params![collection, id])? {
            moved.push(id);
        }
    }
    let Ok(count) = i64::try_from(moved.len()) else { return Ok(0) };
    let end = match before.filter(|before| !seen.contains(before)) {
        Some(before) => {
            let end =
                position_of.query_row(params![collection, before], |row| row.get::<_, i64>(0)).optional()?;
            Some(end.ok_or(CatalogError::NotFound("image in the collection"))?)
        }
        None => None,
    };
    let mut start_of = connection.prepare_cached(
        "SELECT coalesce(max(position), 0) FROM collection_images
         WHERE collection_id = ?1 AND (?2 IS NULL OR position < ?2)",
    )?;
    let room = |end: Option<i64>, start: i64| match end {
        Some(end) => (end - start) / (count + 1),
        None => GAP,
    };
    let mut start: i64 = start_of.query_row(params![collection, end], |row| row.get(0))?;
    let mut step = room(end, start);
    if step == 0 {
        spread(connection, collection)?;
        let end: Option<i64> = before
            .map(|before| position_of.query_row(params![collection, before], |row| row.get(0)))
            .transpose()?;
        start = start_of.query_row(params![collection, end], |row| row.get(0))?;
        step = room(end, start).max(1);
    }
    let mut place = connection.prepare_cached(
        "UPDATE collection_images SET position = ?3 WHERE collection_id = ?1 AND image_id = ?2",
    )?;
    for id in &moved {
        start += step;
        place.execute(params![collection, id, start])?;
    }
    Ok(moved.len())
}

/// Gives the images of a collection new positions, in their order, with gaps for as many images between two
/// as can be moved at once.
fn spread(connection: &Connection, collection: &CollectionId) -> Result<(), CatalogError> {
    connection
        .prepare_cached(
            "UPDATE collection_images SET position = ordered.place << 20 FROM (
                 SELECT image_id, row_number() OVER (ORDER BY position, image_id) AS place
                 FROM collection_images WHERE collection_id = ?1) ordered
             WHERE collection_id = ?1 AND collection_images.image_id = ordered.image_id",
        )?
        .execute([collection])?;
    Ok(())
}
