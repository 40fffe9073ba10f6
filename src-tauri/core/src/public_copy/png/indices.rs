//! The pixels of a PNG with a palette: which colours they have.

use super::colour::Used;

/// Takes inflated rows and notes the colours of their pixels.
pub(super) struct Indices {
    /// Bits of a pixel.
    depth: usize,
    /// Width in pixels, and number of rows, of the passes that are left; the next one is the last.
    passes: Vec<(usize, u64)>,
    above: Vec<u8>,
    /// The row so far, with its filter.
    row: Vec<u8>,
    pub(super) used: Used,
}

impl Indices {
    /// The passes are in the order of the file.
    pub(super) fn of(depth: u8, passes: impl DoubleEndedIterator<Item = (usize, u64)>) -> Self {
        let passes: Vec<_> = passes.rev().filter(|(width, rows)| *width > 0 && *rows > 0).collect();
        let mut indices =
            Self { depth: depth.into(), passes, above: Vec::new(), row: Vec::new(), used: [false; 256] };
        indices.begin_pass();
        indices
    }

    /// Returns the length of a row without its filter, in bytes.
    fn row_length(&self) -> usize {
        self.passes.last().map_or(0, |(width, _)| (width * self.depth).div_ceil(8))
    }

    fn begin_pass(&mut self) {
        self.above.clear();
        self.above.resize(self.row_length(), 0);
    }

    /// Takes more bytes. Returns false if a row has a filter that does not exist.
    pub(super) fn take(&mut self, mut bytes: &[u8]) -> bool {
        while !bytes.is_empty() && !self.passes.is_empty() {
            let missing = 1 + self.row_length() - self.row.len();
            let (part, rest) = bytes.split_at(missing.min(bytes.len()));
            self.row.extend_from_slice(part);
            bytes = rest;
            if self.row.len() == 1 + self.row_length() && self.end_row().is_none() {
                return false;
            }
        }
        true
    }

    fn end_row(&mut self) -> Option<()> {
        let (filter, row) = self.row.split_first_mut()?;
        let (mut left, mut corner) = (0_u8, 0_u8);
        for (byte, above) in row.iter_mut().zip(&mut self.above) {
            let predicted = match filter {
                0 => 0,
                1 => left,
                2 => *above,
                3 => u8::midpoint(left, *above),
                4 => nearest(left, *above, corner),
                _ => return None,
            };
            *byte = byte.wrapping_add(predicted);
            (left, corner) = (*byte, *above);
            *above = *byte;
        }
        let (width, rows) = self.passes.last_mut()?;
        let mask = u8::MAX >> (8 - self.depth);
        let per_byte = 8 / self.depth;
        for (index, byte) in row.iter().enumerate() {
            for place in 0..per_byte.min(*width - index * per_byte) {
                let colour = byte >> (8 - self.depth * (place + 1)) & mask;
                *self.used.get_mut(usize::from(colour))? = true;
            }
        }
        self.row.clear();
        *rows -= 1;
        if *rows == 0 {
            self.passes.pop();
            self.begin_pass();
        }
        Some(())
    }
}

/// Returns the neighbour that is nearest to what all of them predict (Paeth, 9.4).
fn nearest(left: u8, above: u8, corner: u8) -> u8 {
    let predicted = i16::from(left) + i16::from(above) - i16::from(corner);
    let distance = |value: u8| (predicted - i16::from(value)).abs();
    if distance(left) <= distance(above) && distance(left) <= distance(corner) {
        left
    } else if distance(above) <= distance(corner) {
        above
    } else {
        corner
    }
}
