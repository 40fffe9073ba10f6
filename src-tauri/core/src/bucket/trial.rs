//! Tests whether a store has what Vitrine relies on, before any image is
//! entrusted to it. It uses a tiny object of its own and deletes it again.

use super::client::{Bucket, ObjectHead};
use super::errors::{BucketError, ErrorClass};
use super::upload::{Condition, Upload, UploadData, body_of};
use crate::model::{ImageFormat, ImageKind, ObjectKey, OwnerId, UnixMs};
use aws_sdk_s3::primitives::ByteStream;
use bytes::Bytes;
use md5::{Digest, Md5};
use sha2::Sha256;

/// The owner in the keys of probes. No profile is expected to have this id.
const PROBE_OWNER: &str = "doctor-probe";
/// Probes must never be served from a cache.
pub(super) const PROBE_CACHE_CONTROL: &str = "no-store";
/// A PNG with one transparent pixel, because some domains serve only images.
const ONE_PIXEL: &[u8] = b"\x89PNG\r\n\x1a\n\
    \0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\
    \0\0\0\nIDATx\x9cc\0\x01\0\0\x05\0\x01\r\n-\xb4\
    \0\0\0\0IEND\xaeB`\x82";

/// The message about a store that would overwrite images.
const NO_CONDITIONS: &str = "This store does not support conditional writes (If-None-Match): it would \
    overwrite an existing image, so Vitrine does not use it.";

/// Says whether a key belongs to a probe. A trial that was interrupted leaves
/// its probe behind.
pub fn is_probe(key: &ObjectKey) -> bool {
    key.origin().is_some_and(|origin| origin.owner.as_str() == PROBE_OWNER)
}

/// The object that is put, read and deleted to test a store.
pub(super) struct Probe {
    pub(super) key: ObjectKey,
    pub(super) bytes: Bytes,
    /// Other bytes, which must not replace the object.
    other: Bytes,
}

impl Probe {
    /// Makes a unique probe; `None` if the operating system has no randomness.
    pub(super) fn new() -> Option<Self> {
        let owner = OwnerId::parse(PROBE_OWNER).ok()?;
        let key = ObjectKey::generate(&owner, ImageKind::Generated, ImageFormat::Png, UnixMs::now()).ok()?;
        // The key, appended after the end of the picture, makes each probe's
        // bytes unique.
        let bytes = Bytes::from([ONE_PIXEL, key.as_str().as_bytes()].concat());
        let other = Bytes::from([&bytes, &b" again"[..]].concat());
        Some(Self { key, bytes, other })
    }

    fn upload<'a>(&'a self, bytes: &Bytes) -> Upload<'a> {
        Upload {
            data: UploadData::Bytes(bytes.clone()),
            content_type: ImageFormat::Png.content_type(),
            key: &self.key,
            cache_control: Some(PROBE_CACHE_CONTROL),
            size_bytes: bytes.len() as u64,
            sha256: Sha256::digest(bytes).into(),
            md5: Md5::digest(bytes).into(),
            progress: None,
        }
    }
}

impl Bucket {
    /// Tests what Vitrine relies on: that the store never overwrites an object,
    /// and returns it as it was uploaded. Takes half a dozen requests.
    ///
    /// # Errors
    /// `Unsuitable` if the store lacks something or the endpoint is not a
    /// store; otherwise an error by its cause.
    pub async fn try_out(&self) -> Result<(), BucketError> {
        let Some(probe) = Probe::new() else { return Err(no_randomness()) };
        let tried = self.put_probe(&probe).await;
        // The result depends only on uploading. A verification finds a probe
        // that stays behind.
        let mut removed = self.remove_probe(&probe).await;
        if removed.as_ref().is_err_and(|problem| problem.class == ErrorClass::Transient) {
            removed = self.remove_probe(&probe).await;
        }
        if let Err(problem) = removed {
            tracing::warn!(key = %probe.key, %problem, "a test image could not be deleted");
        }
        tried.map(|_| ())
    }

