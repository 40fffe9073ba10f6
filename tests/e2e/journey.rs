//! The artist's journey with a bucket connected.

use crate::fixture::{DesktopFixture, TILE, click, get, middle_of_the_grid, status, tile};
use std::collections::BTreeMap;
use vitrine_tests::desktop::{Desktop, DesktopOptions};
use vitrine_tests::process::app_binary;
use vitrine_tests::s3::S3Server;

#[tokio::test(flavor = "multi_thread")]
async fn dropped_pictures_are_uploaded_published_removed_and_restored() {
    let server = tokio::task::spawn_blocking(S3Server::start).await.unwrap();
    let fixture = DesktopFixture::new();
    let desktop = Desktop::start(DesktopOptions::default()).await;
    let window = desktop.launch(&app_binary(), fixture.env_with(&server)).await;

    // The first run opens an empty history directly.
    window.wait_for("[data-testid=empty-history]").await;
    window.screenshot("first-run");

    // Three files, two of which are pictures.
    let files = [fixture.picture(1), fixture.picture(2), fixture.text_file()];
    let (x, y) = middle_of_the_grid(&window).await;
    let drag = desktop.begin_drag(&files, x, y).await;
    window.wait_for("[data-testid=drop-overlay]").await;
    window.wait_text("[data-testid=drop-overlay]", "Add 3 files to History").await;
    window.screenshot("drop");
    drag.let_go().await;
    window.wait_count(TILE, 2).await;
    window.wait_count("[data-testid=import-rejection]", 1).await;
    window.wait_text("[data-testid=import-rejection]", "notes.txt").await;
    window.wait_text("[data-testid=import-rejection]", "not a picture").await;
    window.screenshot("history-with-a-rejection");

    // Stored means stored: the same bytes are at a public URL, with the right
    // headers.
    window.wait_count("[data-testid=tile][data-upload=stored]", 2).await;
    let images = fixture.list("generated").await;
    let originals: BTreeMap<String, Vec<u8>> = files[..2]
        .iter()
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read(path).unwrap()))
        .collect();
    for image in &images {
        assert_eq!(image["stored"], true, "{image}");
        let answer = get(image["url"].as_str().unwrap()).await;
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["content-type"], "image/png");
        assert_eq!(answer.headers()["cache-control"], "public, max-age=31536000, immutable");
        let bytes = answer.bytes().await.unwrap();
        assert!(bytes == originals[image["filename"].as_str().unwrap()], "the URL gives other bytes");
    }

    // The image becomes public and unlisted again, from the inspector and from the
    // tile.
    let id = images[0]["id"].as_str().unwrap();
    let url = images[0]["url"].as_str().unwrap();
    window.click(&tile(id)).await;
    window.wait_for("[data-testid=inspector-link]").await;
    window.wait_text("[data-testid=inspector-link]", url).await;
    click(&window, "inspector-visibility-public").await;
    window.wait_for(&format!("{}[data-visibility=public]", tile(id))).await;
    window.screenshot("history");
    click(&window, "nav-feed").await;
    window.wait_for("[data-testid=feed-view]").await;
    window.wait_count(TILE, 1).await;
    window.wait_for(&tile(id)).await;
    window.screenshot("feed");
    click(&window, "nav-history").await;
    window.wait_count(TILE, 2).await;
    // Pointing at the tile shows its actions.
    window.click(&tile(id)).await;
    click(&window, "tile-visibility").await;
    window.wait_for(&format!("{}[data-visibility=unlisted]", tile(id))).await;
    click(&window, "nav-feed").await;
    window.wait_for("[data-testid=feed-view]").await;
    window.wait_count(TILE, 0).await;
    assert!(fixture.list("feed").await.is_empty());
    click(&window, "nav-history").await;
    window.wait_count(TILE, 2).await;

    // A removed image disappears from the grid at once and from its URL soon. Undo
    // brings both back.
    window.click(&tile(id)).await;
    window.press("Delete");
    window.wait_gone(&tile(id)).await;
    window.wait_count(TILE, 1).await;
    window.eventually("the removed image's URL answers 404", async || status(url).await == 404).await;
    click(&window, "toast-undo").await;
    window.wait_for(&tile(id)).await;
    window.wait_count(TILE, 2).await;
    window.eventually("the restored image's URL answers 200", async || status(url).await == 200).await;
    window.wait_for(&format!("{}[data-upload=stored]", tile(id))).await;

    // The viewer shows the picture, and closing it returns to the image.
    window.click(&tile(id)).await;
    window.press("Return");
    window.wait_for("[data-testid=viewer-image]").await;
    window
        .eventually("the viewer's picture is decoded", async || {
            let js = "const i = document.querySelector('[data-testid=viewer-image]'); \
                      return i !== null && i.complete && i.naturalWidth > 0";
            window.script(js).await == true
        })
        .await;
    window.screenshot("viewer");
    window.press("Escape");
    window.wait_gone("[data-testid=viewer]").await;
    window.wait_for(&tile(id)).await;

    // References never enter the feed.
    click(&window, "nav-references").await;
    window.wait_for("[data-testid=references-view]").await;
    let reference = [fixture.picture(3)];
    let (x, y) = middle_of_the_grid(&window).await;
    desktop.drag_files(&reference, x, y).await;
    window.wait_count("[data-testid=tile][data-upload=stored]", 1).await;
    window.screenshot("references");
    assert_eq!(fixture.list("references").await.len(), 1);
    assert_eq!(fixture.list("generated").await.len(), 2);

    click(&window, "nav-settings").await;
    window.wait_for("[data-testid=settings]").await;
    window.screenshot("settings");
    window.close().await;
}
