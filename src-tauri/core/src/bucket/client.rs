//! The client of one bucket: asking, listing and deleting.

use super::config::BucketConfig;
use super::errors::{BucketError, ErrorClass, Failure};
use super::patience::Patience;
use super::rate::RateLimit;
use super::upload::bare_etag;
use crate::model::ObjectKey;
use aws_sdk_s3::config::http::HttpRequest;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::{
    BehaviorVersion, Credentials, Region, RequestChecksumCalculation, ResponseChecksumValidation,
    StalledStreamProtectionConfig,
};
use aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output;
use aws_sdk_s3::types::{ChecksumMode, Delete, ObjectIdentifier};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use md5::{Digest, Md5};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::collections::HashMap;
use std::sync::Arc;
use url::Url;

/// Quick repeats only, and only of questions. What changes the bucket is sent
/// once: its repeats belong to whoever schedules the transfers, so that the
/// SDK's attempts and theirs do not multiply.
const MAX_ATTEMPTS: u32 = 2;
/// What `DeleteObjects` takes at once.
pub const DELETE_LIMIT: usize = 1000;

/// RFC 3986 unreserved characters, and the slashes between segments.
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// One bucket. Cheap to clone; clones share one pool of connections.
#[derive(Clone)]
pub struct Bucket {
    pub(super) client: aws_sdk_s3::Client,
    pub(super) name: String,
    pub(super) patience: Patience,
    pub(super) rate: Arc<RateLimit>,
    public_base: Url,
}

impl std::fmt::Debug for Bucket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bucket").field("name", &self.name).finish_non_exhaustive()
    }
}

/// What the bucket says of one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectHead {
    /// Its size.
    pub size_bytes: u64,
    /// Its `ETag`, without quotes.
    pub etag: String,
    /// The media type it is served with.
    pub content_type: Option<String>,
    /// What caches are told about it.
    pub cache_control: Option<String>,
    /// The base64 SHA-256 the server knows, if it was asked and knows one.
    pub(super) sha256: Option<String>,
}

/// How much to ask of a HEAD. Some servers know no checksums, and none is
/// asked for one without need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HeadDetail {
    Plain,
    WithChecksum,
}

/// One page of a listing, in key order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListPage {
    /// The objects of this page.
    pub objects: Vec<ListedObject>,
    /// Where the next page starts; `None` at the end.
    pub next_cursor: Option<String>,
}

/// One object of a listing. Its key may be anything, also not one of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedObject {
    /// The key as the bucket has it.
    pub key: String,
    /// Its size.
    pub size_bytes: u64,
    /// Its `ETag`, without quotes.
    pub etag: String,
}

/// What became of one key of a bulk deletion.
#[derive(Debug, Clone)]
pub struct DeleteOutcome {
    /// The key.
    pub key: ObjectKey,
    /// `Ok` when no object lives there any more.
    pub result: Result<(), BucketError>,
}

