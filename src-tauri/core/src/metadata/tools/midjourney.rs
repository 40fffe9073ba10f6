//! Midjourney: the prompt with its switches in `Description`, `a fox --ar 2:1 --v 6 Job ID: ...`.

use serde_json::json;

use super::evidence::Evidence;
use crate::metadata::info::{GenerationInfo, Tool};
use crate::metadata::json::decimal;

const JOB: &str = " Job ID: ";

/// Steps for each byte of a text that may be a prompt with switches.
const STEPS_PER_BYTE: usize = 10;

pub(super) fn read(evidence: &Evidence) -> Option<GenerationInfo> {
    let keys = ["Description", "ImageDescription", "Caption"];
    let affordable = |text: &str| evidence.budget.spend(text.len().saturating_mul(STEPS_PER_BYTE));
    let text =
        keys.iter().filter_map(|key| evidence.text(key)).find(|text| affordable(text) && is_ours(text));
    let described = || {
        evidence
            .properties_of("purl.org/dc/")
            .find(|(name, text)| *name == "description" && affordable(text) && is_ours(text))
            .map(|(_, text)| text)
    };
    let mut info = parse(text.or_else(described)?);
    info.keep("author", json!(evidence.text("Author")));
    Some(info)
}

/// A job id, or a version: other switches may be part of anybody's description.
fn is_ours(text: &str) -> bool {
    let job = text.rsplit_once(JOB).is_some_and(|(_, id)| is_uuid(id.trim()));
    let switch = |name: &str| text.split_whitespace().any(|word| word == name);
    job || ["--v", "--niji", "--ar"].iter().any(|name| switch(name))
}

fn is_uuid(id: &str) -> bool {
    id.len() == 36 && id.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

fn parse(text: &str) -> GenerationInfo {
    let mut info = GenerationInfo::new(Tool::Midjourney);
    let (text, job) = text.rsplit_once(JOB).unwrap_or((text, ""));
    info.keep("job_id", json!(job.trim()));
    // An em dash is what some keyboards make of two hyphens.
    let text = text.replace(" \u{2014}", " --");
    let mut parts = text.split(" --");
    info.prompt = parts.next().map(str::to_owned);
    for part in parts.take(100) {
        let (name, value) = part.trim().split_once(char::is_whitespace).unwrap_or((part.trim(), ""));
        switch(name, value.trim(), &mut info);
    }
    info
}

fn switch(name: &str, value: &str, info: &mut GenerationInfo) {
    match name {
        "no" => info.negative_prompt = Some(value.to_owned()),
        "seed" => info.seed = decimal(value),
        "v" | "version" => info.model = Some(format!("Midjourney {value}")),
        "niji" => info.model = Some(format!("Niji {value}")),
        "ar" | "aspect" => info.keep("aspect_ratio", json!(value)),
        "" => {}
        // A switch without a value is on.
        _ if value.is_empty() => info.keep(name, json!(true)),
        _ => info.keep(name, json!(value)),
    }
}
