//! Writes patches of known colours, and statements about them, into files.

use flate2::Compression;
use flate2::write::ZlibEncoder;
use image::codecs::jpeg::JpegEncoder;
use image::codecs::webp::WebPEncoder;
use image::{ExtendedColorType, ImageEncoder};
use std::io::Write;

/// The number of patches in a row.
pub(crate) const ACROSS: usize = 6;

/// Red, green and blue of the patches: greys, primaries, and colours between them. All are multiples of 17,
/// so that they lie on the grids of tables.
pub(crate) const PATCHES: [[u8; 3]; 24] = [
    [0, 0, 0],
    [34, 34, 34],
    [85, 85, 85],
    [136, 136, 136],
    [204, 204, 204],
    [255, 255, 255],
    [255, 0, 0],
    [0, 255, 0],
    [0, 0, 255],
    [255, 255, 0],
    [0, 255, 255],
    [255, 0, 255],
    [119, 85, 68],
    [204, 153, 136],
    [85, 119, 153],
    [85, 102, 68],
    [136, 136, 170],
    [102, 187, 170],
    [221, 119, 51],
    [68, 85, 170],
    [187, 85, 102],
    [85, 51, 102],
    [153, 187, 68],
    [238, 170, 51],
];

/// How the samples are encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Carrier {
    Png,
    /// A PNG with 16 bits per channel.
    DeepPng,
    /// A PNG with a palette.
    PalettePng,
    /// A PNG of which half is translucent.
    ClearPng,
    GreyPng,
    Jpeg,
    GreyJpeg,
    WebP,
    ClearWebP,
}

impl Carrier {
    pub(crate) fn is_grey(self) -> bool {
        matches!(self, Self::GreyPng | Self::GreyJpeg)
    }
}

/// What a file states about its colours.
#[derive(Debug, Clone, Default)]
pub(crate) struct Said {
    pub(crate) profile: Option<Vec<u8>>,
    /// The chunks of a PNG.
    pub(crate) chunks: Vec<([u8; 4], Vec<u8>)>,
    /// The segments of a JPEG.
    pub(crate) segments: Vec<(u8, Vec<u8>)>,
}

impl Said {
    pub(crate) fn by_profile(profile: Vec<u8>) -> Self {
        Self { profile: Some(profile), ..Self::default() }
    }

    pub(crate) fn by_chunks(chunks: &[([u8; 4], Vec<u8>)]) -> Self {
        Self { chunks: chunks.to_vec(), ..Self::default() }
    }
}

/// Returns a file with patches of `side` pixels.
pub(crate) fn file(carrier: Carrier, side: usize, said: &Said) -> Vec<u8> {
    let (width, height) = (ACROSS * side, PATCHES.len() / ACROSS * side);
    // Each patch is encoded once and repeated, because these pictures have many pixels.
    let each = |samples: fn([u8; 3]) -> Vec<u8>| -> Vec<u8> {
        let encoded = PATCHES.map(samples);
        let row =
            |y: usize| (0..ACROSS).flat_map(|x| encoded[y * ACROSS + x].repeat(side)).collect::<Vec<u8>>();
        (0..PATCHES.len() / ACROSS).flat_map(|y| row(y).repeat(side)).collect()
    };
    let with_alpha = || -> Vec<u8> {
        let mut samples = each(|[red, green, blue]| vec![red, green, blue, 255]);
        samples.chunks_exact_mut(8).for_each(|pair| pair[7] = 100);
        samples
    };
    let rgb = |[red, green, blue]: [u8; 3]| vec![red, green, blue];
    let whole = (width, height);
    match carrier {
        Carrier::Png => png(whole, (8, 2), &each(rgb), said),
        Carrier::DeepPng => {
            png(whole, (16, 2), &each(|rgb| rgb.iter().flat_map(|value| [*value; 2]).collect()), said)
        }
        Carrier::ClearPng => png(whole, (8, 6), &with_alpha(), said),
        Carrier::GreyPng => png(whole, (8, 0), &each(|rgb| vec![rgb[1]]), said),
        Carrier::PalettePng => {
            let index =
                |rgb| vec![u8::try_from(PATCHES.iter().position(|patch| *patch == rgb).unwrap()).unwrap()];
            let indices = each(index);
            let mut said = said.clone();
            said.chunks.push((*b"PLTE", PATCHES.as_flattened().to_vec()));
            png(whole, (8, 3), &indices, &said)
        }
        Carrier::Jpeg => jpeg(whole, ExtendedColorType::Rgb8, &each(rgb), said),
        Carrier::GreyJpeg => jpeg(whole, ExtendedColorType::L8, &each(|rgb| vec![rgb[1]]), said),
        Carrier::WebP => webp(whole, ExtendedColorType::Rgb8, &each(rgb), said),
        Carrier::ClearWebP => webp(whole, ExtendedColorType::Rgba8, &with_alpha(), said),
    }
}

