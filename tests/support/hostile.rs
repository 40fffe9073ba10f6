//! Files that are made to be slow to read.

use crate::pictures::a_png;

fn png_with(key: &str, text: &str) -> Vec<u8> {
    a_png(1, 1).with_text(key, text).bytes()
}

/// Returns PNGs of several megabytes each. Their texts would take hours if the work grew with the square of
/// their length.
pub fn slow_files() -> impl Iterator<Item = (String, Vec<u8>)> {
    const MEGABYTES: usize = 4 << 20;
    let of = |part: &str| part.repeat(MEGABYTES / part.len());
    let texts = [
        of("Steps: 1"),
        of("\nSteps: 1"),
        of("Steps: 1, a: {"),
        of("Steps: 1, a: [\"\\"),
        of("Negative prompt:"),
        of("<lora:"),
        of("<lora:a:1>"),
        of("Steps: 1, a: \""),
        of("--v "),
        of("[a]"),
        of("{\"a\":"),
        of("&amp"),
        of("NaN"),
        format!("[{}", of("NaN,")),
        format!("\"{}\" -s 5", of("[a]")),
    ];
    texts.into_iter().flat_map(move |text| {
        let xmp = format!("<x xmlns:a='b' a:c='{}'>{text}</x>", text.replace('\'', ""));
        let open_tags = format!("<x>{}", of("<a:b c='d'>"));
        let begin: String = text.chars().take(16).collect();
        ["parameters", "Comment", "Dream", "Description", "xmp", "open tags"].into_iter().map(move |key| {
            let file = match key {
                "xmp" => png_with("XML:com.adobe.xmp", &xmp),
                "open tags" => png_with("XML:com.adobe.xmp", &open_tags),
                key => png_with(key, &text),
            };
            (format!("{key} of {begin:?}"), file)
        })
    })
}

/// A file of adjustable size. Some way of reading it would take the square of that size, or more.
pub struct Growing {
    /// What it contains.
    pub name: &'static str,
    /// Makes a file of about this many bytes before deflating.
    pub make: Make,
}

/// Makes a file of about this many bytes.
type Make = fn(usize) -> Vec<u8>;

