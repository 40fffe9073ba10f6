//! Decodes a picture under limits and makes its thumbnail. Owns everything that touches pixels; must not know
//! files or the catalog.
//!
//! Sizes are judged from the container before anything is allocated. Whatever the decoders do with hostile
//! bytes, the result is a rejection. A cancelled decoder gets an error when it reads its next bytes. A
//! decoder that already has all of its bytes, as the one for JPEG, is limited by pixels times scans.

mod decoders;
mod frame;
mod plan;
mod png_at_once;
mod rows;
mod shown;
mod thumbnail;

pub use shown::{Bitmap, Shown, bitmap, shown};

use super::colours::{Conversion, Stated};
use super::decoder_input;
use super::memory::{Memory, Share};
use super::outline::{Flaw, Make, Outline};
use super::pieces::Pieces;
use super::repaired::{self, Condition};
use super::{ReadLimits, SourceImage};
use crate::metadata::{self, Budget, RawTexts};
use crate::model::{Fingerprint, ImageFormat, Rejection, RejectionReason, ThumbnailSize};
use decoders::decode_frame;
use frame::Frame;
use image::DynamicImage;
use image::metadata::Orientation;
use plan::Plan;
use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use thumbnail::Made;
use tokio_util::sync::CancellationToken;

/// The maximum memory for decoding one picture, in bytes: 1.2 GB. A decoder that buffers what it reads takes
/// a multiple of what it returns.
const MOST_DECODING: u64 = 1_215_000_000;

/// The maximum number of pixels that a decoder may process, counted once for each pass over them. The largest
/// pictures have scripts of ten scans, small ones may have more.
const MOST_PASSED: u64 = 3_000_000_000;

/// The maximum number of scans in one picture. Encoders make a dozen. Each scan costs a visit to every block,
/// however few bytes it has.
const MOST_SCANS: u64 = 100;

/// Memory besides the pixels, in bytes: hidden texts, both thumbnails and the encoders.
const ASIDE: u64 = 4 << 20;

/// The result of decoding a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// Width in pixels, after EXIF orientation.
    pub width: u32,
    /// Height in pixels, after EXIF orientation.
    pub height: u32,
    /// The thumbnail of the requested size, in sRGB: JPEG, or WebP if parts are transparent or every pixel is
    /// preserved.
    pub thumbnail: Vec<u8>,
    /// The small thumbnail; `None` if it would not be smaller than the other one.
    pub small: Option<Vec<u8>>,
    /// What the picture looks like; `None` if it shows nothing that could be compared.
    pub fingerprint: Option<Fingerprint>,
    /// The text hidden in the pixels; empty if there is none.
    pub hidden: RawTexts,
    /// Whether the file had to be repaired in memory before it could be decoded.
    pub condition: Condition,
}

/// Returns the width and height of a thumbnail, in pixels; `None` if it cannot be read.
pub fn size_of(thumbnail: &[u8]) -> Option<(u32, u32)> {
    let reader = image::ImageReader::new(std::io::Cursor::new(thumbnail)).with_guessed_format().ok()?;
    reader.into_dimensions().ok()
}

/// Returns the average colour of a thumbnail as red, green and blue; `None` if it cannot be decoded, or if all of it
/// is transparent.
pub fn average_colour(thumbnail: &[u8]) -> Option<[u8; 3]> {
    let pixels = catch_unwind(|| image::load_from_memory(thumbnail).ok()).ok()??.into_rgba8();
    let (mut sums, mut weight) = ([0_u64; 3], 0_u64);
    for pixel in pixels.pixels() {
        let [red, green, blue, alpha] = pixel.0.map(u64::from);
        weight += alpha;
        for (sum, value) in sums.iter_mut().zip([red, green, blue]) {
            *sum += value * alpha;
        }
    }
    (weight > 0).then(|| sums.map(|sum| u8::try_from(sum / weight).unwrap_or(u8::MAX)))
}

/// Says whether a picture in memory states its colours. A picture that states nothing is sRGB.
pub fn states_colours(bytes: &[u8]) -> bool {
    ImageFormat::from_signature(bytes).is_some_and(|format| !Stated::in_file(bytes, format, None).is_empty())
}

