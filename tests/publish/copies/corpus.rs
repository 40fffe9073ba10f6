//! Files of every format that carry everything their format can. Each thing contains a word of its own.

use super::exiftool;
use super::secrets::Searched;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use image::ImageFormat;
use std::io::{Cursor, Write};
use std::process::Command;
use std::sync::OnceLock;
use tempfile::TempDir;
use vitrine_tests::animated::{a_moving_gif, a_moving_webp};
use vitrine_tests::blocks::Blocks;
use vitrine_tests::pictures::{a_gif, a_jpeg, a_png, a_webp};

/// The words that are planted. None may be in a copy that hides everything.
pub(crate) const SECRETS: [&str; 21] = [
    "zqPromptText",
    "zqNegative",
    "zqGraphText",
    "zqWorkflow",
    "zqUserComment",
    "zqXmpText",
    "zqCaption",
    "zqArtist",
    "zqSoftware",
    "zqSerial",
    "zqOwner",
    "zqArea",
    "zqManifest",
    "zqComment",
    "zqPrivate",
    "zqSecond",
    "zqTrailing",
    "zqThumb",
    "zqHidden",
    "zqBetween",
    "zqProfile",
];

const PARAMETERS: &str =
    "zqPromptText, a fox\nNegative prompt: zqNegative\nSteps: 20, Sampler: Euler a, Seed: 7";
const GRAPH: &str = r#"{"3": {"class_type": "KSampler", "inputs": {"seed": 7, "steps": 20, "cfg": 7, "positive": ["6", 0]}}, "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "zqGraphText"}}}"#;
const WORKFLOW: &str = r#"{"nodes": [{"id": 3, "type": "zqWorkflow"}], "links": []}"#;

/// A file of the corpus.
pub(crate) struct Made {
    pub(crate) name: &'static str,
    pub(crate) bytes: Vec<u8>,
    /// Whether its pixels hide a text.
    pub(crate) hides: bool,
}

/// Returns the corpus. It is made once.
pub(crate) fn all() -> &'static [Made] {
    static ALL: OnceLock<Vec<Made>> = OnceLock::new();
    ALL.get_or_init(|| {
        let small = a_png(96, 80).bytes();
        let clear = a_png(50, 40).with_opacity(90).bytes();
        let files = [
            ("png", png(&a_png(160, 130).bytes())),
            ("small png", png(&a_png(17, 9).with_opacity(120).bytes())),
            ("apng", png(&apng(&a_png(40, 30).bytes(), &a_png(40, 30).seed(2).bytes()))),
            ("jpeg", jpeg(&a_jpeg(120, 90).bytes())),
            ("progressive jpeg", jpeg(&converted(&small, &["-interlace", "JPEG"], "jpg"))),
            ("grey jpeg", jpeg(&converted(&small, &["-colorspace", "Gray", "-interlace", "JPEG"], "jpg"))),
            ("jpeg with restarts", jpeg(&restarts())),
            ("lossless webp", webp(&a_webp(90, 70).bytes(), false)),
            ("lossless webp with alpha", webp(&a_webp(31, 33).with_opacity(99).bytes(), true)),
            ("lossy webp", webp(&converted(&small, &["-quality", "70"], "webp"), false)),
            ("lossy webp with alpha", webp(&converted(&clear, &["-quality", "60"], "webp"), true)),
            ("png with a palette", png(&converted(&small, &["-colors", "9"], "png"))),
            ("moving webp", webp(&a_moving_webp(24, [[200, 10, 10], [10, 10, 200]]), false)),
            ("gif", gif(&a_gif(50, 40).bytes())),
            ("moving gif", gif(&a_moving_gif(24, [[200, 10, 10], [10, 10, 200]]))),
        ];
        let still = files.into_iter().map(|(name, bytes)| Made::of(name, bytes, false));
        let hidden = [
            ("text in the alpha of a png", png(&with_hidden_text(&[3], "stealth_pnginfo", ImageFormat::Png))),
            (
                "text in the colours of a png",
                png(&with_hidden_text(&[0, 1, 2], "stealth_rgbinfo", ImageFormat::Png)),
            ),
            (
                "text in the alpha of a webp",
                webp(&with_hidden_text(&[3], "stealth_pnginfo", ImageFormat::WebP), true),
            ),
            (
                "text in the colours of a webp",
                webp(&with_hidden_text(&[0, 1, 2], "stealth_rgbinfo", ImageFormat::WebP), true),
            ),
            // Readers that ignore the header still find it.
            (
                "text in the alpha of a webp whose header denies it",
                webp(&with_hidden_text(&[3], "stealth_pnginfo", ImageFormat::WebP), false),
            ),
        ];
        still.chain(hidden.into_iter().map(|(name, bytes)| Made::of(name, bytes, true))).collect()
    })
}

