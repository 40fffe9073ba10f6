//! Imports many files at once: in parallel, with bounded memory, cancellable, and
//! in the order in which they were found. Each file is read once, and is reported
//! only when its original and its row are durable. A bad file is a rejection and
//! does not stop the others.

use super::commit::{Committed, Committer, Prepared, Ready};
use super::decode::{decode, metadata_size};
use super::look::{Look, look};
use super::making::{self, Unread};
use super::mended::Condition;
use super::names::Named;
use super::natural::compare_paths;
use super::passed::Passed;
use super::read::{SourceImage, from_bytes, read};
use super::request::{ImportEvent, ImportRequest, Stores};
use super::sequence::{Gate, Sequence};
use super::walk::{Found, Met, Walk};
use crate::model::{
    ImageId, ImportedFile, Notice, ObjectKey, Outcome, Rejection, RejectionReason, Source, Step,
    ThumbnailSize, UnixMs,
};
use std::collections::HashSet;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

/// The maximum number of rows that share one transaction.
const GROUP: usize = 64;

/// How often the import checks whether it was cancelled, while no file is finished.
const LOOK: Duration = Duration::from_millis(50);

/// How often a cancelled import checks whether its workers have stopped.
const BREATH: Duration = Duration::from_millis(2);

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

/// The number of files, from a walk through the folders that runs ahead of the
/// work.
#[derive(Debug)]
struct Counted {
    files: Arc<Count>,
    stop: CancellationToken,
}

#[derive(Debug, Default)]
struct Count {
    files: AtomicUsize,
    is_all: AtomicBool,
}

