//! Walks a picture's container without decoding it: the size it claims, what
//! decoding it will take, whether it is there to its end, and where its EXIF
//! block lies. Costs no memory, so a bomb is known before anything is allocated.
//! Pure.

use crate::model::ImageFormat;

/// What a container says about its picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Outline<'a> {
    pub(super) width: u32,
    pub(super) height: u32,
    /// A TIFF block, without the prefix that JPEG puts before it.
    pub(super) exif: Option<&'a [u8]>,
    pub(super) is_whole: bool,
    /// What decoding takes.
    pub(super) cost: Cost,
}

/// What a picture will take, as far as its container tells.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Cost {
    /// Bytes of the decoded picture.
    pub(super) decoded: u64,
    /// Bytes while it is decoded, the decoded picture among them.
    pub(super) decoding: u64,
    /// Times that a decoder goes over all pixels.
    pub(super) passes: u64,
    /// Bytes of metadata at most, inflated.
    pub(super) texts: u64,
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
        let cost = sketch.cost(u64::from(width) * u64::from(height), bytes.len() as u64);
        Ok(Self { width, height, exif: sketch.exif, is_whole: sketch.end == End::Whole, cost })
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
    make: Make,
    passes: u64,
    texts: u64,
}

/// How the pixels are written, as far as it decides what decoding them takes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Make {
    Unknown,
    Png { channels: u64, channel_bytes: u64, has_key: bool },
    Jpeg { components: u64, samples: (u64, u64), is_buffered: bool },
    WebP { is_lossless: bool, is_lossy: bool, has_alpha: bool, is_animated: bool },
    Gif { frame: Option<(u32, u32)>, is_direct: bool },
}

/// How much deflated data can grow at most (RFC 1951).
const MOST_INFLATED: u64 = 1032;

impl<'a> Sketch<'a> {
    fn new() -> Self {
        Self { size: None, exif: None, end: End::Cut, make: Make::Unknown, passes: 1, texts: 0 }
    }

