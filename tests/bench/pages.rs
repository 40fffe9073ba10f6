//! Pages of a catalog of a million rows: the first, some far down, and the first of the public feed.

use crate::report::{Goal, Measured, quantile};
use crate::rows;
use std::time::Instant;
use vitrine_core::model::PageRequest;
use vitrine_tests::fixture::open_without_bucket;
use vitrine_tests::process::must;

const ROWS: u32 = 1_000_000;
const DEPTH: u32 = 900_000;
const CALLS: u32 = 500;
const LIMIT: u32 = 100;
const GOAL: Goal = Goal::Below(5.0);

pub(crate) async fn measure() -> Vec<Measured> {
    let folder = rows::library(rows::MILLION, ROWS, async |_| ()).await;
    let library = open_without_bucket(&folder).await;
    let (mut first, mut deep, mut feed) = (Vec::new(), Vec::new(), Vec::new());
    for call in 0..CALLS {
        let (took, newest) = timed(library.get_my_images(&PageRequest::first(LIMIT))).await;
        first.push(took);
        assert_eq!(newest.page[0].id, rows::place(ROWS - 1).id, "the newest comes first");

        // Every call reads a different page, from the 900,000th row on.
        let last_seen = ROWS - DEPTH - LIMIT * (call % 100);
        let request = PageRequest { limit: LIMIT, cursor: Some(rows::place(last_seen).to_text()) };
        let (took, page) = timed(library.get_my_images(&request)).await;
        deep.push(took);
        assert_eq!(page.page[0].id, rows::place(last_seen - 1).id, "the page goes on where it should");
        assert_eq!(page.page.len(), LIMIT as usize, "the page is full");

        let (took, public) = timed(library.get_public_feed(&PageRequest::first(LIMIT))).await;
        feed.push(took);
        assert_eq!(public.page.len(), LIMIT as usize, "the feed's page is full");
    }
    let p99 = |name, times: &[f64]| Measured::alone(name, "ms, p99 of 500", quantile(times, 99, 100), GOAL);
    vec![
        p99("first page of 1,000,000", &first),
        p99("page 900,000 deep", &deep),
        p99("first page of the feed", &feed),
    ]
}

/// Returns the elapsed time in milliseconds, and the result.
async fn timed<T>(page: impl Future<Output = Result<T, vitrine_core::Error>>) -> (f64, T) {
    let started = Instant::now();
    let page = page.await;
    (started.elapsed().as_secs_f64() * 1000.0, must(page, "reading a page"))
}
