//! What the nodes of known packs do with texts, according to their sources. A node in none of these packs is
//! interpreted by the names of its inputs.

use serde_json::Value;

use super::ideogram::caption;
use super::join::{Join, has_word, in_order, parts, tidied};
use super::lines;
use super::patterns::Pattern;
use super::{Composed, Composer};
use crate::metadata::json::Lenient;
use crate::metadata::limits::MAX_FIELD_BYTES;
use crate::metadata::tools::comfyui::graph::{Graph, link};

/// Words in the names of nodes that run a language model or describe a picture.
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
/// Words in the names of nodes that choose randomly among their inputs and do not store their choice.
const DICE: [&str; 10] = [
    "dprandom",
    "dpcombin",
    "dpjinja",
    "wildcard",
    "randomprompt",
    "random prompt",
    "random line",
    "randomline",
    "dynamicprompt",
    "dynamic prompt",
];
/// Words in the names of nodes that rewrite a text and do not store the result: with styles from a file, in
/// another language, with more words.
const REWRITERS: [&str; 15] = [
    "dpmagic",
    "dpfeeling",
    "translat",
    "styler",
    "stylesselector",
    "style selector",
    "styles selector",
    "with style",
    "enhanc",
    "expan",
    "upsampl",
    "rewrit",
    "superprompt",
    "promptgen",
    "prompt generator",
];
/// Words in the names of nodes that only hold, show or pass on a text.
const HANDS_ON: [&str; 16] = [
    "reroute",
    "primitive",
    "show",
    "display",
    "preview",
    "debug",
    "setnode",
    "getnode",
    "literal",
    "textbox",
    "text box",
    "tostring",
    "to string",
    "convert",
    "receiver",
    "text multiline",
];
/// Names of the input with the text of a node that changes one text.
const SUBJECT: [&str; 11] = [
    "text",
    "Text",
    "string",
    "String",
    "prompt",
    "text_a",
    "input_text",
    "text_input",
    "source_text",
    "input",
    "any",
];
/// Says whether a node passes on the text that it receives.
pub(in super::super) fn hands_on(kind: &str) -> bool {
    has_word(kind, &HANDS_ON)
}

/// Composes the text of a node that is known for more than passing it on.
pub(in super::super) fn make(composer: &Composer, node: usize, depth: usize) -> Option<Composed> {
    let graph = composer.graph;
    let kind = graph.kind(node);
    // The answer of a language model is not stored, and what it was asked is not the prompt.
    if has_word(kind, &LANGUAGE_MODELS) || loads_loras(kind) {
        return Some(Composed::default());
    }
    if let Some(composed) = encoded(composer, node, depth) {
        return Some(composed);
    }
    if let Some(composed) = shown(composer, node, depth) {
        return Some(composed);
    }
    if has_word(kind, &DICE) {
        let text =
            composer.input(node, &["text", "Text", "wildcard_text", "prompt", "string", "lines"], depth)?;
        let is_sure = !has_dice(&text.text);
        return Some(text.and(is_sure));
    }
    if has_word(kind, &REWRITERS) {
        let inputs: Vec<(&str, &Value)> = graph.inputs(node).collect();
        let part = parts(&inputs, composer.side).first().map(|value| composer.value(value, depth + 1));
        return Some(part.unwrap_or_default().and(false));
    }
    let replaces = graph.input(node, "action").is_some_and(|action| action == "replace");
    if kind.contains("replace") || kind.contains("stringfunction") && replaces {
        return replaced(composer, node, depth);
    }
    match kind {
        "triggerword toggle (loramanager)" => Some(toggled(composer, node, depth)),
        "ideogram4promptbuilderkj" => Some(caption(composer, node, depth)),
        "cr set value on string" => set_by_content(composer, node, depth),
        "caseconverter" | "stringtrim" | "cr text operation" => changed(composer, node, depth),
        "stringsubstring" => substring(composer, node, depth),
        "stringformat" => formatted(composer, node, depth),
        "regexextract" => extracted(composer, node, depth),
        "easy promptline" => lines::rows(composer, node, depth),
        "easy promptlist" => Some(lines::list(composer, node, depth)),
        "impactstringselector" => lines::selected(composer, node, depth),
        _ => None,
    }
}

