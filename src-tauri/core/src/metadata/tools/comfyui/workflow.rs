//! The graph as it was drawn, for pictures that lack the one that was run.
//!
//! Nodes list their values by place, not by name. Names come from the node's own list of inputs where it has one, else
//! from a table for the nodes that nearly every graph has. Subgraphs are written out, as running them would do.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value, json};

use super::graph::{Graph, Node, link};
use crate::metadata::budget::Budget;
use crate::metadata::json::Lenient;
use crate::metadata::limits::{MAX_ALL_BYTES, MAX_HOPS, MAX_NODES};

/// Steps for writing out a byte of a node, or a link.
const STEPS_PER_BYTE: usize = 4;
const STEPS_PER_LINK: usize = 1500;
/// Bytes of an id. It is repeated in the ids of all nodes of a subgraph.
const MAX_OWN_ID_BYTES: usize = 100;

/// Subgraphs within subgraphs.
const MAX_LEVELS: usize = 8;
/// A node that never ran.
const MUTED: u64 = 2;
/// A node that the links went through as if it were not there.
const BYPASSED: u64 = 4;
/// Inputs of one node.
const MAX_INPUTS: usize = 500;
/// The nodes that stand for the inputs and outputs of a subgraph, inside it.
const INPUTS_ID: &str = "-10";
const OUTPUTS_ID: &str = "-20";

/// Makes a runnable graph of a drawn one.
pub(super) fn graph<'g>(drawn: &Value, budget: &'g Budget<'g>) -> Option<Graph<'g>> {
    let definitions = definitions(drawn);
    let mut writer =
        Writer { definitions: &definitions, nodes: Vec::new(), hops: MAX_HOPS, room: MAX_ALL_BYTES, budget };
    writer.level(drawn, "", HashSet::new(), 0);
    name_virtual_links(&mut writer.nodes);
    (!writer.nodes.is_empty()).then(|| Graph::new(writer.nodes, budget))
}

fn definitions(drawn: &Value) -> HashMap<String, &Value> {
    let list = drawn.pointer("/definitions/subgraphs").and_then(Value::as_array);
    let named = |subgraph: &'_ Value| Some(subgraph.get("id")?.as_str()?.to_owned());
    list.into_iter().flatten().filter_map(|subgraph| Some((named(subgraph)?, subgraph))).collect()
}

struct Writer<'a> {
    definitions: &'a HashMap<String, &'a Value>,
    nodes: Vec<Node<'static>>,
    /// Nodes and links that may still be looked at; a subgraph is looked at as often as it is used.
    hops: usize,
    /// Bytes that may still be written, for the same reason: what a subgraph holds is copied for each use.
    room: usize,
    budget: &'a Budget<'a>,
}

impl<'a> Writer<'a> {
    /// Pays for writing out a value once more. Says whether there is room for it.
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

    /// Writes out the nodes of one level, of whose inputs the `given` ones have something outside. The border of a
    /// subgraph becomes a reroute for each link across it.
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
        let level = Level { prefix, given, links: links(drawn), subgraphs: self.subgraphs(list) };
        for link in level.links.values().filter(|link| link.to == OUTPUTS_ID) {
            let id = format!("{prefix}out{}", link.to_slot);
            self.nodes.extend(level.resolve(&link.from).map(|value| reroute(id, value)));
        }
        for node in list.iter().filter(|node| node.get("mode").and_then(Value::as_u64) != Some(MUTED)) {
            if self.nodes.len() >= MAX_NODES || !self.affords(node) {
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

    /// Writes out a subgraph where it is used: what its inputs are linked to or set to, then its inside.
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
    let inputs = Cow::Owned(Map::from_iter([(String::new(), to)]));
    Node { id: Cow::Owned(id), class: Cow::Borrowed("Reroute"), inputs }
}

/// Where a link comes from.
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
}

type Links = HashMap<String, Link>;

/// Links are lists `[id, from, slot, to, slot, type]`, or objects in subgraphs and newer files.
fn links(drawn: &Value) -> Links {
    let list = drawn.get("links").and_then(Value::as_array);
    list.into_iter().flatten().filter_map(read_link).take(MAX_NODES * 4).collect()
}

fn read_link(link: &Value) -> Option<(String, Link)> {
    let part = |place: usize, name: &str| link.get(place).or_else(|| link.get(name));
    let word = |place, name| part(place, name).filter(|value| is_short(value)).and_then(Lenient::word);
    let slot = |place, name| part(place, name).and_then(Value::as_u64);
    let from = Origin { node: word(1, "origin_id")?, slot: slot(2, "origin_slot")? };
    Some((
        word(0, "id")?,
        Link { from, to: word(3, "target_id")?, to_slot: slot(4, "target_slot").unwrap_or_default() },
    ))
}

/// One level while it is written: the graph itself, or the inside of a subgraph.
struct Level<'a> {
    prefix: &'a str,
    /// The inputs of a subgraph that have something outside; the others keep the values they have inside.
    given: HashSet<u64>,
    links: Links,
    subgraphs: HashSet<String>,
}

