//! The tables, the frame and the headers of scans of a JPEG. Each must have exactly the length that its fields
//! add up to, so that nothing else fits into it.

use crate::model::CopyRefusal;
use crate::public_copy::walked::u16_be;

/// Codes with at most this many bits are looked up at once.
pub(super) const SHORT_BITS: u8 = 9;

/// One Huffman table (T.81, annex C).
#[derive(Debug, Clone, Default)]
pub(super) struct Huffman {
    /// For each length from 1 to 16 bits: the first code, the number of codes, the index of the first value.
    pub(super) lengths: [(u32, u32, usize); 16],
    pub(super) values: Vec<u8>,
    /// For each possible beginning of [`SHORT_BITS`] bits: the value and the length of its code, which is 0 if
    /// the code is longer.
    pub(super) short: Vec<(u8, u8)>,
}

/// One component of the frame.
#[derive(Debug, Clone, Copy)]
pub(super) struct Component {
    id: u8,
    across: u32,
    down: u32,
}

/// One component of a scan.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scanned<'a> {
    /// The index of the component in the frame.
    pub(super) index: usize,
    /// Blocks of the component in one unit, across and down.
    pub(super) blocks: (u32, u32),
    /// Blocks in a row of the component, padded to whole units.
    pub(super) stride: u32,
    pub(super) direct: Option<&'a Huffman>,
    pub(super) alternating: Option<&'a Huffman>,
}

/// What the data of a scan must contain.
#[derive(Debug)]
pub(super) struct Coded<'a> {
    pub(super) components: Vec<Scanned<'a>>,
    /// Units across and down.
    pub(super) units: (u32, u32),
    pub(super) is_progressive: bool,
    /// The first and last coefficient.
    pub(super) band: (u8, u8),
    /// The bit position of the scan before that this one refines; 0 for a first scan.
    pub(super) refines: u8,
    /// Units between two restart markers; 0 without any.
    pub(super) restart: u32,
    /// Which coefficients of each component are not zero.
    pub(super) history: &'a mut [History],
}

/// For each block of a component, a bit for each coefficient that is not zero.
#[derive(Debug, Clone, Default)]
pub(super) struct History {
    pub(super) blocks: Vec<u64>,
}

/// What the headers have defined so far.
#[derive(Debug, Default)]
pub(super) struct Tables {
    direct: [Option<Huffman>; 4],
    alternating: [Option<Huffman>; 4],
    restart: u32,
    size: Option<(u32, u32)>,
    components: Vec<Component>,
    is_progressive: bool,
    history: Vec<History>,
}

impl Tables {
    /// Returns width and height once they are known.
    pub(super) fn size(&self) -> Option<(u32, u32)> {
        self.size
    }

    /// Reads `SOF0` to `SOF2`, `DHT`, `DQT`, `DNL` or `DRI`.
    pub(super) fn take(&mut self, marker: u8, data: &[u8]) -> Result<(), CopyRefusal> {
        let taken = match marker {
            0xc0..=0xc2 => self.frame(marker, data),
            0xc4 => self.huffman(data),
            0xdb => quantization(data),
            0xdd if data.len() == 2 => u16_be(data, 0).map(|interval| self.restart = interval.into()),
            // A picture whose height follows its first scan: no viewer of today shows it.
            0xdc => return Err(CopyRefusal::Unknown),
            _ => None,
        };
        taken.ok_or(CopyRefusal::Damaged)
    }

    fn frame(&mut self, marker: u8, data: &[u8]) -> Option<()> {
        let [8, rest @ ..] = data else { return None };
        let (height, width) = (u16_be(rest, 0)?, u16_be(rest, 2)?);
        let (count, list) = rest.get(4..)?.split_first()?;
        if self.size.is_some() || !matches!(count, 1..=4) || list.len() != usize::from(*count) * 3 {
            return None;
        }
        for component in list.chunks_exact(3) {
            let [id, factors, 0..=3] = *component else { return None };
            let (across, down) = (u32::from(factors >> 4), u32::from(factors & 15));
            let is_new = self.components.iter().all(|other| other.id != id);
            if !(1..=4).contains(&across) || !(1..=4).contains(&down) || !is_new {
                return None;
            }
            self.components.push(Component { id, across, down });
        }
        self.size = Some((width.into(), height.into()));
        self.is_progressive = marker == 0xc2;
        Some(())
    }

