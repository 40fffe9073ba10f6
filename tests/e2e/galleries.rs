//! Galleries with their covers, and references that are picked from them.

use crate::fixture::{DesktopFixture, TILE, click, tile};
use vitrine_tests::desktop::{Desktop, DesktopOptions};
use vitrine_tests::drag::DropTarget;
use vitrine_tests::process::{Cli, app_binary};
use vitrine_tests::s3;

#[tokio::test(flavor = "multi_thread")]
async fn a_chosen_image_becomes_the_cover_of_its_gallery_until_undo() {
    let fixture = DesktopFixture::new();
    let paths = [fixture.picture(1), fixture.picture(2)];
    let paths = paths.iter().map(|path| path.to_str().unwrap());
    let arguments = ["import", "--as", "reference", "--gallery", "Hands"].into_iter().chain(paths);
    let _ = Cli::on(&fixture.library()).run(arguments).await.exits_with(0);
    let references = fixture.list("references").await;
    let oldest = references[1]["id"].as_str().unwrap().to_owned();
    let desktop = Desktop::start(DesktopOptions::default()).await;
    let window = desktop.launch(&app_binary(), fixture.env()).await;
    click(&window, "nav-references").await;
    let cover = async || window.attribute("[data-testid=shelf-cover]", "src").await.unwrap_or_default();
    window.wait_for("[data-testid=shelf-cover]").await;
    let first = cover().await;
    assert!(!first.contains(&oldest), "{first}");
    window.screenshot("shelf");
    click(&window, "shelf-gallery").await;
    window.wait_gone("[data-testid=shelf]").await;
    window.wait_count(&format!("{TILE} img.ready"), 2).await;
    window.click(&tile(&oldest)).await;
    window.press("ctrl+k");
    window.wait_for("[data-testid=palette]").await;
    desktop.xdotool(["type", "cover"]);
    window.press("Return");
    window.wait_text("[data-testid=toast]", "stands for Hands").await;
    click(&window, "nav-references").await;
    window.eventually("the chosen one is the cover", async || cover().await.contains(&oldest)).await;
    window.press("ctrl+z");
    window.eventually("the one before is", async || cover().await == first).await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn picking_copies_a_link_on_a_click_and_hands_over_a_file_on_a_drag() {
    let fixture = DesktopFixture::new();
    let picture = fixture.picture(1);
    let bytes = std::fs::read(&picture).unwrap();
    let server = s3::shared();
    let cli = Cli::on(&fixture.library()).with_env(server.env());
    let _ = cli.run(["import", "--as", "reference", picture.to_str().unwrap()]).await.exits_with(0);
    let _ = cli.run(["push"]).await.exits_with(0);
    let reference = fixture.list("references").await.remove(0);
    let url = reference["url"].as_str().unwrap();
    let desktop = Desktop::start(DesktopOptions::default()).await;
    let window = desktop.launch(&app_binary(), fixture.env_with(server)).await;
    click(&window, "nav-references").await;
    window.wait_count(&format!("{TILE} img.ready"), 1).await;
    click(&window, "pick").await;
    window.wait_for("[data-testid=pick-bar]").await;
    window.click(TILE).await;
    window.wait_for("[data-testid=toast]").await;
    assert_eq!(window.text("[data-testid=toast]").await, "Copied 1 link.");
    assert_eq!(window.count("[data-testid=selection-bar]").await, 0);
    window.screenshot("pick");
    // Pasting where text is expected inserts the link.
    window.press("ctrl+f");
    window.press("ctrl+v");
    window
        .eventually("the link was copied", async || {
            window.script("return document.querySelector('[data-testid=search]').value").await == url
        })
        .await;
    window.wait_for("[data-testid=search-view]").await;
    click(&window, "search-clear").await;
    click(&window, "nav-references").await;
    window.wait_count(&format!("{TILE} img.ready"), 1).await;
    click(&window, "pick").await;
    window.wait_for("[data-testid=pick-bar]").await;

    let target = desktop.drop_target();
    let from = window.middle_of(TILE).await;
    desktop.drag_pointer(from, DropTarget::MIDDLE).await;
    let taken = target.taken();
    let file = url::Url::parse(&taken[0]).unwrap().to_file_path().unwrap();
    assert_eq!(std::fs::read(file).unwrap(), bytes);
    assert_eq!(window.count("[data-testid=selection-bar]").await, 0);
    window.press("Escape");
    window.wait_gone("[data-testid=pick-bar]").await;
    window.close().await;
}
