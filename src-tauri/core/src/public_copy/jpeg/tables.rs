//! The tables of a JPEG, and what of them the scans use. A table that no scan uses is left out. In the others, what no
//! coded data uses says nothing: values of codes that do not occur, and steps of coefficients that are zero
//! everywhere.

use std::cell::Cell;

/// Codes with at most this many bits are looked up at once.
pub(super) const SHORT_BITS: u8 = 9;
/// The most tables of one picture. Encoders make at most eight for each scan.
const MOST: usize = 1_000;

/// One Huffman table (T.81, annex C).
#[derive(Debug)]
pub(super) struct Huffman {
    /// For each length from 1 to 16 bits: the first code, the number of codes, the index of the first value.
    pub(super) lengths: [(u32, u32, usize); 16],
    values: Vec<u8>,
    /// For each possible beginning of [`SHORT_BITS`] bits: the index of the value and the length of its code, which
    /// is 0 if the code is longer.
    pub(super) short: Vec<(u8, u8)>,
    is_used: Vec<Cell<bool>>,
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
                for index in index..next {
                    short.extend(std::iter::repeat_n((u8::try_from(index).ok()?, bits), beginnings));
                }
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
        let is_used = vec![Cell::new(false); values.len()];
        Some(Self { lengths, values: values.to_vec(), short, is_used })
    }

    /// Returns the value of a code, which is now used.
    pub(super) fn value(&self, index: usize) -> Option<u8> {
        self.is_used.get(index)?.set(true);
        self.values.get(index).copied()
    }
}

/// Which table of a kind is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slot {
    Direct(usize),
    Alternating(usize),
    Steps(usize),
    Restart,
}

/// A table as it was defined.
#[derive(Debug)]
struct Table {
    slot: Slot,
    /// As in the file, from the byte that names the slot on.
    bytes: Vec<u8>,
    is_used: bool,
    huffman: Option<Huffman>,
    /// The coefficients that are not zero everywhere, in the order of the table.
    coefficients: u64,
}

/// All tables of a picture.
#[derive(Debug, Default)]
pub(super) struct Tables {
    list: Vec<Table>,
}

impl Tables {
    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    /// Reads the tables of `DHT`, `DQT` or `DRI`.
    pub(super) fn take(&mut self, marker: u8, mut data: &[u8]) -> Option<()> {
        if marker == 0xdd {
            return if data.len() == 2 { self.define(Slot::Restart, data, None) } else { None };
        }
        while let Some((head, rest)) = data.split_first() {
            let place = usize::from(head & 15);
            let (slot, length, huffman) = if marker == 0xc4 {
                let (counts, rest) = rest.split_at_checked(16)?;
                let total: usize = counts.iter().map(|count| usize::from(*count)).sum();
                let values = rest.get(..total).filter(|_| total <= 256)?;
                let slot = if head >> 4 == 0 { Slot::Direct(place) } else { Slot::Alternating(place) };
                (slot, 16 + total, Some(Huffman::of(counts, values)?))
            } else {
                // Numbers of 8 or 16 bits.
                (Slot::Steps(place), if head >> 4 == 0 { 64 } else { 128 }, None)
            };
            if head >> 4 > 1 || place > 3 {
                return None;
            }
            let (table, rest) = data.split_at_checked(1 + length)?;
            self.define(slot, table, huffman)?;
            data = rest;
        }
        Some(())
    }

    fn define(&mut self, slot: Slot, bytes: &[u8], huffman: Option<Huffman>) -> Option<()> {
        if self.list.len() == MOST {
            return None;
        }
        self.list.push(Table { slot, bytes: bytes.to_vec(), is_used: false, huffman, coefficients: 0 });
        Some(())
    }

    /// Returns the latest table of a slot.
    pub(super) fn latest(&self, slot: Slot) -> Option<usize> {
        self.list.iter().rposition(|table| table.slot == slot)
    }

    /// A scan uses the latest table of this slot.
    pub(super) fn use_latest(&mut self, slot: Slot) {
        if let Some(table) = self.list.iter_mut().rfind(|table| table.slot == slot) {
            table.is_used = true;
        }
    }

    /// Coded data uses a table for these coefficients.
    pub(super) fn use_for(&mut self, table: usize, coefficients: u64) {
        if let Some(table) = self.list.get_mut(table) {
            table.is_used = true;
            table.coefficients |= coefficients;
        }
    }

    pub(super) fn huffman(&self, slot: Slot) -> Option<&Huffman> {
        self.latest(slot).and_then(|index| self.list.get(index)).and_then(|table| table.huffman.as_ref())
    }

    /// Returns the units between two restart markers; 0 without any.
    pub(super) fn restart(&self) -> u32 {
        let table = self.latest(Slot::Restart).and_then(|index| self.list.get(index));
        table.map_or(0, |table| table.bytes.iter().fold(0, |number, byte| number << 8 | u32::from(*byte)))
    }

    /// Writes those of these tables that are used.
    pub(super) fn written(&self, range: std::ops::Range<usize>) -> Vec<u8> {
        let used = self.list.get(range).unwrap_or_default().iter().filter(|table| table.is_used);
        used.flat_map(Table::written).collect()
    }
}

