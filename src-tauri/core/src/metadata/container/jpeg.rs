//! JPEG: Exif and XMP in APP1, C2PA in APP11, IPTC in APP13, and comments. Reading stops at the first scan.

use super::{Encoding, Pieces, Source, exif, photoshop, take, u16_be, u32_be};
use crate::metadata::budget::Budget;
use crate::metadata::limits::MAX_PIECE_BYTES;

const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
const EXTENDED_XMP: &[u8] = b"http://ns.adobe.com/xmp/extension/\0";
const PHOTOSHOP: &[u8] = b"Photoshop 3.0\0";

pub(super) fn collect(bytes: &[u8], pieces: &mut Pieces) {
    let mut rest = bytes.get(2..).unwrap_or_default();
    let mut manifest = Parts::default();
    let mut extended = Parts::default();
    while let Some((marker, data)) = next_segment(&mut rest) {
        if pieces.part(0).is_none() {
            break;
        }
        match marker {
            0xe1 => app1(data, &mut extended, pieces),
            0xeb => jumbf_part(data, &mut manifest),
            0xed => {
                if let Some(resources) = data.strip_prefix(PHOTOSHOP) {
                    photoshop::collect(resources, pieces);
                }
            }
            0xfe => pieces.push(Source::Comment, "Comment", Encoding::Plain, data),
            _ => {}
        }
    }
    pieces.push_manifest(&manifest.join(pieces.budget));
    pieces.push(Source::Xmp, "xmp extension", Encoding::Plain, &extended.join(pieces.budget));
}

/// Returns the next segment that has a length; `None` at the pixels, or if there is no marker.
fn next_segment<'a>(rest: &mut &'a [u8]) -> Option<(u8, &'a [u8])> {
    loop {
        if take(rest, 1)? != [0xff] {
            return None;
        }
        let mut marker = *take(rest, 1)?.first()?;
        while marker == 0xff {
            marker = *take(rest, 1)?.first()?;
        }
        match marker {
            0x01 | 0xd0..=0xd8 => {}
            0xd9 | 0xda => return None,
            _ => {
                let size = usize::from(u16_be(take(rest, 2)?)?);
                return Some((marker, take(rest, size.checked_sub(2)?)?));
            }
        }
    }
}

fn app1<'a>(data: &'a [u8], extended: &mut Parts<'a>, pieces: &mut Pieces) {
    if data.starts_with(b"Exif\0") {
        exif::collect(data, pieces);
    } else if let Some(packet) = data.strip_prefix(XMP) {
        pieces.push(Source::Xmp, "xmp", Encoding::Plain, packet);
    } else if let Some(part) = data.strip_prefix(EXTENDED_XMP) {
        // 32 bytes of digest, the size of the whole packet, the offset of this part.
        if let (Some(offset), Some(text)) = (part.get(36..).and_then(u32_be), part.get(40..)) {
            extended.add(offset, text);
        }
    }
}

/// Reads a part of a C2PA manifest: `JP`, the box instance, the sequence number, and from the second part on
/// a repeated box header (ISO 19566-5).
fn jumbf_part<'a>(data: &'a [u8], manifest: &mut Parts<'a>) {
    let Some(body) = data.strip_prefix(b"JP") else { return };
    let (Some(sequence), Some(payload)) = (body.get(2..).and_then(u32_be), body.get(6..)) else { return };
    let repeated = match (sequence, u32_be(payload)) {
        (1, _) => 0,
        (_, Some(1)) => 16,
        _ => 8,
    };
    manifest.add(sequence, payload.get(repeated..).unwrap_or_default());
}

/// The parts of data that is too large for one segment, with their positions in it.
#[derive(Default)]
struct Parts<'a> {
    list: Vec<(usize, &'a [u8])>,
}

impl<'a> Parts<'a> {
    fn add(&mut self, place: usize, bytes: &'a [u8]) {
        self.list.push((place, bytes));
    }

    fn join(mut self, budget: &Budget) -> Vec<u8> {
        if !budget.spend(self.list.len().saturating_mul(100)) {
            return Vec::new();
        }
        self.list.sort_by_key(|(place, _)| *place);
        let size: usize = self.list.iter().map(|(_, bytes)| bytes.len()).sum();
        if size > MAX_PIECE_BYTES {
            budget.give_up();
            return Vec::new();
        }
        self.list.iter().flat_map(|(_, bytes)| *bytes).copied().collect()
    }
}
