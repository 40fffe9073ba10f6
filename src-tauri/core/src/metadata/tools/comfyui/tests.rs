//! Small graphs, each with one feature of real ones.
#![expect(clippy::needless_pass_by_value, reason = "JSON written in place reads better without references")]

use serde_json::json;

use super::*;
use crate::metadata::info::Lora;
use crate::metadata::never;

fn read_run(graph: &Value) -> GenerationData {
    let budget = Budget::of(0, &never);
    describe(&run_graph(Cow::Borrowed(graph), &budget).unwrap()).info.tidy(&budget)
}

fn read_drawn(graph: &Value) -> GenerationData {
    let budget = Budget::of(0, &never);
    describe(&workflow::graph(graph, &budget).unwrap()).info.tidy(&budget)
}

fn node(class: &str, inputs: Value) -> Value {
    json!({"class_type": class, "inputs": inputs})
}

#[test]
fn the_drawing_says_which_interface_drew_it_and_a_text_in_it_does_not() {
    let drawing = |extra: Value| json!({"nodes": [{"widgets_values": ["say \"frontendVersion\":\"9\""]}], "extra": extra});
    for spaced in [true, false] {
        let written = |value: Value| {
            if spaced { serde_json::to_string_pretty(&value).unwrap() } else { value.to_string() }
        };
        let drawn = written(drawing(json!({"ds": {}, "frontendVersion": "1.16.8"})));
        assert_eq!(drawn_by(&drawn).as_deref(), Some("1.16.8"));
        assert_eq!(drawn_by(&written(drawing(json!({"ds": {}})))), None);
        assert_eq!(drawn_by(&written(drawing(json!({"frontendVersion": 3})))), None);
        assert_eq!(drawn_by(&written(drawing(json!({"frontendVersion": "x".repeat(65)})))), None);
    }
}

/// Returns the default graph of `ComfyUI`, to which tests add or replace nodes.
fn default_graph(changes: Value) -> Value {
    let mut graph = json!({
        "3": node("KSampler", json!({"seed": 18_446_744_073_709_551_615_u64, "steps": 20, "cfg": 8.0, "sampler_name": "euler",
            "scheduler": "normal", "denoise": 1.0, "model": ["4", 0], "positive": ["6", 0], "negative": ["7", 0],
            "latent_image": ["5", 0]})),
        "4": node("CheckpointLoaderSimple", json!({"ckpt_name": "base.safetensors"})),
        "5": node("EmptyLatentImage", json!({"width": 512, "height": 768, "batch_size": 1})),
        "6": node("CLIPTextEncode", json!({"text": "a fox", "clip": ["4", 1]})),
        "7": node("CLIPTextEncode", json!({"text": "blurry", "clip": ["4", 1]})),
        "8": node("VAEDecode", json!({"samples": ["3", 0], "vae": ["4", 2]})),
        "9": node("SaveImage", json!({"filename_prefix": "ComfyUI", "images": ["8", 0]})),
    });
    for (id, node) in changes.as_object().unwrap() {
        graph[id] = node.clone();
    }
    graph
}

fn with_sampler(changes: Value, inputs: Value) -> Value {
    let mut graph = default_graph(changes);
    for (key, value) in inputs.as_object().unwrap() {
        graph["3"]["inputs"][key] = value.clone();
    }
    graph
}

#[test]
fn the_default_graph_gives_every_field() {
    let info = read_run(&default_graph(json!({})));
    assert_eq!((info.prompt.as_deref(), info.negative_prompt.as_deref()), (Some("a fox"), Some("blurry")));
    assert_eq!(
        (info.seed.as_deref(), info.steps, info.cfg),
        (Some("18446744073709551615"), Some(20), Some(8.0))
    );
    assert_eq!((info.sampler.as_deref(), info.scheduler.as_deref()), (Some("euler"), Some("normal")));
    assert_eq!(
        (info.model.as_deref(), info.size, info.denoise),
        (Some("base.safetensors"), Some((512, 768)), Some(1.0))
    );
}

#[test]
fn a_node_with_both_sides_is_left_by_the_side_it_was_entered_by() {
    let control = node(
        "ControlNetApplyAdvanced",
        json!({"positive": ["6", 0], "negative": ["7", 0], "control_net": ["11", 0], "image": ["12", 0], "strength": 0.8}),
    );
    let info = read_run(&with_sampler(
        json!({"10": control, "12": node("LoadImage", json!({"image": "pose.png"}))}),
        json!({"positive": ["10", 0], "negative": ["10", 1]}),
    ));
    assert_eq!((info.prompt.as_deref(), info.negative_prompt.as_deref()), (Some("a fox"), Some("blurry")));
    assert_eq!(info.extra["inputs"], json!(["pose.png"]));
}

