//! A network that breaks in every way. After each fault, every image is stored
//! exactly once, or waits for the right reason, after a bounded number of
//! requests.

use crate::fixture::{IMAGES, LIMIT, TransferFixture};
use std::time::Duration;
use vitrine_core::model::{TransferActivity, TransferProblemCode};
use vitrine_tests::chaos::Fault;

/// Makes uploads fail in this way, and checks the result. Each fault costs one
/// upload, causes no upload to be sent twice, and nothing is sent that was
/// already stored.
async fn survives(times: usize, fault: Fault) {
    let (chaos, fixture) = TransferFixture::behind_proxy().await;
    chaos.will(times, "PUT", fault);
    fixture.run_until_stored().await;
    fixture.everything_is_stored_exactly_once().await;
    assert_eq!(chaos.faults_left(), 0);
    let most = IMAGES + times;
    assert!(chaos.seen("PUT") <= most, "{} uploads for {most}", chaos.seen("PUT"));
    // There is one request before each upload except the first, and one after
    // it.
    assert!(chaos.seen("HEAD") <= 2 * most, "{} questions for {most}", chaos.seen("HEAD"));
}

macro_rules! survives {
    ($($name:ident: $times:literal x $fault:expr;)*) => {
        $(#[tokio::test(flavor = "multi_thread")]
        async fn $name() {
            survives($times, $fault).await;
        })*
    };
}

survives! {
    uploads_survive_a_reset_in_the_middle_of_a_body: 4 x Fault::ResetAfter(100_000);
    uploads_survive_a_connection_cut_in_the_middle_of_a_body: 4 x Fault::CutAfter(100_000);
    uploads_survive_a_connection_cut_before_the_body: 3 x Fault::CutAfter(0);
    uploads_survive_an_answer_lost_after_the_image_was_stored: 3 x Fault::SwallowAnswer;
    uploads_survive_a_stalled_connection: 2 x Fault::StallAfter(100_000);
    uploads_survive_a_server_that_reads_one_byte_a_second: 2 x Fault::Trickle;
    uploads_survive_an_unavailable_service: 6 x Fault::Answer(503, "ServiceUnavailable");
    uploads_survive_an_internal_server_error: 4 x Fault::Answer(500, "InternalError");
    uploads_survive_an_answer_that_is_not_http: 3 x Fault::Gibberish;
    uploads_survive_an_answer_with_a_wrong_etag: 3 x Fault::WrongEtag;
}

#[tokio::test(flavor = "multi_thread")]
async fn throttling_slows_all_transfers_down_and_parks_none() {
    let (chaos, fixture) = TransferFixture::behind_proxy().await;
    for (code, status) in [("TooManyRequests", 429), ("SlowDown", 503)] {
        chaos.will(4, "PUT", Fault::Answer(status, code));
    }
    fixture.run_until_stored().await;
    fixture.everything_is_stored_exactly_once().await;
    assert!(chaos.seen("PUT") <= IMAGES + 8, "{}", chaos.seen("PUT"));
}

#[tokio::test(flavor = "multi_thread")]
async fn new_keys_that_are_refused_for_a_while_are_retried_without_asking() {
    let (chaos, fixture) = TransferFixture::behind_proxy().await;
    chaos.will(3, "PUT", Fault::Answer(403, "AccessDenied"));
    chaos.will(3, "HEAD", Fault::Answer(401, "Unauthorized"));
    fixture.controls.keys_are_new();
    fixture.run_until_stored().await;
    fixture.everything_is_stored_exactly_once().await;
    assert!(fixture.was(TransferActivity::WaitingForKeys));
    assert!(!fixture.was(TransferActivity::NeedsAttention));
}

