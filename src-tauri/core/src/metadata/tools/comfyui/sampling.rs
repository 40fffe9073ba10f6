//! The numbers of a sampler: its own, or those of the nodes it consists of.

use serde_json::Value;

use super::graph::Graph;
use super::rule::Names;
use super::vocabulary::{class, input};
use crate::metadata::json::Lenient;
use crate::metadata::limits::MAX_PATH;

/// The numbers of one pass.
#[derive(Debug, Default)]
pub(super) struct Sampling {
    pub(super) seed: Option<String>,
    pub(super) steps: Option<u32>,
    pub(super) cfg: Option<f64>,
    pub(super) sampler: Option<String>,
    pub(super) scheduler: Option<String>,
    pub(super) denoise: Option<f64>,
}

/// Reads the numbers of a sampler.
pub(super) fn sampling_of_sampler(graph: &Graph, node: usize) -> Sampling {
    let sigmas = graph.linked(node, input::SIGMAS);
    let schedule = |keys: Names| node_behind(graph, sigmas?, keys);
    let own_steps = graph.resolve(node, input::STEPS, Lenient::whole);
    Sampling {
        seed: seed(graph, node),
        steps: own_steps.or_else(|| {
            let at = schedule(input::SCHEDULE_STEPS)?;
            graph.resolve(at, input::SCHEDULE_STEPS, Lenient::whole)
        }),
        cfg: cfg(graph, node),
        sampler: sampler(graph, node),
        scheduler: graph.resolve(node, input::SCHEDULER, name).or_else(|| scheduler(graph, sigmas?)),
        denoise: graph
            .resolve(node, input::DENOISE, Lenient::float)
            .or_else(|| graph.resolve(schedule(input::DENOISE)?, input::DENOISE, Lenient::float)),
    }
}

fn name(value: &Value) -> Option<String> {
    value.word().filter(|_| value.is_string())
}

pub(super) fn seed(graph: &Graph, node: usize) -> Option<String> {
    let own = graph.resolve(node, input::SEED, Lenient::seed);
    own.or_else(|| {
        let at = node_behind(graph, graph.linked(node, input::NOISE)?, input::SEED)?;
        graph.resolve(at, input::SEED, Lenient::seed)
    })
}

/// Returns the guidance scale of a sampler or its guider.
fn cfg(graph: &Graph, node: usize) -> Option<f64> {
    let own = graph.resolve(node, input::CFG, Lenient::float);
    own.or_else(|| graph.resolve(graph.linked(node, input::GUIDER)?, input::CFG, Lenient::float))
}

fn sampler(graph: &Graph, node: usize) -> Option<String> {
    let own = graph.resolve(node, input::SAMPLER_NAME, name);
    own.or_else(|| {
        let selector = graph.linked(node, input::SAMPLER)?;
        let chosen = node_behind(graph, selector, input::SELECTED_SAMPLER);
        match chosen {
            Some(at) => graph.resolve(at, input::SELECTED_SAMPLER, name),
            None => sampler_class(graph, selector),
        }
    })
    .or_else(|| {
        if graph.is(node, class::SCHEDULER_IS_SAMPLER) {
            graph.resolve(node, input::SCHEDULE, name)
        } else {
            None
        }
    })
}

/// Returns the name of a sampler that has a node of its own. With its noise on the GPU, `ComfyUI` lists
/// `dpmpp_3m_sde` as `dpmpp_3m_sde_gpu`.
fn sampler_class(graph: &Graph, node: usize) -> Option<String> {
    let name = snake_case(graph.class(node).strip_prefix(class::SAMPLER_PREFIX)?);
    let on_gpu = graph.input(node, input::NOISE_DEVICE).is_some_and(|device| device == "gpu");
    Some(if on_gpu { format!("{name}_gpu") } else { name }).filter(|name| !name.is_empty())
}

/// Returns the name of a schedule. Some schedules have a node of their own.
fn scheduler(graph: &Graph, sigmas: usize) -> Option<String> {
    if let Some(at) = node_behind(graph, sigmas, input::SCHEDULE) {
        return graph.resolve(at, input::SCHEDULE, name);
    }
    let at = node_behind(graph, sigmas, input::SCHEDULE_STEPS)?;
    let name = graph.class(at).strip_suffix(class::SCHEDULER_SUFFIX)?;
    Some(snake_case(name)).filter(|name| !name.is_empty())
}

/// Returns the first node with one of these inputs, following the only kind of link that such nodes have.
fn node_behind(graph: &Graph, start: usize, keys: Names) -> Option<usize> {
    let mut node = start;
    for _ in 0..MAX_PATH {
        if graph.first_input(node, keys).is_some() {
            return Some(node);
        }
        node = input::ONWARD.iter().find_map(|key| graph.linked(node, key))?;
    }
    graph.budget().give_up();
    None
}

fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    let mut before = ' ';
    for c in name.chars() {
        if c.is_ascii_uppercase() && before.is_ascii_lowercase() {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
        before = c;
    }
    snake
}
