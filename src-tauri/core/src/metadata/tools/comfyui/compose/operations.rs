//! What nodes do with texts that the vocabulary knows by their classes, according to their sources. Other
//! nodes are interpreted by the names of their inputs.

use serde_json::Value;

use super::ideogram::caption;
use super::join::{Join, in_order, parts, tidied};
use super::lines;
use super::patterns::Pattern;
use super::{Composed, Composer};
use crate::metadata::json::Lenient;
use crate::metadata::limits::MAX_FIELD_BYTES;
use crate::metadata::tools::comfyui::graph::{Graph, link, unwrapped};
use crate::metadata::tools::comfyui::rule::{self, Names};
use crate::metadata::tools::comfyui::vocabulary::{TextOperation, class, input};

/// Composes the text of a node that is known for more than passing it on.
pub(in super::super) fn make(composer: &Composer, node: usize, depth: usize) -> Option<Composed> {
    let graph = composer.graph;
    // The answer of a language model is not stored, and what it was asked is not the prompt.
    if graph.is(node, class::LANGUAGE_MODEL) || graph.is(node, class::LORA_LOADER) {
        return Some(Composed::default());
    }
    if let Some(composed) = encoded(composer, node, depth) {
        return Some(composed);
    }
    if let Some(composed) = shown(composer, node, depth) {
        return Some(composed);
    }
    if graph.is(node, class::RANDOM) {
        let text = composer.input(node, input::RANDOM_TEXT, depth)?;
        let is_sure = !has_random_choice(&text.text);
        return Some(text.and(is_sure));
    }
    if graph.is(node, class::REWRITER) {
        let inputs: Vec<(&str, &Value)> = graph.inputs(node).collect();
        let part = parts(&inputs, composer.side).first().map(|value| composer.value(value, depth + 1));
        return Some(part.unwrap_or_default().and(false));
    }
    let replaces = graph.input(node, input::ACTION).is_some_and(|action| action == "replace");
    if graph.is(node, class::REPLACER) || graph.is(node, class::STRING_FUNCTION) && replaces {
        return replaced(composer, node, depth);
    }
    computed(composer, node, TextOperation::of_class(graph.lower_class(node))?, depth)
}

fn computed(composer: &Composer, node: usize, operation: TextOperation, depth: usize) -> Option<Composed> {
    match operation {
        TextOperation::ToggleTriggerWords { original, given, words, with_strength } => {
            Some(toggled(composer, node, [original, given], (words, with_strength), depth))
        }
        TextOperation::DescribeForIdeogram => Some(caption(composer, node, depth)),
        TextOperation::ChooseByContent { text, part, if_true, if_false } => {
            let text = composer.input(node, text, depth)?;
            let part = composer.input(node, part, depth).unwrap_or_default();
            let key = if text.text.contains(&part.text) { if_true } else { if_false };
            Some(composer.input(node, &[key], depth)?.and(text.is_sure && part.is_sure))
        }
        TextOperation::Change { text, change } => {
            let text = composer.input(node, text, depth)?;
            let change = composer.graph.first_input(node, change).and_then(Value::as_str);
            Some(changed(text, change.unwrap_or_default()))
        }
        TextOperation::Cut { text, start, end } => substring(composer, node, text, (start, end), depth),
        TextOperation::Format { template, value_prefix } => {
            formatted(composer, node, template, value_prefix, depth)
        }
        TextOperation::Extract { text, pattern, mode, group } => {
            extracted(composer, node, [text, pattern], (mode, group), depth)
        }
        TextOperation::Lines { text, start, count } => {
            lines::rows(composer, node, text, (start, count), depth)
        }
        TextOperation::List => Some(lines::list(composer, node, depth)),
        TextOperation::SelectLine { text, number, in_parts } => {
            lines::selected(composer, node, (text, number), in_parts, depth)
        }
    }
}

/// Returns the text of one output of a node that has several, each from an input of its own.
pub(super) fn output(composer: &Composer, node: usize, slot: u64, depth: usize) -> Option<Composed> {
    if !composer.graph.is(node, class::SEPARATE_TEXTS) {
        return None;
    }
    composer.input(node, &[input::SEPARATE_TEXTS.get(usize::try_from(slot).ok()?)?], depth)
}

/// Extracts what a pattern matches.
fn extracted(
    composer: &Composer,
    node: usize,
    [text, pattern]: [Names; 2],
    (mode, group): (&str, &str),
    depth: usize,
) -> Option<Composed> {
    let graph = composer.graph;
    let text = composer.input(node, text, depth)?;
    let pattern = composer.input(node, pattern, depth)?;
    let mode = graph.input(node, mode).and_then(Value::as_str).unwrap_or("First Match");
    let group = graph.resolve(node, &[group], Lenient::whole).unwrap_or(1);
    let group = usize::try_from(group).ok()?;
    let found =
        Pattern::of(graph, node, &pattern.text).and_then(|known| known.extract(&text.text, mode, group));
    let is_sure = found.is_some() && pattern.is_sure;
    Some(text.map(|text| found.unwrap_or_else(|| text.to_owned())).and(is_sure))
}

