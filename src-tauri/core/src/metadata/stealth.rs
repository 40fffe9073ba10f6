//! Metadata hidden in the lowest bits of pixels, as `sd-webui-stealth-pnginfo`, Forge and `NovelAI` write it.
//!
//! The bits run down the columns, the highest bit first: a signature of 15 bytes, 32 bits with the number of
//! bits, and the text. They are in alpha, or in red, green and blue in turn.

use std::io::Read;

use super::budget::{Budget, Cut};
use super::limits::MAX_PIECE_BYTES;
use super::text::{Encoding, RawText, Source};
use super::texts::RawTexts;

const SIGNATURE_BYTES: usize = 15;
/// Bytes read between two payments to the budget.
const CHUNK: usize = 4096;
/// Steps for a byte. Each of its eight bits is in a different pixel, one row of pixels apart.
const STEPS_PER_BYTE: usize = 40;

/// Reads the hidden text of decoded pixels with three or four bytes each, red first. Returns no text if there
/// is none. It looks at 120 pixels before it looks at more.
pub fn read_stealth(
    pixels: &[u8],
    channels: usize,
    width: usize,
    height: usize,
    budget: &Budget,
) -> RawTexts {
    let size = width.checked_mul(height).and_then(|size| size.checked_mul(channels));
    let bytes = size.and_then(|size| pixels.get(..size)).filter(|pixels| !pixels.is_empty());
    let Some(bytes) = bytes else { return RawTexts::default() };
    let pixels = Pixels { bytes, channels, width, height, budget };
    let in_alpha = (channels == 4).then(|| pixels.text(&[3], "stealth_png")).flatten();
    let bytes = in_alpha.or_else(|| pixels.text(&[0, 1, 2], "stealth_rgb"));
    let of = |bytes| RawText {
        source: Source::Stealth,
        key: "stealth".to_owned(),
        encoding: Encoding::Plain,
        bytes,
    };
    let list: Vec<RawText> = bytes.map(of).filter(|text| !text.is_blank()).into_iter().collect();
    RawTexts { list, in_part: budget.cut() == Some(Cut::Exhausted) }
}

/// Says in which channels of decoded pixels a text is hidden, whether or not it can be read: in alpha, and in
/// the colours. It looks at no more than the first 120 pixels of the columns, so the first 120 rows suffice.
pub fn stealth_channels(pixels: &[u8], channels: usize, width: usize, height: usize) -> (bool, bool) {
    let size = width.checked_mul(height).and_then(|size| size.checked_mul(channels));
    let bytes = size.and_then(|size| pixels.get(..size)).filter(|pixels| !pixels.is_empty());
    let Some(bytes) = bytes else { return (false, false) };
    let budget = Budget::of(0, &super::never);
    let pixels = Pixels { bytes, channels, width, height, budget: &budget };
    let begins = |channels: &[usize], signature: &str| {
        let begin: Vec<u8> = pixels.bytes(channels).take(signature.len()).collect();
        begin == signature.as_bytes()
    };
    (channels == 4 && begins(&[3], "stealth_png"), begins(&[0, 1, 2], "stealth_rgb"))
}

struct Pixels<'a> {
    bytes: &'a [u8],
    channels: usize,
    width: usize,
    height: usize,
    budget: &'a Budget<'a>,
}

impl Pixels<'_> {
    fn text(&self, channels: &[usize], signature: &str) -> Option<Vec<u8>> {
        let mut bytes = self.bytes(channels);
        let found: Vec<u8> = bytes.by_ref().take(SIGNATURE_BYTES).collect();
        let deflated = match found.strip_prefix(signature.as_bytes())? {
            b"info" => false,
            b"comp" => true,
            _ => return None,
        };
        let length: Vec<u8> = bytes.by_ref().take(4).collect();
        let length = usize::try_from(u32::from_be_bytes(*length.first_chunk()?)).ok()? / 8;
        let room = self.bytes.len() / self.channels * channels.len() / 8;
        if length > room {
            return None;
        }
        if length > MAX_PIECE_BYTES {
            self.budget.give_up();
            return None;
        }
        let mut payload = Vec::new();
        while payload.len() < length {
            let count = (length - payload.len()).min(CHUNK);
            if !self.budget.spend(count * STEPS_PER_BYTE) {
                return None;
            }
            let before = payload.len();
            payload.extend(bytes.by_ref().take(count));
            if payload.len() - before < count {
                return None;
            }
        }
        if deflated { inflate(&payload, self.budget) } else { Some(payload) }
    }

    fn bytes(&self, channels: &[usize]) -> impl Iterator<Item = u8> {
        let mut bits = self.bits(channels);
        std::iter::from_fn(move || {
            let mut byte = 0;
            for _ in 0..8 {
                byte = byte << 1 | bits.next()?;
            }
            Some(byte)
        })
    }

    fn bits(&self, channels: &[usize]) -> impl Iterator<Item = u8> {
        let places = (0..self.width).flat_map(|x| (0..self.height).map(move |y| (x, y)));
        places.flat_map(move |(x, y)| {
            let pixel = (y * self.width + x) * self.channels;
            channels.iter().filter_map(move |channel| self.bytes.get(pixel + channel).map(|value| value & 1))
        })
    }
}

