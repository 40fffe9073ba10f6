//! Working without a bucket, connecting one in the settings, and what happens
//! to its credentials.

use crate::fixture::{DesktopFixture, TILE, click, files_containing, middle_of_the_grid, status};
use vitrine_tests::desktop::{Desktop, DesktopOptions, Keyring};
use vitrine_tests::process::app_binary;
use vitrine_tests::s3::{BUCKET, S3Server};
use vitrine_tests::window::AppWindow;

async fn drop_one(desktop: &Desktop, window: &AppWindow<'_>, fixture: &DesktopFixture, number: u64) {
    let (x, y) = middle_of_the_grid(window).await;
    desktop.drag_files(&[fixture.picture(number)], x, y).await;
}

/// Fills in the form in the settings as a person would.
async fn connect(window: &AppWindow<'_>, server: &S3Server) {
    click(window, "nav-settings").await;
    window.wait_for("[data-testid=settings]").await;
    for (hook, text) in [
        ("bucket-endpoint", server.endpoint()),
        ("bucket-name", BUCKET.to_owned()),
        ("bucket-public-url", server.public_base()),
        ("bucket-access-key", server.keys.access_key_id.clone()),
        ("bucket-secret-key", server.keys.secret_access_key.clone()),
    ] {
        window.type_into(&format!("[data-testid={hook}]"), &text).await;
    }
    click(window, "bucket-connect").await;
    window.wait_text("[data-testid=bucket-status]", BUCKET).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_app_works_without_a_bucket_and_uploads_once_one_is_connected() {
    let server = tokio::task::spawn_blocking(S3Server::start).await.unwrap();
    let fixture = DesktopFixture::new();
    let desktop = Desktop::start(DesktopOptions::default()).await;
    let window = desktop.launch(&app_binary(), fixture.env()).await;
    window.wait_for("[data-testid=empty-history]").await;
    drop_one(&desktop, &window, &fixture, 1).await;
    window.wait_count("[data-testid=tile][data-upload=local]", 1).await;
    window.wait_for("[data-testid=connect-bar]").await;
    window.screenshot("no-bucket");

    connect(&window, &server).await;
    click(&window, "bucket-check").await;
    window
        .wait_count("[data-testid=check-step]:not([data-outcome=skipped]):not([data-outcome=failed])", 7)
        .await;
    window.screenshot("settings-check");
    click(&window, "nav-history").await;
    window.wait_count("[data-testid=tile][data-upload=stored]", 1).await;
    let url = fixture.list("generated").await[0]["url"].as_str().unwrap().to_owned();
    assert_eq!(status(&url).await, 200);
    let log = window.log();
    window.close().await;

    // The keyring still has the credentials after a restart.
    let window = desktop.launch(&app_binary(), fixture.env()).await;
    window.wait_count(TILE, 1).await;
    drop_one(&desktop, &window, &fixture, 2).await;
    window.wait_count("[data-testid=tile][data-upload=stored]", 2).await;
    let log = log + &window.log();
    window.close().await;

    // Neither half of the credentials can be read anywhere.
    let secrets = [server.keys.access_key_id.as_str(), server.keys.secret_access_key.as_str()];
    assert_eq!(files_containing(&fixture.library(), &secrets), Vec::<std::path::PathBuf>::new());
    for secret in secrets {
        assert!(!log.contains(secret), "the log shows a credential");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_last_for_one_run_when_there_is_no_keyring() {
    keeps_for_this_run(Keyring::Absent, "no-keyring").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_last_for_one_run_when_the_keyring_is_locked() {
    keeps_for_this_run(Keyring::Locked, "locked-keyring").await;
}

async fn keeps_for_this_run(keyring: Keyring, picture: &str) {
    let server = tokio::task::spawn_blocking(S3Server::start).await.unwrap();
    let fixture = DesktopFixture::new();
    let desktop = Desktop::start(DesktopOptions { keyring, ..DesktopOptions::default() }).await;
    let window = desktop.launch(&app_binary(), fixture.env()).await;
    window.wait_for("[data-testid=empty-history]").await;
    connect(&window, &server).await;
    window.wait_text("[data-testid=settings]", "this run").await;
    window.screenshot(picture);
    click(&window, "nav-history").await;
    drop_one(&desktop, &window, &fixture, 1).await;
    window.wait_count("[data-testid=tile][data-upload=stored]", 1).await;
    window.close().await;
    let secrets = [server.keys.access_key_id.as_str(), server.keys.secret_access_key.as_str()];
    assert_eq!(files_containing(&fixture.library(), &secrets), Vec::<std::path::PathBuf>::new());
}
