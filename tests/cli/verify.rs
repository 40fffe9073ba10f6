//! `vitrine verify` as a script sees it.

use crate::fixture::{CliFixture, fields, import, run, text};
use serde_json::json;
use vitrine_tests::pictures::a_png;
use vitrine_tests::s3;

fn original(fixture: &CliFixture) -> std::path::PathBuf {
    let shards = std::fs::read_dir(fixture.library().join("originals")).unwrap();
    let mut shards = shards.map(|entry| entry.unwrap().path());
    let shard = shards.find(|path| !path.ends_with(".incoming")).unwrap();
    std::fs::read_dir(shard).unwrap().next().unwrap().unwrap().path()
}

#[tokio::test(flavor = "multi_thread")]
async fn verify_finds_and_repairs_and_its_exit_code_says_so() {
    let fixture = CliFixture::new();
    let cli = fixture.unconfigured().with_env(s3::shared().env_of_a_bucket_of_its_own());
    let id = import(&cli, &[&fixture.picture(&a_png(32, 32), "fox.png")], &[]).await.remove(0);
    run(&cli, 0, &["push"]).await;
    let clean = run(&cli, 0, &["verify", "--json"]).await.json();
    assert_eq!(
        fields(&clean),
        ["bucket_compared", "cancelled", "checked", "counts", "findings", "found", "objects", "unrepaired"]
    );
    assert_eq!(
        (&clean["checked"], &clean["objects"], &clean["findings"]),
        (&json!(1), &json!(1), &json!([]))
    );

    let bytes = std::fs::read(original(&fixture)).unwrap();
    std::fs::remove_file(original(&fixture)).unwrap();
    let found = run(&cli, 1, &["verify", "--json"]).await.json();
    let finding = &found["findings"][0];
    assert_eq!(fields(finding), ["detail", "filename", "id", "key", "kind", "repaired"]);
    assert_eq!((&finding["kind"], &finding["repaired"]), (&json!("missing_original"), &json!(false)));
    assert_eq!((&finding["id"], &finding["filename"]), (&json!(id), &json!("fox.png")));
    assert_eq!((&found["counts"]["missing_original"], &found["unrepaired"]), (&json!(1), &json!(1)));
    let plain = run(&cli, 1, &["verify"]).await;
    assert!(plain.stdout.contains(&id) && plain.stderr.contains("1 found"), "{plain}");

    let repaired = run(&cli, 0, &["verify", "--repair", "--json"]).await.json();
    assert_eq!(repaired["findings"][0]["repaired"], json!(true));
    assert_eq!(std::fs::read(original(&fixture)).unwrap(), bytes);

    let mut flipped = bytes.clone();
    *flipped.last_mut().unwrap() ^= 1;
    std::fs::write(original(&fixture), &flipped).unwrap();
    run(&cli, 0, &["verify"]).await;
    let deep = run(&cli, 1, &["verify", "--deep", "--json"]).await.json();
    assert_eq!(deep["findings"][0]["kind"], json!("damaged_original"));
    run(&cli, 0, &["verify", "--deep", "--repair"]).await;
    assert_eq!(std::fs::read(original(&fixture)).unwrap(), bytes);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_library_adopts_everything_that_a_bucket_holds() {
    let env = s3::shared().env_of_a_bucket_of_its_own();
    let lost = CliFixture::new();
    let cli = lost.unconfigured().with_env(env.clone());
    let path = lost.picture(&a_png(32, 32), "fox.png");
    let id = import(&cli, &[&path], &[]).await.remove(0);
    run(&cli, 0, &["push"]).await;
    let url = text(&run(&cli, 0, &["show", "--json", &id]).await.json()["url"]);

    let new = CliFixture::new();
    let cli = new.unconfigured().with_env(env);
    let found = run(&cli, 1, &["verify", "--json"]).await.json();
    assert_eq!(found["counts"]["unknown_object"], json!(1));
    let adopted = run(&cli, 0, &["verify", "--adopt", "--json"]).await.json();
    let id = text(&adopted["findings"][0]["id"]);
    run(&cli, 0, &["push"]).await;
    let image = run(&cli, 0, &["show", "--json", &id]).await.json();
    assert_eq!((&image["url"], &image["stored"]), (&json!(url), &json!(true)));
    assert_eq!(std::fs::read(original(&new)).unwrap(), std::fs::read(&path).unwrap());
    run(&cli, 0, &["verify", "--deep"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn verify_without_a_bucket_says_that_only_the_disk_was_checked() {
    let fixture = CliFixture::new();
    let cli = fixture.unconfigured();
    import(&cli, &[&fixture.picture(&a_png(32, 32), "fox.png")], &[]).await;
    let ran = run(&cli, 0, &["verify", "--json"]).await;
    assert_eq!((&ran.json()["bucket_compared"], &ran.json()["checked"]), (&json!(false), &json!(1)));
    assert!(ran.stderr.contains("this disk only"), "{ran}");
    run(&cli, 3, &["verify", "--delete-unknown"]).await;
    run(&cli, 2, &["verify", "--adopt", "--delete-unknown"]).await;
}
