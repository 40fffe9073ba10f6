//! The errors of the bucket, classified by what to do about them. One pure function classifies
//! them. Before that, the SDK's errors are reduced to facts, because their texts and bodies
//! can contain key ids and signatures.

use super::answer::{NotAStore, is_web_page};
use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use std::error::Error as StdError;
use std::io::ErrorKind;
use std::time::SystemTime;

/// What to do about a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorClass {
    /// The bucket cannot be reached: pause everything and probe for it.
    Offline,
    /// The bucket refuses the keys: pause everything and ask the artist. New R2 tokens need up
    /// to a minute, so a single failure is not final.
    Credentials,
    /// This computer's clock is too far off for valid signatures.
    ClockSkew,
    /// The store receives too many requests: wait longer before retrying.
    Throttled,
    /// The endpoint has no such bucket.
    BucketMissing,
    /// The store refuses this object, and repeating the request does not help.
    Rejected,
    /// A feed file of another library is at the key, and stays there.
    OtherLibrary,
    /// An object that Vitrine did not publish is at the key of a feed file, and stays there.
    OtherObject,
    /// The server has a problem, or a connection broke: try again later.
    Transient,
    /// The endpoint answered, but it is not an S3 store. If there was a store before, this is
    /// most likely the login page of a network.
    NotS3,
    /// The store lacks something that Vitrine relies on: pause everything and ask the artist.
    Unsuitable,
}

/// A failed request to the bucket. Its texts contain no credentials.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct BucketError {
    /// What to do about it.
    pub class: ErrorClass,
    /// What happened, in plain words.
    pub message: String,
    /// The facts behind the message, for the log; `None` if there are no more.
    #[source]
    pub source: Option<RequestFailure>,
    /// The server's clock; `None` if the server did not answer with one.
    pub(super) server_time: Option<SystemTime>,
}

/// The facts of a failure, without anything secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestFailure {
    /// The server answered with an error.
    #[error("HTTP {status} {}", .code.as_deref().unwrap_or("without an S3 code"))]
    Answered {
        /// The HTTP status.
        status: u16,
        /// The S3 error code; `None` if the answer had none. Answers to HEAD never have one.
        code: Option<String>,
    },
    /// The server answered with something that is not S3.
    #[error("HTTP {0} with an unreadable body")]
    Unreadable(u16),
    /// The server answered with a web page, or with a redirect to one.
    #[error("HTTP {0} with a web page")]
    WebPage(u16),
    /// No connection could be established.
    #[error("no connection: {0}")]
    Unreachable(String),
    /// The connection broke. Whether the request took effect is unknown.
    #[error("connection lost: {0}")]
    Interrupted(String),
    /// There was no answer in time. Whether the request took effect is unknown.
    #[error("no answer in time")]
    TimedOut,
    /// The request could not be created.
    #[error("request not sent")]
    Unsendable,
}

impl BucketError {
    pub(super) fn new(class: ErrorClass, message: impl Into<String>) -> Self {
        Self { class, message: message.into(), source: None, server_time: None }
    }

    pub(super) fn from_failure(failure: RequestFailure) -> Self {
        Self {
            class: classify(&failure),
            message: explain(&failure),
            source: Some(failure),
            server_time: None,
        }
    }

