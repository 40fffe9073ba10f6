//! Writes a whole feed into a folder, for any static host or to look at it before it is published.

use super::copies::{CopyFiles, MadeCopy, NoCopy};
use super::site::{SharedParts, entry_of, folder_address};
use super::wanted::{is_left_out, wanted_of};
use crate::error::Error;
use crate::library::Library;
use crate::model::{Bytes, FeedBuilt, FeedProblem, FeedSettings, ImageId, OwnerId};
use crate::publish::layout::lists;
use crate::publish::render::{image_page, list};
use crate::publish::site::{Entry, List, PageId, SiteFile};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// How many copies are made at the same time.
const COPIES_IN_PARALLEL: usize = 3;
/// The most problems that are named.
const MAX_PROBLEMS: usize = 1_000;
/// A file that says that a folder was written by Vitrine, and may be written again.
const MARKER: &str = ".vitrine-feed";

/// Where the links of a built feed lead.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Base {
    /// Nowhere but within the folder.
    Relative,
    /// To this folder on the web.
    At(String),
}

/// An image that is in the folder.
struct Built {
    image: ImageId,
    page: PageId,
    files: CopyFiles,
}

/// A feed that is written into a folder.
struct Builder<'a> {
    library: &'a Library,
    owner: OwnerId,
    settings: FeedSettings,
    shared: SharedParts,
    target: PathBuf,
    built: FeedBuilt,
}

fn write(target: &Path, path: &str, bytes: &[u8]) -> io::Result<()> {
    let to = target.join(path);
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(to, bytes)
}

/// Fails if a folder is, or would be, inside the library, whose files it would mix with.
fn require_outside(target: &Path, library: &Path) -> Result<(), Error> {
    let target = std::path::absolute(target).map_err(Error::Folder)?;
    let library = library.canonicalize().map_err(Error::Folder)?;
    // The folder may not exist yet; the first of its parents that does says where it is.
    let there = target.ancestors().find_map(|part| part.canonicalize().ok());
    if there.is_some_and(|there| there.starts_with(&library)) {
        return Err(Error::Invalid("choose a folder outside the library".into()));
    }
    Ok(())
}

/// Makes a folder ready. One that has files of somebody else is refused; one that was written by Vitrine is emptied.
fn prepare(target: &Path) -> Result<(), Error> {
    let mut entries = match fs::read_dir(target) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            fs::create_dir_all(target).map_err(Error::Folder)?;
            fs::read_dir(target).map_err(Error::Folder)?
        }
        entries => entries.map_err(Error::Folder)?,
    };
    if entries.next().is_some() {
        if !target.join(MARKER).is_file() {
            return Err(Error::Invalid(
                "the folder has other files in it: choose an empty folder, or one that `feed build` wrote"
                    .into(),
            ));
        }
        for part in ["i", "p", "m", "s", "l"] {
            remove_if_there(fs::remove_dir_all(target.join(part)))?;
        }
        for entry in fs::read_dir(target).map_err(Error::Folder)? {
            let path = entry.map_err(Error::Folder)?.path();
            let is_page = path.extension().is_some_and(|extension| {
                ["html", "json", "xml", "css", "js", "svg", "jpg", "webp", "png"]
                    .iter()
                    .any(|known| extension == *known)
            });
            if is_page {
                remove_if_there(fs::remove_file(path))?;
            }
        }
    }
    fs::write(
        target.join(MARKER),
        "This folder is written by Vitrine, and emptied when it is written again.\n",
    )
    .map_err(Error::Folder)
}

fn remove_if_there(removed: io::Result<()>) -> Result<(), Error> {
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Error::Folder(error)),
        _ => Ok(()),
    }
}

impl Library {
    /// Writes the active profile's feed into a folder, whether or not it is switched on, with the pictures. Links are
    /// relative unless `base` names the address at which the folder will be. `progress` hears how many of how many
    /// images are written.
    pub async fn build_feed(
        &self,
        target: PathBuf,
        base: Option<String>,
        cancel: CancellationToken,
        progress: impl FnMut(u32, u32) + Send,
    ) -> Result<FeedBuilt, Error> {
        let base = match base {
            Some(base) => Base::At(checked_base(&base)?),
            None => Base::Relative,
        };
        let (made, library) = (target.clone(), self.shared.folder.root().to_owned());
        tokio::task::spawn_blocking(move || {
            require_outside(&made, &library)?;
            prepare(&made)
        })
        .await??;
        self.build_into(target, base, cancel, progress).await
    }

    /// Writes the active profile's feed into a folder of the library, with the bytes that would be published. Returns
    /// the path of its first page.
    pub async fn preview_feed(
        &self,
        cancel: CancellationToken,
        progress: impl FnMut(u32, u32) + Send,
    ) -> Result<(PathBuf, FeedBuilt), Error> {
        self.require_writable()?;
        let owner = self.owner();
        let target = self.shared.folder.preview(&owner);
        let base = match self.public_base().await? {
            Some(base) => Base::At(folder_address(&base, &owner)),
            None => Base::Relative,
        };
        let made = target.clone();
        tokio::task::spawn_blocking(move || prepare(&made)).await??;
        let built = self.build_into(target.clone(), base, cancel, progress).await?;
        Ok((target.join("index.html"), built))
    }

