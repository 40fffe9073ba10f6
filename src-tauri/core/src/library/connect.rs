//! Connects a bucket. Its settings are stored in the catalog, its credentials in
//! the keyring. If no keyring accepts them, the credentials are kept for this run
//! only. Environment variables take precedence.

mod check;
mod form;

pub use form::{BucketForm, BucketSettings, BucketStatus, CredentialsKept, FormCredentials};

use super::{CatalogChanged, Library, LibraryEvent, lock};
use crate::bucket::{
    Bucket, BucketConfig, BucketFields, ConfigProblem, PUBLIC_URL, ZONE_ID, profile_keys, public_address,
};
use crate::error::Error;
use crate::model::{TransferProblem, TransferProblemCode, UnixMs};
use crate::secrets::{Credentials, Secret, SecretError};
use crate::transfer::{self, Destination};
use std::sync::Arc;

/// The setting that identifies the bucket in which images count as stored.
const PLACE: &str = "bucket_place";

/// Environment variables that can configure a bucket.
const VARIABLES: [&str; 7] = [
    "R2_ACCOUNT_ID",
    "R2_ENDPOINT",
    "R2_ACCESS_KEY_ID",
    "R2_SECRET_ACCESS_KEY",
    profile_keys::PROFILE,
    "R2_BUCKET_NAME",
    "R2_PUBLIC_URL",
];
/// The environment variable with the purge token.
pub(super) const PURGE_TOKEN: &str = "R2_PURGE_TOKEN";
const CREDENTIAL_VARIABLES: [&str; 2] = ["R2_ACCESS_KEY_ID", "R2_SECRET_ACCESS_KEY"];

impl Library {
    pub(super) async fn fields(&self) -> Result<BucketFields, Error> {
        let text = self.catalog().setting("bucket").await?;
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
    }

    pub(super) fn variable(&self, name: &str) -> Option<String> {
        (self.shared.environment)(name).filter(|value| !value.trim().is_empty())
    }

    /// Returns the credentials to use and where they are; `None` if the environment has
    /// them or there are none. An AWS profile that was chosen for Vitrine comes first. The
    /// one that was chosen for all programs comes last, since it may be for another service.
    /// Contacts the keyring only if it is the next to ask.
    async fn credentials(
        &self,
        fields: &BucketFields,
    ) -> Result<Option<(Credentials, CredentialsKept)>, Error> {
        if CREDENTIAL_VARIABLES.iter().all(|name| self.variable(name).is_some()) {
            return Ok(None);
        }
        let chosen = Some(fields.aws_profile.clone()).filter(|name| !name.is_empty());
        if let Some(name) = self.variable(profile_keys::PROFILE).or(chosen) {
            return self.in_profile(&name, profile_keys::PROFILE).await.map(Some);
        }
        if let Some(kept) = Credentials::load(&self.shared.this_run, &self.shared.id)? {
            return Ok(Some((kept, CredentialsKept::ThisRun)));
        }
        let for_all = self.variable(profile_keys::PROFILE_OF_ALL);
        let (keyring, id) = (Arc::clone(&self.shared.keyring), self.shared.id.clone());
        let kept = tokio::task::spawn_blocking(move || Credentials::load(keyring.as_ref(), &id)).await?;
        match (kept, for_all) {
            (Ok(Some(kept)), _) => Ok(Some((kept, CredentialsKept::Keyring))),
            (Ok(None) | Err(SecretError::Unavailable), Some(name)) => {
                match self.in_profile(&name, profile_keys::PROFILE_OF_ALL).await {
                    // It may be meant for another service, whose profile needs no keys.
                    Err(Error::Config(problem)) if !self.has_variable() => {
                        tracing::warn!(%problem, "no keys are taken from this profile");
                        Ok(None)
                    }
                    found => found.map(Some),
                }
            }
            (Ok(None), None) => Ok(None),
            (Err(error), _) => Err(error.into()),
        }
    }

    /// Says whether the environment configures the bucket, at least in part.
    fn has_variable(&self) -> bool {
        VARIABLES.iter().any(|name| self.variable(name).is_some())
    }

