//! How long a runner waits, and for what: for the lock, for an attempt to end, for the next transfer to be
//! due. Decides when a push has nothing more to wait for.

use super::settling::chance;
use super::{Moment, Next, PushReport, Round, Runner, Until};
use crate::catalog::CatalogError;
use crate::files::ProcessLock;
use crate::model::{TransferActivity, TransferProblem, TransferProblemCode, UnixMs};
use crate::transfer::hold::Holds;
use crate::transfer::teller::{TELL_EVERY, Teller};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// How often a process without the lock checks whether it is free.
const LOCK_PATIENCE: Duration = Duration::from_secs(1);
/// The longest sleep while a transfer waits, because somebody may set the clock, or
/// this computer may be suspended meanwhile.
const LONGEST_SLEEP: Duration = Duration::from_mins(1);
/// A push does not wait for an attempt that is further away than this.
const PUSH_PATIENCE: Duration = Duration::from_mins(1);
/// A push gives up when the network was unavailable this many times in a row.
const PUSH_PROBES: u32 = 3;
/// A push gives up when new keys were refused this many times in a row: a script should
/// soon learn that they are wrong.
const PUSH_KEY_PROBES: u32 = 4;
/// A push gives up when the bucket was too busy this many times in a row.
const PUSH_BACK_OFFS: u32 = 8;

impl Runner {
    /// Waits for the lock. Returns `None` if it is no longer needed.
    pub(super) async fn take_lock(
        &self,
        until: Until,
        deadline: Option<Instant>,
        cancel: &CancellationToken,
    ) -> Result<Option<ProcessLock>, CatalogError> {
        let mut seen = None;
        let mut moved = Instant::now();
        loop {
            if let Some(lock) = ProcessLock::try_take(&self.lock_path)? {
                return Ok(Some(lock));
            }
            self.controls.note_paused(self.catalog.transfer_wishes().await?.paused);
            let paused = self.controls.is_paused();
            let activity = if paused { TransferActivity::Paused } else { TransferActivity::Elsewhere };
            self.controls.note(activity, None);
            self.controls.look_elsewhere(&self.lock_path);
            let summary = self.controls.summary(&self.catalog).await?;
            self.audience.summary(&summary);
            let now = Some((summary.waiting, summary.active, summary.parked, summary.bytes_done));
            if now != seen {
                (seen, moved) = (now, Instant::now());
            }
            // The holder of the lock may be waiting for a person or for a network.
            let stands_still = paused || moved.elapsed() >= PUSH_PATIENCE;
            let settled =
                matches!(until, Until::Settled(_)) && (stands_still || summary.waiting + summary.active == 0);
            if settled || cancel.is_cancelled() || deadline.is_some_and(|deadline| deadline <= Instant::now())
            {
                return Ok(None);
            }
            let look = Instant::now() + LOCK_PATIENCE;
            tokio::select! {
                () = cancel.cancelled() => {}
                () = tokio::time::sleep_until(deadline.map_or(look, |deadline| look.min(deadline))) => {}
            }
        }
    }

    /// Waits for the first of these: an attempt ends, the runner is woken, the next
    /// transfer is due, or it is `wake_at`.
    #[expect(clippy::too_many_arguments, reason = "the state of one loop, which has no life outside it")]
    pub(super) async fn wait(
        &self,
        moment: Moment,
        running: &mut JoinSet<Round>,
        holds: &mut Holds,
        until: Until,
        wake_at: Option<Instant>,
        cancel: &CancellationToken,
        report: &mut PushReport,
        teller: &mut Teller<'_>,
    ) -> Result<Next, CatalogError> {
        if running.is_empty() {
            let counts = self.catalog.queue_counts().await?;
            if counts.waiting + counts.active == 0
                && let Some(ended) = self.controls.meter().burst_is_over(moment.at.into_std())
            {
                self.audience.uploads_ended(ended);
            }
            if matches!(until, Until::Settled(_)) && self.is_stuck(moment, holds, counts.waiting).await? {
                return Ok(Next::Settled);
            }
        }
        let due = self.next_moment(moment, holds).await?;
        if matches!(until, Until::Settled(_)) && due.is_none() && running.is_empty() {
            return Ok(Next::AtRest);
        }
        let due = due.into_iter().chain(wake_at).min();
        let telling = !running.is_empty() || teller.is_behind();
        tokio::select! {
            () = cancel.cancelled() => {}
            () = self.controls.nudged() => {}
            Some(round) = running.join_next(), if !running.is_empty() => match round {
                Ok(round) => self.settle(round, holds, report, teller).await?,
                Err(error) => {
                    // It is unknown which attempt this was, so all go back to the
                    // queue. Repeating them is harmless.
                    tracing::error!(%error, "an attempt ended without a result");
                    running.shutdown().await;
                    holds.end_trial();
                    self.catalog.release_interrupted().await?;
                    // A fault that comes back at once must not be met without a pause.
                    let problem = TransferProblem {
                        code: TransferProblemCode::Server,
                        message: "A fault in Vitrine stopped this transfer. It is tried again later.".to_owned(),
                    };
                    holds.probe_later(problem, TransferActivity::Running, chance());
                }
            },
            () = tokio::time::sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {}
            () = tokio::time::sleep(TELL_EVERY), if telling => {}
        }
        Ok(Next::Again)
    }

    /// Says whether a push has nothing to wait for.
    async fn is_stuck(&self, moment: Moment, holds: &Holds, waiting: u32) -> Result<bool, CatalogError> {
        let noted = self.controls.noted();
        let needs_person = matches!(
            noted,
            Some((
                TransferActivity::NotConfigured | TransferActivity::NeedsAttention | TransferActivity::Paused,
                _
            ))
        );
        let probes = match holds.current().map(|hold| hold.activity) {
            Some(TransferActivity::Offline) => PUSH_PROBES,
            Some(TransferActivity::WaitingForKeys) => PUSH_KEY_PROBES,
            None => u32::MAX,
            Some(_) => PUSH_BACK_OFFS,
        };
        if waiting == 0 || needs_person || holds.in_a_row() >= probes {
            return Ok(true);
        }
        let next = self.catalog.next_transfer_at(UnixMs(0)).await?;
        let horizon = moment.now.plus_ms(i64::try_from(PUSH_PATIENCE.as_millis()).unwrap_or(i64::MAX));
        Ok(next.is_some_and(|next| next > horizon))
    }

    /// Returns when a transfer may be due that was not due at `moment`; `None` if none
    /// will be.
    async fn next_moment(&self, moment: Moment, holds: &Holds) -> Result<Option<Instant>, CatalogError> {
        if self.controls.is_paused() {
            return Ok(None);
        }
        if let Some(hold) = holds.current() {
            return Ok(hold.until);
        }
        let noted = self.controls.noted();
        if matches!(noted, Some((TransferActivity::NotConfigured, _))) {
            return Ok(None);
        }
        let next = self.catalog.next_transfer_at(moment.now.plus_ms(1)).await?;
        let sleep = |next: UnixMs| Duration::from_millis(next.0.abs_diff(moment.now.0)).min(LONGEST_SLEEP);
        Ok(next.map(|next| moment.at + sleep(next)))
    }
}
