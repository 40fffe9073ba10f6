//! Where the bucket is and how to reach it, from the environment, or else from the
//! settings and the keyring. Resolving the configuration contacts nothing.

mod addresses;
mod zone;

pub use addresses::public_address;
pub(super) use addresses::{is_r2_endpoint, without_last_segment};
pub use zone::{ZONE_ID, ZoneId};

use super::patience::Patience;
use crate::secrets::{Credentials, Secret};
use addresses::{R2_DOMAIN, account_endpoint, web_address, without_bucket};
use serde::{Deserialize, Serialize};
use std::fmt;
use url::Url;

const ACCOUNT_ID: &str = "R2_ACCOUNT_ID";
const ENDPOINT: &str = "R2_ENDPOINT";
const ACCESS_KEY_ID: &str = "R2_ACCESS_KEY_ID";
const SECRET_ACCESS_KEY: &str = "R2_SECRET_ACCESS_KEY";
const BUCKET_NAME: &str = "R2_BUCKET_NAME";
/// The environment variable with the base of the public URLs.
pub const PUBLIC_URL: &str = "R2_PUBLIC_URL";

/// The jurisdiction under which R2 stores a bucket. A bucket created under one
/// answers only on the endpoint of that jurisdiction.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum Jurisdiction {
    /// No jurisdiction was chosen.
    #[default]
    Default,
    /// The European Union.
    Eu,
    /// `FedRAMP`.
    Fedramp,
}

/// The bucket settings, as the artist typed them, without the credentials. An empty
/// text is an unset field.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(default)]
pub struct BucketFields {
    /// The Cloudflare account id, from which the endpoint is derived.
    pub account_id: String,
    /// The S3 endpoint of any other store. It takes precedence over the account id.
    pub endpoint: String,
    /// The jurisdiction of an R2 bucket. It applies to the account id.
    pub jurisdiction: Jurisdiction,
    /// The bucket's name.
    pub bucket: String,
    /// The base of the bucket's public URLs.
    pub public_url: String,
    /// The AWS profile whose keys are used instead of stored ones.
    pub aws_profile: String,
    /// The Cloudflare zone whose caches are purged.
    pub zone_id: String,
}

/// A complete, valid configuration. Its `Debug` output shows no credentials.
#[derive(Clone, PartialEq, Eq)]
pub struct BucketConfig {
    pub(super) endpoint: Url,
    pub(super) bucket: String,
    pub(super) public_base: Url,
    pub(super) access_key_id: Secret,
    pub(super) secret_access_key: Secret,
    pub(super) session_token: Option<Secret>,
    pub(super) patience: Patience,
}

/// Why there is no usable configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigProblem {
    /// These variables are set neither in the environment nor in the settings.
    #[error("not configured: {} missing", .0.join(", "))]
    Missing(Vec<&'static str>),
    /// A value cannot be used.
    #[error("{field} {reason}")]
    Invalid {
        /// The name of its environment variable, even if the value came from the
        /// settings.
        field: &'static str,
        /// What is wrong, as a sentence that continues the field's name.
        reason: String,
        /// What to do about it.
        advice: String,
    },
}

impl ConfigProblem {
    pub(super) fn invalid(field: &'static str, reason: impl Into<String>, advice: impl Into<String>) -> Self {
        Self::Invalid { field, reason: reason.into(), advice: advice.into() }
    }
}

impl fmt::Debug for BucketConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BucketConfig")
            .field("endpoint", &self.endpoint.as_str())
            .field("bucket", &self.bucket)
            .field("public_base", &self.public_base.as_str())
            .finish_non_exhaustive()
    }
}

