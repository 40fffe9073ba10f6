//! From files to permanent URLs and back, against a real S3 server.

use crate::fixture::{CliFixture, ids, import, run, text};
use serde_json::json;
use vitrine_tests::pictures::{a_jpeg, a_png};

async fn get(url: &str) -> reqwest::Response {
    reqwest::get(url).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_pictures_get_urls_that_follow_removal_and_restore() {
    let fixture = CliFixture::new();
    let cli = fixture.configured();
    let png = fixture.picture(&a_png(300, 200).noise(), "fox.png");
    let jpeg = fixture.picture(&a_jpeg(300, 200), "a hill.jpg");
    let notes = fixture.file(b"a fox on a hill", "notes.txt");

    let imported = run(&cli, 1, &["import", "--json", &png, &jpeg, &notes]).await.json_lines();
    assert_eq!(imported.len(), 3);
    let line = |path: &str| imported.iter().find(|line| line["path"] == path).unwrap();
    assert_eq!(line(&notes)["outcome"], "rejected");
    assert!(text(&line(&notes)["reason"]).starts_with("This is not a picture."));
    assert!(line(&notes).get("id").is_none());

    let pushed = run(&cli, 0, &["push", "--json"]).await.json();
    assert_eq!(pushed, json!({"stored": 2, "deleted": 0, "parked": 0, "waiting": 0}));

    for (path, content_type) in [(&png, "image/png"), (&jpeg, "image/jpeg")] {
        assert_eq!(line(path)["outcome"], "imported");
        let url = text(&run(&cli, 0, &["url", "--json", &text(&line(path)["id"])]).await.json()["url"]);
        let answer = get(&url).await;
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["content-type"], content_type);
        assert_eq!(answer.headers()["cache-control"], "public, max-age=31536000, immutable");
        assert_eq!(answer.bytes().await.unwrap(), std::fs::read(path).unwrap());
    }

    let fox = text(&line(&png)["id"]);
    run(&cli, 0, &["visibility", "public", &fox]).await;
    assert_eq!(ids(&cli, &["feed"]).await, std::slice::from_ref(&fox));
    run(&cli, 0, &["visibility", "unlisted", &fox]).await;
    assert!(ids(&cli, &["feed"]).await.is_empty());

    let url = run(&cli, 0, &["url", &fox]).await.stdout.trim().to_owned();
    run(&cli, 0, &["remove", &fox]).await;
    assert_eq!(ids(&cli, &["generated"]).await, [text(&line(&jpeg)["id"])]);
    assert_eq!(ids(&cli, &["trash"]).await, std::slice::from_ref(&fox));
    assert_eq!(run(&cli, 0, &["push", "--json"]).await.json()["deleted"], 1);
    assert_eq!(get(&url).await.status(), 404);

    run(&cli, 0, &["restore", &fox]).await;
    assert_eq!(run(&cli, 0, &["push", "--json"]).await.json()["stored"], 1);
    assert_eq!(run(&cli, 0, &["url", &fox]).await.stdout.trim(), url);
    assert_eq!(get(&url).await.bytes().await.unwrap(), std::fs::read(&png).unwrap());

    run(&cli, 0, &["remove", "--permanently", &fox]).await;
    run(&cli, 0, &["push"]).await;
    assert_eq!(get(&url).await.status(), 404);
    let gone = run(&cli, 1, &["show", &fox]).await;
    assert!(gone.stderr.contains("NotFound"), "{gone}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_link_works_after_the_next_push_and_the_old_one_does_not() {
    let fixture = CliFixture::new();
    let cli = fixture.configured();
    let path = fixture.picture(&a_png(64, 64).noise(), "fox.png");
    let id = import(&cli, &[&path], &[]).await.remove(0);
    run(&cli, 0, &["push"]).await;
    let old = run(&cli, 0, &["url", &id]).await.stdout.trim().to_owned();

    let line = run(&cli, 0, &["new-link", "--json", &id]).await.json();

    let new = text(&line["url"]);
    assert_eq!((&line["id"], &line["outcome"]), (&json!(id), &json!("new_link")));
    assert_ne!(new, old);
    assert_eq!(run(&cli, 0, &["url", &id]).await.stdout.trim(), new);
    assert_eq!(get(&old).await.status(), 200, "nothing is deleted before the new object is stored");
    let pushed = run(&cli, 0, &["push", "--json"]).await.json();
    assert_eq!((&pushed["stored"], &pushed["deleted"]), (&json!(1), &json!(1)));
    assert_eq!(get(&old).await.status(), 404);
    assert_eq!(get(&new).await.bytes().await.unwrap(), std::fs::read(&path).unwrap());
    let plain = run(&cli, 0, &["new-link", &id]).await;
    assert_eq!(plain.stdout, run(&cli, 0, &["url", &id]).await.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_owner_is_refused_as_not_authorized_and_changes_nothing() {
    let fixture = CliFixture::new();
    let cli = fixture.unconfigured();
    let id = import(&cli, &[&fixture.picture(&a_png(32, 32), "a.png")], &[]).await.remove(0);
    let before = run(&cli, 0, &["show", "--json", &id]).await.json();
    run(&cli, 0, &["profile", "create", "Bob", "--id", "bob"]).await;
    let attempts: [&[&str]; 5] = [
        &["visibility", "public", &id],
        &["new-link", &id],
        &["remove", &id],
        &["remove", "--permanently", &id],
        &["restore", &id],
    ];
    for attempt in attempts {
        let ran = run(&cli, 1, &[&["--owner", "bob", "--json"], attempt].concat()).await;
        let line = &ran.json_lines()[0];
        assert_eq!(
            (&line["id"], &line["outcome"], &line["code"]),
            (&json!(id), &json!("failed"), &json!("NotAuthorized"))
        );
        assert!(ran.stderr.contains("NotAuthorized"), "{ran}");
        let plain = run(&cli, 1, &[&["--owner", "bob"], attempt].concat()).await;
        assert!(plain.stderr.contains("NotAuthorized") && plain.stdout.is_empty(), "{plain}");
    }
    assert_eq!(run(&cli, 0, &["show", "--json", &id]).await.json(), before);
    assert!(ids(&cli, &["generated", "--owner", "bob"]).await.is_empty());
    assert!(ids(&cli, &["feed"]).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn references_go_into_a_gallery_and_never_into_the_feed() {
    let fixture = CliFixture::new();
    let cli = fixture.unconfigured();
    let path = fixture.picture(&a_png(32, 32), "face.png");
    let id = import(&cli, &[&path], &["--as", "reference", "--gallery", "Faces"]).await.remove(0);
    assert_eq!(ids(&cli, &["references"]).await, std::slice::from_ref(&id));
    assert!(ids(&cli, &["generated"]).await.is_empty());
    let galleries = run(&cli, 0, &["gallery", "list", "--json"]).await.json();
    assert_eq!((&galleries[0]["name"], &galleries[0]["images"]), (&json!("Faces"), &json!(1)));
    run(&cli, 1, &["visibility", "public", &id]).await;
    run(&cli, 2, &["import", &path, "--as", "reference", "--visibility", "public"]).await;
    run(&cli, 2, &["import", &path, "--gallery", "Faces"]).await;
    assert!(ids(&cli, &["feed"]).await.is_empty());

    run(&cli, 0, &["gallery", "create", "Hands"]).await;
    run(&cli, 0, &["gallery", "add", "Hands", &id]).await;
    run(&cli, 0, &["gallery", "take", "Faces", &id]).await;
    run(&cli, 0, &["gallery", "rename", "Hands", "Both hands"]).await;
    run(&cli, 0, &["gallery", "delete", "Faces"]).await;
    let galleries = run(&cli, 0, &["gallery", "list", "--json"]).await.json();
    assert_eq!(galleries.as_array().unwrap().len(), 1);
    assert_eq!((&galleries[0]["name"], &galleries[0]["images"]), (&json!("Both hands"), &json!(1)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_duplicate_names_the_known_image_and_is_not_a_failure() {
    let fixture = CliFixture::new();
    let cli = fixture.unconfigured();
    let first = fixture.picture(&a_png(32, 32), "first.png");
    let second = fixture.picture(&a_png(32, 32), "second.png");
    let id = import(&cli, &[&first], &[]).await.remove(0);
    let line = run(&cli, 0, &["import", "--json", &second]).await.json();
    assert_eq!((&line["outcome"], &line["id"]), (&json!("duplicate"), &json!(id)));
    // The same picture as a reference is a separate image.
    let reference = import(&cli, &[&second], &["--as", "reference"]).await.remove(0);
    assert_ne!(reference, id);
}
