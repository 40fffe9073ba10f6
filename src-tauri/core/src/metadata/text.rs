//! Second step: from bytes to text, each in the way its place in the file is really used.

use serde::{Deserialize, Serialize};

use super::budget::Budget;
use super::c2pa;
use super::container::{Encoding, Piece};

/// Where in a file a text was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A PNG text chunk, or `comf` of an animated PNG.
    PngText,
    /// A field of Exif.
    Exif,
    /// An XMP packet.
    Xmp,
    /// A field of IPTC-IIM.
    Iptc,
    /// A C2PA manifest store, written out as JSON.
    C2pa,
    /// A comment of a JPEG or GIF.
    Comment,
    /// The lowest bits of the pixels.
    Stealth,
    /// A file beside the picture.
    Sidecar,
}

/// One text of a picture as it was read, kept so that a better parser can read it again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RawText {
    /// Where it was found.
    pub source: Source,
    /// The name it had there, such as `parameters` or `UserComment`.
    pub key: String,
    /// The text itself.
    pub text: String,
}

/// Decodes a piece; one that holds nothing readable is dropped.
pub(crate) fn decode(piece: Piece, budget: &Budget) -> Option<RawText> {
    if !budget.spend(piece.bytes.len().saturating_mul(3)) {
        return None;
    }
    let text = match piece.encoding {
        Encoding::Plain => plain(&piece.bytes),
        Encoding::UserComment { big_endian } => user_comment(&piece.bytes, big_endian),
        Encoding::Utf16Le => utf16(&piece.bytes, false),
        Encoding::Jumbf => c2pa::to_json(&piece.bytes, budget)?,
    };
    let text = text.trim_matches('\0').to_owned();
    if text.trim().is_empty() {
        return None;
    }
    let (key, text) = match piece.source {
        Source::Exif => split_label(piece.key, text),
        _ => (piece.key, text),
    };
    Some(RawText { source: piece.source, key, text })
}

/// The specification of PNG says Latin-1; several tools write UTF-8, and real Latin-1 is hardly ever valid UTF-8. A file
/// of its own may also be UTF-16, which begins with a mark then.
pub(crate) fn plain(bytes: &[u8]) -> String {
    if let Some(little) = bytes.strip_prefix(b"\xff\xfe") {
        return utf16(little, false);
    }
    if let Some(big) = bytes.strip_prefix(b"\xfe\xff") {
        return utf16(big, true);
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
    }
}

/// Reads `UNICODE\0` or `ASCII\0\0\0` and the text after it; text without such a mark is all text.
fn user_comment(bytes: &[u8], big_endian: bool) -> String {
    if let Some(text) = bytes.strip_prefix(b"UNICODE\0") {
        return unicode(text, big_endian);
    }
    let marks: [&[u8]; 3] = [b"ASCII\0\0\0", b"JIS\0\0\0\0\0", &[0; 8]];
    plain(marks.iter().find_map(|mark| bytes.strip_prefix(*mark)).unwrap_or(bytes))
}

/// The byte order is that of a mark, else the one that makes most characters Latin, and only then that of the TIFF
/// structure, which several writers contradict. Exif 3.0 allows UTF-8 here.
fn unicode(bytes: &[u8], big_endian: bool) -> String {
    if let Some(rest) = bytes.strip_prefix(b"\xfe\xff") {
        return utf16(rest, true);
    }
    if let Some(rest) = bytes.strip_prefix(b"\xff\xfe") {
        return utf16(rest, false);
    }
    let zeros = |offset: usize| bytes.iter().skip(offset).step_by(2).filter(|byte| **byte == 0).count();
    match (zeros(0), zeros(1)) {
        (0, 0) => std::str::from_utf8(bytes).map_or_else(|_| utf16(bytes, big_endian), str::to_owned),
        (even, odd) if even == odd => utf16(bytes, big_endian),
        (even, odd) => utf16(bytes, even > odd),
    }
}

fn utf16(bytes: &[u8], big_endian: bool) -> String {
    let units = bytes.chunks_exact(2).filter_map(|pair| pair.first_chunk().copied());
    let units =
        units.map(|pair| if big_endian { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) });
    char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// `ComfyUI` puts several texts into fields that are not made for them, each with its name before: `prompt:{...}`.
fn split_label(key: String, text: String) -> (String, String) {
    let Some((label, rest)) = text.split_once(':') else { return (key, text) };
    let named = label.len() <= 64
        && !label.is_empty()
        && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let rest = rest.trim_start();
    if named && rest.starts_with(['{', '[']) {
        (label.to_ascii_lowercase(), rest.to_owned())
    } else {
        (key, text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn comment(mark: &[u8], text: &[u8]) -> Vec<u8> {
        [mark, text].concat()
    }

    fn utf16_bytes(text: &str, order: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(order).collect()
    }

    #[test]
    fn a_user_comment_is_read_in_the_order_it_is_written_in_whatever_the_tiff_header_says() {
        let big = comment(b"UNICODE\0", &utf16_bytes("a fox, テスト", u16::to_be_bytes));
        let little = comment(b"UNICODE\0", &utf16_bytes("a fox, テスト", u16::to_le_bytes));
        for header in [true, false] {
            assert_eq!(user_comment(&big, header), "a fox, テスト");
            assert_eq!(user_comment(&little, header), "a fox, テスト");
        }
    }

    #[test]
    fn a_user_comment_without_a_latin_letter_follows_the_tiff_header() {
        let text = "狐狸在雪中";
        assert_eq!(user_comment(&comment(b"UNICODE\0", &utf16_bytes(text, u16::to_be_bytes)), true), text);
        assert_eq!(user_comment(&comment(b"UNICODE\0", &utf16_bytes(text, u16::to_le_bytes)), false), text);
    }

    #[test]
    fn text_that_is_not_utf8_is_latin_1() {
        assert_eq!(plain(b"caf\xe9"), "café");
        assert_eq!(plain("café".as_bytes()), "café");
    }

    #[test]
    fn a_label_before_json_names_the_text() {
        let (key, text) = split_label("Model".to_owned(), "Prompt: {\"3\": 1}".to_owned());
        assert_eq!((key.as_str(), text.as_str()), ("prompt", "{\"3\": 1}"));
        let (key, _) = split_label("Model".to_owned(), "NIKON D50: good".to_owned());
        assert_eq!(key, "Model");
    }
}
