//! Files that Vitrine is opened with: by a start with paths, as the desktop file asks for.

use crate::fixture::{DesktopFixture, TILE, click};
use vitrine_tests::desktop::{Desktop, DesktopOptions};
use vitrine_tests::process::app_binary;

#[tokio::test(flavor = "multi_thread")]
async fn files_of_the_first_and_of_a_second_start_are_offered_for_import() {
    let fixture = DesktopFixture::new();
    let desktop = Desktop::start(DesktopOptions::default()).await;
    let pictures: Vec<_> = (1..=4).map(|number| fixture.picture(number)).collect();

    let window = desktop.launch_with(&app_binary(), &pictures[..1], fixture.env()).await;
    window.wait_text("[data-testid=file-offer]", "picture 1").await;
    assert!(fixture.list("generated").await.is_empty(), "nothing is imported without an answer");
    click(&window, "file-offer-import").await;
    window.wait_count(TILE, 1).await;
    window.wait_gone("[data-testid=file-offer]").await;

    let second = desktop.run(&app_binary(), &pictures[1..3], fixture.env()).await;
    assert!(second.success(), "a second start ended with {second}");
    window.wait_text("[data-testid=file-offer]", "and 1 more").await;
    window.screenshot("files offered");
    click(&window, "file-offer-import").await;
    window.wait_count(TILE, 3).await;

    let third = desktop.run(&app_binary(), &pictures[3..], fixture.env()).await;
    assert!(third.success(), "a third start ended with {third}");
    window.wait_text("[data-testid=file-offer]", "picture 4").await;
    click(&window, "file-offer-decline").await;
    window.wait_gone("[data-testid=file-offer]").await;
    assert_eq!(fixture.list("generated").await.len(), 3);
    window.close().await;
}