#[test]
fn a_zeroed_conditioning_is_no_negative_prompt() {
    let zero = node("ConditioningZeroOut", json!({"conditioning": ["6", 0]}));
    let info = read_run(&with_sampler(json!({"10": zero}), json!({"negative": ["10", 0]})));
    assert_eq!((info.prompt.as_deref(), info.negative_prompt), (Some("a fox"), None));
}

#[test]
fn combined_conditionings_are_joined_in_order() {
    let info = read_run(&with_sampler(
        json!({
            "10": node("ConditioningCombine", json!({"conditioning_1": ["11", 0], "conditioning_2": ["6", 0]})),
            "11": node("ConditioningSetArea", json!({"width": 8, "height": 8, "conditioning": ["12", 0]})),
            "12": node("CLIPTextEncode", json!({"text": "sky", "clip": ["4", 1]})),
        }),
        json!({"positive": ["10", 0]}),
    ));
    assert_eq!(info.prompt.as_deref(), Some("sky\na fox"));
}

#[test]
fn texts_numbers_and_seeds_are_found_behind_links() {
    let info = read_run(&with_sampler(
        json!({
            "6": node("CLIPTextEncode", json!({"text": ["20", 0], "clip": ["4", 1]})),
            "20": node("StringConcatenate", json!({"string_a": ["21", 0], "string_b": "in snow", "delimiter": ", "})),
            "21": node("PrimitiveStringMultiline", json!({"value": "a linked fox"})),
            "22": node("CR Seed", json!({"seed": 9_007_199_254_740_993_u64})),
            "23": node("PrimitiveInt", json!({"value": 33})),
        }),
        json!({"seed": ["22", 0], "steps": ["23", 0]}),
    ));
    assert_eq!(info.prompt.as_deref(), Some("a linked fox, in snow"));
    assert_eq!((info.seed.as_deref(), info.steps), (Some("9007199254740993"), Some(33)));
}

#[test]
fn a_switch_lets_only_one_text_through() {
    let switch = |on: bool| {
        default_graph(json!({
            "6": node("CLIPTextEncode", json!({"text": ["20", 0], "clip": ["4", 1]})),
            "20": node("ComfySwitchNode", json!({"switch": on, "on_true": ["21", 0], "on_false": ["22", 0]})),
            "21": node("PrimitiveString", json!({"value": "yes"})),
            "22": node("PrimitiveString", json!({"value": "no"})),
        }))
    };
    assert_eq!(read_run(&switch(true)).prompt.as_deref(), Some("yes"));
    assert_eq!(read_run(&switch(false)).prompt.as_deref(), Some("no"));
}

#[test]
fn the_base_model_is_named_past_loras_and_patches() {
    let info = read_run(&with_sampler(
        json!({
            "10": node("ModelSamplingSD3", json!({"shift": 3.0, "model": ["11", 0]})),
            "11": node("LoraLoader", json!({"lora_name": "snow.safetensors", "strength_model": 0.7, "strength_clip": 1.0, "model": ["12", 0], "clip": ["4", 1]})),
            "12": node("Power Lora Loader (rgthree)", json!({"lora_1": {"on": true, "lora": "fur.safetensors", "strength": 0.4},
                "lora_2": {"on": false, "lora": "off.safetensors", "strength": 1.0}, "model": ["4", 0]})),
        }),
        json!({"model": ["10", 0]}),
    ));
    assert_eq!(info.model.as_deref(), Some("base.safetensors"));
    let loras: Vec<_> = info.loras.iter().map(|lora| (lora.name.as_str(), lora.weight)).collect();
    assert_eq!(loras, [("snow.safetensors", Some(0.7)), ("fur.safetensors", Some(0.4))]);
}

#[test]
fn the_parts_of_an_advanced_sampler_are_put_together() {
    let info = read_run(&json!({
        "1": node("SaveImage", json!({"images": ["2", 0]})),
        "2": node("VAEDecode", json!({"samples": ["3", 0], "vae": ["14", 0]})),
        "3": node("SamplerCustomAdvanced", json!({"noise": ["4", 0], "guider": ["5", 0], "sampler": ["6", 0], "sigmas": ["7", 0], "latent_image": ["8", 0]})),
        "4": node("RandomNoise", json!({"noise_seed": 42})),
        "5": node("BasicGuider", json!({"model": ["9", 0], "conditioning": ["10", 0]})),
        "6": node("KSamplerSelect", json!({"sampler_name": "euler"})),
        "7": node("SplitSigmas", json!({"sigmas": ["13", 0], "step": 3})),
        "8": node("EmptySD3LatentImage", json!({"width": 1024, "height": 1024})),
        "9": node("UNETLoader", json!({"unet_name": "flux1-dev.safetensors"})),
        "10": node("FluxGuidance", json!({"guidance": 3.5, "conditioning": ["11", 0]})),
        "11": node("CLIPTextEncodeFlux", json!({"clip_l": "fox", "t5xxl": "a red fox", "guidance": 2.0, "clip": ["12", 0]})),
        "13": node("BasicScheduler", json!({"scheduler": "simple", "steps": 24, "denoise": 1.0, "model": ["9", 0]})),
        "14": node("VAELoader", json!({"vae_name": "ae.safetensors"})),
    }));
    assert_eq!((info.prompt.as_deref(), info.negative_prompt), (Some("a red fox"), None));
    assert_eq!((info.seed.as_deref(), info.steps, info.cfg), (Some("42"), Some(24), None));
    assert_eq!((info.sampler.as_deref(), info.scheduler.as_deref()), (Some("euler"), Some("simple")));
    assert_eq!(
        (info.model.as_deref(), info.vae.as_deref()),
        (Some("flux1-dev.safetensors"), Some("ae.safetensors"))
    );
    assert_eq!((&info.extra["guidance"], info.size), (&json!(3.5), Some((1024, 1024))));
}

