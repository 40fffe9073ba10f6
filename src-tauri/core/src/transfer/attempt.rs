//! One attempt at an upload or at deletions, from the claim to the
//! confirmation.

use super::meter::Meter;
use super::plan::problem_code;
use super::{FetchError, fetch_original};
use crate::bucket::{
    Bucket, BucketError, Copied, ErrorClass, FeedUpload, LibraryMark, ObjectCopy, Occupant, Presence,
    Progress, Upload, UploadData,
};
use crate::catalog::{Catalog, CatalogError, ClaimedFile, ClaimedObject, ClaimedOriginal, ClaimedTransfer};
use crate::files::{Condition, Originals, Outgoing};
use crate::model::{Depth, KillPoint, KillPoints, ObjectKey, TransferProblem, TransferProblemCode, UnixMs};
use std::io;
use std::sync::Arc;

/// How many attempts at an upload try to copy the object instead.
const COPY_ATTEMPTS: u32 = 3;

/// Why an attempt failed.
#[derive(Debug)]
pub(super) enum Trouble {
    Bucket(BucketError),
    OriginalMissing,
    /// The original on this disk is not the one that was imported.
    OriginalDamaged,
    /// The original is on this disk and cannot be read.
    OriginalUnreadable(io::Error),
    /// The bytes of a feed file are not on this disk any more. They are made again.
    FeedFileMissing,
    /// The object is the only copy left, and downloading it failed.
    OnlyCopy(FetchError),
    /// The transfer worked, but the catalog could not record it.
    Catalog(Arc<CatalogError>),
}

impl Trouble {
    pub(super) fn problem(&self) -> TransferProblem {
        match self {
            Self::Bucket(error) => {
                TransferProblem { code: problem_code(error.class), message: error.message.clone() }
            }
            Self::OriginalMissing => TransferProblem {
                code: TransferProblemCode::OriginalMissing,
                message: "The original is not on this disk any more.".to_owned(),
            },
            Self::OriginalDamaged => TransferProblem {
                code: TransferProblemCode::OriginalMissing,
                message: "The original on this disk is damaged.".to_owned(),
            },
            Self::OriginalUnreadable(error) => TransferProblem {
                code: TransferProblemCode::OriginalMissing,
                message: format!("The original cannot be read: {error}."),
            },
            Self::FeedFileMissing => TransferProblem {
                code: TransferProblemCode::OriginalMissing,
                message: "This file of the feed has to be made again.".to_owned(),
            },
            Self::OnlyCopy(error) => TransferProblem {
                code: TransferProblemCode::OriginalMissing,
                message: format!(
                    "Nothing was deleted: the original is not on this disk any more, and {error}."
                ),
            },
            Self::Catalog(error) => {
                TransferProblem { code: TransferProblemCode::Server, message: format!("{error}.") }
            }
        }
    }

    pub(super) fn class(&self) -> ErrorClass {
        match self {
            Self::Bucket(error) => error.class,
            Self::OriginalMissing
            | Self::OriginalDamaged
            | Self::OriginalUnreadable(_)
            | Self::FeedFileMissing
            | Self::OnlyCopy(FetchError::Different) => ErrorClass::Rejected,
            Self::OnlyCopy(_) | Self::Catalog(_) => ErrorClass::Transient,
        }
    }
}

/// What an attempt works with.
#[derive(Clone)]
pub(super) struct AttemptContext {
    pub(super) bucket: Bucket,
    pub(super) library: LibraryMark,
    pub(super) catalog: Catalog,
    pub(super) originals: Arc<Originals>,
    pub(super) outgoing: Outgoing,
    pub(super) meter: Arc<Meter>,
    pub(super) kill_points: KillPoints,
}

/// A finished attempt. `Ok` means that the catalog has recorded the result.
pub(super) struct Ended {
    pub(super) claimed: ClaimedTransfer,
    pub(super) result: Result<Finish, Trouble>,
}

/// How a transfer ended that is not repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Finish {
    /// The bucket confirmed it.
    Done,
    /// The object was not deleted, because it is somebody else's.
    LeftAlone,
}

/// Runs one claimed upload.
pub(super) async fn upload(context: AttemptContext, claimed: ClaimedTransfer) -> Ended {
    context.kill_points.reached(KillPoint::TransferClaimed);
    context.meter.progress(claimed.id, 0);
    let result = upload_and_confirm(&context, &claimed).await;
    context.meter.ended(claimed.id, result.is_ok().then_some(claimed.size_bytes));
    Ended { claimed, result: result.map(|()| Finish::Done) }
}

