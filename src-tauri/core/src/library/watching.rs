//! Imports new pictures from watched folders into the history. Only one process watches at a time. The
//! catalog records which files were handled, so a restart continues where the last process stopped. The
//! watched files are only ever read.

mod scan;

use super::{ImportChoices, ImportTarget, Library};
use crate::catalog::Watched;
use crate::error::Error;
use crate::files::ProcessLock;
use crate::import;
use crate::model::{ImportedFile, OwnerId, RejectionReason, Source, WatchedFile};
use crate::watch::{Patterns, Root, Sighting, Signals};
use scan::FolderScan;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// The most files that are waited for at the same time. The next scan of the folder finds the rest.
const MAX_WAITING: usize = 5_000;
/// The number of files in one import.
const GROUP: usize = 256;
/// How often a process that does not watch checks whether it may start.
const LOOK_FOR_LOCK: Duration = Duration::from_secs(1);
/// How long to wait after a failure of the catalog.
const PAUSE: Duration = Duration::from_secs(5);
/// The pause after a scan is at least this many times as long as the scan.
const SCAN_SHARE: u32 = 100;
/// The most refusals that are remembered, so that each is reported only once.
const MAX_TOLD: usize = 1_000;

/// How patiently folders are watched.
#[derive(Debug, Clone, Copy)]
pub struct WatchPace {
    /// How often a file that is being written is checked.
    pub look: Duration,
    /// How long its size and time must stay the same.
    pub settle: Duration,
    /// How long a file without a proper end may stay unchanged before it is given up.
    pub patience: Duration,
    /// How often folders are scanned for changes that the system did not report.
    pub scan: Duration,
    /// Whether the system is asked to report changes as well.
    pub listens: bool,
}

impl Default for WatchPace {
    fn default() -> Self {
        Self {
            look: Duration::from_millis(200),
            settle: Duration::from_millis(600),
            patience: Duration::from_mins(1),
            scan: Duration::from_secs(20),
            listens: true,
        }
    }
}

/// What a running watch reports to its listener.
#[derive(Debug)]
pub enum WatchEvent<'a> {
    /// Another process watches this library. This one waits for it to stop.
    Elsewhere,
    /// This many folders are watched from now on.
    Watching(usize),
    /// A file was imported or refused, or is already in the library.
    File(&'a ImportedFile),
}