/// Returns one file for each way in which reading once grew, or could grow, faster than the file.
pub fn growing_files() -> Vec<Growing> {
    let all: [(&'static str, Make); 26] = [
        ("XMP extensions of a GIF without an end", |size| {
            gif(&b"\x21\xff\x0bXMP DataXMP\0".repeat(size / 15))
        }),
        ("comments of a GIF", |size| gif(&b"\x21\xfe\x01a\0".repeat(size / 5))),
        ("sub-blocks of a GIF", |size| {
            gif(&[b"\x21\xfe".as_slice(), &b"\x01a".repeat(size / 2), b"\0"].concat())
        }),
        ("texts under open elements of XMP that are all structure", |size| {
            let open = "<rdf:li>".repeat(200);
            xmp(&format!("<rdf:RDF {RDF} {}>{open}{}", prefixes(250), "x<!---->".repeat(size / 8)))
        }),
        ("properties in the longest namespace", |size| {
            xmp(&format!("<x xmlns:a='{}'>{}", "u".repeat(size / 2), "<a:b>c</a:b>".repeat(size / 24)))
        }),
        ("attributes of one element of XMP", |size| {
            xmp(&format!("<x {} {}>", prefixes(250), "a001:b='c' ".repeat(size / 11)))
        }),
        ("comments of XMP that do not end", |size| xmp(&"<!-- <a ".repeat(size / 8))),
        ("deflated texts that are each too large", |size| {
            let piece = deflated(&vec![0; 9 << 20]);
            png(&(0..(size / piece.len()).max(1))
                .map(|_| chunk(*b"zTXt", &[b"k\0\0", piece.as_slice()].concat()))
                .collect::<Vec<_>>()
                .concat())
        }),
        ("deflated texts that are empty", |size| {
            png(&chunk(*b"zTXt", &[b"k\0\0".as_slice(), &deflated(b"")].concat()).repeat(size / 23))
        }),
        ("raw profiles that hold nothing", |size| {
            png(&chunk(*b"tEXt", b"Raw profile type exif\0\nexif\n8\n4d4d002a").repeat(size / 52))
        }),
        ("directories of Exif that point at one text", |size| {
            png(&chunk(*b"eXIf", &overlapping_exif(size / 16)).repeat(16))
        }),
        ("parts of extended XMP", |size| {
            let head = b"http://ns.adobe.com/xmp/extension/\0";
            let part = [head.as_slice(), &[b'A'; 32], &[0; 8], b"<a b='"].concat();
            jpeg(&segment(0xe1, &part).repeat(size / (part.len() + 4)))
        }),
        ("maps as keys of maps in CBOR", |size| png(&chunk(*b"caBX", &cbor_keys(size)))),
        ("boxes in boxes", |size| png(&chunk(*b"caBX", &nested_boxes(size)))),
        ("names of LoRAs", |size| {
            let names = |part: usize| {
                (0..100).map(move |name| format!("{part}n{name}: 1")).collect::<Vec<_>>().join(", ")
            };
            let lists: Vec<String> =
                (0..(size / 900).min(1900)).map(|part| format!("Lora hashes: \"{}\"", names(part))).collect();
            text("parameters", &format!("a fox\nSteps: 1, Sampler: x, Seed: 1, {}", lists.join(", ")))
        }),
        ("quotes that do not end", |size| {
            text(
                "parameters",
                &format!("a fox\nSteps: 1, Sampler: x, Seed: 1, {}", "a: \"\\, b: [\"".repeat(size / 12)),
            )
        }),
        ("switches of Midjourney", |size| text("Description", &"a --v ".repeat(size / 6))),
        ("a list of empty lists", |size| text("Comment", &format!("[{}[]]", "[],".repeat(size / 3)))),
        ("prompts of one sampler", |size| {
            graph((0..size / 24).map(|at| (format!("positive_{at}"), format!("text {at}"))), &[])
        }),
        ("samplers in a row", |size| sampler_chain(size / 250)),
        ("encoders of one long text", |size| shared_text(size)),
        ("links between all nodes", |size| diamonds(size / 300)),
        ("ids with a long beginning in common", |size| long_ids(size)),
        ("a subgraph with a long text, used often", |size| drawn_subgraph(size)),
        ("subgraphs in subgraphs", |size| nested_subgraphs(size)),
        ("a text written into a text", |size| {
            let mut inner = format!("{{\"a\": \"{}\"}}", "b".repeat(size / 64));
            for _ in 0..5 {
                inner = serde_json::json!({"Comment": inner, "Source": "NovelAI"}).to_string();
            }
            text("Comment", &inner)
        }),
    ];
    all.into_iter().map(|(name, make)| Growing { name, make }).collect()
}

const RDF: &str = "xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\"";

fn prefixes(count: usize) -> String {
    let all: Vec<_> = (0..count).map(|at| format!("xmlns:a{at:03}='u:{at}' ")).collect();
    all.concat()
}

fn gif(blocks: &[u8]) -> Vec<u8> {
    [b"GIF89a\x04\0\x04\0\0\0\0".as_slice(), blocks, b";"].concat()
}

fn chunk(kind: [u8; 4], data: &[u8]) -> Vec<u8> {
    let length = u32::try_from(data.len()).unwrap_or(u32::MAX).to_be_bytes();
    [length.as_slice(), &kind, data, &[0; 4]].concat()
}

fn png(chunks: &[u8]) -> Vec<u8> {
    let header = chunk(*b"IHDR", &[0, 0, 0, 1, 0, 0, 0, 1, 8, 6, 0, 0, 0]);
    [b"\x89PNG\r\n\x1a\n".as_slice(), &header, chunks, &chunk(*b"IEND", &[])].concat()
}

fn text(key: &str, text: &str) -> Vec<u8> {
    png(&chunk(*b"tEXt", &[key.as_bytes(), b"\0", text.as_bytes()].concat()))
}

fn xmp(packet: &str) -> Vec<u8> {
    png(&chunk(*b"iTXt", &[b"XML:com.adobe.xmp\0\0\0\0\0", packet.as_bytes()].concat()))
}

fn segment(marker: u8, data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len() + 2).unwrap_or(u16::MAX).to_be_bytes();
    [[0xff, marker].as_slice(), &length, data].concat()
}

fn jpeg(segments: &[u8]) -> Vec<u8> {
    [b"\xff\xd8".as_slice(), segments, b"\xff\xd9"].concat()
}

