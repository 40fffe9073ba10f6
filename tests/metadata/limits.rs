//! If a limit leaves something out, the reading says that there is more.

use std::fmt::Write;

use serde_json::{Value, json};
use vitrine_core::metadata::{self, Reading};

use super::corpus;
use super::files::*;

const PARAMETERS: &str = "a fox\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 5, Size: 512x768";

/// Reads a file, and reads its saved texts again.
fn read(file: &[u8]) -> Reading {
    let reading = metadata::read(file);
    let kept = serde_json::to_string(&reading.texts).unwrap();
    let again = metadata::interpret(&serde_json::from_str(&kept).unwrap());
    assert_eq!((again.in_part, again.info), (reading.in_part, reading.info.clone()), "it is no less later");
    reading
}

/// Returns a graph with a sampler, and with nodes to which nothing is linked.
fn graph_of(nodes: usize) -> Value {
    let mut graph = json!({
        "s": {"class_type": "KSampler", "inputs": {"seed": 5, "steps": 20, "cfg": 7.0, "sampler_name": "euler", "scheduler": "normal", "model": ["m", 0], "positive": ["t", 0]}},
        "t": {"class_type": "CLIPTextEncode", "inputs": {"text": "a fox"}},
        "o": {"class_type": "SaveImage", "inputs": {"images": ["s", 0]}},
    });
    for id in 3..nodes {
        graph[id.to_string()] =
            json!({"class_type": "Note", "inputs": {"text": "what somebody wanted to remember, ".repeat(8)}});
    }
    graph
}

fn png_json(key: &str, value: &Value) -> Vec<u8> {
    a_png().compressed_text(key, value.to_string().as_bytes()).end()
}

#[test]
fn file_with_too_many_texts_is_reported_as_read_in_part() {
    let with = |count: usize| {
        let file = a_png().text("parameters", PARAMETERS.as_bytes());
        (1..count).fold(file, |file, number| file.text(&format!("note {number}"), b"text")).end()
    };
    let (all, part) = (read(&with(256)), read(&with(257)));
    assert_eq!((all.in_part, part.in_part), (false, true));
    assert_eq!((all.texts.list.len(), part.texts.list.len()), (256, 256));
    assert_eq!(part.info.unwrap().seed.as_deref(), Some("5"));
}

#[test]
fn text_that_is_too_long_is_skipped_and_reported() {
    let file = a_png()
        .text("parameters", PARAMETERS.as_bytes())
        .compressed_text("workflow", &vec![b' '; 9 << 20])
        .end();
    let reading = read(&file);
    assert!(reading.in_part);
    assert_eq!((reading.texts.list.len(), reading.info.unwrap().seed.as_deref()), (1, Some("5")));
    let alone = read(&a_png().compressed_text("workflow", &vec![b'x'; 9 << 20]).end());
    assert_eq!((alone.in_part, alone.info), (true, None));
}

#[test]
fn graph_that_is_too_large_is_reported_as_read_in_part() {
    let (all, part) =
        (read(&png_json("prompt", &graph_of(5_000))), read(&png_json("prompt", &graph_of(20_001))));
    assert_eq!((all.in_part, part.in_part), (false, true));
    assert_eq!(part.info.unwrap().prompt.as_deref(), Some("a fox"));
    let values = json!({"prompt": graph_of(3), "extra": vec![0; 250_000]});
    assert!(read(&png_json("prompt", &values)).in_part);
    let deep = format!("{{\"a\": {}1{}}}", "[".repeat(5000), "]".repeat(5000));
    assert!(read(&a_png().text("prompt", deep.as_bytes()).end()).in_part);
}

/// A sampler whose prompt is behind that many nodes.
fn chain_of(length: usize, node: impl Fn(Value, usize) -> Value, ends: [Value; 2]) -> Value {
    let mut graph = graph_of(0);
    let [first, last] = ends;
    graph["c0"] = first;
    for at in 1..=length {
        graph[format!("c{at}")] = node(json!([format!("c{}", at - 1), 0]), at);
    }
    let mut last = last;
    for value in last["inputs"].as_object_mut().unwrap().values_mut() {
        if value == "chain" {
            *value = json!([format!("c{length}"), 0]);
        }
    }
    graph["t"] = last;
    graph
}

#[test]
fn chain_that_is_too_deep_is_reported_as_read_in_part() {
    let text = json!({"class_type": "PrimitiveString", "inputs": {"value": "a fox"}});
    let encoder = json!({"class_type": "CLIPTextEncode", "inputs": {"text": "chain"}});
    let joined = |link: Value, at: usize| {
        json!({"class_type": "StringConcatenate",
            "inputs": {"string_a": link, "string_b": format!("w{at}"), "delimiter": ", "}})
    };
    let routed = |link: Value, _| json!({"class_type": "Reroute", "inputs": {"": link}});
    for (deep, too_deep) in [(40, 90), (90, 400)] {
        let of =
            |length| read(&png_json("prompt", &chain_of(length, joined, [text.clone(), encoder.clone()])));
        let reading = of(deep);
        assert!(!reading.in_part, "{deep} texts");
        assert!(reading.info.unwrap().prompt.unwrap().starts_with("a fox, w1"), "{deep} texts");
        assert_eq!(of(too_deep).in_part, too_deep == 400, "{too_deep} texts");
        let of =
            |length| read(&png_json("prompt", &chain_of(length, routed, [text.clone(), encoder.clone()])));
        assert_eq!(of(deep).info.unwrap().prompt.as_deref(), Some("a fox"), "{deep} reroutes");
        assert_eq!(of(too_deep).in_part, too_deep == 400, "{too_deep} reroutes");
    }
    let first = json!({"class_type": "CLIPTextEncode", "inputs": {"text": "a fox"}});
    let guidance = |link: Value, _| json!({"class_type": "ConditioningSetTimestepRange", "inputs": {"conditioning": link, "start": 0.0, "end": 1.0}});
    let last = json!({"class_type": "ConditioningSetTimestepRange", "inputs": {"conditioning": "chain"}});
    let of = |length| read(&png_json("prompt", &chain_of(length, guidance, [first.clone(), last.clone()])));
    assert_eq!(of(150).info.unwrap().prompt.as_deref(), Some("a fox"));
    assert!(of(300).in_part, "300 conditionings");
}

#[test]
fn field_that_is_too_long_is_cut_and_reported() {
    let prompt = "a fox, ".repeat(160_000);
    let text = PARAMETERS.replace("a fox", &prompt);
    let reading = read(&a_png().compressed_text("parameters", text.as_bytes()).end());
    assert!(reading.in_part);
    assert_eq!(reading.info.unwrap().prompt.map(|prompt| prompt.len() <= 1 << 20), Some(true));
}

#[test]
fn too_many_settings_are_reported_as_read_in_part() {
    let mut text = PARAMETERS.to_owned();
    for number in 0..3000 {
        write!(text, ", Extra {number}: 1").unwrap();
    }
    assert!(read(&a_png().text("parameters", text.as_bytes()).end()).in_part);
}

#[test]
fn real_and_ordinary_files_are_read_completely() {
    assert!(!read(&a_png().text("parameters", PARAMETERS.as_bytes()).end()).in_part);
    assert!(!read(&png_json("prompt", &graph_of(1000))).in_part);
    assert!(!read(b"no picture").in_part);
    let Some(folder) = corpus::folder() else { return };
    for file in std::fs::read_dir(folder.join("generated")).unwrap() {
        let path = file.unwrap().path();
        assert!(!read(&std::fs::read(&path).unwrap()).in_part, "{}", path.display());
    }
}
