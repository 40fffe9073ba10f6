//! Graphs of `ComfyUI` whose answer is not in one place: which part of a graph made the picture, and which
//! text its nodes made from others. The nodes do what their source code says.
#![expect(
    clippy::needless_pass_by_value,
    clippy::too_many_lines,
    reason = "graphs are written out where they are read"
)]

use serde_json::{Value, json};
use vitrine_core::metadata::{self, GenerationData};

use super::files::*;

fn read_with(graph: &Value, parameters: Option<&str>) -> GenerationData {
    let mut png = a_png().text("prompt", graph.to_string().as_bytes());
    if let Some(text) = parameters {
        png = png.text("parameters", text.as_bytes());
    }
    metadata::read(&png.end()).info.expect("a graph says how it was run")
}

fn read(graph: &Value) -> GenerationData {
    read_with(graph, None)
}

fn node(class: &str, inputs: Value) -> Value {
    json!({"class_type": class, "inputs": inputs})
}

/// Returns the default graph with nodes added or replaced.
fn default_graph(changes: Vec<(&str, Value)>) -> Value {
    let mut graph = json!({
        "3": node("KSampler", json!({"seed": 42, "steps": 20, "cfg": 6.5, "sampler_name": "euler", "scheduler": "normal", "denoise": 1.0,
            "model": ["4", 0], "positive": ["6", 0], "negative": ["7", 0], "latent_image": ["5", 0]})),
        "4": node("CheckpointLoaderSimple", json!({"ckpt_name": "mix.safetensors"})),
        "5": node("EmptyLatentImage", json!({"width": 832, "height": 1216, "batch_size": 1})),
        "6": node("CLIPTextEncode", json!({"text": "a fox", "clip": ["4", 1]})),
        "7": node("CLIPTextEncode", json!({"text": "blurry", "clip": ["4", 1]})),
        "8": node("VAEDecode", json!({"samples": ["3", 0], "vae": ["4", 2]})),
        "9": node("SaveImage", json!({"filename_prefix": "x", "images": ["8", 0]})),
    });
    for (id, node) in changes {
        graph[id] = node;
    }
    graph
}

fn text_of(changes: Vec<(&str, Value)>) -> Option<String> {
    let encoder = node("CLIPTextEncode", json!({"text": ["t", 0], "clip": ["4", 1]}));
    read(&default_graph([vec![("6", encoder)], changes].concat())).prompt
}

fn words(text: &str) -> Value {
    node("PrimitiveStringMultiline", json!({"value": text}))
}

fn link(id: &str) -> Value {
    json!([id, 0])
}

#[test]
fn saved_branch_counts_and_not_the_branch_that_was_shown() {
    let upscaled = vec![
        ("9", node("PreviewImage", json!({"images": ["8", 0]}))),
        ("20", node("LoadImage", json!({"image": "in.png"}))),
        ("21", node("ImageScaleBy", json!({"image": ["20", 0], "scale_by": 2.0}))),
        ("22", node("SaveImage", json!({"images": ["21", 0]}))),
    ];
    let info = read(&default_graph(upscaled.clone()));
    assert_eq!((info.prompt, info.negative_prompt, info.seed, info.model), (None, None, None, None));
    // Other things can be saved too, but they are not pictures.
    let aside = [upscaled, vec![("23", node("SaveLatent", json!({"samples": ["3", 0]})))]].concat();
    assert_eq!(read(&default_graph(aside)).seed, None);
    let served = vec![
        ("9", node("PreviewImage", json!({"images": ["8", 0]}))),
        (
            "21",
            node(
                "FluxProUltraImageNode",
                json!({"prompt": "an owl", "prompt_upsampling": false, "seed": 7, "aspect_ratio": "16:9"}),
            ),
        ),
        ("22", node("SaveImage", json!({"images": ["21", 0]}))),
    ];
    let info = read(&default_graph(served));
    assert_eq!((info.prompt.as_deref(), info.seed.as_deref(), info.model), (Some("an owl"), Some("7"), None));
}

#[test]
fn savers_of_other_packs_count_as_well() {
    for class in ["Image Save", "Image Saver", "Save Image (LoraManager)", "ETN_SendImageWebSocket"] {
        let graph = default_graph(vec![
            ("9", node(class, json!({"images": ["8", 0]}))),
            (
                "0",
                node(
                    "KSampler",
                    json!({"seed": 1, "steps": 1, "cfg": 1.0, "sampler_name": "lcm", "scheduler": "normal", "denoise": 1.0,
                        "model": ["4", 0], "positive": ["7", 0], "negative": ["6", 0], "latent_image": ["5", 0]}),
                ),
            ),
            ("1", node("VAEDecode", json!({"samples": ["0", 0], "vae": ["4", 2]}))),
            ("2", node("PreviewImage", json!({"images": ["1", 0]}))),
        ]);
        let info = read(&graph);
        assert_eq!((info.seed.as_deref(), info.prompt.as_deref()), (Some("42"), Some("a fox")), "{class}");
    }
}

#[test]
fn saver_that_is_told_of_another_sampler_saves_only_its_picture() {
    let info = read(&default_graph(vec![
        ("9", node("PreviewImage", json!({"images": ["8", 0]}))),
        (
            "22",
            node(
                "Image Saver",
                json!({"images": ["20", 0], "positive": ["6", 0], "seed_value": ["3", 0], "steps": 9, "cfg": 1.0}),
            ),
        ),
        ("20", node("LoadImage", json!({"image": "in.png"}))),
    ]));
    assert_eq!((info.prompt, info.seed), (None, None));
}

