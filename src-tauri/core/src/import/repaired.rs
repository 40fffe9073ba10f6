//! Repairs pictures that other programs open although their files end early or state a wrong size. It finds
//! out how much of the picture is there, and if that is all of it, makes a file in memory that decoders
//! accept. The file on disk is never changed. Knows containers, not colours.

mod gif;
mod jpeg;
mod png;
mod webp;

use super::outline::{Make, Outline};
use crate::model::{ImageFormat, Rejection};

/// How much of a picture must be there, from 0 to 1. The last blocks of the last row are often lost together
/// with the end marker, and viewers ignore that.
const ENOUGH: f64 = 0.99;

/// Whether a file follows its format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// It does.
    Sound,
    /// Its end is missing, or it states a wrong size, but all of the picture is there.
    Repaired,
}

/// How much of a picture was found.
enum Found {
    /// All of it, as a file that decoders accept.
    All(Vec<u8>),
    /// This share of it, from 0 to 1; `None` if the share is unknown.
    Part(Option<f64>),
    /// So many frames of an animation, and a part of the next one.
    Frames(u32),
}

/// Returns a file that decoders accept; `None` if the file is sound already. Refuses an incomplete picture,
/// and says how much of it is there.
pub(super) fn repair(
    bytes: &[u8],
    format: ImageFormat,
    outline: &Outline<'_>,
) -> Result<Option<Vec<u8>>, Rejection> {
    let has_wrong_screen = matches!(outline.make, Make::Gif(make) if make.has_wrong_screen);
    if outline.is_whole && !has_wrong_screen {
        return Ok(None);
    }
    let found = match (format, outline.make) {
        (ImageFormat::Png, _) => png::repair(bytes),
        (ImageFormat::Jpeg, Make::Jpeg(frame)) => {
            jpeg::repair(bytes, &frame, (outline.width, outline.height))
        }
        (ImageFormat::WebP, _) => webp::repair(bytes),
        (ImageFormat::Gif, Make::Gif(make)) => gif::repair(bytes, &make),
        _ => None,
    };
    match found {
        Some(Found::All(file)) => Ok(Some(file)),
        Some(Found::Part(share)) => Err(Rejection::truncated(share)),
        Some(Found::Frames(whole)) => Err(Rejection::cut_animation(whole)),
        None => Err(Rejection::truncated(None)),
    }
}

/// Returns the share of `found` in `all`, from 0 to 1.
#[expect(clippy::cast_precision_loss, reason = "a share in percent")]
fn share(found: u64, all: u64) -> f64 {
    if all == 0 { 0.0 } else { (found as f64 / all as f64).min(1.0) }
}
