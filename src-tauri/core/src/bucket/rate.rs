//! Limits the rate of all uploads together.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// How many pieces a limited upload sends per second, so that all uploads that
/// share a limit make progress.
const PIECES_PER_SECOND: u64 = 16;
const SMALLEST_PIECE: u64 = 1024;
const LARGEST_PIECE: u64 = 64 * 1024;

/// A rate limit that uploads share. It is off until it is set.
#[derive(Debug, Default)]
pub struct RateLimit {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    bytes_per_second: u64,
    /// When the bytes admitted so far will have been sent.
    free_at: Option<Instant>,
}

impl RateLimit {
    /// Sets the limit, also for running uploads. Zero means no limit.
    pub fn set(&self, bytes_per_second: u64) {
        *self.state() = State { bytes_per_second, free_at: None };
    }

    /// Returns the limit; `None` if there is none.
    pub fn bytes_per_second(&self) -> Option<u64> {
        Some(self.state().bytes_per_second).filter(|limit| *limit > 0)
    }

    /// Returns how many bytes to request at once; `None` without a limit.
    pub(super) fn piece(&self) -> Option<usize> {
        let limit = self.bytes_per_second()?;
        usize::try_from((limit / PIECES_PER_SECOND).clamp(SMALLEST_PIECE, LARGEST_PIECE)).ok()
    }

    /// Reserves a turn for `bytes`, and returns when they may be sent.
    pub(super) fn reserve(&self, bytes: usize, now: Instant) -> Instant {
        let mut state = self.state();
        if state.bytes_per_second == 0 {
            return now;
        }
        let start = state.free_at.map_or(now, |free_at| free_at.max(now));
        let nanos = (bytes as u64).saturating_mul(1_000_000_000) / state.bytes_per_second;
        state.free_at = Some(start + Duration::from_nanos(nanos));
        start
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    async fn send(limit: &RateLimit, total: usize) {
        let mut left = total;
        while left > 0 {
            let piece = limit.piece().unwrap_or(left).min(left);
            tokio::time::sleep_until(limit.reserve(piece, Instant::now())).await;
            left -= piece;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn parallel_uploads_share_one_limit() {
        let limit = Arc::new(RateLimit::default());
        limit.set(100_000);
        let start = Instant::now();
        let uploads: Vec<_> = (0..4)
            .map(|_| {
                let limit = Arc::clone(&limit);
                tokio::spawn(async move { send(&limit, 250_000).await })
            })
            .collect();
        for upload in uploads {
            upload.await.unwrap();
        }
        // 1,000,000 bytes at 100,000 per second.
        let seconds = start.elapsed().as_secs_f64();
        assert!((9.8..=10.1).contains(&seconds), "{seconds}");
    }

    #[tokio::test(start_paused = true)]
    async fn time_without_uploads_is_not_saved_up() {
        let limit = RateLimit::default();
        limit.set(10_000);
        tokio::time::advance(Duration::from_hours(1)).await;
        let start = Instant::now();
        send(&limit, 100_000).await;
        assert!(start.elapsed() >= Duration::from_secs(9), "{:?}", start.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn uploads_wait_only_under_a_limit_and_removing_it_acts_at_once() {
        let limit = RateLimit::default();
        let start = Instant::now();
        send(&limit, 1_000_000_000).await;
        limit.set(1_000);
        limit.reserve(1_000_000, Instant::now());
        limit.set(0);
        send(&limit, 1_000_000_000).await;
        assert_eq!(start.elapsed(), Duration::ZERO);
    }
}
