//! `ComfyUI`: the graph that was run (`prompt`) and the graph as it was drawn (`workflow`).
//!
//! There is no list of parameters to read. The graph is followed back from the saved picture to the sampler
//! that made it, and from there along its links to texts, models and numbers, wherever custom nodes have put
//! them.

mod compose;
mod graph;
mod models;
mod passes;
mod prompts;
mod rule;
mod sampling;
mod service;
mod vocabulary;
mod widgets;
mod workflow;

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use self::graph::Graph;
use crate::metadata::budget::Budget;
use crate::metadata::evidence::Evidence;
use crate::metadata::graph_info::GraphInfo;
use crate::metadata::info::{GenerationData, Tool};
use crate::metadata::json::{self, Lookup};
use crate::metadata::limits::MAX_NODES;

/// The maximum length of a version that is believed, in bytes.
const MAX_VERSION: usize = 64;

/// Returns what the graph of a picture says. It is read once.
pub(super) fn graph_info<'e>(evidence: &'e Evidence<'_>) -> Option<&'e GraphInfo> {
    evidence.graph(|| read_graph(evidence))
}

fn read_graph(evidence: &Evidence) -> Option<GraphInfo> {
    let graph = graph(evidence)?;
    let mut ran = describe(&graph);
    if let Some(version) = frontend_version(evidence) {
        ran.info.keep("frontend_version", json!(version));
    }
    Some(ran)
}

/// Returns the version of the interface that drew the graph.
fn frontend_version(evidence: &Evidence) -> Option<String> {
    match evidence.text("workflow") {
        Some(drawing) if evidence.budget.spend(drawing.len()) => drawn_by(drawing),
        Some(_) => None,
        None => evidence.objects().find_map(|json| json.first(&["extra"])?.text(&["frontendVersion"])),
    }
}

/// Returns the version under the last key with that name. A drawing is the largest text of all, and nothing
/// else in it is needed, so it is not parsed.
fn drawn_by(drawing: &str) -> Option<String> {
    let (before, after) = drawing.rsplit_once("\"frontendVersion\"")?;
    let version = after.trim_start().strip_prefix(':')?.trim_start().strip_prefix('"')?.split('"').next()?;
    // Inside another text, the quotes of the key would be escaped.
    let is_key = !before.ends_with('\\') && !version.contains('\\');
    (is_key && version.len() <= MAX_VERSION).then(|| version.to_owned())
}

/// Returns the graph of a picture: the one that was run, otherwise the one that was drawn.
pub(super) fn graph<'e>(evidence: &'e Evidence) -> Option<Graph<'e>> {
    let budget = evidence.budget;
    let owned = |value: &Value| parts(value, budget).into_iter().map(Cow::into_owned).collect::<Vec<_>>();
    let hidden: Vec<Value> = embedded(evidence).iter().flat_map(owned).collect();
    let candidates = || {
        let keyed = ["prompt", "workflow"].into_iter().filter_map(|key| evidence.json(key));
        let hidden = hidden.iter().cloned().map(Cow::Owned);
        keyed.chain(evidence.objects()).flat_map(|value| parts(value, budget)).chain(hidden)
    };
    let run = candidates().find_map(|part| run_graph(part, budget));
    run.or_else(|| candidates().find_map(|part| workflow::graph(&part, budget)))
}

/// Returns the graphs in XMP, where savers of AVIF and WebP write them.
fn embedded(evidence: &Evidence) -> Vec<Value> {
    let named = evidence
        .properties_of("comfy")
        .filter(|(name, _)| name.eq_ignore_ascii_case("prompt") || name.eq_ignore_ascii_case("workflow"));
    named.filter_map(|(_, value)| json::parse(value, evidence.budget)).collect()
}

/// Returns the parts of a text that may be graphs: the text itself, or what it has under `prompt` or
/// `workflow`, as an object or as text.
fn parts<'v>(value: &'v Value, budget: &Budget) -> Vec<Cow<'v, Value>> {
    let mut parts = vec![Cow::Borrowed(value)];
    for key in ["prompt", "Prompt", "workflow", "Workflow"] {
        match value.get(key) {
            Some(part @ Value::Object(_)) => parts.push(Cow::Borrowed(part)),
            Some(Value::String(text)) => parts.extend(json::parse(text, budget).map(Cow::Owned)),
            _ => {}
        }
    }
    parts
}