#[test]
fn sampler_that_saves_by_itself_counts() {
    let sampler = |output: &str| {
        node(
            "easy fullkSampler",
            json!({"pipe": ["4", 0], "seed": 5, "steps": 9, "cfg": 3.0, "sampler_name": "lcm", "scheduler": "sgm_uniform",
            "denoise": 1.0, "image_output": output, "positive": ["20", 0], "model": ["4", 0], "latent_image": ["5", 0]}),
        )
    };
    let with = |output: &str| {
        read(&default_graph(vec![
            ("9", node("PreviewImage", json!({"images": ["8", 0]}))),
            ("20", node("CLIPTextEncode", json!({"text": "an owl"}))),
            ("21", sampler(output)),
        ]))
    };
    assert_eq!(with("Hide&Save").prompt.as_deref(), Some("an owl"));
    assert_eq!(with("Hide").prompt.as_deref(), Some("a fox"));
}

#[test]
fn branch_a_switch_does_not_let_through_did_not_run() {
    let other = node(
        "KSampler",
        json!({"seed": 1, "steps": 5, "cfg": 1.0, "sampler_name": "lcm", "scheduler": "simple", "denoise": 1.0,
        "model": ["4", 0], "positive": ["20", 0], "negative": ["7", 0], "latent_image": ["5", 0]}),
    );
    let both = vec![
        ("20", node("CLIPTextEncode", json!({"text": "an owl", "clip": ["4", 1]}))),
        ("21", other),
        ("22", node("VAEDecode", json!({"samples": ["21", 0], "vae": ["4", 2]}))),
        ("9", node("SaveImage", json!({"images": ["23", 0]}))),
    ];
    let switches = [
        node("ImpactSwitch", json!({"select": 2, "input1": ["22", 0], "input2": ["8", 0]})),
        node(
            "ImageConditionSelector",
            json!({"condition": true, "if_true": ["8", 0], "if_false": ["22", 0]}),
        ),
        node("CR Image Input Switch", json!({"Input": 2, "image1": ["22", 0], "image2": ["8", 0]})),
        node("Image Input Switch", json!({"boolean": false, "image_a": ["22", 0], "image_b": ["8", 0]})),
        node("LazySwitchKJ", json!({"switch": ["24", 0], "on_false": ["22", 0], "on_true": ["8", 0]})),
        node(
            "ImpactConditionalBranch",
            json!({"cond": ["25", 0], "tt_value": ["8", 0], "ff_value": ["22", 0]}),
        ),
        node("Any Switch (rgthree)", json!({"any_01": ["404", 0], "any_02": ["8", 0], "any_03": ["22", 0]})),
    ];
    for switch in switches {
        let known = vec![
            ("23", switch.clone()),
            ("24", node("PrimitiveBoolean", json!({"value": true}))),
            ("25", node("ImpactCompare", json!({"cmp": "a > b", "a": ["26", 0], "b": 3}))),
            ("26", node("PrimitiveInt", json!({"value": 4}))),
        ];
        let info = read(&default_graph([both.clone(), known].concat()));
        assert_eq!((info.prompt.as_deref(), info.seed.as_deref()), (Some("a fox"), Some("42")), "{switch}");
        assert_eq!(info.extra.get("passes"), None, "{switch}");
    }
}

fn guided(guider: Value, more: Vec<(&str, Value)>) -> GenerationData {
    let sampler = node(
        "SamplerCustomAdvanced",
        json!({"noise": ["30", 0], "guider": ["31", 0], "sampler": ["32", 0], "sigmas": ["33", 0], "latent_image": ["5", 0]}),
    );
    let parts = vec![
        ("3", sampler),
        ("30", node("RandomNoise", json!({"noise_seed": 42}))),
        ("31", guider),
        ("32", node("KSamplerSelect", json!({"sampler_name": "euler"}))),
        (
            "33",
            node(
                "BasicScheduler",
                json!({"scheduler": "simple", "steps": 20, "denoise": 1.0, "model": ["4", 0]}),
            ),
        ),
        ("34", node("ConditioningZeroOut", json!({"conditioning": ["6", 0]}))),
        ("35", node("CLIPTextEncode", json!({"text": "ugly", "clip": ["4", 1]}))),
    ];
    read(&default_graph([parts, more].concat()))
}

fn prompts(info: &GenerationData) -> (Option<&str>, Option<&str>) {
    (info.prompt.as_deref(), info.negative_prompt.as_deref())
}

#[test]
fn second_conditioning_of_a_guider_with_three_is_no_prompt() {
    let dual = |cond2: &str, negative: &str| {
        guided(
            node(
                "DualCFGGuider",
                json!({"model": ["4", 0], "cond1": ["6", 0], "cond2": [cond2, 0], "negative": [negative, 0],
            "cfg_conds": 5.0, "cfg_cond2_negative": 2.0}),
            ),
            vec![],
        )
    };
    assert_eq!(prompts(&dual("7", "7")), (Some("a fox"), Some("blurry")));
    assert_eq!(prompts(&dual("7", "34")), (Some("a fox"), Some("blurry")));
    // This is the same prompt without the first picture, as in InstructPix2Pix.
    assert_eq!(prompts(&dual("6", "7")), (Some("a fox"), Some("blurry")));
    let perpendicular = guided(
        node(
            "PerpNegGuider",
            json!({"model": ["4", 0], "positive": ["6", 0], "negative": ["7", 0], "empty_conditioning": ["35", 0], "cfg": 5.0, "neg_scale": 1.0}),
        ),
        vec![],
    );
    assert_eq!(prompts(&perpendicular), (Some("a fox"), Some("blurry")));
}

