//! What the bucket costs, and the caches in front of it: counts of requests, and purges of the
//! addresses of deleted and replaced objects. The purge token is stored like the bucket's
//! credentials. Environment variables take precedence.

use super::connect::{CredentialsKept, PURGE_TOKEN};
use super::{Library, lock};
use crate::bucket::{BucketFields, PurgeError, Purger, ZONE_ID, ZoneId};
use crate::error::Error;
use crate::model::{
    BucketUsage, CachedCopies, CheckOutcome, CheckStep, CheckStepName, FREE_ALLOWANCE, Month, RequestClass,
    UnixMs,
};
use crate::secrets::{PurgeToken, Secret, SecretError};
use crate::transfer::{self, PurgeDestination};
use std::sync::Arc;
use std::time::Instant;

/// What the check of a purge asks Cloudflare to purge. Nothing has this address.
const HARMLESS: &str = "vitrine-purge-check";
/// Why there are no purges although a zone is set.
const NO_TOKEN: &str = "A Cloudflare zone is set, but no purge token. Enter one in the settings of the bucket, \
    or set R2_PURGE_TOKEN.";
/// The most characters of a token. Cloudflare's have fewer than 100.
const LONGEST_TOKEN: usize = 1_000;

impl Library {
    /// Returns what this library uses of its bucket this month.
    pub async fn bucket_usage(&self) -> Result<BucketUsage, Error> {
        self.write_requests().await;
        let month = Month::of(UnixMs::now());
        let requests = self.catalog().requests_in(month).await?;
        let of = |class: RequestClass| {
            let count = requests.iter().find(|(found, _)| *found == class).map_or(0, |(_, count)| *count);
            u32::try_from(count).unwrap_or(u32::MAX)
        };
        let stored = self.catalog().stored_objects().await?;
        Ok(BucketUsage {
            month: month.to_string(),
            class_a: of(RequestClass::A),
            class_b: of(RequestClass::B),
            free: of(RequestClass::Free),
            stored_bytes: stored.size_bytes,
            objects: stored.objects,
            allowance: FREE_ALLOWANCE,
        })
    }

    /// Writes the requests that were counted since the last time.
    pub(super) async fn write_requests(&self) {
        if self.look_only().is_none() {
            let requests = self.shared.controls.requests();
            transfer::write_requests(self.catalog(), &requests, UnixMs::now()).await;
        }
    }

    /// Does the same if the first of them was counted long enough ago.
    pub(super) async fn write_requests_if_due(&self) {
        let due = transfer::write_requests_at(&self.shared.controls.requests());
        if due.is_some_and(|due| due <= Instant::now()) {
            self.write_requests().await;
        }
    }

    /// Returns which copies caches may keep, and how the last purge ended. Contacts nothing.
    pub async fn cached_copies(&self) -> Result<CachedCopies, Error> {
        let purges = self.has_zone(&self.fields().await?);
        Ok(CachedCopies { purges, ..self.catalog().cached_copies(UnixMs::now()).await? })
    }

    /// Returns the id of the zone as it was given; `None` if there is none.
    fn zone_text(&self, fields: &BucketFields) -> Option<String> {
        self.variable(ZONE_ID).or_else(|| Some(fields.zone_id.clone()).filter(|text| !text.is_empty()))
    }

    pub(super) fn has_zone(&self, fields: &BucketFields) -> bool {
        self.zone_text(fields).is_some()
    }