    /// What the decoders of `image` 0.25, `png` 0.18, `zune-jpeg` 0.5, `image-webp` 0.2 and `gif` 0.14 allocate for
    /// so many pixels, read off their sources.
    fn cost(&self, pixels: u64, file: u64) -> Cost {
        let (decoded, beside) = match self.make {
            Make::Unknown => (pixels.saturating_mul(4), pixels.saturating_mul(4)),
            Make::Png { channels, channel_bytes, has_key } => {
                (((channels + u64::from(has_key)) * channel_bytes).saturating_mul(pixels), 0)
            }
            Make::Jpeg { components, samples: (all, largest), is_buffered } => {
                let decoded = if components == 1 { pixels } else { pixels.saturating_mul(3) };
                // Coefficients of 16 bits for each sample of each component.
                let buffered = pixels.saturating_mul(2).saturating_mul(all) / largest.max(1);
                (decoded, file.saturating_add(if is_buffered { buffered } else { 0 }))
            }
            Make::WebP { is_lossless, is_lossy, has_alpha, is_animated } => {
                let decoded = pixels.saturating_mul(if has_alpha { 4 } else { 3 });
                // Lossy: planes of luma and chroma, and for transparency a lossless picture and its alpha. Lossless:
                // the tables of its transforms, and all four channels where only three are wanted.
                let quarters = match (is_animated, is_lossless, is_lossy, has_alpha) {
                    (true, ..) => 40,
                    (_, false, true, false) => 6,
                    (_, true, false, true) => 2,
                    (_, true, false, false) => 18,
                    _ => 26,
                };
                (decoded, pixels.saturating_mul(quarters) / 4)
            }
            Make::Gif { frame, is_direct } => {
                let frame = frame.map_or(0, |(width, height)| u64::from(width) * u64::from(height));
                (pixels.saturating_mul(4), if is_direct { frame } else { frame.saturating_mul(5) })
            }
        };
        let decoding = decoded.saturating_add(beside);
        Cost { decoded, decoding, passes: self.passes, texts: self.texts }
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
            let (depth, colour) = (bytes.get(start + 8).copied(), bytes.get(start + 9).copied());
            let channels = match colour {
                Some(0) => 1,
                Some(4) => 2,
                Some(2 | 3) => 3,
                _ => 4,
            };
            let channel_bytes = if depth == Some(16) { 2 } else { 1 };
            sketch.make = Make::Png { channels, channel_bytes, has_key: false };
        }
        let next = end.saturating_add(4);
        if next > bytes.len() {
            break;
        }
        match (kind, data) {
            (b"IDAT", _) => has_pixels = true,
            (b"eXIf", Some(block)) => {
                sketch.texts += block.len() as u64;
                sketch.take_exif(block);
            }
            (b"tRNS", _) => {
                if let Make::Png { has_key, .. } = &mut sketch.make {
                    *has_key = true;
                }
            }
            (b"tEXt" | b"comf" | b"caBX", Some(data)) => sketch.texts += data.len() as u64,
            (b"zTXt" | b"iTXt", Some(data)) => sketch.texts += data.len() as u64 * MOST_INFLATED,
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
    let (mut at, mut scans) = (2, 0);
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
            sketch.make = jpeg_make(bytes, start, marker);
        }
        if marker == 0xda {
            scans += 1;
            sketch.passes = scans;
            // A first scan without all components is kept until the others are there.
            if let Make::Jpeg { components, is_buffered, .. } = &mut sketch.make {
                *is_buffered |= bytes.get(start + 2).is_none_or(|count| u64::from(*count) < *components);
            }
        }
        if matches!(marker, 0xe1 | 0xeb | 0xed | 0xfe) {
            sketch.texts += u64::from(length);
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

/// The frame header (T.81, B.2.2): how many components there are, and how many samples each has in a unit of all.
fn jpeg_make(bytes: &[u8], start: usize, marker: u8) -> Make {
    let components = u64::from(bytes.get(start + 7).copied().unwrap_or(3));
    let sampling = |component: u64| {
        let at = start + 9 + 3 * usize::try_from(component).ok()?;
        let factors = bytes.get(at)?;
        Some((u64::from(factors >> 4), u64::from(factors & 15)))
    };
    let list = || (0..components).map(|component| sampling(component).unwrap_or((1, 1)));
    let all = list().map(|(across, down)| across * down).sum();
    let most = |side: fn((u64, u64)) -> u64| list().map(side).max().unwrap_or(1);
    let largest = most(|(across, _)| across) * most(|(_, down)| down);
    // Progressive frames, arithmetic coding or not, are put together from all of their scans.
    let is_buffered = matches!(marker, 0xc2 | 0xc6 | 0xca | 0xce);
    Make::Jpeg { components, samples: (all, largest), is_buffered }
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
    let (mut is_lossless, mut is_lossy, mut has_alpha, mut is_animated) = (false, false, false, false);
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
        let flags = data.first().copied().unwrap_or_default();
        match kind {
            b"VP8X" => (has_alpha, is_animated) = (flags & 0x10 != 0, flags & 0x02 != 0),
            b"VP8 " => is_lossy = true,
            b"VP8L" => {
                is_lossless = true;
                has_alpha |= data.get(4).is_some_and(|bits| bits & 0x10 != 0);
            }
            _ => {}
        }
        sketch.make = Make::WebP { is_lossless, is_lossy, has_alpha, is_animated };
        let Some(block) = data.get(..usize_of(length)) else { return sketch };
        if matches!(kind, b"EXIF" | b"XMP " | b"C2PA") {
            sketch.texts += block.len() as u64;
        }
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
    sketch.make = Make::Gif { frame: None, is_direct: true };
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
                if matches!(sketch.make, Make::Gif { frame: None, .. }) {
                    sketch.make = first_frame(bytes, at, sketch.size);
                }
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
        if bytes.get(at) == Some(&0x21) && matches!(bytes.get(at + 1), Some(0xfe | 0xff)) {
            sketch.texts += (next - body) as u64;
        }
        at = next;
    }
}

/// The first frame is decoded straight into the screen where it is as wide, else into a buffer of its own.
fn first_frame(bytes: &[u8], at: usize, screen: Option<(u32, u32)>) -> Make {
    let side = |offset: usize| u32::from(le16(bytes, at + offset).unwrap_or_default());
    let (left, top, width, height) = (side(1), side(3), side(5), side(7));
    let is_direct = screen.is_some_and(|screen| left == 0 && width == screen.0 && top + height <= screen.1);
    Make::Gif { frame: Some((width, height)), is_direct }
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
