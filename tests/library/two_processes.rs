//! Two programs use one library. One transfers, the other sees that, and takes
//! over when the first ends.

use tokio_util::sync::CancellationToken;
use vitrine_core::model::{PageRequest, Settings, TransferActivity, TransferState};
use vitrine_tests::fixture::{LibraryFixture, generated, import_picture, push, until};
use vitrine_tests::pictures::a_png;

#[tokio::test(flavor = "multi_thread")]
async fn one_process_transfers_and_the_other_sees_it_and_takes_over() {
    let fixture = LibraryFixture::with_bucket();
    let (first, second) = (fixture.open().await, fixture.open().await);
    let start = |library: &vitrine_core::Library| {
        let (library, cancel) = (library.clone(), CancellationToken::new());
        let stop = cancel.clone();
        (cancel, tokio::spawn(async move { library.run_transfers(stop).await }))
    };
    // A paused runner holds the lock and leaves the queue alone.
    first.pause_transfers().await.unwrap();
    let (stop_first, first_runs) = start(&first);
    until("the first has the transfers", async || {
        fixture.folder().join("transfers.lock").exists() && !first_runs.is_finished()
    })
    .await;
    let id = import_picture(&first, &a_png(16, 16), generated()).await;
    until("the first is paused", async || {
        first.transfer_summary().await.unwrap().activity == TransferActivity::Paused
    })
    .await;
    assert_eq!(second.get_my_images(&PageRequest::first(5)).await.unwrap().page[0].id, id);
    let (stop_second, second_runs) = start(&second);
    until("the second sees the pause", async || {
        second.transfer_summary().await.unwrap().activity == TransferActivity::Paused
    })
    .await;

    first.resume_transfers().await.unwrap();
    until("the second sees it stored", async || second.detail(&id).await.unwrap().stored).await;

    stop_first.cancel();
    first_runs.await.unwrap();
    let later = import_picture(&second, &a_png(16, 16).seed(2), generated()).await;
    until("the second has taken over", async || first.detail(&later).await.unwrap().stored).await;
    stop_second.cancel();
    second_runs.await.unwrap();
    assert_eq!(fixture.keys_in_bucket().await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_waiting_process_sees_the_progress_of_the_other_and_can_pause_it() {
    let fixture = LibraryFixture::with_bucket();
    let (first, second) = (fixture.open().await, fixture.open().await);
    // This is slow enough to be observed: 30 kB at 4 kB per second.
    let slow = Settings { upload_limit_kb: 4, parallel_transfers: 1, ..Settings::default() };
    first.save_settings(slow.clone()).await.unwrap();
    let ids = [import_picture(&first, &a_png(100, 100).noise(), generated()).await];
    let cancel = CancellationToken::new();
    let first_runs = tokio::spawn({
        let (first, cancel) = (first.clone(), cancel.clone());
        async move { tokio::join!(first.run_transfers(cancel.clone()), first.watch_other_processes(cancel)) }
    });
    until("the first uploads", async || first.transfer_summary().await.unwrap().bytes_done.0 > 0).await;
    let second_runs = tokio::spawn({
        let (second, cancel) = (second.clone(), cancel.clone());
        async move { second.run_transfers(cancel).await }
    });
    until("the second sees how far the first is", async || {
        let summary = second.transfer_summary().await.unwrap();
        let size = summary.bytes_total.0;
        summary.activity == TransferActivity::Elsewhere && (1..size).contains(&summary.bytes_done.0)
    })
    .await;
    let seen = second.transfers(10).await.unwrap().remove(0);
    assert_eq!((seen.image_id.as_ref(), seen.state), (Some(&ids[0]), TransferState::Active));
    assert!(seen.bytes_done.0 > 0, "{seen:?}");

    second.pause_transfers().await.unwrap();
    until("the first is paused", async || {
        first.transfer_summary().await.unwrap().activity == TransferActivity::Paused
    })
    .await;
    first.save_settings(Settings { upload_limit_kb: 0, ..slow }).await.unwrap();
    second.resume_transfers().await.unwrap();
    until("it is stored", async || second.detail(&ids[0]).await.unwrap().stored).await;
    cancel.cancel();
    first_runs.await.unwrap();
    second_runs.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_that_push_at_once_upload_each_image_once() {
    let fixture = LibraryFixture::with_bucket();
    let (first, second) = (fixture.open().await, fixture.open().await);
    for seed in 0..10 {
        let library = if seed % 2 == 0 { &first } else { &second };
        import_picture(library, &a_png(16, 16).seed(seed), generated()).await;
    }
    let (a, b) = tokio::join!(push(&first), push(&second));
    assert_eq!((a.stored + b.stored, a.parked + b.parked), (10, 0), "{a:?} {b:?}");
    assert_eq!(fixture.keys_in_bucket().await.len(), 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_that_create_a_library_at_once_agree_on_it() {
    let fixture = LibraryFixture::new();
    let (first, second) = tokio::join!(fixture.open(), fixture.open());
    let id = import_picture(&first, &a_png(16, 16), generated()).await;
    assert_eq!(second.detail(&id).await.unwrap().id, id);
    assert_eq!(first.profiles().await.unwrap(), second.profiles().await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_does_not_wait_for_a_paused_one() {
    let fixture = LibraryFixture::with_bucket();
    let (first, second) = (fixture.open().await, fixture.open().await);
    first.pause_transfers().await.unwrap();
    let cancel = CancellationToken::new();
    let first_runs = tokio::spawn({
        let (first, cancel) = (first.clone(), cancel.clone());
        async move { first.run_transfers(cancel).await }
    });
    import_picture(&first, &a_png(16, 16), generated()).await;
    until("the first is paused", async || {
        first.transfer_summary().await.unwrap().activity == TransferActivity::Paused
    })
    .await;
    let report = second.push(None, CancellationToken::new()).await.unwrap();
    assert_eq!((report.stored, report.waiting), (0, 1));
    cancel.cancel();
    first_runs.await.unwrap();
}
