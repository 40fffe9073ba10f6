//! The texts behind one side of a sampler.
//!
//! A node with inputs for both sides, such as one that applies a `ControlNet`, is left on the side on which
//! it was entered. Following all of its links would mix negative prompts into the prompts.

use std::collections::HashSet;

use serde_json::Value;

use super::compose::join::{Affix, Join, affix};
use super::compose::operations;
use super::compose::switches::{chosen, is_undecided};
use super::compose::{Composed, Composer, is_text};
use super::graph::{Graph, Side};
use super::rule::{self, Names};
use super::vocabulary::{class, input};
use crate::metadata::graph_info::UnsureSides;
use crate::metadata::json::Lenient;
use crate::metadata::limits::MAX_FIELD_BYTES;

/// The prompts of a sampler.
#[derive(Debug, Default)]
pub(super) struct Prompts {
    pub(super) positive: Option<String>,
    pub(super) negative: Option<String>,
    /// Distilled guidance, which `Flux` has between the sampler and the text.
    pub(super) guidance: Option<f64>,
    /// Which of them may differ from what was used.
    pub(super) unsure: UnsureSides,
}

/// Finds the prompts of a sampler. `patches` are the nodes through which its model comes, some of which have
/// a negative prompt.
pub(super) fn prompts_of_sampler(
    graph: &Graph,
    sampler: usize,
    patches: &[usize],
    cfg: Option<f64>,
) -> Prompts {
    let positive = walked(graph, Side::Positive, |walk| walk.root(sampler, 0));
    let negative = walked(graph, Side::Negative, |walk| walk.root(sampler, 0));
    // Attention can have a negative prompt of its own. With a scale that gives the sampler's negative prompt
    // no effect, it is the only one.
    let attention = walked(graph, Side::Negative, |walk| walk.attention(sampler, patches));
    // The middle conditioning of a guider also says what to avoid, or repeats the prompt with less context.
    let between = walked(graph, Side::Negative, |walk| walk.between(sampler, 0));
    let is_alone = !attention.list.is_empty() && cfg == Some(1.0);
    let mut texts = if is_alone { Texts::default() } else { negative };
    if !is_alone {
        texts.append(between.without(&positive));
    }
    texts.append(attention);
    Prompts {
        guidance: positive.guidance,
        unsure: UnsureSides { positive: positive.is_unsure, negative: texts.is_unsure },
        positive: positive.joined(),
        negative: texts.joined(),
    }
}

/// Returns the positive prompt of a sampler alone.
pub(super) fn positive_of_sampler(graph: &Graph, sampler: usize) -> Option<String> {
    walked(graph, Side::Positive, |walk| walk.root(sampler, 0)).joined()
}

fn walked(graph: &Graph, side: Side, start: impl FnOnce(&mut Walk)) -> Texts {
    let composer = Composer::new(graph, side);
    let mut walk = Walk { graph, side, composer, seen: HashSet::new(), texts: Texts::default() };
    start(&mut walk);
    walk.texts
}

/// The texts found on one side.
#[derive(Debug, Default)]
struct Texts {
    list: Vec<String>,
    /// The same texts, for fast lookups.
    known: HashSet<String>,
    size: usize,
    guidance: Option<f64>,
    is_unsure: bool,
    /// True if something was found that has no text, or an empty one.
    is_silenced: bool,
}

impl Texts {
    /// Joins the texts in the order in which they are combined, each once.
    fn joined(&self) -> Option<String> {
        (!self.list.is_empty()).then(|| self.list.join("\n"))
    }

    /// Says whether no more texts are added, so that reading can stop.
    fn is_full(&self) -> bool {
        self.size > MAX_FIELD_BYTES
    }

    fn add(&mut self, composed: &Composed) {
        self.is_unsure |= !composed.is_sure;
        let text = composed.text.trim();
        self.size += text.len();
        if !text.is_empty() && self.size <= MAX_FIELD_BYTES && self.known.insert(text.to_owned()) {
            self.list.push(text.to_owned());
        }
    }

    fn append(&mut self, more: Self) {
        self.is_unsure |= more.is_unsure;
        for text in more.list {
            self.add(&Composed::sure(text));
        }
    }

    fn without(mut self, others: &Self) -> Self {
        self.list.retain(|text| !others.known.contains(text));
        self
    }
}

struct Walk<'a> {
    graph: &'a Graph<'a>,
    side: Side,
    composer: Composer<'a>,
    seen: HashSet<usize>,
    texts: Texts,
}

