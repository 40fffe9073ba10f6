//! Files from broken disks, broken uploads and attackers.

use std::fs;

use vitrine_core::metadata;

use super::corpus;
use super::files::*;

/// The most text in bytes that any file may lead to: the 16 MB of raw text that `core/metadata` promises.
const MOST_TEXT: usize = 16 << 20;
const ROUNDS: u64 = 60;

/// A small generator of numbers (xorshift64*), so that a failure can be repeated from its seed.
struct Chance(u64);

impl Chance {
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        usize::try_from(self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33).unwrap() % below.max(1)
    }
}

fn damaged(file: &[u8], chance: &mut Chance) -> Vec<u8> {
    let mut bytes = file.to_vec();
    for _ in 0..=chance.next(8) {
        // Metadata is near the ends. The middle contains pixels, which nothing reads here.
        let edge = bytes.len().min(16_384);
        let at = if chance.next(4) == 0 { bytes.len() - edge + chance.next(edge) } else { chance.next(edge) };
        let Some(place) = bytes.get_mut(at) else { continue };
        match chance.next(5) {
            0 => *place ^= 1 << chance.next(8),
            1 => *place = u8::try_from(chance.next(256)).unwrap(),
            2 => *place = [0, 0xff, 0x7f, 0x80, b'"', b'{', b'[', b'\\'][chance.next(8)],
            3 => bytes.truncate(at),
            _ => {
                // A length field somewhere becomes huge or zero.
                let end = bytes.len().min(at + 4);
                bytes[at..end].fill([0xff, 0][chance.next(2)]);
            }
        }
    }
    bytes
}

fn check(bytes: &[u8]) {
    let reading = metadata::read(bytes);
    assert!(reading.texts.size() <= MOST_TEXT);
    if let Some(info) = &reading.info {
        // Whatever is reported can be shown and written.
        assert!(serde_json::to_string(&info.params()).is_ok());
        metadata::to_a1111_text(info);
    }
    // The saved texts contain everything that is needed to read the file again.
    let kept = serde_json::to_string(&reading.texts).unwrap();
    let again: metadata::RawTexts = serde_json::from_str(&kept).unwrap();
    assert_eq!(again, reading.texts);
    let meaning = metadata::interpret(&again);
    assert_eq!((meaning.info, meaning.in_part), (reading.info, reading.in_part));
    let beside = metadata::sidecar(bytes.get(..bytes.len().min(65_536)).unwrap_or_default().to_vec());
    metadata::interpret(&metadata::RawTexts::from(Vec::from_iter(beside)));
}

#[test]
fn damage_to_a_real_file_never_causes_a_panic() {
    let Some(folder) = corpus::folder() else { return };
    let mut files: Vec<_> =
        fs::read_dir(folder.join("generated")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() > 50);
    for (number, path) in files.iter().enumerate() {
        // The largest files are mostly pixels. Their metadata is at the front.
        let file: Vec<u8> = fs::read(path).unwrap().into_iter().take(65_536).collect();
        check(&file);
        for round in 0..ROUNDS {
            let seed = (u64::try_from(number).unwrap() << 32) + round + 1;
            check(&damaged(&file, &mut Chance(seed)));
        }
    }
}

