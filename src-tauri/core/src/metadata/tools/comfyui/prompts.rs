//! The texts behind one side of a sampler.
//!
//! A node with inputs for both sides, as `ControlNetApplyAdvanced`, is left by the side it was entered by: walking all
//! of its links is how negative prompts end up among the prompts.

use std::collections::HashSet;

use serde_json::Value;

use super::graph::{Graph, Side, chosen, link};
use crate::metadata::json::Lenient;
use crate::metadata::limits::{MAX_FIELD_BYTES, MAX_PATH};

/// What was found on one side.
#[derive(Debug, Default)]
pub(super) struct Texts {
    list: Vec<String>,
    /// The same once more, to know each at once.
    known: HashSet<String>,
    size: usize,
    /// Distilled guidance, which `Flux` has on the way to the text.
    pub(super) guidance: Option<f64>,
}

impl Texts {
    /// The texts in the order they are combined, each once.
    pub(super) fn joined(&self) -> Option<String> {
        (!self.list.is_empty()).then(|| self.list.join("\n"))
    }

    /// Says whether nothing more is added, so that nothing more has to be read.
    fn is_full(&self) -> bool {
        self.size > MAX_FIELD_BYTES
    }

    fn add(&mut self, text: &str) {
        let text = text.trim();
        self.size += text.len();
        if !text.is_empty() && self.size <= MAX_FIELD_BYTES && self.known.insert(text.to_owned()) {
            self.list.push(text.to_owned());
        }
    }
}

/// Inputs that carry everything at once; the side has to be looked for behind them.
const CARRIERS: [&str; 13] = [
    "guider",
    "text_embeds",
    "prompt_embeds",
    "hyvid_embeds",
    "embeds",
    "pipe",
    "basic_pipe",
    "model_pipe",
    "context",
    "base_ctx",
    "ctx",
    "sdxl_tuple",
    "conditionings",
];

/// Finds the texts of a sampler's side.
pub(super) fn texts(graph: &Graph, sampler: usize, side: Side) -> Texts {
    let mut walk = Walk { graph, side, seen: HashSet::new(), texts: Texts::default() };
    walk.root(sampler, 0);
    walk.texts
}

struct Walk<'a> {
    graph: &'a Graph<'a>,
    side: Side,
    seen: HashSet<usize>,
    texts: Texts,
}

