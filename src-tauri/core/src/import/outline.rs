//! Walks a picture's container without decoding it: the size it claims, whether
//! it is there to its end, and where its EXIF block lies. Costs no memory, so a
//! bomb is known before anything is allocated. Pure.

use crate::model::ImageFormat;

/// What a container says about its picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Outline<'a> {
    pub(super) width: u32,
    pub(super) height: u32,
    /// A TIFF block, without the prefix that JPEG puts before it.
    pub(super) exif: Option<&'a [u8]>,
    pub(super) is_whole: bool,
}

/// Why a container could not be walked as far as its size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flaw {
    Cut,
    Damaged,
}

impl<'a> Outline<'a> {
    pub(super) fn of(bytes: &'a [u8], format: ImageFormat) -> Result<Self, Flaw> {
        let sketch = match format {
            ImageFormat::Png => png(bytes),
            ImageFormat::Jpeg => jpeg(bytes),
            ImageFormat::WebP => webp(bytes),
            ImageFormat::Gif => gif(bytes),
        };
        let (width, height) = match (sketch.size, sketch.end) {
            (Some((0, _) | (_, 0)), _) | (_, End::Damaged) | (None, End::Whole) => return Err(Flaw::Damaged),
            (None, End::Cut) => return Err(Flaw::Cut),
            (Some(size), _) => size,
        };
        Ok(Self { width, height, exif: sketch.exif, is_whole: sketch.end == End::Whole })
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Whole,
    Cut,
    Damaged,
}

struct Sketch<'a> {
    size: Option<(u32, u32)>,
    exif: Option<&'a [u8]>,
    end: End,
}

impl<'a> Sketch<'a> {
    fn new() -> Self {
        Self { size: None, exif: None, end: End::Cut }
    }

    fn take_exif(&mut self, block: &'a [u8]) {
        let block = block.strip_prefix(b"Exif\0\0").unwrap_or(block);
        self.exif.get_or_insert(block);
    }
}

fn be16(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|pair| u16::from_be_bytes(*pair))
}

fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|four| u32::from_be_bytes(*four))
}

fn le16(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|pair| u16::from_le_bytes(*pair))
}

fn le32(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|four| u32::from_le_bytes(*four))
}

fn usize_of(value: u32) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}

/// PNG: chunks of length, type, data, checksum, from `IHDR` to `IEND`.
fn png(bytes: &[u8]) -> Sketch<'_> {
    let mut sketch = Sketch::new();
    let (mut at, mut has_pixels) = (8, false);
    while let (Some(length), Some(kind)) = (be32(bytes, at), bytes.get(at + 4..at + 8)) {
        let start = at + 8;
        let end = start.saturating_add(usize_of(length));
        let data = bytes.get(start..end);
        if sketch.size.is_none() {
            if kind != b"IHDR" || length != 13 {
                sketch.end = End::Damaged;
                return sketch;
            }
            // The claimed size counts even where the file stops right behind it.
            sketch.size = be32(bytes, start).zip(be32(bytes, start + 4));
        }
        let next = end.saturating_add(4);
        if next > bytes.len() {
            break;
        }
        match (kind, data) {
            (b"IDAT", _) => has_pixels = true,
            (b"eXIf", Some(block)) => sketch.take_exif(block),
            (b"IEND", _) => {
                sketch.end = if has_pixels { End::Whole } else { End::Damaged };
                return sketch;
            }
            _ => {}
        }
        at = next;
    }
    sketch
}

/// JPEG: marker segments; behind a start of scan, coded data up to the next
/// marker that is neither a stuffed zero nor a restart. Ends at `EOI`.
fn jpeg(bytes: &[u8]) -> Sketch<'_> {
    let mut sketch = Sketch::new();
    let mut at = 2;
    while let Some(marker_at) = next_marker(bytes, at) {
        let Some(&marker) = bytes.get(marker_at) else { break };
        let start = marker_at + 1;
        at = start;
        match marker {
            0xd9 => {
                sketch.end = End::Whole;
                return sketch;
            }
            0x01 | 0xd8 => continue,
            _ => {}
        }
        let Some(length) = be16(bytes, start) else { break };
        let end = start + usize::from(length);
        // SOF0 to SOF15, without DHT, JPG and DAC which sit among them.
        let is_frame = matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc);
        if is_frame && sketch.size.is_none() {
            let size = be16(bytes, start + 5).zip(be16(bytes, start + 3));
            sketch.size = size.map(|(width, height)| (width.into(), height.into()));
        }
        if let Some(block) = bytes.get(start + 2..end) {
            if marker == 0xe1 && block.starts_with(b"Exif\0\0") {
                sketch.take_exif(block);
            }
        } else {
            if length < 2 {
                sketch.end = End::Damaged;
            }
            break;
        }
        at = end;
    }
    sketch
}

/// Returns where the next marker's code stands: the byte behind `0xff` that is
/// neither fill, nor a stuffed zero, nor a restart marker.
fn next_marker(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        at += bytes.get(at..)?.iter().position(|&byte| byte == 0xff)? + 1;
        at += bytes.get(at..)?.iter().position(|&byte| byte != 0xff)?;
        if !matches!(bytes.get(at)?, 0x00 | 0xd0..=0xd7) {
            return Some(at);
        }
    }
}