impl Bucket {
    /// Prepares a client; contacts nothing.
    pub fn new(config: &BucketConfig) -> Self {
        let credentials = Credentials::new(
            config.access_key_id.expose(),
            config.secret_access_key.expose(),
            None,
            None,
            "vitrine",
        );
        let sdk = aws_sdk_s3::Config::builder()
            // Pinned: a newer version is a change of behaviour, to be made knowingly.
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::from_static("auto"))
            .endpoint_url(config.endpoint.as_str())
            .force_path_style(true)
            .credentials_provider(credentials)
            // The default checksums travel as aws-chunked trailers, which R2 and others refuse.
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
            .response_checksum_validation(ResponseChecksumValidation::WhenRequired)
            .retry_config(RetryConfig::standard().with_max_attempts(MAX_ATTEMPTS))
            .timeout_config(config.patience.of_request())
            .stalled_stream_protection(
                StalledStreamProtectionConfig::enabled().grace_period(config.patience.stall).build(),
            )
            .build();
        Self {
            client: aws_sdk_s3::Client::from_conf(sdk),
            name: config.bucket.clone(),
            patience: config.patience,
            rate: Arc::default(),
            public_base: config.public_base.clone(),
        }
    }

    /// Uploads no faster than that limit allows, which others may share.
    #[must_use]
    pub fn limited_by(self, rate: Arc<RateLimit>) -> Self {
        Self { rate, ..self }
    }

    /// Returns the permanent URL of an object.
    pub fn public_url(&self, key: &ObjectKey) -> String {
        public_url(&self.public_base, key)
    }

    /// Says whether an object lives at the key. Any failure to find out is an
    /// error, never `false`.
    pub async fn image_exists(&self, key: &ObjectKey) -> Result<bool, BucketError> {
        Ok(self.head(key).await?.is_some())
    }

    /// Returns what the bucket says of an object, or `None` when there is none.
    pub async fn head(&self, key: &ObjectKey) -> Result<Option<ObjectHead>, BucketError> {
        self.head_with(key, HeadDetail::Plain).await
    }

    pub(super) async fn head_with(
        &self,
        key: &ObjectKey,
        detail: HeadDetail,
    ) -> Result<Option<ObjectHead>, BucketError> {
        let mode = (detail == HeadDetail::WithChecksum).then_some(ChecksumMode::Enabled);
        let answer = self
            .client
            .head_object()
            .bucket(&self.name)
            .key(key.as_str())
            .set_checksum_mode(mode)
            .send()
            .await;
        match answer {
            Ok(head) => Ok(Some(ObjectHead {
                size_bytes: unsigned(head.content_length()),
                etag: bare_etag(head.e_tag()),
                content_type: head.content_type().map(str::to_owned),
                cache_control: head.cache_control().map(str::to_owned),
                sha256: head.checksum_sha256().map(str::to_owned),
            })),
            Err(problem) => {
                let problem = BucketError::from_sdk(&problem);
                if problem.status() == Some(404) { Ok(None) } else { Err(problem) }
            }
        }
    }

    /// Removes an object. One that is not there is removed already.
    pub async fn delete_image(&self, key: &ObjectKey) -> Result<(), BucketError> {
        let request = self.client.delete_object().bucket(&self.name).key(key.as_str());
        match request.customize().config_override(sent_once()).send().await {
            Ok(_) => Ok(()),
            Err(problem) => {
                let problem = BucketError::from_sdk(&problem);
                if problem.code() == Some("NoSuchKey") { Ok(()) } else { Err(problem) }
            }
        }
    }

    /// Removes many objects, a thousand per request, and returns what became
    /// of each, in the order given. When a request as a whole fails for a
    /// reason that will not pass by itself, the rest is not tried.
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
                    result: results.remove(key.as_str()).unwrap_or_else(|| {
                        Err(BucketError::new(
                            ErrorClass::Transient,
                            "The bucket did not say whether it removed the object.",
                        ))
                    }),
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

    async fn delete_batch(
        &self,
        keys: &[ObjectKey],
    ) -> Result<HashMap<String, Result<(), BucketError>>, BucketError> {
        let unsendable = |_| BucketError::from_failure(Failure::Unsendable);
        let objects = keys.iter().map(|key| ObjectIdentifier::builder().key(key.as_str()).build());
        let objects = objects.collect::<Result<Vec<_>, _>>().map_err(unsendable)?;
        let delete = Delete::builder().set_objects(Some(objects)).quiet(false).build().map_err(unsendable)?;
        let answer = self
            .client
            .delete_objects()
            .bucket(&self.name)
            .delete(delete)
            .customize()
            .mutate_request(with_content_md5)
            .config_override(sent_once())
            .send()
            .await
            .map_err(|problem| BucketError::from_sdk(&problem))?;
        let removed =
            answer.deleted().iter().filter_map(|object| object.key()).map(|key| (key.to_owned(), Ok(())));
        let refused = answer.errors().iter().filter_map(|refusal| {
            let code = refusal.code().unwrap_or_default();
            let result = if code == "NoSuchKey" { Ok(()) } else { Err(refusal_of_one_key(code)) };
            Some((refusal.key()?.to_owned(), result))
        });
        Ok(removed.chain(refused).collect())
    }

    /// Returns one page of what lives under a prefix.
    pub async fn list(&self, prefix: &str, cursor: Option<&str>) -> Result<ListPage, BucketError> {
        self.list_at_most(prefix, cursor, None).await
    }

    pub(super) async fn list_at_most(
        &self,
        prefix: &str,
        cursor: Option<&str>,
        limit: Option<i32>,
    ) -> Result<ListPage, BucketError> {
        let page = self
            .client
            .list_objects_v2()
            .bucket(&self.name)
            .prefix(prefix)
            .set_continuation_token(cursor.map(str::to_owned))
            .set_max_keys(limit)
            .send()
            .await
            .map_err(|problem| BucketError::from_sdk(&problem))?;
        Ok(ListPage::of(&page))
    }
}

