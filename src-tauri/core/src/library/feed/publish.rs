//! Publishes feeds: asks for the next step, carries it out as far as the outbox, and waits.

use super::Hindrance;
use super::copies::{CopyFile, CopyFiles, MadeCopy, NoCopy};
use super::site::{SharedParts, folder_address, key};
use crate::catalog::{CopyState, FeedFile, FeedPut, FeedRole, NewCopy};
use crate::error::Error;
use crate::files::{Outgoing, ProcessLock};
use crate::library::{Library, LibraryEvent};
use crate::model::{FeedSettings, ImageId, KillPoint, OwnerId, UnixMs};
use crate::publish::plan::{Chosen, CopyProgress, KnownCopy, ListToPut, Published, State, Step, next};
use crate::publish::render::{self, image_page, list};
use crate::publish::site::{List, SiteFile};
use crate::publish::{Print, Printer};
use crate::transfer::PushReport;
use serde::Serialize;
use std::collections::{HashMap, HashSet};
use std::sync::PoisonError;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// How long after a change publishing begins. More changes often follow.
const SETTLE: Duration = Duration::from_secs(2);
/// How long after a hindrance it is tried again.
const TRY_AGAIN: Duration = Duration::from_mins(5);
/// How often a publisher that waits for its transfers checks whether they are done, if nothing wakes it.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// How many copies are made at the same time.
const COPIES_IN_PARALLEL: usize = 3;
/// Copies and thumbnails are kept by caches for a day, in the interest of those who take an image back.
const CACHED_FOR_A_DAY: &str = "public, max-age=86400";
/// The most objects that are deleted in one step.
const DELETED_AT_ONCE: usize = 1_000;
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

/// The result of publishing until nothing is left to do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct FeedPush {
    /// The transfers that were carried out.
    pub transfers: PushReport,
    /// Whether the bucket has everything that belongs on the feed and nothing else.
    pub is_complete: bool,
}

/// A feed in the middle of a step.
struct Publisher<'a> {
    library: &'a Library,
    owner: OwnerId,
    settings: FeedSettings,
    shared: SharedParts,
    revision: i64,
    outgoing: Outgoing,
}

/// What is known about a page or a list, for the plan.
fn published(file: &FeedFile) -> Published {
    Published { print: file.print, is_there: file.is_there, is_parked: file.is_parked, stays: file.stays }
}

fn progress_of(copy: &CopyState) -> CopyProgress {
    if copy.has_problem {
        CopyProgress::Refused
    } else if copy.is_stored {
        CopyProgress::Stored
    } else if copy.is_parked {
        CopyProgress::Parked
    } else {
        CopyProgress::Made
    }
}

impl Library {
    /// Returns the state that a plan is made from. Copies that cannot be made now count as parked.
    pub(super) async fn feed_state(
        &self,
        owner: &OwnerId,
        settings: &FeedSettings,
        shared: &SharedParts,
    ) -> Result<(State, u32), Error> {
        let catalog = self.catalog();
        let found = self.wanted_images(owner, settings).await?;
        let (wanted, left_out) = (found.images, found.left_out);
        let mut copies: HashMap<ImageId, Vec<KnownCopy>> = HashMap::new();
        for copy in catalog.copy_states(owner, UnixMs::now()).await? {
            let known = KnownCopy { terms: copy.terms, state: progress_of(&copy) };
            copies.entry(copy.image).or_default().push(known);
        }
        {
            let mut hindered = self.shared.publishing.hindered.lock().unwrap_or_else(PoisonError::into_inner);
            let is_wanted: HashSet<&ImageId> = wanted.iter().map(|wanted| &wanted.image).collect();
            hindered.retain(|image, hindrance| hindrance.owner != *owner || is_wanted.contains(image));
            for wanted in wanted.iter().filter(|wanted| hindered.contains_key(&wanted.image)) {
                let known = copies.entry(wanted.image.clone()).or_default();
                if known.iter().all(|copy| copy.terms != wanted.terms) {
                    known.push(KnownCopy { terms: wanted.terms, state: CopyProgress::Parked });
                }
            }
        }
        let mut state = State {
            is_on: settings.is_on,
            wanted,
            site: shared.print,
            styles: shared.files.iter().map(|file| file.path.clone()).collect(),
            copies,
            has_unwanted: !catalog.unwanted_feed_files(owner, 1).await?.is_empty(),
            is_held: catalog.is_feed_of_other_library(owner).await?,
            ..State::default()
        };
        let prefix = super::site::prefix(owner);
        for file in catalog.feed_files(owner).await? {
            let known = published(&file);
            if let (FeedRole::Page, Some(image)) = (file.role, file.image) {
                state.pages.insert(image, known);
            } else {
                let path = file.key.as_str().strip_prefix(&prefix).unwrap_or_default().to_owned();
                state.files.insert(path, known);
            }
        }
        Ok((state, left_out))
    }

