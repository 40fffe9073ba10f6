//! Pictures that earlier versions read wrong, from `../shared/cases`, which is not ours to commit. Each is
//! imported unchanged, and read again from its saved texts. If the cases are missing, nothing is compared.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use serde_json::{Map, Value, json};
use tokio_util::sync::CancellationToken;
use vitrine_core::Library;
use vitrine_core::model::{GeneratedImage, PageRequest};

use vitrine_tests::fixture::{LibraryFixture, generated, import};
use vitrine_tests::rows;

fn folder() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/cases/metadata");
    folder.is_dir().then_some(folder)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cases_have_their_expected_fields_on_import_and_reading_again() {
    let Some(folder) = folder() else {
        println!("NOT COMPARED: the cases are not here");
        return;
    };
    let cases: Vec<Value> =
        serde_json::from_str(&std::fs::read_to_string(folder.join("expected.json")).unwrap()).unwrap();
    let (mut table, mut wrong) = (String::new(), 0);
    for case in &cases {
        let fixture = LibraryFixture::new();
        let library = fixture.open().await;
        let summary = import(&library, vec![folder.join(text(&case["file"]))], generated()).await;
        assert_eq!(summary.imported, 1, "{}: {summary:?}", case["id"]);
        let imported = image(&library).await;
        forget_what_was_read(&fixture);
        library.reparse(CancellationToken::new(), |_| ()).await.unwrap();
        let again = image(&library).await;
        assert_eq!(meaning(&imported), meaning(&again), "{}", case["id"]);
        let differences = differences(case["expected"].as_object().unwrap(), &again);
        wrong += usize::from(!differences.is_empty());
        let verdict = if differences.is_empty() { "right" } else { "WRONG" };
        writeln!(table, "{verdict} {} {}", text(&case["id"]), differences.join("; ")).unwrap();
    }
    println!("{table}{} of {}", cases.len() - wrong, cases.len());
    assert_eq!(wrong, 0, "{table}");
    assert!(cases.len() >= 20);
}

async fn image(library: &Library) -> GeneratedImage {
    library.get_my_images(&PageRequest::first(1)).await.unwrap().page.remove(0)
}

fn meaning(image: &GeneratedImage) -> Value {
    json!([
        image.prompt,
        image.negative_prompt,
        image.model,
        image.seed,
        image.generation_params,
        image.notices
    ])
}

/// Changes the catalog to the state that an older version would have left.
fn forget_what_was_read(fixture: &LibraryFixture) {
    let catalog = Connection::open(fixture.folder().join("catalog.db")).unwrap();
    rows::add_functions(&catalog);
    catalog.execute("UPDATE generation_sources SET reader = 0", []).unwrap();
    let change = "UPDATE generated_images SET prompt = 'old', negative_prompt = 'old', model = 'old', seed = NULL, tool = NULL";
    assert_eq!(catalog.execute(change, []).unwrap(), 1);
    catalog.execute("DELETE FROM generation_params", []).unwrap();
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn differences(expected: &Map<String, Value>, image: &GeneratedImage) -> Vec<String> {
    let params = &image.generation_params;
    let or_none = |text: &str, none: &str| if text == none { Value::Null } else { json!(text) };
    let found = |field: &str| match field {
        "prompt" => or_none(&image.prompt, ""),
        "negative" => json!(image.negative_prompt),
        "model" => or_none(&image.model, "unknown"),
        "seed" => json!(image.seed),
        "params_has" => json!(params.values().map(Value::to_string).collect::<String>()),
        "silent" => json!(params.is_empty() && image.prompt.is_empty()),
        field => params.get(field).cloned().unwrap_or_default(),
    };
    let differ = |(field, expected): (&String, &Value)| {
        let found = found(field);
        let right = match field.as_str() {
            "loras" => same_loras(expected, &found),
            "params_has" => found.as_str().unwrap().contains(text(expected)),
            _ => same(expected, &found),
        };
        (!right).then(|| format!("{field} is {found}, expected {expected}"))
    };
    expected.iter().filter_map(differ).collect()
}

fn same(expected: &Value, found: &Value) -> bool {
    let contains = |part: &Value| found.as_str().is_some_and(|found| found.contains(text(part)));
    match expected.as_array().map(Vec::as_slice) {
        Some([how, part]) if how == "has" => contains(part),
        Some([how, part]) if how == "hasnot" => !contains(part),
        Some([how, length]) if how == "len" => {
            found.as_array().map(Vec::len) == length.as_u64().map(|length| usize::try_from(length).unwrap())
        }
        _ => expected == found || expected.as_f64().is_some_and(|number| found.as_f64() == Some(number)),
    }
}

fn same_loras(expected: &Value, found: &Value) -> bool {
    let found: Vec<(Value, Value)> = found
        .as_array()
        .into_iter()
        .flatten()
        .map(|lora| (lora["name"].clone(), lora.get("weight").cloned().unwrap_or_default()))
        .collect();
    let of = |expected: &Value| -> Vec<(Value, Value)> {
        expected.as_array().unwrap().iter().map(|pair| (pair[0].clone(), pair[1].clone())).collect()
    };
    let sorted = |mut pairs: Vec<(Value, Value)>| {
        pairs.sort_by_key(|(name, _)| name.to_string());
        pairs
    };
    match (text(&expected[0]), &expected[1]) {
        ("names", names) => json!(found.into_iter().map(|(name, _)| name).collect::<Vec<_>>()) == *names,
        ("pairs", pairs) => found == of(pairs),
        ("pairs_any", pairs) => sorted(found) == sorted(of(pairs)),
        (how, _) => panic!("nobody knows how to compare {how}"),
    }
}
