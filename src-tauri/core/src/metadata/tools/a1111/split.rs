//! Decides whether a text is a parameter text, and where its prompts and its settings are.

use serde_json::json;

use super::settings::{Setting, settings};
use super::{Purpose, pair};
use crate::metadata::budget::{Budget, never};
use crate::metadata::json::{Lenient, decimal};

const NEGATIVE: &str = "Negative prompt:";

/// The parts of a parameter text.
pub(super) struct Split<'a> {
    pub(super) prompts: &'a str,
    pub(super) line: &'a str,
    /// True if the settings are not on a line of their own, because a tool joined the lines.
    pub(super) is_joined: bool,
}

/// Finds where the settings begin: at the last line that starts with `Steps: ` and a number. In a text whose
/// lines a tool has joined, at the last such words after a full stop or comma. Otherwise at a last line of
/// settings.
pub(super) fn split_settings(text: &str, purpose: Purpose) -> Option<Split<'_>> {
    let split = |at: usize, is_joined: bool| {
        text.split_at_checked(at).map(|(prompts, line)| Split { prompts, line, is_joined })
    };
    let starts = text.match_indices("Steps:").map(|(at, _)| at).filter(|at| is_steps(text, *at));
    let (mut of_line, mut of_sentence) = (None, None);
    for at in starts {
        let before = text.get(..at)?;
        let before = before.trim_end_matches([' ', '\t']);
        if before.is_empty() || before.ends_with('\n') {
            of_line = Some(at);
        } else if before.ends_with(['.', ',', ':']) {
            of_sentence = Some(at);
        }
    }
    if let Some(at) = of_line {
        return split(at, false).filter(|split| are_settings(split.line, purpose, 2));
    }
    if let Some(split) = of_sentence.and_then(|at| split(at, true))
        && are_settings(split.line, purpose, 3)
    {
        return Some(split);
    }
    let start = text.trim_end().rfind('\n').map_or(0, |at| at + 1);
    // A tool that joins lines with spaces leaves the settings at the end of the only line.
    let joined = text.rfind("Steps:").filter(|at| *at > start && is_steps(text, *at));
    split(joined.unwrap_or(start), joined.is_some()).filter(|split| are_settings(split.line, purpose, 3))
}

/// Says whether a line has at least this many settings, and enough that only a sampler has.
fn are_settings(line: &str, purpose: Purpose, least: usize) -> bool {
    let settings = settings(line, &Budget::of(0, &never));
    let count = |kind| settings.iter().filter(|setting| kind_of(setting) == Some(kind)).count();
    let (own, common) = (count(Kind::Own), count(Kind::Common));
    let is_enough = match purpose {
        Purpose::Parameters => own >= 1 && own + common >= 2,
        Purpose::Any => own >= 2 || own >= 1 && common >= 2,
    };
    settings.len() >= least && is_enough
}

/// How strongly a setting indicates a line of settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Only samplers have it.
    Own,
    /// Other things also have it.
    Common,
}

/// Returns the kind of a known setting whose value has the right form.
fn kind_of(setting: &Setting) -> Option<Kind> {
    let value = setting.value.as_str();
    let is_number = || json!(value).float().is_some();
    let (kind, fits) = match setting.key.to_ascii_lowercase().as_str() {
        "sampler" | "schedule type" | "hires upscaler" => {
            (Kind::Own, value.len() <= 64 && value.contains(char::is_alphabetic))
        }
        "seed" => (Kind::Own, decimal(value).is_some()),
        "cfg scale"
        | "distilled cfg scale"
        | "guidance scale"
        | "denoising strength"
        | "clip skip"
        | "hires upscale"
        | "hires steps"
        | "eta"
        | "ensd" => (Kind::Own, is_number()),
        "model hash" => (Kind::Own, value.len() >= 6 && value.bytes().all(|byte| byte.is_ascii_hexdigit())),
        "lora hashes" | "ti hashes" | "hashes" | "civitai resources" => (Kind::Own, !value.is_empty()),
        "app" => (Kind::Own, value == "SD.Next"),
        "steps" => (Kind::Common, json!(value).whole().is_some()),
        "size" => (Kind::Common, pair(value).is_some()),
        "model" | "vae" | "version" => (Kind::Common, !value.is_empty()),
        _ => return None,
    };
    fits.then_some(kind)
}

/// Recognises `Steps: 20,`, but not the end of `Hires steps: 20` or the beginning of a sentence.
fn is_steps(text: &str, at: usize) -> bool {
    let after = text.get(at + "Steps:".len()..).unwrap_or_default().trim_start_matches(' ');
    let rest = after.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    let rest = rest.trim_start_matches(' ');
    after.starts_with(|c: char| c.is_ascii_digit()) && (rest.is_empty() || rest.starts_with([',', '\n']))
}

/// Splits off the negative prompt, which begins at the first line that starts with its name. Only if the
/// lines were joined does it begin within a line, at the last occurrence of its name; otherwise these words
/// are part of the prompt.
pub(super) fn split_negative(prompts: &str, is_joined: bool) -> (&str, &str) {
    let joined = || prompts.rfind(NEGATIVE).filter(|_| is_joined);
    let Some(at) = negative_line(prompts).or_else(joined) else { return (prompts, "") };
    let negative = prompts.get(at + NEGATIVE.len()..).unwrap_or_default();
    // In a joined text without a negative prompt, only the full stop that joined it is left.
    (prompts.get(..at).unwrap_or_default(), if negative.trim() == "." { "" } else { negative })
}

/// Returns where a line starts with the name of the negative prompt.
pub(super) fn negative_line(text: &str) -> Option<usize> {
    let mut starts = text.match_indices(NEGATIVE).map(|(at, _)| at);
    starts.find(|at| {
        let before = text.get(..*at).unwrap_or_default().trim_end_matches([' ', '\t']);
        before.is_empty() || before.ends_with('\n')
    })
}
