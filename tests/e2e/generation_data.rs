//! A picture brings along how it was made.

use crate::fixture::{DesktopFixture, click, middle_of_the_grid, tile};
use vitrine_tests::desktop::{Desktop, DesktopOptions};
use vitrine_tests::pictures::a_png;
use vitrine_tests::process::app_binary;

const PARAMETERS: &str = "a lighthouse on a cliff at dusk, heavy waves\nNegative prompt: blurry, text\nSteps: 24, \
    Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 6.5, Seed: 18446744073709551615, Size: 832x1216, \
    Model hash: 45a21ea00a, Model: dreamshaper-xl, Version: v1.10.1";

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_picture_shows_its_prompt_and_an_edit_can_be_undone() {
    let fixture = DesktopFixture::new();
    let desktop = Desktop::start(DesktopOptions::default()).await;
    let window = desktop.launch(&app_binary(), fixture.env()).await;
    window.wait_for("[data-testid=empty-history]").await;
    let picture = a_png(832, 1216).generated_like().with_text("parameters", PARAMETERS);
    let files = [picture.write_to(&fixture.dropped(), "lighthouse.png")];
    let (x, y) = middle_of_the_grid(&window).await;
    desktop.drag_files(&files, x, y).await;
    window.wait_count("[data-testid=tile]", 1).await;

    let image = fixture.list("generated").await.remove(0);
    assert_eq!(image["prompt"], "a lighthouse on a cliff at dusk, heavy waves");
    assert_eq!((&image["model"], &image["seed"]), (&"dreamshaper-xl".into(), &"18446744073709551615".into()));
    assert_eq!(
        (&image["generation_params"]["tool"], &image["generation_params"]["steps"]),
        (&"automatic1111".into(), &24.into())
    );
    window.click(&tile(image["id"].as_str().unwrap())).await;
    window.wait_text("[data-testid=inspector]", "45a21ea00a").await;
    window.screenshot("generation-data");

    window.type_into("[data-testid=inspector] textarea[aria-label=Prompt]", "a wolf").await;
    window.press("ctrl+Return");
    click(&window, "revert-prompt").await;
    window.wait_gone("[data-testid=revert-prompt]").await;
    assert_eq!(fixture.list("generated").await[0]["prompt"], image["prompt"]);

    click(&window, "inspector-tab-raw").await;
    window.wait_text("[data-testid=raw]", "Schedule type: Karras").await;
    window.screenshot("generation-data-raw");
    window.close().await;
}
