//! What other programs get of pictures, besides the copies of `lending.rs`: pixels for the clipboard, and
//! copies where the artist wants them. Also makes references of generated images.

use super::lending::free_name;
use super::{Library, LibraryEvent};
use crate::catalog::ImageFile;
use crate::error::Error;
use crate::import::{bitmap, from_bytes};
use crate::model::{
    ActionReport, CopyProgress, Image, ImageId, ImageKind, ImportChoices, ImportTarget, ItemFailure, Source,
};
use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

pub use crate::import::Bitmap;

/// The most images that are handled at once.
const MOST: usize = 10_000;

/// Where copies are saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SaveTo {
    /// In this file, which is replaced if it exists. For one image.
    File(PathBuf),
    /// In this folder, under the names of the files. Existing files stay.
    Folder(PathBuf),
}

fn bounded(ids: &[ImageId]) -> Result<(), Error> {
    if ids.is_empty() || ids.len() > MOST {
        return Err(Error::Invalid(format!("choose 1 to {MOST} images")));
    }
    Ok(())
}

impl Library {
    /// Returns all pixels of an image, upright and in sRGB. Of an animation, it is the first picture.
    pub async fn bitmap(&self, id: &ImageId) -> Result<Bitmap, Error> {
        let file = self.file_of(id).await?.1;
        self.open_original(&file, true).await?;
        let (stores, limits) = (self.shared.stores.clone(), self.read_limits());
        let reading = tokio::task::spawn_blocking(move || {
            let bytes = stores
                .originals
                .read(&file.sha256, file.format)
                .map_err(|_| Error::NotThere("the original is not on this disk"))?;
            let source = from_bytes("", bytes, &limits);
            let source = source.map_err(|rejection| Error::Invalid(rejection.sentence))?;
            bitmap(&source, &limits, &stores.memory).map_err(|rejection| Error::Invalid(rejection.sentence))
        });
        reading.await?
    }

    /// Saves copies of originals, unchanged. Each image has its own outcome, and the library's events report
    /// the progress. After a cancellation, the images that are left fail as cancelled.
    ///
    /// # Errors
    /// Fails if there are no images or more than 10,000, or several and only one file.
    pub async fn save_copies(
        &self,
        ids: Vec<ImageId>,
        to: SaveTo,
        cancel: CancellationToken,
    ) -> Result<ActionReport, Error> {
        bounded(&ids)?;
        if ids.len() > 1 && matches!(to, SaveTo::File(_)) {
            return Err(Error::Invalid("several images need a folder".into()));
        }
        let (mut report, mut taken) = (ActionReport::default(), HashSet::new());
        let total = u32::try_from(ids.len()).unwrap_or(u32::MAX);
        for (done, id) in (1..).zip(ids) {
            let saved = if cancel.is_cancelled() {
                Err(Error::Cancelled)
            } else {
                self.save_copy(&id, &to, &mut taken).await
            };
            match saved {
                Ok(()) => report.done.push(id),
                Err(error) => report.failed.push(ItemFailure { id, error: error.to_failure() }),
            }
            self.tell(LibraryEvent::Copies(CopyProgress { done, total }));
        }
        Ok(report)
    }

    async fn save_copy(&self, id: &ImageId, to: &SaveTo, taken: &mut HashSet<String>) -> Result<(), Error> {
        let (name, file) = self.file_of(id).await?;
        self.open_original(&file, true).await?;
        let from = self.shared.stores.originals.path(&file.sha256, file.format);
        match to.clone() {
            SaveTo::File(path) => {
                if path.starts_with(self.shared.stores.originals.library()) {
                    return Err(Error::Invalid("choose a place outside the library".into()));
                }
                tokio::task::spawn_blocking(move || replace(&from, &path))
                    .await?
                    .map_err(|error| unwritable(&error))
            }
            SaveTo::Folder(folder) => {
                if folder.starts_with(self.shared.stores.originals.library()) {
                    return Err(Error::Invalid("choose a folder outside the library".into()));
                }
                loop {
                    let path = folder.join(free_name(&name, file.format, taken));
                    let (from, path) = (from.clone(), path);
                    let copying = tokio::task::spawn_blocking(move || create(&from, &path));
                    match copying.await? {
                        // Somebody else's file has this name.
                        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                        copied => return copied.map_err(|error| unwritable(&error)),
                    }
                }
            }
        }
    }

    /// Adds the originals of generated images to the references as well. Returns the outcome of each, by
    /// the id of the generated image.
    pub async fn use_as_references(&self, ids: Vec<ImageId>) -> Result<ActionReport, Error> {
        bounded(&ids)?;
        let mut report = ActionReport::default();
        for id in ids {
            match self.use_as_reference(&id).await {
                Ok(()) => report.done.push(id),
                Err(error) => report.failed.push(ItemFailure { id, error: error.to_failure() }),
            }
        }
        Ok(report)
    }

    async fn use_as_reference(&self, id: &ImageId) -> Result<(), Error> {
        if matches!(self.get_by_id(id).await?, Image::Reference(_)) {
            return Err(Error::Invalid("this image is a reference already".into()));
        }
        let (filename, file) = self.file_of(id).await?;
        self.open_original(&file, true).await?;
        let originals = Arc::clone(&self.shared.stores.originals);
        let reading = tokio::task::spawn_blocking(move || originals.read(&file.sha256, file.format));
        let bytes = reading.await?.map_err(Error::Folder)?;
        let target = ImportTarget { kind: ImageKind::Reference, ..ImportTarget::HISTORY };
        let source = Source::Bytes { filename, bytes };
        let cancel = CancellationToken::new();
        let choices = ImportChoices::default();
        let summary = self.import(vec![source], target, choices, cancel, |_| (), |_| ()).await?;
        let Some(item) = summary.files.into_iter().next() else { return Err(Error::Cancelled) };
        if item.id.is_some() { Ok(()) } else { Err(Error::Invalid(item.reason.unwrap_or_default())) }
    }

    /// Returns the name and the original of an image that this profile may see.
    async fn file_of(&self, id: &ImageId) -> Result<(String, ImageFile), Error> {
        const GONE: Error = Error::NotThere("there is no such image");
        let tiles = self.catalog().tiles_of(&self.owner(), vec![id.clone()]).await?;
        let tile = tiles.into_iter().next().ok_or(GONE)?;
        let file = self.catalog().image_file(id).await?.ok_or(GONE)?;
        Ok((tile.filename, file))
    }
}

fn unwritable(error: &io::Error) -> Error {
    Error::Invalid(format!("the copy could not be written: {}", error.kind()))
}

/// Copies a file to a new one. A copy that fails leaves nothing.
fn create(from: &Path, to: &Path) -> io::Result<()> {
    let mut copy = File::options().write(true).create_new(true).open(to)?;
    let copied =
        File::open(from).and_then(|mut from| io::copy(&mut from, &mut copy)).and_then(|_| copy.flush());
    if copied.is_err() {
        // What could not be copied completely is worth nothing.
        let _ = fs::remove_file(to);
    }
    copied
}

/// Copies a file in place of another one, which stays if the copy fails.
fn replace(from: &Path, to: &Path) -> io::Result<()> {
    let mut name = to.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.part", uuid::Uuid::now_v7()));
    let part = to.with_file_name(name);
    create(from, &part)?;
    fs::rename(&part, to).inspect_err(|_| {
        let _ = fs::remove_file(&part);
    })
}
