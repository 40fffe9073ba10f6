//! Measures how fast Vitrine is, compared with programs that do a part of the same: `make bench`.
//!
//! Owns the list of measurements and their order. A missed goal is reported plainly and does not fail the
//! run; a measurement that could not be made does. With names of parts as arguments, only those are
//! measured.

mod far;
mod grid;
mod import;
mod looks;
mod material;
mod memory;
mod metadata;
mod pages;
mod publish;
mod report;
mod rows;
mod search;
mod start;
mod upload;
mod viewer;

use report::Measured;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use vitrine_tests::process::must;

/// Measures one thing. Panics with an explanation if it cannot.
type Part = fn(&tokio::runtime::Runtime) -> Vec<Measured>;

const PARTS: [(&str, Part); 11] = [
    ("grid", |runtime| runtime.block_on(grid::measure())),
    ("import", |runtime| runtime.block_on(import::measure())),
    ("looks", |runtime| runtime.block_on(looks::measure())),
    ("memory", |runtime| runtime.block_on(memory::measure())),
    ("metadata", |_| metadata::measure()),
    ("pages", |runtime| runtime.block_on(pages::measure())),
    ("publish", |runtime| runtime.block_on(publish::measure())),
    ("search", |runtime| runtime.block_on(search::measure())),
    ("upload", |runtime| runtime.block_on(upload::measure())),
    ("viewer", |runtime| runtime.block_on(viewer::measure())),
    ("start", |runtime| runtime.block_on(start::measure())),
];

fn main() -> ExitCode {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    if let Some(unknown) = wanted.iter().find(|name| !PARTS.iter().any(|(part, _)| part == name)) {
        let names: Vec<&str> = PARTS.iter().map(|&(name, _)| name).collect();
        report::say(&format!("There is no part {unknown}. The parts are: {}.", names.join(", ")));
        return ExitCode::from(2);
    }
    let runtime = must(tokio::runtime::Runtime::new(), "starting the runtime");
    let mut measured = Vec::new();
    let mut unmeasured = Vec::new();
    for (name, part) in PARTS {
        if !wanted.is_empty() && !wanted.iter().any(|other| other == name) {
            continue;
        }
        report::say(&format!("Measuring {name}"));
        match catch_unwind(AssertUnwindSafe(|| part(&runtime))) {
            Ok(results) => measured.extend(results),
            // The panic has already reported why.
            Err(_) => unmeasured.push(name),
        }
    }
    report::print(&measured, &unmeasured);
    report::write(&measured);
    if unmeasured.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
