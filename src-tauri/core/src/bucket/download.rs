//! Downloads an object in pieces, so that the whole object is never in memory.

use super::answer::Guard;
use super::client::{Bucket, unsigned};
use super::errors::{BucketError, RequestFailure};
use crate::model::ObjectKey;
use aws_sdk_s3::primitives::ByteStream;
use bytes::Bytes;

/// A running download. Dropping it ends the request.
#[derive(Debug)]
pub struct Download {
    /// The size that the bucket announced, in bytes.
    pub size_bytes: u64,
    body: ByteStream,
}

impl Bucket {
    /// Requests an object, and returns as soon as the bucket begins to send it;
    /// `None` if there is no object at the key.
    pub async fn download_image(&self, key: &ObjectKey) -> Result<Option<Download>, BucketError> {
        // Boxed, because the SDK's future is too large to pass through every caller.
        let request = self.client.get_object().bucket(&self.name).key(key.as_str());
        let request = request.customize().interceptor(Guard::Object);
        match Box::pin(request.send()).await {
            Ok(answer) => {
                Ok(Some(Download { size_bytes: unsigned(answer.content_length()), body: answer.body }))
            }
            Err(problem) => {
                let problem = BucketError::from_sdk(&problem);
                if problem.code() == Some("NoSuchKey") { Ok(None) } else { Err(problem) }
            }
        }
    }
}

impl Download {
    /// Returns the next piece; `None` after the last one. If the sender stalls, the
    /// connection counts as broken after a while.
    pub async fn next_piece(&mut self) -> Result<Option<Bytes>, BucketError> {
        let interrupted =
            |_| BucketError::from_failure(RequestFailure::Interrupted("while receiving".to_owned()));
        self.body.try_next().await.map_err(interrupted)
    }
}
