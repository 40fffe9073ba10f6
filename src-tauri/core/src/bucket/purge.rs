//! Purges addresses from Cloudflare's caches, over Cloudflare's API. Knows nothing about which
//! addresses these are. The token goes to that one host, over HTTPS, and nowhere else: there is no
//! redirect that is followed, and no message that repeats what the server said.

use super::config::ZoneId;
use crate::secrets::Secret;
use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use serde::Deserialize;
use std::time::{Duration, SystemTime};
use url::Url;

/// The only address that receives the token.
const API: &str = "https://api.cloudflare.com/client/v4/";

/// The most addresses of one call. Cloudflare takes 100; older accounts 30.
pub const PURGE_LIMIT: usize = 30;

/// The longest time for one call.
const LIMIT: Duration = Duration::from_secs(20);
/// The longest time for a connection.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);
/// The largest answer that is read, in bytes. A real one has less than 1,000.
const ANSWER_LIMIT: usize = 64 * 1024;
/// How long to wait if Cloudflare is busy and does not say for how long.
const USUAL_PAUSE: Duration = Duration::from_mins(1);
/// The shortest and the longest pause that a server can ask for.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_mins(10));

/// Why addresses were not purged. The texts contain no token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PurgeError {
    /// Cloudflare is busy. It accepts the next call after this pause.
    #[error("Cloudflare receives too many purges; the next one follows in {} s", .0.as_secs())]
    Throttled(Duration),
    /// Cloudflare cannot be reached or has a problem; a later call may work.
    #[error("{0}")]
    Unavailable(String),
    /// The call has to be different, or something other than Cloudflare answers.
    #[error("{message}. {advice}")]
    Refused {
        /// What happened.
        message: String,
        /// What to do about it, as one sentence.
        advice: &'static str,
    },
}

const TOKEN_ADVICE: &str =
    "Enter an API token with the permission Zone, Cache Purge, Purge for this domain's zone.";
const ZONE_ADVICE: &str = "Check that the zone id is that of the public URL's domain.";
const NETWORK_ADVICE: &str = "A proxy or a login page of the network may be in between; use another network.";

/// Purges addresses of one zone. Its `Debug` output shows no token.
#[derive(Clone)]
pub struct Purger {
    client: reqwest::Client,
    address: Url,
    token: Secret,
}

impl std::fmt::Debug for Purger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Purger").finish_non_exhaustive()
    }
}

/// The part of an answer that matters.
#[derive(Deserialize)]
struct Answer {
    success: bool,
    #[serde(default)]
    errors: Vec<ApiError>,
}

#[derive(Deserialize)]
struct ApiError {
    code: u32,
}

impl Purger {
    /// Prepares purges of a zone. It contacts nothing.
    ///
    /// # Errors
    /// Fails if this computer has no usable TLS.
    pub fn new(zone: &ZoneId, token: Secret) -> Result<Self, PurgeError> {
        Self::build(API, true, zone, token)
    }

    /// Prepares purges over another host, which may be without TLS. For tests.
    #[cfg(any(test, feature = "internals"))]
    pub fn over(api: &str, zone: &ZoneId, token: Secret) -> Result<Self, PurgeError> {
        Self::build(api, false, zone, token)
    }

    fn build(api: &str, https_only: bool, zone: &ZoneId, token: Secret) -> Result<Self, PurgeError> {
        let unusable = || PurgeError::Unavailable("could not prepare a secure connection".to_owned());
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .https_only(https_only)
            .timeout(LIMIT)
            .connect_timeout(CONNECT_LIMIT)
            .user_agent("vitrine")
            .build()
            .map_err(|_| unusable())?;
        let address =
            Url::parse(api).and_then(|api| api.join(&format!("zones/{}/purge_cache", zone.as_str())));
        Ok(Self { client, address: address.map_err(|_| unusable())?, token })
    }

    /// Purges up to [`PURGE_LIMIT`] addresses in one call.
    ///
    /// # Errors
    /// Fails if Cloudflare did not accept all of them.
    pub async fn purge(&self, urls: &[String]) -> Result<(), PurgeError> {
        let body = serde_json::json!({ "files": urls }).to_string();
        let request = self
            .client
            .post(self.address.clone())
            // Marked as sensitive by the client, which hides it from every log.
            .bearer_auth(self.token.expose())
            .header(CONTENT_TYPE, "application/json")
            .body(body);
        let mut response = request.send().await.map_err(|problem| silence(&problem))?;
        let (status, retry_after) = (response.status(), response.headers().get(RETRY_AFTER).cloned());
        let mut body = Vec::new();
        while body.len() <= ANSWER_LIMIT
            && let Some(chunk) = response.chunk().await.map_err(|problem| silence(&problem))?
        {
            body.extend_from_slice(&chunk);
        }
        let retry_after = retry_after.as_ref().and_then(|value| value.to_str().ok());
        judge(status, retry_after, &body, SystemTime::now())
    }
}

/// Describes a request without an answer. Says nothing of the client's own error, which repeats the
/// address.
fn silence(problem: &reqwest::Error) -> PurgeError {
    let words = if problem.is_dns() {
        "could not find Cloudflare's API; check the internet connection"
    } else if problem.is_timeout() {
        "Cloudflare's API did not answer in time"
    } else if problem.is_connect() {
        "could not establish a secure connection to Cloudflare's API"
    } else {
        "the connection to Cloudflare's API broke"
    };
    PurgeError::Unavailable(words.to_owned())
}