/// Returns the text of one output of a node that has several, each from an input of its own.
pub(super) fn output(composer: &Composer, node: usize, slot: u64, depth: usize) -> Option<Composed> {
    const TEXTS: [&str; 4] = ["text", "text_b", "text_c", "text_d"];
    if composer.graph.kind(node) != "text string" {
        return None;
    }
    composer.input(node, &[TEXTS.get(usize::try_from(slot).ok()?)?], depth)
}

/// Extracts what a pattern matches, as `RegexExtract` of `ComfyUI` does.
fn extracted(composer: &Composer, node: usize, depth: usize) -> Option<Composed> {
    let graph = composer.graph;
    let text = composer.input(node, &["string"], depth)?;
    let pattern = composer.input(node, &["regex_pattern"], depth)?;
    let mode = graph.input(node, "mode").and_then(Value::as_str).unwrap_or("First Match");
    let group = graph.resolve(node, &["group_index"], Lenient::whole).unwrap_or(1);
    let group = usize::try_from(group).ok()?;
    let found =
        Pattern::of(graph, node, &pattern.text).and_then(|known| known.extract(&text.text, mode, group));
    let is_sure = found.is_some() && pattern.is_sure;
    Some(text.map(|text| found.unwrap_or_else(|| text.to_owned())).and(is_sure))
}

/// Says whether a node loads `LoRAs`. Such nodes pass on the words in the files, not the text that tells them
/// what to load.
fn loads_loras(kind: &str) -> bool {
    let name = kind.trim_end_matches("(loramanager)");
    name.contains("lora")
        && ["loader", "stack", "randomizer", "cycler"].iter().any(|word| name.contains(word))
        && !name.contains("tag")
}

/// Composes the text of encoders that put something before their text, and of those that store the result.
pub(in super::super) fn encoded(composer: &Composer, node: usize, depth: usize) -> Option<Composed> {
    let graph = composer.graph;
    if graph.kind(node) == "prompt (loramanager)" {
        let inputs: Vec<(&str, &Value)> = graph.inputs(node).collect();
        let words =
            in_order(inputs.iter().copied().filter(|(key, _)| key.starts_with("trigger_words")).collect());
        let words = words.into_iter().map(|(_, value)| composer.value(value, depth + 1));
        let words = words.filter(|words| !words.text.is_empty() || !words.is_sure);
        let text = composer.input(node, &["text"], depth).unwrap_or_default();
        return Some(Join::with(", ").texts(composer, &words.chain([text]).collect::<Vec<_>>()));
    }
    let populated = graph.input(node, "populated_text")?;
    let written = composer.value(populated, depth + 1);
    (!written.text.trim().is_empty()).then_some(written)
}

