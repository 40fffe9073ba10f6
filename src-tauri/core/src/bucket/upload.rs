//! Uploads one image and verifies that the bucket holds it: the request, its progress, and the
//! confirmation.

use super::answer::Guard;
use super::body::{Progress, Way};
use super::client::{Bucket, HeadDetail, ObjectHead, bare_etag, sent_once};
use super::errors::{BucketError, ErrorClass, RequestFailure};
use super::library_mark::{FEED_OF, LibraryMark};
use super::patience::Patience;
use crate::model::{ORIGINAL_CACHE_CONTROL, ObjectKey};
use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::operation::put_object::{PutObjectError, PutObjectOutput};
use aws_sdk_s3::primitives::{ByteStream, Length};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use std::collections::HashMap;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::time::Instant;

/// The default `Cache-Control` header.
pub const DEFAULT_CACHE_CONTROL: &str = ORIGINAL_CACHE_CONTROL;

/// How many bytes of a file are read at a time. The SDK's 4 KiB reduce throughput.
const READ_SIZE: usize = 128 * 1024;
/// How often, within the time in which an upload may stand still, it is checked for progress.
const LOOKS_PER_LIMIT: u32 = 8;

/// The source of an upload's bytes.
#[derive(Debug, Clone)]
pub enum UploadData<'a> {
    /// The bytes themselves.
    Bytes(Bytes),
    /// A file, which is streamed.
    Path(&'a Path),
}

/// One image to upload, with the checksums that prove its arrival.
#[derive(Clone)]
pub struct Upload<'a> {
    /// The source of the bytes.
    pub data: UploadData<'a>,
    /// The media type with which the public URL serves the image.
    pub content_type: &'a str,
    /// The key of the new object.
    pub key: &'a ObjectKey,
    /// The `Cache-Control` header; `DEFAULT_CACHE_CONTROL` if `None`.
    pub cache_control: Option<&'a str>,
    /// The exact size, in bytes.
    pub size_bytes: u64,
    /// SHA-256 of the bytes.
    pub sha256: [u8; 32],
    /// MD5 of the bytes: S3's Content-MD5, and the `ETag` of a single PUT.
    pub md5: [u8; 16],
    /// The callback for the progress; `None` if nobody needs it.
    pub progress: Option<Progress>,
}

/// What has to be at the key of an upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Condition<'a> {
    /// No object.
    Absent,
    /// The object with this `ETag`, which is overwritten.
    Unchanged(&'a str),
    /// Anything, which is overwritten.
    Any,
}

/// An image that the bucket is confirmed to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uploaded {
    /// The key of the object.
    pub key: ObjectKey,
    /// Its public URL.
    pub url: String,
    /// Its exact size, in bytes.
    pub size_bytes: u64,
    /// Its `ETag`, without quotes.
    pub etag: String,
}

pub(super) type PutAnswer = Result<PutObjectOutput, SdkError<PutObjectError, HttpResponse>>;

impl Bucket {
    /// Uploads an image, and returns only when the bucket holds exactly these bytes. It is safe to
    /// repeat after any failure, and after being dropped midway: an object that already exists is
    /// compared, and never overwritten.
    ///
    /// # Errors
    /// `Rejected` if a different object is at the key, if the file is not the one that was hashed,
    /// or if the server says so; `Unsuitable` if the server accepted the image but returns
    /// something else; otherwise an error by its cause.
    pub async fn upload_image(&self, upload: Upload<'_>) -> Result<Uploaded, BucketError> {
        match self.send(&upload, Condition::Absent, None).await {
            // Most likely our own earlier attempt, whose answer was lost.
            Err(problem) if problem.status() == Some(412) => {
                let etag = self.confirm(&upload, None).await?;
                Ok(self.uploaded(&upload, etag))
            }
            sent => sent,
        }
    }

