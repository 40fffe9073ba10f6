//! What reading costs in counted steps, so that neither a clock nor another program affects the result.

use std::time::{Duration, Instant};

use vitrine_core::metadata::{self, Budget, Cut, never, read_within};
use vitrine_tests::hostile::{deflated, growing_files, slow_files};

use super::files::a_png;

const SMALL: usize = 40_000;
/// The number of steps that any file may cost, however small it is.
const FIRST: u64 = 2_000_000;

fn steps(file: &[u8]) -> u64 {
    let budget = Budget::counting(&never);
    read_within(file, &budget);
    budget.spent()
}

#[test]
fn a_file_four_times_as_large_takes_at_most_four_times_the_steps() {
    let mut faster = Vec::new();
    for growing in growing_files() {
        let (small, large) = (steps(&(growing.make)(SMALL)), steps(&(growing.make)(4 * SMALL)));
        if large > 5 * small + FIRST {
            faster.push(format!("{}: {small} steps, then {large}", growing.name));
        }
    }
    assert!(faster.is_empty(), "{faster:#?}");
}

/// The budget limits every reader, so this also holds for files that nobody thought of.
#[test]
fn no_file_takes_more_steps_than_its_budget_or_several_seconds() {
    let ceiling = if cfg!(debug_assertions) { Duration::from_secs(30) } else { Duration::from_secs(1) };
    let megabyte =
        growing_files().into_iter().map(|growing| (growing.name.to_owned(), (growing.make)(1 << 20)));
    for (name, file) in megabyte.chain(slow_files()) {
        let budget = Budget::of(file.len(), &never);
        let started = Instant::now();
        read_within(&file, &budget);
        assert!(started.elapsed() < ceiling, "{name}: {:?}", started.elapsed());
        // Finding texts and interpreting them have one allowance each, and the last step may exceed it.
        assert!(budget.spent() < 1_000_000_000, "{name}: {} steps", budget.spent());
    }
}

#[test]
fn metadata_read_before_the_budget_ends_is_kept_and_the_cut_is_known() {
    let parameters = "a fox\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 5, Size: 512x768";
    let bomb = vec![b' '; 9 << 20];
    let mut file = a_png().text("parameters", parameters.as_bytes());
    for _ in 0..20 {
        file = file.compressed_text("bomb", &bomb);
    }
    let file = file.text("Software", b"last").end();
    let budget = Budget::of(file.len(), &never);
    let reading = read_within(&file, &budget);
    assert_eq!(budget.cut(), Some(Cut::Exhausted));
    assert_eq!(reading.info.unwrap().seed.as_deref(), Some("5"));
    assert_eq!(
        reading.texts.list.iter().map(|text| text.key.as_str()).collect::<Vec<_>>(),
        ["parameters", "Software"]
    );
}

#[test]
fn an_ordinary_file_is_read_completely() {
    let workflow = format!("{{\"nodes\": [], \"extra\": \"{}\"}}", "note ".repeat(200_000));
    let file = a_png().text("parameters", b"a fox\nSteps: 20, Sampler: x, Seed: 5, Size: 512x768");
    let file = file.compressed_text("workflow", workflow.as_bytes()).end();
    let budget = Budget::of(file.len(), &never);
    assert_eq!(read_within(&file, &budget).texts.list.len(), 2);
    assert_eq!(budget.cut(), None);
}

/// The reading is asked to stop from its first check on, so the steps it still takes show how long
/// cancelling takes.
#[test]
fn reading_ends_soon_after_it_is_cancelled() {
    for growing in growing_files() {
        let cancelled = || true;
        let budget = Budget::of(0, &cancelled);
        read_within(&(growing.make)(4 << 20), &budget);
        // One piece is inflated and one text is parsed at a time. Every reader checks in between.
        assert!(budget.spent() < 200_000_000, "{}: {} steps", growing.name, budget.spent());
    }
}

#[test]
fn cbor_maps_whose_keys_are_maps_do_not_grow_when_written_as_text() {
    let file = growing_files().into_iter().find(|growing| growing.name.contains("CBOR")).unwrap();
    let read = metadata::read(&(file.make)(1000));
    assert!(read.texts.list.iter().all(|text| text.bytes.len() < 10_000));
}

#[test]
fn a_deflated_text_that_is_too_large_still_counts_against_the_budget() {
    let piece = [b"k\0\0".as_slice(), &deflated(&vec![0; 9 << 20])].concat();
    let with = |count: usize| (0..count).fold(a_png(), |file, _| file.chunk(*b"zTXt", &piece)).end();
    let (few, many) = (steps(&with(4)), steps(&with(40)));
    assert!(many < few + 5_000_000, "{few} steps, then {many}");
}
