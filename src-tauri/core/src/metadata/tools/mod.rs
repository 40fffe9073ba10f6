//! Third step: what the texts mean. One module per tool, asked in order of trust; the first that knows the picture wins.

mod a1111;
mod civitai;
mod comfyui;
mod declared;
mod draw_things;
mod easy_diffusion;
pub(super) mod evidence;
mod fooocus;
mod hf_space;
mod invokeai;
mod midjourney;
mod novelai;
mod stability_matrix;
mod swarmui;
mod tensorart;

use self::evidence::Evidence;
use super::budget::Budget;
use super::dates::{self, FoundDate};
use super::info::{GenerationInfo, Tool};
use super::text::RawText;

pub(crate) use a1111::SETTING_NEEDS_QUOTES;
#[cfg(test)]
pub(crate) use a1111::parse as parse_parameters;

/// Own formats come before the ones several tools share, and what a tool wrote before what somebody declared about it.
const READERS: [fn(&Evidence) -> Option<GenerationInfo>; 14] = [
    invokeai::read,
    tensorart::read,
    stability_matrix::read,
    novelai::read,
    swarmui::read,
    fooocus::read,
    easy_diffusion::read,
    draw_things::read,
    civitai::read,
    comfyui::read,
    a1111::read,
    hf_space::read,
    midjourney::read,
    declared::read,
];

/// Returns every date that texts have.
pub(crate) fn dates(texts: &[RawText], budget: &Budget) -> Vec<FoundDate> {
    dates::found(&Evidence::new(texts, budget))
}

/// Returns how a picture was made according to its texts, or `None` if they do not say.
pub(crate) fn interpret(texts: &[RawText], budget: &Budget) -> Option<GenerationInfo> {
    let evidence = Evidence::new(texts, budget);
    let mut info = READERS.iter().find_map(|read| read(&evidence))?;
    // Some tools keep the exact seed, or the sampler, only in the graph they ran.
    if info.tool != Tool::Comfyui
        && let Some(graph) = comfyui::read(&evidence)
    {
        info.fill_from(graph);
    }
    // Savers write a parameter text too, which may be wrong; it only counts where the nodes of the graph are unknown.
    if info.tool == Tool::Comfyui
        && !info.says_something()
        && let Some(text) = evidence.parameters().find_map(|text| a1111::parse(text, budget))
    {
        info.fill_from(text);
    }
    Some(info.tidy())
}
