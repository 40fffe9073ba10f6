//! The first page of searches in a catalog of a million rows, for words that are as rare and as common
//! as in prompts, with ratings and collections; and the first search after a start, when nothing of the
//! catalog is in memory.

use crate::report::{Goal, Measured, quantile};
use crate::rows;
use rusqlite::{Connection, OpenFlags};
use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;
use vitrine_core::Library;
use vitrine_core::model::{OrderBy, PageRequest, SearchPlace, View};
use vitrine_tests::fixture::open_without_bucket;
use vitrine_tests::process::must;

const ROWS: u32 = 1_000_000;
const CALLS: usize = 500;
const LIMIT: u32 = 100;
/// The number of whole lists.
const LISTS: usize = 10;
/// The number of starts.
const COLD: usize = 9;
const GOAL: Goal = Goal::Below(30.0);

pub(crate) async fn measure() -> Vec<Measured> {
    let folder = rows::library(rows::MILLION, ROWS, async |_| ()).await;
    remember(&folder);
    let library = open_without_bucket(&folder).await;
    // Every call uses other words, from those that almost every prompt contains to the rarest.
    let word = |call: usize| rows::word(call * rows::WORDS / CALLS);
    let other = |call: usize| rows::word((call * 7 + 3) % 50);
    let asked: [(&str, &dyn Fn(usize) -> String); 9] = [
        ("search, one word", &|call| format!("{} ", word(call))),
        ("search, two words", &|call| format!("{} {} ", word(call), other(call))),
        ("search, a word and filters", &|call| {
            format!("{} model:\"dreamshaper xl\" is:public after:2023-11-20 ", word(call))
        }),
        ("search, a word being typed", &|call| word(call).chars().take(1 + call % 5).collect()),
        ("search, all with a rating", &|call| format!("rating:>={} ", 1 + call % 5)),
        ("search, a word and a rating", &|call| format!("{} rating:>={} ", word(call), 1 + call % 5)),
        ("search, a word and favourites", &|call| format!("{} is:favourite ", word(call))),
        ("search, a word in a collection", &|call| {
            format!("{} collection:{} ", word(call), rows::COLLECTION)
        }),
        ("search, all without a word", &|call| format!("-{} is:public ", word(call))),
    ];
    let mut measured = Vec::new();
    for (name, query) in asked {
        let mut times = Vec::with_capacity(CALLS);
        for call in 0..CALLS {
            times.push(timed(&library, &query(call)).await);
        }
        let ours = quantile(&times, 99, 100);
        measured.push(Measured::alone(name, "ms, p99 of 500", ours, GOAL));
    }
    let mut lists = Vec::new();
    for call in 0..LISTS {
        let query = format!("-{} ", word(call * CALLS / LISTS));
        let view = View::Search { query, within: SearchPlace::History };
        let started = Instant::now();
        let list = must(library.view_index(&view, OrderBy::Made, || true).await, "listing");
        lists.push(started.elapsed().as_secs_f64() * 1000.0);
        assert!(list.is_some_and(|list| !list.is_empty()), "a list was made");
    }
    let unit = "ms for the whole list, longest of 10";
    let longest = quantile(&lists, 1, 1);
    measured.push(Measured::alone("search, all without a word", unit, longest, Goal::Below(1500.0)));
    drop(library);
    measured[0].limit = Some(quantile(&bare(&folder, word), 99, 100));
    let mut cold = Vec::new();
    for call in 0..COLD {
        forget(&folder);
        let library = open_without_bucket(&folder).await;
        cold.push(timed(&library, &format!("{} ", word(call * CALLS / COLD))).await);
    }
    let unit = "ms, median of 9, nothing in memory before";
    measured.push(Measured::alone("search, the first one", unit, quantile(&cold, 1, 2), Goal::Below(60.0)));
    measured.push(Measured::alone("the longest of them", "ms", quantile(&cold, 1, 1), Goal::Below(250.0)));
    measured
}

/// Returns how long SQLite alone takes to find the newest rows with a word and to read them, in milliseconds.
fn bare(folder: &Path, word: impl Fn(usize) -> String) -> Vec<f64> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
    let connection = Connection::open_with_flags(folder.join("catalog.db"), flags);
    let connection = must(connection, "opening the catalog");
    let sql =
        "SELECT i.* FROM generated_search CROSS JOIN search_rows s ON s.position = generated_search.rowid
               CROSS JOIN generated_images i ON i.id = s.image_id
               WHERE generated_search MATCH ?1 ORDER BY generated_search.rowid DESC LIMIT ?2";
    let mut statement = must(connection.prepare(sql), "preparing a query");
    let asked = (0..CALLS).map(|call| {
        let started = Instant::now();
        let mut rows = must(statement.query((format!("\"{}\"", word(call)), LIMIT)), "asking");
        while must(rows.next(), "reading a row").is_some() {}
        started.elapsed().as_secs_f64() * 1000.0
    });
    asked.collect()
}

/// Reads the catalog once, so that the system has it in memory: a run before this one made it forget.
fn remember(folder: &Path) {
    let mut file = must(File::open(folder.join("catalog.db")), "opening the catalog");
    must(std::io::copy(&mut file, &mut std::io::sink()), "reading the catalog");
}

/// Makes the system forget what it read of the catalog, so that it is read from the disk again.
fn forget(folder: &Path) {
    for name in ["catalog.db", "catalog.db-wal"] {
        let path = folder.join(name);
        if path.is_file() {
            let file = format!("of={}", path.display());
            let mut dd = Command::new("dd");
            dd.args([&file, "oflag=nocache", "conv=notrunc,fdatasync", "count=0"]).stderr(Stdio::null());
            assert!(must(dd.status(), "running dd").success(), "dd could not drop the cache of {name}");
        }
    }
}

/// Returns how long the first page took, in milliseconds.
async fn timed(library: &Library, query: &str) -> f64 {
    let started = Instant::now();
    let page = library.search(query, SearchPlace::History, &PageRequest::first(LIMIT)).await;
    let took = started.elapsed().as_secs_f64() * 1000.0;
    must(page, "searching");
    took
}
