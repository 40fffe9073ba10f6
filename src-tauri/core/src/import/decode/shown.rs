//! The pixels of an original as the window shows them. Most originals are shown as their own bytes. Where
//! browser engines would show these differently, the window gets a copy that leaves no choice: upright, in
//! sRGB, complete.

use super::frame::Frame;
use super::plan::Plan;
use super::thumbnail::shows_through;
use super::{Orientation, Outline, judge_cost, judged_outline, orientation, read_frame, unless_it_panics};
use crate::import::colours::{Channels, Conversion, Stated};
use crate::import::memory::Memory;
use crate::import::outline::{JpegColours, Make};
use crate::import::{ReadLimits, SourceImage};
use crate::model::{ImageFormat, Rejection, RejectionReason};
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{DynamicImage, ImageEncoder};
use tokio_util::sync::CancellationToken;

/// What to show for an original.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    /// The file itself.
    AsItIs,
    /// This PNG instead of the file.
    Copy(Vec<u8>),
}

/// The pixels of a picture, upright and in sRGB.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bitmap {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Red, green, blue and alpha of each pixel, row by row.
    pub rgba: Vec<u8>,
}

/// Returns what the window shows for an original. Waits for memory if it has to make a copy. Animations, and
/// pictures too large to copy, are shown as the file itself.
pub fn shown(source: &SourceImage, limits: &ReadLimits, memory: &Memory) -> Result<Shown, Rejection> {
    let outline = judged_outline(source, limits)?;
    let stated = Stated::in_file(&source.bytes, source.format, outline.exif);
    if outline.is_animated() || do_engines_agree(&outline, source.format, &stated) {
        return Ok(Shown::AsItIs);
    }
    let Some(plan) = Plan::for_all(&outline, source.bytes.len() as u64) else { return Ok(Shown::AsItIs) };
    judge_cost(&outline, &plan)?;
    // The decoded picture, the turned one and the encoded one, which may be no smaller.
    let bytes = plan.decoding.max(plan.decoded.saturating_mul(3));
    let _share = memory.for_thumbnail(bytes).ok_or_else(Rejection::cancelled)?;
    unless_it_panics(|| {
        let (pixels, channels) = upright(source, &outline, &plan, stated, limits)?;
        as_png(pixels, channels).map(Shown::Copy).ok_or_else(Rejection::damaged)
    })
}

/// Returns all pixels of a picture, upright and in sRGB. Waits for memory. Of an animation, it is the first
/// picture. A picture that is too large to decode at once is refused.
pub fn bitmap(source: &SourceImage, limits: &ReadLimits, memory: &Memory) -> Result<Bitmap, Rejection> {
    let outline = judged_outline(source, limits)?;
    let stated = Stated::in_file(&source.bytes, source.format, outline.exif);
    let plan = Plan::for_all(&outline, source.bytes.len() as u64).ok_or_else(|| {
        let sentence = "This picture has too many pixels to copy it as a whole.";
        Rejection::of(RejectionReason::TooManyPixels, sentence)
    })?;
    judge_cost(&outline, &plan)?;
    let bytes = plan.decoding.max(plan.decoded.saturating_mul(3));
    let _share = memory.for_thumbnail(bytes).ok_or_else(Rejection::cancelled)?;
    unless_it_panics(|| {
        let (pixels, _) = upright(source, &outline, &plan, stated, limits)?;
        let (width, height) = (pixels.width(), pixels.height());
        Ok(Bitmap { width, height, rgba: pixels.into_rgba8().into_raw() })
    })
}

/// Decodes a picture, and turns it and converts its colours as stated.
fn upright(
    source: &SourceImage,
    outline: &Outline<'_>,
    plan: &Plan,
    stated: Vec<Stated>,
    limits: &ReadLimits,
) -> Result<(DynamicImage, Channels), Rejection> {
    let (frame, _) = read_frame(source, outline, plan, limits, &CancellationToken::new())?;
    let Frame { mut pixels, channels, .. } = frame;
    if let Some(conversion) = Conversion::of(stated, channels) {
        conversion.convert(&mut pixels);
    }
    pixels.apply_orientation(orientation(outline));
    Ok((pixels, channels))
}

/// Says whether all engines show such a file alike, and like its thumbnail. Chromium 156 turns a PNG but not
/// a WebP by its EXIF, WebKitGTK 2.50 turns neither, and all turn JPEGs. WebKitGTK reads the profiles of JPEG
/// and PNG and the gamma of PNG, and ignores the profile of a WebP, `cHRM` and `cICP`; Chromium reads them,
/// and may show more than sRGB. `WebKit` on macOS was not tested. Colours stated in a camera's EXIF, and
/// inks, are never left to an engine.
fn do_engines_agree(outline: &Outline<'_>, format: ImageFormat, stated: &[Stated]) -> bool {
    let is_upright = orientation(outline) == Orientation::NoTransforms;
    let is_in_inks = matches!(outline.make, Make::Jpeg(frame)
        if matches!(frame.colours(), JpegColours::Cmyk | JpegColours::Ycck));
    let passes_over = |stated: &Stated| match stated {
        Stated::Srgb | Stated::AdobeRgb => false,
        Stated::Profile(_) => format == ImageFormat::WebP,
        Stated::Measured { chromaticities, .. } => chromaticities.is_some(),
        Stated::Coded(_) => true,
    };
    let is_known = !cfg!(target_os = "linux") || !stated.first().is_some_and(passes_over);
    let is_camera = matches!(stated.first(), Some(Stated::AdobeRgb));
    // Engines draw an incomplete JPEG as far as it goes, but not every other format.
    let is_sound = outline.is_whole || format == ImageFormat::Jpeg;
    (is_upright || format == ImageFormat::Jpeg) && !is_in_inks && is_known && !is_camera && is_sound
}

/// Encodes quickly rather than small.
fn as_png(pixels: DynamicImage, channels: Channels) -> Option<Vec<u8>> {
    let has_alpha = channels != Channels::Ink && shows_through(&pixels);
    let pixels = match (channels, has_alpha) {
        (Channels::Grey, false) => DynamicImage::ImageLuma8(pixels.into_luma8()),
        (_, true) => DynamicImage::ImageRgba8(pixels.into_rgba8()),
        (_, false) => DynamicImage::ImageRgb8(pixels.into_rgb8()),
    };
    let mut copy = Vec::new();
    let encoder = PngEncoder::new_with_quality(&mut copy, CompressionType::Fast, FilterType::Sub);
    let colour = pixels.color().into();
    encoder.write_image(pixels.as_bytes(), pixels.width(), pixels.height(), colour).ok()?;
    Some(copy)
}
