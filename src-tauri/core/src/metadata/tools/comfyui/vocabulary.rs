//! The names of nodes and of their inputs, and what they mean.
//!
//! The other modules ask by meaning and know no names, so that a pack of nodes is supported by adding its
//! names here: words of its classes to `class`, names of its inputs to `input`, nodes that compute texts to
//! [`TextOperation`], and the order of the values in drawn nodes to [`drawn_inputs`].

use super::rule::{Match, Names, Rules, contains, ends_with, equals, exact, starts_with};

/// What nodes do, by words in their classes, which are in lower case unless a rule is exact.
#[rustfmt::skip]
pub(super) mod class {
    use super::{Match, Rules, contains, equals, exact};

    /// Passes on what it receives. Reroutes are added to drawn graphs.
    pub(crate) const REROUTE: Rules = &[contains(&["reroute"])];
    pub(crate) const ADDED_REROUTE: &str = "Reroute";
    /// The two ends of a link by name, without a line.
    pub(crate) const SET_NODE: Rules = &[exact(Match::Whole, &["SetNode", "easy setNode"])];
    pub(crate) const GET_NODE: Rules = &[exact(Match::Whole, &["GetNode", "easy getNode"])];
    /// Lets one of its inputs through.
    pub(crate) const SWITCH: Rules = &[contains(&["switch"])];
    /// Makes no decision: lets the first existing input through.
    pub(crate) const FIRST_INPUT_SWITCH: Rules = &[contains(&["any switch", "context switch"])];
    /// Turns yes into no.
    pub(crate) const NEGATION: Rules = &[equals(&["impactneg", "logic not", "not", "booleannot"])];
    pub(crate) const TEXT_COMPARISON: Rules = &[equals(&["stringcontains", "stringcompare"])];

    /// Saves or sends pictures.
    pub(crate) const SAVER: Rules = &[contains(&["save", "videocombine", "video combine", "imageoutput",
        "image output", "image_output", "sendimage", "websocket"])];
    /// Shows pictures. Many workflows end in one.
    pub(crate) const PREVIEW: Rules = &[contains(&["preview", "display"])];
    pub(crate) const IMAGE_LOADER: Rules = &[contains(&["load"]).with(&["image"])];
    pub(crate) const EMPTY_LATENT: Rules = &[contains(&["empty"])];
    pub(crate) const SAMPLER: Rules = &[contains(&["sampler"])];
    /// Does not sample, even if its inputs look like it.
    pub(crate) const NO_SAMPLER: Rules = &[contains(&["save"]), contains(&["loader"]).without(&["sampler"])];
    /// Names its sampler where others name a scheduler.
    pub(crate) const SCHEDULER_IS_SAMPLER: Rules = &[exact(Match::Start, &["WanVideo"])];
    /// `SamplerDPMPP_3M_SDE` is `dpmpp_3m_sde` and `KarrasScheduler` is `karras`, with nodes of their own.
    pub(crate) const SAMPLER_PREFIX: &str = "Sampler";
    pub(crate) const SCHEDULER_SUFFIX: &str = "Scheduler";

    pub(crate) const LOADER: Rules = &[contains(&["load"])];
    /// Loads `LoRAs` by a text. It passes on the words in their files, not that text.
    pub(crate) const LORA_LOADER: Rules = &[contains(&["lora"])
        .with(&["loader", "stack", "randomizer", "cycler"]).without(&["tag"]).ignoring_end("(loramanager)")];
    /// Draws its `LoRAs` as rows, an object each.
    pub(crate) const DRAWS_LORA_ROWS: Rules = &[exact(Match::Start, &["Power Lora Loader"])];
    /// Patches a model with attention, which has a negative prompt of its own.
    pub(crate) const ATTENTION_PATCH: Rules =
        &[contains(&["nag"]).without(&["manag"]), contains(&["normalizedattentionguidance"])];
    /// Makes a conditioning that has no prompt.
    pub(crate) const NO_PROMPT: Rules = &[exact(Match::Anywhere, &["ZeroOut"])];
    /// Encodes a text with trigger words before it.
    pub(crate) const TRIGGER_WORD_ENCODER: Rules = &[equals(&["prompt (loramanager)"])];