    /// Sends an upload once, and returns only when the bucket holds exactly these bytes. A feed file
    /// is marked with its library.
    ///
    /// # Errors
    /// Has the status 412 if the condition does not hold.
    pub(super) async fn send(
        &self,
        upload: &Upload<'_>,
        condition: Condition<'_>,
        library: Option<&LibraryMark>,
    ) -> Result<Uploaded, BucketError> {
        let way = Arc::new(Way {
            total: upload.size_bytes,
            sent: AtomicU64::new(0),
            progress: upload.progress.clone(),
            rate: Arc::clone(&self.rate),
        });
        let body = way.lead(body_of(upload).await?);
        let answer = tokio::select! {
            answer = self.put(upload, body, condition, library) => answer,
            () = stands_still(&way, self.patience) => {
                return Err(BucketError::from_failure(RequestFailure::TimedOut));
            }
        };
        let put = answer.map_err(|problem| BucketError::from_sdk(&problem))?;
        let etag = bare_etag(put.e_tag());
        let etag = if is_etag_of(&etag, Some(&upload.md5)) {
            etag
        } else {
            self.confirm(upload, Some(&etag)).await?
        };
        Ok(self.uploaded(upload, etag))
    }

    pub(super) fn uploaded(&self, upload: &Upload<'_>, etag: String) -> Uploaded {
        Uploaded {
            key: upload.key.clone(),
            url: self.public_url(upload.key),
            size_bytes: upload.size_bytes,
            etag,
        }
    }

    /// Creates the request. Boxed, because the SDK's future is 16 KB, which is too much to pass through
    /// every caller.
    pub(super) fn put(
        &self,
        upload: &Upload<'_>,
        body: ByteStream,
        condition: Condition<'_>,
        library: Option<&LibraryMark>,
    ) -> Pin<Box<impl Future<Output = PutAnswer> + use<>>> {
        let request =
            self.client
                .put_object()
                .bucket(&self.name)
                .key(upload.key.as_str())
                .set_if_none_match((condition == Condition::Absent).then(|| "*".to_owned()))
                .set_if_match(condition.etag())
                .set_metadata(library.map(made_for_feed_of))
                .content_type(upload.content_type)
                .cache_control(upload.cache_control.unwrap_or(DEFAULT_CACHE_CONTROL))
                .content_length(i64::try_from(upload.size_bytes).unwrap_or(i64::MAX))
                .content_md5(BASE64.encode(upload.md5))
                .checksum_sha256(BASE64.encode(upload.sha256))
                .body(body)
                .customize()
                .interceptor(Guard::Short)
                // Both checksums are signed headers, so hashing the body a third time proves nothing
                // more.
                .disable_payload_signing()
                .config_override(sent_once().timeout_config(
                    self.patience.of_upload(upload.size_bytes, self.rate.bytes_per_second()),
                ));
        Box::pin(request.send())
    }

    /// Compares the object in the bucket with the upload, and returns its `ETag`. `put_etag` is the
    /// `ETag` that the server sent for our own successful PUT: it had checked our checksums then,
    /// whatever it uses as an `ETag`.
    async fn confirm(&self, upload: &Upload<'_>, put_etag: Option<&str>) -> Result<String, BucketError> {
        let found = Box::pin(self.head_with(upload.key, HeadDetail::WithChecksum)).await?;
        let Some(found) = found else {
            return Err(BucketError::new(
                ErrorClass::Transient,
                "The bucket accepted the image, but does not show it yet.",
            ));
        };
        if holds_these_bytes(&found, upload, put_etag) {
            return Ok(found.etag);
        }
        Err(match put_etag {
            // The bucket accepted the image, so no other object can have been there.
            Some(_) => BucketError::new(
                ErrorClass::Unsuitable,
                "The bucket accepted an image, but shows something else in its place.",
            ),
            None => BucketError::new(
                ErrorClass::Rejected,
                "Another object has this key already; it was not changed.",
            ),
        })
    }
}

impl Condition<'_> {
    /// Returns the `ETag` to compare with, as a header has it.
    fn etag(self) -> Option<String> {
        match self {
            Self::Unchanged(etag) => Some(format!("\"{etag}\"")),
            Self::Absent | Self::Any => None,
        }
    }
}

fn made_for_feed_of(library: &LibraryMark) -> HashMap<String, String> {
    HashMap::from([(FEED_OF.to_owned(), library.as_str().to_owned())])
}

/// Says whether an `ETag` is a known MD5.
pub fn is_etag_of(etag: &str, md5: Option<&[u8; 16]>) -> bool {
    md5.is_some_and(|md5| etag.eq_ignore_ascii_case(&hex::encode(md5)))
}

fn holds_these_bytes(found: &ObjectHead, upload: &Upload<'_>, put_etag: Option<&str>) -> bool {
    // The server had checked our checksums when it sent this `ETag`.
    let ours = put_etag.is_some_and(|etag| !etag.is_empty() && etag == found.etag);
    found.holds(upload.size_bytes, &upload.sha256, Some(&upload.md5))
        || (ours && found.sha256.is_none() && found.size_bytes == upload.size_bytes)
}

