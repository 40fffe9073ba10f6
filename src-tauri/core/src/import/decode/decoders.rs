//! Decodes the first frame of a file in the planned way. Owns the decoders.

use super::frame::Frame;
use super::plan::{Plan, Way};
use super::png_at_once::png_at_once;
use super::rows::Rows;
use crate::import::ReadLimits;
use crate::import::colours::Channels;
use crate::import::outline::{JpegColours, JpegFrame, Make, Outline};
use crate::import::pieces::Pieces;
use crate::model::{ImageFormat, Rejection};
use image::codecs::gif::GifDecoder;
use image::codecs::jpeg::JpegDecoder;
use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use image::error::ImageError;
use image::{DynamicImage, ImageBuffer, ImageDecoder, Limits};
use jpeg_decoder::{ColorTransform, Decoder as AnyJpegDecoder, PixelFormat};
use std::io::ErrorKind;

/// The average number of bytes per decoded pixel at the largest area. It keeps 16 bits per channel
/// from doubling the memory that a picture may take.
pub(super) const BYTES_PER_PIXEL: u64 = 4;

/// Memory for a PNG's texts and colour profile, in bytes besides those of the file. A profile is
/// inflated before it can be judged; a larger one is ignored.
const PNG_ASIDE: u64 = 8 << 20;

/// Decodes the first frame of a file in the planned way.
pub(super) fn decode_frame(
    input: Pieces<'_>,
    format: ImageFormat,
    outline: &Outline<'_>,
    plan: &Plan,
    limits: &ReadLimits,
) -> Result<Frame, Rejection> {
    let file = input.length();
    match (plan.way, outline.make) {
        (Way::Rows { side }, Make::Gif(_)) => Rows::of_gif(input, side, outline),
        (Way::Rows { side }, _) => Rows::of_png(input, side, outline, file + PNG_ASIDE),
        (Way::AnyJpeg { eighths }, Make::Jpeg(frame)) => any_jpeg(input, outline, &frame, eighths),
        (_, Make::Png { .. }) => match png_at_once(input.all(), outline) {
            Some(pixels) => Ok(Frame::plain(pixels)),
            None => usual(input, format, limits, file),
        },
        _ => usual(input, format, limits, file),
    }
}

fn usual(input: Pieces<'_>, format: ImageFormat, limits: &ReadLimits, file: u64) -> Result<Frame, Rejection> {
    let memory = limits.max_pixels.saturating_mul(BYTES_PER_PIXEL);
    let mut bounds = Limits::default();
    (bounds.max_image_width, bounds.max_image_height) = (Some(limits.max_side), Some(limits.max_side));
    bounds.max_alloc = Some(memory);
    let check = |decoder: &dyn ImageDecoder| judge_decoder(decoder, limits, memory);
    let pixels = match format {
        ImageFormat::Png => {
            // Pixels are judged below. This limit keeps a profile from inflating without end.
            bounds.max_alloc = Some(file + PNG_ASIDE);
            let decoder = PngDecoder::with_limits(input, bounds).map_err(|e| refusal(&e))?;
            check(&decoder)?;
            DynamicImage::from_decoder(decoder)
        }
        ImageFormat::Jpeg => {
            let decoder = JpegDecoder::new(input).map_err(|e| refusal(&e))?;
            check(&decoder)?;
            DynamicImage::from_decoder(decoder)
        }
        ImageFormat::WebP => {
            let decoder = WebPDecoder::new(input).map_err(|e| refusal(&e))?;
            check(&decoder)?;
            DynamicImage::from_decoder(decoder)
        }
        ImageFormat::Gif => {
            let mut decoder = GifDecoder::new(input).map_err(|e| refusal(&e))?;
            decoder.set_limits(bounds).map_err(|e| refusal(&e))?;
            check(&decoder)?;
            DynamicImage::from_decoder(decoder)
        }
    };
    Ok(Frame::plain(pixels.map_err(|error| refusal(&error))?))
}

/// Judges the size again as the decoder sees it, in case it differs from the outline.
fn judge_decoder(decoder: &dyn ImageDecoder, limits: &ReadLimits, memory: u64) -> Result<(), Rejection> {
    super::judge_size(decoder.dimensions(), limits)?;
    if decoder.total_bytes() > memory {
        return Err(Rejection::too_deep(decoder.total_bytes(), memory));
    }
    Ok(())
}

fn any_jpeg(
    input: Pieces<'_>,
    outline: &Outline<'_>,
    frame: &JpegFrame,
    eighths: u8,
) -> Result<Frame, Rejection> {
    let mut decoder = AnyJpegDecoder::new(input);
    decoder.set_color_transform(match frame.colours() {
        JpegColours::Grey => ColorTransform::Grayscale,
        JpegColours::YCbCr => ColorTransform::YCbCr,
        JpegColours::Rgb => ColorTransform::RGB,
        JpegColours::Cmyk => ColorTransform::CMYK,
        JpegColours::Ycck => ColorTransform::YCCK,
    });
    let eighth =
        |side: u32| u16::try_from(side.saturating_mul(u32::from(eighths)).div_ceil(8)).unwrap_or(u16::MAX);
    decoder.scale(eighth(outline.width), eighth(outline.height)).map_err(|error| jpeg_refusal(&error))?;
    let samples = decoder.decode().map_err(|error| jpeg_refusal(&error))?;
    let info = decoder.info().ok_or_else(Rejection::damaged)?;
    let (width, height) = (u32::from(info.width), u32::from(info.height));
    let channels = match info.pixel_format {
        PixelFormat::L8 => Channels::Grey,
        PixelFormat::RGB24 => Channels::Rgb,
        PixelFormat::CMYK32 => Channels::Ink,
        PixelFormat::L16 => return Err(Rejection::damaged()),
    };
    let pixels = match channels {
        Channels::Grey => ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageLuma8),
        Channels::Rgb => ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageRgb8),
        Channels::Ink => ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageRgba8),
    };
    Ok(Frame { pixels: pixels.ok_or_else(Rejection::damaged)?, channels, left: None })
}

fn refusal(error: &ImageError) -> Rejection {
    match error {
        ImageError::IoError(error) if error.kind() == ErrorKind::UnexpectedEof => Rejection::truncated(None),
        ImageError::Limits(_) | ImageError::Unsupported(_) => Rejection::unusual(),
        _ => Rejection::damaged(),
    }
}

fn jpeg_refusal(error: &jpeg_decoder::Error) -> Rejection {
    match error {
        jpeg_decoder::Error::Io(error) if error.kind() == ErrorKind::UnexpectedEof => {
            Rejection::truncated(None)
        }
        _ => Rejection::damaged(),
    }
}
