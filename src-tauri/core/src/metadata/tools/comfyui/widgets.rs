//! The values of drawn nodes, which are listed by position. Their names come from the vocabulary if it knows
//! the node, otherwise from the node's own list of inputs.

use serde_json::{Map, Value};

use super::graph::link;
use super::rule;
use super::vocabulary::{class, drawn_inputs, input};

/// The maximum number of inputs of one node.
pub(super) const MAX_INPUTS: usize = 500;

/// Returns the values of a node by name.
pub(super) fn widgets(node: &Value, class_name: &str) -> Map<String, Value> {
    match node.get("widgets_values") {
        Some(Value::Object(values)) => values
            .iter()
            .filter(|(_, value)| link(value).is_none())
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect(),
        Some(Value::Array(values)) if rule::fits(class::DRAWS_LORA_ROWS, class_name) => rows(values),
        Some(Value::Array(values)) => by_place(values, &names(node, class_name)),
        _ => Map::new(),
    }
}

/// Returns the rows of a stack of `LoRAs`, an object each, among the values of its buttons.
fn rows(values: &[Value]) -> Map<String, Value> {
    let is_row = |value: &&Value| input::ROW_FILE.iter().any(|key| value.get(key).is_some());
    let rows = (1..).zip(values.iter().filter(is_row).take(MAX_INPUTS));
    rows.map(|(number, row)| (format!("{}{number}", input::DRAWN_ROW_PREFIX), row.clone())).collect()
}

/// Gives the values their names. The value after a seed says how the seed changes, and has no name.
fn by_place(values: &[Value], names: &[String]) -> Map<String, Value> {
    let mut fields = Map::new();
    let mut values = values.iter().peekable();
    for name in names {
        let Some(value) = values.next() else { break };
        // A value that looks like a link would be mistaken for one.
        if link(value).is_none() {
            fields.insert(name.clone(), value.clone());
        }
        // A button in that position leaves `null`.
        let after_seed = |next: &&Value| {
            next.is_null() || matches!(next.as_str(), Some("fixed" | "increment" | "decrement" | "randomize"))
        };
        if input::SEED.contains(&name.as_str()) {
            values.next_if(after_seed);
        }
    }
    fields
}

fn names(node: &Value, class_name: &str) -> Vec<String> {
    let known = drawn_inputs(class_name);
    if !known.is_empty() {
        return known.iter().map(|name| (*name).to_owned()).collect();
    }
    let list = node.get("inputs").and_then(Value::as_array);
    let widget = |input: &Value| input.pointer("/widget/name").and_then(Value::as_str).map(str::to_owned);
    list.into_iter().flatten().filter_map(widget).collect()
}