/// WebP (RFC 9649): a RIFF container that states its own length; the first
/// chunk carries the canvas.
fn webp(bytes: &[u8]) -> Sketch<'_> {
    let mut sketch = Sketch::new();
    let Some(total) = le32(bytes, 4).map(|size| usize_of(size).saturating_add(8)) else { return sketch };
    let mut at = 12;
    while let (Some(kind), Some(length)) = (bytes.get(at..at + 4), le32(bytes, at + 4)) {
        if at >= total {
            break;
        }
        let start = at + 8;
        let data = bytes.get(start..).unwrap_or_default();
        if sketch.size.is_none() {
            sketch.size = match kind {
                b"VP8X" => extended_canvas(data),
                b"VP8 " => lossy_size(data),
                b"VP8L" => lossless_size(data),
                _ => None,
            };
        }
        let Some(block) = data.get(..usize_of(length)) else { return sketch };
        if kind == b"EXIF" {
            sketch.take_exif(block);
        }
        at = start.saturating_add(usize_of(length)).saturating_add(usize_of(length % 2));
    }
    if bytes.len() >= total {
        sketch.end = End::Whole;
    }
    sketch
}

fn extended_canvas(data: &[u8]) -> Option<(u32, u32)> {
    let less_one = |at| Some(u32::from(le16(data, at)?) | u32::from(*data.get(at + 2)?) << 16);
    Some((less_one(4)? + 1, less_one(7)? + 1))
}

fn lossy_size(data: &[u8]) -> Option<(u32, u32)> {
    (data.get(3..6)? == b"\x9d\x01\x2a").then_some(())?;
    Some((u32::from(le16(data, 6)? & 0x3fff), u32::from(le16(data, 8)? & 0x3fff)))
}

fn lossless_size(data: &[u8]) -> Option<(u32, u32)> {
    let bits = (data.first()? == &0x2f).then(|| le32(data, 1))??;
    Some(((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1))
}

/// GIF: the logical screen, then extensions and images made of sub-blocks, then
/// a trailer.
fn gif(bytes: &[u8]) -> Sketch<'_> {
    let mut sketch = Sketch::new();
    sketch.size = le16(bytes, 6).zip(le16(bytes, 8)).map(|(width, height)| (width.into(), height.into()));
    let Some(&flags) = bytes.get(10) else { return sketch };
    let mut at = 13 + colour_table(flags);
    loop {
        let body = match bytes.get(at) {
            None => return sketch,
            Some(0x3b) => {
                sketch.end = End::Whole;
                return sketch;
            }
            Some(0x21) => at + 2,
            Some(0x2c) => {
                let Some(&flags) = bytes.get(at + 9) else { return sketch };
                at + 11 + colour_table(flags)
            }
            // Zeros between blocks are common and harmless.
            Some(0x00) => {
                at += 1;
                continue;
            }
            Some(_) => {
                sketch.end = End::Damaged;
                return sketch;
            }
        };
        let Some(next) = behind_sub_blocks(bytes, body) else { return sketch };
        at = next;
    }
}

fn colour_table(flags: u8) -> usize {
    if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) }
}

fn behind_sub_blocks(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        let length = usize::from(*bytes.get(at)?);
        at += length + 1;
        if length == 0 {
            return Some(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::pictures::{Picture, a_gif, a_jpeg, a_png, a_webp};

    fn each() -> [(Picture, ImageFormat); 4] {
        [
            (a_png(37, 21), ImageFormat::Png),
            (a_jpeg(37, 21), ImageFormat::Jpeg),
            (a_webp(37, 21), ImageFormat::WebP),
            (a_gif(37, 21), ImageFormat::Gif),
        ]
    }

    #[test]
    fn every_format_tells_its_size_and_that_it_is_whole() {
        for (picture, format) in each() {
            let bytes = picture.bytes();
            let outline = Outline::of(&bytes, format).unwrap();
            assert_eq!((outline.width, outline.height, outline.is_whole), (37, 21, true), "{format:?}");
        }
    }

    #[test]
    fn no_cut_at_any_byte_looks_whole() {
        for (picture, format) in each() {
            let bytes = picture.bytes();
            for end in 0..bytes.len() {
                let outline = Outline::of(&bytes[..end], format);
                assert!(!outline.is_ok_and(|outline| outline.is_whole), "{format:?} cut at {end}");
            }
        }
    }

    #[test]
    fn bytes_behind_the_end_do_no_harm() {
        for (picture, format) in each() {
            let mut bytes = picture.bytes();
            bytes.extend_from_slice(b"workflow appended by some tool");
            assert!(Outline::of(&bytes, format).unwrap().is_whole, "{format:?}");
        }
    }

    #[test]
    fn the_exif_block_is_found_without_its_prefix() {
        for (picture, format) in each().into_iter().filter(|(_, format)| *format != ImageFormat::Gif) {
            let bytes = picture.with_exif_orientation(6).bytes();
            let exif = Outline::of(&bytes, format).unwrap().exif.unwrap();
            assert!(exif.starts_with(b"II*\0"), "{format:?}");
        }
    }
}
