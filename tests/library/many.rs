//! Thousands of images at once: one action, few requests, and no work that
//! grows with the queue.

use tokio_util::sync::CancellationToken;
use vitrine_core::Library;
use vitrine_core::model::{PageRequest, Removal, Settings, TransferActivity};
use vitrine_tests::chaos::Chaos;
use vitrine_tests::fixture::{LibraryFixture, get, push, until};
use vitrine_tests::rows::{content, keep_originals, queue};
use vitrine_tests::s3;

/// The number of removed images. One request deletes a thousand keys.
const REMOVED: usize = 5_000;
const QUEUED: u32 = 10_000;

async fn sixteen_at_a_time(library: &Library) {
    library.save_settings(Settings { parallel_transfers: 16, ..Settings::default() }).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn five_thousand_removals_are_one_action_one_undo_and_five_requests() {
    let fixture = LibraryFixture::with_bucket();
    let chaos = Chaos::before(s3::shared().port()).await;
    fixture.set("R2_ENDPOINT", &chaos.endpoint());
    let library = fixture.open().await;
    sixteen_at_a_time(&library).await;
    let ids = queue(&fixture.folder(), &fixture.owner(), u32::try_from(REMOVED).unwrap()).await;
    keep_originals(&fixture.folder(), u32::try_from(REMOVED).unwrap());
    assert_eq!(push(&library).await.stored as usize, REMOVED);

    // One action removes them, and one action undoes that before anything was
    // deleted.
    let removed = library.remove(ids.clone(), Removal::ToTrash).await.unwrap();
    assert_eq!((removed.done.len(), removed.failed.len()), (REMOVED, 0));
    assert_eq!(library.counts().await.unwrap().history, 0);
    let restored = library.restore(ids.clone()).await.unwrap();
    assert_eq!(restored.done.len(), REMOVED);
    assert!(library.transfers(10).await.unwrap().is_empty(), "nothing was asked of the bucket");
    assert_eq!(library.counts().await.unwrap().history as usize, REMOVED);

    library.remove(ids.clone(), Removal::ToTrash).await.unwrap();
    let before = (chaos.seen("POST"), chaos.seen("DELETE"));
    let report = push(&library).await;
    assert_eq!((report.deleted as usize, report.parked, report.waiting), (REMOVED, 0, 0));
    assert!(fixture.keys_in_bucket().await.is_empty());
    assert_eq!(chaos.seen("POST") - before.0, 5, "a thousand keys in each request");
    assert_eq!(chaos.seen("DELETE"), before.1);

    library.restore(ids[..2].to_vec()).await.unwrap();
    assert_eq!(push(&library).await.stored, 2);
    let url = format!("{}/{}", s3::shared().public_base(), library.detail(&ids[1]).await.unwrap().r2_key);
    assert_eq!(get(&url).await, (200, content(1)));
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_uploads_wait_for_a_refusing_bucket_after_a_few_tries() {
    let fixture = LibraryFixture::with_bucket();
    let chaos = Chaos::before(s3::shared().port()).await;
    fixture.set("R2_ENDPOINT", &chaos.endpoint());
    let library = fixture.open().await;
    // The store is checked now. Otherwise it would be tested before anything
    // else.
    library.check_bucket(|_| ()).await.unwrap();
    chaos.refuse().await;
    sixteen_at_a_time(&library).await;
    queue(&fixture.folder(), &fixture.owner(), QUEUED).await;
    keep_originals(&fixture.folder(), 20);
    let report = push(&library).await;
    assert_eq!((report.stored, report.parked, report.waiting), (0, 0, QUEUED));
    let page = library.transfers(1_000).await.unwrap();
    assert_eq!(page.len(), 1_000);
    // The first few transfers found the failure, and after that a single one at
    // a time was the probe.
    let tried: u32 = page.iter().map(|transfer| transfer.attempts).sum();
    assert!((1..=16 + 3).contains(&tried), "{tried}");
    assert_eq!(library.get_my_images(&PageRequest::first(50)).await.unwrap().page.len(), 50);

    // When the server comes back, the images with originals are uploaded, past
    // the rest.
    chaos.accept().await;
    let cancel = CancellationToken::new();
    let running = tokio::spawn({
        let (library, cancel) = (library.clone(), cancel.clone());
        async move { library.run_transfers(cancel).await }
    });
    until("twenty are stored", async || fixture.keys_in_bucket().await.len() == 20).await;
    library.pause_transfers().await.unwrap();
    until("it is paused", async || {
        let summary = library.transfer_summary().await.unwrap();
        summary.activity == TransferActivity::Paused && summary.active == 0
    })
    .await;
    let summary = library.transfer_summary().await.unwrap();
    assert_eq!(summary.waiting + summary.parked, QUEUED - 20);
    cancel.cancel();
    running.await.unwrap();
}
