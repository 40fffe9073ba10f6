//! Pictures return to the years in which they were made.

use crate::fixture::{DesktopFixture, click, middle_of_the_grid};
use std::fs::File;
use std::time::{Duration, SystemTime};
use vitrine_tests::desktop::{Desktop, DesktopOptions};
use vitrine_tests::pictures::a_png;
use vitrine_tests::process::app_binary;
use vitrine_tests::window::AppWindow;

const FILES: u64 = 20_000;
/// 2019-01-01 12:00 UTC, in seconds.
const FIRST: u64 = 1_546_344_000;
/// The seconds between two files. All files span six years, so there are about
/// nine on each day.
const APART: u64 = 9_460;
/// How long it may take to write that many originals to the disk in a build
/// that is not optimised.
const IMPORT: Duration = Duration::from_mins(8);

async fn days(window: &AppWindow<'_>) -> String {
    window.texts(".days .day").await.join(" | ")
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_thousand_old_pictures_appear_in_their_years_and_as_new() {
    let fixture = DesktopFixture::new();
    let folder = fixture.dropped().join("renders");
    std::fs::create_dir(&folder).unwrap();
    for number in 0..FILES {
        // Each picture is different: its sides and its seed depend on its
        // number.
        let (width, height) =
            (24 + u32::try_from(number % 20).unwrap(), 16 + u32::try_from(number / 20 % 20).unwrap());
        let path = a_png(width, height).seed(number).write_to(&folder, &format!("render {number}.png"));
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(FIRST + number * APART);
        File::options().write(true).open(path).unwrap().set_modified(at).unwrap();
    }
    let desktop = Desktop::start(DesktopOptions::default()).await;
    let window = desktop.launch(&app_binary(), fixture.env()).await;
    window.wait_for("[data-testid=empty-history]").await;
    let (x, y) = middle_of_the_grid(&window).await;
    desktop.drag_files(&[folder], x, y).await;
    window
        .eventually_within(IMPORT, "the import says what it did", async || {
            window.text("body").await.contains("Show the 20,000 new")
        })
        .await;
    click(&window, "toast-action").await;
    window.wait_for("[data-testid=search-view]").await;
    window.wait_text("footer", "20,000").await;
    window.screenshot("dates-new");
    click(&window, "search-clear").await;
    window.wait_for("[data-testid=history-view]").await;
    window.wait_text("footer", "20,000 images").await;
    window.press("Home");
    window
        .eventually("the newest are of the end of 2024", async || {
            days(&window).await.contains("December 2024")
        })
        .await;
    window.screenshot("dates-newest");
    window.press("End");
    window
        .eventually("the oldest are of the beginning of 2019", async || {
            days(&window).await.contains("1 January 2019")
        })
        .await;
    window.screenshot("dates-oldest");
    window.type_into("[data-testid=search]", "made:2021-06-15 ").await;
    window.wait_for("[data-testid=search-view]").await;
    window
        .eventually("only one day is found", async || {
            let days = window.texts(".days .day").await;
            days.len() == 1 && days[0].contains("15 June 2021")
        })
        .await;
    window.close().await;
}
