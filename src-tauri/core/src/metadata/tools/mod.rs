//! The third step: interpreting the texts. One module per tool, asked in order of trust.
//!
//! The texts in the file come first, then those hidden in its pixels, then its sidecar. What a tool
//! wrote comes before what somebody declared about it. Each source fills in the fields that those before it
//! left open.

mod a1111;
mod civitai;
mod comfyui;
mod declared;
mod draw_things;
mod easy_diffusion;
mod fields;
mod fooocus;
mod hf_space;
mod invokeai;
mod midjourney;
mod novelai;
mod stability_matrix;
mod swarmui;
mod tensorart;

use super::budget::Budget;
use super::dates::{self, FoundDate};
use super::evidence::{Evidence, Parsed};
use super::info::{GenerationData, Tool};
use super::limits::MAX_ALL_BYTES;
use super::text::{RawText, Source, Text};

pub(crate) use a1111::SETTING_NEEDS_QUOTES;
#[cfg(test)]
pub(crate) use a1111::parse as parse_parameters;

/// Steps for each byte of a text that is decoded.
const STEPS_PER_BYTE: usize = 3;

type Reader = fn(&Evidence) -> Option<GenerationData>;

/// Tools with a format of their own.
const OWN: [Reader; 9] = [
    invokeai::read,
    tensorart::read,
    stability_matrix::read,
    novelai::read,
    swarmui::read,
    fooocus::read,
    easy_diffusion::read,
    draw_things::read,
    civitai::read,
];
/// Tools that are recognised by less than that, so they are asked last.
const OTHER: [Reader; 3] = [hf_space::read, midjourney::read, fields::read];

/// Where a text was found, the most trusted first.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Location {
    File,
    Pixels,
    Sidecar,
}

impl Location {
    fn of(source: Source) -> Self {
        match source {
            Source::Stealth => Self::Pixels,
            Source::Sidecar => Self::Sidecar,
            _ => Self::File,
        }
    }
}

/// Returns how a picture was made according to its texts, or `None` if they do not say, and all dates in
/// them.
pub(crate) fn interpret(texts: &[RawText], budget: &Budget) -> (Option<GenerationData>, Vec<FoundDate>) {
    let texts = decoded(texts, budget);
    let parsed = Parsed::new(&texts, budget);
    let info = made(&parsed).map(|info| info.tidy(budget));
    (info, dates::found(&parsed.evidence(|_| true)))
}

fn made(parsed: &Parsed) -> Option<GenerationData> {
    let (mut made, mut declared): (Option<GenerationData>, Option<GenerationData>) = (None, None);
    for location in [Location::File, Location::Pixels, Location::Sidecar] {
        let evidence = parsed.evidence(|source| Location::of(source) == location);
        if evidence.items.is_empty() {
            continue;
        }
        match (&mut made, read(&evidence)) {
            (Some(made), Some(more)) => made.complete_from(more),
            (made, more) => *made = made.take().or(more),
        }
        declared = declared.or_else(|| declared::read(&evidence));
    }
    match (made, declared) {
        (Some(mut made), Some(declared)) => {
            // Fields without a tool's name belong to the tool that the picture declares.
            if made.tool == Tool::Other {
                made.tool = declared.tool;
            }
            made.fill_from(declared);
            Some(made)
        }
        (made, declared) => made.or(declared),
    }
}

/// Decodes the texts. Latin-1 and UTF-16 may double in size when they become UTF-8, so the total limit is
/// applied once more.
fn decoded<'a>(texts: &'a [RawText], budget: &Budget) -> Vec<Text<'a>> {
    let mut room = MAX_ALL_BYTES;
    let mut decode = |text: &'a RawText| {
        if !budget.spend(text.bytes.len().saturating_mul(STEPS_PER_BYTE)) {
            return None;
        }
        let text = text.decode();
        let Some(left) = room.checked_sub(text.text.len()) else {
            budget.give_up();
            return None;
        };
        room = left;
        Some(text)
    };
    texts.iter().filter_map(&mut decode).collect()
}

/// Returns what a tool wrote in one location.
fn read(evidence: &Evidence) -> Option<GenerationData> {
    if let Some(mut info) = OWN.iter().find_map(|read| read(evidence)) {
        // Some tools store the exact seed, or the sampler, only in the graph they ran.
        if let Some(graph) = comfyui::graph_info(evidence) {
            info.fill_from(graph.info.clone());
        }
        if let Some(text) = a1111::infotext(evidence) {
            info.complete_from(text.clone());
        }
        return Some(info);
    }
    match (comfyui::graph_info(evidence), a1111::infotext(evidence)) {
        (Some(graph), text) => Some(graph.with_infotext(text)),
        (None, Some(text)) => Some(text.clone()),
        (None, None) => OTHER.iter().find_map(|read| read(evidence)),
    }
}