impl Made {
    fn of(name: &'static str, bytes: Vec<u8>, hides: bool) -> Self {
        let searched = Searched::of(&bytes);
        let planted = SECRETS.iter().filter(|word| searched.has(word)).count();
        let least = if name.contains("gif") { 3 } else { 10 };
        assert!(planted >= least, "{name} carries only {planted} words");
        Self { name, bytes, hides }
    }
}

/// Writes EXIF, XMP and IPTC with `exiftool`, as far as the format holds them.
fn with_fields(bytes: &[u8], extension: &str) -> Vec<u8> {
    let thumbnail = [a_jpeg(16, 12).bytes(), b"zqThumb".to_vec()].concat();
    let options = [
        "-IFD0:Orientation#=6",
        "-IFD0:Make=Fujifilm",
        "-IFD0:Model=X-T5",
        "-IFD0:Artist=zqArtist",
        "-IFD0:Software=zqSoftware",
        "-ExifIFD:ExposureTime=1/250",
        "-ExifIFD:FNumber=2.8",
        "-ExifIFD:ISO=400",
        "-ExifIFD:FocalLength=35",
        "-ExifIFD:LensModel=XF 35mm F1.4",
        "-ExifIFD:LensSerialNumber=zqSerial",
        "-ExifIFD:OwnerName=zqOwner",
        "-ExifIFD:DateTimeOriginal=2026:11:26 20:00:00",
        "-ExifIFD:OffsetTimeOriginal=+01:00",
        "-ExifIFD:UserComment=zqUserComment",
        "-GPS:GPSLatitude=48.25",
        "-GPS:GPSLatitudeRef=N",
        "-GPS:GPSLongitude=16.5",
        "-GPS:GPSLongitudeRef=E",
        "-GPS:GPSAltitude=170",
        "-GPS:GPSAreaInformation=zqArea",
        "-XMP-dc:Description=zqXmpText",
        "-XMP-exif:GPSLatitude=48.25",
        "-ICC_Profile<=profile.icc",
        "-IFD1:ThumbnailImage<=thumb.jpg",
        "-IPTC:Caption-Abstract=zqCaption",
    ];
    let beside: [(&str, &[u8]); 2] =
        [("profile.icc", &profile(&[(*b"cprt", b"text\0\0\0\0zqProfile\0")])), ("thumb.jpg", &thumbnail)];
    exiftool::written(bytes, extension, &options, &beside)
}

