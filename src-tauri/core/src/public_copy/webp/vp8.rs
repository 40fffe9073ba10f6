//! The data of a lossy WebP: one key frame of VP8 (RFC 6386). Its decisions are read, but not turned into pixels,
//! to find where each partition really ends: a decoder does not look at what follows.

mod boolean;
mod tables;

use super::Exact;
use crate::model::CopyRefusal;
use crate::public_copy::walked::{Means, u16_le, usize_of};
use boolean::Boolean;
use tables::{DEFAULTS, MODES, SETS, Tokens, UPDATES};

/// The length of the frame's tag, the start code, width and height, in bytes.
const HEAD: usize = 10;
/// The length of the size of a partition, in bytes.
const SIZE: usize = 3;
/// Encoders empty their registers behind a partition. So many bytes are no finding.
const FLUSHED: usize = 4;

const B_DC: u8 = 0;
const B_TM: u8 = 1;
const B_VE: u8 = 2;
const B_HE: u8 = 3;
/// The tree of the modes of a small block (11.2); a mode is written as 16 more than its number.
const MODE_TREE: [[u8; 2]; 9] =
    [[16, 1], [17, 2], [18, 3], [4, 6], [19, 5], [21, 22], [20, 7], [23, 8], [24, 25]];

/// Width and height of a key frame; `None` if the data is none.
pub(super) fn size(data: &[u8]) -> Option<(u32, u32)> {
    let [first, _, _, 0x9d, 0x01, 0x2a, ..] = *data else { return None };
    let side = |at| u16_le(data, at).map(|side| u32::from(side & 0x3fff));
    // Only key frames stand alone.
    (first & 1 == 0).then_some((side(6)?, side(8)?))
}

/// Reads a frame. Returns it without bytes that no decoder looks at.
pub(super) fn exact<'a>(data: &'a [u8], means: &Means) -> Result<Exact<'a>, CopyRefusal> {
    let (width, height) = size(data).ok_or(CopyRefusal::Damaged)?;
    let tag = data.first_chunk::<4>().map_or(0, |four| u32::from_le_bytes(*four) & 0x00ff_ffff);
    // The version is 0 to 3, and the frame is shown.
    if tag >> 1 & 7 > 3 || tag >> 4 & 1 == 0 {
        return Err(CopyRefusal::Damaged);
    }
    let body = data.get(HEAD..).unwrap_or_default();
    let (first, rest) = body.split_at_checked(usize_of(tag >> 5)).ok_or(CopyRefusal::Incomplete)?;
    let mut first = Boolean::of(first)?;
    let mut frame = Frame::read(&mut first)?;
    let (sizes, mut rest) =
        rest.split_at_checked(SIZE * (frame.partitions - 1)).ok_or(CopyRefusal::Incomplete)?;
    let mut partitions = Vec::new();
    for size in sizes.as_chunks::<SIZE>().0 {
        let [low, middle, high] = *size;
        let size = usize_of(u32::from_le_bytes([low, middle, high, 0]));
        let (partition, after) = rest.split_at_checked(size).ok_or(CopyRefusal::Incomplete)?;
        partitions.push(Boolean::of(partition)?);
        rest = after;
    }
    partitions.push(Boolean::of(rest)?);
    let across = width.div_ceil(16);
    let mut above = vec![Beside::default(); usize_of(across)];
    for y in 0..usize_of(height.div_ceil(16)) {
        means.unless_cancelled()?;
        let tokens = partitions.get_mut(y % frame.partitions).ok_or(CopyRefusal::Damaged)?;
        let mut left = Beside::default();
        for above in &mut above {
            frame.macroblock(&mut first, tokens, above, &mut left)?;
        }
    }
    write((tag, width, height), &first, &partitions)
}

/// Writes the frame again, with the sizes that its partitions have now. A decoder does not scale, so the bits
/// for this are left out.
fn write<'a>(
    (tag, width, height): (u32, u32, u32),
    first: &Boolean<'a>,
    partitions: &[Boolean<'a>],
) -> Result<Exact<'a>, CopyRefusal> {
    let length = |bytes: &[u8]| u32::try_from(bytes.len()).map_err(|_| CopyRefusal::Damaged);
    let (modes, behind) = first.exact();
    let mut cut = vec![behind];
    let tag = tag & 0x1f | length(&modes)? << 5;
    let mut data = tag.to_le_bytes()[..3].to_vec();
    data.extend([0x9d, 0x01, 0x2a]);
    data.extend((width | height << 16).to_le_bytes());
    data.extend(modes);
    let mut tokens = Vec::new();
    for (index, partition) in partitions.iter().enumerate() {
        let (bytes, behind) = partition.exact();
        cut.push(behind);
        if index + 1 < partitions.len() {
            data.extend_from_slice(&length(&bytes)?.to_le_bytes()[..SIZE]);
        }
        tokens.extend(bytes);
    }
    data.extend(tokens);
    cut.retain(|behind| behind.len() > FLUSHED);
    Ok(Exact { data, cut })
}

