//! One picture, viewed closely.

use crate::fixture::{DesktopFixture, TILE, click};
use vitrine_tests::animated::{a_moving_gif, a_moving_webp};
use vitrine_tests::desktop::{Desktop, DesktopOptions};
use vitrine_tests::pictures::a_png;
use vitrine_tests::process::app_binary;
use vitrine_tests::window::AppWindow;

const RED: [u8; 3] = [255, 0, 0];
const BLUE: [u8; 3] = [0, 0, 255];
const SHOWN: &str = "[data-testid=viewer-image].ready";

/// Opens the only picture of a library, and hides the layer under it so that it cannot be mistaken for
/// the picture.
async fn open_the_only(window: &AppWindow<'_>) {
    window.wait_for(&format!("{TILE} img.ready")).await;
    window.press("Home");
    window.press("Return");
    window.wait_for(SHOWN).await;
    let _ = window.script("document.querySelector('.under').style.visibility = 'hidden'").await;
}

/// Returns the colour at a position on the screen.
fn colour(desktop: &Desktop, name: &str, (x, y): (i32, i32)) -> [u8; 3] {
    let screen = image::open(desktop.screenshot(name)).unwrap().to_rgb8();
    screen.get_pixel(u32::try_from(x).unwrap(), u32::try_from(y).unwrap()).0
}

fn is_near(a: [u8; 3], b: [u8; 3]) -> bool {
    a.iter().zip(b).all(|(a, b)| a.abs_diff(b) < 40)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_larger_than_a_texture_is_shown_whole_and_at_full_size() {
    let fixture = DesktopFixture::new();
    let path = a_png(32_000, 1_000).landmarks().write_to(&fixture.dropped(), "panorama.png");
    fixture.import(&[path]).await;
    let desktop = Desktop::start(DesktopOptions::default()).await;
    let window = desktop.launch(&app_binary(), fixture.env()).await;
    open_the_only(&window).await;
    let (x, y) = window.middle_of("[data-testid=viewer-image]").await;
    let at = |by: i32, colour_there: [u8; 3]| {
        let (desktop, place) = (&desktop, (x + by, y + 6));
        async move || is_near(colour(desktop, "viewer-panorama", place), colour_there)
    };
    window.eventually("its left half is on the screen", at(-300, RED)).await;
    window.eventually("its right half is on the screen", at(300, BLUE)).await;
    // At original size, the whole picture is checked from end to end.
    window.press("z");
    window.wait_text("[data-testid=viewer]", "100 %").await;
    window.eventually("its middle is on the screen", at(-40, RED)).await;
    window.eventually("its middle is on the screen", at(40, BLUE)).await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn animated_gif_and_webp_play() {
    for (name, bytes) in
        [("moving.gif", a_moving_gif(200, [RED, BLUE])), ("moving.webp", a_moving_webp(200, [RED, BLUE]))]
    {
        let fixture = DesktopFixture::new();
        let path = fixture.dropped().join(name);
        std::fs::write(&path, bytes).unwrap();
        fixture.import(&[path]).await;
        let desktop = Desktop::start(DesktopOptions::default()).await;
        let window = desktop.launch(&app_binary(), fixture.env()).await;
        open_the_only(&window).await;
        let middle = window.middle_of("[data-testid=viewer-image]").await;
        for colour_now in [RED, BLUE, RED, BLUE] {
            window
                .eventually(&format!("{name} shows its next frame"), async || {
                    is_near(colour(&desktop, "viewer-moving", middle), colour_now)
                })
                .await;
        }
        window.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_wheel_zooms_at_the_pointer_and_dragging_moves_the_picture() {
    let fixture = DesktopFixture::new();
    fixture.import(&[a_png(1600, 1200).write_to(&fixture.dropped(), "large.png")]).await;
    let desktop = Desktop::start(DesktopOptions::default()).await;
    let window = desktop.launch(&app_binary(), fixture.env()).await;
    open_the_only(&window).await;
    let (x, y) = window.middle_of("[data-testid=viewer-image]").await;
    let (x, y) = (x + 150, y - 90);
    // Returns which part of the picture is under the pointer, and the width and position of the
    // picture.
    let under = async || {
        let js = format!(
            "const b = document.querySelector('[data-testid=viewer-image]').getBoundingClientRect();
             return [({x} - b.x) / b.width, ({y} - b.y) / b.height, b.width, b.x]"
        );
        let seen = window.script(&js).await;
        let at = |index: usize| seen[index].as_f64().unwrap();
        (at(0), at(1), at(2), at(3))
    };
    let whole = under().await;
    // At original size it is larger than the window in both directions. While it is smaller, it stays
    // in the middle.
    window.press("z");
    window.eventually("it is at its size", async || (under().await.2 - 1600.0).abs() < 1.0).await;
    let before = under().await;
    desktop.xdotool(["mousemove", &x.to_string(), &y.to_string()]);
    for _ in 0..6 {
        desktop.xdotool(["click", "4"]);
    }
    window.eventually("it is closer", async || under().await.2 > before.2 * 1.5).await;
    let closer = under().await;
    assert!(
        (closer.0 - before.0).abs() < 0.01 && (closer.1 - before.1).abs() < 0.01,
        "{before:?} {closer:?}"
    );
    desktop.drag_pointer((x, y), (x - 80, y)).await;
    let moved = under().await;
    assert!((moved.3 - (closer.3 - 80.0)).abs() < 2.0, "{closer:?} {moved:?}");
    // A rotated picture is as wide as it was high. The file does not change.
    window.press("shift+z");
    window.eventually("it is whole again", async || (under().await.2 - whole.2).abs() < 1.0).await;
    window.press("shift+r");
    window
        .eventually("it lies on its side", async || {
            let js = "const b = document.querySelector('[data-testid=viewer-image]').getBoundingClientRect();
                      return b.width < b.height";
            window.script(js).await == true
        })
        .await;
    window.screenshot("viewer-turned");
    click(&window, "viewer-close").await;
    window.wait_gone("[data-testid=viewer]").await;
    window.close().await;
}
