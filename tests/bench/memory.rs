//! The memory of the window with a library of a million images: after a hundred thousand thumbnails, idle after
//! that, and while it is used for a long time. `VITRINE_BENCH_IDLE` and `VITRINE_BENCH_USE` set the minutes of the
//! last two; an hour of use shows what a few minutes may not.

use crate::grid::{library, run};
use crate::material::text;
use crate::report::{Goal, Measured, say};
use crate::start::pid;
use std::time::{Duration, Instant};
use vitrine_tests::desktop::{Desktop, DesktopOptions};
use vitrine_tests::process::{app_binary, must};
use vitrine_tests::window::AppWindow;

/// The number of thumbnails that are passed before memory is measured.
const PASSED: u32 = 100_000;
/// How long the window is left alone, in minutes, unless the environment says otherwise.
const IDLE: u64 = 1;
/// How long it is used, in minutes, unless the environment says otherwise.
const USE: u64 = 4;

const SCRIPT: &str = r"
    const wait = (ms) => new Promise((done) => setTimeout(done, ms));
    const frame = () => new Promise(requestAnimationFrame);
    const box = () => document.querySelector('.scroller');
    const shown = () => document.querySelectorAll('[data-testid=tile]').length;
    const until = async (isDone) => {
        for (const since = performance.now(); !isDone(); await frame()) {
            if (performance.now() - since > 60000) throw new Error(`not done: ${isDone}`);
        }
    };
    const press = (key, more = {}) =>
        document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, ...more }));
    const resized = (px) => {
        const slider = document.querySelector('header input[type=range]');
        slider.value = String(px);
        slider.dispatchEvent(new Event('input', { bubbles: true }));
    };
    const pictures = () => document.querySelector('[data-testid=tile] img.ready') !== null;
    const tools = {
        async pass(count) {
            resized(96);
            let passed = 0;
            while (passed < count) {
                await wait(140);
                passed += shown();
                box().scrollTop += box().clientHeight;
            }
            resized(200);
            return { passed };
        },
        // What an artist does in a minute: orders, stacks, scrolling, the viewer, a search.
        async use() {
            for (const digit of ['2', '3', '4', '5', '6', '1']) {
                press(digit, { altKey: true, code: `Digit${digit}` });
                await wait(3000);
                await until(pictures);
                for (let page = 0; page < 20; page++) {
                    box().scrollTop += box().clientHeight;
                    await wait(100);
                }
            }
            document.querySelector('[data-testid=stacks]').click();
            await wait(1500);
            document.querySelector('[data-testid=stacks]').click();
            await wait(1500);
            press('Home');
            await wait(500);
            await until(pictures);
            press('Enter');
            await until(() => document.querySelector('[data-testid=viewer]'));
            for (let step = 0; step < 10; step++) {
                press('ArrowRight');
                await wait(200);
            }
            press('Escape');
            await until(() => !document.querySelector('[data-testid=viewer]'));
            const search = document.querySelector('[data-testid=search]');
            search.value = 'is:public';
            search.dispatchEvent(new Event('input', { bubbles: true }));
            await until(() => document.querySelector('[data-testid=search-view]'));
            await wait(2000);
            document.querySelector('[data-testid=search-clear]').click();
            await until(() => !document.querySelector('[data-testid=search-view]'));
            await wait(2000);
            return null;
        },
    };
";