impl Walk<'_> {
    /// Starts at a sampler, or at a node that carries both prompts to it. Here only an input of this side
    /// leads to its text.
    fn root(&mut self, node: usize, depth: usize) {
        if !self.seen.insert(node) || !self.graph.is_within(depth) {
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
            // If there is a negative side, the second conditioning of two is not a prompt.
            let has_sides = graph.has(node, input::NEGATIVE);
            let is_prompt =
                |key: &&&str| graph.has(node, key) && !(has_sides && **key == input::MIDDLE_CONDITIONING);
            for key in input::CONDITIONINGS.iter().filter(is_prompt) {
                self.input(node, key, depth);
            }
        }
        for (key, next) in graph.links(node) {
            let carries = rule::fits(input::BOTH_PROMPTS, key) || graph.is(node, class::REROUTE);
            if carries && !is_attention(key) {
                self.root(next, depth + 1);
            }
        }
    }

    /// Reads the second conditioning of a guider that has three.
    fn between(&mut self, node: usize, depth: usize) {
        if !self.seen.insert(node) || !self.graph.is_within(depth) {
            return;
        }
        let graph = self.graph;
        if graph.has(node, input::MIDDLE_CONDITIONING) && graph.has(node, input::NEGATIVE) {
            self.input(node, input::MIDDLE_CONDITIONING, depth);
            return;
        }
        let choice = chosen(graph, node).and_then(|value| graph.target(value));
        let guider = choice.or_else(|| graph.linked(node, input::GUIDER));
        if let Some(next) = guider.or_else(|| graph.linked(node, input::REROUTED)) {
            self.between(next, depth + 1);
        }
    }

    /// Reads the negative prompt of attention, which is that of the sampler, of its guider, or of a patch of
    /// its model.
    fn attention(&mut self, sampler: usize, patches: &[usize]) {
        let graph = self.graph;
        let guider = graph.linked(sampler, input::GUIDER);
        for node in [Some(sampler), guider].into_iter().flatten() {
            for key in
                graph.inputs(node).map(|(key, _)| key).filter(|key| is_attention(key)).collect::<Vec<_>>()
            {
                self.input(node, key, 0);
            }
        }
        let is_patch = |node: &usize| graph.is(*node, class::ATTENTION_PATCH);
        for node in patches.iter().copied().filter(is_patch) {
            if let Some(key) = input::PATCH_NEGATIVE.iter().find(|key| graph.has(node, key)) {
                self.input(node, key, 0);
            }
        }
        // Text embeddings can be patched before they reach the sampler.
        if let Some(embeds) = graph.linked(sampler, input::TEXT_EMBEDS)
            && graph.has(embeds, input::EMBEDS_NEGATIVE)
        {
            self.input(embeds, input::EMBEDS_NEGATIVE, 0);
        }
    }

    /// Follows the inputs with the name of this side. Returns whether there are any.
    fn own_side(&mut self, node: usize, depth: usize) -> bool {
        let graph = self.graph;
        let own: Vec<&str> =
            graph.inputs(node).filter(|(key, value)| self.is_own(key, value)).map(|(key, _)| key).collect();
        // `positive` is the prompt; `positive_l` and similar inputs count only if it is missing.
        let exact: Vec<&str> =
            own.iter().copied().filter(|key| key.eq_ignore_ascii_case(self.side.word())).collect();
        let affixes: Vec<&str> = own.iter().copied().filter(|key| affix(key) != Affix::Stem).collect();
        match exact.as_slice() {
            [main] if !affixes.is_empty() => self.with_affixes(node, main, &affixes, depth),
            [] => own.iter().for_each(|key| self.input(node, key, depth)),
            exact => exact.iter().for_each(|key| self.input(node, key, depth)),
        }
        !own.is_empty()
    }

    fn is_own(&self, key: &str, value: &Value) -> bool {
        self.side.names(key) && !self.side.other().names(key) && is_text(value) && !is_attention(key)
    }

    /// Composes the text of loaders that encode: they put texts before and after their own, with a space.
    fn with_affixes(&mut self, node: usize, main: &str, affixes: &[&str], depth: usize) {
        let mut keys: Vec<&str> = affixes.iter().copied().chain([main]).collect();
        keys.sort_by_key(|key| affix(key));
        let inputs = keys.iter().filter_map(|key| self.graph.input(node, key));
        let texts: Vec<Composed> = inputs.map(|value| self.composer.value(value, depth)).collect();
        let composed = Join::with(" ").texts(&self.composer, &texts);
        self.texts.add(&composed);
    }

    fn input(&mut self, node: usize, key: &str, depth: usize) {
        let graph = self.graph;
        let Some(value) = graph.input(node, key) else { return };
        if value.is_string() {
            let composed = self.composer.value(value, depth);
            self.texts.add(&composed);
            return;
        }
        let (known, was_silenced) = (self.texts.list.len(), self.texts.is_silenced);
        self.texts.is_silenced = false;
        if let Some(next) = graph.target(value) {
            self.conditioning(next, depth + 1);
        }
        // Loaders that encode by themselves are linked to plain texts.
        if self.texts.list.len() == known && is_text(value) && !self.texts.is_silenced {
            let composed = self.composer.value(value, depth);
            self.texts.add(&composed);
        }
        self.texts.is_silenced |= was_silenced;
    }

    /// Follows a node between a sampler and its texts.
    fn conditioning(&mut self, node: usize, depth: usize) {
        let graph = self.graph;
        if self.texts.is_full() || !self.seen.insert(node) || !graph.is_within(depth) {
            return;
        }
        if graph.is(node, class::NO_PROMPT) {
            self.texts.is_silenced = true;
            return;
        }
        if let Some(guidance) = graph.resolve(node, input::GUIDANCE, Lenient::float) {
            self.texts.guidance.get_or_insert(guidance);
        }
        if let Some(value) = chosen(graph, node) {
            if let Some(next) = graph.target(value) {
                self.conditioning(next, depth + 1);
            }
            return;
        }
        if is_undecided(graph, node) {
            self.texts.is_unsure = true;
        }
        if self.own_side(node, depth) || self.encoder(node, depth) {
            return;
        }
        for (key, next) in graph.links(node) {
            if leads_on(graph, node, key, self.side) {
                self.conditioning(next, depth + 1);
            }
        }
    }

    /// Reads a node that turns texts into conditioning. Returns whether it is one.
    fn encoder(&mut self, node: usize, depth: usize) -> bool {
        if let Some(composed) = operations::encoded(&self.composer, node, depth) {
            self.texts.add(&composed);
            self.texts.is_silenced = true;
            return true;
        }
        let parts = text_inputs(self.graph, node, self.side);
        if parts.is_empty() {
            return false;
        }
        let mut texts: Vec<Composed> = Vec::new();
        for value in parts {
            let text = self.composer.value(value, depth);
            if !self.graph.spend(text.text.len().saturating_mul(6)) {
                break;
            }
            // The two encoders of SDXL and Flux often get the same text, or one gets a part of it.
            if texts.is_empty() || !texts.iter().any(|known| known.text.contains(text.text.trim())) {
                texts.retain(|known| !text.text.contains(known.text.trim()));
                texts.push(text);
            }
        }
        for text in &texts {
            self.texts.add(text);
        }
        self.texts.is_silenced = true;
        true
    }
}

