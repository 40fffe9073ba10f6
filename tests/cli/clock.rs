//! A clock that is wrong for one run, as a script experiences it. `faketime`
//! changes the system's clock for the program.

use crate::place::{Place, ids, import, run};
use std::path::PathBuf;
use vitrine_tests::pictures::a_png;
use vitrine_tests::process::{Cli, binary, tool};

/// Runs `vitrine` at an offset from now, in the notation of `faketime`.
async fn at(place: &Place, offset: &str, code: i32, arguments: &[&str]) -> String {
    let vitrine: PathBuf = binary("vitrine");
    let how = ["-m", "--exclude-monotonic", "-f", offset, vitrine.to_str().unwrap()];
    let cli = Cli::of_program(tool("faketime"), &place.library())
        .with_env([("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus")]);
    run(&cli, code, &[&how, arguments].concat()).await.stdout
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_a_year_ahead_for_one_run_does_not_empty_the_trash() {
    let place = Place::new();
    let cli = place.unconfigured();
    let image = import(&cli, &[&place.picture(&a_png(16, 16), "a.png")], &[]).await.remove(0);
    let other = place.picture(&a_png(16, 16).seed(2), "b.png");
    run(&cli, 0, &["remove", &image]).await;
    for offset in ["+365d", "+0", "+366d", "-400d", "+0", "+3650d", "+0"] {
        at(&place, offset, 0, &["import", &other]).await;
        assert_eq!(ids(&cli, &["trash"]).await, std::slice::from_ref(&image), "after {offset}");
    }
    // If Vitrine sees the days pass, thirty days count as thirty days.
    for offset in ["+6d", "+12d", "+18d", "+24d", "+29d"] {
        at(&place, offset, 0, &["import", &other]).await;
        assert_eq!(ids(&cli, &["trash"]).await, std::slice::from_ref(&image), "after {offset}");
    }
    at(&place, "+31d", 0, &["import", &other]).await;
    assert!(ids(&cli, &["trash"]).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_backup_is_the_one_with_the_newest_content() {
    let place = Place::new();
    let cli = place.unconfigured();
    at(&place, "+1500d", 0, &["import", &place.picture(&a_png(16, 16), "a.png")]).await;
    for (day, seed) in [("+0", 2), ("+2d", 3)] {
        let name = format!("{seed}.png");
        at(&place, day, 0, &["import", &place.picture(&a_png(16, 16).seed(seed), &name)]).await;
    }
    std::fs::write(place.library().join("catalog.db"), b"").unwrap();
    let said = at(&place, "+3d", 0, &["recover", "--from-backup", "--json"]).await;
    let recovered: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(recovered["outcome"], "restored");
    assert_eq!(recovered["found_again"], 0, "the backup of the third day knows all three");
    assert_eq!(ids(&cli, &["generated"]).await.len(), 3);
}
