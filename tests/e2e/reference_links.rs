//! A picture knows the references it was made with.

use crate::fixture::{DesktopFixture, TILE, click, middle_of_the_grid, tile};
use vitrine_core::model::ImageId;
use vitrine_tests::desktop::{Desktop, DesktopOptions};
use vitrine_tests::pictures::a_png;
use vitrine_tests::process::{Cli, app_binary};

const GRAPH: &str = r#"{"1": {"class_type": "LoadImage", "inputs": {"image": "hand.png"}},
    "2": {"class_type": "KSampler", "inputs": {"seed": 5, "steps": 20, "latent_image": ["1", 0]}},
    "3": {"class_type": "SaveImage", "inputs": {"images": ["2", 0]}}}"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_reference_that_a_picture_names_is_suggested_and_linked() {
    let fixture = DesktopFixture::new();
    let desktop = Desktop::start(DesktopOptions::default()).await;
    let window = desktop.launch(&app_binary(), fixture.env()).await;
    window.wait_for("[data-testid=empty-history]").await;
    let picture = a_png(320, 480).generated_like().with_text("prompt", GRAPH);
    let (x, y) = middle_of_the_grid(&window).await;
    desktop.drag_files(&[picture.write_to(&fixture.dropped(), "made.png")], x, y).await;
    window.wait_count("[data-testid=tile]", 1).await;
    click(&window, "nav-references").await;
    window.wait_for("[data-testid=empty-references]").await;
    let references = [("hand.png", 200), ("face.png", 240)]
        .map(|(name, height)| a_png(300, height).write_to(&fixture.dropped(), name));
    desktop.drag_files(&references, x, y).await;
    window.wait_count("[data-testid=tile]", 2).await;
    let image = fixture.list("generated").await.remove(0);
    let id = image["id"].as_str().unwrap();

    click(&window, "nav-history").await;
    window.click(&tile(id)).await;
    window.wait_for("[data-testid=made-with-suggested]").await;
    window.script("document.querySelector('[data-testid=made-with]').scrollIntoView()").await;
    click(&window, "made-with-suggested").await;
    window.wait_count("[data-testid=made-with] img[alt='hand.png']", 1).await;
    window.wait_gone("[data-testid=made-with-suggested]").await;
    click(&window, "made-with-add").await;
    window.wait_count("[data-testid=made-with-offered]", 2).await;
    window.click("[data-testid=made-with-offered][aria-label='face.png']").await;
    window.wait_count("[data-testid=made-with-offered][aria-pressed=true]", 2).await;
    window.screenshot("made-with-choose");
    click(&window, "made-with-done").await;
    window.wait_count("[data-testid=made-with] img", 2).await;
    window.screenshot("made-with");
    window.type_into("[data-testid=search]", "has:references").await;
    window.wait_for("[data-testid=search-view]").await;
    window.wait_for(&tile(id)).await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn references_are_dragged_onto_a_picture_through_the_sidebar() {
    let fixture = DesktopFixture::new();
    fixture.import(&[fixture.picture(1)]).await;
    let references = [fixture.picture(2), fixture.picture(3)];
    let references = references.iter().map(|path| path.to_str().unwrap());
    let _ = Cli::on(&fixture.library())
        .run(["import", "--as", "reference"].into_iter().chain(references))
        .await
        .exits_with(0);
    let image = fixture.list("generated").await.remove(0);
    let id = image["id"].as_str().unwrap();
    let library = fixture.open().await;
    let linked = async || library.made_with(&ImageId::parse(id).unwrap()).await.unwrap().linked.len();

    let desktop = Desktop::start(DesktopOptions::default()).await;
    let window = desktop.launch(&app_binary(), fixture.env()).await;
    click(&window, "nav-references").await;
    window.wait_count(&format!("{TILE} img.ready"), 2).await;
    window.press("ctrl+a");
    window.wait_text("[data-testid=selection-bar]", "2 selected").await;
    let from = window.middle_of(TILE).await;
    let entry = window.middle_of("[data-testid=nav-history]").await;
    desktop.press_pointer(from).await;
    desktop.pull_pointer(from, entry).await;
    // Holding the drag over History opens it.
    window.wait_for(&format!("{} img.ready", tile(id))).await;
    let picture = window.middle_of(&tile(id)).await;
    desktop.pull_pointer(entry, picture).await;
    window.wait_text("[data-testid=drop-overlay]", "Made with these 2 references").await;
    window.wait_for(&format!("{}.over", tile(id))).await;
    window.screenshot("made-with-drag");
    desktop.release_pointer().await;
    window.wait_text("[data-testid=toast]", "Linked 2 references to 1 image").await;
    assert_eq!(linked().await, 2);
    window.press("ctrl+z");
    window.eventually("they are not linked any more", async || linked().await == 0).await;
    window.press("ctrl+shift+z");
    window.eventually("they are linked again", async || linked().await == 2).await;
    // Nothing was imported again.
    assert_eq!(library.counts().await.unwrap().references, 2);
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_dropped_on_the_references_of_a_picture_is_added_to_them() {
    let fixture = DesktopFixture::new();
    fixture.import(&[fixture.picture(1)]).await;
    let image = fixture.list("generated").await.remove(0);
    let id = image["id"].as_str().unwrap();
    let desktop = Desktop::start(DesktopOptions::default()).await;
    let window = desktop.launch(&app_binary(), fixture.env()).await;
    window.click(&tile(id)).await;
    window.wait_for("[data-testid=made-with]").await;
    window.script("document.querySelector('[data-testid=made-with]').scrollIntoView()").await;
    let (x, y) = window.middle_of("[data-testid=made-with]").await;
    desktop.drag_files(&[fixture.picture(2)], x, y).await;
    window.wait_count("[data-testid=made-with] img", 1).await;
    assert_eq!(fixture.list("references").await.len(), 1);
    assert_eq!(fixture.list("generated").await.len(), 1);
    window.close().await;
}
