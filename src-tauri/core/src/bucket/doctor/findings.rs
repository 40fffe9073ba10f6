//! What each observation means and what to do about it, in plain words.

use super::web::{Answer, Silence, Verdict};
use crate::bucket::ObjectHead;
use crate::bucket::config::{BucketConfig, ConfigProblem};
use crate::bucket::errors::{BucketError, ErrorClass, RequestFailure};
use crate::bucket::trial::PROBE_CACHE_CONTROL;
use crate::model::{CheckOutcome, ImageFormat, ObjectKey};
use std::time::{Duration, SystemTime};
use url::Url;

/// The smallest clock error that is worth a warning. Signatures fail at 15
/// minutes.
const NOTABLE_OFFSET: Duration = Duration::from_mins(5);

const TOKEN_ADVICE: &str = "Create an R2 API token with the permission Object Read & Write for this bucket, \
    and enter its Access Key ID and Secret Access Key (not the token value).";
const JURISDICTION_ADVICE: &str = "Check the name. If the bucket was created under a jurisdiction (EU or \
    FedRAMP), choose that jurisdiction in the settings: it answers on its own endpoint only.";
const CLOCK_ADVICE: &str = "Set this computer's clock, best to network time, and check again.";

/// The result of a step, without its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) outcome: CheckOutcome,
    pub(super) message: String,
    pub(super) advice: Option<String>,
}

impl Finding {
    fn of(outcome: CheckOutcome, message: impl Into<String>) -> Self {
        Self { outcome, message: message.into(), advice: None }
    }

    fn passed(message: impl Into<String>) -> Self {
        Self::of(CheckOutcome::Passed, message)
    }

    fn warned(message: impl Into<String>) -> Self {
        Self::of(CheckOutcome::Warned, message)
    }

    pub(super) fn failed(message: impl Into<String>) -> Self {
        Self::of(CheckOutcome::Failed, message)
    }

    fn advise(self, advice: impl Into<String>) -> Self {
        Self { advice: Some(advice.into()), ..self }
    }
}

/// How far this computer's clock is from the server's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ClockOffset {
    amount: Duration,
    behind: bool,
}

impl ClockOffset {
    /// Compares the server's time with this computer's clock; `None` if the
    /// difference does not matter.
    pub(super) fn since(server_time: Option<SystemTime>) -> Option<Self> {
        Self::between(server_time?, SystemTime::now())
    }

    fn between(server: SystemTime, here: SystemTime) -> Option<Self> {
        let (amount, behind) = match server.duration_since(here) {
            Ok(amount) => (amount, true),
            Err(earlier) => (earlier.duration(), false),
        };
        (amount > NOTABLE_OFFSET).then_some(Self { amount, behind })
    }

    fn sentence(self) -> String {
        let minutes = self.amount.as_secs() / 60;
        let direction = if self.behind { "behind" } else { "ahead" };
        format!("This computer's clock is {minutes} minutes {direction}.")
    }
}

pub(super) fn configuration(config: &Result<BucketConfig, ConfigProblem>) -> Finding {
    let config = match config {
        Ok(config) => config,
        Err(problem @ ConfigProblem::Missing(_)) => {
            return Finding::failed(sentence(&problem.to_string())).advise(
                "Fill in the missing fields under Settings, or set the environment variables of these names.",
            );
        }
        Err(problem @ ConfigProblem::Invalid { advice, .. }) => {
            return Finding::failed(sentence(&problem.to_string())).advise(advice);
        }
    };
    let key_length = config.access_key_id.expose().len();
    if config.is_r2() && key_length != 32 {
        return Finding::warned(format!("R2 access key ids have 32 characters, this one has {key_length}."))
            .advise(TOKEN_ADVICE);
    }
    Finding::passed(format!("Bucket {} at {}.", config.bucket, config.endpoint))
}

pub(super) fn endpoint(
    config: &BucketConfig,
    fetched: &Result<Answer, Silence>,
    clock: Option<ClockOffset>,
) -> Finding {
    let silence = match (fetched, clock) {
        (Ok(_), None) => return Finding::passed(format!("{} answers.", place(&config.endpoint))),
        (Ok(_), Some(clock)) => return Finding::warned(clock.sentence()).advise(CLOCK_ADVICE),
        (Err(silence), _) => *silence,
    };
    let finding = nothing_answers(&config.endpoint, silence);
    if config.is_r2() && matches!(silence, Silence::UnknownName | Silence::NotSecure | Silence::Broken) {
        // R2 ends the TLS handshake for accounts that it does not know.
        return finding.advise("Check the account id and the jurisdiction; then the internet connection.");
    }
    finding
}

