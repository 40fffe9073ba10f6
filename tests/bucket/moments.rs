//! Clocks that move while the runner reads them.

use crate::fixture::{SHORT, TransferFixture};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use vitrine_core::files::Originals;
use vitrine_core::model::{Clock, KillPoint, KillPoints, Removal, UnixMs};
use vitrine_core::transfer::RetryPolicy;
use vitrine_tests::chaos::Fault;
use vitrine_tests::s3;

/// A moment in 2026.
const T: i64 = 1_795_000_000_000;
const YEAR_MS: i64 = 365 * 24 * 3600 * 1000;
/// Far longer than any of this takes. A run that would sleep forever ends then, with everything still
/// waiting.
const ENOUGH: Duration = Duration::from_mins(1);

/// A clock that advances by a number of milliseconds each time it is read.
struct Stepping {
    next: AtomicI64,
    step: i64,
}

impl Stepping {
    fn from(start: i64, step: i64) -> Arc<Self> {
        Arc::new(Self { next: AtomicI64::new(start), step })
    }
}

impl Clock for Stepping {
    fn now(&self) -> UnixMs {
        UnixMs(self.next.fetch_add(self.step, Ordering::SeqCst))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_that_is_due_between_two_clock_readings_is_not_lost() {
    for step in [1, 2, 3, 5, 10, 100] {
        let mut fixture = TransferFixture::on(s3::shared(), SHORT).await;
        fixture.all_wait_until(UnixMs(T)).await;
        // The transfers are not due at the first reading, and long overdue at the second.
        fixture.clock = Stepping::from(T - 1, step);
        let report = fixture.run_for(ENOUGH).await;
        assert_eq!((report.stored, report.waiting), (3, 0), "in steps of {step} ms");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn retries_continue_however_the_clock_moves() {
    for step in [0, 1, 7, 50, 1_000, -7, -1_000] {
        let (chaos, mut fixture) = TransferFixture::behind_proxy().await;
        chaos.will(4, "PUT", Fault::Answer(503, "ServiceUnavailable"));
        fixture.clock = Stepping::from(T, step);
        // If the clock is slower than the wait, stands still or goes back, nothing becomes due. The next run
        // is later.
        let mut stored = 0;
        for run in 0..20 {
            stored += fixture.run_for(Duration::from_secs(2)).await.stored;
            if stored == 3 {
                break;
            }
            fixture.clock = Stepping::from(T + (run + 1) * 1_000, step);
        }
        assert_eq!(stored, 3, "in steps of {step} ms");
        fixture.everything_is_stored_exactly_once().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_set_back_by_a_year_makes_no_transfer_wait_for_a_year() {
    let mut fixture = TransferFixture::on(s3::shared(), SHORT).await;
    fixture.all_wait_until(UnixMs(T + YEAR_MS)).await;
    fixture.clock = Stepping::from(T, 1);
    let report = fixture.run_for(ENOUGH).await;
    assert_eq!((report.stored, report.waiting), (3, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attempt_that_panics_is_repeated_only_after_a_pause() {
    let mut fixture = TransferFixture::on(s3::shared(), SHORT).await;
    fixture.pace = RetryPolicy::default();
    let panics = Arc::new(AtomicI64::new(0));
    fixture.kill_points = KillPoints::heard_by({
        let panics = Arc::clone(&panics);
        move |point| {
            if point == KillPoint::TransferClaimed {
                panics.fetch_add(1, Ordering::SeqCst);
                panic!("a fault in an attempt");
            }
        }
    });
    let report = fixture.run_for(Duration::from_secs(5)).await;
    assert_eq!((report.stored, report.waiting), (0, 3));
    // Three at once, again after two seconds, and perhaps after four more.
    let panics = panics.load(Ordering::SeqCst);
    assert!((1..=9).contains(&panics), "{panics} attempts in five seconds");
    fixture.kill_points = KillPoints::default();
    fixture.run_until_stored().await;
}

/// Found by the kill test: the deletion of the object had been claimed while its image could still be
/// restored. It downloaded the original again after the image had been deleted permanently.
#[tokio::test(flavor = "multi_thread")]
async fn an_image_deleted_while_its_object_is_deleted_leaves_no_file() {
    let mut fixture = TransferFixture::on(s3::shared(), SHORT).await;
    fixture.run_until_stored().await;
    fixture.library.remove(fixture.ids.clone(), Removal::ToTrash).await.unwrap();
    let (library, ids) = (fixture.library.clone(), fixture.ids.clone());
    fixture.kill_points = KillPoints::heard_by(move |point| {
        if point == KillPoint::TransferClaimed {
            let delete = library.remove(ids.clone(), Removal::Permanent);
            tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(delete)).unwrap();
        }
    });
    let report = fixture.run_for(ENOUGH).await;
    assert_eq!((report.waiting, report.parked), (0, 0), "{report:?}");
    let originals = Originals::at(fixture.folder.path());
    assert!(!originals.any().unwrap(), "an original is on the disk again");
    assert!(fixture.catalog().unwanted_originals().await.unwrap().is_empty());
}
