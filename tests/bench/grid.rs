//! The history with a million images in the real window, without a graphics card: how smoothly it scrolls, and
//! how soon a jump shows pictures.
//!
//! The page scrolls itself, frame by frame, and records when each frame came, so the mouse input is not
//! measured.

use crate::material::{cache, text};
use crate::report::{Goal, Measured, quantile};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::time::Duration;
use vitrine_core::model::{OrderBy, View};
use vitrine_tests::desktop::{Desktop, DesktopOptions};
use vitrine_tests::fixture::open_without_bucket;
use vitrine_tests::process::{app_binary, must};
use vitrine_tests::rows::{STACK, add_thumbnails, many, vary};
use vitrine_tests::window::AppWindow;

const IMAGES: u32 = 1_000_000;
const PATIENCE: Duration = Duration::from_mins(5);

/// What the page does for the measurements.
const SCRIPT: &str = r"
    const box = () => document.querySelector('.scroller');
    const theScrubber = () =>
        document.querySelector('[role=slider][aria-label=Date], [role=slider][aria-label=Position]');
    const frame = () => new Promise(requestAnimationFrame);
    const wait = (ms) => new Promise((done) => setTimeout(done, ms));
    const shown = () => {
        const view = box().getBoundingClientRect();
        return [...document.querySelectorAll('[data-testid=tile]')].filter((tile) => {
            const at = tile.getBoundingClientRect();
            return at.bottom > view.top && at.top < view.bottom;
        });
    };
    const blank = () => shown().some((tile) => !tile.querySelector('img.ready'));
    const untilPictures = async (since) => {
        while (blank() && performance.now() - since < 10000) await frame();
        return performance.now() - since;
    };
    const tools = {
        async fling(speed, seconds) {
            const gaps = [];
            let last = await frame();
            const end = last + seconds * 1000;
            while (last < end) {
                const now = await frame();
                box().scrollTop += (speed * (now - last)) / 1000;
                gaps.push(now - last);
                last = now;
            }
            const stopped = await untilPictures(performance.now());
            return { gaps, stopped, nodes: document.querySelectorAll('[role=grid] *').length };
        },
        async jumps(count, images) {
            const scrubber = theScrubber();
            const place = scrubber.getBoundingClientRect();
            const skeletons = [], pictures = [];
            for (let jump = 0; jump < count; jump++) {
                await wait(300);
                const since = performance.now();
                const part = ((jump * 7919 + 13) % 1000) / 1000;
                const at = { clientX: place.left + 5, clientY: place.top + place.height * part, pointerId: 1 };
                scrubber.dispatchEvent(new PointerEvent('pointerdown', { ...at, bubbles: true }));
                await frame();
                const there = Number(shown()[0]?.dataset.index ?? -1) / images;
                if (Math.abs(there - part) > 0.02) throw new Error(`${there} instead of ${part}`);
                skeletons.push(performance.now() - since);
                pictures.push(await untilPictures(since));
                scrubber.dispatchEvent(new PointerEvent('pointerup', { ...at, bubbles: true }));
            }
            return { skeletons, pictures };
        },
        async top() {
            const scrubber = theScrubber();
            const place = scrubber.getBoundingClientRect();
            const at = { clientX: place.left + 5, clientY: place.top, pointerId: 1, bubbles: true };
            scrubber.dispatchEvent(new PointerEvent('pointerdown', at));
            scrubber.dispatchEvent(new PointerEvent('pointerup', at));
            await frame();
            box().scrollTop = 0;
            await untilPictures(performance.now());
            return null;
        },
        async sizes(count) {
            const slider = document.querySelector('header input[type=range]');
            const took = [], layout = [];
            for (let change = 0; change < count; change++) {
                slider.value = String(180 + 8 * (change % 5));
                const since = performance.now();
                slider.dispatchEvent(new Event('input', { bubbles: true }));
                await Promise.resolve();
                document.body.getBoundingClientRect();
                took.push(performance.now() - since);
                layout.push(performance.getEntriesByName('layout')[0].duration);
                await wait(200);
            }
            return { took, layout };
        },
    };
";

/// Starts a measurement. Its result is in `window.bench` when it has ended.
const START: &str = r"
    window.bench = null;
    const [name, ...rest] = arguments;
    tools[name](...rest).then(
        (result) => (window.bench = { result }),
        (error) => (window.bench = { error: String(error) }),
    );
";