fn nothing_answers(url: &Url, silence: Silence) -> Finding {
    let place = place(url);
    let (message, advice) = match silence {
        Silence::UnknownName => (
            format!("Could not find the server {place}."),
            "Check the spelling of the address and the internet connection.",
        ),
        Silence::Refused => (
            format!("Nothing answers at {place}: the connection was refused."),
            "Check the address and the port, and that the server is running.",
        ),
        Silence::TimedOut => (
            format!("{place} did not answer in time."),
            "Check the internet connection, a firewall or a proxy, and try again.",
        ),
        Silence::NotSecure => (
            format!("Could not establish a secure connection to {place}."),
            "Check the address and its certificate; a proxy or a login page of the network may be in between.",
        ),
        Silence::Broken => (
            format!("The connection to {place} broke."),
            "Check the address and the internet connection, and try again.",
        ),
    };
    Finding::failed(message).advise(advice)
}

/// Judges the keys by a listing. `listing` is its error; `None` if it
/// succeeded.
pub(super) fn credentials(listing: Option<&BucketError>, clock: Option<ClockOffset>) -> Finding {
    let accepted = || Finding::passed("The keys are accepted.");
    let Some(problem) = listing else { return accepted() };
    let clock = clock.or_else(|| ClockOffset::since(problem.server_time));
    match (problem.class, problem.code()) {
        (ErrorClass::BucketMissing, _) | (ErrorClass::Credentials, Some("AccessDenied")) => accepted(),
        (ErrorClass::ClockSkew, _) => {
            let found = clock.map_or_else(|| problem.message.clone(), ClockOffset::sentence);
            Finding::failed(found).advise(CLOCK_ADVICE)
        }
        (ErrorClass::Credentials, code) => {
            let finding = Finding::failed(problem.message.clone());
            match (clock, code) {
                (Some(clock), _) => finding.advise(format!("{} {CLOCK_ADVICE}", clock.sentence())),
                (None, Some("SignatureDoesNotMatch")) => finding.advise(
                    "The bucket knows the access key id, but the secret does not match it: enter the secret \
                     again.",
                ),
                (None, _) => finding.advise(format!(
                    "{TOKEN_ADVICE} It can take up to a minute until a new token is accepted."
                )),
            }
        }
        _ => unclear(problem),
    }
}

pub(super) fn bucket(config: &BucketConfig, listing: Option<&BucketError>) -> Finding {
    let name = &config.bucket;
    match listing {
        None => Finding::passed(format!("The bucket {name} exists.")),
        Some(problem) if problem.class == ErrorClass::BucketMissing => {
            let finding =
                Finding::failed(format!("There is no bucket {name} at {}.", place(&config.endpoint)));
            finding.advise(if config.is_r2() {
                JURISDICTION_ADVICE
            } else {
                "Check the name, and create the bucket if it does not exist yet."
            })
        }
        Some(problem) if problem.class == ErrorClass::Credentials => {
            let finding = Finding::failed(format!("These keys have no access to the bucket {name}."));
            finding.advise(if config.is_r2() {
                format!("{TOKEN_ADVICE} {JURISDICTION_ADVICE}")
            } else {
                "Check the name, and give the keys the right to list, read and write this bucket.".to_owned()
            })
        }
        Some(problem) => unclear(problem),
    }
}

/// Judges the probe by what the store says about it.
pub(super) fn put(outcome: Result<&ObjectHead, &BucketError>) -> Finding {
    match outcome {
        Ok(head) => headers(head),
        Err(problem) if problem.class == ErrorClass::Credentials => {
            Finding::failed("These keys may read the bucket, but not write to it.").advise(TOKEN_ADVICE)
        }
        Err(problem) => unclear(problem),
    }
}

/// Says which headers of the probe were not returned.
fn headers(head: &ObjectHead) -> Finding {
    let mut lost = Vec::new();
    if head.content_type.as_deref() != Some(ImageFormat::Png.content_type()) {
        lost.push("Content-Type");
    }
    if head.cache_control.as_deref() != Some(PROBE_CACHE_CONTROL) {
        lost.push("Cache-Control");
    }
    if lost.is_empty() {
        return Finding::passed("A test image was uploaded, and nothing can overwrite it.");
    }
    Finding::warned(format!(
        "A test image was uploaded, but the store did not return its {}.",
        lost.join(" and ")
    ))
    .advise(
        "Images are stored, but browsers may not show them, or fetch them again each time: the store or \
         something in front of it changes the headers.",
    )
}

