//! Several sources in one picture complete one another field by field, and reading them again gives the same
//! result.

use serde_json::{Value, json};
use vitrine_core::metadata::{self, GenerationData, RawText, RawTexts, Source};

use super::files::*;

const PARAMETERS: &str = "a hidden fox\nNegative prompt: blurry\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 99, Size: 64x64, Model: mix, Version: v1.10.1";

/// Returns what a service declares about a picture, without how it was requested.
fn declaration() -> Vec<u8> {
    let action = json!({"actions": [{"action": "c2pa.created", "digitalSourceType": "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia", "softwareAgent": {"name": "gpt-image", "version": "2.0"}}]});
    let boxes = [
        jumbf(
            "c2pa.claim.v2",
            &[jumbf_box(
                *b"cbor",
                &cbor(&json!({"claim_generator_info": {"name": "OpenAI Media Service API"}})),
            )],
        ),
        jumbf("c2pa.actions.v2", &[jumbf_box(*b"cbor", &cbor(&action))]),
    ];
    jumbf("c2pa", &[jumbf("urn:c2pa:1", &boxes)])
}

const IPTC: &str = r#"<x xmlns:i="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" i:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"/>"#;

fn declared_files() -> [(&'static str, Vec<u8>); 3] {
    [
        ("C2PA", a_png().chunk(*b"caBX", &declaration()).end()),
        ("IPTC", a_png().international("XML:com.adobe.xmp", IPTC).end()),
        ("both, in a JPEG", {
            let manifest = [b"JP\0\x01\0\0\0\x01".as_slice(), &declaration()].concat();
            let xmp = [b"http://ns.adobe.com/xap/1.0/\0".as_slice(), IPTC.as_bytes()].concat();
            jpeg(&[(0xe1, xmp), (0xeb, manifest)])
        }),
    ]
}

/// Returns the texts of a file with one text from another source added.
fn with(file: &[u8], source: Source, text: &str) -> RawTexts {
    let mut texts = metadata::read(file).texts;
    texts.list.push(RawText::new(
        source,
        if source == Source::Stealth { "stealth" } else { "sidecar" },
        text,
    ));
    texts
}

fn meaning(texts: &RawTexts) -> GenerationData {
    metadata::interpret(texts).info.expect("the texts say how it was made")
}

#[test]
fn declaration_without_a_prompt_hides_no_source_that_has_one() {
    let asked = json!({"prompt": "a hidden fox", "negative_prompt": "blurry", "seed": 99, "model": "mix"})
        .to_string();
    for (name, file) in declared_files() {
        let sources = [
            (Source::Stealth, PARAMETERS),
            (Source::Sidecar, PARAMETERS),
            (
                Source::Sidecar,
                "a hidden fox\nNegative prompt: blurry\nSteps: 20, Seed: 99, Model: mix, Sampler: x",
            ),
            (Source::Sidecar, asked.as_str()),
        ];
        for (source, text) in sources {
            let info = meaning(&with(&file, source, text));
            assert_eq!(
                (info.prompt.as_deref(), info.negative_prompt.as_deref()),
                (Some("a hidden fox"), Some("blurry")),
                "{name} {source:?}"
            );
            assert_eq!(
                (info.seed.as_deref(), info.model.as_deref()),
                (Some("99"), Some("mix")),
                "{name} {source:?}"
            );
            assert_eq!(info.extra["ai_generated"], true, "{name}");
        }
    }
    let beside = a_png().text("parameters", PARAMETERS.as_bytes()).chunk(*b"caBX", &declaration()).end();
    let info = metadata::read(&beside).info.unwrap();
    assert_eq!((info.tool.id(), info.prompt.as_deref()), ("automatic1111", Some("a hidden fox")));
    assert_eq!(info.extra["c2pa"]["vendor"], "openai");
}

#[test]
fn fields_without_a_tool_are_those_of_the_tool_that_was_declared() {
    let (_, file) = &declared_files()[0];
    let info = meaning(&with(
        file,
        Source::Sidecar,
        r#"{"prompt": "a fox", "model": "gpt-image-2", "size": "1024x1536"}"#,
    ));
    assert_eq!(
        (info.tool.id(), info.prompt.as_deref(), info.size),
        ("c2pa:openai", Some("a fox"), Some((1024, 1536)))
    );
    let info = meaning(&with(file, Source::Sidecar, r#"{"prompt": "a fox", "seed": 5}"#));
    assert_eq!((info.tool.id(), info.model.as_deref()), ("c2pa:openai", Some("gpt-image 2.0")));
}

#[test]
fn file_beside_the_picture_fills_in_what_the_picture_does_not_say() {
    let file = a_png().text("parameters", b"a hidden fox\nNegative prompt: blurry").end();
    let info = meaning(&with(&file, Source::Sidecar, PARAMETERS));
    assert_eq!(
        (info.seed.as_deref(), info.steps, info.model.as_deref()),
        (Some("99"), Some(20), Some("mix"))
    );
    let graph = json!({"1": {"class_type": "Everything", "inputs": {}}, "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0]}}});
    let file = a_png().text("prompt", graph.to_string().as_bytes()).end();
    let info = meaning(&with(&file, Source::Stealth, PARAMETERS));
    assert_eq!(
        (info.tool.id(), info.prompt.as_deref(), info.seed.as_deref()),
        ("comfyui", Some("a hidden fox"), Some("99"))
    );
}

#[test]
fn file_beside_the_picture_that_is_of_another_one_fills_in_nothing() {
    let own = "an owl\nSteps: 9, Sampler: LCM, CFG scale: 1, Seed: 3, Size: 64x64";
    let file = a_png().text("parameters", own.as_bytes()).end();
    for source in [Source::Stealth, Source::Sidecar] {
        let info = meaning(&with(&file, source, PARAMETERS));
        assert_eq!((info.prompt.as_deref(), info.negative_prompt, info.model), (Some("an owl"), None, None));
    }
}

#[test]
fn caption_beside_a_picture_is_no_prompt() {
    for caption in ["a fox, snow, watercolour", "A photograph of a fox: it is orange.\nNegative space above."]
    {
        let texts = RawTexts::from(vec![RawText::new(Source::Sidecar, "sidecar", caption)]);
        assert_eq!(metadata::interpret(&texts).info, None);
    }
    let (_, file) = &declared_files()[0];
    assert_eq!(meaning(&with(file, Source::Sidecar, "a fox, snow")).prompt, None);
}

#[test]
fn texts_that_were_kept_have_all_that_their_meaning_is_made_of() {
    let comment =
        (0x9286, UNDEFINED, [b"UNICODE\0", "雪の狐\nNegative prompt: x".as_bytes(), b"\xff\0\0"].concat());
    let files = declared_files().map(|(_, file)| file).into_iter().chain([
        jpeg_exif(&exif(false, &[ascii(0x0131, "x")], &[comment, unicode_comment(PARAMETERS, true)])),
        a_png().text("parameters", &[PARAMETERS.as_bytes(), b"\xe9"].concat()).end(),
        a_png().text("generation_data", b"{\"prompt\": \"a fox\", \"seed\": \"5\"}\0").end(),
    ]);
    for file in files {
        for (source, text) in
            [(Source::Stealth, PARAMETERS), (Source::Sidecar, r#"{"prompt": "a fox", "seed": 5}"#)]
        {
            let found = with(&file, source, text);
            let kept = serde_json::to_string(&found).unwrap();
            let again: RawTexts = serde_json::from_str(&kept).unwrap();
            assert_eq!(again, found);
            assert_eq!(metadata::interpret(&again), metadata::interpret(&found));
        }
    }
}

#[test]
fn characters_of_novelai_stand_behind_the_prompts_they_belong_to() {
    let caption = |base: &str, characters: &[&str]| {
        let characters: Vec<Value> = characters
            .iter()
            .map(|text| json!({"char_caption": text, "centers": [{"x": 0.5, "y": 0.5}]}))
            .collect();
        json!({"caption": {"base_caption": base, "char_captions": characters}})
    };
    let comment = json!({"prompt": "2 foxes", "uc": "lowres", "steps": 28, "seed": 7, "scale": 5.0, "sampler": "k_euler",
        "v4_prompt": caption("2 foxes", &["red fox", "white fox"]), "v4_negative_prompt": caption("lowres", &["mutated hands"])});
    let file = a_png().text("Software", b"NovelAI").text("Comment", comment.to_string().as_bytes()).end();
    let info = metadata::read(&file).info.unwrap();
    assert_eq!(info.prompt.as_deref(), Some("2 foxes | red fox | white fox"));
    assert_eq!(info.negative_prompt.as_deref(), Some("lowres | mutated hands"));
    assert_eq!(info.extra["negative_characters"][0]["char_caption"], "mutated hands");
}

#[test]
fn description_of_draw_things_is_enough() {
    let packet = |description: &str| {
        format!(
            r#"<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:description><rdf:Alt><rdf:li xml:lang="x-default">{description}</rdf:li></rdf:Alt></dc:description><xmp:CreatorTool>Draw Things</xmp:CreatorTool></rdf:Description></rdf:RDF></x:xmpmeta>"#
        )
    };
    let read = |description: &str| {
        let file = a_png().international("XML:com.adobe.xmp", &packet(description)).end();
        metadata::read(&file).info.unwrap()
    };
    let info = read(
        "a list:&#xA;- a fox&#xA;- an owl&#xA;-blurry&#xA;Steps: 20, Sampler: Euler A Trailing, Guidance Scale: 3.5, Seed: 5, Size: 832x1216, Model: flux.ckpt, Strength: 0.7, Seed Mode: Scale Alike, LoRA 1 Model: snow.ckpt, LoRA 1 Weight: 0.8, LoRA 2 Model: ice.ckpt, LoRA 2 Weight: 0.4",
    );
    assert_eq!(
        (info.prompt.as_deref(), info.negative_prompt.as_deref()),
        (Some("a list:\n- a fox\n- an owl"), Some("blurry"))
    );
    assert_eq!(
        (info.seed.as_deref(), info.steps, info.cfg, info.denoise, info.size),
        (Some("5"), Some(20), Some(3.5), Some(0.7), Some((832, 1216)))
    );
    let loras: Vec<_> = info.loras.iter().map(|lora| (lora.name.as_str(), lora.weight)).collect();
    assert_eq!(loras, [("snow.ckpt", Some(0.8)), ("ice.ckpt", Some(0.4))]);
    let alone = read("a fox");
    assert_eq!(
        (alone.tool.id(), alone.prompt.as_deref(), alone.negative_prompt),
        ("draw-things", Some("a fox"), None)
    );
}
