//! Which samplers made the picture, and which of them came first.

use std::collections::{HashSet, VecDeque};

use serde_json::Value;

use super::compose::switches::chosen;
use super::graph::Graph;
use crate::metadata::json::Lenient;

/// Returns the nodes that the picture comes from, nearest first; all nodes if no output is known.
///
/// Only what was saved counts: other pictures that are not in the file may have been shown beside it. Many
/// workflows save nothing and end in a preview.
pub(super) fn used(graph: &Graph) -> Vec<usize> {
    let saved = reachable(graph, &saved(graph));
    if !saved.is_empty() {
        return saved;
    }
    let sampled = |nodes: &Vec<usize>| nodes.iter().any(|node| is_sampler(graph, *node));
    // A saved latent or model is not a picture, but a graph that saves only those has no other output.
    let ended = reachable(graph, &ending(graph, &SAVING));
    if sampled(&ended) {
        return ended;
    }
    let shown = reachable(graph, &ending(graph, &SHOWING));
    if sampled(&shown) {
        return shown;
    }
    let all: Vec<usize> = (0..graph.len()).collect();
    if ended.is_empty() || sampled(&all) { all } else { ended }
}

/// Returns the nodes that pass a picture to the node that saves it, and those that save it themselves.
fn saved(graph: &Graph) -> Vec<usize> {
    let mut pictures = Vec::new();
    for node in 0..graph.len() {
        if saves_itself(graph, node) {
            pictures.push(node);
        } else if is_named(graph, node, &SAVING) {
            let links = graph.links(node).into_iter();
            pictures.extend(links.filter(|(key, _)| is_picture(key)).map(|(_, from)| from));
        }
    }
    pictures
}

fn is_picture(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    ["image", "img", "pixels", "picture", "video", "frame"].iter().any(|word| key.contains(word))
}

/// Says whether a node saves its own result, as samplers of some packs do.
fn saves_itself(graph: &Graph, node: usize) -> bool {
    let output = graph.input(node, "image_output").and_then(Value::as_str);
    output.is_some_and(|output| output.to_ascii_lowercase().contains("save"))
}

/// Returns the samplers among these nodes: the base pass first, then the others, nearest to the output first.
pub(super) fn find(graph: &Graph, used: &[usize]) -> Vec<usize> {
    let mut samplers: Vec<usize> =
        used.iter().copied().filter(|node| is_sampler(graph, *node)).take(50).collect();
    if let Some(base) = base(graph, &samplers) {
        samplers.retain(|node| *node != base);
        samplers.insert(0, base);
    }
    samplers
}

const SAVING: [&str; 8] = [
    "save",
    "videocombine",
    "video combine",
    "imageoutput",
    "image output",
    "image_output",
    "sendimage",
    "websocket",
];
/// Words in the names of the nodes in which many workflows end.
const SHOWING: [&str; 2] = ["preview", "display"];

/// Returns the nodes that have one of these words in their class and an incoming link.
fn ending(graph: &Graph, words: &[&str]) -> Vec<usize> {
    (0..graph.len()).filter(|node| is_named(graph, *node, words) && !graph.links(*node).is_empty()).collect()
}

fn is_named(graph: &Graph, node: usize, words: &[&str]) -> bool {
    let class = graph.kind(node);
    words.iter().any(|word| class.contains(word))
}

/// Returns all nodes before these, nearest first. What a switch does not let through did not run.
fn reachable(graph: &Graph, starts: &[usize]) -> Vec<usize> {
    let mut seen: HashSet<usize> = HashSet::new();
    let mut queue: VecDeque<usize> = starts.iter().copied().filter(|start| seen.insert(*start)).collect();
    let mut order = Vec::new();
    while let Some(node) = queue.pop_front() {
        order.push(node);
        let next: Vec<usize> = match chosen(graph, node) {
            Some(choice) => graph.target(choice).into_iter().collect(),
            None => graph.links(node).into_iter().map(|(_, next)| next).collect(),
        };
        queue.extend(next.into_iter().filter(|next| seen.insert(*next)));
    }
    order
}

