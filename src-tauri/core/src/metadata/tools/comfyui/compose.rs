//! Texts that nodes make from other texts. They are composed as the node did it, if it stores what it did.

mod ideogram;
pub(super) mod join;
mod lines;
pub(super) mod operations;
mod patterns;
pub(super) mod switches;

use std::cell::RefCell;
use std::collections::HashMap;

use serde_json::Value;

use self::join::Join;
use self::switches::{chosen, is_undecided};
use super::graph::{Graph, Side, link};
use super::vocabulary::{class, input};
use crate::metadata::limits::MAX_FIELD_BYTES;

/// The maximum number of texts between a question and its answer.
const MAX_DEPTH: usize = 100;
/// The maximum number of texts that one node joins.
const MAX_PARTS: usize = 200;

/// A text, and whether it is surely what the node used: nodes that choose randomly, translate or ask a
/// language model do not store their result.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Composed {
    pub(super) text: String,
    pub(super) is_sure: bool,
}

impl Composed {
    pub(super) fn sure(text: impl Into<String>) -> Self {
        Self { text: text.into(), is_sure: true }
    }

    pub(super) fn unsure(text: impl Into<String>) -> Self {
        Self { text: text.into(), is_sure: false }
    }

    /// Returns the same text, sure only if `is_sure` is also true.
    pub(super) fn and(self, is_sure: bool) -> Self {
        Self { is_sure: self.is_sure && is_sure, ..self }
    }

    pub(super) fn map(self, make: impl FnOnce(&str) -> String) -> Self {
        Self { text: make(&self.text), ..self }
    }
}

/// Returns the text that a value contains or links to.
pub(super) fn text(graph: &Graph, value: &Value, side: Side) -> Composed {
    Composer::new(graph, side).value(value, 0)
}

/// Composes texts. The result of each node is computed once.
pub(super) struct Composer<'g> {
    pub(super) graph: &'g Graph<'g>,
    pub(super) side: Side,
    made: RefCell<HashMap<usize, Composed>>,
}

impl<'g> Composer<'g> {
    pub(super) fn new(graph: &'g Graph<'g>, side: Side) -> Self {
        Self { graph, side, made: RefCell::default() }
    }

    pub(super) fn value(&self, value: &Value, depth: usize) -> Composed {
        match value {
            Value::String(text) => self.literal(text),
            Value::Number(number) => Composed::sure(number.to_string()),
            Value::Bool(truth) => Composed::sure(truth.to_string()),
            _ => match self.graph.target(value) {
                Some(node) if depth < MAX_DEPTH => {
                    let slot = link(value).map_or(0, |(_, slot)| slot);
                    operations::output(self, node, slot, depth).unwrap_or_else(|| self.node(node, depth))
                }
                Some(_) => {
                    self.graph.budget().give_up();
                    Composed::default()
                }
                None => Composed::default(),
            },
        }
    }

    fn literal(&self, text: &str) -> Composed {
        if !self.graph.spend(text.len()) {
            return Composed::default();
        }
        let cut = text.get(..text.floor_char_boundary(MAX_FIELD_BYTES)).unwrap_or_default();
        // The interface resolves random choices before a graph runs, so only a drawn graph still contains
        // them.
        let is_random = self.graph.is_drawn() && operations::has_random_choice(text);
        Composed { text: cut.to_owned(), is_sure: !is_random && cut.len() == text.len() }
    }

    /// Returns the text of the first input with one of these names.
    pub(super) fn input(&self, node: usize, keys: &[&str], depth: usize) -> Option<Composed> {
        self.graph.first_input(node, keys).map(|value| self.value(value, depth + 1))
    }

    /// Returns the text of a node.
    pub(super) fn node(&self, node: usize, depth: usize) -> Composed {
        if let Some(known) = self.made.borrow().get(&node) {
            return if self.graph.spend(known.text.len()) { known.clone() } else { Composed::default() };
        }
        // A node that depends on itself has no text yet.
        self.made.borrow_mut().insert(node, Composed::default());
        let composed = self.make(node, depth);
        let fits = composed.text.len() <= MAX_FIELD_BYTES && self.graph.spend(composed.text.len());
        let composed = if fits {
            composed
        } else {
            self.graph.budget().give_up();
            Composed::default()
        };
        self.made.borrow_mut().insert(node, composed.clone());
        composed
    }

    fn make(&self, node: usize, depth: usize) -> Composed {
        if let Some(composed) = operations::make(self, node, depth) {
            return composed;
        }
        if let Some(choice) = chosen(self.graph, node) {
            return self.value(choice, depth + 1);
        }
        if is_undecided(self.graph, node) {
            return Composed::default();
        }
        self.joined(node, depth)
    }

    /// Returns the text of a node known only by the names of its inputs: the one it holds, or several that it
    /// joins.
    fn joined(&self, node: usize, depth: usize) -> Composed {
        let graph = self.graph;
        let inputs: Vec<(&str, &Value)> = graph.inputs(node).take(MAX_PARTS).collect();
        let parts = join::parts(&inputs, self.side);
        if parts.is_empty() {
            let number = graph.first_input(node, input::NUMBER);
            let number = number.filter(|number| number.is_number() || number.is_boolean());
            return number.map_or_else(|| self.prose(&inputs), |number| self.value(number, depth));
        }
        let join = Join::of(self, node, &inputs, depth);
        let texts: Vec<Composed> = parts.iter().map(|value| self.value(value, depth + 1)).collect();
        let is_only = parts.len() == 1 && texts.first().is_some_and(|text| !text.text.is_empty());
        // A text is used as it is; a linked text goes through a node that may do anything to it.
        let is_plain = parts.len() == 1 && parts.iter().all(|part| part.is_string());
        let is_sure = is_plain || is_only && graph.is(node, class::TEXT_HOLDER) || join.is_known;
        join.texts(self, &texts).and(is_sure)
    }

    /// Returns what a node received in fields with names of their own, such as a subject and a background.
    fn prose(&self, inputs: &[(&str, &Value)]) -> Composed {
        let is_prose =
            |text: &str| text.contains(' ') && !text.contains(['{', '\\']) && !text.ends_with(".safetensors");
        let texts = inputs.iter().filter(|(key, _)| !self.side.other().names(key));
        let texts = texts.filter_map(|(_, value)| value.as_str()).filter(|text| is_prose(text));
        let texts: Vec<&str> = texts.take(MAX_PARTS).collect();
        let length: usize = texts.iter().map(|text| text.len()).sum();
        if !self.graph.spend(length) || length > MAX_FIELD_BYTES {
            return Composed::default();
        }
        Composed::unsure(texts.join(", "))
    }
}

/// Says whether a value may be a text.
pub(super) fn is_text(value: &Value) -> bool {
    value.is_string() || link(value).is_some()
}
