//! Repairs a JPEG without its end. It walks through the coded blocks of all scans without computing samples,
//! and counts the blocks that are there.

use super::{ENOUGH, Found, share};
use crate::import::outline::{Component, JpegFrame};

/// More zero bytes at the end than this are not coded data, but space that was never written.
const UNWRITTEN: usize = 64;

pub(super) fn repair(bytes: &[u8], frame: &JpegFrame, size: (u32, u32)) -> Option<Found> {
    let written = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    let bytes = if bytes.len() - written > UNWRITTEN { bytes.get(..written)? } else { bytes };
    let there = Walk::of(bytes, frame, size)?.share();
    if there < ENOUGH {
        return Some(Found::Part(Some(there)));
    }
    // Half a marker at the end would be read together with the next byte.
    let kept = bytes.strip_suffix(b"\xff").unwrap_or(bytes);
    Some(Found::All([kept, b"\xff\xd9"].concat()))
}

/// A Huffman table (T.81, C and F.2.2.3): for each code length, the first code after the last one, and the
/// position of its values.
#[derive(Clone, Default)]
struct Table {
    /// By length minus one: the smallest code that is longer, and what to add to a code to get its position
    /// in `values`.
    codes: [(u32, i32); 16],
    values: Vec<u8>,
}

impl Table {
    fn of(counts: &[u8], values: &[u8]) -> Self {
        let mut codes = [(0, 0); 16];
        let (mut code, mut place) = (0_u32, 0_i32);
        for (entry, count) in codes.iter_mut().zip(counts) {
            *entry = (code + u32::from(*count), place - i32::try_from(code).unwrap_or(i32::MAX));
            code = (code + u32::from(*count)) << 1;
            place += i32::from(*count);
        }
        Self { codes, values: values.to_vec() }
    }
}

/// Reads the bits of one scan, up to a marker or the end of the file.
struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
    held: u32,
    count: u32,
}

impl Bits<'_> {
    fn bit(&mut self) -> Option<u32> {
        if self.count == 0 {
            let byte = *self.bytes.get(self.at)?;
            if byte == 0xff {
                // Only a stuffed zero belongs to the data.
                (*self.bytes.get(self.at + 1)? == 0).then_some(())?;
                self.at += 1;
            }
            self.at += 1;
            (self.held, self.count) = (u32::from(byte), 8);
        }
        self.count -= 1;
        Some(self.held >> self.count & 1)
    }

    fn bits(&mut self, count: u8) -> Option<u32> {
        (0..count).try_fold(0, |bits, _| Some(bits << 1 | self.bit()?))
    }

    fn value(&mut self, table: &Table) -> Option<u8> {
        let mut code = 0;
        for (behind, offset) in &table.codes {
            code = code << 1 | self.bit()?;
            if code < *behind {
                let place = i32::try_from(code).ok()?.checked_add(*offset)?;
                return table.values.get(usize::try_from(place).ok()?).copied();
            }
        }
        None
    }

    /// Skips a restart marker, if one comes next.
    fn restart(&mut self) -> Option<()> {
        self.count = 0;
        while self.bytes.get(self.at) == Some(&0xff) && self.bytes.get(self.at + 1) == Some(&0xff) {
            self.at += 1;
        }
        let is_restart = matches!(self.bytes.get(self.at..self.at + 2)?, [0xff, 0xd0..=0xd7]);
        self.at += 2;
        is_restart.then_some(())
    }
}

/// One component and what is known about its coefficients.
struct Plane {
    id: u8,
    /// Blocks across and down: of the component alone, and padded to whole units of all components.
    own: (usize, usize),
    padded: (usize, usize),
    factors: (usize, usize),
    /// In a progressive picture: the coefficients of each block that are not zero, one bit for each.
    nonzero: Vec<u64>,
    /// The number of coefficients, over all blocks, that are known to their last bit.
    known: u64,
}

struct Walk {
    planes: Vec<Plane>,
    units: (usize, usize),
    is_progressive: bool,
    restart: usize,
    direct: [Table; 4],
    alternating: [Table; 4],
}

