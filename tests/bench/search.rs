//! The first page of searches in a catalog of a million rows, for words that are as rare and as common
//! as in prompts.

use crate::report::{Goal, Measured, quantile};
use crate::rows;
use std::time::Instant;
use vitrine_core::Library;
use vitrine_core::model::{PageRequest, SearchPlace};
use vitrine_tests::fixture::open_without_bucket;
use vitrine_tests::process::must;

const ROWS: u32 = 1_000_000;
const CALLS: usize = 500;
const LIMIT: u32 = 100;
const GOAL: Goal = Goal::Below(30.0);

pub(crate) async fn measure() -> Vec<Measured> {
    let folder = rows::library(rows::MILLION, ROWS, async |_| ()).await;
    let library = open_without_bucket(&folder).await;
    // Every call uses other words, from those that almost every prompt contains to the rarest.
    let word = |call: usize| rows::word(call * rows::WORDS / CALLS);
    let other = |call: usize| rows::word((call * 7 + 3) % 50);
    let asked: [(&str, &dyn Fn(usize) -> String); 4] = [
        ("search, one word", &|call| format!("{} ", word(call))),
        ("search, two words", &|call| format!("{} {} ", word(call), other(call))),
        ("search, a word and filters", &|call| {
            format!("{} model:\"dreamshaper xl\" is:public after:2023-11-20 ", word(call))
        }),
        ("search, a word being typed", &|call| word(call).chars().take(1 + call % 5).collect()),
    ];
    let mut measured = Vec::new();
    for (name, query) in asked {
        let mut times = Vec::with_capacity(CALLS);
        for call in 0..CALLS {
            times.push(timed(&library, &query(call)).await);
        }
        let ours = quantile(&times, 99, 100);
        measured.push(Measured { name, unit: "ms, p99 of 500", ours, theirs: None, goal: GOAL });
    }
    measured
}

/// Returns how long the first page took, in milliseconds.
async fn timed(library: &Library, query: &str) -> f64 {
    let started = Instant::now();
    let page = library.search(query, SearchPlace::History, &PageRequest::first(LIMIT)).await;
    let took = started.elapsed().as_secs_f64() * 1000.0;
    must(page, "searching");
    took
}