fn inflate(payload: &[u8], budget: &Budget) -> Option<Vec<u8>> {
    let limit = budget.inflatable(MAX_PIECE_BYTES)?;
    let mut plain = Vec::new();
    let ceiling = u64::try_from(limit).ok()?.saturating_add(1);
    // An error keeps what came before it.
    let _ = flate2::read::GzDecoder::new(payload).take(ceiling).read_to_end(&mut plain);
    budget.inflated(plain.len());
    budget.spend(payload.len());
    if plain.len() > limit {
        budget.give_up();
        return None;
    }
    Some(plain)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::metadata::never;

    fn read_stealth(pixels: &[u8], channels: usize, width: usize, height: usize) -> Option<String> {
        let budget = Budget::of(pixels.len(), &never);
        let found = super::read_stealth(pixels, channels, width, height, &budget);
        found.list.first().map(|found| found.decode().text.into_owned())
    }

    const SIDE: usize = 96;

    /// Writes a text into pixels according to the published description: columns first, most significant bit
    /// first.
    fn hidden(channels: &[usize], signature: &str, payload: &[u8], claimed_bits: u32) -> Vec<u8> {
        let bytes = [signature.as_bytes(), &claimed_bits.to_be_bytes(), payload].concat();
        let bits: Vec<u8> =
            bytes.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1)).collect();
        let mut rgba = vec![0xfe; SIDE * SIDE * 4];
        for (index, bit) in bits.iter().enumerate() {
            let (pixel, channel) = (index / channels.len(), channels[index % channels.len()]);
            rgba[(pixel % SIDE * SIDE + pixel / SIDE) * 4 + channel] |= bit;
        }
        rgba
    }

    fn bits(payload: &[u8]) -> u32 {
        u32::try_from(payload.len() * 8).unwrap()
    }

    fn gzip(text: &str) -> Vec<u8> {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        gzip.write_all(text.as_bytes()).unwrap();
        gzip.finish().unwrap()
    }

    #[test]
    fn hidden_text_is_read_from_alpha_or_colour_plain_or_compressed() {
        let text = "a fox, テスト\nSteps: 20, Sampler: Euler a, Seed: 7";
        for (channels, name) in [(&[3][..], "stealth_png"), (&[0, 1, 2], "stealth_rgb")] {
            for (kind, payload) in [("info", text.as_bytes().to_vec()), ("comp", gzip(text))] {
                let rgba = hidden(channels, &format!("{name}{kind}"), &payload, bits(&payload));
                assert_eq!(read_stealth(&rgba, 4, SIDE, SIDE).unwrap(), text, "{name}{kind}");
                let rgb: Vec<u8> = rgba.chunks(4).flat_map(|pixel| pixel[..3].to_vec()).collect();
                let found = read_stealth(&rgb, 3, SIDE, SIDE);
                assert_eq!(found.as_deref(), (name == "stealth_rgb").then_some(text), "{name}{kind}");
            }
        }
    }

    #[test]
    fn a_length_beyond_the_pixels_gives_nothing() {
        let rgba = hidden(&[3], "stealth_pnginfo", b"short", u32::MAX);
        assert!(read_stealth(&rgba, 4, SIDE, SIDE).is_none());
    }

    #[test]
    fn too_few_pixels_or_pixels_without_a_signature_give_nothing() {
        assert!(read_stealth(&vec![0; SIDE * SIDE * 4], 4, SIDE, SIDE).is_none());
        assert!(read_stealth(&[0; 10], 4, SIDE, SIDE).is_none());
        assert!(read_stealth(&[], 4, usize::MAX, usize::MAX).is_none());
    }
}