/// Handles a problem that is neither the artist's fault nor conclusive.
fn unclear(problem: &BucketError) -> Finding {
    let advice = match (problem.class, &problem.source) {
        (_, Some(RequestFailure::Unreadable(_) | RequestFailure::WebPage(_))) => {
            "Check the endpoint: it should be the store's S3 address, not a web page. A network that asks you to \
             sign in answers like this as well."
        }
        (ErrorClass::Unsuitable, _) => {
            "Use a store that refuses to overwrite with If-None-Match, such as Cloudflare R2, Amazon S3 or a \
             newer version of this one."
        }
        (ErrorClass::Offline | ErrorClass::Transient, _) => {
            "Check the internet connection and try again in a minute."
        }
        (ErrorClass::Throttled, _) => "Wait a minute and try again.",
        _ => "Check the endpoint and the bucket's settings.",
    };
    Finding::failed(problem.message.clone()).advise(advice)
}

pub(super) fn public_url_is_the_endpoint() -> Finding {
    Finding::failed("The public URL is R2's S3 address, which nobody can read without keys.").advise(
        "Connect a domain to the bucket (bucket settings, Custom Domains) and enter https:// and that domain.",
    )
}

pub(super) fn bucket_inside_public_url(base: &Url) -> Finding {
    let base = base.as_str().trim_end_matches('/');
    Finding::failed("The public URL ends with the bucket's name, which does not belong there.")
        .advise(format!("Change it to {base}: the test image was found there."))
}

pub(super) fn public_read(config: &BucketConfig, verdict: Verdict) -> Finding {
    let base = &config.public_base;
    let is_r2_dev = base.domain().is_some_and(|domain| domain.ends_with(".r2.dev"));
    let enable_public_access = if is_r2_dev {
        "Enable the public development URL in the bucket's settings, and check that the address is this bucket's."
    } else if base.origin() == config.endpoint.origin() {
        "Allow anonymous reading of this bucket, or enter the address where it is publicly readable."
    } else {
        "Check that public access is enabled, that the domain is connected to this bucket, and that no access \
         rule protects it."
    };
    match verdict {
        Verdict::Same if is_r2_dev => Finding::warned(
            "Readable by everybody, but r2.dev addresses are rate-limited and for testing only.",
        )
        .advise("Connect a domain of your own to the bucket before giving URLs to others."),
        Verdict::Same => Finding::passed("Everybody can read the test image, and it is unaltered."),
        Verdict::SameAsType(found) => {
            let found = if found.is_empty() { "no type".to_owned() } else { plain(&found) };
            Finding::warned(format!("The test image is served as {found} instead of image/png."))
                .advise("Remove rules that change the Content-Type, or browsers may not show the images.")
        }
        Verdict::WebPage => Finding::failed(format!(
            "{} returned a web page instead of the test image.",
            place(base)
        ))
        .advise(
            "The public URL belongs to a website or a login page: enter the address connected to the bucket.",
        ),
        Verdict::OtherBytes => Finding::failed("The public URL returned different bytes.").advise(
            "Switch off image optimisation for this domain, and check that the address is this bucket's.",
        ),
        Verdict::Redirect(host) => Finding::failed(format!("The public URL redirects to {}.", plain(&host)))
            .advise("Enter the address it leads to, unless that is a login page: then allow public reading."),
        Verdict::Denied(status) => Finding::failed(format!("Reading the test image was refused ({status})."))
            .advise(enable_public_access),
        Verdict::NotFound => {
            Finding::failed("The test image is in the bucket, but not at its public URL (404).")
                .advise(enable_public_access)
        }
        Verdict::Throttled => Finding::failed("The public URL received too many requests (429).")
            .advise("Wait a minute. An r2.dev address is limited: connect a domain of your own."),
        Verdict::OtherStatus(status) => {
            Finding::failed(format!("The public URL answered {status}.")).advise(enable_public_access)
        }
        Verdict::Nothing(silence) => nothing_answers(base, silence),
    }
}

pub(super) fn delete(key: &ObjectKey, problem: Option<&BucketError>, singly: bool) -> Finding {
    match problem {
        None if singly => Finding::passed(
            "The test image was deleted. This store deletes images only one by one, so deleting many takes a \
             while.",
        ),
        None => Finding::passed("The test image was deleted."),
        Some(problem) if problem.class == ErrorClass::Credentials => {
            Finding::failed(format!("These keys may not delete; {key} stays in the bucket."))
                .advise(TOKEN_ADVICE)
        }
        Some(problem) => {
            let finding = unclear(problem);
            Finding { message: format!("{} {key} stays in the bucket.", finding.message), ..finding }
        }
    }
}

/// Returns the host and the port of an address.
fn place(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// Returns a server's text, shortened and without control characters.
fn plain(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).take(80).collect()
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).chain(['.']).collect()
}

#[cfg(test)]
#[path = "findings_tests.rs"]
mod tests;
