//! A search for planted words in the raw bytes of a file. It knows nothing of the product.

use flate2::read::{GzDecoder, ZlibDecoder};
use std::io::Read;

/// Says whether bytes contain others.
pub(crate) fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}

/// Returns the file, and everything in it that can be inflated.
pub(crate) fn texts_within(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut found = vec![bytes.to_vec()];
    for (at, pair) in bytes.windows(2).enumerate() {
        let rest = &bytes[at..];
        let mut inflated = Vec::new();
        // The first two bytes of a zlib stream are a multiple of 31 (RFC 1950).
        if pair[0] & 0x8f == 8 && (u32::from(pair[0]) << 8 | u32::from(pair[1])) % 31 == 0 {
            let _ = ZlibDecoder::new(rest).take(1 << 22).read_to_end(&mut inflated);
        } else if pair == [0x1f, 0x8b] {
            let _ = GzDecoder::new(rest).take(1 << 22).read_to_end(&mut inflated);
        }
        if inflated.len() > 8 {
            found.push(inflated);
        }
    }
    found
}

/// Says whether a word is in bytes, in UTF-8, UTF-16 of either order, or hexadecimal, or in anything that can
/// be inflated.
pub(crate) fn is_in(bytes: &[u8], word: &str) -> bool {
    let big: Vec<u8> = word.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let little: Vec<u8> = word.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let forms = [word.as_bytes().to_vec(), big, little, hex::encode(word).into_bytes()];
    texts_within(bytes).iter().any(|text| forms.iter().any(|form| contains(text, form)))
}
