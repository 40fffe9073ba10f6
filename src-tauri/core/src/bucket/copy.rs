//! Copies an object inside the bucket, and verifies the copy. The bytes do not pass this computer.

use super::answer::Guard;
use super::audit::Presence;
use super::client::{Bucket, sent_once};
use super::errors::{BucketError, ErrorClass};
use super::upload::DEFAULT_CACHE_CONTROL;
use crate::model::ObjectKey;
use aws_sdk_s3::types::MetadataDirective;

/// One object to copy, with the checksums that prove the copy.
#[derive(Debug, Clone)]
pub struct ObjectCopy<'a> {
    /// The key of the existing object.
    pub from: &'a ObjectKey,
    /// The key of the copy. Nothing else may use it.
    pub key: &'a ObjectKey,
    /// The media type with which the public URL serves the copy.
    pub content_type: &'a str,
    /// The exact size, in bytes.
    pub size_bytes: u64,
    /// SHA-256 of the bytes.
    pub sha256: [u8; 32],
    /// MD5 of the bytes, if it is known: the `ETag` of an object that was not uploaded in parts.
    pub md5: Option<[u8; 16]>,
}

/// How a copy ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Copied {
    /// The bucket is confirmed to hold exactly these bytes under the new key.
    Confirmed,
    /// Nothing is under the new key. The image has to be uploaded: there is no object to copy, it holds
    /// other bytes, or the store cannot copy or cannot prove what it copied.
    NotPossible,
}

impl Bucket {
    /// Copies an object to another key, and returns `Confirmed` only when the bucket holds exactly these
    /// bytes there. It is safe to repeat after any failure.
    ///
    /// # Errors
    /// Fails if the bucket cannot be reached or is busy, so that a later attempt may succeed. A store that
    /// refuses to copy is not an error.
    pub async fn copy_image(&self, copy: ObjectCopy<'_>) -> Result<Copied, BucketError> {
        if self.presence_of(copy.from, &copy).await? != Presence::Same {
            return Ok(Copied::NotPossible);
        }
        let patience = self.patience.of_upload(copy.size_bytes, None);
        let request = self
            .client
            .copy_object()
            .bucket(&self.name)
            .key(copy.key.as_str())
            // The characters of a key need no encoding, and neither do those of a bucket's name.
            .copy_source(format!("{}/{}", self.name, copy.from))
            // The headers of the copy are those of an upload, whatever the object had.
            .metadata_directive(MetadataDirective::Replace)
            .content_type(copy.content_type)
            .cache_control(DEFAULT_CACHE_CONTROL)
            .customize()
            .interceptor(Guard::Short)
            .config_override(sent_once().timeout_config(patience));
        if let Err(problem) = Box::pin(request.send()).await {
            let problem = BucketError::from_sdk(&problem);
            if is_passing(problem.class) {
                return Err(problem);
            }
            tracing::info!(%problem, "this store did not copy an object");
        }
        match self.presence_of(copy.key, &copy).await? {
            Presence::Same => Ok(Copied::Confirmed),
            Presence::Absent => Ok(Copied::NotPossible),
            // What is there was just copied wrongly. It would keep the upload from this key.
            Presence::Other { .. } => {
                self.delete_image(copy.key).await?;
                Ok(Copied::NotPossible)
            }
        }
    }

    async fn presence_of(&self, key: &ObjectKey, copy: &ObjectCopy<'_>) -> Result<Presence, BucketError> {
        Box::pin(self.compare(key, copy.size_bytes, &copy.sha256, copy.md5.as_ref())).await
    }
}

/// Says whether a failure has nothing to do with copying, so that an upload would fail as well.
fn is_passing(class: ErrorClass) -> bool {
    matches!(
        class,
        ErrorClass::Offline | ErrorClass::ClockSkew | ErrorClass::Throttled | ErrorClass::Transient
    )
}