impl Level<'_> {
    /// A link as the runnable graph has it.
    fn resolve(&self, origin: &Origin) -> Option<Value> {
        let Origin { node, slot } = origin;
        let prefix = self.prefix;
        if node == INPUTS_ID {
            self.given.contains(slot).then(|| json!([format!("{prefix}in{slot}"), 0]))
        } else if self.subgraphs.contains(node) {
            Some(json!([format!("{prefix}{node}:out{slot}"), 0]))
        } else {
            Some(json!([format!("{prefix}{node}"), slot]))
        }
    }

    /// The inputs of a node in their order, with what each is linked to.
    fn inputs(&self, node: &Value) -> Vec<(String, Option<Value>)> {
        let list = node.get("inputs").and_then(Value::as_array);
        let read = |input: &Value| {
            let link = input.get("link").and_then(Lenient::word).and_then(|link| self.links.get(&link));
            let name = input.get("name").and_then(Value::as_str).unwrap_or_default();
            (name.to_owned(), link.and_then(|link| self.resolve(&link.from)))
        };
        list.into_iter().flatten().take(MAX_INPUTS).map(read).collect()
    }

    /// Writes one node. A bypassed one only passes its links on.
    fn write(&self, node: &Value) -> Option<Node<'static>> {
        let bypassed = node.get("mode").and_then(Value::as_u64) == Some(BYPASSED);
        let class = if bypassed { "Reroute" } else { node.get("type")?.as_str()? };
        let mut inputs = if bypassed { Map::new() } else { widgets(node, class) };
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

/// About how many bytes a value takes when it is copied.
fn size(value: &Value) -> usize {
    const EACH: usize = 32;
    match value {
        Value::String(text) => EACH + text.len(),
        Value::Array(list) => EACH + list.iter().map(size).sum::<usize>(),
        Value::Object(map) => EACH + map.iter().map(|(key, value)| key.len() + size(value)).sum::<usize>(),
        _ => EACH,
    }
}

/// The values of a node by name.
fn widgets(node: &Value, class: &str) -> Map<String, Value> {
    match node.get("widgets_values") {
        Some(Value::Object(values)) => values
            .iter()
            .filter(|(_, value)| link(value).is_none())
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect(),
        Some(Value::Array(values)) if class.starts_with("Power Lora Loader") => rows(values),
        Some(Value::Array(values)) => by_place(values, &names(node, class)),
        _ => Map::new(),
    }
}

/// The rows of a stack of `LoRAs`, an object each, among values for its buttons.
fn rows(values: &[Value]) -> Map<String, Value> {
    let rows = values.iter().filter(|value| value.get("lora").is_some()).take(MAX_INPUTS);
    (1..).zip(rows).map(|(number, row)| (format!("lora_{number}"), row.clone())).collect()
}

/// Gives values their names. After a seed stands what happens to it, which has no name.
fn by_place(values: &[Value], names: &[String]) -> Map<String, Value> {
    let mut fields = Map::new();
    let mut values = values.iter().peekable();
    for name in names {
        let Some(value) = values.next() else { break };
        // A list of two would be taken for a link.
        if !value.is_array() {
            fields.insert(name.clone(), value.clone());
        }
        // `null` is what a button in that place leaves.
        let after_seed = |next: &&Value| {
            next.is_null() || matches!(next.as_str(), Some("fixed" | "increment" | "decrement" | "randomize"))
        };
        if matches!(name.as_str(), "seed" | "noise_seed") {
            values.next_if(after_seed);
        }
    }
    fields
}

fn names(node: &Value, class: &str) -> Vec<String> {
    let table = known_names(class);
    if !table.is_empty() {
        return table.iter().map(|name| (*name).to_owned()).collect();
    }
    let list = node.get("inputs").and_then(Value::as_array);
    let widget = |input: &Value| input.pointer("/widget/name").and_then(Value::as_str).map(str::to_owned);
    list.into_iter().flatten().filter_map(widget).collect()
}

