//! Texts as trees for display. Every number keeps all of its digits, which it would lose if a
//! browser parsed the JSON.

use crate::model::RawNode;
use serde_json::Value;

use super::budget::{Budget, never};
use super::json;
use super::text::{RawText, Text};

/// Returns each text under its name: as a tree if it is JSON, otherwise as plain text.
pub fn raw_trees(texts: &[RawText]) -> Vec<RawNode> {
    // These texts were read before, under a budget that could be cancelled.
    let budget = Budget::of(texts.iter().map(|text| text.bytes.len()).sum(), &never);
    let of = |text: &RawText| {
        let Text { key, text, .. } = text.decode();
        match json::parse(&text, &budget) {
            Some(value @ (Value::Object(_) | Value::Array(_))) => node(key.into_owned(), value),
            _ => leaf(key.into_owned(), text.into_owned()),
        }
    };
    texts.iter().map(of).collect()
}

fn leaf(name: String, value: String) -> RawNode {
    RawNode { name, value: Some(value), parts: Vec::new() }
}

fn node(name: String, value: Value) -> RawNode {
    let parts: Vec<RawNode> = match value {
        Value::Object(map) => map.into_iter().map(|(name, value)| node(name, value)).collect(),
        Value::Array(list) => {
            list.into_iter().enumerate().map(|(index, value)| node(index.to_string(), value)).collect()
        }
        Value::String(text) => return leaf(name, text),
        other => return leaf(name, other.to_string()),
    };
    RawNode { name, value: None, parts }
}

#[cfg(test)]
mod tests {
    use super::super::text::Source;
    use super::*;

    #[test]
    fn a_tree_keeps_every_digit_and_text_that_is_not_json_is_one_leaf() {
        let text = |key: &str, text: &str| RawText::new(Source::PngText, key, text);
        let trees = raw_trees(&[
            text("prompt", r#"{"3": {"seed": 18446744073709551615, "cfg": NaN, "list": ["a", true]}}"#),
            text("parameters", "a fox\nSteps: 3"),
            text("number", "7"),
        ]);
        let sampler = &trees[0].parts[0];
        assert_eq!((trees[0].name.as_str(), sampler.name.as_str()), ("prompt", "3"));
        let seed = sampler.parts.iter().find(|part| part.name == "seed").unwrap();
        assert_eq!(seed.value.as_deref(), Some("18446744073709551615"));
        let list = sampler.parts.iter().find(|part| part.name == "list").unwrap();
        assert_eq!((list.value.as_deref(), list.parts[1].value.as_deref()), (None, Some("true")));
        assert_eq!(trees[1].value.as_deref(), Some("a fox\nSteps: 3"));
        assert_eq!(trees[2].value.as_deref(), Some("7"));
    }
}
