//! How much memory pictures may use that are read and decoded at the same time. It is counted in bytes and
//! not in pictures: sixteen small ones fit where one large one does. Everything that decodes takes its share
//! before it allocates. Knows nothing about pictures.
//!
//! Shares are granted in the order of the requests. A large share waits for the ones before it and holds back
//! the ones after it, so none starves. A share larger than the whole pool gets the whole pool, alone. A
//! worker takes shares of `files` before shares of `pixels` and never the other way round, so two workers
//! never wait for each other.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// The maximum size of the files that are in memory while they are imported, in bytes.
const FILES: u64 = 96_000_000;

/// The maximum size of pixels, of what decoders need besides them, and of metadata while it is read, in
/// bytes.
const PIXELS: u64 = 1_000_000_000;

/// The same for thumbnails of small pictures that somebody is waiting to see: they do not queue behind an
/// import. In bytes.
const SMALL: u64 = 64_000_000;

/// The largest share that counts as small, in bytes.
const SMALL_SHARE: u64 = 8_000_000;

/// How often a waiting request checks whether it was cancelled.
const LOOK: Duration = Duration::from_millis(50);

/// The memory for the imports and thumbnails of one library.
#[derive(Debug, Clone)]
pub struct Memory {
    files: Arc<Pool>,
    pixels: Arc<Pool>,
    small: Arc<Pool>,
}

impl Default for Memory {
    fn default() -> Self {
        Self { files: Pool::of(FILES), pixels: Pool::of(PIXELS), small: Pool::of(SMALL) }
    }
}

impl Memory {
    /// Waits for memory for a file's bytes; `None` when cancelled.
    pub(super) fn for_file(&self, bytes: u64, cancel: &CancellationToken) -> Option<Share> {
        Pool::take(&self.files, bytes, cancel)
    }

    /// Waits for memory for a picture's pixels; `None` when cancelled.
    pub(crate) fn for_pixels(&self, bytes: u64, cancel: &CancellationToken) -> Option<Share> {
        Pool::take(&self.pixels, bytes, cancel)
    }

    /// Waits for memory for the pixels of a picture that somebody is waiting to see.
    pub(super) fn for_thumbnail(&self, bytes: u64) -> Option<Share> {
        let pool = if bytes <= SMALL_SHARE { &self.small } else { &self.pixels };
        Pool::take(pool, bytes, &CancellationToken::new())
    }
}

#[derive(Debug)]
struct Pool {
    size: u64,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    free: u64,
    /// The waiting requests, the next one first.
    queue: VecDeque<u64>,
    next: u64,
}

impl Pool {
    fn of(size: u64) -> Arc<Self> {
        let state = State { free: size, queue: VecDeque::new(), next: 0 };
        Arc::new(Self { size, state: Mutex::new(state), changed: Condvar::new() })
    }

    fn take(pool: &Arc<Self>, bytes: u64, cancel: &CancellationToken) -> Option<Share> {
        let bytes = bytes.min(pool.size);
        let mut state = pool.lock();
        let ticket = state.next;
        state.next += 1;
        state.queue.push_back(ticket);
        while state.queue.front() != Some(&ticket) || state.free < bytes {
            if cancel.is_cancelled() {
                state.queue.retain(|waiting| *waiting != ticket);
                pool.changed.notify_all();
                return None;
            }
            (state, _) = pool.changed.wait_timeout(state, LOOK).unwrap_or_else(PoisonError::into_inner);
        }
        state.queue.pop_front();
        state.free -= bytes;
        drop(state);
        // The next request may fit beside this one.
        pool.changed.notify_all();
        Some(Share { pool: Arc::clone(pool), bytes })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Memory that its holder may use until this is dropped.
#[derive(Debug)]
pub(crate) struct Share {
    pool: Arc<Pool>,
    bytes: u64,
}

impl Drop for Share {
    fn drop(&mut self) {
        self.pool.lock().free += self.bytes;
        self.pool.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::sync::mpsc::channel;
    use std::thread;

    fn free(pool: &Pool) -> u64 {
        pool.lock().free
    }

    /// Waits until this many requests are in the queue.
    fn until_waiting(pool: &Pool, count: usize) {
        while pool.lock().queue.len() < count {
            thread::yield_now();
        }
    }

    #[test]
    fn shares_in_use_never_exceed_the_pool() {
        let pool = Pool::of(100);
        let held = AtomicU64::new(0);
        thread::scope(|scope| {
            for worker in 0..16_u64 {
                let (pool, held) = (&pool, &held);
                scope.spawn(move || {
                    for round in 0..200 {
                        let bytes = (worker * 37 + round * 11) % 100 + 1;
                        let share = Pool::take(pool, bytes, &CancellationToken::new()).unwrap();
                        assert!(held.fetch_add(bytes, Ordering::SeqCst) + bytes <= 100);
                        held.fetch_sub(bytes, Ordering::SeqCst);
                        drop(share);
                    }
                });
            }
        });
        assert_eq!(free(&pool), 100);
    }

    #[test]
    fn a_large_share_is_not_overtaken_by_small_ones() {
        let pool = Pool::of(100);
        let first = Pool::take(&pool, 60, &CancellationToken::new()).unwrap();
        let (told, order) = channel();
        thread::scope(|scope| {
            for (waiting, bytes) in [(1, 95), (2, 10)] {
                let (pool, told) = (&pool, told.clone());
                scope.spawn(move || {
                    let share = Pool::take(pool, bytes, &CancellationToken::new()).unwrap();
                    told.send(bytes).unwrap();
                    drop(share);
                });
                until_waiting(pool, waiting);
            }
            drop(first);
            assert_eq!([order.recv().unwrap(), order.recv().unwrap()], [95, 10]);
        });
    }

    #[test]
    fn a_share_larger_than_the_pool_gets_all_of_it_alone() {
        let pool = Pool::of(100);
        let share = Pool::take(&pool, u64::MAX, &CancellationToken::new()).unwrap();
        assert_eq!(free(&pool), 0);
        drop(share);
        assert_eq!(free(&pool), 100);
    }

    #[test]
    fn a_cancelled_wait_gives_its_place_to_the_next() {
        let pool = Pool::of(100);
        let first = Pool::take(&pool, 50, &CancellationToken::new()).unwrap();
        let cancel = CancellationToken::new();
        thread::scope(|scope| {
            let large = scope.spawn(|| Pool::take(&pool, 100, &cancel).is_none());
            until_waiting(&pool, 1);
            let small = scope.spawn(|| Pool::take(&pool, 50, &CancellationToken::new()).is_some());
            until_waiting(&pool, 2);
            cancel.cancel();
            assert!(large.join().unwrap());
            assert!(small.join().unwrap());
        });
        drop(first);
        assert_eq!(free(&pool), 100);
    }
}