pub(crate) async fn measure() -> Vec<Measured> {
    let folder = library().await;
    let index = index_time(&folder).await;
    let desktop = Desktop::start(DesktopOptions::default()).await;
    let window = desktop.launch(&app_binary(), [("VITRINE_LIBRARY", text(&folder))]).await;
    window.wait_text("footer", "1,000,000 images").await;
    window.wait_for("[data-testid=tile] img.ready").await;
    // Now the view index is complete.
    window.wait_for("[role=grid]:not([aria-rowcount='-1'])").await;
    let mut measured = vec![index];
    let mut nodes = 0.0_f64;
    let mut stops = Vec::new();
    for (name, speed, goal) in [
        ("frames at 3,000 px/s, with pictures", 3_000, 25.0),
        ("frames at 20,000 px/s", 20_000, 33.0),
        ("frames at 200,000 px/s", 200_000, 33.0),
    ] {
        let fling = run(&window, SCRIPT, &format!("'fling', {speed}, 8")).await;
        let gaps = numbers(&fling["gaps"]);
        nodes = nodes.max(fling["nodes"].as_f64().unwrap_or(f64::MAX));
        stops.push(fling["stopped"].as_f64().unwrap_or(f64::MAX));
        measured.push(below(name, "ms between frames, p95", quantile(&gaps, 95, 100), goal));
        let longest = gaps.iter().copied().fold(0.0, f64::max);
        measured.push(below("the longest of them", "ms", longest, 50.0));
    }
    window.screenshot("bench-grid");
    let blank = stops.iter().copied().fold(0.0, f64::max);
    measured.push(below("blank tiles after stopping", "ms, longest of 3", blank, 300.0));
    measured.push(below("nodes of the grid", "at most", nodes, 400.0));

    let jumps = run(&window, SCRIPT, &format!("'jumps', 20, {IMAGES}")).await;
    let (skeletons, pictures) = (numbers(&jumps["skeletons"]), numbers(&jumps["pictures"]));
    measured.push(below(
        "a jump to the right skeletons",
        "ms, p95 of 20",
        quantile(&skeletons, 95, 100),
        50.0,
    ));
    measured.push(below("a jump to the pictures", "ms, p95 of 20", quantile(&pictures, 95, 100), 150.0));

    let sizes = run(&window, SCRIPT, "'sizes', 15").await;
    let took = numbers(&sizes["took"]);
    let layout = numbers(&sizes["layout"]);
    measured.push(below("layout of 1,000,000 images", "ms, p95 of 15", quantile(&layout, 95, 100), 50.0));
    measured.push(below("another size, drawn", "ms, p95 of 15", quantile(&took, 95, 100), 100.0));

    for order in ORDERS {
        measured.extend(ordered(&window, order).await);
    }
    window.press("alt+1");
    window.wait_for(".days h2").await;
    measured.extend(stacked(&window).await);

    window.kill().await;
    measured
}

/// An order, its key, and the names of what is measured in it.
struct Ordered {
    key: &'static str,
    chosen: &'static str,
    frames: &'static str,
    jump: &'static str,
}

const ORDERS: [Ordered; 5] = [
    Ordered {
        key: "alt+2",
        chosen: "from choosing the date added to pictures",
        frames: "frames by date added, 20,000 px/s",
        jump: "a jump by date added",
    },
    Ordered {
        key: "alt+3",
        chosen: "from choosing the name to pictures",
        frames: "frames by name, 20,000 px/s",
        jump: "a jump by name",
    },
    Ordered {
        key: "alt+4",
        chosen: "from choosing the file size to pictures",
        frames: "frames by file size, 20,000 px/s",
        jump: "a jump by file size",
    },
    Ordered {
        key: "alt+5",
        chosen: "from choosing the rating to pictures",
        frames: "frames by rating, 20,000 px/s",
        jump: "a jump by rating",
    },
    Ordered {
        key: "alt+6",
        chosen: "from shuffling to pictures",
        frames: "frames when shuffled, 20,000 px/s",
        jump: "a jump when shuffled",
    },
];

