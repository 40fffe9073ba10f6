//! One attempt at one transfer, from claimed to confirmed.

use super::meter::Meter;
use super::plan::problem_code;
use super::{FetchError, fetch_original};
use crate::bucket::{Bucket, BucketError, ErrorClass, Upload, UploadData};
use crate::catalog::{Catalog, CatalogError, ClaimedOriginal, ClaimedTransfer};
use crate::files::Originals;
use crate::model::{Operation, TransferProblem, TransferProblemCode, UnixMs};
use std::sync::Arc;

/// Why an attempt did not work.
#[derive(Debug)]
pub(super) enum Trouble {
    Bucket(BucketError),
    OriginalMissing,
    /// The object is the only copy left, and it could not be brought here.
    OnlyCopy(FetchError),
    Catalog(CatalogError),
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
            Self::OriginalMissing | Self::OnlyCopy(FetchError::Different) => ErrorClass::Rejected,
            Self::OnlyCopy(_) | Self::Catalog(_) => ErrorClass::Transient,
        }
    }
}

/// What an attempt needs.
#[derive(Clone)]
pub(super) struct Means {
    pub(super) bucket: Bucket,
    pub(super) catalog: Catalog,
    pub(super) originals: Arc<Originals>,
    pub(super) meter: Arc<Meter>,
}

/// Runs one claimed transfer; `Ok` means the catalog says so too.
pub(super) async fn run(means: Means, claimed: ClaimedTransfer) -> Result<(), Trouble> {
    means.meter.progress(claimed.id, 0);
    let result = carry_out(&means, &claimed).await;
    means.meter.ended(claimed.id, result.is_ok().then_some(claimed.size_bytes));
    result
}

async fn carry_out(means: &Means, claimed: &ClaimedTransfer) -> Result<(), Trouble> {
    match (claimed.operation, &claimed.original) {
        (Operation::Put, Some(original)) => put(means, claimed, original).await?,
        (Operation::Put, None) => return Err(Trouble::OriginalMissing),
        (Operation::Delete, original) => delete(means, claimed, original.as_ref()).await?,
    }
    means.catalog.confirm_transfer(claimed, UnixMs::now()).await.map_err(Trouble::Catalog)
}

/// Deletes an object. While its image can still be restored, the original is
/// made sure of first: a restored image is uploaded from it.
async fn delete(
    means: &Means,
    claimed: &ClaimedTransfer,
    original: Option<&ClaimedOriginal>,
) -> Result<(), Trouble> {
    if let Some(original) = original
        && !is_here(means, original).await
    {
        bring_back(means, claimed, original).await?;
    }
    means.bucket.delete_image(&claimed.key).await.map_err(Trouble::Bucket)
}

async fn bring_back(
    means: &Means,
    claimed: &ClaimedTransfer,
    original: &ClaimedOriginal,
) -> Result<(), Trouble> {
    let (sha256, format, size) = (&original.sha256, original.format, claimed.size_bytes);
    match fetch_original(&means.bucket, &means.originals, &claimed.key, sha256, format, size).await {
        // No object, nothing to lose.
        Ok(()) | Err(FetchError::NotThere) => Ok(()),
        Err(FetchError::Bucket(error)) => Err(Trouble::Bucket(error)),
        Err(error) => Err(Trouble::OnlyCopy(error)),
    }
}

async fn is_here(means: &Means, original: &ClaimedOriginal) -> bool {
    let path = means.originals.path(&original.sha256, original.format);
    tokio::fs::try_exists(&path).await.unwrap_or(false)
}

async fn put(means: &Means, claimed: &ClaimedTransfer, original: &ClaimedOriginal) -> Result<(), Trouble> {
    let here = is_here(means, original).await;
    // An earlier attempt may have arrived although its answer did not, and an
    // original may be missing here because the bucket has it.
    if claimed.attempt > 1 || !here {
        let head = means.bucket.head(&claimed.key).await.map_err(Trouble::Bucket)?;
        let ours = hex::encode(original.md5);
        if head
            .is_some_and(|head| head.size_bytes == claimed.size_bytes && head.etag.trim_matches('"') == ours)
        {
            return Ok(());
        }
    }
    if !here {
        return Err(Trouble::OriginalMissing);
    }
    let path = means.originals.path(&original.sha256, original.format);
    let (meter, id) = (Arc::clone(&means.meter), claimed.id);
    let upload = Upload {
        data: UploadData::Path(&path),
        content_type: original.format.content_type(),
        key: &claimed.key,
        cache_control: None,
        size_bytes: claimed.size_bytes,
        sha256: original.sha256,
        md5: original.md5,
        progress: Some(Arc::new(move |bytes| meter.progress(id, bytes))),
    };
    means.bucket.upload_image(upload).await.map(|_| ()).map_err(Trouble::Bucket)
}
