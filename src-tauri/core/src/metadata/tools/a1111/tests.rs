//! Texts as the writers of these formats produce them, and as other tools leave
//! them.

use super::*;
use crate::metadata::never;

fn parse(text: &str) -> Option<GenerationData> {
    super::parse(text, &Budget::of(text.len(), &never))
}

fn read(text: &str) -> GenerationData {
    parse(text).unwrap().tidy(&Budget::of(0, &never))
}

#[test]
fn every_field_of_a_full_text_is_read() {
    let info = read(
        "a fox <lora:snow:0.8>, winter\nsecond line\nNegative prompt: blurry,\nugly\nSteps: 24, Sampler: DPM++ 2M, \
         Schedule type: Karras, CFG scale: 6.5, Seed: 18446744073709551615, Size: 832x1216, Model hash: 45a21ea00a, \
         Model: wai, VAE: \"a, b.vae\", Denoising strength: 0.3, Clip skip: 2, Hires upscale: 1.5, Hires steps: 10, \
         Hires upscaler: ESRGAN, Lora hashes: \"snow: 123, other: 456\", RNG: CPU, Version: v1.10.1",
    );
    assert_eq!(info.tool, Tool::Automatic1111);
    assert_eq!(info.prompt.as_deref(), Some("a fox <lora:snow:0.8>, winter\nsecond line"));
    assert_eq!(info.negative_prompt.as_deref(), Some("blurry,\nugly"));
    assert_eq!((info.steps, info.cfg, info.size), (Some(24), Some(6.5), Some((832, 1216))));
    assert_eq!(info.seed.as_deref(), Some("18446744073709551615"));
    assert_eq!((info.sampler.as_deref(), info.scheduler.as_deref()), (Some("DPM++ 2M"), Some("Karras")));
    assert_eq!((info.model.as_deref(), info.model_hash.as_deref()), (Some("wai"), Some("45a21ea00a")));
    assert_eq!((info.vae.as_deref(), info.clip_skip), (Some("a, b.vae"), Some(2)));
    let hires =
        Hires { scale: Some(1.5), upscaler: Some("ESRGAN".into()), steps: Some(10), denoise: Some(0.3) };
    assert_eq!(info.hires, Some(hires));
    let loras =
        vec![Lora { name: "snow".into(), weight: Some(0.8) }, Lora { name: "other".into(), weight: None }];
    assert_eq!(info.loras, loras);
    assert_eq!(info.extra["RNG"], "CPU");
}

#[test]
fn the_version_names_the_fork() {
    let forks = [
        ("v1.10.1", Tool::Automatic1111),
        ("f2.0.1v1.10.1-previous-664", Tool::Forge),
        ("f1.0.0v2-v1.10.1RC-latest-2175", Tool::Reforge),
        ("f1.3.0-v1.10.1RC-latest", Tool::EasyReforge),
        ("classic", Tool::ForgeClassic),
        ("neo-2.28", Tool::ForgeNeo),
        ("ComfyUI", Tool::SdWebui),
    ];
    for (version, tool) in forks {
        let text = format!("x\nSteps: 1, Sampler: a, Seed: 1, ADetailer version: 24.1, Version: {version}");
        assert_eq!(read(&text).tool, tool, "{version}");
    }
    let sd_next = "x\nSteps: 1, Seed: 1, App: SD.Next, Version: 56a8aea, Operations: txt2img; upscale";
    assert_eq!(read(sd_next).tool, Tool::SdNext);
}

#[test]
fn words_of_the_format_inside_a_prompt_stay_in_the_prompt() {
    let info = read(
        "steps: 1 2 3, Negative prompt: not yet\nmore\nNegative prompt: bad\nSteps: 5, Hires steps: 7, Seed: 3",
    );
    assert_eq!(info.prompt.as_deref(), Some("steps: 1 2 3, Negative prompt: not yet\nmore"));
    assert_eq!(info.negative_prompt.as_deref(), Some("bad"));
    assert_eq!((info.steps, info.hires.unwrap().steps), (Some(5), Some(7)));
}

#[test]
fn a_text_that_lost_its_line_breaks_is_taken_apart() {
    let info = read("a fox. Negative prompt: .Steps: 30, Sampler: Euler, CFG scale: 7, Seed: 9");
    assert_eq!((info.prompt.as_deref(), info.negative_prompt), (Some("a fox."), None));
    assert_eq!((info.steps, info.seed.as_deref()), (Some(30), Some("9")));
}

