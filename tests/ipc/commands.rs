//! Commands and their answers, and what must never cross to the window.

use crate::fixture::WindowFixture;
use serde_json::{Value, json};
use vitrine_tests::pictures::a_png;
use vitrine_tests::rows::set_every_url;

const KEY: &str = "0a1b2c3d4e5f60718293a4b5c6d7e8f9";
const SECRET: &str = "f0e1d2c3b4a5968778695a4b3c2d1e0ff0e1d2c3b4a5968778695a4b3c2d1e0f";
const UNKNOWN: &str = "01900000-0000-7000-8000-000000000000";

fn list(window: &WindowFixture, view: &str) -> Vec<Value> {
    let page = json!({"limit": 100, "cursor": null});
    let asked = json!({"view": {"view": view}, "order": {"by": "made"}, "page": page});
    let tiles = window.invoke("list_images", asked).unwrap();
    assert_eq!(tiles["is_done"], true);
    tiles["page"].as_array().unwrap().clone()
}

#[test]
fn a_pasted_picture_can_be_listed_shown_and_made_public() {
    let window = WindowFixture::open();
    let state = window.invoke("bootstrap", json!({})).unwrap();
    assert_eq!((&state["profile"]["id"], &state["counts"]["history"]), (&json!("artist"), &json!(0)));
    assert_eq!(state["bucket"]["configured"], false);

    let id = window.paste(&a_png(40, 30), "generated");

    let tiles = list(&window, "history");
    assert_eq!(
        (&tiles[0]["id"], &tiles[0]["width"], &tiles[0]["height"]),
        (&json!(id), &json!(40), &json!(30))
    );
    assert_eq!((&tiles[0]["visibility"], &tiles[0]["upload"]), (&json!("unlisted"), &json!("local")));
    assert!(list(&window, "feed").is_empty());
    let report = window.invoke("set_visibility", json!({"ids": [id], "visibility": "public"})).unwrap();
    assert_eq!(report, json!({"done": [id], "failed": []}));
    assert_eq!(list(&window, "feed").len(), 1);

    let seed =
        json!({"prompt": "a fox", "negative_prompt": null, "model": null, "seed": "18446744073709551615"});
    let detail = window.invoke("edit_image", json!({"id": id, "edit": seed})).unwrap();
    assert_eq!((&detail["prompt"], &detail["seed"]), (&json!("a fox"), &json!("18446744073709551615")));
    window.invoke("remove_images", json!({"ids": [id], "permanently": false})).unwrap();
    assert_eq!((list(&window, "history").len(), list(&window, "trash").len()), (0, 1));
    window.invoke("restore_images", json!({"ids": [id]})).unwrap();
    assert_eq!(window.invoke("counts", json!({})).unwrap()["history"], 1);
}

#[test]
fn a_selection_is_summarised_for_the_window() {
    let window = WindowFixture::open();
    let ids = [window.paste(&a_png(40, 30), "generated"), window.paste(&a_png(20, 20), "reference")];
    let found = window.invoke("selection_summary", json!({"ids": ids})).unwrap();
    assert_eq!(
        (&found["images"], &found["references"], &found["unlisted"]),
        (&json!(2), &json!(1), &json!(1))
    );
    assert_eq!(found["formats"]["most"], json!([{"name": "image/png", "images": 2}]));
    let none: [String; 0] = [];
    assert_eq!(window.invoke("selection_summary", json!({"ids": none})).unwrap()["images"], 0);
}

#[test]
fn the_window_opens_only_web_addresses() {
    let window = WindowFixture::open();
    let id = window.paste(&a_png(40, 30), "generated");
    let none = window.invoke("open_link", json!({"id": id})).unwrap_err();
    assert_eq!(none["code"], "NotFound", "there is no bucket yet");
    for bad in ["file:///etc/passwd", "javascript:alert(1)", "--help", "/etc/passwd", "https:", ""] {
        set_every_url(&window.folder().join("library"), bad);
        let refused = window.invoke("open_link", json!({"id": id})).unwrap_err();
        assert_eq!(refused["code"], "InvalidInput", "{bad}");
    }
}

#[test]
fn a_failure_reaches_the_window_as_a_code_and_plain_words() {
    let window = WindowFixture::open();
    let missing = window.invoke("get_image", json!({"id": UNKNOWN})).unwrap_err();
    assert_eq!(missing["code"], "NotFound");
    assert_eq!(missing.as_object().unwrap().len(), 2);
    assert!(missing["message"].as_str().unwrap().ends_with('.'));
    let report = window.invoke("remove_images", json!({"ids": [UNKNOWN], "permanently": true})).unwrap();
    assert_eq!(report["failed"][0]["error"]["code"], "NotFound");
    let refused = window.invoke("create_gallery", json!({"name": ""})).unwrap_err();
    assert_eq!(refused["code"], "InvalidInput");
    let target = json!({"kind": "generated", "gallery": null});
    let stale = window.invoke("import_dropped", json!({"token": 7, "target": target})).unwrap_err();
    assert_eq!(stale["code"], "NotFound");
    let page = json!({"limit": 5, "cursor": "garbage"});
    let asked = json!({"view": {"view": "feed"}, "order": {"by": "made"}, "page": page});
    let garbage = window.invoke("list_images", asked).unwrap_err();
    assert_eq!(garbage["code"], "InvalidInput");
    // A malformed id does not reach the library.
    assert!(window.invoke("get_image", json!({"id": "../../etc/passwd"})).is_err());
}