    fn huffman(&mut self, mut data: &[u8]) -> Option<()> {
        while let Some((head, rest)) = data.split_first() {
            let (counts, rest) = rest.split_at_checked(16)?;
            let total: usize = counts.iter().map(|count| usize::from(*count)).sum();
            let (values, rest) = rest.split_at_checked(total)?;
            if total > 256 {
                return None;
            }
            let list = if head >> 4 == 0 { &mut self.direct } else { &mut self.alternating };
            let place = list.get_mut(usize::from(head & 15)).filter(|_| head >> 4 <= 1)?;
            *place = Some(Huffman::of(counts, values)?);
            data = rest;
        }
        Some(())
    }

    /// Reads the header of a scan.
    pub(super) fn scan(&mut self, data: &[u8]) -> Result<Coded<'_>, CopyRefusal> {
        self.read_scan(data).ok_or(CopyRefusal::Damaged)
    }

    fn read_scan(&mut self, data: &[u8]) -> Option<Coded<'_>> {
        let (count, rest) = data.split_first()?;
        let count = usize::from(*count);
        let (pairs, band) = rest.split_at_checked(count * 2)?;
        let &[first, last, bits] = band else { return None };
        let (width, height) = self.size?;
        let most = |of: fn(&Component) -> u32| self.components.iter().map(of).max();
        let (across, down) = (most(|one| one.across)?, most(|one| one.down)?);
        let units = (width.div_ceil(8 * across), height.div_ceil(8 * down));
        let is_band_sound = if self.is_progressive {
            first <= last && last <= 63 && (first > 0 || last == 0) && (first == 0 || count == 1)
        } else {
            // Baseline files may say anything here; decoders do not look.
            true
        };
        if !(1..=4).contains(&count) || !is_band_sound {
            return None;
        }
        if self.history.is_empty() {
            let blocks = |one: &Component| {
                let count = u64::from(units.0 * one.across) * u64::from(units.1 * one.down);
                let kept = if self.is_progressive { usize::try_from(count).ok()? } else { 0 };
                Some(History { blocks: vec![0; kept] })
            };
            self.history = self.components.iter().map(blocks).collect::<Option<_>>()?;
        }
        let mut components = Vec::new();
        for pair in pairs.chunks_exact(2) {
            let &[id, tables] = pair else { return None };
            let index = self.components.iter().position(|one| one.id == id)?;
            if components.iter().any(|other: &Scanned| other.index == index) {
                return None;
            }
            let one = self.components.get(index)?;
            components.push(Scanned {
                index,
                blocks: (one.across, one.down),
                stride: units.0 * one.across,
                direct: self.direct.get(usize::from(tables >> 4))?.as_ref(),
                alternating: self.alternating.get(usize::from(tables & 15))?.as_ref(),
            });
        }
        let mut scan_units = units;
        if let [alone] = components.as_mut_slice() {
            // A scan of one component has only the blocks that the picture covers (A.2.2).
            let (own_across, own_down) = alone.blocks;
            scan_units = ((width * own_across).div_ceil(8 * across), (height * own_down).div_ceil(8 * down));
            alone.blocks = (1, 1);
        }
        let (coefficients, refines) =
            if self.is_progressive { ((first, last), bits >> 4) } else { ((0, 63), 0) };
        Some(Coded {
            components,
            units: scan_units,
            is_progressive: self.is_progressive,
            band: coefficients,
            refines,
            restart: self.restart,
            history: &mut self.history,
        })
    }
}

impl Huffman {
    fn of(counts: &[u8], values: &[u8]) -> Option<Self> {
        let mut lengths = [(0, 0, 0); 16];
        let mut short = Vec::with_capacity(1 << SHORT_BITS);
        let (mut code, mut index) = (0_u32, 0);
        for (bits, (count, length)) in (1_u8..).zip(counts.iter().zip(&mut lengths)) {
            *length = (code, u32::from(*count), index);
            let next = index + usize::from(*count);
            if bits <= SHORT_BITS {
                let beginnings = 1 << (SHORT_BITS - bits);
                let of = |value: &u8| std::iter::repeat_n((*value, bits), beginnings);
                short.extend(values.get(index..next)?.iter().flat_map(of));
            }
            index = next;
            code += u32::from(*count);
            if code > 1 << bits {
                return None;
            }
            code <<= 1;
        }
        // Codes are in order, so the beginnings that are left belong to longer ones.
        short.resize(1 << SHORT_BITS, (0, 0));
        Some(Self { lengths, values: values.to_vec(), short })
    }
}

/// Checks that quantization tables have 64 numbers of 8 or 16 bits each.
fn quantization(mut data: &[u8]) -> Option<()> {
    while let Some((head, rest)) = data.split_first() {
        let length = match head {
            0x00..=0x03 => 64,
            0x10..=0x13 => 128,
            _ => return None,
        };
        (_, data) = rest.split_at_checked(length)?;
    }
    Some(())
}
