//! How a picture was made, in a vocabulary shared by all tools.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::budget::Budget;
use super::limits::MAX_FIELD_BYTES;

/// The program that a picture says it was made with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tool {
    /// Stable Diffusion web UI by AUTOMATIC1111.
    Automatic1111,
    /// Another program that writes the parameters of AUTOMATIC1111.
    SdWebui,
    /// Stable Diffusion `WebUI` Forge.
    Forge,
    /// Forge Classic.
    ForgeClassic,
    /// Forge Neo.
    ForgeNeo,
    /// reForge.
    Reforge,
    /// `EasyReforge`.
    EasyReforge,
    /// SD.Next.
    SdNext,
    /// `ComfyUI`.
    Comfyui,
    /// `InvokeAI`, all of its formats.
    Invokeai,
    /// `NovelAI`.
    Novelai,
    /// Fooocus, or its fork Fooocus-MRE.
    Fooocus,
    /// `RuinedFooocus`.
    RuinedFooocus,
    /// `SwarmUI`, formerly `StableSwarmUI`.
    Swarmui,
    /// Easy Diffusion.
    Easydiffusion,
    /// Draw Things.
    DrawThings,
    /// Midjourney.
    Midjourney,
    /// The generator on civitai.com.
    Civitai,
    /// tensor.art.
    Tensorart,
    /// Stability Matrix.
    StabilityMatrix,
    /// A Space on Hugging Face.
    HfSpace,
    /// Declared in C2PA by `OpenAI`.
    #[serde(rename = "c2pa:openai")]
    C2paOpenai,
    /// Declared in C2PA by Google.
    #[serde(rename = "c2pa:google")]
    C2paGoogle,
    /// Declared in C2PA by Adobe.
    #[serde(rename = "c2pa:adobe")]
    C2paAdobe,
    /// Declared in C2PA by Microsoft.
    #[serde(rename = "c2pa:microsoft")]
    C2paMicrosoft,
    /// Declared in C2PA by anybody else.
    C2pa,
    /// Declared in the IPTC vocabulary; the tool is unknown.
    Iptc,
    /// Fields in a file beside the picture; the tool is unknown.
    Other,
}

impl Tool {
    /// Returns the id of this tool in `generation_params`. Ids never change.
    pub fn id(self) -> &'static str {
        match self {
            Self::Automatic1111 => "automatic1111",
            Self::SdWebui => "sd-webui",
            Self::Forge => "forge",
            Self::ForgeClassic => "forge-classic",
            Self::ForgeNeo => "forge-neo",
            Self::Reforge => "reforge",
            Self::EasyReforge => "easy-reforge",
            Self::SdNext => "sd-next",
            Self::Comfyui => "comfyui",
            Self::Invokeai => "invokeai",
            Self::Novelai => "novelai",
            Self::Fooocus => "fooocus",
            Self::RuinedFooocus => "ruined-fooocus",
            Self::Swarmui => "swarmui",
            Self::Easydiffusion => "easydiffusion",
            Self::DrawThings => "draw-things",
            Self::Midjourney => "midjourney",
            Self::Civitai => "civitai",
            Self::Tensorart => "tensorart",
            Self::StabilityMatrix => "stability-matrix",
            Self::HfSpace => "hf-space",
            Self::C2paOpenai => "c2pa:openai",
            Self::C2paGoogle => "c2pa:google",
            Self::C2paAdobe => "c2pa:adobe",
            Self::C2paMicrosoft => "c2pa:microsoft",
            Self::C2pa => "c2pa",
            Self::Iptc => "iptc",
            Self::Other => "other",
        }
    }
}

/// A `LoRA` that was applied.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Lora {
    /// Its name or file name, as the tool wrote it.
    pub name: String,
    /// The strength at which it was applied to the model; `None` if unknown.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub weight: Option<f64>,
}

/// The second, larger pass over a picture. Fields are `None` if unknown.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Hires {
    /// The factor by which the pass enlarged the picture.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub scale: Option<f64>,
    /// The upscaler that enlarged the picture.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub upscaler: Option<String>,
    /// Steps of the second pass.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub steps: Option<u32>,
    /// Denoising strength of the second pass.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub denoise: Option<f64>,
}

