//! Uploads that were queued or running when the program ended continue, and
//! each object exists once.

use tokio_util::sync::CancellationToken;
use vitrine_core::Library;
use vitrine_core::model::{PageRequest, Settings, TransferState};
use vitrine_tests::fixture::{LibraryFixture, generated, get, import, push, until};
use vitrine_tests::pictures::a_png;

const IMAGES: u32 = 24;

async fn a_full_queue(fixture: &LibraryFixture) -> Library {
    let library = fixture.open().await;
    library.save_settings(Settings { parallel_transfers: 2, ..Settings::default() }).await.unwrap();
    for seed in 0..IMAGES {
        a_png(500, 500).noise().seed(u64::from(seed)).write_to(&fixture.inbox(), &format!("{seed}.png"));
    }
    assert_eq!(import(&library, vec![fixture.inbox()], generated()).await.imported, IMAGES);
    library
}

/// Waits until the first upload is confirmed while others are running.
async fn in_the_middle(library: &Library) {
    let left = async || library.transfers(100).await.unwrap();
    until("the first upload is confirmed", async || left().await.len() < IMAGES as usize).await;
    until("another is on the way", async || {
        left().await.iter().any(|transfer| transfer.state == TransferState::Active)
    })
    .await;
}

async fn everything_is_stored_once(fixture: &LibraryFixture, library: &Library) {
    let rows = library.get_my_images(&PageRequest::first(100)).await.unwrap().page;
    let mut keys: Vec<_> = rows.iter().map(|row| row.r2_key.to_string()).collect();
    keys.sort();
    assert_eq!(keys.len(), IMAGES as usize);
    assert_eq!(fixture.keys_in_bucket().await, keys);
    for row in rows {
        assert!(row.stored, "{}", row.filename);
        let bytes = std::fs::read(fixture.inbox().join(&row.filename)).unwrap();
        assert!(get(row.url.as_deref().unwrap()).await == (200, bytes), "{}", row.filename);
    }
    assert!(library.transfers(100).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn uploads_that_never_began_start_after_a_restart() {
    let fixture = LibraryFixture::with_bucket();
    drop(a_full_queue(&fixture).await);
    let library = fixture.open().await;
    let report = push(&library).await;
    assert_eq!((report.stored, report.waiting), (IMAGES, 0));
    everything_is_stored_once(&fixture, &library).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn uploads_stopped_on_request_continue_after_a_restart() {
    let fixture = LibraryFixture::with_bucket();
    let library = a_full_queue(&fixture).await;
    let cancel = CancellationToken::new();
    let running = tokio::spawn({
        let (library, cancel) = (library.clone(), cancel.clone());
        async move { library.run_transfers(cancel).await }
    });
    in_the_middle(&library).await;
    cancel.cancel();
    running.await.unwrap();
    drop(library);

    let library = fixture.open().await;
    let left = u32::try_from(library.transfers(100).await.unwrap().len()).unwrap();
    let report = push(&library).await;
    assert_eq!((report.stored, report.parked, report.waiting), (left, 0, 0));
    everything_is_stored_once(&fixture, &library).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn uploads_that_were_cut_off_continue_after_a_restart() {
    let fixture = LibraryFixture::with_bucket();
    let library = a_full_queue(&fixture).await;
    let running = tokio::spawn({
        let library = library.clone();
        async move { library.run_transfers(CancellationToken::new()).await }
    });
    in_the_middle(&library).await;
    // Rows stay marked as running, as after a kill.
    running.abort();
    let _ = running.await;
    drop(library);

    let library = fixture.open().await;
    let report = push(&library).await;
    assert_eq!((report.parked, report.waiting), (0, 0));
    everything_is_stored_once(&fixture, &library).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_outlives_a_restart() {
    let fixture = LibraryFixture::with_bucket();
    let library = a_full_queue(&fixture).await;
    library.pause_transfers().await.unwrap();
    drop(library);
    let library = fixture.open().await;
    assert_eq!(push(&library).await.stored, 0);
    assert!(fixture.keys_in_bucket().await.is_empty());
    library.resume_transfers().await.unwrap();
    assert_eq!(push(&library).await.stored, IMAGES);
}
