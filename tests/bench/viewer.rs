//! The time from the key press to the picture: originals of 2048 px in the viewer of the real window, without
//! a graphics card.
//!
//! The page presses the key itself and checks every frame, so neither the mouse input nor the driver is
//! measured.

use crate::grid::{below, numbers, run};
use crate::material::{cores, scratch, text};
use crate::report::{Measured, median, quantile};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use vitrine_tests::desktop::{Desktop, DesktopOptions};
use vitrine_tests::pictures::a_png;
use vitrine_tests::process::{Cli, app_binary};

const PICTURES: u64 = 24;
const SIDE: u32 = 2048;

/// The tools of the page. A picture counts from the frame after it is decoded.
const SCRIPT: &str = r"
    const frame = () => new Promise(requestAnimationFrame);
    const wait = (ms) => new Promise((done) => setTimeout(done, ms));
    const press = (key) => document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
    const image = () => document.querySelector('[data-testid=viewer-image]');
    const shows = async (key) => {
        const before = image()?.src;
        const since = performance.now();
        press(key);
        while (!image() || image().src === before || !image().matches('.ready')) {
            if (performance.now() - since > 10000) throw new Error('nothing is shown');
            await frame();
        }
        await image().decode();
        await frame();
        return performance.now() - since;
    };
    const tools = {
        // Each a picture that nobody has asked for: not a neighbour of one that was looked at.
        async opened(count) {
            const took = [];
            press('Home');
            for (let at = 0; at < count; at++) {
                await wait(300);
                took.push(await shows('Enter'));
                press('Escape');
                await wait(300);
                for (let step = 0; step < 3; step++) press('ArrowRight');
            }
            return took;
        },
        // The neighbours are decoded while one is looked at.
        async stepped(count) {
            const took = [];
            press('Home');
            await shows('Enter');
            for (let at = 0; at < count; at++) {
                await wait(1500);
                took.push(await shows('ArrowRight'));
            }
            press('Escape');
            return took;
        },
        // Another picture each time, from the press of the button to its frame.
        async selected(count) {
            const took = [];
            press('Home');
            for (let at = 0; at < count; at++) {
                await wait(500);
                const tiles = [...document.querySelectorAll('[data-testid=tile]')];
                const tile = tiles[(at * 7 + 3) % tiles.length];
                const place = tile.getBoundingClientRect();
                const how = { bubbles: true, button: 0, pointerId: 1, clientX: place.x + 20, clientY: place.y + 20 };
                const since = performance.now();
                tile.dispatchEvent(new PointerEvent('pointerdown', how));
                tile.dispatchEvent(new PointerEvent('pointerup', how));
                tile.dispatchEvent(new MouseEvent('click', how));
                while (tile.getAttribute('aria-selected') !== 'true') {
                    if (performance.now() - since > 10000) throw new Error('nothing is selected');
                    await frame();
                }
                await frame();
                took.push(performance.now() - since);
            }
            return took;
        },
        // A rating shows the next picture.
        async culled(count) {
            const took = [];
            press('Home');
            await shows('Enter');
            for (let at = 0; at < count; at++) {
                await wait(1500);
                took.push(await shows(String(1 + (at % 5))));
            }
            press('Escape');
            return took;
        },
    };
";

pub(crate) async fn measure() -> Vec<Measured> {
    let root = scratch("viewer-");
    let library = root.path().join("library");
    let paths: Vec<_> = (0..PICTURES)
        .map(|number| a_png(SIDE, SIDE).seed(number + 500).write_to(root.path(), &format!("{number}.png")))
        .collect();
    let arguments = ["import", "--json"].into_iter().chain(paths.iter().map(|path| text(path)));
    let cli = Cli::on(&library);
    let _ = cli.run(arguments).await.exits_with(0);
    let _ = cli.run(["settings", "next_after_rating", "true"]).await.exits_with(0);
    let desktop = Desktop::start(DesktopOptions::default()).await;
    let window = desktop.launch(&app_binary(), [("VITRINE_LIBRARY", text(&library))]).await;
    window.wait_count("[data-testid=tile] img.ready", usize::try_from(PICTURES).unwrap_or(usize::MAX)).await;
    let opened = numbers(&run(&window, SCRIPT, "'opened', 8").await);
    let stepped = numbers(&run(&window, SCRIPT, "'stepped', 12").await);
    let culled = numbers(&run(&window, SCRIPT, "'culled', 12").await);
    window.screenshot("bench-viewer");
    let busy = BusyCores::start();
    let selected = numbers(&run(&window, SCRIPT, "'selected', 12").await);
    let opened_busily = numbers(&run(&window, SCRIPT, "'opened', 8").await);
    drop(busy);
    window.kill().await;
    vec![
        below("a 2048 px PNG opened", "ms, median of 8", median(&opened), 150.0),
        below("the slowest of them", "ms", quantile(&opened, 1, 1), 150.0),
        below("the next one", "ms, median of 12", median(&stepped), 150.0),
        below("the next one after a rating", "ms, p95 of 12", quantile(&culled, 95, 100), 100.0),
        below("a click selects, all cores busy", "ms, p95 of 12", quantile(&selected, 95, 100), 100.0),
        below(
            "a picture opened, all cores busy",
            "ms, the slowest of 8",
            quantile(&opened_busily, 1, 1),
            400.0,
        ),
    ]
}

/// Loops that keep every core busy, as a build or a generator does, until they are dropped.
struct BusyCores(Arc<AtomicBool>);

impl BusyCores {
    fn start() -> Self {
        let busy = Arc::new(AtomicBool::new(true));
        for _ in 0..cores() {
            let busy = Arc::clone(&busy);
            drop(std::thread::spawn(move || {
                while busy.load(Ordering::Relaxed) {
                    std::hint::spin_loop();
                }
            }));
        }
        Self(busy)
    }
}

impl Drop for BusyCores {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}
