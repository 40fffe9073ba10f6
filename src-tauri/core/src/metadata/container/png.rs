//! PNG and APNG: text chunks before and after the pixels, `eXIf`, `comf` of `ComfyUI`, `caBX` of C2PA.
//!
//! <https://www.w3.org/TR/png-3/>. Checksums are not verified: a text with a flipped bit is still worth
//! reading.

use std::io::Read;

use super::{Encoding, Pieces, Source, exif, photoshop, split_nul, take, u32_be};
use crate::metadata::limits::MAX_PIECE_BYTES;

pub(super) const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

pub(super) fn collect(bytes: &[u8], pieces: &mut Pieces<'_>) {
    let mut rest = bytes.get(SIGNATURE.len()..).unwrap_or_default();
    while let Some((kind, data)) = next_chunk(&mut rest) {
        if pieces.part(0).is_none() {
            return;
        }
        match kind {
            b"tEXt" | b"comf" => {
                let (key, text) = split_nul(data);
                keep(key, text, pieces);
            }
            b"zTXt" => compressed_text(data, pieces),
            b"iTXt" => international_text(data, pieces),
            b"eXIf" => exif::collect(data, pieces),
            b"tIME" => last_change(data, pieces),
            b"caBX" => pieces.push_manifest(data),
            b"IEND" => return,
            _ => {}
        }
    }
}

/// Reads the time of the last change, in UTC: the year in two bytes, then month, day, hour, minute and
/// second.
fn last_change(data: &[u8], pieces: &mut Pieces<'_>) {
    let Some((&[high, low, month, day, hour, minute, second], _)) = data.split_first_chunk() else { return };
    let year = u16::from_be_bytes([high, low]);
    let text = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z");
    pieces.push(Source::PngText, "tIME", Encoding::Text, text.as_bytes());
}

fn next_chunk<'a>(rest: &mut &'a [u8]) -> Option<(&'a [u8], &'a [u8])> {
    let size = u32_be(take(rest, 4)?)?;
    let kind = take(rest, 4)?;
    let data = take(rest, size)?;
    // A last chunk without its checksum is still read.
    let _checksum = take(rest, 4);
    Some((kind, data))
}

fn compressed_text(data: &[u8], pieces: &mut Pieces<'_>) {
    let (key, method_and_text) = split_nul(data);
    if let Some((0, deflated)) = method_and_text.split_first() {
        keep(key, &inflate(deflated, pieces), pieces);
    }
}

/// Reads keyword, compression flag and method, language, translated keyword and text.
fn international_text(data: &[u8], pieces: &mut Pieces<'_>) {
    let (key, rest) = split_nul(data);
    let Some((&[compressed, _method], rest)) = rest.split_first_chunk() else { return };
    let (_language, rest) = split_nul(rest);
    let (_translated, text) = split_nul(rest);
    if compressed == 0 {
        keep(key, text, pieces);
    } else {
        keep(key, &inflate(text, pieces), pieces);
    }
}

/// Inflates as much as there is room for. A stream that is longer is given up; a broken one yields what came
/// before the error.
fn inflate(deflated: &[u8], pieces: &Pieces) -> Vec<u8> {
    let Some(limit) = pieces.budget.inflatable(pieces.room()) else { return Vec::new() };
    let mut text = Vec::new();
    let ceiling = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    // An error keeps what was read so far, which is what we want from a damaged file.
    let _ = flate2::read::ZlibDecoder::new(deflated).take(ceiling).read_to_end(&mut text);
    pieces.budget.inflated(text.len());
    pieces.budget.spend(deflated.len());
    if text.len() > limit {
        pieces.budget.give_up();
        return Vec::new();
    }
    text
}

fn keep(key: &[u8], text: &[u8], pieces: &mut Pieces<'_>) {
    let key = String::from_utf8_lossy(key.get(..key.len().min(79)).unwrap_or_default()).into_owned();
    if key == "XML:com.adobe.xmp" {
        pieces.push(Source::Xmp, "xmp", Encoding::Plain, text);
    } else if let Some(profile) = key.strip_prefix("Raw profile type ") {
        raw_profile(profile, text, pieces);
    } else {
        pieces.push(Source::PngText, &key, Encoding::Plain, text);
    }
}

/// Reads a profile that `ImageMagick` writes for Exif, XMP and IPTC: a name, a length, and the bytes in
/// hexadecimal.
fn raw_profile(profile: &str, text: &[u8], pieces: &mut Pieces<'_>) {
    // Two digits make a byte, so no longer text can be kept.
    let text = text.get(..text.len().min(3 * MAX_PIECE_BYTES)).unwrap_or_default();
    if pieces.part(text.len().saturating_mul(4)).is_none() {
        return;
    }
    let mut lines = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let (_name, _length) = (lines.next(), lines.next());
    let digits: Vec<u8> = lines.flatten().filter_map(|byte| hex_digit(*byte)).collect();
    let bytes: Vec<u8> =
        digits.chunks_exact(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect();
    match profile {
        "exif" | "APP1" if bytes.starts_with(b"http://ns.adobe.com/xap/1.0/\0") => {
            pieces.push(Source::Xmp, "xmp", Encoding::Plain, split_nul(&bytes).1);
        }
        "exif" | "APP1" => exif::collect(&bytes, pieces),
        "xmp" => pieces.push(Source::Xmp, "xmp", Encoding::Plain, &bytes),
        "iptc" | "8bim" => photoshop::collect(&bytes, pieces),
        _ => {}
    }
}

fn hex_digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}