impl ListPage {
    pub(super) fn of(page: &ListObjectsV2Output) -> Self {
        let objects = page.contents().iter().filter_map(|object| {
            Some(ListedObject {
                key: object.key()?.to_owned(),
                size_bytes: unsigned(object.size()),
                etag: bare_etag(object.e_tag()),
            })
        });
        Self { objects: objects.collect(), next_cursor: page.next_continuation_token().map(str::to_owned) }
    }
}

/// Returns the public URL of an object: the base, one slash, and the key with
/// everything percent-encoded that is not plain. The base may end in a slash.
pub fn public_url(base: &Url, key: &ObjectKey) -> String {
    format!("{}/{}", base.as_str().trim_end_matches('/'), utf8_percent_encode(key.as_str(), PATH))
}

/// Keeps the SDK from repeating a request by itself.
pub(super) fn sent_once() -> aws_sdk_s3::config::Builder {
    aws_sdk_s3::Config::builder().retry_config(RetryConfig::disabled())
}

pub(super) fn unsigned(number: Option<i64>) -> u64 {
    number.and_then(|number| u64::try_from(number).ok()).unwrap_or_default()
}

/// Vouches for the body of `DeleteObjects` the old way. The SDK would send a
/// CRC32, which not all servers know; all of them know Content-MD5.
fn with_content_md5(request: &mut HttpRequest) {
    let Some(md5) = request.body().bytes().map(|body| BASE64.encode(Md5::digest(body))) else { return };
    let headers = request.headers_mut();
    headers.remove("x-amz-checksum-crc32");
    headers.remove("x-amz-sdk-checksum-algorithm");
    headers.insert("content-md5", md5);
}

/// The codes of single keys carry no HTTP status; they are classed as if they
/// had the usual one.
fn refusal_of_one_key(code: &str) -> BucketError {
    let status = match code {
        "AccessDenied" | "ObjectLockedByBucketPolicy" => 403,
        "SlowDown" | "ServiceUnavailable" => 503,
        "TooManyRequests" => 429,
        "InternalError" => 500,
        _ => 400,
    };
    let code = code.chars().filter(char::is_ascii_alphanumeric).take(64).collect();
    BucketError::from_failure(Failure::Answered { status, code: Some(code) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_url_is_the_base_one_slash_and_the_key() {
        let key = ObjectKey::parse("generated/ana/1-ff.png").unwrap();
        for (base, url) in [
            ("https://art.example.com", "https://art.example.com/generated/ana/1-ff.png"),
            ("https://art.example.com/", "https://art.example.com/generated/ana/1-ff.png"),
            ("https://example.com/art", "https://example.com/art/generated/ana/1-ff.png"),
            ("https://example.com/art/", "https://example.com/art/generated/ana/1-ff.png"),
            ("http://127.0.0.1:8333/art", "http://127.0.0.1:8333/art/generated/ana/1-ff.png"),
        ] {
            assert_eq!(public_url(&Url::parse(base).unwrap(), &key), url);
        }
    }

    #[test]
    fn what_is_not_plain_would_be_percent_encoded() {
        assert_eq!(utf8_percent_encode("a/b c?é", PATH).to_string(), "a/b%20c%3F%C3%A9");
    }

    #[test]
    fn a_refusal_of_one_key_is_classed_like_a_refused_request() {
        assert_eq!(refusal_of_one_key("AccessDenied").class, ErrorClass::Credentials);
        assert_eq!(refusal_of_one_key("InternalError").class, ErrorClass::Transient);
        assert_eq!(refusal_of_one_key("SlowDown").class, ErrorClass::Throttled);
        assert_eq!(refusal_of_one_key("ObjectLockedByBucketPolicy").class, ErrorClass::Rejected);
    }
}