/// Returns a profile like sRGB with a gamma of 2.2, with these tags before the others (ICC.1:2022, 7.3).
pub(crate) fn profile(more: &[([u8; 4], &[u8])]) -> Vec<u8> {
    let point = |numbers: [u32; 3]| [&b"XYZ \0\0\0\0"[..], &numbers.map(u32::to_be_bytes).concat()].concat();
    let red = point([0x6fa2, 0x38f5, 0x390]);
    let green = point([0x6299, 0xb785, 0x18da]);
    let blue = point([0x24a0, 0xf84, 0xb6cf]);
    let curve = b"curv\0\0\0\0\0\0\0\x01\x02\x33";
    let tags: [([u8; 4], &[u8]); 7] = [
        (*b"wtpt", &point([0xf6d6, 0x10000, 0xd32d])),
        (*b"rXYZ", &red),
        (*b"gXYZ", &green),
        (*b"bXYZ", &blue),
        (*b"rTRC", curve),
        (*b"gTRC", curve),
        (*b"bTRC", curve),
    ];
    let tags = [more, &tags].concat();
    let mut profile = vec![0; 128];
    profile[8] = 4;
    profile[12..24].copy_from_slice(b"mntrRGB XYZ ");
    profile[36..40].copy_from_slice(b"acsp");
    profile[68..80].copy_from_slice(&[0, 0, 0xf6, 0xd6, 0, 1, 0, 0, 0, 0, 0xd3, 0x2d]);
    profile.extend(u32::try_from(tags.len()).unwrap().to_be_bytes());
    let mut at = profile.len() + tags.len() * 12;
    for (name, data) in &tags {
        profile.extend(name);
        profile.extend(u32::try_from(at).unwrap().to_be_bytes());
        profile.extend(u32::try_from(data.len()).unwrap().to_be_bytes());
        at += data.len().next_multiple_of(4);
    }
    for (_, data) in tags {
        profile.extend(data);
        profile.resize(profile.len().next_multiple_of(4), 0);
    }
    let length = u32::try_from(profile.len()).unwrap().to_be_bytes();
    profile[..4].copy_from_slice(&length);
    profile
}

