//! Easy Diffusion: a PNG text per field, JSON in a `UserComment`, or a file beside the picture with one line
//! per field.

use serde_json::{Map, Value, json};

use crate::metadata::evidence::Evidence;
use crate::metadata::info::{GenerationData, Lora, Tool};
use crate::metadata::json::{Lenient, Lookup};
use crate::metadata::text::Source;

/// Each field's name in the API, and the label that people see.
const LABELS: [(&str, &str); 28] = [
    ("prompt", "Prompt"),
    ("negative_prompt", "Negative Prompt"),
    ("seed", "Seed"),
    ("use_stable_diffusion_model", "Stable Diffusion model"),
    ("sampler_name", "Sampler"),
    ("scheduler_name", "Scheduler"),
    ("num_inference_steps", "Steps"),
    ("guidance_scale", "Guidance Scale"),
    ("width", "Width"),
    ("height", "Height"),
    ("clip_skip", "Clip Skip"),
    ("use_vae_model", "VAE model"),
    ("use_hypernetwork_model", "Hypernetwork model"),
    ("use_lora_model", "LoRA model"),
    ("lora_alpha", "LoRA Strength"),
    ("prompt_strength", "Prompt Strength"),
    ("use_upscale", "Use Upscaling"),
    ("use_face_correction", "Use Face Correction"),
    ("distilled_guidance_scale", "Distilled Guidance"),
    ("use_controlnet_model", "ControlNet model"),
    ("control_filter_to_apply", "ControlNet Filter"),
    ("control_alpha", "ControlNet Strength"),
    ("hypernetwork_strength", "Hypernetwork Strength"),
    ("use_embeddings_model", "Embedding model"),
    ("use_text_encoder_model", "Text Encoder model"),
    ("upscale_amount", "Upscale By"),
    ("latent_upscaler_steps", "Latent Upscaler Steps"),
    ("tiling", "Seamless Tiling"),
];

/// Steps for each byte of a text whose lines are compared with all labels.
const STEPS_PER_BYTE: usize = 20;

pub(super) fn read(evidence: &Evidence) -> Option<GenerationData> {
    let object = evidence.objects().filter_map(Value::as_object).find(|json| is_ours(json)).map(named);
    object.or_else(|| chunks(evidence)).or_else(|| lines(evidence)).map(|fields| info(&fields))
}

fn is_ours(fields: &Map<String, Value>) -> bool {
    fields.contains_key("use_stable_diffusion_model") || fields.contains_key("Stable Diffusion model")
}

/// Returns the fields under their names in the API instead of their labels.
fn named(fields: &Map<String, Value>) -> Map<String, Value> {
    let name = |key: &str| {
        LABELS
            .iter()
            .find(|(_, label)| label.eq_ignore_ascii_case(key))
            .map_or(key, |(name, _)| *name)
            .to_owned()
    };
    fields.iter().take(500).map(|(key, value)| (name(key), value.clone())).collect()
}

fn chunks(evidence: &Evidence) -> Option<Map<String, Value>> {
    let texts = evidence.items.iter().filter(|item| item.source == Source::PngText);
    let fields: Map<String, Value> = texts.map(|item| (item.key.to_owned(), json!(item.text))).collect();
    is_ours(&fields).then(|| named(&fields))
}

/// Reads lines such as `Prompt: a fox`; a prompt may extend over several lines.
fn lines(evidence: &Evidence) -> Option<Map<String, Value>> {
    let text =
        evidence.items.iter().find(|item| item.source == Source::Sidecar && item.json().is_none())?.text;
    if !evidence.budget.spend(text.len().saturating_mul(STEPS_PER_BYTE)) {
        return None;
    }
    let mut fields: Map<String, Value> = Map::new();
    let mut last = None;
    for line in text.lines() {
        let labelled =
            line.split_once(':').and_then(|(label, value)| Some((label_name(label.trim())?, value.trim())));
        match (labelled, last) {
            (Some((name, value)), _) => {
                fields.insert(name.to_owned(), json!(value));
                last = Some(name);
            }
            (None, Some(name)) => {
                if let Some(Value::String(value)) = fields.get_mut(name) {
                    value.push('\n');
                    value.push_str(line);
                }
            }
            (None, None) => return None,
        }
    }
    is_ours(&fields).then_some(fields)
}

fn label_name(label: &str) -> Option<&'static str> {
    LABELS
        .iter()
        .find(|(name, known)| known.eq_ignore_ascii_case(label) || *name == label)
        .map(|(name, _)| *name)
}

fn info(fields: &Map<String, Value>) -> GenerationData {
    let mut info = GenerationData::new(Tool::Easydiffusion);
    info.prompt = fields.text(&["prompt"]);
    info.negative_prompt = fields.text(&["negative_prompt"]);
    info.seed = fields.first(&["seed"]).and_then(Lenient::seed);
    info.model = file_name(fields, "use_stable_diffusion_model");
    info.sampler = fields.text(&["sampler_name"]);
    info.scheduler = fields.text(&["scheduler_name"]);
    info.steps = fields.count(&["num_inference_steps"]);
    info.cfg = fields.number(&["guidance_scale"]);
    info.size = fields.count(&["width"]).zip(fields.count(&["height"]));
    info.vae = file_name(fields, "use_vae_model");
    info.denoise = fields.number(&["prompt_strength"]);
    info.loras = loras(fields);
    for key in [
        "clip_skip",
        "use_upscale",
        "use_face_correction",
        "use_hypernetwork_model",
        "distilled_guidance_scale",
        "use_controlnet_model",
    ] {
        info.keep(
            key,
            fields.get(key).filter(|value| *value != "None").map_or(Value::Null, |value| json!(value)),
        );
    }
    info
}

/// Returns the file name of a model, which is written as a path on the machine where it was used.
fn file_name(fields: &Map<String, Value>, key: &str) -> Option<String> {
    fields.text(&[key]).map(|path| base_name(&path).to_owned())
}

fn base_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

/// Reads one name or a list of names, as JSON or in the notation of Python, with a list of strengths beside
/// it.
fn loras(fields: &Map<String, Value>) -> Vec<Lora> {
    let names = list(fields.get("use_lora_model"));
    let weights = list(fields.get("lora_alpha"));
    let weight = |at: usize| weights.get(at).and_then(|weight| weight.parse().ok());
    let used = names.iter().enumerate().take(100).filter(|(_, name)| !name.is_empty() && *name != "None");
    used.map(|(at, name)| Lora { name: base_name(name).to_owned(), weight: weight(at) }).collect()
}

fn list(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::Array(list)) => list.iter().filter_map(Lenient::word).collect(),
        Some(Value::String(text)) => {
            let parts = text.trim_matches(['[', ']']).split(',');
            parts.map(|part| part.trim().trim_matches(['\'', '"']).to_owned()).collect()
        }
        Some(value) => value.word().into_iter().collect(),
        None => Vec::new(),
    }
}
