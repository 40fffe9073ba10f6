//! The time from the start of the process to the first tile on the screen, with a large library, compared
//! with an empty window.
//!
//! The same driver starts and reads both on the same desktop. The page's own clock says when its mark was
//! set, and the kernel says when the process began. The product's mark is set when the first tile's picture
//! is decoded, at most one frame before it is presented. The empty window's mark is set right after its first
//! frame. The other marks of the page say where the time goes.

use crate::material::{pictures, text};
use crate::memory::resident_mb;
use crate::report::{Goal, Measured, median};
use crate::rows;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use vitrine_tests::desktop::{Desktop, DesktopOptions};
use vitrine_tests::process::{Cli, app_binary, binary, must};
use vitrine_tests::window::AppWindow;

const RUNS: usize = 5;
const IMAGES: u32 = 100_000;
/// How many of the newest images have files. These are more than a screen shows.
const WITH_FILES: u32 = 60;
/// The page is left alone for so long, because queries slow down its loading.
const SELDOM: Duration = Duration::from_secs(2);
/// The marks on the way to the first tile, and what is done when they are set.
const SPANS: [(&str, &str); 5] = [
    ("", "of these, until the page begins"),
    ("script", "until its script runs"),
    ("page", "until the first images are known"),
    ("interface", "until the rest of the script runs"),
    ("shell", "until the window is laid out"),
];
/// The milliseconds of a clock tick in `/proc`, which is 1/100 s on every Linux that Rust runs on.
const TICK_MS: f64 = 10.0;

pub(crate) async fn measure() -> Vec<Measured> {
    let library = rows::library("hundred-thousand", IMAGES - WITH_FILES, add_pictures).await;
    let desktop = Desktop::start(DesktopOptions::default()).await;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    let (mut resident, mut resident_empty) = (Vec::new(), Vec::new());
    let mut spans = [const { Vec::new() }; SPANS.len()];
    for run in 0..RUNS {
        let empty = desktop.launch(&binary("empty-window"), [] as [(&str, &str); 0]).await;
        tokio::time::sleep(SELDOM).await;
        theirs.push(until_mark(&empty, "painted").await);
        resident_empty.push(resident_mb(pid(&empty)));
        empty.kill().await;

        let app = desktop.launch(&app_binary(), [("VITRINE_LIBRARY", text(&library))]).await;
        tokio::time::sleep(SELDOM).await;
        ours.push(until_mark(&app, "first-tile").await);
        for (&(mark, _), times) in SPANS.iter().zip(&mut spans) {
            times.push(until_mark(&app, mark).await);
        }
        resident.push(resident_mb(pid(&app)));
        if run == 0 {
            app.screenshot("bench-start");
        }
        app.kill().await;
    }
    let (ours, empty) = (median(&ours), median(&theirs));
    let first = Measured {
        name: "start to first tile",
        unit: "ms, 100,000 images, beside an empty window",
        ours,
        anchor: Some(empty),
        limit: Some(empty),
        goal: Goal::AtMostTimes(1.3),
    };
    let spans = SPANS.iter().zip(&spans);
    let spans = spans.map(|(&(_, name), times)| Measured::alone(name, "ms", median(times), Goal::None));
    let memory = Measured {
        anchor: Some(median(&resident_empty)),
        limit: Some(median(&resident_empty)),
        ..Measured::alone("memory then", "MB, app process", median(&resident), Goal::Below(120.0))
    };
    [first].into_iter().chain(spans).chain([memory]).collect()
}

async fn add_pictures(library: &Path) {
    let newest: Vec<PathBuf> = pictures().1.into_iter().take(WITH_FILES as usize).collect();
    let arguments = ["import", "--json"].into_iter().chain(newest.iter().map(|path| text(path)));
    let _ = Cli::on(library).run(arguments).await.exits_with(0);
}

/// Returns the milliseconds from the start of the process to the mark. The page itself begins at the mark
/// that has no name.
async fn until_mark(window: &AppWindow<'_>, mark: &str) -> f64 {
    let began = process_began(pid(window));
    let asked = format!(
        "const mark = '{mark}' ? performance.getEntriesByName('{mark}')[0] : {{ startTime: 0 }};
         return mark ? performance.timeOrigin + mark.startTime : null"
    );
    let mut at = None;
    window
        .eventually(&format!("the page sets the mark {mark}"), async || {
            at = window.script(&asked).await.as_f64();
            at.is_some()
        })
        .await;
    at.map_or_else(|| panic!("the mark {mark} has no time"), |at| at - began)
}

pub(crate) fn pid(window: &AppWindow<'_>) -> u32 {
    window.pid().unwrap_or_else(|| panic!("the window's process has ended"))
}

/// Returns when a process began, in milliseconds since the epoch, to half a tick.
fn process_began(pid: u32) -> f64 {
    // Right after the uptime changes, its tick has just begun.
    let (before, patience) = (uptime_ms(), Instant::now());
    let mut now = before;
    while now.total_cmp(&before).is_eq() {
        assert!(patience.elapsed() < Duration::from_secs(1), "the uptime stands still");
        now = uptime_ms();
    }
    let epoch = must(SystemTime::now().duration_since(UNIX_EPOCH), "reading the clock");
    let stat = must(std::fs::read_to_string(format!("/proc/{pid}/stat")), "reading when a process began");
    // This is the 22nd field. The third field follows the parenthesised name.
    let ticks =
        stat.rsplit_once(')').and_then(|(_, fields)| fields.split_whitespace().nth(19)?.parse::<f64>().ok());
    let ticks = ticks.unwrap_or_else(|| panic!("/proc/{pid}/stat does not say when it began"));
    epoch.as_secs_f64() * 1000.0 - (now - (ticks + 0.5) * TICK_MS)
}

fn uptime_ms() -> f64 {
    let text = must(std::fs::read_to_string("/proc/uptime"), "reading the uptime");
    let seconds = text.split_whitespace().next().and_then(|seconds| seconds.parse::<f64>().ok());
    seconds.map_or_else(|| panic!("/proc/uptime says {text:?}"), |seconds| seconds * 1000.0)
}
