//! The base model of a sampler, found past the `LoRAs` and patches before it.

use std::collections::HashSet;

use serde_json::Value;

use super::super::a1111::loras_in;
use super::compose::switches::chosen;
use super::graph::{Graph, link, unwrapped};
use super::rule::{self, Names};
use super::vocabulary::{class, input};
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

/// Finds the models of a sampler.
pub(super) fn models_of_sampler(graph: &Graph, sampler: usize) -> Models {
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
                if rule::fits(input::TO_LORAS, key) {
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
        let is_replaced = self.graph.linked(node, input::MODEL).is_some();
        for (key, next) in self.graph.links(node) {
            // A separate model replaces the one that came in a bundle.
            let is_bundle = rule::fits(input::BUNDLE, key);
            if leads_to_model(self.graph, node, key) && !(is_replaced && is_bundle) {
                self.node(next, depth + 1);
            }
        }
    }

    /// Returns the model that a node loads; the `model_name` of other nodes is an upscaler or a
    /// patch.
    fn name(&self, node: usize) -> Option<String> {
        // A node with an incoming model does not load a base model, but motion for it, or a patch.
        if self.graph.linked(node, input::MODEL).is_some() {
            return None;
        }
        let file = self.graph.first_input(node, input::MODEL_FILE);
        let value = file.or_else(|| self.graph.input(node, input::MODEL))?;
        if link(value).is_some() {
            return self.graph.resolve(node, input::MODEL_FILE, file_name);
        }
        let loads = self.graph.is(node, class::LOADER) || !self.graph.has(node, input::MODEL);
        file_name(value).filter(|_| loads || value.is_string())
    }

    fn loras(&mut self, node: usize) {
        let single = self.graph.resolve(node, input::LORA_FILE, file_name);
        let selected = || self.graph.input(node, input::LORA).filter(|lora| lora.is_string())?.word();
        if let Some(name) = single.or_else(selected) {
            let weight = self.weight(node, input::LORA_STRENGTH);
            self.add(name, weight);
        }
        let mut stacked = Vec::new();
        for (key, value) in self.graph.inputs(node).take(500) {
            stacked.extend(self.stacked(node, key, value));
        }
        for (name, weight) in stacked {
            self.add(name, weight);
        }
        if let Some(list) = input::LORA_LIST.iter().find_map(|key| rows(self.graph.input(node, key)?)) {
            let is_on = |row: &&Value| row.get(input::LISTED_SWITCH).is_none_or(|is_on| is_on == true);
            for row in list.iter().filter(is_on) {
                if let Some(name) = row.text(input::LISTED_FILE) {
                    self.add(name, row.number(input::LISTED_STRENGTH));
                }
            }
            return;
        }
        // If a node between a model and a sampler has a text, it applies the tags in it.
        let text = self.graph.first_input(node, input::LORA_TAGS);
        let text = text.and_then(Value::as_str).filter(|text| self.graph.spend(text.len().saturating_mul(3)));
        for lora in text.map(loras_in).unwrap_or_default() {
            self.add(lora.name, lora.weight);
        }
    }

    /// Reads a row of a stack. Stacks number their `LoRAs`; some have an object for each, with a switch.
    fn stacked(&self, node: usize, key: &str, value: &Value) -> Option<(String, Option<f64>)> {
        let number = input::ROW_PREFIXES.iter().find_map(|prefix| key.strip_prefix(prefix))?;
        let number = number.strip_suffix(input::ROW_SUFFIX).unwrap_or(number);
        if number.is_empty() || number.len() > 4 || !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        // Stacks keep choices in rows that they no longer show.
        let count = self.graph.resolve(node, input::ROW_COUNT, Lenient::whole);
        if count.is_some_and(|count| number.parse().is_ok_and(|number: u32| number > count))
            || self.graph.input(node, input::STACK_SWITCH).is_some_and(|is_on| is_on == false)
        {
            return None;
        }
        if value.is_object() {
            let is_on = value.get(input::ROW_IS_ON).and_then(Value::as_bool).unwrap_or(true);
            let (name, weight) = (value.text(input::ROW_FILE), value.number(input::ROW_STRENGTH));
            return Some((name?, weight)).filter(|_| is_on);
        }
        let is_off = input::ROW_SWITCH.iter().any(|name| {
            let switch = self.graph.input(node, &name.replace('#', number));
            switch.is_some_and(|switch| switch == "Off" || switch == "off" || switch == false)
        });
        let is_advanced = |key: &str| self.graph.input(node, key).is_some_and(|mode| mode == "advanced");
        let for_model = || self.numbered(node, number, input::ROW_MODEL_WEIGHT);
        let weight = if input::ROW_MODE.into_iter().any(is_advanced) {
            for_model()
        } else {
            self.numbered(node, number, input::ROW_WEIGHT).or_else(for_model)
        };
        Some((value.word().filter(|_| value.is_string() && !is_off)?, weight))
    }

    /// Returns the weight of a row; `#` in a name stands for the number of the row.
    fn numbered(&self, node: usize, number: &str, names: Names) -> Option<f64> {
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

/// Returns a list of objects, plain or as the interface wraps lists.
fn rows(value: &Value) -> Option<&Vec<Value>> {
    unwrapped(value).as_array().filter(|rows| rows.iter().any(Value::is_object))
}

/// Returns a file name, plain or in an object with a preview picture.
fn file_name(value: &Value) -> Option<String> {
    match value {
        Value::Object(map) => map.text(input::FILE_IN_OBJECT),
        Value::String(_) => value.word(),
        _ => None,
    }
}

fn leads_to_model(graph: &Graph, node: usize, key: &str) -> bool {
    rule::fits(input::TO_MODEL, key) || graph.is(node, class::REROUTE)
}

/// Returns the VAE that these nodes load, if it is not the model's own.
pub(super) fn vae(graph: &Graph, used: &[usize]) -> Option<String> {
    let mut names = used.iter().filter_map(|node| graph.resolve(*node, input::VAE_FILE, file_name));
    names.find(|name| !name.to_ascii_lowercase().contains("baked"))
}

/// Returns the clip skip. `ComfyUI` counts layers from the end with negative numbers, AUTOMATIC1111 with
/// positive ones.
pub(super) fn clip_skip(graph: &Graph, used: &[usize]) -> Option<u32> {
    let layer = used.iter().find_map(|node| graph.resolve(*node, input::CLIP_SKIP, Value::as_i64))?;
    u32::try_from(layer.unsigned_abs()).ok().filter(|layer| *layer > 0)
}
