//! One small file for each tool, written from the descriptions of its format.

use serde_json::{Value, json};
use vitrine_core::metadata::{self, GenerationData, RawText, RawTexts, Source};

use super::files::*;

fn read(file: &[u8]) -> GenerationData {
    metadata::read(file).info.expect("the file says how it was made")
}

fn beside(bytes: &[u8]) -> Option<GenerationData> {
    let texts = RawTexts::from(Vec::from_iter(metadata::sidecar(bytes.to_vec())));
    metadata::interpret(&texts).info
}

fn read_beside(text: &str) -> GenerationData {
    beside(text.as_bytes()).expect("the file says how it was made")
}

/// Compares what nearly every tool states: tool, prompt, negative prompt, model, seed, steps, cfg, sampler,
/// size.
fn assert_fields(info: &GenerationData, expected: &Value) {
    let found = json!([
        info.tool.id(),
        info.prompt,
        info.negative_prompt,
        info.model,
        info.seed,
        info.steps,
        info.cfg,
        info.sampler,
        info.size,
    ]);
    assert_eq!(&found, expected);
}

fn png_json(key: &str, value: &Value) -> Vec<u8> {
    a_png().text(key, value.to_string().as_bytes()).end()
}

#[test]
fn invokeai_of_today_is_read() {
    let info = read(&png_json(
        "invokeai_metadata",
        &json!({
            "generation_mode": "sdxl_txt2img", "positive_prompt": "a fox", "negative_prompt": "blurry", "width": 1024, "height": 768,
            "seed": 4_294_967_295_u32, "cfg_scale": 5.5, "steps": 30, "scheduler": "euler_a", "app_version": "5.6.0",
            "model": {"key": "k", "hash": "blake3:1", "name": "Juggernaut", "base": "sdxl", "type": "main"},
            "loras": [{"model": {"name": "snow", "hash": "x"}, "weight": 0.6}],
        }),
    ));
    assert_fields(
        &info,
        &json!(["invokeai", "a fox", "blurry", "Juggernaut", "4294967295", 30, 5.5, "euler_a", [1024, 768]]),
    );
    assert_eq!((info.model_hash.as_deref(), info.loras[0].name.as_str()), (Some("blake3:1"), "snow"));
    assert_eq!(info.extra["generation_mode"], "sdxl_txt2img");
}

#[test]
fn invokeai_of_version_3_and_its_graph_are_read() {
    let node = json!({"positive_prompt": "a fox", "seed": 5, "steps": 9, "cfg_scale": 7.0, "model": {"model_name": "sd-1", "base_model": "sd-1"}});
    let info = read(&png_json("invokeai_graph", &json!({"nodes": {"core_metadata:1": node}})));
    assert_fields(&info, &json!(["invokeai", "a fox", null, "sd-1", "5", 9, 7.0, null, null]));
}

#[test]
fn the_oldest_invokeai_wrote_a_command() {
    let file = a_png()
        .text("Dream", b"\"a fox [blurry] in snow [ugly]\" -s 50 -S 42 -W 512 -H 640 -C7.5 -A k_lms")
        .end();
    let info = read(&file);
    assert_fields(
        &info,
        &json!(["invokeai", "a fox  in snow", "blurry, ugly", null, "42", 50, 7.5, "k_lms", [512, 640]]),
    );
}

fn novelai_comment() -> Value {
    json!({"steps": 28, "scale": 5.0, "seed": 77, "uc": "blurry", "sampler": "k_euler_ancestral", "noise_schedule": "karras", "width": 832, "height": 1216,
        "v4_prompt": {"caption": {"base_caption": "a fox", "char_captions": [{"char_caption": "girl", "centers": []}]}}})
}

#[test]
fn novelai_is_read_from_png_texts_and_from_the_exif_of_a_webp() {
    let png = a_png()
        .text("Software", b"NovelAI")
        .text("Source", b"NovelAI Diffusion V4.5 4BDE2A90")
        .text("Comment", novelai_comment().to_string().as_bytes())
        .end();
    let container = json!({"Software": "NovelAI", "Comment": json!({"Comment": novelai_comment().to_string()}).to_string()});
    let comment = (0x9286, UNDEFINED, [b"ASCII\0\0\0", container.to_string().as_bytes()].concat());
    let description = (0x010e, ASCII, b"\0\0\0\0a fox\0".to_vec());
    let webp = webp(&[(
        *b"EXIF",
        exif(true, &[ascii(0x0131, "NovelAI Diffusion V4.5 4BDE2A90"), description], &[comment]),
    )]);
    for file in [png, webp] {
        let info = read(&file);
        assert_fields(
            &info,
            &json!([
                "novelai",
                "a fox | girl",
                "blurry",
                "NovelAI Diffusion V4.5",
                "77",
                28,
                5.0,
                "k_euler_ancestral",
                [832, 1216]
            ]),
        );
        assert_eq!(
            (info.model_hash.as_deref(), info.scheduler.as_deref()),
            (Some("4BDE2A90"), Some("karras"))
        );
        assert_eq!(info.extra["characters"][0]["char_caption"], "girl");
    }
}

