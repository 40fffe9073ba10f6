//! Pictures are found by how they were made.

use crate::fixture::{DesktopFixture, click, middle_of_the_grid, tile};
use vitrine_tests::desktop::{Desktop, DesktopOptions};
use vitrine_tests::pictures::a_png;
use vitrine_tests::process::app_binary;

fn parameters(prompt: &str, seed: u32, model: &str) -> String {
    format!(
        "{prompt}\nSteps: 24, Sampler: Euler, CFG scale: 6.5, Seed: {seed}, Size: 64x64, Model: {model}, Version: v1.10.1"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_is_typed_completed_and_saved() {
    let fixture = DesktopFixture::new();
    let desktop = Desktop::start(DesktopOptions::default()).await;
    let window = desktop.launch(&app_binary(), fixture.env()).await;
    window.wait_for("[data-testid=empty-history]").await;
    let pictures = [
        ("fox.png", (320, 480), parameters("a red fox in deep snow", 1, "dreamshaper-xl")),
        ("owl.png", (480, 320), parameters("an owl in a barn", 2, "dreamshaper-xl")),
        ("tower.png", (400, 400), parameters("東京タワーの夜景", 3, "flux1-dev")),
    ];
    let write = |(name, (width, height), text): &(&str, (u32, u32), String)| {
        let picture = a_png(*width, *height).generated_like().with_text("parameters", text);
        picture.write_to(&fixture.dropped(), name)
    };
    let files: Vec<_> = pictures.iter().map(write).collect();
    let (x, y) = middle_of_the_grid(&window).await;
    desktop.drag_files(&files, x, y).await;
    window.wait_count("[data-testid=tile]", 3).await;
    let listed = fixture.list("generated").await;
    let id_of = |prompt: &str| {
        let image = listed.iter().find(|image| image["prompt"].as_str().unwrap().contains(prompt)).unwrap();
        image["id"].as_str().unwrap().to_owned()
    };

    // A word that is still being typed is found by its beginning.
    window.type_into("[data-testid=search]", "deep sno").await;
    window.wait_for("[data-testid=search-view]").await;
    window.wait_count("[data-testid=tile]", 1).await;
    window.wait_for(&tile(&id_of("fox"))).await;
    window.screenshot("search");
    window.type_into("[data-testid=search]", "夜景").await;
    window.wait_for(&tile(&id_of("東京"))).await;
    window.wait_count("[data-testid=tile]", 1).await;

    // A part that is not understood is explained, and the rest is searched.
    window.type_into("[data-testid=search]", "owl after:soon").await;
    window.wait_text("[data-testid=search-problems]", "is not a date").await;
    window.wait_for(&tile(&id_of("owl"))).await;
    window.type_into("[data-testid=search]", "dragon").await;
    window.wait_for("[data-testid=empty-search]").await;

    click(&window, "search-clear").await;
    window.wait_for("[data-testid=history-view]").await;
    window.wait_count("[data-testid=tile]", 3).await;

    click(&window, "filter-model").await;
    window.wait_text("[role=menu]", "flux1-dev").await;
    window.wait_for("[role=menuitemradio]:focus").await;
    window.screenshot("search-filter");
    window.click("[role=menu] [role=menuitemradio]").await;
    window.wait_count("[data-testid=tile]", 2).await;
    click(&window, "search-keep").await;
    window.wait_for("[data-testid=search-name]").await;
    desktop.xdotool(["type", "Dreams"]);
    window.press("Return");
    window.wait_text("[data-testid=nav-search]", "Dreams").await;
    click(&window, "nav-history").await;
    window.wait_count("[data-testid=tile]", 3).await;
    click(&window, "nav-search").await;
    window.wait_count("[data-testid=tile]", 2).await;
    window.close().await;
}
