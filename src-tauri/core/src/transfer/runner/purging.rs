//! Purges caches of addresses whose objects were deleted or replaced, one call at a time. Only the
//! process that transfers does it. Without a zone, the addresses stay in the catalog, so that
//! people can be told what caches may still have.

use super::{PurgeDestination, Runner};
use crate::bucket::{PURGE_LIMIT, PurgeError};
use crate::catalog::{CatalogError, DuePurge};
use crate::model::{PurgeResult, UnixMs};
use std::convert::Infallible;
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// How long to collect addresses before the first call, so that one call takes many.
const GATHER: Duration = Duration::from_secs(2);
/// The pause after the first call that failed. Each further failure doubles it.
const FIRST_PAUSE: Duration = Duration::from_secs(15);
/// The longest pause after a call that failed.
const LONGEST_PAUSE: Duration = Duration::from_mins(10);
/// When to try again what a person has to solve, because they may have done so at Cloudflare.
const ASK_EVERY: Duration = Duration::from_hours(24);
/// The longest sleep, because somebody may set the clock meanwhile.
const LONGEST_SLEEP: Duration = Duration::from_hours(1);

impl Runner {
    /// Purges addresses as they are queued, until it is dropped.
    pub(super) async fn keep_purging(&self) -> Result<Infallible, CatalogError> {
        self.release_what_a_person_may_have_solved().await?;
        loop {
            let again = self.purge_due().await?;
            tokio::select! {
                () = self.controls.purges_queued() => tokio::time::sleep(GATHER).await,
                () = tokio::time::sleep(again.unwrap_or_default().min(LONGEST_SLEEP)), if again.is_some() => {}
            }
        }
    }

    /// Purges what is due, once. Stops early when it is cancelled or the time is up.
    pub(super) async fn purge_once(
        &self,
        deadline: Option<Instant>,
        cancel: &CancellationToken,
    ) -> Result<(), CatalogError> {
        self.release_what_a_person_may_have_solved().await?;
        // A call that is dropped is repeated by the next push, which is harmless.
        tokio::select! {
            ended = self.purge_due() => ended.map(|_| ()),
            () = cancel.cancelled() => Ok(()),
            () = tokio::time::sleep_until(deadline.unwrap_or_else(Instant::now)), if deadline.is_some() => Ok(()),
        }
    }

    /// Ends holds that are longer than Cloudflare asks for: whoever started this process may have
    /// changed the token, or a wrong clock.
    async fn release_what_a_person_may_have_solved(&self) -> Result<(), CatalogError> {
        self.catalog.release_purges(self.clock.now().plus_ms(milliseconds(LONGEST_PAUSE))).await
    }

    /// Sends all addresses that are due. Returns after which time more are due; `None` if nothing is
    /// until more are queued or a person acts.
    async fn purge_due(&self) -> Result<Option<Duration>, CatalogError> {
        if self.controls.is_paused() || self.catalog.cached_copies(self.clock.now()).await?.addresses == 0 {
            return Ok(None);
        }
        // A failure holds all of them, also those that are queued meanwhile.
        if let Some(wait) = self.time_to_next_purge().await? {
            return Ok(Some(wait));
        }
        let (purger, base) = match (self.find_purger)().await {
            Ok(PurgeDestination::Zone(purger, base)) => (purger, base),
            Ok(PurgeDestination::None) => return Ok(None),
            Ok(PurgeDestination::Unusable(problem)) => {
                self.tell_purged(0, Some(problem)).await?;
                return Ok(Some(ASK_EVERY));
            }
            Err(_) => return Err(CatalogError::Closed),
        };
        let mut accepted = 0;
        loop {
            let due = self.catalog.purges_due(base.clone(), self.clock.now(), PURGE_LIMIT).await?;
            if due.is_empty() {
                if accepted > 0 {
                    self.tell_purged(accepted, None).await?;
                }
                return Ok(None);
            }
            let urls: Vec<_> = due.iter().map(|purge| purge.url.clone()).collect();
            match purger.purge(&urls).await {
                Ok(()) => {
                    accepted += u32::try_from(due.len()).unwrap_or(u32::MAX);
                    self.catalog.note_purged(due).await?;
                }
                Err(problem) => {
                    // Not with the addresses, which may be links to unlisted images.
                    tracing::warn!(%problem, addresses = due.len(), "caches were not purged");
                    let again = self.hold_purges(due, &problem).await?;
                    self.tell_purged(accepted, Some(problem.to_string())).await?;
                    return Ok(Some(again));
                }
            }
        }
    }

    /// Notes that a call failed. Returns when the next one may follow.
    async fn hold_purges(
        &self,
        failed: Vec<DuePurge>,
        problem: &PurgeError,
    ) -> Result<Duration, CatalogError> {
        let attempts = failed.iter().map(|purge| purge.attempts).max().unwrap_or_default();
        let pause = match problem {
            PurgeError::Throttled(pause) => *pause,
            PurgeError::Unavailable(_) => {
                FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(attempts)).min(LONGEST_PAUSE)
            }
            PurgeError::Refused { .. } => ASK_EVERY,
        };
        let until = self.clock.now().plus_ms(milliseconds(pause));
        self.catalog.note_purge_failed(failed, problem.to_string(), until).await?;
        Ok(pause)
    }

    async fn time_to_next_purge(&self) -> Result<Option<Duration>, CatalogError> {
        let now = self.clock.now();
        let next = self.catalog.next_purge_at(now).await?;
        Ok(next.map(|UnixMs(next)| Duration::from_millis(next.abs_diff(now.0))))
    }

    async fn tell_purged(&self, addresses: u32, problem: Option<String>) -> Result<(), CatalogError> {
        let at = self.clock.now();
        self.catalog.set_last_purge(&PurgeResult { at, addresses, problem }).await?;
        self.audience.purged();
        Ok(())
    }
}

fn milliseconds(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}
