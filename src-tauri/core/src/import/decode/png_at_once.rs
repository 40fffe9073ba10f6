//! Decodes the PNGs that generators write, which is faster when all of the file is in memory: 8 bits per channel, RGB or
//! RGBA, not interlaced. Returns nothing for all others, and for every file with a flaw: the usual decoder judges those.

use crate::import::outline::{Make, Outline};
use image::{DynamicImage, ImageBuffer};
use libdeflater::{Crc, Decompressor};

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";
/// Length, kind and checksum of a chunk, in bytes.
const AROUND: usize = 12;
/// The numbers of RGB and RGBA in a header.
const RGB: u8 = 2;
const RGBA: u8 = 6;

/// Returns the pixels of a whole file.
pub(super) fn png_at_once(bytes: &[u8], outline: &Outline<'_>) -> Option<DynamicImage> {
    let Make::Png { channel_bytes: 1, has_key: false, is_interlaced: false, .. } = outline.make else {
        return None;
    };
    let (header, packed) = header_and_pixels(bytes)?;
    let [width, height] = [header.get(..4)?, header.get(4..8)?].map(number);
    if (width?, height?) != (outline.width, outline.height) || outline.width == 0 {
        return None;
    }
    let [8, colours, 0, 0, 0] = header.get(8..)? else { return None };
    let (across, down) = (usize::try_from(outline.width).ok()?, usize::try_from(outline.height).ok()?);
    match *colours {
        RGB => {
            let samples = unpacked::<3>(&packed, across, down)?;
            ImageBuffer::from_raw(outline.width, outline.height, samples).map(DynamicImage::ImageRgb8)
        }
        RGBA => {
            let samples = unpacked::<4>(&packed, across, down)?;
            ImageBuffer::from_raw(outline.width, outline.height, samples).map(DynamicImage::ImageRgba8)
        }
        _ => None,
    }
}

fn number(bytes: &[u8]) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.try_into().ok()?))
}

/// Returns the header and the compressed pixels, if their checksums are right and the chunks are in order.
fn header_and_pixels(bytes: &[u8]) -> Option<(&[u8], Vec<u8>)> {
    let mut rest = bytes.strip_prefix(SIGNATURE)?;
    let (mut header, mut packed, mut is_over) = (None, Vec::with_capacity(bytes.len()), false);
    loop {
        let length = usize::try_from(number(rest.get(..4)?)?).ok()?;
        let chunk = rest.get(4..length.checked_add(8)?)?;
        let (kind, data) = chunk.split_at_checked(4)?;
        let is_needed = matches!(kind, b"IHDR" | b"IDAT" | b"IEND");
        if is_needed {
            let mut crc = Crc::new();
            crc.update(chunk);
            if number(rest.get(length + 8..length + AROUND)?)? != crc.sum() {
                return None;
            }
        }
        match (kind, header) {
            (b"IHDR", None) => header = Some(data),
            (b"IDAT", Some(_)) if !is_over => packed.extend_from_slice(data),
            (b"IEND", Some(header)) => return Some((header, packed)),
            // Twice, without a header, or apart from the others.
            (b"IHDR" | b"IDAT" | b"IEND", _) => return None,
            // A critical chunk that only others know. The palette is only a suggestion.
            (kind, Some(_)) if kind.first().is_some_and(u8::is_ascii_lowercase) || kind == b"PLTE" => {
                is_over |= !packed.is_empty();
            }
            _ => return None,
        }
        rest = rest.get(length + AROUND..)?;
    }
}

/// Inflates the rows, and undoes their filters in the same buffer.
fn unpacked<const CHANNELS: usize>(packed: &[u8], across: usize, down: usize) -> Option<Vec<u8>> {
    let row = across.checked_mul(CHANNELS)?;
    // Each row begins with the number of its filter.
    let mut samples = vec![0; (row + 1).checked_mul(down)?];
    if Decompressor::new().zlib_decompress(packed, &mut samples).ok()? != samples.len() {
        return None;
    }
    let first = vec![0; row];
    for y in 0..down {
        let from = y * (row + 1);
        let filter = *samples.get(from)?;
        samples.copy_within(from + 1..from + 1 + row, y * row);
        let (above, rest) = samples.split_at_mut(y * row);
        let above = above.len().checked_sub(row).map_or(&*first, |at| &above[at..]);
        let row = rest.get_mut(..row)?;
        match filter {
            0 => {}
            1 => undo_sub::<CHANNELS>(row),
            2 => row.iter_mut().zip(above).for_each(|(byte, above)| *byte = byte.wrapping_add(*above)),
            3 => undo_average::<CHANNELS>(row, above),
            4 => undo_paeth::<CHANNELS>(row, above),
            _ => return None,
        }
    }
    samples.truncate(row * down);
    Some(samples)
}

