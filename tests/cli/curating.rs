//! Ratings, favourites, notes, collections, dates and orders, as scripts use them.

use crate::fixture::{CliFixture, ids, import, run, text};
use serde_json::{Value, json};
use vitrine_tests::pictures::a_png;
use vitrine_tests::process::Cli;

async fn library(fixture: &CliFixture) -> (Cli, Vec<String>) {
    let cli = fixture.unconfigured();
    let mut paths = Vec::new();
    for (seed, name) in ["img10.png", "img2.png", "a.png"].iter().enumerate() {
        let size = u32::try_from(16 + 8 * seed).unwrap();
        paths.push(fixture.picture(&a_png(size, size).noise().seed(seed as u64), name));
    }
    let mut all = Vec::new();
    for path in &paths {
        all.extend(import(&cli, &[path.as_str()], &[]).await);
    }
    (cli, all)
}

async fn shown(cli: &Cli, id: &str) -> Value {
    run(cli, 0, &["show", "--json", id]).await.json()
}

#[tokio::test(flavor = "multi_thread")]
async fn choices_are_in_the_json_of_an_image() {
    let fixture = CliFixture::new();
    let (cli, all) = library(&fixture).await;
    let id = all[0].as_str();
    let before = shown(&cli, id).await;
    assert_eq!(
        (&before["rating"], &before["favourite"], &before["note"], &before["collections"]),
        (&json!(0), &json!(false), &json!(""), &json!([]))
    );
    run(&cli, 0, &["rate", "4", id, &all[1]]).await;
    run(&cli, 0, &["favourite", "on", id]).await;
    run(&cli, 0, &["note", id, "-for the cover"]).await;
    run(&cli, 0, &["date", id, "2019-06-01"]).await;
    run(&cli, 0, &["collection", "create", "Best"]).await;
    run(&cli, 0, &["collection", "add", "Best", id]).await;
    let after = shown(&cli, id).await;
    assert_eq!(
        (&after["rating"], &after["favourite"], &after["note"], &after["collections"]),
        (&json!(4), &json!(true), &json!("-for the cover"), &json!(["Best"]))
    );
    assert_eq!(after["created_from"], "artist");
    assert!(after["created_at"].as_i64().unwrap() < after["added_at"].as_i64().unwrap());
    let listed = run(&cli, 0, &["list", "generated", "--json", "--search", "collection:best"]).await.json();
    assert_eq!(listed["page"][0]["rating"], 4);

    run(&cli, 0, &["rate", "0", id]).await;
    run(&cli, 0, &["favourite", "off", id]).await;
    run(&cli, 0, &["note", id, ""]).await;
    let cleared = shown(&cli, id).await;
    assert_eq!((&cleared["rating"], &cleared["favourite"]), (&json!(0), &json!(false)));
    for wrong in [vec!["rate", "6", id], vec!["rate", "x", id], vec!["favourite", "maybe", id]] {
        run(&cli, 2, &wrong).await;
    }
    run(&cli, 1, &["rate", "3", "01890000-0000-7000-8000-000000000000"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_have_an_order_and_can_be_reversed() {
    let fixture = CliFixture::new();
    let (cli, all) = library(&fixture).await;
    run(&cli, 0, &["rate", "5", &all[1]]).await;
    run(&cli, 0, &["rate", "2", &all[0]]).await;
    for (order, places) in
        [("added", [2, 1, 0]), ("name", [2, 1, 0]), ("size", [2, 1, 0]), ("rating", [1, 0, 2])]
    {
        let expected: Vec<String> = places.iter().map(|place| all[*place].clone()).collect();
        assert_eq!(ids(&cli, &["generated", "--order", order]).await, expected, "{order}");
        let mut backwards = ids(&cli, &["generated", "--order", order, "--reverse"]).await;
        backwards.reverse();
        assert_eq!(backwards, expected, "{order}, reversed");
    }
    let first =
        run(&cli, 0, &["list", "generated", "--order", "name", "--limit", "1", "--json"]).await.json();
    let cursor = text(&first["continue_cursor"]);
    let rest = ids(&cli, &["generated", "--order", "name", "--cursor", &cursor]).await;
    assert_eq!(rest, [all[1].clone(), all[0].clone()]);
    run(&cli, 2, &["list", "generated", "--order", "size", "--cursor", &cursor]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn collections_are_managed_by_name() {
    let fixture = CliFixture::new();
    let (cli, all) = library(&fixture).await;
    run(&cli, 0, &["collection", "create", "Best"]).await;
    run(&cli, 2, &["collection", "create", "Best"]).await;
    run(&cli, 0, &["collection", "add", "Best", &all[2], &all[0]]).await;
    run(&cli, 0, &["collection", "rename", "Best", "Forty"]).await;
    assert_eq!(ids(&cli, &["generated", "--collection", "Forty"]).await, [all[2].clone(), all[0].clone()]);
    let listed = run(&cli, 0, &["collection", "list", "--json"]).await.json();
    assert_eq!((&listed[0]["name"], &listed[0]["images"]), (&json!("Forty"), &json!(2)));
    run(&cli, 1, &["collection", "take", "Forty", &all[1]]).await;
    run(&cli, 0, &["collection", "take", "Forty", &all[2]]).await;
    assert_eq!(ids(&cli, &["generated", "--collection", "Forty"]).await, [all[0].clone()]);
    run(&cli, 0, &["collection", "delete", "Forty"]).await;
    run(&cli, 1, &["collection", "delete", "Forty"]).await;
    assert_eq!(ids(&cli, &["generated"]).await.len(), 3, "the images stay");
}