#[test]
fn negative_prompt_of_attention_guidance_counts() {
    let guider = |cfg: f64, negative: &str| {
        guided(
            node(
                "NAGCFGGuider",
                json!({"model": ["4", 0], "positive": ["6", 0], "nag_negative": ["7", 0], "negative": [negative, 0], "nag_scale": 5.0, "cfg": cfg}),
            ),
            vec![],
        )
    };
    assert_eq!(prompts(&guider(1.0, "34")), (Some("a fox"), Some("blurry")));
    // At this scale the sampler's own negative prompt has no effect.
    assert_eq!(prompts(&guider(1.0, "35")), (Some("a fox"), Some("blurry")));
    assert_eq!(prompts(&guider(4.0, "35")), (Some("a fox"), Some("ugly\nblurry")));
    let sampler = node(
        "KSamplerWithNAG (Advanced)",
        json!({"noise_seed": 42, "steps": 8, "cfg": 1.0, "sampler_name": "euler", "scheduler": "simple",
        "model": ["4", 0], "positive": ["6", 0], "negative": ["34", 0], "nag_negative": ["7", 0], "nag_scale": 5.0, "latent_image": ["5", 0]}),
    );
    let zero = ("34", node("ConditioningZeroOut", json!({"conditioning": ["6", 0]})));
    assert_eq!(
        prompts(&read(&default_graph(vec![("3", sampler), zero.clone()]))),
        (Some("a fox"), Some("blurry"))
    );
    let patches = [
        node("WanVideoNAG", json!({"model": ["4", 0], "conditioning": ["7", 0], "nag_scale": 11.0})),
        node("NormalizedAttentionGuidance", json!({"model": ["4", 0], "negative": ["7", 0], "scale": 5.0})),
        node("AIO_NAG", json!({"model": ["4", 0], "nag_negative": ["7", 0], "nag_scale": 5.0})),
    ];
    for patch in patches {
        let sampler = node(
            "KSampler",
            json!({"seed": 42, "steps": 8, "cfg": 1.0, "sampler_name": "euler", "scheduler": "simple", "denoise": 1.0,
            "model": ["36", 0], "positive": ["6", 0], "negative": ["34", 0], "latent_image": ["5", 0]}),
        );
        let info = read(&default_graph(vec![("3", sampler), ("36", patch.clone()), zero.clone()]));
        assert_eq!(prompts(&info), (Some("a fox"), Some("blurry")), "{patch}");
    }
}

#[test]
fn model_for_the_negative_side_is_not_the_model() {
    let info = guided(
        node(
            "DualModelGuider",
            json!({"model_negative": ["37", 0], "model": ["4", 0], "positive": ["6", 0], "negative": ["34", 0], "cfg": 7.0}),
        ),
        vec![("37", node("UNETLoader", json!({"unet_name": "uncond.safetensors"})))],
    );
    assert_eq!(
        (info.model.as_deref(), info.cfg, info.negative_prompt),
        (Some("mix.safetensors"), Some(7.0), None)
    );
}