#[test]
fn a_text_hidden_in_pixels_is_read_like_any_other() {
    let json = json!({"Software": "NovelAI", "Source": "Stable Diffusion 1D44365E", "Description": "a fox", "Comment": json!({"steps": 5, "seed": 1}).to_string()});
    let text = RawText::new(Source::Stealth, "stealth", &json.to_string());
    let info = metadata::interpret(&RawTexts::from(vec![text])).info.unwrap();
    assert_fields(&info, &json!(["novelai", "a fox", null, "Stable Diffusion", "1", 5, null, null, null]));
}

fn fooocus_json() -> Value {
    json!({"prompt": "a fox", "negative_prompt": "blurry", "full_prompt": ["a fox", "cinematic"], "base_model": "juggernautXL_v8", "base_model_hash": "aeb7e9e689",
        "loras": [["offset", 0.1, "4852"]], "lora_combined_1": "offset : 0.1", "lora_combined_2": "snow : 0.5", "sampler": "dpmpp_2m_sde_gpu", "scheduler": "karras", "seed": "18446744073709551615", "steps": 30,
        "guidance_scale": 4, "sharpness": 2, "resolution": "(1152, 896)", "styles": "['Fooocus V2']", "performance": "Speed", "metadata_scheme": "fooocus", "version": "Fooocus v2.5.5"})
}

#[test]
fn fooocus_is_read_from_png_and_from_the_first_directory_of_exif() {
    let png = a_png()
        .text("parameters", fooocus_json().to_string().as_bytes())
        .text("fooocus_scheme", b"fooocus")
        .end();
    let fields = [
        ascii(0x9286, &fooocus_json().to_string()),
        ascii(0x0131, "Fooocus v2.5.5"),
        ascii(0x927c, "fooocus"),
    ];
    for file in [png, jpeg_exif(&exif(false, &fields, &[])), webp(&[(*b"EXIF", exif(false, &fields, &[]))])] {
        let info = read(&file);
        assert_fields(
            &info,
            &json!([
                "fooocus",
                "a fox",
                "blurry",
                "juggernautXL_v8",
                "18446744073709551615",
                30,
                4.0,
                "dpmpp_2m_sde_gpu",
                [1152, 896]
            ]),
        );
        assert_eq!((info.loras.len(), info.tool_version.as_deref()), (2, Some("v2.5.5")));
    }
}

#[test]
fn fooocus_in_the_scheme_of_a1111_is_still_fooocus() {
    let text = "a fox\nNegative prompt: blurry\nSteps: 30, Sampler: DPM++ 2M SDE Karras, Seed: 8, Size: 64x64, CFG scale: 4, Version: Fooocus v2.5.5";
    let info = read(&a_png().text("parameters", text.as_bytes()).text("fooocus_scheme", b"a1111").end());
    assert_eq!(
        (info.tool.id(), info.tool_version.as_deref(), info.steps),
        ("fooocus", Some("v2.5.5"), Some(30))
    );
}

#[test]
fn forks_of_fooocus_are_read() {
    let ruined = json!({"Prompt": "a fox", "Negative": "blurry", "steps": 8, "cfg": 2.0, "width": 64, "height": 32, "seed": 5, "sampler_name": "euler", "scheduler": "simple",
        "base_model_name": "sd_xl.safetensors", "loras": ["0.5 - snow.safetensors"], "software": "RuinedFooocus"});
    let info = read(&png_json("parameters", &ruined));
    assert_fields(
        &info,
        &json!(["ruined-fooocus", "a fox", "blurry", "sd_xl.safetensors", "5", 8, 2.0, "euler", [64, 32]]),
    );
    assert_eq!((info.loras[0].name.as_str(), info.loras[0].weight), ("snow.safetensors", Some(0.5)));
    let mre = json!({"prompt": "a fox", "negative_prompt": "", "base_model_name": "xl", "sharpness": 2, "steps": 9, "cfg": 7, "seed": 3, "sampler": "euler", "width": 8, "height": 8, "software": "Fooocus 2.0 MRE"});
    let info = read(&jpeg(&[(0xfe, mre.to_string().into_bytes())]));
    assert_fields(&info, &json!(["fooocus", "a fox", null, "xl", "3", 9, 7.0, "euler", [8, 8]]));
}