#[test]
fn damage_to_structures_that_the_corpus_lacks_never_causes_a_panic() {
    let text = b"a fox\nSteps: 3, Sampler: x, Seed: 1, Size: 1x1";
    let claim = jumbf(
        "c2pa.actions",
        &[jumbf_box(*b"cbor", &cbor(&serde_json::json!({"actions": [{"action": "c2pa.created"}]})))],
    );
    let comment = unicode_comment("{\"prompt\": {\"1\": {\"class_type\": \"KSampler\"}}}", false);
    let files = [
        a_png()
            .compressed_text("parameters", text)
            .compressed_international("parameters", "x")
            .chunk(*b"caBX", &claim)
            .end(),
        gif(text),
        webp(&[
            (*b"EXIF", exif(false, &[ascii(0x010f, "workflow:{}")], &[comment])),
            (*b"C2PA", claim.clone()),
            (*b"XMP ", b"<a xmlns:b='c'><b:d>e".to_vec()),
        ]),
        jpeg(&[
            (0xeb, [b"JP\0\x01\0\0\0\x01".as_slice(), &claim].concat()),
            (0xed, b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x05\x1c\x02\x78\0\0".to_vec()),
        ]),
    ];
    for (number, file) in files.iter().enumerate() {
        for round in 0..ROUNDS * 20 {
            check(&damaged(file, &mut Chance((u64::try_from(number).unwrap() << 40) + round + 1)));
        }
    }
}

#[test]
fn arbitrary_bytes_behind_the_header_of_a_container_never_cause_a_panic() {
    for (number, magic) in [
        b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".as_slice(),
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff\xe1",
        b"RIFF\xff\xff\0\0WEBP",
        b"GIF89a",
        b"",
    ]
    .into_iter()
    .enumerate()
    {
        for round in 0..ROUNDS * 20 {
            let mut chance = Chance((u64::try_from(number).unwrap() << 48) + round + 1);
            let most = 1 << chance.next(17);
            let length = chance.next(most);
            let noise = (0..length).map(|_| u8::try_from(chance.next(256)).unwrap());
            check(&magic.iter().copied().chain(noise).collect::<Vec<u8>>());
        }
    }
}

/// `scripts/bench.sh metadata` measures how long they take. If the work grew with the square of the size,
/// this would not end.
#[test]
fn texts_designed_to_be_slow_do_not_take_quadratic_time() {
    for (_, file) in vitrine_tests::hostile::slow_files() {
        metadata::read(&file);
    }
}

/// Every path through such a graph is different, and there are more than two to the power of its size.
#[test]
fn reading_a_graph_with_too_many_paths_ends() {
    let mut graph = serde_json::json!({
        "s": {"class_type": "KSampler", "inputs": {"seed": ["0", 0], "steps": ["0", 0], "cfg": 1, "sampler_name": ["0", 0], "positive": ["0", 0], "negative": ["0", 1], "model": ["0", 0], "latent_image": ["0", 0]}},
        "o": {"class_type": "SaveImage", "inputs": {"images": ["s", 0]}},
    });
    for layer in 0..3000 {
        let (left, right) = ((layer * 7 + 1) % 3000, (layer * 13 + 5) % 3000);
        let links = |id: i32| serde_json::json!([id.to_string(), 0]);
        let inputs = serde_json::json!({"conditioning_1": links(left), "conditioning_2": links(right), "text_a": links(right), "text_b": links(left), "text": links(left),
            "model1": links(left), "model2": links(right), "samples": links(left), "seed": links(right), "steps": links(left), "positive": links(left), "negative": links(right)});
        graph[layer.to_string()] = serde_json::json!({"class_type": "Anything", "inputs": inputs});
    }
    let info = metadata::read(&a_png().text("prompt", graph.to_string().as_bytes()).end()).info.unwrap();
    assert_eq!((info.tool.id(), info.prompt, info.cfg), ("comfyui", None, Some(1.0)));
}

/// Found by fuzzing: the result of one switch depends on another, and that one depends on the first.
#[test]
fn reading_switches_that_depend_on_each_other_ends() {
    for inputs in [
        serde_json::json!({"on_true": ["a", 0], "on_false": ["b", 0], "switch": ["b", 0]}),
        serde_json::json!({"input1": ["a", 0], "select": ["b", 0]}),
    ] {
        let sampler = serde_json::json!({"seed": ["a", 0], "steps": 20, "cfg": 1, "sampler_name": ["b", 0], "positive": ["a", 0], "model": ["a", 0], "latent_image": ["b", 0]});
        let switch = |other: &str| {
            let mut inputs = inputs.clone();
            inputs["value"] = serde_json::json!([other, 0]);
            serde_json::json!({"class_type": "Switch", "inputs": inputs})
        };
        let graph = serde_json::json!({
            "a": switch("b"), "b": switch("a"),
            "s": {"class_type": "KSampler", "inputs": sampler},
            "o": {"class_type": "SaveImage", "inputs": {"images": ["s", 0]}},
        });
        let info = metadata::read(&a_png().text("prompt", graph.to_string().as_bytes()).end()).info.unwrap();
        assert_eq!((info.tool.id(), info.steps), ("comfyui", Some(20)));
    }
}