impl Counted {
    fn start(own: &Path, sources: &[Source], cancel: &CancellationToken) -> Self {
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

/// A thread of an import.
struct Worker {
    thread: JoinHandle<()>,
    may_be_left: Arc<AtomicBool>,
}

impl Worker {
    fn start<W: FnOnce() + Send + 'static>(work: impl FnOnce(Arc<AtomicBool>) -> W) -> Self {
        let may_be_left = Arc::new(AtomicBool::new(false));
        Self { thread: thread::spawn(work(Arc::clone(&may_be_left))), may_be_left }
    }

    /// Waits until the thread ends. After a cancellation it does not wait for a
    /// decoder, or for a disk that lists its files slowly: after those, the worker
    /// checks whether the import was cancelled, and writes nothing.
    fn finish(self, cancel: &CancellationToken) {
        while cancel.is_cancelled() && !self.thread.is_finished() {
            if self.may_be_left.load(Ordering::SeqCst) {
                return;
            }
            thread::sleep(BREATH);
        }
        // A thread that panicked lost its file; this must not be silent.
        if let Err(panic) = self.thread.join() {
            std::panic::resume_unwind(panic);
        }
    }
}

/// What a worker needs to judge a file.
struct Job {
    stores: Stores,
    request: ImportRequest,
    cancel: CancellationToken,
    /// True while the worker waits for a file or for a decoder, which cannot always
    /// be stopped.
    may_be_left: Arc<AtomicBool>,
}

/// Returns twice the number of cores, within bounds: hashing and decoding keep the
/// cores busy while other workers wait for the disk.
fn usual_workers() -> usize {
    thread::available_parallelism().map_or(4, |cores| cores.get() * 2).clamp(2, 16)
}

/// Judges files one after the other until there are no more, or until nobody takes
/// the results.
fn work(job: &Job, offered: &Mutex<Receiver<Offered>>, hand_over: &SyncSender<Judged>) {
    let wait = || {
        job.may_be_left.store(true, Ordering::SeqCst);
        let next = lock(offered).recv().ok();
        job.may_be_left.store(false, Ordering::SeqCst);
        next
    };
    while let Some(file) = wait() {
        if job.cancel.is_cancelled() {
            continue;
        }
        let Some(judged) = judge(job, file) else { continue };
        if hand_over.send(judged).is_err() {
            return;
        }
    }
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

/// Finds the files and offers them to the workers.
struct Guide {
    offer: SyncSender<Offered>,
    hand_over: SyncSender<Judged>,
    /// The sources that were folders, with their index.
    folders: Arc<Mutex<Vec<(usize, PathBuf)>>>,
    gate: Gate,
    cancel: CancellationToken,
}

impl Guide {
    /// Walks the folders and offers one file after the other.
    fn offer_all(&self, sources: Vec<Source>, own: &Path) {
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

fn name_of(path: &Path) -> String {
    path.file_name().map_or_else(|| path.to_string_lossy(), |name| name.to_string_lossy()).into_owned()
}

/// Does everything for one file that needs no catalog: reads its bytes once,
/// decodes them and writes them to the disk. Returns `None` when cancelled.
fn judge(job: &Job, file: Offered) -> Option<Judged> {
    let Job { stores, request, cancel, .. } = job;
    let Offered { number, source, id, met, what } = file;
    if let (Source::Path(path), Met::InFolder(named)) = (&what, met) {
        let verdict = match look(path, named) {
            Look::Picture => None,
            Look::Refused(rejection) => Some(Verdict::Refused(rejection)),
            Look::Passed(passed) => Some(Verdict::Passed(passed)),
        };
        if let Some(verdict) = verdict {
            let (path, name) = (path.clone(), name_of(path));
            return Some(Judged { number, source, path, name, met, verdict });
        }
    }
    let size = match &what {
        // A file whose size cannot be read is refused below.
        Source::Path(path) => {
            std::fs::metadata(path).map_or(0, |found| found.len()).min(request.limits.max_bytes)
        }
        Source::Bytes { bytes, .. } => bytes.len() as u64,
    };
    let _share = stores.memory.for_file(size, cancel)?;
    let (path, name, loaded) = match what {
        Source::Path(path) => {
            let loaded = read(&path, &request.limits);
            (path.clone(), name_of(&path), loaded)
        }
        Source::Bytes { filename, bytes } => {
            (PathBuf::new(), filename.clone(), from_bytes(&filename, bytes, &request.limits))
        }
    };
    let beside = Some(path.as_path()).filter(|path| !path.as_os_str().is_empty());
    let verdict = match loaded.and_then(|source| prepare(job, source, beside)) {
        Ok(prepared) => Verdict::Ready(id, Box::new(prepared)),
        Err(rejection) => Verdict::Refused(rejection),
    };
    // After a cancellation, the result says nothing about the file.
    (!cancel.is_cancelled()).then_some(Judged { number, source, path, name, met, verdict })
}

fn prepare(job: &Job, source: SourceImage, path: Option<&Path>) -> Result<Prepared, Rejection> {
    let Job { stores, request, cancel, may_be_left } = job;
    may_be_left.store(true, Ordering::SeqCst);
    let decoded = decode(&source, &request.limits, ThumbnailSize::Medium, &stores.memory, cancel);
    may_be_left.store(false, Ordering::SeqCst);
    let decoded = decoded?;
    let texts = metadata_size(&source);
    let unread = Unread { bytes: &source.bytes, texts, hidden: decoded.hidden, path };
    let making::Made { generation, dates } =
        making::read(unread, &stores.memory, cancel).ok_or_else(Rejection::cancelled)?;
    if cancel.is_cancelled() {
        return Err(Rejection::cancelled());
    }
    let staged = stores
        .originals
        .stage(&source.bytes, &source.sha256, source.format)
        .map_err(|error| Rejection::for_keeping(&error))?;
    stores.steps.reached(Step::OriginalWritten);
    let small = decoded.small.iter().map(|small| (ThumbnailSize::Small, small));
    for (size, thumbnail) in [(ThumbnailSize::Medium, &decoded.thumbnail)].into_iter().chain(small) {
        if let Err(error) = stores.thumbnails.store(&source.sha256, size, thumbnail) {
            // The thumbnail can be made again from the original at any time.
            tracing::warn!(%error, "a thumbnail could not be written");
        }
    }
    Ok(Prepared {
        staged,
        size_bytes: source.bytes.len() as u64,
        filename: source.filename,
        format: source.format,
        sha256: source.sha256,
        md5: source.md5,
        width: decoded.width,
        height: decoded.height,
        key: None,
        dates,
        modified_at: source.modified_at,
        notices: [
            (decoded.condition == Condition::Mended).then_some(Notice::Incomplete),
            generation.in_part.then_some(Notice::MetadataInPart),
        ]
        .into_iter()
        .flatten()
        .collect(),
        generation,
    })
}

/// Receives what the workers judged, puts it in order, and commits it in groups.
struct Collector<'a> {
    committer: Committer<'a>,
    counted: &'a Counted,
    /// Reported files that the walk had not counted.
    uncounted: usize,
    /// The sources for which something was reported.
    answered: HashSet<usize>,
    /// The sources in which something is hidden.
    has_hidden: HashSet<usize>,
    cancel: &'a CancellationToken,
    tell: &'a mut dyn FnMut(ImportEvent<'_>),
}

impl Collector<'_> {
    fn collect(&mut self, judged: &Receiver<Judged>, gate: Gate) {
        let mut sequence = Sequence::new(gate, Instant::now());
        let mut is_open = true;
        while is_open && !self.cancel.is_cancelled() {
            let mut next = match judged.recv_timeout(LOOK) {
                Ok(first) => Some(first),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => {
                    is_open = false;
                    None
                }
            };
            while let Some(item) = next {
                let (number, weight) = (item.number, item.weight());
                sequence.put(number, item, weight, Instant::now(), Judged::set_aside);
                next = judged.try_recv().ok();
            }
            self.tell_of_what_was_found();
            let take = || if is_open { sequence.take(Instant::now()) } else { sequence.take_rest() };
            self.hand_on(std::iter::from_fn(take));
        }
    }

    fn tell_of_what_was_found(&mut self) {
        let count = &self.counted.files;
        let is_all = count.is_all.load(Ordering::Acquire);
        let files = count.files.load(Ordering::Relaxed) + self.uncounted;
        (self.tell)(ImportEvent::Found { files, is_all });
    }

    /// Commits the files that are ready, and reports everything in order.
    fn hand_on(&mut self, items: impl Iterator<Item = Judged>) {
        let mut items = items.peekable();
        while items.peek().is_some() && !self.cancel.is_cancelled() {
            let (mut group, mut files) = (Vec::new(), Vec::new());
            while group.len() < GROUP {
                let Some(Judged { number, source, path, name, met, verdict }) = items.next() else { break };
                match verdict {
                    Verdict::Passed(what) => {
                        if matches!(what, Passed::Hidden) {
                            self.has_hidden.insert(source);
                        }
                        let is_counted = !path.as_os_str().is_empty() && met.is_counted();
                        (self.tell)(ImportEvent::PassedOver { what, is_counted });
                        continue;
                    }
                    Verdict::Refused(rejection) => {
                        files.push((number, ImportedFile::refused(path, name, rejection)));
                    }
                    Verdict::Ready(id, prepared) => {
                        group.push(Ready { id, number, path, met, prepared: *prepared });
                    }
                }
                self.uncounted += usize::from(!met.is_counted());
                self.answered.insert(source);
            }
            if !group.is_empty() {
                let Committed { files: committed, added, switched } = self.committer.commit(group);
                if !added.is_empty() {
                    (self.tell)(ImportEvent::Added(&added));
                }
                if !switched.is_empty() {
                    (self.tell)(ImportEvent::Switched(&switched));
                }
                files.extend(committed);
                files.sort_by_key(|(number, _)| *number);
            }
            for (_, file) in &files {
                (self.tell)(ImportEvent::File(file));
            }
        }
    }

    /// Reports each folder for which nothing was reported: it contains no pictures.
    fn say_which_are_empty(&mut self, folders: &[(usize, PathBuf)]) {
        for (source, path) in folders {
            if !self.answered.contains(source) {
                let has_hidden = self.has_hidden.contains(source);
                let refused = if has_hidden { Rejection::all_hidden() } else { Rejection::no_pictures() };
                let file = ImportedFile::refused(path.clone(), name_of(path), refused);
                (self.tell)(ImportEvent::File(&file));
            }
        }
    }
}
