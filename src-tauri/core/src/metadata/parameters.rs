//! The opposite direction: fields written as a parameter text of AUTOMATIC1111, which most tools accept
//! when it is pasted.

use serde_json::Value;

use super::info::GenerationData;
use super::tools::SETTING_NEEDS_QUOTES;

/// Writes the fields as a parameter text that the web UI and this module can read.
pub fn to_a1111_text(info: &GenerationData) -> String {
    let mut text = info.prompt.clone().unwrap_or_default();
    if let Some(negative) = &info.negative_prompt {
        text.push_str("\nNegative prompt: ");
        text.push_str(negative);
    }
    let settings: Vec<String> = settings(info)
        .into_iter()
        .filter_map(|(key, value)| Some(format!("{key}: {}", quoted(&value?))))
        .collect();
    text.push('\n');
    text.push_str(&settings.join(", "));
    text
}

/// Returns the settings in the order of the web UI.
fn settings(info: &GenerationData) -> Vec<(&'static str, Option<String>)> {
    let hires = info.hires.as_ref();
    let number = |value: Option<f64>| value.map(|number| number.to_string());
    let whole = |value: Option<u32>| value.map(|number| number.to_string());
    vec![
        // A text without steps would not be recognised.
        ("Steps", Some(info.steps.unwrap_or_default().to_string())),
        ("Sampler", info.sampler.clone()),
        ("Schedule type", info.scheduler.clone()),
        ("CFG scale", number(info.cfg)),
        (
            "Distilled CFG Scale",
            info.extra.get("guidance").and_then(Value::as_f64).map(|number| number.to_string()),
        ),
        ("Seed", info.seed.clone()),
        ("Size", info.size.map(|(width, height)| format!("{width}x{height}"))),
        ("Model hash", info.model_hash.clone()),
        ("Model", info.model.clone()),
        ("VAE", info.vae.clone()),
        ("Denoising strength", number(info.denoise)),
        ("Clip skip", whole(info.clip_skip)),
        ("Hires upscale", number(hires.and_then(|hires| hires.scale))),
        ("Hires steps", whole(hires.and_then(|hires| hires.steps))),
        ("Hires upscaler", hires.and_then(|hires| hires.upscaler.clone())),
        ("Version", info.tool_version.clone()),
    ]
}

fn quoted(value: &str) -> String {
    if value.contains(SETTING_NEEDS_QUOTES) || value.starts_with(['"', '{', '[']) {
        Value::from(value).to_string()
    } else {
        value.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::super::budget::{Budget, never};
    use super::super::info::{Hires, Tool};
    use super::super::tools::parse_parameters;
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let mut info = GenerationData::new(Tool::Automatic1111);
        info.prompt = Some("a fox,\nin snow".to_owned());
        info.negative_prompt = Some("blurry, \"ugly\"".to_owned());
        info.seed = Some("18446744073709551615".to_owned());
        info.steps = Some(24);
        info.cfg = Some(6.5);
        info.sampler = Some("DPM++ 2M".to_owned());
        info.scheduler = Some("Karras".to_owned());
        info.size = Some((832, 1216));
        info.model = Some("wai: the, \"best\" one".to_owned());
        info.model_hash = Some("45a21ea00a".to_owned());
        info.vae = Some("[vae".to_owned());
        info.denoise = Some(0.3);
        info.clip_skip = Some(2);
        info.hires = Some(Hires {
            scale: Some(1.5),
            upscaler: Some("ESRGAN".to_owned()),
            steps: Some(10),
            denoise: Some(0.3),
        });
        info.tool_version = Some("v1.10.1".to_owned());
        let budget = Budget::of(0, &never);
        assert_eq!(parse_parameters(&to_a1111_text(&info), &budget).unwrap().tidy(&budget), info);
    }

    #[test]
    fn fields_that_are_missing_are_left_out() {
        let mut info = GenerationData::new(Tool::Comfyui);
        info.prompt = Some("a fox".to_owned());
        info.steps = Some(4);
        info.seed = Some("7".to_owned());
        assert_eq!(to_a1111_text(&info), "a fox\nSteps: 4, Seed: 7");
    }
}