impl BucketFields {
    /// Checks the fields that are filled in, on their own, even where the environment
    /// takes precedence. Saved settings must never contain, for example, a password
    /// inside an address.
    pub fn check(&self) -> Result<(), ConfigProblem> {
        let filled = |text: &str| Some(tidy(text)).filter(|text| !text.is_empty());
        if let Some(text) = filled(&self.endpoint) {
            web_address(ENDPOINT, &text)?;
        }
        if let Some(text) = filled(&self.account_id) {
            if text.contains(R2_DOMAIN) {
                web_address(ACCOUNT_ID, &text)?;
            } else {
                account_endpoint(&text, self.jurisdiction)?;
            }
        }
        if let Some(text) = filled(&self.bucket) {
            bucket_name(&text)?;
        }
        if let Some(text) = filled(&self.public_url) {
            web_address(PUBLIC_URL, &text)?;
        }
        if let Some(text) = filled(&self.zone_id) {
            ZoneId::parse(&text)?;
        }
        Ok(())
    }
}

impl BucketConfig {
    /// Replaces the default time limits, which are those for home uplinks.
    #[cfg(any(test, feature = "internals"))]
    #[must_use]
    pub fn with_patience(self, patience: Patience) -> Self {
        Self { patience, ..self }
    }

    /// Builds a configuration. For each field, the environment takes precedence over
    /// the settings. It accepts what people paste: spaces, quotes, a missing scheme,
    /// a trailing slash, an endpoint that contains the bucket's name.
    pub fn resolve(
        env: &dyn Fn(&str) -> Option<String>,
        fields: &BucketFields,
        credentials: Option<&Credentials>,
    ) -> Result<Self, ConfigProblem> {
        let or_secret = |name: &str, kept: Option<&Secret>| {
            let found = set(env, name).or_else(|| kept.map(|secret| tidy(secret.expose())));
            found.filter(|value| !value.is_empty()).map(Secret::new)
        };
        let Named { server: endpoint, bucket, public_url } = Named::find(env, fields);
        let access_key_id = or_secret(ACCESS_KEY_ID, credentials.map(|kept| &kept.access_key_id));
        let secret_access_key = or_secret(SECRET_ACCESS_KEY, credentials.map(|kept| &kept.secret_access_key));

        let missing = [
            (ACCOUNT_ID, endpoint.is_none()),
            (ACCESS_KEY_ID, access_key_id.is_none()),
            (SECRET_ACCESS_KEY, secret_access_key.is_none()),
            (BUCKET_NAME, bucket.is_none()),
            (PUBLIC_URL, public_url.is_none()),
        ];
        let names = || missing.iter().filter(|(_, absent)| *absent).map(|(name, _)| *name).collect();
        let (Some(server), Some(bucket), Some(public_url), Some(access_key_id), Some(secret_access_key)) =
            (endpoint, bucket, public_url, access_key_id, secret_access_key)
        else {
            return Err(ConfigProblem::Missing(names()));
        };

        // Signing a request with such an id would panic, since it is part of a header.
        check_key(ACCESS_KEY_ID, &access_key_id, |sign| sign.is_ascii_graphic())?;
        check_key(SECRET_ACCESS_KEY, &secret_access_key, |sign| !sign.is_control())?;
        let bucket = bucket_name(&bucket)?;
        let endpoint = match server {
            ServerAddress::Endpoint(text) => without_bucket(web_address(ENDPOINT, &text)?, &bucket),
            // Cloudflare shows the endpoint next to the account id, so people paste
            // it as one.
            ServerAddress::Account(text) if text.contains(R2_DOMAIN) => {
                without_bucket(web_address(ACCOUNT_ID, &text)?, &bucket)
            }
            ServerAddress::Account(id) => account_endpoint(&id, fields.jurisdiction)?,
        };
        let public_base = web_address(PUBLIC_URL, &public_url)?;
        let patience = Patience::default();
        // A token belongs to the keys that it came with.
        let has_own_keys = set(env, ACCESS_KEY_ID).is_some() || set(env, SECRET_ACCESS_KEY).is_some();
        let session_token = credentials.filter(|_| !has_own_keys).and_then(|kept| kept.session_token.clone());
        Ok(Self { endpoint, bucket, public_base, access_key_id, secret_access_key, session_token, patience })
    }

