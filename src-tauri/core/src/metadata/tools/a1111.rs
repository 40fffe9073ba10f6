//! The parameter text of AUTOMATIC1111, which its forks and many other tools also write: `prompt`, `Negative
//! prompt: ...`, and a line of settings `Steps: 20, Sampler: Euler a, ...`.

mod settings;
mod split;

use serde_json::{Value, json};

use self::settings::{Setting, settings};
use self::split::{Split, negative_line, split_negative, split_settings};
use crate::metadata::budget::Budget;
use crate::metadata::evidence::Evidence;
use crate::metadata::info::{GenerationData, Hires, Lora, Tool};
use crate::metadata::json::{Lenient, Lookup, decimal};
use crate::metadata::limits::MAX_LORAS;

pub(crate) use settings::SETTING_NEEDS_QUOTES;

/// Steps for each byte of a text. Its settings are searched, counted and read.
const STEPS_PER_BYTE: usize = 12;

/// The purpose of a field of a file, which decides how much evidence it takes to tell settings from a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Only tools of this kind write the field, so little evidence is enough.
    Parameters,
    /// Anybody writes anything to the field, even cooking recipes with steps, sizes and seeds.
    Any,
}

/// Finds the parameter text of a picture, and reads it.
pub(super) fn infotext<'e>(evidence: &'e Evidence<'_>) -> Option<&'e GenerationData> {
    evidence.infotext(|| find(evidence))
}

fn find(evidence: &Evidence) -> Option<GenerationData> {
    let budget = evidence.budget;
    let purpose = |key: &str| match key {
        "parameters" | "stealth" => Purpose::Parameters,
        _ => Purpose::Any,
    };
    let with_settings = evidence.parameters().find_map(|(key, text)| parse_as(purpose(key), text, budget));
    let alone = || evidence.parameters().find_map(|(key, text)| prompts_alone(purpose(key), text, budget));
    let mut info = with_settings.or_else(alone)?;
    if let Some(Tool::Automatic1111 | Tool::SdWebui) = Some(info.tool)
        && let Some(extras) = evidence.text("postprocessing")
    {
        info.keep("postprocessing", json!(extras));
    }
    Some(info)
}

/// Reads a parameter text; `None` if it has no line of settings.
pub(crate) fn parse(text: &str, budget: &Budget) -> Option<GenerationData> {
    parse_as(Purpose::Parameters, text, budget)
}

fn parse_as(purpose: Purpose, text: &str, budget: &Budget) -> Option<GenerationData> {
    if !budget.spend(text.len().saturating_mul(STEPS_PER_BYTE)) {
        return None;
    }
    let text = text.replace("\r\n", "\n");
    let Split { prompts, line, is_joined } = split_settings(&text, purpose)?;
    let (prompt, negative) = split_negative(prompts, is_joined);
    let mut info = prompts_only(prompt, negative);
    let line = templates(line, &mut info);
    let settings = settings(line, budget);
    for setting in &settings {
        assign(setting, &mut info, budget);
    }
    old_hires(&mut info);
    name_tool(&settings, &mut info);
    Some(info)
}

/// Reads a text that has prompts but no settings: a text with a line for the negative prompt, or any text in
/// a field that is meant for parameters.
fn prompts_alone(purpose: Purpose, text: &str, budget: &Budget) -> Option<GenerationData> {
    if !budget.spend(text.len().saturating_mul(STEPS_PER_BYTE)) {
        return None;
    }
    let text = text.replace("\r\n", "\n");
    let is_prompt = || purpose == Purpose::Parameters && looks_like_prompt(&text);
    if negative_line(&text).is_none() && !is_prompt() {
        return None;
    }
    let (prompt, negative) = split_negative(&text, false);
    Some(prompts_only(prompt, negative))
        .filter(|info| info.prompt.is_some() || info.negative_prompt.is_some())
}

/// Says whether a text has several words and is not a list of labels, markup or data.
fn looks_like_prompt(text: &str) -> bool {
    let is_labelled = |line: &str| {
        let is_name = |name: &str| !name.is_empty() && name.chars().all(|c| c.is_alphabetic() || c == ' ');
        line.split_once(": ").is_some_and(|(name, _)| is_name(name)) || line.trim_end().ends_with(':')
    };
    let is_markup =
        text.trim_start().starts_with(['<', '{', '[']) && !text.trim_start().starts_with("<lora:");
    text.split_whitespace().nth(1).is_some() && !is_markup && !text.lines().any(is_labelled)
}

fn prompts_only(prompt: &str, negative: &str) -> GenerationData {
    let mut info = GenerationData::new(Tool::Automatic1111);
    info.loras = loras_in(prompt);
    info.prompt = known(prompt);
    info.negative_prompt = known(negative);
    info
}