type Listener = Arc<Mutex<dyn FnMut(WatchEvent<'_>) + Send>>;

/// A file that has not been imported yet.
#[derive(Debug)]
struct Waiting {
    folder: u32,
    file: WatchedFile,
    /// Since when it has been unchanged.
    since: Instant,
    /// Whether it was read in its current state and has no proper end.
    is_cut: bool,
}

/// A folder that is watched now.
#[derive(Clone)]
struct Watching {
    owner: OwnerId,
    root: Root,
}

impl Library {
    /// Watches the folders of all profiles until cancelled, while no other process does.
    pub async fn watch_folders(
        &self,
        pace: WatchPace,
        cancel: CancellationToken,
        tell: impl FnMut(WatchEvent<'_>) + Send + 'static,
    ) {
        if self.look_only().is_some() {
            return;
        }
        let tell: Listener = Arc::new(Mutex::new(tell));
        while !cancel.is_cancelled() {
            // This future is never dropped halfway. What an import imported is reported and recorded, even
            // if it was cancelled.
            if let Err(error) = self.watch_until_it_fails(pace, &cancel, &tell).await {
                tracing::error!(%error, "watching folders stopped");
                unless_cancelled(&cancel, tokio::time::sleep(PAUSE)).await;
            }
        }
    }

    async fn watch_until_it_fails(
        &self,
        pace: WatchPace,
        cancel: &CancellationToken,
        tell: &Listener,
    ) -> Result<(), Error> {
        let path = self.shared.folder.watch_lock();
        let mut waits = false;
        let _lock = loop {
            if let Some(lock) = ProcessLock::try_take(&path).map_err(Error::Folder)? {
                break lock;
            }
            if !std::mem::replace(&mut waits, true) {
                (super::lock(tell))(WatchEvent::Elsewhere);
            }
            if unless_cancelled(cancel, tokio::time::sleep(LOOK_FOR_LOCK)).await.is_none() {
                return Ok(());
            }
        };
        let mut watch = Watch {
            library: self.clone(),
            pace,
            signals: None,
            waiting: BTreeMap::new(),
            scan_at: Instant::now(),
            folders: HashMap::new(),
            noted: Vec::new(),
            is_stale: true,
            told: HashSet::new(),
        };
        let mut shown = None;
        while !cancel.is_cancelled() {
            let changed = watch.reload().await?;
            if shown != Some(watch.folders.len()) {
                shown = Some(watch.folders.len());
                (super::lock(tell))(WatchEvent::Watching(watch.folders.len()));
            }
            watch.find(changed).await?;
            watch.import_ready(cancel, tell).await?;
            unless_cancelled(cancel, watch.rest()).await;
        }
        Ok(())
    }
}

/// Waits for a future that may be dropped, until cancelled.
async fn unless_cancelled<T>(cancel: &CancellationToken, what: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        () = cancel.cancelled() => None,
        done = what => Some(done),
    }
}

/// The state of watching while this process does it.
struct Watch {
    library: Library,
    pace: WatchPace,
    /// Created once there is a folder to listen to.
    signals: Option<Signals>,
    waiting: BTreeMap<PathBuf, Waiting>,
    scan_at: Instant,
    folders: HashMap<u32, Watching>,
    /// The folders as the catalog last returned them.
    noted: Vec<Watched>,
    /// Whether the catalog may have changed since.
    is_stale: bool,
    /// Files whose refusal may be temporary and was already reported.
    told: HashSet<PathBuf>,
}

impl Watch {
    /// Loads which folders are watched. Returns whether that changed, which includes that the files in one
    /// are wanted now.
    async fn reload(&mut self) -> Result<bool, Error> {
        if !std::mem::take(&mut self.is_stale) {
            return Ok(false);
        }
        let noted = self.library.catalog().watched_folders(None).await?;
        if noted == self.noted {
            return Ok(false);
        }
        self.folders.clear();
        for Watched { owner, folder, knows_ignored } in &noted {
            let patterns = Patterns::parse(&folder.ignored).ok().filter(|_| *knows_ignored);
            let Some(patterns) = patterns else {
                tracing::error!(
                    folder = folder.id,
                    "a folder is not watched: what to skip in it cannot be read"
                );
                continue;
            };
            let root = Root::new(PathBuf::from(&folder.path), patterns);
            self.folders.insert(folder.id, Watching { owner: owner.clone(), root });
        }
        self.noted = noted;
        let folders = &self.folders;
        self.waiting.retain(|_, waiting| folders.contains_key(&waiting.folder));
        Ok(true)
    }

    /// Finds new files: those that the system reported, or all of them if a scan is due.
    async fn find(&mut self, changed: bool) -> Result<(), Error> {
        let heard = self.signals.as_ref().map_or(Some(Vec::new()), Signals::take);
        let folders = self.folders.clone();
        let full = heard.is_none() || changed || Instant::now() >= self.scan_at;
        // A folder that disappeared comes back without a report.
        let full = full
            || heard
                .iter()
                .flatten()
                .any(|path| folders.values().any(|folder| folder.root.path().starts_with(path)));
        let room = MAX_WAITING.saturating_sub(self.waiting.len());
        let heard = heard.unwrap_or_default();
        if room < MAX_WAITING / 2 {
            // The next full scan finds the reported files.
            if full || !heard.is_empty() {
                self.scan_at = Instant::now();
            }
            return Ok(());
        }
        if !full && heard.is_empty() {
            return Ok(());
        }
        let (mut signals, listens) = (self.signals.take(), self.pace.listens);
        let (library, runtime) = (self.library.clone(), tokio::runtime::Handle::current());
        let started = Instant::now();
        let (signals, found, is_all) = tokio::task::spawn_blocking(move || {
            if full {
                let roots: Vec<&Path> = folders.values().map(|folder| folder.root.path()).collect();
                if listens && (!roots.is_empty() || signals.is_some()) {
                    // Listening starts first, so that nothing is missed between listening and scanning.
                    signals.get_or_insert_default().follow(&roots);
                }
            }
            let mut search = FolderScan { library, runtime, room, found: Vec::new(), is_full: false };
            for (id, Watching { root, .. }) in &folders {
                if full {
                    search.look_through(*id, root, root.path())?;
                } else {
                    search.look_at(*id, root, &heard)?;
                }
            }
            Ok::<_, Error>((signals, search.found, !search.is_full))
        })
        .await??;
        self.signals = signals;
        if full {
            self.is_stale = true;
            let rest = started.elapsed().saturating_mul(SCAN_SHARE).max(self.pace.scan);
            // If there was no room for all files, the next scan starts at once to find the rest.
            self.scan_at = Instant::now() + if is_all { rest } else { Duration::ZERO };
        } else if !is_all {
            self.scan_at = Instant::now();
        }
        for (folder, seen) in found {
            let since = Instant::now();
            self.waiting.entry(seen.path).or_insert(Waiting {
                folder,
                file: seen.file,
                since,
                is_cut: false,
            });
        }
        Ok(())
    }

    /// Imports the files that are complete, and records them.
    async fn import_ready(&mut self, cancel: &CancellationToken, tell: &Listener) -> Result<(), Error> {
        let (pace, folders) = (self.pace, self.folders.clone());
        let limits = self.library.read_limits();
        let mut waiting = std::mem::take(&mut self.waiting);
        let (waiting, ready) = tokio::task::spawn_blocking(move || {
            let mut ready = Vec::new();
            waiting.retain(|path, waiting| {
                let Some(folder) = folders.get(&waiting.folder) else { return false };
                let Some(seen) = folder.root.look(path) else { return false };
                if seen.file != waiting.file {
                    *waiting = Waiting { file: seen.file, since: Instant::now(), is_cut: false, ..*waiting };
                    return true;
                }
                let quiet = waiting.since.elapsed();
                if quiet < pace.settle || ready.len() >= GROUP {
                    return true;
                }
                if !waiting.is_cut {
                    waiting.is_cut = import::is_unfinished(path, &limits);
                }
                if waiting.is_cut && quiet < pace.patience {
                    return true;
                }
                ready.push((waiting.folder, seen));
                false
            });
            (waiting, ready)
        })
        .await?;
        self.waiting = waiting;
        let mut by_folder: BTreeMap<u32, Vec<Sighting>> = BTreeMap::new();
        for (folder, seen) in ready {
            by_folder.entry(folder).or_default().push(seen);
        }
        for (id, seen) in by_folder {
            if let Some(owner) = self.folders.get(&id).map(|folder| folder.owner.clone()) {
                self.import(id, owner, seen, cancel, tell).await?;
            }
        }
        Ok(())
    }

    async fn import(
        &mut self,
        folder: u32,
        owner: OwnerId,
        seen: Vec<Sighting>,
        cancel: &CancellationToken,
        tell: &Listener,
    ) -> Result<(), Error> {
        let request =
            self.library.import_request(owner, ImportTarget::HISTORY, ImportChoices::UNASKED).await?;
        let sources = seen.iter().map(|seen| Source::Path(seen.path.clone())).collect();
        let files: HashMap<PathBuf, WatchedFile> =
            seen.into_iter().map(|seen| (seen.path, seen.file)).collect();
        let done = Arc::new(Mutex::new((Vec::new(), std::mem::take(&mut self.told))));
        let (noting, listener) = (Arc::clone(&done), Arc::clone(tell));
        let each = move |file: &ImportedFile| {
            let (noted, told) = &mut *super::lock(&noting);
            if may_pass(file) {
                // It is tried again with the next scan of the folder.
                if told.len() < MAX_TOLD && told.insert(file.path.clone()) {
                    (super::lock(&listener))(WatchEvent::File(file));
                }
                return;
            }
            noted.extend(files.get(&file.path).copied());
            (super::lock(&listener))(WatchEvent::File(file));
        };
        self.library.run_import(sources, request, cancel.clone(), each, |_| ()).await?;
        let (noted, told) = std::mem::take(&mut *super::lock(&done));
        self.told = told;
        Ok(self.library.catalog().note_watched(folder, noted, false).await?)
    }

    /// Waits until there is something to do.
    async fn rest(&mut self) {
        let until_scan = self.scan_at.saturating_duration_since(Instant::now());
        let longest = match (self.waiting.is_empty(), self.folders.is_empty()) {
            (false, _) => self.pace.look,
            (true, false) => until_scan.max(self.pace.look),
            (true, true) => Duration::from_hours(1),
        };
        let told = async {
            match &self.signals {
                Some(signals) => signals.bell().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = tokio::time::sleep(longest) => {}
            () = self.library.shared.watch_changed.notified() => self.is_stale = true,
            // A file that is being written causes a signal for each piece of it.
            () = told => tokio::time::sleep(self.pace.look / 2).await,
        }
    }
}

/// Says whether a refused file may be accepted later although it has not changed.
fn may_pass(file: &ImportedFile) -> bool {
    file.rejection.as_ref().is_some_and(|rejection| {
        matches!(
            rejection.code,
            RejectionReason::Unreadable
                | RejectionReason::Missing
                | RejectionReason::DiskFull
                | RejectionReason::Failed
        )
    })
}
