//! A worker of an import: it reads one file after the other, decides what it is, decodes it, and writes its
//! original and its thumbnails to the disk. Must not know the catalog.

use super::{Judged, Offered, Verdict, lock, name_of};
use crate::import::commit::Prepared;
use crate::import::decode::{decode, metadata_size};
use crate::import::generation_data::{self, Unread};
use crate::import::look::{Look, look};
use crate::import::read::{SourceImage, from_bytes, read};
use crate::import::repaired::Condition;
use crate::import::request::{ImportRequest, Stores};
use crate::import::walk::Met;
use crate::model::{KillPoint, Notice, Rejection, Source, ThumbnailSize};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often a cancelled import checks whether its workers have stopped.
const BREATH: Duration = Duration::from_millis(2);

/// A thread of an import.
pub(super) struct Worker {
    thread: JoinHandle<()>,
    may_be_left: Arc<AtomicBool>,
}

impl Worker {
    pub(super) fn start<W: FnOnce() + Send + 'static>(work: impl FnOnce(Arc<AtomicBool>) -> W) -> Self {
        let may_be_left = Arc::new(AtomicBool::new(false));
        Self { thread: thread::spawn(work(Arc::clone(&may_be_left))), may_be_left }
    }

    /// Waits until the thread ends. After a cancellation it does not wait for a
    /// decoder, or for a disk that lists its files slowly: after those, the worker
    /// checks whether the import was cancelled, and writes nothing.
    pub(super) fn finish(self, cancel: &CancellationToken) {
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
pub(super) struct Job {
    pub(super) stores: Stores,
    pub(super) request: ImportRequest,
    pub(super) cancel: CancellationToken,
    /// True while the worker waits for a file or for a decoder, which cannot always
    /// be stopped.
    pub(super) may_be_left: Arc<AtomicBool>,
}

/// Returns twice the number of cores, within bounds: hashing and decoding keep the
/// cores busy while other workers wait for the disk.
pub(super) fn usual_workers() -> usize {
    thread::available_parallelism().map_or(4, |cores| cores.get() * 2).clamp(2, 16)
}

/// Judges files one after the other until there are no more, or until nobody takes
/// the results.
pub(super) fn work(job: &Job, offered: &Mutex<Receiver<Offered>>, hand_over: &SyncSender<Judged>) {
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

pub(super) fn prepare(job: &Job, source: SourceImage, path: Option<&Path>) -> Result<Prepared, Rejection> {
    let Job { stores, request, cancel, may_be_left } = job;
    may_be_left.store(true, Ordering::SeqCst);
    let decoded = decode(&source, &request.limits, ThumbnailSize::Medium, &stores.memory, cancel);
    may_be_left.store(false, Ordering::SeqCst);
    let decoded = decoded?;
    let texts = metadata_size(&source);
    let unread = Unread { bytes: &source.bytes, texts, hidden: decoded.hidden, path };
    let generation_data::GenerationAndDates { generation, dates } =
        generation_data::read(unread, &stores.memory, cancel).ok_or_else(Rejection::cancelled)?;
    if cancel.is_cancelled() {
        return Err(Rejection::cancelled());
    }
    let staged = stores
        .originals
        .stage(&source.bytes, &source.sha256, source.format)
        .map_err(|error| Rejection::for_keeping(&error))?;
    stores.kill_points.reached(KillPoint::OriginalWritten);
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
        width: decoded.width,
        height: decoded.height,
        fingerprint: decoded.fingerprint,
        key: None,
        dates,
        modified_at: source.modified_at,
        notices: [
            (decoded.condition == Condition::Repaired).then_some(Notice::Incomplete),
            generation.in_part.then_some(Notice::MetadataInPart),
        ]
        .into_iter()
        .flatten()
        .collect(),
        generation,
    })
}
