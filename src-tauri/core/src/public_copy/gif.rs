//! GIF 87a and 89a: which blocks make the picture. Text that a viewer would draw itself (plain text
//! extensions) is left out: no viewer of today draws it.

mod lzw;

use super::fresh::Fresh;
use super::profile::{self, Found};
use super::walked::{Means, Piece, Walked, u16_le};
use crate::model::{Carried, CopyRefusal};
use std::ops::Range;

/// The length of the signature and of the logical screen, in bytes.
const SCREEN_END: usize = 13;
const XMP: &[u8] = b"\x21\xff\x0bXMP DataXMP";
/// The most frames of an animation.
const MOST_FRAMES: usize = 100_000;
/// The most pixels of all frames together.
const MOST_PIXELS: u64 = 6_000_000_000;

/// What was walked so far.
struct Walk<'a, 'm> {
    walked: Walked<'a>,
    means: &'m Means<'m>,
    /// A block that says how the next picture is shown.
    control: Option<Vec<u8>>,
    /// The flags of the logical screen.
    flags: u8,
    /// The colours that pictures without a table of their own have.
    colours: lzw::Colours,
    has_loop: bool,
    has_profile: bool,
    frames: usize,
    pixels: u64,
}

/// Walks through the blocks. The signature is not among the pieces; see [`write()`].
pub(super) fn walk<'a>(bytes: &'a [u8], means: &Means) -> Result<Walked<'a>, CopyRefusal> {
    if !bytes.starts_with(b"GIF87a") && !bytes.starts_with(b"GIF89a") {
        return Err(CopyRefusal::Damaged);
    }
    let flags = *bytes.get(10).ok_or(CopyRefusal::Incomplete)?;
    let mut at = SCREEN_END + colour_table(flags);
    bytes.get(..at).ok_or(CopyRefusal::Incomplete)?;
    let mut walked = Walked::new(bytes);
    walked.size = u16_le(bytes, 6).zip(u16_le(bytes, 8)).map_or((0, 0), |(w, h)| (w.into(), h.into()));
    // The logical screen, once it is known which colours are used.
    walked.make(Vec::new());
    let mut walk = Walk {
        walked,
        means,
        control: None,
        flags,
        colours: [false; 256],
        has_loop: false,
        has_profile: false,
        frames: 0,
        pixels: 0,
    };
    loop {
        means.unless_cancelled()?;
        at = match bytes.get(at).ok_or(CopyRefusal::Incomplete)? {
            0x3b => return walk.end(at),
            0x2c => walk.picture(at)?,
            0x21 => walk.extension(at)?,
            // Zeros between blocks are common and harmless.
            0x00 => at + 1,
            _ => return Err(CopyRefusal::Damaged),
        };
    }
}

