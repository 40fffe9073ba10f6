//! The same text is found wherever a format can store it.

use serde_json::json;
use vitrine_core::metadata::{self, Source};

use super::files::*;

const PARAMETERS: &str = "a fox in snow, テスト\nNegative prompt: blurry\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 18446744073709551615, Size: 512x768, Version: v1.10.1";

fn seed(file: &[u8]) -> Option<String> {
    let info = metadata::read(file).info?;
    assert_eq!(info.prompt.as_deref(), Some("a fox in snow, テスト"));
    info.seed
}

#[test]
fn a_parameter_text_is_found_in_every_container_and_encoding() {
    let exif_second = |big, order| exif(big, &[ascii(0x0131, "x")], &[unicode_comment(PARAMETERS, order)]);
    let ascii_comment = (0x9286, UNDEFINED, [b"ASCII\0\0\0", PARAMETERS.as_bytes()].concat());
    let files = [
        ("tEXt in UTF-8", a_png().text("parameters", PARAMETERS.as_bytes()).end()),
        ("zTXt", a_png().compressed_text("parameters", PARAMETERS.as_bytes()).end()),
        ("iTXt", a_png().international("parameters", PARAMETERS).end()),
        ("iTXt, compressed", a_png().compressed_international("parameters", PARAMETERS).end()),
        ("after the pixels", a_png().pixels().compressed_text("parameters", PARAMETERS.as_bytes()).end()),
        ("eXIf", a_png().chunk(*b"eXIf", &exif_second(true, true)).end()),
        (
            "a raw profile",
            a_png().compressed_text("Raw profile type exif", &hex_profile(&exif_second(true, true))).end(),
        ),
        ("JPEG", jpeg_exif(&exif_second(true, true))),
        ("JPEG against its byte order", jpeg_exif(&exif_second(false, true))),
        ("JPEG in little endian", jpeg_exif(&exif_second(false, false))),
        ("JPEG, UTF-8 marked as ASCII", jpeg_exif(&exif(true, &[], &[ascii_comment]))),
        ("JPEG, in the first directory", jpeg_exif(&exif(true, &[unicode_comment(PARAMETERS, true)], &[]))),
        ("a comment of a JPEG", jpeg(&[(0xfe, PARAMETERS.as_bytes().to_vec())])),
        ("WebP", webp(&[(*b"VP8L", vec![0; 3]), (*b"EXIF", exif_second(true, true))])),
        (
            "WebP with a JPEG's mark",
            webp(&[(*b"EXIF", [b"Exif\0\0", exif_second(true, true).as_slice()].concat())]),
        ),
        ("GIF", gif(PARAMETERS.as_bytes())),
    ];
    for (name, file) in files {
        assert_eq!(seed(&file).as_deref(), Some("18446744073709551615"), "{name}");
    }
}

/// Returns what `ImageMagick` writes: a name, a length, and lines of hexadecimal
/// digits.
fn hex_profile(bytes: &[u8]) -> Vec<u8> {
    let lines: Vec<String> = bytes.chunks(36).map(hex::encode).collect();
    format!("\nexif\n{:8}\n{}\n", bytes.len(), lines.join("\n")).into_bytes()
}

#[test]
fn the_graph_of_an_animated_png_is_found_in_its_own_chunk() {
    let graph = json!({
        "1": {"class_type": "KSampler", "inputs": {"seed": 3, "steps": 4, "cfg": 1.0, "sampler_name": "lcm", "scheduler": "normal", "positive": ["2", 0], "model": ["4", 0]}, "is_changed": ["NAN"]},
        "2": {"class_type": "CLIPTextEncode", "inputs": {"text": "a running fox"}},
        "3": {"class_type": "SaveAnimatedPNG", "inputs": {"images": ["1", 0]}},
    });
    let text = graph.to_string().replace("\"NAN\"", "NaN");
    let file = a_png().pixels().chunk(*b"comf", &[b"prompt\0", text.as_bytes()].concat()).end();
    let info = metadata::read(&file).info.unwrap();
    assert_eq!(
        (info.tool.id(), info.prompt.as_deref(), info.seed.as_deref()),
        ("comfyui", Some("a running fox"), Some("3"))
    );
}

#[test]
fn extended_xmp_is_assembled_from_its_parts() {
    let packet = r#"<x xmlns:i="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"><i:DigitalSourceType>http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia</i:DigitalSourceType></x>"#;
    let part = |from: usize, to: usize| {
        let size = u32::try_from(packet.len()).unwrap().to_be_bytes();
        let offset = u32::try_from(from).unwrap().to_be_bytes();
        let head = b"http://ns.adobe.com/xmp/extension/\0";
        (0xe1, [head.as_slice(), &[b'A'; 32], &size, &offset, &packet.as_bytes()[from..to]].concat())
    };
    let file = jpeg(&[part(60, packet.len()), part(0, 60)]);
    assert_eq!(metadata::read(&file).info.unwrap().tool.id(), "iptc");
}

#[test]
fn iptc_captions_are_read() {
    let dataset = |number: u8, text: &str| {
        [&[0x1c, 2, number], u16::try_from(text.len()).unwrap().to_be_bytes().as_slice(), text.as_bytes()]
            .concat()
    };
    let records = [dataset(120, "a fox --ar 2:1 --v 6.1"), dataset(110, "somebody")].concat();
    let resource =
        [b"8BIM\x04\x04\0\0".as_slice(), &u32::try_from(records.len()).unwrap().to_be_bytes(), &records]
            .concat();
    let reading = metadata::read(&jpeg(&[(0xed, [b"Photoshop 3.0\0".as_slice(), &resource].concat())]));
    assert!(
        reading.texts.list.iter().any(|text| text.source == Source::Iptc && text.decode().text == "somebody")
    );
    assert_eq!(reading.info.unwrap().model.as_deref(), Some("Midjourney 6.1"));
}

#[test]
fn a_text_that_inflates_beyond_the_limit_is_skipped_and_others_are_read() {
    let bomb = vec![b' '; 64 << 20];
    let file =
        a_png().compressed_text("bomb", &bomb).compressed_text("parameters", PARAMETERS.as_bytes()).end();
    assert!(file.len() < 100_000);
    let reading = metadata::read(&file);
    assert_eq!(reading.texts.list.iter().map(|text| text.key.as_str()).collect::<Vec<_>>(), ["parameters"]);
}

#[test]
fn reading_the_saved_texts_gives_the_same_as_reading_the_file() {
    let reading = metadata::read(&jpeg_exif(&exif(true, &[], &[unicode_comment(PARAMETERS, true)])));
    assert!(reading.info.is_some());
    assert_eq!(metadata::interpret(&reading.texts).info, reading.info);
}
