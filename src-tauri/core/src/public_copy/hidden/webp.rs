//! Texts hidden in the pixels of a WebP, without loss or with an alpha channel without loss.

use super::{Carriers, Pixels};
use crate::model::CopyRefusal;
use crate::public_copy::walked::{Means, Walked};
use crate::public_copy::webp::{lossless_alone, with_pixels};
use image::codecs::webp::{WebPDecoder, WebPEncoder};
use image::{ColorType, ExtendedColorType, ImageDecoder, ImageEncoder};
use std::io::Cursor;

/// Decodes the first frame; `None` if its pixels have another form than those that hide texts.
pub(super) fn pixels(walked: &Walked, means: &Means) -> Result<Option<Pixels>, CopyRefusal> {
    let (width, height) = walked.size;
    let length = u64::from(width) * u64::from(height) * 8;
    let _share = means.memory.for_pixels(length, means.cancel).ok_or(CopyRefusal::Cancelled)?;
    // The header of a file may deny an alpha channel that is there.
    let alone = lossless_alone(walked)?;
    let bytes = alone.as_deref().unwrap_or(walked.bytes);
    let decoder = WebPDecoder::new(Cursor::new(bytes)).map_err(|_| CopyRefusal::Damaged)?;
    let channels = match decoder.color_type() {
        ColorType::Rgb8 => 3,
        ColorType::Rgba8 => 4,
        _ => return Ok(None),
    };
    if decoder.dimensions() != walked.size {
        return Err(CopyRefusal::Damaged);
    }
    let length = usize::try_from(decoder.total_bytes()).map_err(|_| CopyRefusal::TooLarge)?;
    let mut bytes = vec![0; length];
    decoder.read_image(&mut bytes).map_err(|_| CopyRefusal::Damaged)?;
    Ok(Some(Pixels { bytes, channels, width }))
}

/// Returns the file with cleared pixels, encoded without loss.
pub(super) fn cleared(walked: &Walked, carriers: Carriers, means: &Means) -> Result<Vec<u8>, CopyRefusal> {
    let (width, height) = walked.size;
    let mut pixels = pixels(walked, means)?.ok_or(CopyRefusal::HiddenTextStays)?;
    pixels.clear(carriers);
    means.unless_cancelled()?;
    let has_alpha = pixels.channels == 4;
    let colour_type = if has_alpha { ExtendedColorType::Rgba8 } else { ExtendedColorType::Rgb8 };
    let mut encoded = Vec::new();
    let written =
        WebPEncoder::new_lossless(&mut encoded).write_image(&pixels.bytes, width, height, colour_type);
    written.map_err(|_| CopyRefusal::Unverified)?;
    with_pixels(walked, &encoded, has_alpha)
}