/// What the neighbours of a macroblock tell about it: those above, or those to the left.
#[derive(Debug, Clone, Copy, Default)]
struct Beside {
    /// The modes of the adjacent small blocks.
    modes: [u8; 4],
    /// Whether the adjacent blocks have coefficients: four of luma, two of each chroma.
    luma: [bool; 4],
    chroma: [[bool; 2]; 2],
    /// The same of the block with the averages of luma.
    averages: bool,
}

/// What the header of a frame says about its data.
struct Frame {
    /// The probabilities of the segments' numbers, if each macroblock has one.
    segments: Option<[u8; 3]>,
    /// The number of partitions with coefficients: 1, 2, 4 or 8.
    partitions: usize,
    tokens: [Tokens; SETS],
    /// The probability that a macroblock has coefficients, if each says so.
    skip: Option<u8>,
}

impl Frame {
    /// Reads the header (9.2 to 9.11).
    fn read(bits: &mut Boolean) -> Result<Self, CopyRefusal> {
        // The colour space, and whether values must be clamped.
        bits.number(2)?;
        let segments = if bits.flag()? { read_segments(bits)? } else { None };
        // The loop filter: its type, level and sharpness, and changes for references and modes.
        bits.number(10)?;
        if bits.flag()? && bits.flag()? {
            signed(bits, 8, 6)?;
        }
        let partitions = 1 << bits.number(2)?;
        // The quantizer, and differences from it for other coefficients.
        bits.number(7)?;
        signed(bits, 5, 4)?;
        // Whether the probabilities are kept for the next frame.
        bits.flag()?;
        let mut tokens = DEFAULTS;
        for (value, update) in tokens.as_flattened_mut().iter_mut().zip(UPDATES.as_flattened()) {
            if bits.bit(*update)? {
                *value = byte(bits)?;
            }
        }
        let skip = if bits.flag()? { Some(byte(bits)?) } else { None };
        Ok(Self { segments, partitions, tokens, skip })
    }

    /// Reads a macroblock: its modes, then its coefficients.
    fn macroblock(
        &mut self,
        first: &mut Boolean,
        tokens: &mut Boolean,
        above: &mut Beside,
        left: &mut Beside,
    ) -> Result<(), CopyRefusal> {
        if let Some([either, low, high]) = self.segments {
            let half = if first.bit(either)? { high } else { low };
            first.bit(half)?;
        }
        let is_skipped = match self.skip {
            Some(probability) => first.bit(probability)?,
            None => false,
        };
        let has_averages = modes(first, &mut above.modes, &mut left.modes)?;
        if !is_skipped {
            return self.coefficients(tokens, has_averages, above, left);
        }
        for beside in [above, left] {
            let averages = beside.averages && !has_averages;
            *beside = Beside { modes: beside.modes, averages, ..Beside::default() };
        }
        Ok(())
    }

    /// Reads the coefficients of a macroblock (13).
    fn coefficients(
        &self,
        bits: &mut Boolean,
        has_averages: bool,
        above: &mut Beside,
        left: &mut Beside,
    ) -> Result<(), CopyRefusal> {
        let (kind, first) = if has_averages {
            let context = usize::from(above.averages) + usize::from(left.averages);
            above.averages = self.block(bits, 1, 0, context)?;
            left.averages = above.averages;
            (0, 1)
        } else {
            (3, 0)
        };
        self.blocks(bits, (kind, first), &mut above.luma, &mut left.luma)?;
        for (above, left) in above.chroma.iter_mut().zip(&mut left.chroma) {
            self.blocks(bits, (2, 0), above, left)?;
        }
        Ok(())
    }

    fn blocks(
        &self,
        bits: &mut Boolean,
        (kind, first): (usize, usize),
        above: &mut [bool],
        left: &mut [bool],
    ) -> Result<(), CopyRefusal> {
        for left in left {
            for above in above.iter_mut() {
                let context = usize::from(*above) + usize::from(*left);
                *left = self.block(bits, kind, first, context)?;
                *above = *left;
            }
        }
        Ok(())
    }