    /// Only holds, shows or passes on a text.
    pub(crate) const TEXT_HOLDER: Rules = &[contains(&["reroute", "primitive", "show", "display", "preview",
        "debug", "setnode", "getnode", "literal", "textbox", "text box", "tostring", "to string", "convert",
        "receiver", "text multiline"])];
    pub(crate) const TEXT_PREVIEW: Rules = &[contains(&["show", "display", "preview"])];
    /// Has an output for each of its texts.
    pub(crate) const SEPARATE_TEXTS: Rules = &[equals(&["text string"])];
    /// Runs a language model or describes a picture.
    pub(crate) const LANGUAGE_MODEL: Rules = &[contains(&["textgenerate", "ollama", "llm", "llama", "gpt",
        "gemini", "claude", "florence", "joycaption", "qwenvl", "interrogat", "deepseek"])];
    /// Chooses randomly among its inputs and does not store its choice.
    pub(crate) const RANDOM: Rules = &[contains(&["dprandom", "dpcombin", "dpjinja", "wildcard",
        "randomprompt", "random prompt", "random line", "randomline", "dynamicprompt", "dynamic prompt"])];
    /// Rewrites a text and does not store the result: with styles from a file, in another language, with more
    /// words.
    pub(crate) const REWRITER: Rules = &[contains(&["dpmagic", "dpfeeling", "translat", "styler",
        "stylesselector", "style selector", "styles selector", "with style", "enhanc", "expan", "upsampl",
        "rewrit", "superprompt", "promptgen", "prompt generator"])];
    /// Replaces parts of a text, perhaps by a regular expression.
    pub(crate) const REPLACER: Rules = &[contains(&["replace"])];
    pub(crate) const PATTERN_REPLACER: Rules = &[contains(&["regex"])];
    /// Joins or replaces, as `input::ACTION` says. Patterns are between slashes.
    pub(crate) const STRING_FUNCTION: Rules = &[contains(&["stringfunction"])];
    /// Puts one text after another, with a space if neither a rule below nor an input names a separator.
    pub(crate) const JOINER: Rules =
        &[contains(&["concat", "join", "combine", "append", "merge", "stringfunction"])];
    pub(crate) const COMMA_JOINER: Rules = &[equals(&["promptcomposermerge", "layerutility: textjoin"])];
    pub(crate) const BARE_JOINER: Rules = &[equals(&["stringconcatenate"]), contains(&["stringfunction"])];
    /// Also puts its separator next to an empty text.
    pub(crate) const KEEPS_EMPTY: Rules = &[equals(&["stringconcatenate", "joinstrings", "joinstringmulti",
        "cr text concatenate", "cr combine prompt", "easy promptconcat", "df_string_concatenate",
        "layerutility: textjoin"])];

    /// Holds or encodes a prompt, so it is not a service that is asked with one.
    pub(crate) const PROMPT_HOLDER: Rules =
        &[contains(&["textencode", "text encode", "string", "primitive", "text"])
            .without(&["image", "video", "api"])];
    /// Has a prompt, but finds or describes something in a picture.
    pub(crate) const ANALYSER: Rules = &[contains(&["segment", "dino", "detect", "sam2", "sam3", "clipseg",
        "florence", "caption", "describe", "interrogat", "tagger", "vqa", "yolo", "mask"])];
}

