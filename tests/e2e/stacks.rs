//! Variations of one prompt as stacks, in the real window.

use crate::fixture::{DesktopFixture, TILE, click};
use std::path::PathBuf;
use std::time::{Duration, UNIX_EPOCH};
use vitrine_core::model::{OrderBy, PageRequest, View};
use vitrine_tests::desktop::{Desktop, DesktopOptions};
use vitrine_tests::pictures::a_png;
use vitrine_tests::process::app_binary;
use vitrine_tests::window::AppWindow;

/// The prompts, and how many pictures each made in one go, the newest first.
const PROMPTS: [(&str, u64); 3] = [("a fox in deep snow", 7), ("an owl at dusk", 4), ("a single hare", 1)];
const NEWEST: u64 = 1_790_000_000;
const BADGE: &str = "[data-testid=stack]";
const BAR: &str = "[data-testid=selection-bar]";

/// Makes the pictures, one a minute and an hour between the prompts.
fn pictures(fixture: &DesktopFixture) -> Vec<PathBuf> {
    let mut made = Vec::new();
    for (at, (prompt, count)) in PROMPTS.into_iter().enumerate() {
        for number in 0..count {
            let seed = at as u64 * 100 + number;
            let (width, height) = [(960, 640), (640, 960), (800, 800)][at];
            let parameters = format!("{prompt}\nSteps: 20, Sampler: Euler a, Seed: {seed}, Model: none");
            let picture =
                a_png(width, height).seed(seed).generated_like().with_text("parameters", &parameters);
            let file = picture.write_to(&fixture.dropped(), &format!("{at}-{number}.png"));
            let moment = UNIX_EPOCH + Duration::from_secs(NEWEST - at as u64 * 3_600 - number * 60);
            std::fs::File::options().write(true).open(&file).unwrap().set_modified(moment).unwrap();
            made.push(file);
        }
    }
    made
}

/// Returns the names of the tiles on screen, in order.
async fn shown(window: &AppWindow<'_>) -> Vec<String> {
    let script = "return [...document.querySelectorAll('[data-testid=tile]')]
        .sort((a, b) => a.dataset.index - b.dataset.index).map((tile) => tile.ariaLabel)";
    let labels = window.script(script).await;
    labels.as_array().unwrap().iter().map(|label| label.as_str().unwrap().to_owned()).collect()
}

/// Returns the rating of each image of the history, by the name of its file.
async fn ratings(fixture: &DesktopFixture) -> Vec<(String, u8)> {
    let page =
        fixture.open().await.tiles(&View::History, OrderBy::Made, &PageRequest::first(50)).await.unwrap();
    let mut ratings: Vec<_> =
        page.page.into_iter().map(|tile| (tile.filename, tile.rating.stars())).collect();
    ratings.sort();
    ratings
}

async fn badges(window: &AppWindow<'_>, expected: &[&str]) {
    window
        .eventually(&format!("the stacks have {expected:?}"), async || window.texts(BADGE).await == expected)
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn variations_are_stacked_opened_in_place_and_treated_as_a_whole() {
    let fixture = DesktopFixture::new();
    fixture.import(&pictures(&fixture)).await;
    let desktop = Desktop::start(DesktopOptions::default()).await;
    let window = desktop.launch(&app_binary(), fixture.env()).await;
    window.wait_count(TILE, 12).await;
    assert_eq!(window.count(BADGE).await, 0);

    click(&window, "stacks").await;
    window.wait_count(TILE, 3).await;
    badges(&window, &["7", "4"]).await;
    assert_eq!(window.attribute(BADGE, "aria-label").await.as_deref(), Some("Stack of 7 images"));
    window.wait_text("h2", "12 images").await;
    let covers = shown(&window).await;
    assert!(
        covers[0].contains("fox") && covers[1].contains("owl") && covers[2].contains("hare"),
        "{covers:?}"
    );
    window.screenshot("stacks-closed");

    // The owls come out behind their cover, and the fox and the hare stay where they are.
    let top = "return document.querySelector('[data-testid=tile]').getBoundingClientRect().top";
    let before = window.script(top).await;
    window.click(&format!("{TILE}[data-index='1'] {BADGE}")).await;
    window.wait_count(TILE, 6).await;
    assert_eq!(window.script(top).await, before, "the page does not jump");
    let opened = shown(&window).await;
    assert!(
        opened[1..5].iter().all(|label| label.contains("owl")) && opened[5].contains("hare"),
        "{opened:?}"
    );
    window.wait_count(".tile.together", 4).await;
    window.screenshot("stacks-open");
    window.press("e");
    window.wait_count(TILE, 3).await;

    // A whole stack is rated.
    window.press("Home");
    window.wait_text(BAR, "1 selected, 7 images").await;
    window.press("4");
    window.wait_for(&format!("{BAR} [data-testid=selection-stars][data-rating='4']")).await;
    window
        .eventually("the foxes have 4 stars, and no others", async || {
            ratings(&fixture).await.iter().all(|(name, stars)| (*stars == 4) == name.starts_with("0-"))
        })
        .await;

    // A whole stack is moved to the trash, and comes back.
    window.press("Delete");
    window.wait_count(TILE, 2).await;
    window.wait_text("body", "Moved 7 images to Trash").await;
    window.eventually("the trash has the foxes", async || fixture.list("trash").await.len() == 7).await;
    window.press("ctrl+z");
    window.wait_count(TILE, 3).await;
    badges(&window, &["7", "4"]).await;
    window.eventually("the trash is empty", async || fixture.list("trash").await.is_empty()).await;

    // The viewer walks through the stack, and leaves it closed.
    window.press("Home");
    window.press("Return");
    window.wait_for("[data-testid=viewer-image]").await;
    let name = async || window.text("[data-testid=viewer] .name").await;
    for expected in ["0-1.png", "0-2.png"] {
        window.press("Right");
        window.eventually(&format!("the viewer shows {expected}"), async || name().await == expected).await;
    }
    window.press("Escape");
    window.wait_gone("[data-testid=viewer]").await;
    badges(&window, &["7", "4"]).await;
    window.close().await;

    // The next window shows stacks as well.
    let window = desktop.launch(&app_binary(), fixture.env()).await;
    badges(&window, &["7", "4"]).await;
    window.wait_count(&format!("{TILE} img.ready"), 3).await;
    let _ = window.script("document.documentElement.dataset.theme = 'light'").await;
    window.press("Home");
    window.press("e");
    window.wait_count(TILE, 9).await;
    window.wait_count(&format!("{TILE} img.ready"), 9).await;
    window.screenshot("stacks-light");
    window.press("shift+s");
    window.wait_count(TILE, 12).await;
    assert_eq!(window.count(BADGE).await, 0);
    window.close().await;
}
