//! Stability Matrix: `parameters-json`, beside a parameter text and the graph, whose texts lack comments.

use serde_json::Value;

use super::a1111;
use crate::metadata::evidence::Evidence;
use crate::metadata::info::{GenerationData, Tool};
use crate::metadata::json::{Lenient, Lookup};

pub(super) fn read(evidence: &Evidence) -> Option<GenerationData> {
    let is_ours = |json: &&Value| {
        ["PositivePrompt", "NegativePrompt", "ModelName"].iter().any(|key| json.get(key).is_some())
    };
    let json = evidence.json("parameters-json").filter(is_ours).or_else(|| beside(evidence));
    if json.is_none() {
        evidence
            .json("smproj")
            .filter(|json| json.get("ProjectType").is_some() || json.get("State").is_some())?;
    }
    let mut info = json.map_or_else(|| GenerationData::new(Tool::StabilityMatrix), from_json);
    if let Some(text) = a1111::infotext(evidence) {
        info.fill_from(text.clone());
    }
    Some(info)
}

fn beside<'e>(evidence: &'e Evidence) -> Option<&'e Value> {
    evidence.objects().find(|json| json.get("PositivePrompt").is_some() && json.get("ModelName").is_some())
}

fn from_json(json: &Value) -> GenerationData {
    let mut info = GenerationData::new(Tool::StabilityMatrix);
    info.prompt = json.text(&["PositivePrompt"]);
    info.negative_prompt = json.text(&["NegativePrompt"]);
    info.seed = json.first(&["Seed"]).and_then(Lenient::seed);
    info.steps = json.count(&["Steps"]);
    info.cfg = json.number(&["CfgScale"]);
    info.sampler = json.text(&["Sampler"]);
    info.scheduler = json.text(&["Scheduler"]);
    info.size = json.count(&["Width"]).zip(json.count(&["Height"]));
    info.model = json.text(&["ModelName"]);
    info.model_hash = json.text(&["ModelHash"]);
    info
}