fn undo_sub<const CHANNELS: usize>(row: &mut [u8]) {
    let mut left = [0_u8; CHANNELS];
    for pixel in row.as_chunks_mut::<CHANNELS>().0 {
        for (byte, left) in pixel.iter_mut().zip(&mut left) {
            *byte = byte.wrapping_add(*left);
            *left = *byte;
        }
    }
}

fn undo_average<const CHANNELS: usize>(row: &mut [u8], above: &[u8]) {
    let mut left = [0_u8; CHANNELS];
    for (pixel, above) in row.as_chunks_mut::<CHANNELS>().0.iter_mut().zip(above.as_chunks().0) {
        let above: &[u8; CHANNELS] = above;
        for ((byte, left), above) in pixel.iter_mut().zip(&mut left).zip(above) {
            *byte = byte.wrapping_add(left.midpoint(*above));
            *left = *byte;
        }
    }
}

fn undo_paeth<const CHANNELS: usize>(row: &mut [u8], above: &[u8]) {
    let (mut left, mut corner) = ([0_i16; CHANNELS], [0_i16; CHANNELS]);
    for (pixel, above) in row.as_chunks_mut::<CHANNELS>().0.iter_mut().zip(above.as_chunks().0) {
        let above: &[u8; CHANNELS] = above;
        for at in 0..CHANNELS {
            let (a, b, c) = (left[at], i16::from(above[at]), corner[at]);
            // How far the estimate a + b - c is from each of the three.
            let (to_left, to_above) = (b - c, a - c);
            let (from_left, from_above, from_corner) =
                (to_left.abs(), to_above.abs(), (to_left + to_above).abs());
            let nearest = if from_left <= from_above && from_left <= from_corner {
                a
            } else if from_above <= from_corner {
                b
            } else {
                c
            };
            pixel[at] = pixel[at].wrapping_add(nearest.to_le_bytes()[0]);
            (left[at], corner[at]) = (i16::from(pixel[at]), b);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::pictures::a_png;
    use crate::model::ImageFormat;
    use image::codecs::png::{CompressionType, FilterType, PngEncoder};
    use image::{ExtendedColorType, ImageEncoder};

    fn at_once(bytes: &[u8]) -> Option<DynamicImage> {
        png_at_once(bytes, &Outline::of(bytes, ImageFormat::Png).ok()?)
    }

    #[test]
    fn pictures_with_each_filter_are_decoded_as_by_the_usual_decoder() {
        let samples: Vec<u8> = (0..37 * 23 * 4_u32).map(|at| (at * at / 7 % 251).to_le_bytes()[0]).collect();
        for filter in
            [FilterType::NoFilter, FilterType::Sub, FilterType::Up, FilterType::Avg, FilterType::Paeth]
        {
            for (channels, colour) in [(3, ExtendedColorType::Rgb8), (4, ExtendedColorType::Rgba8)] {
                let mut bytes = Vec::new();
                let encoder = PngEncoder::new_with_quality(&mut bytes, CompressionType::Default, filter);
                encoder.write_image(&samples[..37 * 23 * channels], 37, 23, colour).unwrap();
                let usual = image::load_from_memory(&bytes).unwrap();
                assert_eq!(at_once(&bytes), Some(usual), "{filter:?} {channels}");
            }
        }
    }

    #[test]
    fn other_pictures_are_left_to_the_usual_decoder() {
        for colour in [ExtendedColorType::L8, ExtendedColorType::La8, ExtendedColorType::Rgb16] {
            let mut bytes = Vec::new();
            let samples = [0; 6 * 16];
            let size = usize::from(colour.bits_per_pixel()) / 8 * 16;
            PngEncoder::new(&mut bytes).write_image(&samples[..size], 4, 4, colour).unwrap();
            assert_eq!(at_once(&bytes), None, "{colour:?}");
        }
    }

    /// Whatever a byte is changed to, it is never decoded to something else than by the usual decoder.
    #[test]
    fn a_damaged_picture_is_refused_or_decoded_as_by_the_usual_decoder() {
        let whole = a_png(19, 17).generated_like().with_text("parameters", "a fox").bytes();
        let expected = image::load_from_memory(&whole).unwrap();
        let mut decoded = 0;
        for at in 0..whole.len() {
            for change in [1, 0x20, 0x80, 0xff] {
                let mut bytes = whole.clone();
                bytes[at] ^= change;
                let Some(pixels) = at_once(&bytes) else { continue };
                decoded += 1;
                let usual = image::load_from_memory(&bytes);
                assert!(usual.is_ok_and(|usual| usual == pixels), "{at} {change}");
                assert!(pixels == expected, "{at} {change}");
            }
        }
        // The text may change.
        assert!(decoded > 0);
        for cut in 0..whole.len() {
            assert_eq!(at_once(&whole[..cut]), None, "{cut}");
        }
    }
}