/// Says whether a node samples: it has a sampler's numbers, or a guider or model to run and something to run
/// it on.
pub(super) fn is_sampler(graph: &Graph, node: usize) -> bool {
    let class = graph.kind(node);
    if class.contains("save") || class.contains("loader") && !class.contains("sampler") {
        return false;
    }
    let has = |key: &str| graph.has(node, key);
    let any = |keys: &[&str]| keys.iter().any(|key| has(key));
    let numbers = has("steps")
        && any(&["cfg", "guidance", "guidance_scale"])
        && any(&["sampler_name", "sampler", "scheduler"]);
    let custom = any(&["guider", "model"]) && has("sigmas");
    let by_name = class.contains("sampler")
        && any(&["model", "guider", "pipe", "basic_pipe", "model_pipe", "context", "sdxl_tuple"])
        && any(&["seed", "noise_seed", "noise"]);
    numbers
        && any(&["model", "base_model", "pipe", "basic_pipe", "context", "positive", "text_embeds", "seed"])
        || custom && any(&["noise", "noise_seed", "latent_image"])
        || by_name
}

/// Returns the nearest sampler that does not continue the result of another one, preferably one that starts
/// with an empty latent.
fn base(graph: &Graph, samplers: &[usize]) -> Option<usize> {
    let first: Vec<(usize, Start)> = samplers
        .iter()
        .map(|node| (*node, start(graph, *node)))
        .filter(|(_, start)| *start != Start::Sampler)
        .collect();
    let empty = first.iter().find(|(_, start)| *start == Start::Empty);
    empty.or(first.first()).map(|(node, _)| *node).or(samplers.first().copied())
}

/// What a sampler starts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Start {
    Empty,
    Sampler,
    Other,
}

fn start(graph: &Graph, sampler: usize) -> Start {
    let behind = canvas(graph, sampler);
    if behind.iter().any(|node| *node != sampler && is_sampler(graph, *node)) {
        return Start::Sampler;
    }
    let empty = |node: &usize| graph.kind(*node).contains("empty");
    if behind.iter().any(empty) { Start::Empty } else { Start::Other }
}

/// Returns the nodes behind the latent or picture that a sampler starts from, up to the previous sampler.
pub(super) fn canvas(graph: &Graph, sampler: usize) -> Vec<usize> {
    let (mut seen, mut order, mut queue) = (HashSet::from([sampler]), Vec::new(), VecDeque::from([sampler]));
    while let Some(node) = queue.pop_front() {
        let choice = chosen(graph, node).filter(|_| node != sampler);
        if let Some(next) = choice.and_then(|value| graph.target(value)) {
            if seen.insert(next) {
                order.push(next);
                if !is_sampler(graph, next) {
                    queue.push_back(next);
                }
            }
            continue;
        }
        for (key, next) in graph.links(node) {
            // The second stage of Stable Cascade receives the result of the first stage with its prompt.
            let told = graph.has(next, "stage_c");
            if (is_canvas(graph, node, key) || told) && seen.insert(next) {
                order.push(next);
                if !is_sampler(graph, next) {
                    queue.push_back(next);
                }
            }
        }
    }
    order
}

fn is_canvas(graph: &Graph, node: usize, key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    let words = ["latent", "samples", "image", "pixels", "destination", "input", "pipe", "any", "stage_c"];
    let aside = ["image_embeds", "clip_vision", "control", "reference", "style"];
    let reroute = graph.kind(node).contains("reroute");
    reroute || words.iter().any(|word| key.contains(word)) && !aside.iter().any(|word| key.contains(word))
}

/// Returns the size of the canvas that a pass starts from, in pixels.
pub(super) fn size(graph: &Graph, sampler: usize) -> Option<(u32, u32)> {
    let of = |node: usize| {
        let width = graph.resolve(node, &["width", "empty_latent_width"], Lenient::whole)?;
        let height = graph.resolve(node, &["height", "empty_latent_height"], Lenient::whole)?;
        Some((width, height))
    };
    canvas(graph, sampler).into_iter().find_map(of)
}

/// Returns the names of the pictures that these nodes load: the sources of img2img and `ControlNet`.
pub(super) fn input_images(graph: &Graph, used: &[usize]) -> Vec<String> {
    let loads = |node: &usize| {
        let class = graph.kind(*node);
        class.contains("load") && class.contains("image")
    };
    let name = |node| graph.input(node, "image").filter(|image| image.is_string()).and_then(Lenient::word);
    used.iter().copied().filter(loads).filter_map(name).take(50).collect()
}
