//! What is typed into the search box.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let search = vitrine_core::model::Search::parse(&text, &vitrine_core::model::Zone::UTC);
    assert!(search.problems.len() <= text.len());
});
