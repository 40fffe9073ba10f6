//! Nodes, the links between them, and how to follow a link.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::HashMap;

use serde_json::{Map, Value};

use super::rule::{self, Rules};
use super::vocabulary::input;
use crate::metadata::budget::Budget;
use crate::metadata::limits::{MAX_HOPS, MAX_ID_BYTES, MAX_NAME_BYTES, MAX_PATH};

/// Steps for a node, which is sorted by its id and asked for its class.
const STEPS_PER_NODE: usize = 1500;
/// Steps for following a link and looking at the node at its end.
const STEPS_PER_HOP: usize = 1200;
/// Steps for looking at an input, besides those for its name.
const STEPS_PER_INPUT: usize = 120;

/// A node: its id, its class, and its inputs, which are values or links.
#[derive(Debug)]
pub(crate) struct Node<'a> {
    pub(crate) id: Cow<'a, str>,
    pub(crate) class: Cow<'a, str>,
    pub(crate) inputs: Cow<'a, Map<String, Value>>,
}

impl Node<'_> {
    /// Copies borrowed data.
    pub(super) fn into_owned(self) -> Node<'static> {
        Node {
            id: Cow::Owned(self.id.into_owned()),
            class: Cow::Owned(self.class.into_owned()),
            inputs: Cow::Owned(self.inputs.into_owned()),
        }
    }
}

/// The two prompts of a sampler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Positive,
    Negative,
}

/// A graph. Following links costs hops and steps. Once either is used up, every link leads nowhere. The
/// values in the nodes can be read even then, because following links may use only half of the file's
/// remaining steps.
#[derive(Debug)]
pub(crate) struct Graph<'a> {
    nodes: Vec<Node<'a>>,
    /// The nodes' classes in lower case.
    lower_classes: Vec<String>,
    /// The steps for looking at all inputs of each node.
    costs: Vec<usize>,
    /// The nodes that let one of two inputs through, with the inputs for yes and for no.
    branches: HashMap<usize, (String, String)>,
    /// The nodes, sorted by id.
    by_id: Vec<usize>,
    hops: Cell<usize>,
    steps: Cell<u64>,
    /// Switches that are being evaluated.
    pub(super) switches: Cell<usize>,
    /// True if the graph was drawn and not run, so that its texts are as typed.
    is_drawn: bool,
    budget: &'a Budget<'a>,
}

impl<'a> Graph<'a> {
    pub(crate) fn new(nodes: Vec<Node<'a>>, budget: &'a Budget<'a>) -> Self {
        budget.spend(nodes.len().saturating_mul(STEPS_PER_NODE));
        let lower_classes = nodes.iter().map(|node| class_name(&node.class).to_ascii_lowercase()).collect();
        let costs = nodes.iter().map(cost).collect();
        let mut by_id: Vec<usize> = (0..nodes.len()).collect();
        // Of two nodes with the same id the last one counts, so it is sorted first.
        by_id.sort_unstable_by(|a, b| match (nodes.get(*a), nodes.get(*b)) {
            (Some(one), Some(other)) => one.id.cmp(&other.id).then(b.cmp(a)),
            _ => a.cmp(b),
        });
        let steps = Cell::new(budget.left() / 2);
        let (hops, switches) = (Cell::new(MAX_HOPS), Cell::new(0));
        let branches = nodes.iter().enumerate().filter_map(|(at, node)| Some((at, branch(node)?))).collect();
        Self { nodes, lower_classes, costs, branches, by_id, hops, steps, switches, is_drawn: false, budget }
    }

    /// Marks the graph as drawn and not run.
    pub(super) fn drawn(self) -> Self {
        Self { is_drawn: true, ..self }
    }

    /// Says whether the graph was drawn and not run.
    pub(super) fn is_drawn(&self) -> bool {
        self.is_drawn
    }

    /// Returns the names of the inputs for yes and for no, if the node lets one of two inputs through.
    pub(super) fn branch(&self, node: usize) -> Option<(&str, &str)> {
        self.branches.get(&node).map(|(on, off)| (on.as_str(), off.as_str()))
    }

    /// Pays for work on a text of this graph. Returns whether to do the work.
    pub(super) fn spend(&self, steps: usize) -> bool {
        let Some(left) = self.steps.get().checked_sub(steps as u64) else {
            self.steps.set(0);
            self.budget.give_up();
            return false;
        };
        self.steps.set(left);
        self.budget.spend(steps)
    }

    /// Says whether links are followed to this depth. One that lies deeper leaves its
    /// mark on the budget, so that the answer counts as incomplete.
    pub(super) fn is_within(&self, depth: usize) -> bool {
        let is_within = depth <= MAX_PATH;
        if !is_within {
            self.budget.give_up();
        }
        is_within
    }