#[test]
fn texts_put_together_by_nodes_are_put_together_as_the_nodes_do() {
    let given = || {
        let number = node("PrimitiveInt", json!({"value": 3}));
        let is_equal =
            json!({"string_a": link("a"), "string_b": "A Fox", "mode": "Equal", "case_sensitive": true});
        let is_equal = node("StringCompare", is_equal);
        vec![
            ("a", words("a fox")),
            ("b", words("in snow")),
            ("c", words("at dawn")),
            ("n", number),
            ("e", is_equal),
        ]
    };
    let made = |node: Value| text_of([given(), vec![("t", node)]].concat());
    let expected = [
        (
            node(
                "StringConcatenate",
                json!({"string_a": link("a"), "string_b": link("b"), "delimiter": ", "}),
            ),
            "a fox, in snow",
        ),
        // Widgets are written before links, so their order means nothing.
        (
            node(
                "StringConcatenate",
                json!({"string_b": "in snow", "delimiter": " ", "string_a": link("a")}),
            ),
            "a fox in snow",
        ),
        (
            node("JoinStrings", json!({"delimiter": ". ", "string1": link("a"), "string2": link("b")})),
            "a fox. in snow",
        ),
        (
            node(
                "JoinStringMulti",
                json!({"inputcount": 3, "delimiter": "\\n", "return_list": false, "string_1": link("a"), "string_2": link("b"), "string_3": link("c")}),
            ),
            "a fox\nin snow\nat dawn",
        ),
        (
            node(
                "Text Concatenate",
                json!({"delimiter": ", ", "clean_whitespace": "true", "text_c": "at dawn ", "text_a": link("a"), "text_b": ""}),
            ),
            "a fox, at dawn",
        ),
        (
            node("CR Text Concatenate", json!({"separator": "-", "text1": link("a"), "text2": link("b")})),
            "a fox-in snow",
        ),
        (
            node("easy promptConcat", json!({"separator": "", "prompt1": "a fox", "prompt2": " in snow"})),
            "a fox in snow",
        ),
        (
            node(
                "DF_String_Concatenate",
                json!({"Prepend": "a fox", "Append": link("b"), "Delimiter": ", "}),
            ),
            "a fox, in snow",
        ),
        (
            node(
                "StringFunction|pysssss",
                json!({"action": "append", "tidy_tags": "yes", "text_a": link("a"), "text_b": "in snow ,", "text_c": ""}),
            ),
            "a fox, in snow,",
        ),
        (
            node(
                "StringFunction|pysssss",
                json!({"action": "append", "tidy_tags": "no", "text_a": "a ", "text_b": "fox", "text_c": "undefined"}),
            ),
            "a fox",
        ),
        (
            node(
                "StringFunction|pysssss",
                json!({"action": "replace", "tidy_tags": "no", "text_a": link("a"), "text_b": "fox", "text_c": "wolf"}),
            ),
            "a wolf",
        ),
        (
            node("StringReplace", json!({"string": link("a"), "find": "fox", "replace": link("b")})),
            "a in snow",
        ),
        (
            node(
                "RegexReplace",
                json!({"string": link("a"), "regex_pattern": "F(o)x", "replace": "w\\1lf", "case_insensitive": true, "multiline": false, "dotall": false, "count": 0}),
            ),
            "a wolf",
        ),
        (
            node(
                "RegexReplace",
                json!({"string": "fox fox", "regex_pattern": "fo.", "replace": "owl", "count": 1}),
            ),
            "owl fox",
        ),
        (
            node(
                "RegexExtract",
                json!({"string": "by day: a fox, by night: an owl", "regex_pattern": "night: (.*)", "mode": "First Group", "group_index": 1}),
            ),
            "an owl",
        ),
        (
            node(
                "RegexExtract",
                json!({"string": "a1 b2", "regex_pattern": "[a-z]\\d", "mode": "All Matches", "group_index": 1}),
            ),
            "a1\nb2",
        ),
        (
            node(
                "CR Text Replace",
                json!({"text": link("a"), "find1": "fox", "replace1": "wolf", "find2": "a ", "replace2": "one ", "find3": "", "replace3": ""}),
            ),
            "one wolf",
        ),
        (
            node("easy promptReplace", json!({"prompt": link("a"), "find1": "fox", "replace1": "owl"})),
            "a owl",
        ),
        (
            node(
                "Text Find and Replace",
                json!({"text": link("a"), "find": "a fox", "replace": "two foxes"}),
            ),
            "two foxes",
        ),
        (node("CaseConverter", json!({"string": link("a"), "mode": "UPPERCASE"})), "A FOX"),
        (node("StringTrim", json!({"string": " a fox ", "mode": "Both"})), "a fox"),
        (node("StringSubstring", json!({"string": "a fox, not this", "start": 0, "end": -10})), "a fox"),
        (
            node(
                "StringFormat",
                json!({"f_string": "{a} {{in}} {b}", "values.a": link("a"), "values.b": "snow"}),
            ),
            "a fox {in} snow",
        ),
        (
            node(
                "CR Set Value on String",
                json!({"text": link("a"), "test_string": "fox", "value_if_true": "a wolf", "value_if_false": "an owl"}),
            ),
            "a wolf",
        ),
        (
            node(
                "ImpactConditionalBranch",
                json!({"cond": false, "tt_value": link("b"), "ff_value": link("a")}),
            ),
            "a fox",
        ),
        (node("easy ifElse", json!({"boolean": true, "on_true": link("a"), "on_false": link("b")})), "a fox"),
        (
            node(
                "easy textIndexSwitch",
                json!({"index": 1, "text0": link("b"), "text1": link("a"), "text11": link("c")}),
            ),
            "a fox",
        ),
        (
            node("Text Input Switch", json!({"boolean": true, "text_a": link("a"), "text_b": link("b")})),
            "a fox",
        ),
        (
            node(
                "ImpactWildcardProcessor",
                json!({"wildcard_text": "a {fox|owl}", "populated_text": "a fox", "mode": "populate", "seed": 1}),
            ),
            "a fox",
        ),
        (node("ShowText|pysssss", json!({"text": link("a"), "text_0": "an older text"})), "a fox"),
        (node("easy showAnything", json!({"anything": link("a"), "text": "an older text"})), "a fox"),
        (
            node("LayerUtility: TextJoin", json!({"text_1": link("a"), "text_2": "", "text_3": link("b")})),
            "a fox, , in snow",
        ),
        (
            node("SomethingToString", json!({"input": ["n", 0], "prefix": "a fox in ", "suffix": " snow"})),
            "a fox in 3 snow",
        ),
        (
            node("easy promptLine", json!({"prompt": "one\na fox\nthree", "start_index": 1, "max_rows": 1})),
            "a fox",
        ),
        (node("easy promptList", json!({"prompt_1": link("a"), "prompt_2": "", "prompt_3": ""})), "a fox"),
        (
            node(
                "ImpactStringSelector",
                json!({"strings": "one\na fox\nthree", "multiline": false, "select": 4}),
            ),
            "a fox",
        ),
        (
            node(
                "ImpactStringSelector",
                json!({"strings": "# one\nowl\n# a fox\nin snow\n", "multiline": true, "select": 1}),
            ),
            "a fox\nin snow",
        ),
        (
            node(
                "CR Combine Prompt",
                json!({"part1": link("a"), "part2": "in snow", "part3": "", "part4": "", "separator": ","}),
            ),
            "a fox,in snow,,",
        ),
        (
            node(
                "Text Input Switch",
                json!({"boolean_number": 0, "text_input_a": link("b"), "text_input_b": link("a")}),
            ),
            "a fox",
        ),
        (
            node("ComfySwitchNode", json!({"switch": ["e", 0], "on_true": link("b"), "on_false": link("a")})),
            "a fox",
        ),
    ];
    for (node, expected) in expected {
        assert_eq!(made(node.clone()).as_deref(), Some(expected), "{node}");
    }
    let several = node("easy promptList", json!({"prompt_1": link("a"), "prompt_2": link("b")}));
    assert_eq!(made(several), None, "nobody knows which of them was this picture's");
}

