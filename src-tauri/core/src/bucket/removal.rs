//! Deletes objects: many in one request if the store supports it, otherwise one
//! by one.

use super::answer::Guard;
use super::client::{Bucket, sent_once};
use super::errors::{BucketError, ErrorClass, RequestFailure};
use crate::model::ObjectKey;
use aws_sdk_s3::config::http::HttpRequest;
use aws_sdk_s3::types::{Delete, ObjectIdentifier};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use md5::{Digest, Md5};
use std::collections::HashMap;
use std::sync::atomic::Ordering;
use tokio::task::JoinSet;

/// The maximum number of keys in one `DeleteObjects` request.
pub const DELETE_LIMIT: usize = 1000;
/// The maximum number of concurrent single deletions.
const SIDE_BY_SIDE: usize = 8;

/// The outcome for one key of a bulk deletion.
#[derive(Debug, Clone)]
pub struct DeleteOutcome {
    /// A requested key. It also has an outcome if it had no object.
    #[cfg_attr(not(any(test, feature = "internals")), expect(dead_code, reason = "tests read it"))]
    pub key: ObjectKey,
    /// `Ok` if there is no object at the key any more.
    pub result: Result<(), BucketError>,
}

/// The outcomes by key.
type Results = HashMap<String, Result<(), BucketError>>;

impl Bucket {
    /// Deletes an object. Succeeds if there is none.
    pub async fn delete_image(&self, key: &ObjectKey) -> Result<(), BucketError> {
        let request = self
            .client
            .delete_object()
            .bucket(&self.name)
            .key(key.as_str())
            .customize()
            .interceptor(Guard::Empty)
            .config_override(sent_once());
        match Box::pin(request.send()).await {
            Ok(_) => Ok(()),
            Err(problem) => {
                let problem = BucketError::from_sdk(&problem);
                if problem.code() == Some("NoSuchKey") { Ok(()) } else { Err(problem) }
            }
        }
    }

    /// Deletes many objects, a thousand per request, and returns the outcome of
    /// each, in the given order. If a whole request fails for a reason that
    /// does not pass by itself, the rest is not tried.
    pub async fn delete_images(&self, keys: &[ObjectKey]) -> Vec<DeleteOutcome> {
        let mut outcomes = Vec::with_capacity(keys.len());
        let mut stopped: Option<BucketError> = None;
        for batch in keys.chunks(DELETE_LIMIT) {
            let answered = match &stopped {
                Some(problem) => Err(problem.clone()),
                None => self.delete_batch(batch).await,
            };
            match answered {
                Ok(mut results) => outcomes.extend(batch.iter().map(|key| DeleteOutcome {
                    key: key.clone(),
                    result: results.remove(key.as_str()).unwrap_or_else(|| Err(not_told())),
                })),
                Err(problem) => {
                    outcomes.extend(
                        batch
                            .iter()
                            .map(|key| DeleteOutcome { key: key.clone(), result: Err(problem.clone()) }),
                    );
                    stopped = (problem.class != ErrorClass::Transient).then_some(problem);
                }
            }
        }
        outcomes
    }

    /// Says whether the store is known to support only single deletions.
    pub(super) fn removes_singly(&self) -> bool {
        self.removes_singly.load(Ordering::Relaxed)
    }

    async fn delete_batch(&self, keys: &[ObjectKey]) -> Result<Results, BucketError> {
        if self.removes_singly() {
            return Ok(self.delete_singly(keys).await);
        }
        match self.delete_together(keys).await {
            Ok(mut results) => {
                let untold: Vec<_> =
                    keys.iter().filter(|key| !results.contains_key(key.as_str())).cloned().collect();
                results.extend(self.delete_singly(&untold).await);
                Ok(results)
            }
            Err(problem) if is_unknown_request(&problem) => {
                let results = self.delete_singly(keys).await;
                // Once single deletions have worked, bulk deletion is not tried
                // again.
                if results.values().any(Result::is_ok) {
                    tracing::info!(%problem, "this store deletes objects one by one");
                    self.removes_singly.store(true, Ordering::Relaxed);
                }
                Ok(results)
            }
            Err(problem) => Err(problem),
        }
    }