impl ObjectHead {
    /// Says whether the bucket's own checksums match these bytes: SHA-256 if it knows one, otherwise
    /// the `ETag`. Without an MD5, only the former can.
    pub fn holds(&self, size_bytes: u64, sha256: &[u8; 32], md5: Option<&[u8; 16]>) -> bool {
        let same_sha256 = self.sha256.as_ref().map(|known| *known == BASE64.encode(sha256));
        self.size_bytes == size_bytes && same_sha256.unwrap_or_else(|| is_etag_of(&self.etag, md5))
    }
}

/// Returns when no byte has moved for too long. The SDK's own protection does not act while the other
/// side reads nothing, which is how a dead connection behaves.
async fn stands_still(way: &Way, patience: Patience) {
    let mut seen = u64::MAX;
    let mut since = Instant::now();
    loop {
        let sent = way.sent.load(Ordering::Relaxed);
        if sent != seen {
            (seen, since) = (sent, Instant::now());
        }
        let limit = patience.with_left(way.total.saturating_sub(sent), way.total);
        if since.elapsed() >= limit {
            return;
        }
        tokio::time::sleep(limit / LOOKS_PER_LIMIT).await;
    }
}

pub(super) async fn body_of(upload: &Upload<'_>) -> Result<ByteStream, BucketError> {
    let changed = || BucketError::new(ErrorClass::Rejected, "The file is not the one that was imported.");
    let unreadable = |problem: &dyn std::fmt::Display| {
        BucketError::new(ErrorClass::Rejected, format!("The file cannot be read: {problem}."))
    };
    match &upload.data {
        UploadData::Bytes(bytes) => {
            if bytes.len() as u64 != upload.size_bytes {
                return Err(changed());
            }
            Ok(ByteStream::from(bytes.clone()))
        }
        UploadData::Path(path) => {
            let found = tokio::fs::metadata(path).await.map_err(|problem| unreadable(&problem.kind()))?;
            if found.len() != upload.size_bytes {
                return Err(changed());
            }
            ByteStream::read_from()
                .path(path)
                .length(Length::Exact(upload.size_bytes))
                .buffer_size(READ_SIZE)
                .build()
                .await
                .map_err(|_| unreadable(&"it cannot be opened"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // `printf abc | md5sum` and `printf abc | sha256sum | xxd -r -p | base64`.
    const MD5_OF_ABC: [u8; 16] =
        [0x90, 0x01, 0x50, 0x98, 0x3c, 0xd2, 0x4f, 0xb0, 0xd6, 0x96, 0x3f, 0x7d, 0x28, 0xe1, 0x7f, 0x72];
    const SHA256_OF_ABC: &str = "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=";

    fn found(size_bytes: u64, etag: &str, sha256: Option<&str>) -> ObjectHead {
        ObjectHead {
            size_bytes,
            etag: etag.to_owned(),
            content_type: None,
            cache_control: None,
            sha256: sha256.map(str::to_owned),
            feed_of: None,
        }
    }

    #[test]
    fn only_equal_size_and_checksum_mean_the_same_bytes() {
        let key = ObjectKey::parse("generated/ana/1-a.png").unwrap();
        let upload = Upload {
            data: UploadData::Bytes(Bytes::from_static(b"abc")),
            content_type: "image/png",
            key: &key,
            cache_control: None,
            size_bytes: 3,
            sha256: BASE64.decode(SHA256_OF_ABC).unwrap().try_into().unwrap(),
            md5: MD5_OF_ABC,
            progress: None,
        };
        let md5 = "900150983cd24fb0d6963f7d28e17f72";
        let same = |head: ObjectHead, put: Option<&str>| holds_these_bytes(&head, &upload, put);
        assert!(same(found(3, md5, None), None));
        assert!(same(found(3, &md5.to_uppercase(), None), None));
        assert!(same(found(3, "encrypted-etag", Some(SHA256_OF_ABC)), None));
        assert!(same(found(3, "own-etag", None), Some("own-etag")));
        assert!(!same(found(4, md5, None), None));
        assert!(!same(found(3, "own-etag", None), None));
        assert!(!same(found(3, "other", None), Some("own-etag")));
        assert!(!same(found(3, "", None), Some("")));
        assert!(!same(found(3, md5, Some("other")), Some(md5)));
    }
}
