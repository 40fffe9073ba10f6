//! GIF 87a and 89a: which blocks make the picture. Text that a viewer would draw itself (plain text
//! extensions) is left out: no viewer of today draws it.

mod lzw;

use super::fresh::Fresh;
use super::profile;
use super::walked::{Means, Walked, u16_le};
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
    control: Option<Range<usize>>,
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
    walked.keep(6..at);
    let mut walk =
        Walk { walked, means, control: None, has_loop: false, has_profile: false, frames: 0, pixels: 0 };
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
        let cut = lzw::cut(bytes, data_at + 1, bits, width * height)?;
        if let Some(control) = self.control.take() {
            self.walked.keep(control);
        }
        if let Some((block_at, used)) = cut {
            // The last block with codes becomes shorter.
            self.walked.keep(at..block_at);
            let block = bytes.get(block_at + 1..block_at + 1 + usize::from(used));
            let mut made = vec![used];
            made.extend_from_slice(block.ok_or(CopyRefusal::Damaged)?);
            made.push(0);
            self.walked.make(made);
            let rest = bytes.get(block_at + 1 + usize::from(used)..next - 1).unwrap_or_default();
            self.walked.cut(rest);
        } else {
            self.walked.keep(at..next);
        }
        Ok(next)
    }

    fn extension(&mut self, at: usize) -> Result<usize, CopyRefusal> {
        let bytes = self.walked.bytes;
        let label = *bytes.get(at + 1).ok_or(CopyRefusal::Incomplete)?;
        let next = sub_blocks_end(bytes, at + 2).ok_or(CopyRefusal::Incomplete)?;
        let block = bytes.get(at..next).ok_or(CopyRefusal::Incomplete)?;
        match label {
            0xf9 if matches!(block, [_, _, 4, _, _, _, _, 0]) => {
                // Of two controls before a picture, viewers use the later one.
                self.control = Some(at..next);
                return Ok(next);
            }
            // The control belonged to this text.
            0x01 => {
                self.control = None;
                self.walked.note(Carried::OtherMetadata);
            }
            0xff => {
                self.application(at..next, block);
                return Ok(next);
            }
            0xfe => self.walked.note(Carried::Comment),
            _ => self.walked.note(Carried::OtherMetadata),
        }
        self.walked.drop_part(at..next);
        Ok(next)
    }

    fn application(&mut self, range: Range<usize>, block: &'a [u8]) {
        let name = block.get(2..14).unwrap_or_default();
        let is_loop = matches!(name, b"\x0bNETSCAPE2.0" | b"\x0bANIMEXTS1.0");
        if is_loop && let Some([3, 1, low, high, rest @ ..]) = block.get(14..) {
            if !self.has_loop {
                self.has_loop = true;
                self.walked.make([b"\x21\xff", name, &[3, 1, *low, *high, 0]].concat());
            }
            if rest == [0] {
                return;
            }
            self.walked.note(Carried::OtherMetadata);
        } else if name == b"\x0bICCRGBG1012" && !self.has_profile {
            let profile = joined(block.get(14..).unwrap_or_default());
            if profile::exact(&profile).is_some_and(|exact| exact.len() == profile.len()) {
                self.has_profile = true;
                self.walked.note(Carried::Profile);
                self.walked.keep(range);
                return;
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
    }

    fn end(mut self, at: usize) -> Result<Walked<'a>, CopyRefusal> {
        if self.frames == 0 {
            return Err(CopyRefusal::Incomplete);
        }
        if self.walked.size.0.min(self.walked.size.1) > 0 {
            self.means.judge_size(self.walked.size)?;
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
