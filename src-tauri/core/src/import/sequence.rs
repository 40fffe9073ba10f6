//! Keeps the files of one import in order. Files are numbered when they are found, worked on in parallel, and
//! handed on by number again, so that neighbours stay neighbours and the first of two equal files is the one
//! that is kept. The number of files in progress is bounded, and so is the memory for those that wait. A file
//! that takes very long is overtaken and handed on when it is finished. Knows nothing about pictures.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// The maximum number of files that were found but not handed on yet.
const MOST: usize = 512;
/// The maximum memory held by the waiting files, in bytes, besides their data on disk.
const MOST_BYTES: usize = 32 << 20;
/// How long all others wait for one file, while there is room for more.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long they wait for it while no other file can be worked on.
const PATIENCE_WHEN_FULL: Duration = Duration::from_secs(2);
/// How often a waiting thread checks whether the import was cancelled.
const LOOK: Duration = Duration::from_millis(50);

/// Lets files in as long as there is room.
#[derive(Debug, Clone, Default)]
pub(super) struct Gate {
    shared: Arc<(Mutex<Inside>, Condvar)>,
}

#[derive(Debug, Default)]
struct Inside {
    files: usize,
    bytes: usize,
    /// True once no more files are wanted.
    is_closed: bool,
}

impl Inside {
    fn is_full(&self) -> bool {
        self.files >= MOST || self.bytes > MOST_BYTES
    }
}

impl Gate {
    /// Waits for room for one more file. Returns false once no more files are wanted.
    pub(super) fn enter(&self, cancel: &CancellationToken) -> bool {
        let mut inside = self.lock();
        while inside.is_full() {
            if inside.is_closed || cancel.is_cancelled() {
                return false;
            }
            let waited = self.shared.1.wait_timeout(inside, LOOK);
            (inside, _) = waited.unwrap_or_else(PoisonError::into_inner);
        }
        inside.files += 1;
        !inside.is_closed
    }

    /// Lets no more files in.
    pub(super) fn close(&self) {
        self.lock().is_closed = true;
        self.shared.1.notify_all();
    }

    fn hold(&self, bytes: usize) {
        self.lock().bytes += bytes;
    }