/// Says whether an input is for attention alone, such as `nag_negative`.
fn is_attention(key: &str) -> bool {
    rule::fits(input::ATTENTION, key)
}

/// Says whether conditioning comes in through an input. It has many names; models, pictures and numbers have
/// known ones.
fn leads_on(graph: &Graph, node: usize, key: &str, side: Side) -> bool {
    let is_known = rule::fits(input::CONDITIONING, key) || graph.is(node, class::REROUTE);
    is_known || !side.other().names(key) && !rule::fits(input::NO_CONDITIONING, key)
}

/// Returns the texts that a node received, the most trusted first: the result of wildcards before the
/// wildcards.
fn text_inputs<'g>(graph: &'g Graph, node: usize, side: Side) -> Vec<&'g Value> {
    let is_usable = |key: &&&str| !side.other().names(key);
    let texts = |keys: Names| -> Vec<&Value> {
        let inputs = keys.iter().filter(is_usable).filter_map(|key| graph.input(node, key));
        inputs.filter(|value| is_text(value)).collect()
    };
    let parts = texts(input::ENCODED_PARTS);
    let whole: Vec<&Value> = texts(input::ENCODED_TEXT).into_iter().take(1).collect();
    // An encoder for all kinds of models has the fields of each, and leaves those of the others empty.
    let unused = graph.input(node, input::USES_PARTS).is_some_and(|uses| uses == false)
        || parts.iter().all(|part| part.as_str().is_some_and(|text| text.trim().is_empty()));
    if unused && !whole.is_empty() { whole } else { parts }
}