/// Returns a box of JUMBF like those of C2PA manifests.
fn manifest() -> Vec<u8> {
    let of = |kind: &[u8], content: &[u8]| {
        [&u32::try_from(content.len() + 8).unwrap().to_be_bytes()[..], kind, content].concat()
    };
    let description = [&[0; 16][..], b"\x03c2pa.metadata\0"].concat();
    of(b"jumb", &[of(b"jumd", &description), of(b"json", br#"{"a": "zqManifest"}"#)].concat())
}

/// Returns bytes like those of a ZIP.
fn zip() -> Vec<u8> {
    [b"PK\x03\x04\x14\0\0\0\0\0".as_slice(), &[0; 16], b"\x0a\0\0\0zqTrailing and more"].concat()
}

pub(crate) fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn chunk(kind: [u8; 4], data: &[u8]) -> Vec<u8> {
    let mut crc = flate2::Crc::new();
    crc.update(&kind);
    crc.update(data);
    [&u32::try_from(data.len()).unwrap().to_be_bytes()[..], &kind, data, &crc.sum().to_be_bytes()].concat()
}

/// Returns the chunks of a PNG, each with its kind.
pub(crate) fn chunks(bytes: &[u8]) -> Vec<([u8; 4], &[u8])> {
    let (mut chunks, mut at) = (Vec::new(), 8);
    while at < bytes.len() {
        let length = usize::try_from(u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap())).unwrap();
        chunks.push((bytes[at + 4..at + 8].try_into().unwrap(), &bytes[at + 8..at + 8 + length]));
        at += length + 12;
    }
    chunks
}

fn png(bytes: &[u8]) -> Vec<u8> {
    let bytes = with_fields(bytes, "png");
    let mut made = bytes[..8].to_vec();
    for (kind, data) in chunks(&bytes) {
        if &kind == b"IEND" {
            made.extend(chunk(*b"tEXt", b"Comment\0zqComment"));
            made.extend(chunk(*b"caBX", &manifest()));
            made.extend(chunk(*b"prVt", b"zqPrivate"));
        }
        made.extend(chunk(kind, data));
        if &kind == b"IHDR" {
            made.extend(chunk(*b"tEXt", &[b"parameters\0", PARAMETERS.as_bytes()].concat()));
            made.extend(chunk(
                *b"iTXt",
                &[b"prompt\0\x01\0\0\0", deflated(GRAPH.as_bytes()).as_slice()].concat(),
            ));
            made.extend(chunk(
                *b"zTXt",
                &[b"workflow\0\0", deflated(WORKFLOW.as_bytes()).as_slice()].concat(),
            ));
            made.extend(chunk(*b"tIME", &[7, 234, 11, 26, 20, 0, 0]));
            made.extend(chunk(*b"pHYs", &[0, 0, 11, 19, 0, 0, 11, 19, 1]));
        }
    }
    made.extend(zip());
    made
}

/// Makes an animation of two pictures of the same size.
pub(crate) fn apng(first: &[u8], second: &[u8]) -> Vec<u8> {
    let pixels = |bytes: &[u8]| -> Vec<u8> {
        chunks(bytes)
            .into_iter()
            .filter(|(kind, _)| kind == b"IDAT")
            .flat_map(|(_, data)| data.to_vec())
            .collect()
    };
    let number = |number: u32| number.to_be_bytes();
    let size = &chunks(first)[0].1[..8];
    let control = |index: u32| [&number(index)[..], size, &[0; 8], &[0, 30, 0, 100, 0, 0]].concat();
    let mut made = first[..8].to_vec();
    made.extend(chunk(*b"IHDR", chunks(first)[0].1));
    made.extend(chunk(*b"acTL", &[number(2), number(0)].concat()));
    made.extend(chunk(*b"fcTL", &control(0)));
    made.extend(chunk(*b"IDAT", &pixels(first)));
    made.extend(chunk(*b"fcTL", &control(1)));
    let second = pixels(second);
    let (one, two) = second.split_at(second.len() / 2);
    made.extend(chunk(*b"fdAT", &[&number(2), one].concat()));
    made.extend(chunk(*b"fdAT", &[&number(3), two].concat()));
    made.extend(chunk(*b"IEND", &[]));
    made
}

pub(crate) fn segment(marker: u8, data: &[u8]) -> Vec<u8> {
    [&[0xff, marker], &u16::try_from(data.len() + 2).unwrap().to_be_bytes()[..], data].concat()
}

fn jpeg(bytes: &[u8]) -> Vec<u8> {
    let bytes = with_fields(bytes, "jpg");
    let mut made = bytes[..2].to_vec();
    made.extend(segment(0xfe, b"zqComment"));
    made.extend(segment(0xe5, b"zqPrivate"));
    made.extend(segment(0xeb, &[b"JP\0\x01\0\0\0\x01", manifest().as_slice()].concat()));
    made.extend(segment(0xe2, b"MPF\0MM\0*\0\0\0\x08\0\0\0\0\0\0"));
    // Fill bytes may precede every marker.
    made.extend([0xff; 3]);
    let first_scan = first_scan(&bytes);
    made.extend(&bytes[2..first_scan]);
    made.extend(segment(0xfe, PARAMETERS.as_bytes()));
    made.extend([0xff; 2]);
    let second_scan = next_scan(&bytes, first_scan + 2);
    made.extend(&bytes[first_scan..second_scan]);
    made.extend(segment(0xfe, b"zqBetween"));
    made.extend(&bytes[second_scan..]);
    // The pictures that MPF lists follow the end of the first one.
    let second = a_jpeg(16, 16).with_exif_text(0x9003, "zqSecond 2026").bytes();
    [made, second, zip()].concat()
}

/// Returns where the first scan begins.
pub(crate) fn first_scan(bytes: &[u8]) -> usize {
    let mut at = 2;
    while bytes[at + 1] != 0xda {
        at += 2 + usize::from(u16::from_be_bytes([bytes[at + 2], bytes[at + 3]]));
    }
    at
}

/// Returns where the next scan begins, or where the picture ends.
fn next_scan(bytes: &[u8], from: usize) -> usize {
    let place = bytes[from..].windows(2).position(|pair| matches!(pair, [0xff, 0xda | 0xd9]));
    from + place.unwrap()
}

fn restarts() -> Vec<u8> {
    let cells = (0..4).map(|cell| vec![40 + cell * 50, 128, 90 + cell * 20]).collect();
    Blocks::of(2, cells).sampling(&[(2, 2), (1, 1), (1, 1)]).restart(5).adobe(1).bytes()
}

pub(crate) fn riff_chunk(kind: [u8; 4], data: &[u8]) -> Vec<u8> {
    let mut made = [&kind[..], &u32::try_from(data.len()).unwrap().to_le_bytes(), data].concat();
    made.resize(made.len().next_multiple_of(2), 0);
    made
}

fn webp(bytes: &[u8], has_alpha: bool) -> Vec<u8> {
    let bytes = with_fields(bytes, "webp");
    let mut body = bytes[8..].to_vec();
    // `exiftool` does not say in the header that there is alpha.
    body[12] |= u8::from(has_alpha) << 4;
    body.extend(riff_chunk(*b"C2PA", &manifest()));
    body.extend(riff_chunk(
        *b"note",
        [b"zqPrivate ", PARAMETERS.as_bytes(), WORKFLOW.as_bytes()].concat().as_slice(),
    ));
    let mut made = riff_chunk(*b"RIFF", &body);
    made.extend(zip());
    made
}

fn gif(bytes: &[u8]) -> Vec<u8> {
    let written =
        exiftool::written(bytes, "gif", &["-XMP-dc:Description=zqXmpText", "-Comment=zqComment"], &[]);
    let (end, rest) = written.split_last().unwrap();
    let plain_text = b"\x21\x01\x0c\0\0\0\0\x08\0\x08\0\x08\x08\x01\0\x09zqPrivate\0";
    let buffering = b"\x21\xff\x0bNETSCAPE2.0\x05\x02\0\0\0\x10\0";
    [rest, plain_text, buffering, b"\x21\xff\x0bEXAMPLE 1.0\x06zqArea\0", &[*end], &zip()].concat()
}

/// Writes a text into the lowest bits, columns first (see `sd-webui-stealth-pnginfo`).
pub(crate) fn with_hidden_text(channels: &[usize], signature: &str, format: ImageFormat) -> Vec<u8> {
    const SIDE: u32 = 96;
    let text = b"zqHidden, a fox\nSteps: 20, Sampler: Euler a, Seed: 7";
    let bits = u32::try_from(text.len() * 8).unwrap().to_be_bytes();
    let bytes = [signature.as_bytes(), &bits, text].concat();
    let mut pixels = image::RgbaImage::from_fn(SIDE, SIDE, |x, y| {
        image::Rgba([u8::try_from(x * 2).unwrap() & 0xfe, u8::try_from(y * 2).unwrap() & 0xfe, 128, 254])
    });
    for (index, bit) in bytes.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1)).enumerate()
    {
        let (place, channel) =
            (u32::try_from(index / channels.len()).unwrap(), channels[index % channels.len()]);
        pixels.get_pixel_mut(place / SIDE, place % SIDE).0[channel] |= bit;
    }
    let mut encoded = Cursor::new(Vec::new());
    pixels.write_to(&mut encoded, format).unwrap();
    encoded.into_inner()
}

/// Converts a picture with `ImageMagick`, whose encoders are those of libjpeg and libwebp.
pub(crate) fn converted(bytes: &[u8], options: &[&str], extension: &str) -> Vec<u8> {
    let folder = TempDir::new().unwrap();
    let (from, to) = (folder.path().join("from.png"), folder.path().join(format!("to.{extension}")));
    std::fs::write(&from, bytes).unwrap();
    let mut command = Command::new("convert");
    let status = command.arg(&from).args(options).arg(&to).status().expect("ImageMagick is needed");
    assert!(status.success(), "convert {options:?}");
    std::fs::read(to).unwrap()
}
