//! The pixels of one frame: how many bytes they must inflate to, and where their stream ends.

use super::indices::Indices;
use crate::model::CopyRefusal;
use crate::public_copy::walked::{u32_be, usize_of};
use flate2::{Decompress, FlushDecompress, Status};

/// Bytes that are inflated at a time.
const ROOM: usize = 64 << 10;
/// The passes of Adam7: the first column and row, and the steps between columns and rows.
const PASSES: [[u32; 4]; 7] =
    [[0, 0, 8, 8], [4, 0, 8, 8], [0, 4, 4, 8], [2, 0, 4, 4], [0, 2, 2, 4], [1, 0, 2, 2], [0, 1, 1, 2]];

/// The fields of `IHDR`, with the size of one frame.
#[derive(Debug, Clone, Copy)]
pub(super) struct Header {
    pub(super) width: u32,
    pub(super) height: u32,
    bits_per_pixel: u64,
    colour_type: u8,
    depth: u8,
    is_interlaced: bool,
}

impl Header {
    pub(super) fn of(data: &[u8]) -> Option<Self> {
        let (width, height) = (u32_be(data, 0)?, u32_be(data, 4)?);
        let [depth, colour_type, 0, 0, interlace @ (0 | 1)] = *data.get(8..)? else { return None };
        let channels = match (colour_type, depth) {
            (0, 1 | 2 | 4 | 8 | 16) | (3, 1 | 2 | 4 | 8) => 1,
            (4, 8 | 16) => 2,
            (2, 8 | 16) => 3,
            (6, 8 | 16) => 4,
            _ => return None,
        };
        let bits_per_pixel = channels * u64::from(depth);
        Some(Self { width, height, bits_per_pixel, colour_type, depth, is_interlaced: interlace == 1 })
    }

    pub(super) fn needs_palette(&self) -> bool {
        self.colour_type == 3
    }

    /// Returns the colour type and the bits of a sample.
    pub(super) fn kind(&self) -> (u8, u8) {
        (self.colour_type, self.depth)
    }

    /// Returns width and height of each pass.
    fn passes(&self) -> Vec<(u32, u32)> {
        if !self.is_interlaced {
            return vec![(self.width, self.height)];
        }
        let pass = |[left, top, across, down]: &[u32; 4]| {
            let width = self.width.saturating_sub(*left).div_ceil(*across);
            (width, self.height.saturating_sub(*top).div_ceil(*down))
        };
        PASSES.iter().map(pass).collect()
    }

    /// Returns what notes the colours of pixels, if there is a palette.
    pub(super) fn indices(&self) -> Option<Indices> {
        let passes = self.passes().into_iter().map(|(width, rows)| (usize_of(width), rows.into()));
        self.needs_palette().then(|| Indices::of(self.depth, passes))
    }

    /// Reads the size of a frame of an animation, which must lie within the picture.
    pub(super) fn frame(&self, data: &[u8]) -> Option<Self> {
        let (width, height) = (u32_be(data, 0)?, u32_be(data, 4)?);
        let right = u32_be(data, 8)?.checked_add(width)?;
        let bottom = u32_be(data, 12)?.checked_add(height)?;
        let fits = width > 0 && height > 0 && right <= self.width && bottom <= self.height;
        fits.then_some(Self { width, height, ..*self })
    }

    /// Returns how many bytes the rows have, each with a byte for its filter.
    pub(super) fn inflated_length(&self) -> Option<u64> {
        let rows = |width: u32, height: u32| {
            let row = u64::from(width).checked_mul(self.bits_per_pixel)?.div_ceil(8) + 1;
            if width == 0 { Some(0) } else { row.checked_mul(height.into()) }
        };
        self.passes()
            .into_iter()
            .try_fold(0_u64, |sum, (width, height)| sum.checked_add(rows(width, height)?))
    }
}

/// A zlib stream (RFC 1950) that is inflated only to find its end.
pub(super) struct Stream {
    inflate: Decompress,
    room: Vec<u8>,
    length: u64,
    has_ended: bool,
    indices: Option<Indices>,
}

impl Stream {
    pub(super) fn of(length: u64, indices: Option<Indices>) -> Self {
        Self { inflate: Decompress::new(true), room: vec![0; ROOM], length, has_ended: false, indices }
    }

    /// Inflates more of the stream. Returns how many of these bytes belong to it.
    pub(super) fn feed(&mut self, deflated: &[u8]) -> Result<usize, CopyRefusal> {
        let mut used = 0;
        while !self.has_ended {
            let rest = deflated.get(used..).unwrap_or_default();
            let (read, made) = (self.inflate.total_in(), self.inflate.total_out());
            let status = self.inflate.decompress(rest, &mut self.room, FlushDecompress::None);
            self.has_ended = status.map_err(|_| CopyRefusal::Damaged)? == Status::StreamEnd;
            let step = self.inflate.total_in() - read;
            used += usize::try_from(step).map_err(|_| CopyRefusal::Damaged)?;
            if self.inflate.total_out() > self.length {
                return Err(CopyRefusal::Damaged);
            }
            if let Some(indices) = &mut self.indices {
                let inflated = usize::try_from(self.inflate.total_out() - made).unwrap_or(usize::MAX);
                if !indices.take(self.room.get(..inflated).ok_or(CopyRefusal::Damaged)?) {
                    return Err(CopyRefusal::Damaged);
                }
            }
            if step == 0 && self.inflate.total_out() == made {
                break;
            }
        }
        Ok(used)
    }

    /// Says which colours of a palette the pixels have.
    pub(super) fn used(&self) -> [bool; 256] {
        self.indices.as_ref().map_or([false; 256], |indices| indices.used)
    }

    /// Says whether the stream has ended with exactly the bytes that the frame needs.
    pub(super) fn is_whole(&self) -> bool {
        self.has_ended && self.inflate.total_out() == self.length
    }
}
