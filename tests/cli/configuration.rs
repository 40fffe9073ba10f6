//! Where the bucket's configuration comes from, and what is reported if it is
//! missing.

use crate::fixture::{CliFixture, fields, import, run, text};
use serde_json::json;
use vitrine_tests::pictures::a_png;
use vitrine_tests::process::{Cli, binary, tool};
use vitrine_tests::s3;

#[tokio::test(flavor = "multi_thread")]
async fn push_without_a_configuration_names_each_missing_variable() {
    let fixture = CliFixture::new();
    let cli = fixture.unconfigured();
    import(&cli, &[&fixture.picture(&a_png(16, 16), "a.png")], &[]).await;
    let ran = run(&cli, 3, &["push"]).await;
    for name in
        ["R2_ACCOUNT_ID", "R2_ACCESS_KEY_ID", "R2_SECRET_ACCESS_KEY", "R2_BUCKET_NAME", "R2_PUBLIC_URL"]
    {
        assert!(ran.stderr.contains(name), "{ran}");
    }
    for (missing, _) in s3::shared().env() {
        let rest = s3::shared().env().into_iter().filter(|(name, _)| *name != missing);
        let ran = run(&fixture.unconfigured().with_env(rest), 3, &["push"]).await;
        let named = if missing == "R2_ENDPOINT" { "R2_ACCOUNT_ID" } else { missing };
        assert!(ran.stderr.contains(named), "{ran}");
        assert!(ran.stdout.is_empty());
    }
    run(&cli, 1, &["url", &crate::fixture::ids(&cli, &["generated"]).await[0]]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_reports_each_step_and_needs_a_configuration() {
    let fixture = CliFixture::new();
    let steps = run(&fixture.configured(), 0, &["doctor", "--json"]).await.json_lines();
    let names: Vec<_> = steps.iter().map(|step| text(&step["step"])).collect();
    assert_eq!(names, ["configuration", "endpoint", "credentials", "bucket", "put", "public_read", "delete"]);
    for step in &steps {
        assert_eq!(fields(step), ["advice", "message", "outcome", "step"]);
        assert_ne!(step["outcome"], "failed");
    }
    let unconfigured = run(&fixture.unconfigured(), 3, &["doctor", "--json"]).await.json_lines();
    assert_eq!(unconfigured[0]["outcome"], "failed");

    let wrong = fixture.configured().with_env([("R2_SECRET_ACCESS_KEY", "0".repeat(64))]);
    let steps = run(&wrong, 1, &["doctor", "--json"]).await.json_lines();
    let credentials = steps.iter().find(|step| step["step"] == "credentials").unwrap();
    assert_eq!(credentials["outcome"], "failed");
    assert!(credentials["advice"].is_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_of_an_aws_profile_reach_the_bucket() {
    let fixture = CliFixture::new();
    let keys = &s3::shared().keys;
    let (id, secret) = (&keys.access_key_id, &keys.secret_access_key);
    let text =
        format!("[r2]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\n[empty]\nregion = auto\n");
    let profiles = fixture.file(text.as_bytes(), "credentials");
    let without_keys = s3::shared()
        .env()
        .into_iter()
        .filter(|(name, _)| !["R2_ACCESS_KEY_ID", "R2_SECRET_ACCESS_KEY"].contains(name));
    let cli = fixture
        .unconfigured()
        .with_env(without_keys)
        .with_env([("AWS_SHARED_CREDENTIALS_FILE", profiles.clone()), ("AWS_CONFIG_FILE", String::new())]);
    import(&cli, &[&fixture.picture(&a_png(20, 20), "a.png")], &[]).await;
    run(&cli, 3, &["push"]).await;
    run(&cli, 0, &["doctor", "--aws-profile", "r2"]).await;
    for name in ["R2_AWS_PROFILE", "AWS_PROFILE"] {
        run(&cli.clone().with_env([(name, "r2".to_owned())]), 0, &["doctor"]).await;
    }
    // The option is meant for this command, so it comes before keys of the environment.
    let wrong = cli
        .clone()
        .with_env([("R2_ACCESS_KEY_ID", "wrong".to_owned()), ("R2_SECRET_ACCESS_KEY", "0".repeat(64))]);
    assert_eq!(run(&wrong, 0, &["push", "--aws-profile", "r2", "--json"]).await.json()["stored"], 1);
    for (name, reason) in [("empty", "without keys"), ("r3", "Known profiles: empty, r2.")] {
        let ran = run(&cli, 3, &["doctor", "--aws-profile", name]).await;
        assert!(format!("{ran}").contains(reason), "{ran}");
        assert!(!format!("{ran}").contains(secret), "{ran}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn push_explains_wrong_credentials_and_the_next_push_uploads() {
    let fixture = CliFixture::new();
    let cli = fixture.configured();
    import(&cli, &[&fixture.picture(&a_png(16, 16), "a.png")], &[]).await;
    let wrong = fixture.configured().with_env([("R2_SECRET_ACCESS_KEY", "0".repeat(64))]);
    let ran = run(&wrong, 1, &["push", "--json"]).await;
    assert_eq!(ran.json(), json!({"stored": 0, "deleted": 0, "parked": 0, "waiting": 1}));
    assert!(ran.stderr.contains("does not accept these keys"), "{ran}");
    assert_eq!(run(&cli, 0, &["push", "--json"]).await.json()["stored"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_most_detailed_log_contains_no_credentials() {
    let fixture = CliFixture::new();
    let cli = fixture.configured().with_env([("VITRINE_LOG", "trace")]);
    import(&cli, &[&fixture.picture(&a_png(16, 16), "a.png")], &[]).await;
    // `run` searches for both halves of the credentials in everything that is
    // printed.
    run(&cli, 0, &["doctor"]).await;
    run(&cli, 0, &["push"]).await;
    run(&cli, 0, &["transfers"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_in_the_environment_suffice_without_a_usable_keyring() {
    let fixture = CliFixture::new();
    let cli = fixture.configured();
    import(&cli, &[&fixture.picture(&a_png(16, 16).seed(1), "a.png")], &[]).await;
    // `configured` has a session bus that does not exist.
    assert_eq!(run(&cli, 0, &["push", "--json"]).await.json()["stored"], 1);

    // A keyring that was never set up counts as locked.
    import(&cli, &[&fixture.picture(&a_png(16, 16).seed(2), "b.png")], &[]).await;
    let home = tempfile::tempdir().unwrap();
    let home = home.path().to_str().unwrap();
    let vitrine = binary("vitrine");
    let session = Cli::of_program(tool("dbus-run-session"), &fixture.library())
        .with_env(s3::shared().env())
        .with_env([("HOME", home), ("XDG_RUNTIME_DIR", home), ("DISPLAY", "")]);
    let ran = run(&session, 0, &["--", vitrine.to_str().unwrap(), "push", "--json"]).await;
    assert_eq!(ran.json()["stored"], 1);
    // Without the environment, the keyring's state is reported immediately.
    let partial = s3::shared().env().into_iter().filter(|(name, _)| !name.contains("KEY"));
    let session = Cli::of_program(tool("dbus-run-session"), &fixture.library()).with_env(partial).with_env([
        ("HOME", home),
        ("XDG_RUNTIME_DIR", home),
        ("DISPLAY", ""),
    ]);
    import(&cli, &[&fixture.picture(&a_png(16, 16).seed(3), "c.png")], &[]).await;
    let ran = run(&session, 3, &["--", vitrine.to_str().unwrap(), "push"]).await;
    assert!(ran.stderr.to_lowercase().contains("keyring"), "{ran}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cost_of_the_bucket_and_the_copies_in_caches_are_shown() {
    let fixture = CliFixture::new();
    let cli = fixture.configured();
    let id = import(&cli, &[&fixture.picture(&a_png(16, 16), "a.png")], &[]).await.remove(0);
    run(&cli, 0, &["push"]).await;
    let usage = run(&cli, 0, &["stats", "--json"]).await.json()["bucket"].clone();
    assert_eq!(usage["objects"], 1);
    assert!(usage["class_a"].as_u64().unwrap() > 0, "{usage}");
    assert_eq!(usage["allowance"]["class_b"], 10_000_000);
    let stats = run(&cli, 0, &["stats"]).await.stdout;
    assert!(stats.contains("class A requests") && stats.contains("of 1000000 free"), "{stats}");

    run(&cli, 0, &["remove", "--permanently", &id]).await;
    run(&cli, 0, &["push"]).await;
    let said = run(&cli, 0, &["transfers"]).await.stderr;
    assert!(said.contains("Caches may keep copies of 1 address until"), "{said}");
    // Nothing is sent to Cloudflare without a valid zone and a token.
    let said = run(&cli, 0, &["push", "--zone-id", &"a".repeat(32)]).await.stderr;
    assert!(said.contains("R2_PURGE_TOKEN"), "{said}");
    let wrong = run(&cli, 1, &["doctor", "--zone-id", "example.art"]).await;
    assert!(wrong.stdout.contains("zone id"), "{wrong}");
    run(&cli, 2, &["push", "--zone-id", " "]).await;
}