async fn upload_and_confirm(context: &AttemptContext, claimed: &ClaimedTransfer) -> Result<(), Trouble> {
    let md5 = match &claimed.object {
        ClaimedObject::Image { original, .. } => {
            put(context, claimed, original.as_ref().ok_or(Trouble::OriginalMissing)?).await?
        }
        ClaimedObject::FeedFile { file, .. } => {
            put_feed_file(context, claimed, file.as_ref().ok_or(Trouble::FeedFileMissing)?).await?;
            None
        }
    };
    context.kill_points.reached(KillPoint::PutAnswered);
    context
        .catalog
        .confirm_transfers(vec![claimed.clone().with_md5(md5)], UnixMs::now())
        .await
        .map_err(|error| Trouble::Catalog(Arc::new(error)))?;
    context.kill_points.reached(KillPoint::TransferConfirmed);
    Ok(())
}

/// Runs claimed deletions in as few requests as possible. Each has its own
/// outcome. While an image can still be restored, its original is secured
/// first, because a restored image is uploaded from it. A feed file that may be
/// somebody else's is looked at first, and left if it is.
pub(super) async fn delete(context: AttemptContext, claimed: Vec<ClaimedTransfer>) -> Vec<Ended> {
    context.kill_points.reached(KillPoint::TransferClaimed);
    for transfer in &claimed {
        context.meter.progress(transfer.id, 0);
    }
    let (ready, mut ended) = make_sure_of_originals(&context, claimed).await;
    let (ready, others) = make_sure_of_feed_files(&context, ready).await;
    ended.extend(others);
    let keys: Vec<_> = ready.iter().map(|transfer| transfer.key.clone()).collect();
    let outcomes = context.bucket.delete_images(&keys).await;
    context.kill_points.reached(KillPoint::DeleteAnswered);
    let mut gone = Vec::new();
    for (claimed, outcome) in ready.into_iter().zip(outcomes) {
        match outcome.result {
            Ok(()) => gone.push(claimed),
            Err(error) => ended.push(Ended { claimed, result: Err(Trouble::Bucket(error)) }),
        }
    }
    ended.extend(confirm(&context.catalog, gone).await);
    context.kill_points.reached(KillPoint::TransferConfirmed);
    for Ended { claimed, result } in &ended {
        context.meter.ended(claimed.id, result.is_ok().then_some(0));
    }
    ended
}

/// Separates the deletions that may continue from those that may not yet, or
/// not at all.
async fn make_sure_of_originals(
    context: &AttemptContext,
    claimed: Vec<ClaimedTransfer>,
) -> (Vec<ClaimedTransfer>, Vec<Ended>) {
    let (mut ready, mut ended) = (Vec::new(), Vec::new());
    // A problem of the bucket affects all deletions that follow.
    let mut stopped: Option<BucketError> = None;
    for transfer in claimed {
        let safe = match (transfer.original(), &stopped) {
            (None, _) => Ok(()),
            (Some(original), _) if is_whole(context, original, transfer.size_bytes).await => Ok(()),
            (Some(_), Some(problem)) => Err(Trouble::Bucket(problem.clone())),
            (Some(original), None) => bring_back(context, &transfer, original).await,
        };
        match safe {
            Ok(()) => ready.push(transfer),
            Err(trouble) => {
                if let Trouble::Bucket(problem) = &trouble {
                    stopped = Some(problem.clone());
                }
                ended.push(Ended { claimed: transfer, result: Err(trouble) });
            }
        }
    }
    (ready, ended)
}

/// Looks at feed files that may be somebody else's. Returns the deletions that may continue, and those that end
/// without one: because the object is somebody else's, or because it is unknown whose it is.
async fn make_sure_of_feed_files(
    context: &AttemptContext,
    claimed: Vec<ClaimedTransfer>,
) -> (Vec<ClaimedTransfer>, Vec<Ended>) {
    let looks_first = |transfer: &ClaimedTransfer| {
        matches!(transfer.object, ClaimedObject::FeedFile { looks_first: true, .. })
    };
    let (doubtful, mut ready): (Vec<_>, Vec<_>) = claimed.into_iter().partition(looks_first);
    let keys: Vec<_> = doubtful.iter().map(|transfer| transfer.key.clone()).collect();
    let found = context.bucket.occupants(&keys, &context.library).await;
    let (mut left, mut ended) = (Vec::new(), Vec::new());
    for (claimed, found) in doubtful.into_iter().zip(found) {
        match found {
            Ok(None | Some(Occupant::ThisLibrary(_))) => ready.push(claimed),
            Ok(Some(Occupant::OtherLibrary(_))) => {
                left.push((claimed, "Another library publishes this file.".to_owned()));
            }
            Ok(Some(Occupant::Stranger)) => {
                left.push((claimed, "Vitrine did not publish this object.".to_owned()));
            }
            Err(error) => ended.push(Ended { claimed, result: Err(Trouble::Bucket(error)) }),
        }
    }
    if !left.is_empty() {
        let problem = context.catalog.end_deletions_left(left.clone()).await.err().map(Arc::new);
        ended.extend(
            left.into_iter().map(|(claimed, _)| recorded(claimed, Finish::LeftAlone, problem.as_ref())),
        );
    }
    (ready, ended)
}