#[test]
fn swarmui_is_read_in_its_own_byte_order_with_lists_as_texts() {
    let json = json!({"sui_image_params": {"prompt": "a fox", "negativeprompt": "blurry", "model": "flux/dev", "seed": "9007199254740993", "steps": "20", "cfgscale": 7,
        "width": 1024, "height": 512, "sampler": "euler", "scheduler": "simple", "loras": "snow,fur", "loraweights": "1,0.5", "swarm_version": "0.9.7"},
        "sui_models": [{"name": "flux/dev.safetensors", "param": "model", "hash": "0xabc"}]});
    let comment = unicode_comment(&json.to_string(), false);
    for file in [
        jpeg_exif(&exif(false, &[], &[comment])),
        png_json("parameters", &json),
        jpeg_exif(&exif(false, &[ascii(0x0110, &json.to_string())], &[])),
    ] {
        let info = read(&file);
        assert_fields(
            &info,
            &json!([
                "swarmui",
                "a fox",
                "blurry",
                "flux/dev",
                "9007199254740993",
                20,
                7.0,
                "euler",
                [1024, 512]
            ]),
        );
        assert_eq!((info.model_hash.as_deref(), info.loras[1].weight), (Some("abc"), Some(0.5)));
    }
}

#[test]
fn easy_diffusion_is_read_in_all_its_forms() {
    let fields = [
        ("prompt", "a fox"),
        ("negative_prompt", "blurry"),
        ("seed", "123"),
        ("use_stable_diffusion_model", "/home/me/models/sd-v1-5.ckpt"),
        ("sampler_name", "euler_a"),
        ("num_inference_steps", "25"),
        ("guidance_scale", "7.5"),
        ("width", "512"),
        ("height", "768"),
        ("use_lora_model", "['snow', 'fur']"),
        ("lora_alpha", "[0.5, 1]"),
    ];
    let png = fields.iter().fold(a_png(), |png, (key, value)| png.text(key, value.as_bytes())).end();
    let object: serde_json::Map<String, Value> =
        fields.iter().map(|(key, value)| ((*key).to_owned(), json!(value))).collect();
    let jpeg =
        jpeg_exif(&exif(true, &[], &[unicode_comment(&Value::Object(object.clone()).to_string(), true)]));
    let beside = "Prompt: a fox\nSeed: 123\nStable Diffusion model: C:\\models\\sd-v1-5.ckpt\nSampler: euler_a\nSteps: 25\nGuidance Scale: 7.5\nWidth: 512\nHeight: 768\nNegative Prompt: blurry\nLoRA model: snow\nLoRA Strength: 0.5\n";
    for info in
        [read(&png), read(&jpeg), read_beside(beside), read_beside(&Value::Object(object).to_string())]
    {
        assert_fields(
            &info,
            &json!([
                "easydiffusion",
                "a fox",
                "blurry",
                "sd-v1-5.ckpt",
                "123",
                25,
                7.5,
                "euler_a",
                [512, 768]
            ]),
        );
        assert_eq!((info.loras[0].name.as_str(), info.loras[0].weight), ("snow", Some(0.5)));
    }
}

#[test]
fn draw_things_is_read_from_xmp_as_json_and_as_text() {
    let packet = |properties: &str| {
        format!(
            r#"<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"><xmp:CreatorTool>Draw Things</xmp:CreatorTool>{properties}</rdf:Description></rdf:RDF></x:xmpmeta>"#
        )
    };
    let json = json!({"c": "a fox", "uc": "blurry", "model": "flux.ckpt", "sampler": "Euler A Trailing", "scale": 4.5, "seed": 4_000_000_000_u32, "steps": 8, "size": "512x768", "strength": 1, "lora": [{"model": "snow.ckpt", "weight": 0.5}]});
    let escaped = json.to_string().replace('"', "&quot;");
    let as_json = packet(&format!(
        "<exif:UserComment><rdf:Alt><rdf:li xml:lang=\"x-default\">{escaped}</rdf:li></rdf:Alt></exif:UserComment>"
    ));
    let as_text = packet(
        "<dc:description><rdf:Alt><rdf:li xml:lang=\"x-default\">a fox&#xA;-blurry&#xA;Steps: 8, Sampler: Euler A Trailing, Guidance Scale: 4.5, Seed: 4000000000, Size: 512x768, Model: flux.ckpt, Strength: 1.0</rdf:li></rdf:Alt></dc:description>",
    );
    for text in [as_json, as_text] {
        let info = read(&a_png().international("XML:com.adobe.xmp", &text).end());
        assert_fields(
            &info,
            &json!([
                "draw-things",
                "a fox",
                "blurry",
                "flux.ckpt",
                "4000000000",
                8,
                4.5,
                "Euler A Trailing",
                [512, 768]
            ]),
        );
    }
    assert_eq!(read_beside(&json.to_string()).tool.id(), "draw-things");
}

