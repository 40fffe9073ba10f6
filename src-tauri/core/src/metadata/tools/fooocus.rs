//! Fooocus and its forks: JSON or a parameter text, and a field that says which of them.

use serde_json::{Value, json};

use super::a1111;
use crate::metadata::evidence::Evidence;
use crate::metadata::info::{GenerationData, Lora, Tool};
use crate::metadata::json::{Lenient, Lookup};

pub(super) fn read(evidence: &Evidence) -> Option<GenerationData> {
    if let Some(json) =
        evidence.objects().find(|json| json.get("software").is_some_and(|name| name == "RuinedFooocus"))
    {
        return Some(ruined(json));
    }
    let software = evidence.text("Software").filter(|software| software.starts_with("Fooocus"));
    let marked = software.is_some() || evidence.text("fooocus_scheme").is_some();
    let mut info = match evidence.objects().find(|json| is_ours(json)) {
        Some(json) => fields(json),
        None if marked => text(evidence)?,
        None => return None,
    };
    info.tool_version = info
        .tool_version
        .or_else(|| software.map(|name| name.trim_start_matches("Fooocus").trim().to_owned()));
    Some(info)
}

/// Recognises the JSON. Fooocus names its scheme or writes a combination of keys that no other tool has;
/// Fooocus-MRE writes the base model and the sharpness. The log uses the labels that people see as keys.
fn is_ours(json: &Value) -> bool {
    let has = |key: &str| json.get(key).is_some();
    let marked = has("metadata_scheme")
        || has("base_model") && (has("guidance_scale") || has("performance"))
        || has("base_model_name") && has("sharpness")
        || has("Base Model") && has("Guidance Scale");
    marked && ["prompt", "real_prompt", "Prompt", "seed", "Seed"].into_iter().any(has)
}

/// Reads the scheme `a1111`, which is a parameter text.
fn text(evidence: &Evidence) -> Option<GenerationData> {
    let mut info = a1111::infotext(evidence).cloned()?;
    info.tool = Tool::Fooocus;
    info.tool_version =
        info.tool_version.map(|version| version.trim_start_matches("Fooocus").trim().to_owned());
    Some(info)
}

fn fields(json: &Value) -> GenerationData {
    let mut info = GenerationData::new(Tool::Fooocus);
    info.tool_version = json
        .text(&["version", "software", "Version"])
        .map(|version| version.trim_start_matches("Fooocus").trim().to_owned());
    info.prompt = json.text(&["prompt", "real_prompt", "Prompt"]);
    info.negative_prompt = json.text(&["negative_prompt", "real_negative_prompt", "Negative Prompt"]);
    info.model = json.text(&["base_model", "base_model_name", "Base Model"]);
    info.model_hash = json.text(&["base_model_hash"]);
    info.seed = json.first(&["seed", "Seed"]).and_then(Lenient::seed);
    info.steps = json.count(&["steps", "Steps"]);
    info.cfg = json.number(&["guidance_scale", "cfg", "Guidance Scale"]);
    info.sampler = json.text(&["sampler", "sampler_name", "Sampler"]);
    info.scheduler = json.text(&["scheduler", "Scheduler"]);
    info.denoise = json.number(&["denoise"]);
    info.size = json
        .text(&["resolution", "Resolution"])
        .and_then(|size| pair(&size))
        .or_else(|| json.count(&["width"]).zip(json.count(&["height"])));
    info.vae = json.text(&["vae"]);
    info.clip_skip = json.count(&["clip_skip"]);
    info.loras = loras(json);
    for key in [
        "refiner_model",
        "refiner_switch",
        "sharpness",
        "styles",
        "performance",
        "full_prompt",
        "full_negative_prompt",
        "adm_guidance",
        "freeu",
        "metadata_scheme",
    ] {
        info.keep(key, json.get(key).map_or(Value::Null, |value| json!(value)));
    }
    info
}

/// Parses `(1152, 896)` or `1152x896`.
fn pair(size: &str) -> Option<(u32, u32)> {
    let (width, height) = size.trim_matches(['(', ')', '[', ']']).split_once([',', 'x', '×'])?;
    Some((width.trim().parse().ok()?, height.trim().parse().ok()?))
}

/// Reads a list of `[name, weight, hash]`, or keys with `name : weight`.
fn loras(json: &Value) -> Vec<Lora> {
    let listed = json.get("loras").and_then(Value::as_array).into_iter().flatten().filter_map(|lora| {
        Some(Lora {
            name: lora.get(0).and_then(Lenient::word)?,
            weight: lora.get(1).and_then(Lenient::float),
        })
    });
    let combined = (1..=20).filter_map(|number| {
        let text = json.text(&[&format!("lora_combined_{number}"), &format!("LoRA {number}")])?;
        let (name, weight) = text.rsplit_once(" : ")?;
        Some(Lora { name: name.to_owned(), weight: weight.trim().parse().ok() })
    });
    let mut loras: Vec<Lora> = Vec::new();
    for lora in listed.chain(combined).take(100) {
        if !loras.iter().any(|known| known.name == lora.name) {
            loras.push(lora);
        }
    }
    loras
}

fn ruined(json: &Value) -> GenerationData {
    let mut info = GenerationData::new(Tool::RuinedFooocus);
    info.prompt = json.text(&["Prompt"]);
    info.negative_prompt = json.text(&["Negative"]);
    info.steps = json.count(&["steps"]);
    info.cfg = json.number(&["cfg"]);
    info.size = json.count(&["width"]).zip(json.count(&["height"]));
    info.seed = json.first(&["seed"]).and_then(Lenient::seed);
    info.sampler = json.text(&["sampler_name"]);
    info.scheduler = json.text(&["scheduler"]);
    info.model = json.text(&["base_model_name"]);
    info.model_hash = json.text(&["base_model_hash"]);
    info.clip_skip = json.count(&["clip_skip"]);
    info.denoise = json.number(&["denoise"]);
    let loras = json.get("loras").and_then(Value::as_array).into_iter().flatten().filter_map(|lora| {
        // Newer versions write the hash before the text.
        let text = lora.as_str().or_else(|| lora.as_array()?.last()?.as_str())?;
        let (name, weight) =
            text.rsplit_once(" - ").map_or((text, None), |(first, second)| match first.trim().parse().ok() {
                Some(weight) => (second, Some(weight)),
                None => (first, second.trim().parse().ok()),
            });
        Some(Lora { name: name.trim().to_owned(), weight })
    });
    info.loras = loras.take(100).collect();
    info
}
