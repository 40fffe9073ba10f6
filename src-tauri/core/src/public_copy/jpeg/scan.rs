//! The coded data of one scan (ITU-T T.81, annexes F and G). Its codes are read, but not their values, to find
//! where the data of the picture really ends: a decoder does not look at what follows it.

use super::frame::{Coded, Scanned};
use super::tables::{Huffman, SHORT_BITS};
use crate::model::CopyRefusal;
use crate::public_copy::walked::Means;
use std::ops::Range;

/// Where the data of a scan ends, and what a copy has instead of some of its bytes.
pub(super) struct Scan {
    pub(super) end: usize,
    pub(super) edits: Vec<(Range<usize>, Vec<u8>)>,
}

/// Finds the end of the data of a scan. `at` is where it starts.
pub(super) fn read(bytes: &[u8], at: usize, mut coded: Coded, means: &Means) -> Result<Scan, CopyRefusal> {
    let mut bits = Bits { bytes, at, held: 0, count: 0, edits: Vec::new() };
    let (across, down) = coded.units;
    let mut run = 0;
    let mut until_restart = coded.restart;
    let mut number = 0;
    for y in 0..down {
        means.unless_cancelled()?;
        for x in 0..across {
            if coded.restart > 0 && until_restart == 0 {
                bits.restart(number)?;
                (run, number, until_restart) = (0, (number + 1) % 8, coded.restart);
            }
            until_restart = until_restart.saturating_sub(1);
            unit(&mut bits, &mut coded, (x, y), &mut run)?;
        }
    }
    let end = bits.finish()?;
    Ok(Scan { end, edits: bits.edits })
}

/// Reads the blocks of one unit.
fn unit(bits: &mut Bits, coded: &mut Coded, (x, y): (u32, u32), run: &mut u32) -> Result<(), CopyRefusal> {
    for component in &coded.components {
        let (across, down) = component.blocks;
        for block in 0..across * down {
            if !coded.is_progressive {
                let history = coded.history.get_mut(component.index).ok_or(CopyRefusal::Damaged)?;
                sequential(bits, component, &mut history.of_all)?;
                continue;
            }
            if coded.band.0 == 0 {
                direct(bits, component, coded.refines)?;
                continue;
            }
            let place = u64::from(y * down + block / across) * u64::from(component.stride)
                + u64::from(x * across + block % across);
            let history = coded.history.get_mut(component.index);
            let place = usize::try_from(place).ok();
            let present = history.zip(place).and_then(|(list, place)| list.blocks.get_mut(place));
            let present = present.ok_or(CopyRefusal::Damaged)?;
            let table = component.alternating.ok_or(CopyRefusal::Damaged)?;
            if coded.refines == 0 {
                first(bits, table, coded.band, present, run)?;
            } else {
                refine(bits, table, coded.band, present, run)?;
            }
        }
    }
    Ok(())
}

/// Reads a whole block (F.2.2).
fn sequential(bits: &mut Bits, component: &Scanned, present: &mut u64) -> Result<(), CopyRefusal> {
    direct(bits, component, 0)?;
    let table = component.alternating.ok_or(CopyRefusal::Damaged)?;
    let mut at = 1;
    while at < 64 {
        let code = bits.code(table)?;
        let (zeros, size) = (code >> 4, code & 15);
        match (zeros, size) {
            (15, 0) => at += 16,
            (_, 0) => return Ok(()),
            _ => {
                bits.skip(size.into())?;
                at += u32::from(zeros);
                *present |= 1_u64.checked_shl(at).ok_or(CopyRefusal::Damaged)?;
                at += 1;
            }
        }
    }
    if at == 64 { Ok(()) } else { Err(CopyRefusal::Damaged) }
}

/// Reads the direct coefficient, or the next bit of it.
fn direct(bits: &mut Bits, component: &Scanned, refines: u8) -> Result<(), CopyRefusal> {
    if refines > 0 {
        return bits.skip(1);
    }
    let size = bits.code(component.direct.ok_or(CopyRefusal::Damaged)?)?;
    if size > 15 { Err(CopyRefusal::Damaged) } else { bits.skip(size.into()) }
}

/// Reads a band of coefficients for the first time (G.1.2.2).
fn first(
    bits: &mut Bits,
    table: &Huffman,
    (start, last): (u8, u8),
    present: &mut u64,
    run: &mut u32,
) -> Result<(), CopyRefusal> {
    if *run > 0 {
        *run -= 1;
        return Ok(());
    }
    let mut at = start;
    while at <= last {
        let code = bits.code(table)?;
        let (zeros, size) = (code >> 4, code & 15);
        match (zeros, size) {
            (15, 0) => at += 16,
            (_, 0) => {
                *run = (1 << zeros) - 1 + bits.take(zeros.into())?;
                return Ok(());
            }
            _ => {
                at += zeros;
                if at > last {
                    return Err(CopyRefusal::Damaged);
                }
                bits.skip(size.into())?;
                *present |= 1 << at;
                at += 1;
            }
        }
    }
    Ok(())
}

