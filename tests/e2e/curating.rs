//! Choosing among many pictures, by keyboard only.

use crate::fixture::{DesktopFixture, TILE};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use vitrine_core::model::{OrderBy, PageRequest, View};
use vitrine_tests::desktop::{Desktop, DesktopOptions};
use vitrine_tests::process::app_binary;
use vitrine_tests::window::AppWindow;

const ALL: usize = 40;
const VIEWED: &str = "[data-testid=viewer] .name";
const SHOWN: &str = "[data-testid=viewer-image]";
const PANE: &str = "[data-testid=compare-pane]";

/// Presses keys, and waits until the viewer shows another picture. Returns how long that took.
async fn step(window: &AppWindow<'_>, keys: &str) -> Duration {
    let before = window.text(VIEWED).await;
    let start = Instant::now();
    window.press(keys);
    window.eventually("the viewer shows another picture", async || window.text(VIEWED).await != before).await;
    start.elapsed()
}

async fn wait_rating(window: &AppWindow<'_>, stars: &str) {
    window.wait_for(&format!("[data-testid=viewer-stars][data-rating='{stars}']")).await;
}

/// Returns the rating and the mark as favourite of each image of the history, by the name of its file.
async fn choices(fixture: &DesktopFixture) -> BTreeMap<String, (u8, bool)> {
    let library = fixture.open().await;
    let page = library.tiles(&View::History, OrderBy::Made, &PageRequest::first(200)).await.unwrap();
    let chosen = |tile: vitrine_core::model::Tile| (tile.filename, (tile.rating.stars(), tile.favourite));
    page.page.into_iter().map(chosen).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn forty_pictures_are_culled_by_keyboard_alone() {
    let fixture = DesktopFixture::new();
    let pictures: Vec<_> = (0..ALL as u64).map(|number| fixture.picture(number)).collect();
    fixture.import(&pictures).await;
    let library = fixture.open().await;
    let mut settings = library.settings();
    settings.next_after_rating = true;
    library.save_settings(settings).await.unwrap();
    drop(library);

    let desktop = Desktop::start(DesktopOptions::default()).await;
    let window = desktop.launch(&app_binary(), fixture.env()).await;
    window.wait_for(&format!("{TILE} img.ready")).await;
    window.press("Home");
    window.press("Return");
    window.wait_for(SHOWN).await;

    // A key rates a picture and shows the next one; Delete rejects it and does as well.
    let mut expected = BTreeMap::new();
    let mut rejected = Vec::new();
    let mut slowest = Duration::ZERO;
    for at in 0..ALL - 1 {
        let name = window.text(VIEWED).await;
        let key = ["3", "Delete", "5", "f"][at % 4];
        slowest = slowest.max(step(&window, key).await);
        match key {
            "Delete" => rejected.push(name),
            "f" => drop(expected.insert(name, (0, true))),
            stars => drop(expected.insert(name, (stars.parse().unwrap(), false))),
        }
        if at == 9 {
            window.screenshot("culling");
        }
    }
    println!("the slowest step took {slowest:?}, with the test's own queries");
    // The last one has no next.
    let last = window.text(VIEWED).await;
    window.press("4");
    wait_rating(&window, "4").await;
    expected.insert(last.clone(), (4, false));

    // Undo goes back step by step, to the last rejected picture, and redo comes forward again.
    let said = async |what: &str| window.wait_text("body", what).await;
    window.press("ctrl+z");
    wait_rating(&window, "0").await;
    window.press("ctrl+z");
    said("Undone: Rated 1 image with 5 stars").await;
    window.press("ctrl+z");
    said("Undone: Moved 1 image to Trash").await;
    assert_eq!(fixture.list("trash").await.len(), rejected.len() - 1);
    for redone in ["Moved 1 image to Trash", "Rated 1 image with 5 stars", "Rated 1 image with 4 stars"] {
        window.press("ctrl+shift+z");
        said(&format!("Redone: {redone}")).await;
    }
    wait_rating(&window, "4").await;

    // The first two that are left are compared, and the winner meets the next.
    window.press("Escape");
    window.wait_gone("[data-testid=viewer]").await;
    window.wait_text("[data-testid=nav-favourites]", "9").await;
    window.press("Home");
    window.press("shift+Right");
    window.press("c");
    window.wait_count(&format!("{PANE} .ready"), 2).await;
    window.screenshot("comparing");
    let challenger = async || window.attribute(&format!("{PANE}:nth-child(2)"), "data-id").await;
    let first = challenger().await;
    window.press("k");
    window.eventually("the next challenger is shown", async || challenger().await != first).await;
    window.press("x");
    window.press("d");
    window.wait_for(".panes.difference").await;
    window.screenshot("difference");
    window.press("d");
    window.wait_gone(".panes.difference").await;
    // The winner is rated, which is not the one on the left any more.
    let winner = window.text(&format!("{PANE}.active .name")).await;
    window.press("1");
    window.wait_for(&format!("{PANE}.active [data-testid=compare-stars][data-rating='1']")).await;
    let marked = expected.get(&winner).is_some_and(|(_, favourite)| *favourite);
    expected.insert(winner, (1, marked));
    window.press("Escape");
    window.wait_gone("[data-testid=compare]").await;

    // The favourites are one key away, and the best come first on demand.
    window.press("ctrl+5");
    window.wait_for("[data-testid=search-view]").await;
    window.wait_count(TILE, 9).await;
    window.screenshot("favourites");
    window.press("ctrl+1");
    window.wait_for("[data-testid=history-view]").await;
    window.press("alt+5");
    window.wait_gone(".days h2").await;
    window
        .eventually("the best are first", async || {
            let first = format!("{TILE}[data-index='0'] [data-testid=tile-choice]");
            window.attribute(&first, "data-rating").await.as_deref() == Some("5")
        })
        .await;
    window.screenshot("by-rating");
    let _ = window.script("document.documentElement.dataset.theme = 'light'").await;
    window.press("Home");
    window.press("shift+Right");
    window.wait_for("[data-testid=together-bytes]").await;
    window.screenshot("by-rating-light");
    window.close().await;

    assert_eq!(choices(&fixture).await, expected);
    assert_eq!(fixture.list("trash").await.len(), rejected.len());
}
