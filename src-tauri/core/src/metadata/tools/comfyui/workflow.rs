//! The graph as it was drawn, for pictures that lack the one that was run.
//!
//! Subgraphs are expanded, as running them would do. Muted or bypassed nodes did not run and are left out.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value, json};

use super::graph::{Graph, Node, link};
use super::rule;
use super::vocabulary::{class, input};
use super::widgets::{MAX_INPUTS, widgets};
use crate::metadata::budget::Budget;
use crate::metadata::json::Lenient;
use crate::metadata::limits::{MAX_ALL_BYTES, MAX_HOPS, MAX_NODES};

/// Steps for writing a byte of a node, or a link.
const STEPS_PER_BYTE: usize = 4;
const STEPS_PER_LINK: usize = 1500;
/// Steps for asking an input of a bypassed node what passes through it.
const STEPS_PER_INPUT: usize = 300;
/// The maximum size of an id, in bytes. It is repeated in the ids of all nodes in a subgraph.
const MAX_OWN_ID_BYTES: usize = 100;

/// The maximum number of bypassed nodes in a row.
const MAX_BYPASSED: usize = 64;
/// The maximum nesting of subgraphs.
const MAX_LEVELS: usize = 8;
/// The mode of a node that never ran.
const MUTED: u64 = 2;
/// The mode of a node that links pass through as if it did not exist.
const BYPASSED: u64 = 4;
/// The nodes that represent the inputs and outputs of a subgraph, inside it.
const INPUTS_ID: &str = "-10";
const OUTPUTS_ID: &str = "-20";

/// Makes a runnable graph from a drawn one.
pub(super) fn graph<'g>(drawn: &Value, budget: &'g Budget<'g>) -> Option<Graph<'g>> {
    if !is_ours(drawn) {
        return None;
    }
    let definitions = definitions(drawn);
    let mut writer =
        Writer { definitions: &definitions, nodes: Vec::new(), hops: MAX_HOPS, room: MAX_ALL_BYTES, budget };
    writer.level(drawn, "", HashSet::new(), 0);
    name_virtual_links(&mut writer.nodes);
    (!writer.nodes.is_empty()).then(|| Graph::new(writer.nodes, budget).drawn())
}

/// Says whether `ComfyUI` drew the graph. Other programs also draw nodes and write them into pictures, but
/// theirs do not have slots or values of this kind.
fn is_ours(drawn: &Value) -> bool {
    let nodes = drawn.get("nodes").and_then(Value::as_array).into_iter().flatten();
    let has_slots = |node: &Value| {
        let is_there = |key: &str| node.get(key).is_some_and(|part| part.is_array() || part.is_object());
        node.get("type").is_some() && ["inputs", "outputs", "widgets_values"].into_iter().any(is_there)
    };
    drawn.get("links").is_some_and(Value::is_array) && nodes.take(MAX_NODES).any(has_slots)
}

fn definitions(drawn: &Value) -> HashMap<String, &Value> {
    let list = drawn.pointer("/definitions/subgraphs").and_then(Value::as_array);
    let named = |subgraph: &'_ Value| Some(subgraph.get("id")?.as_str()?.to_owned());
    list.into_iter().flatten().filter_map(|subgraph| Some((named(subgraph)?, subgraph))).collect()
}

struct Writer<'a> {
    definitions: &'a HashMap<String, &'a Value>,
    nodes: Vec<Node<'static>>,
    /// Nodes and links that may still be processed. Those in a subgraph count each time it is used.
    hops: usize,
    /// Bytes that may still be written, for the same reason: the content of a subgraph is copied for each
    /// use.
    room: usize,
    budget: &'a Budget<'a>,
}

impl<'a> Writer<'a> {
    /// Pays for writing a value once more. Returns whether there is room for it.
    fn affords(&mut self, value: &Value) -> bool {
        if !self.budget.spend(0) {
            return false;
        }
        let bytes = size(value);
        if !self.budget.spend(bytes.saturating_mul(STEPS_PER_BYTE)) {
            return false;
        }
        let Some(room) = self.room.checked_sub(bytes) else {
            self.budget.give_up();
            return false;
        };
        self.room = room;
        true
    }

