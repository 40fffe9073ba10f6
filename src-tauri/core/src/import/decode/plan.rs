//! Decides how to decode a picture and how much memory that takes, from its outline alone. Pure.

use crate::import::outline::{Component, JpegColours, JpegFrame, Make, Outline};
use crate::model::ThumbnailSize;

/// Pictures with more pixels than this are reduced while they are decoded, if their format allows it:
/// meanwhile the window requests others, and all of them share the memory.
const MANY: u64 = 64_000_000;

/// How much larger than the thumbnail such a reduced picture stays, so that scaling has enough detail to work
/// with.
const SPARE: u32 = 2;

/// How a picture is decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// With the decoder of the format, in one piece.
    Usual,
    /// With the slower decoder that supports all JPEGs, at this many eighths of the size.
    AnyJpeg { eighths: u8 },
    /// Row by row. Each square with sides of this many pixels becomes one pixel.
    Rows { side: u32 },
}

/// How a picture is decoded, and the memory for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) way: Way,
    /// Bytes of the decoded picture.
    pub(super) decoded: u64,
    /// Bytes needed while decoding, including the decoded picture.
    pub(super) decoding: u64,
}

impl Plan {
    /// Returns the plan for a thumbnail of this size.
    pub(super) fn for_thumbnail(outline: &Outline<'_>, file: u64, size: ThumbnailSize) -> Self {
        let shrink = outline.width.max(outline.height) / (size.side() * SPARE).max(1);
        Self::shrinking(outline, file, if outline.pixels() > MANY { shrink } else { 1 })
    }

    /// Returns the plan for the whole picture; `None` if that takes too much memory.
    pub(super) fn for_all(outline: &Outline<'_>, file: u64) -> Option<Self> {
        (outline.pixels() <= MANY).then(|| Self::shrinking(outline, file, 1))
    }

    fn shrinking(outline: &Outline<'_>, file: u64, shrink: u32) -> Self {
        let pixels = outline.pixels();
        match outline.make {
            Make::Png { is_interlaced: false, channels, has_key, .. } if shrink > 1 => {
                Self::by_rows(pixels, shrink, channels + u64::from(has_key), 0)
            }
            Make::Gif(make) if shrink > 1 => {
                let indices =
                    make.first.map_or(0, |[.., width, height]| u64::from(width) * u64::from(height));
                Self::by_rows(pixels, shrink, 4, indices)
            }
            // Progressive pictures are assembled at their full size in any case.
            Make::Jpeg(frame) if (shrink > 1 && !frame.is_progressive()) || !is_usual(&frame) => {
                let eighths = [1, 2, 4, 8].into_iter().find(|eighths| *eighths * shrink >= 8).unwrap_or(8);
                Self::any_jpeg(&frame, pixels, file, eighths)
            }
            make => Self::usual(make, pixels, file),
        }
    }

    fn by_rows(pixels: u64, side: u32, channels: u64, beside: u64) -> Self {
        let decoded = pixels.saturating_mul(channels) / (u64::from(side) * u64::from(side));
        Self { way: Way::Rows { side }, decoded, decoding: decoded.saturating_add(beside) }
    }

    /// Returns the plan with what `jpeg-decoder` 0.3 allocates, according to its source.
    fn any_jpeg(frame: &JpegFrame, pixels: u64, file: u64, eighths: u32) -> Self {
        let scaled = |bytes: u64| bytes.saturating_mul(u64::from(eighths * eighths)) / 64;
        let (all, largest) = frame.samples();
        let samples = pixels.saturating_mul(all) / largest.max(1);
        let decoded = scaled(pixels.saturating_mul(u64::from(frame.count)));
        // Coefficients of 16 bits, and copies of them for the thread that turns them into samples.
        let coefficients = if frame.is_progressive() { samples.saturating_mul(4) } else { samples / 8 };
        let decoding =
            decoded.saturating_add(scaled(samples)).saturating_add(coefficients).saturating_add(file);
        // Cannot fail: the number is 1, 2, 4 or 8.
        let eighths = u8::try_from(eighths).unwrap_or(8);
        Self { way: Way::AnyJpeg { eighths }, decoded, decoding }
    }

    /// Returns the plan with what the decoders of `image` 0.25, `png` 0.18, `zune-jpeg` 0.5, `image-webp` 0.2
    /// and `gif` 0.14 allocate for this many pixels, according to their sources.
    fn usual(make: Make, pixels: u64, file: u64) -> Self {
        let (decoded, beside) = match make {
            Make::Unknown => (pixels.saturating_mul(4), pixels.saturating_mul(4)),
            Make::Png { channels, channel_bytes, has_key, .. } => {
                // The compressed pixels in one piece.
                (((channels + u64::from(has_key)) * channel_bytes).saturating_mul(pixels), file)
            }
            Make::Jpeg(frame) => {
                let decoded = if frame.count == 1 { pixels } else { pixels.saturating_mul(3) };
                let (all, largest) = frame.samples();
                // Coefficients of 16 bits for each sample of each component.
                let buffered = pixels.saturating_mul(2).saturating_mul(all) / largest.max(1);
                (decoded, file.saturating_add(if frame.is_progressive() { buffered } else { 0 }))
            }
            Make::WebP { is_lossless, is_lossy, has_alpha, is_animated } => {
                let decoded = pixels.saturating_mul(if has_alpha { 4 } else { 3 });
                // Lossy: planes of luma and chroma, and for transparency a lossless picture and its alpha.
                // Lossless: the tables of its transforms, and all four channels even where only three are
                // used.
                let quarters = match (is_animated, is_lossless, is_lossy, has_alpha) {
                    (true, ..) => 40,
                    (_, false, true, false) => 6,
                    (_, true, false, true) => 2,
                    (_, true, false, false) => 18,
                    _ => 26,
                };
                (decoded, pixels.saturating_mul(quarters) / 4)
            }
            Make::Gif(make) => {
                let [left, top, width, height] = make.first.unwrap_or_default();
                let frame = u64::from(width) * u64::from(height);
                // The frame is decoded straight into the screen if it is as wide, otherwise into a buffer of
                // its own.
                let is_direct = left == 0 && u64::from(width) * u64::from(top + height) == pixels;
                (pixels.saturating_mul(4), if is_direct { frame } else { frame.saturating_mul(5) })
            }
        };
        Self { way: Way::Usual, decoded, decoding: decoded.saturating_add(beside) }
    }
}

/// Says whether `zune-jpeg` 0.5 draws such a picture correctly. It does not if a scan of a sequential picture
/// has only some of the components (its issues 419 and 422), or if chroma is sampled more than once in a
/// direction. It also discards inks. `tests/library/colours.rs` covers scans, sampling and restarts.
fn is_usual(frame: &JpegFrame) -> bool {
    let [luma, chroma @ ..] = frame.components() else { return false };
    let is_one = |component: &Component| component.across == 1 && component.down == 1;
    let are_common = [luma.across, luma.down].iter().all(|factor| matches!(factor, 1 | 2 | 4));
    let has_all = frame.first_scan == frame.count || frame.is_progressive();
    match frame.colours() {
        JpegColours::Grey => is_one(luma),
        JpegColours::YCbCr => has_all && are_common && chroma.iter().all(is_one) && frame.is_plainly_ycbcr(),
        JpegColours::Rgb | JpegColours::Cmyk | JpegColours::Ycck => false,
    }
}
