//! Decodes a picture under limits and makes its thumbnail. Owns everything that
//! touches pixels; must not know files or the catalog.
//!
//! Sizes are judged from the container before anything is allocated. Whatever
//! the decoders do with hostile bytes, the outcome is a rejection. A cancelled
//! decoder finds an error where its bytes should be; one that has all of its
//! bytes already, as that of JPEG, is bounded by pixels times scans.

use super::decoder_input;
use super::memory::{Memory, Share};
use super::outline::{Cost, Flaw, Outline};
use super::pieces::Pieces;
use super::{ReadLimits, Rejection, SourceImage};
use crate::metadata::{self, Budget, RawTexts};
use crate::model::{ImageFormat, ThumbnailSize};
use fast_image_resize::images::Image;
use fast_image_resize::{FilterType, IntoImageView, MulDiv, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::codecs::gif::GifDecoder;
use image::codecs::jpeg::JpegDecoder;
use image::codecs::png::PngDecoder;
use image::codecs::webp::{WebPDecoder, WebPEncoder};
use image::error::ImageError;
use image::metadata::Orientation;
use image::{DynamicImage, ExtendedColorType, ImageBuffer, ImageDecoder, ImageEncoder, Limits};
use std::cell::RefCell;
use std::io::ErrorKind;
use std::panic::{AssertUnwindSafe, catch_unwind};
use tokio_util::sync::CancellationToken;

/// Clean to the eye at tile size, at 10 to 40 kB.
const THUMBNAIL_QUALITY: u8 = 82;

/// Bytes that a decoded pixel may take on average over the largest area, so
/// that 16 bits per channel do not double the memory a picture may claim.
const BYTES_PER_PIXEL: u64 = 4;

/// Bytes that decoding one picture may take in all. A decoder that buffers what
/// it reads takes a multiple of what it returns.
const MOST_DECODING: u64 = 1_200_000_000;

/// Pixels that a decoder may go over, each as often as it does. The largest
/// pictures have scripts of ten scans, small ones may have more.
const MOST_PASSED: u64 = 3_000_000_000;

/// Scans of one picture. Encoders make a dozen; each one costs a look at every
/// block, however few bytes it has.
const MOST_SCANS: u64 = 100;

/// Bytes of a PNG's texts and colour profile beside those of its file. A profile
/// is inflated before it can be judged; a larger one is ignored.
const PNG_ASIDE: u64 = 8 << 20;

/// Bytes beside the pixels: what is hidden in them, both thumbnails, encoders.
const ASIDE: u64 = 4 << 20;

/// Scratch memory of a resizer that is worth keeping for the next picture.
const LARGEST_SCRATCH: usize = 4 << 20;

/// Larger colour profiles exist for printing presses; on tiles they are dropped.
const LARGEST_PROFILE: usize = 64 * 1024;

/// A picture as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// Width in pixels, after EXIF orientation.
    pub width: u32,
    /// Height in pixels, after EXIF orientation.
    pub height: u32,
    /// Of the size that was asked for: JPEG, or WebP where something shows
    /// through.
    pub thumbnail: Vec<u8>,
    /// The same, small; `None` where it would be no smaller.
    pub small: Option<Vec<u8>>,
    /// A text that is hidden in the pixels, if there is one.
    pub hidden: RawTexts,
}

/// Returns about how many bytes of memory decoding will take, without decoding.
/// What would be refused for its size is refused here too.
pub fn decoded_size(source: &SourceImage, limits: &ReadLimits) -> Result<u64, Rejection> {
    Ok(footprint(&judged_outline(source, limits)?, ThumbnailSize::Large))
}

/// Returns how many bytes a picture's metadata will have at most.
pub(super) fn metadata_size(source: &SourceImage) -> u64 {
    Outline::of(&source.bytes, source.format).map_or(0, |outline| outline.cost.texts)
}

/// Waits for memory, decodes the first frame, turns it upright and makes a
/// thumbnail of that size, and the small one.
pub fn decode(
    source: &SourceImage,
    limits: &ReadLimits,
    size: ThumbnailSize,
    memory: &Memory,
    cancel: &CancellationToken,
) -> Result<Decoded, Rejection> {
    decode_with(source, limits, size, cancel, |bytes| memory.for_pixels(bytes, cancel))
}