#[test]
fn of_several_samplers_the_one_that_starts_empty_is_the_base_and_the_others_are_kept() {
    let info = read_run(&default_graph(json!({
        "9": node("SaveImage", json!({"images": ["32", 0]})),
        "30": node("LatentUpscale", json!({"samples": ["3", 0], "width": 1024, "height": 1536})),
        "31": node("KSampler", json!({"seed": 5, "steps": 9, "cfg": 6.0, "sampler_name": "dpmpp_2m", "scheduler": "karras", "denoise": 0.5,
            "model": ["4", 0], "positive": ["6", 0], "negative": ["7", 0], "latent_image": ["30", 0]})),
        "32": node("VAEDecode", json!({"samples": ["31", 0], "vae": ["4", 2]})),
        "40": node("KSampler", json!({"seed": 6, "steps": 1, "cfg": 1.0, "sampler_name": "ddim", "scheduler": "normal", "denoise": 1.0,
            "model": ["4", 0], "positive": ["6", 0], "negative": ["7", 0], "latent_image": ["5", 0]})),
    })));
    assert_eq!((info.steps, info.sampler.as_deref(), info.size), (Some(20), Some("euler"), Some((512, 768))));
    let pass = json!({"node": "KSampler", "seed": "5", "steps": 9, "cfg": 6.0, "sampler": "dpmpp_2m", "scheduler": "karras", "denoise": 0.5});
    assert_eq!(info.extra["passes"], json!([pass]), "the sampler that nothing is saved of does not count");
}

#[test]
fn a_graph_with_cycles_and_missing_nodes_is_read_as_far_as_it_goes() {
    let info = read_run(&with_sampler(
        json!({
            "10": node("ConditioningCombine", json!({"conditioning_1": ["10", 0], "conditioning_2": ["11", 0]})),
            "11": node("ConditioningSetMask", json!({"conditioning": ["10", 0]})),
            "5": node("LatentUpscale", json!({"samples": ["3", 0]})),
        }),
        json!({"positive": ["10", 0], "model": ["404", 0]}),
    ));
    assert_eq!((info.prompt, info.model, info.steps), (None, None, Some(20)));
    assert_eq!(info.negative_prompt.as_deref(), Some("blurry"));
}

#[test]
fn nodes_of_subgraphs_and_nodes_with_names_are_found_by_their_ids() {
    let mut graph = default_graph(json!({}));
    graph["57:4"] = node("CheckpointLoaderSimple", json!({"ckpt_name": "sub.safetensors"}));
    graph["words"] = node("CLIPTextEncode", json!({"text": "named", "clip": ["57:4", 1]}));
    graph["3"]["inputs"]["model"] = json!(["57:4", 0]);
    graph["3"]["inputs"]["positive"] = json!(["words", 0]);
    let info = read_run(&graph);
    assert_eq!((info.prompt.as_deref(), info.model.as_deref()), (Some("named"), Some("sub.safetensors")));
}

#[test]
fn a_pipe_carries_both_sides_apart() {
    let info = read_run(&with_sampler(
        json!({
            "3": node("KSampler (pipe)", json!({"seed": 1, "steps": 4, "cfg": 2.0, "sampler_name": "lcm", "scheduler": "normal", "denoise": 1.0, "basic_pipe": ["10", 0], "latent_image": ["5", 0]})),
            "10": node("ToBasicPipe", json!({"model": ["4", 0], "clip": ["4", 1], "vae": ["4", 2], "positive": ["6", 0], "negative": ["7", 0]})),
        }),
        json!({}),
    ));
    assert_eq!((info.prompt.as_deref(), info.negative_prompt.as_deref()), (Some("a fox"), Some("blurry")));
    assert_eq!(info.model.as_deref(), Some("base.safetensors"));
}

