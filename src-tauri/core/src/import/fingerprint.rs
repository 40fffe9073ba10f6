//! Makes the fingerprint of a picture from its thumbnail. Owns what makes pictures look alike; must not know
//! files or the catalog.
//!
//! The picture is scaled to 32 by 32 grey values, whatever its proportions. A cosine transform splits them
//! into shapes from rough to fine. Each bit says whether one of the 128 roughest shapes is stronger than most
//! others. Compression, another size and other colours hardly change that, and cutting off an edge changes
//! few of the fine ones. Colours do not count, because the same picture in other colours should be found. With
//! every change of a bit, raise [`Fingerprint::EDITION`].

use crate::model::Fingerprint;
use fast_image_resize::images::Image;
use fast_image_resize::{FilterType, IntoImageView, ResizeAlg, ResizeOptions, Resizer};
use image::{DynamicImage, ImageBuffer};
use std::f32::consts::PI;
use std::panic::catch_unwind;
use std::sync::LazyLock;

/// The number of grey values in a row and in a column.
const SIDE: usize = 32;
/// The number of frequencies in each direction that are looked at.
const FREQUENCIES: usize = 20;
/// Values whose standard deviation is below this, of 255, show nothing that could be compared.
const FLAT: f32 = 2.0;

/// The cosines of each frequency at each place.
static COSINES: LazyLock<[[f32; SIDE]; FREQUENCIES]> = LazyLock::new(|| {
    let mut cosines = [[0.0; SIDE]; FREQUENCIES];
    for (frequency, row) in cosines.iter_mut().enumerate() {
        for (place, cosine) in row.iter_mut().enumerate() {
            *cosine = (PI * as_f32(frequency) * (as_f32(place) + 0.5) / as_f32(SIDE)).cos();
        }
    }
    cosines
});

/// The frequencies that become bits, from rough to fine, as (down, across).
static ORDER: LazyLock<Vec<(usize, usize)>> = LazyLock::new(|| {
    let all = (0..FREQUENCIES).flat_map(|down| (0..FREQUENCIES).map(move |across| (down, across)));
    let mut all: Vec<_> = all.filter(|frequency| *frequency != (0, 0)).collect();
    all.sort_by_key(|(down, across)| (down * down + across * across, *down));
    all.truncate(Fingerprint::BITS as usize);
    all
});

#[expect(clippy::cast_precision_loss, reason = "these numbers are small")]
fn as_f32(number: usize) -> f32 {
    number as f32
}

/// Returns the fingerprint of an encoded thumbnail; `None` if it cannot be decoded, or shows nothing that
/// could be compared.
pub fn fingerprint_of(thumbnail: &[u8]) -> Option<Fingerprint> {
    let pixels = catch_unwind(|| image::load_from_memory(thumbnail).ok()).ok()??;
    fingerprint(&pixels)
}

/// Returns the fingerprint of a picture in sRGB with 8 bits per channel; `None` if it shows nothing that could
/// be compared.
pub fn fingerprint(pixels: &DynamicImage) -> Option<Fingerprint> {
    of_grey(&grey(pixels)?)
}

/// Scales a picture to the grey values. Transparent parts count as white, as chat programs and browsers show
/// them.
fn grey(pixels: &DynamicImage) -> Option<[[f32; SIDE]; SIDE]> {
    let side = u32::try_from(SIDE).ok()?;
    let mut scaled = Image::new(side, side, pixels.pixel_type()?);
    // Hamming takes every pixel into account and is not much slower than taking their mean.
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Hamming));
    Resizer::new().resize(pixels, &mut scaled, &options).ok()?;
    let bytes = scaled.into_vec();
    let scaled = match pixels {
        DynamicImage::ImageLuma8(_) => DynamicImage::ImageLuma8(ImageBuffer::from_raw(side, side, bytes)?),
        DynamicImage::ImageLumaA8(_) => DynamicImage::ImageLumaA8(ImageBuffer::from_raw(side, side, bytes)?),
        DynamicImage::ImageRgb8(_) => DynamicImage::ImageRgb8(ImageBuffer::from_raw(side, side, bytes)?),
        DynamicImage::ImageRgba8(_) => DynamicImage::ImageRgba8(ImageBuffer::from_raw(side, side, bytes)?),
        _ => return None,
    };
    let mut grey = [[0.0; SIDE]; SIDE];
    let values = grey.iter_mut().flatten();
    for (value, pixel) in values.zip(scaled.to_rgba8().pixels()) {
        let [red, green, blue, alpha] = pixel.0.map(f32::from);
        let opaque = alpha / 255.0;
        // ITU-R BT.601, as JPEG has it.
        *value = (0.299 * red + 0.587 * green + 0.114 * blue) * opaque + 255.0 * (1.0 - opaque);
    }
    Some(grey)
}