/// Returns the text, unless it is empty or the word that savers write where they found nothing.
fn known(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty() && !text.eq_ignore_ascii_case("unknown")).then(|| text.to_owned())
}

/// Reads the templates that Dynamic Prompts appends after the settings, one per line.
fn templates<'a>(line: &'a str, info: &mut GenerationData) -> &'a str {
    let mut end = line.len();
    for (name, key) in [("\nNegative Template:", "negative_template"), ("\nTemplate:", "template")] {
        if let Some((before, template)) = line.get(..end).and_then(|line| line.split_once(name)) {
            info.keep(key, json!(template.trim()));
            end = before.len();
        }
    }
    line.get(..end).unwrap_or(line)
}

fn assign(setting: &Setting, info: &mut GenerationData, budget: &Budget) {
    let (key, value) = (setting.key.as_str(), setting.value.as_str());
    let number = || json!(value).float();
    match key.to_ascii_lowercase().as_str() {
        "steps" => info.steps = json!(value).whole(),
        "sampler" => info.sampler = known(value),
        "schedule type" | "scheduler" => info.scheduler = known(value),
        "cfg scale" => info.cfg = number(),
        "seed" => info.seed = decimal(value),
        "size" => info.size = pair(value),
        "model" => info.model = known(value).filter(|name| name != "None"),
        "model hash" => info.model_hash = known(value).filter(|hash| hash != "None"),
        "vae" => info.vae = Some(value.to_owned()),
        "clip skip" => info.clip_skip = json!(value).whole(),
        "denoising strength" => info.denoise = number(),
        "hires upscale" | "hires scale" => hires(info).scale = number(),
        "hires upscaler" => hires(info).upscaler = Some(value.to_owned()),
        "hires steps" => hires(info).steps = json!(value).whole(),
        "hires denoising strength" | "hires strength" => hires(info).denoise = number(),
        "version" => info.tool_version = Some(value.to_owned()),
        "lora hashes" => {
            name_loras(value, info);
            info.keep(key, json!(value));
        }
        // Fooocus writes hashes and weights separately.
        "lora weights" => {
            for (name, weight) in value.split(',').filter_map(|pair| pair.rsplit_once(':')).take(100) {
                name_lora(name.trim(), weight.trim().parse().ok(), info);
            }
        }
        _ => info.keep(key, setting.structured(budget)),
    }
}

fn hires(info: &mut GenerationData) -> &mut Hires {
    info.hires.get_or_insert_default()
}

/// Moves the denoising strength to the second pass, because that is what it means with hires. Before 2023,
/// only the size of the first pass showed that there was a second one.
fn old_hires(info: &mut GenerationData) {
    if info.hires.is_none() && info.extra.contains_key("First pass size") {
        info.hires = Some(Hires::default());
    }
    if let (Some(hires), denoise) = (&mut info.hires, info.denoise) {
        hires.denoise = hires.denoise.or(denoise);
    }
}

fn pair(value: &str) -> Option<(u32, u32)> {
    let (width, height) = value.split_once(['x', 'X', '×'])?;
    Some((width.trim().parse().ok()?, height.trim().parse().ok()?))
}

/// Lists the tags `<lora:name:weight>`. The text keeps them, because the tool would need them to make the
/// picture again.
pub(super) fn loras_in(prompt: &str) -> Vec<Lora> {
    let tags = prompt.split('<').skip(1).filter_map(|tag| tag.split_once('>').map(|(tag, _)| tag));
    let mut loras: Vec<Lora> = Vec::new();
    for tag in tags {
        let mut parts = tag.split(':');
        let (Some("lora" | "lyco"), Some(name)) = (parts.next(), parts.next()) else { continue };
        let weights: Vec<&str> = parts.take(4).collect();
        let for_model = weights.iter().find_map(|weight| weight.strip_prefix("unet="));
        let weight = for_model.or_else(|| weights.first().map(|weight| weight.trim_start_matches("te=")));
        let weight = weight.and_then(|weight| weight.trim().parse().ok());
        if loras.len() >= MAX_LORAS {
            break;
        }
        if !loras.iter().any(|lora| lora.name == name) {
            loras.push(Lora { name: name.to_owned(), weight });
        }
    }
    loras
}

/// Reads `name: hash, name: hash`; Fooocus writes a weight after each hash.
fn name_loras(value: &str, info: &mut GenerationData) {
    for (name, hash) in value.split(',').filter_map(|pair| pair.split_once(':')).take(100) {
        let weight = hash.split_once(':').and_then(|(_, weight)| weight.trim().parse().ok());
        name_lora(name.trim(), weight, info);
    }
}

/// Adds a `LoRA`. Those that are not in the prompt were applied in another way.
fn name_lora(name: &str, weight: Option<f64>, info: &mut GenerationData) {
    // Each name is compared with all names before it, so their number is limited.
    let is_full = info.loras.len() >= MAX_LORAS;
    match info.loras.iter_mut().find(|lora| lora.name == name) {
        Some(lora) => lora.weight = lora.weight.or(weight),
        None if is_full => {}
        None => info.loras.push(Lora { name: name.to_owned(), weight }),
    }
}

