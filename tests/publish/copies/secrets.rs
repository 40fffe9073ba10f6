//! A search for planted words in the raw bytes of a file. It knows nothing of the product.

use flate2::read::{GzDecoder, ZlibDecoder};
use memchr::memmem::Finder;
use std::io::Read;

/// Everything that can be read in a file: its bytes, and what can be inflated from them.
pub(crate) struct Searched(Vec<Vec<u8>>);

impl Searched {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let mut found = vec![bytes.to_vec()];
        for at in memchr::memchr2_iter(0x78, 0x1f, bytes) {
            let (mut inflated, rest) = (Vec::new(), &bytes[at..]);
            // A zlib stream begins with 0x78 and a byte that makes both a multiple of 31 (RFC 1950).
            match rest {
                [0x78, second, ..] if (0x7800 + u32::from(*second)) % 31 == 0 => {
                    let _ = ZlibDecoder::new(rest).take(1 << 22).read_to_end(&mut inflated);
                }
                [0x1f, 0x8b, ..] => {
                    let _ = GzDecoder::new(rest).take(1 << 22).read_to_end(&mut inflated);
                }
                _ => {}
            }
            if inflated.len() > 8 {
                found.push(inflated);
            }
        }
        Self(found)
    }

    /// Says whether a word is there in UTF-8, in UTF-16 of either order, or in hexadecimal.
    pub(crate) fn has(&self, word: &str) -> bool {
        let big: Vec<u8> = word.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let little: Vec<u8> = word.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let forms = [word.as_bytes().to_vec(), big, little, hex::encode(word).into_bytes()];
        forms.iter().any(|form| {
            let finder = Finder::new(form);
            self.0.iter().any(|text| finder.find(text).is_some())
        })
    }
}
