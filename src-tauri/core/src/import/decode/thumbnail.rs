//! Scales a decoded picture down, turns it upright, and encodes it in sRGB. Owns how thumbnails look; must
//! not know files.

use super::frame::Frame;
use crate::import::colours::{Channels, Conversion};
use crate::import::fingerprint::fingerprint;
use crate::model::{Fingerprint, ThumbnailSize};
use fast_image_resize::images::Image;
use fast_image_resize::{FilterType, IntoImageView, MulDiv, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::codecs::webp::WebPEncoder;
use image::metadata::Orientation;
use image::{DynamicImage, ExtendedColorType, ImageBuffer, ImageEncoder};
use jpeg_encoder::SamplingFactor;
use std::cell::RefCell;
use std::collections::HashSet;

/// JPEG quality, 1 to 100: no visible artefacts at tile size, at 10 to 40 kB.
const QUALITY: u8 = 82;

/// The quality for pictures that are shown at their own size, pixel by pixel.
const NATIVE_QUALITY: u8 = 92;

/// The most colours of a drawing: those of an 8-bit palette.
const FEW_COLOURS: usize = 256;

/// The largest thumbnail, in bytes, that keeps every pixel. A picture that needs more is not a drawing.
const LARGEST_DRAWING: usize = 96 * 1024;

/// The largest scratch memory of a resizer that is kept for the next picture, in bytes.
const LARGEST_SCRATCH: usize = 4 << 20;

thread_local! {
    /// Keeps its scratch memory from one picture to the next.
    static RESIZER: RefCell<Resizer> = RefCell::new(Resizer::new());
}

/// What is made of the pixels of a picture.
pub(super) struct Made {
    pub(super) thumbnail: Vec<u8>,
    /// `None` if it would not be smaller than the other one.
    pub(super) small: Option<Vec<u8>>,
    pub(super) fingerprint: Option<Fingerprint>,
}

/// Makes the thumbnails and the fingerprint. It scales in the picture's own pixel type: a conversion before scaling would touch
/// every original pixel, one after scaling touches a quarter of them or fewer. The small thumbnail is scaled
/// from the other one.
pub(super) fn thumbnails(
    frame: Frame,
    orientation: Orientation,
    conversion: Option<&Conversion>,
    size: ThumbnailSize,
) -> Option<Made> {
    let see_through = frame.channels != Channels::Ink && shows_through(&frame.pixels);
    let is_native = frame.left.is_none() && is_small_enough(&frame.pixels, size);
    let mut pixels = frame.pixels;
    let (before, after) = match conversion {
        Some(conversion) if conversion.comes_before_scaling() => (Some(conversion), None),
        conversion => (None, conversion),
    };
    if let Some(conversion) = before {
        conversion.convert(&mut pixels);
    }
    let mut scaled = eight_bits(scale_down(pixels, size, see_through)?)?;
    if let Some(conversion) = after {
        conversion.convert(&mut scaled);
    }
    scaled.apply_orientation(orientation);
    let small = if size != ThumbnailSize::Small && !is_small_enough(&scaled, ThumbnailSize::Small) {
        Some(eight_bits(scale(&scaled, ThumbnailSize::Small, see_through)?)?)
    } else {
        None
    };
    let fingerprint = fingerprint(small.as_ref().unwrap_or(&scaled));
    let small = match small {
        Some(small) => Some(encoded(small, see_through, false)?),
        None => None,
    };
    Some(Made { thumbnail: encoded(scaled, see_through, is_native)?, small, fingerprint })
}

fn is_small_enough(pixels: &DynamicImage, size: ThumbnailSize) -> bool {
    pixels.width().max(pixels.height()) <= size.side()
}

/// Fits a size into the thumbnail's, keeping the proportions; never enlarges.
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

/// Weights colours by their alpha in place, because the resizer would do it in a copy of the whole picture.
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

pub(super) fn shows_through(pixels: &DynamicImage) -> bool {
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

fn encoded(pixels: DynamicImage, see_through: bool, is_native: bool) -> Option<Vec<u8>> {
    if see_through {
        return lossless(pixels);
    }
    if is_native && has_few_colours(&pixels) {
        let drawing = lossless(DynamicImage::ImageRgb8(pixels.to_rgb8()))?;
        if drawing.len() <= LARGEST_DRAWING {
            return Some(drawing);
        }
    }
    opaque(&pixels, is_native)
}

/// Says whether a picture has no more colours than a drawing. Never true for grey ones, which have no colours
/// to lose.
fn has_few_colours(pixels: &DynamicImage) -> bool {
    fn are_few<const CHANNELS: usize>(samples: &[u8]) -> bool {
        let mut seen = HashSet::new();
        let mut last = None;
        for pixel in samples.as_chunks::<CHANNELS>().0 {
            if last != Some(pixel) && seen.insert(pixel) && seen.len() > FEW_COLOURS {
                return false;
            }
            last = Some(pixel);
        }
        true
    }
    match pixels {
        DynamicImage::ImageRgb8(image) => are_few::<3>(image.as_raw()),
        DynamicImage::ImageRgba8(image) => are_few::<4>(image.as_raw()),
        _ => false,
    }
}

fn opaque(pixels: &DynamicImage, is_native: bool) -> Option<Vec<u8>> {
    use jpeg_encoder::{ColorType, Encoder};
    let luma;
    let (samples, colour, is_sharp) = match pixels {
        DynamicImage::ImageLuma8(image) => (image.as_raw(), ColorType::Luma, false),
        DynamicImage::ImageLumaA8(_) => {
            luma = pixels.to_luma8();
            (luma.as_raw(), ColorType::Luma, false)
        }
        DynamicImage::ImageRgb8(image) => (
            image.as_raw(),
            ColorType::Rgb,
            is_native || has_sharp_colours::<3>(image.as_raw(), image.width()),
        ),
        DynamicImage::ImageRgba8(image) => (
            image.as_raw(),
            ColorType::Rgba,
            is_native || has_sharp_colours::<4>(image.as_raw(), image.width()),
        ),
        _ => return None,
    };
    let mut thumbnail = Vec::with_capacity(96 * 1024);
    let mut encoder = Encoder::new(&mut thumbnail, if is_native { NATIVE_QUALITY } else { QUALITY });
    // Halves the colour resolution in both directions, unless that would be visible.
    encoder.set_sampling_factor(if is_sharp { SamplingFactor::F_1_1 } else { SamplingFactor::F_2_2 });
    let (width, height) = (u16::try_from(pixels.width()).ok()?, u16::try_from(pixels.height()).ok()?);
    encoder.encode(samples, width, height, colour).ok()?;
    Some(thumbnail)
}

/// Colours within a square of two by two pixels that differ by more than this visibly bleed when they share
/// one value.
const SHARP: u8 = 64;

/// One such square in this many makes it visible.
const SEEN: usize = 256;

/// Says whether the picture has places where colours, apart from their brightness, change from one pixel to
/// the next.
fn has_sharp_colours<const CHANNELS: usize>(samples: &[u8], width: u32) -> bool {
    let Ok(width) = usize::try_from(width) else { return false };
    let rows: Vec<&[u8]> = samples.chunks_exact((width * CHANNELS).max(1)).collect();
    let mut sharp = 0;
    let squares = rows.len().div_ceil(2) * width.div_ceil(2);
    for pair in rows.as_chunks::<2>().0 {
        let [upper, lower] = pair.map(|row| row.as_chunks::<CHANNELS>().0);
        for (upper, lower) in upper.as_chunks::<2>().0.iter().zip(lower.as_chunks::<2>().0) {
            let differs = |one: &[u8; CHANNELS], other: &[u8; CHANNELS]| {
                let [red, green, blue] = [0, 1, 2].map(|at| i16::from(one[at]) - i16::from(other[at]));
                (red - green).unsigned_abs().max((blue - green).unsigned_abs()) > u16::from(SHARP)
            };
            let [one, two] = upper;
            sharp += usize::from(lower.iter().chain([two]).any(|other| differs(one, other)));
        }
    }
    sharp * SEEN > squares
}

fn lossless(pixels: DynamicImage) -> Option<Vec<u8>> {
    let mut thumbnail = Vec::new();
    let encoder = WebPEncoder::new_lossless(&mut thumbnail);
    let (width, height) = (pixels.width(), pixels.height());
    match pixels {
        DynamicImage::ImageRgb8(image) => {
            encoder.write_image(image.as_raw(), width, height, ExtendedColorType::Rgb8).ok()?;
        }
        other => {
            encoder.write_image(other.into_rgba8().as_raw(), width, height, ExtendedColorType::Rgba8).ok()?;
        }
    }
    Some(thumbnail)
}
