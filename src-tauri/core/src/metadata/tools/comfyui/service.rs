//! Pictures that a single node makes: it calls a service, or runs a model that is not split into nodes.

use serde_json::{Value, json};

use super::compose::{self, Composed};
use super::graph::{Graph, Side};
use super::rule::Names;
use super::sampling;
use super::vocabulary::{class, input};
use crate::metadata::graph_info::UnsureSides;
use crate::metadata::info::GenerationData;
use crate::metadata::json::Lenient;

/// Returns the nearest of these nodes that makes a picture from a prompt.
pub(super) fn find(graph: &Graph, used: &[usize]) -> Option<usize> {
    used.iter().copied().find(|node| makes(graph, *node))
}

fn makes(graph: &Graph, node: usize) -> bool {
    // A request for a picture has more than words: it says what makes the picture, or how.
    let is_request = || {
        let has = |keys: Names| keys.iter().any(|key| named(graph, node, &[key]).is_some());
        has(input::SERVICE_SEED)
            || has(input::SERVICE_MODEL)
            || has(input::SERVICE_NEGATIVE)
            || has(input::SERVICE_DETAIL)
    };
    let prompt = named(graph, node, input::SERVICE_PROMPT);
    let is_given = prompt.is_some_and(|prompt| prompt.as_str().is_none_or(|text| !text.trim().is_empty()));
    is_given && !graph.is(node, class::PROMPT_HOLDER) && !graph.is(node, class::ANALYSER) && is_request()
}

/// Reads the request to a service.
pub(super) fn describe(graph: &Graph, node: usize, info: &mut GenerationData) -> UnsureSides {
    let text = |keys: Names, side| named(graph, node, keys).map(|value| compose::text(graph, value, side));
    let positive = text(input::SERVICE_PROMPT, Side::Positive);
    let negative = text(input::SERVICE_NEGATIVE, Side::Negative);
    let is_unsure = |text: &Option<Composed>| text.as_ref().is_some_and(|text| !text.is_sure);
    let sides = UnsureSides { positive: is_unsure(&positive), negative: is_unsure(&negative) };
    info.prompt = positive.map(|positive| positive.text);
    info.negative_prompt = negative.map(|negative| negative.text);
    info.seed =
        sampling::seed(graph, node).or_else(|| value(graph, node, input::SERVICE_SEED, Lenient::seed));
    let name = |value: &Value| value.word().filter(|_| value.is_string());
    info.model = value(graph, node, input::SERVICE_MODEL, name);
    info.steps = value(graph, node, input::SERVICE_STEPS, Lenient::whole);
    info.cfg = value(graph, node, input::SERVICE_CFG, Lenient::float);
    let [width, height] = input::SERVICE_SIZE.map(|keys| value(graph, node, keys, Lenient::whole));
    info.size = width.zip(height);
    info.keep("aspect_ratio", json!(value(graph, node, input::SERVICE_RATIO, Lenient::word)));
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