#[test]
fn wan_video_nodes_are_understood() {
    let info = read_run(&json!({
        "1": node("VHS_VideoCombine", json!({"images": ["2", 0]})),
        "2": node("WanVideoDecode", json!({"samples": ["3", 0]})),
        "3": node("WanVideoSampler", json!({"model": ["4", 0], "text_embeds": ["5", 0], "steps": 30, "cfg": 6.0, "seed": 77, "scheduler": "unipc"})),
        "4": node("WanVideoModelLoader", json!({"model": "wan2.1.safetensors", "base_precision": "fp16"})),
        "5": node("WanVideoTextEncode", json!({"positive_prompt": "a running fox", "negative_prompt": "static", "t5": ["6", 0]})),
    }));
    assert_eq!(
        (info.prompt.as_deref(), info.negative_prompt.as_deref()),
        (Some("a running fox"), Some("static"))
    );
    assert_eq!((info.model.as_deref(), info.sampler.as_deref()), (Some("wan2.1.safetensors"), Some("unipc")));
    assert_eq!(info.seed.as_deref(), Some("77"));
}

/// Returns a node as the editor writes it. Inputs are names with their links.
fn drawn(id: u64, class: &str, inputs: &[(&str, Option<u64>)], widgets: Value) -> Value {
    let inputs: Vec<Value> = inputs.iter().map(|(name, link)| json!({"name": name, "link": link})).collect();
    json!({"id": id, "type": class, "mode": 0, "inputs": inputs, "widgets_values": widgets})
}

#[test]
fn a_picture_with_only_the_drawn_graph_is_read_too() {
    let info = read_drawn(&json!({
        "nodes": [
            drawn(3, "KSampler", &[("model", Some(1)), ("positive", Some(2)), ("negative", Some(3)), ("latent_image", Some(4))],
                json!([123, "randomize", 20, 7.5, "euler", "karras", 1.0])),
            drawn(4, "CheckpointLoaderSimple", &[], json!(["base.safetensors"])),
            drawn(5, "EmptyLatentImage", &[], json!([640, 480, 1])),
            drawn(6, "CLIPTextEncode", &[("clip", Some(5))], json!(["a fox"])),
            drawn(7, "CLIPTextEncode", &[("clip", Some(6))], json!(["blurry"])),
            drawn(8, "VAEDecode", &[("samples", Some(7))], json!([])),
            drawn(9, "SaveImage", &[("images", Some(8))], json!(["ComfyUI"])),
        ],
        "links": [[1, 4, 0, 3, 0, "MODEL"], [2, 6, 0, 3, 1, "CONDITIONING"], [3, 7, 0, 3, 2, "CONDITIONING"], [4, 5, 0, 3, 3, "LATENT"],
            [5, 4, 1, 6, 0, "CLIP"], [6, 4, 1, 7, 0, "CLIP"], [7, 3, 0, 8, 0, "LATENT"], [8, 8, 0, 9, 0, "IMAGE"]],
    }));
    assert_eq!((info.prompt.as_deref(), info.negative_prompt.as_deref()), (Some("a fox"), Some("blurry")));
    assert_eq!(
        (info.seed.as_deref(), info.steps, info.cfg, info.size),
        (Some("123"), Some(20), Some(7.5), Some((640, 480)))
    );
    assert_eq!(
        (info.model.as_deref(), info.scheduler.as_deref()),
        (Some("base.safetensors"), Some("karras"))
    );
}

#[test]
fn a_subgraph_in_a_drawn_graph_is_written_out_even_before_what_it_needs() {
    let info = read_drawn(&json!({
        "nodes": [
            drawn(1, "sub-uuid", &[("text", Some(1))], json!([])),
            drawn(2, "PrimitiveString", &[], json!(["outer fox"])),
            drawn(3, "PreviewImage", &[("images", Some(2))], json!([])),
        ],
        "links": [[1, 2, 0, 1, 0, "STRING"], [2, 1, 0, 3, 0, "IMAGE"]],
        "definitions": {"subgraphs": [{
            "id": "sub-uuid",
            "inputs": [{"name": "text"}, {"name": "seed"}],
            "nodes": [
                drawn(6, "CLIPTextEncode", &[("text", Some(1))], json!([""])),
                drawn(7, "KSampler", &[("positive", Some(2)), ("seed", Some(4))], json!([9, "fixed", 12, 1.0, "euler", "simple", 1.0])),
                drawn(8, "CheckpointLoaderSimple", &[], json!(["inner.safetensors"])),
            ],
            "links": [
                {"id": 1, "origin_id": -10, "origin_slot": 0, "target_id": 6, "target_slot": 0},
                {"id": 2, "origin_id": 6, "origin_slot": 0, "target_id": 7, "target_slot": 0},
                {"id": 3, "origin_id": 7, "origin_slot": 0, "target_id": -20, "target_slot": 0},
                {"id": 4, "origin_id": -10, "origin_slot": 1, "target_id": 7, "target_slot": 1},
            ],
        }]},
    }));
    assert_eq!(
        (info.prompt.as_deref(), info.seed.as_deref(), info.steps),
        (Some("outer fox"), Some("9"), Some(12))
    );
}