    /// Takes one step towards the right feed of a profile. Does not wait for transfers.
    pub(super) async fn feed_step(
        &self,
        owner: &OwnerId,
        cancel: &CancellationToken,
    ) -> Result<Stepped, Error> {
        let _turn = self.shared.publishing.turn.lock().await;
        let lock = self.shared.folder.feed_lock();
        let locked = tokio::task::spawn_blocking(move || ProcessLock::try_take(&lock)).await?;
        // Another process takes a step.
        let Some(_lock) = locked.map_err(Error::Folder)? else { return Ok(Stepped::Waiting) };
        if self.catalog().is_feed_busy(owner).await? {
            return Ok(Stepped::Waiting);
        }
        let revision = self.catalog().feed_revision(owner).await?;
        let mut settings = self.feed_settings_of(owner).await?;
        let base = self.public_base().await?;
        if base.is_none() {
            // Without a public address there is nothing to publish to; what is there goes as soon as a bucket is known.
            settings.is_on = false;
        }
        let base = base.map(|base| folder_address(&base, owner));
        let shared = self.shared_parts(owner, &settings, base).await?;
        let (state, _) = self.feed_state(owner, &settings, &shared).await?;
        let step = tokio::task::spawn_blocking(move || next(&state)).await?;
        let outgoing = Outgoing::at(self.shared.folder.root());
        let hashes = self.catalog().outgoing_hashes().await?;
        let swept = outgoing.clone();
        tokio::task::spawn_blocking(move || swept.keep_only(&hashes)).await?.map_err(Error::Folder)?;
        let publisher =
            Publisher { library: self, owner: owner.clone(), settings, shared, revision, outgoing };
        match publisher.carry_out(step, cancel).await? {
            // What is parked may be retried, without a change after which a new plan is made anyway.
            Stepped::Done if self.catalog().feed_totals(owner).await?.parked > 0 => Ok(Stepped::Hindered),
            stepped => Ok(stepped),
        }
    }

    /// Publishes and takes back until nothing is left to do, or nothing can move.
    pub async fn publish_feed(
        &self,
        timeout: Option<Duration>,
        cancel: CancellationToken,
    ) -> Result<FeedPush, Error> {
        self.require_writable()?;
        let deadline = timeout.and_then(|timeout| tokio::time::Instant::now().checked_add(timeout));
        let (mut push, mut is_hindered) = (FeedPush::default(), false);
        self.forget_hindrances();
        for owner in self.feed_owners().await? {
            loop {
                let left =
                    deadline.map(|deadline| deadline.saturating_duration_since(tokio::time::Instant::now()));
                if cancel.is_cancelled() || left == Some(Duration::ZERO) {
                    return Ok(push);
                }
                match self.feed_step(&owner, &cancel).await? {
                    Stepped::Again => {}
                    Stepped::Done => break,
                    Stepped::Hindered => {
                        is_hindered = true;
                        break;
                    }
                    Stepped::Waiting => {
                        let report = self.push(left, cancel.clone()).await?;
                        push.transfers.add(report);
                        if self.catalog().is_feed_busy(&owner).await? {
                            return Ok(push);
                        }
                    }
                }
            }
        }
        let summary = self.transfer_summary().await?;
        (push.transfers.parked, push.transfers.waiting) = (summary.parked, summary.waiting + summary.active);
        push.is_complete = !is_hindered && self.catalog().parked_feed_files().await? == 0;
        Ok(push)
    }

    /// Says whether any profile has a feed, or something is left of one.
    pub async fn has_feed(&self) -> Result<bool, Error> {
        Ok(!self.feed_owners().await?.is_empty())
    }

    /// Returns the profiles that have a feed, or had one of which something is left.
    async fn feed_owners(&self) -> Result<Vec<OwnerId>, Error> {
        Ok(self.catalog().feed_owners().await?)
    }