#[test]
fn loader_that_encodes_puts_what_is_prepended_before_its_own_text() {
    let loader = node(
        "ttN pipeLoader_v2",
        json!({"ckpt_name": "mix.safetensors", "vae_name": "Baked VAE", "clip_skip": -2, "loras": "<lora:fur:0.4>",
        "positive": "a fox", "negative": "blurry", "empty_latent_width": 64, "empty_latent_height": 64, "seed": 42,
        "prepend_positive": ["20", 0], "prepend_negative": ["21", 0], "optional_lora_stack": ["22", 0]}),
    );
    let info = read(&default_graph(vec![
        ("4", loader),
        ("20", words("masterpiece,")),
        ("21", words("worst,")),
        (
            "22",
            node(
                "CR LoRA Stack",
                json!({"switch_1": "On", "lora_name_1": "snow.safetensors", "model_weight_1": 0.5, "clip_weight_1": 1.0, "switch_2": "Off", "lora_name_2": "off.safetensors", "model_weight_2": 1.0, "clip_weight_2": 1.0}),
            ),
        ),
        ("6", node("Reroute", json!({"": ["4", 2]}))),
        ("7", node("Reroute", json!({"": ["4", 3]}))),
        (
            "3",
            node(
                "ttN pipeKSampler_v2",
                json!({"pipe": ["4", 0], "lora_name": "None", "lora_strength": 1.0, "steps": 20, "cfg": 6.5, "sampler_name": "euler", "scheduler": "normal", "denoise": 1.0, "image_output": "Preview", "seed": 42}),
            ),
        ),
        ("9", node("SaveImage", json!({"images": ["3", 7]}))),
    ]));
    assert_eq!(prompts(&info), (Some("masterpiece, a fox"), Some("worst, blurry")));
    let mut loras: Vec<_> = info.loras.iter().map(|lora| (lora.name.as_str(), lora.weight)).collect();
    loras.sort_by_key(|(name, _)| *name);
    assert_eq!(loras, [("fur", Some(0.4)), ("snow.safetensors", Some(0.5))]);
}

#[test]
fn trigger_words_stand_before_the_text_they_are_linked_to() {
    let toggle = |inputs: Value| {
        let mut all = json!({"group_mode": true, "default_active": true, "orinalMessage": "snw style,, off word", "trigger_words": ["20", 2]});
        for (key, value) in inputs.as_object().unwrap() {
            all[key] = value.clone();
        }
        node("TriggerWord Toggle (LoraManager)", all)
    };
    let loader = node(
        "Lora Loader (LoraManager)",
        json!({"text": "<lora:snow:0.8>", "loras": {"__value__": [{"name": "snow", "strength": 0.8, "active": true}]}, "model": ["4", 0], "clip": ["4", 1]}),
    );
    let prompt = |toggle: Value| {
        let encoder = node(
            "Prompt (LoraManager)",
            json!({"text": "a fox", "clip": ["20", 1], "trigger_words2": ["22", 0], "trigger_words1": ["21", 0]}),
        );
        read(&default_graph(vec![
            ("6", encoder),
            ("20", loader.clone()),
            ("21", toggle),
            ("22", words("dawn")),
        ]))
        .prompt
    };
    let words =
        json!({"__value__": [{"text": "snw style", "active": true}, {"text": "off word", "active": false}]});
    assert_eq!(
        prompt(toggle(json!({"toggle_trigger_words": words}))).as_deref(),
        Some("snw style, dawn, a fox")
    );
    assert_eq!(prompt(toggle(json!({}))).as_deref(), Some("snw style,, off word, dawn, a fox"));
    let strong = json!([{"text": "snw style", "active": true, "strength": 1.2}]);
    let with_strength = toggle(json!({"toggle_trigger_words": strong, "allow_strength_adjustment": true}));
    assert_eq!(prompt(with_strength).as_deref(), Some("(snw style:1.20), dawn, a fox"));
}

#[test]
fn prompt_that_is_json_is_written_as_its_builder_writes_it() {
    let builder = node(
        "Ideogram4PromptBuilderKJ",
        json!({"width": 1024, "height": 1024, "high_level_description": "a fox", "background": "snow", "style": "photo", "style.photo": "35mm",
        "aesthetics": "calm", "lighting": "", "medium": "photograph", "style_palette_data": "[\"#ffeedd\"]",
        "elements_data": "[{\"x\": 0.1, \"y\": 0.25, \"w\": 0.5, \"h\": 0.5, \"type\": \"text\", \"text\": \"FOX\", \"desc\": \"a sign\", \"palette\": []}]",
        "import_mode": "when empty", "output_format": "compact"}),
    );
    let prompt = text_of(vec![("t", builder)]).unwrap();
    let expected = r##"{"high_level_description":"a fox","style_description":{"aesthetics":"calm","lighting":"","photo":"35mm","medium":"photograph","color_palette":["#FFEEDD"]},"compositional_deconstruction":{"background":"snow","elements":[{"type":"text","bbox":[250,100,750,600],"text":"FOX","desc":"a sign"}]}}"##;
    assert_eq!(prompt, expected);
}

