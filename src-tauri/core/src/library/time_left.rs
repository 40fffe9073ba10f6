//! Estimates how long the rest of a long task takes from its recent speed. Pure: the elapsed time is an
//! argument.

use std::collections::VecDeque;
use std::time::Duration;

/// How far back the speed is measured. Earlier progress does not count, because large files may follow small
/// ones.
const LATELY: Duration = Duration::from_secs(30);
/// The time between two stored marks.
const STEP: Duration = Duration::from_millis(500);
/// No estimate is made before this much time has passed.
const TOO_EARLY: Duration = Duration::from_secs(2);

/// Measures a task.
#[derive(Debug, Default)]
pub(super) struct TimeLeft {
    /// The elapsed time and the progress at that time.
    marks: VecDeque<(Duration, u32)>,
}

impl TimeLeft {
    /// Records the progress after `now` of elapsed time. Returns how many seconds the rest takes, at least
    /// one. Returns `None` if it cannot tell or nothing is left.
    pub(super) fn after(&mut self, now: Duration, done: u32, total: u32) -> Option<u32> {
        if self.marks.back().is_none_or(|(at, _)| now.saturating_sub(*at) >= STEP) {
            self.marks.push_back((now, done));
        }
        while self.marks.get(1).is_some_and(|(at, _)| now.saturating_sub(*at) >= LATELY) {
            self.marks.pop_front();
        }
        let (at, before) = *self.marks.front()?;
        let (took, work) = (now.saturating_sub(at), done.saturating_sub(before));
        let rest = total.saturating_sub(done);
        if took < TOO_EARLY || work == 0 || rest == 0 {
            return None;
        }
        let seconds = took.as_millis() * u128::from(rest) / u128::from(work) / 1000;
        Some(u32::try_from(seconds).unwrap_or(u32::MAX).max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the estimate after some seconds of a task with the given progress.
    fn after(seconds: u32, total: u32, done_at: impl Fn(u32) -> u32) -> Option<u32> {
        let mut measure = TimeLeft::default();
        let mut said = None;
        for tenths in 0..=seconds * 10 {
            let now = Duration::from_millis(u64::from(tenths) * 100);
            said = measure.after(now, done_at(tenths), total);
        }
        said
    }

    #[test]
    fn the_estimate_of_steady_work_is_exact() {
        // Ten per second of 1,000 in all take 100 seconds.
        for seconds in [3, 10, 50, 90, 99] {
            assert_eq!(after(seconds, 1_000, |tenths| tenths), Some(100 - seconds), "after {seconds} s");
        }
    }

    #[test]
    fn there_is_no_estimate_too_early_or_before_any_work_is_done() {
        assert_eq!(after(1, 1_000, |tenths| tenths), None);
        assert_eq!(after(60, 1_000, |_| 0), None);
        assert_eq!(after(100, 1_000, |tenths| tenths), None, "it is done");
    }

    #[test]
    fn the_remaining_time_is_never_zero() {
        // At a thousand per second, the last one takes a millisecond.
        assert_eq!(after(10, 10_001, |tenths| tenths * 100), Some(1));
    }

    #[test]
    fn the_estimate_follows_the_current_speed() {
        // A hundred per second for ten seconds, then one per second.
        let done = |tenths: u32| if tenths < 100 { tenths * 10 } else { 1_000 + (tenths - 100) / 10 };
        assert_eq!(after(60, 1_150, done), Some(100));
    }

    #[test]
    fn the_estimate_grows_while_the_work_stands_still() {
        let done = |tenths: u32| tenths.min(100);
        let (soon, later) = (after(12, 1_000, done).unwrap(), after(25, 1_000, done).unwrap());
        assert!(soon > 88 && later > soon, "{soon} {later}");
        assert_eq!(after(60, 1_000, done), None, "nobody knows when it goes on");
    }

    #[test]
    fn the_estimate_grows_when_more_work_is_found() {
        let mut measure = TimeLeft::default();
        measure.after(Duration::ZERO, 0, 100);
        assert_eq!(measure.after(Duration::from_secs(10), 50, 100), Some(10));
        assert_eq!(measure.after(Duration::from_secs(10), 50, 200), Some(30));
    }
}
