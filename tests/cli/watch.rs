//! `vitrine watch`: watching the folders of other programs from scripts.

use crate::fixture::{CliFixture, fields, run};
use serde_json::{Value, json};
use vitrine_tests::pictures::a_png;

#[tokio::test(flavor = "multi_thread")]
async fn folders_are_added_listed_and_removed() {
    let fixture = CliFixture::new();
    let cli = fixture.unconfigured();
    let old = fixture.picture(&a_png(16, 16), "old.png");
    let folder = std::path::Path::new(&old).parent().unwrap().canonicalize().unwrap();
    let folder = folder.to_str().unwrap();
    let ran = run(&cli, 0, &["watch", "add", folder, "--ignore", "temp", "--json"]).await;
    assert!(ran.stderr.contains("1 picture") && ran.stderr.contains("--existing"), "{ran}");
    let added = ran.json();
    assert_eq!(fields(&added), ["id", "ignored", "is_there", "offered", "path"]);
    assert_eq!(
        (&added["path"], &added["ignored"], &added["offered"]),
        (&json!(folder), &json!(["temp"]), &json!(1))
    );
    assert_eq!(run(&cli, 0, &["watch", "list", "--json"]).await.json(), json!([added]));
    let refused = run(&cli, 2, &["watch", "add", folder, "--ignore", "["]).await;
    assert!(refused.stderr.contains("pattern"), "{refused}");
    run(&cli, 2, &["watch", "add", &old]).await;
    run(&cli, 1, &["watch", "remove", "/nowhere"]).await;
    run(&cli, 0, &["watch", "remove", folder]).await;
    assert_eq!(run(&cli, 0, &["watch", "list", "--json"]).await.json(), json!([]));
    let nothing = run(&cli, 1, &["watch"]).await;
    assert!(nothing.stderr.contains("watch add"), "{nothing}");
}

#[tokio::test(flavor = "multi_thread")]
async fn watch_prints_each_file_and_an_interrupt_ends_it_cleanly() {
    let fixture = CliFixture::new();
    let cli = fixture.unconfigured();
    let old = fixture.picture(&a_png(16, 16), "old.png");
    let folder = std::path::Path::new(&old).parent().unwrap().to_str().unwrap().to_owned();
    run(&cli, 0, &["watch", "add", &folder, "--existing"]).await;
    let running = cli.start(["watch", "--json"]);
    let next = || serde_json::from_str::<Value>(&running.next_line()).unwrap();
    let first = next();
    assert_eq!(fields(&first), ["id", "outcome", "path"]);
    assert_eq!(first["outcome"], "imported");
    assert!(first["path"].as_str().unwrap().ends_with("old.png"), "{first}");
    fixture.picture(&a_png(17, 16), "new.png");
    assert!(next()["path"].as_str().unwrap().ends_with("new.png"));
    fixture.picture(&a_png(17, 16), "copy.png");
    assert_eq!(next()["outcome"], "duplicate");
    assert_eq!(running.interrupt(), 0);
    assert_eq!(run(&cli, 0, &["stats", "--json"]).await.json()["generated"], 2);
}
