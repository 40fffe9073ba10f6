//! Counts the transferred bytes, for progress and speed.

use crate::model::{Work, WorkEnded};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The speed is the mean over this time.
const WINDOW: Duration = Duration::from_secs(4);

/// The progress of the current burst, which lasts from the first transfer after
/// the queue was empty until it is empty again.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    under_way: BTreeMap<i64, u64>,
    done: u32,
    bytes_done: u64,
    samples: VecDeque<(Instant, u64)>,
    /// When the first attempt began.
    began: Option<Instant>,
    /// Confirmed uploads of originals.
    stored: u32,
    /// Parked uploads of originals, by the ids of their transfers.
    parked: BTreeSet<i64>,
}

/// The numbers of the meter.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Reading {
    pub(crate) done: u32,
    /// The bytes of finished transfers.
    pub(crate) bytes_done: u64,
    /// The bytes of running transfers, by their ids.
    pub(crate) under_way: BTreeMap<i64, u64>,
    pub(crate) bytes_per_second: u64,
}

impl Reading {
    /// Returns the bytes of all running transfers together.
    pub(crate) fn bytes_under_way(&self) -> u64 {
        self.under_way.values().sum()
    }
}

impl Meter {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes how many bytes of a transfer were handed to the network during its
    /// current attempt.
    pub(crate) fn progress(&self, id: i64, bytes: u64) {
        let mut state = self.state();
        state.began.get_or_insert_with(Instant::now);
        state.under_way.insert(id, bytes);
    }

    /// Notes that an attempt ended. `size` is the size in bytes if it worked,
    /// otherwise `None`.
    pub(crate) fn ended(&self, id: i64, size: Option<u64>) {
        let mut state = self.state();
        state.under_way.remove(&id);
        if let Some(size) = size {
            state.done = state.done.saturating_add(1);
            state.bytes_done = state.bytes_done.saturating_add(size);
        }
    }

    /// Notes that the bucket confirmed an original.
    pub(super) fn original_is_stored(&self, id: i64) {
        let mut state = self.state();
        state.parked.remove(&id);
        state.stored = state.stored.saturating_add(1);
    }

    /// Notes that the upload of an original does not continue by itself.
    pub(super) fn original_is_parked(&self, id: i64) {
        self.state().parked.insert(id);
    }

    /// Notes that the queue is empty, so that the next transfer starts a new
    /// burst. Returns what happened to originals in this one; `None` if it had
    /// none.
    pub(super) fn burst_is_over(&self, now: Instant) -> Option<WorkEnded> {
        let State { began, stored, parked, .. } = std::mem::take(&mut *self.state());
        let failed = u32::try_from(parked.len()).unwrap_or(u32::MAX);
        let took = now.saturating_duration_since(began?);
        let has_originals = stored > 0 || failed > 0;
        has_originals.then_some(WorkEnded { work: Work::Uploads, done: stored, failed, took })
    }

    /// Returns the numbers at a moment.
    pub(crate) fn read(&self, now: Instant) -> Reading {
        let mut state = self.state();
        let bytes_under_way: u64 = state.under_way.values().sum();
        let through = state.bytes_done.saturating_add(bytes_under_way);
        state.samples.push_back((now, through));
        while state.samples.len() > 2 && state.samples.front().is_some_and(|(at, _)| now - *at > WINDOW) {
            state.samples.pop_front();
        }
        let bytes_per_second = state.samples.front().map_or(0, |(at, before)| {
            let millis = u64::try_from((now - *at).as_millis()).unwrap_or(u64::MAX).max(1);
            through.saturating_sub(*before).saturating_mul(1000) / millis
        });
        Reading {
            done: state.done,
            bytes_done: state.bytes_done,
            under_way: state.under_way.clone(),
            bytes_per_second,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speed_is_the_mean_of_the_last_seconds() {
        let meter = Meter::default();
        let start = Instant::now();
        meter.read(start);
        meter.progress(7, 3_000_000);
        assert_eq!(meter.read(start + Duration::from_secs(2)).bytes_per_second, 1_500_000);
        meter.ended(7, Some(4_000_000));
        let reading = meter.read(start + Duration::from_secs(4));
        assert_eq!(reading.bytes_per_second, 1_000_000);
        assert_eq!((reading.done, reading.bytes_done, reading.bytes_under_way()), (1, 4_000_000, 0));
    }

    #[test]
    fn a_burst_counts_originals_that_were_stored_or_parked_and_the_time_they_took() {
        let meter = Meter::default();
        assert_eq!(meter.burst_is_over(Instant::now()), None, "nothing was transferred");
        meter.progress(1, 0);
        let began = Instant::now();
        for id in [1, 2, 3] {
            meter.original_is_stored(id);
        }
        meter.original_is_parked(4);
        meter.original_is_parked(5);
        // It was retried before the queue was empty.
        meter.original_is_stored(5);
        let ended = meter.burst_is_over(began + Duration::from_secs(12)).unwrap();
        assert_eq!((ended.work, ended.done, ended.failed), (Work::Uploads, 4, 1));
        assert!(ended.took >= Duration::from_secs(12), "{:?}", ended.took);
        // Feed files and deletions are not originals.
        meter.progress(6, 10);
        meter.ended(6, Some(10));
        assert_eq!(meter.burst_is_over(Instant::now()), None);
    }

    #[test]
    fn a_failed_attempt_does_not_count_its_bytes() {
        let meter = Meter::default();
        meter.progress(7, 10);
        meter.ended(7, None);
        assert_eq!(meter.read(Instant::now()), Reading::default());
    }
}
