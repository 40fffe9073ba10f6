//! `vitrine similar` and the searches by looks, as scripts use them.

use crate::fixture::{CliFixture, ids, import, run};
use serde_json::json;
use vitrine_tests::scenes::{Change, png, scene, with_text};

#[tokio::test(flavor = "multi_thread")]
async fn similar_prints_the_most_similar_images_with_their_distances() {
    let fixture = CliFixture::new();
    let cli = fixture.unconfigured();
    let drawn = scene(1, 1);
    let original = with_text(&png(&drawn), "a lighthouse\nSteps: 30, Seed: 7");
    let mut all = Vec::new();
    for (name, bytes) in [
        ("original.png", original),
        ("copy.webp", Change::WebP.of(&drawn).0),
        ("cropped.png", Change::Cropped.of(&drawn).0),
        ("other.png", png(&scene(1, 2))),
    ] {
        all.extend(import(&cli, &[&fixture.file(&bytes, name)], &[]).await);
    }
    let page = run(&cli, 0, &["similar", &all[0], "--json"]).await.json();
    let rows = page["page"].as_array().unwrap();
    let found: Vec<_> = rows.iter().map(|row| row["id"].as_str().unwrap()).collect();
    assert_eq!(found, [&all[1], &all[2]]);
    assert_eq!((&rows[0]["distance"], &rows[0]["filename"]), (&json!(0), &json!("copy.webp")));
    assert!(rows[1]["distance"].as_u64().unwrap() > 0);
    assert_eq!((&page["is_done"], &page["continue_cursor"]), (&json!(true), &json!(null)));

    let one = run(&cli, 0, &["similar", &all[0], "--limit", "1", "--json"]).await.json();
    assert_eq!((one["page"].as_array().unwrap().len(), &one["is_done"]), (1, &json!(false)));
    let two = run(&cli, 0, &["similar", &all[0], "--limit", "2", "--json"]).await.json();
    assert_eq!((two["page"].as_array().unwrap().len(), &two["is_done"]), (2, &json!(true)));
    let listed = ids(&cli, &["generated", "--search", &format!("similar:{}", all[0])]).await;
    assert_eq!(listed, all[..3]);
    assert!(run(&cli, 0, &["similar", &all[0]]).await.stdout.contains("copy.webp"));

    run(&cli, 2, &["similar", "fox"]).await;
    run(&cli, 2, &["similar", &all[0], "--limit", "0"]).await;
    run(&cli, 2, &["list", "generated", "--search", "similar:fox"]).await;
    run(&cli, 1, &["similar", "01890000-0000-7000-8000-000000000000"]).await;
}
