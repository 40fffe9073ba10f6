//! `vitrine settings`: the settings of the window, without a window.

use crate::fixture::{CliFixture, fields, run};
use serde_json::json;
use vitrine_tests::pictures::a_png;

#[tokio::test(flavor = "multi_thread")]
async fn settings_are_listed_read_and_saved_for_the_next_command() {
    let fixture = CliFixture::new();
    let cli = fixture.unconfigured();
    let all = run(&cli, 0, &["settings", "--json"]).await.json();
    assert_eq!(
        fields(&all),
        [
            "copy_links_after_upload",
            "free_after_days",
            "keep_originals",
            "max_upload_mb",
            "next_after_rating",
            "notify_when_done",
            "originals_limit_gb",
            "parallel_transfers",
            "start_veiled",
            "theme",
            "thumbnails_limit_mb",
            "upload_limit_kb",
        ]
    );
    let table = run(&cli, 0, &["settings"]).await.stdout;
    assert!(table.contains("max_upload_mb") && table.contains("MEANING"), "{table}");
    assert_eq!(run(&cli, 0, &["settings", "max_upload_mb"]).await.stdout.trim(), "50");
    let set = run(&cli, 0, &["settings", "--json", "max_upload_mb", "120"]).await.json();
    assert_eq!(set, json!({ "max_upload_mb": 120 }));
    assert_eq!(run(&cli, 0, &["settings", "max_upload_mb", "--json"]).await.json(), set);
    run(&cli, 0, &["settings", "keep_originals", "up_to_size"]).await;
    assert_eq!(run(&cli, 0, &["settings", "keep_originals"]).await.stdout.trim(), "up_to_size");
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_settings_and_invalid_values_are_refused() {
    let fixture = CliFixture::new();
    let cli = fixture.unconfigured();
    let before = run(&cli, 0, &["settings", "--json"]).await.json();
    for (arguments, said) in [
        (vec!["settings", "colour"], "no setting"),
        (vec!["settings", "colour", "blue"], "no setting"),
        (vec!["settings", "first_run_done", "true"], "no setting"),
        (vec!["settings", "max_upload_mb", "many"], "1 to 4,000"),
        (vec!["settings", "max_upload_mb", "9000"], "1 to 4,000"),
        (vec!["settings", "theme", "pink"], "system, dark or light"),
    ] {
        let ran = run(&cli, 2, &arguments).await;
        assert!(ran.stderr.contains(said), "{arguments:?}: {}", ran.stderr);
    }
    assert_eq!(run(&cli, 0, &["settings", "--json"]).await.json(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_that_a_refusal_suggests_makes_the_import_work() {
    let fixture = CliFixture::new();
    let cli = fixture.unconfigured();
    run(&cli, 0, &["settings", "max_upload_mb", "1"]).await;
    let path = fixture.picture(&a_png(700, 700).noise(), "large.png");
    let refused = run(&cli, 1, &["import", &path, "--json"]).await.json_lines().remove(0);
    let reason = refused["reason"].as_str().unwrap().to_owned();
    let (_, command) = reason.split_once("on the command line: vitrine ").unwrap();
    let command: Vec<&str> = command.split(')').next().unwrap().split(' ').collect();
    run(&cli, 0, &command).await;
    run(&cli, 0, &["import", &path]).await;
}
