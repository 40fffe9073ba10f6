//! What to do if the disk is full or cannot be written: opens the library
//! anyway, and deletes images even though deleting needs room before it frees
//! any.

use super::Library;
use super::folder::Folder;
use super::presence::{check_beginning, check_presence};
use crate::catalog::{Catalog, CatalogError, LookOnly};
use crate::error::Error;
use crate::files::{Originals, Reserve, Thumbnails, give_up};
use crate::import::{Memory, Stores};
use crate::model::{Failure, ImageId, KillPoints};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The outcome for each image.
type Outcomes<T> = Result<Vec<(ImageId, Result<T, CatalogError>)>, Error>;

/// The number of images in one transaction when there is hardly any room.
const PART: usize = 16;

/// Opens the parts of a library for use if possible, otherwise for reading only.
/// Blocks.
pub(super) fn open_stores(folder: &Folder, kill_points: &KillPoints) -> Result<Stores, Error> {
    let mut failed = match open_to_use(folder, kill_points) {
        Ok(stores) => {
            keep_reserve(folder);
            return Ok(stores);
        }
        Err(error) => error,
    };
    while look_only(&failed) == Some(LookOnly::DiskFull) && made_room(folder) {
        failed = match open_to_use(folder, kill_points) {
            Ok(stores) => {
                take_back(folder);
                return Ok(stores);
            }
            Err(error) => error,
        };
    }
    let Some(why) = look_only(&failed) else { return Err(failed) };
    match open_to_look(folder, kill_points, why) {
        Ok(stores) => Ok(stores),
        Err(error @ Error::Catalog(CatalogError::Corrupt(_) | CatalogError::TooNew)) => Err(error),
        Err(error) => {
            tracing::warn!(%error, "the library cannot be opened for reading either");
            Err(failed)
        }
    }
}

fn look_only(error: &Error) -> Option<LookOnly> {
    match error {
        Error::Catalog(error) => LookOnly::because_of(error),
        Error::Folder(error) => LookOnly::because_of_io(error),
        _ => None,
    }
}

fn open_to_use(folder: &Folder, kill_points: &KillPoints) -> Result<Stores, Error> {
    folder.keep_private();
    let originals =
        Originals::open(folder.root()).map_err(Error::Folder)?.with_kill_points(kill_points.clone());
    let thumbnails = Thumbnails::open(folder.root()).map_err(Error::Folder)?;
    check_presence(folder)?;
    check_beginning(folder)?;
    folder.begin_catalog()?;
    let catalog = Catalog::open_heard(&folder.catalog(), kill_points.clone())?;
    // This runs again for files that were created meanwhile by other code.
    folder.keep_private();
    let (originals, thumbnails) = (Arc::new(originals), Arc::new(thumbnails));
    Ok(Stores { catalog, originals, thumbnails, kill_points: kill_points.clone(), memory: Memory::default() })
}

fn open_to_look(folder: &Folder, kill_points: &KillPoints, why: LookOnly) -> Result<Stores, Error> {
    check_presence(folder)?;
    let originals = Arc::new(Originals::at(folder.root()).with_kill_points(kill_points.clone()));
    let thumbnails = Arc::new(Thumbnails::at(folder.root()));
    let catalog = Catalog::open_to_look(&folder.catalog(), why)?;
    Ok(Stores { catalog, originals, thumbnails, kill_points: kill_points.clone(), memory: Memory::default() })
}

/// Gives up the reserve, or some thumbnails if there is none. Returns whether
/// that made room.
fn made_room(folder: &Folder) -> bool {
    let reserve = Reserve::of(folder.root());
    let made = reserve
        .release()
        .and_then(|had_one| if had_one { Ok(true) } else { give_up(&Thumbnails::at(folder.root())) });
    made.unwrap_or_else(|error| {
        tracing::warn!(%error, "could not free any space");
        false
    })
}

/// Turns unused room back into a reserve.
fn take_back(folder: &Folder) {
    if let Err(error) = Reserve::of(folder.root()).take_back() {
        tracing::debug!(%error, "could not recreate the reserve");
    }
}