impl Walk<'_> {
    /// A sampler, or what carries both prompts to it: here only an input of this side leads to its text.
    fn root(&mut self, node: usize, depth: usize) {
        if depth > MAX_PATH || !self.seen.insert(node) {
            return;
        }
        let graph = self.graph;
        if let Some(value) = chosen(graph, node) {
            if let Some(next) = graph.target(value) {
                self.root(next, depth + 1);
            }
            return;
        }
        if self.own_side(node, depth) {
            return;
        }
        if self.side == Side::Positive {
            let neutral = ["conditioning", "cond1", "cond2", "cond", "prompt"];
            for key in neutral.into_iter().filter(|key| graph.has(node, key)) {
                self.input(node, key, depth);
            }
        }
        for (key, next) in graph.links(node) {
            if CARRIERS.contains(&key) || key.ends_with("pipe") || is_reroute(graph, node) {
                self.root(next, depth + 1);
            }
        }
    }

    /// Follows the inputs that bear the name of this side; says whether there are any.
    fn own_side(&mut self, node: usize, depth: usize) -> bool {
        let graph = self.graph;
        let own: Vec<&str> =
            graph.inputs(node).filter(|(key, value)| self.is_own(key, value)).map(|(key, _)| key).collect();
        // `positive` is the prompt; `positive_l` and the like are only asked when there is none.
        let exact: Vec<&str> =
            own.iter().copied().filter(|key| key.eq_ignore_ascii_case(self.side.word())).collect();
        let chosen = if exact.is_empty() { &own } else { &exact };
        for key in chosen {
            self.input(node, key, depth);
        }
        !chosen.is_empty()
    }

    fn is_own(&self, key: &str, value: &Value) -> bool {
        self.side.names(key) && !self.side.other().names(key) && (value.is_string() || link(value).is_some())
    }

    fn input(&mut self, node: usize, key: &str, depth: usize) {
        let graph = self.graph;
        match graph.input(node, key) {
            Some(Value::String(text)) if graph.spend(text.len()) => self.texts.add(text),
            Some(value) => {
                let known = self.texts.list.len();
                if let Some(next) = graph.target(value) {
                    self.conditioning(next, depth + 1);
                }
                // Loaders that encode by themselves are linked to plain texts.
                if self.texts.list.len() == known
                    && let Some(text) = text_of(graph, value, self.side, 0)
                {
                    self.texts.add(&text);
                }
            }
            None => {}
        }
    }

    /// A node on the way from a sampler to its texts.
    fn conditioning(&mut self, node: usize, depth: usize) {
        let graph = self.graph;
        let class = graph.class(node);
        if depth > MAX_PATH || class.contains("ZeroOut") || self.texts.is_full() || !self.seen.insert(node) {
            return;
        }
        if let Some(guidance) = graph.resolve(node, &["guidance"], Lenient::float) {
            self.texts.guidance.get_or_insert(guidance);
        }
        if let Some(value) = chosen(graph, node) {
            if let Some(next) = graph.target(value) {
                self.conditioning(next, depth + 1);
            }
            return;
        }
        if self.own_side(node, depth) || self.encoder(node) {
            return;
        }
        for (key, next) in graph.links(node) {
            if leads_on(graph, node, key, self.side) {
                self.conditioning(next, depth + 1);
            }
        }
    }

    /// A node that turns texts into conditioning; says whether this is one.
    fn encoder(&mut self, node: usize) -> bool {
        let parts = text_inputs(self.graph, node, self.side);
        if parts.is_empty() {
            return false;
        }
        let mut texts: Vec<String> = Vec::new();
        for value in parts {
            let text = text_of(self.graph, value, self.side, 0).unwrap_or_default();
            if !self.graph.spend(text.len().saturating_mul(6)) {
                break;
            }
            // The two encoders of SDXL and Flux often get the same text, or one gets a part of it.
            if !texts.iter().any(|known| known.contains(text.trim())) {
                texts.retain(|known| !text.contains(known.trim()));
                texts.push(text);
            }
        }
        for text in &texts {
            self.texts.add(text);
        }
        true
    }
}

/// Conditioning comes in under many names; models, pictures and numbers come in under known ones.
fn leads_on(graph: &Graph, node: usize, key: &str, side: Side) -> bool {
    let key = key.to_ascii_lowercase();
    let aside = [
        "clip", "vae", "image", "pixels", "mask", "model", "latent", "samples", "control", "sigmas", "noise",
        "sampler", "audio", "width", "height", "guidance", "strength", "seed", "gligen", "style",
    ];
    let wanted = key.contains("cond") || CARRIERS.contains(&key.as_str()) || is_reroute(graph, node);
    wanted || !side.other().names(&key) && !aside.iter().any(|word| key.contains(word))
}

fn is_reroute(graph: &Graph, node: usize) -> bool {
    graph.kind(node).contains("reroute")
}

