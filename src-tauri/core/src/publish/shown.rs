//! What the public sees of the generation data of one image. Folders in the names of files are left out: they say
//! something about the artist's disk and nothing about the picture.

use super::site::Detail;
use crate::metadata::{GenerationData, to_a1111_text};
use crate::model::PublicDetails;

/// The generation data that is shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shown {
    /// The prompt; `None` if there is none or it is hidden.
    pub prompt: Option<String>,
    /// The negative prompt; `None` if there is none or it is hidden.
    pub negative_prompt: Option<String>,
    /// The other values, in the order in which they are shown; empty if they are hidden.
    pub details: Vec<Detail>,
    /// All of it as a parameter text of AUTOMATIC1111; `None` if it is hidden or there is nothing to say.
    pub parameters: Option<String>,
}

/// Selects what is shown.
pub fn shown(data: GenerationData, details: PublicDetails) -> Shown {
    match details {
        PublicDetails::Hide => Shown::default(),
        PublicDetails::Prompt => Shown { prompt: data.prompt, ..Shown::default() },
        PublicDetails::Show => {
            let data = without_folders(data);
            let says_something = data.prompt.is_some() || data.steps.is_some() || data.seed.is_some();
            Shown {
                details: values(&data),
                parameters: says_something.then(|| to_a1111_text(&data)),
                prompt: data.prompt,
                negative_prompt: data.negative_prompt,
            }
        }
    }
}

/// Returns the part of a path behind its last folder.
fn file_name(path: &str) -> String {
    path.rsplit(['/', '\\']).next().unwrap_or(path).to_owned()
}

fn without_folders(mut data: GenerationData) -> GenerationData {
    for name in [&mut data.model, &mut data.vae] {
        *name = name.take().map(|name| file_name(&name));
    }
    for lora in &mut data.loras {
        lora.name = file_name(&lora.name);
    }
    if let Some(hires) = &mut data.hires {
        hires.upscaler = hires.upscaler.take().map(|name| file_name(&name));
    }
    data
}

fn values(data: &GenerationData) -> Vec<Detail> {
    let number = |value: Option<f64>| value.map(|number| number.to_string());
    let whole = |value: Option<u32>| value.map(|number| number.to_string());
    let hires = data.hires.as_ref();
    let loras: Vec<String> = data
        .loras
        .iter()
        .map(|lora| match lora.weight {
            Some(weight) => format!("{} ({weight})", lora.name),
            None => lora.name.clone(),
        })
        .collect();
    let all = [
        ("Model", data.model.clone()),
        ("Seed", data.seed.clone().filter(|seed| seed != "-1")),
        ("Steps", whole(data.steps)),
        ("Sampler", data.sampler.clone()),
        ("Scheduler", data.scheduler.clone()),
        ("CFG", number(data.cfg)),
        ("Size", data.size.map(|(width, height)| format!("{width} × {height}"))),
        ("LoRAs", (!loras.is_empty()).then(|| loras.join(", "))),
        ("Denoising", number(data.denoise)),
        ("Upscaled by", number(hires.and_then(|hires| hires.scale))),
        ("Upscaler", hires.and_then(|hires| hires.upscaler.clone())),
        ("VAE", data.vae.clone()),
        ("Clip skip", whole(data.clip_skip)),
        ("Model hash", data.model_hash.clone()),
    ];
    all.into_iter()
        .filter_map(|(label, value)| Some(Detail { label: label.to_owned(), value: value? }))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::GenerationData;
    use serde_json::json;

    fn data() -> GenerationData {
        let params = json!({
            "tool": "comfyui", "steps": 20, "cfg": 6.5, "sampler": "euler", "size": [640, 480],
            "vae": "C:\\models\\vae\\ae.safetensors", "loras": [{"name": "/home/ana/loras/ink.safetensors", "weight": 0.8}],
            "workflow_path": "/home/ana/flows/secret.json"
        });
        let mut data = GenerationData::from_params(params.as_object().unwrap());
        data.prompt = Some("a fox".into());
        data.negative_prompt = Some("rain".into());
        data.model = Some("XL\\fox.safetensors".into());
        data.seed = Some("18446744073709551615".into());
        data
    }

    #[test]
    fn shown_data_names_no_folders_and_nothing_unknown() {
        let shown = shown(data(), PublicDetails::Show);
        let all = format!("{shown:?}");
        for word in ["ana", "C:", "secret", "XL"] {
            assert!(!all.contains(word), "{word} in {all}");
        }
        let value =
            |label: &str| shown.details.iter().find(|one| one.label == label).map(|one| one.value.as_str());
        assert_eq!(value("Model"), Some("fox.safetensors"));
        assert_eq!(value("Seed"), Some("18446744073709551615"));
        assert_eq!(value("LoRAs"), Some("ink.safetensors (0.8)"));
        assert_eq!(value("Size"), Some("640 × 480"));
        assert!(shown.parameters.unwrap().starts_with("a fox\nNegative prompt: rain\nSteps: 20, "));
    }

    #[test]
    fn a_hidden_prompt_is_nowhere() {
        assert_eq!(shown(data(), PublicDetails::Hide), Shown::default());
        let prompt = shown(data(), PublicDetails::Prompt);
        assert_eq!(prompt, Shown { prompt: Some("a fox".into()), ..Shown::default() });
    }
}
