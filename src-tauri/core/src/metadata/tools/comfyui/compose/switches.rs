//! Nodes that let one of their inputs through, and which one, if the value that decides it is stored.

use serde_json::Value;

use crate::metadata::json::Lenient;
use crate::metadata::limits::MAX_PATH;
use crate::metadata::tools::comfyui::graph::{Graph, Side, copied, link};
use crate::metadata::tools::comfyui::rule::Names;
use crate::metadata::tools::comfyui::vocabulary::{class, input};

/// The maximum number of switches that decide about other switches.
const MAX_SWITCHES: usize = 8;

/// Returns the input that a switch lets through. `None` if the node is not a switch, or if its decision
/// depends on too many others, perhaps on itself.
pub(in super::super) fn chosen<'g>(graph: &'g Graph, node: usize) -> Option<&'g Value> {
    guarded(graph, || choose(graph, node))
}

/// Says whether a node lets only one of its inputs through without storing which one.
pub(in super::super) fn is_undecided(graph: &Graph, node: usize) -> bool {
    let is_switch = graph.branch(node).is_some() || graph.is(node, class::SWITCH) && is_numbered(graph, node);
    is_switch && chosen(graph, node).is_none()
}

/// Says whether a node has inputs with numbered names, and one with the number of the chosen input.
fn is_numbered(graph: &Graph, node: usize) -> bool {
    graph.first_input(node, input::CHOICE).is_some_and(|number| link(number).is_some())
}

fn guarded<T>(graph: &Graph, ask: impl FnOnce() -> Option<T>) -> Option<T> {
    let asked = graph.switches.get();
    if asked >= MAX_SWITCHES {
        return None;
    }
    graph.switches.set(asked + 1);
    let answer = ask();
    graph.switches.set(asked);
    answer
}

fn choose<'g>(graph: &'g Graph, node: usize) -> Option<&'g Value> {
    if let Some((on, off)) = graph.branch(node) {
        let mut others = input::TRUTH.iter().filter(|key| **key != on && **key != off);
        let by = others.find_map(|key| graph.input(node, key))?;
        return graph.input(node, if truth(graph, by)? { on } else { off });
    }
    if graph.is(node, class::FIRST_INPUT_SWITCH) {
        return graph.inputs(node).map(|(_, value)| value).find(|value| graph.target(value).is_some());
    }
    let is_switch = graph.is(node, class::SWITCH);
    if let Some(name) = graph.input(node, input::CHOSEN_NAME).and_then(Value::as_str).filter(|_| is_switch) {
        return graph.input(node, name);
    }
    if is_switch && let Some(by) = graph.first_input(node, input::AB_TRUTH) {
        let (end_if_true, end_if_false) = input::AB_ENDS;
        let end = if truth(graph, by)? { end_if_true } else { end_if_false };
        return graph
            .inputs(node)
            .find(|(key, value)| key.ends_with(end) && is_something(value))
            .map(|(_, value)| value);
    }
    let select = graph.resolve(node, input::CHOICE, Lenient::whole);
    let of_switch = || graph.resolve(node, input::SWITCH_CHOICE, Lenient::whole).filter(|_| is_switch);
    let select = select.or_else(of_switch)?;
    let carries = |value: &Value| is_switch && value.is_string() || graph.target(value).is_some();
    let named = |key: &str| number_of(key) == Some(select) && !input::CHOICE.contains(&key);
    let chosen = graph.inputs(node).find(|(key, value)| named(key) && carries(value));
    let otherwise = || graph.inputs(node).find(|(key, value)| *key == input::OTHERWISE && carries(value));
    chosen.or_else(otherwise).map(|(_, value)| value)
}

fn is_something(value: &Value) -> bool {
    value.is_string() || link(value).is_some()
}

/// Returns the number at the end of a name that begins with a letter.
fn number_of(key: &str) -> Option<u32> {
    let name = key.trim_end_matches(|c: char| c.is_ascii_digit());
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic());
    key.get(name.len()..).filter(|_| is_name)?.parse().ok()
}