/// Records which objects are deleted. If that fails they are deleted again,
/// which is harmless.
async fn confirm(catalog: &Catalog, gone: Vec<ClaimedTransfer>) -> Vec<Ended> {
    if gone.is_empty() {
        return Vec::new();
    }
    let problem = catalog.confirm_transfers(gone.clone(), UnixMs::now()).await.err().map(Arc::new);
    gone.into_iter().map(|claimed| recorded(claimed, Finish::Done, problem.as_ref())).collect()
}

/// Returns the end of a transfer that the catalog has recorded, unless there was a problem.
fn recorded(claimed: ClaimedTransfer, finish: Finish, problem: Option<&Arc<CatalogError>>) -> Ended {
    let result = problem.map_or(Ok(finish), |problem| Err(Trouble::Catalog(Arc::clone(problem))));
    Ended { claimed, result }
}

async fn bring_back(
    context: &AttemptContext,
    claimed: &ClaimedTransfer,
    original: &ClaimedOriginal,
) -> Result<(), Trouble> {
    match fetch(context, claimed, original, &claimed.key).await {
        // There is no object, or no image that could be restored, so nothing can be lost.
        Err(Trouble::OnlyCopy(FetchError::NotThere | FetchError::Unwanted)) => Ok(()),
        fetched => fetched,
    }
}

/// Fetches an original from the object at a key.
async fn fetch(
    context: &AttemptContext,
    claimed: &ClaimedTransfer,
    original: &ClaimedOriginal,
    key: &ObjectKey,
) -> Result<(), Trouble> {
    let (sha256, format, size) = (&original.sha256, original.format, claimed.size_bytes);
    let (catalog, originals) = (&context.catalog, &context.originals);
    let fetched = fetch_original(&context.bucket, catalog, originals, key, sha256, format, size);
    match Box::pin(fetched).await {
        Ok(()) => Ok(()),
        Err(FetchError::Bucket(error)) => Err(Trouble::Bucket(error)),
        Err(FetchError::Catalog(error)) => Err(Trouble::Catalog(Arc::new(error))),
        Err(error) => Err(Trouble::OnlyCopy(error)),
    }
}

/// Says whether the original on this disk is as it was imported. A damaged one
/// is worthless once its object is deleted.
async fn is_whole(context: &AttemptContext, original: &ClaimedOriginal, size_bytes: u64) -> bool {
    let (originals, sha256, format) = (Arc::clone(&context.originals), original.sha256, original.format);
    let look = move || originals.condition(&sha256, format, size_bytes, Depth::Hash, &|| false);
    matches!(tokio::task::spawn_blocking(look).await, Ok(Some(Condition::Whole)))
}

/// Makes sure that the bucket has the object. Returns the MD5 of the original, as far as it is known.
async fn put(
    context: &AttemptContext,
    claimed: &ClaimedTransfer,
    original: &ClaimedOriginal,
) -> Result<Option<[u8; 16]>, Trouble> {
    // The file is read even if the catalog has an MD5: a damaged original is not sent.
    let here = whole_original(context, original).await;
    let md5 = here.as_ref().ok().copied().or(original.md5);
    // An earlier attempt may have succeeded although its answer was lost, and
    // the original may be missing here, or damaged, because the bucket has it.
    if claimed.attempt > 1 || here.is_err() {
        let presence =
            context.bucket.compare(&claimed.key, claimed.size_bytes, &original.sha256, md5.as_ref()).await;
        let own_key = std::slice::from_ref(&claimed.key);
        match presence.map_err(Trouble::Bucket)? {
            Presence::Same => return Ok(md5),
            // Nothing but its bytes can prove that the object is the original that is not here.
            Presence::Other { size_bytes }
                if here.is_err()
                    && size_bytes == claimed.size_bytes
                    && comes_back(context, claimed, original, own_key).await? =>
            {
                return whole_original(context, original).await.map(Some);
            }
            Presence::Other { .. } | Presence::Absent => {}
        }
    }
    if is_copied(context, claimed, original, md5).await? {
        return Ok(md5);
    }
    let md5 = match here {
        Ok(md5) => md5,
        Err(_) if comes_back(context, claimed, original, claimed.former()).await? => {
            whole_original(context, original).await?
        }
        Err(trouble) => return Err(trouble),
    };
    let path = context.originals.path(&original.sha256, original.format);
    let upload = Upload {
        data: UploadData::Path(&path),
        content_type: original.format.content_type(),
        key: &claimed.key,
        cache_control: None,
        size_bytes: claimed.size_bytes,
        sha256: original.sha256,
        md5,
        progress: Some(progress(context, claimed)),
    };
    context.bucket.upload_image(upload).await.map_err(Trouble::Bucket)?;
    Ok(Some(md5))
}