/// The same for a picture that somebody is waiting to see.
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
    if !outline.is_whole {
        return Err(Rejection::truncated());
    }
    let _share = share(footprint(&outline, size)).ok_or_else(Rejection::cancelled)?;
    // A decoder's panic is one bad file, not the end of the batch. Nothing of
    // the unwound state is used again.
    let outcome = catch_unwind(AssertUnwindSafe(|| decode_whole(source, &outline, limits, size, cancel)));
    outcome.unwrap_or_else(|_| Err(Rejection::damaged()))
}

fn judged_outline<'a>(source: &'a SourceImage, limits: &ReadLimits) -> Result<Outline<'a>, Rejection> {
    let outline = Outline::of(&source.bytes, source.format).map_err(|flaw| match flaw {
        Flaw::Cut => Rejection::truncated(),
        Flaw::Damaged => Rejection::damaged(),
    })?;
    judge_size((outline.width, outline.height), limits)?;
    judge_cost(&outline)?;
    Ok(outline)
}

/// Refuses what a decoder would spend minutes or gigabytes on.
fn judge_cost(outline: &Outline<'_>) -> Result<(), Rejection> {
    let Cost { decoding, passes, .. } = outline.cost;
    let passed = u64::from(outline.width) * u64::from(outline.height) * passes;
    if decoding > MOST_DECODING || passed > MOST_PASSED || passes > MOST_SCANS {
        return Err(Rejection::too_deep());
    }
    Ok(())
}

/// Bytes that decoding a picture and scaling it down take at the same time.
fn footprint(outline: &Outline<'_>, size: ThumbnailSize) -> u64 {
    let Cost { decoded, decoding, .. } = outline.cost;
    // Scaled in width first: as wide as the thumbnail and as high as the picture, in the picture's own pixels.
    let longer = u64::from(outline.width.max(outline.height));
    let scaled = decoded.saturating_mul(size.side().into()) / longer.max(1);
    decoding.max(decoded.saturating_add(scaled)).saturating_add(ASIDE)
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
    limits: &ReadLimits,
    size: ThumbnailSize,
    cancel: &CancellationToken,
) -> Result<Decoded, Rejection> {
    let without_texts = decoder_input::of(&source.bytes, source.format);
    let input = Pieces::of(&without_texts, cancel);
    let memory = limits.max_pixels.saturating_mul(BYTES_PER_PIXEL);
    let mut bounds = Limits::default();
    (bounds.max_image_width, bounds.max_image_height) = (Some(limits.max_side), Some(limits.max_side));
    bounds.max_alloc = Some(memory);
    let orientation =
        outline.exif.and_then(Orientation::from_exif_chunk).unwrap_or(Orientation::NoTransforms);
    let finish = |decoder: &mut dyn ImageDecoder| judge_decoder(decoder, limits, memory);
    let (pixels, profile) = match source.format {
        ImageFormat::Png => {
            // Pixels are judged below. This limit is what keeps a profile from inflating without end.
            bounds.max_alloc = Some(source.bytes.len() as u64 + PNG_ASIDE);
            let mut decoder = PngDecoder::with_limits(input, bounds).map_err(|e| refusal(&e))?;
            let profile = finish(&mut decoder)?;
            (DynamicImage::from_decoder(decoder), profile)
        }
        ImageFormat::Jpeg => {
            let mut decoder = JpegDecoder::new(input).map_err(|e| refusal(&e))?;
            let profile = finish(&mut decoder)?;
            (DynamicImage::from_decoder(decoder), profile)
        }
        ImageFormat::WebP => {
            let mut decoder = WebPDecoder::new(input).map_err(|e| refusal(&e))?;
            let profile = finish(&mut decoder)?;
            (DynamicImage::from_decoder(decoder), profile)
        }
        ImageFormat::Gif => {
            let mut decoder = GifDecoder::new(input).map_err(|e| refusal(&e))?;
            decoder.set_limits(bounds).map_err(|e| refusal(&e))?;
            let profile = finish(&mut decoder)?;
            (DynamicImage::from_decoder(decoder), profile)
        }
    };
    let pixels = pixels.map_err(|error| refusal(&error))?;
    unless_cancelled(cancel)?;
    let hidden = hidden_text(&pixels, source.format, cancel);
    unless_cancelled(cancel)?;
    let (width, height) = upright((pixels.width(), pixels.height()), orientation);
    let (thumbnail, small) = thumbnails(pixels, orientation, profile, size).ok_or_else(Rejection::damaged)?;
    Ok(Decoded { width, height, thumbnail, small, hidden })
}

fn unless_cancelled(cancel: &CancellationToken) -> Result<(), Rejection> {
    if cancel.is_cancelled() { Err(Rejection::cancelled()) } else { Ok(()) }
}

