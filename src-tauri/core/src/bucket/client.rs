//! The client of one bucket, and what the bucket says about one object.

use super::answer::{Guard, is_html};
use super::config::BucketConfig;
use super::errors::{BucketError, RequestFailure};
use super::library_mark::{FEED_OF, LibraryMark};
use super::patience::Patience;
use super::rate::RateLimit;
use super::requests::{Counting, RequestCounter};
use crate::model::ObjectKey;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::{
    BehaviorVersion, Credentials, Region, RequestChecksumCalculation, ResponseChecksumValidation,
    StalledStreamProtectionConfig,
};
use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::types::ChecksumMode;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use url::Url;

/// The SDK repeats quickly and repeats only questions. A request that changes the bucket is
/// sent once: whoever schedules the transfers repeats it, so that its attempts and those of the
/// SDK do not multiply.
const MAX_ATTEMPTS: u32 = 2;

/// RFC 3986 unreserved characters, and the slashes between segments.
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// One bucket. It is cheap to clone, and clones share one pool of connections.
#[derive(Clone)]
pub struct Bucket {
    pub(super) client: aws_sdk_s3::Client,
    pub(super) name: String,
    pub(super) patience: Patience,
    pub(super) rate: Arc<RateLimit>,
    /// True if the store does not support `DeleteObjects`. Clones share it.
    pub(super) removes_singly: Arc<AtomicBool>,
    place: String,
    public_base: Url,
}

impl std::fmt::Debug for Bucket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bucket").field("name", &self.name).finish_non_exhaustive()
    }
}

/// What the bucket says about one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectHead {
    /// The size of the object, in bytes.
    pub size_bytes: u64,
    /// Its `ETag`, without quotes.
    pub etag: String,
    /// The media type with which it is served; `None` if the bucket does not say.
    pub content_type: Option<String>,
    /// Its `Cache-Control` header; `None` if it has none.
    pub cache_control: Option<String>,
    /// Its SHA-256 in base64; `None` if the request did not ask for it or the server does not
    /// know it.
    pub(super) sha256: Option<String>,
    /// The library that published it as a file of a feed; `None` for any other object.
    pub feed_of: Option<LibraryMark>,
}

/// How much a HEAD asks for. Some servers do not support checksums, so a request asks for one
/// only if it is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeadDetail {
    /// What every server sends.
    Plain,
    /// Also the SHA-256, if the server knows it.
    WithChecksum,
}