/// Makes sure that the original on this disk is whole, and returns its MD5.
async fn whole_original(context: &AttemptContext, original: &ClaimedOriginal) -> Result<[u8; 16], Trouble> {
    match context.originals.md5(original.sha256, original.format).await {
        Ok(md5) => md5.ok_or(Trouble::OriginalDamaged),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(Trouble::OriginalMissing),
        Err(error) => Err(Trouble::OriginalUnreadable(error)),
    }
}

/// Has the bucket copy the object from a former key of the image, so that nothing has to be sent again.
/// Returns whether the object is confirmed.
async fn is_copied(
    context: &AttemptContext,
    claimed: &ClaimedTransfer,
    original: &ClaimedOriginal,
    md5: Option<[u8; 16]>,
) -> Result<bool, Trouble> {
    // A store that fails at copies must not keep the image from being uploaded.
    if claimed.attempt > COPY_ATTEMPTS {
        return Ok(false);
    }
    for former in claimed.former() {
        let copy = ObjectCopy {
            from: former,
            key: &claimed.key,
            content_type: original.format.content_type(),
            size_bytes: claimed.size_bytes,
            sha256: original.sha256,
            md5,
        };
        match context.bucket.copy_image(copy).await.map_err(Trouble::Bucket)? {
            Copied::Confirmed => return Ok(true),
            Copied::NotPossible => {}
        }
    }
    Ok(false)
}

/// Fetches an original from the first of these keys that has it. Returns whether it is whole on this disk now.
async fn comes_back(
    context: &AttemptContext,
    claimed: &ClaimedTransfer,
    original: &ClaimedOriginal,
    keys: &[ObjectKey],
) -> Result<bool, Trouble> {
    for key in keys {
        match fetch(context, claimed, original, key).await {
            Ok(()) => return Ok(true),
            Err(Trouble::OnlyCopy(FetchError::Unwanted)) => return Ok(false),
            Err(Trouble::OnlyCopy(FetchError::NotThere | FetchError::Different)) => {}
            Err(trouble) => return Err(trouble),
        }
    }
    Ok(false)
}

async fn put_feed_file(
    context: &AttemptContext,
    claimed: &ClaimedTransfer,
    file: &ClaimedFile,
) -> Result<(), Trouble> {
    let (outgoing, sha256) = (context.outgoing.clone(), file.sha256);
    let read = tokio::task::spawn_blocking(move || outgoing.read(&sha256)).await;
    let Ok(Ok(Some(bytes))) = read else { return Err(Trouble::FeedFileMissing) };
    let upload = Upload {
        data: UploadData::Bytes(bytes.into()),
        content_type: &file.content_type,
        key: &claimed.key,
        cache_control: Some(&file.cache_control),
        size_bytes: claimed.size_bytes,
        sha256: file.sha256,
        md5: file.md5,
        progress: Some(progress(context, claimed)),
    };
    let upload = FeedUpload { file: upload, library: &context.library, replaces: file.replaces };
    Box::pin(context.bucket.put_feed_file(upload)).await.map(|_| ()).map_err(Trouble::Bucket)
}

/// Returns what is called while the bytes of a transfer are sent.
fn progress(context: &AttemptContext, claimed: &ClaimedTransfer) -> Progress {
    let (meter, kill_points, id) = (Arc::clone(&context.meter), context.kill_points.clone(), claimed.id);
    Arc::new(move |bytes| {
        meter.progress(id, bytes);
        kill_points.reached(KillPoint::PutSending);
    })
}
