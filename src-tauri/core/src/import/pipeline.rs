//! Imports many files at once: in parallel, with bounded memory, cancellable, and
//! in the order in which they were found. Each file is read once, and is reported
//! only when its original and its row are durable. A bad file is a rejection and
//! does not stop the others.

mod collector;
mod guide;
mod worker;

use super::commit::{Committer, Prepared, Ready};
use super::names::Named;
use super::passed::Passed;
use super::read::SourceImage;
use super::request::{ImportEvent, ImportRequest, Stores};
use super::sequence::Gate;
use super::walk::Met;
use crate::model::{ImageId, ObjectKey, Outcome, Rejection, RejectionReason, Source, UnixMs};
use collector::Collector;
use guide::{Counted, Guide};
use std::collections::HashSet;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;
use worker::{Job, Worker, prepare, usual_workers, work};

/// A file that is offered to the workers.
struct Offered {
    /// Its number among everything that was found.
    number: u64,
    /// The index of the source that it comes from.
    source: usize,
    /// The id that it gets if it becomes a new image. Ids are made in the order in
    /// which files are found, because lists use them to order images of the same
    /// moment.
    id: ImageId,
    met: Met,
    what: Source,
}

/// The result of a worker for one file.
struct Judged {
    number: u64,
    source: usize,
    path: PathBuf,
    name: String,
    met: Met,
    verdict: Verdict,
}

enum Verdict {
    Ready(ImageId, Box<Prepared>),
    Refused(Rejection),
    Passed(Passed),
}

impl Judged {
    /// Returns the result for something found by the walk that is not a file to
    /// read.
    fn on_the_way(number: u64, source: usize, path: PathBuf, verdict: Verdict) -> Self {
        let (name, met) = (name_of(&path), Met::Named);
        Self { number, source, path, name, met, verdict }
    }

    fn weight(&self) -> usize {
        match &self.verdict {
            Verdict::Ready(_, prepared) => prepared.weight(),
            Verdict::Refused(_) | Verdict::Passed(_) => 0,
        }
    }

    fn set_aside(&mut self) {
        if let Verdict::Ready(_, prepared) = &mut self.verdict {
            prepared.staged.set_aside();
        }
    }
}

/// Runs an import until it ends or is cancelled. It blocks, so call it off the
/// async threads, inside a runtime. After a cancellation, files that are not yet
/// durable are left out. It returns without waiting for a decoder that cannot be
/// stopped; the result of that decoder is dropped.
pub fn run(
    stores: &Stores,
    sources: Vec<Source>,
    request: &ImportRequest,
    cancel: &CancellationToken,
    tell: &mut dyn FnMut(ImportEvent<'_>),
) {
    let runtime = Handle::current();
    let workers = request.workers.map_or_else(usual_workers, NonZeroUsize::get);
    let (offer, offered) = sync_channel::<Offered>(workers);
    let (hand_over, judged) = sync_channel::<Judged>(workers * 2);
    let offered = Arc::new(Mutex::new(offered));
    let gate = Gate::default();
    let own = stores.originals.library().to_owned();
    let counted = Counted::start(&own, &sources, cancel);
    let folders = Arc::new(Mutex::default());
    let walker = Worker::start(|_| {
        let (gate, cancel) = (gate.clone(), cancel.clone());
        let guide =
            Guide { offer, hand_over: hand_over.clone(), folders: Arc::clone(&folders), gate, cancel };
        move || guide.offer_all(sources, &own)
    });
    let workers = (0..workers).map(|_| {
        Worker::start(|may_be_left| {
            let (offered, hand_over) = (Arc::clone(&offered), hand_over.clone());
            let job =
                Job { stores: stores.clone(), request: request.clone(), cancel: cancel.clone(), may_be_left };
            move || work(&job, &offered, &hand_over)
        })
    });
    let workers: Vec<Worker> = workers.collect();
    drop(hand_over);
    let committer = Committer { runtime: &runtime, stores, request, started: UnixMs::now() };
    let mut collector = Collector {
        committer,
        counted: &counted,
        uncounted: 0,
        answered: HashSet::new(),
        has_hidden: HashSet::new(),
        cancel,
        tell,
    };
    collector.collect(&judged, gate);
    // Results that are still in the channel are no longer needed.
    drop(judged);
    for worker in workers {
        worker.finish(cancel);
    }
    if !cancel.is_cancelled() {
        walker.finish(cancel);
        collector.say_which_are_empty(&lock(&folders));
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The artist did not name this single picture.
const ADOPTED: Met = Met::InFolder(Named::Ours);

/// Imports a picture that is already in the bucket, under its existing key. It
/// blocks, so call it off the async threads, inside a runtime.
pub fn adopt(
    stores: &Stores,
    source: SourceImage,
    key: &ObjectKey,
    request: &ImportRequest,
) -> Result<ImageId, Rejection> {
    let job = Job {
        stores: stores.clone(),
        request: request.clone(),
        cancel: CancellationToken::new(),
        may_be_left: Arc::default(),
    };
    let prepared = Prepared { key: Some(key.clone()), ..prepare(&job, source, None)? };
    let (id, path, runtime) = (ImageId::generate(), PathBuf::new(), Handle::current());
    let committer = Committer { runtime: &runtime, stores, request, started: UnixMs::now() };
    let done = committer.commit(vec![Ready { id, number: 0, path, met: ADOPTED, prepared }]);
    let file = done.files.into_iter().next().map(|(_, file)| file);
    match file.map(|file| (file.outcome, file.id, file.rejection)) {
        Some((Outcome::InTrash, ..)) => {
            Err(Rejection::of(RejectionReason::Failed, "the profile has this picture in the trash."))
        }
        Some((_, Some(id), _)) => Ok(id),
        Some((_, None, Some(rejection))) => Err(rejection),
        _ => Err(Rejection::of(RejectionReason::Failed, "It could not be added.")),
    }
}

fn name_of(path: &Path) -> String {
    path.file_name().map_or_else(|| path.to_string_lossy(), |name| name.to_string_lossy()).into_owned()
}