    /// Reads a block. Returns whether it has coefficients.
    fn block(
        &self,
        bits: &mut Boolean,
        kind: usize,
        first: usize,
        context: usize,
    ) -> Result<bool, CopyRefusal> {
        let mut at = first;
        let mut odds = self.odds(kind, at, context)?;
        while at < 16 {
            if !bits.bit(odds[0])? {
                return Ok(at > first);
            }
            while !bits.bit(odds[1])? {
                at += 1;
                if at == 16 {
                    return Ok(true);
                }
                odds = self.odds(kind, at, 0)?;
            }
            let is_large = bits.bit(odds[2])?;
            if is_large {
                large(bits, odds)?;
            }
            // The sign.
            bits.flag()?;
            at += 1;
            odds = self.odds(kind, at, if is_large { 2 } else { 1 })?;
        }
        Ok(true)
    }

    fn odds(&self, kind: usize, at: usize, context: usize) -> Result<&Tokens, CopyRefusal> {
        // The last is never used.
        const BANDS: [usize; 17] = [0, 1, 2, 3, 6, 4, 5, 6, 6, 6, 6, 6, 6, 6, 6, 7, 0];
        let band = BANDS.get(at).ok_or(CopyRefusal::Damaged)?;
        self.tokens.get((kind * 8 + band) * 3 + context).ok_or(CopyRefusal::Damaged)
    }
}

fn byte(bits: &mut Boolean) -> Result<u8, CopyRefusal> {
    bits.number(8).map(|number| number.to_le_bytes()[0])
}

/// Reads optional numbers with a sign.
fn signed(bits: &mut Boolean, count: u32, length: u32) -> Result<(), CopyRefusal> {
    for _ in 0..count {
        if bits.flag()? {
            bits.number(length + 1)?;
        }
    }
    Ok(())
}

/// Reads the settings of the segments (9.3). Returns the probabilities of their numbers, if they are coded.
fn read_segments(bits: &mut Boolean) -> Result<Option<[u8; 3]>, CopyRefusal> {
    let (has_numbers, has_settings) = (bits.flag()?, bits.flag()?);
    if has_settings {
        // Whether they are absolute, the quantizers and the levels of the loop filter.
        bits.flag()?;
        signed(bits, 4, 7)?;
        signed(bits, 4, 6)?;
    }
    if !has_numbers {
        return Ok(None);
    }
    let mut odds = [255; 3];
    for value in &mut odds {
        if bits.flag()? {
            *value = byte(bits)?;
        }
    }
    Ok(Some(odds))
}

/// Reads the modes of a macroblock (11.2). Returns whether it has a block with the averages of luma.
fn modes(bits: &mut Boolean, above: &mut [u8; 4], left: &mut [u8; 4]) -> Result<bool, CopyRefusal> {
    let has_averages = bits.bit(145)?;
    if has_averages {
        let mode = if bits.bit(156)? {
            if bits.flag()? { B_TM } else { B_HE }
        } else if bits.bit(163)? {
            B_VE
        } else {
            B_DC
        };
        (*above, *left) = ([mode; 4], [mode; 4]);
    } else {
        for left in left {
            for above in above.iter_mut() {
                let odds = MODES.get(usize::from(*above) * 10 + usize::from(*left));
                let odds = odds.ok_or(CopyRefusal::Damaged)?;
                let mut node = 0;
                while let Some((branches, probability)) = MODE_TREE.get(node).zip(odds.get(node)) {
                    node = usize::from(branches[usize::from(bits.bit(*probability)?)]);
                }
                *left = u8::try_from(node - 16).map_err(|_| CopyRefusal::Damaged)?;
                *above = *left;
            }
        }
    }
    // The mode of chroma.
    let _ = bits.bit(142)? && bits.bit(114)? && bits.bit(183)?;
    Ok(has_averages)
}

/// Reads the rest of a value above 1 (13.2).
fn large(bits: &mut Boolean, odds: &Tokens) -> Result<(), CopyRefusal> {
    const THREE: &[u8] = &[173, 148, 140];
    const FOUR: &[u8] = &[176, 155, 140, 135];
    const FIVE: &[u8] = &[180, 157, 141, 134, 130];
    const SIX: &[u8] = &[254, 254, 243, 230, 196, 177, 153, 140, 133, 130, 129];
    let more: &[u8] = if !bits.bit(odds[3])? {
        if !bits.bit(odds[4])? {
            return Ok(());
        }
        &[odds[5]]
    } else if !bits.bit(odds[6])? {
        if bits.bit(odds[7])? { &[165, 145] } else { &[159] }
    } else if !bits.bit(odds[8])? {
        if bits.bit(odds[9])? { FOUR } else { THREE }
    } else if bits.bit(odds[10])? {
        SIX
    } else {
        FIVE
    };
    for probability in more {
        bits.bit(*probability)?;
    }
    Ok(())
}
