//! The time from which ages are counted: this computer's clock, if it agrees
//! with what the catalog last saw, or if the bucket agrees with it.

use super::Library;
use crate::bucket::doctor;
use crate::catalog::{CatalogError, SeenClock};
use crate::error::Error;
use crate::model::UnixMs;
use std::time::Duration;

/// How long to wait for the bucket's answer.
const ASKING: Duration = Duration::from_secs(5);
/// A server's clock confirms this computer's clock if they differ by less than
/// this, in milliseconds.
const AGREEMENT_MS: u64 = 3600 * 1000;

impl Library {
    /// Records the current time, and returns what is known about the clock. If
    /// the clock is far ahead of what the catalog last saw, asks the bucket, if
    /// there is one.
    pub(super) async fn note_clock(&self, now: UnixMs) -> Result<SeenClock, Error> {
        let clock = self.catalog().seen_clock(now).await?;
        if clock.is_up_to_date(now) {
            return Ok(clock);
        }
        let is_confirmed = clock.is_far_behind(now) && self.bucket_agrees_with(now).await;
        Ok(self.catalog().observe_clock(now, is_confirmed).await?)
    }

    /// Does the same as [`Self::note_clock`], and makes room if the disk is
    /// full.
    pub(super) async fn note_clock_even_when_full(&self, now: UnixMs) -> Result<(), Error> {
        let mut made_room = false;
        while let Err(error) = self.note_clock(now).await {
            let is_full = matches!(error, Error::Catalog(CatalogError::DiskFull));
            if !is_full || self.look_only().is_some() || !self.make_room().await? {
                return Err(error);
            }
            made_room = true;
        }
        if made_room {
            self.keep_room().await?;
        }
        Ok(())
    }

    async fn bucket_agrees_with(&self, now: UnixMs) -> bool {
        let Ok(config) = self.config().await else { return false };
        let server = doctor::server_time(&config, ASKING).await;
        server.is_some_and(|server| server.0.abs_diff(now.0) < AGREEMENT_MS)
    }
}