/// Measures the grid in another order.
async fn ordered(window: &AppWindow<'_>, order: Ordered) -> Vec<Measured> {
    // The very first may be the same in both orders.
    let first = "return document.querySelector('[data-testid=tile][data-index=\"0\"]')
        && [...document.querySelectorAll('[data-testid=tile]')]
            .filter(({ dataset }) => Number(dataset.index) < 12)
            .map(({ dataset }) => `${dataset.index} ${dataset.id}`).sort().join()";
    let _ = run(window, SCRIPT, "'top'").await;
    window.wait_for("[data-testid=tile][data-index='0'] img.ready").await;
    let before = window.script(first).await;
    let started = std::time::Instant::now();
    window.press(order.key);
    window
        .eventually_within(PATIENCE, "the images are in another order", async || {
            let now = window.script(first).await;
            !now.is_null() && now != before
        })
        .await;
    window.wait_for("[data-testid=tile][data-index='0'] img.ready").await;
    let took = started.elapsed().as_secs_f64() * 1000.0;
    let fling = run(window, SCRIPT, "'fling', 20000, 5").await;
    let jumps = run(window, SCRIPT, &format!("'jumps', 10, {IMAGES}")).await;
    vec![
        below(order.chosen, "ms, with a program that waits for it", took, 2_000.0),
        below(order.frames, "ms between frames, p95", quantile(&numbers(&fling["gaps"]), 95, 100), 33.0),
        below(
            order.jump,
            "ms to skeletons, p95 of 10",
            quantile(&numbers(&jumps["skeletons"]), 95, 100),
            50.0,
        ),
    ]
}

/// Measures the grid while variations are stacked.
async fn stacked(window: &AppWindow<'_>) -> Vec<Measured> {
    let _ = run(window, SCRIPT, "'top'").await;
    let started = std::time::Instant::now();
    window.click("[data-testid=stacks]").await;
    window.wait_for("[data-testid=stack]").await;
    let took = started.elapsed().as_secs_f64() * 1000.0;
    let fling = run(window, SCRIPT, "'fling', 20000, 5").await;
    let jumps = run(window, SCRIPT, &format!("'jumps', 10, {}", IMAGES / STACK)).await;
    let (skeletons, pictures) = (numbers(&jumps["skeletons"]), numbers(&jumps["pictures"]));
    window.screenshot("bench-stacks");
    window.click("[data-testid=stacks]").await;
    window.wait_gone("[data-testid=stack]").await;
    vec![
        below("from stacking to stacks", "ms, with a program that waits for it", took, 1_000.0),
        below(
            "frames in stacks, 20,000 px/s",
            "ms between frames, p95",
            quantile(&numbers(&fling["gaps"]), 95, 100),
            33.0,
        ),
        below("a jump in stacks to skeletons", "ms, p95 of 10", quantile(&skeletons, 95, 100), 50.0),
        below("a jump in stacks to pictures", "ms, p95 of 10", quantile(&pictures, 95, 100), 150.0),
    ]
}

pub(crate) fn below(name: &'static str, unit: &'static str, ours: f64, most: f64) -> Measured {
    Measured::alone(name, unit, ours, Goal::Below(most))
}

/// Runs one of a script's `tools` in the page and returns its result.
pub(crate) async fn run(window: &AppWindow<'_>, tools: &str, what: &str) -> Value {
    let script = format!("(function () {{ {tools} {START} }})({what});");
    let _ = window.script(&script).await;
    let mut ended = Value::Null;
    window
        .eventually_within(PATIENCE, &format!("the page has done {what}"), async || {
            // A page that is queried while it scrolls would scroll worse.
            tokio::time::sleep(Duration::from_secs(1)).await;
            ended = window.script("return window.bench").await;
            !ended.is_null()
        })
        .await;
    assert!(ended["error"].is_null(), "{what}: {}", ended["error"]);
    ended["result"].take()
}

pub(crate) fn numbers(list: &Value) -> Vec<f64> {
    list.as_array().into_iter().flatten().filter_map(Value::as_f64).collect()
}

/// Returns a library of a million images with thumbnails, which is made once.
pub(crate) async fn library() -> PathBuf {
    let folder = cache().join("million-varied-in-stacks");
    let whole = folder.join("whole");
    if !whole.is_file() {
        let owner = open_without_bucket(&folder).await.owner();
        many(&folder, &owner, IMAGES);
        vary(&folder);
        add_thumbnails(&folder, 0..IMAGES);
        must(std::fs::write(whole, ""), "marking a library as whole");
    }
    folder
}

/// Measures reading everything that is needed to lay out a million images.
async fn index_time(folder: &Path) -> Measured {
    let library = open_without_bucket(folder).await;
    let mut took = Vec::new();
    for _ in 0..10 {
        let started = std::time::Instant::now();
        let index =
            must(library.view_index(&View::History, OrderBy::Made, || true).await, "reading an index");
        took.push(started.elapsed().as_secs_f64() * 1000.0);
        assert!(index.is_some_and(|index| index.len() > 31_000_000), "the index is whole");
    }
    below("index of 1,000,000 images", "ms, median of 10", quantile(&took, 1, 2), 1000.0)
}
