//! Regular expressions of nodes. Python's are like Rust's but for what looks around or back, which is not
//! computed.

use regex::{Captures, Regex, RegexBuilder};
use serde_json::Value;

use crate::metadata::limits::MAX_FIELD_BYTES;
use crate::metadata::tools::comfyui::graph::Graph;
use crate::metadata::tools::comfyui::vocabulary::input;

/// The longest pattern, in bytes.
const MAX_PATTERN: usize = 2_000;
/// The maximum size of a compiled pattern, in bytes.
const MAX_COMPILED: usize = 1 << 18;
/// Steps for compiling each byte of a pattern.
const STEPS_PER_BYTE: usize = 4_000;
/// Steps for looking at each byte of a text.
const STEPS_PER_LOOK: usize = 50;

/// The pattern of a node, with the options it has.
pub(super) struct Pattern<'g> {
    regex: Regex,
    /// How many matches are replaced.
    count: usize,
    graph: &'g Graph<'g>,
}

impl<'g> Pattern<'g> {
    /// Returns `None` if the pattern cannot be computed here, or costs too much.
    pub(super) fn of(graph: &'g Graph<'g>, node: usize, pattern: &str) -> Option<Self> {
        let is_on = |key: &str| graph.input(node, key).is_some_and(|on| on == true);
        if pattern.len() > MAX_PATTERN || !graph.spend(pattern.len().saturating_mul(STEPS_PER_BYTE)) {
            return None;
        }
        let regex = RegexBuilder::new(pattern)
            .case_insensitive(is_on(input::IGNORES_CASE))
            .multi_line(is_on(input::MULTI_LINE))
            .dot_matches_new_line(is_on(input::DOT_ALL))
            .size_limit(MAX_COMPILED)
            .dfa_size_limit(MAX_COMPILED)
            .build()
            .ok()?;
        let count = graph.input(node, input::MAX_MATCHES).and_then(Value::as_u64).filter(|count| *count > 0);
        let count = count.and_then(|count| usize::try_from(count).ok()).unwrap_or(usize::MAX);
        Some(Self { regex, count, graph })
    }

    fn pays_for(&self, text: &str) -> bool {
        self.graph.spend(text.len().saturating_mul(STEPS_PER_LOOK))
    }

    /// Replaces as `re.sub` of Python does.
    pub(super) fn replace_all(&self, text: &str, replacement: &str) -> Option<String> {
        if !self.pays_for(text) {
            return None;
        }
        let parts = parts(replacement)?;
        let (mut replaced, mut last) = (String::new(), 0);
        for found in self.regex.captures_iter(text).take(self.count) {
            let whole = found.get(0)?;
            replaced.push_str(text.get(last..whole.start())?);
            for part in &parts {
                replaced.push_str(part.text(&found)?);
            }
            last = whole.end();
            if replaced.len() > MAX_FIELD_BYTES {
                return None;
            }
        }
        replaced.push_str(text.get(last..)?);
        Some(replaced)
    }

    /// Extracts as `RegexExtract` does in this mode.
    pub(super) fn extract(&self, text: &str, mode: &str, group: usize) -> Option<String> {
        if !self.pays_for(text) {
            return None;
        }
        let of = |found: &Captures<'_>, group: usize| {
            found.get(group).map(|part| part.as_str().to_owned()).unwrap_or_default()
        };
        let all = |group: usize| {
            self.regex.captures_iter(text).map(|found| of(&found, group)).collect::<Vec<_>>().join("\n")
        };
        let groups = self.regex.captures_len() - 1;
        Some(match mode {
            "First Match" => self.regex.find(text).map(|found| found.as_str().to_owned()).unwrap_or_default(),
            // As `re.findall` does, which gives the first group where there are any.
            "All Matches" => all(groups.min(1)),
            "First Group" if group <= groups => {
                self.regex.captures(text).map(|found| of(&found, group)).unwrap_or_default()
            }
            "All Groups" if groups > 0 && group <= groups => all(group),
            "First Group" | "All Groups" => String::new(),
            _ => return None,
        })
    }
}

/// A part of a replacement.
enum Part {
    Text(String),
    Group(usize),
    Named(String),
}

impl Part {
    /// Returns `None` for a group that the pattern does not have.
    fn text<'t>(&'t self, found: &'t Captures<'_>) -> Option<&'t str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Group(number) if *number < found.len() => {
                Some(found.get(*number).map_or("", |part| part.as_str()))
            }
            Self::Group(_) => None,
            Self::Named(name) => found.name(name).map(|part| part.as_str()),
        }
    }
}

/// Splits a replacement of Python at its references to groups. Returns `None` for an escape that it does not
/// allow.
fn parts(replacement: &str) -> Option<Vec<Part>> {
    let mut found = Vec::new();
    let mut text = String::new();
    let mut rest = replacement.chars();
    while let Some(character) = rest.next() {
        if character != '\\' {
            text.push(character);
            continue;
        }
        match rest.next()? {
            '\\' => text.push('\\'),
            'n' => text.push('\n'),
            't' => text.push('\t'),
            'r' => text.push('\r'),
            'g' => {
                let (name, after) = rest.as_str().strip_prefix('<')?.split_once('>')?;
                found.push(Part::Text(std::mem::take(&mut text)));
                found.push(name.parse().map_or_else(|_| Part::Named(name.to_owned()), Part::Group));
                rest = after.chars();
            }
            digit if digit.is_ascii_digit() && digit != '0' => {
                let more = rest.as_str().chars().next().filter(char::is_ascii_digit);
                let number: String = [Some(digit), more].into_iter().flatten().collect();
                if more.is_some() {
                    rest.next();
                }
                found.push(Part::Text(std::mem::take(&mut text)));
                found.push(Part::Group(number.parse().ok()?));
            }
            letter if letter.is_ascii_alphanumeric() => return None,
            other => text.extend(['\\', other]),
        }
    }
    found.push(Part::Text(text));
    Some(found)
}
