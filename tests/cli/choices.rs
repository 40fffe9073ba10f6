//! The artist's last choice decides who can find a picture, and an import
//! reports what it did about that.

use crate::fixture::{CliFixture, fields, ids, import, run, text};
use serde_json::json;
use vitrine_tests::pictures::a_png;

#[tokio::test(flavor = "multi_thread")]
async fn a_trashed_picture_comes_back_unlisted_unless_public_is_requested() {
    for again in [&["--visibility", "unlisted"][..], &[]] {
        let fixture = CliFixture::new();
        let cli = fixture.unconfigured();
        let fox = fixture.picture(&a_png(16, 16), "fox.png");
        let id = import(&cli, &[&fox], &["--visibility", "public"]).await.remove(0);
        run(&cli, 0, &["remove", &id]).await;
        let line = run(&cli, 0, &[&["import", "--json", &fox], again].concat()).await.json();
        assert_eq!((&line["outcome"], &line["id"]), (&json!("imported"), &json!(id)));
        assert_eq!((&line["visibility_changed"], &line["visibility"]), (&json!(true), &json!("unlisted")));
        assert!(ids(&cli, &["feed"]).await.is_empty());
        assert_eq!(ids(&cli, &["generated"]).await, std::slice::from_ref(&id));

        run(&cli, 0, &["remove", &id]).await;
        run(&cli, 0, &["import", &fox, "--visibility", "public"]).await;
        assert_eq!(ids(&cli, &["feed"]).await, [id]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_import_counts_trashed_pictures_and_says_how_to_restore_them() {
    let fixture = CliFixture::new();
    let cli = fixture.unconfigured();
    let paths = [1, 2, 3].map(|seed| fixture.picture(&a_png(16, 16).seed(seed), &format!("{seed}.png")));
    let [one, two, three] = [&paths[0], &paths[1], &paths[2]];
    let trashed = import(&cli, &[one, two], &["--visibility", "public"]).await;
    run(&cli, 0, &["remove", &trashed[0], &trashed[1]]).await;
    let folder = fixture.inbox();
    let folder = folder.to_str().unwrap();

    let ran = run(&cli, 0, &["import", folder, "--json"]).await;
    let lines = ran.json_lines();
    let outcome = |path: &str| {
        let line = lines.iter().find(|line| line["path"] == path).unwrap();
        (text(&line["outcome"]), text(&line["id"]))
    };
    assert_eq!(outcome(one), ("in_trash".to_owned(), trashed[0].clone()));
    assert_eq!(outcome(two), ("in_trash".to_owned(), trashed[1].clone()));
    assert_eq!(outcome(three).0, "imported");
    assert!(ran.stderr.contains("2 are in the trash") && ran.stderr.contains("vitrine restore"), "{ran}");
    assert!(ids(&cli, &["feed"]).await.is_empty());
    assert_eq!(ids(&cli, &["trash"]).await.len(), 2);

    let ran = run(&cli, 0, &["import", folder]).await;
    assert!(ran.stdout.lines().any(|line| line == format!("in trash\t{}\t{one}", trashed[0])), "{ran}");

    let ran = run(&cli, 0, &["import", folder, "--restore", "--json"]).await;
    assert!(!ran.stderr.contains("in the trash"), "{ran}");
    assert!(ids(&cli, &["trash"]).await.is_empty());
    assert!(ids(&cli, &["feed"]).await.is_empty(), "nobody asked for public now");
    assert_eq!(ids(&cli, &["generated"]).await.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_applies_its_visibility_to_known_pictures_and_reports_it() {
    let fixture = CliFixture::new();
    let cli = fixture.unconfigured();
    let fox = fixture.picture(&a_png(16, 16), "fox.png");
    let id = import(&cli, &[&fox], &[]).await.remove(0);
    let line = run(&cli, 0, &["import", &fox, "--json"]).await.json();
    assert_eq!(fields(&line), ["id", "outcome", "path"], "nothing changed without a choice");

    let ran = run(&cli, 0, &["import", &fox, "--visibility", "public", "--json"]).await;
    let line = ran.json();
    assert_eq!((&line["outcome"], &line["visibility"]), (&json!("duplicate"), &json!("public")));
    assert_eq!(line["visibility_changed"], true);
    assert!(ran.stderr.contains("1 of the existing ones are now public"), "{ran}");
    assert_eq!(ids(&cli, &["feed"]).await, std::slice::from_ref(&id));

    let again = run(&cli, 0, &["import", &fox, "--visibility", "public", "--json"]).await.json();
    assert_eq!(fields(&again), ["id", "outcome", "path"], "it is public already");
    run(&cli, 0, &["import", &fox]).await;
    assert_eq!(ids(&cli, &["feed"]).await.len(), 1, "an import without a choice changes nothing");
    let folder = fixture.inbox();
    run(&cli, 0, &["import", folder.to_str().unwrap(), "--visibility", "unlisted"]).await;
    assert!(ids(&cli, &["feed"]).await.is_empty());
}
