//! Pictures that other programs open although their files do not end as they should, or state a wrong size: finds
//! out how much of the picture is there, and if it is all of it, makes a file in memory that decoders accept. The
//! file on disk is never touched. Knows containers, not colours.

mod gif;
mod jpeg;
mod png;
mod webp;

use super::outline::{Make, Outline};
use crate::model::{ImageFormat, Rejection};

/// How much of a picture has to be there. The last blocks of the last row are often lost with the end marker, and no
/// viewer makes anything of it.
const ENOUGH: f64 = 0.99;

/// Whether a file is as its format says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// It is.
    Sound,
    /// Its end is missing, or it states a wrong size, but all of the picture is there.
    Mended,
}

/// What was found of a picture.
enum Found {
    /// All of it, in a file that decoders accept.
    All(Vec<u8>),
    /// So much of it, from 0 to 1, as far as that can be told.
    Part(Option<f64>),
    /// So many frames of an animation, and a part of the next one.
    Frames(u32),
}

/// Returns a file that decoders accept; `None` where the file is sound already. Refuses what is not all there, and
/// says how much is.
pub(super) fn mend(
    bytes: &[u8],
    format: ImageFormat,
    outline: &Outline<'_>,
) -> Result<Option<Vec<u8>>, Rejection> {
    let has_wrong_screen = matches!(outline.make, Make::Gif(make) if make.has_wrong_screen);
    if outline.is_whole && !has_wrong_screen {
        return Ok(None);
    }
    let found = match (format, outline.make) {
        (ImageFormat::Png, _) => png::mend(bytes),
        (ImageFormat::Jpeg, Make::Jpeg(frame)) => jpeg::mend(bytes, &frame, (outline.width, outline.height)),
        (ImageFormat::WebP, _) => webp::mend(bytes),
        (ImageFormat::Gif, Make::Gif(make)) => gif::mend(bytes, &make),
        _ => None,
    };
    match found {
        Some(Found::All(file)) => Ok(Some(file)),
        Some(Found::Part(share)) => Err(Rejection::truncated(share)),
        Some(Found::Frames(whole)) => Err(Rejection::cut_animation(whole)),
        None => Err(Rejection::truncated(None)),
    }
}

/// Returns how much that is of all.
#[expect(clippy::cast_precision_loss, reason = "a share in percent")]
fn share(found: u64, all: u64) -> f64 {
    if all == 0 { 0.0 } else { (found as f64 / all as f64).min(1.0) }
}
