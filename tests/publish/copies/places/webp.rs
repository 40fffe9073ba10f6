//! Places in WebP: behind the coded data of each part of a picture.

use super::super::corpus::{converted, riff_chunk};
use super::super::derive;
use super::super::made::CLEAR;
use super::{Planted, WORD, are_clean};
use vitrine_core::model::CopyRefusal;
use vitrine_tests::animated::a_moving_webp;
use vitrine_tests::pictures::{a_png, a_webp};

type Chunk = ([u8; 4], Vec<u8>);

fn chunks(mut body: &[u8]) -> Vec<Chunk> {
    let mut chunks = Vec::new();
    while let [a, b, c, d, e, f, g, h, rest @ ..] = body {
        let length = usize::try_from(u32::from_le_bytes([*e, *f, *g, *h])).unwrap();
        chunks.push(([*a, *b, *c, *d], rest[..length].to_vec()));
        body = &rest[length.next_multiple_of(2).min(rest.len())..];
    }
    chunks
}

fn joined(chunks: Vec<Chunk>) -> Vec<u8> {
    chunks.into_iter().flat_map(|(kind, data)| riff_chunk(kind, &data)).collect()
}

/// Changes the data of the chunks of a kind, also in frames.
fn changed(bytes: &[u8], kind: [u8; 4], change: &dyn Fn(&mut Vec<u8>)) -> Vec<u8> {
    let mut all = chunks(&bytes[12..]);
    let mut found = 0;
    for (name, data) in &mut all {
        if *name == *b"ANMF" {
            let mut inner = chunks(&data[16..]);
            for (_, data) in inner.iter_mut().filter(|(name, _)| *name == kind) {
                change(data);
                found += 1;
            }
            data.truncate(16);
            data.extend(joined(inner));
        } else if *name == kind {
            change(data);
            found += 1;
        }
    }
    assert!(found > 0, "no such chunk");
    riff_chunk(*b"RIFF", &[b"WEBP".to_vec(), joined(all)].concat())
}

fn longer(bytes: &[u8], kind: [u8; 4]) -> Vec<u8> {
    changed(bytes, kind, &|data| data.extend(WORD))
}

/// Writes the word behind the first partition of VP8, which has the modes.
fn behind_modes(data: &mut Vec<u8>) {
    let tag = u32::from_le_bytes([data[0], data[1], data[2], 0]);
    let end = 10 + usize::try_from(tag >> 5).unwrap();
    data.splice(end..end, *WORD);
    data[..3].copy_from_slice(&(tag + (8 << 5)).to_le_bytes()[..3]);
}

/// Writes decisions as VP8 codes them (RFC 6386, 7.3).
struct Encoder {
    bytes: Vec<u8>,
    range: u32,
    bottom: u32,
    left: u32,
}

impl Encoder {
    fn bit(&mut self, probability: u32, bit: bool) {
        let split = 1 + (((self.range - 1) * probability) >> 8);
        if bit {
            self.bottom = self.bottom.checked_add(split << 24).unwrap_or_else(|| self.carried(split << 24));
            self.range -= split;
        } else {
            self.range = split;
        }
        while self.range < 128 {
            self.range <<= 1;
            self.shift();
        }
    }

    fn carried(&mut self, more: u32) -> u32 {
        let last = self.bytes.iter().rposition(|byte| *byte != 0xff).unwrap();
        self.bytes[last] += 1;
        self.bytes[last + 1..].fill(0);
        self.bottom.wrapping_add(more)
    }

    fn shift(&mut self) {
        let bit = u8::try_from(self.bottom >> 31).unwrap();
        if self.left == 0 {
            self.bytes.push(0);
            self.left = 8;
        }
        self.left -= 1;
        *self.bytes.last_mut().unwrap() |= bit << self.left;
        self.bottom <<= 1;
    }
}

