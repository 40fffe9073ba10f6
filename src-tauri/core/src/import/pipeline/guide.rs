//! Finds the files of an import, orders them as a file manager would, and offers them to the workers. Counts
//! them ahead of the work.

use super::{Judged, Offered, Verdict, lock};
use crate::import::natural::compare_paths;
use crate::import::sequence::Gate;
use crate::import::walk::{Found, Met, Walk};
use crate::model::{ImageId, Source};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Mutex};
use std::thread;
use tokio_util::sync::CancellationToken;

/// Finds the files and offers them to the workers.
pub(super) struct Guide {
    pub(super) offer: SyncSender<Offered>,
    pub(super) hand_over: SyncSender<Judged>,
    /// The sources that were folders, with their index.
    pub(super) folders: Arc<Mutex<Vec<(usize, PathBuf)>>>,
    pub(super) gate: Gate,
    pub(super) cancel: CancellationToken,
}

impl Guide {
    /// Walks the folders and offers one file after the other.
    pub(super) fn offer_all(&self, sources: Vec<Source>, own: &Path) {
        let walk = Walk::new(own, &self.cancel);
        let mut numbers = 0_u64..;
        for (source, what) in in_order(sources).into_iter().enumerate() {
            let mut offer = |found| {
                let number = numbers.next().unwrap_or(u64::MAX);
                self.gate.enter(&self.cancel) && self.pass_on(number, source, found)
            };
            let mut goes_on = true;
            match what {
                Source::Path(path) => {
                    let is_folder = walk.through(&path, &mut |found| {
                        goes_on = offer(FoundOrPasted::Found(found));
                        goes_on
                    });
                    if is_folder {
                        lock(&self.folders).push((source, path));
                    }
                }
                pasted @ Source::Bytes { .. } => goes_on = offer(FoundOrPasted::Pasted(pasted)),
            }
            if !goes_on || self.cancel.is_cancelled() {
                return;
            }
        }
    }

    fn pass_on(&self, number: u64, source: usize, found: FoundOrPasted) -> bool {
        let (met, what) = match found {
            FoundOrPasted::Found(Found::Refused(path, rejection)) => {
                let judged = Judged::on_the_way(number, source, path, Verdict::Refused(rejection));
                return self.hand_over.send(judged).is_ok();
            }
            FoundOrPasted::Found(Found::Passed(passed)) => {
                let judged = Judged::on_the_way(number, source, PathBuf::new(), Verdict::Passed(passed));
                return self.hand_over.send(judged).is_ok();
            }
            FoundOrPasted::Found(Found::File(path, met)) => (met, Source::Path(path)),
            FoundOrPasted::Pasted(pasted) => (Met::Named, pasted),
        };
        self.offer.send(Offered { number, source, id: ImageId::generate(), met, what }).is_ok()
    }
}

enum FoundOrPasted {
    Found(Found),
    Pasted(Source),
}

/// Sorts the named paths as a file manager would show them, because a drop lists
/// its files in any order. Pasted bytes come first.
fn in_order(sources: Vec<Source>) -> Vec<Source> {
    let (mut ordered, mut paths) = (Vec::new(), Vec::new());
    for source in sources {
        match source {
            Source::Path(path) => {
                let is_folder = path.is_dir();
                paths.push((path, is_folder));
            }
            pasted @ Source::Bytes { .. } => ordered.push(pasted),
        }
    }
    paths.sort_by(|one, other| compare_paths((&one.0, one.1), (&other.0, other.1)));
    ordered.extend(paths.into_iter().map(|(path, _)| Source::Path(path)));
    ordered
}

/// The number of files, from a walk through the folders that runs ahead of the
/// work.
#[derive(Debug)]
pub(super) struct Counted {
    pub(super) files: Arc<Count>,
    stop: CancellationToken,
}

#[derive(Debug, Default)]
pub(super) struct Count {
    pub(super) files: AtomicUsize,
    pub(super) is_all: AtomicBool,
}

impl Counted {
    pub(super) fn start(own: &Path, sources: &[Source], cancel: &CancellationToken) -> Self {
        let (files, stop) = (Arc::new(Count::default()), cancel.child_token());
        let mut paths = Vec::new();
        for source in sources {
            match source {
                Source::Path(path) => paths.push(path.clone()),
                Source::Bytes { .. } => files.add(1),
            }
        }
        let counted = Self { files: Arc::clone(&files), stop: stop.clone() };
        let own = own.to_owned();
        // Nobody waits for this thread, so a disk that lists its files slowly
        // delays nothing.
        thread::spawn(move || {
            let walk = Walk::new(&own, &stop);
            for path in paths {
                walk.count(&path, &mut |more| files.add(more));
            }
            files.is_all.store(!stop.is_cancelled(), Ordering::Release);
        });
        counted
    }
}

impl Count {
    fn add(&self, files: usize) {
        self.files.fetch_add(files, Ordering::Relaxed);
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
