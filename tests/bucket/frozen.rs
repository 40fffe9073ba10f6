//! A server that stops answering completely and continues later.

use crate::fixture::{SHORT, TransferFixture};
use std::time::Duration;
use vitrine_core::bucket::Patience;
use vitrine_tests::s3::S3Server;

async fn survives_a_frozen_server(patience: Patience, frozen_for: Duration) {
    // This is not the server that other tests share.
    let server = tokio::task::spawn_blocking(S3Server::start).await.unwrap();
    let fixture = TransferFixture::on(&server, patience).await;
    server.freeze();
    let frozen_at = tokio::time::Instant::now();
    // The runner notices the stalled connections: a run ends with nothing
    // stored and nothing parked.
    let report = fixture.run_for(frozen_for).await;
    assert_eq!((report.stored, report.parked, report.waiting), (0, 0, 3), "{report:?}");
    assert!(fixture.tried_more_than_once().await, "it waited for the first answer only");
    tokio::time::sleep_until(frozen_at + frozen_for).await;
    server.thaw();
    fixture.run_until_stored().await;
    fixture.everything_is_stored_exactly_once().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_server_is_noticed_and_uploads_finish_once_it_continues() {
    survives_a_frozen_server(SHORT, Duration::from_secs(8)).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes; `make torture` runs it"]
async fn a_server_frozen_for_a_minute_loses_nothing() {
    survives_a_frozen_server(
        Patience { request: Duration::from_secs(10), stall: Duration::from_secs(10), ..Patience::default() },
        Duration::from_mins(1),
    )
    .await;
}
