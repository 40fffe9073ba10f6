//! The parameter text of AUTOMATIC1111, which its forks and many others write too:
//! `prompt`, `Negative prompt: ...`, and a line of settings `Steps: 20, Sampler: Euler a, ...`.

mod settings;

use serde_json::{Value, json};

use self::settings::{Setting, count_settings, settings};
use super::evidence::Evidence;
use crate::metadata::budget::Budget;
use crate::metadata::info::{GenerationInfo, Hires, Lora, Tool};
use crate::metadata::json::{self, Lenient, decimal};
use crate::metadata::limits::MAX_LORAS;

pub(crate) use settings::SETTING_NEEDS_QUOTES;

const NEGATIVE: &str = "Negative prompt:";

/// Steps for each byte of a text: its settings are looked for, counted and read.
const STEPS_PER_BYTE: usize = 12;

pub(super) fn read(evidence: &Evidence) -> Option<GenerationInfo> {
    let mut info = evidence.parameters().find_map(|text| parse(text, evidence.budget))?;
    if let Some(Tool::Automatic1111 | Tool::SdWebui) = Some(info.tool)
        && let Some(extras) = evidence.text("postprocessing")
    {
        info.keep("postprocessing", json!(extras));
    }
    Some(info)
}

/// Reads a parameter text; `None` if it has no line of settings, which is all that tells it from any other text.
pub(crate) fn parse(text: &str, budget: &Budget) -> Option<GenerationInfo> {
    if !budget.spend(text.len().saturating_mul(STEPS_PER_BYTE)) {
        return None;
    }
    let text = text.replace("\r\n", "\n");
    let (prompts, line) = split_settings(&text)?;
    let (prompt, negative) = split_negative(prompts);
    let mut info = GenerationInfo::new(Tool::Automatic1111);
    info.loras = loras_in(prompt);
    info.prompt = Some(prompt.to_owned());
    info.negative_prompt = Some(negative.to_owned());
    let line = templates(line, &mut info);
    let settings = settings(line);
    for setting in &settings {
        assign(setting, &mut info, budget);
    }
    old_hires(&mut info);
    name_tool(&settings, &mut info);
    Some(info)
}

/// Finds where the settings begin: at the last line that starts with `Steps: ` and a number; in texts that went through
/// a tool which joins lines, at the last such words after a full stop or comma; else at a last line of settings.
fn split_settings(text: &str) -> Option<(&str, &str)> {
    let starts = text.match_indices("Steps:").map(|(at, _)| at).filter(|at| is_steps(text, *at));
    let (mut of_line, mut of_sentence) = (None, None);
    for at in starts {
        let before = text.get(..at)?;
        let before = before.trim_end_matches([' ', '\t']);
        if before.is_empty() || before.ends_with('\n') {
            of_line = Some(at);
        } else if before.ends_with(['.', ',', ':']) {
            of_sentence = Some(at);
        }
    }
    let joined = of_sentence.filter(|at| text.get(*at..).is_some_and(|line| count_settings(line) >= 3));
    if let Some(at) = of_line.or(joined) {
        let (prompts, line) = text.split_at_checked(at)?;
        return (known_settings(line) >= 2 && count_settings(line) >= 2).then_some((prompts, line));
    }
    let start = text.trim_end().rfind('\n').map_or(0, |at| at + 1);
    // A tool that joins lines by spaces leaves the settings at the end of the only line.
    let joined = text.rfind("Steps:").filter(|at| *at > start && is_steps(text, *at));
    let (prompts, line) = text.split_at_checked(joined.unwrap_or(start))?;
    (known_settings(line) >= 2 && count_settings(line) >= 3).then_some((prompts, line))
}

/// How many settings that every picture has are in a line. A recipe has steps too.
fn known_settings(line: &str) -> usize {
    let known = ["Sampler:", "Seed:", "CFG scale:", "Model:", "Model hash:", "Size:", "Steps:"];
    known.iter().filter(|key| line.contains(**key)).count()
}

/// `Steps: 20,`, and neither the end of `Hires steps: 20` nor the beginning of a sentence.
fn is_steps(text: &str, at: usize) -> bool {
    let after = text.get(at + "Steps:".len()..).unwrap_or_default().trim_start_matches(' ');
    let rest = after.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    let rest = rest.trim_start_matches(' ');
    after.starts_with(|c: char| c.is_ascii_digit()) && (rest.is_empty() || rest.starts_with([',', '\n']))
}

/// The negative prompt begins at the first line that starts with its name, else where a joined text has it last.
fn split_negative(prompts: &str) -> (&str, &str) {
    let at_line =
        |at: usize| prompts.get(..at).is_some_and(|before| before.is_empty() || before.ends_with('\n'));
    let starts: Vec<usize> = prompts.match_indices(NEGATIVE).map(|(at, _)| at).collect();
    let Some(at) =
        starts.iter().copied().find(|at| at_line(*at)).or_else(|| joined_negative(prompts, &starts))
    else {
        return (prompts, "");
    };
    let negative = prompts.get(at + NEGATIVE.len()..).unwrap_or_default();
    // What is left of a joined text without negative prompt is the full stop that joined it.
    (prompts.get(..at).unwrap_or_default(), if negative.trim() == "." { "" } else { negative })
}

