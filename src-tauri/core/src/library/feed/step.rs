//! Carries out one step of publishing as far as the outbox: makes the files, puts them aside and queues their transfers.

use super::Hindrance;
use super::copies::{Copied, CopyFile, CopyFiles, CopyQueue, MadeCopy, NoCopy};
use super::site::{SharedParts, key};
use crate::catalog::{FeedPut, FeedRole, NewCopy};
use crate::error::Error;
use crate::files::Outgoing;
use crate::library::Library;
use crate::model::{FeedSettings, ImageFormat, ImageId, KillPoint, ObjectKey, OwnerId, UnixMs};
use crate::publish::plan::{Chosen, ListToPut, Step};
use crate::publish::render::{self, image_page, list};
use crate::publish::site::{List, SiteFile};
use crate::publish::{Print, Printer, page_id};
use tokio_util::sync::CancellationToken;

/// Copies and thumbnails are kept by caches for a day, in the interest of those who take an image back.
const CACHED_FOR_A_DAY: &str = "public, max-age=86400";
/// The most objects that are deleted in one step.
const DELETED_AT_ONCE: usize = 1_000;
/// The most copies that one step makes. What is hidden meanwhile leaves the bucket only after it.
const COPIES_IN_STEP: usize = 64;
/// A step stops making copies when the bytes that wait for their upload reach this.
const OUTGOING_BYTES: u64 = 256_000_000;

/// What one step did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stepped {
    /// It queued transfers, or found some that are still on their way.
    Waiting,
    /// It changed the catalog only, and the next step can follow.
    Again,
    /// Everything is as it should be.
    Done,
    /// Everything is as it should be, but for copies that cannot be made now, and files that are parked.
    Hindered,
}

/// A feed in the middle of a step.
pub(super) struct Publisher<'a> {
    pub(super) library: &'a Library,
    pub(super) owner: OwnerId,
    pub(super) settings: FeedSettings,
    pub(super) shared: SharedParts,
    pub(super) revision: i64,
    pub(super) outgoing: Outgoing,
}

