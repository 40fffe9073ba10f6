//! The values of drawn nodes, which are listed by position. Their names come from the node's own list of
//! inputs if it has one, otherwise from a table for the nodes that nearly every graph has.

use serde_json::{Map, Value};

use super::graph::link;

/// The maximum number of inputs of one node.
pub(super) const MAX_INPUTS: usize = 500;

/// Returns the values of a node by name.
pub(super) fn widgets(node: &Value, class: &str) -> Map<String, Value> {
    match node.get("widgets_values") {
        Some(Value::Object(values)) => values
            .iter()
            .filter(|(_, value)| link(value).is_none())
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect(),
        Some(Value::Array(values)) if class.starts_with("Power Lora Loader") => rows(values),
        Some(Value::Array(values)) => by_place(values, &names(node, class)),
        _ => Map::new(),
    }
}

/// Returns the rows of a stack of `LoRAs`, an object each, among the values of its buttons.
fn rows(values: &[Value]) -> Map<String, Value> {
    let rows = values.iter().filter(|value| value.get("lora").is_some()).take(MAX_INPUTS);
    (1..).zip(rows).map(|(number, row)| (format!("lora_{number}"), row.clone())).collect()
}

/// Gives the values their names. The value after a seed says how the seed changes, and has no name.
fn by_place(values: &[Value], names: &[String]) -> Map<String, Value> {
    let mut fields = Map::new();
    let mut values = values.iter().peekable();
    for name in names {
        let Some(value) = values.next() else { break };
        // A value that looks like a link would be mistaken for one.
        if link(value).is_none() {
            fields.insert(name.clone(), value.clone());
        }
        // A button in that position leaves `null`.
        let after_seed = |next: &&Value| {
            next.is_null() || matches!(next.as_str(), Some("fixed" | "increment" | "decrement" | "randomize"))
        };
        if matches!(name.as_str(), "seed" | "noise_seed") {
            values.next_if(after_seed);
        }
    }
    fields
}

fn names(node: &Value, class: &str) -> Vec<String> {
    let table = known_names(class);
    if !table.is_empty() {
        return table.iter().map(|name| (*name).to_owned()).collect();
    }
    let list = node.get("inputs").and_then(Value::as_array);
    let widget = |input: &Value| input.pointer("/widget/name").and_then(Value::as_str).map(str::to_owned);
    list.into_iter().flatten().filter_map(widget).collect()
}

/// Returns the names of the values of nodes that are in many graphs, as far as they matter here.
fn known_names(class: &str) -> &'static [&'static str] {
    match class {
        "KSampler" | "KSampler (Efficient)" => {
            &["seed", "steps", "cfg", "sampler_name", "scheduler", "denoise"]
        }
        "KSamplerAdvanced" => &[
            "add_noise",
            "noise_seed",
            "steps",
            "cfg",
            "sampler_name",
            "scheduler",
            "start_at_step",
            "end_at_step",
        ],
        "SamplerCustom" => &["add_noise", "noise_seed", "cfg"],
        "KSamplerSelect" => &["sampler_name"],
        "RandomNoise" => &["noise_seed"],
        "BasicScheduler" => &["scheduler", "steps", "denoise"],
        "SDTurboScheduler" => &["steps", "denoise"],
        "KarrasScheduler" | "Flux2Scheduler" | "LTXVScheduler" => &["steps"],
        "CFGGuider" => &["cfg"],
        "DualCFGGuider" => &["cfg_conds"],
        "FluxGuidance" => &["guidance"],
        "CLIPTextEncode" | "smZ CLIPTextEncode" | "Text Multiline" | "CR Text" | "ttN text" => &["text"],
        "TextEncodeQwenImageEdit" | "TextEncodeQwenImageEditPlus" | "CR Prompt Text" => &["prompt"],
        "ImpactWildcardEncode" | "ImpactWildcardProcessor" => &["wildcard_text", "populated_text"],
        "CLIPTextEncodeFlux" => &["clip_l", "t5xxl", "guidance"],
        "CLIPTextEncodeSD3" => &["clip_l", "clip_g", "t5xxl"],
        "CLIPTextEncodeHiDream" => &["clip_l", "clip_g", "t5xxl", "llama"],
        "CLIPTextEncodeLumina2" => &["system_prompt", "user_prompt"],
        "CLIPTextEncodeSDXL" => {
            &["width", "height", "crop_w", "crop_h", "target_width", "target_height", "text_g", "text_l"]
        }
        "CLIPSetLastLayer" => &["stop_at_clip_layer"],
        "CheckpointLoaderSimple"
        | "CheckpointLoader|pysssss"
        | "CheckpointLoaderNF4"
        | "ImageOnlyCheckpointLoader"
        | "unCLIPCheckpointLoader" => &["ckpt_name"],
        "CheckpointLoader" => &["config_name", "ckpt_name"],
        "Efficient Loader" => &[
            "ckpt_name",
            "vae_name",
            "clip_skip",
            "lora_name",
            "lora_model_strength",
            "lora_clip_strength",
            "positive",
            "negative",
            "token_normalization",
            "weight_interpretation",
            "empty_latent_width",
            "empty_latent_height",
        ],
        "UNETLoader" | "UnetLoaderGGUF" | "UnetLoaderGGUFAdvanced" => &["unet_name"],
        "NunchakuFluxDiTLoader" | "DiffusersLoader" => &["model_path"],
        "NunchakuQwenImageDiTLoader" => &["model_name"],
        "LoraLoader" | "LoraLoader|pysssss" => &["lora_name", "strength_model", "strength_clip"],
        "LoraLoaderModelOnly" => &["lora_name", "strength_model"],
        "NunchakuFluxLoraLoader" => &["lora_name", "lora_strength"],
        "VAELoader" => &["vae_name"],
        "LoadImage" => &["image"],
        "EmptyLatentImage"
        | "EmptySD3LatentImage"
        | "EmptyFlux2LatentImage"
        | "EmptyHunyuanLatentVideo"
        | "EmptyLTXVLatentVideo"
        | "WanImageToVideo" => &["width", "height"],
        "CR Seed" | "easy seed" | "Seed (rgthree)" => &["seed"],
        "PrimitiveNode"
        | "PrimitiveString"
        | "PrimitiveStringMultiline"
        | "PrimitiveInt"
        | "PrimitiveFloat"
        | "INTConstant"
        | "FloatConstant"
        | "StringConstant"
        | "StringConstantMultiline"
        | "SetNode"
        | "GetNode"
        | "easy setNode"
        | "easy getNode" => &["value"],
        _ => &[],
    }
}