    /// Returns the total budget of the picture.
    pub(super) fn budget(&self) -> &Budget<'a> {
        self.budget
    }

    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    pub(super) fn class(&self, node: usize) -> &str {
        self.nodes.get(node).map_or("", |node| class_name(&node.class))
    }

    /// Returns the class in lower case.
    pub(super) fn lower_class(&self, node: usize) -> &str {
        self.lower_classes.get(node).map_or("", String::as_str)
    }

    /// Says whether the class of a node has a meaning of the vocabulary.
    pub(super) fn is(&self, node: usize, meaning: Rules) -> bool {
        rule::fits_lower(meaning, self.class(node), self.lower_class(node))
    }

    /// Returns the inputs in the order in which they were written. Costs steps for all of them.
    pub(super) fn inputs(&self, node: usize) -> impl Iterator<Item = (&str, &Value)> {
        let is_paid = self.spend(self.costs.get(node).copied().unwrap_or_default());
        let inputs = self.nodes.get(node).filter(|_| is_paid).map(|node| node.inputs.iter());
        inputs.into_iter().flatten().map(|(key, value)| (key.as_str(), value))
    }

    pub(super) fn input(&self, node: usize, key: &str) -> Option<&Value> {
        self.nodes.get(node)?.inputs.get(key).filter(|value| !value.is_null())
    }

    pub(super) fn has(&self, node: usize, key: &str) -> bool {
        self.input(node, key).is_some()
    }

    /// Says whether a node has one of these inputs.
    pub(super) fn has_any(&self, node: usize, keys: &[&str]) -> bool {
        keys.iter().any(|key| self.has(node, key))
    }

    /// Returns the first of these inputs that exists.
    pub(super) fn first_input(&self, node: usize, keys: &[&str]) -> Option<&Value> {
        keys.iter().find_map(|key| self.input(node, key))
    }

    /// Returns the node that a value links to; `None` for a plain value, or if that node is missing. Costs a
    /// hop.
    pub(super) fn target(&self, value: &Value) -> Option<usize> {
        let (id, _slot) = link(value)?;
        let Some(left) = self.hops.get().checked_sub(1) else {
            self.budget.give_up();
            return None;
        };
        self.hops.set(left);
        if !self.spend(STEPS_PER_HOP + id.len()) {
            return None;
        }
        let id_at = |at: &usize| self.nodes.get(*at).map_or("", |node| node.id.as_ref());
        let first = self.by_id.partition_point(|at| id_at(at) < id.as_ref());
        self.by_id.get(first).copied().filter(|at| id_at(at) == id)
    }

    /// Returns the node that an input links to.
    pub(super) fn linked(&self, node: usize, key: &str) -> Option<usize> {
        self.input(node, key).and_then(|value| self.target(value))
    }

    /// Returns all nodes that inputs of this node link to, with the names of the inputs.
    pub(super) fn links(&self, node: usize) -> Vec<(&str, usize)> {
        self.inputs(node).filter_map(|(key, value)| Some((key, self.target(value)?))).collect()
    }
}

/// Returns the part of a class by which a node can be recognised: the words that are searched in it are near
/// its beginning.
fn class_name(class: &str) -> &str {
    class.get(..class.floor_char_boundary(MAX_NAME_BYTES)).unwrap_or(class)
}

/// Finds two inputs whose names are an alternative: `on_true` and `on_false`, `tt_value` and `ff_value`,
/// `IF_TRUE` and `IF_FALSE`.
fn branch(node: &Node) -> Option<(String, String)> {
    let named = |meaning: Rules| {
        let mut keys = node.inputs.keys().filter(|key| key.len() <= MAX_NAME_BYTES);
        keys.find(|key| rule::fits(meaning, key)).cloned()
    };
    Some((named(input::ON)?, named(input::OFF)?))
}

fn cost(node: &Node) -> usize {
    let of = |(key, value): (&String, &Value)| STEPS_PER_INPUT + key.len() + copied(value) / 8;
    node.inputs.iter().map(of).sum()
}

/// Returns the steps for copying the part of a value that is read.
pub(super) fn copied(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Object(map) => map.values().filter_map(Value::as_str).map(str::len).sum::<usize>() + map.len(),
        _ => 1,
    }
}

/// Returns a list as it is, if the interface has wrapped it.
pub(super) fn unwrapped(value: &Value) -> &Value {
    value.get(input::WRAPPED).unwrap_or(value)
}

/// Parses a link `[node id, slot]`. Ids are numbers, texts, or texts with a colon.
pub(super) fn link(value: &Value) -> Option<(Cow<'_, str>, u64)> {
    let [id, slot] = value.as_array()?.as_slice() else { return None };
    let id = match id {
        Value::String(id) if id.len() > MAX_ID_BYTES => return None,
        Value::String(id) => Cow::Borrowed(id.as_str()),
        Value::Number(id) if id.is_u64() || id.is_i64() => Cow::Owned(id.to_string()),
        _ => return None,
    };
    Some((id, slot.as_u64()?))
}

impl Side {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Positive => input::POSITIVE,
            Self::Negative => input::NEGATIVE,
        }
    }

    /// Says whether the name of an input is that of this side: `negative`, `text_negative`, `base_neg_g`.
    pub(super) fn names(self, key: &str) -> bool {
        let (word, short) = (self.word(), self.word().get(..3).unwrap_or_default());
        let is_word = |part: &[u8]| part.eq_ignore_ascii_case(word.as_bytes());
        key.as_bytes().windows(word.len()).any(is_word)
            || key.split('_').any(|part| part.eq_ignore_ascii_case(short))
    }

    pub(super) fn other(self) -> Self {
        match self {
            Self::Positive => Self::Negative,
            Self::Negative => Self::Positive,
        }
    }
}
