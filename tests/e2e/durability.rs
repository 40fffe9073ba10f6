//! What the window does when many transfers are waiting, and when something
//! broke.

use crate::fixture::{DesktopFixture, TILE, click, status, tile};
use std::path::Path;
use std::time::{Duration, Instant};
use vitrine_tests::desktop::{Desktop, DesktopOptions};
use vitrine_tests::process::app_binary;
use vitrine_tests::rows::{keep_originals, queue};
use vitrine_tests::s3::S3Server;
use vitrine_tests::window::PATIENCE;

const QUEUED: u32 = 10_000;
/// SQLite's default page size.
const PAGE: usize = 4096;

async fn import(fixture: &DesktopFixture, numbers: std::ops::RangeInclusive<u64>) {
    let paths: Vec<_> = numbers.map(|number| fixture.picture(number)).collect();
    fixture.import(&paths).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_window_responds_while_ten_thousand_uploads_run() {
    let server = tokio::task::spawn_blocking(S3Server::start).await.unwrap();
    let fixture = DesktopFixture::new();
    let library = fixture.open().await;
    queue(&fixture.library(), &library.owner(), QUEUED).await;
    keep_originals(&fixture.library(), QUEUED);
    drop(library);
    import(&fixture, 1..=2).await;
    let desktop = Desktop::start(DesktopOptions::default()).await;
    let window = desktop.launch(&app_binary(), fixture.env_with(&server)).await;
    window.wait_for(&format!("{TILE} img")).await;
    click(&window, "transfers-footer").await;
    window.wait_for("[data-testid=transfers-panel]").await;
    window.wait_for("[data-testid=transfer][data-state=active]").await;
    window.screenshot("transfers");

    // A picture is made public and unlisted again while uploads run.
    let newest = fixture.list("generated").await[0]["id"].as_str().unwrap().to_owned();
    window.click(&tile(&newest)).await;
    click(&window, "inspector-visibility-public").await;
    window.wait_for(&format!("{}[data-visibility=public]", tile(&newest))).await;
    click(&window, "inspector-visibility-unlisted").await;
    window.wait_for(&format!("{}[data-visibility=unlisted]", tile(&newest))).await;

    click(&window, "transfers-pause").await;
    window.wait_text("footer", "Paused").await;
    click(&window, "transfers-resume").await;
    window.wait_for("[data-testid=transfers-pause]").await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_catalog_is_explained_and_recovered_from_its_backup() {
    let fixture = DesktopFixture::new();
    import(&fixture, 1..=3).await;
    // The last process that closes a catalog puts everything into its one file.
    drop(fixture.open().await);
    let desktop = Desktop::start(DesktopOptions::default()).await;
    flip_a_page(&fixture.library().join("catalog.db"));
    let window = desktop.launch(&app_binary(), fixture.env()).await;
    window.wait_for("[data-testid=recovery]").await;
    window.screenshot("recovery");
    click(&window, "recover-backup").await;
    window.wait_count(TILE, 3).await;
    window.close().await;
}

fn flip_a_page(catalog: &Path) {
    let deadline = Instant::now() + PATIENCE;
    while catalog.with_extension("db-wal").exists() {
        assert!(Instant::now() < deadline, "the catalog stays open");
        std::thread::sleep(Duration::from_millis(20));
    }
    let mut bytes = std::fs::read(catalog).unwrap();
    bytes[PAGE..2 * PAGE].iter_mut().for_each(|byte| *byte ^= 0xff);
    std::fs::write(catalog, bytes).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_object_is_found_and_uploaded_again_from_settings() {
    let server = tokio::task::spawn_blocking(S3Server::start).await.unwrap();
    let fixture = DesktopFixture::new();
    import(&fixture, 1..=2).await;
    let desktop = Desktop::start(DesktopOptions::default()).await;
    let window = desktop.launch(&app_binary(), fixture.env_with(&server)).await;
    window.wait_count("[data-testid=tile][data-upload=stored]", 2).await;
    let image = fixture.list("generated").await.remove(0);
    let (url, key) = (image["url"].as_str().unwrap(), image["r2_key"].as_str().unwrap());
    server.delete_object(key);
    assert_eq!(status(url).await, 404);

    click(&window, "nav-settings").await;
    window.wait_for("[data-testid=verify]").await;
    click(&window, "verify-start").await;
    window.wait_for("[data-testid=verify-findings]").await;
    window.script("document.querySelector('[data-testid=verify]').scrollIntoView({block: 'center'})").await;
    window.screenshot("settings-verify");
    click(&window, "verify-repair").await;
    window.eventually("the image is in the bucket again", async || status(url).await == 200).await;
    window.script("document.querySelector('[data-testid=space]').scrollIntoView({block: 'start'})").await;
    window.screenshot("settings-space");
    window.close().await;
}
