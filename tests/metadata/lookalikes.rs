//! Words that look like a tool's but belong to something else. A wrong answer is worse than
//! none.

use serde_json::json;
use vitrine_core::metadata::{self, RawTexts};

use super::files::*;

/// Returns files with the text in every place where a person or another program writes its
/// own text.
fn files_with(text: &str) -> Vec<(&'static str, Vec<u8>)> {
    let xmp = format!(
        r#"<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:description>{text}</dc:description></rdf:Description></rdf:RDF>"#
    );
    let caption =
        [&[0x1c, 2, 120], u16::try_from(text.len()).unwrap().to_be_bytes().as_slice(), text.as_bytes()]
            .concat();
    let resource = [
        b"Photoshop 3.0\x008BIM\x04\x04\0\0".as_slice(),
        &u32::try_from(caption.len()).unwrap().to_be_bytes(),
        &caption,
    ]
    .concat();
    vec![
        ("Description", a_png().text("Description", text.as_bytes()).end()),
        ("Comment", a_png().text("Comment", text.as_bytes()).end()),
        ("ImageDescription", jpeg_exif(&exif(true, &[ascii(0x010e, text)], &[]))),
        ("UserComment", jpeg_exif(&exif(true, &[], &[unicode_comment(text, true)]))),
        ("comment of a JPEG", jpeg(&[(0xfe, text.as_bytes().to_vec())])),
        ("GIF", gif(text.as_bytes())),
        ("XMP", jpeg_xmp(&xmp)),
        ("IPTC", jpeg(&[(0xed, resource)])),
    ]
}

fn says_nothing(text: &str) {
    for (place, file) in files_with(text) {
        assert_eq!(metadata::read(&file).info, None, "{place}: {text}");
    }
    let beside = RawTexts::from(Vec::from_iter(metadata::sidecar(text.as_bytes().to_vec())));
    assert_eq!(metadata::interpret(&beside).info, None, "beside: {text}");
}

#[test]
fn recipes_and_instructions_are_no_settings() {
    says_nothing("Chocolate cake\nSteps: 4, Size: 24x24, Model: springform, Time: 45 minutes");
    says_nothing("Chocolate cake. Steps: 4, Seed: sesame, Size: large, Version: 2");
    says_nothing("Knitting\nSteps: 12, Size: 38x40, Model: raglan, Seed: stitch");
    says_nothing("Sowing\nSteps: 3, Seed: 12, Depth: 2 cm");
    says_nothing(
        "Negative prompt: is what people call it when a reader wants none of it"
            .replace("Negative prompt:", "A negative prompt:")
            .as_str(),
    );
}

#[test]
fn text_about_switches_is_not_a_prompt() {
    says_nothing("How to crop: use --ar 3:2 in your caption");
    says_nothing("ffmpeg -i a.png --v 6 --preset slow");
    says_nothing("a fox \u{2014} moody \u{2014} film");
    says_nothing("my desktop --ar");
}

