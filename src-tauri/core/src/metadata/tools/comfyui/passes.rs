//! Which samplers made the picture, and which of them came first.

use std::collections::{HashSet, VecDeque};

use serde_json::Value;

use super::compose::switches::chosen;
use super::graph::Graph;
use super::rule::{self, Names, Rules};
use super::vocabulary::{class, input};
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
    let ended = reachable(graph, &ending(graph, class::SAVER));
    if sampled(&ended) {
        return ended;
    }
    let shown = reachable(graph, &ending(graph, class::PREVIEW));
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
        } else if graph.is(node, class::SAVER) {
            let links = graph.links(node).into_iter().filter(|(key, _)| rule::fits(input::PICTURE, key));
            pictures.extend(links.map(|(_, from)| from));
        }
    }
    pictures
}

/// Says whether a node saves its own result, as samplers of some packs do.
fn saves_itself(graph: &Graph, node: usize) -> bool {
    let output = graph.input(node, input::OUTPUT_MODE).and_then(Value::as_str);
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

/// Returns the nodes whose class has this meaning and that have an incoming link.
fn ending(graph: &Graph, meaning: Rules) -> Vec<usize> {
    (0..graph.len()).filter(|node| graph.is(*node, meaning) && !graph.links(*node).is_empty()).collect()
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
    let has_all = |groups: &[Names]| groups.iter().all(|keys| graph.has_any(node, keys));
    let is_like_one = input::SAMPLER_SIGNS.iter().any(|groups| has_all(groups));
    !graph.is(node, class::NO_SAMPLER)
        && (is_like_one || graph.is(node, class::SAMPLER) && has_all(input::NAMED_SAMPLER_SIGNS))
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
    let is_empty = |node: &usize| graph.is(*node, class::EMPTY_LATENT);
    if behind.iter().any(is_empty) { Start::Empty } else { Start::Other }
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
            let is_canvas = rule::fits(input::CANVAS, key) || graph.is(node, class::REROUTE);
            if (is_canvas || graph.has(next, input::FIRST_STAGE)) && seen.insert(next) {
                order.push(next);
                if !is_sampler(graph, next) {
                    queue.push_back(next);
                }
            }
        }
    }
    order
}

/// Returns the size of the canvas that a pass starts from, in pixels.
pub(super) fn size(graph: &Graph, sampler: usize) -> Option<(u32, u32)> {
    let of = |node: usize| {
        let width = graph.resolve(node, input::WIDTH, Lenient::whole)?;
        let height = graph.resolve(node, input::HEIGHT, Lenient::whole)?;
        Some((width, height))
    };
    canvas(graph, sampler).into_iter().find_map(of)
}

/// Returns the names of the pictures that these nodes load: the sources of img2img and `ControlNet`.
pub(super) fn input_images(graph: &Graph, used: &[usize]) -> Vec<String> {
    let loads = |node: &usize| graph.is(*node, class::IMAGE_LOADER);
    let name = |node| graph.input(node, input::IMAGE_FILE).filter(|image| image.is_string())?.word();
    used.iter().copied().filter(loads).filter_map(name).take(50).collect()
}
