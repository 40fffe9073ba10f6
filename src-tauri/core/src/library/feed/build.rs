//! Writes a whole feed into a folder, for any static host or to look at it before it is published.

use super::copies::{Copied, CopyFiles, CopyQueue, MadeCopy, NoCopy};
use super::folder::SiteFolder;
use super::site::{SharedParts, entry_of, folder_address};
use crate::error::Error;
use crate::library::Library;
use crate::model::{Bytes, FeedBuilt, FeedProblem, FeedSettings, ImageId, OwnerId};
use crate::publish::layout::lists;
use crate::publish::page_id;
use crate::publish::render::{image_page, list};
use crate::publish::site::{Entry, List, PageId, SiteFile};
use std::path::PathBuf;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// The most problems that are named.
const MAX_PROBLEMS: usize = 1_000;

/// An image that is in the folder.
struct Built {
    image: ImageId,
    files: CopyFiles,
}

/// A feed that is written into a folder.
struct Builder<'a> {
    library: &'a Library,
    owner: OwnerId,
    settings: FeedSettings,
    shared: SharedParts,
    folder: Arc<SiteFolder>,
    built: FeedBuilt,
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
        let base = base.map(|base| checked_base(&base)).transpose()?;
        let library = self.shared.folder.root().to_owned();
        let folder = tokio::task::spawn_blocking(move || SiteFolder::named(&target, &library)).await??;
        self.build_into(folder, base, cancel, progress).await
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
        let base = self.public_base().await?.map(|base| folder_address(&base, &owner));
        let made = target.clone();
        let folder = tokio::task::spawn_blocking(move || SiteFolder::of_library(&made)).await??;
        let built = self.build_into(folder, base, cancel, progress).await?;
        Ok((target.join("index.html"), built))
    }

    async fn build_into(
        &self,
        folder: SiteFolder,
        base: Option<String>,
        cancel: CancellationToken,
        mut progress: impl FnMut(u32, u32) + Send,
    ) -> Result<FeedBuilt, Error> {
        let owner = self.owner();
        let settings = self.feed_settings_of(&owner).await?;
        let shared = self.shared_parts(&owner, &settings, base).await?;
        let wanted = self.wanted_images(&owner, &settings).await?;
        let built = FeedBuilt { left_out: wanted.counts.left_out, ..FeedBuilt::default() };
        let mut builder = Builder { library: self, owner, settings, shared, folder: Arc::new(folder), built };
        if wanted.damaged > 0 {
            builder.problem(
                None,
                String::new(),
                format!("{} rows of the catalog are damaged.", wanted.damaged),
            );
        }
        let ids = wanted.images.iter().map(|wanted| wanted.image.clone()).collect();
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
        let (folder, size) = (Arc::clone(&self.folder), bytes.len() as u64);
        tokio::task::spawn_blocking(move || folder.write(&path, &bytes)).await??;
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
        let numbered = ids.into_iter().enumerate().map(|(at, id)| (id.clone(), (at, id))).collect();
        let mut queue = CopyQueue::new(self.library, &self.owner, &self.settings, numbered, cancel);
        let mut done = 0;
        progress(0, total);
        while let Some(Copied { of: (at, image), made }) = queue.next(true).await? {
            done += 1;
            progress(done, total);
            let Some((filename, made)) = made else { continue };
            match made {
                Ok(MadeCopy { files, bytes }) => {
                    let paths = [&files.image.path, &files.small.path, &files.large.path].map(Clone::clone);
                    for (path, bytes) in paths.into_iter().zip(bytes) {
                        self.write(path, bytes).await?;
                    }
                    images.push((at, Built { image, files }));
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
        let ids: Vec<PageId> = images.iter().map(|built| page_id(&built.image)).collect();
        let places = lists(&ids);
        let names: Vec<_> = places.iter().map(|place| place.name).collect();
        for (at, place) in places.iter().enumerate() {
            let entries = self.entries(images.get(place.images.clone()).unwrap_or_default()).await?;
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

    /// Returns the images of a list that are still public.
    async fn entries(&self, built: &[Built]) -> Result<Vec<Entry>, Error> {
        let ids = built.iter().map(|built| built.image.clone()).collect();
        let rows = self.library.catalog().public_images_of(&self.owner, ids).await?;
        rows.iter()
            .zip(built)
            .filter_map(|(row, built)| Some(entry_of(row.as_ref()?, &self.settings, &built.files)))
            .collect()
    }
}