    /// Returns the base of the public URLs from the environment or the settings,
    /// without needing credentials. `None` if no bucket is named or the address
    /// cannot be used.
    pub fn public_base_of(env: &dyn Fn(&str) -> Option<String>, fields: &BucketFields) -> Option<Url> {
        let Named { server, bucket, public_url } = Named::find(env, fields);
        server.and(bucket)?;
        web_address(PUBLIC_URL, &public_url?).ok()
    }

    /// Returns the address to which S3 requests are sent.
    #[cfg(any(test, feature = "internals"))]
    pub fn endpoint(&self) -> &Url {
        &self.endpoint
    }

    /// Returns the bucket's name.
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// Returns a text that identifies this bucket among all buckets: endpoint and
    /// name.
    pub fn place(&self) -> String {
        format!("{}/{}", self.endpoint.as_str().trim_end_matches('/'), self.bucket)
    }

    /// Returns the base of the public URLs.
    pub fn public_base(&self) -> &Url {
        &self.public_base
    }

    /// Says whether the endpoint belongs to Cloudflare R2.
    pub(super) fn is_r2(&self) -> bool {
        is_r2_endpoint(&self.endpoint)
    }
}

/// Refuses a key that has other characters than these.
fn check_key(
    field: &'static str,
    key: &Secret,
    may_have: impl Fn(char) -> bool,
) -> Result<(), ConfigProblem> {
    if key.expose().chars().all(may_have) {
        return Ok(());
    }
    Err(ConfigProblem::invalid(
        field,
        "contains characters that a key cannot have",
        "Copy the key again, without spaces and line breaks.",
    ))
}

enum ServerAddress {
    Endpoint(String),
    Account(String),
}

/// The names and addresses of a bucket, from the environment, or else from the
/// settings.
struct Named {
    server: Option<ServerAddress>,
    bucket: Option<String>,
    public_url: Option<String>,
}

impl Named {
    fn find(env: &dyn Fn(&str) -> Option<String>, fields: &BucketFields) -> Self {
        let or_field = |name: &str, field: &str| {
            set(env, name).or_else(|| Some(tidy(field)).filter(|value| !value.is_empty()))
        };
        let server = set(env, ENDPOINT)
            .map(ServerAddress::Endpoint)
            .or_else(|| set(env, ACCOUNT_ID).map(ServerAddress::Account))
            .or_else(|| or_field("", &fields.endpoint).map(ServerAddress::Endpoint))
            .or_else(|| or_field("", &fields.account_id).map(ServerAddress::Account));
        let bucket = or_field(BUCKET_NAME, &fields.bucket);
        Self { server, bucket, public_url: or_field(PUBLIC_URL, &fields.public_url) }
    }
}

/// Returns an environment variable, if it is set and not blank.
fn set(env: &dyn Fn(&str) -> Option<String>, name: &str) -> Option<String> {
    env(name).map(|value| tidy(&value)).filter(|value| !value.is_empty())
}

/// Removes spaces and quotes that come along when a value is copied from a file or a
/// shell.
fn tidy(pasted: &str) -> String {
    let text = pasted.trim();
    let unquoted = ['"', '\'']
        .into_iter()
        .find_map(|quote| text.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)));
    unquoted.unwrap_or(text).trim().to_owned()
}

fn bucket_name(text: &str) -> Result<String, ConfigProblem> {
    let name = text.trim_matches('/');
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    if (1..=255).contains(&name.len()) && name.bytes().all(plain) && name.trim_matches('.') == name {
        return Ok(name.to_owned());
    }
    Err(ConfigProblem::invalid(
        BUCKET_NAME,
        "is not a bucket name",
        "Enter only the name, as the bucket list shows it: letters, digits and hyphens.",
    ))
}

#[cfg(test)]
#[path = "config_tests.rs"]
mod tests;