#[tokio::test(flavor = "multi_thread")]
async fn new_keys_that_stay_refused_need_attention_eventually() {
    let (chaos, mut fixture) = TransferFixture::behind_proxy().await;
    chaos.will(1_000, "PUT", Fault::Answer(403, "AccessDenied"));
    chaos.will(1_000, "HEAD", Fault::Answer(403, "AccessDenied"));
    fixture.pace.new_keys = LIMIT;
    fixture.controls.keys_are_new();
    let report = fixture.run().await;
    assert_eq!((report.parked, report.waiting), (0, 3));
    assert!(fixture.was(TransferActivity::WaitingForKeys) && !fixture.was(TransferActivity::NeedsAttention));
    // Now the keys are not new any more.
    fixture.pace.new_keys = Duration::ZERO;
    fixture.run().await;
    assert!(fixture.was(TransferActivity::NeedsAttention));
    assert_eq!(fixture.problem().await, TransferProblemCode::Credentials);
    assert!(fixture.keys_in_bucket().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_worked_before_need_attention_as_soon_as_they_are_refused() {
    let (chaos, fixture) = TransferFixture::behind_proxy().await;
    chaos.will(2, "PUT", Fault::Answer(403, "AccessDenied"));
    let report = fixture.run().await;
    assert_eq!((report.parked, report.stored + report.waiting), (0, 3));
    assert!(fixture.was(TransferActivity::NeedsAttention) && !fixture.was(TransferActivity::WaitingForKeys));
    assert!(chaos.seen("PUT") <= 2, "two run at a time, and no more after a refusal");
    fixture.run_until_stored().await;
    fixture.everything_is_stored_exactly_once().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_clock_is_reported_and_waits_for_the_user() {
    let (chaos, fixture) = TransferFixture::behind_proxy().await;
    chaos.will(2, "PUT", Fault::WrongDate);
    let report = fixture.run().await;
    assert_eq!(report.parked, 0);
    assert!(fixture.was(TransferActivity::NeedsAttention));
    assert_eq!(fixture.problem().await, TransferProblemCode::ClockSkew);
    fixture.run_until_stored().await;
    fixture.everything_is_stored_exactly_once().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn transfers_probe_a_lost_network_and_continue_when_it_returns() {
    let (chaos, fixture) = TransferFixture::behind_proxy().await;
    chaos.refuse().await;
    let report = fixture.run().await;
    assert_eq!((report.stored, report.parked, report.waiting), (0, 0, 3));
    assert!(fixture.was(TransferActivity::Offline));
    chaos.accept().await;
    fixture.run_until_stored().await;
    fixture.everything_is_stored_exactly_once().await;
    assert!(chaos.seen("PUT") <= IMAGES, "what was refused never came");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_that_the_bucket_refuses_is_parked_and_the_others_continue() {
    let (chaos, fixture) = TransferFixture::behind_proxy().await;
    chaos.will(1, "PUT", Fault::Answer(400, "EntityTooLarge"));
    let report = fixture.run().await;
    assert_eq!((report.stored, report.parked, report.waiting), (2, 1, 0));
    assert_eq!(fixture.problem().await, TransferProblemCode::Rejected);
    assert_eq!(chaos.seen("PUT"), IMAGES);
    assert_eq!(fixture.uploads_ended(), [(2, 1)]);
    fixture.library.retry_transfers(None).await.unwrap();
    fixture.run_until_stored().await;
    fixture.everything_is_stored_exactly_once().await;
    assert_eq!(fixture.uploads_ended(), [(2, 1), (1, 0)]);
    // Deletions are no uploads.
    fixture.remove_all().await;
    fixture.run_until_stored().await;
    assert_eq!(fixture.uploads_ended().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn deletions_survive_a_lost_answer_and_a_broken_connection() {
    for fault in [Fault::SwallowAnswer, Fault::CutAfter(10), Fault::Answer(503, "ServiceUnavailable")] {
        let (chaos, fixture) = TransferFixture::behind_proxy().await;
        fixture.run_until_stored().await;
        chaos.will(2, "POST", fault);
        fixture.remove_all().await;
        fixture.run_until_stored().await;
        assert!(fixture.keys_in_bucket().await.is_empty(), "{fault:?}");
        assert!(fixture.library.transfers(10).await.unwrap().is_empty());
        // All three go in one request, which is repeated as long as it fails.
        assert!(chaos.seen("POST") <= 2 + IMAGES, "{fault:?}: {}", chaos.seen("POST"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fetched_original_that_is_damaged_is_refused_and_its_object_stays() {
    let (chaos, fixture) = TransferFixture::behind_proxy().await;
    fixture.run_until_stored().await;
    remove_files_under(&fixture.folder.path().join("originals"));
    chaos.will(1, "GET", Fault::WrongByte);
    fixture.remove_all().await;
    let report = fixture.run().await;
    assert_eq!((report.deleted, report.parked), (2, 1));
    assert_eq!(fixture.problem().await, TransferProblemCode::OriginalMissing);
    assert_eq!(fixture.keys_in_bucket().await.len(), 1);
    // The network was at fault, not the object.
    fixture.library.retry_transfers(None).await.unwrap();
    fixture.run_until_stored().await;
    assert!(fixture.keys_in_bucket().await.is_empty());
    fixture.library.restore(fixture.ids.clone()).await.unwrap();
    fixture.run_until_stored().await;
    fixture.everything_is_stored_exactly_once().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_original_whose_download_breaks_off_is_fetched_again() {
    let (chaos, fixture) = TransferFixture::behind_proxy().await;
    fixture.run_until_stored().await;
    remove_files_under(&fixture.folder.path().join("originals"));
    chaos.will(1, "GET", Fault::StallAnswer);
    fixture.remove_all().await;
    fixture.run_until_stored().await;
    assert!(fixture.keys_in_bucket().await.is_empty());
    fixture.library.restore(fixture.ids.clone()).await.unwrap();
    fixture.run_until_stored().await;
    fixture.everything_is_stored_exactly_once().await;
}

fn remove_files_under(folder: &std::path::Path) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { remove_files_under(&path) } else { std::fs::remove_file(path).unwrap() }
    }
}
