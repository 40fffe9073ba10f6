//! `SwarmUI`, formerly `StableSwarmUI`: JSON with `sui_image_params`, wherever a format has room for text.

use serde_json::Value;

use crate::metadata::evidence::Evidence;
use crate::metadata::info::{GenerationData, Hires, Lora, Tool};
use crate::metadata::json::{Lenient, Lookup};

pub(super) fn read(evidence: &Evidence) -> Option<GenerationData> {
    let json = evidence.objects().find(|json| json.get("sui_image_params").is_some())?;
    let params = json.get("sui_image_params")?;
    let mut info = GenerationData::new(Tool::Swarmui);
    info.tool_version = params.text(&["swarm_version"]);
    info.prompt = params.text(&["prompt"]);
    info.negative_prompt = params.text(&["negativeprompt"]);
    info.model = params.text(&["model"]);
    info.model_hash = hash(json);
    info.seed = params.first(&["seed"]).and_then(Lenient::seed);
    info.steps = params.count(&["steps"]);
    info.cfg = params.number(&["cfgscale"]);
    info.sampler = params.text(&["sampler", "comfyuisampler"]);
    info.scheduler = params.text(&["scheduler", "comfyuischeduler"]);
    info.size = params.count(&["width"]).zip(params.count(&["height"]));
    info.vae = params.text(&["vae"]).filter(|vae| vae != "Automatic");
    info.denoise = params.number(&["initimagecreativity"]);
    info.clip_skip = params
        .first(&["clipstopatlayer"])
        .and_then(Value::as_i64)
        .and_then(|layer| u32::try_from(layer.unsigned_abs()).ok());
    info.loras = loras(params);
    info.hires = params.number(&["refinerupscale"]).filter(|scale| *scale > 1.0).map(|scale| Hires {
        scale: Some(scale),
        upscaler: params.text(&["refinerupscalemethod"]),
        steps: params.count(&["refinersteps"]),
        denoise: params.number(&["refinercontrolpercentage"]),
    });
    let own = [
        "prompt",
        "negativeprompt",
        "model",
        "seed",
        "steps",
        "cfgscale",
        "sampler",
        "scheduler",
        "width",
        "height",
        "vae",
        "loras",
        "loraweights",
        "swarm_version",
    ];
    let extra = [Some(params), json.get("sui_extra_data")]
        .into_iter()
        .flatten()
        .filter_map(Value::as_object)
        .flatten();
    for (key, value) in extra.filter(|(key, _)| !own.contains(&key.as_str())).take(200) {
        info.keep(key, value.clone());
    }
    Some(info)
}

/// Returns the hash of the model among the files that were used. It is the SHA-256 of the weights, written
/// as a number.
fn hash(json: &Value) -> Option<String> {
    let models = json.get("sui_models")?.as_array()?;
    let model = models.iter().find(|model| model.get("param").is_some_and(|param| param == "model"))?;
    model.text(&["hash"]).map(|hash| hash.trim_start_matches("0x").to_owned())
}

/// Reads names and weights, which are two lists, or two texts with commas.
fn loras(params: &Value) -> Vec<Lora> {
    let list = |key: &str| -> Vec<String> {
        match params.get(key) {
            Some(Value::Array(list)) => list.iter().filter_map(Lenient::word).collect(),
            Some(Value::String(text)) => {
                text.split(',').map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
            }
            _ => Vec::new(),
        }
    };
    let weights = list("loraweights");
    let weight = |at: usize| weights.get(at).and_then(|weight| weight.parse().ok());
    list("loras")
        .into_iter()
        .take(100)
        .enumerate()
        .map(|(at, name)| Lora { name, weight: weight(at) })
        .collect()
}