/// Lossy pixels hide nothing.
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

/// Judges the size again as the decoder sees it, should the two ever disagree,
/// and returns the colour profile.
fn judge_decoder(
    decoder: &mut dyn ImageDecoder,
    limits: &ReadLimits,
    memory: u64,
) -> Result<Option<Vec<u8>>, Rejection> {
    judge_size(decoder.dimensions(), limits)?;
    if decoder.total_bytes() > memory {
        return Err(Rejection::too_deep());
    }
    // A broken profile is no reason to refuse the picture.
    Ok(decoder.icc_profile().ok().flatten().filter(|profile| profile.len() <= LARGEST_PROFILE))
}

fn refusal(error: &ImageError) -> Rejection {
    match error {
        ImageError::Limits(_) => Rejection::too_deep(),
        ImageError::Unsupported(_) => Rejection::unsupported_variant(),
        ImageError::IoError(error) if error.kind() == ErrorKind::UnexpectedEof => Rejection::truncated(),
        _ => Rejection::damaged(),
    }
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

/// Fits a size into the thumbnail's, keeping its proportions; never enlarges.
fn fitted(width: u32, height: u32, size: ThumbnailSize) -> (u32, u32) {
    let (longer, most) = (width.max(height), size.side());
    if longer <= most {
        return (width, height);
    }
    let scale = |side: u32| {
        let rounded = (u64::from(side) * u64::from(most) + u64::from(longer / 2)) / u64::from(longer);
        u32::try_from(rounded).unwrap_or(most).max(1)
    };
    (scale(width), scale(height))
}

thread_local! {
    /// Keeps its scratch memory from one picture to the next.
    static RESIZER: RefCell<Resizer> = RefCell::new(Resizer::new());
}

/// Scales in the picture's own pixel type: a conversion before would touch every
/// original pixel, one after touches a quarter of them or fewer. The small one is
/// scaled from the other.
fn thumbnails(
    pixels: DynamicImage,
    orientation: Orientation,
    profile: Option<Vec<u8>>,
    size: ThumbnailSize,
) -> Option<(Vec<u8>, Option<Vec<u8>>)> {
    let see_through = shows_through(&pixels);
    let mut scaled = eight_bits(scale_down(pixels, size, see_through)?)?;
    scaled.apply_orientation(orientation);
    let small = if size != ThumbnailSize::Small
        && scaled.width().max(scaled.height()) > ThumbnailSize::Small.side()
    {
        let small = eight_bits(scale(&scaled, ThumbnailSize::Small, see_through)?)?;
        Some(encoded(small, see_through, profile.clone())?)
    } else {
        None
    };
    Some((encoded(scaled, see_through, profile)?, small))
}

/// Colours are weighted by their alpha in place: the resizer would do it in a copy of the whole picture.
fn scale_down(mut pixels: DynamicImage, size: ThumbnailSize, see_through: bool) -> Option<Image<'static>> {
    let is_smaller = fitted(pixels.width(), pixels.height(), size) != (pixels.width(), pixels.height());
    let weighs = see_through && is_smaller;
    if weighs {
        MulDiv::new().multiply_alpha_inplace(&mut pixels).ok()?;
    }
    let mut scaled = scale(&pixels, size, false)?;
    if weighs {
        MulDiv::new().divide_alpha_inplace(&mut scaled).ok()?;
    }
    Some(scaled)
}

fn scale(pixels: &DynamicImage, size: ThumbnailSize, see_through: bool) -> Option<Image<'static>> {
    let (width, height) = fitted(pixels.width(), pixels.height(), size);
    let mut scaled = Image::new(width, height, pixels.pixel_type()?);
    let options = ResizeOptions::new()
        .resize_alg(ResizeAlg::Convolution(FilterType::CatmullRom))
        .use_alpha(see_through);
    RESIZER.with_borrow_mut(|resizer| {
        let outcome = resizer.resize(pixels, &mut scaled, &options);
        if resizer.size_of_internal_buffers() > LARGEST_SCRATCH {
            resizer.reset_internal_buffers();
        }
        outcome.ok()
    })?;
    Some(scaled)
}

fn encoded(pixels: DynamicImage, see_through: bool, profile: Option<Vec<u8>>) -> Option<Vec<u8>> {
    if see_through { transparent(pixels, profile) } else { opaque(&pixels, profile) }
}