/// Only a text of one line can have been joined; in others the words are part of the prompt.
fn joined_negative(prompts: &str, starts: &[usize]) -> Option<usize> {
    starts.last().copied().filter(|_| !prompts.trim().contains('\n'))
}

/// Dynamic prompts appends the templates after the settings, a line each.
fn templates<'a>(line: &'a str, info: &mut GenerationInfo) -> &'a str {
    let mut end = line.len();
    for (name, key) in [("\nNegative Template:", "negative_template"), ("\nTemplate:", "template")] {
        if let Some((before, template)) = line.get(..end).and_then(|line| line.split_once(name)) {
            info.keep(key, json!(template.trim()));
            end = before.len();
        }
    }
    line.get(..end).unwrap_or(line)
}

fn assign(setting: &Setting, info: &mut GenerationInfo, budget: &Budget) {
    let (key, value) = (setting.key.as_str(), setting.value.as_str());
    let number = || json!(value).float();
    match key.to_ascii_lowercase().as_str() {
        "steps" => info.steps = json!(value).whole(),
        "sampler" => info.sampler = Some(value.to_owned()),
        "schedule type" | "scheduler" => info.scheduler = Some(value.to_owned()),
        "cfg scale" => info.cfg = number(),
        "seed" => info.seed = decimal(value),
        "size" => info.size = pair(value),
        "model" => info.model = Some(value.to_owned()),
        "model hash" => info.model_hash = Some(value.to_owned()),
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
        // Fooocus writes hashes and weights apart.
        "lora weights" => {
            for (name, weight) in value.split(',').filter_map(|pair| pair.rsplit_once(':')).take(100) {
                name_lora(name.trim(), weight.trim().parse().ok(), info);
            }
        }
        _ => info.keep(key, setting.structured(budget)),
    }
}

fn hires(info: &mut GenerationInfo) -> &mut Hires {
    info.hires.get_or_insert_default()
}

/// With hires, the denoising strength is that of the second pass. Before 2023 it was told by the size of the first pass.
fn old_hires(info: &mut GenerationInfo) {
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

/// Lists `<lora:name:weight>`; the text keeps them, as the tool would need them to make the picture again.
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

/// `name: hash, name: hash`, with a weight behind each in Fooocus.
fn name_loras(value: &str, info: &mut GenerationInfo) {
    for (name, hash) in value.split(',').filter_map(|pair| pair.split_once(':')).take(100) {
        let weight = hash.split_once(':').and_then(|(_, weight)| weight.trim().parse().ok());
        name_lora(name.trim(), weight, info);
    }
}

/// Names that are not in the prompt were applied in another way.
fn name_lora(name: &str, weight: Option<f64>, info: &mut GenerationInfo) {
    // Each is compared with all before it.
    let is_full = info.loras.len() >= MAX_LORAS;
    match info.loras.iter_mut().find(|lora| lora.name == name) {
        Some(lora) => lora.weight = lora.weight.or(weight),
        None if is_full => {}
        None => info.loras.push(Lora { name: name.to_owned(), weight }),
    }
}

fn name_tool(settings: &[Setting], info: &mut GenerationInfo) {
    let app = settings.iter().find(|setting| setting.key == "App").map(|setting| setting.value.as_str());
    // Before it wrote its name, only it wrote which backend it used.
    let backend = info.extra.get("Backend").and_then(Value::as_str);
    if app == Some("SD.Next") || matches!(backend, Some("Diffusers" | "Original")) {
        info.tool = Tool::SdNext;
    } else if info.extra.contains_key("Civitai resources") || info.extra.contains_key("Civitai metadata") {
        info.tool = Tool::Civitai;
    } else if let Some(version) = &info.tool_version {
        info.tool = tool_of(version);
    }
    if info.model.is_none() {
        resources(info);
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
}

/// Forge numbers autoencoders and text encoders alike.
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
        // Without a dot it is a commit.
        (digit_after("f") && version.contains('.'), Tool::Forge),
        (digit_after("v") || version.starts_with(|c: char| c.is_ascii_digit()), Tool::Automatic1111),
    ];
    tools.into_iter().find(|(matches, _)| *matches).map_or(Tool::SdWebui, |(_, tool)| tool)
}

/// Civitai names the checkpoint and the `LoRAs` only among the resources.
fn resources(info: &mut GenerationInfo) {
    let Some(Value::Array(list)) = info.extra.get("Civitai resources").cloned() else { return };
    for resource in &list {
        let name = json::Lookup::text(resource, &["modelName", "name"]);
        match (resource.get("type").and_then(Value::as_str), name) {
            (Some("checkpoint" | "model"), Some(name)) => info.model = info.model.take().or(Some(name)),
            (Some("lora" | "lycoris" | "dora"), Some(name)) if info.loras.len() < MAX_LORAS => {
                let weight = resource.get("weight").and_then(Value::as_f64);
                info.loras.push(Lora { name, weight });
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests;
