//! The history at its full length, by mouse and by keyboard.

use crate::fixture::{DesktopFixture, TILE, click, tile};
use serde_json::Value;
use vitrine_tests::desktop::{Desktop, DesktopOptions};
use vitrine_tests::drag::DropTarget;
use vitrine_tests::process::{Cli, app_binary};
use vitrine_tests::rows::{add_thumbnails, id_of, many};
use vitrine_tests::window::AppWindow;

const MILLION: u32 = 1_000_000;
/// The number of rows with pictures at each end of a long library.
const PICTURES: u32 = 200;
/// The most nodes of the grid at the usual size of pictures.
const NODES: u64 = 400;

/// Makes a library of `count` rows without originals. The newest and the oldest have
/// thumbnails.
async fn long_library(count: u32) -> DesktopFixture {
    let fixture = DesktopFixture::new();
    let library = fixture.open().await;
    let (folder, owner) = (fixture.library(), library.owner());
    drop(library);
    tokio::task::spawn_blocking(move || {
        many(&folder, &owner, count);
        add_thumbnails(&folder, 0..PICTURES);
        add_thumbnails(&folder, count - PICTURES..count);
    })
    .await
    .unwrap();
    fixture
}

/// Returns the top of a tile on the screen; `None` if the tile is not drawn.
async fn top_of(window: &AppWindow<'_>, id: &str) -> Option<f64> {
    let script =
        format!("return document.querySelector(\"{}\")?.getBoundingClientRect().top ?? null", tile(id));
    window.script(&script).await.as_f64()
}

async fn wait_for_picture(window: &AppWindow<'_>, id: &str) {
    window.wait_for(&format!("{} img.ready", tile(id))).await;
}