    async fn delete_together(&self, keys: &[ObjectKey]) -> Result<Results, BucketError> {
        let unsendable = |_| BucketError::from_failure(RequestFailure::Unsendable);
        let objects = keys.iter().map(|key| ObjectIdentifier::builder().key(key.as_str()).build());
        let objects = objects.collect::<Result<Vec<_>, _>>().map_err(unsendable)?;
        let delete = Delete::builder().set_objects(Some(objects)).quiet(false).build().map_err(unsendable)?;
        let request = self
            .client
            .delete_objects()
            .bucket(&self.name)
            .delete(delete)
            .customize()
            .mutate_request(with_content_md5)
            .interceptor(Guard::Short)
            .config_override(sent_once());
        let answer = Box::pin(request.send()).await.map_err(|problem| BucketError::from_sdk(&problem))?;
        let removed =
            answer.deleted().iter().filter_map(|object| object.key()).map(|key| (key.to_owned(), Ok(())));
        let refused = answer.errors().iter().filter_map(|refusal| {
            let code = refusal.code().unwrap_or_default();
            let result = if code == "NoSuchKey" { Ok(()) } else { Err(refusal_of_one_key(code)) };
            Some((refusal.key()?.to_owned(), result))
        });
        Ok(removed.chain(refused).collect())
    }

    /// Deletes objects one by one, a few at the same time. After a failure that
    /// does not pass by itself, the rest is not tried and fails in the same
    /// way.
    async fn delete_singly(&self, keys: &[ObjectKey]) -> Results {
        let mut results = Results::new();
        let mut stopped: Option<BucketError> = None;
        for few in keys.chunks(SIDE_BY_SIDE) {
            if let Some(problem) = &stopped {
                results.extend(few.iter().map(|key| (key.to_string(), Err(problem.clone()))));
                continue;
            }
            let mut running = JoinSet::new();
            for key in few {
                let (bucket, key) = (self.clone(), key.clone());
                running.spawn(async move {
                    let result = bucket.delete_image(&key).await;
                    (key.to_string(), result)
                });
            }
            while let Some(ended) = running.join_next().await {
                // A task that panicked has no result, and counts as failed.
                let Ok((key, result)) = ended else { continue };
                if let Err(problem) = &result
                    && !matches!(problem.class, ErrorClass::Transient | ErrorClass::Rejected)
                {
                    stopped = Some(problem.clone());
                }
                results.insert(key, result);
            }
        }
        results
    }
}

/// Says whether a store that does not support `DeleteObjects` may fail in this
/// way. If the bucket is missing, a single deletion reports that as well.
fn is_unknown_request(problem: &BucketError) -> bool {
    match &problem.source {
        Some(RequestFailure::Answered { status, code }) => {
            matches!(status, 404 | 405 | 501)
                || matches!(
                    code.as_deref(),
                    Some(
                        "NotImplemented"
                            | "MalformedXML"
                            | "MethodNotAllowed"
                            | "UnsupportedOperation"
                            | "InvalidRequest"
                            | "InvalidArgument"
                            | "MissingContentMD5"
                    )
                )
        }
        Some(RequestFailure::WebPage(status)) => matches!(status, 404 | 405 | 501),
        _ => false,
    }
}

fn not_told() -> BucketError {
    BucketError::new(ErrorClass::Transient, "The bucket did not say whether it deleted the object.")
}

/// Adds a Content-MD5 to the body of `DeleteObjects`. The SDK would send a
/// CRC32, which not all servers support; all of them support Content-MD5.
fn with_content_md5(request: &mut HttpRequest) {
    let Some(md5) = request.body().bytes().map(|body| BASE64.encode(Md5::digest(body))) else { return };
    let headers = request.headers_mut();
    headers.remove("x-amz-checksum-crc32");
    headers.remove("x-amz-sdk-checksum-algorithm");
    headers.insert("content-md5", md5);
}

/// Classifies the code of a single key. It has no HTTP status, so the usual one
/// is assumed.
fn refusal_of_one_key(code: &str) -> BucketError {
    let status = match code {
        "AccessDenied" | "ObjectLockedByBucketPolicy" => 403,
        "SlowDown" | "ServiceUnavailable" => 503,
        "TooManyRequests" => 429,
        "InternalError" => 500,
        _ => 400,
    };
    let code = code.chars().filter(char::is_ascii_alphanumeric).take(64).collect();
    BucketError::from_failure(RequestFailure::Answered { status, code: Some(code) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_of_one_key_is_classified_like_a_refused_request() {
        assert_eq!(refusal_of_one_key("AccessDenied").class, ErrorClass::Credentials);
        assert_eq!(refusal_of_one_key("InternalError").class, ErrorClass::Transient);
        assert_eq!(refusal_of_one_key("SlowDown").class, ErrorClass::Throttled);
        assert_eq!(refusal_of_one_key("ObjectLockedByBucketPolicy").class, ErrorClass::Rejected);
    }
}