impl<'a> Walk<'a, '_> {
    fn picture(&mut self, at: usize) -> Result<usize, CopyRefusal> {
        let bytes = self.walked.bytes;
        let side = |offset: usize| u16_le(bytes, at + offset).map(u64::from).ok_or(CopyRefusal::Incomplete);
        let (width, height) = (side(5)?, side(7)?);
        let flags = *bytes.get(at + 9).ok_or(CopyRefusal::Incomplete)?;
        let data_at = at + 10 + colour_table(flags);
        let bits = *bytes.get(data_at).ok_or(CopyRefusal::Incomplete)?;
        self.frames += 1;
        self.pixels = self.pixels.saturating_add(width * height);
        if self.frames > MOST_FRAMES || self.pixels > MOST_PIXELS {
            return Err(CopyRefusal::TooLarge);
        }
        let next = sub_blocks_end(bytes, data_at + 1).ok_or(CopyRefusal::Incomplete)?;
        let read = lzw::read(bytes, data_at + 1, bits, width * height)?;
        if let Some(control) = self.control.take() {
            self.walked.make(control);
        }
        // The position and the size, and flags without those that are reserved.
        let mut descriptor = bytes.get(at..at + 9).ok_or(CopyRefusal::Incomplete)?.to_vec();
        descriptor.push(if flags & 0x80 == 0 { flags & 0x40 } else { flags & 0xc7 });
        let table = bytes.get(at + 10..data_at).ok_or(CopyRefusal::Incomplete)?;
        if flags & 0x80 == 0 {
            self.colours.iter_mut().zip(read.colours).for_each(|(used, more)| *used |= more);
        }
        self.walked.make([descriptor, used_colours(table, &read.colours)].concat());
        let (block_at, kept) = read.last;
        let end = block_at + 1 + kept.len();
        if bytes.get(block_at + 1..end) == Some(&kept)
            && bytes.get(block_at).copied().map(usize::from) == Some(kept.len())
            && end + 1 == next
        {
            self.walked.keep(data_at..next);
        } else {
            // The last block with codes becomes shorter.
            self.walked.keep(data_at..block_at);
            self.walked.make(in_sub_blocks(&kept)?);
            self.walked.cut(bytes.get(end..next - 1).unwrap_or_default());
        }
        Ok(next)
    }

    fn extension(&mut self, at: usize) -> Result<usize, CopyRefusal> {
        let bytes = self.walked.bytes;
        let label = *bytes.get(at + 1).ok_or(CopyRefusal::Incomplete)?;
        let next = sub_blocks_end(bytes, at + 2).ok_or(CopyRefusal::Incomplete)?;
        let block = bytes.get(at..next).ok_or(CopyRefusal::Incomplete)?;
        match label {
            0xf9 if let [_, _, 4, flags, low, high, transparent, 0] = *block => {
                // Of two controls before a picture, viewers use the later one. The flags say how the picture is
                // disposed of, in one of four ways or by an old number of the last, and whether a colour is
                // transparent. No viewer waits for input.
                let disposal = if flags >> 2 & 7 <= 4 { flags & 0x1c } else { 0 };
                let transparent = if flags & 1 == 0 { 0 } else { transparent };
                self.control = Some(vec![0x21, 0xf9, 4, disposal | flags & 1, low, high, transparent, 0]);
                return Ok(next);
            }
            // The control belonged to this text.
            0x01 => {
                self.control = None;
                self.walked.note(Carried::OtherMetadata);
            }
            0xff => {
                self.application(at..next, block)?;
                return Ok(next);
            }
            0xfe => self.walked.note(Carried::Comment),
            _ => self.walked.note(Carried::OtherMetadata),
        }
        self.walked.drop_part(at..next);
        Ok(next)
    }

    fn application(&mut self, range: Range<usize>, block: &'a [u8]) -> Result<(), CopyRefusal> {
        let name = block.get(2..14).unwrap_or_default();
        let is_loop = matches!(name, b"\x0bNETSCAPE2.0" | b"\x0bANIMEXTS1.0");
        if is_loop && let Some([3, 1, low, high, rest @ ..]) = block.get(14..) {
            if !self.has_loop {
                self.has_loop = true;
                self.walked.make([b"\x21\xff", name, &[3, 1, *low, *high, 0]].concat());
            }
            if rest == [0] {
                return Ok(());
            }
            self.walked.note(Carried::OtherMetadata);
        } else if name == b"\x0bICCRGBG1012" && !self.has_profile {
            let profile = joined(block.get(14..).unwrap_or_default());
            if let Found::Made { profile, behind } = profile::again(&profile)? {
                self.has_profile = true;
                self.walked.note(Carried::Profile);
                self.walked.after_end += behind as u64;
                self.walked.make([&b"\x21\xff"[..], name, &in_sub_blocks(&profile)?].concat());
                return Ok(());
            }
            self.walked.note(Carried::OtherMetadata);
        } else if !block.starts_with(XMP) {
            // XMP is judged by what it says.
            if name == b"\x0bC2PA_GIF\x01\0\0" {
                self.walked.has_credentials = true;
            } else {
                self.walked.note(Carried::OtherMetadata);
            }
        }
        self.walked.drop_part(range);
        Ok(())
    }

    fn end(mut self, at: usize) -> Result<Walked<'a>, CopyRefusal> {
        if self.frames == 0 {
            return Err(CopyRefusal::Incomplete);
        }
        if self.walked.size.0.min(self.walked.size.1) > 0 {
            self.means.judge_size(self.walked.size)?;
        }
        // The size, and the table. Browsers use neither a background nor the shape of a pixel, and whether the
        // table is sorted or how many colours there were before says nothing.
        let bytes = self.walked.bytes;
        let size = bytes.get(6..10).ok_or(CopyRefusal::Incomplete)?;
        let table = bytes.get(SCREEN_END..SCREEN_END + colour_table(self.flags)).unwrap_or_default();
        let colours = self.flags & 7;
        let flags = if table.is_empty() { 0 } else { 0x80 | colours << 4 | colours };
        if let Some(screen) = self.walked.pieces.first_mut() {
            let table = used_colours(table, &self.colours);
            *screen = Piece::Made([size, &[flags, 0, 0], &table].concat());
        }
        self.walked.is_animated = self.frames > 1;
        self.walked.put_fresh_here();
        self.walked.keep(at..at + 1);
        self.walked.end(at + 1);
        Ok(self.walked)
    }
}