#[test]
fn midjourney_is_read_with_its_switches() {
    let text = "a fox, snow --ar 2:1 --no blur, text --seed 42 --raw --v 6.1 --stylize 250 Job ID: 0a1b2c3d-0000-4000-8000-123456789abc";
    let info = read(&a_png().pixels().text("Description", text.as_bytes()).text("Author", b"somebody").end());
    assert_fields(
        &info,
        &json!(["midjourney", "a fox, snow", "blur, text", "Midjourney 6.1", "42", null, null, null, null]),
    );
    assert_eq!(
        (&info.extra["aspect_ratio"], &info.extra["raw"], &info.extra["stylize"]),
        (&json!("2:1"), &json!(true), &json!("250"))
    );
    assert_eq!(info.extra["job_id"], "0a1b2c3d-0000-4000-8000-123456789abc");
}

#[test]
fn a_civitai_graph_is_read_by_what_the_person_asked_for() {
    let asked = json!({"prompt": "a fox", "negativePrompt": "blurry", "cfgScale": 5, "steps": 25, "seed": 99, "sampler": "Euler a", "resources": [{"modelVersionId": 1, "strength": 1}]});
    let graph = json!({
        "resource-stack": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "urn:air:sdxl:checkpoint:civitai:827184@2514310"}},
        "11": {"class_type": "KSampler", "inputs": {"seed": 7, "steps": 10, "cfg": 1, "sampler_name": "euler", "scheduler": "normal", "model": ["resource-stack", 0], "latent_image": ["12", 0]}},
        "12": {"class_type": "EmptyLatentImage", "inputs": {"width": 832, "height": 1216}},
        "13": {"class_type": "SaveImage", "inputs": {"images": ["11", 0]}},
        "extra": {"airs": []}, "extraMetadata": asked.to_string(),
    });
    let file = jpeg_exif(&exif(false, &[ascii(0x013b, "ai")], &[unicode_comment(&graph.to_string(), true)]));
    assert_fields(
        &read(&file),
        &json!([
            "civitai",
            "a fox",
            "blurry",
            "urn:air:sdxl:checkpoint:civitai:827184@2514310",
            "99",
            25,
            5.0,
            "Euler a",
            [832, 1216]
        ]),
    );
}

#[test]
fn tensorart_takes_the_seed_that_was_drawn_from_the_graph() {
    let data = json!({"prompt": "a fox", "negativePrompt": "blurry", "width": 768, "height": 1152, "seed": "-1", "steps": 25, "cfgScale": 7, "samplerName": "euler_ancestral", "baseModel": {"modelFileName": "wai.safetensors", "hash": "AB"},
        "models": [{"type": "LORA", "modelFileName": "snow", "weight": 0.8}]});
    let graph = json!({
        "1": {"class_type": "KSampler", "inputs": {"seed": 1_122_440_447_966_177_u64, "steps": 25, "cfg": 7, "sampler_name": "euler_ancestral", "scheduler": "karras", "model": ["2", 0]}},
        "2": {"class_type": "ECHOCheckpointLoaderSimple", "inputs": {"ckpt_name": "x"}},
        "3": {"class_type": "SaveImage", "inputs": {"images": ["1", 0]}},
    });
    let file = a_png()
        .text("generation_data", format!("{data}\0").as_bytes())
        .text("prompt", graph.to_string().as_bytes())
        .end();
    let info = read(&file);
    assert_fields(
        &info,
        &json!([
            "tensorart",
            "a fox",
            "blurry",
            "wai.safetensors",
            "1122440447966177",
            25,
            7.0,
            "euler_ancestral",
            [768, 1152]
        ]),
    );
    assert_eq!((info.scheduler.as_deref(), info.loras[0].name.as_str()), (Some("karras"), "snow"));
}

