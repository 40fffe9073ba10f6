//! Exif, a TIFF structure: the text fields of its first directory and of the Exif directory.
//!
//! This reader is written by hand because generators write Exif in ways that strict readers refuse:
//! `Exif\0\0` inside a WebP chunk, a next directory that points nowhere, and Exif tags in the first
//! directory.

use super::{Encoding, Pieces, Source};

const ASCII: u16 = 2;
const EXIF_DIRECTORY: u16 = 0x8769;
const USER_COMMENT: u16 = 0x9286;
const MAKER_NOTE: u16 = 0x927c;
const MAX_ENTRIES: u16 = 512;

pub(super) fn collect(bytes: &[u8], pieces: &mut Pieces) {
    let bytes = bytes.strip_prefix(b"Exif\0\0").unwrap_or(bytes);
    let big_endian = match bytes.get(..4) {
        Some(b"MM\0*") => true,
        Some(b"II*\0") => false,
        _ => return,
    };
    let tiff = Tiff { bytes, big_endian };
    let Some(first) = tiff.u32(4) else { return };
    if let Some(exif) = tiff.directory(first, pieces).filter(|exif| *exif != first) {
        tiff.directory(exif, pieces);
    }
}

struct Tiff<'a> {
    bytes: &'a [u8],
    big_endian: bool,
}

impl Tiff<'_> {
    /// Stores the texts of a directory, and returns the offset of the Exif directory if it names one.
    fn directory(&self, at: usize, pieces: &mut Pieces) -> Option<usize> {
        let count = self.u16(at)?.min(MAX_ENTRIES);
        let mut exif = None;
        for entry in 0..usize::from(count) {
            pieces.part(0)?;
            let at = at.checked_add(2 + 12 * entry)?;
            let Some(tag) = self.u16(at) else { break };
            if tag == EXIF_DIRECTORY {
                exif = self.u32(at + 8);
            } else if let Some(name) = name(tag) {
                self.keep(at, tag, name, pieces);
            }
        }
        exif
    }

    fn keep(&self, at: usize, tag: u16, name: &str, pieces: &mut Pieces) {
        let (Some(kind), Some(value)) = (self.u16(at + 2), self.value(at)) else { return };
        // Fooocus writes one word here; a camera writes bytes that only its maker understands.
        if tag == MAKER_NOTE && value.len() > 64 {
            return;
        }
        let encoding = match tag {
            // Programs that write plain text here say so in the type.
            USER_COMMENT if kind == ASCII || self.big_endian => Encoding::UserCommentBe,
            USER_COMMENT => Encoding::UserCommentLe,
            0x9c9b..=0x9c9f => Encoding::Utf16Le,
            _ => Encoding::Plain,
        };
        let source = if tag == 0x02bc { Source::Xmp } else { Source::Exif };
        pieces.push(source, name, encoding, value);
    }

    /// Returns the value of an entry of bytes or characters, or as much of it as the file contains.
    fn value(&self, entry: usize) -> Option<&[u8]> {
        let single_bytes = matches!(self.u16(entry + 2)?, 1 | ASCII | 6 | 7);
        let size = self.u32(entry + 4)?;
        if !single_bytes {
            return None;
        }
        let start = if size <= 4 { entry + 8 } else { self.u32(entry + 8)? };
        let end = start.checked_add(size)?.min(self.bytes.len());
        self.bytes.get(start..end)
    }

    fn u16(&self, at: usize) -> Option<u16> {
        let bytes = *self.bytes.get(at..)?.first_chunk()?;
        Some(if self.big_endian { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) })
    }

    fn u32(&self, at: usize) -> Option<usize> {
        let bytes = *self.bytes.get(at..)?.first_chunk()?;
        usize::try_from(if self.big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) })
            .ok()
    }
}

/// Returns the name of a field in which generators, editors and cameras write texts and dates; `None` for
/// other fields.
fn name(tag: u16) -> Option<&'static str> {
    Some(match tag {
        // ComfyUI writes everything except the prompt into the tags below Model, in descending order.
        0x0100..=0x010c => "ComfyUI extra",
        0x010d => "DocumentName",
        0x010e => "ImageDescription",
        0x010f => "Make",
        0x0110 => "Model",
        0x0131 => "Software",
        0x0132 => "DateTime",
        0x013b => "Artist",
        0x02bc => "xmp",
        MAKER_NOTE => "MakerNote",
        USER_COMMENT => "UserComment",
        0x9003 => "DateTimeOriginal",
        0x9004 => "DateTimeDigitized",
        0x9010 => "OffsetTime",
        0x9011 => "OffsetTimeOriginal",
        0x9012 => "OffsetTimeDigitized",
        0x9290 => "SubSecTime",
        0x9291 => "SubSecTimeOriginal",
        0x9292 => "SubSecTimeDigitized",
        0x9c9b => "XPTitle",
        0x9c9c => "XPComment",
        0x9c9d => "XPAuthor",
        0x9c9e => "XPKeywords",
        0x9c9f => "XPSubject",
        _ => return None,
    })
}
