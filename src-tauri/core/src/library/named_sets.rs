//! Galleries, which are named sets of references, and collections, which are named sets of generated
//! images.

use super::actions::{bounded, report};
use super::{CatalogChanged, Library, LibraryEvent, lock};
use crate::catalog::{CatalogError, DeletedSet, NamedSet};
use crate::error::Error;
use crate::model::{
    ActionReport, Collection, CollectionId, Gallery, GalleryId, ImageId, PlacedImages, UnixMs,
};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

/// The most deleted galleries, and the most deleted collections, that can be restored.
const MOST_DELETED: usize = 100;

/// The sets that this process deleted last, so that deleting one can be undone.
#[derive(Default)]
pub(super) struct DeletedSets {
    galleries: Mutex<VecDeque<Arc<DeletedSet<Gallery>>>>,
    collections: Mutex<VecDeque<Arc<DeletedSet<Collection>>>>,
}

fn remember<S: NamedSet>(deleted: &Mutex<VecDeque<Arc<DeletedSet<S>>>>, set: DeletedSet<S>) {
    let mut deleted = lock(deleted);
    deleted.push_back(Arc::new(set));
    while deleted.len() > MOST_DELETED {
        deleted.pop_front();
    }
}

impl Library {
    /// Returns the profile's galleries in their order.
    pub async fn galleries(&self) -> Result<Vec<Gallery>, Error> {
        Ok(self.catalog().sets(&self.owner()).await?)
    }

    /// Creates an empty gallery.
    pub async fn create_gallery(&self, name: &str) -> Result<Gallery, Error> {
        self.create_set(name).await
    }

    /// Renames a gallery. Fails if the profile has another gallery with this name.
    pub async fn rename_gallery(&self, id: &GalleryId, name: &str) -> Result<Gallery, Error> {
        self.rename_set(id, name).await
    }

    /// Puts the profile's galleries into this order, and returns them.
    pub async fn arrange_galleries(&self, ids: Vec<GalleryId>) -> Result<Vec<Gallery>, Error> {
        self.arrange_sets(ids).await
    }

    /// Sets the image that represents a gallery. With `None`, the newest image represents it.
    pub async fn set_gallery_cover(&self, id: &GalleryId, cover: Option<ImageId>) -> Result<Gallery, Error> {
        self.set_cover(id, cover).await
    }

    /// Deletes a gallery. Its images stay in the library.
    pub async fn delete_gallery(&self, id: &GalleryId) -> Result<(), Error> {
        let deleted = self.catalog().delete_set(&self.owner(), id).await?;
        remember(&self.shared.deleted_sets.galleries, deleted);
        Ok(())
    }

    /// Restores a gallery that this process deleted, with its name, its place and its images. It
    /// is one of the last 100 deleted galleries. Fails if another gallery got its name.
    pub async fn restore_gallery(&self, id: &GalleryId) -> Result<Gallery, Error> {
        self.restore_set(&self.shared.deleted_sets.galleries, id).await
    }

    /// Adds references to a gallery.
    pub async fn add_to_gallery(
        &self,
        gallery: &GalleryId,
        ids: Vec<ImageId>,
    ) -> Result<ActionReport, Error> {
        self.add_to_set::<Gallery>(gallery, ids).await
    }

    /// Removes references from a gallery. They stay in the library.
    pub async fn take_from_gallery(
        &self,
        gallery: &GalleryId,
        ids: Vec<ImageId>,
    ) -> Result<ActionReport, Error> {
        self.take_from_set::<Gallery>(gallery, ids).await
    }

    /// Returns where those of these references are that are in a gallery, newest first.
    pub async fn places_in_gallery(
        &self,
        gallery: &GalleryId,
        ids: Vec<ImageId>,
    ) -> Result<Vec<PlacedImages>, Error> {
        let (ids, owner) = (bounded(ids)?, self.owner());
        Ok(self.catalog().places_in_set::<Gallery>(&owner, gallery, ids).await?)
    }

    /// Returns the profile's collections in their order.
    pub async fn collections(&self) -> Result<Vec<Collection>, Error> {
        Ok(self.catalog().sets(&self.owner()).await?)
    }

    /// Creates an empty collection.
    pub async fn create_collection(&self, name: &str) -> Result<Collection, Error> {
        self.create_set(name).await
    }

    /// Renames a collection. Fails if the profile has another collection with this name.
    pub async fn rename_collection(&self, id: &CollectionId, name: &str) -> Result<Collection, Error> {
        self.rename_set(id, name).await
    }

    /// Puts the profile's collections into this order, and returns them.
    pub async fn arrange_collections(&self, ids: Vec<CollectionId>) -> Result<Vec<Collection>, Error> {
        self.arrange_sets(ids).await
    }

