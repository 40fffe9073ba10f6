//! The form of a bucket: what it shows, what the artist fills in, and whether a bucket is connected.

use crate::bucket::Jurisdiction;
use crate::secrets::KeyringState;
use serde::{Deserialize, Serialize};

/// Where the credentials in use are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum CredentialsKept {
    /// In the keyring of the operating system.
    Keyring,
    /// Nowhere. They are lost when the program ends.
    ThisRun,
    /// In the environment.
    Environment,
    /// In the files of an AWS profile.
    AwsProfile,
    /// There are no credentials.
    None,
}

/// The bucket's settings as a form shows them. Never contains a credential.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, specta::Type)]
pub struct BucketSettings {
    /// The Cloudflare account id.
    pub account_id: String,
    /// The endpoint of any other store.
    pub endpoint: String,
    /// The jurisdiction of an R2 bucket.
    pub jurisdiction: Jurisdiction,
    /// The bucket's name.
    pub bucket: String,
    /// The public address at which its objects are readable.
    pub public_url: String,
    /// The AWS profile whose keys are used instead of stored ones; empty for none.
    pub aws_profile: String,
    /// The Cloudflare zone whose caches are purged; empty for none.
    pub zone_id: String,
    /// Where the purge token is stored.
    pub purge_token_kept: CredentialsKept,
    /// Environment variables that are set and override this form.
    pub from_environment: Vec<String>,
    /// Whether both the key id and the secret key are available.
    pub has_credentials: bool,
    /// Where they are stored.
    pub credentials_kept: CredentialsKept,
    /// The current state of the keyring.
    pub keyring: KeyringState,
}

/// Credentials as they were typed. Has no `Debug` on purpose.
#[derive(Clone, Deserialize, specta::Type)]
pub struct FormCredentials {
    /// The access key id.
    pub access_key_id: String,
    /// The secret access key.
    pub secret_access_key: String,
}

/// What the artist filled in.
#[derive(Clone, Deserialize, specta::Type)]
pub struct BucketForm {
    /// The Cloudflare account id.
    pub account_id: String,
    /// The endpoint of any other store. Overrides the account.
    pub endpoint: String,
    /// The jurisdiction of an R2 bucket.
    pub jurisdiction: Jurisdiction,
    /// The bucket's name.
    pub bucket: String,
    /// The public address at which its objects are readable.
    pub public_url: String,
    /// The AWS profile whose keys are used instead of stored ones; empty for none.
    #[serde(default)]
    pub aws_profile: String,
    /// The credentials; `None` keeps the stored ones.
    pub credentials: Option<FormCredentials>,
    /// The Cloudflare zone whose caches are purged; empty for none, which also deletes the stored token.
    #[serde(default)]
    pub zone_id: String,
    /// The token for purges; `None` keeps the stored one.
    #[serde(default)]
    pub purge_token: Option<String>,
}

/// Whether a bucket is connected, in brief.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, specta::Type)]
pub struct BucketStatus {
    /// Whether uploads have a destination.
    pub configured: bool,
    /// The bucket's name; `None` if settings are missing.
    pub bucket: Option<String>,
    /// The names of the missing variables or settings.
    pub missing: Vec<String>,
}
