//! Takes many files in at once: parallel over files, bounded in memory,
//! cancellable. Each file is read once, and is acknowledged only when its
//! original and its row are durable. A bad file is a rejection; the others go
//! on.

use super::dating::{self, Clues};
use super::decode::{decode, metadata_size};
use super::making::{self, Unread};
use super::memory::Memory;
use super::read::{ReadLimits, SourceImage, from_bytes, read};
use super::rejection::{Rejection, RejectionReason};
use super::walk::{Found, Met, walk};
use crate::catalog::{
    Catalog, CatalogError, Generation, InTrash, InsertOutcome, Inserted, NewGenerated, NewImage,
    NewReference, Original,
};
use crate::files::{Originals, Staged, Thumbnails};
use crate::metadata::FoundDate;
use crate::model::{
    GalleryId, ImageFormat, ImageId, ImageKind, Notice, ObjectKey, OwnerId, Step, Steps, ThumbnailSize,
    UnixMs, Visibility, Zone,
};
use serde::Serialize;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

/// Rows that share one transaction at most.
const GROUP: usize = 64;

/// Between two looks at whether the import was cancelled, while no file is through.
const LOOK: Duration = Duration::from_millis(50);

/// Between two looks at whether a worker noticed that the import was cancelled.
const BREATH: Duration = Duration::from_millis(2);

/// What becomes of the files.
#[derive(Debug, Clone)]
pub struct ImportRequest {
    /// The importing profile.
    pub owner: OwnerId,
    /// History or references.
    pub kind: ImageKind,
    /// The gallery references join.
    pub gallery: Option<GalleryId>,
    /// What the artist chose for generated images in this import. Without a
    /// choice new images are unlisted, and those that are here keep what they
    /// have.
    pub visibility: Option<Visibility>,
    /// Which images come back from the trash.
    pub restores: Restores,
    /// Where the bucket's objects are publicly readable, if that is known.
    pub public_base: Option<String>,
    /// Whose days and hours those in files are that name no zone.
    pub zone: Zone,
    /// What is refused.
    pub limits: ReadLimits,
    /// How many files are worked on at once; by the number of processors if it is not said.
    pub workers: Option<NonZeroUsize>,
}

/// Which images an import takes out of the trash when it meets their bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Restores {
    /// None: nobody asked for any of the files.
    Nothing,
    /// Those whose file was named, dropped or pasted by itself. What merely
    /// lies in a folder stays in the trash.
    #[default]
    Named,
    /// All.
    Everything,
}

impl Restores {
    fn policy(self, met: Met) -> InTrash {
        match (self, met) {
            (Self::Everything, _) | (Self::Named, Met::Named) => InTrash::Restore,
            (Self::Nothing, _) | (Self::Named, Met::InFolder) => InTrash::Leave,
        }
    }
}

/// Where bytes come from.
#[derive(Debug)]
pub enum Source {
    /// A file or a folder of files.
    Path(PathBuf),
    /// The clipboard.
    Bytes {
        /// A name to keep.
        filename: String,
        /// All of them.
        bytes: Vec<u8>,
    },
}

/// What became of one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It is a new image, or came back from the trash.
    Imported,
    /// The profile already has these bytes.
    Duplicate,
    /// The profile has these bytes in the trash, and they stay there.
    InTrash,
    /// It was refused, for a reason.
    Rejected,
}

/// One line of an import's result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedFile {
    /// Where it came from; empty for the clipboard.
    pub path: PathBuf,
    /// The file's own name.
    pub name: String,
    /// What became of it.
    pub outcome: Outcome,
    /// The image that holds its bytes.
    pub id: Option<ImageId>,
    /// The visibility that replaced another one the image had before.
    pub switched_to: Option<Visibility>,
    /// Why it was refused.
    pub rejection: Option<Rejection>,
}

/// Where an import keeps things.
#[derive(Clone)]
pub struct Stores {
    /// Rows.
    pub catalog: Catalog,
    /// Originals.
    pub originals: Arc<Originals>,
    /// Thumbnails.
    pub thumbnails: Arc<Thumbnails>,
    /// Who hears of the steps of an import.
    pub steps: Steps,
    /// What decoding may take, of all imports and thumbnails together.
    pub memory: Memory,
}