    /// Sets the image that represents a collection. With `None`, its first image represents it.
    pub async fn set_collection_cover(
        &self,
        id: &CollectionId,
        cover: Option<ImageId>,
    ) -> Result<Collection, Error> {
        self.set_cover(id, cover).await
    }

    /// Deletes a collection. Its images stay in the library.
    pub async fn delete_collection(&self, id: &CollectionId) -> Result<(), Error> {
        let deleted = self.catalog().delete_set(&self.owner(), id).await?;
        remember(&self.shared.deleted_sets.collections, deleted);
        Ok(())
    }

    /// Restores a collection that this process deleted, with its name, its place and its images in
    /// their order. It is one of the last 100 deleted collections. Fails if another collection got
    /// its name.
    pub async fn restore_collection(&self, id: &CollectionId) -> Result<Collection, Error> {
        self.restore_set(&self.shared.deleted_sets.collections, id).await
    }

    /// Adds generated images to the end of a collection, in this order.
    pub async fn add_to_collection(
        &self,
        collection: &CollectionId,
        ids: Vec<ImageId>,
    ) -> Result<ActionReport, Error> {
        self.add_to_set::<Collection>(collection, ids).await
    }

    /// Removes images from a collection. They stay in the library.
    pub async fn take_from_collection(
        &self,
        collection: &CollectionId,
        ids: Vec<ImageId>,
    ) -> Result<ActionReport, Error> {
        self.take_from_set::<Collection>(collection, ids).await
    }

    /// Returns where those of these images are that are in a collection, in its order.
    pub async fn places_in_collection(
        &self,
        collection: &CollectionId,
        ids: Vec<ImageId>,
    ) -> Result<Vec<PlacedImages>, Error> {
        let (ids, owner) = (bounded(ids)?, self.owner());
        Ok(self.catalog().places_in_set::<Collection>(&owner, collection, ids).await?)
    }

    /// Moves images of a collection, in this order, in front of another one; to the end with
    /// `None`. Images that are not in the collection are passed over. Returns how many moved.
    pub async fn move_in_collection(
        &self,
        collection: &CollectionId,
        ids: Vec<ImageId>,
        before: Option<ImageId>,
    ) -> Result<usize, Error> {
        let (ids, owner) = (bounded(ids)?, self.owner());
        let moved = self.catalog().move_in_collection(&owner, collection, ids, before).await?;
        // Only the catalog knows the new positions.
        self.tell(LibraryEvent::Catalog(CatalogChanged::everything()));
        Ok(moved)
    }

    async fn create_set<S: NamedSet>(&self, name: &str) -> Result<S, Error> {
        Ok(self.catalog().create_set(&self.owner(), name, UnixMs::now()).await?)
    }

    async fn rename_set<S: NamedSet>(&self, id: &S::Id, name: &str) -> Result<S, Error> {
        Ok(self.catalog().rename_set(&self.owner(), id, name).await?)
    }

    async fn arrange_sets<S: NamedSet>(&self, ids: Vec<S::Id>) -> Result<Vec<S>, Error> {
        self.catalog().arrange_sets::<S>(&self.owner(), bounded(ids)?).await?;
        Ok(self.catalog().sets(&self.owner()).await?)
    }

    async fn set_cover<S: NamedSet>(&self, id: &S::Id, cover: Option<ImageId>) -> Result<S, Error> {
        Ok(self.catalog().set_cover(&self.owner(), id, cover).await?)
    }

    async fn restore_set<S: NamedSet>(
        &self,
        deleted: &Mutex<VecDeque<Arc<DeletedSet<S>>>>,
        id: &S::Id,
    ) -> Result<S, Error> {
        let owner = self.owner();
        let set = lock(deleted).iter().rev().find(|set| set.id == *id && set.owner == owner).cloned();
        let set = set.ok_or(CatalogError::NotFound(S::WHAT))?;
        let restored = self.catalog().restore_set(set).await?;
        lock(deleted).retain(|set| set.id != *id);
        self.tell(LibraryEvent::Catalog(CatalogChanged::everything()));
        Ok(restored)
    }

    async fn add_to_set<S: NamedSet>(&self, set: &S::Id, ids: Vec<ImageId>) -> Result<ActionReport, Error> {
        let outcomes = self.catalog().add_to_set::<S>(&self.owner(), set, bounded(ids)?).await?;
        let (report, _) = report(outcomes);
        self.tell(LibraryEvent::Catalog(CatalogChanged::changed(report.done.clone())));
        Ok(report)
    }

    async fn take_from_set<S: NamedSet>(
        &self,
        set: &S::Id,
        ids: Vec<ImageId>,
    ) -> Result<ActionReport, Error> {
        let outcomes = self.catalog().take_from_set::<S>(&self.owner(), set, bounded(ids)?).await?;
        let (report, _) = report(outcomes);
        self.tell(LibraryEvent::Catalog(CatalogChanged::changed(report.done.clone())));
        Ok(report)
    }
}
