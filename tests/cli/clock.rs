//! A clock that is wrong for one run, as a script experiences it. `faketime`
//! changes the system's clock for the program.

use crate::fixture::{CliFixture, ids, import, run};
use std::path::PathBuf;
use vitrine_tests::pictures::a_png;
use vitrine_tests::process::{Cli, NO_KEYRING, binary, tool};

/// Runs `vitrine` at an offset from now, in the notation of `faketime`.
async fn at(fixture: &CliFixture, offset: &str, code: i32, arguments: &[&str]) -> String {
    let vitrine: PathBuf = binary("vitrine");
    let how = ["-m", "--exclude-monotonic", "-f", offset, vitrine.to_str().unwrap()];
    let cli = Cli::of_program(tool("faketime"), &fixture.library()).with_env(NO_KEYRING);
    run(&cli, code, &[&how, arguments].concat()).await.stdout
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_a_year_ahead_for_one_run_does_not_empty_the_trash() {
    let fixture = CliFixture::new();
    let cli = fixture.unconfigured();
    let image = import(&cli, &[&fixture.picture(&a_png(16, 16), "a.png")], &[]).await.remove(0);
    let other = fixture.picture(&a_png(16, 16).seed(2), "b.png");
    run(&cli, 0, &["remove", &image]).await;
    for offset in ["+365d", "+0", "+366d", "-400d", "+0", "+3650d", "+0"] {
        at(&fixture, offset, 0, &["import", &other]).await;
        assert_eq!(ids(&cli, &["trash"]).await, std::slice::from_ref(&image), "after {offset}");
    }
    // If Vitrine sees the days pass, thirty days count as thirty days.
    for offset in ["+6d", "+12d", "+18d", "+24d", "+29d"] {
        at(&fixture, offset, 0, &["import", &other]).await;
        assert_eq!(ids(&cli, &["trash"]).await, std::slice::from_ref(&image), "after {offset}");
    }
    at(&fixture, "+31d", 0, &["import", &other]).await;
    assert!(ids(&cli, &["trash"]).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_backup_is_the_one_with_the_newest_content() {
    let fixture = CliFixture::new();
    let cli = fixture.unconfigured();
    at(&fixture, "+1500d", 0, &["import", &fixture.picture(&a_png(16, 16), "a.png")]).await;
    for (day, seed) in [("+0", 2), ("+2d", 3)] {
        let name = format!("{seed}.png");
        at(&fixture, day, 0, &["import", &fixture.picture(&a_png(16, 16).seed(seed), &name)]).await;
    }
    std::fs::write(fixture.library().join("catalog.db"), b"").unwrap();
    let said = at(&fixture, "+3d", 0, &["recover", "--from-backup", "--json"]).await;
    let recovered: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(recovered["outcome"], "restored");
    assert_eq!(recovered["found_again"], 0, "the backup of the third day knows all three");
    assert_eq!(ids(&cli, &["generated"]).await.len(), 3);
}
