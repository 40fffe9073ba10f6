//! Pictures that a single node makes: it calls a service, or runs a model that is not split into nodes.

use serde_json::{Value, json};

use super::compose::{self, Composed};
use super::graph::{Graph, Side};
use super::sampling;
use crate::metadata::graph_info::UnsureSides;
use crate::metadata::info::GenerationData;
use crate::metadata::json::Lenient;

const PROMPT: [&str; 9] = [
    "prompt",
    "positive_prompt",
    "text_prompt",
    "prompt_text",
    "positive",
    "Prompt",
    "edit_prompt",
    "edit_instruction",
    "instruction",
];
const NEGATIVE: [&str; 4] = ["negative_prompt", "negative", "neg_prompt", "prompt_negative"];
const SEED: [&str; 2] = ["seed", "noise_seed"];
const MODEL: [&str; 6] = ["model", "model_name", "model_version", "model_id", "engine", "model_type"];
/// Words in the names of nodes that have a prompt but do not make a picture from it: they find or describe
/// something in one.
const LOOKERS: [&str; 14] = [
    "segment",
    "dino",
    "detect",
    "sam2",
    "sam3",
    "clipseg",
    "florence",
    "caption",
    "describe",
    "interrogat",
    "tagger",
    "vqa",
    "yolo",
    "mask",
];

/// Returns the nearest of these nodes that makes a picture from a prompt.
pub(super) fn find(graph: &Graph, used: &[usize]) -> Option<usize> {
    used.iter().copied().find(|node| makes(graph, *node))
}

fn makes(graph: &Graph, node: usize) -> bool {
    let kind = graph.kind(node);
    let is_text =
        ["textencode", "text encode", "string", "primitive", "text"].iter().any(|word| kind.contains(word))
            && !["image", "video", "api"].iter().any(|word| kind.contains(word));
    let looks = || LOOKERS.iter().any(|word| kind.contains(word));
    // A request for a picture has more than words: it says what makes the picture, or how.
    let is_asked = || {
        let more = [
            "aspect_ratio",
            "ratio",
            "size",
            "image_size",
            "resolution",
            "width",
            "n",
            "quality",
            "style",
            "image",
            "images",
            "steps",
            "guidance_scale",
        ];
        let has = |keys: &[&str]| keys.iter().any(|key| named(graph, node, &[key]).is_some());
        has(&SEED) || has(&MODEL) || has(&NEGATIVE) || has(&more)
    };
    let prompt = named(graph, node, &PROMPT);
    let is_given = prompt.is_some_and(|prompt| prompt.as_str().is_none_or(|text| !text.trim().is_empty()));
    is_given && !is_text && !looks() && is_asked()
}

/// Reads the request to a service.
pub(super) fn describe(graph: &Graph, node: usize, info: &mut GenerationData) -> UnsureSides {
    let text = |keys: &[&str], side| named(graph, node, keys).map(|value| compose::text(graph, value, side));
    let (positive, negative) = (text(&PROMPT, Side::Positive), text(&NEGATIVE, Side::Negative));
    let is_unsure = |text: &Option<Composed>| text.as_ref().is_some_and(|text| !text.is_sure);
    let sides = UnsureSides { positive: is_unsure(&positive), negative: is_unsure(&negative) };
    info.prompt = positive.map(|positive| positive.text);
    info.negative_prompt = negative.map(|negative| negative.text);
    info.seed = sampling::seed(graph, node).or_else(|| value(graph, node, &SEED, Lenient::seed));
    let name = |value: &Value| value.word().filter(|_| value.is_string());
    info.model = value(graph, node, &MODEL, name);
    info.steps = value(graph, node, &["steps", "num_inference_steps"], Lenient::whole);
    info.cfg = value(graph, node, &["cfg", "guidance_scale", "cfg_scale", "guidance"], Lenient::float);
    let side = |key| value(graph, node, &[key], Lenient::whole);
    info.size = side("width").zip(side("height"));
    info.keep("aspect_ratio", json!(value(graph, node, &["aspect_ratio"], Lenient::word)));
    sides
}

/// Returns a plain value, directly or through the input's link.
fn value<T>(graph: &Graph, node: usize, keys: &[&str], read: impl Fn(&Value) -> Option<T>) -> Option<T> {
    let (key, _) = named_with_key(graph, node, keys)?;
    graph.resolve(node, &[&key], read)
}

/// Returns the input with one of these names. An input that belongs to a choice has its name after that of
/// the choice: `model.seed`.
fn named<'g>(graph: &'g Graph, node: usize, keys: &[&str]) -> Option<&'g Value> {
    named_with_key(graph, node, keys).map(|(_, value)| value)
}

fn named_with_key<'g>(graph: &'g Graph, node: usize, keys: &[&str]) -> Option<(String, &'g Value)> {
    let own = keys.iter().find_map(|key| Some(((*key).to_owned(), graph.input(node, key)?)));
    own.or_else(|| {
        let is_named = |name: &str| name.rsplit_once('.').is_some_and(|(_, end)| keys.contains(&end));
        let mut inputs = graph.inputs(node).filter(|(_, value)| !value.is_null());
        inputs.find(|(name, _)| is_named(name)).map(|(name, value)| (name.to_owned(), value))
    })
}
