//! How the rest of the program controls and observes transfers, in this process
//! or in another one.

use super::meter::{Meter, Reading};
use super::plan::{Decision, Keys, RetryPolicy, decide};
use super::report::progress_elsewhere;
use crate::bucket::{ErrorClass, RateLimit, RequestCounter};
use crate::catalog::{Catalog, CatalogError};
use crate::model::{Bytes, TransferActivity, TransferProblem, TransferSummary, UnixMs};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant as StdInstant;
use tokio::sync::Notify;
use tokio::time::Instant;

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The state that the runner shares with the rest of the program.
#[derive(Default)]
pub struct Controls {
    wake: Notify,
    purges: Notify,
    requests: Arc<RequestCounter>,
    paused: AtomicBool,
    asked_again: AtomicBool,
    parallel: AtomicU64,
    rate: Arc<RateLimit>,
    meter: Arc<Meter>,
    /// The progress of the process that transfers, if it is another one.
    elsewhere: Mutex<Option<Reading>>,
    transferring: AtomicBool,
    keys_given: Mutex<Option<Instant>>,
    hold: Mutex<Option<(TransferActivity, Option<TransferProblem>)>>,
}

impl Controls {
    /// Wakes the runner, because something may be due.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    /// Lets held transfers be tried at once, because a person acted.
    pub fn try_again(&self) {
        self.asked_again.store(true, Ordering::SeqCst);
        self.wake();
        self.purge();
    }

    /// Wakes the purges of caches, because addresses were queued or a person acted.
    pub fn purge(&self) {
        self.purges.notify_one();
    }

    /// Waits until the purges are woken.
    pub(super) async fn purges_queued(&self) {
        self.purges.notified().await;
    }

    /// Returns the counter of all requests that this library sends to its bucket.
    pub fn requests(&self) -> Arc<RequestCounter> {
        Arc::clone(&self.requests)
    }

    /// Waits until the runner is woken.
    pub(super) async fn nudged(&self) {
        self.wake.notified().await;
    }

    /// Says whether a person has acted since the last call.
    pub(super) fn take_asked_again(&self) -> bool {
        self.asked_again.swap(false, Ordering::SeqCst)
    }

    /// Pauses or resumes. While paused, no new transfer starts.
    pub fn set_paused(&self, paused: bool) {
        self.paused.store(paused, Ordering::SeqCst);
        self.wake();
        self.purge();
    }

    /// Stores whether the catalog says that transfers are paused.
    pub(super) fn note_paused(&self, paused: bool) {
        if self.paused.swap(paused, Ordering::SeqCst) && !paused {
            self.purge();
        }
    }

    /// Says whether a person paused the transfers.
    pub fn is_paused(&self) -> bool {
        self.paused.load(Ordering::SeqCst)
    }

    /// Sets the number of concurrent transfers.
    pub fn set_parallel(&self, parallel: u32) {
        self.parallel.store(u64::from(parallel), Ordering::SeqCst);
        self.wake();
    }

    /// Sets the rate limit of all uploads together, in bytes per second. Zero
    /// means no limit.
    pub fn set_rate(&self, bytes_per_second: u64) {
        self.rate.set(bytes_per_second);
    }

    /// Notes that the keys in use are new: for a while, a refusal may only mean
    /// that they are not known everywhere yet.
    pub fn keys_are_new(&self) {
        *lock(&self.keys_given) = Some(Instant::now());
    }

    pub(super) fn keys(&self, pace: &RetryPolicy, now: Instant) -> Keys {
        let given = *lock(&self.keys_given);
        let is_new = given.is_some_and(|given| now.saturating_duration_since(given) < pace.new_keys);
        if is_new { Keys::New } else { Keys::Known }
    }

    /// Says whether a failure of this class stops transfers until a person acts, if it is of a trial of the store.
    pub fn needs_person(&self, class: ErrorClass) -> bool {
        let pace = RetryPolicy::default();
        let keys = self.keys(&pace, Instant::now());
        matches!(decide(&pace, class, keys, 1, 0.0), Decision::Park | Decision::HoldAndAsk)
    }

    pub(super) fn keys_work(&self) {
        *lock(&self.keys_given) = None;
    }

    /// Returns the number of concurrent transfers, at least 1.
    pub(super) fn parallel(&self) -> u32 {
        u32::try_from(self.parallel.load(Ordering::SeqCst)).unwrap_or(1).max(1)
    }

    /// Returns the rate limit that uploads share.
    pub(super) fn rate(&self) -> Arc<RateLimit> {
        Arc::clone(&self.rate)
    }

    /// Returns the meter that counts the bytes.
    pub(super) fn meter(&self) -> Arc<Meter> {
        Arc::clone(&self.meter)
    }

    /// Returns how many bytes of a running transfer were handed to the network;
    /// 0 if it is not running.
    pub fn bytes_of(&self, id: i64) -> u64 {
        self.reading().under_way.get(&id).copied().unwrap_or(0)
    }

    /// Notes whether this process transfers.
    pub(super) fn set_transferring(&self, transferring: bool) {
        self.transferring.store(transferring, Ordering::SeqCst);
        *lock(&self.elsewhere) = None;
    }

    /// Reads the progress of the process that transfers, if it is another one.
    pub fn look_elsewhere(&self, lock_path: &Path) {
        if !self.transferring.load(Ordering::SeqCst) {
            *lock(&self.elsewhere) = progress_elsewhere(lock_path, UnixMs::now());
        }
    }

    pub(super) fn reading(&self) -> Reading {
        let elsewhere = lock(&self.elsewhere).clone();
        elsewhere.unwrap_or_else(|| self.meter.read(StdInstant::now()))
    }

    pub(super) fn noted(&self) -> Option<(TransferActivity, Option<TransferProblem>)> {
        lock(&self.hold).clone()
    }

    pub(super) fn note(&self, activity: TransferActivity, problem: Option<TransferProblem>) {
        *lock(&self.hold) = Some((activity, problem));
    }

    /// Returns the current summary.
    pub async fn summary(&self, catalog: &Catalog) -> Result<TransferSummary, CatalogError> {
        let counts = catalog.queue_counts().await?;
        let reading = self.reading();
        let noted = self.noted();
        let left = counts.waiting + counts.active;
        let (mut activity, problem) = noted.unwrap_or_default();
        if left == 0 && activity != TransferActivity::NeedsAttention {
            activity = TransferActivity::Idle;
        }
        Ok(TransferSummary {
            activity,
            waiting: counts.waiting,
            active: counts.active,
            parked: counts.parked,
            originals: counts.originals,
            feed_files: counts.feed_files,
            done: reading.done,
            total: reading.done + left,
            bytes_done: Bytes(reading.bytes_done + reading.bytes_under_way()),
            bytes_total: Bytes(reading.bytes_done + counts.bytes),
            bytes_per_second: Bytes(reading.bytes_per_second),
            problem,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[tokio::test(start_paused = true)]
    async fn keys_are_new_for_two_minutes_or_until_they_work() {
        let (controls, pace) = (Controls::default(), RetryPolicy::default());
        assert_eq!(controls.keys(&pace, Instant::now()), Keys::Known);
        controls.keys_are_new();
        tokio::time::advance(Duration::from_secs(119)).await;
        assert_eq!(controls.keys(&pace, Instant::now()), Keys::New);
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(controls.keys(&pace, Instant::now()), Keys::Known);
        controls.keys_are_new();
        controls.keys_work();
        assert_eq!(controls.keys(&pace, Instant::now()), Keys::Known);
    }
}