/// Composes the text of encoders that put something before their text, and of those that store the result.
pub(in super::super) fn encoded(composer: &Composer, node: usize, depth: usize) -> Option<Composed> {
    let graph = composer.graph;
    if graph.is(node, class::TRIGGER_WORD_ENCODER) {
        let inputs = graph.inputs(node).filter(|(key, _)| rule::fits(input::TRIGGER_WORDS, key));
        let words = in_order(inputs.collect()).into_iter().map(|(_, value)| composer.value(value, depth + 1));
        let words = words.filter(|words| !words.text.is_empty() || !words.is_sure);
        let text = composer.input(node, input::TRIGGERED_TEXT, depth).unwrap_or_default();
        return Some(Join::with(", ").texts(composer, &words.chain([text]).collect::<Vec<_>>()));
    }
    let populated = graph.input(node, input::POPULATED)?;
    let written = composer.value(populated, depth + 1);
    (!written.text.trim().is_empty()).then_some(written)
}

/// Returns the text that a node has shown and stored. It counts if the text itself is not stored.
fn shown(composer: &Composer, node: usize, depth: usize) -> Option<Composed> {
    let graph = composer.graph;
    let is_link = |key: &&&str| graph.input(node, key).is_some_and(|value| link(value).is_some());
    let given = input::SHOWN.iter().find(is_link);
    let shows = given.is_some() && graph.is(node, class::TEXT_PREVIEW);
    let keys = if shows { input::STORED_OR_HELD } else { input::STORED };
    let kept = graph.first_input(node, keys).filter(|value| value.is_string())?;
    let given = given.and_then(|key| composer.input(node, &[key], depth));
    let kept = composer.value(kept, depth + 1);
    match given {
        Some(given) if given.is_sure && !given.text.is_empty() => Some(given),
        Some(_) if !kept.text.is_empty() => Some(kept.and(false)),
        Some(given) => Some(given),
        None => Some(kept),
    }
}

/// Says whether a text has choices in braces, or names of lists between double underscores.
pub(in super::super) fn has_random_choice(text: &str) -> bool {
    let mut open = 0_usize;
    for byte in text.bytes() {
        match byte {
            b'{' => open += 1,
            b'}' => open = open.saturating_sub(1),
            b'|' if open > 0 => return true,
            _ => {}
        }
    }
    let is_name = |part: &str| !part.is_empty() && !part.contains(char::is_whitespace);
    let parts: Vec<&str> = text.split("__").collect();
    parts.len() > 2 && parts.get(1..parts.len() - 1).unwrap_or_default().iter().any(|part| is_name(part))
}

fn replaced(composer: &Composer, node: usize, depth: usize) -> Option<Composed> {
    let graph = composer.graph;
    let mut text = composer.input(node, input::SUBJECT, depth)?;
    let is_on = |key: &str| graph.input(node, key).is_some_and(|on| on == true || on == "true");
    let is_pattern = graph.is(node, class::PATTERN_REPLACER) || input::USES_PATTERN.into_iter().any(is_on);
    let is_function = graph.is(node, class::STRING_FUNCTION);
    let mut found = false;
    for (find, replace) in pairs(graph, node) {
        let (find, replace) =
            (composer.value(find, depth + 1), replace.map(|text| composer.value(text, depth + 1)));
        let replace = replace.unwrap_or_else(|| Composed::sure(""));
        found = true;
        let slashes = is_function && find.text.len() > 1;
        let is_pattern = is_pattern || slashes && find.text.starts_with('/') && find.text.ends_with('/');
        if is_pattern {
            let bare =
                find.text.strip_prefix('/').and_then(|find| find.strip_suffix('/')).filter(|_| slashes);
            let pattern = Pattern::of(graph, node, bare.unwrap_or(&find.text));
            let changed = pattern.and_then(|pattern| pattern.replace_all(&text.text, &replace.text));
            let is_sure = changed.is_some() && find.is_sure && replace.is_sure;
            text = text.map(|text| changed.unwrap_or_else(|| text.to_owned())).and(is_sure);
            continue;
        }
        let grown = text.text.len().saturating_mul(replace.text.len().max(1) + 1);
        if find.text.is_empty() || !graph.spend(grown.min(MAX_FIELD_BYTES) + text.text.len()) {
            text = text.and(find.text.is_empty());
            continue;
        }
        let room = MAX_FIELD_BYTES / replace.text.len().max(1);
        if text.text.matches(find.text.as_str()).nth(room).is_some() {
            return Some(Composed::default());
        }
        let is_sure = find.is_sure && replace.is_sure;
        text = text.map(|text| text.replace(&find.text, &replace.text)).and(is_sure);
    }
    let tidies = graph.input(node, input::TIDIES).is_some_and(|tidy| tidy == "yes");
    let text = if tidies { text.map(tidied) } else { text };
    Some(text.and(found))
}