    /// Uploads a probe, ensures that it cannot be overwritten, and returns what
    /// the store says about it.
    pub(super) async fn put_probe(&self, probe: &Probe) -> Result<ObjectHead, BucketError> {
        self.upload_image(probe.upload(&probe.bytes)).await.map_err(as_unsuitable)?;
        let again = probe.upload(&probe.other);
        let body: ByteStream = body_of(&again).await?;
        match self.put(&again, body, Condition::Absent, None).await {
            Ok(_) => return Err(BucketError::new(ErrorClass::Unsuitable, NO_CONDITIONS)),
            Err(problem) => {
                let problem = BucketError::from_sdk(&problem);
                if problem.status() != Some(412) {
                    return Err(as_unsuitable(problem));
                }
            }
        }
        let head = self.head(&probe.key).await.map_err(as_unsuitable)?.ok_or_else(not_shown)?;
        let found = self.read_probe(probe).await?;
        if found != probe.bytes || head.size_bytes != probe.bytes.len() as u64 {
            return Err(if found == probe.other {
                BucketError::new(ErrorClass::Unsuitable, NO_CONDITIONS)
            } else {
                BucketError::new(
                    ErrorClass::Unsuitable,
                    "The bucket accepted a test image, but returned different bytes.",
                )
            });
        }
        Ok(head)
    }

    async fn read_probe(&self, probe: &Probe) -> Result<Vec<u8>, BucketError> {
        let download = self.download_image(&probe.key).await.map_err(as_unsuitable)?;
        let mut download = download.ok_or_else(not_shown)?;
        let mut found = Vec::new();
        while let Some(piece) = download.next_piece().await? {
            found.extend_from_slice(&piece);
            if found.len() > probe.other.len() {
                break;
            }
        }
        Ok(found)
    }

    /// Deletes a probe in the way in which images are deleted, and checks that
    /// it is gone.
    pub(super) async fn remove_probe(&self, probe: &Probe) -> Result<(), BucketError> {
        for outcome in self.delete_images(std::slice::from_ref(&probe.key)).await {
            outcome.result?;
        }
        match self.head(&probe.key).await? {
            None => Ok(()),
            Some(_) => Err(BucketError::new(
                ErrorClass::Transient,
                "The bucket reported that it deleted a test image, but still has it.",
            )),
        }
    }
}

fn no_randomness() -> BucketError {
    BucketError::new(ErrorClass::Transient, "This computer could not provide random bytes for a test image.")
}

fn not_shown() -> BucketError {
    BucketError::new(ErrorClass::Transient, "The bucket accepted a test image, but does not show it.")
}

/// Turns the refusal of a probe into an error about the store, because nothing
/// is wrong with the probe.
fn as_unsuitable(problem: BucketError) -> BucketError {
    let unknown = matches!(problem.status(), Some(501)) || problem.code() == Some("NotImplemented");
    match problem.class {
        ErrorClass::Rejected if unknown => {
            BucketError { class: ErrorClass::Unsuitable, message: NO_CONDITIONS.to_owned(), ..problem }
        }
        ErrorClass::Rejected | ErrorClass::NotS3 => BucketError { class: ErrorClass::Unsuitable, ..problem },
        _ => problem,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_probe_is_a_different_picture() {
        let (one, other) = (Probe::new().unwrap(), Probe::new().unwrap());
        assert!(one.key.as_str().starts_with("generated/doctor-probe/") && is_probe(&one.key));
        assert!(!is_probe(&ObjectKey::parse("generated/ana/1-doctor-probe.png").unwrap()));
        assert_ne!(one.bytes, other.bytes);
        for bytes in [&one.bytes, &one.other] {
            let picture = image::load_from_memory_with_format(bytes, image::ImageFormat::Png).unwrap();
            assert_eq!((picture.width(), picture.height()), (1, 1));
        }
    }
}
