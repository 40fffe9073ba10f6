//! What pictures look like: a look-up and all groups in a library of a million, and what the fingerprint
//! costs in an import.

use crate::report::{Goal, Measured, quantile};
use crate::rows;
use std::hint::black_box;
use std::time::Instant;
use tokio_util::sync::CancellationToken;
use vitrine_core::Library;
use vitrine_core::import::{Memory, ReadLimits, decode_to_show, fingerprint, from_bytes};
use vitrine_core::model::{OrderBy, PageRequest, SearchPlace, ThumbnailSize, View};
use vitrine_tests::fixture::open_without_bucket;
use vitrine_tests::pictures::a_png;
use vitrine_tests::process::must;

const ROWS: u32 = 1_000_000;
const CALLS: u32 = 50;
const PICTURES: u32 = 20;

pub(crate) async fn measure() -> Vec<Measured> {
    let folder = rows::library(rows::MILLION, ROWS, async |_| ()).await;
    let library = open_without_bucket(&folder).await;
    let (mut similar, mut searched) = (Vec::new(), Vec::new());
    for call in 0..CALLS {
        // These have exactly one copy, which comes after them.
        let id = rows::place((call * 997 + 1) * rows::COPY_EACH - 2).id;
        let started = Instant::now();
        let found = must(library.similar(&id, 100).await, "finding similar images");
        similar.push(started.elapsed().as_secs_f64() * 1000.0);
        assert_eq!(found.page.len(), 1, "the copy is found, and nothing else");
        let started = Instant::now();
        let view = View::Search { query: format!("similar:{id} "), within: SearchPlace::History };
        let page = library.tiles(&view, OrderBy::Match, &PageRequest::first(100)).await;
        assert_eq!(must(page, "searching").page.len(), 2, "the picture and its copy are found");
        searched.push(started.elapsed().as_secs_f64() * 1000.0);
    }
    let goal = Goal::Below(100.0);
    let unit = "ms, p98 of 50, 1,000,000 images";
    let seconds = groups(&library).await;
    vec![
        Measured::alone("similar", unit, quantile(&similar, 98, 100), goal),
        Measured::alone("search by looks", unit, quantile(&searched, 98, 100), goal),
        Measured::alone("duplicates", "s, 1,000,000 images", seconds, Goal::Below(60.0)),
        Measured::alone(
            "fingerprint",
            "% of decoding and the thumbnail",
            share_of_import(),
            Goal::Below(1.0),
        ),
    ]
}

/// Returns how long it takes to find all groups, in seconds.
async fn groups(library: &Library) -> f64 {
    let started = Instant::now();
    let found = library.find_duplicates(CancellationToken::new(), |_| ()).await;
    let took = started.elapsed().as_secs_f64();
    let found = must(found, "finding duplicates");
    let groups = u32::try_from(found.groups.len()).unwrap_or(u32::MAX) + found.left_out;
    assert_eq!((groups, found.is_complete), (ROWS / rows::COPY_EACH, true), "every copy is found");
    took
}

/// Returns how much of the time for decoding a picture and making its thumbnails the fingerprint takes, in
/// percent. An import hashes, reads and writes the file as well.
fn share_of_import() -> f64 {
    let limits = ReadLimits::default();
    let bytes = a_png(1024, 1024).generated_like().bytes();
    let source = must(from_bytes("a.png", bytes, &limits), "reading a picture");
    let memory = Memory::default();
    let started = Instant::now();
    let mut thumbnail = Vec::new();
    for _ in 0..PICTURES {
        let decoded = decode_to_show(&source, &limits, ThumbnailSize::Medium, &memory);
        thumbnail = must(decoded, "decoding a picture").small.unwrap_or_default();
    }
    let decoding = started.elapsed();
    let pixels = must(image::load_from_memory(&thumbnail), "decoding a thumbnail");
    let started = Instant::now();
    for _ in 0..PICTURES {
        black_box(fingerprint(black_box(&pixels)));
    }
    100.0 * started.elapsed().as_secs_f64() / decoding.as_secs_f64()
}