/// The values of nodes that are in many graphs, as far as they matter here.
fn known_names(class: &str) -> &'static [&'static str] {
    match class {
        "KSampler" | "KSampler (Efficient)" => {
            &["seed", "steps", "cfg", "sampler_name", "scheduler", "denoise"]
        }
        "KSamplerAdvanced" => &[
            "add_noise",
            "noise_seed",
            "steps",
            "cfg",
            "sampler_name",
            "scheduler",
            "start_at_step",
            "end_at_step",
        ],
        "SamplerCustom" => &["add_noise", "noise_seed", "cfg"],
        "KSamplerSelect" => &["sampler_name"],
        "RandomNoise" => &["noise_seed"],
        "BasicScheduler" => &["scheduler", "steps", "denoise"],
        "SDTurboScheduler" => &["steps", "denoise"],
        "KarrasScheduler" | "Flux2Scheduler" | "LTXVScheduler" => &["steps"],
        "CFGGuider" => &["cfg"],
        "DualCFGGuider" => &["cfg_conds"],
        "FluxGuidance" => &["guidance"],
        "CLIPTextEncode" | "smZ CLIPTextEncode" | "Text Multiline" | "CR Text" | "ttN text" => &["text"],
        "TextEncodeQwenImageEdit" | "TextEncodeQwenImageEditPlus" | "CR Prompt Text" => &["prompt"],
        "ImpactWildcardEncode" | "ImpactWildcardProcessor" => &["wildcard_text", "populated_text"],
        "CLIPTextEncodeFlux" => &["clip_l", "t5xxl", "guidance"],
        "CLIPTextEncodeSD3" => &["clip_l", "clip_g", "t5xxl"],
        "CLIPTextEncodeHiDream" => &["clip_l", "clip_g", "t5xxl", "llama"],
        "CLIPTextEncodeLumina2" => &["system_prompt", "user_prompt"],
        "CLIPTextEncodeSDXL" => {
            &["width", "height", "crop_w", "crop_h", "target_width", "target_height", "text_g", "text_l"]
        }
        "CLIPSetLastLayer" => &["stop_at_clip_layer"],
        "CheckpointLoaderSimple"
        | "CheckpointLoader|pysssss"
        | "CheckpointLoaderNF4"
        | "ImageOnlyCheckpointLoader"
        | "unCLIPCheckpointLoader" => &["ckpt_name"],
        "CheckpointLoader" => &["config_name", "ckpt_name"],
        "Efficient Loader" => &[
            "ckpt_name",
            "vae_name",
            "clip_skip",
            "lora_name",
            "lora_model_strength",
            "lora_clip_strength",
            "positive",
            "negative",
            "token_normalization",
            "weight_interpretation",
            "empty_latent_width",
            "empty_latent_height",
        ],
        "UNETLoader" | "UnetLoaderGGUF" | "UnetLoaderGGUFAdvanced" => &["unet_name"],
        "NunchakuFluxDiTLoader" | "DiffusersLoader" => &["model_path"],
        "NunchakuQwenImageDiTLoader" => &["model_name"],
        "LoraLoader" | "LoraLoader|pysssss" => &["lora_name", "strength_model", "strength_clip"],
        "LoraLoaderModelOnly" => &["lora_name", "strength_model"],
        "NunchakuFluxLoraLoader" => &["lora_name", "lora_strength"],
        "VAELoader" => &["vae_name"],
        "LoadImage" => &["image"],
        "EmptyLatentImage"
        | "EmptySD3LatentImage"
        | "EmptyFlux2LatentImage"
        | "EmptyHunyuanLatentVideo"
        | "EmptyLTXVLatentVideo"
        | "WanImageToVideo" => &["width", "height"],
        "CR Seed" | "easy seed" | "Seed (rgthree)" => &["seed"],
        "PrimitiveNode"
        | "PrimitiveString"
        | "PrimitiveStringMultiline"
        | "PrimitiveInt"
        | "PrimitiveFloat"
        | "INTConstant"
        | "FloatConstant"
        | "StringConstant"
        | "StringConstantMultiline"
        | "SetNode"
        | "GetNode"
        | "easy setNode"
        | "easy getNode" => &["value"],
        _ => &[],
    }
}

/// `SetNode` and `GetNode` of `KJNodes` are a link without a line, by name.
fn name_virtual_links(nodes: &mut [Node]) {
    let name = |node: &Node| node.inputs.get("value").and_then(Value::as_str).map(str::to_owned);
    let source = |node: &Node| node.inputs.values().find(|value| link(value).is_some()).cloned();
    let set: HashMap<String, Value> = nodes
        .iter()
        .filter(|node| matches!(node.class.as_ref(), "SetNode" | "easy setNode"))
        .filter_map(|node| Some((name(node)?, source(node)?)))
        .collect();
    for node in nodes.iter_mut().filter(|node| matches!(node.class.as_ref(), "GetNode" | "easy getNode")) {
        if let Some(value) = name(node).and_then(|name| set.get(&name)) {
            node.class = Cow::Borrowed("Reroute");
            node.inputs = Cow::Owned(Map::from_iter([(String::new(), value.clone())]));
        }
    }
}
