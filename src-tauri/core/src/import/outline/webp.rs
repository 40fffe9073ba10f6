//! The outline of a WebP (RFC 9649).

use super::{End, Make, Sketch, le16, le32, usize_of};

/// The length of `RIFF`, a size and `WEBP`, in bytes.
const HEADER: usize = 12;

/// Walks through a RIFF container, which states its own length. The first chunk has
/// the size of the canvas.
pub(super) fn outline(bytes: &[u8]) -> Sketch<'_> {
    let mut sketch = Sketch::new();
    let Some(stated) = le32(bytes, 4).map(|size| usize_of(size).saturating_add(8)) else { return sketch };
    // Some tools leave the size empty. Then the chunks tell where the picture ends.
    let total = if stated <= HEADER { bytes.len() } else { stated };
    let (mut is_lossless, mut is_lossy, mut has_alpha, mut is_animated) = (false, false, false, false);
    let mut at = HEADER;
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
    // An odd last chunk may have padding that the size does not count.
    if bytes.len() >= stated && at.abs_diff(total) <= 1 {
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
