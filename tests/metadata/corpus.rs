//! Real files whose fields were written down by other programs and by hand. They are beside the repository,
//! in `../shared`.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use vitrine_core::metadata::{self, GenerationData};

const REQUIRED_PERCENT: usize = 95;

/// Returns the folder of the corpus; `None` in a checkout of the project alone. The corpus is not ours to
/// commit.
pub(crate) fn folder() -> Option<PathBuf> {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    if !shared.is_dir() {
        return None;
    }
    let folder = shared.join("corpus");
    assert!(folder.is_dir(), "the corpus of real files is missing: it belongs at {}", folder.display());
    Some(folder)
}

/// The numbers of right answers and of all answers, for each tool and field.
#[derive(Default)]
struct Score {
    cells: BTreeMap<(String, String), (usize, usize)>,
    wrong: Vec<String>,
}

impl Score {
    fn count(&mut self, file: &str, tool: &str, field: &str, expected: &Value, found: &Value, right: bool) {
        let cell = self.cells.entry((tool.to_ascii_lowercase(), field.to_owned())).or_default();
        cell.0 += usize::from(right);
        cell.1 += 1;
        if !right {
            self.wrong.push(format!("{file}: {field} is {found}, expected {expected}"));
        }
    }

    fn total(&self) -> (usize, usize) {
        self.cells.values().fold((0, 0), |sum, cell| (sum.0 + cell.0, sum.1 + cell.1))
    }

    fn table(&self) -> String {
        let mut table = String::new();
        for ((tool, field), (right, all)) in &self.cells {
            writeln!(table, "{tool:16} {field:12} {right:3} of {all:3}").unwrap();
        }
        let (right, all) = self.total();
        writeln!(table, "all: {right} of {all}\n{}", self.wrong.join("\n")).unwrap();
        table
    }
}

#[test]
fn real_files_give_the_fields_that_are_known_of_them() {
    let Some(folder) = folder() else {
        println!("NOT COMPARED: the corpus of real files is not here");
        return;
    };
    let text = std::fs::read_to_string(folder.join("generated.expected.json")).unwrap();
    let expected: BTreeMap<String, Value> = serde_json::from_str(&text).unwrap();
    let mut score = Score::default();
    let mut talkative = Vec::new();
    for (name, expected) in &expected {
        let bytes = std::fs::read(folder.join("generated").join(name)).unwrap();
        let info = metadata::read(&bytes).info;
        match (expected["tool"].as_str(), info) {
            (None, None) => {}
            (None, Some(info)) => talkative.push(format!("{name}: {info:?}")),
            (Some(tool), info) => judge(name, tool, expected, info.as_ref(), &mut score),
        }
    }
    println!("{}", score.table());
    let (right, all) = score.total();
    assert!(talkative.is_empty(), "files without generation metadata must report nothing: {talkative:#?}");
    assert!(all > 400, "only {all} fields were compared");
    assert!(right * 100 >= all * REQUIRED_PERCENT, "{right} of {all} fields are right");
}

fn judge(file: &str, tool: &str, expected: &Value, info: Option<&GenerationData>, score: &mut Score) {
    let found = info.map(fields).unwrap_or_default();
    for (field, accepted) in expected.as_object().unwrap() {
        let answer = found.get(field).cloned().unwrap_or_default();
        let right = match field.as_str() {
            "tool" => same_tool(tool, answer.as_str().unwrap_or_default()),
            "must_not_be_prompt" => !list(accepted).iter().any(|text| contains(&found["prompt"], text)),
            "single_valued" | "n_samplers" => continue,
            "c2pa" => same_declaration(accepted, &answer),
            "hires" => accepted.as_object().unwrap().iter().all(|(key, value)| same(value, &answer[key])),
            "loras" => *accepted == answer,
            _ => {
                list(accepted).iter().any(|value| same(value, &answer))
                    || list(accepted).is_empty() && same(&Value::Null, &answer)
            }
        };
        score.count(file, tool, field, accepted, &answer, right);
    }
}

/// Returns the fields under the names that the expectations use.
fn fields(info: &GenerationData) -> BTreeMap<String, Value> {
    let params = info.params();
    let mut fields: BTreeMap<String, Value> = params.clone().into_iter().collect();
    fields.insert("prompt".into(), json!(info.prompt));
    fields.insert("negative".into(), json!(info.negative_prompt));
    fields.insert("model".into(), json!(info.model));
    fields.insert("seed".into(), json!(info.seed));
    let names: Vec<&str> = info.loras.iter().map(|lora| lora.name.as_str()).collect();
    fields.insert("loras".into(), json!(names));
    if let Some(hires) = &info.hires {
        let (scale, steps, denoise) = (hires.scale, hires.steps, hires.denoise);
        fields.insert(
            "hires".into(),
            json!({"scale": scale, "upscaler": hires.upscaler, "steps": steps, "denoise": denoise}),
        );
    }
    fields
}

fn list(accepted: &Value) -> Vec<Value> {
    accepted.as_array().cloned().unwrap_or_default()
}

/// Compares texts without surrounding space, and numbers by value. An empty text is the same as none. So is
/// `unknown`, which a saver writes for what it does not know. The program that recorded the expectations took
/// that word for a prompt.
fn same(expected: &Value, found: &Value) -> bool {
    let plain = |value: &Value| match value {
        Value::Null => String::new(),
        Value::String(text) if text == "unknown" => String::new(),
        Value::String(text) => text.trim().to_owned(),
        other => other.to_string(),
    };
    let (expected, found) = (plain(expected), plain(found));
    let number = |text: &str| text.parse::<f64>().ok();
    // Only short numbers are compared by value, so that no seed is compared as a float.
    let numbers = number(&expected).zip(number(&found)).filter(|_| expected.len() < 12 && found.len() < 12);
    expected == found || numbers.is_some_and(|(expected, found)| (expected - found).abs() < 1e-9)
}

fn contains(text: &Value, part: &Value) -> bool {
    text.as_str().unwrap_or_default().contains(part.as_str().unwrap().trim())
}

/// Some expectations only say that a text is of the AUTOMATIC1111 kind. Vitrine says which program of that
/// kind wrote it.
fn same_tool(expected: &str, found: &str) -> bool {
    let kind =
        ["automatic1111", "sd-webui", "forge", "forge-classic", "forge-neo", "reforge", "easy-reforge"];
    let expected = expected.to_ascii_lowercase();
    expected == found || matches!(expected.as_str(), "automatic1111" | "sd-webui") && kind.contains(&found)
}

fn same_declaration(expected: &Value, found: &Value) -> bool {
    let pairs = [
        ("vendor", "vendor"),
        ("aiGenerated", "ai_generated"),
        ("digitalSourceType", "digital_source_type"),
        ("claimGenerator", "claim_generator"),
    ];
    pairs.iter().all(|(theirs, ours)| expected[theirs] == found[ours])
}