    /// Writes the nodes of one level. The inputs in `given` have a value from outside. At the border of a
    /// subgraph, each link across it becomes a reroute.
    fn level(&mut self, drawn: &Value, prefix: &str, given: HashSet<u64>, depth: usize) {
        let Some(list) = drawn.get("nodes").and_then(Value::as_array) else { return };
        let size = list.len() + drawn.get("links").and_then(Value::as_array).map_or(0, Vec::len);
        let Some(left) = self.hops.checked_sub(size) else {
            self.budget.give_up();
            return;
        };
        self.hops = left;
        if !self.budget.spend(size.saturating_mul(STEPS_PER_LINK)) {
            return;
        }
        let of_mode = |mode| {
            let nodes =
                list.iter().filter(move |node| node.get("mode").and_then(Value::as_u64) == Some(mode));
            nodes.filter_map(|node| Some((id(node)?, node)))
        };
        let level = Level {
            prefix,
            given,
            links: links(drawn),
            subgraphs: self.subgraphs(list),
            muted: of_mode(MUTED).map(|(id, _)| id).collect(),
            bypassed: of_mode(BYPASSED).collect(),
            budget: self.budget,
        };
        for link in level.links.values().filter(|link| link.to == OUTPUTS_ID) {
            let id = format!("{prefix}out{}", link.to_slot);
            self.nodes.extend(level.resolve(link).map(|value| reroute(id, value)));
        }
        let runs =
            |node: &&Value| !matches!(node.get("mode").and_then(Value::as_u64), Some(MUTED | BYPASSED));
        for node in list.iter().filter(runs) {
            if self.nodes.len() >= MAX_NODES {
                self.budget.give_up();
                return;
            }
            if !self.affords(node) {
                return;
            }
            match (self.definition(node), id(node)) {
                (Some(definition), Some(id)) if depth < MAX_LEVELS => {
                    self.subgraph(&level, node, definition, &format!("{prefix}{id}:"), depth);
                }
                _ => self.nodes.extend(level.write(node)),
            }
        }
    }

    /// Writes a subgraph where it is used: first what its inputs are linked to or set to, then its content.
    fn subgraph(&mut self, level: &Level, node: &Value, definition: &Value, inner: &str, depth: usize) {
        let set = widgets(node, "");
        let linked: HashMap<String, Option<Value>> = level.inputs(node).into_iter().collect();
        let mut given = HashSet::new();
        let inputs = definition.get("inputs").and_then(Value::as_array).into_iter().flatten();
        for (slot, input) in (0..).zip(inputs.take(MAX_INPUTS)) {
            let name = input.get("name").and_then(Value::as_str).unwrap_or_default();
            let value = linked.get(name).cloned().flatten().or_else(|| set.get(name).cloned());
            if let Some(value) = value.filter(|value| self.affords(value)) {
                self.nodes.push(reroute(format!("{inner}in{slot}"), value));
                given.insert(slot);
            }
        }
        self.level(definition, inner, given, depth + 1);
    }

    fn definition(&self, node: &Value) -> Option<&'a Value> {
        self.definitions.get(node.get("type")?.as_str()?).copied()
    }

    fn subgraphs(&self, list: &[Value]) -> HashSet<String> {
        list.iter().filter(|node| self.definition(node).is_some()).filter_map(id).collect()
    }
}

fn reroute(id: String, to: Value) -> Node<'static> {
    Node { id: Cow::Owned(id), class: Cow::Borrowed(class::ADDED_REROUTE), inputs: rerouted(to) }
}

fn rerouted(to: Value) -> Cow<'static, Map<String, Value>> {
    Cow::Owned(Map::from_iter([(input::REROUTED.to_owned(), to)]))
}

/// The start of a link.
#[derive(Debug)]
struct Origin {
    node: String,
    slot: u64,
}

#[derive(Debug)]
struct Link {
    from: Origin,
    to: String,
    to_slot: u64,
    /// The type of what passes through it, such as `MODEL`.
    kind: Option<String>,
}

type Links = HashMap<String, Link>;

/// Reads the links, which are lists `[id, from, slot, to, slot, type]`, or objects in subgraphs and newer
/// files.
fn links(drawn: &Value) -> Links {
    let list = drawn.get("links").and_then(Value::as_array);
    list.into_iter().flatten().filter_map(read_link).take(MAX_NODES * 4).collect()
}

fn read_link(link: &Value) -> Option<(String, Link)> {
    let part = |place: usize, name: &str| link.get(place).or_else(|| link.get(name));
    let word = |place, name| part(place, name).filter(|value| is_short(value)).and_then(Lenient::word);
    let slot = |place, name| part(place, name).and_then(Value::as_u64);
    let from = Origin { node: word(1, "origin_id")?, slot: slot(2, "origin_slot")? };
    let (to, to_slot) = (word(3, "target_id")?, slot(4, "target_slot").unwrap_or_default());
    let kind = part(5, "type").filter(|kind| is_short(kind)).and_then(Value::as_str).map(str::to_owned);
    Some((word(0, "id")?, Link { from, to, to_slot, kind }))
}

/// One level while it is written: the graph itself, or the content of a subgraph.
struct Level<'a> {
    prefix: &'a str,
    /// The inputs of a subgraph that have a value from outside; the others keep the values they have inside.
    given: HashSet<u64>,
    links: Links,
    subgraphs: HashSet<String>,
    muted: HashSet<String>,
    bypassed: HashMap<String, &'a Value>,
    budget: &'a Budget<'a>,
}