#[test]
fn files_that_vitrine_was_opened_with_are_imported_or_declined_once() {
    let window = WindowFixture::open();
    let folder = window.folder().join("a private folder");
    std::fs::create_dir(&folder).unwrap();
    let fox = a_png(40, 30).write_to(&folder, "fox.png");
    let target = json!({"target": {"kind": "generated", "gallery": null, "collection": null}});
    assert_eq!(window.invoke("offered_files", json!({})).unwrap(), json!(null));

    window.offer(vec![fox, folder.join("missing.png")]);
    assert_eq!(window.invoke("offered_files", json!({})).unwrap(), json!({"files": 2, "first": "fox.png"}));
    assert!(list(&window, "history").is_empty(), "an offer imports nothing");
    let summary = window.invoke("import_offered", target.clone()).unwrap();
    assert_eq!((&summary["imported"], &summary["rejected"]), (&json!(1), &json!(1)));
    assert_eq!(list(&window, "history").len(), 1);
    assert_eq!(window.invoke("offered_files", json!({})).unwrap(), json!(null));

    window.offer(vec![a_png(20, 20).write_to(&folder, "owl.png")]);
    window.invoke("decline_offered", json!({})).unwrap();
    assert_eq!(window.invoke("offered_files", json!({})).unwrap(), json!(null));
    assert_eq!(window.invoke("import_offered", target).unwrap()["imported"], 0);
    assert!(!window.answers().contains("a private folder"));
}

#[test]
fn neither_credentials_nor_paths_ever_reach_the_window() {
    let window = WindowFixture::open();
    let id = window.paste(&a_png(40, 30), "generated");
    window.paste(&a_png(40, 30), "reference");
    let form = |endpoint: &str| {
        json!({"form": {
            "account_id": "", "endpoint": endpoint, "jurisdiction": "default", "bucket": "art",
            "public_url": "https://art.example.com",
            "credentials": {"access_key_id": KEY, "secret_access_key": SECRET},
        }})
    };
    let settings = window.invoke("connect_bucket", form("http://127.0.0.1:1")).unwrap();
    assert_eq!((&settings["has_credentials"], &settings["bucket"]), (&json!(true), &json!("art")));
    let mistaken = window.invoke("connect_bucket", form(&format!("https://{KEY}:{SECRET}@127.0.0.1")));
    assert_eq!(mistaken.unwrap_err()["code"], "InvalidInput");
    for command in
        ["bootstrap", "bucket_settings", "bucket_status", "check_bucket", "transfer_summary", "counts"]
    {
        window.invoke(command, json!({})).unwrap();
    }
    window.invoke("list_transfers", json!({"limit": 100})).unwrap();
    let detail = window.invoke("get_image", json!({"id": id})).unwrap();
    assert!(detail["url"].as_str().unwrap().starts_with("https://art.example.com/generated/artist/"));
    window.invoke("get_links", json!({"ids": [id]})).unwrap();
    list(&window, "history");
    window.invoke("disconnect_bucket", json!({})).unwrap();

    let answers = window.answers();
    assert!(!answers.contains(KEY) && !answers.contains(SECRET), "a credential crossed");
    let folder = window.folder();
    assert!(!answers.contains(folder.to_str().unwrap()), "a path crossed");
}

#[test]
fn a_damaged_library_is_reported_and_open_after_its_recovery() {
    let window = WindowFixture::open_damaged();
    let damaged = window.invoke("bootstrap", json!({})).unwrap_err();
    assert_eq!(damaged["code"], "CatalogDamaged");
    assert_eq!(window.invoke("recovery_offer", json!({})).unwrap(), json!({"backup_of": null}));
    let refused = window.invoke("recover_library", json!({"from": "backup"})).unwrap_err();
    assert_eq!(refused["code"], "NotFound");
    let recovery = window.invoke("recover_library", json!({"from": "nothing"})).unwrap();
    assert_eq!(recovery["outcome"], "started_empty");
    assert!(recovery["set_aside"].as_str().unwrap().starts_with("catalog.damaged-"), "{recovery}");
    window.paste(&a_png(40, 30), "generated");
    // Nothing is damaged any more, so nothing is replaced, and the library opens again.
    let again = window.invoke("recover_library", json!({"from": "nothing"})).unwrap();
    assert_eq!(again["outcome"], "healthy");
    assert_eq!(list(&window, "history").len(), 1);
    assert!(!window.answers().contains(window.folder().to_str().unwrap()), "a path crossed");
}
