//! Decodes bytes into text, in the encodings that writers really use, whatever a specification says.

use encoding_rs::{EUC_JP, Encoding, ISO_2022_JP, SHIFT_JIS, WINDOWS_1252};
use std::borrow::Cow;

/// Decodes a text without a stated encoding. The PNG specification says Latin-1, but several tools write
/// UTF-8, and real Latin-1 is hardly ever valid UTF-8. A separate file may also be UTF-16 and then begins
/// with a byte order mark. A text that is UTF-8 except for a few bytes is read as UTF-8.
pub(super) fn plain(bytes: &[u8]) -> Cow<'_, str> {
    if let Some(little) = bytes.strip_prefix(b"\xff\xfe") {
        return Cow::Owned(utf16(little, false));
    }
    if let Some(big) = bytes.strip_prefix(b"\xfe\xff") {
        return Cow::Owned(utf16(big, true));
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) if is_mostly_utf8(bytes) => String::from_utf8_lossy(bytes),
        // Latin-1, with the letters and quotation marks of Windows-1252 where Latin-1 has no characters.
        Err(_) => WINDOWS_1252.decode_without_bom_handling(bytes).0,
    }
}

/// Says whether bytes that are not valid UTF-8 have more valid multi-byte characters than broken places.
fn is_mostly_utf8(bytes: &[u8]) -> bool {
    let (mut whole, mut broken) = (0_usize, 0_usize);
    let mut chunks = bytes.utf8_chunks().peekable();
    while let Some(chunk) = chunks.next() {
        whole += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        let is_cut_off = chunks.peek().is_none() && chunk.invalid().len() > 1;
        match (chunk.invalid().is_empty(), is_cut_off) {
            (true, _) => {}
            // The last character lost its end, which shows that it had several bytes.
            (false, true) => whole += 1,
            (false, false) => broken += 1,
        }
    }
    whole > broken
}

/// The character sets that an Exif `UserComment` names in its first eight bytes.
const MARKS: [(&[u8], Mark); 5] = [
    (b"UNICODE", Mark::Unicode),
    (b"ASCII", Mark::Ascii),
    (b"JIS", Mark::Jis),
    (b"UTF-8", Mark::Ascii),
    (b"UTF8", Mark::Ascii),
];
const MARK_BYTES: usize = 8;

#[derive(Clone, Copy)]
enum Mark {
    Unicode,
    Ascii,
    Jis,
}

/// Reads the text of an Exif `UserComment` after its mark, which may be in upper or lower case. Without a
/// mark, everything is text. The byte order of the TIFF structure is only a hint.
pub(super) fn user_comment(bytes: &[u8], big_endian: bool) -> Cow<'_, str> {
    match split_mark(bytes) {
        Some((Mark::Unicode, text)) => unicode(text, big_endian),
        Some((Mark::Jis, text)) => japanese(text),
        Some((Mark::Ascii, text)) => plain(text),
        // A mark of zeros says that the character set is unknown. Zeros inside a text mean UTF-16.
        None => match bytes.strip_prefix(&[0; MARK_BYTES]) {
            Some(text) if without_end(text).contains(&0) => unicode(text, big_endian),
            text => plain(text.unwrap_or(bytes)),
        },
    }
}

/// Splits off the mark. Writers pad it to eight bytes with zeros, careless ones to fewer, or with spaces.
fn split_mark(bytes: &[u8]) -> Option<(Mark, &[u8])> {
    let head = bytes.get(..bytes.len().min(MARK_BYTES))?;
    let end = head.iter().position(|byte| matches!(byte, 0 | b' '))?;
    let (name, padding) = head.split_at_checked(end)?;
    let (_, mark) = MARKS.iter().find(|(known, _)| name.eq_ignore_ascii_case(known))?;
    let zeros = padding.iter().take_while(|byte| **byte == 0).count();
    // A text may begin with the word; only a whole mark is padded with spaces.
    let spaces = padding.len() == MARK_BYTES - end && padding.iter().all(|byte| *byte == b' ');
    match (zeros, spaces) {
        (0, true) => Some((*mark, bytes.get(MARK_BYTES..)?)),
        (0, false) => None,
        _ => Some((*mark, bytes.get(end + zeros..)?)),
    }
}