#[test]
fn what_the_saver_wrote_counts_where_nodes_do_not_say_what_they_made() {
    let saved = "a red fox\nNegative prompt: blurry\nSteps: 20, Sampler: Euler, CFG scale: 6.5, Seed: 42, Size: 832x1216, Model: mix, Version: ComfyUI";
    let unresolved = [
        node("DPRandomGenerator", json!({"text": "a {red|blue} fox", "seed": 3, "autorefresh": "Yes"})),
        node("DPCombinatorialGenerator", json!({"text": "a __colour__ fox", "seed": 3})),
        node(
            "ImpactWildcardProcessor",
            json!({"wildcard_text": "a {red|blue} fox", "populated_text": "", "mode": "populate", "seed": 1}),
        ),
        node("OllamaGenerateV2", json!({"prompt": "Describe a fox", "system": "You write prompts."})),
        node(
            "GoogleTranslateTextNode",
            json!({"text": "ein roter Fuchs", "from_translate": "auto", "to_translate": "en"}),
        ),
        node(
            "SDXLPromptStyler",
            json!({"text_positive": "a fox", "text_negative": "", "style": "sai-anime"}),
        ),
        node("Somebody's Own Node", json!({"text_in": ["20", 0], "magic": 3})),
        node("RegexReplace", json!({"string": "a blue fox", "regex_pattern": "b.*e", "replace": "red"})),
    ];
    for text in unresolved {
        let changes = vec![
            ("6", node("CLIPTextEncode", json!({"text": ["t", 0], "clip": ["4", 1]}))),
            ("t", text.clone()),
            ("20", words("a fox")),
        ];
        let info = read_with(&default_graph(changes), Some(saved));
        assert_eq!(prompts(&info), (Some("a red fox"), Some("blurry")), "{text}");
        assert_eq!(
            (info.tool.id(), info.sampler.as_deref(), info.model.as_deref()),
            ("comfyui", Some("euler"), Some("mix.safetensors")),
            "{text}"
        );
    }
    // Where the graph states a value, the graph takes precedence.
    let wrong = "unknown\nNegative prompt: other\nSteps: 9, Sampler: LCM, CFG scale: 1, Seed: 0, Size: 1x1, Model: other, Version: ComfyUI";
    let info = read_with(&default_graph(vec![]), Some(wrong));
    assert_eq!(
        (prompts(&info), info.seed.as_deref(), info.steps),
        ((Some("a fox"), Some("blurry")), Some("42"), Some(20))
    );
    // A graph without a negative prompt had none.
    let zero = ("7", node("ConditioningZeroOut", json!({"conditioning": ["6", 0]})));
    assert_eq!(read_with(&default_graph(vec![zero]), Some(saved)).negative_prompt, None);
}

#[test]
fn template_in_a_drawn_graph_is_no_prompt_that_was_used() {
    let drawn = json!({"nodes": [
        {"id": 3, "type": "KSampler", "inputs": [{"name": "positive", "link": 1}, {"name": "model", "link": 2}], "widgets_values": [42, "fixed", 20, 6.5, "euler", "normal", 1.0]},
        {"id": 6, "type": "CLIPTextEncode", "inputs": [], "widgets_values": ["a {red|blue} fox"]},
        {"id": 4, "type": "CheckpointLoaderSimple", "inputs": [], "widgets_values": ["mix.safetensors"]},
        {"id": 9, "type": "SaveImage", "inputs": [{"name": "images", "link": 3}], "widgets_values": ["x"]},
    ], "links": [[1, 6, 0, 3, 1, "CONDITIONING"], [2, 4, 0, 3, 0, "MODEL"], [3, 3, 0, 9, 0, "IMAGE"]]});
    let saved =
        "a red fox\nSteps: 20, Sampler: Euler, CFG scale: 6.5, Seed: 42, Size: 832x1216, Version: ComfyUI";
    let png = a_png().text("workflow", drawn.to_string().as_bytes());
    let info = metadata::read(&png.text("parameters", saved.as_bytes()).end()).info.unwrap();
    assert_eq!((info.prompt.as_deref(), info.model.as_deref()), (Some("a red fox"), Some("mix.safetensors")));
}

#[test]
fn node_of_a_service_made_the_picture_whether_it_has_a_seed_or_not() {
    let services = [
        (
            "KlingImageGenerationNode",
            json!({"prompt": "a fox", "negative_prompt": "blurry", "model_name": "kling-v2", "aspect_ratio": "16:9", "n": 1}),
            Some("kling-v2"),
            None,
        ),
        (
            "OpenAIGPTImageNodeV2",
            json!({"prompt": ["2", 0], "model": "gpt-image-2", "model.size": "auto", "n": 1, "model.negative_prompt": "blurry"}),
            Some("gpt-image-2"),
            None,
        ),
        (
            "ByteDanceSeedreamNode",
            json!({"model": "seedream-5", "model.prompt": "a fox", "model.seed": 9, "model.width": 1024, "model.height": 512, "negative_prompt": "blurry"}),
            Some("seedream-5"),
            Some("9"),
        ),
        (
            "RunwayTextToImageNode",
            json!({"prompt": "a fox", "ratio": "16:9", "negative_prompt": "blurry"}),
            None,
            None,
        ),
        (
            "JanusImageGeneration",
            json!({"model": ["3", 0], "prompt": "a fox", "seed": 5, "negative_prompt": "blurry"}),
            None,
            Some("5"),
        ),
    ];
    for (class, inputs, model, seed) in services {
        let info = read(&json!({
            "1": node(class, inputs),
            "2": words("a fox"),
            "3": node("JanusModelLoader", json!({"x": 1})),
            "4": node("ImageScaleBy", json!({"image": ["1", 0], "scale_by": 2.0})),
            "5": node("SaveImage", json!({"images": ["4", 0], "filename_prefix": "x"})),
        }));
        assert_eq!(prompts(&info), (Some("a fox"), Some("blurry")), "{class}");
        assert_eq!((info.model.as_deref(), info.seed.as_deref()), (model, seed), "{class}");
    }
}

