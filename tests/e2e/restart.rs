//! The next window continues what a killed window left.

use crate::fixture::{DesktopFixture, TILE, middle_of_the_grid, status};
use vitrine_tests::desktop::{Desktop, DesktopOptions};
use vitrine_tests::process::app_binary;
use vitrine_tests::s3::S3Server;
use vitrine_tests::window::free_port;

#[tokio::test(flavor = "multi_thread")]
async fn queued_uploads_of_a_killed_window_continue_in_the_next_one() {
    let server = tokio::task::spawn_blocking(S3Server::start).await.unwrap();
    let fixture = DesktopFixture::new();
    let desktop = Desktop::start(DesktopOptions::default()).await;
    // The same bucket, but nothing listens at this address yet.
    let nowhere = format!("http://127.0.0.1:{}", free_port());
    let mut env = fixture.env_with(&server);
    for (name, value) in &mut env {
        if name == "R2_ENDPOINT" {
            value.clone_from(&nowhere);
        }
    }
    let window = desktop.launch(&app_binary(), env).await;
    window.wait_for("[data-testid=empty-history]").await;
    let files: Vec<_> = (1..=6).map(|number| fixture.picture(number)).collect();
    let (x, y) = middle_of_the_grid(&window).await;
    desktop.drag_files(&files, x, y).await;
    window.wait_count(TILE, 6).await;
    window.wait_text("footer", "Offline").await;
    window.screenshot("offline");
    window.kill().await;

    let window = desktop.launch(&app_binary(), fixture.env_with(&server)).await;
    window.wait_count("[data-testid=tile][data-upload=stored]", 6).await;
    for image in fixture.list("generated").await {
        assert_eq!(image["stored"], true);
        assert_eq!(status(image["url"].as_str().unwrap()).await, 200);
    }
    window.close().await;
}