#[test]
fn stability_matrix_keeps_the_comments_its_graph_has_lost() {
    let json = json!({"PositivePrompt": "a fox #winter", "NegativePrompt": "blurry", "Steps": 20, "Sampler": "Euler", "CfgScale": 7.0, "Seed": 5, "Height": 512, "Width": 768, "ModelName": "wai", "ModelHash": "AB"});
    let file = a_png()
        .text("parameters-json", json.to_string().as_bytes())
        .text("smproj", b"{\"ProjectType\": \"TextToImage\"}")
        .end();
    assert_fields(
        &read(&file),
        &json!(["stability-matrix", "a fox #winter", "blurry", "wai", "5", 20, 7.0, "Euler", [768, 512]]),
    );
}

#[test]
fn savers_of_comfyui_may_write_wherever_they_like() {
    let graph = json!({
        "1": {"class_type": "KSampler", "inputs": {"seed": 3, "steps": 4, "cfg": 1.5, "sampler_name": "lcm", "scheduler": "normal", "positive": ["2", 0], "model": ["4", 0], "latent_image": ["5", 0]}},
        "2": {"class_type": "CLIPTextEncode", "inputs": {"text": "a fox"}},
        "3": {"class_type": "SaveImage", "inputs": {"images": ["1", 0]}},
        "4": {"class_type": "UNETLoader", "inputs": {"unet_name": "m.safetensors"}},
        "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 64, "height": 32}},
    });
    let fields = json!(["comfyui", "a fox", null, "m.safetensors", "3", 4, 1.5, "lcm", [64, 32]]);
    let both = json!({"prompt": graph, "workflow": {"nodes": []}});
    let labelled = [ascii(0x010f, "workflow:{}"), ascii(0x0110, &format!("prompt:{graph}"))];
    let extended = [ascii(0x010e, "Workflow: {}"), ascii(0x010f, &format!("Prompt: {graph}"))];
    let xmp = format!(
        "<x xmlns:comfy='http://comfy.org/ns'><comfy:Prompt>{}</comfy:Prompt></x>",
        graph.to_string().replace('"', "&quot;")
    );
    let wrong = "unknown\nSteps: 9, Sampler: x, Seed: 0, Size: 1x1, Version: ComfyUI";
    let files = [
        ("a WebP of ComfyUI", webp(&[(*b"EXIF", exif(true, &labelled, &[]))])),
        ("Save Image Extended", jpeg_exif(&exif(true, &extended, &[]))),
        ("SaveImage Plus", jpeg_exif(&exif(true, &[ascii(0x9286, &both.to_string())], &[]))),
        ("XMP", jpeg_xmp(&xmp)),
        (
            "with parameters that are wrong",
            a_png().text("parameters", wrong.as_bytes()).text("prompt", graph.to_string().as_bytes()).end(),
        ),
    ];
    for (name, file) in files {
        println!("{name}");
        assert_fields(&read(&file), &fields);
    }
    assert_fields(&read_beside(&graph.to_string()), &fields);
}

#[test]
fn what_c2pa_declares_is_reported_as_declared() {
    let action = |agent: Value| {
        json!({"actions": [{"action": "c2pa.created", "digitalSourceType": "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia",
        "softwareAgent": agent, "description": "made", "parameters": {"com.adobe.firefly.version": "4.0.0"}}]})
    };
    let store = |claim: &Value, agent: Value| {
        let boxes = [
            jumbf("c2pa.claim.v2", &[jumbf_box(*b"cbor", &cbor(claim))]),
            jumbf("c2pa.actions.v2", &[jumbf_box(*b"cbor", &cbor(&action(agent)))]),
        ];
        jumbf("c2pa", &[jumbf("urn:c2pa:1", &boxes)])
    };
    let openai = store(
        &json!({"claim_generator_info": {"name": "OpenAI Media Service API"}}),
        json!({"name": "gpt-image", "version": "2.0"}),
    );
    let adobe = store(&json!({"claim_generator": "Adobe_Firefly adobe_c2pa/0.12.4"}), json!("Adobe Firefly"));
    let google = store(
        &json!({"claim_generator_info": [{"name": "Google C2PA Core Generator Library"}]}),
        json!(null),
    );
    let segment =
        |sequence: u8, payload: &[u8]| (0xeb, [b"JP\0\x01\0\0\0".as_slice(), &[sequence], payload].concat());
    let (front, back) = adobe.split_at(100);
    let in_two = jpeg(&[segment(2, &[&adobe[..8], back].concat()), segment(1, front)]);
    let in_order = jpeg(&[segment(1, front), segment(2, &[&adobe[..8], back].concat())]);
    let files = [
        (a_png().chunk(*b"caBX", &openai).end(), "c2pa:openai", Some("gpt-image 2.0")),
        (in_order, "c2pa:adobe", Some("4.0.0")),
        (in_two, "c2pa:adobe", Some("4.0.0")),
        (webp(&[(*b"C2PA", google)]), "c2pa:google", None),
    ];
    for (file, tool, model) in files {
        let info = read(&file);
        assert_eq!((info.tool.id(), info.model.as_deref(), info.prompt.as_deref()), (tool, model, None));
        assert_eq!(
            (&info.extra["ai_generated"], &info.extra["c2pa"]["verified"]),
            (&json!(true), &json!(false))
        );
    }
}