fn shows_through(pixels: &DynamicImage) -> bool {
    match pixels {
        DynamicImage::ImageLumaA8(image) => image.as_raw().chunks_exact(2).any(|pixel| pixel[1] < u8::MAX),
        DynamicImage::ImageRgba8(image) => image.as_raw().chunks_exact(4).any(|pixel| pixel[3] < u8::MAX),
        DynamicImage::ImageLumaA16(image) => image.as_raw().chunks_exact(2).any(|pixel| pixel[1] < u16::MAX),
        DynamicImage::ImageRgba16(image) => image.as_raw().chunks_exact(4).any(|pixel| pixel[3] < u16::MAX),
        _ => false,
    }
}

fn eight_bits(scaled: Image<'_>) -> Option<DynamicImage> {
    let (width, height, pixel_type) = (scaled.width(), scaled.height(), scaled.pixel_type());
    let bytes = match pixel_type {
        PixelType::U16 | PixelType::U16x2 | PixelType::U16x3 | PixelType::U16x4 => {
            // 65,535 / 255 is 257, so this rounds to the nearest.
            let narrow = |pair: &[u8; 2]| (u32::from(u16::from_ne_bytes(*pair)) + 128) / 257;
            scaled
                .buffer()
                .as_chunks()
                .0
                .iter()
                .map(|pair| u8::try_from(narrow(pair)).unwrap_or(u8::MAX))
                .collect()
        }
        _ => scaled.into_vec(),
    };
    Some(match pixel_type {
        PixelType::U8 | PixelType::U16 => {
            DynamicImage::ImageLuma8(ImageBuffer::from_raw(width, height, bytes)?)
        }
        PixelType::U8x2 | PixelType::U16x2 => {
            DynamicImage::ImageLumaA8(ImageBuffer::from_raw(width, height, bytes)?)
        }
        PixelType::U8x3 | PixelType::U16x3 => {
            DynamicImage::ImageRgb8(ImageBuffer::from_raw(width, height, bytes)?)
        }
        PixelType::U8x4 | PixelType::U16x4 => {
            DynamicImage::ImageRgba8(ImageBuffer::from_raw(width, height, bytes)?)
        }
        _ => return None,
    })
}

fn opaque(small: &DynamicImage, profile: Option<Vec<u8>>) -> Option<Vec<u8>> {
    use jpeg_encoder::{ColorType, Encoder};
    let luma;
    let (pixels, colour, space) = match small {
        DynamicImage::ImageLuma8(image) => (image.as_raw(), ColorType::Luma, *b"GRAY"),
        DynamicImage::ImageLumaA8(_) => {
            luma = small.to_luma8();
            (luma.as_raw(), ColorType::Luma, *b"GRAY")
        }
        DynamicImage::ImageRgb8(image) => (image.as_raw(), ColorType::Rgb, *b"RGB "),
        DynamicImage::ImageRgba8(image) => (image.as_raw(), ColorType::Rgba, *b"RGB "),
        _ => return None,
    };
    let mut thumbnail = Vec::with_capacity(96 * 1024);
    let mut encoder = Encoder::new(&mut thumbnail, THUMBNAIL_QUALITY);
    if let Some(profile) = profile.filter(|profile| describes(profile, space)) {
        encoder.add_icc_profile(&profile).ok()?;
    }
    let (width, height) = (u16::try_from(small.width()).ok()?, u16::try_from(small.height()).ok()?);
    encoder.encode(pixels, width, height, colour).ok()?;
    Some(thumbnail)
}

fn transparent(small: DynamicImage, profile: Option<Vec<u8>>) -> Option<Vec<u8>> {
    let is_grey = matches!(small, DynamicImage::ImageLumaA8(_));
    let pixels = small.into_rgba8();
    let mut thumbnail = Vec::new();
    let mut encoder = WebPEncoder::new_lossless(&mut thumbnail);
    if let Some(profile) = profile.filter(|profile| !is_grey && describes(profile, *b"RGB ")) {
        encoder.set_icc_profile(profile).ok()?;
    }
    encoder.write_image(pixels.as_raw(), pixels.width(), pixels.height(), ExtendedColorType::Rgba8).ok()?;
    Some(thumbnail)
}

/// Tells whether a profile is for that colour space (ICC.1, header bytes 16 to
/// 19). The profile of a CMYK original would turn its RGB thumbnail to mud.
fn describes(profile: &[u8], space: [u8; 4]) -> bool {
    profile.get(16..20) == Some(space.as_slice())
}

#[cfg(test)]
mod tests;
