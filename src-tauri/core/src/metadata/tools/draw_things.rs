//! Draw Things: XMP with its parameters as JSON, and once more as text.

use serde_json::{Value, json};

use super::evidence::Evidence;
use crate::metadata::info::{GenerationInfo, Lora, Tool};
use crate::metadata::json::{self, Lenient, Lookup};
use crate::metadata::xmp;

pub(super) fn read(evidence: &Evidence) -> Option<GenerationInfo> {
    let named = evidence.property(xmp::BASIC, "CreatorTool") == Some("Draw Things");
    let packet = evidence
        .property(xmp::EXIF, "UserComment")
        .and_then(|text| json::parse(text, evidence.budget))
        .filter(|json| named || is_ours(json));
    if let Some(json) = packet.or_else(|| evidence.objects().find(|json| is_ours(json)).cloned()) {
        return Some(fields(&json));
    }
    named.then(|| description(evidence)).flatten()
}

/// `c` and `uc` are the prompts; no other tool calls them so.
fn is_ours(json: &Value) -> bool {
    ["c", "uc", "model", "sampler", "seed"].iter().all(|key| json.get(key).is_some())
}

fn fields(json: &Value) -> GenerationInfo {
    let mut info = GenerationInfo::new(Tool::DrawThings);
    info.prompt = json.text(&["c"]);
    info.negative_prompt = json.text(&["uc"]);
    info.model = json.text(&["model"]);
    info.sampler = json.text(&["sampler"]);
    info.cfg = json.number(&["scale"]);
    info.seed = json.first(&["seed"]).and_then(Lenient::seed);
    info.steps = json.count(&["steps"]);
    info.size = json.text(&["size"]).and_then(|size| pair(&size));
    info.denoise = json.number(&["strength"]);
    info.clip_skip = json.count(&["clip_skip"]);
    let loras = json.get("lora").and_then(Value::as_array).into_iter().flatten();
    info.loras = loras
        .take(100)
        .filter_map(|lora| {
            Some(Lora { name: lora.text(&["model", "file"])?, weight: lora.number(&["weight"]) })
        })
        .collect();
    for key in ["seed_mode", "shift", "mask_blur", "refiner", "profile"] {
        info.keep(key, json.get(key).map_or(Value::Null, |value| json!(value)));
    }
    info
}

/// `prompt`, `-negative prompt`, and a line of settings.
fn description(evidence: &Evidence) -> Option<GenerationInfo> {
    let text = evidence
        .properties_of("purl.org/dc/")
        .find(|(name, _)| *name == "description")
        .map(|(_, text)| text)?;
    let (prompts, settings) = text.rsplit_once("\nSteps: ")?;
    let (prompt, negative) = prompts.split_once("\n-").unwrap_or((prompts, ""));
    let text = format!("{prompt}\nNegative prompt: {negative}\nSteps: {settings}");
    let mut info = super::a1111::parse(&text, evidence.budget)?;
    info.tool = Tool::DrawThings;
    info.cfg = info.cfg.or_else(|| info.extra.get("Guidance Scale").and_then(Lenient::float));
    info.denoise = info.denoise.or_else(|| info.extra.get("Strength").and_then(Lenient::float));
    Some(info)
}

fn pair(size: &str) -> Option<(u32, u32)> {
    let (width, height) = size.split_once('x')?;
    Some((width.trim().parse().ok()?, height.trim().parse().ok()?))
}