#[test]
fn a_camera_that_signs_its_pictures_is_no_generator() {
    let action = json!({"actions": [{"action": "c2pa.created", "digitalSourceType": "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"}]});
    let boxes = [
        jumbf("c2pa.claim", &[jumbf_box(*b"cbor", &cbor(&json!({"claim_generator": "Leica"})))]),
        jumbf("c2pa.actions", &[jumbf_box(*b"cbor", &cbor(&action))]),
    ];
    assert!(metadata::read(&a_png().chunk(*b"caBX", &jumbf("c2pa", &boxes)).end()).info.is_none());
}

#[test]
fn iptc_says_made_with_ai_under_any_prefix() {
    let google = r#"<rdf:Description xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" Iptc4xmpExt:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia" photoshop:Credit="Made with Google AI"/>"#;
    let short = r#"<x xmlns:iptcExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"><iptcExt:DigitalSourceType>compositeWithTrainedAlgorithmicMedia</iptcExt:DigitalSourceType></x>"#;
    let info = read(&jpeg_xmp(google));
    assert_eq!((info.tool.id(), &info.extra["credit"]), ("iptc", &json!("Made with Google AI")));
    assert_eq!(read(&webp(&[(*b"XMP ", short.as_bytes().to_vec())])).tool.id(), "iptc");
}

#[test]
fn photographs_screenshots_and_drawings_say_nothing() {
    let camera = exif(
        true,
        &[
            ascii(0x010e, "OLYMPUS DIGITAL CAMERA"),
            ascii(0x010f, "NIKON"),
            ascii(0x0110, "E-M5: Mark II"),
            ascii(0x0131, "Version 1.0"),
        ],
        &[unicode_comment("Holiday, Steps: to the beach", true)],
    );
    let drawn = r#"<x xmlns:i="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:CreatorTool="Adobe Photoshop 25" i:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/humanEdits"/>"#;
    let files = [
        a_png()
            .text("Comment", b"Created with GIMP")
            .text("Software", b"gnome-screenshot")
            .text("Description", b"my desktop -- today")
            .end(),
        jpeg_exif(&camera),
        jpeg_xmp(drawn),
        gif(b"Created with GIMP"),
        png_json("data", &json!({"prompt": "a game", "seed": 5})),
        Vec::new(),
        b"hello".to_vec(),
    ];
    for file in files {
        assert_eq!(metadata::read(&file).info, None);
    }
    for text in ["", "a note about the picture\nwith two lines", "{\"title\": \"x\"}", "[1, 2]"] {
        assert_eq!(beside(text.as_bytes()), None);
    }
}

#[test]
fn params_have_the_names_that_scripts_rely_on() {
    let text = "a fox <lora:snow:0.5>\nSteps: 20, Sampler: Euler a, Schedule type: Karras, CFG scale: 7, Seed: 5, Size: 512x768, Model hash: ab12, Model: wai, Clip skip: 2, Denoising strength: 0.4, Hires upscale: 2, RNG: CPU, Version: v1.10.1";
    let params = read(&a_png().text("parameters", text.as_bytes()).end()).params();
    assert_eq!(
        Value::Object(params),
        json!({
            "tool": "automatic1111", "tool_version": "v1.10.1", "model_hash": "ab12", "steps": 20, "cfg": 7.0, "sampler": "Euler a", "scheduler": "Karras", "size": [512, 768],
            "loras": [{"name": "snow", "weight": 0.5}], "denoise": 0.4, "hires": {"scale": 2.0, "denoise": 0.4}, "clip_skip": 2, "RNG": "CPU",
        })
    );
}

