//! New links on a network that breaks and on a store that cannot copy. Afterwards, each image is stored once, under
//! its new key, and nothing is left under the old one.

use crate::fixture::{IMAGES, TransferFixture};
use std::time::Duration;
use vitrine_core::model::{KillPoint, KillPoints};
use vitrine_tests::chaos::{Chaos, Fault};
use vitrine_tests::folders::files_under;

/// Stores all images, and gives them new links.
async fn replaced() -> (Chaos, TransferFixture) {
    let (chaos, fixture) = TransferFixture::behind_proxy().await;
    fixture.run_until_stored().await;
    let before = fixture.keys_in_bucket().await;
    let report = fixture.library.new_links(fixture.ids.clone()).await.unwrap();
    assert_eq!(report.done.len(), IMAGES);
    assert_eq!(fixture.stored().await, [false; IMAGES]);
    assert_eq!(fixture.keys_in_bucket().await, before);
    (chaos, fixture)
}

/// Removes the originals without the library noticing.
fn remove_originals(fixture: &TransferFixture) {
    for path in files_under(&fixture.folder.path().join("originals")) {
        std::fs::remove_file(path).unwrap();
    }
}

fn originals(fixture: &TransferFixture) -> usize {
    files_under(&fixture.folder.path().join("originals")).len()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bucket_copies_the_objects_and_no_original_is_needed() {
    let (chaos, fixture) = replaced().await;
    remove_originals(&fixture);
    let (puts, gets) = (chaos.seen("PUT"), chaos.seen("GET"));
    fixture.run_until_stored().await;
    fixture.everything_is_stored_exactly_once().await;
    assert_eq!((chaos.seen("PUT") - puts, chaos.seen("GET") - gets), (IMAGES, 0));
    assert_eq!(originals(&fixture), 0);
}

/// Makes copies fail in this way, and checks the result.
async fn survives(times: usize, fault: Fault) {
    let (chaos, fixture) = replaced().await;
    remove_originals(&fixture);
    chaos.will(times, "PUT", fault);
    fixture.run_until_stored().await;
    fixture.everything_is_stored_exactly_once().await;
    assert_eq!(chaos.faults_left(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn copies_survive_an_answer_that_is_lost() {
    survives(3, Fault::SwallowAnswer).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn copies_survive_an_unavailable_service() {
    survives(6, Fault::Answer(503, "ServiceUnavailable")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn copies_survive_an_answer_that_is_not_http() {
    survives(3, Fault::Gibberish).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_lost_after_a_deletion_repeats_it() {
    let (chaos, fixture) = replaced().await;
    chaos.will(2, "POST", Fault::SwallowAnswer);
    fixture.run_until_stored().await;
    fixture.everything_is_stored_exactly_once().await;
    assert_eq!(chaos.faults_left(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_cannot_copy_gets_uploads() {
    for has_originals in [true, false] {
        let (chaos, fixture) = replaced().await;
        if !has_originals {
            remove_originals(&fixture);
        }
        let puts = chaos.seen("PUT");
        // One upload at a time, so that each fault hits a copy.
        fixture.controls.set_parallel(1);
        chaos.will(1, "PUT", Fault::Answer(501, "NotImplemented"));
        fixture.run_until_stored().await;
        fixture.everything_is_stored_exactly_once().await;
        assert_eq!((chaos.faults_left(), chaos.seen("PUT") - puts), (0, IMAGES + 1));
        // What is not on this disk is fetched for the upload.
        assert_eq!(originals(&fixture), if has_originals { IMAGES } else { 1 });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attempt_that_breaks_off_at_any_moment_loses_nothing() {
    for kill_point in [
        KillPoint::TransferClaimed,
        KillPoint::PutAnswered,
        KillPoint::DeleteAnswered,
        KillPoint::TransferConfirmed,
    ] {
        let (_chaos, mut fixture) = replaced().await;
        remove_originals(&fixture);
        fixture.kill_points = KillPoints::heard_by(move |now| assert_ne!(now, kill_point, "broken off here"));
        fixture.run_for(Duration::from_secs(2)).await;
        fixture.kill_points = KillPoints::default();
        fixture.run_until_stored().await;
        fixture.everything_is_stored_exactly_once().await;
    }
}