impl Bucket {
    /// Prepares a client whose requests `requests` counts. It contacts nothing.
    pub fn new(config: &BucketConfig, requests: Arc<RequestCounter>) -> Self {
        let credentials = Credentials::new(
            config.access_key_id.expose(),
            config.secret_access_key.expose(),
            config.session_token.as_ref().map(|token| token.expose().to_owned()),
            None,
            "vitrine",
        );
        let sdk = aws_sdk_s3::Config::builder()
            // Pinned, because a newer version changes behaviour, and that should be a
            // deliberate decision.
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::from_static("auto"))
            // The SDK appends the bucket's name directly.
            .endpoint_url(format!("{}/", config.endpoint.as_str().trim_end_matches('/')))
            .force_path_style(true)
            .credentials_provider(credentials)
            // The default checksums travel as aws-chunked trailers, which R2 and others refuse.
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
            .response_checksum_validation(ResponseChecksumValidation::WhenRequired)
            .retry_config(RetryConfig::standard().with_max_attempts(MAX_ATTEMPTS))
            .timeout_config(config.patience.of_request())
            .interceptor(Counting(requests))
            .stalled_stream_protection(
                StalledStreamProtectionConfig::enabled().grace_period(config.patience.stall).build(),
            )
            .build();
        Self {
            client: aws_sdk_s3::Client::from_conf(sdk),
            name: config.bucket.clone(),
            patience: config.patience,
            rate: Arc::default(),
            removes_singly: Arc::default(),
            place: config.place(),
            public_base: config.public_base.clone(),
        }
    }

    /// Limits the rate of uploads. Other buckets may share the limit.
    #[must_use]
    pub fn limited_by(self, rate: Arc<RateLimit>) -> Self {
        Self { rate, ..self }
    }

    /// Returns a text that identifies this bucket among all buckets: endpoint and name.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Returns the permanent URL of an object.
    pub fn public_url(&self, key: &ObjectKey) -> String {
        public_url(&self.public_base, key)
    }

    /// Says whether an object exists at the key. Any failure to find out is an error, never
    /// `false`.
    #[cfg(any(test, feature = "internals"))]
    pub async fn image_exists(&self, key: &ObjectKey) -> Result<bool, BucketError> {
        Ok(self.head(key).await?.is_some())
    }

    /// Returns what the bucket says about an object; `None` if there is none.
    pub async fn head(&self, key: &ObjectKey) -> Result<Option<ObjectHead>, BucketError> {
        self.head_with(key, HeadDetail::Plain).await
    }

    pub(super) async fn head_with(
        &self,
        key: &ObjectKey,
        detail: HeadDetail,
    ) -> Result<Option<ObjectHead>, BucketError> {
        let mode = (detail == HeadDetail::WithChecksum).then_some(ChecksumMode::Enabled);
        let request = self
            .client
            .head_object()
            .bucket(&self.name)
            .key(key.as_str())
            .set_checksum_mode(mode)
            .customize()
            .interceptor(Guard::Short);
        match Box::pin(request.send()).await {
            // The only web pages among our objects are those of a feed, and every store sends an
            // `ETag`.
            Ok(head)
                if head.e_tag().is_none()
                    || (head.content_type().is_some_and(is_html) && feed_of(&head).is_none()) =>
            {
                Err(BucketError::from_failure(RequestFailure::WebPage(200)))
            }
            Ok(head) => Ok(Some(ObjectHead {
                size_bytes: unsigned(head.content_length()),
                etag: bare_etag(head.e_tag()),
                content_type: head.content_type().map(str::to_owned),
                cache_control: head.cache_control().map(str::to_owned),
                sha256: head.checksum_sha256().map(str::to_owned),
                feed_of: feed_of(&head),
            })),
            Err(problem) => {
                let problem = BucketError::from_sdk(&problem);
                if problem.status() == Some(404) { Ok(None) } else { Err(problem) }
            }
        }
    }
}

fn feed_of(head: &HeadObjectOutput) -> Option<LibraryMark> {
    head.metadata()?.get(FEED_OF).map(|value| LibraryMark::found(value))
}

/// Returns the public URL of an object: the base, one slash, and the percent-encoded key. The
/// base may end in a slash.
pub fn public_url(base: &Url, key: &ObjectKey) -> String {
    format!("{}/{}", base.as_str().trim_end_matches('/'), utf8_percent_encode(key.as_str(), PATH))
}

/// Prevents the SDK from repeating a request by itself.
pub(super) fn sent_once() -> aws_sdk_s3::config::Builder {
    aws_sdk_s3::Config::builder().retry_config(RetryConfig::disabled())
}

pub(super) fn unsigned(number: Option<i64>) -> u64 {
    number.and_then(|number| u64::try_from(number).ok()).unwrap_or_default()
}

/// Removes the quotes and the weakness prefix of an `ETag` header.
pub(super) fn bare_etag(header: Option<&str>) -> String {
    let etag = header.unwrap_or_default();
    etag.strip_prefix("W/").unwrap_or(etag).trim_matches('"').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn etags_lose_their_quotes() {
        assert_eq!(bare_etag(Some("\"abc\"")), "abc");
        assert_eq!(bare_etag(Some("W/\"abc\"")), "abc");
        assert_eq!(bare_etag(None), "");
    }

    #[test]
    fn a_public_url_is_the_base_a_slash_and_the_key() {
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
    fn unusual_characters_of_a_path_are_percent_encoded() {
        assert_eq!(utf8_percent_encode("a/b c?é", PATH).to_string(), "a/b%20c%3F%C3%A9");
    }
}
