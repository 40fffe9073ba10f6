//! Reading how pictures were made: real files, compared with the Python package `sd-parsers` on the same
//! files; and files made to be slow. Each uses one thread.

use crate::material::text;
use crate::report::{Goal, Measured, median, say};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;
use vitrine_core::metadata;
use vitrine_tests::hostile::slow_files;
use vitrine_tests::process::{must, workspace_root};

const RUNS: usize = 5;
/// How often our reader reads the files in a run, so that the elapsed time is long enough to measure.
const PASSES: u32 = 10;
/// A slow file counts by its best time, because the question is how much work it is.
const TRIES: usize = 3;

pub(crate) fn measure() -> Vec<Measured> {
    let files = corpus();
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    let count = f64::from(u32::try_from(files.len()).unwrap_or(u32::MAX));
    for _ in 0..RUNS {
        theirs.push(count / sd_parsers(&files));
        ours.push(count / vitrine(&files));
    }
    let (slowest, worst) = slowest();
    say(&format!("The slowest file: {slowest}"));
    vec![
        Measured {
            name: "metadata of real files",
            unit: "files/s, beside sd-parsers",
            ours: median(&ours),
            anchor: Some(median(&theirs)),
            limit: None,
            goal: Goal::AtLeastTimes(20.0),
        },
        Measured::alone("metadata made to be slow", "ms per MB, the worst", worst, Goal::Below(50.0)),
    ]
}

/// Returns the files that the tests read too. They are not ours to commit.
fn corpus() -> Vec<PathBuf> {
    let folder = workspace_root().join("../shared/corpus/generated");
    let entries = must(fs::read_dir(folder), "reading ../shared/corpus");
    let mut files: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.sort();
    files
}

/// Returns the seconds that one reading of all files takes.
fn vitrine(files: &[PathBuf]) -> f64 {
    let started = Instant::now();
    let mut known = 0;
    for _ in 0..PASSES {
        for file in files {
            let bytes = must(fs::read(file), "reading a file of the corpus");
            known += u32::from(metadata::read(&bytes).info.is_some());
        }
    }
    assert!(known > PASSES, "something was read");
    started.elapsed().as_secs_f64() / f64::from(PASSES)
}

fn sd_parsers(files: &[PathBuf]) -> f64 {
    let root = workspace_root();
    let mut command = Command::new(root.join(".venv/bin/python"));
    command.arg(root.join("tests/bench/sd_parsers_speed.py")).args(files.iter().map(|file| text(file)));
    let output = must(command.output(), "running sd-parsers");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    must(String::from_utf8_lossy(&output.stdout).trim().parse(), "reading the time of sd-parsers")
}

/// Returns the file that takes longest for its size, and its milliseconds per megabyte.
fn slowest() -> (String, f64) {
    let real = corpus().into_iter().map(|path| {
        let bytes = must(fs::read(&path), "reading a file of the corpus");
        (path.file_name().unwrap_or(Path::new("").as_os_str()).to_string_lossy().into_owned(), bytes)
    });
    let mut worst = (String::new(), 0.0);
    // A small file has fixed costs, so it counts as at least one megabyte.
    for (name, bytes) in slow_files().chain(real) {
        let megabytes = f64::from(u32::try_from(bytes.len()).unwrap_or(u32::MAX)) / 1e6;
        let mut best = f64::INFINITY;
        for _ in 0..TRIES {
            let started = Instant::now();
            metadata::read(&bytes);
            best = best.min(started.elapsed().as_secs_f64() * 1000.0);
        }
        let cost = best / megabytes.max(1.0);
        if cost > worst.1 {
            worst = (name, cost);
        }
    }
    worst
}
