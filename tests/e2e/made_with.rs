//! A picture knows the references it was made with.

use crate::stage::{Stage, click, middle_of_the_grid, tile};
use vitrine_tests::desktop::{Desktop, DesktopOptions};
use vitrine_tests::pictures::a_png;
use vitrine_tests::process::app_binary;

const GRAPH: &str = r#"{"1": {"class_type": "LoadImage", "inputs": {"image": "hand.png"}},
    "2": {"class_type": "KSampler", "inputs": {"seed": 5, "steps": 20, "latent_image": ["1", 0]}},
    "3": {"class_type": "SaveImage", "inputs": {"images": ["2", 0]}}}"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_reference_that_a_picture_names_is_suggested_and_linked_and_another_is_chosen() {
    let stage = Stage::new();
    let desktop = Desktop::start(DesktopOptions::default()).await;
    let window = desktop.launch(&app_binary(), stage.env()).await;
    window.wait_for("[data-testid=empty-history]").await;
    let picture = a_png(320, 480).generated_like().with_text("prompt", GRAPH);
    let (x, y) = middle_of_the_grid(&window).await;
    desktop.drag_files(&[picture.write_to(&stage.dropped(), "made.png")], x, y).await;
    window.wait_count("[data-testid=tile]", 1).await;
    click(&window, "nav-references").await;
    window.wait_for("[data-testid=empty-references]").await;
    let references = [("hand.png", 200), ("face.png", 240)]
        .map(|(name, height)| a_png(300, height).write_to(&stage.dropped(), name));
    desktop.drag_files(&references, x, y).await;
    window.wait_count("[data-testid=tile]", 2).await;
    let image = stage.list("generated").await.remove(0);
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
