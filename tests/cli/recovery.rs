//! A damaged catalog, as a script experiences it.

use crate::fixture::{CliFixture, ids, import, run, text};
use serde_json::json;
use vitrine_tests::pictures::a_png;
use vitrine_tests::rows::damage_a_row;

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_catalog_is_explained_and_recovered_from_the_first_backup() {
    let fixture = CliFixture::new();
    let cli = fixture.unconfigured();
    import(&cli, &[&fixture.picture(&a_png(16, 16), "a.png")], &[]).await;
    import(&cli, &[&fixture.picture(&a_png(16, 16).seed(2), "b.png")], &[]).await;
    let sound = run(&cli, 0, &["recover", "--json"]).await.json();
    assert_eq!(sound["outcome"], "healthy");
    let catalog = fixture.library().join("catalog.db");
    std::fs::write(&catalog, b"not a catalog any more").unwrap();

    let refused = run(&cli, 3, &["stats"]).await;
    assert!(refused.stderr.contains("CatalogDamaged"), "{refused}");
    assert!(refused.stderr.contains("vitrine recover --from-backup"), "{refused}");
    let recovered = run(&cli, 0, &["recover", "--from-backup", "--json"]).await.json();

    assert_eq!(
        (&recovered["outcome"], &recovered["found_again"], &recovered["left_alone"]),
        (&json!("restored"), &json!(1), &json!(0))
    );
    let aside = fixture.library().join(text(&recovered["set_aside"]));
    assert_eq!(std::fs::read(aside).unwrap(), b"not a catalog any more");
    assert_eq!(ids(&cli, &["generated"]).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn recover_without_the_flag_makes_a_new_catalog_of_the_originals() {
    let fixture = CliFixture::new();
    let cli = fixture.unconfigured();
    import(&cli, &[&fixture.picture(&a_png(16, 16), "a.png")], &["--visibility", "public"]).await;
    std::fs::remove_file(fixture.library().join("catalog.db")).unwrap();
    run(&cli, 3, &["list", "generated"]).await;
    let said = run(&cli, 0, &["recover"]).await;
    assert!(
        said.stdout.contains("Started with an empty catalog") && said.stdout.contains("1 pictures"),
        "{said}"
    );
    assert_eq!(ids(&cli, &["generated"]).await.len(), 1);
    assert!(ids(&cli, &["feed"]).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_row_is_left_out_of_lists_named_and_repaired() {
    let fixture = CliFixture::new();
    let cli = fixture.unconfigured();
    let pictures: Vec<String> =
        (0..3).map(|seed| fixture.picture(&a_png(16, 16).seed(seed), &format!("{seed}.png"))).collect();
    let pictures: Vec<&str> = pictures.iter().map(String::as_str).collect();
    let known = import(&cli, &pictures, &[]).await;
    damage_a_row(&fixture.library(), &known[1]);

    let listed = run(&cli, 1, &["list", "generated", "--json"]).await;

    let page = listed.json();
    assert_eq!(page["page"].as_array().unwrap().len(), 2);
    assert_eq!(page["damaged"], json!(["1.png"]));
    assert!(listed.stderr.contains("The catalog entry of 1.png is damaged"), "{listed}");
    run(&cli, 3, &["show", &known[1]]).await;
    run(&cli, 0, &["verify", "--repair"]).await;
    assert_eq!(ids(&cli, &["generated"]).await.len(), 3);
}
