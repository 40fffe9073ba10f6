//! `InvokeAI`: `invokeai_metadata` since 3.0, `sd-metadata` and `Dream` before.

use serde_json::{Value, json};

use super::evidence::Evidence;
use crate::metadata::info::{GenerationInfo, Lora, Tool};
use crate::metadata::json::{Lenient, Lookup, decimal};

pub(super) fn read(evidence: &Evidence) -> Option<GenerationInfo> {
    let current =
        evidence.json("invokeai_metadata").or_else(|| core_metadata(evidence)).or_else(|| beside(evidence));
    current
        .map(modern)
        .or_else(|| evidence.json("invokeai").map(beta))
        .or_else(|| evidence.json("sd-metadata").map(|json| legacy(json, evidence)))
        .or_else(|| evidence.text("Dream").and_then(dream))
}

/// The graph has the same fields in one of its nodes.
fn core_metadata<'e>(evidence: &'e Evidence) -> Option<&'e Value> {
    let nodes = evidence.json("invokeai_graph")?.get("nodes")?.as_object()?;
    nodes.iter().find(|(id, _)| id.starts_with("core_metadata")).map(|(_, node)| node)
}

/// A file beside the picture has the same fields without a name around them.
fn beside<'e>(evidence: &'e Evidence) -> Option<&'e Value> {
    evidence.objects().find(|json| json.get("positive_prompt").is_some() && json.get("cfg_scale").is_some())
}

fn modern(json: &Value) -> GenerationInfo {
    let mut info = GenerationInfo::new(Tool::Invokeai);
    info.tool_version = json.text(&["app_version"]);
    info.prompt = json.text(&["positive_prompt"]);
    info.negative_prompt = json.text(&["negative_prompt"]);
    info.seed = json.first(&["seed"]).and_then(Lenient::seed);
    info.steps = json.count(&["steps"]);
    info.cfg = json.number(&["cfg_scale"]);
    info.sampler = json.text(&["scheduler"]);
    info.size = json.count(&["width"]).zip(json.count(&["height"]));
    info.denoise = json.number(&["strength"]);
    info.clip_skip = json.count(&["clip_skip"]).filter(|skip| *skip > 0);
    info.vae = json.first(&["vae"]).and_then(name);
    if let Some(model) = json.first(&["model"]) {
        info.model = name(model);
        info.model_hash = model.text(&["hash"]);
    }
    let loras = json.get("loras").and_then(Value::as_array);
    info.loras = loras.into_iter().flatten().filter_map(lora).take(100).collect();
    let own = [
        "positive_prompt",
        "negative_prompt",
        "app_version",
        "seed",
        "steps",
        "cfg_scale",
        "scheduler",
        "width",
        "height",
        "model",
        "loras",
        "vae",
        "strength",
        "clip_skip",
    ];
    keep_others(json, &own, &mut info);
    info
}

/// A model is its name, or an object that has it under a key that changed with the versions.
fn name(model: &Value) -> Option<String> {
    model.text(&["name", "model_name", "key"]).or_else(|| model.word())
}

fn lora(entry: &Value) -> Option<Lora> {
    let model = entry.first(&["model", "lora"])?;
    Some(Lora { name: name(model)?, weight: entry.number(&["weight"]) })
}

/// Keeps small values that have no field; the whole is among the raw texts.
fn keep_others(json: &Value, own: &[&str], info: &mut GenerationInfo) {
    for (key, value) in json.as_object().into_iter().flatten().take(200) {
        if !own.contains(&key.as_str()) {
            info.keep(key, value.clone());
        }
    }
}

/// 3.0 before its release.
fn beta(json: &Value) -> GenerationInfo {
    let mut info = modern(json);
    info.prompt = json.text(&["positive_conditioning"]);
    info.negative_prompt = json.text(&["negative_conditioning"]);
    info.extra.remove("positive_conditioning");
    info.extra.remove("negative_conditioning");
    info
}

/// 1.15 to 2.3.
fn legacy(json: &Value, evidence: &Evidence) -> GenerationInfo {
    let mut info = GenerationInfo::new(Tool::Invokeai);
    info.tool_version = json.text(&["app_version"]);
    info.model = json.text(&["model_weights"]);
    info.model_hash = json.text(&["model_hash"]);
    if let Some(image) = json.first(&["image"]) {
        if let Some(prompt) = image.first(&["prompt"]).and_then(legacy_prompt) {
            split_prompt(&prompt, &mut info);
        }
        info.seed = image.first(&["seed"]).and_then(Lenient::seed);
        info.steps = image.count(&["steps"]);
        info.cfg = image.number(&["cfg_scale"]);
        info.sampler = image.text(&["sampler"]);
        info.size = image.count(&["width"]).zip(image.count(&["height"]));
        info.denoise = image.number(&["strength"]);
        keep_others(
            image,
            &["prompt", "seed", "steps", "cfg_scale", "sampler", "width", "height", "strength"],
            &mut info,
        );
    }
    if let Some(command) = evidence.text("Dream").and_then(dream) {
        info.fill_from(command);
    }
    info
}

fn legacy_prompt(prompt: &Value) -> Option<String> {
    match prompt {
        Value::Array(parts) => {
            let texts: Vec<&str> =
                parts.iter().filter_map(|part| part.get("prompt")?.as_str()).take(100).collect();
            Some(texts.join(" "))
        }
        _ => prompt.word(),
    }
}

/// Every `[...]` is negative.
fn split_prompt(prompt: &str, info: &mut GenerationInfo) {
    let (mut positive, mut negative, mut rest) = (String::new(), Vec::new(), prompt);
    while let Some((before, inside, after)) = rest
        .split_once('[')
        .and_then(|(before, tail)| tail.split_once(']').map(|(inside, after)| (before, inside, after)))
    {
        positive.push_str(before);
        negative.push(inside);
        rest = after;
    }
    positive.push_str(rest);
    info.prompt = Some(positive);
    info.negative_prompt = Some(negative.join(", "));
}

/// The oldest: the command that made the picture, `"prompt" -s 50 -S 7 -W 512 -H 512 -C 7.5 -A k_lms`.
fn dream(command: &str) -> Option<GenerationInfo> {
    let (prompt, switches) = command.trim().strip_prefix('"')?.rsplit_once('"')?;
    let mut info = GenerationInfo::new(Tool::Invokeai);
    split_prompt(prompt, &mut info);
    let (mut width, mut height) = (None, None);
    let mut words = switches.split_whitespace();
    while let Some(word) = words.next() {
        let Some(name) = word.strip_prefix('-') else { continue };
        let (name, joined) = name.split_at_checked(1).unwrap_or((name, ""));
        let value = if joined.is_empty() { words.next().unwrap_or_default() } else { joined };
        match name {
            "s" => info.steps = value.parse().ok(),
            "S" => info.seed = decimal(value),
            "W" => width = value.parse().ok(),
            "H" => height = value.parse().ok(),
            "C" => info.cfg = json!(value).float(),
            "A" => info.sampler = Some(value.to_owned()),
            "f" => info.denoise = json!(value).float(),
            _ => {}
        }
    }
    info.size = width.zip(height);
    (info.steps.is_some() || info.seed.is_some()).then_some(info)
}
