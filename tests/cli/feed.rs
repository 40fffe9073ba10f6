//! `vitrine feed`: what it refuses, and what it leaves as it was then.

use crate::fixture::{CliFixture, import, run};
use serde_json::{Value, json};
use std::fs;
use std::process::Command;
use vitrine_tests::chaos::{Chaos, Fault};
use vitrine_tests::pictures::a_png;
use vitrine_tests::process::Cli;
use vitrine_tests::s3;

async fn is_on(cli: &Cli) -> bool {
    run(cli, 0, &["feed", "settings", "--json"]).await.json()["is_on"] == true
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_publication_changes_nothing() {
    let fixture = CliFixture::new();
    let cli = fixture.unconfigured();
    let id = import(&cli, &[&fixture.picture(&a_png(16, 16), "a.png")], &[]).await.remove(0);
    run(&cli, 0, &["visibility", "public", &id]).await;
    // No bucket is connected.
    let ran = run(&cli, 3, &["feed", "publish"]).await;
    assert!(ran.stderr.contains("NotConfigured"), "{ran}");
    assert!(!is_on(&cli).await);
    let switch = fixture.file(br#"{"is_on": true, "title": "Mine"}"#, "on.json");
    run(&cli, 3, &["feed", "settings", &switch]).await;
    let settings = run(&cli, 0, &["feed", "settings", "--json"]).await.json();
    assert_eq!((&settings["is_on"], &settings["title"]), (&json!(false), &json!("")));
    // The bucket refuses the test image.
    let chaos = Chaos::before(s3::shared().port()).await;
    let cli = fixture.configured().with_env([("R2_ENDPOINT", chaos.endpoint())]);
    chaos.will(9, "PUT", Fault::Answer(403, "AccessDenied"));
    let ran = run(&cli, 1, &["feed", "publish"]).await;
    assert!(ran.stderr.contains("Bucket: "), "{ran}");
    assert!(!is_on(&cli).await);
    let status = run(&cli, 0, &["feed", "status", "--json"]).await.json();
    assert_eq!((&status["activity"], &status["files"]), (&json!("off"), &json!(0)));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_publication_and_its_end_at_the_same_time_the_loser_says_so() {
    let fixture = CliFixture::new();
    let chaos = Chaos::before(s3::shared().port()).await;
    let cli = fixture.configured().with_env([("R2_ENDPOINT", chaos.endpoint())]);
    for seed in 0..12 {
        fixture.picture(&a_png(300, 200).noise().seed(seed), &format!("{seed}.png"));
    }
    run(&cli, 0, &["import", "--visibility", "public", fixture.inbox().to_str().unwrap()]).await;
    let publishing = cli.run(["feed", "publish", "--timeout", "90"]);
    let ending = async {
        while !is_on(&cli).await {}
        // It waits for the network until the other one has switched the feed off.
        chaos.refuse().await;
        let ended = cli.run(["feed", "unpublish", "--timeout", "1", "--json"]).await;
        chaos.accept().await;
        ended
    };
    let (published, ended) = tokio::join!(publishing, ending);
    assert_eq!(published.code(), 1, "{published}");
    assert!(published.stderr.contains("Another process switched the feed off"), "{published}");
    assert_eq!(ended.json()["status"]["is_on"], false, "{ended}");
    let rest = run(&cli, 0, &["feed", "unpublish", "--json"]).await.json();
    assert_eq!(rest["status"]["activity"], "off");
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_are_named_are_read_up_to_a_limit_and_only_if_they_are_files() {
    let fixture = CliFixture::new();
    let cli = fixture.unconfigured();
    let folder = fixture.inbox();
    let pipe = folder.join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let huge = folder.join("huge.json");
    fs::File::create(&huge).unwrap().set_len(1 << 40).unwrap();
    let binary = fixture.file(&[0xff, 0xfe, 0], "binary.json");
    let paths = [
        ("/dev/zero".to_owned(), "is not a regular file"),
        (pipe.to_str().unwrap().to_owned(), "is not a regular file"),
        (folder.to_str().unwrap().to_owned(), "is a folder"),
        (huge.to_str().unwrap().to_owned(), "is larger than 2 MB"),
        (binary, "is not a text in UTF-8"),
        (folder.join("missing").to_str().unwrap().to_owned(), "cannot be read"),
    ];
    for (path, why) in &paths {
        let ran = run(&cli, 2, &["feed", "settings", path]).await;
        assert!(ran.stderr.contains(why), "{path}: {ran}");
        let ran = run(&cli, 2, &["feed", "avatar", path]).await;
        assert!(ran.stderr.contains("InvalidInput"), "{path}: {ran}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_that_are_not_valid_are_refused_with_the_reason() {
    let fixture = CliFixture::new();
    let cli = fixture.unconfigured();
    let link = |url: &str| json!({ "links": [{ "label": "", "url": url }] }).to_string();
    for (text, why) in [
        (r#"{"title": "one", "title": "two"}"#.to_owned(), "duplicate field `title`"),
        (r#"{"links": [{"label": "", "url": "https://a.example", "url": "x"}]}"#.to_owned(), "duplicate"),
        (r#"{"titel": "one"}"#.to_owned(), "no setting titel"),
        (r#"{"links": [{"label": "", "url": "https://a.example", "rel": "me"}]}"#.to_owned(), "no field rel"),
        (link("https://ana:secret@a.example/"), "no password"),
        (link("https://a.example/\u{202e}x"), "invisible characters"),
        (link("https://a b.example"), "no spaces"),
        (link("javascript:alert(1)"), "must start with"),
    ] {
        let path = fixture.file(text.as_bytes(), "settings.json");
        let ran = run(&cli, 2, &["feed", "settings", &path]).await;
        assert!(ran.stderr.contains(why), "{text}: {ran}");
    }
    let path = fixture.file(link("HTTPS://A.example/x").as_bytes(), "settings.json");
    let saved: Value = run(&cli, 0, &["feed", "settings", &path, "--json"]).await.json();
    assert_eq!(saved["links"][0]["url"], "HTTPS://A.example/x");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_is_built_beside_files_of_somebody_else_and_never_over_them() {
    let fixture = CliFixture::new();
    let cli = fixture.unconfigured();
    let paths = [fixture.picture(&a_png(40, 30), "a.png"), fixture.picture(&a_png(40, 30).seed(2), "b.png")];
    let ids = import(&cli, &[&paths[0], &paths[1]], &["--visibility", "public"]).await;
    let site = fixture.inbox().join("site");
    let target = site.to_str().unwrap();
    run(&cli, 0, &["feed", "build", target]).await;
    let pages = |site: &std::path::Path| fs::read_dir(site.join("i")).unwrap().count();
    assert_eq!(pages(&site), 2);
    for foreign in ["CNAME", "photo.jpg", "i/novel.html", "m/mine.png", "s/.keep"] {
        fs::write(site.join(foreign), foreign).unwrap();
    }
    run(&cli, 0, &["visibility", "unlisted", &ids[0]]).await;
    run(&cli, 0, &["feed", "build", target]).await;
    assert_eq!(pages(&site), 2, "the page of one image, and the file of somebody else");
    for foreign in ["CNAME", "photo.jpg", "i/novel.html", "m/mine.png", "s/.keep"] {
        assert_eq!(fs::read_to_string(site.join(foreign)).unwrap(), foreign);
    }
    let file = fixture.file(b"mine", "file");
    let ran = run(&cli, 2, &["feed", "build", &file]).await;
    assert!(ran.stderr.contains("The folder for the page cannot be used: not a directory"), "{ran}");
    assert_eq!(fs::read(&file).unwrap(), b"mine");
    let inside = fixture.library().join("site");
    let ran = run(&cli, 2, &["feed", "build", inside.to_str().unwrap()]).await;
    assert!(ran.stderr.contains("Choose a folder outside the library"), "{ran}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_at_the_address_of_another_library_is_not_published_and_says_why() {
    let env = s3::shared().env_of_a_bucket_of_its_own();
    let (first, second) = (CliFixture::new(), CliFixture::new());
    let (ana, bob) =
        (first.unconfigured().with_env(env.clone()), second.unconfigured().with_env(env.clone()));
    run(&ana, 0, &["feed", "publish", "--timeout", "60"]).await;

    let ran = run(&bob, 1, &["feed", "publish", "--timeout", "60"]).await;
    let why = "not published: Another library publishes its feed at this address.";
    assert!(ran.stdout.contains(why), "{ran}");
    assert!(ran.stderr.contains("index.html: Another library"), "{ran}");
    assert!(run(&bob, 1, &["feed", "status"]).await.stdout.contains(why));

    let ran = run(&bob, 0, &["feed", "unpublish", "--timeout", "60"]).await;
    assert!(ran.stdout.contains("0 removed"), "{ran}");
    let left = "index.html: left in the bucket. Another library publishes this file.";
    assert!(ran.stderr.contains(left), "{ran}");
    let status = run(&bob, 0, &["feed", "status", "--json"]).await.json();
    assert_eq!(status["left_in_bucket"][0]["reason"], "Another library publishes this file.");
    assert!(run(&ana, 0, &["feed", "publish"]).await.stdout.contains("published"));
    run(&ana, 0, &["verify"]).await;
}