/// Reads `{id: {class_type, inputs}}`. Skips entries that are not nodes, such as `extra`.
fn run_graph<'a>(value: Cow<'a, Value>, budget: &'a Budget<'a>) -> Option<Graph<'a>> {
    let mut nodes: Vec<_> = match value {
        Cow::Borrowed(value) => run_nodes(value)?.take(MAX_NODES + 1).collect(),
        Cow::Owned(value) => run_nodes(&value)?.take(MAX_NODES + 1).map(graph::Node::into_owned).collect(),
    };
    if nodes.len() > MAX_NODES {
        budget.give_up();
        nodes.truncate(MAX_NODES);
    }
    (!nodes.is_empty()).then(|| Graph::new(nodes, budget))
}

fn run_nodes(value: &Value) -> Option<impl Iterator<Item = graph::Node<'_>>> {
    let nodes = value.as_object()?.iter();
    Some(nodes.filter_map(|(id, node)| run_node(id, node)))
}

fn run_node<'a>(id: &'a str, node: &'a Value) -> Option<graph::Node<'a>> {
    let class = node.get("class_type")?.as_str()?.into();
    let inputs = Cow::Borrowed(node.get("inputs")?.as_object()?);
    Some(graph::Node { id: id.into(), class, inputs })
}

/// Reads the fields of a graph's base pass, and lists the later passes.
pub(super) fn describe(graph: &Graph) -> GraphInfo {
    let mut info = GenerationData::new(Tool::Comfyui);
    let used = passes::used(graph);
    let passes = passes::find(graph, &used);
    let Some(base) = passes.first().copied() else {
        let service = service::find(graph, &used);
        let unsure = service.map(|node| service::describe(graph, node, &mut info)).unwrap_or_default();
        return GraphInfo { info, unsure };
    };
    let sampling = sampling::sampling_of_sampler(graph, base);
    let patches = add_models(graph, base, &mut info);
    let prompts = prompts::prompts_of_sampler(graph, base, &patches, sampling.cfg);
    info.prompt = prompts.positive;
    info.negative_prompt = prompts.negative;
    if let Some(guidance) = prompts.guidance {
        info.keep("guidance", json!(guidance));
    }
    info.seed = sampling.seed;
    info.steps = sampling.steps;
    info.cfg = sampling.cfg;
    info.sampler = sampling.sampler;
    info.scheduler = sampling.scheduler;
    info.denoise = sampling.denoise;
    info.size = passes::size(graph, base);
    info.vae = models::vae(graph, &used);
    info.clip_skip = models::clip_skip(graph, &used);
    let later: Vec<Value> =
        passes.iter().skip(1).take(50).map(|pass| later_pass(graph, *pass, &info)).collect();
    info.keep("passes", Value::Array(later));
    info.keep("inputs", json!(passes::input_images(graph, &used)));
    GraphInfo { info, unsure: prompts.unsure }
}

/// Adds the models of a sampler, and returns the nodes through which they come.
fn add_models(graph: &Graph, sampler: usize, info: &mut GenerationData) -> Vec<usize> {
    let found = models::models_of_sampler(graph, sampler);
    info.loras = found.loras;
    if found.names.len() > 1 {
        info.keep("models", json!(found.names));
    }
    info.model = found.names.into_iter().next();
    found.patches
}

/// Describes what a later pass did, without what it shares with the base pass.
fn later_pass(graph: &Graph, sampler: usize, base: &GenerationData) -> Value {
    let sampling = sampling::sampling_of_sampler(graph, sampler);
    let models = models::models_of_sampler(graph, sampler).names;
    let model = models.into_iter().next().filter(|name| base.model.as_ref() != Some(name));
    let prompt =
        prompts::positive_of_sampler(graph, sampler).filter(|text| base.prompt.as_ref() != Some(text));
    let fields = [
        ("node", Some(json!(graph.class(sampler)))),
        ("model", model.map(Value::from)),
        ("prompt", prompt.map(Value::from)),
        ("seed", sampling.seed.map(Value::from)),
        ("steps", sampling.steps.map(Value::from)),
        ("cfg", sampling.cfg.map(Value::from)),
        ("sampler", sampling.sampler.map(Value::from)),
        ("scheduler", sampling.scheduler.map(Value::from)),
        ("denoise", sampling.denoise.map(Value::from)),
    ];
    let known = fields.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
    Value::Object(known.collect::<Map<_, _>>())
}

#[cfg(test)]
mod tests;
