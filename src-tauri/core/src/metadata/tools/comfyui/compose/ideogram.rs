//! The prompt that a node makes for Ideogram 4. The node's inputs have the names of the keys in that prompt,
//! so they are named here and not in the vocabulary.

use serde_json::{Value, json};

use super::{Composed, Composer};
use crate::metadata::json::{self, Lenient};

/// Composes a prompt of Ideogram 4, which is JSON with these keys in this
/// order.
pub(in super::super) fn caption(composer: &Composer, node: usize, depth: usize) -> Composed {
    let graph = composer.graph;
    let told = |key: &str| composer.input(node, &[key], depth).unwrap_or_else(|| Composed::sure(""));
    let list = |key: &str| match graph.input(node, key).and_then(Value::as_str) {
        Some(text) if graph.spend(text.len().saturating_mul(4)) => match json::parse(text, graph.budget()) {
            Some(Value::Array(list)) => list,
            _ => Vec::new(),
        },
        _ => Vec::new(),
    };
    let boxes = list("elements_data");
    let imported = told("import_json");
    let always = graph.input(node, "import_mode").is_some_and(|mode| mode == "always");
    if !imported.text.trim().is_empty() && (always || boxes.is_empty()) {
        return imported;
    }
    let mut caption = json!({});
    let (overview, background) = (told("high_level_description"), told("background"));
    if !overview.text.trim().is_empty() {
        caption["high_level_description"] = json!(overview.text);
    }
    let style = told("style").text;
    if matches!(style.as_str(), "photo" | "art_style") {
        let mut described = json!({"aesthetics": told("aesthetics").text, "lighting": told("lighting").text});
        let keys = if style == "photo" { ["photo", "medium"] } else { ["medium", "art_style"] };
        for key in keys {
            described[key] =
                json!(if key == style { told(&format!("style.{key}")).text } else { told(key).text });
        }
        if let Some(colours) = palette(&Value::Array(list("style_palette_data"))) {
            described["color_palette"] = colours;
        }
        caption["style_description"] = described;
    }
    let elements: Vec<Value> =
        boxes.iter().take(1000).filter(|region| region.is_object()).map(element).collect();
    caption["compositional_deconstruction"] = json!({"background": background.text, "elements": elements});
    Composed { text: caption.to_string(), is_sure: overview.is_sure && background.is_sure }
}

fn palette(colours: &Value) -> Option<Value> {
    let colours = colours.as_array()?.iter().filter_map(Value::as_str).filter(|colour| !colour.is_empty());
    let colours: Vec<String> = colours.take(100).map(str::to_uppercase).collect();
    (!colours.is_empty()).then(|| json!(colours))
}

/// Writes one region. Its place, if it has one, is in thousandths from the top
/// left corner.
fn element(region: &Value) -> Value {
    let word = |key: &str| region.get(key).and_then(Value::as_str).unwrap_or_default();
    let is_text = word("type") == "text";
    let mut element = json!({"type": if is_text { "text" } else { "obj" }});
    if region.get("nobbox").is_none_or(|nobbox| nobbox == false) {
        let side = |key: &str| region.get(key).and_then(Value::as_f64).unwrap_or_default();
        let place =
            |at: f64| json!((at * 1000.0).round_ties_even().clamp(0.0, 1000.0)).whole().unwrap_or_default();
        let (x, y, right, bottom) = (side("x"), side("y"), side("x") + side("w"), side("y") + side("h"));
        let (x, y, right, bottom) = (place(x), place(y), place(right), place(bottom));
        element["bbox"] = json!([y.min(bottom), x.min(right), y.max(bottom), x.max(right)]);
    }
    if is_text {
        element["text"] = json!(word("text"));
    }
    element["desc"] = json!(word("desc"));
    if let Some(colours) = region.get("palette").and_then(palette) {
        element["color_palette"] = colours;
    }
    element
}
