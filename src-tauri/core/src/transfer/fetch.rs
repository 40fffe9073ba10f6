//! Downloads an original that is no longer on this disk from the bucket.

use crate::bucket::{Bucket, BucketError, Download};
use crate::catalog::{Catalog, CatalogError};
use crate::files::{Incoming, Originals, Staged};
use crate::model::{ImageFormat, ObjectKey, UnixMs};
use bytes::Bytes;
use std::io;
use std::sync::Arc;
use tokio::sync::mpsc;

/// The maximum number of pieces that wait for the disk. Each is what the
/// network delivered at once, some tens of kilobytes.
const PIECES_AHEAD: usize = 16;

/// Why downloading an original failed. Nothing was changed on the disk.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FetchError {
    /// The bucket did not deliver the object.
    #[error(transparent)]
    Bucket(#[from] BucketError),
    /// There is no object at the key.
    #[error("the original is missing in the bucket too")]
    NotThere,
    /// The object at the key is a different one, or is damaged.
    #[error("the object in the bucket is not the original")]
    Different,
    /// The image was deleted permanently meanwhile, so its original is not stored again.
    #[error("its image was deleted meanwhile")]
    Unwanted,
    /// The disk could not store it.
    #[error("it cannot be saved on this disk: {0}")]
    Disk(#[from] io::Error),
    /// The catalog could not record it.
    #[error(transparent)]
    Catalog(CatalogError),
}

/// Downloads an object, stores it as the original from which it was made, and
/// records that it is on this disk again. Returns only when the original is
/// durable under its name; bytes with a different size or hash are refused, and
/// so is an original that no image needs any more. It streams, and is safe to
/// drop and to repeat.
pub(crate) async fn fetch_original(
    bucket: &Bucket,
    catalog: &Catalog,
    originals: &Arc<Originals>,
    key: &ObjectKey,
    sha256: &[u8; 32],
    format: ImageFormat,
    size_bytes: u64,
) -> Result<(), FetchError> {
    let download = bucket.download_image(key).await?.ok_or(FetchError::NotThere)?;
    if download.size_bytes != size_bytes {
        return Err(FetchError::Different);
    }
    let (pieces, arriving) = mpsc::channel(PIECES_AHEAD);
    let (receiving, sha256) = (Arc::clone(originals), *sha256);
    let writing = tokio::task::spawn_blocking(move || {
        receive(receiving.receive(&sha256, format)?, arriving, size_bytes)
    });
    let passed_on = pass_on(download, pieces).await;
    // The writer ends by itself, because data from a broken transfer is too
    // short to be stored.
    let written = writing.await.map_err(io::Error::other)?;
    passed_on?;
    let (staged, originals) = (written?, Arc::clone(originals));
    let store = move || originals.commit(vec![staged]).pop().unwrap_or(Ok(()));
    match catalog.bring_back(sha256, UnixMs::now(), store).await {
        Ok(true) => Ok(()),
        Ok(false) => Err(FetchError::Unwanted),
        Err(CatalogError::Io(error)) => Err(FetchError::Disk(error)),
        Err(error) => Err(FetchError::Catalog(error)),
    }
}

/// Passes the pieces on until the last one, or until nobody receives them.
async fn pass_on(mut download: Download, pieces: mpsc::Sender<Bytes>) -> Result<(), BucketError> {
    while let Some(piece) = download.next_piece().await? {
        if pieces.send(piece).await.is_err() {
            break;
        }
    }
    Ok(())
}

fn receive(
    mut incoming: Incoming,
    mut arriving: mpsc::Receiver<Bytes>,
    size_bytes: u64,
) -> Result<Staged, FetchError> {
    let mut received = 0_u64;
    while let Some(piece) = arriving.blocking_recv() {
        received = received.saturating_add(piece.len() as u64);
        if received > size_bytes {
            return Err(FetchError::Different);
        }
        incoming.append(&piece)?;
    }
    incoming.finish()?.ok_or(FetchError::Different)
}