impl Publisher<'_> {
    /// Carries out a step. Does not wait for its transfers.
    pub(super) async fn carry_out(self, step: Step, cancel: &CancellationToken) -> Result<Stepped, Error> {
        match step {
            Step::Done => {
                let hindered = self.library.shared.publishing.hindered();
                let is_hindered = hindered.values().any(|hindrance| hindrance.owner == self.owner);
                Ok(if is_hindered { Stepped::Hindered } else { Stepped::Done })
            }
            Step::Styles(paths) => self.put_styles(&paths).await,
            Step::Lists(lists) => self.put_lists(lists).await,
            Step::Pages(pages) => self.put_pages(pages).await,
            Step::Copies(copies) => self.put_copies(copies, cancel).await,
            Step::DeleteFiles(paths) => {
                let keys = paths.iter().take(DELETED_AT_ONCE).map(|path| key(&self.owner, path));
                self.delete(keys.collect::<Result<_, _>>()?).await
            }
            Step::DeletePages(images) => {
                let page = |image| key(&self.owner, &render::image_path(page_id(image)));
                let keys = images.iter().take(DELETED_AT_ONCE).map(page);
                self.delete(keys.collect::<Result<_, _>>()?).await
            }
            Step::DropCopies(copies) => {
                self.library.catalog().drop_copies(copies).await?;
                self.reached(KillPoint::FeedCopiesDropped);
                Ok(Stepped::Again)
            }
            Step::DeleteUnwanted => {
                let limit = u32::try_from(DELETED_AT_ONCE).unwrap_or(u32::MAX);
                let keys = self.library.catalog().unwanted_feed_files(&self.owner, limit).await?;
                self.delete(keys).await
            }
        }
    }

    async fn delete(&self, keys: Vec<ObjectKey>) -> Result<Stepped, Error> {
        self.library.catalog().queue_feed_deletions(&self.owner, keys, UnixMs::now()).await?;
        self.reached(KillPoint::FeedDeletionsQueued);
        self.library.shared.controls.wake();
        Ok(Stepped::Waiting)
    }

    async fn queue(&self, puts: Vec<FeedPut>) -> Result<Stepped, Error> {
        let catalog = self.library.catalog();
        let queued = catalog.queue_feed_puts(&self.owner, self.revision, puts, UnixMs::now()).await?;
        if !queued {
            // Something changed meanwhile; the next plan takes it into account.
            return Ok(Stepped::Again);
        }
        self.reached(KillPoint::FeedPutsQueued);
        self.library.shared.controls.wake();
        Ok(Stepped::Waiting)
    }

    fn reached(&self, kill_point: KillPoint) {
        self.library.shared.stores.kill_points.reached(kill_point);
    }

    /// Puts the bytes of a file aside, and returns its transfer.
    async fn put(
        &self,
        file: SiteFile,
        role: FeedRole,
        image: Option<(ImageId, String)>,
        print: Print,
    ) -> Result<FeedPut, Error> {
        let (outgoing, size_bytes) = (self.outgoing.clone(), file.bytes.len() as u64);
        let bytes = file.bytes;
        let stored =
            tokio::task::spawn_blocking(move || outgoing.put(&bytes)).await?.map_err(Error::Folder)?;
        let (image, name) = image.unzip();
        Ok(FeedPut {
            key: key(&self.owner, &file.path)?,
            role,
            image,
            terms: None,
            print,
            name: name.unwrap_or(file.path),
            content_type: file.content_type.to_owned(),
            cache_control: file.cache_control.to_owned(),
            size_bytes,
            sha256: stored.sha256,
            md5: stored.md5,
        })
    }

    async fn put_styles(&self, paths: &[String]) -> Result<Stepped, Error> {
        let mut puts = Vec::new();
        for file in self.shared.files.iter().filter(|file| paths.contains(&file.path)) {
            let print = Printer::new("style").text(Some(&file.path)).finish();
            puts.push(self.put(file.clone(), FeedRole::Style, None, print).await?);
        }
        self.queue(puts).await
    }

    async fn put_lists(&self, lists: Vec<ListToPut>) -> Result<Stepped, Error> {
        let mut puts = Vec::new();
        for to_put in lists {
            let entries = self.library.entries(&self.owner, &self.settings, &to_put.entries).await?;
            let Some(entries) = entries else { return Ok(Stepped::Again) };
            let wanted =
                List { name: to_put.name, entries: &entries, newer: to_put.newer, older: to_put.older };
            let files = list(&self.shared.site, &wanted)?;
            for (file, print) in files.into_iter().zip(to_put.prints) {
                if let Some(print) = print {
                    puts.push(self.put(file, FeedRole::List, None, print).await?);
                }
            }
        }
        self.queue(puts).await
    }

    async fn put_pages(&self, pages: Vec<(Chosen, Print)>) -> Result<Stepped, Error> {
        let (all, prints): (Vec<_>, Vec<_>) = pages.into_iter().unzip();
        let Some(entries) = self.library.entries(&self.owner, &self.settings, &all).await? else {
            return Ok(Stepped::Again);
        };
        let mut puts = Vec::with_capacity(entries.len());
        for ((chosen, print), entry) in all.into_iter().zip(prints).zip(entries) {
            let file = image_page(&self.shared.site, &entry)?;
            let name = file.path.clone();
            puts.push(self.put(file, FeedRole::Page, Some((chosen.image, name)), print).await?);
        }
        self.queue(puts).await
    }

    async fn put_copies(
        &self,
        mut copies: Vec<Chosen>,
        cancel: &CancellationToken,
    ) -> Result<Stepped, Error> {
        let later = copies.split_off(copies.len().min(COPIES_IN_STEP));
        let images = copies.into_iter().map(|chosen| (chosen.image.clone(), chosen)).collect();
        let mut queue = CopyQueue::new(self.library, &self.owner, &self.settings, images, cancel);
        let (mut kept, mut puts, mut bytes) = (Vec::new(), Vec::new(), 0_u64);
        while let Some(Copied { of: chosen, made }) = queue.next(bytes < OUTGOING_BYTES).await? {
            // An image that does not belong on the feed any more is not in the next plan.
            let Some((filename, made)) = made else { continue };
            match made {
                Ok(made) => {
                    bytes += made.bytes.iter().map(|bytes| bytes.len() as u64).sum::<u64>();
                    let files = serde_json::to_string(&made.files).map_err(|_| Error::Internal)?;
                    puts.extend(self.puts_of_copy(&chosen, &filename, made).await?);
                    kept.push(NewCopy { image: chosen.image, terms: chosen.terms, result: Ok(files) });
                }
                Err(NoCopy::Refused(reason)) => {
                    kept.push(NewCopy { image: chosen.image, terms: chosen.terms, result: Err(reason) });
                }
                Err(NoCopy::Hindered(_)) if cancel.is_cancelled() => {}
                Err(NoCopy::Hindered(reason)) => {
                    let reason = Hindrance { owner: self.owner.clone(), reason };
                    self.library.shared.publishing.hindered().insert(chosen.image, reason);
                }
            }
        }
        if cancel.is_cancelled() {
            return Ok(Stepped::Waiting);
        }
        if let Some(known) = self.library.shared.publishing.known().get_mut(&self.owner) {
            known.copies = queue.left().chain(later).collect();
        }
        if kept.is_empty() && puts.is_empty() {
            return Ok(Stepped::Again);
        }
        self.library.catalog().keep_copies(&self.owner, kept).await?;
        self.reached(KillPoint::FeedCopiesKept);
        if puts.is_empty() { Ok(Stepped::Again) } else { self.queue(puts).await }
    }

    async fn puts_of_copy(
        &self,
        chosen: &Chosen,
        filename: &str,
        made: MadeCopy,
    ) -> Result<Vec<FeedPut>, Error> {
        let CopyFiles { image, small, large, .. } = &made.files;
        let files: [&CopyFile; 3] = [image, small, large];
        let mut puts = Vec::with_capacity(files.len());
        for (file, bytes) in files.into_iter().zip(made.bytes) {
            let content_type = ImageFormat::from_signature(&bytes).ok_or(Error::Internal)?.content_type();
            let site_file =
                SiteFile { path: file.path.clone(), content_type, cache_control: CACHED_FOR_A_DAY, bytes };
            let print = Printer::new("copy file").text(Some(&file.path)).finish();
            let image = Some((chosen.image.clone(), filename.to_owned()));
            let mut put = self.put(site_file, FeedRole::Copy, image, print).await?;
            put.terms = Some(chosen.terms);
            puts.push(put);
        }
        Ok(puts)
    }
}