#[test]
fn subgraphs_that_contain_each_other_end() {
    let inside = |other: &str| {
        json!([
            drawn(1, other, &[], json!([])),
            drawn(2, other, &[], json!([])),
            drawn(3, "X", &[], json!([]))
        ])
    };
    let graph = json!({
        "nodes": inside("a"), "links": [],
        "definitions": {"subgraphs": [{"id": "a", "nodes": inside("b"), "links": []}, {"id": "b", "nodes": inside("a"), "links": []}]},
    });
    let budget = crate::metadata::budget::Budget::of(1 << 20, &crate::metadata::budget::never);
    assert!(workflow::graph(&graph, &budget).is_some_and(|graph| graph.len() <= MAX_NODES));
}

#[test]
fn an_any_switch_lets_the_first_input_through_that_is_there() {
    let first =
        |from: u32| json!({"any_02": [from.to_string(), 0], "any_03": ["404", 0], "any_05": ["24", 0]});
    let info = read_run(&with_sampler(
        json!({
            "6": node("CLIPTextEncode", json!({"text": ["20", 0], "clip": ["4", 1]})),
            "20": node("Any Switch (rgthree)", json!({"any_01": ["21", 0], "any_02": ["22", 0]})),
            "21": node("PrimitiveString", json!({"value": "a chosen fox"})),
            "22": node("PrimitiveString", json!({"value": "an owl"})),
            "23": node("Any Switch (rgthree)", first(4)),
            "24": node("UNETLoader", json!({"unet_name": "unused.safetensors"})),
        }),
        json!({"model": ["23", 0]}),
    ));
    assert_eq!(info.prompt.as_deref(), Some("a chosen fox"));
    assert_eq!((info.model.as_deref(), info.extra.get("models")), (Some("base.safetensors"), None));
}

#[test]
fn a_switch_of_texts_it_holds_itself_lets_one_through() {
    let info = read_run(&default_graph(json!({
        "6": node("CLIPTextEncode", json!({"text": ["20", 0], "clip": ["4", 1]})),
        "20": node("easy textSwitch", json!({"input": 2, "text1": "an owl", "text2": "a fox"})),
    })));
    assert_eq!(info.prompt.as_deref(), Some("a fox"));
}

#[test]
fn a_context_hands_on_what_it_does_not_replace() {
    let info = read_run(&with_sampler(
        json!({
            "20": node("Context Big (rgthree)", json!({"base_ctx": ["21", 0], "model": ["23", 0]})),
            "21": node("Context Switch (rgthree)", json!({"ctx_01": ["22", 0], "ctx_02": ["25", 0]})),
            "22": node("Context (rgthree)", json!({"model": ["4", 0], "positive": ["6", 0], "negative": ["7", 0]})),
            "23": node("UNETLoader", json!({"unet_name": "later.safetensors"})),
            "24": node("CLIPTextEncode", json!({"text": "an owl"})),
            "25": node("Context (rgthree)", json!({"positive": ["24", 0]})),
        }),
        json!({"model": ["20", 1], "positive": ["20", 4], "negative": ["20", 5]}),
    ));
    assert_eq!((info.prompt.as_deref(), info.negative_prompt.as_deref()), (Some("a fox"), Some("blurry")));
    assert_eq!((info.model.as_deref(), info.extra.get("models")), (Some("later.safetensors"), None));
}

#[test]
fn an_encoder_with_fields_for_sdxl_that_are_empty_is_read_by_its_text() {
    let info = read_run(&default_graph(json!({
        "6": node("smZ CLIPTextEncode", json!({"text": "a fox", "parser": "A1111", "with_SDXL": false, "text_g": "", "text_l": "", "clip": ["4", 1]})),
        "7": node("CLIPTextEncodeLumina2", json!({"system_prompt": "superior", "user_prompt": "blurry", "clip": ["4", 1]})),
    })));
    assert_eq!((info.prompt.as_deref(), info.negative_prompt.as_deref()), (Some("a fox"), Some("blurry")));
}