impl Level<'_> {
    /// Returns a link as it is in the runnable graph, past the bypassed nodes.
    fn resolve(&self, link: &Link) -> Option<Value> {
        let (mut link, kind) = (link, link.kind.as_deref());
        for _ in 0..MAX_BYPASSED {
            match self.bypassed.get(&link.from.node) {
                Some(node) => link = self.through(node, link.from.slot, kind)?,
                None => return self.written(&link.from),
            }
        }
        None
    }

    fn written(&self, origin: &Origin) -> Option<Value> {
        let Origin { node, slot } = origin;
        let prefix = self.prefix;
        if node == INPUTS_ID {
            self.given.contains(slot).then(|| json!([format!("{prefix}in{slot}"), 0]))
        } else if self.muted.contains(node) {
            None
        } else if self.subgraphs.contains(node) {
            Some(json!([format!("{prefix}{node}:out{slot}"), 0]))
        } else {
            Some(json!([format!("{prefix}{node}"), slot]))
        }
    }

    /// Returns the link that a bypassed node passes on to an output: that of an input with the same type,
    /// preferring the one at the same position.
    fn through(&self, node: &Value, slot: u64, kind: Option<&str>) -> Option<&Link> {
        let output = usize::try_from(slot).ok().and_then(|slot| node.get("outputs")?.get(slot));
        let named = |part: Option<&Value>, key: &str| {
            part.and_then(|part| part.get(key)?.as_str().map(str::to_owned))
        };
        let (declared, name) = (named(output, "type"), named(output, "name"));
        let inputs = node.get("inputs").and_then(Value::as_array)?;
        if !self.budget.spend(inputs.len().min(MAX_INPUTS).saturating_mul(STEPS_PER_INPUT) + STEPS_PER_LINK) {
            return None;
        }
        let links: Vec<(&Value, &Link)> = inputs
            .iter()
            .take(MAX_INPUTS)
            .filter_map(|input| Some((input, self.links.get(&input.get("link").and_then(Lenient::word)?)?)))
            .collect();
        let in_place = usize::try_from(slot).ok().and_then(|slot| inputs.get(slot));
        let in_place = links
            .iter()
            .copied()
            .filter(|(input, _)| in_place.is_some_and(|there| std::ptr::eq(*input, there)));
        let takes = |(input, link): &(&Value, &Link)| {
            let own = named(Some(*input), "type");
            let kinds = [own.as_deref(), link.kind.as_deref()];
            let wanted = [kind, declared.as_deref()];
            kinds
                .iter()
                .flatten()
                .any(|own| wanted.iter().flatten().any(|wanted| own == wanted && *own != "*"))
        };
        let is_named = |(input, _): &(&Value, &Link)| {
            let own = named(Some(*input), "name");
            own.zip(name.as_ref()).is_some_and(|(own, name)| own.eq_ignore_ascii_case(name))
        };
        let all = || links.iter().copied();
        let found = in_place.chain(all()).find(takes).or_else(|| all().find(is_named));
        found.or_else(|| all().next().filter(|_| links.len() == 1)).map(|(_, link)| link)
    }

    /// Returns the inputs of a node in their order, each with what it is linked to.
    fn inputs(&self, node: &Value) -> Vec<(String, Option<Value>)> {
        let list = node.get("inputs").and_then(Value::as_array);
        let read = |input: &Value| {
            let link = input.get("link").and_then(Lenient::word).and_then(|link| self.links.get(&link));
            let name = input.get("name").and_then(Value::as_str).unwrap_or_default();
            (name.to_owned(), link.and_then(|link| self.resolve(link)))
        };
        list.into_iter().flatten().take(MAX_INPUTS).map(read).collect()
    }

    fn write(&self, node: &Value) -> Option<Node<'static>> {
        let class = node.get("type")?.as_str()?;
        let mut inputs = widgets(node, class);
        inputs.extend(self.inputs(node).into_iter().filter_map(|(name, value)| Some((name, value?))));
        Some(Node {
            id: Cow::Owned(format!("{}{}", self.prefix, id(node)?)),
            class: Cow::Owned(class.to_owned()),
            inputs: Cow::Owned(inputs),
        })
    }
}

fn id(node: &Value) -> Option<String> {
    node.get("id").filter(|id| is_short(id)).and_then(Lenient::word)
}

fn is_short(id: &Value) -> bool {
    id.as_str().is_none_or(|id| id.len() <= MAX_OWN_ID_BYTES)
}

/// Returns about how many bytes a value takes when it is copied.
fn size(value: &Value) -> usize {
    const EACH: usize = 32;
    match value {
        Value::String(text) => EACH + text.len(),
        Value::Array(list) => EACH + list.iter().map(size).sum::<usize>(),
        Value::Object(map) => EACH + map.iter().map(|(key, value)| key.len() + size(value)).sum::<usize>(),
        _ => EACH,
    }
}

/// Connects the two ends of links by name.
fn name_virtual_links(nodes: &mut [Node]) {
    let name = |node: &Node| node.inputs.get(input::LINK_NAME)?.as_str().map(str::to_owned);
    let source = |node: &Node| node.inputs.values().find(|value| link(value).is_some()).cloned();
    let set: HashMap<String, Value> = nodes
        .iter()
        .filter(|node| rule::fits(class::SET_NODE, &node.class))
        .filter_map(|node| Some((name(node)?, source(node)?)))
        .collect();
    for node in nodes.iter_mut().filter(|node| rule::fits(class::GET_NODE, &node.class)) {
        if let Some(value) = name(node).and_then(|name| set.get(&name)) {
            node.class = Cow::Borrowed(class::ADDED_REROUTE);
            node.inputs = rerouted(value.clone());
        }
    }
}
