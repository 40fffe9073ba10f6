//! How the rest of the program nudges and watches the transfers, whether they
//! run in this process or in another one.

use super::meter::{Meter, Reading};
use super::plan::{Keys, Pace};
use super::report::progress_elsewhere;
use crate::bucket::RateLimit;
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

/// How the rest of the program nudges and watches the runner.
#[derive(Default)]
pub struct Controls {
    wake: Notify,
    paused: AtomicBool,
    asked_again: AtomicBool,
    parallel: AtomicU64,
    rate: Arc<RateLimit>,
    meter: Arc<Meter>,
    /// How far the process is that transfers, when it is another one.
    elsewhere: Mutex<Option<Reading>>,
    transferring: AtomicBool,
    keys_given: Mutex<Option<Instant>>,
    hold: Mutex<Option<(TransferActivity, Option<TransferProblem>)>>,
}

impl Controls {
    /// Something may be due now.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    /// A person acted: what was held is tried at once.
    pub fn try_again(&self) {
        self.asked_again.store(true, Ordering::SeqCst);
        self.wake();
    }

    /// Waits for a nudge.
    pub(super) async fn nudged(&self) {
        self.wake.notified().await;
    }

    /// Says whether a person acted since the last time this was asked.
    pub(super) fn take_asked_again(&self) -> bool {
        self.asked_again.swap(false, Ordering::SeqCst)
    }

    /// Starts nothing new while paused.
    pub fn set_paused(&self, paused: bool) {
        self.paused.store(paused, Ordering::SeqCst);
        self.wake();
    }

    /// Notes what the catalog says about the pause.
    pub(super) fn note_paused(&self, paused: bool) {
        self.paused.store(paused, Ordering::SeqCst);
    }

    /// Says whether a person paused the transfers.
    pub fn is_paused(&self) -> bool {
        self.paused.load(Ordering::SeqCst)
    }

    /// Sets how many transfers run at the same time.
    pub fn set_parallel(&self, parallel: u32) {
        self.parallel.store(u64::from(parallel), Ordering::SeqCst);
        self.wake();
    }

    /// Sets how many bytes a second all uploads together send. Zero is no limit.
    pub fn set_rate(&self, bytes_per_second: u64) {
        self.rate.set(bytes_per_second);
    }

    /// The keys in use were given just now: for a while, that they are refused
    /// may only mean that they are not known everywhere yet.
    pub fn keys_are_new(&self) {
        *lock(&self.keys_given) = Some(Instant::now());
    }

    pub(super) fn keys(&self, pace: &Pace, now: Instant) -> Keys {
        let given = *lock(&self.keys_given);
        let is_new = given.is_some_and(|given| now.saturating_duration_since(given) < pace.new_keys);
        if is_new { Keys::New } else { Keys::Known }
    }

    pub(super) fn keys_work(&self) {
        *lock(&self.keys_given) = None;
    }

    /// Returns how many transfers run at the same time.
    pub(super) fn parallel(&self) -> u32 {
        u32::try_from(self.parallel.load(Ordering::SeqCst)).unwrap_or(1).max(1)
    }

    /// Returns the limit that uploads share.
    pub(super) fn rate(&self) -> Arc<RateLimit> {
        Arc::clone(&self.rate)
    }

    /// Returns what counts the bytes.
    pub(super) fn meter(&self) -> Arc<Meter> {
        Arc::clone(&self.meter)
    }

    /// Returns how many bytes of a running transfer are on the way.
    pub fn bytes_of(&self, id: i64) -> u64 {
        self.reading().under_way.get(&id).copied().unwrap_or(0)
    }

    /// Notes that this process transfers, or no longer does.
    pub(super) fn set_transferring(&self, transferring: bool) {
        self.transferring.store(transferring, Ordering::SeqCst);
        *lock(&self.elsewhere) = None;
    }

    /// Looks how far the process is that transfers, when it is another one.
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

    /// Puts the numbers of the moment together.
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
        let (controls, pace) = (Controls::default(), Pace::default());
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