/// How likely each probability of coefficients is to be changed (RFC 6386, 13.4), and how many times in a row.
#[rustfmt::skip]
const UPDATES: [(u32, usize); 219] = [
    (255, 33), (176, 1), (246, 1), (255, 9), (223, 1), (241, 1), (252, 1), (255, 8), (249, 1), (253, 2),
    (255, 9), (244, 1), (252, 1), (255, 8), (234, 1), (254, 2), (255, 8), (253, 1), (255, 11), (246, 1),
    (254, 1), (255, 8), (239, 1), (253, 1), (254, 1), (255, 8), (254, 1), (255, 1), (254, 1), (255, 9),
    (248, 1), (254, 1), (255, 8), (251, 1), (255, 1), (254, 1), (255, 20), (253, 1), (254, 1), (255, 8),
    (251, 1), (254, 2), (255, 8), (254, 1), (255, 1), (254, 1), (255, 9), (254, 1), (253, 1), (255, 1),
    (254, 1), (255, 6), (250, 1), (255, 1), (254, 1), (255, 1), (254, 1), (255, 6), (254, 1), (255, 43),
    (217, 1), (255, 10), (225, 1), (252, 1), (241, 1), (253, 1), (255, 2), (254, 1), (255, 4), (234, 1),
    (250, 1), (241, 1), (250, 1), (253, 1), (255, 1), (253, 1), (254, 1), (255, 4), (254, 1), (255, 9),
    (223, 1), (254, 2), (255, 8), (238, 1), (253, 1), (254, 2), (255, 8), (248, 1), (254, 1), (255, 8),
    (249, 1), (254, 1), (255, 21), (253, 1), (255, 9), (247, 1), (254, 1), (255, 21), (253, 1), (254, 1),
    (255, 8), (252, 1), (255, 22), (254, 2), (255, 8), (253, 1), (255, 22), (254, 1), (253, 1), (255, 8),
    (250, 1), (255, 10), (254, 1), (255, 43), (186, 1), (251, 1), (250, 1), (255, 8), (234, 1), (251, 1),
    (244, 1), (254, 1), (255, 7), (251, 2), (243, 1), (253, 1), (254, 1), (255, 1), (254, 1), (255, 5),
    (253, 1), (254, 1), (255, 8), (236, 1), (253, 1), (254, 1), (255, 8), (251, 1), (253, 2), (254, 2),
    (255, 7), (254, 2), (255, 8), (254, 3), (255, 20), (254, 1), (255, 9), (254, 2), (255, 9), (254, 1),
    (255, 21), (254, 1), (255, 120), (248, 1), (255, 10), (250, 1), (254, 1), (252, 1), (254, 1), (255, 7),
    (248, 1), (254, 1), (249, 1), (253, 1), (255, 8), (253, 2), (255, 8), (246, 1), (253, 2), (255, 8),
    (252, 1), (254, 1), (251, 1), (254, 2), (255, 7), (254, 1), (252, 1), (255, 8), (248, 1), (254, 1),
    (253, 1), (255, 8), (253, 1), (255, 1), (254, 2), (255, 8), (251, 1), (254, 1), (255, 8), (245, 1),
    (251, 1), (254, 1), (255, 8), (253, 2), (254, 1), (255, 9), (251, 1), (253, 1), (255, 8), (252, 1),
    (253, 1), (254, 1), (255, 9), (254, 1), (255, 10), (252, 1), (255, 9), (249, 1), (255, 1), (254, 1),
    (255, 10), (254, 1), (255, 10), (253, 1), (255, 8), (250, 1), (255, 32), (254, 1), (255, 21),
];

