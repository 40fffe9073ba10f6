//! The base model of a sampler, found past the `LoRAs` and patches before it.

use std::collections::HashSet;

use serde_json::Value;

use super::super::a1111::loras_in;
use super::compose::switches::chosen;
use super::graph::{Graph, link};
use crate::metadata::info::Lora;
use crate::metadata::json::{Lenient, Lookup};
use crate::metadata::limits::MAX_LORAS;

/// What is between a sampler and its models.
#[derive(Debug, Default)]
pub(super) struct Models {
    /// The base models; there are several if they are merged.
    pub(super) names: Vec<String>,
    pub(super) loras: Vec<Lora>,
    /// The nodes through which the models come.
    pub(super) patches: Vec<usize>,
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

/// Names of a weight in a stack that applies to the model and the text encoder.
const FOR_BOTH: [&str; 5] = ["strength_#", "lora_wt_#", "lora_strength_#", "lora_#_strength", "weight_#"];
/// Names of a weight in a stack that applies to the model alone.
const FOR_THE_MODEL: [&str; 4] =
    ["model_str_#", "model_weight_#", "strength_model_#", "lora_#_model_strength"];

/// Names of the input that switches off a row of a stack.
const OFF: [&str; 8] =
    ["switch_#", "enabled_#", "enable_#", "active_#", "on_#", "lora_#_enabled", "lora_enabled_#", "toggle_#"];

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
        if !self.seen.insert(node) || !self.graph.is_within(depth) {
            return;
        }
        self.found.patches.push(node);
        self.loras(node);
        if let Some(name) = self.name(node) {
            if !self.found.names.contains(&name) && self.found.names.len() < 20 {
                self.found.names.push(name);
            }
            for (key, next) in self.graph.links(node) {
                if key.to_ascii_lowercase().contains("lora") {
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
        let replaced = self.graph.linked(node, "model").is_some();
        for (key, next) in self.graph.links(node) {
            // A separate model replaces the one that came in a bundle.
            let bundle = ["pipe", "ctx", "context"].iter().any(|end| key.ends_with(end));
            if leads_to_model(self.graph, node, key) && !(replaced && bundle) {
                self.node(next, depth + 1);
            }
        }
    }

    /// Returns the model that a node loads; the `model_name` of other nodes is an upscaler or a
    /// patch.
    fn name(&self, node: usize) -> Option<String> {
        // A node with an incoming model does not load a base model, but motion for it, or a patch.
        if self.graph.linked(node, "model").is_some() {
            return None;
        }
        let value = self.graph.first_input(node, &NAMES).or_else(|| self.graph.input(node, "model"))?;
        if link(value).is_some() {
            return self.graph.resolve(node, &NAMES, file_name);
        }
        let loads = self.graph.kind(node).contains("load") || !self.graph.has(node, "model");
        file_name(value).filter(|_| loads || value.is_string())
    }

    fn loras(&mut self, node: usize) {
        let single = self.graph.resolve(node, &["lora_name"], file_name);
        let selected = || self.graph.input(node, "lora").filter(|lora| lora.is_string())?.word();
        if let Some(name) = single.or_else(selected) {
            let weight = self.weight(
                node,
                &[
                    "strength_model",
                    "strength",
                    "lora_model_strength",
                    "model_strength",
                    "lora_strength",
                    "lora_weight",
                ],
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
        if let Some(list) =
            ["loras", "lora_stack_data"].iter().find_map(|key| rows(self.graph.input(node, key)?))
        {
            for row in list.iter().filter(|row| row.get("active").is_none_or(|active| active == true)) {
                if let Some(name) = row.text(&["name"]) {
                    self.add(name, row.number(&["strength"]));
                }
            }
            return;
        }
        // If a node between a model and a sampler has a text, it applies the tags in it.
        let keys = ["populated_text", "lora_syntax", "loras", "prompt", "text"];
        let text = self.graph.first_input(node, &keys);
        let text = text.and_then(Value::as_str).filter(|text| self.graph.spend(text.len().saturating_mul(3)));
        for lora in text.map(loras_in).unwrap_or_default() {
            self.add(lora.name, lora.weight);
        }
    }

    /// Reads a row of a stack. Stacks number their `LoRAs`; rgthree's power loader has an object for
    /// each, with a switch.
    fn stacked(&self, node: usize, key: &str, value: &Value) -> Option<(String, Option<f64>)> {
        let number = key
            .strip_prefix("lora_name_")
            .or_else(|| key.strip_prefix("lora_"))
            .or_else(|| key.strip_prefix("lora"))?;
        let number = number.strip_suffix("_name").unwrap_or(number);
        if number.is_empty() || number.len() > 4 || !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        // Stacks keep choices in rows that they no longer show.
        let count = self.graph.resolve(node, &["lora_count", "num_loras"], Lenient::whole);
        if count.is_some_and(|count| number.parse().is_ok_and(|number: u32| number > count))
            || self.graph.input(node, "toggle").is_some_and(|toggle| toggle == false)
        {
            return None;
        }
        if value.is_object() {
            let on = value.get("on").and_then(Value::as_bool).unwrap_or(true);
            return Some((value.text(&["lora"])?, value.number(&["strength"]))).filter(|_| on);
        }
        let off = OFF.iter().any(|name| {
            let switch = self.graph.input(node, &name.replace('#', number));
            switch.is_some_and(|switch| switch == "Off" || switch == "off" || switch == false)
        });
        let advanced = |key: &str| self.graph.input(node, key).is_some_and(|mode| mode == "advanced");
        let weight = if advanced("input_mode") || advanced("mode") {
            self.numbered(node, number, &FOR_THE_MODEL)
        } else {
            self.numbered(node, number, &FOR_BOTH).or_else(|| self.numbered(node, number, &FOR_THE_MODEL))
        };
        Some((value.word().filter(|_| value.is_string() && !off)?, weight))
    }

    /// Returns the weight of a row; `#` in a name stands for the number of the row.
    fn numbered(&self, node: usize, number: &str, names: &[&str]) -> Option<f64> {
        names.iter().find_map(|name| self.weight(node, &[&name.replace('#', number)]))
    }

    fn weight(&self, node: usize, keys: &[&str]) -> Option<f64> {
        self.graph.resolve(node, keys, Lenient::float)
    }

    fn add(&mut self, name: String, weight: Option<f64>) {
        let is_off = weight == Some(0.0) || name.eq_ignore_ascii_case("none");
        if is_off || self.found.loras.iter().any(|lora| lora.name == name) {
            return;
        }
        if self.found.loras.len() < MAX_LORAS {
            self.found.loras.push(Lora { name, weight });
        } else {
            self.graph.budget().give_up();
        }
    }
}

/// Returns the list of `LoraManager`, plain or as the interface wraps lists.
fn rows(value: &Value) -> Option<&Vec<Value>> {
    value.get("__value__").unwrap_or(value).as_array().filter(|rows| rows.iter().any(Value::is_object))
}

/// Returns a file name, plain or, as pysssss writes it, with a preview picture.
fn file_name(value: &Value) -> Option<String> {
    match value {
        Value::Object(map) => map.text(&["content", "name"]),
        Value::String(_) => value.word(),
        _ => None,
    }
}

fn leads_to_model(graph: &Graph, node: usize, key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    let aside = [
        "clip",
        "control",
        "style",
        "upscale",
        "vae",
        "sam_",
        "bbox",
        "detect",
        "clip_vision",
        "patch",
        "motion",
        "m_models",
        "refiner",
        "restore",
        "negative",
        "uncond",
    ];
    let carriers =
        ["guider", "pipe", "context", "base_ctx", "ctx", "sdxl_tuple", "unet", "anything", "any_input"];
    // Stacks of LoRAs are chained by inputs with many different names, most of them optional.
    let is_stack =
        key.contains("lora") && !["clip", "name", "text", "strength"].iter().any(|word| key.contains(word));
    let carried = carriers.contains(&key.as_str()) || key.ends_with("_pipe") || is_stack;
    let reroute = graph.kind(node).contains("reroute");
    carried || reroute || key.contains("model") && !aside.iter().any(|word| key.contains(word))
}

/// Returns the VAE that these nodes load, if it is not the model's own.
pub(super) fn vae(graph: &Graph, used: &[usize]) -> Option<String> {
    let mut names = used.iter().filter_map(|node| graph.resolve(*node, &["vae_name"], file_name));
    names.find(|name| !name.to_ascii_lowercase().contains("baked"))
}

/// Returns the clip skip. `CLIPSetLastLayer` counts from the end with negative numbers,
/// AUTOMATIC1111 with positive ones.
pub(super) fn clip_skip(graph: &Graph, used: &[usize]) -> Option<u32> {
    let layer = used
        .iter()
        .find_map(|node| graph.resolve(*node, &["stop_at_clip_layer", "clip_skip"], Value::as_i64))?;
    u32::try_from(layer.unsigned_abs()).ok().filter(|layer| *layer > 0)
}