/// Decodes UTF-16, with or without a byte order mark; Exif 3.0 also allows UTF-8 here. Trailing zeros, as in
/// C strings, do not make a text UTF-16.
fn unicode(bytes: &[u8], big_endian: bool) -> Cow<'_, str> {
    if let Some(rest) = bytes.strip_prefix(b"\xfe\xff") {
        return Cow::Owned(utf16(rest, true));
    }
    if let Some(rest) = bytes.strip_prefix(b"\xff\xfe") {
        return Cow::Owned(utf16(rest, false));
    }
    let text = without_end(bytes);
    // UTF-16 without any zero byte is entirely in a script that is not Latin, and is not valid UTF-8 by
    // chance.
    if !text.contains(&0) && is_text_of_single_bytes(text) {
        return plain(text);
    }
    Cow::Owned(utf16(bytes, is_big_endian(text).unwrap_or(big_endian)))
}

/// Returns a text without the zeros at its end.
fn without_end(bytes: &[u8]) -> &[u8] {
    let length = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    bytes.get(..length).unwrap_or_default()
}

/// Returns the byte order of UTF-16, if its characters reveal it.
pub(super) fn is_big_endian(bytes: &[u8]) -> Option<bool> {
    let (big, little) = (likelihood(bytes, true), likelihood(bytes, false));
    (big != little).then_some(big > little)
}

/// Says whether bytes are at least nearly valid UTF-8, or another superset of ASCII.
fn is_text_of_single_bytes(bytes: &[u8]) -> bool {
    let valid: usize = bytes.utf8_chunks().map(|chunk| chunk.valid().len()).sum();
    valid.saturating_mul(10) >= bytes.len().saturating_mul(9)
}

/// Returns the number of UTF-16 characters that people use, minus the number of those that nobody uses.
fn likelihood(bytes: &[u8], big_endian: bool) -> i64 {
    units(bytes, big_endian).map(weight).sum()
}

fn weight(unit: u16) -> i64 {
    match unit {
        0x09 | 0x0a | 0x0d | 0x20..=0x7e => 2,
        // Latin, Greek and Cyrillic letters, typographic signs, Japanese, Chinese, Korean, full width.
        0xa0..=0x24f
        | 0x370..=0x52f
        | 0x2010..=0x203b
        | 0x3000..=0x30ff
        | 0x4e00..=0x9fff
        | 0xac00..=0xd7a3
        | 0xff01..=0xff9f => 1,
        0x00..=0x1f | 0x7f..=0x9f | 0xe000..=0xf8ff | 0xfffe | 0xffff => -2,
        _ => 0,
    }
}

pub(super) fn utf16(bytes: &[u8], big_endian: bool) -> String {
    let decoded = char::decode_utf16(units(bytes, big_endian));
    decoded.map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// Splits bytes into UTF-16 units. A last byte without its second half is left out.
fn units(bytes: &[u8], big_endian: bool) -> impl Iterator<Item = u16> {
    let pairs = bytes.chunks_exact(2).filter_map(|pair| pair.first_chunk().copied());
    pairs.map(move |pair| if big_endian { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) })
}