    async fn build_into(
        &self,
        target: PathBuf,
        base: Base,
        cancel: CancellationToken,
        mut progress: impl FnMut(u32, u32) + Send,
    ) -> Result<FeedBuilt, Error> {
        let owner = self.owner();
        let settings = self.feed_settings_of(&owner).await?;
        let base = match base {
            Base::Relative => None,
            Base::At(base) => Some(base),
        };
        let shared = self.shared_parts(&owner, &settings, base).await?;
        let wanted = self.wanted_images(&owner, &settings).await?;
        let built = FeedBuilt { left_out: wanted.left_out, ..FeedBuilt::default() };
        let mut builder = Builder { library: self, owner, settings, shared, target, built };
        if wanted.damaged > 0 {
            builder.problem(
                None,
                String::new(),
                format!("{} rows of the catalog are damaged.", wanted.damaged),
            );
        }
        let ids = wanted.images.into_iter().map(|wanted| wanted.image).collect();
        let images = builder.copies(ids, &cancel, &mut progress).await?;
        if cancel.is_cancelled() {
            return Err(Error::Cancelled);
        }
        builder.pages(&images).await?;
        Ok(builder.built)
    }
}

/// Returns the address of a folder with a slash at its end.
fn checked_base(base: &str) -> Result<String, Error> {
    let parsed = url::Url::parse(base).ok().filter(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.host_str().is_some()
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none()
    });
    let Some(mut url) = parsed else {
        return Err(Error::Invalid(
            "the base must be an address such as https://example.org/gallery/, without a query".into(),
        ));
    };
    if !url.path().ends_with('/') {
        let path = format!("{}/", url.path());
        url.set_path(&path);
    }
    Ok(url.to_string())
}

impl Builder<'_> {
    fn problem(&mut self, image: Option<ImageId>, filename: String, reason: String) {
        if self.built.problems.len() < MAX_PROBLEMS {
            self.built.problems.push(FeedProblem { image_id: image, filename, reason });
        }
    }

    async fn write(&mut self, path: String, bytes: Vec<u8>) -> Result<(), Error> {
        let (target, size) = (self.target.clone(), bytes.len() as u64);
        tokio::task::spawn_blocking(move || write(&target, &path, &bytes)).await?.map_err(Error::Folder)?;
        self.built.files += 1;
        self.built.size_bytes = Bytes(self.built.size_bytes.0 + size);
        Ok(())
    }

    async fn write_file(&mut self, file: SiteFile) -> Result<(), Error> {
        self.write(file.path, file.bytes).await
    }

    /// Writes copies and thumbnails. Returns the images that have them, newest first.
    async fn copies(
        &mut self,
        ids: Vec<ImageId>,
        cancel: &CancellationToken,
        progress: &mut (impl FnMut(u32, u32) + Send),
    ) -> Result<Vec<Built>, Error> {
        let total = u32::try_from(ids.len()).unwrap_or(u32::MAX);
        let mut images: Vec<(usize, Built)> = Vec::new();
        let mut left = ids.into_iter().enumerate();
        let mut making = JoinSet::new();
        let mut done = 0;
        progress(0, total);
        loop {
            while making.len() < COPIES_IN_PARALLEL && !cancel.is_cancelled() {
                let Some((at, id)) = left.next() else { break };
                let (library, owner, settings) =
                    (self.library.clone(), self.owner.clone(), self.settings.clone());
                let cancel = cancel.clone();
                making.spawn(async move {
                    let row = library.catalog().public_image(&owner, &id).await?;
                    let Some(row) = row.filter(|row| !is_left_out(row, &settings)) else {
                        return Ok::<_, Error>(None);
                    };
                    let (page, filename) = (wanted_of(&row, &settings).page, row.filename.clone());
                    Ok(Some((at, id, page, filename, library.copy_of(row, &settings, &cancel).await?)))
                });
            }
            let Some(made) = making.join_next().await else { break };
            done += 1;
            progress(done, total);
            let Some((at, image, page, filename, made)) = made?? else { continue };
            match made {
                Ok(MadeCopy { files, bytes }) => {
                    let paths = [&files.image.path, &files.small.path, &files.large.path].map(Clone::clone);
                    for (path, bytes) in paths.into_iter().zip(bytes) {
                        self.write(path, bytes).await?;
                    }
                    images.push((at, Built { image, page, files }));
                }
                Err(NoCopy::Refused(reason) | NoCopy::Hindered(reason)) => {
                    self.problem(Some(image), filename, reason);
                }
            }
        }
        images.sort_unstable_by_key(|(at, _)| *at);
        Ok(images.into_iter().map(|(_, built)| built).collect())
    }

    /// Writes pages, lists and what they share.
    async fn pages(&mut self, images: &[Built]) -> Result<(), Error> {
        for file in self.shared.files.clone() {
            self.write_file(file).await?;
        }
        let ids: Vec<PageId> = images.iter().map(|built| built.page).collect();
        let places = lists(&ids);
        let names: Vec<_> = places.iter().map(|place| place.name).collect();
        for (at, place) in places.iter().enumerate() {
            let mut entries = Vec::with_capacity(place.images.len());
            for built in images.get(place.images.clone()).unwrap_or_default() {
                entries.extend(self.entry(built).await?);
            }
            for entry in &entries {
                let file = image_page(&self.shared.site, entry)?;
                self.write_file(file).await?;
            }
            self.built.images += u32::try_from(entries.len()).unwrap_or(u32::MAX);
            let newer = at.checked_sub(1).and_then(|at| names.get(at)).copied();
            let wanted =
                List { name: place.name, entries: &entries, newer, older: names.get(at + 1).copied() };
            for file in list(&self.shared.site, &wanted)? {
                self.write_file(file).await?;
            }
        }
        Ok(())
    }

    async fn entry(&self, built: &Built) -> Result<Option<Entry>, Error> {
        let row = self.library.catalog().public_image(&self.owner, &built.image).await?;
        row.map(|row| entry_of(&row, &self.settings, &built.files)).transpose()
    }
}
