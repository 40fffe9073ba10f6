//! The chunks of a PNG that change how its pixels look in a browser, besides the profile. A chunk is kept only if its
//! values are plausible and no other chunk overrules it (third edition of the PNG specification, 4.3). Colours that no
//! pixel has are made black.

use super::made_chunk;
use crate::model::CopyRefusal;
use crate::public_copy::walked::{u16_be, u32_be};

/// Chunks that browsers do not use, with the longest that each can be.
const UNUSED: [(&[u8; 4], usize); 3] = [(b"sBIT", 4), (b"bKGD", 6), (b"pHYs", 9)];
const KINDS: [&[u8; 4]; 8] = [b"PLTE", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"cICP", b"mDCV", b"cLLI"];

/// For each number of a colour, whether pixels have it.
pub(super) type Used = [bool; 256];

/// What becomes of a chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It may be in the copy, if nothing overrules it.
    Candidate,
    /// It is left out, and says nothing about the picture that a browser shows.
    Unused,
    /// It is left out, as metadata.
    Dropped,
}

/// The candidates of a file, in their order.
#[derive(Debug, Default)]
pub(super) struct Colours<'a> {
    /// The kind, the data, and the index of the piece that the chunk becomes.
    list: Vec<(&'static [u8; 4], &'a [u8], usize)>,
}

impl<'a> Colours<'a> {
    pub(super) fn has(&self, kind: [u8; 4]) -> bool {
        self.data(kind).is_some()
    }

    fn data(&self, kind: [u8; 4]) -> Option<&'a [u8]> {
        self.list.iter().find(|(other, ..)| **other == kind).map(|(_, data, _)| *data)
    }

    /// Judges a chunk before the pixels. `piece` is the index of the piece that it would become.
    pub(super) fn take(
        &mut self,
        kind: [u8; 4],
        data: &'a [u8],
        (colour_type, depth): (u8, u8),
        piece: usize,
    ) -> Fate {
        if UNUSED.iter().any(|(unused, longest)| **unused == kind && data.len() <= *longest) {
            return Fate::Unused;
        }
        let Some(kind) = KINDS.into_iter().find(|known| **known == kind) else { return Fate::Dropped };
        if self.has(*kind) || !is_plausible(*kind, data, colour_type, depth) {
            return Fate::Dropped;
        }
        self.list.push((kind, data, piece));
        Fate::Candidate
    }

    /// Returns the chunks of the copy, each with the index of its piece.
    pub(super) fn written(
        &self,
        has_profile: bool,
        used: &Used,
        depth: u8,
    ) -> impl Iterator<Item = Result<(usize, Vec<u8>), CopyRefusal>> {
        let (has_points, has_srgb, has_gamma) = (self.has(*b"cICP"), self.has(*b"sRGB"), self.has(*b"gAMA"));
        // The transfer functions of HDR.
        let is_hdr = matches!(self.data(*b"cICP"), Some([_, 16 | 18, ..]));
        let counts = move |kind: &[u8; 4]| match kind {
            b"sRGB" => !has_points && !has_profile,
            b"gAMA" => !has_points && !has_profile && !has_srgb,
            b"cHRM" => !has_points && !has_profile && !has_srgb && has_gamma,
            b"mDCV" | b"cLLI" => is_hdr,
            _ => true,
        };
        let is_indexed = self.has(*b"PLTE");
        self.list.iter().filter(move |(kind, ..)| counts(kind)).map(move |(kind, data, piece)| {
            let mut data = data.to_vec();
            match *kind {
                b"PLTE" => {
                    let unused = data.as_chunks_mut::<3>().0.iter_mut().zip(used).filter(|(_, used)| !**used);
                    unused.for_each(|(colour, _)| *colour = [0; 3]);
                }
                b"tRNS" if is_indexed => {
                    let unused = data.iter_mut().zip(used).filter(|(_, used)| !**used);
                    unused.for_each(|(alpha, _)| *alpha = 0);
                }
                // Only as many bits count as a sample has.
                b"tRNS" => {
                    let mask = u16::MAX >> (16 - u32::from(depth).min(16));
                    for sample in data.as_chunks_mut::<2>().0 {
                        *sample = (u16::from_be_bytes(*sample) & mask).to_be_bytes();
                    }
                }
                _ => {}
            }
            Ok((*piece, made_chunk(**kind, &[&data])?))
        })
    }
}

fn is_plausible(kind: [u8; 4], data: &[u8], colour_type: u8, depth: u8) -> bool {
    /// The most light of a display in ten-thousandths of a candela: 10,000 cd.
    const BRIGHTEST: u32 = 100_000_000;
    let number = |at: usize| u32_be(data, at).unwrap_or(u32::MAX);
    match (&kind, data.len()) {
        (b"PLTE", 3..=768) => colour_type == 3 && data.len().is_multiple_of(3),
        (b"tRNS", 1..=256) if colour_type == 3 => data.len() <= 1 << depth,
        (b"tRNS", length) => matches!((colour_type, length), (0, 2) | (2, 6)),
        // From 0.01 to 100.
        (b"gAMA", 4) => (1_000..=10_000_000).contains(&number(0)),
        // Parts of all light, in hundred-thousandths. Some real primaries are just above the whole.
        (b"cHRM", 32) => (0..8).all(|index| number(index * 4) <= 110_000),
        (b"sRGB", 1) => data.first().is_some_and(|intent| *intent <= 3),
        // ITU-T H.273: primaries and transfer function, RGB, and which range is used.
        (b"cICP", 4) => matches!(data, [1..=22, 1..=18, 0, 0 | 1]),
        (b"mDCV", 24) => {
            has_known_primaries(data) && (1..=BRIGHTEST).contains(&number(16)) && number(20) <= number(16)
        }
        (b"cLLI", 8) => number(0) <= BRIGHTEST && number(4) <= BRIGHTEST,
        _ => false,
    }
}

/// Says whether a display has primaries and white as BT.709, P3 or BT.2020 define them, in fifty-thousandths.
fn has_known_primaries(data: &[u8]) -> bool {
    const WHITE: [u16; 2] = [15_635, 16_450];
    const KNOWN: [[u16; 6]; 3] = [
        [32_000, 16_500, 15_000, 30_000, 7_500, 3_000],
        [34_000, 16_000, 13_250, 34_500, 7_500, 3_000],
        [35_400, 14_600, 8_500, 39_850, 6_550, 2_300],
    ];
    let numbers: Vec<u16> = (0..8).filter_map(|index| u16_be(data, index * 2)).collect();
    numbers
        .split_at_checked(6)
        .is_some_and(|(primaries, white)| white == WHITE && KNOWN.iter().any(|known| primaries == known))
}
