//! `InvokeAI`: `invokeai_metadata` since 3.0, `sd-metadata` and `Dream` before that.

use serde_json::{Value, json};

use crate::metadata::budget::Budget;
use crate::metadata::evidence::Evidence;
use crate::metadata::info::{GenerationData, Lora, Tool};
use crate::metadata::json::{Lenient, Lookup, decimal};
use crate::metadata::limits::MAX_NODES;

/// Steps for each byte of a command.
const STEPS_PER_BYTE: usize = 10;

pub(super) fn read(evidence: &Evidence) -> Option<GenerationData> {
    let current =
        evidence.json("invokeai_metadata").or_else(|| core_metadata(evidence)).or_else(|| beside(evidence));
    current
        .map(modern)
        .or_else(|| evidence.json("invokeai").map(beta))
        .or_else(|| evidence.json("sd-metadata").map(|json| legacy(json, evidence)))
        .or_else(|| evidence.text("Dream").and_then(|command| dream(command, evidence.budget)))
        .or_else(|| evidence.json("invokeai_graph").map(from_graph))
        .or_else(|| evidence.text("invokeai_workflow").map(|_| GenerationData::new(Tool::Invokeai)))
}

/// Returns the node of the graph that has the same fields.
fn core_metadata<'e>(evidence: &'e Evidence) -> Option<&'e Value> {
    let nodes = evidence.json("invokeai_graph")?.get("nodes")?.as_object()?;
    nodes.iter().find(|(id, _)| id.starts_with("core_metadata")).map(|(_, node)| node)
}

/// Reads the graph that was run: `nodes` by id, and `edges` between their fields. Custom workflows write only
/// this, and no fields.
fn from_graph(graph: &Value) -> GenerationData {
    let mut info = GenerationData::new(Tool::Invokeai);
    let kind = |node: &Value| node.text(&["type"]).unwrap_or_default();
    let nodes = || graph.get("nodes").and_then(Value::as_object).into_iter().flatten().take(MAX_NODES);
    let of_kind = |word: &str| nodes().map(|(_, node)| node).find(|node| kind(node).contains(word));
    if let Some(model) = of_kind("model_loader").and_then(|node| node.first(&["model"])) {
        info.model = name(model);
        info.model_hash = model.text(&["hash"]);
    }
    if let Some(denoise) = of_kind("denoise") {
        let number = |keys: &[&str]| keys.iter().find_map(|key| input(graph, denoise, key));
        info.steps = number(&["steps", "num_steps"]).and_then(Lenient::whole);
        info.cfg = number(&["cfg_scale", "guidance_scale"]).and_then(Lenient::float);
        info.sampler = number(&["scheduler"]).and_then(Lenient::word);
        let prompt = |side: &[&str]| {
            let encoder = side.iter().find_map(|field| source(graph, denoise, field))?;
            input(graph, encoder, "prompt")?.word()
        };
        info.prompt = prompt(&["positive_conditioning", "positive_text_conditioning"]);
        info.negative_prompt = prompt(&["negative_conditioning", "negative_text_conditioning"]);
        let noise = source(graph, denoise, "noise")
            .or_else(|| nodes().map(|(_, node)| node).find(|node| kind(node) == "noise"));
        let noise = noise.unwrap_or(denoise);
        info.seed = input(graph, noise, "seed").and_then(Lenient::seed);
        let side = |key| input(graph, noise, key).and_then(Lenient::whole);
        info.size = side("width").zip(side("height"));
    }
    info
}

/// Returns the node whose output goes into a field.
fn source<'g>(graph: &'g Value, node: &Value, field: &str) -> Option<&'g Value> {
    let id = node.get("id")?;
    let edges = graph.get("edges").and_then(Value::as_array)?;
    let into = |edge: &&Value| {
        edge.get("destination").is_some_and(|end| end.get("node_id") == Some(id) && end["field"] == field)
    };
    let edge = edges.iter().take(MAX_NODES).find(into)?;
    graph.get("nodes")?.get(edge.pointer("/source/node_id")?.as_str()?)
}

/// Returns the value that goes into a field from another node, or the field's own value.
fn input<'g>(graph: &'g Value, node: &'g Value, field: &str) -> Option<&'g Value> {
    source(graph, node, field).and_then(|from| from.first(&["value", field])).or_else(|| node.first(&[field]))
}

/// Returns the fields of a file beside the picture, which has them without an enclosing name.
fn beside<'e>(evidence: &'e Evidence) -> Option<&'e Value> {
    evidence.objects().find(|json| json.get("positive_prompt").is_some() && json.get("cfg_scale").is_some())
}

fn modern(json: &Value) -> GenerationData {
    let mut info = GenerationData::new(Tool::Invokeai);
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

/// Returns the name of a model: the value itself, or a field whose key changed between versions.
fn name(model: &Value) -> Option<String> {
    model.text(&["name", "model_name", "key"]).or_else(|| model.word())
}

fn lora(entry: &Value) -> Option<Lora> {
    let model = entry.first(&["model", "lora"])?;
    Some(Lora { name: name(model)?, weight: entry.number(&["weight"]) })
}

/// Stores small values that have no field. The raw texts keep all of them.
fn keep_others(json: &Value, own: &[&str], info: &mut GenerationData) {
    for (key, value) in json.as_object().into_iter().flatten().take(200) {
        if !own.contains(&key.as_str()) {
            info.keep(key, value.clone());
        }
    }
}

/// Reads the format of 3.0 before its release.
fn beta(json: &Value) -> GenerationData {
    let mut info = modern(json);
    info.prompt = json.text(&["positive_conditioning"]);
    info.negative_prompt = json.text(&["negative_conditioning"]);
    info.extra.remove("positive_conditioning");
    info.extra.remove("negative_conditioning");
    info
}

/// Reads the format of 1.15 to 2.3.
fn legacy(json: &Value, evidence: &Evidence) -> GenerationData {
    let mut info = GenerationData::new(Tool::Invokeai);
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
    if let Some(command) = evidence.text("Dream").and_then(|command| dream(command, evidence.budget)) {
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

/// Splits a prompt in which everything in `[...]` is negative.
fn split_prompt(prompt: &str, info: &mut GenerationData) {
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

/// Reads the oldest format: the command that made the picture, `"prompt" -s 50 -S 7 -W 512 -H 512 -C 7.5 -A
/// k_lms`.
fn dream(command: &str, budget: &Budget) -> Option<GenerationData> {
    if !budget.spend(command.len().saturating_mul(STEPS_PER_BYTE)) {
        return None;
    }
    let (prompt, switches) = command.trim().strip_prefix('"')?.rsplit_once('"')?;
    let mut info = GenerationData::new(Tool::Invokeai);
    split_prompt(prompt, &mut info);
    let (mut width, mut height) = (None, None);
    let mut words = switches.split_whitespace().peekable();
    while let Some(word) = words.next() {
        let Some(name) = word.strip_prefix('-') else { continue };
        let (name, joined) = name.split_at_checked(1).unwrap_or((name, ""));
        // Some switches have no value.
        let next = words.next_if(|next| joined.is_empty() && !next.starts_with('-'));
        let value = next.unwrap_or(joined);
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