async fn number(window: &AppWindow<'_>, script: &str) -> u64 {
    window.script(&format!("return {script}")).await.as_u64().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_grid_jumps_from_the_newest_to_the_oldest_of_a_million_images() {
    let fixture = long_library(MILLION).await;
    let desktop = Desktop::start(DesktopOptions::default()).await;
    let window = desktop.launch(&app_binary(), fixture.env()).await;
    wait_for_picture(&window, &id_of(0)).await;
    window.wait_text("footer", "1,000,000 images").await;
    window.press("End");
    wait_for_picture(&window, &id_of(MILLION - 1)).await;
    window.screenshot("million-oldest");
    let last = top_of(&window, &id_of(MILLION - 1)).await.unwrap();
    assert!((0.0..880.0).contains(&last), "the oldest is at {last}");
    let end = "document.querySelector('[role=slider][aria-label=Date]').ariaValueNow";
    assert_eq!(window.script(&format!("return {end}")).await, Value::from("100"));
    assert!(number(&window, "document.querySelectorAll('[role=grid] *').length").await < NODES);
    // This is well below the limit of browsers for the size of a box, whatever the library's
    // length.
    assert!(number(&window, "document.querySelector('.scroller').scrollHeight").await < 10_000_000);

    // Back by keys, and to the middle with the scrubber.
    window.press("Page_Up");
    window.press("Home");
    wait_for_picture(&window, &id_of(0)).await;
    assert!(top_of(&window, &id_of(0)).await.unwrap() > 0.0);
    let (x, y) = window.middle_of("[role=slider][aria-label=Date]").await;
    desktop.xdotool(["mousemove", &x.to_string(), &y.to_string(), "click", "1"]);
    window
        .eventually("the middle of the library is on the screen", async || {
            let first = "Number(document.querySelectorAll('[data-index]')[0].dataset.index)";
            (450_000..550_000).contains(&number(&window, first).await)
        })
        .await;
    window.screenshot("million-middle");
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resized_window_keeps_the_current_picture_in_place() {
    let fixture = long_library(3_000).await;
    let desktop = Desktop::start(DesktopOptions::default()).await;
    let window = desktop.launch(&app_binary(), fixture.env()).await;
    wait_for_picture(&window, &id_of(0)).await;
    let mut held = String::new();
    for _ in 0..6 {
        window.press("Page_Down");
        window
            .eventually("the keyboard moves on", async || {
                let script = "return document.querySelector('.tile.active')?.dataset.id ?? ''";
                let now = window.script(script).await.as_str().unwrap().to_owned();
                now != std::mem::replace(&mut held, now.clone())
            })
            .await;
    }
    let before = top_of(&window, &held).await.unwrap();
    click(&window, "squares").await;
    let squares = top_of(&window, &held).await.unwrap();
    click(&window, "squares").await;
    for (width, height) in [(1000, 700), (1300, 880), (1440, 900)] {
        window.client().set_window_size(width, height).await.unwrap();
        window
            .eventually("the page has the size of the window", async || {
                number(&window, "window.innerWidth").await <= u64::from(width)
            })
            .await;
    }
    window
        .eventually("the picture is where it was", async || {
            top_of(&window, &held).await.is_some_and(|top| (top - before).abs() < 1.5)
        })
        .await;
    assert!((squares - before).abs() < 1.5, "squares moved it from {before} to {squares}");
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn publishing_ten_thousand_images_is_one_step_and_one_undo() {
    const ALL: u32 = 10_000;
    let fixture = long_library(ALL).await;
    let desktop = Desktop::start(DesktopOptions::default()).await;
    let window = desktop.launch(&app_binary(), fixture.env()).await;
    wait_for_picture(&window, &id_of(0)).await;
    window.click(&tile(&id_of(0))).await;
    window.press("shift+End");
    window.wait_text("[data-testid=selection-bar]", "10,000 selected").await;
    let library = fixture.open().await;
    let public = async || library.counts().await.unwrap().feed;
    window.press("v");
    window.eventually("all are public", async || public().await == ALL).await;
    window.wait_for(&format!("{TILE}[data-visibility=public]")).await;
    window.press("ctrl+z");
    window.eventually("all are unlisted again", async || public().await == 0).await;
    window.press("ctrl+shift+z");
    window.eventually("all are public once more", async || public().await == ALL).await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dragging_the_selection_out_hands_over_originals_under_their_names() {
    let fixture = DesktopFixture::new();
    let pictures: Vec<_> = (1..=3).map(|number| fixture.picture(number)).collect();
    let originals: Vec<_> = pictures.iter().map(|path| std::fs::read(path).unwrap()).collect();
    fixture.import(&pictures).await;
    let desktop = Desktop::start(DesktopOptions::default()).await;
    let window = desktop.launch(&app_binary(), fixture.env()).await;
    window.wait_count(&format!("{TILE} img.ready"), 3).await;
    click(&window, "nav-history").await;
    window.press("ctrl+a");
    window.wait_text("[data-testid=selection-bar]", "3 selected").await;
    let target = desktop.drop_target();
    let from = window.middle_of(TILE).await;
    desktop.drag_pointer(from, DropTarget::MIDDLE).await;
    let taken = target.taken();
    let mut given: Vec<_> = taken
        .iter()
        .map(|uri| {
            let path = url::Url::parse(uri).unwrap().to_file_path().unwrap();
            (path.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read(&path).unwrap())
        })
        .collect();
    given.sort();
    let mut expected: Vec<_> = pictures
        .iter()
        .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
        .zip(originals)
        .collect();
    expected.sort();
    assert!(given == expected, "{taken:?}");
    // The images are still selected, and nothing was imported again.
    window.wait_text("[data-testid=selection-bar]", "3 selected").await;
    assert_eq!(fixture.list("generated").await.len(), 3);
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dragging_a_reference_into_a_gallery_can_be_undone() {
    let fixture = DesktopFixture::new();
    let library = fixture.open().await;
    let gallery = library.create_gallery("Hands").await.unwrap();
    let paths = [fixture.picture(1), fixture.picture(2)];
    let paths = paths.iter().map(|path| path.to_str().unwrap());
    let ran = Cli::on(&fixture.library()).run(["import", "--as", "reference"].into_iter().chain(paths)).await;
    let _ = ran.exits_with(0);
    let desktop = Desktop::start(DesktopOptions::default()).await;
    let window = desktop.launch(&app_binary(), fixture.env()).await;
    click(&window, "nav-references").await;
    window.wait_count(&format!("{TILE} img.ready"), 2).await;
    let from = window.middle_of(TILE).await;
    let to = window.middle_of("[data-testid=nav-gallery]").await;
    desktop.drag_pointer(from, to).await;
    let members = async || {
        let galleries = library.galleries().await.unwrap();
        galleries.iter().find(|each| each.id == gallery.id).unwrap().images
    };
    window.wait_text("[data-testid=toast]", "Added 1 image to Hands").await;
    assert_eq!(members().await, 1);
    window.press("ctrl+z");
    window.eventually("the gallery is empty again", async || members().await == 0).await;
    assert_eq!(library.counts().await.unwrap().references, 2);
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn deleting_in_the_viewer_shows_the_next_picture() {
    let fixture = DesktopFixture::new();
    let pictures: Vec<_> = (1..=3).map(|number| fixture.picture(number)).collect();
    fixture.import(&pictures).await;
    let newest: Vec<_> = fixture.list("generated").await;
    let id = |index: usize| newest[index]["id"].as_str().unwrap().to_owned();
    let desktop = Desktop::start(DesktopOptions::default()).await;
    let window = desktop.launch(&app_binary(), fixture.env()).await;
    window.wait_count(&format!("{TILE} img.ready"), 3).await;
    window.click(&tile(&id(1))).await;
    window.press("Return");
    let shows = async |id: &str| {
        let source = window.attribute("[data-testid=viewer-image]", "src").await;
        source.is_some_and(|source| source.contains(id))
    };
    window.eventually("the second is shown", async || shows(&id(1)).await).await;
    window.press("Delete");
    window.eventually("the third is shown", async || shows(&id(2)).await).await;
    window.press("Delete");
    window.eventually("the first is shown, being the only one left", async || shows(&id(0)).await).await;
    window.press("Delete");
    window.wait_gone("[data-testid=viewer]").await;
    window.wait_for("[data-testid=empty-history]").await;
    // They come back one after the other.
    for count in 1..=3 {
        window.press("ctrl+z");
        window.wait_count(TILE, count).await;
    }
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_selection_frame_drawn_past_the_edge_scrolls_the_grid() {
    let fixture = long_library(600).await;
    let desktop = Desktop::start(DesktopOptions::default()).await;
    let window = desktop.launch(&app_binary(), fixture.env()).await;
    wait_for_picture(&window, &id_of(0)).await;
    // The header of the day is not a picture.
    let (x, y) = window.middle_of(".day h2").await;
    let go = |x: i32, y: i32| desktop.xdotool(["mousemove", &x.to_string(), &y.to_string()]);
    go(x - 300, y);
    desktop.xdotool(["mousedown", "1"]);
    for step in 1..=10 {
        go(x - 300 + step * 60, y + step * 80);
    }
    window.wait_for("[data-testid=marquee]").await;
    window
        .eventually("more than a screen is selected", async || {
            number(&window, "document.querySelector('.scroller').scrollTop").await > 1500
        })
        .await;
    window.screenshot("marquee");
    desktop.xdotool(["mouseup", "1"]);
    window.wait_gone("[data-testid=marquee]").await;
    let text = window.text("[data-testid=selection-bar] b").await;
    let selected: u32 = text.trim_end_matches(" selected").parse().unwrap();
    assert!(selected > 20, "{text}");
    window.press("Escape");
    window.wait_gone("[data-testid=selection-bar]").await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_palette_the_menu_and_the_list_of_keys_do_what_they_name() {
    let fixture = DesktopFixture::new();
    fixture.import(&[fixture.picture(1), fixture.picture(2)]).await;
    let desktop = Desktop::start(DesktopOptions::default()).await;
    let window = desktop.launch(&app_binary(), fixture.env()).await;
    window.wait_count(&format!("{TILE} img.ready"), 2).await;
    window.press("Home");
    window.press("shift+F10");
    window.wait_for("[data-testid=context-menu]").await;
    window.screenshot("context-menu");
    window.press("Down");
    window.press("Return");
    window.wait_for(&format!("{TILE}[data-visibility=public]")).await;
    window.press("ctrl+k");
    window.wait_for("[data-testid=palette]").await;
    window.screenshot("palette");
    desktop.xdotool(["type", "public feed"]);
    window.press("Return");
    window.wait_for("[data-testid=feed-view]").await;
    window.wait_count(TILE, 1).await;
    window.press("question");
    window.wait_for("[data-testid=keys-dialog]").await;
    window.screenshot("keys");
    window.press("Escape");
    window.wait_gone("[data-testid=keys-dialog]").await;
    // Keys can be changed, and the new ones work.
    window.press("ctrl+comma");
    window.wait_for("[data-testid=settings-keys]").await;
    window.script("document.querySelector('[data-testid=keys-trash]').scrollIntoView()").await;
    click(&window, "keys-trash").await;
    window.press("ctrl+9");
    window.wait_text("[data-testid=keys-trash]", "Ctrl+9").await;
    window.screenshot("settings-keys");
    window.press("ctrl+9");
    window.wait_for("[data-testid=trash-view]").await;
    window.close().await;
}

/// Returns the image at the top of the grid that the window remembers for its next start.
fn remembered_place(desktop: &Desktop) -> Option<String> {
    let file = desktop.home().join("config/art.vitrine.desktop/window.json");
    let all: serde_json::Value = serde_json::from_slice(&std::fs::read(file).ok()?).ok()?;
    let last: serde_json::Value = serde_json::from_str(all["place"].as_str()?).ok()?;
    Some(last["place"]["id"].as_str()?.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_start_ends_and_a_new_window_opens_where_the_last_one_was() {
    let fixture = long_library(3_000).await;
    let desktop = Desktop::start(DesktopOptions::default()).await;
    let window = desktop.launch(&app_binary(), fixture.env()).await;
    wait_for_picture(&window, &id_of(0)).await;
    let second = desktop.run(&app_binary(), &[], fixture.env()).await;
    assert!(second.success(), "a second start ended with {second}");
    assert!(window.pid().is_some());
    click(&window, "squares").await;
    window.press("ctrl+b");
    window.wait_gone("nav").await;
    for _ in 0..8 {
        window.press("Page_Down");
    }
    let first = "document.querySelector('[data-index]')?.dataset.id ?? ''";
    let mut last = String::new();
    window
        .eventually("the place is kept", async || {
            last = remembered_place(&desktop).unwrap_or_default();
            let shown = window
                .script(&format!("return document.querySelector('[data-id=\"{last}\"]') !== null"))
                .await;
            !last.is_empty() && shown == true
        })
        .await;
    window.close().await;
    let window = desktop.launch(&app_binary(), fixture.env()).await;
    window
        .eventually("the same picture is on the screen", async || {
            window.script(&format!("return {first}")).await != "" && top_of(&window, &last).await.is_some()
        })
        .await;
    assert_eq!(window.attribute("[data-testid=squares]", "aria-pressed").await.as_deref(), Some("true"));
    assert_eq!(window.count("nav").await, 0);
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn oldest_first_keeps_the_current_picture_and_is_remembered() {
    const ALL: u32 = 2_000;
    let fixture = long_library(ALL).await;
    let desktop = Desktop::start(DesktopOptions::default()).await;
    let window = desktop.launch(&app_binary(), fixture.env()).await;
    wait_for_picture(&window, &id_of(0)).await;
    window.wait_for("[role=grid]:not([aria-rowcount='-1'])").await;
    window.press("o");
    wait_for_picture(&window, &id_of(ALL - 1)).await;
    // In the middle of the list, the current picture stays where it is.
    for _ in 0..4 {
        window.press("Page_Down");
    }
    let active = "return document.querySelector('.tile.active')?.dataset.id ?? ''";
    let mut held = String::new();
    window
        .eventually("the keyboard is on a picture", async || {
            let now = window.script(active).await.as_str().unwrap().to_owned();
            // The focus moved on with every key.
            let rests = now == std::mem::replace(&mut held, now.clone());
            rests && !now.is_empty() && top_of(&window, &now).await.is_some_and(|top| top > 60.0)
        })
        .await;
    let before = top_of(&window, &held).await.unwrap();
    window.press("o");
    window
        .eventually("the picture is where it was", async || {
            top_of(&window, &held).await.is_some_and(|top| (top - before).abs() < 1.5)
        })
        .await;
    window.press("o");
    // A key reaches the page after `press` returns.
    let oldest_first = "[data-testid=order][title*='oldest first']";
    window.wait_for(oldest_first).await;
    window.close().await;
    let window = desktop.launch(&app_binary(), fixture.env()).await;
    window.wait_for(oldest_first).await;
    window.close().await;
}
