//! Texts hidden in the pixels of a PNG.

use super::{Carriers, Pixels};
use crate::model::CopyRefusal;
use crate::public_copy::png::with_pixels;
use crate::public_copy::walked::{Means, Walked};
use png::{BitDepth, ColorType, Compression, Decoder, Encoder, Filter, Limits, Reader, Transformations};
use std::io::Cursor;

/// A signature has 120 bits and runs down the columns, so further rows do not matter.
const ROWS_OF_SIGNATURE: u32 = 120;
/// Memory for a row and for inflating, in bytes.
const ASIDE: usize = 16 << 20;

/// Says which channels hide a text.
pub(super) fn find(walked: &Walked, means: &Means) -> Result<Option<Carriers>, CopyRefusal> {
    let mut reader = reader(walked.bytes, Transformations::normalize_to_color8())?;
    let (width, height) = walked.size;
    let channels = reader.output_color_type().0.samples();
    if channels < 3 {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    if reader.info().interlaced {
        let length = u64::from(width) * u64::from(height) * 4;
        let _share = means.memory.for_pixels(length, means.cancel).ok_or(CopyRefusal::Cancelled)?;
        bytes = whole(&mut reader)?;
        return Ok(Pixels { bytes, channels, width }.carriers());
    }
    for _ in 0..height.min(ROWS_OF_SIGNATURE) {
        let row = reader.next_row().map_err(|_| CopyRefusal::Damaged)?.ok_or(CopyRefusal::Incomplete)?;
        bytes.extend_from_slice(row.data());
    }
    Ok(Pixels { bytes, channels, width }.carriers())
}

/// Returns the file with cleared pixels, encoded without loss in the same colour type.
pub(super) fn cleared(walked: &Walked, carriers: Carriers, means: &Means) -> Result<Vec<u8>, CopyRefusal> {
    let (width, height) = walked.size;
    let mut reader = reader(walked.bytes, Transformations::IDENTITY)?;
    let info = reader.info();
    let channels = match (info.color_type, info.bit_depth) {
        // Cleared pixels would no longer match a transparent colour.
        (ColorType::Rgb, BitDepth::Eight) if info.trns.is_none() => 3,
        (ColorType::Rgba, BitDepth::Eight) => 4,
        _ => return Err(CopyRefusal::HiddenTextStays),
    };
    let colour_type = info.color_type;
    let length = u64::from(width) * u64::from(height) * 8;
    let _share = means.memory.for_pixels(length, means.cancel).ok_or(CopyRefusal::Cancelled)?;
    let mut pixels = Pixels { bytes: whole(&mut reader)?, channels, width };
    means.unless_cancelled()?;
    pixels.clear(carriers);
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, width, height);
    encoder.set_color(colour_type);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_compression(Compression::Balanced);
    encoder.set_filter(Filter::Adaptive);
    let written = encoder.write_header().and_then(|mut writer| {
        writer.write_image_data(&pixels.bytes)?;
        writer.finish()
    });
    written.map_err(|_| CopyRefusal::Unverified)?;
    drop(pixels);
    means.unless_cancelled()?;
    with_pixels(&walked.joined(&[], &[]), &bytes)
}

fn reader(bytes: &[u8], transformations: Transformations) -> Result<Reader<Cursor<&[u8]>>, CopyRefusal> {
    let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), Limits { bytes: bytes.len() + ASIDE });
    decoder.set_transformations(transformations);
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    decoder.read_info().map_err(|_| CopyRefusal::Damaged)
}

fn whole(reader: &mut Reader<Cursor<&[u8]>>) -> Result<Vec<u8>, CopyRefusal> {
    let mut bytes = vec![0; reader.output_buffer_size().ok_or(CopyRefusal::TooLarge)?];
    reader.next_frame(&mut bytes).map_err(|_| CopyRefusal::Damaged)?;
    Ok(bytes)
}