/// Returns the maximum size of a picture's metadata, in bytes.
pub(super) fn metadata_size(source: &SourceImage) -> u64 {
    Outline::of(&source.bytes, source.format).map_or(0, |outline| outline.texts)
}

/// Waits for memory, decodes the first frame, turns it upright, and makes a thumbnail of this size and the
/// small one.
pub fn decode(
    source: &SourceImage,
    limits: &ReadLimits,
    size: ThumbnailSize,
    memory: &Memory,
    cancel: &CancellationToken,
) -> Result<Decoded, Rejection> {
    decode_with(source, limits, size, cancel, |bytes| memory.for_pixels(bytes, cancel))
}

/// Does the same as [`decode`] for a picture that somebody is waiting to see.
pub fn decode_to_show(
    source: &SourceImage,
    limits: &ReadLimits,
    size: ThumbnailSize,
    memory: &Memory,
) -> Result<Decoded, Rejection> {
    decode_with(source, limits, size, &CancellationToken::new(), |bytes| memory.for_thumbnail(bytes))
}

fn decode_with(
    source: &SourceImage,
    limits: &ReadLimits,
    size: ThumbnailSize,
    cancel: &CancellationToken,
    share: impl FnOnce(u64) -> Option<Share>,
) -> Result<Decoded, Rejection> {
    let outline = judged_outline(source, limits)?;
    let plan = planned(&outline, source, size)?;
    let _share = share(footprint(&outline, &plan, size)).ok_or_else(Rejection::cancelled)?;
    unless_it_panics(|| decode_whole(source, &outline, &plan, limits, size, cancel))
}

/// Turns a decoder's panic into a rejection of one file, so that it does not end the batch. Nothing of the
/// unwound state is used again.
fn unless_it_panics<T>(decode: impl FnOnce() -> Result<T, Rejection>) -> Result<T, Rejection> {
    catch_unwind(AssertUnwindSafe(decode)).unwrap_or_else(|_| Err(Rejection::damaged()))
}

fn judged_outline<'a>(source: &'a SourceImage, limits: &ReadLimits) -> Result<Outline<'a>, Rejection> {
    let outline = Outline::of(&source.bytes, source.format).map_err(|flaw| match flaw {
        Flaw::Cut => Rejection::truncated(None),
        Flaw::Damaged => Rejection::damaged(),
    })?;
    if let Make::Jpeg(frame) = outline.make
        && let Some(kind) = frame.unsupported()
    {
        return Err(Rejection::unsupported_jpeg(kind));
    }
    judge_size((outline.width, outline.height), limits)?;
    Ok(outline)
}

/// Refuses pictures on which a decoder would spend minutes or gigabytes.
fn planned(outline: &Outline<'_>, source: &SourceImage, size: ThumbnailSize) -> Result<Plan, Rejection> {
    let plan = Plan::for_thumbnail(outline, source.bytes.len() as u64, size);
    judge_cost(outline, &plan)?;
    Ok(plan)
}

fn judge_cost(outline: &Outline<'_>, plan: &Plan) -> Result<(), Rejection> {
    if outline.pixels() * outline.passes > MOST_PASSED || outline.passes > MOST_SCANS {
        return Err(Rejection::too_slow());
    }
    if plan.decoding > MOST_DECODING {
        return Err(Rejection::too_deep(plan.decoding, MOST_DECODING));
    }
    Ok(())
}

/// Returns how many bytes decoding a picture and scaling it down take at the same time.
fn footprint(outline: &Outline<'_>, plan: &Plan, size: ThumbnailSize) -> u64 {
    // The width is scaled first. The intermediate picture is as wide as the thumbnail and as high as the
    // picture, in the picture's own pixel type.
    let longer = u64::from(outline.width.max(outline.height));
    let scaled = plan.decoded.saturating_mul(size.side().into()) / longer.max(1);
    plan.decoding.max(plan.decoded.saturating_add(scaled)).saturating_add(ASIDE)
}