/// Returns the fresh blocks: XMP. It is written as it is, not in sub-blocks; a trailer that counts down leads
/// readers to its end (XMP, part 3, 1.1.2).
pub(super) fn parts(fresh: &Fresh) -> Vec<Vec<u8>> {
    let block = |xmp: &String| {
        let trailer: Vec<u8> = std::iter::once(1).chain((0..=255).rev()).chain([0]).collect();
        [XMP, xmp.as_bytes(), &trailer].concat()
    };
    fresh.xmp.iter().map(block).collect()
}

/// Returns the whole file. Extensions came with version 89a.
pub(super) fn write(walked: &Walked, parts: &[Vec<u8>]) -> Vec<u8> {
    let version = walked.bytes.get(..6).filter(|_| parts.is_empty()).unwrap_or(b"GIF89a");
    walked.joined(version, parts)
}

/// Returns the size of the colour table that the flags announce, in bytes.
fn colour_table(flags: u8) -> usize {
    if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) }
}

/// Returns a colour table in which colours that no pixel has are black.
fn used_colours(table: &[u8], used: &lzw::Colours) -> Vec<u8> {
    let mut table = table.to_vec();
    for (colour, _) in table.as_chunks_mut::<3>().0.iter_mut().zip(used).filter(|(_, is_used)| !**is_used) {
        *colour = [0; 3];
    }
    table
}

/// Returns where the sub-blocks that start at `at` end; `None` if the file ends before that.
fn sub_blocks_end(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        let length = usize::from(*bytes.get(at)?);
        at += length + 1;
        if length == 0 {
            return Some(at);
        }
    }
}

/// Splits data into sub-blocks.
fn in_sub_blocks(data: &[u8]) -> Result<Vec<u8>, CopyRefusal> {
    let mut blocks = Vec::new();
    for block in data.chunks(255) {
        blocks.push(u8::try_from(block.len()).map_err(|_| CopyRefusal::Damaged)?);
        blocks.extend_from_slice(block);
    }
    blocks.push(0);
    Ok(blocks)
}

/// Joins the data of sub-blocks.
fn joined(mut blocks: &[u8]) -> Vec<u8> {
    let mut data = Vec::new();
    while let Some((length, rest)) = blocks.split_first() {
        let Some((block, rest)) = rest.split_at_checked((*length).into()).filter(|_| *length > 0) else {
            break;
        };
        data.extend_from_slice(block);
        blocks = rest;
    }
    data
}