/// Reserves room for the next time the disk is full, if there is any.
pub(super) fn keep_reserve(folder: &Folder) {
    make_reserve(folder.root());
}

fn make_reserve(folder: &Path) {
    if let Err(error) = Reserve::of(folder).make() {
        tracing::debug!(%error, "there is no room for a reserve");
    }
}

/// Makes the reserve again when the library is closed, if it was given up.
#[derive(Debug)]
pub(super) struct KeptReserve {
    /// The library's folder; `None` if the library can only be read.
    folder: Option<PathBuf>,
}

impl KeptReserve {
    pub(super) fn of(folder: &Folder, stores: &Stores) -> Self {
        let is_writable = stores.catalog.look_only().is_none();
        Self { folder: is_writable.then(|| folder.root().to_owned()) }
    }
}

impl Drop for KeptReserve {
    fn drop(&mut self) {
        if let Some(folder) = &self.folder {
            make_reserve(folder);
        }
    }
}

impl Library {
    /// Returns why this library cannot be changed; `None` if it can.
    pub fn look_only(&self) -> Option<Failure> {
        let why = self.catalog().look_only()?;
        Some(Error::Catalog(why.refusal()).to_failure())
    }

    /// Fails with the reason if this library can only be read.
    ///
    /// # Errors
    /// The reason that [`Self::look_only`] returns.
    pub fn require_writable(&self) -> Result<(), Error> {
        self.catalog().look_only().map_or(Ok(()), |why| Err(why.refusal().into()))
    }

    /// Applies an action to images in one transaction. If the disk is full, it
    /// makes room and works in small parts, each of which frees the space of its
    /// log. If images still do not fit, they fail one by one.
    pub(super) async fn even_when_full<T, F>(
        &self,
        ids: Vec<ImageId>,
        act: impl Fn(Vec<ImageId>) -> F,
    ) -> Outcomes<T>
    where
        F: Future<Output = Outcomes<T>>,
    {
        match act(ids.clone()).await {
            Err(Error::Catalog(CatalogError::DiskFull)) => self.require_writable()?,
            other => return other,
        }
        let outcomes = self.in_parts(ids, act).await;
        self.keep_room().await?;
        outcomes
    }

    async fn in_parts<T, F>(&self, ids: Vec<ImageId>, act: impl Fn(Vec<ImageId>) -> F) -> Outcomes<T>
    where
        F: Future<Output = Outcomes<T>>,
    {
        let mut outcomes = Vec::with_capacity(ids.len());
        let mut rest = ids.as_slice();
        let mut size = PART;
        while !rest.is_empty() {
            let (part, later) = rest.split_at(size.min(rest.len()));
            match act(part.to_vec()).await {
                Ok(done) => {
                    outcomes.extend(done);
                    rest = later;
                    if let Err(error) = self.catalog().fold_log().await {
                        tracing::debug!(%error, "could not truncate the write-ahead log");
                    }
                }
                Err(Error::Catalog(CatalogError::DiskFull)) if self.make_room().await? => {}
                Err(Error::Catalog(CatalogError::DiskFull)) if size > 1 => size = 1,
                Err(error) if outcomes.is_empty() => return Err(error),
                Err(error) => {
                    tracing::warn!(%error, left = rest.len(), "some images were not changed");
                    let refused = |id: &ImageId| (id.clone(), Err(CatalogError::DiskFull));
                    outcomes.extend(rest.iter().map(refused));
                    break;
                }
            }
        }
        Ok(outcomes)
    }

    /// Turns the rest of the freed room back into a reserve for the next time.
    pub(super) async fn keep_room(&self) -> Result<(), Error> {
        let library = self.clone();
        Ok(tokio::task::spawn_blocking(move || take_back(&library.shared.folder)).await?)
    }

    /// Gives up the reserve, or files that can be made again. Returns whether
    /// there were any.
    pub(super) async fn make_room(&self) -> Result<bool, Error> {
        let library = self.clone();
        Ok(tokio::task::spawn_blocking(move || made_room(&library.shared.folder)).await?)
    }
}
