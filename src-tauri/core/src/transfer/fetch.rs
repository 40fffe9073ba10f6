//! Brings an original that is not on this disk any more back from the bucket.

use crate::bucket::{Bucket, BucketError, Download};
use crate::files::{Incoming, Originals};
use crate::model::{ImageFormat, ObjectKey};
use bytes::Bytes;
use std::io;
use std::sync::Arc;
use tokio::sync::mpsc;

/// Pieces that wait for the disk at most. Each is what the network gave at
/// once, some tens of kilobytes.
const PIECES_AHEAD: usize = 16;

/// Why an original did not come back. Nothing was changed on the disk.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FetchError {
    /// The bucket did not give it.
    #[error(transparent)]
    Bucket(#[from] BucketError),
    /// No object lives at the key.
    #[error("the bucket does not have it either")]
    NotThere,
    /// Another object lives at the key, or the original's is damaged.
    #[error("what the bucket has is not the original")]
    Different,
    /// The disk would not keep it.
    #[error("it cannot be kept on this disk: {0}")]
    Disk(#[from] io::Error),
}

/// Fetches an object and keeps it as the original it was made from. Returns
/// only when it is durable under its name; bytes of another size or hash are
/// refused. Streams; safe to drop and to repeat.
pub(crate) async fn fetch_original(
    bucket: &Bucket,
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
    let (originals, sha256) = (Arc::clone(originals), *sha256);
    let keeping = tokio::task::spawn_blocking(move || {
        let incoming = originals.receive(&sha256, format)?;
        keep(&originals, incoming, arriving, size_bytes)
    });
    let passed_on = pass_on(download, pieces).await;
    // The writer ends by itself: a transfer that broke is too short to be kept.
    let kept = keeping.await.map_err(io::Error::other)?;
    passed_on?;
    kept
}

/// Hands the pieces over until the last one, or until nobody takes them.
async fn pass_on(mut download: Download, pieces: mpsc::Sender<Bytes>) -> Result<(), BucketError> {
    while let Some(piece) = download.next_piece().await? {
        if pieces.send(piece).await.is_err() {
            break;
        }
    }
    Ok(())
}

fn keep(
    originals: &Originals,
    mut incoming: Incoming,
    mut arriving: mpsc::Receiver<Bytes>,
    size_bytes: u64,
) -> Result<(), FetchError> {
    let mut received = 0_u64;
    while let Some(piece) = arriving.blocking_recv() {
        received = received.saturating_add(piece.len() as u64);
        if received > size_bytes {
            return Err(FetchError::Different);
        }
        incoming.append(&piece)?;
    }
    let staged = incoming.finish().ok_or(FetchError::Different)?;
    Ok(originals.commit(vec![staged]).pop().unwrap_or(Ok(()))?)
}