/// Returns whether a value is true, directly or through its link; `None` if that is not stored.
fn truth(graph: &Graph, value: &Value) -> Option<bool> {
    match value {
        Value::Bool(truth) => return Some(*truth),
        Value::Number(number) => return number.as_f64().map(|number| number != 0.0),
        Value::String(word) => return word_truth(word),
        _ => {}
    }
    let node = graph.target(value)?;
    guarded(graph, || computed(graph, node))
}

fn word_truth(word: &str) -> Option<bool> {
    match word.trim().to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "enable" | "enabled" | "1" => Some(true),
        "false" | "no" | "off" | "disable" | "disabled" | "0" | "" => Some(false),
        _ => None,
    }
}

/// Computes what nodes derive from truth values, numbers and texts.
fn computed(graph: &Graph, node: usize) -> Option<bool> {
    if let Some(choice) = choose(graph, node) {
        return truth(graph, choice);
    }
    let truth_of = |keys: Names| truth(graph, graph.first_input(node, keys)?);
    let sure_text = |key: &&str| {
        let composed = super::text(graph, graph.input(node, key)?, Side::Positive);
        composed.is_sure.then_some(composed.text)
    };
    if graph.is(node, class::NEGATION) {
        return truth_of(input::NEGATED).map(|truth| !truth);
    }
    if let Some(operator) = graph.input(node, input::OPERATOR).and_then(Value::as_str) {
        let [one, other] = input::OPERANDS;
        let (one, other) = (truth_of(one)?, truth_of(other)?);
        return match operator {
            "and" => Some(one && other),
            "or" => Some(one || other),
            "xor" => Some(one != other),
            _ => None,
        };
    }
    if let Some(comparison) = graph.first_input(node, input::COMPARISON).and_then(Value::as_str) {
        return compare(graph, node, comparison);
    }
    if graph.is(node, class::TEXT_COMPARISON) {
        let [one, other] = input::COMPARED_TEXTS;
        let (one, other) = (one.iter().find_map(sure_text)?, other.iter().find_map(sure_text)?);
        let is_exact = graph.input(node, input::CASE_SENSITIVE).is_none_or(|exact| exact != false);
        let (one, other) = if is_exact { (one, other) } else { (one.to_lowercase(), other.to_lowercase()) };
        return match graph.input(node, input::TEXT_COMPARISON).and_then(Value::as_str) {
            None => Some(one.contains(&other)),
            Some("Starts With") => Some(one.starts_with(&other)),
            Some("Ends With") => Some(one.ends_with(&other)),
            Some("Equal") => Some(one == other),
            Some(_) => None,
        };
    }
    truth_of(input::PASSED_TRUTH)
}

fn compare(graph: &Graph, node: usize, comparison: &str) -> Option<bool> {
    match comparison {
        "tt" => return Some(true),
        "ff" => return Some(false),
        _ => {}
    }
    let number = |keys: Names| graph.resolve(node, keys, Lenient::float);
    let [one, other] = input::COMPARED_NUMBERS;
    let (one, other) = (number(one)?, number(other)?);
    match comparison.trim_matches(['a', 'b', ' ']) {
        "=" | "==" => Some((one - other).abs() < f64::EPSILON),
        "<>" | "!=" => Some((one - other).abs() >= f64::EPSILON),
        ">" => Some(one > other),
        "<" => Some(one < other),
        ">=" => Some(one >= other),
        "<=" => Some(one <= other),
        _ => None,
    }
}

impl Graph<'_> {
    /// Returns a plain value under one of these names, directly or through the input's link.
    pub(in super::super) fn resolve<T>(
        &self,
        node: usize,
        keys: &[&str],
        read: impl Fn(&Value) -> Option<T>,
    ) -> Option<T> {
        let mut value = self.first_input(node, keys)?;
        for _ in 0..MAX_PATH {
            if link(value).is_none() {
                return self.budget().spend(copied(value)).then(|| read(value)).flatten();
            }
            let node = self.target(value)?;
            value = match chosen(self, node) {
                Some(choice) => choice,
                None => self.first_input(node, keys).or_else(|| self.first_input(node, input::VALUE))?,
            };
        }
        self.budget().give_up();
        None
    }
}