/// Deflates bytes in the form that PNG uses.
pub fn deflated(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut deflated = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    crate::process::must(deflated.write_all(bytes), "deflating");
    crate::process::must(deflated.finish(), "deflating")
}

/// Makes 500 entries of one directory that all point to the same long text.
fn overlapping_exif(size: usize) -> Vec<u8> {
    const ENTRIES: u16 = 500;
    let start = 8 + 2 + 12 * u32::from(ENTRIES);
    let length = u32::try_from(size).unwrap_or(u32::MAX);
    let entry =
        [&0x010e_u16.to_be_bytes()[..], &2_u16.to_be_bytes(), &length.to_be_bytes(), &start.to_be_bytes()];
    let directory = [&ENTRIES.to_be_bytes()[..], &entry.concat().repeat(ENTRIES.into())].concat();
    [b"MM\0*\0\0\0\x08".as_slice(), &directory, &vec![b'a'; size]].concat()
}

fn a_box(kind: [u8; 4], content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len() + 8).unwrap_or(u32::MAX).to_be_bytes();
    [length.as_slice(), &kind, content].concat()
}

fn described(content: &[u8]) -> Vec<u8> {
    let description = [[0; 16].as_slice(), &[2], b"c2pa.actions\0"].concat();
    a_box(*b"jumb", &[a_box(*b"jumd", &description), content.to_vec()].concat())
}

/// Makes twenty nested maps, each the key of the one around it, with quotes in the innermost. Written as
/// JSON, each level escapes the next.
fn cbor_keys(size: usize) -> Vec<u8> {
    let length = u32::try_from(size).unwrap_or(u32::MAX).to_be_bytes();
    let innermost = [[0x7a].as_slice(), &length, &vec![b'"'; size]].concat();
    let values = [[0xa1; 20].as_slice(), &innermost, &[0; 20]].concat();
    described(&a_box(*b"cbor", &values))
}

fn nested_boxes(size: usize) -> Vec<u8> {
    let mut content = described(&[]).repeat(size / 45);
    for _ in 0..23 {
        content = described(&content);
    }
    content
}

fn graph(inputs: impl Iterator<Item = (String, String)>, more: &[(String, serde_json::Value)]) -> Vec<u8> {
    let mut sampler =
        serde_json::json!({"steps": 20, "cfg": 1, "sampler_name": "x", "model": ["m", 0], "seed": 1});
    for (key, value) in inputs {
        sampler[key] = value.into();
    }
    let mut graph = serde_json::json!({
        "s": {"class_type": "KSampler", "inputs": sampler},
        "o": {"class_type": "SaveImage", "inputs": {"images": ["s", 0]}},
    });
    for (id, node) in more {
        graph[id] = node.clone();
    }
    text("prompt", &graph.to_string())
}

fn sampler_chain(count: usize) -> Vec<u8> {
    let nodes: Vec<(String, serde_json::Value)> = (0..count)
        .map(|at| {
            let latent = serde_json::json!([format!("n{}", at + 1), 0]);
            let inputs = serde_json::json!({"steps": 20, "cfg": 1, "sampler_name": "x", "seed": at, "model": ["m", 0],
                "positive": ["t", 0], "negative": ["t", 0], "latent_image": latent});
            (format!("n{at}"), serde_json::json!({"class_type": "KSampler", "inputs": inputs}))
        })
        .collect();
    let first = [("latent_image".to_owned(), String::new())];
    let mut file = nodes;
    file.push((
        "o2".to_owned(),
        serde_json::json!({"class_type": "SaveImage", "inputs": {"images": ["n0", 0]}}),
    ));
    file.push((
        "t".to_owned(),
        serde_json::json!({"class_type": "CLIPTextEncode", "inputs": {"text": "a fox"}}),
    ));
    graph(first.into_iter(), &file)
}