#[test]
fn a_parameter_text_is_found_where_editors_and_converters_put_it() {
    let text = "a fox\nNegative prompt: blurry\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 5, Size: 512x768, Model: wai";
    let windows: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let files = [
        jpeg_exif(&exif(true, &[ascii(0x010e, text)], &[])),
        jpeg_exif(&exif(false, &[(0x9c9c, 1, windows.clone())], &[])),
        a_png().text("Description", text.as_bytes()).end(),
    ];
    let fields = json!(["automatic1111", "a fox", "blurry", "wai", "5", 20, 7.0, "Euler a", [512, 768]]);
    for file in files {
        assert_fields(&read(&file), &fields);
    }
    let beside = beside(&[b"\xff\xfe".as_slice(), &windows].concat());
    assert_fields(&beside.expect("Windows writes texts in UTF-16"), &fields);
}

#[test]
fn what_a_saver_of_comfyui_wrote_counts_where_no_node_of_the_graph_is_known() {
    let text = "a fox\nNegative prompt: blurry\nSteps: 4, Sampler: LCM, CFG scale: 1.5, Seed: 3, Model: m, Model hash: ab12, Version: ComfyUI";
    let graph = json!({"1": {"class_type": "Everything", "inputs": {}}});
    let file = a_png().text("parameters", text.as_bytes()).text("prompt", graph.to_string().as_bytes()).end();
    assert_fields(&read(&file), &json!(["comfyui", "a fox", "blurry", "m", "3", 4, 1.5, "LCM", null]));
}

#[test]
fn invokeai_is_read_from_its_graph_where_that_is_all_it_wrote() {
    let graph = json!({"id": "g", "nodes": {
        "a": {"type": "sdxl_model_loader", "id": "a", "model": {"key": "k", "hash": "blake3:1", "name": "Juggernaut"}},
        "b": {"type": "sdxl_compel_prompt", "id": "b", "prompt": "a fox"},
        "c": {"type": "string", "id": "c", "value": "blurry"},
        "d": {"type": "sdxl_compel_prompt", "id": "d", "prompt": ""},
        "e": {"type": "noise", "id": "e", "seed": 7, "width": 1024, "height": 768},
        "f": {"type": "denoise_latents", "id": "f", "steps": 30, "cfg_scale": 5.5, "scheduler": "euler"},
    }, "edges": [
        {"source": {"node_id": "b", "field": "conditioning"}, "destination": {"node_id": "f", "field": "positive_conditioning"}},
        {"source": {"node_id": "d", "field": "conditioning"}, "destination": {"node_id": "f", "field": "negative_conditioning"}},
        {"source": {"node_id": "c", "field": "value"}, "destination": {"node_id": "d", "field": "prompt"}},
    ]});
    let file = a_png()
        .text("invokeai_workflow", b"{\"name\": \"mine\", \"nodes\": []}")
        .text("invokeai_graph", graph.to_string().as_bytes())
        .end();
    assert_fields(
        &read(&file),
        &json!(["invokeai", "a fox", "blurry", "Juggernaut", "7", 30, 5.5, "euler", [1024, 768]]),
    );
    let drawn = a_png().text("invokeai_workflow", b"{\"name\": \"mine\", \"nodes\": []}").end();
    assert_eq!(read(&drawn).tool.id(), "invokeai");
}

#[test]
fn a_switch_without_a_value_in_the_command_of_invokeai_takes_no_other_one() {
    let info = read(&a_png().text("Dream", b"\"a fox\" -s 50 -F -C 7.5 -S 42 -A k_lms").end());
    assert_fields(&info, &json!(["invokeai", "a fox", null, null, "42", 50, 7.5, "k_lms", null]));
}

#[test]
fn fooocus_is_read_from_its_log_with_labels_for_keys() {
    let log = json!({"Prompt": "a fox", "Negative Prompt": "blurry", "Styles": "['Fooocus V2']", "Performance": "Speed", "Resolution": "(896, 1152)",
        "Sharpness": 2, "Guidance Scale": 4.0, "Base Model": "juggernautXL_v8.safetensors", "Refiner Model": "None", "Sampler": "dpmpp_2m_sde_gpu",
        "Scheduler": "karras", "Seed": 123, "LoRA 1": "snow.safetensors : 0.5", "Version": "v2.1.865", "Steps": 30});
    let info = read_beside(&log.to_string());
    assert_fields(
        &info,
        &json!([
            "fooocus",
            "a fox",
            "blurry",
            "juggernautXL_v8.safetensors",
            "123",
            30,
            4.0,
            "dpmpp_2m_sde_gpu",
            [896, 1152]
        ]),
    );
    assert_eq!((info.scheduler.as_deref(), info.tool_version.as_deref()), (Some("karras"), Some("v2.1.865")));
    assert_eq!((info.loras[0].name.as_str(), info.loras[0].weight), ("snow.safetensors", Some(0.5)));
}

