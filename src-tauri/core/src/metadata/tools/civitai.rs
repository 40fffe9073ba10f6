//! The generator on civitai.com when it runs `ComfyUI`: a graph, with what the person asked for beside the
//! nodes. Its other pictures have a parameter text, which `a1111` recognises by the resources in it.

use serde_json::Value;

use super::comfyui;
use crate::metadata::budget::Budget;
use crate::metadata::evidence::Evidence;
use crate::metadata::info::{GenerationData, Lora, Tool};
use crate::metadata::json::{self, Lenient, Lookup};

pub(super) fn read(evidence: &Evidence) -> Option<GenerationData> {
    let own = evidence.objects().find_map(|json| extra_metadata(json, evidence.budget));
    let resource = evidence.objects().any(|json| json.get("resource-stack").is_some());
    if own.is_none() && !resource {
        return None;
    }
    let mut info = GenerationData::new(Tool::Civitai);
    if let Some(json) = &own {
        fields(json, &mut info);
    }
    if let Some(graph) = comfyui::graph_info(evidence) {
        info.fill_from(graph.info.clone());
    }
    info.says_something().then_some(info)
}

/// Reads JSON within a text within JSON.
fn extra_metadata(json: &Value, budget: &Budget) -> Option<Value> {
    match json.get("extraMetadata")? {
        Value::String(text) => json::parse(text, budget),
        object @ Value::Object(_) => Some(object.clone()),
        _ => None,
    }
}

fn fields(json: &Value, info: &mut GenerationData) {
    info.prompt = json.text(&["prompt"]);
    info.negative_prompt = json.text(&["negativePrompt"]);
    info.cfg = json.number(&["cfgScale"]);
    info.steps = json.count(&["steps"]);
    info.seed = json.first(&["seed"]).and_then(Lenient::seed);
    info.sampler = json.text(&["sampler"]);
    info.clip_skip = json.count(&["clipSkip"]);
    info.size = json.count(&["width"]).zip(json.count(&["height"]));
    info.denoise = json.number(&["denoise"]);
    let resources = json.get("resources").and_then(Value::as_array).into_iter().flatten();
    for resource in resources.take(100) {
        let name = resource.text(&["modelName", "name"]).or_else(|| resource.text(&["modelVersionId"]));
        let kind = resource.text(&["type"]).unwrap_or_default().to_ascii_lowercase();
        if let Some(name) = name.filter(|_| kind.contains("lora")) {
            info.loras.push(Lora { name, weight: resource.number(&["weight", "strength"]) });
        }
    }
    info.keep("Civitai resources", json.get("resources").cloned().unwrap_or_default());
    info.keep(
        "workflow",
        json.get("workflowId").or_else(|| json.get("workflow")).cloned().unwrap_or_default(),
    );
}
