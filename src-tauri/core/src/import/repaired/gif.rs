//! Repairs a GIF without its trailer, with other bytes where a block should begin, or with a screen that is
//! too small for its picture. The last frame has to be there, as far as its codes can be unpacked.

use super::{ENOUGH, Found, share};
use crate::import::outline::{GifMake, colour_table, le16};

pub(super) fn repair(bytes: &[u8], make: &GifMake) -> Option<Found> {
    let [left, top, width, height] = make.first?;
    let mut file = bytes.get(..make.blocks_end)?.to_vec();
    if make.ends_in_a_block && bytes.get(make.blocks_end) == Some(&0x2c) {
        let there = share_of_frame(bytes, make.blocks_end).unwrap_or_default();
        if there < ENOUGH {
            // Nobody knows how many frames an animation had.
            let whole = make.frames;
            return Some(if whole == 0 { Found::Part(Some(there)) } else { Found::Frames(whole) });
        }
        file.extend(closed(bytes, make.blocks_end)?);
    }
    file.push(0x3b);
    if make.has_wrong_screen {
        let side = |side: u32| u16::try_from(side).map(u16::to_le_bytes).ok();
        file.get_mut(6..8)?.copy_from_slice(&side(width)?);
        file.get_mut(8..10)?.copy_from_slice(&side(height)?);
        if left > 0 || top > 0 {
            file.get_mut(make.first_at + 1..make.first_at + 5)?.fill(0);
        }
    }
    Some(Found::All(file))
}

/// How much of the frame that begins there can be unpacked, from 0 to 1.
fn share_of_frame(bytes: &[u8], frame: usize) -> Option<f64> {
    let side = |offset: usize| le16(bytes, frame + offset).map(u64::from);
    let all = side(5)? * side(7)?;
    Some(share(pixels(bytes, frame)?.min(all), all))
}

/// Returns where the sub-blocks of a frame begin. The byte before them is the size of the codes.
fn data_of(bytes: &[u8], frame: usize) -> Option<usize> {
    Some(frame + 10 + colour_table(*bytes.get(frame + 9)?))
}

/// Returns a frame whose last sub-block is cut off, with a proper end.
fn closed(bytes: &[u8], frame: usize) -> Option<Vec<u8>> {
    let start = data_of(bytes, frame)?;
    let mut file = bytes.get(frame..=start)?.to_vec();
    let mut at = start + 1;
    while let Some(length) = bytes.get(at) {
        let data = bytes.get(at + 1..(at + 1 + usize::from(*length)).min(bytes.len()))?;
        if data.is_empty() {
            break;
        }
        file.push(u8::try_from(data.len()).ok()?);
        file.extend_from_slice(data);
        at += data.len() + 1;
    }
    file.push(0);
    Some(file)
}

/// Counts the pixels that the codes of a frame represent (`GIF89a`, appendix F). Each code adds an entry to
/// the table: the pixels of the previous code and one more. Their lengths are therefore enough.
fn pixels(bytes: &[u8], frame: usize) -> Option<u64> {
    let start = data_of(bytes, frame)?;
    let first_size = u32::from(*bytes.get(start)?);
    if !(1..=11).contains(&first_size) {
        return Some(0);
    }
    let (clear, end) = (1_u32 << first_size, (1_u32 << first_size) + 1);
    let mut lengths = vec![1_u64; usize::try_from(end).ok()? + 1];
    let (mut size, mut last, mut count) = (first_size + 1, None, 0);
    let (mut bits, mut held) = (0_u32, 0);
    for byte in data(bytes, start + 1) {
        bits |= u32::from(byte) << held;
        held += 8;
        while held >= size {
            let code = bits & ((1 << size) - 1);
            (bits, held) = (bits >> size, held - size);
            if code == clear {
                lengths.truncate(usize::try_from(end).ok()? + 1);
                (size, last) = (first_size + 1, None);
                continue;
            }
            if code == end {
                return Some(count);
            }
            let known = lengths.get(usize::try_from(code).ok()?).copied();
            let Some(length) = known.or(last.map(|last| last + 1)) else { return Some(count) };
            count += length;
            if let Some(last) = last
                && lengths.len() < 4096
            {
                lengths.push(last + 1);
                if lengths.len() == 1 << size && size < 12 {
                    size += 1;
                }
            }
            last = Some(length);
        }
    }
    Some(count)
}

/// Returns the bytes of the sub-blocks, as far as they go.
fn data(bytes: &[u8], mut at: usize) -> impl Iterator<Item = u8> {
    let mut left = 0;
    std::iter::from_fn(move || {
        if left == 0 {
            left = *bytes.get(at)?;
            at += 1;
            if left == 0 {
                return None;
            }
        }
        left -= 1;
        at += 1;
        bytes.get(at - 1).copied()
    })
}