#[test]
fn a_loader_that_encodes_takes_its_texts_from_links_too() {
    let info = read_run(&with_sampler(
        json!({
            "4": node("Efficient Loader", json!({"ckpt_name": "base.safetensors", "vae_name": "fine.vae.pt", "clip_skip": -2,
                "lora_name": "snow.safetensors", "lora_model_strength": 0.6, "lora_clip_strength": 1.0, "positive": ["20", 0],
                "negative": "blurry", "empty_latent_width": 640, "empty_latent_height": 960, "lora_stack": ["23", 0]})),
            "20": node("JoinStrings", json!({"string1": ["21", 0], "string2": ["22", 0], "delimiter": ", "})),
            "21": node("PrimitiveStringMultiline", json!({"value": "a fox"})),
            "22": node("CR Combine Prompt", json!({"part1": "snow", "part2": "", "part3": "", "part4": "pines", "separator": ","})),
            "23": node("LoRA Stacker", json!({"input_mode": "advanced", "lora_count": 1, "lora_name_1": "fur.safetensors", "lora_wt_1": 1.0,
                "model_str_1": 0.4, "clip_str_1": 1.0, "lora_name_2": "stale.safetensors", "lora_wt_2": 1.0, "model_str_2": 1.0, "clip_str_2": 1.0})),
        }),
        json!({"positive": ["4", 1], "negative": ["4", 2], "latent_image": ["4", 3]}),
    ));
    assert_eq!(
        (info.prompt.as_deref(), info.negative_prompt.as_deref()),
        // This node also writes its separator next to an empty part.
        (Some("a fox, snow,,,pines"), Some("blurry"))
    );
    assert_eq!(
        (info.vae.as_deref(), info.clip_skip, info.size),
        (Some("fine.vae.pt"), Some(2), Some((640, 960)))
    );
    let mut loras: Vec<_> = info.loras.iter().map(|lora| (lora.name.as_str(), lora.weight)).collect();
    loras.sort_by_key(|(name, _)| *name);
    assert_eq!(loras, [("fur.safetensors", Some(0.4)), ("snow.safetensors", Some(0.6))]);
}

#[test]
fn loras_are_found_under_the_names_of_their_loaders() {
    let info = read_run(&with_sampler(
        json!({
            "20": node("NunchakuFluxLoraLoader", json!({"lora_name": "a.safetensors", "lora_strength": 0.9, "model": ["21", 0]})),
            "21": node("Power Prompt (rgthree)", json!({"prompt": "a fox <lora:b:0.5>", "opt_model": ["22", 0]})),
            "22": node("CR Apply LoRA Stack", json!({"model": ["4", 0], "lora_stack": ["23", 0]})),
            "23": node("easy loraStack", json!({"toggle": true, "mode": "simple", "num_loras": 1, "lora_1_name": "c.safetensors", "lora_1_strength": 0.3,
                "lora_1_model_strength": 1.0, "lora_1_clip_strength": 1.0, "lora_2_name": "stale.safetensors", "lora_2_strength": 1.0})),
        }),
        json!({"model": ["20", 0]}),
    ));
    let loras: Vec<_> = info.loras.iter().map(|lora| (lora.name.as_str(), lora.weight)).collect();
    assert_eq!(loras, [("a.safetensors", Some(0.9)), ("b", Some(0.5)), ("c.safetensors", Some(0.3))]);
    assert_eq!(info.model.as_deref(), Some("base.safetensors"));
}

#[test]
fn a_loader_that_nothing_is_linked_to_says_nothing_of_the_picture() {
    let info = read_run(&default_graph(json!({
        "20": node("VAELoader", json!({"vae_name": "unused.pt"})),
        "21": node("CLIPSetLastLayer", json!({"stop_at_clip_layer": -2, "clip": ["4", 1]})),
        "22": node("LoadImage", json!({"image": "unused.png"})),
    })));
    assert_eq!((info.vae, info.clip_skip, info.extra.get("inputs")), (None, None, None));
}

#[test]
fn what_a_language_model_was_asked_is_not_the_prompt() {
    let info = read_run(&default_graph(json!({
        "6": node("CLIPTextEncode", json!({"text": ["20", 0], "clip": ["4", 1]})),
        "20": node("OllamaGenerateV2", json!({"system": "You write prompts.", "prompt": "Describe a fox"})),
    })));
    assert_eq!(info.prompt, None);
}

#[test]
fn the_sampler_of_a_tuple_of_two_models_is_a_sampler() {
    let info = read_run(&json!({
        "1": node("SaveImage", json!({"images": ["2", 5]})),
        "2": node("KSampler SDXL (Eff.)", json!({"noise_seed": 9, "steps": 25, "cfg": 7.0, "sampler_name": "euler", "scheduler": "normal",
            "start_at_step": 0, "refine_at_step": 20, "sdxl_tuple": ["3", 0], "latent_image": ["3", 1]})),
        "3": node("Eff. Loader SDXL", json!({"base_ckpt_name": "xl.safetensors", "refiner_ckpt_name": "refiner.safetensors", "vae_name": "Baked VAE",
            "positive": "a fox", "negative": "blurry", "empty_latent_width": 1024, "empty_latent_height": 768})),
    }));
    assert_eq!((info.prompt.as_deref(), info.negative_prompt.as_deref()), (Some("a fox"), Some("blurry")));
    assert_eq!(
        (info.seed.as_deref(), info.steps, info.model.as_deref()),
        (Some("9"), Some(25), Some("xl.safetensors"))
    );
    assert_eq!((info.vae, info.size), (None, Some((1024, 768))));
}