/// Decodes Japanese. The mark means ISO-2022-JP, but the other encodings of Japan are written under it as
/// well.
fn japanese(bytes: &[u8]) -> Cow<'_, str> {
    const ESCAPE: u8 = 0x1b;
    let length = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    let bytes = bytes.get(..length).unwrap_or_default();
    if bytes.contains(&ESCAPE) {
        return ISO_2022_JP.decode_without_bom_handling(bytes).0;
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let whole =
        |encoding: &'static Encoding| encoding.decode_without_bom_handling_and_without_replacement(bytes);
    whole(EUC_JP).or_else(|| whole(SHIFT_JIS)).unwrap_or_else(|| plain(bytes))
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
    fn user_comment_is_read_in_its_own_byte_order_not_that_of_the_header() {
        for text in ["a fox, テスト", "雪の中の狐、夕焼け", "여우", "лиса в снегу"] {
            let big = comment(b"UNICODE\0", &utf16_bytes(text, u16::to_be_bytes));
            let little = comment(b"UNICODE\0", &utf16_bytes(text, u16::to_le_bytes));
            for header in [true, false] {
                assert_eq!(user_comment(&big, header), text);
                assert_eq!(user_comment(&little, header), text);
            }
        }
    }

    #[test]
    fn user_comment_of_ideographs_alone_follows_the_tiff_header() {
        let text = "狐狸在雪中";
        assert_eq!(user_comment(&comment(b"UNICODE\0", &utf16_bytes(text, u16::to_be_bytes)), true), text);
        assert_eq!(user_comment(&comment(b"UNICODE\0", &utf16_bytes(text, u16::to_le_bytes)), false), text);
    }

    #[test]
    fn user_comment_mark_is_recognised_in_any_case_and_length() {
        let text = "a fox, 雪";
        for mark in ["UNICODE\0", "Unicode\0", "unicode\0"] {
            let bytes = comment(mark.as_bytes(), &utf16_bytes(text, u16::to_be_bytes));
            assert_eq!(user_comment(&bytes, false), text, "{mark:?}");
        }
        for mark in ["ASCII\0\0\0", "Ascii\0\0\0", "ascii\0", "\0\0\0\0\0\0\0\0", "utf-8\0\0\0", ""] {
            assert_eq!(user_comment(&comment(mark.as_bytes(), text.as_bytes()), true), text, "{mark:?}");
        }
        assert_eq!(user_comment(b"ascii art", true), "ascii art");
    }

    #[test]
    fn user_comment_that_ends_with_zeros_is_not_taken_for_utf16() {
        let text = "雪の中の狐 🦊";
        for zeros in 0..4 {
            let padded = [text.as_bytes(), &vec![0; zeros]].concat();
            for big_endian in [true, false] {
                let read = user_comment(&comment(b"UNICODE\0", &padded), big_endian).into_owned();
                assert_eq!(read.trim_end_matches('\0'), text, "{zeros}");
            }
            for order in [u16::to_be_bytes, u16::to_le_bytes] {
                let padded = [utf16_bytes("ab", order), vec![0; zeros]].concat();
                let read = user_comment(&comment(b"UNICODE\0", &padded), true).into_owned();
                assert_eq!(read.trim_end_matches('\0'), "ab", "{zeros}");
            }
        }
    }

    /// The bytes are the output of Python's codecs `iso2022_jp`, `euc_jp` and `shift_jis`.
    #[test]
    fn user_comment_in_japanese_encodings_is_read() {
        let text = "雪の狐 fox";
        let encodings: [&[u8]; 3] =
            [b"\x1b$B@c$N8Q\x1b(B fox", b"\xc0\xe3\xa4\xce\xb8\xd1 fox", b"\x90\xe1\x82\xcc\x8c\xcf fox"];
        for bytes in encodings {
            let padded = [bytes, b"\0\0"].concat();
            assert_eq!(user_comment(&comment(b"JIS\0\0\0\0\0", &padded), true), text);
        }
        assert_eq!(user_comment(&comment(b"JIS\0\0\0\0\0", text.as_bytes()), true), text);
    }

    #[test]
    fn text_that_is_not_utf8_is_latin_1() {
        assert_eq!(plain(b"caf\xe9"), "café");
        assert_eq!(plain(b"caf\xe9, snow"), "café, snow");
        assert_eq!(plain("café".as_bytes()), "café");
        assert_eq!(plain(b"fox\x92s"), "fox’s");
    }

    #[test]
    fn text_that_is_mostly_utf8_stays_utf8() {
        assert_eq!(plain(&[("雪の中の狐").as_bytes(), b"\xff, end"].concat()), "雪の中の狐\u{fffd}, end");
        let cut = "a fox 🦊".as_bytes();
        assert_eq!(plain(&cut[..cut.len() - 1]), "a fox \u{fffd}");
    }
}