    fn forget_hindrances(&self) {
        self.shared.publishing.hindered.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Keeps the feeds of all profiles as they should be. Runs until cancelled, and does nothing while nothing
    /// changes.
    pub async fn keep_feeds_published(&self, cancel: CancellationToken) {
        if self.look_only().is_some() {
            return;
        }
        let mut events = self.events();
        // What a process that ended left undone.
        let mut pause = Some(SETTLE);
        let mut seen: HashMap<OwnerId, (i64, Stepped)> = HashMap::new();
        let mut tried_again = tokio::time::Instant::now();
        loop {
            tokio::select! {
                () = cancel.cancelled() => return,
                () = self.shared.publishing.wake.notified() => continue_after(SETTLE, &cancel).await,
                event = events.recv() => match event {
                    // Most changes have nothing to do with a feed; the revision says which do.
                    Ok(LibraryEvent::Catalog(_)) | Err(tokio::sync::broadcast::error::RecvError::Lagged(_)) => {
                        continue_after(SETTLE, &cancel).await;
                    }
                    Ok(LibraryEvent::Transfers(_)) if seen.values().any(|(_, stepped)| *stepped == Stepped::Waiting) => {}
                    Ok(_) => continue,
                    Err(tokio::sync::broadcast::error::RecvError::Closed) => return,
                },
                () = tokio::time::sleep(pause.unwrap_or_default()), if pause.is_some() => {}
            }
            if tried_again.elapsed() >= TRY_AGAIN {
                tried_again = tokio::time::Instant::now();
                self.forget_hindrances();
            }
            pause = self.step_all(&mut seen, &cancel).await;
        }
    }

    /// Takes steps for all profiles until each has to wait. Returns when to look again; `None` if only a change can
    /// make a difference.
    async fn step_all(
        &self,
        seen: &mut HashMap<OwnerId, (i64, Stepped)>,
        cancel: &CancellationToken,
    ) -> Option<Duration> {
        let owners = match self.feed_owners().await {
            Ok(owners) => owners,
            Err(error) => {
                tracing::error!(%error, "the feeds cannot be read");
                return Some(TRY_AGAIN);
            }
        };
        let mut pause: Option<Duration> = None;
        for owner in owners {
            let stepped = loop {
                let revision = self.catalog().feed_revision(&owner).await.unwrap_or_default();
                if seen.get(&owner) == Some(&(revision, Stepped::Done)) {
                    break Stepped::Done;
                }
                match self.feed_step(&owner, cancel).await {
                    Ok(Stepped::Again) if !cancel.is_cancelled() => {}
                    Ok(stepped) => {
                        seen.insert(owner.clone(), (revision, stepped));
                        self.tell(LibraryEvent::Feed);
                        break stepped;
                    }
                    Err(error) => {
                        tracing::error!(%error, "a feed cannot be published");
                        break Stepped::Hindered;
                    }
                }
            };
            let wait = match stepped {
                Stepped::Waiting => Some(LOOK_EVERY),
                Stepped::Hindered => Some(TRY_AGAIN),
                Stepped::Done | Stepped::Again => None,
            };
            pause = [pause, wait].into_iter().flatten().min();
        }
        pause
    }
}

async fn continue_after(time: Duration, cancel: &CancellationToken) {
    tokio::select! {
        () = cancel.cancelled() => {}
        () = tokio::time::sleep(time) => {}
    }
}

impl Publisher<'_> {
    async fn carry_out(self, step: Step, cancel: &CancellationToken) -> Result<Stepped, Error> {
        match step {
            Step::Done => {
                let hindered =
                    self.library.shared.publishing.hindered.lock().unwrap_or_else(PoisonError::into_inner);
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
                let page = |image| key(&self.owner, &render::image_path(crate::publish::page_id(image)));
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

    async fn delete(&self, keys: Vec<crate::model::ObjectKey>) -> Result<Stepped, Error> {
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
            let mut entries = Vec::with_capacity(to_put.entries.len());
            for chosen in &to_put.entries {
                let entry = self.library.entry(&self.owner, &self.settings, chosen).await?;
                let Some(entry) = entry else { return Ok(Stepped::Again) };
                entries.push(entry);
            }
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
        let mut puts = Vec::new();
        for (chosen, print) in pages {
            let entry = self.library.entry(&self.owner, &self.settings, &chosen).await?;
            let Some(entry) = entry else { return Ok(Stepped::Again) };
            let file = image_page(&self.shared.site, &entry)?;
            let name = file.path.clone();
            puts.push(self.put(file, FeedRole::Page, Some((chosen.image, name)), print).await?);
        }
        self.queue(puts).await
    }

    async fn put_copies(&self, copies: Vec<Chosen>, cancel: &CancellationToken) -> Result<Stepped, Error> {
        let mut making = JoinSet::new();
        let mut left = copies.into_iter();
        let (mut kept, mut puts, mut bytes) = (Vec::new(), Vec::new(), 0_u64);
        loop {
            while making.len() < COPIES_IN_PARALLEL && bytes < OUTGOING_BYTES && !cancel.is_cancelled() {
                let Some(chosen) = left.next() else { break };
                let (library, owner, settings) =
                    (self.library.clone(), self.owner.clone(), self.settings.clone());
                let cancel = cancel.clone();
                making.spawn(async move {
                    let row = library.catalog().public_image(&owner, &chosen.image).await?;
                    let Some(row) = row else { return Ok::<_, Error>(None) };
                    let filename = row.filename.clone();
                    Ok(Some((chosen, filename, library.copy_of(row, &settings, &cancel).await?)))
                });
            }
            let Some(made) = making.join_next().await else { break };
            // An image that is no longer public is not in the next plan.
            let Some((chosen, filename, made)) = made?? else { continue };
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
                    let hindered = &self.library.shared.publishing.hindered;
                    hindered.lock().unwrap_or_else(PoisonError::into_inner).insert(chosen.image, reason);
                }
            }
        }
        if cancel.is_cancelled() {
            return Ok(Stepped::Waiting);
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
            let content_type =
                crate::model::ImageFormat::from_signature(&bytes).ok_or(Error::Internal)?.content_type();
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