/// How a picture was made. Fields are `None` or empty if unknown.
#[derive(Debug, Clone, PartialEq)]
pub struct GenerationData {
    /// The tool that made it.
    pub tool: Tool,
    /// The tool's version, as the tool wrote it.
    pub tool_version: Option<String>,
    /// What the picture should show, in the words of the artist.
    pub prompt: Option<String>,
    /// What the picture should not show.
    pub negative_prompt: Option<String>,
    /// The name or file name of the base model.
    pub model: Option<String>,
    /// A hash of the model, in the notation of the tool.
    pub model_hash: Option<String>,
    /// The seed in decimal. It may need all 64 bits; -1 means random.
    pub seed: Option<String>,
    /// The number of sampling steps.
    pub steps: Option<u32>,
    /// The scale of classifier-free guidance.
    pub cfg: Option<f64>,
    /// The sampler, in the words of the tool.
    pub sampler: Option<String>,
    /// The noise schedule, in the words of the tool.
    pub scheduler: Option<String>,
    /// The requested width and height, in pixels.
    pub size: Option<(u32, u32)>,
    /// `LoRAs` in the order in which they were applied.
    pub loras: Vec<Lora>,
    /// The denoising strength of an image-to-image pass, usually 0 to 1.
    pub denoise: Option<f64>,
    /// The second, larger pass.
    pub hires: Option<Hires>,
    /// The VAE, which is the autoencoder.
    pub vae: Option<String>,
    /// Which layer of the text encoder, counted from its end, is the last one used. Counted as AUTOMATIC1111
    /// does.
    pub clip_skip: Option<u32>,
    /// Everything else, under the tool's own names.
    pub extra: Map<String, Value>,
}

impl GenerationData {
    pub(crate) fn new(tool: Tool) -> Self {
        Self {
            tool,
            tool_version: None,
            prompt: None,
            negative_prompt: None,
            model: None,
            model_hash: None,
            seed: None,
            steps: None,
            cfg: None,
            sampler: None,
            scheduler: None,
            size: None,
            loras: Vec::new(),
            denoise: None,
            hires: None,
            vae: None,
            clip_skip: None,
            extra: Map::new(),
        }
    }

    /// Returns `generation_params`: the known normalised keys, then everything else that was read.
    pub fn params(&self) -> Map<String, Value> {
        let fields = [
            ("tool", Some(json!(self.tool.id()))),
            ("tool_version", self.tool_version.as_ref().map(|v| json!(v))),
            ("model_hash", self.model_hash.as_ref().map(|v| json!(v))),
            ("steps", self.steps.map(|v| json!(v))),
            ("cfg", self.cfg.map(|v| json!(v))),
            ("sampler", self.sampler.as_ref().map(|v| json!(v))),
            ("scheduler", self.scheduler.as_ref().map(|v| json!(v))),
            ("size", self.size.map(|(width, height)| json!([width, height]))),
            ("loras", (!self.loras.is_empty()).then(|| json!(self.loras))),
            ("denoise", self.denoise.map(|v| json!(v))),
            ("hires", self.hires.as_ref().map(|v| json!(v))),
            ("vae", self.vae.as_ref().map(|v| json!(v))),
            ("clip_skip", self.clip_skip.map(|v| json!(v))),
        ];
        let known = fields.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
        let mut params: Map<String, Value> = known.collect();
        for (key, value) in &self.extra {
            params.entry(key.clone()).or_insert_with(|| value.clone());
        }
        params
    }