fn judge_size((width, height): (u32, u32), limits: &ReadLimits) -> Result<(), Rejection> {
    let area = u64::from(width) * u64::from(height);
    if width.max(height) > limits.max_side || area > limits.max_pixels {
        return Err(Rejection::too_many_pixels(width, height, limits));
    }
    Ok(())
}

fn decode_whole(
    source: &SourceImage,
    outline: &Outline<'_>,
    plan: &Plan,
    limits: &ReadLimits,
    size: ThumbnailSize,
    cancel: &CancellationToken,
) -> Result<Decoded, Rejection> {
    let (frame, condition) = read_frame(source, outline, plan, limits, cancel)?;
    let hidden = hidden_text(frame.left.as_ref().unwrap_or(&frame.pixels), source.format, cancel);
    unless_cancelled(cancel)?;
    let orientation = orientation(outline);
    let stated = Stated::in_file(&source.bytes, source.format, outline.exif);
    let conversion = Conversion::of(stated, frame.channels);
    let (width, height) = upright((outline.width, outline.height), orientation);
    let Made { thumbnail, small, fingerprint } =
        thumbnail::thumbnails(frame, orientation, conversion.as_ref(), size)
            .ok_or_else(Rejection::damaged)?;
    Ok(Decoded { width, height, thumbnail, small, fingerprint, hidden, condition })
}

/// Repairs the file in memory if necessary, and decodes its first frame.
fn read_frame(
    source: &SourceImage,
    outline: &Outline<'_>,
    plan: &Plan,
    limits: &ReadLimits,
    cancel: &CancellationToken,
) -> Result<(Frame, Condition), Rejection> {
    let (bytes, condition) = match repaired::repair(&source.bytes, source.format, outline)? {
        Some(repaired) => (Cow::Owned(repaired), Condition::Repaired),
        None => (decoder_input::without_texts(&source.bytes, source.format), Condition::Sound),
    };
    let decode = |bytes: &[u8]| {
        let frame = decode_frame(Pieces::of(bytes, cancel), source.format, outline, plan, limits);
        unless_cancelled(cancel)?;
        frame
    };
    let frame = match decode(&bytes) {
        Err(refused) if refused.code == RejectionReason::Failed => {
            let alone = decoder_input::pixels_alone(&bytes, source.format);
            alone.and_then(|bytes| decode(&bytes).ok()).ok_or(refused)
        }
        decoded => decoded,
    };
    Ok((frame?, condition))
}

fn unless_cancelled(cancel: &CancellationToken) -> Result<(), Rejection> {
    if cancel.is_cancelled() { Err(Rejection::cancelled()) } else { Ok(()) }
}

/// Returns the text that the pixels hide. Lossy formats cannot hide one.
fn hidden_text(pixels: &DynamicImage, format: ImageFormat, cancel: &CancellationToken) -> RawTexts {
    let (bytes, channels) = match pixels {
        DynamicImage::ImageRgba8(pixels) => (pixels.as_raw(), 4),
        DynamicImage::ImageRgb8(pixels) => (pixels.as_raw(), 3),
        _ => return RawTexts::default(),
    };
    let sides = usize::try_from(pixels.width()).ok().zip(usize::try_from(pixels.height()).ok());
    let Some((width, height)) = sides.filter(|_| matches!(format, ImageFormat::Png | ImageFormat::WebP))
    else {
        return RawTexts::default();
    };
    let is_cancelled = || cancel.is_cancelled();
    metadata::read_stealth(bytes, channels, width, height, &Budget::of(bytes.len() / 8, &is_cancelled))
}

fn orientation(outline: &Outline<'_>) -> Orientation {
    outline.exif.and_then(Orientation::from_exif_chunk).unwrap_or(Orientation::NoTransforms)
}

fn upright((width, height): (u32, u32), orientation: Orientation) -> (u32, u32) {
    match orientation {
        Orientation::Rotate90
        | Orientation::Rotate270
        | Orientation::Rotate90FlipH
        | Orientation::Rotate270FlipH => (height, width),
        _ => (width, height),
    }
}

#[cfg(test)]
mod tests;