    async fn in_profile(
        &self,
        name: &str,
        source: &'static str,
    ) -> Result<(Credentials, CredentialsKept), Error> {
        let environment = Arc::clone(&self.shared.environment);
        let found = profile_keys::credentials_of(name.trim(), source, environment.as_ref()).await?;
        Ok((found, CredentialsKept::AwsProfile))
    }

    /// Assembles the configuration, and saves the public address.
    pub(super) async fn config(&self) -> Result<BucketConfig, Error> {
        let fields = self.fields().await?;
        let any_variable = self.has_variable();
        // Without any field or variable there is no bucket whose credentials could
        // be in the keyring, so the keyring is left alone.
        let credentials = if fields == BucketFields::default() && !any_variable {
            Ok(None)
        } else {
            self.credentials(&fields).await
        };
        let environment = Arc::clone(&self.shared.environment);
        let known = credentials.as_ref().ok().and_then(|found| Some(&found.as_ref()?.0));
        let config = BucketConfig::resolve(&|name| environment(name), &fields, known);
        match (config, credentials) {
            (Ok(config), _) => {
                self.note_public_base(Some(config.public_base().as_str())).await?;
                Ok(config)
            }
            // The missing part is in a keyring that cannot be read now. If there
            // is no keyring and variables are set, the caller learns which
            // variables are missing instead.
            (Err(ConfigProblem::Missing(names)), Err(error))
                if names.iter().all(|name| CREDENTIAL_VARIABLES.contains(name))
                    && !(any_variable && matches!(error, Error::Secrets(SecretError::Unavailable))) =>
            {
                Err(error)
            }
            (Err(problem), _) => Err(problem.into()),
        }
    }

    /// Gives all images the current public address of the environment or the
    /// settings. Does not contact the keyring. Does nothing if no bucket was ever
    /// known.
    pub(super) async fn refresh_public_base(&self) -> Result<(), Error> {
        let was_known = self.catalog().setting("public_base").await?.is_some_and(|base| !base.is_empty());
        if !was_known && CREDENTIAL_VARIABLES.iter().any(|name| self.variable(name).is_none()) {
            return Ok(());
        }
        let fields = self.fields().await?;
        let environment = Arc::clone(&self.shared.environment);
        // The bucket is known, so an address that is given alone is a new address
        // of the same bucket.
        let named = if was_known { self.named_public_base()? } else { None };
        let base = named.or_else(|| BucketConfig::public_base_of(&|name| environment(name), &fields));
        match base {
            Some(base) => self.note_public_base(Some(base.as_str())).await,
            None => Ok(()),
        }
    }

    /// Returns the public address from the environment; `None` if it is not set.
    ///
    /// # Errors
    /// Fails if it is not a web address.
    pub fn named_public_base(&self) -> Result<Option<url::Url>, Error> {
        let named = self.variable(PUBLIC_URL);
        Ok(named.map(|text| public_address(&text)).transpose()?)
    }

    async fn note_public_base(&self, base: Option<&str>) -> Result<(), Error> {
        let base = base.unwrap_or_default().trim_end_matches('/').to_owned();
        let noted = self.catalog().setting("public_base").await?.unwrap_or_default();
        if noted == base {
            return Ok(());
        }
        self.catalog().rebase_urls((!base.is_empty()).then(|| base.clone())).await?;
        self.catalog().set_setting("public_base", base).await?;
        self.tell(super::LibraryEvent::Catalog(super::CatalogChanged::everything()));
        Ok(())
    }

    /// Returns the public address of the bucket's objects, as far as it is known
    /// without contacting the network.
    pub(super) async fn public_base(&self) -> Result<Option<String>, Error> {
        let variables = VARIABLES.iter().any(|name| self.variable(name).is_some());
        if variables && let Ok(config) = self.config().await {
            return Ok(Some(config.public_base().as_str().trim_end_matches('/').to_owned()));
        }
        Ok(self.catalog().setting("public_base").await?.filter(|base| !base.is_empty()))
    }

    /// Says whether uploads have a destination.
    pub(super) async fn knows_a_bucket(&self) -> Result<bool, Error> {
        Ok(lock(&self.shared.bucket).is_some() || self.public_base().await?.is_some())
    }