/// Makes a graph: half of the file is a text, the other half encoders that are linked to it.
fn shared_text(size: usize) -> Vec<u8> {
    let count = size / 200;
    let link = |id: String| serde_json::json!([id, 0]);
    let mut nodes: Vec<(String, serde_json::Value)> = (0..count)
        .map(|at| {
            let inputs = serde_json::json!({"text_g": link("t".into()), "text_l": link("t".into()), "t5xxl": link("t".into()),
                "conditioning": link(format!("e{}", at + 1))});
            (format!("e{at}"), serde_json::json!({"class_type": "CLIPTextEncodeSDXL", "inputs": inputs}))
        })
        .collect();
    let all: serde_json::Map<String, serde_json::Value> =
        (0..count).map(|at| (format!("conditioning_{at}"), link(format!("e{at}")))).collect();
    nodes.push(("c".to_owned(), serde_json::json!({"class_type": "Combine", "inputs": all})));
    nodes.push((
        "t".to_owned(),
        serde_json::json!({"class_type": "Primitive", "inputs": {"value": "b".repeat(size / 2)}}),
    ));
    let sampler = serde_json::json!({"steps": 20, "cfg": 1, "sampler_name": "x", "seed": 1, "model": ["m", 0],
        "positive": ["c", 0], "negative": ["c", 0]});
    nodes.push(("s".to_owned(), serde_json::json!({"class_type": "KSampler", "inputs": sampler})));
    graph(std::iter::empty(), &nodes)
}

/// Makes a graph in which many inputs link every node to two others, so that there are more paths than can be
/// followed.
fn diamonds(count: usize) -> Vec<u8> {
    let link = |at: usize| serde_json::json!([(at % count.max(1)).to_string(), 0]);
    let mut nodes: Vec<(String, serde_json::Value)> = (0..count)
        .map(|at| {
            let (left, right) = (link(at * 7 + 1), link(at * 13 + 5));
            let inputs = serde_json::json!({"conditioning_1": left, "conditioning_2": right, "text_a": right, "text_b": left, "text": left,
                "model1": left, "model2": right, "samples": left, "seed": right, "steps": left, "select": right, "input1": left});
            (at.to_string(), serde_json::json!({"class_type": "Switch", "inputs": inputs}))
        })
        .collect();
    let sampler = serde_json::json!({"seed": ["0", 0], "steps": ["0", 0], "cfg": 1, "sampler_name": ["0", 0], "positive": ["0", 0],
        "negative": ["0", 1], "model": ["0", 0], "latent_image": ["0", 0]});
    nodes.push(("s".to_owned(), serde_json::json!({"class_type": "KSampler", "inputs": sampler})));
    graph(std::iter::empty(), &nodes)
}

/// Makes a node with many samplers whose ids fill half of the file.
fn long_ids(size: usize) -> Vec<u8> {
    let id = "i".repeat(size / 8);
    let nodes: Vec<(String, serde_json::Value)> = (0..4)
        .map(|at| {
            let inputs = serde_json::json!({"steps": 20, "cfg": 1, "sampler_name": "x", "seed": [format!("{id}{at}"), 0], "model": ["m", 0]});
            (format!("{id}{at}"), serde_json::json!({"class_type": "KSampler", "inputs": inputs}))
        })
        .collect();
    graph(std::iter::empty(), &nodes)
}

/// Makes a graph: half of the file is a text in a subgraph, the other half uses of the subgraph.
fn drawn_subgraph(size: usize) -> Vec<u8> {
    let uses: Vec<serde_json::Value> =
        (0..size / 60).map(|at| serde_json::json!({"id": at, "type": "sub", "inputs": []})).collect();
    let inside =
        serde_json::json!({"id": 1, "type": "CLIPTextEncode", "widgets_values": ["b".repeat(size / 2)]});
    let drawn = serde_json::json!({"nodes": uses, "links": [],
        "definitions": {"subgraphs": [{"id": "sub", "nodes": [inside], "links": []}]}});
    text("workflow", &drawn.to_string())
}

/// Makes eight levels of subgraphs. Each level uses the next as often as fits into the file.
fn nested_subgraphs(size: usize) -> Vec<u8> {
    let level = |at: usize| {
        let uses: Vec<serde_json::Value> = (0..size / 500)
            .map(|id| serde_json::json!({"id": id, "type": format!("l{}", at + 1), "inputs": [{"name": "a", "link": 1}]}))
            .collect();
        serde_json::json!({"id": format!("l{at}"), "nodes": uses, "links": [[1, 2, 0, 3, 0, "X"]], "inputs": [{"name": "a"}]})
    };
    let subgraphs: Vec<serde_json::Value> = (1..8).map(level).collect();
    let drawn =
        serde_json::json!({"nodes": level(0)["nodes"], "links": [], "definitions": {"subgraphs": subgraphs}});
    text("workflow", &drawn.to_string())
}