/// The header of a scan (T.81, B.2.3).
struct Scan {
    /// Indices into `planes`, with the tables for DC and AC coefficients.
    components: Vec<(usize, usize, usize)>,
    first: u8,
    last: u8,
    /// The successive approximation: the bits that earlier scans had, zero for none, and the bits that later
    /// scans will have.
    high: u8,
    low: u8,
}

impl Walk {
    fn of(bytes: &[u8], frame: &JpegFrame, (width, height): (u32, u32)) -> Option<Self> {
        let (width, height) = (usize::try_from(width).ok()?, usize::try_from(height).ok()?);
        let most = |of: fn(&Component) -> u8| {
            usize::from(frame.components().iter().map(of).max().unwrap_or(1).max(1))
        };
        let (across, down) = (most(|one| one.across), most(|one| one.down));
        let units = (width.div_ceil(8 * across), height.div_ceil(8 * down));
        let planes = frame.components().iter().map(|one| {
            let factors = (usize::from(one.across), usize::from(one.down));
            let own = ((width * factors.0).div_ceil(8 * across), (height * factors.1).div_ceil(8 * down));
            let padded = (units.0 * factors.0, units.1 * factors.1);
            let blocks = if frame.is_progressive() { padded.0 * padded.1 } else { 0 };
            Plane { id: one.id, own, padded, factors, nonzero: vec![0; blocks], known: 0 }
        });
        let mut walk = Self {
            planes: planes.collect(),
            units,
            is_progressive: frame.is_progressive(),
            restart: 0,
            direct: Default::default(),
            alternating: Default::default(),
        };
        walk.segments(bytes);
        Some(walk)
    }

    /// Processes tables and scans one after the other, as far as they go.
    fn segments(&mut self, bytes: &[u8]) -> Option<()> {
        let mut at = 2;
        loop {
            at += bytes.get(at..)?.iter().position(|byte| *byte == 0xff)?;
            let marker = *bytes.get(at + 1)?;
            at += 1;
            if matches!(marker, 0x00 | 0xd0..=0xd8 | 0xff | 0x01) {
                continue;
            }
            let length = usize::from(u16::from_be_bytes(*bytes.get(at + 1..)?.first_chunk()?));
            let segment = bytes.get(at + 3..(at + 1).checked_add(length)?)?;
            at += 1 + length;
            match marker {
                0xc4 => self.tables(segment)?,
                0xdd => self.restart = usize::from(u16::from_be_bytes(*segment.first_chunk()?)),
                0xda => {
                    let scan = self.scan(segment)?;
                    let mut bits = Bits { bytes, at, held: 0, count: 0 };
                    self.blocks(&scan, &mut bits);
                    at = bits.at;
                }
                _ => {}
            }
        }
    }

    fn tables(&mut self, mut segment: &[u8]) -> Option<()> {
        while let Some((kind, rest)) = segment.split_first() {
            let counts = rest.get(..16)?;
            let length = counts.iter().map(|count| usize::from(*count)).sum::<usize>();
            let values = rest.get(16..16 + length)?;
            let tables = if kind >> 4 == 0 { &mut self.direct } else { &mut self.alternating };
            *tables.get_mut(usize::from(kind & 15))? = Table::of(counts, values);
            segment = rest.get(16 + length..)?;
        }
        Some(())
    }

    fn scan(&self, segment: &[u8]) -> Option<Scan> {
        let count = usize::from(*segment.first()?);
        let list = segment.get(1..1 + count * 2)?;
        let places = list.as_chunks::<2>().0.iter().map(|[id, tables]| {
            let plane = self.planes.iter().position(|plane| plane.id == *id)?;
            Some((plane, usize::from(tables >> 4 & 3), usize::from(tables & 3)))
        });
        let &[start, end, bits] = segment.get(1 + count * 2..)?.first_chunk()?;
        let components = places.collect::<Option<Vec<_>>>()?;
        let (high, low) = if self.is_progressive { (bits >> 4, bits & 15) } else { (0, 0) };
        let (first, until) = if self.is_progressive { (start, end.min(63)) } else { (0, 63) };
        (!components.is_empty() && first <= until).then_some(Scan {
            components,
            first,
            last: until,
            high,
            low,
        })
    }

