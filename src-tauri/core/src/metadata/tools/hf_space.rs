//! Spaces on Hugging Face that run Diffusers behind Gradio: `parameters` as JSON.

use serde_json::{Value, json};

use crate::metadata::evidence::Evidence;
use crate::metadata::info::{GenerationData, Hires, Tool};
use crate::metadata::json::{Lenient, Lookup};

pub(super) fn read(evidence: &Evidence) -> Option<GenerationData> {
    let json = evidence.objects().find(|json| is_ours(json))?;
    let mut info = GenerationData::new(Tool::HfSpace);
    info.prompt = json.text(&["prompt"]);
    info.negative_prompt = json.text(&["negative_prompt"]);
    info.seed = json.first(&["seed"]).and_then(Lenient::seed);
    info.steps = json.count(&["num_inference_steps"]);
    info.cfg = json.number(&["guidance_scale"]);
    info.sampler = json.text(&["sampler", "scheduler"]);
    info.model = json.text(&["Model", "model"]);
    info.model_hash = json.text(&["Model hash"]);
    info.size = json.text(&["resolution"]).and_then(|size| pair(&size));
    info.hires = json.first(&["use_upscaler"]).filter(|upscaler| upscaler.is_object()).map(hires);
    for key in ["sdxl_style", "quality_tags", "style_preset", "add_quality_tags", "use_lora"] {
        info.keep(key, json.get(key).map_or(Value::Null, |value| json!(value)));
    }
    Some(info)
}

fn is_ours(json: &Value) -> bool {
    let has = |key: &str| json.get(key).is_some();
    has("prompt") && has("resolution") && (has("Model") || has("num_inference_steps"))
}

fn hires(upscaler: &Value) -> Hires {
    Hires {
        scale: upscaler.number(&["upscale_by"]),
        upscaler: upscaler.text(&["upscale_method"]),
        steps: upscaler.count(&["upscale_steps"]),
        denoise: upscaler.number(&["upscaler_strength"]),
    }
}

fn pair(size: &str) -> Option<(u32, u32)> {
    let (width, height) = size.split_once('x')?;
    Some((width.trim().parse().ok()?, height.trim().parse().ok()?))
}