#[test]
fn numbers_shared_by_several_samplers_are_found_where_they_are_kept() {
    let info = read_run(&with_sampler(
        json!({"20": node("KSampler Config (rgthree)", json!({"steps_total": 30, "refiner_step": 24, "cfg": 6.0, "sampler_name": "dpmpp_2m", "scheduler": "karras"}))}),
        json!({"steps": ["20", 0], "cfg": ["20", 2], "sampler_name": ["20", 3], "scheduler": ["20", 4]}),
    ));
    assert_eq!((info.steps, info.cfg), (Some(30), Some(6.0)));
    assert_eq!((info.sampler.as_deref(), info.scheduler.as_deref()), (Some("dpmpp_2m"), Some("karras")));
}

#[test]
fn of_the_stages_of_stable_cascade_the_first_is_the_base() {
    let stage = |seed: u32, positive: &str, latent: u32| {
        node(
            "KSampler",
            json!({"seed": seed, "steps": 20, "cfg": 4.0, "sampler_name": "euler_ancestral", "scheduler": "simple", "denoise": 1.0,
            "model": ["4", 0], "positive": [positive, 0], "negative": ["7", 0], "latent_image": ["34", latent]}),
        )
    };
    let info = read_run(&default_graph(json!({
        "3": stage(1, "36", 1),
        "33": stage(2, "6", 0),
        "34": node("StableCascade_EmptyLatentImage", json!({"width": 1024, "height": 1024, "compression": 42, "batch_size": 1})),
        "36": node("StableCascade_StageB_Conditioning", json!({"conditioning": ["6", 0], "stage_c": ["33", 0]})),
    })));
    assert_eq!((info.seed.as_deref(), info.prompt.as_deref()), (Some("2"), Some("a fox")));
}

#[test]
fn a_picture_made_by_a_service_has_no_sampler_but_a_prompt() {
    let info = read_run(&json!({
        "1": node("SaveImage", json!({"images": ["2", 0], "filename_prefix": "x"})),
        "2": node("GeminiImageNode", json!({"prompt": ["3", 0], "model": "gemini-2.5-flash-image", "seed": 42})),
        "3": node("PrimitiveStringMultiline", json!({"value": "a fox"})),
    }));
    assert_eq!((info.prompt.as_deref(), info.seed.as_deref()), (Some("a fox"), Some("42")));
    assert_eq!(info.model.as_deref(), Some("gemini-2.5-flash-image"));
}

#[test]
fn a_drawn_graph_names_the_values_of_custom_nodes() {
    let info = read_drawn(&json!({
        "nodes": [
            drawn(3, "KSampler (Efficient)", &[("model", Some(1)), ("positive", Some(2)), ("negative", Some(3)), ("latent_image", Some(4))],
                json!([123, "fixed", 20, 7.5, "euler", "karras", 1.0, "auto", "true"])),
            drawn(4, "Efficient Loader", &[], json!(["base.safetensors", "Baked VAE", -2, "None", 1.0, 1.0, "a fox", "blurry", "none", "comfy", 640, 480, 1])),
            drawn(5, "Power Lora Loader (rgthree)", &[("model", Some(5)), ("clip", None)], json!([
                {}, {"type": "PowerLoraLoaderHeaderWidget"}, {"on": true, "lora": "fur.safetensors", "strength": 0.4, "strengthTwo": null},
                {"on": false, "lora": "off.safetensors", "strength": 1.0}, {}, ""])),
            drawn(9, "SaveImage", &[("images", Some(8))], json!(["ComfyUI"])),
        ],
        "links": [[1, 5, 0, 3, 0, "MODEL"], [2, 4, 1, 3, 1, "CONDITIONING"], [3, 4, 2, 3, 2, "CONDITIONING"], [4, 4, 3, 3, 3, "LATENT"],
            [5, 4, 0, 5, 0, "MODEL"], [8, 3, 5, 9, 0, "IMAGE"]],
    }));
    assert_eq!((info.prompt.as_deref(), info.negative_prompt.as_deref()), (Some("a fox"), Some("blurry")));
    assert_eq!(
        (info.seed.as_deref(), info.steps, info.cfg, info.size),
        (Some("123"), Some(20), Some(7.5), Some((640, 480)))
    );
    assert_eq!((info.model.as_deref(), info.clip_skip), (Some("base.safetensors"), Some(2)));
    assert_eq!(info.loras, vec![Lora { name: "fur.safetensors".into(), weight: Some(0.4) }]);
}

#[test]
fn the_old_loader_of_a_drawn_graph_names_its_model_after_its_configuration() {
    let info = read_drawn(&json!({
        "nodes": [
            drawn(3, "KSampler", &[("model", Some(1))], json!([123, null, 20, 7.5, "euler", "karras", 1.0])),
            drawn(4, "CheckpointLoader", &[], json!(["v1-inference.yaml", "base.ckpt"])),
            drawn(9, "SaveImage", &[("images", Some(2))], json!(["ComfyUI"])),
        ],
        "links": [[1, 4, 0, 3, 0, "MODEL"], [2, 3, 0, 9, 0, "IMAGE"]],
    }));
    assert_eq!((info.model.as_deref(), info.steps), (Some("base.ckpt"), Some(20)));
}

