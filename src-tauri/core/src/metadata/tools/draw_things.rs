//! Draw Things: XMP with its parameters as JSON, and again as text.

use serde_json::{Value, json};

use crate::metadata::budget::Budget;
use crate::metadata::evidence::Evidence;
use crate::metadata::info::{GenerationData, Lora, Tool};
use crate::metadata::json::{self, Lenient, Lookup};
use crate::metadata::limits::MAX_LORAS;
use crate::metadata::xmp;

pub(super) fn read(evidence: &Evidence) -> Option<GenerationData> {
    let named = evidence.property(xmp::BASIC, "CreatorTool") == Some("Draw Things");
    let packet = evidence
        .property(xmp::EXIF, "UserComment")
        .and_then(|text| json::parse(text, evidence.budget))
        .filter(|json| named || is_ours(json));
    let json = packet.or_else(|| evidence.objects().find(|json| is_ours(json)).cloned());
    let described = || evidence.properties_of("purl.org/dc/").find(|(name, _)| *name == "description");
    let described = named.then(described).flatten().map(|(_, text)| description(text, evidence.budget));
    match (json.map(|json| fields(&json)), described) {
        (Some(mut info), Some(described)) => {
            info.fill_from(described);
            Some(info)
        }
        (info, described) => info.or(described),
    }
}

/// Recognises the JSON. `c` and `uc` are the prompts; no other tool uses these names.
fn is_ours(json: &Value) -> bool {
    ["c", "uc", "model", "sampler", "seed"].iter().all(|key| json.get(key).is_some())
}

fn fields(json: &Value) -> GenerationData {
    let mut info = GenerationData::new(Tool::DrawThings);
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

/// Reads `prompt`, `-negative prompt`, and a line of settings.
fn description(text: &str, budget: &Budget) -> GenerationData {
    let (prompts, settings) = text.rsplit_once("\nSteps: ").unwrap_or((text, ""));
    // Lines of a prompt may also begin with a hyphen; the last such line is the negative prompt.
    let (prompt, negative) = prompts.rsplit_once("\n-").unwrap_or((prompts, ""));
    let settings = super::a1111::parse(&format!("\nSteps: {settings}"), budget);
    let mut info = settings.unwrap_or_else(|| GenerationData::new(Tool::DrawThings));
    info.tool = Tool::DrawThings;
    info.prompt = Some(prompt.to_owned());
    info.negative_prompt = Some(negative.trim().to_owned()).filter(|negative| !negative.is_empty());
    info.cfg = info.cfg.or_else(|| info.extra.get("Guidance Scale").and_then(Lenient::float));
    info.denoise = info.denoise.or_else(|| info.extra.get("Strength").and_then(Lenient::float));
    for number in 1..=MAX_LORAS {
        let Some(name) = info.extra.get(&format!("LoRA {number} Model")).and_then(Lenient::word) else {
            break;
        };
        let weight = info.extra.get(&format!("LoRA {number} Weight")).and_then(Lenient::float);
        info.loras.push(Lora { name, weight });
    }
    info
}

fn pair(size: &str) -> Option<(u32, u32)> {
    let (width, height) = size.split_once('x')?;
    Some((width.trim().parse().ok()?, height.trim().parse().ok()?))
}