pub(crate) async fn measure() -> Vec<Measured> {
    let library = library().await;
    let desktop = Desktop::start(DesktopOptions::default()).await;
    let window = desktop.launch(&app_binary(), [("VITRINE_LIBRARY", text(&library))]).await;
    window.wait_text("footer", "1,000,000 images").await;
    window.wait_for("[data-testid=tile] img.ready").await;
    window.wait_for("[role=grid]:not([aria-rowcount='-1'])").await;
    let first = memory(&window, "at the start");
    let _ = run(&window, SCRIPT, &format!("'pass', {PASSED}")).await;
    let passed = memory(&window, "after 100,000 thumbnails");
    tokio::time::sleep(minutes("VITRINE_BENCH_IDLE", IDLE)).await;
    let idle = memory(&window, "idle after that");
    let (started, long) = (Instant::now(), minutes("VITRINE_BENCH_USE", USE));
    let mut used = Vec::new();
    while used.len() < 2 || started.elapsed() < long {
        let _ = run(&window, SCRIPT, "'use'").await;
        used.push(memory(&window, "in use"));
    }
    tokio::time::sleep(minutes("VITRINE_BENCH_IDLE", IDLE)).await;
    let rested = memory(&window, "idle after that");
    window.kill().await;
    let web =
        |name, memory: Memory, goal| Measured::alone(name, "MB resident, web process", memory.web, goal);
    let app =
        |name, memory: Memory, goal| Measured::alone(name, "MB resident, app process", memory.app, goal);
    let mut measured = vec![web("memory at the start", first, Goal::None)];
    measured.push(web("after 100,000 thumbnails", passed, Goal::Below(300.0)));
    measured.push(app("after 100,000 thumbnails", passed, Goal::Below(120.0)));
    measured.push(web("idle after that", idle, Goal::Below(300.0)));
    measured.push(app("idle after that", idle, Goal::Below(120.0)));
    // The first round fills caches that all others use.
    let most = |rounds: &[Memory]| rounds.iter().map(|memory| memory.web).fold(0.0, f64::max);
    let (early, late) = used.split_at(used.len() / 2);
    measured.push(Measured::alone("in use", "MB resident, web process, most", most(&used), Goal::None));
    let growth = most(late) - most(early);
    measured.push(Measured::alone(
        "growth in use",
        "MB, most of the second half above most of the first",
        growth,
        Goal::Below(30.0),
    ));
    measured.push(web("idle after use", rested, Goal::Below(300.0)));
    measured
}

/// Returns this many minutes, or those that the environment says.
fn minutes(name: &str, usual: u64) -> Duration {
    Duration::from_mins(std::env::var(name).ok().and_then(|minutes| minutes.parse().ok()).unwrap_or(usual))
}

/// Resident memory in millions of bytes.
#[derive(Debug, Clone, Copy)]
struct Memory {
    web: f64,
    app: f64,
}

fn memory(window: &AppWindow<'_>, when: &str) -> Memory {
    let app = pid(window);
    let memory = Memory { web: web_process_mb(app), app: resident_mb(app) };
    say(&format!("{when}: web process {:.0} MB, app {:.0} MB", memory.web, memory.app));
    memory
}

/// Returns the first word of a field of a process's status.
fn field<'a>(status: &'a str, name: &str) -> Option<&'a str> {
    status.lines().find_map(|line| line.strip_prefix(name)?.split_whitespace().next())
}

/// Returns the resident memory in millions of bytes that a process's status says.
fn resident_in(status: &str) -> Option<f64> {
    field(status, "VmRSS:").and_then(|kib| kib.parse::<f64>().ok()).map(|kib| kib * 1.024 / 1000.0)
}

/// Returns the resident memory of one process in millions of bytes.
pub(crate) fn resident_mb(pid: u32) -> f64 {
    let status = must(std::fs::read_to_string(format!("/proc/{pid}/status")), "reading a process's memory");
    resident_in(&status).unwrap_or_else(|| panic!("/proc/{pid}/status has no VmRSS"))
}

/// Returns the resident memory of the process that draws the page of an app, in millions of bytes.
fn web_process_mb(app: u32) -> f64 {
    let mut megabytes = 0.0;
    for entry in must(std::fs::read_dir("/proc"), "listing processes") {
        let path = must(entry, "listing processes").path();
        let Ok(status) = std::fs::read_to_string(path.join("status")) else { continue };
        let is_drawing = field(&status, "Name:").is_some_and(|name| name.starts_with("WebKitWebProces"));
        if is_drawing && descends_from(&status, app) {
            megabytes += resident_in(&status).unwrap_or_default();
        }
    }
    assert!(megabytes > 0.0, "no process draws the page");
    megabytes
}

fn descends_from(status: &str, app: u32) -> bool {
    let Some(parent) = field(status, "PPid:").and_then(|parent| parent.parse::<u32>().ok()) else {
        return false;
    };
    if parent == app {
        return true;
    }
    let next = std::fs::read_to_string(format!("/proc/{parent}/status")).unwrap_or_default();
    parent > 1 && descends_from(&next, app)
}
