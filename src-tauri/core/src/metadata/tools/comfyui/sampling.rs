//! The numbers of a sampler: its own, or those of the nodes it consists of.

use serde_json::Value;

use super::graph::Graph;
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

const STEPS: [&str; 2] = ["steps", "steps_total"];
const SEED: [&str; 2] = ["noise_seed", "seed"];
const SAMPLER: [&str; 2] = ["sampler_name", "sampler"];
const DENOISE: [&str; 2] = ["denoise", "denoise_strength"];

/// Reads the numbers of a sampler.
pub(super) fn of(graph: &Graph, node: usize) -> Sampling {
    let sigmas = graph.linked(node, "sigmas");
    let schedule = |keys: &[&str]| behind(graph, sigmas?, keys);
    let own_steps = graph.resolve(node, &STEPS, Lenient::whole);
    Sampling {
        seed: seed(graph, node),
        steps: own_steps
            .or_else(|| schedule(&["steps"]).and_then(|at| graph.resolve(at, &["steps"], Lenient::whole))),
        cfg: cfg(graph, node),
        sampler: sampler(graph, node),
        scheduler: graph
            .resolve(node, &["scheduler", "scheduler_name"], name)
            .or_else(|| scheduler(graph, sigmas?)),
        denoise: graph
            .resolve(node, &DENOISE, Lenient::float)
            .or_else(|| schedule(&DENOISE).and_then(|at| graph.resolve(at, &DENOISE, Lenient::float))),
    }
}

fn name(value: &Value) -> Option<String> {
    value.word().filter(|_| value.is_string())
}

pub(super) fn seed(graph: &Graph, node: usize) -> Option<String> {
    let own = graph.resolve(node, &SEED, Lenient::seed);
    own.or_else(|| graph.resolve(behind(graph, graph.linked(node, "noise")?, &SEED)?, &SEED, Lenient::seed))
}

/// Returns the guidance scale of a sampler or its guider. `cfg_conds` is the scale of two conditionings, and
/// WAN and Kandinsky have other names for it.
fn cfg(graph: &Graph, node: usize) -> Option<f64> {
    let keys = ["cfg", "cfg_scale", "guidance_scale", "cfg_conds"];
    let own = graph.resolve(node, &keys, Lenient::float);
    own.or_else(|| graph.resolve(graph.linked(node, "guider")?, &keys, Lenient::float))
}

fn sampler(graph: &Graph, node: usize) -> Option<String> {
    let own = graph.resolve(node, &SAMPLER, name);
    own.or_else(|| {
        let selector = graph.linked(node, "sampler")?;
        let chosen = behind(graph, selector, &["sampler_name"]);
        match chosen {
            Some(at) => graph.resolve(at, &["sampler_name"], name),
            None => sampler_class(graph, selector),
        }
    })
    .or_else(|| {
        if graph.class(node).starts_with("WanVideo") {
            graph.resolve(node, &["scheduler"], name)
        } else {
            None
        }
    })
}

/// Returns the name of a sampler that has a node of its own: `SamplerDPMPP_3M_SDE` is `dpmpp_3m_sde`, with
/// its noise on the GPU `dpmpp_3m_sde_gpu`, as `ComfyUI` lists them.
fn sampler_class(graph: &Graph, node: usize) -> Option<String> {
    let name = snake_case(graph.class(node).strip_prefix("Sampler")?);
    let on_gpu = graph.input(node, "noise_device").is_some_and(|device| device == "gpu");
    Some(if on_gpu { format!("{name}_gpu") } else { name }).filter(|name| !name.is_empty())
}

/// Returns the name of a schedule. Some have a node of their own: `KarrasScheduler` is `karras`.
fn scheduler(graph: &Graph, sigmas: usize) -> Option<String> {
    if let Some(at) = behind(graph, sigmas, &["scheduler"]) {
        return graph.resolve(at, &["scheduler"], name);
    }
    let at = behind(graph, sigmas, &["steps"])?;
    Some(snake_case(graph.class(at).strip_suffix("Scheduler")?)).filter(|name| !name.is_empty())
}

/// Returns the first node with one of these inputs, following the only kind of link that such nodes have.
fn behind(graph: &Graph, start: usize, keys: &[&str]) -> Option<usize> {
    const ONWARD: [&str; 7] = ["sigmas", "noise", "sampler", "sigmas_1", "high_sigmas", "", "any"];
    let mut node = start;
    for _ in 0..MAX_PATH {
        if graph.first_input(node, keys).is_some() {
            return Some(node);
        }
        node = ONWARD.iter().find_map(|key| graph.linked(node, key))?;
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