/// What an import tells while it runs.
#[derive(Debug)]
pub enum ImportEvent<'a> {
    /// This many files are known to be there.
    Found(usize),
    /// One more file is through.
    File(&'a ImportedFile),
    /// These images are new in the catalog.
    Added(&'a [ImageId]),
    /// These images were here already and have another visibility now.
    Switched(&'a [ImageId]),
}

/// A file whose bytes are written aside and no longer held in memory.
struct Prepared {
    staged: Staged,
    filename: String,
    format: ImageFormat,
    size_bytes: u64,
    sha256: [u8; 32],
    md5: [u8; 16],
    width: u32,
    height: u32,
    /// Where its object lives already.
    key: Option<ObjectKey>,
    dates: Vec<FoundDate>,
    modified_at: Option<UnixMs>,
    notices: Vec<Notice>,
    generation: Generation,
}

/// What a worker hands over.
struct Judged {
    path: PathBuf,
    name: String,
    met: Met,
    result: Result<Prepared, Rejection>,
}

impl Judged {
    /// What was found in a folder and could not even be looked at.
    fn refused(path: PathBuf, rejection: Rejection) -> Self {
        let name = name_of(&path);
        Self { path, name, met: Met::InFolder, result: Err(rejection) }
    }
}

/// Runs an import to its end or cancellation. Blocks; call it off the async
/// threads, inside a runtime. Files that are not safe when it is cancelled are
/// left out. It returns without waiting for a decoder that cannot be stopped;
/// what that one still makes is dropped.
pub fn run(
    stores: &Stores,
    sources: Vec<Source>,
    request: &ImportRequest,
    cancel: &CancellationToken,
    tell: &mut dyn FnMut(ImportEvent<'_>),
) {
    let runtime = Handle::current();
    let workers = request.workers.map_or_else(usual_workers, NonZeroUsize::get);
    let (offer, offered) = sync_channel::<(Source, Met)>(workers);
    let (hand_over, judged) = sync_channel::<Judged>(workers * 2);
    let offered = Arc::new(std::sync::Mutex::new(offered));
    let (count, counted) = std::sync::mpsc::channel::<usize>();
    let walker = Worker::start(|_| {
        let (hand_over, cancel) = (hand_over.clone(), cancel.clone());
        move || offer_all(sources, &offer, &hand_over, &count, &cancel)
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
    commit_all(&runtime, stores, request, &judged, &counted, cancel, tell);
    // Nobody takes what is still on its way.
    drop(judged);
    for worker in workers {
        worker.finish(cancel);
    }
    if !cancel.is_cancelled() {
        walker.finish(cancel);
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

    /// Waits for its end, but after a cancelled import not for a decoder, nor for
    /// a disk that lists its files slowly: behind those the worker looks whether
    /// the import was cancelled, and writes nothing.
    fn finish(self, cancel: &CancellationToken) {
        while cancel.is_cancelled() && !self.thread.is_finished() {
            if self.may_be_left.load(Ordering::SeqCst) {
                return;
            }
            thread::sleep(BREATH);
        }
        // A thread that panicked lost its file; that is not passed over.
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
    /// Set while it waits for a file or for a decoder, which cannot always be
    /// stopped.
    may_be_left: Arc<AtomicBool>,
}

/// Hashing and decoding keep the cores busy while others wait for the disk.
fn usual_workers() -> usize {
    thread::available_parallelism().map_or(4, |cores| cores.get() * 2).clamp(2, 16)
}

/// Judges one file after the other until there are no more, or nobody wants them.
fn work(job: &Job, offered: &std::sync::Mutex<Receiver<(Source, Met)>>, hand_over: &SyncSender<Judged>) {
    let wait = || {
        job.may_be_left.store(true, Ordering::SeqCst);
        let next = next(offered);
        job.may_be_left.store(false, Ordering::SeqCst);
        next
    };
    while let Some((source, met)) = wait() {
        if job.cancel.is_cancelled() {
            continue;
        }
        let Some(judged) = judge(job, source, met) else { continue };
        if hand_over.send(judged).is_err() {
            return;
        }
    }
}

/// Takes one picture in that lives in the bucket already, under the key it has
/// there. Blocks; call it off the async threads, inside a runtime.
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
    let mut adopted = Err(Rejection::of(RejectionReason::Failed, "It could not be added."));
    let group = vec![(PathBuf::new(), Met::InFolder, prepared)];
    commit(&Handle::current(), stores, request, group, &mut |event| {
        if let ImportEvent::File(file) = event {
            adopted = match (file.outcome, &file.id, &file.rejection) {
                (Outcome::InTrash, ..) => {
                    Err(Rejection::of(RejectionReason::Failed, "the profile has this picture in the trash."))
                }
                (_, Some(id), _) => Ok(id.clone()),
                (_, None, Some(rejection)) => Err(rejection.clone()),
                (_, None, None) => return,
            };
        }
    });
    adopted
}

fn next(offered: &std::sync::Mutex<Receiver<(Source, Met)>>) -> Option<(Source, Met)> {
    offered.lock().unwrap_or_else(std::sync::PoisonError::into_inner).recv().ok()
}

/// Walks folders and offers one file after the other.
fn offer_all(
    sources: Vec<Source>,
    offer: &SyncSender<(Source, Met)>,
    refuse: &SyncSender<Judged>,
    count: &std::sync::mpsc::Sender<usize>,
    cancel: &CancellationToken,
) {
    for source in sources {
        let Source::Path(path) = source else {
            let _ = count.send(1);
            if offer.send((source, Met::Named)).is_err() {
                return;
            }
            continue;
        };
        let mut files = 0;
        walk(&path, cancel, &mut |found| {
            let _ = count.send(1);
            files += 1;
            match found {
                Found::File(path, met) => offer.send((Source::Path(path), met)).is_ok(),
                Found::Refused(path, rejection) => refuse.send(Judged::refused(path, rejection)).is_ok(),
            }
        });
        if files == 0 && !cancel.is_cancelled() {
            let _ = count.send(1);
            let rejection = Rejection::of(RejectionReason::Directory, "This folder holds no pictures.");
            if refuse.send(Judged::refused(path, rejection)).is_err() {
                return;
            }
        }
    }
}

fn name_of(path: &Path) -> String {
    path.file_name().map_or_else(|| path.to_string_lossy(), |name| name.to_string_lossy()).into_owned()
}

/// Everything about one file that needs no catalog: its bytes are read once,
/// decoded, and secured on disk. `None` when cancelled.
fn judge(job: &Job, source: Source, met: Met) -> Option<Judged> {
    let Job { stores, request, cancel, .. } = job;
    let size = match &source {
        // What cannot be looked at is refused below.
        Source::Path(path) => {
            std::fs::metadata(path).map_or(0, |found| found.len()).min(request.limits.max_bytes)
        }
        Source::Bytes { bytes, .. } => bytes.len() as u64,
    };
    let _share = stores.memory.for_file(size, cancel)?;
    let (path, name, loaded) = match source {
        Source::Path(path) => {
            let loaded = read(&path, &request.limits);
            (path.clone(), name_of(&path), loaded)
        }
        Source::Bytes { filename, bytes } => {
            (PathBuf::new(), filename.clone(), from_bytes(&filename, bytes, &request.limits))
        }
    };
    let beside = Some(path.as_path()).filter(|path| !path.as_os_str().is_empty());
    let result = loaded.and_then(|source| prepare(job, source, beside));
    // Whatever became of it then is no judgement of the file.
    (!cancel.is_cancelled()).then_some(Judged { path, name, met, result })
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
            // It can be made again from the original at any time.
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
        notices: Vec::new(),
        generation,
    })
}

/// Collects what the workers judged and commits it in groups.
fn commit_all(
    runtime: &Handle,
    stores: &Stores,
    request: &ImportRequest,
    judged: &Receiver<Judged>,
    counted: &Receiver<usize>,
    cancel: &CancellationToken,
    tell: &mut dyn FnMut(ImportEvent<'_>),
) {
    let mut found = 0;
    let mut group = Vec::new();
    while !cancel.is_cancelled() {
        let mut next = match judged.recv_timeout(LOOK) {
            Ok(first) => Some(first),
            Err(RecvTimeoutError::Timeout) => continue,
            Err(RecvTimeoutError::Disconnected) => return,
        };
        while let Some(item) = next {
            match item.result {
                Err(rejection) => tell(ImportEvent::File(&rejected(item.path, item.name, rejection))),
                Ok(prepared) => group.push((item.path, item.met, prepared)),
            }
            next = if group.len() < GROUP { judged.try_recv().ok() } else { None };
        }
        let known: usize = counted.try_iter().sum();
        if known > 0 {
            found += known;
            tell(ImportEvent::Found(found));
        }
        if !group.is_empty() {
            commit(runtime, stores, request, std::mem::take(&mut group), tell);
        }
    }
}

fn new_image(
    request: &ImportRequest,
    prepared: &Prepared,
    path: &Path,
    now: UnixMs,
) -> Result<NewImage, Rejection> {
    let r2_key = match &prepared.key {
        Some(key) => key.clone(),
        None => ObjectKey::generate(&request.owner, request.kind, prepared.format, now).map_err(|_| {
            Rejection::of(RejectionReason::Failed, "This computer has no randomness to give.")
        })?,
    };
    // An object that had a key before this library was imported when that says.
    let taken_in = prepared.key.as_ref().and_then(|key| key.origin()?.created_at);
    let added_at = taken_in.unwrap_or(now);
    let clues = Clues {
        dates: &prepared.dates,
        filename: &prepared.filename,
        path: Some(path).filter(|path| !path.as_os_str().is_empty()),
        modified_at: prepared.modified_at,
        added_at,
    };
    let url = request.public_base.as_ref().map(|base| format!("{}/{r2_key}", base.trim_end_matches('/')));
    Ok(NewImage {
        id: ImageId::generate(),
        owner_id: request.owner.clone(),
        r2_key,
        url,
        filename: prepared.filename.clone(),
        format: prepared.format,
        size_bytes: prepared.size_bytes,
        width: prepared.width,
        height: prepared.height,
        made: dating::date(clues, &request.zone),
        added_at,
        modified_at: prepared.modified_at,
        notices: prepared.notices.clone(),
        sha256: prepared.sha256,
        md5: prepared.md5,
    })
}

/// A file whose original is durable under its name.
struct Kept {
    path: PathBuf,
    row: NewImage,
    generation: Generation,
    in_trash: InTrash,
}

/// Makes the originals of a group durable, and tells of those that could not
/// be.
fn keep(
    originals: &Originals,
    request: &ImportRequest,
    group: Vec<(PathBuf, Met, Prepared)>,
    tell: &mut dyn FnMut(ImportEvent<'_>),
) -> Vec<Kept> {
    let now = UnixMs::now();
    let (staged, described): (Vec<_>, Vec<_>) = group
        .into_iter()
        .map(|(path, met, prepared)| {
            let row = new_image(request, &prepared, &path, now);
            let in_trash = request.restores.policy(met);
            (prepared.staged, (path, prepared.filename, row, prepared.generation, in_trash))
        })
        .unzip();
    let mut kept = Vec::with_capacity(described.len());
    let described = described.into_iter().zip(originals.commit(staged));
    for ((path, name, row, generation, in_trash), durable) in described {
        match durable.map_err(|error| Rejection::for_keeping(&error)).and(row) {
            Ok(row) => kept.push(Kept { path, row, generation, in_trash }),
            Err(rejection) => tell(ImportEvent::File(&rejected(path, name, rejection))),
        }
    }
    kept
}

fn rejected(path: PathBuf, name: String, rejection: Rejection) -> ImportedFile {
    let rejection = Some(rejection);
    ImportedFile { path, name, outcome: Outcome::Rejected, id: None, switched_to: None, rejection }
}

fn commit(
    runtime: &Handle,
    stores: &Stores,
    request: &ImportRequest,
    group: Vec<(PathBuf, Met, Prepared)>,
    tell: &mut dyn FnMut(ImportEvent<'_>),
) {
    let mut kept = keep(&stores.originals, request, group, tell);
    stores.steps.reached(Step::OriginalsDurable);
    let mut results = Vec::with_capacity(kept.len());
    let outcomes = loop {
        match runtime.block_on(insert(stores, request, &kept)) {
            Err(error @ CatalogError::DiskFull) if !kept.is_empty() => {
                // The originals took the room that their rows need: half of them give way to the rest.
                let given_up = kept.split_off(kept.len() / 2);
                runtime.block_on(give_up(stores, &given_up));
                let reject = |kept: Kept| rejected(kept.path, kept.row.filename, refusal(&error));
                results.extend(given_up.into_iter().map(reject));
            }
            outcomes => break outcomes.map_err(|error| refusal(&error)),
        }
    };
    stores.steps.reached(Step::RowsCommitted);
    let (mut added, mut switched) = (Vec::new(), Vec::new());
    for (index, Kept { path, row, .. }) in kept.into_iter().enumerate() {
        let is_new = outcomes
            .as_ref()
            .is_ok_and(|all| all.get(index).is_some_and(|inserted| inserted.outcome == InsertOutcome::New));
        if let Some(at) = row.modified_at.filter(|_| is_new)
            && let Err(error) = stores.originals.set_modified(&row.sha256, row.format, at.into())
        {
            // The row has it, too.
            tracing::warn!(%error, "an original did not get the time of its file");
        }
        let outcome = outcomes.as_ref().map(|outcomes| outcomes.get(index).cloned());
        let Inserted { id, outcome, switched_to } = match outcome {
            Ok(Some(inserted)) => inserted,
            // One outcome comes for each row, so the second never does.
            Ok(None) => continue,
            Err(rejection) => {
                results.push(rejected(path, row.filename, rejection.clone()));
                continue;
            }
        };
        let outcome = match outcome {
            InsertOutcome::New | InsertOutcome::Restored => {
                added.push(id.clone());
                Outcome::Imported
            }
            InsertOutcome::Duplicate => Outcome::Duplicate,
            InsertOutcome::Trashed => Outcome::InTrash,
        };
        if switched_to.is_some() && outcome != Outcome::Imported {
            switched.push(id.clone());
        }
        let (name, id) = (row.filename, Some(id));
        results.push(ImportedFile { path, name, outcome, id, switched_to, rejection: None });
    }
    if !added.is_empty() {
        tell(ImportEvent::Added(&added));
    }
    if !switched.is_empty() {
        tell(ImportEvent::Switched(&switched));
    }
    for result in &results {
        tell(ImportEvent::File(result));
    }
}

/// Takes originals from the disk that got no row.
async fn give_up(stores: &Stores, kept: &[Kept]) {
    let original = |kept: &Kept| Original { sha256: kept.row.sha256, format: kept.row.format };
    let (originals, thumbnails) = (Arc::clone(&stores.originals), Arc::clone(&stores.thumbnails));
    let purge = move |original: &Original| {
        thumbnails.remove(&original.sha256)?;
        originals.remove(&original.sha256, original.format)
    };
    if let Err(error) = stores.catalog.purge_unreferenced(kept.iter().map(original).collect(), purge).await {
        // It is only space, which `verify` finds.
        tracing::warn!(%error, "an original without a row could not be deleted");
    }
}

async fn insert(
    stores: &Stores,
    request: &ImportRequest,
    kept: &[Kept],
) -> Result<Vec<Inserted>, CatalogError> {
    let files: Vec<_> = kept.iter().map(|kept| (kept.row.sha256, kept.row.format)).collect();
    let originals = Arc::clone(&stores.originals);
    // Another process may just have deleted the same picture for good.
    let secure = move |index: usize| match files.get(index) {
        Some((sha256, format)) if !originals.exists(sha256, *format)? => {
            Err(std::io::ErrorKind::NotFound.into())
        }
        _ => Ok(()),
    };
    let catalog = &stores.catalog;
    let rows = kept.iter().map(|kept| (kept.row.clone(), kept.generation.clone(), kept.in_trash));
    match request.kind {
        ImageKind::Reference => {
            let reference = |(image, generation, in_trash)| NewReference { image, generation, in_trash };
            catalog.create_references(rows.map(reference).collect(), request.gallery.clone(), secure).await
        }
        ImageKind::Generated => {
            let visibility = request.visibility;
            let generated =
                |(image, generation, in_trash)| NewGenerated { image, visibility, generation, in_trash };
            catalog.create_generated(rows.map(generated).collect(), secure).await
        }
    }
}

fn refusal(error: &CatalogError) -> Rejection {
    match error {
        CatalogError::DiskFull => Rejection::for_keeping(&std::io::ErrorKind::StorageFull.into()),
        CatalogError::Io(error) => Rejection::for_keeping(error),
        other => {
            tracing::error!(error = ?other, "rows of an import could not be written");
            Rejection::of(RejectionReason::Failed, format!("It could not be added: {other}."))
        }
    }
}
