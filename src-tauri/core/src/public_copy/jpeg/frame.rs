//! The frame and the headers of scans of a JPEG. Each must have exactly the length that its fields add up to, so that
//! nothing else fits into it. A scan must code what no scan before it has coded: a decoder would overwrite it.

use super::tables::{Huffman, Slot, Tables};
use crate::model::CopyRefusal;
use crate::public_copy::walked::u16_be;
use std::ops::Range;

/// The coefficients from which libjpeg smooths a picture that is not refined to its last bit: the first ten.
const SMOOTHED: u64 = (1 << 10) - 1;

/// One component of the frame.
#[derive(Debug, Clone, Copy)]
pub(super) struct Component {
    id: u8,
    across: u32,
    down: u32,
    /// The slot of its quantization table.
    steps: usize,
    /// The quantization table that was the latest before its first scan.
    table: Option<usize>,
    /// The lowest bit of each coefficient that was coded so far; `None` if none was.
    coded: [Option<u8>; 64],
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
    /// The header of the scan, as a copy has it.
    pub(super) header: Vec<u8>,
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

/// The coefficients of a component that are not zero, each as a bit.
#[derive(Debug, Clone, Default)]
pub(super) struct History {
    /// Those of each block, in progressive pictures.
    pub(super) blocks: Vec<u64>,
    /// Those of all blocks, in sequential pictures.
    pub(super) of_all: u64,
}

/// What the headers have defined so far.
#[derive(Debug, Default)]
pub(super) struct Frame {
    tables: Tables,
    size: Option<(u32, u32)>,
    components: Vec<Component>,
    is_progressive: bool,
    history: Vec<History>,
}

impl Frame {
    /// Returns width and height once they are known.
    pub(super) fn size(&self) -> Option<(u32, u32)> {
        self.size
    }

    /// Reads `SOF0` to `SOF2`, `DHT`, `DQT`, `DNL` or `DRI`. Returns which tables it defines.
    pub(super) fn take(&mut self, marker: u8, data: &[u8]) -> Result<Range<usize>, CopyRefusal> {
        let before = self.tables.len();
        let taken = match marker {
            0xc0..=0xc2 => self.frame(marker, data),
            0xc4 | 0xdb | 0xdd => self.tables.take(marker, data),
            // A picture whose height follows its first scan: no viewer of today shows it.
            0xdc => return Err(CopyRefusal::Unknown),
            _ => None,
        };
        taken.map(|()| before..self.tables.len()).ok_or(CopyRefusal::Damaged)
    }

    /// Notes what the coded data of the whole picture uses.
    pub(super) fn finish(&mut self) {
        for (component, history) in self.components.iter().zip(&self.history) {
            let used = history.blocks.iter().fold(history.of_all, |used, block| used | block);
            let is_rough = component.coded.iter().take(10).any(|lowest| *lowest != Some(0));
            let (used, table) = match component.table {
                Some(table) => (used | 1 | if is_rough { SMOOTHED } else { 0 }, Some(table)),
                None => (u64::MAX, self.tables.latest(Slot::Steps(component.steps))),
            };
            if let Some(table) = table {
                self.tables.use_for(table, used);
            }
        }
    }

    /// Writes those of these tables that the picture uses.
    pub(super) fn tables(&self, range: Range<usize>) -> Vec<u8> {
        self.tables.written(range)
    }

    fn frame(&mut self, marker: u8, data: &[u8]) -> Option<()> {
        let [8, rest @ ..] = data else { return None };
        let (height, width) = (u16_be(rest, 0)?, u16_be(rest, 2)?);
        let (count, list) = rest.get(4..)?.split_first()?;
        if self.size.is_some() || !matches!(count, 1..=4) || list.len() != usize::from(*count) * 3 {
            return None;
        }
        for component in list.chunks_exact(3) {
            let [id, factors, steps @ 0..=3] = *component else { return None };
            let (across, down) = (u32::from(factors >> 4), u32::from(factors & 15));
            let is_new = self.components.iter().all(|other| other.id != id);
            if !(1..=4).contains(&across) || !(1..=4).contains(&down) || !is_new {
                return None;
            }
            let (steps, coded) = (usize::from(steps), [None; 64]);
            self.components.push(Component { id, across, down, steps, table: None, coded });
        }
        self.size = Some((width.into(), height.into()));
        self.is_progressive = marker == 0xc2;
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
                Some(History { blocks: vec![0; kept], of_all: 0 })
            };
            self.history = self.components.iter().map(blocks).collect::<Option<_>>()?;
        }
        let band = if self.is_progressive { (first, last) } else { (0, 63) };
        let (refines, lowest) = if self.is_progressive { (bits >> 4, bits & 15) } else { (0, 0) };
        let has_direct = band.0 == 0 && refines == 0;
        let has_alternating = band.1 > 0;
        let mut header = vec![u8::try_from(count).ok()?];
        let mut scanned = Vec::new();
        for pair in pairs.chunks_exact(2) {
            let &[id, tables] = pair else { return None };
            let index = self.components.iter().position(|one| one.id == id)?;
            let one = self.components.get_mut(index)?;
            if tables >> 4 > 3 || tables & 15 > 3 {
                return None;
            }
            one.code(band, refines, lowest)?;
            one.table = one.table.or(self.tables.latest(Slot::Steps(one.steps)));
            let direct = Slot::Direct(usize::from(tables >> 4));
            let alternating = Slot::Alternating(usize::from(tables & 15));
            let (mut used, slots) = (0, [(has_direct, direct, 0xf0), (has_alternating, alternating, 0x0f)]);
            for (_, slot, mask) in slots.into_iter().filter(|(is_used, ..)| *is_used) {
                self.tables.use_latest(slot);
                used |= tables & mask;
            }
            header.extend([id, used]);
            scanned.push((index, direct, alternating));
        }
        header.extend([band.0, band.1, refines << 4 | lowest]);
        self.tables.use_latest(Slot::Restart);
        let mut components = Vec::new();
        for (index, direct, alternating) in scanned {
            let one = self.components.get(index)?;
            components.push(Scanned {
                index,
                blocks: (one.across, one.down),
                stride: units.0 * one.across,
                direct: self.tables.huffman(direct),
                alternating: self.tables.huffman(alternating),
            });
        }
        let mut scan_units = units;
        if let [alone] = components.as_mut_slice() {
            // A scan of one component has only the blocks that the picture covers (A.2.2).
            let (own_across, own_down) = alone.blocks;
            scan_units = ((width * own_across).div_ceil(8 * across), (height * own_down).div_ceil(8 * down));
            alone.blocks = (1, 1);
        }
        Some(Coded {
            header,
            components,
            units: scan_units,
            is_progressive: self.is_progressive,
            band,
            refines,
            restart: self.tables.restart(),
            history: &mut self.history,
        })
    }
}

impl Component {
    /// A scan codes these bits of a band. `None` if they were coded before, or if higher ones are missing.
    fn code(&mut self, (first, last): (u8, u8), refines: u8, lowest: u8) -> Option<()> {
        let before = (refines > 0).then_some(refines);
        if refines > 0 && refines != lowest + 1 {
            return None;
        }
        for coded in self.coded.get_mut(usize::from(first)..=usize::from(last))? {
            if *coded != before {
                return None;
            }
            *coded = Some(lowest);
        }
        Some(())
    }
}