/// Returns the text that a node has shown and stored. It counts if the text itself is not stored.
fn shown(composer: &Composer, node: usize, depth: usize) -> Option<Composed> {
    const GIVEN: [&str; 6] = ["anything", "any", "input", "source", "value", "text"];
    let graph = composer.graph;
    let is_link = |key: &&&str| graph.input(node, key).is_some_and(|value| link(value).is_some());
    let given = GIVEN.iter().find(is_link);
    let shows = given.is_some() && has_word(graph.kind(node), &["show", "display", "preview"]);
    let keys: &[&str] = if shows { &["text_0", "result", "text"] } else { &["text_0", "result"] };
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
pub(in super::super) fn has_dice(text: &str) -> bool {
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

/// Names of the text to find and of the text that replaces it.
const PAIRS: [(&str, &str); 10] = [
    ("find", "replace"),
    ("search", "replace"),
    ("find_text", "replace_text"),
    ("search_text", "replace_text"),
    ("old", "new"),
    ("Pattern", "Replace_With"),
    ("pattern", "replacement"),
    ("target", "replacement"),
    ("to_replace", "replacement"),
    ("regex_pattern", "replace"),
];

fn replaced(composer: &Composer, node: usize, depth: usize) -> Option<Composed> {
    let graph = composer.graph;
    let kind = graph.kind(node);
    let mut text = composer.input(node, &SUBJECT, depth)?;
    let is_on = |key: &str| graph.input(node, key).is_some_and(|on| on == true || on == "true");
    let is_pattern = kind.contains("regex") || is_on("use_regex") || is_on("regex");
    let mut found = false;
    for (find, replace) in pairs(graph, node) {
        let (find, replace) =
            (composer.value(find, depth + 1), replace.map(|text| composer.value(text, depth + 1)));
        let replace = replace.unwrap_or_else(|| Composed::sure(""));
        found = true;
        let slashes = kind.contains("stringfunction") && find.text.len() > 1;
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
    let tidies = graph.input(node, "tidy_tags").is_some_and(|tidy| tidy == "yes");
    let text = if tidies { text.map(tidied) } else { text };
    Some(text.and(found))
}

fn pairs<'g>(graph: &'g Graph, node: usize) -> Vec<(&'g Value, Option<&'g Value>)> {
    let pair = |find: &str, replace: &str| Some((graph.input(node, find)?, graph.input(node, replace)));
    let single = if graph.kind(node).contains("stringfunction") {
        pair("text_b", "text_c")
    } else {
        PAIRS.iter().find_map(|(find, replace)| pair(find, replace))
    };
    let numbered = (1..=50).map_while(|number| {
        let of = |gap: &str| pair(&format!("find{gap}{number}"), &format!("replace{gap}{number}"));
        of("").or_else(|| of("_"))
    });
    single.into_iter().chain(numbered).collect()
}

/// Composes trigger words that are switched on. The node stores their texts, and the text they were made
/// from.
fn toggled(composer: &Composer, node: usize, depth: usize) -> Composed {
    let graph = composer.graph;
    let unwrapped = |key: &str| graph.input(node, key).map(|value| value.get("__value__").unwrap_or(value));
    let is_on = |key: &str| graph.input(node, key).is_some_and(|on| on == true);
    let original = composer.input(node, &["orinalMessage", "originalMessage"], depth).unwrap_or_default();
    // A linked text is the one these words were made from, unless it differs.
    let given = composer
        .input(node, &["trigger_words"], depth)
        .filter(|given| given.is_sure && !given.text.is_empty());
    if let Some(given) = given.filter(|given| given.text != original.text) {
        return given;
    }
    let Some(Value::Array(words)) = unwrapped("toggle_trigger_words") else { return original };
    let with_strength = is_on("allow_strength_adjustment");
    let word = |word: &Value| {
        let text = word.get("text")?.as_str()?.trim();
        let strength = word.get("strength").and_then(Lenient::float).filter(|_| with_strength);
        let active = word.get("active").is_some_and(|active| active == true) && !text.is_empty();
        active.then(|| strength.map_or_else(|| text.to_owned(), |strength| format!("({text}:{strength:.2})")))
    };
    Composed::sure(words.iter().take(1000).filter_map(word).collect::<Vec<_>>().join(", "))
}

fn set_by_content(composer: &Composer, node: usize, depth: usize) -> Option<Composed> {
    let text = composer.input(node, &["text"], depth)?;
    let part = composer.input(node, &["test_string"], depth).unwrap_or_default();
    let key = if text.text.contains(&part.text) { "value_if_true" } else { "value_if_false" };
    Some(composer.input(node, &[key], depth)?.and(text.is_sure && part.is_sure))
}

/// Composes the text of nodes that make one change, which an input names.
fn changed(composer: &Composer, node: usize, depth: usize) -> Option<Composed> {
    let text = composer.input(node, &["string", "text"], depth)?;
    let change =
        composer.graph.first_input(node, &["mode", "operation"]).and_then(Value::as_str).unwrap_or_default();
    let capital = |word: &str| {
        let mut letters = word.chars();
        let first = letters.next().map(|first| first.to_uppercase().collect::<String>());
        first.unwrap_or_default() + &letters.as_str().to_lowercase()
    };
    let changed = match change.to_ascii_lowercase().as_str() {
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
    };
    Some(changed)
}

/// Cuts a text as Python does: negative numbers count from the end.
fn substring(composer: &Composer, node: usize, depth: usize) -> Option<Composed> {
    let text = composer.input(node, &["string"], depth)?;
    let length = i64::try_from(text.text.chars().count()).ok()?;
    let at = |key: &str| {
        let number = composer.graph.resolve(node, &[key], Value::as_i64)?;
        usize::try_from(if number < 0 { (number + length).max(0) } else { number.min(length) }).ok()
    };
    let (start, end) = (at("start")?, at("end")?);
    Some(text.map(|text| text.chars().skip(start).take(end.saturating_sub(start)).collect()))
}

/// Formats a text as Python does, without its finer points.
fn formatted(composer: &Composer, node: usize, depth: usize) -> Option<Composed> {
    let template = composer.input(node, &["f_string"], depth)?;
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
        let value = composer.input(node, &[&format!("values.{name}"), name], depth);
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
