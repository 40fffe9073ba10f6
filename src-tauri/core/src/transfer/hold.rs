//! What stops all transfers, and until when.

use super::plan::{self, RetryPolicy};
use crate::model::{TransferActivity, TransferProblem};
use tokio::time::Instant;

/// Why no transfers run now.
#[derive(Debug, Clone)]
pub(super) struct Hold {
    pub(super) activity: TransferActivity,
    pub(super) problem: TransferProblem,
    /// When the hold ends; `None` if it ends when a person acts.
    pub(super) until: Option<Instant>,
}

/// The holds of a runner. Holds without a success between them become longer.
#[derive(Debug)]
pub(super) struct Holds {
    pace: RetryPolicy,
    current: Option<Hold>,
    in_a_row: u32,
    /// Increases with each hold, so that a result from before a hold does not end
    /// it.
    epoch: u64,
    trying: bool,
}

impl Holds {
    pub(super) fn new(pace: RetryPolicy) -> Self {
        Self { pace, current: None, in_a_row: 0, epoch: 0, trying: false }
    }

    pub(super) fn current(&self) -> Option<&Hold> {
        self.current.as_ref()
    }

    /// Notes that a store has its trial before anything is sent to it.
    pub(super) fn begin_trial(&mut self) {
        self.trying = true;
    }

    pub(super) fn end_trial(&mut self) {
        self.trying = false;
    }

    pub(super) fn is_trying(&self) -> bool {
        self.trying
    }

    /// Says whether transfers may start now. Ends a hold whose time is over.
    pub(super) fn lets_through(&mut self, now: Instant) -> bool {
        if self.current.as_ref().and_then(|hold| hold.until).is_some_and(|until| until <= now) {
            self.current = None;
        }
        self.current.is_none()
    }

    /// Returns the number of holds since the last success. After a hold, a single
    /// transfer is sent as a probe.
    pub(super) fn in_a_row(&self) -> u32 {
        self.in_a_row
    }

    pub(super) fn is_probing(&self) -> bool {
        self.in_a_row > 0
    }

    pub(super) fn probe_later(&mut self, problem: TransferProblem, activity: TransferActivity, chance: f64) {
        if self.current.is_some() {
            return;
        }
        self.in_a_row = self.in_a_row.saturating_add(1);
        self.epoch += 1;
        let pause = plan::pause(&self.pace, self.in_a_row, chance).min(self.pace.longest_probe);
        self.current = Some(Hold { activity, problem, until: Some(Instant::now() + pause) });
    }

    pub(super) fn ask(&mut self, problem: TransferProblem) {
        self.epoch += 1;
        self.current = Some(Hold { activity: TransferActivity::NeedsAttention, problem, until: None });
    }

    /// Returns the number of the current period between two holds.
    pub(super) fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Ends the hold after a success that began in this epoch. A transfer that
    /// was already running when a hold began does not end it.
    pub(super) fn worked(&mut self, epoch: u64) {
        if epoch == self.epoch {
            self.clear();
        }
    }

    /// Ends the hold because a person acted.
    pub(super) fn clear(&mut self) {
        self.current = None;
        self.in_a_row = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::TransferProblemCode;
    use std::time::Duration;

    fn offline() -> TransferProblem {
        TransferProblem { code: TransferProblemCode::Offline, message: "no route".into() }
    }

    #[tokio::test(start_paused = true)]
    async fn a_missing_network_is_probed_ever_less_often_down_to_once_a_minute() {
        let mut holds = Holds::new(RetryPolicy::default());
        let mut pauses = Vec::new();
        for _ in 0..8 {
            holds.probe_later(offline(), TransferActivity::Offline, 1.0);
            let until = holds.current().and_then(|hold| hold.until).unwrap();
            pauses.push((until - Instant::now()).as_secs());
            assert!(!holds.lets_through(Instant::now()));
            tokio::time::advance(until - Instant::now()).await;
            assert!(holds.lets_through(Instant::now()) && holds.is_probing());
        }
        assert_eq!(pauses, [2, 4, 8, 16, 32, 60, 60, 60]);
        holds.clear();
        assert!(!holds.is_probing());
    }

    #[tokio::test(start_paused = true)]
    async fn an_attempt_that_began_before_a_hold_does_not_end_it() {
        let mut holds = Holds::new(RetryPolicy::default());
        let before = holds.epoch();
        holds.probe_later(offline(), TransferActivity::Running, 1.0);
        holds.worked(before);
        assert!(holds.is_probing() && holds.current().is_some());
        holds.worked(holds.epoch());
        assert!(!holds.is_probing() && holds.current().is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn refused_credentials_wait_for_the_user_however_long() {
        let mut holds = Holds::new(RetryPolicy::default());
        holds.ask(offline());
        tokio::time::advance(Duration::from_hours(24)).await;
        assert!(!holds.lets_through(Instant::now()));
    }
}
