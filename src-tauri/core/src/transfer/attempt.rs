//! One attempt at one transfer, from claimed to confirmed.

use super::meter::Meter;
use super::plan::problem_code;
use crate::bucket::{Bucket, BucketError, ErrorClass, Upload, UploadData};
use crate::catalog::{Catalog, CatalogError, ClaimedOriginal, ClaimedTransfer};
use crate::files::Originals;
use crate::model::{Operation, Step, Steps, TransferProblem, TransferProblemCode, UnixMs};
use std::sync::Arc;

/// Why an attempt did not work.
#[derive(Debug)]
pub(super) enum Trouble {
    Bucket(BucketError),
    OriginalMissing,
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
            Self::Catalog(error) => {
                TransferProblem { code: TransferProblemCode::Server, message: format!("{error}.") }
            }
        }
    }

    pub(super) fn class(&self) -> ErrorClass {
        match self {
            Self::Bucket(error) => error.class,
            Self::OriginalMissing => ErrorClass::Rejected,
            Self::Catalog(_) => ErrorClass::Transient,
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
    pub(super) steps: Steps,
}

/// Runs one claimed transfer; `Ok` means the catalog says so too.
pub(super) async fn run(means: Means, claimed: ClaimedTransfer) -> Result<(), Trouble> {
    means.steps.reached(Step::TransferClaimed);
    means.meter.progress(claimed.id, 0);
    let result = carry_out(&means, &claimed).await;
    means.meter.ended(claimed.id, result.is_ok().then_some(claimed.size_bytes));
    result
}

async fn carry_out(means: &Means, claimed: &ClaimedTransfer) -> Result<(), Trouble> {
    match (claimed.operation, &claimed.original) {
        (Operation::Put, Some(original)) => {
            put(means, claimed, original).await?;
            means.steps.reached(Step::PutAnswered);
        }
        (Operation::Put, None) => return Err(Trouble::OriginalMissing),
        (Operation::Delete, _) => {
            means.bucket.delete_image(&claimed.key).await.map_err(Trouble::Bucket)?;
            means.steps.reached(Step::DeleteAnswered);
        }
    }
    means.catalog.confirm_transfer(claimed, UnixMs::now()).await.map_err(Trouble::Catalog)?;
    means.steps.reached(Step::TransferConfirmed);
    Ok(())
}

async fn put(means: &Means, claimed: &ClaimedTransfer, original: &ClaimedOriginal) -> Result<(), Trouble> {
    // An earlier attempt may have arrived although its answer did not.
    if claimed.attempt > 1 {
        let head = means.bucket.head(&claimed.key).await.map_err(Trouble::Bucket)?;
        let ours = hex::encode(original.md5);
        if head
            .is_some_and(|head| head.size_bytes == claimed.size_bytes && head.etag.trim_matches('"') == ours)
        {
            return Ok(());
        }
    }
    let path = means.originals.path(&original.sha256, original.format);
    if !tokio::fs::try_exists(&path).await.unwrap_or(false) {
        return Err(Trouble::OriginalMissing);
    }
    let (meter, steps, id) = (Arc::clone(&means.meter), means.steps.clone(), claimed.id);
    let upload = Upload {
        data: UploadData::Path(&path),
        content_type: original.format.content_type(),
        key: &claimed.key,
        cache_control: None,
        size_bytes: claimed.size_bytes,
        sha256: original.sha256,
        md5: original.md5,
        progress: Some(Arc::new(move |bytes| {
            meter.progress(id, bytes);
            steps.reached(Step::PutSending);
        })),
    };
    means.bucket.upload_image(upload).await.map(|_| ()).map_err(Trouble::Bucket)
}
