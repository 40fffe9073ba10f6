//! Which inputs of a node are texts, in which order it joins them, and with which separator.

use serde_json::Value;

use super::{Composed, Composer, is_text};
use crate::metadata::limits::MAX_FIELD_BYTES;
use crate::metadata::tools::comfyui::graph::Side;
use crate::metadata::tools::comfyui::rule;
use crate::metadata::tools::comfyui::vocabulary::{class, input};

/// Returns the inputs that have a node's texts, in the order in which it joins them.
pub(in super::super) fn parts<'g>(inputs: &[(&'g str, &'g Value)], side: Side) -> Vec<&'g Value> {
    let texts =
        || inputs.iter().copied().filter(|(key, value)| is_text(value) && !rule::fits(input::SETTING, key));
    let of_side: Vec<(&str, &Value)> = texts().filter(|(key, _)| side.names(key)).collect();
    let parts = if of_side.is_empty() {
        texts().filter(|(key, _)| is_part(key) && !side.other().names(key)).take(20).collect()
    } else {
        let main = of_side.iter().find(|(key, _)| affix(key) == Affix::Stem).copied();
        let affixes = of_side.iter().copied().filter(|(key, _)| affix(key) != Affix::Stem);
        main.into_iter().chain(affixes).collect()
    };
    in_order(parts).into_iter().map(|(_, value)| value).collect()
}

/// Says whether a name is one that nodes give to the texts they join.
fn is_part(key: &str) -> bool {
    rule::fits(input::PART, key) || affix(key) != Affix::Stem
}

/// Whether a text is put before or after others, in the order of the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) enum Affix {
    Prefix,
    /// All other texts.
    Stem,
    Suffix,
}

/// Returns what the name of an input says about its text.
pub(in super::super) fn affix(key: &str) -> Affix {
    if rule::fits(input::PREFIX, key) {
        Affix::Prefix
    } else if rule::fits(input::SUFFIX, key) {
        Affix::Suffix
    } else {
        Affix::Stem
    }
}

/// Sorts texts by their affixes, and by their numbers or letters if all have one, because widgets are
/// written before links.
pub(in super::super) fn in_order<'g>(mut parts: Vec<(&'g str, &'g Value)>) -> Vec<(&'g str, &'g Value)> {
    if parts.iter().all(|(key, _)| affix(key) != Affix::Stem || ordinal(key).is_some()) {
        parts.sort_by_key(|(key, _)| (affix(key), ordinal(key)));
    } else {
        parts.sort_by_key(|(key, _)| affix(key));
    }
    parts
}

/// Returns the number of an input: `text_2` and `text_b` are the second.
fn ordinal(key: &str) -> Option<u32> {
    let name = key.trim_end_matches(|c: char| c.is_ascii_digit());
    if let Ok(number) = key.get(name.len()..)?.parse() {
        return Some(number);
    }
    let (name, letter) = key.rsplit_once('_')?;
    let letter = Some(letter).filter(|letter| letter.len() == 1 && !name.is_empty())?.chars().next()?;
    letter.is_ascii_lowercase().then(|| u32::from(letter) - u32::from('a'))
}

/// How a node joins texts.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent habits of nodes")]
pub(in super::super) struct Join {
    delimiter: String,
    keeps_empty: bool,
    strips: bool,
    tidies: bool,
    /// True if the node is known to do nothing else.
    pub(in super::super) is_known: bool,
}

impl Join {
    pub(in super::super) fn of(
        composer: &Composer,
        node: usize,
        inputs: &[(&str, &Value)],
        depth: usize,
    ) -> Self {
        let graph = composer.graph;
        let given = composer.input(node, input::SEPARATOR, depth);
        let is_joiner = graph.is(node, class::JOINER);
        let says = |key: &str, word: &str| graph.input(node, key).is_some_and(|value| value == word);
        let tidies = graph.is(node, class::STRING_FUNCTION) && says(input::TIDIES, "yes");
        let has_word_part = || inputs.iter().any(|(key, _)| input::WORD_PART.contains(key));
        let default = if tidies || graph.is(node, class::COMMA_JOINER) {
            ", "
        } else if graph.is(node, class::BARE_JOINER) || has_word_part() {
            ""
        } else {
            " "
        };
        let has_affix = inputs.iter().any(|(key, _)| affix(key) != Affix::Stem);
        Self {
            is_known: is_joiner
                && (has_affix || default != " " || given.as_ref().is_some_and(|given| given.is_sure)),
            delimiter: given.map_or_else(|| default.to_owned(), |given| spelled_out(&given.text)),
            keeps_empty: graph.is(node, class::KEEPS_EMPTY),
            strips: says(input::STRIPS, "true")
                || graph.input(node, input::STRIPS).is_some_and(|on| on == true),
            tidies,
        }
    }

    /// Returns a join that puts this between two texts, and nothing next to an empty one.
    pub(in super::super) fn with(delimiter: &str) -> Self {
        Self { delimiter: delimiter.to_owned(), is_known: true, ..Self::default() }
    }

    pub(in super::super) fn texts(&self, composer: &Composer, texts: &[Composed]) -> Composed {
        let is_sure = texts.iter().all(|text| text.is_sure);
        let length: usize = texts.iter().map(|text| text.text.len() + self.delimiter.len()).sum();
        if length > MAX_FIELD_BYTES + self.delimiter.len() || !composer.graph.spend(length) {
            return Composed::default();
        }
        // "undefined" is the interface's name for an input that is linked to nothing.
        let words = texts.iter().map(|text| if text.text == "undefined" { "" } else { text.text.as_str() });
        let words = words.map(|text| if self.strips { text.trim() } else { text });
        let words: Vec<&str> = words.filter(|text| self.keeps_empty || !text.is_empty()).collect();
        let joined = words.join(&self.delimiter);
        Composed { text: if self.tidies { tidied(&joined) } else { joined }, is_sure }
    }
}

pub(in super::super) fn tidied(text: &str) -> String {
    text.replace("  ", " ").replace(" ,", ",").replace(",,", ",").replace(",,", ",")
}

/// Returns a delimiter that is written with a backslash or chosen by its name.
fn spelled_out(delimiter: &str) -> String {
    match delimiter.to_ascii_lowercase().as_str() {
        "none" => String::new(),
        "space" => " ".to_owned(),
        "newline" | "new line" | "line break" => "\n".to_owned(),
        "comma" => ",".to_owned(),
        _ => delimiter.replace("\\n", "\n").replace("\\t", "\t"),
    }
}