    /// Returns the bucket, or the reason why no bucket can be used.
    pub(super) async fn destination(&self) -> Destination {
        if let Some(bucket) = lock(&self.shared.bucket).clone() {
            return Destination::Bucket(bucket);
        }
        match self.config().await {
            Ok(config) => {
                let bucket = Bucket::new(&config, self.shared.controls.requests());
                *lock(&self.shared.bucket) = Some(bucket.clone());
                if CREDENTIAL_VARIABLES.iter().any(|name| self.variable(name).is_some()) {
                    // Nobody knows how long these variables have been set.
                    self.shared.controls.keys_are_new();
                }
                Destination::Bucket(bucket)
            }
            Err(Error::Config(ConfigProblem::Missing(_))) => Destination::None,
            Err(error) => {
                let code = match &error {
                    Error::Secrets(_) => TransferProblemCode::Credentials,
                    _ => TransferProblemCode::Configuration,
                };
                Destination::Unusable(TransferProblem { code, message: error.to_failure().message })
            }
        }
    }

    /// Returns whether a bucket is connected, and what is missing if not.
    pub async fn bucket_status(&self) -> Result<BucketStatus, Error> {
        match self.config().await {
            Ok(config) => Ok(BucketStatus {
                configured: true,
                bucket: Some(config.bucket().to_owned()),
                missing: Vec::new(),
            }),
            Err(Error::Config(ConfigProblem::Missing(missing))) => Ok(BucketStatus {
                missing: missing.into_iter().map(str::to_owned).collect(),
                ..BucketStatus::default()
            }),
            Err(Error::Secrets(_) | Error::Config(_)) => {
                let bucket = self.fields().await?.bucket;
                Ok(BucketStatus { bucket: Some(bucket), ..BucketStatus::default() })
            }
            Err(error) => Err(error),
        }
    }

    /// Returns the bucket's settings as a form shows them.
    pub async fn bucket_settings(&self) -> Result<BucketSettings, Error> {
        let fields = self.fields().await?;
        let keyring = Arc::clone(&self.shared.keyring);
        let state = tokio::task::spawn_blocking(move || keyring.state()).await?;
        let in_environment = CREDENTIAL_VARIABLES.iter().all(|name| self.variable(name).is_some());
        let kept = match self.credentials(&fields).await {
            _ if in_environment => CredentialsKept::Environment,
            Ok(Some((_, kept))) => kept,
            Ok(None) | Err(_) => CredentialsKept::None,
        };
        let purge_token_kept = self.purge_token_kept(&fields).await;
        Ok(BucketSettings {
            account_id: fields.account_id,
            endpoint: fields.endpoint,
            jurisdiction: fields.jurisdiction,
            bucket: fields.bucket,
            public_url: fields.public_url,
            aws_profile: fields.aws_profile,
            zone_id: fields.zone_id,
            purge_token_kept,
            from_environment: VARIABLES
                .iter()
                .chain(&[ZONE_ID, PURGE_TOKEN])
                .filter(|name| self.variable(name).is_some())
                .map(|name| (*name).to_owned())
                .collect(),
            has_credentials: kept != CredentialsKept::None,
            credentials_kept: kept,
            keyring: state,
        })
    }