#[test]
fn json_inside_the_line_is_kept_whole() {
    let info = read(
        "a fox\nSteps: 25, CFG scale: 4, Seed: 12, Created Date: 2026-01-04T01:27:21Z, Clip skip: 2, \
         Civitai resources: [{\"type\":\"checkpoint\",\"modelName\":\"Wai, v1\"},{\"type\":\"lora\",\"weight\":0.5,\
         \"modelName\":\"Snow\"}], Civitai metadata: {\"remixOfId\":{\"a\":[1,2]}}, Hashes: {\"model\": \"abc\"}",
    );
    assert_eq!((info.tool, info.model.as_deref()), (Tool::Civitai, Some("Wai, v1")));
    assert_eq!(info.loras, vec![Lora { name: "Snow".into(), weight: Some(0.5) }]);
    assert_eq!(info.extra["Created Date"], "2026-01-04T01:27:21Z");
    assert_eq!(info.extra["Civitai metadata"]["remixOfId"]["a"][1], 2);
    assert_eq!((info.model_hash.as_deref(), info.clip_skip), (Some("abc"), Some(2)));
}

#[test]
fn blank_lines_carriage_returns_and_templates_do_not_disturb() {
    let info = read(
        "a fox\r\nNegative prompt: bad\r\n\r\nSteps: 20, Seed: 5, Size: 64x32\r\nTemplate: a {fox|owl}\r\nNegative Template: bad",
    );
    assert_eq!((info.prompt.as_deref(), info.negative_prompt.as_deref()), (Some("a fox"), Some("bad")));
    assert_eq!(info.size, Some((64, 32)));
    assert_eq!(
        (&info.extra["template"], &info.extra["negative_template"]),
        (&json!("a {fox|owl}"), &json!("bad"))
    );
}

#[test]
fn ordinary_text_is_no_parameter_text() {
    for text in [
        "",
        "Created with GIMP",
        "Title: x, Author: y, Year: 2020, Place: z",
        "Steps: 3",
        "OLYMPUS DIGITAL CAMERA",
        "Steps: 20 to the beach, Time: 5 minutes",
        "How to bake\nSteps: 3, Serves: 4, Time: 40 minutes",
    ] {
        assert!(parse(text).is_none(), "{text}");
    }
}

#[test]
fn a_text_whose_lines_were_joined_by_spaces_is_taken_apart() {
    let info = read("a fox Negative prompt: blurry Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 9");
    assert_eq!((info.prompt.as_deref(), info.negative_prompt.as_deref()), (Some("a fox"), Some("blurry")));
    assert_eq!(
        (info.steps, info.sampler.as_deref(), info.seed.as_deref()),
        (Some(20), Some("Euler a"), Some("9"))
    );
}

#[test]
fn a_commit_for_a_version_names_no_fork_but_its_backend_does() {
    let info = read(
        "x\nSteps: 20.0, Sampler: Euler a, Seed: 1, Version: f2ab123, Backend: Diffusers, Operations: txt2img",
    );
    assert_eq!((info.tool, info.steps), (Tool::SdNext, Some(20)));
    assert_eq!(read("x\nSteps: 2, Sampler: a, Seed: 1, Version: f2ab123").tool, Tool::SdWebui);
    assert_eq!(read("x\nSteps: 2, Sampler: a, Seed: 1, Version: Fooocus v2.5.5").tool, Tool::Fooocus);
}

#[test]
fn weights_of_loras_are_found_in_every_place_they_are_written() {
    let info = read(
        "a fox <lora:a:te=0.2:unet=0.7>\nSteps: 20, Sampler: a, Seed: 1, Lora hashes: \"b: 12ab: 0.5, c: 34cd\", Lora weights: \"c: 0.25\"",
    );
    let loras: Vec<_> = info.loras.iter().map(|lora| (lora.name.as_str(), lora.weight)).collect();
    assert_eq!(loras, [("a", Some(0.7)), ("b", Some(0.5)), ("c", Some(0.25))]);
}

#[test]
fn forge_lists_the_autoencoder_among_its_modules() {
    let info =
        read("x\nSteps: 20, Sampler: Euler, Seed: 1, Module 1: clip_l, Module 2: ae, Version: f2.0.1v1.10.1");
    assert_eq!(info.vae.as_deref(), Some("ae"));
}