#[test]
fn node_that_looks_for_something_in_a_picture_did_not_make_it() {
    let info = read(&json!({
        "1": node("LoadImage", json!({"image": "in.png"})),
        "2": node("GroundingDinoSAMSegment (segment anything)", json!({"prompt": "face", "threshold": 0.3, "image": ["1", 0]})),
        "3": node("SaveImage", json!({"images": ["2", 0]})),
    }));
    assert_eq!(info.prompt, None);
}

#[test]
fn stacks_of_loras_are_followed_through_inputs_of_any_name() {
    let stack = |name: &str, next: &str, input: &str| {
        let mut inputs = json!({"toggle": true, "mode": "simple", "num_loras": 1, "lora_1_name": name, "lora_1_strength": 0.5, "lora_1_model_strength": 1.0, "lora_1_clip_strength": 1.0});
        if !next.is_empty() {
            inputs[input] = link(next);
        }
        node("easy loraStack", inputs)
    };
    for input in
        ["optional_lora_stack", "opt_lora_stack", "lora_stack", "LORA_STACK", "prev_lora", "lora_stack_1"]
    {
        let mut loader = json!({"ckpt_name": "mix.safetensors", "positive": "a fox", "negative": "blurry", "clip_skip": -1});
        loader[input] = link("20");
        let info = read(&default_graph(vec![
            ("4", node("Efficient Loader", loader)),
            ("20", stack("a.safetensors", "21", input)),
            ("21", stack("b.safetensors", "22", input)),
            ("22", stack("c.safetensors", "", "")),
            ("23", stack("unused.safetensors", "20", input)),
        ]));
        let names: Vec<&str> = info.loras.iter().map(|lora| lora.name.as_str()).collect();
        assert_eq!(names, ["a.safetensors", "b.safetensors", "c.safetensors"], "{input}");
    }
}

/// Returns a node as the editor writes it. Inputs and outputs are names with types; inputs also have links.
fn drawn(
    id: u64,
    class: &str,
    mode: u64,
    inputs: &[(&str, &str, u64)],
    outputs: &[(&str, &str)],
    widgets: Value,
) -> Value {
    let inputs: Vec<Value> =
        inputs.iter().map(|(name, kind, link)| json!({"name": name, "type": kind, "link": link})).collect();
    let outputs: Vec<Value> =
        outputs.iter().map(|(name, kind)| json!({"name": name, "type": kind})).collect();
    json!({"id": id, "type": class, "mode": mode, "inputs": inputs, "outputs": outputs, "widgets_values": widgets})
}

/// Returns a drawn graph with something between the loader and the sampler, and between the prompts and the
/// sampler.
fn drawn_graph(between: Vec<Value>, definitions: Value) -> GenerationData {
    let mut nodes = vec![
        drawn(
            3,
            "KSampler",
            0,
            &[
                ("model", "MODEL", 1),
                ("positive", "CONDITIONING", 2),
                ("negative", "CONDITIONING", 3),
                ("latent_image", "LATENT", 4),
            ],
            &[],
            json!([42, "fixed", 20, 6.5, "euler", "normal", 1.0]),
        ),
        drawn(
            4,
            "CheckpointLoaderSimple",
            0,
            &[],
            &[("MODEL", "MODEL"), ("CLIP", "CLIP")],
            json!(["mix.safetensors"]),
        ),
        drawn(5, "EmptyLatentImage", 0, &[], &[("LATENT", "LATENT")], json!([832, 1216, 1])),
        drawn(6, "CLIPTextEncode", 0, &[], &[("CONDITIONING", "CONDITIONING")], json!(["a fox"])),
        drawn(7, "CLIPTextEncode", 0, &[], &[("CONDITIONING", "CONDITIONING")], json!(["blurry"])),
        drawn(9, "SaveImage", 0, &[("images", "IMAGE", 5)], &[], json!(["x"])),
    ];
    nodes.extend(between);
    let links = json!([
        [1, 20, 0, 3, 0, "MODEL"],
        [2, 21, 0, 3, 1, "CONDITIONING"],
        [3, 21, 1, 3, 2, "CONDITIONING"],
        [4, 5, 0, 3, 3, "LATENT"],
        [5, 3, 0, 9, 0, "IMAGE"],
        [6, 4, 0, 20, 0, "MODEL"],
        [7, 4, 1, 20, 1, "CLIP"],
        [8, 6, 0, 21, 0, "CONDITIONING"],
        [9, 7, 0, 21, 1, "CONDITIONING"],
        [10, 22, 0, 21, 2, "CONTROL_NET"]
    ]);
    let drawn = json!({"nodes": nodes, "links": links, "definitions": {"subgraphs": definitions}});
    metadata::read(&a_png().text("workflow", drawn.to_string().as_bytes()).end()).info.unwrap()
}

fn control(mode: u64) -> Value {
    drawn(
        21,
        "ControlNetApplyAdvanced",
        mode,
        &[
            ("positive", "CONDITIONING", 8),
            ("negative", "CONDITIONING", 9),
            ("control_net", "CONTROL_NET", 10),
        ],
        &[("positive", "CONDITIONING"), ("negative", "CONDITIONING")],
        json!([1.0, 0.0, 1.0]),
    )
}