/// Decides what an answer means.
fn judge(
    status: StatusCode,
    retry_after: Option<&str>,
    body: &[u8],
    now: SystemTime,
) -> Result<(), PurgeError> {
    let refused = |message: String, advice: &'static str| Err(PurgeError::Refused { message, advice });
    if status == StatusCode::TOO_MANY_REQUESTS {
        return Err(PurgeError::Throttled(pause(retry_after, now)));
    }
    if status.is_server_error() {
        return Err(PurgeError::Unavailable(format!(
            "Cloudflare's API has a problem (HTTP {})",
            status.as_u16()
        )));
    }
    if status.is_redirection() {
        let message = format!("Something other than Cloudflare's API answered (HTTP {})", status.as_u16());
        return refused(message, NETWORK_ADVICE);
    }
    let answer = (body.len() <= ANSWER_LIMIT).then(|| serde_json::from_slice::<Answer>(body).ok()).flatten();
    let Some(answer) = answer else {
        let message = format!("The answer of Cloudflare's API is not readable (HTTP {})", status.as_u16());
        return refused(message, NETWORK_ADVICE);
    };
    if status.is_success() && answer.success {
        return Ok(());
    }
    let code = answer.errors.first().map(|error| error.code);
    let named = code.map_or_else(|| format!("HTTP {}", status.as_u16()), |code| format!("code {code}"));
    match (status.as_u16(), code) {
        // 6003 and 6111 name headers that are no token; 9109 and 10000 a token without the right.
        (401 | 403, _) | (_, Some(6003 | 6111 | 9109 | 10_000)) => {
            refused(format!("Cloudflare refuses the purge token ({named})"), TOKEN_ADVICE)
        }
        (404, _) | (_, Some(1001 | 7000 | 7003)) => {
            refused(format!("Cloudflare does not know the zone ({named})"), ZONE_ADVICE)
        }
        _ => refused(format!("Cloudflare refuses these addresses ({named})"), ZONE_ADVICE),
    }
}

/// Returns how long a server asks to wait (RFC 9110, 10.2.3): seconds, or a date.
fn pause(retry_after: Option<&str>, now: SystemTime) -> Duration {
    let asked = retry_after.and_then(|text| {
        let text = text.trim();
        text.parse().map(Duration::from_secs).ok().or_else(|| {
            let until = httpdate::parse_http_date(text).ok()?;
            Some(until.duration_since(now).unwrap_or_default())
        })
    });
    asked.unwrap_or(USUAL_PAUSE).clamp(PAUSES.0, PAUSES.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(status: u16, body: &str) -> Result<(), PurgeError> {
        judge(StatusCode::from_u16(status).unwrap(), None, body.as_bytes(), SystemTime::UNIX_EPOCH)
    }

    fn advice(status: u16, body: &str) -> &'static str {
        match judged(status, body) {
            Err(PurgeError::Refused { advice, .. }) => advice,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn only_an_answer_that_says_so_is_a_success() {
        assert_eq!(judged(200, r#"{"success":true,"errors":[],"result":{"id":"1"}}"#), Ok(()));
        for body in ["", "<html>Sign in</html>", "{}", r#"{"success":"yes"}"#] {
            assert_eq!(advice(200, body), NETWORK_ADVICE, "{body}");
        }
        let huge = format!(r#"{{"success":true,"errors":[],"x":"{}"}}"#, "x".repeat(ANSWER_LIMIT));
        assert_eq!(advice(200, &huge), NETWORK_ADVICE);
        assert_eq!(advice(302, ""), NETWORK_ADVICE);
    }

    #[test]
    fn a_refusal_says_what_to_change() {
        let with = |code: u32| format!(r#"{{"success":false,"errors":[{{"code":{code},"message":"no"}}]}}"#);
        assert_eq!(advice(403, &with(10_000)), TOKEN_ADVICE);
        assert_eq!(advice(401, &with(0)), TOKEN_ADVICE);
        assert_eq!(advice(400, &with(6003)), TOKEN_ADVICE);
        assert_eq!(advice(404, &with(7003)), ZONE_ADVICE);
        assert_eq!(advice(400, &with(7003)), ZONE_ADVICE);
        assert_eq!(advice(400, &with(1012)), ZONE_ADVICE);
        assert_eq!(advice(200, &with(1012)), ZONE_ADVICE);
        assert!(matches!(judged(503, ""), Err(PurgeError::Unavailable(_))));
    }

    #[test]
    fn a_pause_is_as_long_as_the_server_asks_within_bounds() {
        let now = httpdate::parse_http_date("Fri, 27 Nov 2026 00:00:00 GMT").unwrap();
        for (text, seconds) in [
            (Some("7"), 7),
            (Some("Fri, 27 Nov 2026 00:00:30 GMT"), 30),
            (Some("Thu, 26 Nov 2026 00:00:00 GMT"), 1),
            (Some("0"), 1),
            (Some("86400"), 600),
            (Some("18446744073709551616"), 60),
            (Some("-5"), 60),
            (None, 60),
        ] {
            assert_eq!(pause(text, now), Duration::from_secs(seconds), "{text:?}");
        }
    }

    #[test]
    fn the_token_goes_to_one_host_over_https() {
        assert_eq!(Url::parse(API).unwrap().scheme(), "https");
        assert_eq!(Url::parse(API).unwrap().host_str(), Some("api.cloudflare.com"));
        let zone = ZoneId::parse(&"a".repeat(32)).unwrap();
        let purger = Purger::new(&zone, Secret::new("hunter2")).unwrap();
        assert_eq!(purger.address.as_str(), format!("{API}zones/{}/purge_cache", "a".repeat(32)));
        assert!(!format!("{purger:?}").contains("hunter2"));
    }
}
