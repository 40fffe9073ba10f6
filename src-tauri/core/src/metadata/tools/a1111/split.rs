//! Where a parameter text has its prompts and where its settings, and whether it is one at all.

use serde_json::json;

use super::settings::{Setting, settings};
use super::{Place, pair};
use crate::metadata::budget::{Budget, never};
use crate::metadata::json::{Lenient, decimal};

const NEGATIVE: &str = "Negative prompt:";

/// A parameter text in its parts.
pub(super) struct Split<'a> {
    pub(super) prompts: &'a str,
    pub(super) line: &'a str,
    /// Whether the settings are not on a line of their own, since somebody joined the lines.
    pub(super) is_joined: bool,
}

/// Finds where the settings begin: at the last line that starts with `Steps: ` and a number; in texts that went through
/// a tool which joins lines, at the last such words after a full stop or comma; else at a last line of settings.
pub(super) fn split_settings(text: &str, place: Place) -> Option<Split<'_>> {
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
        return split(at, false).filter(|split| are_settings(split.line, place, 2));
    }
    if let Some(split) = of_sentence.and_then(|at| split(at, true))
        && are_settings(split.line, place, 3)
    {
        return Some(split);
    }
    let start = text.trim_end().rfind('\n').map_or(0, |at| at + 1);
    // A tool that joins lines by spaces leaves the settings at the end of the only line.
    let joined = text.rfind("Steps:").filter(|at| *at > start && is_steps(text, *at));
    split(joined.unwrap_or(start), joined.is_some()).filter(|split| are_settings(split.line, place, 3))
}

/// Says whether a line has at least so many settings, and enough of them are what a sampler is set to.
fn are_settings(line: &str, place: Place, least: usize) -> bool {
    let settings = settings(line, &Budget::of(0, &never));
    let count = |kind| settings.iter().filter(|setting| kind_of(setting) == Some(kind)).count();
    let (own, common) = (count(Kind::Own), count(Kind::Common));
    let is_enough = match place {
        Place::Own => own >= 1 && own + common >= 2,
        Place::Shared => own >= 2 || own >= 1 && common >= 2,
    };
    settings.len() >= least && is_enough
}

/// What a setting says of the line it is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Only samplers have it.
    Own,
    /// Other things have it as well.
    Common,
}

/// A known setting counts if its value is such as it has.
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

/// `Steps: 20,`, and neither the end of `Hires steps: 20` nor the beginning of a sentence.
fn is_steps(text: &str, at: usize) -> bool {
    let after = text.get(at + "Steps:".len()..).unwrap_or_default().trim_start_matches(' ');
    let rest = after.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    let rest = rest.trim_start_matches(' ');
    after.starts_with(|c: char| c.is_ascii_digit()) && (rest.is_empty() || rest.starts_with([',', '\n']))
}

/// The negative prompt begins at the first line that starts with its name. Only where somebody joined the lines it
/// begins within one, at the last place that has its name; else these words are part of the prompt.
pub(super) fn split_negative(prompts: &str, is_joined: bool) -> (&str, &str) {
    let joined = || prompts.rfind(NEGATIVE).filter(|_| is_joined);
    let Some(at) = negative_line(prompts).or_else(joined) else { return (prompts, "") };
    let negative = prompts.get(at + NEGATIVE.len()..).unwrap_or_default();
    // What is left of a joined text without negative prompt is the full stop that joined it.
    (prompts.get(..at).unwrap_or_default(), if negative.trim() == "." { "" } else { negative })
}

/// Where a line starts with the name of the negative prompt.
pub(super) fn negative_line(text: &str) -> Option<usize> {
    let mut starts = text.match_indices(NEGATIVE).map(|(at, _)| at);
    starts.find(|at| {
        let before = text.get(..*at).unwrap_or_default().trim_end_matches([' ', '\t']);
        before.is_empty() || before.ends_with('\n')
    })
}
