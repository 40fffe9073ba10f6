//! tensor.art: `generation_data`, beside the graph that was run.

use serde_json::{Value, json};

use crate::metadata::evidence::Evidence;
use crate::metadata::info::{GenerationData, Lora, Tool};
use crate::metadata::json::{Lenient, Lookup};

pub(super) fn read(evidence: &Evidence) -> Option<GenerationData> {
    let is_ours =
        |json: &&Value| ["prompt", "baseModel", "workEngine"].iter().any(|key| json.get(key).is_some());
    let json = evidence.json("generation_data").filter(is_ours)?;
    let mut info = GenerationData::new(Tool::Tensorart);
    info.prompt = json.text(&["prompt"]);
    info.negative_prompt = json.text(&["negativePrompt"]);
    // A random seed is written as -1; the graph has the seed that it became.
    info.seed = json.first(&["seed"]).and_then(Lenient::seed).filter(|seed| seed != "-1");
    info.steps = json.count(&["steps"]);
    info.cfg = json.number(&["cfgScale"]);
    info.sampler = json.text(&["samplerName", "sampler"]);
    info.scheduler = json.text(&["scheduler", "schedulerName"]);
    info.size = json.count(&["width"]).zip(json.count(&["height"]));
    info.clip_skip = json.count(&["clipSkip"]);
    info.denoise = json.number(&["denoisingStrength", "denoise"]);
    info.vae = json.text(&["sdVae", "vae"]);
    if let Some(model) = json.first(&["baseModel"]) {
        info.model = model.text(&["modelFileName", "modelName", "label", "name"]).or_else(|| model.word());
        info.model_hash = model.text(&["hash"]);
    }
    let models = json.get("models").and_then(Value::as_array);
    info.loras = models.into_iter().flatten().filter_map(lora).take(100).collect();
    info.keep("workEngine", json.get("workEngine").map_or(Value::Null, |engine| json!(engine)));
    Some(info)
}

fn lora(model: &Value) -> Option<Lora> {
    let kind = model.text(&["type"]).unwrap_or_default();
    let name = model.text(&["modelFileName", "modelName", "label"])?;
    kind.to_ascii_uppercase().contains("LORA").then(|| Lora { name, weight: model.number(&["weight"]) })
}
