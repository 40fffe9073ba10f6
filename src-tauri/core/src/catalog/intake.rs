//! Adds images. Each becomes a new row or is recognized as an existing one.

use super::generated::{self, NewGenerated};
use super::named_sets::{self, NamedSet};
use super::new_image::{InTrash, InsertOutcome, Inserted, NewImage};
use super::references::{self, NewReference};
use super::shared_columns::table;
use super::{Catalog, CatalogError, originals, removal};
use crate::model::{Collection, CollectionId, Gallery, GalleryId, ImageId, ImageKind, OwnerId, Visibility};
use rusqlite::{Connection, OptionalExtension, params};
use std::io;

/// Looks for the same bytes of the same profile and kind. If the match is in the trash,
/// `in_trash` decides whether it is restored. `choice` is the visibility that the artist chose
/// in this import. Without a choice, an image that is not in the trash keeps its visibility.
fn find_same(
    connection: &Connection,
    kind: ImageKind,
    new: &NewImage,
    in_trash: InTrash,
    choice: Option<Visibility>,
) -> Result<Option<Inserted>, CatalogError> {
    let sql = format!("SELECT id, removed_at FROM {} WHERE owner_id = ?1 AND sha256 = ?2", table(kind));
    let found: Option<(String, Option<i64>)> = connection
        .prepare_cached(&sql)?
        .query_row(params![new.owner_id, new.sha256], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((id, removed_at)) = found else { return Ok(None) };
    let id = ImageId::parse(&id)?;
    let (outcome, wanted) = match (removed_at, in_trash) {
        (None, _) => (InsertOutcome::Duplicate, choice),
        (Some(_), InTrash::Restore) => {
            removal::restore_one(connection, kind, &id, new.added_at)?;
            (InsertOutcome::Restored, choice.or(Some(Visibility::Unlisted)))
        }
        // A later restore must not undo this choice, and nothing in the trash becomes public.
        (Some(_), InTrash::Leave) => {
            (InsertOutcome::Trashed, choice.filter(|choice| *choice == Visibility::Unlisted))
        }
    };
    let switched_to = match (kind, wanted) {
        (ImageKind::Generated, Some(wanted))
            if generated::set_visibility_of_row(connection, &id, wanted)? =>
        {
            Some(wanted)
        }
        _ => None,
    };
    Ok(Some(Inserted { id, outcome, switched_to, joined_stacks: false }))
}

/// Adds an imported image to the set that it joins, if there is one.
fn join<S: NamedSet>(
    connection: &Connection,
    owner: &OwnerId,
    set: Option<&S::Id>,
    image: &Inserted,
) -> Result<(), CatalogError> {
    let Some(set) = set else { return Ok(()) };
    named_sets::check_owner::<S>(connection, owner, set)?;
    named_sets::add_one::<S>(connection, owner, set, &image.id)
}

impl Catalog {
    /// Imports generated images, each with the transfer that uploads it, in one transaction. For
    /// each row, `secure` has to make sure that the original is on disk. It runs inside the
    /// transaction, so that no purge can come between. The images join a collection if one is
    /// given, and so do duplicates. An image that stays in the trash appears in the collection
    /// once it is restored.
    pub async fn create_generated(
        &self,
        rows: Vec<NewGenerated>,
        collection: Option<CollectionId>,
        secure: impl Fn(usize) -> io::Result<()> + Send + 'static,
    ) -> Result<Vec<Inserted>, CatalogError> {
        self.write(move |connection| {
            let mut outcomes = Vec::with_capacity(rows.len());
            for (index, row) in rows.iter().enumerate() {
                secure(index)?;
                originals::mark_kept(connection, &row.image.sha256)?;
                let same =
                    find_same(connection, ImageKind::Generated, &row.image, row.in_trash, row.visibility)?;
                let outcome = match same {
                    Some(same) => same,
                    None => generated::insert(connection, row)?,
                };
                join::<Collection>(connection, &row.image.owner_id, collection.as_ref(), &outcome)?;
                outcomes.push(outcome);
            }
            Ok(outcomes)
        })
        .await
    }

    /// Imports reference images in the same way as [`Self::create_generated`], and adds them to
    /// a gallery if one is given. A duplicate joins the gallery too. An image that stays in the
    /// trash appears in the gallery once it is restored.
    pub async fn create_references(
        &self,
        rows: Vec<NewReference>,
        gallery: Option<GalleryId>,
        secure: impl Fn(usize) -> io::Result<()> + Send + 'static,
    ) -> Result<Vec<Inserted>, CatalogError> {
        self.write(move |connection| {
            let mut outcomes = Vec::with_capacity(rows.len());
            for (index, row) in rows.iter().enumerate() {
                secure(index)?;
                originals::mark_kept(connection, &row.image.sha256)?;
                let same = find_same(connection, ImageKind::Reference, &row.image, row.in_trash, None)?;
                let outcome = match same {
                    Some(same) => same,
                    None => references::insert(connection, row)?,
                };
                join::<Gallery>(connection, &row.image.owner_id, gallery.as_ref(), &outcome)?;
                outcomes.push(outcome);
            }
            Ok(outcomes)
        })
        .await
    }
}
