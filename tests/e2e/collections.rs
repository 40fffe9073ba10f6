//! Collections of generated images, which the artist orders by hand.

use crate::fixture::{DesktopFixture, TILE, click, tile};
use vitrine_core::Library;
use vitrine_core::model::{ImageId, OrderBy, PageRequest, View};
use vitrine_tests::desktop::{Desktop, DesktopOptions};
use vitrine_tests::process::app_binary;
use vitrine_tests::window::AppWindow;

/// Returns the images of the only collection in the artist's order.
async fn in_order(library: &Library) -> Vec<String> {
    let Some(collection) = library.collections().await.unwrap().pop() else { return Vec::new() };
    let view = View::Collection { collection: collection.id };
    let page = library.images(&view, OrderBy::Manual.into(), &PageRequest::first(50)).await.unwrap();
    page.page.iter().map(|image| image.id().to_string()).collect()
}

/// Waits until the window and the catalog have these images in this order.
async fn wait_order(window: &AppWindow<'_>, library: &Library, what: &str, expected: &[&str]) {
    let js = "return [...document.querySelectorAll('[data-testid=tile]')]
        .sort((a, b) => a.dataset.index - b.dataset.index).map((tile) => tile.dataset.id)";
    window
        .eventually(what, async || {
            window.script(js).await == serde_json::json!(expected) && in_order(library).await == *expected
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collection_is_filled_and_ordered_by_drags_and_is_still_there_after_a_restart() {
    let fixture = DesktopFixture::new();
    fixture.import(&[1, 2, 3, 4].map(|number| fixture.picture(number))).await;
    let library = fixture.open().await;
    let desktop = Desktop::start(DesktopOptions::default()).await;
    let window = desktop.launch(&app_binary(), fixture.env()).await;
    window.wait_count(&format!("{TILE} img.ready"), 4).await;
    click(&window, "collection-add").await;
    window.type_into("[data-testid=collection-name]", "Sky").await;
    window.press("Return");
    window.wait_for("[data-testid=nav-collection][aria-current=page]").await;
    window.wait_for("[data-testid=empty-collection]").await;

    // Three of four pictures, dragged together.
    click(&window, "nav-history").await;
    window.wait_count(&format!("{TILE} img.ready"), 4).await;
    let listed = fixture.list("generated").await;
    let ids: Vec<&str> = listed.iter().map(|image| image["id"].as_str().unwrap()).collect();
    window.click(&tile(ids[0])).await;
    window.press("shift+Right");
    window.press("shift+Right");
    window.wait_count("[data-testid=tile][aria-selected=true]", 3).await;
    let from = window.middle_of(&tile(ids[0])).await;
    let to = window.middle_of("[data-testid=nav-collection]").await;
    desktop.drag_pointer(from, to).await;
    window.wait_text("[data-testid=toast]", "Added 3 images to Sky").await;
    window.screenshot("collection-filled");
    window
        .eventually("the cover is shown", async || window.count("[data-testid=nav-cover]").await == 1)
        .await;
    click(&window, "nav-collection").await;
    wait_order(&window, &library, "the images are in the collection", &ids[..3]).await;
    window.wait_count(&format!("{TILE} img.ready"), 3).await;

    // The last goes before the first.
    let from = window.middle_of(&tile(ids[2])).await;
    let (x, y) = window.middle_of(&tile(ids[0])).await;
    desktop.press_pointer(from).await;
    desktop.pull_pointer(from, (x - 20, y)).await;
    window.wait_for("[data-testid=insertion-mark]").await;
    window.screenshot("collection-ordering");
    desktop.release_pointer().await;
    wait_order(&window, &library, "the last one is first", &[ids[2], ids[0], ids[1]]).await;

    window.click(&tile(ids[0])).await;
    window.press("alt+Right");
    wait_order(&window, &library, "the keys move it on", &[ids[2], ids[1], ids[0]]).await;
    window.press("shift+G");
    wait_order(&window, &library, "it is removed", &[ids[2], ids[1]]).await;
    assert_eq!(fixture.list("generated").await.len(), 4, "it stays in the library");
    window.press("ctrl+z");
    let expected = [ids[2], ids[1], ids[0]];
    wait_order(&window, &library, "undo puts it back in its place", &expected).await;
    // The window remembers the view after a pause.
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    window.close().await;

    let window = desktop.launch(&app_binary(), fixture.env()).await;
    window.wait_for("[data-testid=nav-collection][aria-current=page]").await;
    wait_order(&window, &library, "it is still there after a restart", &expected).await;
    window.wait_count(&format!("{TILE} img.ready"), 3).await;
    window.screenshot("collection");
    let id = ImageId::parse(ids[0]).unwrap();
    assert_eq!(library.detail(&id).await.unwrap().collections, ["Sky"]);
    window.close().await;
}