const BYPASSED: u64 = 4;
const MUTED: u64 = 2;

#[test]
fn bypassed_nodes_hand_on_what_they_are_given_and_did_nothing() {
    let lora = |mode| {
        drawn(
            20,
            "LoraLoader",
            mode,
            &[("model", "MODEL", 6), ("clip", "CLIP", 7)],
            &[("MODEL", "MODEL"), ("CLIP", "CLIP")],
            json!(["snow.safetensors", 0.8, 1.0]),
        )
    };
    for mode in [0, BYPASSED] {
        let info = drawn_graph(vec![lora(mode), control(mode)], json!([]));
        assert_eq!(prompts(&info), (Some("a fox"), Some("blurry")));
        assert_eq!((info.model.as_deref(), info.seed.as_deref()), (Some("mix.safetensors"), Some("42")));
        assert_eq!(info.loras.len(), usize::from(mode == 0));
    }
    // Several nodes in a row were bypassed, including the one that saves.
    let info = drawn_graph(
        vec![
            lora(BYPASSED),
            control(BYPASSED),
            drawn(30, "SaveImage", BYPASSED, &[("images", "IMAGE", 5)], &[], json!([])),
        ],
        json!([]),
    );
    assert_eq!(info.seed.as_deref(), Some("42"));
}

#[test]
fn what_is_in_a_muted_or_bypassed_subgraph_did_not_run() {
    let inside = |kind: &str| {
        json!([{"id": "sub", "inputs": [{"name": "model", "type": "MODEL"}, {"name": "clip", "type": "CLIP"}],
            "outputs": [{"name": "MODEL", "type": "MODEL"}],
            "nodes": [drawn(70, kind, 0, &[("model", "MODEL", 1)], &[("MODEL", "MODEL")], json!(["inner.safetensors", 1.0]))],
            "links": [{"id": 1, "origin_id": -10, "origin_slot": 0, "target_id": 70, "target_slot": 0, "type": "MODEL"}, {"id": 2, "origin_id": 70, "origin_slot": 0, "target_id": -20, "target_slot": 0, "type": "MODEL"}]}])
    };
    let sub = |mode| {
        drawn(
            20,
            "sub",
            mode,
            &[("model", "MODEL", 6), ("clip", "CLIP", 7)],
            &[("MODEL", "MODEL")],
            json!([]),
        )
    };
    let loras = |mode| drawn_graph(vec![sub(mode), control(0)], inside("LoraLoaderModelOnly")).loras.len();
    assert_eq!((loras(0), loras(BYPASSED), loras(MUTED)), (1, 0, 0));
    // A subgraph inside a bypassed subgraph did not run either.
    let mut nested = inside("other");
    let mut other = inside("LoraLoaderModelOnly")[0].clone();
    other["id"] = json!("other");
    nested.as_array_mut().unwrap().push(other);
    let loras = |mode| drawn_graph(vec![sub(mode), control(0)], nested.clone()).loras.len();
    assert_eq!((loras(0), loras(BYPASSED)), (1, 0));
}

#[test]
fn preview_counts_where_the_saver_was_muted() {
    let drawn_graph = |mode: u64| {
        let drawn = json!({"nodes": [
            drawn(3, "KSampler", 0, &[("model", "MODEL", 1)], &[("LATENT", "LATENT")], json!([42, "fixed", 20, 6.5, "euler", "normal", 1.0])),
            drawn(8, "PreviewImage", 0, &[("images", "IMAGE", 2)], &[], json!([])),
            drawn(4, "LoadImage", 0, &[], &[("IMAGE", "IMAGE")], json!(["in.png"])),
            drawn(9, "SaveImage", mode, &[("images", "IMAGE", 3)], &[], json!([])),
        ], "links": [[2, 3, 0, 8, 0, "IMAGE"], [3, 4, 0, 9, 0, "IMAGE"]]});
        metadata::read(&a_png().text("workflow", drawn.to_string().as_bytes()).end()).info.unwrap().seed
    };
    assert_eq!((drawn_graph(0), drawn_graph(MUTED).as_deref()), (None, Some("42")));
}

#[test]
fn each_output_of_a_node_with_several_texts_is_its_own_input() {
    let texts = json!({"text": "a wolf", "text_b": "a fox", "text_c": "an owl", "text_d": ""});
    for (slot, expected) in [(0, "a wolf"), (1, "a fox"), (2, "an owl")] {
        let encoder = node("CLIPTextEncode", json!({"text": ["t", slot], "clip": ["4", 1]}));
        let graph = default_graph(vec![("6", encoder), ("t", node("Text String", texts.clone()))]);
        assert_eq!(read(&graph).prompt.as_deref(), Some(expected), "{slot}");
    }
}

#[test]
fn a_pattern_that_cannot_be_computed_leaves_the_word_to_the_saver() {
    let pattern = |pattern: &str| {
        node("RegexReplace", json!({"string": "a fox", "regex_pattern": pattern, "replace": "owl"}))
    };
    for odd in ["(?<=a )fox", "(fox", &"a{1000}".repeat(200)] {
        let encoder = node("CLIPTextEncode", json!({"text": link("t"), "clip": ["4", 1]}));
        let graph = default_graph(vec![("6", encoder), ("t", pattern(odd))]);
        let saved = "an owl\nNegative prompt: blurry\nSteps: 20, Sampler: Euler, CFG scale: 6.5, Seed: 42, Size: 832x1216";
        assert_eq!(read_with(&graph, Some(saved)).prompt.as_deref(), Some("an owl"), "{odd:.20}");
    }
}
