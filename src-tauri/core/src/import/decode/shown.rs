//! The pixels of an original as the window shows them. Most are the file's own bytes; where browser engines differ
//! in what they make of those, it is a copy that leaves no choice: upright, in sRGB, whole.

use super::frame::Frame;
use super::plan::Plan;
use super::thumbnail::shows_through;
use super::{Orientation, Outline, judge_cost, judged_outline, orientation, read_frame, unless_it_panics};
use crate::import::colours::{Channels, Conversion, Stated};
use crate::import::memory::Memory;
use crate::import::outline::{JpegColours, Make};
use crate::import::{ReadLimits, SourceImage};
use crate::model::{ImageFormat, Rejection};
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{DynamicImage, ImageEncoder};
use tokio_util::sync::CancellationToken;

/// What to show of an original.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    /// The file as it is.
    AsItIs,
    /// A PNG instead.
    Copy(Vec<u8>),
}

/// Returns what the window shows of an original. Waits for memory where it has to make a copy. An animation, and a
/// picture too large to copy, is shown as it is.
pub fn shown(source: &SourceImage, limits: &ReadLimits, memory: &Memory) -> Result<Shown, Rejection> {
    let outline = judged_outline(source, limits)?;
    let stated = Stated::in_file(&source.bytes, source.format, outline.exif);
    if outline.is_animated() || do_engines_agree(&outline, source.format, &stated) {
        return Ok(Shown::AsItIs);
    }
    let Some(plan) = Plan::for_all(&outline, source.bytes.len() as u64) else { return Ok(Shown::AsItIs) };
    judge_cost(&outline, &plan)?;
    // Decoded, turned, and encoded, which may be no smaller.
    let bytes = plan.decoding.max(plan.decoded.saturating_mul(3));
    let _share = memory.for_thumbnail(bytes).ok_or_else(Rejection::cancelled)?;
    unless_it_panics(|| {
        let (frame, _) = read_frame(source, &outline, &plan, limits, &CancellationToken::new())?;
        let Frame { mut pixels, channels, .. } = frame;
        if let Some(conversion) = Conversion::of(stated, channels) {
            conversion.convert(&mut pixels);
        }
        pixels.apply_orientation(orientation(&outline));
        as_png(pixels, channels).map(Shown::Copy).ok_or_else(Rejection::damaged)
    })
}

/// Says whether all engines show such a file alike, and like its thumbnail. Chromium 156 turns a PNG but no WebP by
/// its EXIF, WebKitGTK 2.50 neither, all turn JPEGs. WebKitGTK reads the profiles of JPEG and PNG and the gamma of
/// PNG, and passes over the profile of a WebP, `cHRM` and `cICP`; Chromium reads them, and may show more than sRGB.
/// `WebKit` on macOS was not tried. What cameras say in EXIF, and inks, are not left to any engine.
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
    // Engines draw a JPEG as far as it goes, and not all others.
    let is_sound = outline.is_whole || format == ImageFormat::Jpeg;
    (is_upright || format == ImageFormat::Jpeg) && !is_in_inks && is_known && !is_camera && is_sound
}

/// Quick to make rather than small.
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