#[test]
fn a_switch_may_go_by_the_name_of_an_input() {
    let info = read_run(&with_sampler(
        json!({
            "20": node("CR Img2Img Process Switch", json!({"Input": "txt2img", "txt2img": ["5", 0], "img2img": ["21", 0]})),
            "21": node("EmptyLatentImage", json!({"width": 64, "height": 64})),
        }),
        json!({"latent_image": ["20", 0]}),
    ));
    assert_eq!(info.size, Some((512, 768)));
}

#[test]
fn sides_may_be_called_pos_and_neg_and_models_base_and_refiner() {
    let info = read_run(&json!({
        "1": node("SaveImage", json!({"images": ["2", 0]})),
        "2": node("SeargeSDXLSampler", json!({"base_model": ["3", 0], "base_positive": ["4", 0], "base_negative": ["4", 1], "refiner_model": ["7", 0],
            "latent_image": ["8", 0], "noise_seed": 5, "steps": 20, "cfg": 7.0, "sampler_name": "ddim", "scheduler": "ddim_uniform"})),
        "3": node("CheckpointLoaderSimple", json!({"ckpt_name": "base.safetensors"})),
        "4": node("SeargeSDXLPromptEncoder", json!({"base_pos_g": ["5", 0], "base_pos_l": ["5", 0], "base_neg_g": ["6", 0], "base_neg_l": ["6", 0]})),
        "5": node("SeargePromptText", json!({"prompt": "a fox"})),
        "6": node("SeargePromptText", json!({"prompt": "blurry"})),
        "7": node("CheckpointLoaderSimple", json!({"ckpt_name": "refiner.safetensors"})),
        "8": node("EmptyLatentImage", json!({"width": 1024, "height": 1024})),
    }));
    assert_eq!((info.prompt.as_deref(), info.negative_prompt.as_deref()), (Some("a fox"), Some("blurry")));
    assert_eq!((info.model.as_deref(), info.seed.as_deref()), (Some("base.safetensors"), Some("5")));
}

#[test]
fn a_model_of_motion_is_not_the_base_model() {
    let info = read_run(&with_sampler(
        json!({
            "20": node("ADE_UseEvolvedSampling", json!({"m_models": ["21", 0], "model": ["23", 0]})),
            "21": node("ADE_ApplyAnimateDiffModelSimple", json!({"motion_model": ["22", 0]})),
            "22": node("ADE_LoadAnimateDiffModel", json!({"model_name": "motion.ckpt"})),
            "23": node("ADE_AnimateDiffLoaderGen1", json!({"model_name": "older-motion.ckpt", "model": ["24", 0]})),
            "24": node("easy cleanGpuUsed", json!({"anything": ["4", 0]})),
        }),
        json!({"model": ["20", 0]}),
    ));
    assert_eq!((info.model.as_deref(), info.extra.get("models")), (Some("base.safetensors"), None));
}

#[test]
fn a_list_of_loras_says_which_are_active() {
    let list = json!({"__value__": [{"name": "snow", "strength": "0.80", "active": true}, {"name": "off", "strength": 1, "active": false}]});
    let info = read_run(&with_sampler(
        json!({
            "20": node("Lora Loader (LoraManager)", json!({"text": "<lora:snow:0.8> <lora:off:1>", "loras": list, "model": ["21", 0]})),
            "21": node("WanVideoSetLoRAs", json!({"model": ["4", 0], "lora": ["22", 0]})),
            "22": node("WanVideoLoraSelect", json!({"lora": "fast.safetensors", "strength": 0.5, "prev_lora": ["23", 0]})),
            "23": node("WanVideoLoraSelectMulti", json!({"lora_0": "fur.safetensors", "strength_0": 0.3, "lora_1": "none", "strength_1": 1.0})),
        }),
        json!({"model": ["20", 0]}),
    ));
    let loras: Vec<_> = info.loras.iter().map(|lora| (lora.name.as_str(), lora.weight)).collect();
    assert_eq!(loras, [("snow", Some(0.8)), ("fast.safetensors", Some(0.5)), ("fur.safetensors", Some(0.3))]);
}

#[test]
fn the_two_texts_of_a_power_prompt_for_sdxl_are_read() {
    let info = read_run(&default_graph(json!({
        "6": node("SDXL Power Prompt - Positive (rgthree)", json!({"prompt_g": "a fox", "prompt_l": "snow", "opt_clip": ["4", 1]})),
    })));
    assert_eq!(info.prompt.as_deref(), Some("a fox\nsnow"));
}
