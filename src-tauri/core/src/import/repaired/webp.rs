//! Repairs a WebP whose stated size is wrong or whose last chunk is cut off, if enough of the picture's own
//! chunk is there.

use super::{Found, share};

/// How many bytes at the end of the coded pixels may be missing, because encoders pad them with zeros.
const PADDING: usize = 4;

pub(super) fn repair(bytes: &[u8]) -> Option<Found> {
    let stated = u64::from(u32::from_le_bytes(*bytes.get(4..)?.first_chunk()?)) + 8;
    let mut file = b"RIFF\0\0\0\0WEBP".to_vec();
    let (mut at, mut has_picture, mut is_animated) = (12, false, false);
    while let Some(&[a, b, c, d, ref length @ ..]) = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        let kind = [a, b, c, d];
        let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
        let end = (at + 8).checked_add(length)?;
        let data = bytes.get(at + 8..end.min(bytes.len()))?;
        let (missing, is_picture) = (length - data.len(), matches!(&kind, b"VP8 " | b"VP8L"));
        is_animated |= &kind == b"ANMF";
        if missing > 0 && (&kind == b"ANMF" || is_picture && missing > PADDING) {
            let there = if is_picture {
                share(data.len() as u64, length as u64)
            } else {
                share(bytes.len() as u64, stated)
            };
            return Some(Found::Part(Some(there)));
        }
        // Any other chunk that is cut off, or data that is not a chunk, is not needed to show the picture.
        if (missing > 0 && !is_picture)
            || !kind.iter().all(|letter| letter.is_ascii_alphanumeric() || *letter == b' ')
        {
            break;
        }
        has_picture |= is_picture || is_animated;
        file.extend_from_slice(&kind);
        file.extend_from_slice(&u32::try_from(length).ok()?.to_le_bytes());
        file.extend_from_slice(data);
        file.resize(file.len() + missing + length % 2, 0);
        at = end.checked_add(length % 2)?;
    }
    // For an animation, the original number of frames is unknown, but the number of bytes is known.
    let is_short = is_animated && at as u64 + 8 < stated;
    if !has_picture || is_short {
        return Some(Found::Part(Some(if has_picture { share(at as u64, stated) } else { 0.0 })));
    }
    let size = u32::try_from(file.len() - 8).ok()?;
    file.get_mut(4..8)?.copy_from_slice(&size.to_le_bytes());
    Some(Found::All(file))
}
