//! What the operating system reports as changed. It is only a hint: a file
//! system may report nothing (network drives), so folders are looked through
//! anyway.

use notify::event::{AccessKind, AccessMode, EventKind};
use notify::{Config, Event, RecommendedWatcher, RecursiveMode, Watcher};
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Notify;

/// The maximum number of remembered paths. Beyond that, everything is looked
/// through.
const MAX_PATHS: usize = 10_000;

/// What has changed since the last call of `take`.
#[derive(Debug, Default)]
struct Heard {
    paths: HashSet<PathBuf>,
    everything: bool,
}

#[derive(Debug, Default)]
struct Shared {
    heard: Mutex<Heard>,
    bell: Notify,
}

impl Shared {
    fn hear(&self, event: notify::Result<Event>) {
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Ok(event) if !event.need_rescan() => {
                // We also open files ourselves; only the end of a write is
                // relevant.
                let closed = EventKind::Access(AccessKind::Close(AccessMode::Write));
                if matches!(event.kind, EventKind::Access(_)) && event.kind != closed {
                    return;
                }
                heard.paths.extend(event.paths);
                if heard.paths.len() > MAX_PATHS {
                    heard.paths.clear();
                    heard.everything = true;
                }
            }
            _ => heard.everything = true,
        }
        drop(heard);
        self.bell.notify_one();
    }
}

/// Listens to changes in folders.
#[derive(Debug)]
pub struct Signals {
    shared: Arc<Shared>,
    watcher: Option<RecommendedWatcher>,
    followed: HashSet<PathBuf>,
}

impl Default for Signals {
    fn default() -> Self {
        let shared = Arc::new(Shared::default());
        let heard = Arc::clone(&shared);
        let config = Config::default().with_follow_symlinks(false);
        let watcher = RecommendedWatcher::new(move |event| heard.hear(event), config);
        let watcher =
            watcher.inspect_err(|error| tracing::warn!(%error, "file notifications are unavailable")).ok();
        Self { shared, watcher, followed: HashSet::new() }
    }
}

impl Signals {
    /// Listens to these folders and to no others. A folder that fails is tried
    /// again the next time. Blocks: large folders take a while.
    pub fn follow(&mut self, roots: &[&Path]) {
        let Some(watcher) = &mut self.watcher else { return };
        self.followed.retain(|path| {
            let stays = roots.contains(&path.as_path()) && path.is_dir();
            if !stays {
                // The folder may be gone, together with its watch.
                let _ = watcher.unwatch(path);
            }
            stays
        });
        for &root in roots {
            if self.followed.contains(root) || !root.is_dir() {
                continue;
            }
            match watcher.watch(root, RecursiveMode::Recursive) {
                Ok(()) => {
                    self.followed.insert(root.to_owned());
                }
                Err(error) => {
                    tracing::info!(%error, "file notifications are unavailable for a folder; it is polled");
                }
            }
        }
    }

    /// Returns what has changed since the last call; `None` if it is unknown
    /// what.
    pub fn take(&self) -> Option<Vec<PathBuf>> {
        let heard = std::mem::take(&mut *self.shared.heard.lock().unwrap_or_else(PoisonError::into_inner));
        (!heard.everything).then(|| heard.paths.into_iter().collect())
    }

    /// Returns when something changes.
    pub async fn bell(&self) {
        self.shared.bell.notified().await;
    }
}