    /// Saves the settings of a bucket and starts waiting uploads. Contacts only
    /// the keyring; [`Self::check_bucket`] tests the bucket.
    pub async fn connect_bucket(&self, form: BucketForm) -> Result<BucketSettings, Error> {
        let before = self.fields().await?;
        let fields = BucketFields {
            account_id: form.account_id.trim().to_owned(),
            endpoint: form.endpoint.trim().to_owned(),
            jurisdiction: form.jurisdiction,
            bucket: form.bucket.trim().to_owned(),
            public_url: form.public_url.trim().to_owned(),
            aws_profile: form.aws_profile.trim().to_owned(),
            zone_id: form.zone_id.trim().to_owned(),
        };
        let typed = form.credentials.map(|typed| Credentials {
            access_key_id: Secret::new(typed.access_key_id.trim()),
            secret_access_key: Secret::new(typed.secret_access_key.trim()),
            session_token: None,
        });
        if typed.is_some() && !fields.aws_profile.is_empty() {
            return Err(Error::Invalid("enter either keys or the name of an AWS profile, not both".into()));
        }
        let credentials = match &typed {
            Some(typed) => Some(typed.clone()),
            None => self.credentials(&fields).await?.map(|(credentials, _)| credentials),
        };
        let environment = Arc::clone(&self.shared.environment);
        let config = BucketConfig::resolve(&|name| environment(name), &fields, credentials.as_ref())?;
        fields.check()?;
        let purge_token = self.typed_purge_token(&fields, form.purge_token)?;
        if let Some(typed) = typed {
            self.keep(typed).await?;
        }
        self.note_place(&config).await?;
        transfer::distrust(self.catalog(), &config.place()).await?;
        let text = serde_json::to_string(&fields).map_err(|_| Error::Internal)?;
        self.catalog().set_setting("bucket", text).await?;
        self.note_public_base(Some(config.public_base().as_str())).await?;
        match purge_token {
            Some(token) => {
                self.keep_purge_token(token).await?;
            }
            None if !before.zone_id.is_empty() && !self.has_zone(&fields) => {
                self.forget_purge_token().await?;
            }
            None => {}
        }
        self.purges_changed().await?;
        *lock(&self.shared.bucket) = Some(Bucket::new(&config, self.shared.controls.requests()));
        self.shared.controls.keys_are_new();
        self.shared.controls.try_again();
        self.bucket_settings().await
    }

    /// Records which bucket is connected. If it is a different one than before,
    /// nothing is known about its objects, so each image is confirmed there or
    /// uploaded.
    async fn note_place(&self, config: &BucketConfig) -> Result<(), Error> {
        let catalog = self.catalog();
        let (place, before) = (config.place(), catalog.setting(PLACE).await?);
        if before.as_deref().is_some_and(|before| before != place) {
            if !catalog.freed_originals(None, 1).await?.is_empty() {
                return Err(Error::Invalid(
                    "some originals are only in the bucket that was connected before: connect it again, and \
                     under Space choose to keep all originals, before you connect another"
                        .into(),
                ));
            }
            catalog.confirm_everything_again(UnixMs::now()).await?;
            self.tell(LibraryEvent::Catalog(CatalogChanged::everything()));
        }
        Ok(catalog.set_setting(PLACE, place).await?)
    }

    /// Stores credentials in the keyring, or keeps them for this run if the
    /// keyring does not accept them.
    async fn keep(&self, credentials: Credentials) -> Result<(), Error> {
        let (keyring, id) = (Arc::clone(&self.shared.keyring), self.shared.id.clone());
        let offered = credentials.clone();
        let kept = tokio::task::spawn_blocking(move || offered.store(keyring.as_ref(), &id)).await?;
        match kept {
            Ok(()) => Credentials::forget(&self.shared.this_run, &self.shared.id)?,
            Err(error) => {
                tracing::warn!(%error, "credentials are kept for this run only");
                credentials.store(&self.shared.this_run, &self.shared.id)?;
            }
        }
        Ok(())
    }

    /// Deletes the settings and credentials of the bucket. Its objects stay where
    /// they are.
    pub async fn disconnect_bucket(&self) -> Result<BucketSettings, Error> {
        *lock(&self.shared.bucket) = None;
        let text = serde_json::to_string(&BucketFields::default()).map_err(|_| Error::Internal)?;
        self.catalog().set_setting("bucket", text).await?;
        Credentials::forget(&self.shared.this_run, &self.shared.id)?;
        let (keyring, id) = (Arc::clone(&self.shared.keyring), self.shared.id.clone());
        let forgotten =
            tokio::task::spawn_blocking(move || Credentials::forget(keyring.as_ref(), &id)).await?;
        if let Err(error) = forgotten {
            tracing::warn!(%error, "the keyring still has the credentials");
        }
        self.forget_purge_token().await?;
        self.purges_changed().await?;
        self.note_public_base(None).await?;
        self.shared.controls.try_again();
        self.bucket_settings().await
    }
}