fn of_grey(grey: &[[f32; SIDE]; SIDE]) -> Option<Fingerprint> {
    let count = as_f32(SIDE * SIDE);
    let mean = grey.iter().flatten().sum::<f32>() / count;
    let variance = grey.iter().flatten().map(|value| (value - mean).powi(2)).sum::<f32>() / count;
    if variance.sqrt() < FLAT {
        return None;
    }
    let mut rows = [[0.0; FREQUENCIES]; SIDE];
    for (values, row) in grey.iter().zip(&mut rows) {
        for (cosines, strength) in COSINES.iter().zip(row) {
            *strength = values.iter().zip(cosines).map(|(value, cosine)| value * cosine).sum();
        }
    }
    let strength = |(down, across): (usize, usize)| {
        let cosines = COSINES.get(down)?;
        let values = rows.iter().map(|row| row.get(across).copied().unwrap_or_default());
        Some(cosines.iter().zip(values).map(|(cosine, value)| cosine * value).sum::<f32>())
    };
    let strengths: Vec<f32> = ORDER.iter().filter_map(|frequency| strength(*frequency)).collect();
    let (coarse, fine) = strengths.split_at_checked(64)?;
    Some(Fingerprint { coarse: bits(coarse), fine: bits(fine) })
}

/// Returns a bit for each value, set if it is above the median.
fn bits(values: &[f32]) -> u64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f32::total_cmp);
    let median = sorted.get(sorted.len() / 2).copied().unwrap_or_default();
    values.iter().fold(0, |bits, value| bits << 1 | u64::from(*value >= median))
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{Rgb, RgbImage, Rgba, RgbaImage};

    /// A picture with a bright spot, a dark one and a slope, whose places depend on `seed`.
    fn scene(width: u32, height: u32, seed: u32) -> RgbImage {
        let place = |n: u32| f64::from(seed.wrapping_mul(2_654_435_761).rotate_left(n * 7) % 1000) / 1000.0;
        RgbImage::from_fn(width, height, |x, y| {
            let (x, y) = (f64::from(x) / f64::from(width), f64::from(y) / f64::from(height));
            let spot = |n: u32| {
                let distance = (x - place(n)).powi(2) + (y - place(n + 1)).powi(2);
                (-distance * (20.0 + 60.0 * place(n + 2))).exp()
            };
            let value = 90.0 + 60.0 * (x * place(1) + y * place(2)) + 90.0 * spot(3) - 80.0 * spot(6);
            let texture = 12.0 * (x * 40.0 * (0.3 + place(5))).sin() * (y * 31.0).cos();
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within 0 to 255")]
            let byte = |value: f64| value.clamp(0.0, 255.0) as u8;
            Rgb([byte(value + texture), byte(value), byte(value * 0.8)])
        })
    }

    fn of(picture: RgbImage) -> Fingerprint {
        fingerprint(&DynamicImage::ImageRgb8(picture)).unwrap()
    }

    #[test]
    fn the_size_of_a_picture_hardly_changes_its_fingerprint() {
        for seed in 0..8 {
            let large = of(scene(512, 384, seed));
            // The finest shapes of such a smooth picture are mostly rounding errors.
            for (width, height) in [(256, 192), (1024, 768), (100, 75)] {
                let distance = large.distance(of(scene(width, height, seed)));
                assert!(distance <= 15, "{width} x {height} of seed {seed}: {distance}");
            }
        }
    }

    #[test]
    fn different_pictures_have_distant_fingerprints() {
        let all: Vec<_> = (0..24).map(|seed| of(scene(256, 256, seed * 97 + 1))).collect();
        for (at, one) in all.iter().enumerate() {
            for other in &all[at + 1..] {
                assert!(one.distance(*other) > 24, "{}", one.distance(*other));
            }
        }
    }

    #[test]
    fn brightness_does_not_count() {
        let picture = scene(256, 256, 3);
        let mut darker = picture.clone();
        for pixel in darker.pixels_mut() {
            pixel.0 = pixel.0.map(|value| value / 2 + 10);
        }
        let distance = of(picture).distance(of(darker));
        assert!(distance <= 4, "{distance}");
    }

    #[test]
    fn flat_pictures_have_no_fingerprint() {
        for value in [0, 128, 255] {
            let flat = RgbImage::from_pixel(64, 64, Rgb([value; 3]));
            assert_eq!(fingerprint(&DynamicImage::ImageRgb8(flat)), None);
        }
        let unseen = RgbaImage::from_fn(64, 64, |x, _| Rgba([u8::try_from(x).unwrap(), 0, 0, 0]));
        assert_eq!(fingerprint(&DynamicImage::ImageRgba8(unseen)), None);
    }

    #[test]
    fn pictures_of_any_size_can_be_compared() {
        for (width, height) in [(1, 512), (512, 1), (3, 3), (31, 33)] {
            let picture = scene(width, height, 5);
            // A picture of few pixels may be flat. It must not panic.
            let _ = fingerprint(&DynamicImage::ImageRgb8(picture));
        }
        assert_eq!(fingerprint_of(b"no picture"), None);
    }

    #[test]
    fn the_bits_are_half_set() {
        let fingerprint = of(scene(256, 256, 9));
        assert_eq!((fingerprint.coarse.count_ones(), fingerprint.fine.count_ones()), (32, 32));
    }
}