    /// Returns the purge token and where it is stored; `None` if there is none.
    async fn purge_token(&self) -> Result<Option<(PurgeToken, CredentialsKept)>, Error> {
        if let Some(text) = self.variable(PURGE_TOKEN) {
            return Ok(Some((PurgeToken(Secret::new(text.trim())), CredentialsKept::Environment)));
        }
        if let Some(token) = PurgeToken::load(&self.shared.this_run, &self.shared.id)? {
            return Ok(Some((token, CredentialsKept::ThisRun)));
        }
        let (keyring, id) = (Arc::clone(&self.shared.keyring), self.shared.id.clone());
        match tokio::task::spawn_blocking(move || PurgeToken::load(keyring.as_ref(), &id)).await? {
            Ok(token) => Ok(token.map(|token| (token, CredentialsKept::Keyring))),
            Err(SecretError::Unavailable) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Returns where the purge token is stored. Contacts the keyring only if a zone is set.
    pub(super) async fn purge_token_kept(&self, fields: &BucketFields) -> CredentialsKept {
        if self.variable(PURGE_TOKEN).is_some() {
            return CredentialsKept::Environment;
        }
        if !self.has_zone(fields) {
            return CredentialsKept::None;
        }
        self.purge_token().await.ok().flatten().map_or(CredentialsKept::None, |(_, kept)| kept)
    }

    /// Checks a token that was typed.
    pub(super) fn typed_purge_token(
        &self,
        fields: &BucketFields,
        typed: Option<String>,
    ) -> Result<Option<PurgeToken>, Error> {
        let typed =
            typed.map(|text| PurgeToken(Secret::new(text.trim()))).filter(|token| !token.0.is_empty());
        let Some(token) = typed else { return Ok(None) };
        if !self.has_zone(fields) {
            return Err(Error::Invalid("enter the zone id that the purge token is for".into()));
        }
        if !is_a_token(&token) {
            return Err(Error::Invalid("the purge token has characters that no token has".into()));
        }
        Ok(Some(token))
    }

    /// Stores a token in the keyring, or keeps it for this run if the keyring does not accept it.
    pub(super) async fn keep_purge_token(&self, token: PurgeToken) -> Result<(), Error> {
        let (keyring, id, offered) =
            (Arc::clone(&self.shared.keyring), self.shared.id.clone(), token.clone());
        match tokio::task::spawn_blocking(move || offered.store(keyring.as_ref(), &id)).await? {
            Ok(()) => PurgeToken::forget(&self.shared.this_run, &self.shared.id)?,
            Err(error) => {
                tracing::warn!(%error, "the purge token is kept for this run only");
                token.store(&self.shared.this_run, &self.shared.id)?;
            }
        }
        Ok(())
    }

    /// Deletes the stored token.
    pub(super) async fn forget_purge_token(&self) -> Result<(), Error> {
        PurgeToken::forget(&self.shared.this_run, &self.shared.id)?;
        let (keyring, id) = (Arc::clone(&self.shared.keyring), self.shared.id.clone());
        let forgotten =
            tokio::task::spawn_blocking(move || PurgeToken::forget(keyring.as_ref(), &id)).await?;
        if let Err(error) = forgotten {
            tracing::warn!(%error, "the keyring may still have the purge token");
        }
        Ok(())
    }

    /// Uses the current zone and token from now on.
    pub(super) async fn purges_changed(&self) -> Result<(), Error> {
        *lock(&self.shared.purger) = None;
        Ok(self.catalog().release_purges(UnixMs(0)).await?)
    }

    /// Returns what purges caches, or the reason why nothing does.
    pub(super) async fn purge_destination(&self) -> PurgeDestination {
        match self.purger().await {
            Ok(Some((purger, base))) => PurgeDestination::Zone(purger, base),
            Ok(None) => PurgeDestination::None,
            Err(problem) => PurgeDestination::Unusable(problem),
        }
    }

    /// Returns what purges caches and the public address; `None` without a zone. The error says what to
    /// do.
    async fn purger(&self) -> Result<Option<(Purger, String)>, String> {
        let words = |error: Error| error.to_failure().message;
        let fields = self.fields().await.map_err(words)?;
        let Some(zone) = self.zone_text(&fields) else { return Ok(None) };
        let zone = ZoneId::parse(&zone).map_err(|problem| words(problem.into()))?;
        let Some(base) = self.public_base().await.map_err(words)? else { return Ok(None) };
        if let Some(purger) = lock(&self.shared.purger).clone() {
            return Ok(Some((purger, base)));
        }
        let token = self.purge_token().await.map_err(words)?;
        let Some((token, _)) = token.filter(|(token, _)| is_a_token(token)) else {
            return Err(NO_TOKEN.to_owned());
        };
        let purger = self.purger_with(&zone, token.0).map_err(|problem| problem.to_string())?;
        *lock(&self.shared.purger) = Some(purger.clone());
        Ok(Some((purger, base)))
    }

    #[cfg(not(any(test, feature = "internals")))]
    #[expect(clippy::unused_self, reason = "the tests' own version has another host per library")]
    fn purger_with(&self, zone: &ZoneId, token: Secret) -> Result<Purger, PurgeError> {
        Purger::new(zone, token)
    }

    #[cfg(any(test, feature = "internals"))]
    fn purger_with(&self, zone: &ZoneId, token: Secret) -> Result<Purger, PurgeError> {
        match lock(&self.shared.purge_api).as_deref() {
            Some(api) => Purger::over(api, zone, token),
            None => Purger::new(zone, token),
        }
    }

    /// Sends purges to this address instead of Cloudflare. For tests.
    #[cfg(any(test, feature = "internals"))]
    pub fn purge_over(&self, api: &str) {
        *lock(&self.shared.purge_api) = Some(api.to_owned());
        *lock(&self.shared.purger) = None;
    }

    /// Checks that Cloudflare accepts a purge; `None` without a zone.
    pub(super) async fn check_purge(&self) -> Result<Option<CheckStep>, Error> {
        let step = |outcome, message: String, advice: Option<&str>| {
            Ok(Some(CheckStep {
                step: CheckStepName::Purge,
                outcome,
                message,
                advice: advice.map(str::to_owned),
            }))
        };
        let (purger, base) = match self.purger().await {
            Ok(Some(found)) => found,
            Ok(None) => return Ok(None),
            Err(problem) => return step(CheckOutcome::Failed, problem, None),
        };
        match purger.purge(&[format!("{base}/{HARMLESS}")]).await {
            Ok(()) => {
                // What was held back because of the token can continue.
                self.catalog().release_purges(UnixMs(0)).await?;
                step(CheckOutcome::Passed, "Cloudflare accepts purges of this zone.".to_owned(), None)
            }
            Err(PurgeError::Refused { message, advice }) => {
                step(CheckOutcome::Failed, format!("{message}."), Some(advice))
            }
            Err(problem) => step(
                CheckOutcome::Warned,
                format!("The purge could not be checked: {problem}."),
                Some("Check again in a minute."),
            ),
        }
    }
}

/// Says whether a token can be sent in a header: letters, digits and punctuation.
fn is_a_token(token: &PurgeToken) -> bool {
    let text = token.0.expose();
    (1..=LONGEST_TOKEN).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}
