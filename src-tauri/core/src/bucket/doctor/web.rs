//! Fetches addresses as a visitor does: without credentials, and without
//! following redirects.

use std::error::Error as _;
use std::io::ErrorKind;
use std::time::{Duration, SystemTime};
use url::Url;

const LIMIT: Duration = Duration::from_secs(20);
/// The maximum size of a body that is read, in bytes. It is larger than any
/// probe, and enough to recognise a web page.
const BODY_LIMIT: usize = 64 * 1024;

/// The answer of a server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) content_type: Option<String>,
    /// The host that a redirect points to; `None` without a redirect.
    pub(super) redirect: Option<String>,
    pub(super) server_time: Option<SystemTime>,
    /// The body, cut at `BODY_LIMIT` bytes.
    pub(super) body: Vec<u8>,
}

/// Why there was no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Silence {
    UnknownName,
    Refused,
    TimedOut,
    /// The connection was established, but is not secure.
    NotSecure,
    Broken,
}

/// The answer, compared with the expected probe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    Same,
    SameAsType(String),
    WebPage,
    OtherBytes,
    Redirect(String),
    Denied(u16),
    NotFound,
    Throttled,
    OtherStatus(u16),
    Nothing(Silence),
}

pub(super) async fn fetch(url: &Url) -> Result<Answer, Silence> {
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(LIMIT)
        .user_agent("vitrine")
        .build()
        .map_err(|_| Silence::Broken)?;
    let mut response = client.get(url.clone()).send().await.map_err(|problem| silence(&problem))?;
    let header =
        |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let redirect = header("location").and_then(|target| {
        let target = url.join(&target).ok()?;
        response.status().is_redirection().then(|| target.host_str().unwrap_or_default().to_owned())
    });
    let mut answer = Answer {
        status: response.status().as_u16(),
        content_type: header("content-type"),
        redirect,
        server_time: header("date").and_then(|date| httpdate::parse_http_date(&date).ok()),
        body: Vec::new(),
    };
    while let Some(chunk) = response.chunk().await.map_err(|problem| silence(&problem))? {
        answer.body.extend_from_slice(&chunk);
        if answer.body.len() > BODY_LIMIT {
            break;
        }
    }
    Ok(answer)
}

fn silence(problem: &reqwest::Error) -> Silence {
    if problem.is_dns() {
        return Silence::UnknownName;
    }
    if problem.is_timeout() {
        return Silence::TimedOut;
    }
    let mut innermost = None;
    let mut next = problem.source();
    while let Some(error) = next {
        innermost = error.downcast_ref::<std::io::Error>().map(std::io::Error::kind).or(innermost);
        next = error.source();
    }
    match innermost {
        Some(ErrorKind::ConnectionRefused) => Silence::Refused,
        // The kinds under which rustls reports certificates and alerts.
        Some(ErrorKind::InvalidData | ErrorKind::Other) if problem.is_connect() => Silence::NotSecure,
        _ => Silence::Broken,
    }
}

pub(super) fn judge(fetched: &Result<Answer, Silence>, expected: &[u8]) -> Verdict {
    let answer = match fetched {
        Ok(answer) => answer,
        Err(silence) => return Verdict::Nothing(*silence),
    };
    match answer.status {
        200 => {}
        300..=399 => return Verdict::Redirect(answer.redirect.clone().unwrap_or_default()),
        401 | 403 => return Verdict::Denied(answer.status),
        404 | 410 => return Verdict::NotFound,
        429 => return Verdict::Throttled,
        other => return Verdict::OtherStatus(other),
    }
    let content_type = answer.content_type.as_deref().unwrap_or_default();
    if answer.body == expected {
        if content_type == "image/png" {
            return Verdict::Same;
        }
        return Verdict::SameAsType(content_type.to_owned());
    }
    let start = answer.body.trim_ascii_start();
    if content_type.starts_with("text/html") || start.starts_with(b"<") {
        return Verdict::WebPage;
    }
    Verdict::OtherBytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, content_type: &str, body: &[u8]) -> Answer {
        let content_type = Some(content_type.to_owned());
        Answer { status, content_type, body: body.to_vec(), ..Answer::default() }
    }

    #[test]
    fn only_the_same_bytes_served_as_an_image_count_as_the_probe() {
        assert_eq!(judge(&Ok(answer(200, "image/png", b"probe")), b"probe"), Verdict::Same);
        let as_text = Verdict::SameAsType("text/plain".to_owned());
        assert_eq!(judge(&Ok(answer(200, "text/plain", b"probe")), b"probe"), as_text);
        assert_eq!(judge(&Ok(answer(200, "image/png", b"prob")), b"probe"), Verdict::OtherBytes);
        assert_eq!(judge(&Ok(answer(200, "text/html; charset=utf-8", b"hi")), b"probe"), Verdict::WebPage);
        assert_eq!(judge(&Ok(answer(200, "", b"\n <!DOCTYPE html>")), b"probe"), Verdict::WebPage);
    }

    #[test]
    fn a_status_takes_precedence_over_its_page() {
        let page = b"<html>";
        assert_eq!(judge(&Ok(answer(401, "text/html", page)), b"probe"), Verdict::Denied(401));
        assert_eq!(judge(&Ok(answer(404, "text/html", page)), b"probe"), Verdict::NotFound);
        assert_eq!(judge(&Ok(answer(429, "text/html", page)), b"probe"), Verdict::Throttled);
        assert_eq!(judge(&Ok(answer(530, "text/html", page)), b"probe"), Verdict::OtherStatus(530));
        assert_eq!(judge(&Err(Silence::Refused), b"probe"), Verdict::Nothing(Silence::Refused));
    }
}