    /// Returns the fields that [`Self::params`] wrote. Prompt, model and seed have columns of their own. What has no
    /// field is left out, but for the guidance that a parameter text knows.
    pub fn from_params(params: &Map<String, Value>) -> Self {
        let text = |key: &str| params.get(key).and_then(Value::as_str).map(str::to_owned);
        let number = |key: &str| params.get(key).and_then(Value::as_f64);
        let whole =
            |key: &str| params.get(key).and_then(Value::as_u64).and_then(|value| value.try_into().ok());
        let read = |key: &str| params.get(key).cloned().unwrap_or_default();
        let mut data = Self::new(Tool::SdWebui);
        data.model_hash = text("model_hash");
        data.steps = whole("steps");
        data.cfg = number("cfg");
        data.sampler = text("sampler");
        data.scheduler = text("scheduler");
        data.size = serde_json::from_value(read("size")).ok();
        data.loras = serde_json::from_value(read("loras")).unwrap_or_default();
        data.denoise = number("denoise");
        data.hires = serde_json::from_value(read("hires")).ok();
        data.vae = text("vae");
        data.clip_skip = whole("clip_skip");
        if let Some(guidance) = params.get("guidance") {
            data.keep("guidance", guidance.clone());
        }
        data
    }

    /// Says whether a prompt, a seed, steps or a model was read.
    pub(crate) fn says_something(&self) -> bool {
        self.prompt.is_some() || self.seed.is_some() || self.steps.is_some() || self.model.is_some()
    }

    /// Stores a value that has no field of its own. Skips empty ones.
    pub(crate) fn keep(&mut self, key: &str, value: Value) {
        let empty = match &value {
            Value::Null => true,
            Value::String(text) => text.is_empty(),
            Value::Array(list) => list.is_empty(),
            Value::Object(map) => map.is_empty(),
            Value::Bool(_) | Value::Number(_) => false,
        };
        if !empty {
            self.extra.insert(key.to_owned(), value);
        }
    }

    /// Does the same as [`Self::fill_from`], but only if seeds and prompts do not differ. The other place may
    /// describe a different picture: a file beside it may be old, pixels may be pasted.
    pub(crate) fn complete_from(&mut self, other: Self) {
        let differ = |one: &Option<String>, other: &Option<String>| match (one, other) {
            (Some(one), Some(other)) => one.trim() != other.trim(),
            _ => false,
        };
        if !differ(&self.seed, &other.seed) && !differ(&self.prompt, &other.prompt) {
            self.fill_from(other);
        }
    }

    /// Fills missing fields from another reading of the same picture.
    pub(crate) fn fill_from(&mut self, other: Self) {
        fn fill<T>(here: &mut Option<T>, there: Option<T>) {
            if here.is_none() {
                *here = there;
            }
        }
        fill(&mut self.prompt, other.prompt);
        fill(&mut self.negative_prompt, other.negative_prompt);
        fill(&mut self.model, other.model);
        fill(&mut self.model_hash, other.model_hash);
        fill(&mut self.seed, other.seed);
        fill(&mut self.steps, other.steps);
        fill(&mut self.cfg, other.cfg);
        fill(&mut self.sampler, other.sampler);
        fill(&mut self.scheduler, other.scheduler);
        fill(&mut self.size, other.size);
        fill(&mut self.denoise, other.denoise);
        fill(&mut self.hires, other.hires);
        fill(&mut self.vae, other.vae);
        fill(&mut self.clip_skip, other.clip_skip);
        if self.loras.is_empty() {
            self.loras = other.loras;
        }
        for (key, value) in other.extra {
            self.extra.entry(key).or_insert(value);
        }
    }

    /// Trims texts, drops empty ones, and cuts those that are too long for a field.
    pub(crate) fn tidy(mut self, budget: &Budget) -> Self {
        let fields = [
            &mut self.tool_version,
            &mut self.prompt,
            &mut self.negative_prompt,
            &mut self.model,
            &mut self.model_hash,
            &mut self.seed,
            &mut self.sampler,
            &mut self.scheduler,
            &mut self.vae,
        ];
        for field in fields {
            *field =
                field.take().map(|text| cut(text.trim(), budget).to_owned()).filter(|text| !text.is_empty());
        }
        self.cfg = self.cfg.filter(|number| number.is_finite());
        self.denoise = self.denoise.filter(|number| number.is_finite());
        self.hires = self.hires.filter(|hires| *hires != Hires::default());
        self
    }
}

fn cut<'a>(text: &'a str, budget: &Budget) -> &'a str {
    if text.len() > MAX_FIELD_BYTES {
        budget.give_up();
    }
    text.get(..text.floor_char_boundary(MAX_FIELD_BYTES)).unwrap_or(text)
}