#[test]
fn the_larger_pass_of_swarmui_is_read() {
    let params = json!({"prompt": "a fox", "model": "flux", "seed": 1, "steps": 20, "refinerupscale": "1.5", "refinerupscalemethod": "pixel-lanczos",
        "refinersteps": 12, "refinercontrolpercentage": 0.3});
    let hires =
        read(&png_json("parameters", &json!({"sui_image_params": params}))).hires.expect("it was enlarged");
    assert_eq!((hires.scale, hires.steps, hires.denoise), (Some(1.5), Some(12), Some(0.3)));
    assert_eq!(hires.upscaler.as_deref(), Some("pixel-lanczos"));
    let plain = json!({"sui_image_params": {"prompt": "a fox", "seed": 1, "steps": 20, "refinercontrolpercentage": 0.2}});
    assert_eq!(read(&png_json("parameters", &plain)).hires, None);
}

#[test]
fn every_line_easy_diffusion_writes_is_a_field_of_its_own() {
    let text = "Prompt: a fox\nSeed: 5\nSteps: 25\nUse Upscaling: RealESRGAN_x4plus\nUpscale By: 4\nStable Diffusion model: sd-v1-5\nLoRA model: snow\n\
                LoRA Strength: 0.5\nEmbedding model: None\nControlNet Strength: 1\nSeamless Tiling: None\nHypernetwork Strength: 1\nSampler: euler_a\nGuidance Scale: 7.5\nControlNet Filter: canny\n";
    let info = read_beside(text);
    assert_eq!((info.loras[0].name.as_str(), info.loras[0].weight), ("snow", Some(0.5)));
    assert_eq!((info.cfg, info.sampler.as_deref()), (Some(7.5), Some("euler_a")));
    assert_eq!(info.extra["use_upscale"], "RealESRGAN_x4plus");
}

#[test]
fn a_generator_that_says_only_that_it_created_the_picture_is_believed() {
    let made_by = |claim: &str, agent: Value, action: &str| {
        let actions = json!({"actions": [{"action": action, "softwareAgent": agent}]});
        let boxes = [
            jumbf("c2pa.claim", &[jumbf_box(*b"cbor", &cbor(&json!({"claim_generator": claim})))]),
            jumbf("c2pa.actions", &[jumbf_box(*b"cbor", &cbor(&actions))]),
        ];
        metadata::read(&a_png().chunk(*b"caBX", &jumbf("c2pa", &boxes)).end()).info
    };
    let info =
        made_by("OpenAI-API c2pa-rs/0.28.4", json!("DALL·E"), "c2pa.created").expect("DALL·E is a generator");
    assert_eq!((info.tool.id(), &info.extra["ai_generated"]), ("c2pa:openai", &json!(true)));
    assert_eq!(made_by("Adobe Photoshop 25", json!("Adobe Photoshop"), "c2pa.created"), None);
    assert_eq!(made_by("Adobe Photoshop 25", json!("Adobe Firefly"), "c2pa.opened"), None);
}

#[test]
fn a_long_history_of_an_editor_does_not_hide_that_a_model_made_the_picture() {
    let history = (0..600)
        .fold(String::new(), |history, number| history + &format!("<crs:Step{number}>1</crs:Step{number}>"));
    let packet = format!(
        r#"<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description xmlns:crs="http://ns.adobe.com/camera-raw-settings/1.0/" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/">{history}<Iptc4xmpExt:DigitalSourceType>http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia</Iptc4xmpExt:DigitalSourceType></rdf:Description></rdf:RDF>"#
    );
    assert_eq!(read(&jpeg_xmp(&packet)).tool.id(), "iptc");
}

#[test]
fn the_notes_of_a_camera_are_no_text() {
    let notes = (0x927c, UNDEFINED, vec![0xb7; 4000]);
    assert!(metadata::read(&jpeg_exif(&exif(true, &[], &[notes]))).texts.list.is_empty());
}
