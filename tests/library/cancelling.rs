//! Stops an import in the middle of files that are made to take long.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;
use vitrine_core::library::{ImportChoices, LibraryEvent};
use vitrine_core::model::{PageRequest, Source, Work};
use vitrine_tests::claims::{again, deep_png, wide_gif, wide_jpeg, wide_webp};
use vitrine_tests::fixture::{LibraryFixture, generated};
use vitrine_tests::pictures::a_png;

/// Returns sources that take many seconds to decode together. They are decoded one after the
/// other because of the memory they take.
fn slow_sources() -> Vec<Source> {
    let files = [wide_jpeg(), wide_webp(), deep_png(), wide_gif()];
    let named = |number: u8| files.iter().map(move |file| (number, again(file, number)));
    (0..8)
        .flat_map(named)
        .map(|(number, bytes)| Source::Bytes { filename: number.to_string(), bytes })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_import_returns_at_once_and_keeps_only_reported_files() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let (cancel, told) = (CancellationToken::new(), Arc::new(AtomicUsize::new(0)));
    let (stop, heard) = (cancel.clone(), Arc::clone(&told));
    let cancelled_at = Arc::new(std::sync::Mutex::new(None));
    let moment = Arc::clone(&cancelled_at);
    let each = move |_: &vitrine_core::model::ImportedFile| {
        heard.fetch_add(1, Ordering::SeqCst);
        // The first file is done, so the others are being decoded.
        moment.lock().unwrap().get_or_insert_with(Instant::now);
        stop.cancel();
    };
    let summary = library
        .import(slow_sources(), generated(), ImportChoices::default(), cancel, each, |_| ())
        .await
        .unwrap();
    let took = cancelled_at.lock().unwrap().unwrap().elapsed();
    assert!(summary.cancelled);
    // This takes some milliseconds on an idle computer. Decoding the rest would take a minute.
    assert!(took < Duration::from_secs(5), "{took:?}");
    let rows = library.get_my_images(&PageRequest::first(100)).await.unwrap().page;
    assert_eq!(rows.len(), told.load(Ordering::SeqCst));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_tells_that_it_has_ended_unless_it_was_cancelled() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let mut events = library.events();
    let named = |name: &str, bytes: Vec<u8>| Source::Bytes { filename: name.to_owned(), bytes };
    let sources = || {
        let pictures = (0..3).map(|seed| named("fox.png", a_png(24, 16).noise().seed(seed).bytes()));
        pictures.chain([named("notes.png", b"not a picture".to_vec())]).collect::<Vec<_>>()
    };
    let cancelled = CancellationToken::new();
    cancelled.cancel();
    for cancel in [cancelled, CancellationToken::new(), CancellationToken::new()] {
        let choices = ImportChoices::default();
        library.import(sources(), generated(), choices, cancel, |_| (), |_| ()).await.unwrap();
    }
    let mut ended = Vec::new();
    while let Ok(event) = events.try_recv() {
        if let LibraryEvent::Ended(of) = event {
            assert_eq!(of.work, Work::Import);
            ended.push((of.done, of.failed));
        }
    }
    // The last import found only what the library had.
    assert_eq!(ended, [(3, 1), (0, 1)]);
}