fn pairs<'g>(graph: &'g Graph, node: usize) -> Vec<(&'g Value, Option<&'g Value>)> {
    let pair = |find: &str, replace: &str| Some((graph.input(node, find)?, graph.input(node, replace)));
    let single = if graph.is(node, class::STRING_FUNCTION) {
        let (find, replace) = input::FUNCTION_REPLACEMENT;
        pair(find, replace)
    } else {
        input::REPLACEMENT.iter().find_map(|(find, replace)| pair(find, replace))
    };
    let numbered = (1..=50).map_while(|number: u32| {
        let name = |name: &str| name.replace('#', &number.to_string());
        input::REPLACEMENT_ROW.iter().find_map(|(find, replace)| pair(&name(find), &name(replace)))
    });
    single.into_iter().chain(numbered).collect()
}

/// Composes trigger words that are switched on. The node stores their texts, and the text they were made
/// from.
fn toggled(
    composer: &Composer,
    node: usize,
    [original, given]: [Names; 2],
    (words, with_strength): (&str, &str),
    depth: usize,
) -> Composed {
    let graph = composer.graph;
    let original = composer.input(node, original, depth).unwrap_or_default();
    // A linked text is the one these words were made from, unless it differs.
    let given = composer.input(node, given, depth);
    let given = given.filter(|given| given.is_sure && !given.text.is_empty());
    if let Some(given) = given.filter(|given| given.text != original.text) {
        return given;
    }
    let Some(Value::Array(words)) = graph.input(node, words).map(unwrapped) else { return original };
    let with_strength = graph.input(node, with_strength).is_some_and(|on| on == true);
    let word = |word: &Value| {
        let text = word.get("text")?.as_str()?.trim();
        let strength = word.get("strength").and_then(Lenient::float).filter(|_| with_strength);
        let active = word.get("active").is_some_and(|active| active == true) && !text.is_empty();
        active.then(|| strength.map_or_else(|| text.to_owned(), |strength| format!("({text}:{strength:.2})")))
    };
    Composed::sure(words.iter().take(1000).filter_map(word).collect::<Vec<_>>().join(", "))
}

/// Makes the change that an input names.
fn changed(text: Composed, change: &str) -> Composed {
    let capital = |word: &str| {
        let mut letters = word.chars();
        let first = letters.next().map(|first| first.to_uppercase().collect::<String>());
        first.unwrap_or_default() + &letters.as_str().to_lowercase()
    };
    match change.to_ascii_lowercase().as_str() {
        "uppercase" => text.map(str::to_uppercase),
        "lowercase" => text.map(str::to_lowercase),
        "capitalize" => text.map(capital),
        "title case" => text.map(|text| text.split(' ').map(capital).collect::<Vec<_>>().join(" ")),
        "both" | "trim" => text.map(|text| text.trim().to_owned()),
        "left" => text.map(|text| text.trim_start().to_owned()),
        "right" => text.map(|text| text.trim_end().to_owned()),
        "remove_spaces" => text.map(|text| text.replace(' ', "")),
        "reverse" => text.map(|text| text.chars().rev().collect()),
        _ => text.and(false),
    }
}

/// Cuts a text as Python does: negative numbers count from the end.
fn substring(
    composer: &Composer,
    node: usize,
    text: Names,
    (start, end): (&str, &str),
    depth: usize,
) -> Option<Composed> {
    let text = composer.input(node, text, depth)?;
    let length = i64::try_from(text.text.chars().count()).ok()?;
    let at = |key: &str| {
        let number = composer.graph.resolve(node, &[key], Value::as_i64)?;
        usize::try_from(if number < 0 { (number + length).max(0) } else { number.min(length) }).ok()
    };
    let (start, end) = (at(start)?, at(end)?);
    Some(text.map(|text| text.chars().skip(start).take(end.saturating_sub(start)).collect()))
}

/// Formats a text as Python does, without its finer points.
fn formatted(
    composer: &Composer,
    node: usize,
    template: Names,
    value_prefix: &str,
    depth: usize,
) -> Option<Composed> {
    let template = composer.input(node, template, depth)?;
    let (mut text, mut is_sure, mut rest) = (String::new(), template.is_sure, template.text.as_str());
    while let Some(at) = rest.find(['{', '}']) {
        text.push_str(rest.get(..at).unwrap_or_default());
        let tail = rest.get(at..).unwrap_or_default();
        if tail.starts_with("{{") || tail.starts_with("}}") {
            text.push_str(tail.get(..1).unwrap_or_default());
            rest = tail.get(2..).unwrap_or_default();
            continue;
        }
        let inside = tail.strip_prefix('{').and_then(|tail| tail.split_once('}'));
        let Some((name, after)) = inside else { return Some(template.and(false)) };
        let value = composer.input(node, &[&format!("{value_prefix}{name}"), name], depth);
        let value = value.unwrap_or_default();
        is_sure &= value.is_sure;
        text.push_str(&value.text);
        if text.len() > MAX_FIELD_BYTES {
            return Some(Composed::default());
        }
        rest = after;
    }
    text.push_str(rest);
    Some(Composed { text, is_sure })
}
