//! Nothing that was requested is ignored silently. Anything that is not understood or does not exist is an
//! error.

use crate::fixture::{CliFixture, ids, import, run, text};
use serde_json::json;
use vitrine_tests::pictures::a_png;

#[tokio::test(flavor = "multi_thread")]
async fn a_search_term_that_is_not_understood_is_a_usage_error() {
    let fixture = CliFixture::new();
    let cli = fixture.unconfigured();
    import(&cli, &[&fixture.picture(&a_png(16, 16), "a.png")], &[]).await;
    for query in [
        "after:foo",
        "before:2026-13",
        "aftr:2026",
        "-modle:flux",
        "is:nice",
        "size:big",
        "has:fun",
        "model:",
        "seed:abc",
        "-seed:abc",
        "seed:\"12 ab\"",
        "\"deep snow",
        "!!!",
        "-",
        "",
        " ",
        "fox after:foo",
        "-collection:Nope",
        "collection:Nope",
        "-gallery:Nope",
        "-similar:01890000-0000-7000-8000-000000000000",
        "-reference:01890000-0000-7000-8000-000000000000",
    ] {
        for list in ["generated", "feed"] {
            let ran = run(&cli, 2, &["list", list, "--json", "--search", query]).await;
            assert!(ran.stdout.is_empty(), "it would be piped into `remove`: {query:?}\n{ran}");
            assert!(ran.stderr.contains("InvalidInput"), "{query:?}\n{ran}");
        }
    }
    run(&cli, 0, &["collection", "create", "Best of"]).await;
    assert_eq!(ids(&cli, &["generated", "--search", "-collection:\"best OF\""]).await.len(), 1);
    let many = "fox ".repeat(100);
    run(&cli, 2, &["list", "generated", "--search", &many]).await;
    assert_eq!(ids(&cli, &["generated", "--search", "after:2000"]).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_limit_is_respected_or_refused() {
    let fixture = CliFixture::new();
    let cli = fixture.unconfigured();
    for seed in 0..3 {
        import(&cli, &[&fixture.picture(&a_png(16, 16).seed(seed), &format!("{seed}.png"))], &[]).await;
    }
    for limit in ["0", "1001", "4294967295", "-1", "two"] {
        run(&cli, 2, &["list", "generated", "--limit", limit]).await;
    }
    for (limit, rows) in [("1", 1), ("2", 2), ("1000", 3)] {
        assert_eq!(ids(&cli, &["generated", "--limit", limit]).await.len(), rows);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_continues_only_its_own_list_search_and_profile() {
    let fixture = CliFixture::new();
    let cli = fixture.unconfigured();
    for seed in 0..3 {
        let path = fixture.picture(&a_png(16, 16).seed(seed), &format!("fox {seed}.png"));
        import(&cli, &[&path], &["--visibility", "public"]).await;
    }
    let first =
        run(&cli, 0, &["list", "generated", "--json", "--limit", "1", "--search", "fox"]).await.json();
    let cursor = text(&first["continue_cursor"]);
    let same = ["list", "generated", "--json", "--search", "fox", "--cursor", &cursor];
    assert_eq!(run(&cli, 0, &same).await.json()["page"].as_array().unwrap().len(), 2);
    for other in [
        &["generated"][..],
        &["generated", "--search", "wolf"],
        &["feed", "--search", "fox"],
        &["references"],
        &["trash"],
        &["generated", "--search", "fox", "--owner", "bob", "--create-owner"],
    ] {
        let ran = run(&cli, 2, &[&["list"], other, &["--cursor", &cursor]].concat()).await;
        assert!(ran.stderr.contains("cursor"), "{ran}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_is_created_only_on_request() {
    let fixture = CliFixture::new();
    let cli = fixture.unconfigured();
    let path = fixture.picture(&a_png(16, 16), "a.png");
    for words in [&["import", &path][..], &["stats"], &["list", "generated"], &["profile", "list"]] {
        let ran = run(&cli, 1, &[&["--owner", "anaa"], words].concat()).await;
        assert!(ran.stderr.contains("NotFound") && ran.stderr.contains("--create-owner"), "{ran}");
    }
    let profiles = async || run(&cli, 0, &["profile", "list", "--json"]).await.json();
    assert_eq!(profiles().await, json!([{"id": "artist", "name": "Artist"}]));

    let made = run(&cli, 0, &["profile", "create", "Ana Mar\u{ed}a", "--json"]).await.json();
    assert_eq!(made, json!({"id": "ana-mar-a", "name": "Ana Mar\u{ed}a"}));
    run(&cli, 0, &["profile", "create", "Bob", "--id", "bob"]).await;
    run(&cli, 2, &["profile", "create", "Bob again", "--id", "bob"]).await;
    run(&cli, 2, &["profile", "create", "Bob", "--id", "../etc"]).await;
    run(&cli, 2, &["profile", "create", ""]).await;
    let renamed = run(&cli, 0, &["profile", "rename", "bob", "Robert", "--json"]).await.json();
    assert_eq!(renamed, json!({"id": "bob", "name": "Robert"}));
    run(&cli, 1, &["profile", "rename", "carol", "Carol"]).await;
    run(&cli, 0, &["import", &path, "--owner", "bob"]).await;
    run(&cli, 0, &["import", &path, "--owner", "dan", "--create-owner"]).await;
    run(&cli, 2, &["stats", "--create-owner"]).await;
    let known = profiles().await;
    let known: Vec<String> = known.as_array().unwrap().iter().map(|profile| text(&profile["id"])).collect();
    assert_eq!(known, ["artist", "ana-mar-a", "bob", "dan"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_reports_arguments_that_do_not_exist() {
    let fixture = CliFixture::new();
    let cli = fixture.configured();
    let picture = import(&cli, &[&fixture.picture(&a_png(16, 16), "a.png")], &[]).await.remove(0);
    let reference =
        import(&cli, &[&fixture.picture(&a_png(16, 16), "b.png")], &["--as", "reference"]).await.remove(0);
    run(&cli, 0, &["gallery", "create", "Hands"]).await;
    let unknown = "01900000-0000-7000-8000-000000000000";
    for words in [
        &["show", unknown][..],
        &["url", unknown],
        &["open", unknown],
        &["new-link", unknown],
        &["visibility", "public", unknown],
        &["remove", unknown],
        &["remove", "--permanently", unknown],
        &["restore", unknown],
        // The picture exists, but is not in the trash.
        &["restore", &picture],
        &["gallery", "rename", "Feet", "Toes"],
        &["gallery", "rename", unknown, "Toes"],
        &["gallery", "delete", "Feet"],
        &["gallery", "add", "Feet", &reference],
        &["gallery", "add", "Hands", unknown],
        &["gallery", "take", "Feet", &reference],
        &["gallery", "take", "Hands", unknown],
        // The reference exists, but is not in the gallery.
        &["gallery", "take", "Hands", &reference],
        // An id must belong to an existing gallery. It cannot name a new one.
        &["import", "/nowhere.png", "--as", "reference", "--gallery", unknown],
        &["transfers", "retry", "999"],
        &["transfers", "cancel", "999"],
        &["watch", "remove", "999"],
        &["profile", "rename", "nobody", "Somebody"],
    ] {
        let ran = run(&cli, 1, words).await;
        assert!(ran.stderr.contains("NotFound"), "{words:?}\n{ran}");
        assert!(ran.stdout.is_empty(), "{words:?}\n{ran}");
    }
    let galleries = run(&cli, 0, &["gallery", "list", "--json"]).await.json();
    assert_eq!((galleries.as_array().unwrap().len(), &galleries[0]["name"]), (1, &json!("Hands")));
    // The transfers that exist are retried anyway.
    let first = run(&cli, 0, &["transfers", "--json"]).await.json()[0]["id"].clone();
    let some = run(&cli, 1, &["transfers", "retry", "--json", "999", &first.to_string()]).await;
    assert_eq!(some.json(), json!({"retried": [first]}));
    assert!(some.stderr.contains("no transfer 999"), "{some}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_variable_is_a_usage_error() {
    let fixture = CliFixture::new();
    let path = fixture.picture(&a_png(16, 16), "a.png");
    for workers in ["0", "65", "many"] {
        let cli = fixture.unconfigured().with_env([("VITRINE_IMPORT_WORKERS", workers)]);
        let ran = run(&cli, 2, &["import", &path]).await;
        assert!(ran.stderr.contains("VITRINE_IMPORT_WORKERS"), "{ran}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pipe_in_the_library_is_refused_without_blocking() {
    let fixture = CliFixture::new();
    let cli = fixture.unconfigured();
    run(&cli, 0, &["stats"]).await;
    let catalog = fixture.library().join("catalog.db");
    std::fs::remove_file(&catalog).unwrap();
    let made = std::process::Command::new("mkfifo").arg(&catalog).status().unwrap();
    assert!(made.success());
    let ran = run(&cli, 3, &["stats"]).await;
    assert!(ran.stderr.contains("catalog.db"), "{ran}");
    std::fs::remove_file(&catalog).unwrap();

    let pipe = fixture.inbox().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    run(&cli, 3, &["stats", "--library", pipe.to_str().unwrap()]).await;
}