    fn leave(&self, bytes: usize) {
        let mut inside = self.lock();
        inside.files = inside.files.saturating_sub(1);
        inside.bytes = inside.bytes.saturating_sub(bytes);
        drop(inside);
        self.shared.1.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.shared.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Receives items in any order and hands them on by number.
#[derive(Debug)]
pub(super) struct Sequence<T> {
    gate: Gate,
    next: u64,
    waiting: BTreeMap<u64, (T, usize)>,
    /// When the longest waiting item began to wait.
    since: Instant,
}

impl<T> Sequence<T> {
    pub(super) fn new(gate: Gate, now: Instant) -> Self {
        Self { gate, next: 0, waiting: BTreeMap::new(), since: now }
    }

    /// Adds an item. `bytes` is the memory that it holds. If the item has to wait, `wait` prepares it for
    /// that.
    pub(super) fn put(
        &mut self,
        number: u64,
        mut item: T,
        bytes: usize,
        now: Instant,
        wait: impl FnOnce(&mut T),
    ) {
        if number > self.next {
            wait(&mut item);
        }
        if self.waiting.is_empty() {
            self.since = now;
        }
        self.gate.hold(bytes);
        self.waiting.insert(number, (item, bytes));
    }

    /// Returns the next item that may be handed on now.
    pub(super) fn take(&mut self, now: Instant) -> Option<T> {
        let (number, _) = self.waiting.first_key_value()?;
        let patience = if self.gate.lock().is_full() { PATIENCE_WHEN_FULL } else { PATIENCE };
        let is_overdue = now.saturating_duration_since(self.since) >= patience;
        // An item that was overtaken arrives late, with a number below the next one.
        if *number > self.next && !is_overdue {
            return None;
        }
        let (number, (item, bytes)) = self.waiting.pop_first()?;
        self.next = self.next.max(number + 1);
        self.gate.leave(bytes);
        let goes_on = self.waiting.first_key_value().is_some_and(|(number, _)| *number <= self.next);
        if !is_overdue || !goes_on {
            self.since = now;
        }
        Some(item)
    }

    /// Returns the remaining items in order, once no more will arrive.
    pub(super) fn take_rest(&mut self) -> Option<T> {
        let (_, (item, bytes)) = self.waiting.pop_first()?;
        self.gate.leave(bytes);
        Some(item)
    }
}

impl<T> Drop for Sequence<T> {
    fn drop(&mut self) {
        self.gate.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(sequence: &mut Sequence<u64>, now: Instant) -> Vec<u64> {
        std::iter::from_fn(|| sequence.take(now)).collect()
    }

    fn put(sequence: &mut Sequence<u64>, number: u64, now: Instant) {
        sequence.put(number, number, 1, now, |_| ());
    }

    #[test]
    fn results_are_handed_on_in_order_however_they_arrive() {
        let now = Instant::now();
        let mut sequence = Sequence::new(Gate::default(), now);
        let mut handed = Vec::new();
        for number in [3, 1, 0, 2, 7, 4, 6, 5] {
            put(&mut sequence, number, now);
            handed.extend(taken(&mut sequence, now));
        }
        assert_eq!(handed, [0, 1, 2, 3, 4, 5, 6, 7]);
    }

    #[test]
    fn only_results_that_must_wait_are_prepared_for_waiting() {
        let now = Instant::now();
        let mut sequence = Sequence::new(Gate::default(), now);
        for number in [1, 0] {
            sequence.put(number, number, 0, now, |item| *item += 100);
        }
        assert_eq!(taken(&mut sequence, now), [0, 101]);
    }

    #[test]
    fn a_very_slow_file_is_overtaken_and_handed_on_when_it_is_done() {
        let now = Instant::now();
        let mut sequence = Sequence::new(Gate::default(), now);
        for number in [1, 2, 4, 5] {
            put(&mut sequence, number, now);
        }
        assert!(taken(&mut sequence, now + PATIENCE / 2).is_empty());
        let later = now + PATIENCE;
        assert_eq!(taken(&mut sequence, later), [1, 2], "the next gap has its own time");
        put(&mut sequence, 6, later);
        put(&mut sequence, 0, later);
        assert_eq!(taken(&mut sequence, later), [0]);
        assert_eq!(taken(&mut sequence, later + PATIENCE), [4, 5, 6]);
        put(&mut sequence, 7, later + PATIENCE);
        assert_eq!(taken(&mut sequence, later + PATIENCE), [7]);
    }

    #[test]
    fn a_slow_file_is_overtaken_sooner_when_no_other_work_is_possible() {
        let (now, gate) = (Instant::now(), Gate::default());
        let mut sequence = Sequence::new(gate.clone(), now);
        for _ in 0..MOST {
            assert!(gate.enter(&CancellationToken::new()));
        }
        put(&mut sequence, 1, now);
        put(&mut sequence, 2, now);
        assert_eq!(sequence.take(now + PATIENCE_WHEN_FULL / 2), None);
        assert_eq!(sequence.take(now + PATIENCE_WHEN_FULL), Some(1));
    }

    #[test]
    fn a_file_that_never_finishes_does_not_block_the_others() {
        let now = Instant::now();
        let mut sequence = Sequence::new(Gate::default(), now);
        for number in [2, 1] {
            put(&mut sequence, number, now);
        }
        assert_eq!(sequence.take(now), None);
        assert_eq!(std::iter::from_fn(|| sequence.take_rest()).collect::<Vec<_>>(), [1, 2]);
    }

    #[test]
    fn no_more_files_are_admitted_than_there_is_room_for() {
        let (now, gate) = (Instant::now(), Gate::default());
        let cancelled = CancellationToken::new();
        cancelled.cancel();
        let mut sequence = Sequence::new(gate.clone(), now);
        // A cancelled gate still lets files in, but does not wait.
        for _ in 0..MOST {
            assert!(gate.enter(&cancelled));
        }
        assert!(!gate.enter(&cancelled));
        put(&mut sequence, 0, now);
        assert!(!gate.enter(&cancelled), "it is still waiting");
        assert_eq!(sequence.take(now), Some(0));
        assert!(gate.enter(&cancelled));
    }

    #[test]
    fn the_bytes_of_waiting_files_are_bounded_too() {
        let (now, gate) = (Instant::now(), Gate::default());
        let cancelled = CancellationToken::new();
        cancelled.cancel();
        let mut sequence = Sequence::new(gate.clone(), now);
        assert!(gate.enter(&cancelled) && gate.enter(&cancelled));
        sequence.put(1, 1, MOST_BYTES + 1, now, |_| ());
        assert!(!gate.enter(&cancelled));
        sequence.put(0, 0, 0, now, |_| ());
        assert_eq!(taken(&mut sequence, now), [0, 1]);
        assert!(gate.enter(&cancelled));
        drop(sequence);
        assert!(!gate.enter(&cancelled), "nobody waits for it");
    }
}