impl Table {
    fn written(&self) -> Vec<u8> {
        let mut bytes = self.bytes.clone();
        match &self.huffman {
            // Encoders that do not count the values write the tables of the specification (K.3).
            Some(huffman) if !bytes.get(1..).is_some_and(is_standard) => {
                let unused = bytes.iter_mut().skip(17).zip(&huffman.is_used).filter(|(_, used)| !used.get());
                for (value, _) in unused {
                    *value = 0;
                }
            }
            None if matches!(self.slot, Slot::Steps(_)) => {
                let width = if bytes.len() > 65 { 2 } else { 1 };
                let steps = bytes.get_mut(1..).unwrap_or_default().chunks_exact_mut(width);
                for (_, step) in steps.enumerate().filter(|(place, _)| self.coefficients >> place & 1 == 0) {
                    step.fill(0);
                    step.iter_mut().rev().take(1).for_each(|low| *low = 1);
                }
            }
            _ => {}
        }
        bytes
    }
}

/// Says whether a table is one of those that the specification proposes (K.3): counts, then values.
fn is_standard(table: &[u8]) -> bool {
    [LUMA_DIRECT, CHROMA_DIRECT, LUMA_ALTERNATING, CHROMA_ALTERNATING].contains(&table)
}

#[rustfmt::skip]
const LUMA_DIRECT: &[u8] = &[
    0x00, 0x01, 0x05, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b,
];

#[rustfmt::skip]
const CHROMA_DIRECT: &[u8] = &[
    0x00, 0x03, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b,
];

#[rustfmt::skip]
const LUMA_ALTERNATING: &[u8] = &[
    0x00, 0x02, 0x01, 0x03, 0x03, 0x02, 0x04, 0x03, 0x05, 0x05, 0x04, 0x04, 0x00, 0x00, 0x01, 0x7d, 0x01,
    0x02, 0x03, 0x00, 0x04, 0x11, 0x05, 0x12, 0x21, 0x31, 0x41, 0x06, 0x13, 0x51, 0x61, 0x07, 0x22, 0x71,
    0x14, 0x32, 0x81, 0x91, 0xa1, 0x08, 0x23, 0x42, 0xb1, 0xc1, 0x15, 0x52, 0xd1, 0xf0, 0x24, 0x33, 0x62,
    0x72, 0x82, 0x09, 0x0a, 0x16, 0x17, 0x18, 0x19, 0x1a, 0x25, 0x26, 0x27, 0x28, 0x29, 0x2a, 0x34, 0x35,
    0x36, 0x37, 0x38, 0x39, 0x3a, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4a, 0x53, 0x54, 0x55, 0x56,
    0x57, 0x58, 0x59, 0x5a, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x73, 0x74, 0x75, 0x76, 0x77,
    0x78, 0x79, 0x7a, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97,
    0x98, 0x99, 0x9a, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6,
    0xb7, 0xb8, 0xb9, 0xba, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xd2, 0xd3, 0xd4, 0xd5,
    0xd6, 0xd7, 0xd8, 0xd9, 0xda, 0xe1, 0xe2, 0xe3, 0xe4, 0xe5, 0xe6, 0xe7, 0xe8, 0xe9, 0xea, 0xf1, 0xf2,
    0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa,
];

#[rustfmt::skip]
const CHROMA_ALTERNATING: &[u8] = &[
    0x00, 0x02, 0x01, 0x02, 0x04, 0x04, 0x03, 0x04, 0x07, 0x05, 0x04, 0x04, 0x00, 0x01, 0x02, 0x77, 0x00,
    0x01, 0x02, 0x03, 0x11, 0x04, 0x05, 0x21, 0x31, 0x06, 0x12, 0x41, 0x51, 0x07, 0x61, 0x71, 0x13, 0x22,
    0x32, 0x81, 0x08, 0x14, 0x42, 0x91, 0xa1, 0xb1, 0xc1, 0x09, 0x23, 0x33, 0x52, 0xf0, 0x15, 0x62, 0x72,
    0xd1, 0x0a, 0x16, 0x24, 0x34, 0xe1, 0x25, 0xf1, 0x17, 0x18, 0x19, 0x1a, 0x26, 0x27, 0x28, 0x29, 0x2a,
    0x35, 0x36, 0x37, 0x38, 0x39, 0x3a, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4a, 0x53, 0x54, 0x55,
    0x56, 0x57, 0x58, 0x59, 0x5a, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x73, 0x74, 0x75, 0x76,
    0x77, 0x78, 0x79, 0x7a, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x92, 0x93, 0x94, 0x95,
    0x96, 0x97, 0x98, 0x99, 0x9a, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xb2, 0xb3, 0xb4,
    0xb5, 0xb6, 0xb7, 0xb8, 0xb9, 0xba, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xd2, 0xd3,
    0xd4, 0xd5, 0xd6, 0xd7, 0xd8, 0xd9, 0xda, 0xe2, 0xe3, 0xe4, 0xe5, 0xe6, 0xe7, 0xe8, 0xe9, 0xea, 0xf2,
    0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa,
];
