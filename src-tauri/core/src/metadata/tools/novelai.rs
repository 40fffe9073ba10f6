//! `NovelAI`: the fields of its API in `Comment`, in PNG texts, in the Exif of a WebP, or hidden in the
//! pixels.

use serde_json::{Value, json};

use crate::metadata::budget::Budget;
use crate::metadata::evidence::Evidence;
use crate::metadata::info::{GenerationData, Tool};
use crate::metadata::json::{self, Lenient, Lookup};

/// The maximum number of characters in one picture; the service allows six.
const MAX_CHARACTERS: usize = 100;

pub(super) fn read(evidence: &Evidence) -> Option<GenerationData> {
    let container = evidence.objects().find(|json| json.get("Comment").is_some() && is_ours(json));
    let named = evidence.text("Software").is_some_and(|software| software.starts_with("NovelAI"))
        || evidence.text("Source").is_some_and(|source| source.starts_with("NovelAI"));
    if container.is_none() && !named {
        return None;
    }
    let comment = container
        .map_or_else(|| evidence.json("Comment").cloned(), |container| comment(container, evidence.budget));
    let source = evidence.text("Source").map(str::to_owned);
    let source = source.or_else(|| container.and_then(|json| json.text(&["Source"])));
    let source = source
        .or_else(|| evidence.text("Software").filter(|software| *software != "NovelAI").map(str::to_owned));
    let description =
        evidence.text("Description").or_else(|| evidence.text("ImageDescription")).map(str::to_owned);
    let description = container.and_then(|json| json.text(&["Description"])).or(description);
    let mut info = GenerationData::new(Tool::Novelai);
    model(source.as_deref(), &mut info);
    if let Some(comment) = &comment {
        fields(comment, &mut info);
    }
    // The first version had the prompt only in the description.
    info.prompt = info.prompt.or(description);
    Some(info)
}

fn is_ours(json: &Value) -> bool {
    ["Software", "Source"]
        .iter()
        .any(|key| json.get(key).and_then(Value::as_str).is_some_and(|text| text.starts_with("NovelAI")))
        || json
            .get("Source")
            .and_then(Value::as_str)
            .is_some_and(|text| text.starts_with("Stable Diffusion "))
}

/// Reads the comment: JSON in a text, which may contain the comment again.
fn comment(container: &Value, budget: &Budget) -> Option<Value> {
    let mut value = container.get("Comment")?.clone();
    for _ in 0..3 {
        if let Value::String(text) = &value {
            value = json::parse(text, budget)?;
        }
        match value.get("Comment") {
            Some(inner) => value = inner.clone(),
            None => return Some(value),
        }
    }
    None
}

/// Splits `NovelAI Diffusion V4.5 4BDE2A90` into a name and a hash.
fn model(source: Option<&str>, info: &mut GenerationData) {
    let Some(source) = source.map(str::trim) else { return };
    match source.rsplit_once(' ') {
        Some((name, hash)) if hash.len() == 8 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
            info.model = Some(name.to_owned());
            info.model_hash = Some(hash.to_owned());
        }
        _ => info.model = Some(source.to_owned()),
    }
}

fn fields(comment: &Value, info: &mut GenerationData) {
    let base = comment.text(&["prompt"]).or_else(|| base_caption(comment, "v4_prompt"));
    info.prompt = with_characters(base, comment, "v4_prompt");
    let base =
        comment.text(&["uc", "negative_prompt"]).or_else(|| base_caption(comment, "v4_negative_prompt"));
    info.negative_prompt = with_characters(base, comment, "v4_negative_prompt");
    info.steps = comment.count(&["steps"]);
    info.cfg = comment.number(&["scale"]);
    info.seed = comment.first(&["seed"]).and_then(Lenient::seed);
    info.sampler = comment.text(&["sampler"]);
    info.scheduler = comment.text(&["noise_schedule"]);
    info.size = comment.count(&["width"]).zip(comment.count(&["height"]));
    info.denoise = comment.number(&["strength"]);
    for (key, prompt) in [("characters", "v4_prompt"), ("negative_characters", "v4_negative_prompt")] {
        let characters = comment.get(prompt).and_then(|prompt| prompt.pointer("/caption/char_captions"));
        info.keep(key, characters.cloned().unwrap_or_default());
    }
    for key in [
        "cfg_rescale",
        "uncond_scale",
        "sm",
        "sm_dyn",
        "dynamic_thresholding",
        "request_type",
        "noise",
        "legacy_uc",
    ] {
        info.keep(key, comment.get(key).map_or(Value::Null, |value| json!(value)));
    }
}

/// Adds the prompts of characters, which have their own since version 4. In one text, each comes after a
/// vertical bar, as artists type it into the box for the whole prompt.
fn with_characters(base: Option<String>, comment: &Value, prompt: &str) -> Option<String> {
    let captions =
        comment.get(prompt).and_then(|prompt| prompt.pointer("/caption/char_captions")?.as_array());
    let captions = captions.into_iter().flatten().take(MAX_CHARACTERS);
    let captions: Vec<String> = captions.filter_map(|character| character.text(&["char_caption"])).collect();
    if captions.is_empty() {
        return base;
    }
    Some(base.into_iter().chain(captions).collect::<Vec<_>>().join(" | "))
}

fn base_caption(comment: &Value, prompt: &str) -> Option<String> {
    comment.get(prompt)?.pointer("/caption/base_caption").and_then(Lenient::word)
}