    /// Reduces an error of the SDK to facts.
    pub(super) fn from_sdk<E>(problem: &SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + StdError + 'static,
    {
        let failure = match problem {
            SdkError::ServiceError(answer) => {
                let code = answer.err().code().map(plain_code);
                answered(answer.raw(), code)
            }
            SdkError::ResponseError(answer) => unreadable(answer.raw(), problem),
            SdkError::TimeoutError(_) => RequestFailure::TimedOut,
            SdkError::DispatchFailure(dispatch) => match dispatch.as_connector_error() {
                // Only connecting has a time limit of its own; attempts end in `TimeoutError`.
                Some(problem) if problem.is_timeout() => RequestFailure::Unreachable("timed out".to_owned()),
                Some(problem) => connection_failure(problem),
                None => RequestFailure::Interrupted("unknown".to_owned()),
            },
            _ => RequestFailure::Unsendable,
        };
        let server_time = problem
            .raw_response()
            .and_then(|response| response.headers().get("date"))
            .and_then(|date| httpdate::parse_http_date(date).ok());
        Self { server_time, ..Self::from_failure(failure) }
    }

    /// Returns the HTTP status; `None` if the server did not answer.
    pub(super) fn status(&self) -> Option<u16> {
        match &self.source {
            Some(RequestFailure::Answered { status, .. } | RequestFailure::Unreadable(status)) => {
                Some(*status)
            }
            _ => None,
        }
    }

    /// Returns the S3 error code; `None` if the answer had none.
    pub(super) fn code(&self) -> Option<&str> {
        match &self.source {
            Some(RequestFailure::Answered { code, .. }) => code.as_deref(),
            _ => None,
        }
    }
}

/// Distinguishes a store's refusal from a web page. Error pages of servers, or of proxies in
/// front of a store, are classified by their status.
fn answered(response: &HttpResponse, code: Option<String>) -> RequestFailure {
    let status = response.status().as_u16();
    if code.is_none() && response.status().is_success() {
        // The SDK could not read the body of a successful answer.
        return foreign(response);
    }
    let is_page = code.is_none()
        && match status {
            302 | 303 | 307 | 511 => true,
            501 => is_web_page(response),
            408 | 413 | 429 | 500.. => false,
            _ => is_web_page(response),
        };
    if is_page { RequestFailure::WebPage(status) } else { RequestFailure::Answered { status, code } }
}

/// Describes an answer that does not come from a store.
fn foreign(response: &HttpResponse) -> RequestFailure {
    let status = response.status().as_u16();
    if is_web_page(response) { RequestFailure::WebPage(status) } else { RequestFailure::Unreadable(status) }
}

/// Distinguishes an answer that broke off from one that makes no sense.
fn unreadable(response: &HttpResponse, problem: &(dyn StdError + 'static)) -> RequestFailure {
    let status = response.status().as_u16();
    let mut next = Some(problem);
    while let Some(error) = next {
        if error.is::<NotAStore>() {
            return foreign(response);
        }
        next = error.source();
    }
    if response.body().bytes().is_none() {
        return RequestFailure::Interrupted("while receiving".to_owned());
    }
    RequestFailure::Unreadable(status)
}

/// Returns a code without anything that is not a letter or digit, so that messages repeat
/// nothing else.
fn plain_code(code: &str) -> String {
    code.chars().filter(char::is_ascii_alphanumeric).take(64).collect()
}

/// Distinguishes a connection that was never established from one that broke, by the innermost
/// I/O error. Name lookups and TLS handshakes end in error kinds of their own.
fn connection_failure(problem: &(dyn StdError + 'static)) -> RequestFailure {
    let mut next = Some(problem);
    let mut innermost = None;
    while let Some(error) = next {
        if let Some(io) = error.downcast_ref::<std::io::Error>() {
            innermost = Some(io.kind());
        }
        next = error.source();
    }
    match innermost {
        Some(
            kind @ (ErrorKind::ConnectionReset
            | ErrorKind::ConnectionAborted
            | ErrorKind::BrokenPipe
            | ErrorKind::UnexpectedEof
            | ErrorKind::NotConnected),
        ) => RequestFailure::Interrupted(kind.to_string()),
        Some(kind) => RequestFailure::Unreachable(kind.to_string()),
        None => RequestFailure::Interrupted("closed".to_owned()),
    }
}

/// Says whether no connection was established, so that the server never saw the request.
pub(super) fn is_unreachable(problem: &(dyn StdError + 'static)) -> bool {
    matches!(connection_failure(problem), RequestFailure::Unreachable(_))
}

/// Decides what to do about a failure. R2's codes are listed at
/// <https://developers.cloudflare.com/r2/api/error-codes/>.
fn classify(failure: &RequestFailure) -> ErrorClass {
    use ErrorClass::{BucketMissing, ClockSkew, Credentials, NotS3, Offline, Rejected, Throttled, Transient};
    match failure {
        RequestFailure::Unreachable(_) => Offline,
        RequestFailure::Interrupted(_) | RequestFailure::TimedOut => Transient,
        RequestFailure::Unreadable(_) | RequestFailure::WebPage(_) => NotS3,
        RequestFailure::Unsendable => Rejected,
        RequestFailure::Answered { status, code } => match (*status, code.as_deref()) {
            (_, Some("RequestTimeTooSkewed" | "ExpiredRequest")) => ClockSkew,
            (_, Some("NoSuchBucket" | "InvalidBucketName" | "PermanentRedirect")) => BucketMissing,
            (_, Some("TooManyRequests" | "SlowDown" | "Throttling")) | (429, _) => Throttled,
            (_, Some("IncompleteBody" | "ClientDisconnect" | "RequestTimeout" | "OperationAborted")) => {
                Transient
            }
            // A bucket lock: this object may not be removed or replaced now.
            (_, Some("ObjectLockedByBucketPolicy")) => Rejected,
            (_, Some("InvalidAccessKeyId" | "SignatureDoesNotMatch" | "AuthorizationHeaderMalformed"))
            | (401 | 403, _) => Credentials,
            // Our objects are never fetched this way, so a 404 means that the bucket does not
            // exist.
            (404 | 301 | 307 | 308, _) => BucketMissing,
            // Every store supports these requests, and sends a code if it refuses one.
            (405 | 501, None) => NotS3,
            (501, _) => Rejected,
            (408 | 409 | 500.., _) => Transient,
            _ => Rejected,
        },
    }
}

fn explain(failure: &RequestFailure) -> String {
    let words = match failure {
        RequestFailure::Unreachable(_) => "The bucket cannot be reached",
        RequestFailure::Interrupted(_) => "The connection to the bucket broke",
        RequestFailure::TimedOut => "The bucket did not answer in time",
        RequestFailure::Unreadable(_) | RequestFailure::WebPage(_) => {
            "The server at this address is not an S3 server"
        }
        RequestFailure::Unsendable => "The request could not be created",
        RequestFailure::Answered { code, .. } => match (classify(failure), code.as_deref()) {
            (ErrorClass::ClockSkew, _) => {
                "This computer's clock is wrong, so the bucket refuses its signatures"
            }
            (ErrorClass::BucketMissing, _) => "There is no such bucket at this endpoint",
            (ErrorClass::Throttled, _) => "The bucket received too many requests",
            (ErrorClass::Credentials, Some("AccessDenied")) => {
                "The bucket does not allow this with these keys"
            }
            (ErrorClass::Credentials, _) => "The bucket does not accept these keys",
            (ErrorClass::Transient | ErrorClass::Offline, _) => "The bucket has a temporary problem",
            (ErrorClass::NotS3, _) => "The server at this address is not an S3 server",
            (ErrorClass::Rejected, Some("BadDigest")) => "The bucket received other bytes than Vitrine sent",
            (ErrorClass::Rejected, Some("EntityTooLarge")) => "The file is too large for this bucket",
            (ErrorClass::Rejected, Some("ObjectLockedByBucketPolicy")) => {
                "A bucket lock protects this object"
            }
            (
                ErrorClass::Rejected
                | ErrorClass::OtherLibrary
                | ErrorClass::OtherObject
                | ErrorClass::Unsuitable,
                _,
            ) => "The bucket refused the request",
        },
    };
    match failure {
        RequestFailure::Answered { status, code: Some(code) } => format!("{words} ({status} {code})."),
        RequestFailure::Answered { status, code: None } => format!("{words} ({status})."),
        RequestFailure::WebPage(status) => format!("{words}: it returned a web page ({status})."),
        _ => format!("{words}."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ErrorClass::{BucketMissing, ClockSkew, Credentials, NotS3, Offline, Rejected, Throttled, Transient};
    use aws_sdk_s3::primitives::SdkBody;

    fn answered(status: u16, code: &str) -> RequestFailure {
        RequestFailure::Answered { status, code: (!code.is_empty()).then(|| code.to_owned()) }
    }

    #[test]
    fn every_error_code_of_r2_is_classified_by_its_remedy() {
        for (status, code, class) in [
            (401, "Unauthorized", Credentials),
            (403, "AccessDenied", Credentials),
            (403, "SignatureDoesNotMatch", Credentials),
            (403, "InvalidAccessKeyId", Credentials),
            (403, "NotEntitled", Credentials),
            (403, "", Credentials),
            (403, "RequestTimeTooSkewed", ClockSkew),
            (400, "ExpiredRequest", ClockSkew),
            (404, "NoSuchBucket", BucketMissing),
            (404, "", BucketMissing),
            (400, "BadDigest", Rejected),
            (400, "InvalidDigest", Rejected),
            (400, "EntityTooLarge", Rejected),
            (413, "", Rejected),
            (400, "MetadataTooLarge", Rejected),
            (403, "ObjectLockedByBucketPolicy", Rejected),
            (501, "NotImplemented", Rejected),
            (405, "MethodNotAllowed", Rejected),
            (405, "", NotS3),
            (501, "", NotS3),
            (429, "TooManyRequests", Throttled),
            (429, "", Throttled),
            (503, "SlowDown", Throttled),
            (500, "InternalError", Transient),
            (502, "", Transient),
            (503, "ServiceUnavailable", Transient),
            (400, "IncompleteBody", Transient),
            (400, "ClientDisconnect", Transient),
            (409, "ConditionalRequestConflict", Transient),
        ] {
            assert_eq!(classify(&answered(status, code)), class, "{status} {code}");
        }
    }

    #[test]
    fn a_failed_connection_is_offline_and_a_broken_one_is_transient() {
        for (kind, class) in [
            (ErrorKind::ConnectionRefused, Offline),
            (ErrorKind::HostUnreachable, Offline),
            (ErrorKind::NetworkUnreachable, Offline),
            (ErrorKind::Other, Offline),
            (ErrorKind::ConnectionReset, Transient),
            (ErrorKind::BrokenPipe, Transient),
            (ErrorKind::UnexpectedEof, Transient),
        ] {
            let failure = connection_failure(&std::io::Error::from(kind));
            assert_eq!(classify(&failure), class, "{kind}");
        }
        assert_eq!(classify(&RequestFailure::TimedOut), Transient);
        assert_eq!(classify(&RequestFailure::Unreadable(200)), NotS3);
        assert_eq!(classify(&RequestFailure::Unsendable), Rejected);
    }

    #[test]
    fn pages_of_networks_and_websites_are_not_answers_of_a_store() {
        let page = |status: u16, body: &'static str| {
            let mut response = HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body));
            response.headers_mut().insert("content-type", "text/html");
            classify(&super::answered(&response, None))
        };
        for status in [302, 303, 307, 400, 401, 403, 404, 405, 407, 412, 451, 501, 511] {
            assert_eq!(page(status, "<html>Sign in</html>"), NotS3, "{status}");
        }
        for status in [302, 307, 511] {
            assert_eq!(page(status, ""), NotS3, "{status}");
        }
        // Proxies in front of a store have pages of their own.
        assert_eq!(page(413, "<html>Request Entity Too Large</html>"), Rejected);
        assert_eq!(page(429, "<html>Slow down</html>"), Throttled);
        for status in [500, 502, 503, 504, 520] {
            assert_eq!(page(status, "<html>Bad gateway</html>"), Transient, "{status}");
        }
    }

    #[test]
    fn a_message_repeats_only_the_code_of_the_answer() {
        let error = BucketError::from_failure(answered(403, "SignatureDoesNotMatch"));
        assert_eq!(error.to_string(), "The bucket does not accept these keys (403 SignatureDoesNotMatch).");
        assert_eq!(plain_code("Bad <AKID>/x"), "BadAKIDx");
    }
}
