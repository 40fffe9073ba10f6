//! Reads the addresses that somebody typed or pasted, and derives those of R2. Contacts nothing.

use super::{ACCOUNT_ID, ConfigProblem, Jurisdiction, PUBLIC_URL};
use url::{Host, Url};

/// The domain of R2's S3 endpoints. Nothing under it is ever public.
pub(super) const R2_DOMAIN: &str = "r2.cloudflarestorage.com";

/// Says whether an address is an S3 endpoint of R2.
pub(in crate::bucket) fn is_r2_endpoint(url: &Url) -> bool {
    url.domain().is_some_and(|domain| domain.ends_with(R2_DOMAIN))
}

pub(super) fn account_endpoint(id: &str, jurisdiction: Jurisdiction) -> Result<Url, ConfigProblem> {
    let invalid = || {
        ConfigProblem::invalid(
            ACCOUNT_ID,
            "is not an account id",
            "Copy the account id, 32 letters and digits, from the R2 overview page.",
        )
    };
    if !id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(invalid());
    }
    let server = match jurisdiction {
        Jurisdiction::Default => "",
        Jurisdiction::Eu => "eu.",
        Jurisdiction::Fedramp => "fedramp.",
    };
    Url::parse(&format!("https://{id}.{server}{R2_DOMAIN}/")).map_err(|_| invalid())
}

/// Parses the base of the public URLs.
pub fn public_address(text: &str) -> Result<Url, ConfigProblem> {
    web_address(PUBLIC_URL, text)
}

/// Parses an address that somebody typed. Messages never quote the value, because it
/// may contain a password.
pub(super) fn web_address(field: &'static str, text: &str) -> Result<Url, ConfigProblem> {
    let not_an_address = || {
        ConfigProblem::invalid(
            field,
            "is not a web address",
            "Enter an address such as https://art.example.com.",
        )
    };
    let url = if text.contains("://") {
        Url::parse(text).map_err(|_| not_an_address())?
    } else {
        let url = Url::parse(&format!("https://{text}")).map_err(|_| not_an_address())?;
        if is_loopback(&url) {
            Url::parse(&format!("http://{text}")).map_err(|_| not_an_address())?
        } else {
            url
        }
    };
    if url.host().is_none() {
        return Err(not_an_address());
    }
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(&url) => {}
        "http" => {
            return Err(ConfigProblem::invalid(
                field,
                "is not encrypted",
                "Use https://; plain http:// is accepted for this computer only.",
            ));
        }
        _ => return Err(not_an_address()),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(ConfigProblem::invalid(
            field,
            "contains a user name or password",
            "Remove everything before the @.",
        ));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(ConfigProblem::invalid(
            field,
            "contains a ? or #",
            "Remove it and everything after it; it may be a link to a single file.",
        ));
    }
    Ok(without_trailing_slash(url))
}

fn without_trailing_slash(mut url: Url) -> Url {
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(&path);
    url
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Removes the bucket from an endpoint that names it, at the end of the path or in
/// front of R2's host, because requests add the name themselves.
pub(super) fn without_bucket(mut url: Url, bucket: &str) -> Url {
    if let Some(shorter) = without_last_segment(&url, bucket) {
        url = shorter;
    }
    if is_r2_endpoint(&url)
        && let Some(host) = url.domain().and_then(|domain| domain.strip_prefix(&format!("{bucket}.")))
        && host != R2_DOMAIN
    {
        let host = host.to_owned();
        // Fails only for schemes without a host, which were refused above.
        let _ = url.set_host(Some(&host));
    }
    url
}

/// Returns the address without its last path segment, if that segment is `segment`;
/// otherwise `None`.
pub(in crate::bucket) fn without_last_segment(url: &Url, segment: &str) -> Option<Url> {
    let rest = url.path().trim_end_matches('/').strip_suffix(segment)?.strip_suffix('/')?.to_owned();
    let mut shorter = url.clone();
    shorter.set_path(&rest);
    Some(shorter)
}