fn png((width, height): (usize, usize), (depth, colour): (u8, u8), samples: &[u8], said: &Said) -> Vec<u8> {
    let side = |side: usize| u32::try_from(side).unwrap().to_be_bytes();
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    push_chunk(&mut bytes, *b"IHDR", &[&side(width)[..], &side(height), &[depth, colour, 0, 0, 0]].concat());
    if let Some(profile) = &said.profile {
        push_chunk(&mut bytes, *b"iCCP", &[&b"colours\0\0"[..], &deflated(profile)].concat());
    }
    for (kind, data) in &said.chunks {
        push_chunk(&mut bytes, *kind, data);
    }
    let rows = samples.chunks(samples.len() / height);
    let filtered: Vec<u8> = rows.flat_map(|row| [&[0], row].concat()).collect();
    push_chunk(&mut bytes, *b"IDAT", &deflated(&filtered));
    push_chunk(&mut bytes, *b"IEND", &[]);
    bytes
}

pub(crate) fn deflated(data: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn push_chunk(bytes: &mut Vec<u8>, kind: [u8; 4], data: &[u8]) {
    bytes.extend(u32::try_from(data.len()).unwrap().to_be_bytes());
    let checked = [&kind, data].concat();
    let mut checksum = flate2::Crc::new();
    checksum.update(&checked);
    bytes.extend(checked);
    bytes.extend(checksum.sum().to_be_bytes());
}

fn jpeg((width, height): (usize, usize), colour: ExtendedColorType, samples: &[u8], said: &Said) -> Vec<u8> {
    let mut encoded = Vec::new();
    let side = |side: usize| u32::try_from(side).unwrap();
    JpegEncoder::new_with_quality(&mut encoded, 100)
        .encode(samples, side(width), side(height), colour)
        .unwrap();
    let mut bytes = vec![0xff, 0xd8];
    let mut segments = said.segments.clone();
    if let Some(profile) = &said.profile {
        // Each part fills a segment, and only the numbers of the segments give their order.
        let parts: Vec<&[u8]> = profile.chunks(65_519).collect();
        let count = u8::try_from(parts.len()).unwrap();
        for (index, part) in parts.iter().enumerate().rev() {
            let number = u8::try_from(index + 1).unwrap();
            segments.push((0xe2, [&b"ICC_PROFILE\0"[..], &[number, count], part].concat()));
        }
    }
    for (marker, data) in segments {
        bytes.extend([0xff, marker]);
        bytes.extend(u16::try_from(data.len() + 2).unwrap().to_be_bytes());
        bytes.extend(data);
    }
    bytes.extend(&encoded[2..]);
    bytes
}

fn webp((width, height): (usize, usize), colour: ExtendedColorType, samples: &[u8], said: &Said) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = WebPEncoder::new_lossless(&mut bytes);
    if let Some(profile) = &said.profile {
        encoder.set_icc_profile(profile.clone()).unwrap();
    }
    let side = |side: usize| u32::try_from(side).unwrap();
    encoder.write_image(samples, side(width), side(height), colour).unwrap();
    bytes
}
