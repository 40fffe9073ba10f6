//! Pictures from other programs join the history by themselves.

use crate::fixture::{DesktopFixture, click, tile};
use std::process::Command;
use vitrine_tests::desktop::{Desktop, DesktopOptions};
use vitrine_tests::pictures::a_png;
use vitrine_tests::process::{Cli, app_binary};

const A1111: &str = "a tern over grey water\nSteps: 20, Sampler: Euler, Seed: 7, Size: 320x480, Model: sd15";

#[tokio::test(flavor = "multi_thread")]
async fn a_slowly_written_file_appears_once_and_is_found_by_its_prompt() {
    let fixture = DesktopFixture::new();
    let outputs = fixture.dropped().canonicalize().unwrap();
    a_png(480, 320).generated_like().write_to(&outputs, "old.png");
    let desktop = Desktop::start(DesktopOptions::default()).await;
    let window = desktop.launch(&app_binary(), fixture.env()).await;
    window.wait_for("[data-testid=empty-history]").await;
    // A script adds the folder while the window is open. The window watches it.
    let added = Cli::on(&fixture.library()).run(["watch", "add", outputs.to_str().unwrap(), "--json"]).await;
    assert_eq!(added.exits_with(0).json()["offered"], 1);

    let aside = fixture.library().join("aside.png");
    let picture = a_png(320, 480)
        .generated_like()
        .with_text("parameters", A1111)
        .write_to(aside.parent().unwrap(), "aside.png");
    let half = std::fs::metadata(&picture).unwrap().len() / 2;
    let script = format!("head -c {half} \"$1\" > \"$2\"; sleep 3; tail -c +{} \"$1\" >> \"$2\"", half + 1);
    let mut writer = Command::new("sh")
        .args(["-c", &script, "sh"])
        .args([&picture, &outputs.join("slow.png")])
        .spawn()
        .unwrap();
    let quiet = async {
        while writer.try_wait().unwrap().is_none() {
            assert!(fixture.list("generated").await.is_empty(), "half a file was taken");
            tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        }
    };
    quiet.await;
    window.wait_count("[data-testid=tile]", 1).await;
    let images = fixture.list("generated").await;
    assert_eq!(images.len(), 1);
    assert_eq!(images[0]["prompt"], "a tern over grey water");
    assert_eq!(images[0]["visibility"], "unlisted");
    let id = images[0]["id"].as_str().unwrap();
    window.wait_for(&tile(id)).await;

    // The pictures that were already in the folder are offered once, in the
    // settings.
    click(&window, "nav-settings").await;
    window.wait_for("[data-testid=watch-offer]").await;
    window.script("document.querySelector('[data-testid=watch]').scrollIntoView()").await;
    window.screenshot("settings-watch");
    click(&window, "watch-take").await;
    window.wait_gone("[data-testid=watch-offer]").await;
    click(&window, "nav-history").await;
    window.wait_count("[data-testid=tile]", 2).await;

    window.type_into("[data-testid=search]", "tern").await;
    window.wait_for("[data-testid=search-view]").await;
    window.wait_count("[data-testid=tile]", 1).await;
    window.wait_for(&tile(id)).await;
    assert_eq!(fixture.list("generated").await.len(), 2);
    window.close().await;
}