fn name_tool(settings: &[Setting], info: &mut GenerationData) {
    let app = settings.iter().find(|setting| setting.key == "App").map(|setting| setting.value.as_str());
    // Before SD.Next wrote its name, it was the only tool that wrote its backend.
    let backend = info.extra.get("Backend").and_then(Value::as_str);
    if app == Some("SD.Next") || matches!(backend, Some("Diffusers" | "Original")) {
        info.tool = Tool::SdNext;
    } else if info.extra.contains_key("Civitai resources") || info.extra.contains_key("Civitai metadata") {
        info.tool = Tool::Civitai;
    } else if let Some(version) = &info.tool_version {
        info.tool = tool_of(version);
    }
    if info.vae.is_none() {
        info.vae =
            settings.iter().find(|setting| is_autoencoder(setting)).map(|setting| setting.value.clone());
    }
    if let (None, Some(hash)) =
        (&info.model_hash, info.extra.get("Hashes").and_then(|hashes| hashes.get("model")))
    {
        info.model_hash = hash.word();
    }
    resources(info);
}

/// Recognises autoencoders, which Forge numbers together with text encoders.
fn is_autoencoder(setting: &Setting) -> bool {
    let name = setting.value.to_ascii_lowercase();
    setting.key.starts_with("Module ") && (name.contains("vae") || name == "ae")
}

fn tool_of(version: &str) -> Tool {
    let version = version.to_ascii_lowercase();
    let digit_after = |start: &str| {
        version.strip_prefix(start).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    };
    let tools = [
        (version.starts_with("neo"), Tool::ForgeNeo),
        (version.starts_with("classic"), Tool::ForgeClassic),
        (version.starts_with("f1.3"), Tool::EasyReforge),
        (version.starts_with("f1.0.0v2") || version.contains("reforge"), Tool::Reforge),
        (version.starts_with("fooocus"), Tool::Fooocus),
        // A version without a dot is a commit.
        (digit_after("f") && version.contains('.'), Tool::Forge),
        (digit_after("v") || version.starts_with(|c: char| c.is_ascii_digit()), Tool::Automatic1111),
    ];
    tools.into_iter().find(|(matches, _)| *matches).map_or(Tool::SdWebui, |(_, tool)| tool)
}

/// Reads the resources, among which Civitai, and savers that write for it, name the checkpoint and the
/// `LoRAs`. Savers also name the `LoRAs` among the hashes. An `air` is the address of a model on Civitai.
fn resources(info: &mut GenerationData) {
    let list = match info.extra.get("Civitai resources") {
        Some(Value::Array(list)) => list.clone(),
        _ => Vec::new(),
    };
    let kind = |resource: &Value| {
        let kind = resource.text(&["type"]);
        let of_air = || resource.text(&["air"])?.split(':').nth(3).map(str::to_owned);
        kind.or_else(of_air).unwrap_or_default().to_ascii_lowercase()
    };
    let name = |resource: &Value| resource.text(&["modelName", "name"]);
    let is_lora =
        |resource: &&Value| matches!(kind(resource).as_str(), "lora" | "lycoris" | "dora" | "locon");
    let loras: Vec<&Value> = list.iter().filter(is_lora).take(MAX_LORAS).collect();
    let hashed = hashed_loras(info);
    if info.model.is_none() {
        let model = list.iter().find(|resource| matches!(kind(resource).as_str(), "checkpoint" | "model"));
        info.model = model.and_then(|model| name(model).or_else(|| model.text(&["air"])));
        for lora in loras.iter().filter(|_| hashed.is_empty()) {
            if let Some(name) = name(lora).or_else(|| lora.text(&["air"])) {
                name_lora(&name, lora.number(&["weight"]), info);
            }
        }
    }
    for (at, hashed_name) in hashed.iter().enumerate() {
        // If both lists have the same length, they list the same files.
        let lora = loras.get(at).filter(|_| loras.len() == hashed.len());
        name_lora(hashed_name, lora.and_then(|lora| lora.number(&["weight"])), info);
    }
}

/// Returns the names in `Hashes: {"model": .., "lora:name": ..}`.
fn hashed_loras(info: &GenerationData) -> Vec<String> {
    let hashes = info.extra.get("Hashes").and_then(Value::as_object).into_iter().flatten();
    let name = |key: &String| {
        let (kind, name) = key.split_once(':')?;
        kind.eq_ignore_ascii_case("lora").then(|| name.to_owned())
    };
    hashes.filter_map(|(key, _)| name(key)).take(MAX_LORAS).collect()
}

#[cfg(test)]
mod tests;