    /// Walks through the blocks of a scan, as far as they go.
    fn blocks(&mut self, scan: &Scan, bits: &mut Bits<'_>) -> Option<()> {
        let alone = match scan.components.as_slice() {
            [(plane, ..)] => Some(self.planes.get(*plane)?.own),
            _ => None,
        };
        let (across, down) = alone.unwrap_or(self.units);
        let (mut run, mut left) = (0_u32, self.restart);
        for unit in 0..across.checked_mul(down)? {
            if self.restart > 0 {
                if left == 0 {
                    bits.restart()?;
                    (run, left) = (0, self.restart);
                }
                left -= 1;
            }
            let (x, y) = (unit % across, unit / across);
            for (plane, direct, alternating) in &scan.components {
                let factors = if alone.is_some() { (1, 1) } else { self.planes.get(*plane)?.factors };
                for block in 0..factors.0 * factors.1 {
                    let place = (x * factors.0 + block % factors.0, y * factors.1 + block / factors.0);
                    let tables = (self.direct.get(*direct)?, self.alternating.get(*alternating)?);
                    self.planes.get_mut(*plane)?.take(
                        place,
                        scan,
                        tables,
                        self.is_progressive,
                        &mut run,
                        bits,
                    )?;
                }
            }
        }
        Some(())
    }

    /// Returns the known share of all coefficients of all blocks, from 0 to 1.
    fn share(&self) -> f64 {
        let all = self.planes.iter().map(|plane| (plane.own.0 * plane.own.1 * 64) as u64).sum();
        share(self.planes.iter().map(|plane| plane.known).sum(), all)
    }
}

impl Plane {
    fn take(
        &mut self,
        (x, y): (usize, usize),
        scan: &Scan,
        (direct, alternating): (&Table, &Table),
        is_progressive: bool,
        run: &mut u32,
        bits: &mut Bits<'_>,
    ) -> Option<()> {
        if is_progressive {
            let nonzero = self.nonzero.get_mut(y * self.padded.0 + x)?;
            progressive_block(nonzero, scan, direct, alternating, run, bits)?;
        } else {
            let size = bits.value(direct)?;
            bits.bits(size.min(16))?;
            let mut place = 1;
            while place < 64 {
                let value = bits.value(alternating)?;
                match (value >> 4, value & 15) {
                    (15, 0) => place += 16,
                    (_, 0) => break,
                    (zeros, size) => {
                        bits.bits(size)?;
                        place += zeros + 1;
                    }
                }
            }
        }
        // Blocks that only pad a unit are not part of the picture.
        if scan.low == 0 && x < self.own.0 && y < self.own.1 {
            self.known += u64::from(scan.last - scan.first + 1);
        }
        Some(())
    }
}

/// Decodes a block of AC coefficients in a progressive scan (T.81, G.1.2 and G.2).
fn progressive_block(
    nonzero: &mut u64,
    scan: &Scan,
    direct: &Table,
    alternating: &Table,
    run: &mut u32,
    bits: &mut Bits<'_>,
) -> Option<()> {
    if scan.first == 0 {
        let size = if scan.high > 0 { 1 } else { bits.value(direct)?.min(16) };
        bits.bits(size)?;
        return Some(());
    }
    let is_refined = scan.high > 0;
    let mut place = scan.first;
    // Reads a bit for each coefficient that is known not to be zero, until this many zero coefficients are
    // skipped.
    let pass = |place: &mut u8, mut zeros: u8, nonzero: u64, bits: &mut Bits<'_>| {
        while *place <= scan.last {
            if nonzero >> *place & 1 == 1 {
                bits.bit()?;
            } else if zeros == 0 {
                break;
            } else {
                zeros -= 1;
            }
            *place += 1;
        }
        Some(())
    };
    while *run == 0 && place <= scan.last {
        let value = bits.value(alternating)?;
        let (zeros, size) = (value >> 4, value & 15);
        if size == 0 && zeros < 15 {
            *run = (1 << zeros) + bits.bits(zeros)?;
            break;
        }
        bits.bits(size)?;
        if is_refined {
            pass(&mut place, zeros, *nonzero, bits)?;
        } else {
            place += zeros;
        }
        if size > 0 && place <= 63 {
            *nonzero |= 1 << place;
        }
        place += 1;
    }
    if *run > 0 {
        *run -= 1;
        if is_refined {
            pass(&mut place, u8::MAX, *nonzero, bits)?;
        }
    }
    Some(())
}