/// What nodes compute from texts, and from which inputs, where the names of the inputs alone do not tell.
#[derive(Debug, Clone, Copy)]
#[rustfmt::skip]
pub(super) enum TextOperation {
    /// Passes on the trigger words that are switched on, or `given`, if it is no longer the original.
    ToggleTriggerWords { original: Names, given: Names, words: &'static str, with_strength: &'static str },
    /// Writes the prompt of Ideogram 4.
    DescribeForIdeogram,
    /// Passes on one of two other texts, depending on whether `text` contains `part`.
    ChooseByContent { text: Names, part: Names, if_true: &'static str, if_false: &'static str },
    /// Changes the text as `change` says.
    Change { text: Names, change: Names },
    /// Cuts, formats or searches the text as Python does.
    Cut { text: Names, start: &'static str, end: &'static str },
    Format { template: Names, value_prefix: &'static str },
    Extract { text: Names, pattern: Names, mode: &'static str, group: &'static str },
    /// Makes a picture from each line, from `start` on, or from each text.
    Lines { text: Names, start: &'static str, count: &'static str },
    List,
    /// Passes on a line by its number; if `in_parts` is on, a part that begins with `#`.
    SelectLine { text: Names, number: Names, in_parts: &'static str },
}

impl TextOperation {
    /// Returns what a class, in lower case, computes.
    #[rustfmt::skip]
    pub(super) fn of_class(class: &str) -> Option<Self> {
        Some(match class {
            "triggerword toggle (loramanager)" => Self::ToggleTriggerWords {
                original: &["orinalMessage", "originalMessage"], given: &["trigger_words"],
                words: "toggle_trigger_words", with_strength: "allow_strength_adjustment",
            },
            "ideogram4promptbuilderkj" => Self::DescribeForIdeogram,
            "cr set value on string" => Self::ChooseByContent {
                text: &["text"], part: &["test_string"], if_true: "value_if_true", if_false: "value_if_false",
            },
            "caseconverter" | "stringtrim" | "cr text operation" =>
                Self::Change { text: &["string", "text"], change: &["mode", "operation"] },
            "stringsubstring" => Self::Cut { text: &["string"], start: "start", end: "end" },
            "stringformat" => Self::Format { template: &["f_string"], value_prefix: "values." },
            "regexextract" => Self::Extract {
                text: &["string"], pattern: &["regex_pattern"], mode: "mode", group: "group_index",
            },
            "easy promptline" => Self::Lines { text: &["prompt"], start: "start_index", count: "max_rows" },
            "easy promptlist" => Self::List,
            "impactstringselector" =>
                Self::SelectLine { text: &["strings"], number: &["select"], in_parts: "multiline" },
            _ => return None,
        })
    }
}

/// What inputs carry, by their names. The first existing one of a list counts.
#[rustfmt::skip]
pub(super) mod input {
    use super::{Match, Names, Rules, contains, ends_with, equals, exact, starts_with};

    /// The value of a node that only holds or passes on one. The last names are those of reroutes.
    pub(crate) const VALUE: Names = &["value", "Value", "int", "float", "number", "Number", "string", "seed",
        "text", "any", "anything", "input", "", "*"];
    pub(crate) const NUMBER: Names = &["value", "int", "float", "number", "Number"];
    pub(crate) const REROUTED: &str = "";
    pub(crate) const LINK_NAME: &str = "value";
    /// Keys of objects: a list as the interface wraps it, and a file with a preview picture.
    pub(crate) const WRAPPED: &str = "__value__";
    pub(crate) const FILE_IN_OBJECT: Names = &["content", "name"];

    /// The inputs of a switch for yes and for no.
    pub(crate) const ON: Rules = &[contains(&["true"]), exact(Match::Start, &["tt_"])];
    pub(crate) const OFF: Rules = &[contains(&["false"]), exact(Match::Start, &["ff_"])];
    /// The truth value by which a switch decides.
    pub(crate) const TRUTH: Names = &["switch", "boolean", "cond", "condition", "if_condition", "value",
        "bool", "boolean_value", "expression", "ANY", "signal", "toggle", "flag", "input"];
    /// The number of the input that a switch lets through; the second only if its class says that it is one.
    pub(crate) const CHOICE: Names = &["select", "Input", "index", "selected", "selection", "selector",
        "switch_condition", "choice"];
    pub(crate) const SWITCH_CHOICE: Names = &["input"];
    /// What a switch lets through if no input has that number.
    pub(crate) const OTHERWISE: &str = "input_default";
    /// The name of the input that a switch lets through.
    pub(crate) const CHOSEN_NAME: &str = "Input";
    /// The truth value that decides between inputs with these ends.
    pub(crate) const AB_TRUTH: Names = &["boolean", "boolean_number"];
    pub(crate) const AB_ENDS: (&str, &str) = ("_a", "_b");
    /// What nodes compute truth values from.
    pub(crate) const PASSED_TRUTH: Names = &["boolean", "value", "bool", "Boolean", "boolean_value", "any",
        "anything", "input", "", "*"];
    pub(crate) const NEGATED: Names = &["value", "boolean", "a"];
    pub(crate) const OPERATOR: &str = "operator";
    pub(crate) const OPERANDS: [Names; 2] = [&["bool_a", "a"], &["bool_b", "b"]];
    pub(crate) const COMPARISON: Names = &["cmp", "comparison"];
    pub(crate) const COMPARED_NUMBERS: [Names; 2] = [&["a"], &["b"]];
    pub(crate) const COMPARED_TEXTS: [Names; 2] = [&["string", "string_a"], &["substring", "string_b"]];
    pub(crate) const TEXT_COMPARISON: &str = "mode";
    pub(crate) const CASE_SENSITIVE: &str = "case_sensitive";

    pub(crate) const PICTURE: Rules = &[contains(&["image", "img", "pixels", "picture", "video", "frame"])];
    pub(crate) const IMAGE_FILE: &str = "image";
    /// Says whether a sampler saves its own result.
    pub(crate) const OUTPUT_MODE: &str = "image_output";
    /// What a sampler starts from.
    pub(crate) const CANVAS: Rules = &[
        contains(&["latent", "samples", "image", "pixels", "destination", "input", "pipe", "any", "stage_c"])
            .without(&["image_embeds", "clip_vision", "control", "reference", "style"]),
    ];
    /// The result of the first stage of Stable Cascade, which the second receives with its prompt.
    pub(crate) const FIRST_STAGE: &str = "stage_c";
    pub(crate) const WIDTH: Names = &["width", "empty_latent_width"];
    pub(crate) const HEIGHT: Names = &["height", "empty_latent_height"];

    /// Sets of groups of inputs. A node samples if it has an input of each group in a set.
    pub(crate) const SAMPLER_SIGNS: &[&[Names]] = &[
        &[
            &["steps"], &["cfg", "guidance", "guidance_scale"], &["sampler_name", "sampler", "scheduler"],
            &["model", "base_model", "pipe", "basic_pipe", "context", "positive", "text_embeds", "seed"],
        ],
        &[&["guider", "model"], &["sigmas"], &["noise", "noise_seed", "latent_image"]],
    ];
    /// One more set, for nodes that are named samplers.
    pub(crate) const NAMED_SAMPLER_SIGNS: &[Names] = &[
        &["model", "guider", "pipe", "basic_pipe", "model_pipe", "context", "sdxl_tuple"],
        &["seed", "noise_seed", "noise"],
    ];
    pub(crate) const SEED: Names = &["noise_seed", "seed"];
    pub(crate) const STEPS: Names = &["steps", "steps_total"];
    /// `cfg_conds` is the scale of two conditionings, and WAN and Kandinsky have other names for it.
    pub(crate) const CFG: Names = &["cfg", "cfg_scale", "guidance_scale", "cfg_conds"];
    pub(crate) const SAMPLER_NAME: Names = &["sampler_name", "sampler"];
    pub(crate) const SCHEDULER: Names = &["scheduler", "scheduler_name"];
    pub(crate) const DENOISE: Names = &["denoise", "denoise_strength"];
    /// The nodes that a sampler may consist of, and their values.
    pub(crate) const NOISE: &str = "noise";
    pub(crate) const NOISE_DEVICE: &str = "noise_device";
    pub(crate) const GUIDER: &str = "guider";
    pub(crate) const SAMPLER: &str = "sampler";
    pub(crate) const SELECTED_SAMPLER: Names = &["sampler_name"];
    pub(crate) const SIGMAS: &str = "sigmas";
    pub(crate) const SCHEDULE: Names = &["scheduler"];
    pub(crate) const SCHEDULE_STEPS: Names = &["steps"];
    /// Leads past a node that changes noise, a sampler or a schedule.
    pub(crate) const ONWARD: Names = &["sigmas", "noise", "sampler", "sigmas_1", "high_sigmas", "", "any"];

    pub(crate) const MODEL: &str = "model";
    pub(crate) const MODEL_FILE: Names = &["ckpt_name", "unet_name", "base_ckpt_name", "gguf_name",
        "transformer_name", "diffusion_model_name", "diffusion_name", "model_name", "model_path",
        "checkpoint"];
    pub(crate) const VAE_FILE: Names = &["vae_name"];
    pub(crate) const CLIP_SKIP: Names = &["stop_at_clip_layer", "clip_skip"];
    /// Leads to a base model. Stacks of `LoRAs` are chained by inputs with many different names.
    pub(crate) const TO_MODEL: Rules = &[
        equals(&["guider", "pipe", "context", "base_ctx", "ctx", "sdxl_tuple", "unet", "anything",
            "any_input"]),
        ends_with(&["_pipe"]),
        contains(&["lora"]).without(&["clip", "name", "text", "strength"]),
        contains(&["model"]).without(&["clip", "control", "style", "upscale", "vae", "sam_", "bbox", "detect",
            "clip_vision", "patch", "motion", "m_models", "refiner", "restore", "negative", "uncond"]),
    ];
    /// Carries a model among other things.
    pub(crate) const BUNDLE: Rules = &[exact(Match::End, &["pipe", "ctx", "context"])];
    pub(crate) const TO_LORAS: Rules = &[contains(&["lora"])];
    /// The file of a `LoRA`; the second only if it is a text.
    pub(crate) const LORA_FILE: Names = &["lora_name"];
    pub(crate) const LORA: &str = "lora";
    pub(crate) const LORA_STRENGTH: Names = &["strength_model", "strength", "lora_model_strength",
        "model_strength", "lora_strength", "lora_weight"];
    /// A list of objects for `LoRAs`, and their keys.
    pub(crate) const LORA_LIST: Names = &["loras", "lora_stack_data"];
    pub(crate) const LISTED_FILE: Names = &["name"];
    pub(crate) const LISTED_STRENGTH: Names = &["strength"];
    pub(crate) const LISTED_SWITCH: &str = "active";
    /// A text with tags for `LoRAs` that the node applies.
    pub(crate) const LORA_TAGS: Names = &["populated_text", "lora_syntax", "loras", "prompt", "text"];
    /// The rows of a stack have numbers: what is around them in the name of a `LoRA`. In the other names of a
    /// row, `#` is its number.
    pub(crate) const ROW_PREFIXES: Names = &["lora_name_", "lora_", "lora"];
    pub(crate) const ROW_SUFFIX: &str = "_name";
    pub(crate) const DRAWN_ROW_PREFIX: &str = "lora_";
    pub(crate) const ROW_SWITCH: Names = &["switch_#", "enabled_#", "enable_#", "active_#", "on_#",
        "lora_#_enabled", "lora_enabled_#", "toggle_#"];
    /// The weight for the model and the text encoder, or for the model alone.
    pub(crate) const ROW_WEIGHT: Names = &["strength_#", "lora_wt_#", "lora_strength_#", "lora_#_strength",
        "weight_#"];
    pub(crate) const ROW_MODEL_WEIGHT: Names = &["model_str_#", "model_weight_#", "strength_model_#",
        "lora_#_model_strength"];
    /// Says whether a row has two weights.
    pub(crate) const ROW_MODE: [&str; 2] = ["input_mode", "mode"];
    /// The keys of a row that is an object.
    pub(crate) const ROW_FILE: Names = &["lora"];
    pub(crate) const ROW_STRENGTH: Names = &["strength"];
    pub(crate) const ROW_IS_ON: &str = "on";
    /// How many rows a stack shows, and whether it is on.
    pub(crate) const ROW_COUNT: Names = &["lora_count", "num_loras"];
    pub(crate) const STACK_SWITCH: &str = "toggle";

    pub(crate) const POSITIVE: &str = "positive";
    pub(crate) const NEGATIVE: &str = "negative";
    /// Leads to the prompt if no input is named after it.
    pub(crate) const CONDITIONINGS: Names = &["conditioning", "cond1", "cond2", "cond", "prompt"];
    /// The middle conditioning of a guider that has three.
    pub(crate) const MIDDLE_CONDITIONING: &str = "cond2";
    /// Carries both prompts, so that the side has to be searched behind it.
    pub(crate) const BOTH_PROMPTS: Rules =
        &[exact(Match::Whole, CARRIERS), exact(Match::End, &["pipe", "_embeds"])];
    const CARRIERS: Names = &["guider", "text_embeds", "prompt_embeds", "hyvid_embeds", "embeds", "pipe",
        "basic_pipe", "model_pipe", "context", "base_ctx", "ctx", "sdxl_tuple", "conditionings"];
    /// Leads to a conditioning. Its names are many, so an input that is in neither list leads to one as well.
    pub(crate) const CONDITIONING: Rules = &[contains(&["cond"]), equals(CARRIERS)];
    pub(crate) const NO_CONDITIONING: Rules = &[contains(&["clip", "vae", "image", "pixels", "mask", "model",
        "latent", "samples", "control", "sigmas", "noise", "sampler", "audio", "width", "height", "guidance",
        "strength", "seed", "gligen", "style"])];
    pub(crate) const GUIDANCE: Names = &["guidance"];
    /// The negative prompt of attention: of a sampler, of a patch, and of patched text embeddings.
    pub(crate) const ATTENTION: Rules =
        &[exact(Match::Start, &["nag_"]).with(&["neg"]), exact(Match::Whole, &["nag_text_embeds"])];
    pub(crate) const PATCH_NEGATIVE: Names = &["nag_negative", "negative", "conditioning", "nag_text_embeds"];
    pub(crate) const TEXT_EMBEDS: &str = "text_embeds";
    pub(crate) const EMBEDS_NEGATIVE: &str = "nag_text_embeds";
    /// The text of an encoder, or its texts for each of several text encoders.
    pub(crate) const ENCODED_TEXT: Names = &["text", "Text", "prompt", "Prompt", "prompt_text", "user_prompt",
        "positive_prompt", "caption", "tags", "wildcard_text"];
    pub(crate) const ENCODED_PARTS: Names = &["text_g", "text_l", "prompt_g", "prompt_l", "t5xxl", "clip_g",
        "clip_l", "llama", "bert", "mt5xl", "lyrics"];
    /// Says whether the texts for each text encoder count.
    pub(crate) const USES_PARTS: &str = "with_SDXL";
    /// The text that wildcards resulted in.
    pub(crate) const POPULATED: &str = "populated_text";
    pub(crate) const TRIGGER_WORDS: Rules = &[exact(Match::Start, &["trigger_words"])];
    pub(crate) const TRIGGERED_TEXT: Names = &["text"];

    /// A text that is joined with others, and a setting for it.
    pub(crate) const PART: Rules = &[
        equals(&["", "*"]),
        starts_with(&["text", "string", "prompt", "part", "value", "any", "input", "wildcard", "phrase",
            "tags", "caption"]),
    ];
    pub(crate) const SETTING: Rules = &[
        exact(Match::Whole, SEPARATOR),
        exact(Match::End, &["mode", "type", "format", "language", "count", "case", "index", "encoder",
            "normalization", "interpretation", "strength", "scale", "weight", "seed", "model", "image",
            "images"]),
    ];
    pub(crate) const SEPARATOR: Names = &["delimiter", "separator", "Delimiter", "Separator", "sep",
        "join_with", "joiner", "glue", "delim"];
    /// A text that is put before or after the others, and one that becomes part of a word.
    pub(crate) const PREFIX: Rules = &[starts_with(&["prepend", "prefix", "pre_", "before"])];
    pub(crate) const SUFFIX: Rules = &[starts_with(&["append", "suffix", "postfix", "post_", "after"])];
    pub(crate) const WORD_PART: Names = &["prefix", "suffix", "postfix"];
    /// Says whether white space around the texts is removed.
    pub(crate) const STRIPS: &str = "clean_whitespace";
    pub(crate) const TIDIES: &str = "tidy_tags";
    pub(crate) const ACTION: &str = "action";
    /// What a node shows, and what it has shown and stored, if it has no text of its own, or if it has.
    pub(crate) const SHOWN: Names = &["anything", "any", "input", "source", "value", "text"];
    pub(crate) const STORED: Names = &["text_0", "result"];
    pub(crate) const STORED_OR_HELD: Names = &["text_0", "result", "text"];
    /// The texts of a node with an output for each.
    pub(crate) const SEPARATE_TEXTS: Names = &["text", "text_b", "text_c", "text_d"];
    /// The text that a node chooses from.
    pub(crate) const RANDOM_TEXT: Names = &["text", "Text", "wildcard_text", "prompt", "string", "lines"];
    /// The text in which a node replaces something.
    pub(crate) const SUBJECT: Names = &["text", "Text", "string", "String", "prompt", "text_a", "input_text",
        "text_input", "source_text", "input", "any"];
    /// What is replaced, and by what. In the names of one of several pairs, `#` is its number.
    pub(crate) const REPLACEMENT: &[(&str, &str)] = &[
        ("find", "replace"), ("search", "replace"), ("find_text", "replace_text"),
        ("search_text", "replace_text"), ("old", "new"), ("Pattern", "Replace_With"),
        ("pattern", "replacement"), ("target", "replacement"), ("to_replace", "replacement"),
        ("regex_pattern", "replace"),
    ];
    pub(crate) const REPLACEMENT_ROW: &[(&str, &str)] = &[("find#", "replace#"), ("find_#", "replace_#")];
    pub(crate) const FUNCTION_REPLACEMENT: (&str, &str) = ("text_b", "text_c");
    /// Options of a regular expression.
    pub(crate) const USES_PATTERN: [&str; 2] = ["use_regex", "regex"];
    pub(crate) const IGNORES_CASE: &str = "case_insensitive";
    pub(crate) const MULTI_LINE: &str = "multiline";
    pub(crate) const DOT_ALL: &str = "dotall";
    pub(crate) const MAX_MATCHES: &str = "count";

    /// The request to a service. In addition to a prompt, it has a negative prompt, seed, model or detail.
    pub(crate) const SERVICE_PROMPT: Names = &["prompt", "positive_prompt", "text_prompt", "prompt_text",
        "positive", "Prompt", "edit_prompt", "edit_instruction", "instruction"];
    pub(crate) const SERVICE_NEGATIVE: Names = &["negative_prompt", "negative", "neg_prompt",
        "prompt_negative"];
    pub(crate) const SERVICE_SEED: Names = &["seed", "noise_seed"];
    pub(crate) const SERVICE_MODEL: Names = &["model", "model_name", "model_version", "model_id", "engine",
        "model_type"];
    pub(crate) const SERVICE_DETAIL: Names = &["aspect_ratio", "ratio", "size", "image_size", "resolution",
        "width", "n", "quality", "style", "image", "images", "steps", "guidance_scale"];
    pub(crate) const SERVICE_STEPS: Names = &["steps", "num_inference_steps"];
    pub(crate) const SERVICE_CFG: Names = &["cfg", "guidance_scale", "cfg_scale", "guidance"];
    pub(crate) const SERVICE_SIZE: [Names; 2] = [&["width"], &["height"]];
    pub(crate) const SERVICE_RATIO: Names = &["aspect_ratio"];
}

/// Returns the names of the values of a drawn node in their order, as far as they matter, for nodes that are
/// in many graphs. Newer drawings name them, and need no line here.
#[rustfmt::skip]
pub(super) fn drawn_inputs(class: &str) -> Names {
    match class {
        "KSampler" | "KSampler (Efficient)" =>
            &["seed", "steps", "cfg", "sampler_name", "scheduler", "denoise"],
        "KSamplerAdvanced" => &["add_noise", "noise_seed", "steps", "cfg", "sampler_name", "scheduler",
            "start_at_step", "end_at_step"],
        "SamplerCustom" => &["add_noise", "noise_seed", "cfg"],
        "KSamplerSelect" => &["sampler_name"],
        "RandomNoise" => &["noise_seed"],
        "BasicScheduler" => &["scheduler", "steps", "denoise"],
        "SDTurboScheduler" => &["steps", "denoise"],
        "KarrasScheduler" | "Flux2Scheduler" | "LTXVScheduler" => &["steps"],
        "CFGGuider" => &["cfg"],
        "DualCFGGuider" => &["cfg_conds"],
        "FluxGuidance" => &["guidance"],
        "CLIPTextEncode" | "smZ CLIPTextEncode" | "Text Multiline" | "CR Text" | "ttN text" => &["text"],
        "TextEncodeQwenImageEdit" | "TextEncodeQwenImageEditPlus" | "CR Prompt Text" => &["prompt"],
        "ImpactWildcardEncode" | "ImpactWildcardProcessor" => &["wildcard_text", "populated_text"],
        "CLIPTextEncodeFlux" => &["clip_l", "t5xxl", "guidance"],
        "CLIPTextEncodeSD3" => &["clip_l", "clip_g", "t5xxl"],
        "CLIPTextEncodeHiDream" => &["clip_l", "clip_g", "t5xxl", "llama"],
        "CLIPTextEncodeLumina2" => &["system_prompt", "user_prompt"],
        "CLIPTextEncodeSDXL" =>
            &["width", "height", "crop_w", "crop_h", "target_width", "target_height", "text_g", "text_l"],
        "CLIPSetLastLayer" => &["stop_at_clip_layer"],
        "CheckpointLoaderSimple" | "CheckpointLoader|pysssss" | "CheckpointLoaderNF4"
        | "ImageOnlyCheckpointLoader" | "unCLIPCheckpointLoader" => &["ckpt_name"],
        "CheckpointLoader" => &["config_name", "ckpt_name"],
        "Efficient Loader" => &["ckpt_name", "vae_name", "clip_skip", "lora_name", "lora_model_strength",
            "lora_clip_strength", "positive", "negative", "token_normalization", "weight_interpretation",
            "empty_latent_width", "empty_latent_height"],
        "UNETLoader" | "UnetLoaderGGUF" | "UnetLoaderGGUFAdvanced" => &["unet_name"],
        "NunchakuFluxDiTLoader" | "DiffusersLoader" => &["model_path"],
        "NunchakuQwenImageDiTLoader" => &["model_name"],
        "LoraLoader" | "LoraLoader|pysssss" => &["lora_name", "strength_model", "strength_clip"],
        "LoraLoaderModelOnly" => &["lora_name", "strength_model"],
        "NunchakuFluxLoraLoader" => &["lora_name", "lora_strength"],
        "VAELoader" => &["vae_name"],
        "LoadImage" => &["image"],
        "EmptyLatentImage" | "EmptySD3LatentImage" | "EmptyFlux2LatentImage" | "EmptyHunyuanLatentVideo"
        | "EmptyLTXVLatentVideo" | "WanImageToVideo" => &["width", "height"],
        "CR Seed" | "easy seed" | "Seed (rgthree)" => &["seed"],
        "PrimitiveNode" | "PrimitiveString" | "PrimitiveStringMultiline" | "PrimitiveInt" | "PrimitiveFloat"
        | "INTConstant" | "FloatConstant" | "StringConstant" | "StringConstantMultiline" | "SetNode"
        | "GetNode" | "easy setNode" | "easy getNode" => &["value"],
        _ => &[],
    }
}
