//! What happens at the end of long uploads: the links are copied, and the system notifies of it.

use crate::fixture::{DesktopFixture, middle_of_the_grid};
use std::time::Duration;
use vitrine_tests::desktop::{Desktop, DesktopOptions};
use vitrine_tests::pictures::a_png;
use vitrine_tests::process::app_binary;
use vitrine_tests::s3::S3Server;

/// In kilobytes per second. Each drop has pictures of more than 1,200 kB together.
const LIMIT: u32 = 100;

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_a_long_upload_is_told_behind_other_windows_and_its_links_are_copied() {
    let server = tokio::task::spawn_blocking(S3Server::start).await.unwrap();
    let fixture = DesktopFixture::new();
    let library = fixture.open().await;
    let mut settings = library.settings();
    settings.copy_links_after_upload = true;
    settings.upload_limit_kb = LIMIT;
    library.save_settings(settings).await.unwrap();
    drop(library);
    let desktop = Desktop::start(DesktopOptions::default()).await;
    let notified = desktop.watch_notifications().await;
    let window = desktop.launch(&app_binary(), fixture.env_with(&server)).await;
    window.wait_for("[data-testid=empty-history]").await;
    let picture = |seed, side| {
        let name = format!("secret {seed}.png");
        a_png(side, side).noise().seed(seed).write_to(&fixture.dropped(), &name)
    };
    let is_stored = async || window.count("[data-testid=tile][data-upload=stored]").await == 1;

    // Nothing is told while the window is in front.
    let (x, y) = middle_of_the_grid(&window).await;
    desktop.drag_files(&[picture(1, 660)], x, y).await;
    window.eventually_within(Duration::from_mins(2), "the first picture is stored", is_stored).await;
    window.wait_text("[data-testid=toast]", "Copied 1 link").await;

    desktop.drag_files(&[picture(2, 480), picture(3, 480)], x, y).await;
    window.wait_count("[data-testid=tile]", 3).await;
    let title = ["search", "--onlyvisible", "--name", "^Vitrine$"];
    desktop.xdotool(title.into_iter().chain(["windowminimize"]));

    // No service shows the notification, and the window goes on.
    let told = || std::fs::read_to_string(&notified).unwrap();
    let is_told = async || told().contains("2 images uploaded");
    window.eventually_within(Duration::from_mins(2), "the end is told", is_told).await;
    assert_eq!(told().matches("member=Notify").count(), 1, "{}", told());
    assert!(!told().contains("secret"), "{}", told());

    let images = fixture.list("generated").await;
    assert!(images.iter().all(|image| image["stored"] == true), "{images:?}");
    let (first, last): (Vec<_>, Vec<_>) =
        images.iter().partition(|image| image["filename"] == "secret 1.png");
    let link = |image: &&serde_json::Value| image["url"].as_str().unwrap().to_owned();
    desktop.xdotool(["search", "--name", "^Vitrine$", "windowactivate", "--sync"]);
    let search = "[data-testid=search]";
    window
        .eventually("the links are on the clipboard", async || {
            window.click(search).await;
            window.press("ctrl+a");
            window.press("ctrl+v");
            let pasted = window.script(&format!("return document.querySelector('{search}').value")).await;
            let has = |image| pasted.as_str().unwrap().contains(&link(image));
            last.iter().all(has) && !first.iter().any(has)
        })
        .await;
    window.close().await;
}