/// Texts a node was given, in the order of their trust: what was made of wildcards before the wildcards.
fn text_inputs<'g>(graph: &'g Graph, node: usize, side: Side) -> Vec<&'g Value> {
    if let Some(text) = graph.input(node, "populated_text") {
        return vec![text];
    }
    let single = [
        "text",
        "Text",
        "prompt",
        "Prompt",
        "prompt_text",
        "user_prompt",
        "positive_prompt",
        "caption",
        "tags",
    ];
    let split = [
        "text_g", "text_l", "prompt_g", "prompt_l", "t5xxl", "clip_g", "clip_l", "llama", "bert", "mt5xl",
        "lyrics",
    ];
    let usable = |key: &&str| !side.other().names(key);
    let of = |keys: &[&str]| -> Vec<&Value> {
        keys.iter()
            .filter(|key| usable(key))
            .filter_map(|key| graph.input(node, key))
            .filter(|v| is_text(v))
            .collect()
    };
    let (parts, whole) = (of(&split), of(&single).into_iter().take(1).collect::<Vec<_>>());
    // An encoder for every kind of model has the fields of all of them, and leaves those of the others empty.
    let unused = graph.input(node, "with_SDXL").is_some_and(|with| with == false)
        || parts.iter().all(|part| part.as_str().is_some_and(|text| text.trim().is_empty()));
    if unused && !whole.is_empty() { whole } else { parts }
}

fn is_text(value: &Value) -> bool {
    value.is_string() || link(value).is_some()
}

/// Words in the names of nodes that run a language model, or describe a picture.
const LANGUAGE_MODELS: [&str; 12] = [
    "textgenerate",
    "ollama",
    "llm",
    "llama",
    "gpt",
    "gemini",
    "claude",
    "florence",
    "joycaption",
    "qwenvl",
    "interrogat",
    "deepseek",
];

/// The text of an input, here or where it links to.
pub(super) fn text(graph: &Graph, node: usize, key: &str, side: Side) -> Option<String> {
    text_of(graph, graph.input(node, key)?, side, 0)
}

/// The text that a value is or links to.
fn text_of(graph: &Graph, value: &Value, side: Side, depth: usize) -> Option<String> {
    if let Value::String(text) = value {
        let text = text.get(..text.floor_char_boundary(MAX_FIELD_BYTES))?;
        return graph.spend(text.len()).then(|| text.to_owned());
    }
    let node = graph.target(value).filter(|_| depth < 10)?;
    let kind = graph.kind(node);
    // What a language model answered is not stored; what it was asked is not the prompt.
    if LANGUAGE_MODELS.iter().any(|word| kind.contains(word)) {
        return None;
    }
    if let Some(value) = chosen(graph, node) {
        return text_of(graph, value, side, depth + 1);
    }
    let parts = source_inputs(graph, node, side);
    let texts: Vec<String> =
        parts.into_iter().filter_map(|part| text_of(graph, part, side, depth + 1)).collect();
    let length: usize = texts.iter().map(String::len).sum();
    if !graph.spend(length) {
        return None;
    }
    let delimiter =
        graph.first_input(node, &["delimiter", "separator"]).and_then(Value::as_str).unwrap_or(" ");
    let filled: Vec<&str> = texts.iter().map(String::as_str).filter(|text| !text.is_empty()).collect();
    (!filled.is_empty() && length <= MAX_FIELD_BYTES).then(|| filled.join(&delimiter.replace("\\n", "\n")))
}

/// The inputs of a node that makes a text: one that holds it, or several that are joined.
fn source_inputs<'g>(graph: &'g Graph, node: usize, side: Side) -> Vec<&'g Value> {
    let own = |key: &str| side.names(key);
    let of_side: Vec<&Value> = graph
        .inputs(node)
        .filter(|(key, value)| own(key) && is_text(value))
        .map(|(_, value)| value)
        .collect();
    if let Some(first) = of_side.first() {
        return vec![first];
    }
    let cached =
        graph.first_input(node, &["populated_text", "text_0", "result"]).filter(|value| value.is_string());
    if let Some(text) = cached {
        return vec![text];
    }
    let named = |key: &str| {
        let key = key.to_ascii_lowercase();
        let word = ["text", "string", "prompt", "part", "value", "any", "input", "wildcard"]
            .iter()
            .any(|word| key.starts_with(word));
        (word || key.is_empty() || key == "*") && !side.other().names(&key)
    };
    graph
        .inputs(node)
        .filter(|(key, value)| named(key) && is_text(value))
        .map(|(_, value)| value)
        .take(20)
        .collect()
}
