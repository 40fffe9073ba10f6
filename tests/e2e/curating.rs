//! Choosing among many pictures, by keyboard only.

use crate::fixture::{DesktopFixture, TILE, click, tile};
use std::collections::BTreeMap;
use vitrine_core::model::{OrderBy, PageRequest, View};
use vitrine_tests::desktop::{Desktop, DesktopOptions};
use vitrine_tests::process::app_binary;
use vitrine_tests::window::AppWindow;

const ALL: usize = 200;
const VIEWED: &str = "[data-testid=viewer] .name";
const SHOWN: &str = "[data-testid=viewer-image]";
const PANE: &str = "[data-testid=compare-pane]";

/// Presses keys, and waits until the viewer shows another picture.
async fn step(window: &AppWindow<'_>, keys: &str) {
    let before = window.text(VIEWED).await;
    window.press(keys);
    window.eventually("the viewer shows another picture", async || window.text(VIEWED).await != before).await;
}

/// Returns the images of the only collection in the artist's order, and whether each is public.
async fn in_collection(fixture: &DesktopFixture) -> Vec<(String, bool)> {
    let library = fixture.open().await;
    let Some(collection) = library.collections().await.unwrap().pop() else { return Vec::new() };
    let view = View::Collection { collection: collection.id };
    let page = library.tiles(&view, OrderBy::Manual, &PageRequest::first(50)).await.unwrap();
    let shown = |tile: vitrine_core::model::Tile| {
        (tile.id.to_string(), tile.visibility == Some(vitrine_core::model::Visibility::Public))
    };
    page.page.into_iter().map(shown).collect()
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

async fn theme(window: &AppWindow<'_>, name: &str) {
    let script = format!("document.documentElement.dataset.theme = '{name}'");
    let _ = window.script(&script).await;
    // The screenshots show the theme after its transitions.
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
}

/// What images were chosen with, by the names of their files, and the names of those that were rejected.
type Choices = (BTreeMap<String, (u8, bool)>, Vec<String>);

/// Goes through all pictures with the keyboard.
async fn cull(window: &AppWindow<'_>) -> Choices {
    // A key rates a picture and shows the next one; Delete rejects it and does as well.
    let mut expected = BTreeMap::new();
    let mut rejected = Vec::new();
    for at in 0..ALL - 1 {
        let name = window.text(VIEWED).await;
        let key = ["3", "Delete", "5", "f"][at % 4];
        step(window, key).await;
        match key {
            "Delete" => rejected.push(name),
            "f" => drop(expected.insert(name, (0, true))),
            stars => drop(expected.insert(name, (stars.parse().unwrap(), false))),
        }
        if at == 9 {
            window.screenshot("culling");
        }
    }
    // The last one has no next.
    let last = window.text(VIEWED).await;
    window.press("4");
    wait_rating(window, "4").await;
    expected.insert(last, (4, false));
    (expected, rejected)
}

/// Drags the best into a collection, orders them there, and makes them public.
async fn publish_best(desktop: &Desktop, window: &AppWindow<'_>, fixture: &DesktopFixture) {
    click(window, "collection-add").await;
    window.type_into("[data-testid=collection-name]", "Best").await;
    window.press("Return");
    window.wait_for("[data-testid=nav-collection][aria-current=page]").await;
    window.press("ctrl+1");
    window.wait_for("[data-testid=history-view]").await;
    window.wait_for(&format!("{TILE}[data-index='5'] img.ready")).await;
    let in_window = "return [...document.querySelectorAll('[data-testid=tile]')]
        .sort((a, b) => a.dataset.index - b.dataset.index).map((tile) => tile.dataset.id)";
    let listed = window.script(in_window).await;
    let best: Vec<&str> = listed.as_array().unwrap()[..6].iter().map(|id| id.as_str().unwrap()).collect();
    window.press("Home");
    for _ in 1..best.len() {
        window.press("shift+Right");
    }
    window.wait_count("[data-testid=tile][aria-selected=true]", 6).await;
    let from = window.middle_of(&tile(best[0])).await;
    let to = window.middle_of("[data-testid=nav-collection]").await;
    desktop.drag_pointer(from, to).await;
    window.wait_text("[data-testid=toast]", "Added 6 images to Best").await;
    click(window, "nav-collection").await;
    window.wait_count(&format!("{TILE} img.ready"), 6).await;
    let from = window.middle_of(&tile(best[5])).await;
    let (x, y) = window.middle_of(&tile(best[0])).await;
    desktop.press_pointer(from).await;
    desktop.pull_pointer(from, (x - 20, y)).await;
    window.wait_for("[data-testid=insertion-mark]").await;
    desktop.release_pointer().await;
    window.eventually("the last one is first", async || in_collection(fixture).await[0].0 == best[5]).await;
    window.press("ctrl+a");
    window.press("shift+p");
    window.wait_count(&format!("{TILE}[data-visibility=public]"), 6).await;
    window.screenshot("best");
    theme(window, "light").await;
    window.screenshot("best-light");
    let ordered = [best[5], best[0], best[1], best[2], best[3], best[4]].map(|id| (id.to_owned(), true));
    assert_eq!(in_collection(fixture).await, ordered);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_pictures_are_culled_by_keyboard_and_the_best_are_published() {
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

    let (mut expected, rejected) = cull(&window).await;

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
    window.wait_text("[data-testid=nav-favourites]", "49").await;
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
    window.wait_for("[role=grid]:not([aria-rowcount='-1'])").await;
    window.wait_for(&format!("{TILE} img.ready")).await;
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
    theme(&window, "light").await;
    window.press("Home");
    window.press("shift+Right");
    window.wait_for("[data-testid=together-bytes]").await;
    window.screenshot("by-rating-light");
    theme(&window, "dark").await;

    publish_best(&desktop, &window, &fixture).await;
    window.close().await;

    assert_eq!(choices(&fixture).await, expected);
    assert_eq!(fixture.list("trash").await.len(), rejected.len());
}