/// Reads one more bit of a band: a bit for each coefficient that is not zero, and codes for new ones between
/// them (G.1.2.3).
fn refine(
    bits: &mut Bits,
    table: &Huffman,
    (start, last): (u8, u8),
    present: &mut u64,
    run: &mut u32,
) -> Result<(), CopyRefusal> {
    let mut at = start;
    if *run == 0 {
        while at <= last {
            let code = bits.code(table)?;
            let (mut zeros, size) = (code >> 4, code & 15);
            let is_new = match size {
                0 if zeros == 15 => false,
                0 => {
                    *run = (1 << zeros) + bits.take(zeros.into())?;
                    break;
                }
                1 => {
                    bits.skip(1)?;
                    true
                }
                _ => return Err(CopyRefusal::Damaged),
            };
            while at <= last {
                if *present & 1 << at != 0 {
                    bits.skip(1)?;
                } else if zeros == 0 {
                    break;
                } else {
                    zeros -= 1;
                }
                at += 1;
            }
            if is_new {
                if at > last {
                    return Err(CopyRefusal::Damaged);
                }
                *present |= 1 << at;
            }
            at += 1;
        }
    }
    if *run > 0 {
        let rest = (at..=last).filter(|at| *present & 1 << at != 0).count();
        for _ in 0..rest {
            bits.skip(1)?;
        }
        *run -= 1;
    }
    Ok(())
}

/// Bits of coded data, in which a zero follows each byte of ones.
struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
    held: u64,
    count: u32,
    /// What a copy has instead of some bytes.
    edits: Vec<(Range<usize>, Vec<u8>)>,
}

impl Bits<'_> {
    /// Holds at least this many bits, up to 32. Returns false at a marker.
    fn fill(&mut self, needed: u32) -> bool {
        while self.count < needed {
            match self.bytes.get(self.at..) {
                Some([0xff, 0x00, ..]) => self.push(0xff, 2),
                Some([byte, ..]) if *byte != 0xff => self.push(*byte, 1),
                _ => return false,
            }
        }
        true
    }

    fn push(&mut self, byte: u8, length: usize) {
        self.held = self.held << 8 | u64::from(byte);
        self.count += 8;
        self.at += length;
    }

    fn take(&mut self, count: u32) -> Result<u32, CopyRefusal> {
        if !self.fill(count) {
            return Err(CopyRefusal::Incomplete);
        }
        self.count -= count;
        let bits = self.held >> self.count & ((1 << count) - 1);
        u32::try_from(bits).map_err(|_| CopyRefusal::Damaged)
    }

    fn skip(&mut self, count: u32) -> Result<(), CopyRefusal> {
        self.take(count).map(|_| ())
    }

    fn code(&mut self, table: &Huffman) -> Result<u8, CopyRefusal> {
        let short = u32::from(SHORT_BITS);
        if self.fill(short) {
            let begin = self.held >> (self.count - short) & ((1 << short) - 1);
            let found = usize::try_from(begin).ok().and_then(|begin| table.short.get(begin));
            if let Some((index, length @ 1..)) = found {
                self.count -= u32::from(*length);
                return table.value((*index).into()).ok_or(CopyRefusal::Damaged);
            }
        }
        let mut code = 0;
        for (first, count, index) in table.lengths {
            code = code << 1 | self.take(1)?;
            if let Some(offset) = code.checked_sub(first)
                && offset < count
            {
                let value = usize::try_from(offset).ok().and_then(|offset| table.value(index + offset));
                return value.ok_or(CopyRefusal::Damaged);
            }
        }
        Err(CopyRefusal::Damaged)
    }

    /// Expects a restart marker with this number. Less than a byte of padding may precede it.
    fn restart(&mut self, number: u8) -> Result<(), CopyRefusal> {
        let marker_at = self.finish()?;
        let fill = self.bytes.get(marker_at..).unwrap_or_default().iter().position(|byte| *byte != 0xff);
        let code_at = marker_at + fill.ok_or(CopyRefusal::Incomplete)?;
        if self.bytes.get(code_at) != Some(&(0xd0 + number)) {
            return Err(CopyRefusal::Damaged);
        }
        if code_at - marker_at > 1 {
            self.edits.push((marker_at..code_at - 1, Vec::new()));
        }
        (self.at, self.held, self.count) = (code_at + 1, 0, 0);
        Ok(())
    }

    /// Returns where the data ends. A marker must follow. The bits that fill its last byte are ones (F.1.2.3).
    fn finish(&mut self) -> Result<usize, CopyRefusal> {
        let is_at_marker = matches!(self.bytes.get(self.at..), Some([0xff, next, ..]) if *next != 0);
        if self.count >= 8 || !is_at_marker {
            return Err(CopyRefusal::Damaged);
        }
        let ones = (1_u64 << self.count) - 1;
        if self.held & ones != ones {
            // The last byte has a zero, so none was stuffed behind it.
            let last_at = self.at.checked_sub(1).ok_or(CopyRefusal::Damaged)?;
            let last = self.bytes.get(last_at).ok_or(CopyRefusal::Damaged)? | ones.to_le_bytes()[0];
            let made = if last == 0xff { vec![0xff, 0x00] } else { vec![last] };
            self.edits.push((last_at..self.at, made));
        }
        Ok(self.at)
    }
}
