//! Adds, lists and removes watched folders, and handles the files that were
//! already in them. The watched files are only ever read.

use super::Library;
use crate::catalog::{CatalogError, Watched};
use crate::error::Error;
use crate::marker::library_around;
use crate::model::{UnixMs, WatchedFolder};
use crate::watch::{Patterns, Root};
use std::path::{Path, PathBuf};

impl Library {
    /// Returns the folders that the profile watches, in the order they were
    /// added.
    pub async fn watched_folders(&self) -> Result<Vec<WatchedFolder>, Error> {
        let watched = self.catalog().watched_folders(Some(&self.owner())).await?;
        let looked = tokio::task::spawn_blocking(move || {
            let looked = |Watched { folder, knows_ignored, .. }: Watched| WatchedFolder {
                // One that is not watched is shown like one that is not there. Saving what
                // to skip repairs it.
                is_there: knows_ignored && Path::new(&folder.path).is_dir(),
                ..folder
            };
            watched.into_iter().map(looked).collect()
        });
        Ok(looked.await?)
    }

    /// Starts watching a folder, and returns it. Existing files are offered
    /// once. A folder that is already watched stays as it is.
    pub async fn watch_folder(&self, path: PathBuf, ignored: Vec<String>) -> Result<WatchedFolder, Error> {
        let patterns = Patterns::parse(&ignored).map_err(|bad| Error::Invalid(bad.to_string()))?;
        let (path, shown) = tokio::task::spawn_blocking(move || resolve(&path)).await??;
        let owner = self.owner();
        let known = self.catalog().watched_folders(Some(&owner)).await?;
        if let Some(same) = known.iter().find(|known| known.folder.path == shown) {
            return self.watched_folder(same.folder.id).await;
        }
        self.check_place(&path, &known)?;
        let id = self.catalog().begin_watch(&owner, shown, &ignored, UnixMs::now()).await?;
        let root = Root::new(path.clone(), patterns);
        let (catalog, runtime) = (self.catalog().clone(), tokio::runtime::Handle::current());
        tokio::task::spawn_blocking(move || {
            let mut failed = None;
            let scanned = root.scan(&path, &mut |batch| {
                let files = batch.into_iter().map(|seen| seen.file).collect();
                failed = runtime.block_on(catalog.note_watched(id, files, true)).err();
                failed.is_none()
            });
            match failed {
                Some(error) => Err(Error::from(error)),
                None => scanned.map_err(|error| cannot_be_read(&error)),
            }
        })
        .await??;
        self.catalog().watch_is_ready(id).await?;
        let folder = self.watched_folder(id).await?;
        if folder.offered == 0 {
            self.catalog().settle_offer(&owner, id, false).await?;
        }
        self.shared.watch_changed.notify_one();
        Ok(folder)
    }

    async fn watched_folder(&self, id: u32) -> Result<WatchedFolder, Error> {
        let folders = self.watched_folders().await?;
        let found = folders.into_iter().find(|folder| folder.id == id);
        found.ok_or_else(|| CatalogError::NotFound("watched folder").into())
    }

    /// Fails if watching a folder would import our own originals, or any file
    /// twice.
    fn check_place(&self, path: &Path, known: &[Watched]) -> Result<(), Error> {
        let library = self.shared.folder.root();
        if path.starts_with(library) || library.starts_with(path) {
            return Err(Error::Invalid("the library itself is in this folder; choose another".into()));
        }
        if library_around(path).is_some() {
            return Err(Error::Invalid("this folder belongs to a Vitrine library; choose another".into()));
        }
        for other in known.iter().map(|watched| Path::new(&watched.folder.path)) {
            if path.starts_with(other) {
                return Err(Error::Invalid(format!("it is inside {}, which is watched", other.display())));
            }
            if other.starts_with(path) {
                return Err(Error::Invalid(format!(
                    "{} inside it is watched; remove that folder first",
                    other.display()
                )));
            }
        }
        Ok(())
    }

    /// Settles whether the pictures that were in a folder when it was added join
    /// the history. This is asked once.
    pub async fn settle_watch_offer(&self, id: u32, wanted: bool) -> Result<(), Error> {
        self.catalog().settle_offer(&self.owner(), id, wanted).await?;
        self.shared.watch_changed.notify_one();
        Ok(())
    }

    /// Sets which files are ignored in a watched folder.
    pub async fn set_watch_ignored(&self, id: u32, ignored: Vec<String>) -> Result<(), Error> {
        Patterns::parse(&ignored).map_err(|bad| Error::Invalid(bad.to_string()))?;
        self.catalog().set_watch_ignored(&self.owner(), id, &ignored).await?;
        self.shared.watch_changed.notify_one();
        Ok(())
    }

    /// Stops watching a folder. Neither the folder nor its pictures are changed.
    pub async fn unwatch_folder(&self, id: u32) -> Result<(), Error> {
        self.catalog().forget_watch(&self.owner(), id).await?;
        self.shared.watch_changed.notify_one();
        Ok(())
    }
}

/// Returns the canonical path of a folder, also as text.
fn resolve(path: &Path) -> Result<(PathBuf, String), Error> {
    let path = path.canonicalize().map_err(|error| cannot_be_read(&error))?;
    if !path.is_dir() {
        return Err(Error::Invalid("only a folder can be watched".into()));
    }
    let shown =
        path.to_str().ok_or_else(|| Error::Invalid("the folder's name is not text".into()))?.to_owned();
    Ok((path, shown))
}

fn cannot_be_read(error: &std::io::Error) -> Error {
    Error::Invalid(match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such folder".to_owned(),
        _ => format!("the folder cannot be read: {error}"),
    })
}