#[test]
fn graphs_and_objects_of_other_programs_are_not_read() {
    let objects = [
        json!({"nodes": [{"id": 1, "type": "n8n-nodes-base.start", "position": [0, 0]}], "connections": {}}),
        json!({"nodes": [{"id": "a", "type": "input", "data": {}}], "edges": []}),
        json!({"nodes": [{"id": "a"}], "links": [{"source": "a", "target": "b"}]}),
        json!({"1": {"class_type": "economy", "seat": "12A"}}),
        json!({"prompt": "Choose a player", "seed": 5}),
        json!({"base_model": "ResNet", "performance": "95 %"}),
        json!({"metadata_scheme": "Dublin Core"}),
        json!({"Comment": "hello", "Source": "a camera"}),
        json!({"c": 1, "uc": 2}),
    ];
    for object in objects {
        let text = object.to_string();
        for key in ["data", "workflow", "prompt", "Comment"] {
            let file = a_png().text(key, text.as_bytes()).end();
            assert_eq!(metadata::read(&file).info, None, "{key}: {text}");
        }
    }
    for key in ["generation_data", "smproj", "parameters-json", "parameters"] {
        let file = a_png().text(key, br#"{"title": "a fox", "version": 2}"#).end();
        assert_eq!(metadata::read(&file).info, None, "{key}");
    }
}

#[test]
fn words_of_the_format_are_recognised_only_at_the_start_of_a_line() {
    let settings = "Steps: 24, Sampler: DPM++ 2M Karras, CFG scale: 5.5, Seed: 1234567, Size: 832x1216";
    let read = |text: &str| metadata::read(&a_png().text("parameters", text.as_bytes()).end()).info.unwrap();
    let info = read(&format!("a poster that says Negative prompt: none, bold type\n{settings}"));
    assert_eq!(
        (info.prompt.as_deref(), info.negative_prompt),
        (Some("a poster that says Negative prompt: none, bold type"), None)
    );
    let info = read(&format!(
        "a sign, Negative prompt: left\nmore\n  Negative prompt: blurry, Negative prompt: twice\n{settings}"
    ));
    assert_eq!(info.prompt.as_deref(), Some("a sign, Negative prompt: left\nmore"));
    assert_eq!(info.negative_prompt.as_deref(), Some("blurry, Negative prompt: twice"));
    // If somebody joined all lines, the words count within the remaining line.
    let info = read(&format!("a fox. Negative prompt: blurry. {settings}"));
    assert_eq!((info.prompt.as_deref(), info.negative_prompt.as_deref()), (Some("a fox."), Some("blurry.")));
}

#[test]
fn prompts_without_settings_are_read() {
    let read = |key: &str, text: &str| metadata::read(&a_png().text(key, text.as_bytes()).end()).info;
    let info = read("parameters", "a fox in snow\nwith a scarf\nNegative prompt: blurry,\nugly").unwrap();
    assert_eq!(
        (info.prompt.as_deref(), info.negative_prompt.as_deref()),
        (Some("a fox in snow\nwith a scarf"), Some("blurry,\nugly"))
    );
    assert_eq!(
        read("Comment", "Negative prompt: blurry").unwrap().negative_prompt.as_deref(),
        Some("blurry")
    );
    assert_eq!(read("parameters", "a fox in snow <lora:fur:0.5>").unwrap().loras.len(), 1);
    for text in
        ["Title: a fox\nAuthor: me", "<html><body>a fox</body></html>", "42", "Steps: 3\nmix the eggs"]
    {
        assert_eq!(read("parameters", text), None, "{text}");
    }
}

#[test]
fn placeholder_that_a_saver_writes_is_not_a_value() {
    let text = "unknown\nNegative prompt: unknown\nSteps: 20, Sampler: unknown, CFG scale: 8.0, Seed: 12, Size: 512x512, Model: unknown, Version: ComfyUI";
    let info = metadata::read(&jpeg_exif(&exif(true, &[], &[unicode_comment(text, true)]))).info.unwrap();
    assert_eq!((info.prompt, info.negative_prompt, info.model, info.sampler), (None, None, None, None));
    assert_eq!((info.seed.as_deref(), info.steps), (Some("12"), Some(20)));
}

#[test]
fn names_between_hashes_and_addresses_are_models() {
    let text = "a fox\nSteps: 25, Sampler: Euler a, CFG scale: 5.5, Seed: 42, Model hash: 45A21EA00A, Model: wai, Hashes: {\"model\":\"45A21EA00A\",\"LORA:snow\":\"9C783C8CE4\",\"lora:fur\":\"1C783C8CE4\"}, Version: ComfyUI, Civitai resources: [{\"air\":\"urn:air:illustrious:checkpoint:civitai:827184@1761560\"},{\"weight\":0.8,\"air\":\"urn:air:illustrious:lora:civitai:1@2\"},{\"weight\":0.3,\"air\":\"urn:air:illustrious:lora:civitai:3@4\"}]";
    let info = metadata::read(&a_png().text("parameters", text.as_bytes()).end()).info.unwrap();
    let loras: Vec<_> = info.loras.iter().map(|lora| (lora.name.as_str(), lora.weight)).collect();
    assert_eq!((loras, info.model.as_deref()), (vec![("snow", Some(0.8)), ("fur", Some(0.3))], Some("wai")));
}
