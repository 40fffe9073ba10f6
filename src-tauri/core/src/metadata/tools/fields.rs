//! A JSON file beside a picture, with fields under the names that everybody would give them.

use serde_json::{Map, Value};

use crate::metadata::evidence::Evidence;
use crate::metadata::info::{GenerationData, Lora, Tool};
use crate::metadata::json::{Lenient, Lookup};
use crate::metadata::limits::MAX_LORAS;
use crate::metadata::text::Source;

/// The objects in which scripts and downloaders put the fields.
const WITHIN: [&str; 5] = ["meta", "metadata", "parameters", "params", "generation"];

pub(super) fn read(evidence: &Evidence) -> Option<GenerationData> {
    let beside = evidence.items.iter().filter(|item| item.source == Source::Sidecar);
    let objects = beside.filter_map(|item| item.json()?.as_object());
    objects.flat_map(levels).find_map(fields)
}

fn levels(object: &Map<String, Value>) -> impl Iterator<Item = &Map<String, Value>> {
    let within = WITHIN.iter().filter_map(|key| object.get(*key)?.as_object());
    std::iter::once(object).chain(within)
}

/// Reads the fields. A prompt alone may be anything; together with the settings of a sampler, it is
/// the one that made a picture.
fn fields(object: &Map<String, Value>) -> Option<GenerationData> {
    let mut info = GenerationData::new(Tool::Other);
    info.prompt =
        Some(object.text(&["prompt", "Prompt", "positive_prompt", "positivePrompt", "positive"])?);
    info.negative_prompt = object.text(&["negative_prompt", "negativePrompt", "Negative prompt", "negative"]);
    info.seed = object.first(&["seed", "Seed"]).and_then(Lenient::seed);
    info.steps = object.count(&["steps", "Steps", "num_inference_steps"]);
    info.cfg = object.number(&["cfg_scale", "cfgScale", "CFG scale", "guidance_scale", "cfg"]);
    info.sampler = object.text(&["sampler", "Sampler", "sampler_name"]);
    info.scheduler = object.text(&["scheduler", "schedule_type"]);
    info.model = object.text(&["model", "Model", "model_name", "checkpoint", "base_model", "sd_model_name"]);
    info.model_hash = object.text(&["model_hash", "Model hash", "sd_model_hash"]);
    info.clip_skip = object.count(&["clip_skip", "clipSkip"]);
    info.denoise = object.number(&["denoising_strength", "denoise", "strength"]);
    let sides = || object.count(&["width"]).zip(object.count(&["height"]));
    info.size = object.text(&["size", "Size", "resolution"]).and_then(|size| pair(&size)).or_else(sides);
    let loras = object.get("loras").and_then(Value::as_array).into_iter().flatten();
    info.loras = loras.take(MAX_LORAS).filter_map(lora).collect();
    let says = [
        info.seed.is_some(),
        info.steps.is_some(),
        info.cfg.is_some(),
        info.sampler.is_some(),
        info.model.is_some(),
    ];
    says.contains(&true).then_some(info)
}

fn pair(size: &str) -> Option<(u32, u32)> {
    let (width, height) = size.split_once(['x', '\u{d7}', ','])?;
    let pixels = |text: &str| text.trim_matches(['(', ')', ' ']).parse().ok();
    Some((pixels(width)?, pixels(height)?))
}

fn lora(lora: &Value) -> Option<Lora> {
    let name = lora.text(&["name", "model", "file"]).or_else(|| lora.as_str().map(str::to_owned))?;
    Some(Lora { name, weight: lora.number(&["weight", "strength"]) })
}
