//! Everything works without a pointer.

use crate::fixture::{DesktopFixture, TILE};
use vitrine_tests::desktop::{Desktop, DesktopOptions};
use vitrine_tests::pictures::a_png;
use vitrine_tests::process::app_binary;

#[tokio::test(flavor = "multi_thread")]
async fn the_keyboard_alone_imports_and_publishes_a_first_picture() {
    let fixture = DesktopFixture::new();
    let picture = a_png(960, 640).generated_like().write_to(&fixture.dropped(), "first.png");
    let desktop = Desktop::start(DesktopOptions::default()).await;
    let window = desktop.launch(&app_binary(), fixture.env()).await;
    window.wait_for("[data-testid=empty-history]").await;
    window.press("ctrl+o");
    desktop.wait_for_dialog("Import pictures").await;
    // This opens the path field of the system's dialog. Typing a path directly would open the field with
    // the first letter, and the system sometimes loses the second letter.
    window.press("ctrl+l");
    desktop.xdotool(["type", "--delay", "30", picture.to_str().unwrap()]);
    window.screenshot("import-dialog");
    desktop.confirm("Import pictures").await;
    window.wait_count(&format!("{TILE} img.ready"), 1).await;
    window.press("Home");
    window.wait_for(&format!("{TILE}[aria-selected=true]")).await;
    // The keyboard focus is visible.
    let ring = "getComputedStyle(document.querySelector('.tile.active'), '::after').borderTopWidth";
    assert_eq!(window.script(&format!("return {ring}")).await, "2px");
    window.press("v");
    window.wait_for(&format!("{TILE}[data-visibility=public]")).await;
    window.press("ctrl+2");
    window.wait_for("[data-testid=feed-view]").await;
    window.wait_count(TILE, 1).await;
    window.press("Home");
    window.press("space");
    window.wait_for("[data-testid=viewer-image]").await;
    window.press("Escape");
    window.wait_gone("[data-testid=viewer]").await;
    let focused = "document.activeElement?.getAttribute('role') ?? ''";
    assert_eq!(window.script(&format!("return {focused}")).await, "grid");
    window.close().await;
}
