//! The base model of a sampler, past the `LoRAs` and patches on the way to it.

use std::collections::HashSet;

use serde_json::Value;

use super::graph::{Graph, chosen, link};
use crate::metadata::info::Lora;
use crate::metadata::json::{Lenient, Lookup};
use crate::metadata::limits::MAX_PATH;

/// What lies on the way from a sampler to its models.
#[derive(Debug, Default)]
pub(super) struct Models {
    /// Base models, several where they are merged.
    pub(super) names: Vec<String>,
    pub(super) loras: Vec<Lora>,
}

const NAMES: [&str; 10] = [
    "ckpt_name",
    "unet_name",
    "base_ckpt_name",
    "gguf_name",
    "transformer_name",
    "diffusion_model_name",
    "diffusion_name",
    "model_name",
    "model_path",
    "checkpoint",
];

/// Finds the models of a sampler.
pub(super) fn of(graph: &Graph, sampler: usize) -> Models {
    let mut walk = Walk { graph, seen: HashSet::new(), found: Models::default() };
    walk.links(sampler, 0);
    walk.found
}

struct Walk<'a> {
    graph: &'a Graph<'a>,
    seen: HashSet<usize>,
    found: Models,
}

impl Walk<'_> {
    fn node(&mut self, node: usize, depth: usize) {
        if depth > MAX_PATH || !self.seen.insert(node) {
            return;
        }
        self.loras(node);
        if let Some(name) = self.name(node) {
            if !self.found.names.contains(&name) && self.found.names.len() < 20 {
                self.found.names.push(name);
            }
            for (key, next) in self.graph.links(node) {
                if key.contains("lora") {
                    self.node(next, depth + 1);
                }
            }
            return;
        }
        self.links(node, depth);
    }

    fn links(&mut self, node: usize, depth: usize) {
        if let Some(value) = chosen(self.graph, node) {
            if let Some(next) = self.graph.target(value) {
                self.node(next, depth + 1);
            }
            return;
        }
        for (key, next) in self.graph.links(node) {
            if leads_to_model(self.graph, node, key) {
                self.node(next, depth + 1);
            }
        }
    }

    /// A loader's model; `model_name` of other nodes is an upscaler or a patch.
    fn name(&self, node: usize) -> Option<String> {
        let value = self.graph.first_input(node, &NAMES).or_else(|| self.graph.input(node, "model"))?;
        if link(value).is_some() {
            return self.graph.resolve(node, &NAMES, file_name);
        }
        let loads = self.graph.kind(node).contains("load") || !self.graph.has(node, "model");
        file_name(value).filter(|_| loads || value.is_string() && self.graph.linked(node, "model").is_none())
    }

    fn loras(&mut self, node: usize) {
        let single = self.graph.resolve(node, &["lora_name"], file_name);
        if let Some(name) = single {
            let weight = self.weight(
                node,
                &["strength_model", "strength", "lora_model_strength", "model_strength", "lora_weight"],
            );
            self.add(name, weight);
        }
        let mut stacked = Vec::new();
        for (key, value) in self.graph.inputs(node).take(500) {
            stacked.extend(self.stacked(node, key, value));
        }
        for (name, weight) in stacked {
            self.add(name, weight);
        }
    }

    /// Stacks number their `LoRAs`; rgthree's power loader has an object for each, with a switch.
    fn stacked(&self, node: usize, key: &str, value: &Value) -> Option<(String, Option<f64>)> {
        let number = key
            .strip_prefix("lora_name_")
            .or_else(|| key.strip_prefix("lora_"))
            .or_else(|| key.strip_prefix("lora"))?;
        if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        if value.is_object() {
            let on = value.get("on").and_then(Value::as_bool).unwrap_or(true);
            return Some((value.text(&["lora"])?, value.number(&["strength"]))).filter(|_| on);
        }
        let off = self.graph.input(node, &format!("switch_{number}")).is_some_and(|switch| switch == "Off");
        let weights = ["strength_", "lora_wt_", "model_str_", "model_weight_", "strength_model_", "weight_"]
            .map(|start| format!("{start}{number}"));
        let weight = self.weight(node, &weights.each_ref().map(String::as_str));
        Some((value.word().filter(|_| value.is_string() && !off)?, weight))
    }

    fn weight(&self, node: usize, keys: &[&str]) -> Option<f64> {
        self.graph.resolve(node, keys, Lenient::float)
    }

    fn add(&mut self, name: String, weight: Option<f64>) {
        if weight != Some(0.0)
            && self.found.loras.len() < 100
            && !self.found.loras.iter().any(|lora| lora.name == name)
        {
            self.found.loras.push(Lora { name, weight });
        }
    }
}

/// A file name, alone or, as pysssss writes it, with a preview picture.
fn file_name(value: &Value) -> Option<String> {
    match value {
        Value::Object(map) => map.text(&["content", "name"]),
        Value::String(_) => value.word(),
        _ => None,
    }
}

fn leads_to_model(graph: &Graph, node: usize, key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    let aside =
        ["clip", "control", "style", "upscale", "vae", "sam_", "bbox", "detect", "clip_vision", "patch"];
    let carriers =
        ["guider", "pipe", "context", "base_ctx", "ctx", "lora_stack", "lora", "sdxl_tuple", "unet"];
    let carried = carriers.contains(&key.as_str()) || key.ends_with("_pipe");
    let reroute = graph.kind(node).contains("reroute");
    carried || reroute || key.contains("model") && !aside.iter().any(|word| key.contains(word))
}

/// The autoencoder, where it is loaded by itself.
pub(super) fn vae(graph: &Graph) -> Option<String> {
    let loader = (0..graph.len())
        .find(|node| graph.class(*node).contains("VAELoader") && graph.has(*node, "vae_name"))?;
    graph.resolve(loader, &["vae_name"], file_name)
}

/// `CLIPSetLastLayer` counts from the end with a negative number, AUTOMATIC1111 with a positive one.
pub(super) fn clip_skip(graph: &Graph) -> Option<u32> {
    let node = (0..graph.len()).find(|node| graph.has(*node, "stop_at_clip_layer"))?;
    let layer = graph.resolve(node, &["stop_at_clip_layer"], Value::as_i64)?;
    u32::try_from(layer.unsigned_abs()).ok().filter(|layer| *layer > 0)
}