/// Makes a grey picture of two rows of macroblocks, whose coefficients are in two partitions, with the word behind
/// each of them.
fn two_partitions() -> Vec<u8> {
    let mut modes = Encoder { bytes: Vec::new(), range: 255, bottom: 0, left: 0 };
    // Two flags, no segments, no loop filter, no changes of it; two partitions; the quantizer and its five
    // differences; one flag.
    for bit in [0, 0, 0].into_iter().chain([0; 10]).chain([0, 0, 1]).chain([0; 7]).chain([0; 5]).chain([0]) {
        modes.bit(128, bit == 1);
    }
    // No probability is changed. The exact odds do not matter for what is never chosen, but they must be right.
    for odds in UPDATES.iter().flat_map(|(odds, count)| std::iter::repeat_n(*odds, *count)) {
        modes.bit(odds, false);
    }
    // Macroblocks say whether they have coefficients.
    for bit in [true].into_iter().chain([true, false, false, false, false, false, false, false]) {
        modes.bit(128, bit);
    }
    for _ in 0..2 {
        // No coefficients, and the average of the neighbours.
        for (odds, bit) in [(128, true), (145, true), (156, false), (163, false), (142, false)] {
            modes.bit(odds, bit);
        }
    }
    for _ in 0..32 {
        modes.bit(128, false);
    }
    let tag = (u32::try_from(modes.bytes.len()).unwrap() << 5 | 1 << 4).to_le_bytes();
    let first = [&[0], &WORD[..]].concat();
    let head = [&tag[..3], b"\x9d\x01\x2a\x10\0\x20\0"].concat();
    let data = [head, modes.bytes, vec![9, 0, 0], first.clone(), first].concat();
    riff_chunk(*b"RIFF", &[b"WEBP".to_vec(), riff_chunk(*b"VP8 ", &data)].concat())
}

#[test]
fn words_behind_the_coded_data_of_webp_are_not_copied() {
    let small = a_png(96, 80).bytes();
    let clear = a_png(61, 45).with_opacity(90).bytes();
    let lossy = converted(&small, &["-quality", "70"], "webp");
    let sharp = converted(&small, &["-quality", "98", "-define", "webp:method=6"], "webp");
    let lossless = a_webp(90, 70).bytes();
    let best = converted(&small, &["-define", "webp:lossless=true", "-define", "webp:method=6"], "webp");
    let indexed = converted(&small, &["-colors", "7", "-define", "webp:lossless=true"], "webp");
    let alpha = converted(&clear, &["-channel", "A", "-fx", "i/w", "-quality", "50"], "webp");
    let options = ["-channel", "A", "-fx", "i/w", "-define", "webp:alpha-compression=0"];
    let raw_alpha = converted(&clear, &options, "webp");
    let moving = a_moving_webp(24, [[200, 10, 10], [10, 10, 200]]);
    are_clean(vec![
        Planted::of("behind the coefficients", longer(&lossy, *b"VP8 ")),
        Planted::of("behind many coefficients", longer(&sharp, *b"VP8 ")),
        Planted::of("behind the modes", changed(&lossy, *b"VP8 ", &behind_modes)),
        Planted::of("behind each of two partitions", two_partitions()),
        Planted::of("behind lossless pixels", longer(&lossless, *b"VP8L")),
        Planted::of("behind lossless pixels of another encoder", longer(&best, *b"VP8L")),
        Planted::of("behind lossless pixels with a palette", longer(&indexed, *b"VP8L")),
        Planted::of("behind a picture with alpha", longer(&alpha, *b"VP8 ")),
        Planted::of("behind compressed alpha", longer(&alpha, *b"ALPH")),
        Planted::of("behind plain alpha", longer(&raw_alpha, *b"ALPH")),
        Planted::of("behind the pixels of frames", longer(&moving, *b"VP8L")),
    ]);
}

#[test]
fn webp_that_is_not_understood_to_its_last_code_is_refused() {
    let small = a_png(96, 80).bytes();
    let lossy = converted(&small, &["-quality", "70"], "webp");
    let cut = changed(&lossy, *b"VP8 ", &|data| data.truncate(data.len() - 40));
    assert_eq!(derive(&cut, &CLEAR).unwrap_err(), CopyRefusal::Incomplete);
    let lossless = a_webp(90, 70).bytes();
    let cut = changed(&lossless, *b"VP8L", &|data| data.truncate(data.len() - 1));
    assert_eq!(derive(&cut, &CLEAR).unwrap_err(), CopyRefusal::Incomplete);
    let newer = changed(&lossless, *b"VP8L", &|data| data[4] |= 0x20);
    assert_eq!(derive(&newer, &CLEAR).unwrap_err(), CopyRefusal::Damaged);
}
