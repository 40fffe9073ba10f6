//! Drawn scenes that stand for generated pictures: many of one prompt, which resemble each other as pictures
//! of a prompt do, and what people and programs do to a picture.

use crate::process::must;
use image::codecs::jpeg::JpegEncoder;
use image::imageops::{FilterType, crop_imm, huerotate, resize};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use std::f64::consts::TAU;
use std::io::Cursor;

/// Width and height of a scene, in pixels.
pub const SCENE: (u32, u32) = (480, 360);

/// Numbers from 0 to 1 that look random and are the same for the same start.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> f64 {
        // SplitMix64 (https://doi.org/10.1145/2714064.2660195).
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        #[expect(clippy::cast_precision_loss, reason = "32 bits")]
        let number = ((mixed ^ (mixed >> 31)) >> 32) as f64;
        number / f64::from(u32::MAX)
    }

    fn between(&mut self, least: f64, most: f64) -> f64 {
        least + (most - least) * self.next()
    }

    fn colour(&mut self) -> [f64; 3] {
        [self.between(20.0, 235.0), self.between(20.0, 235.0), self.between(20.0, 235.0)]
    }
}

/// A spot with soft edges.
struct Spot {
    x: f64,
    y: f64,
    width: f64,
    height: f64,
    colour: [f64; 3],
}

/// Draws a picture of a prompt. The prompt decides the colours, the composition and what there is; the seed
/// moves and turns everything, as another seed of the same prompt does.
pub fn scene(prompt: u64, seed: u64) -> RgbImage {
    let mut of_prompt = Numbers(prompt.wrapping_mul(0x1234_5678_9abc_def1));
    let mut of_seed = Numbers(prompt.wrapping_mul(31) ^ seed.wrapping_mul(0x0fed_cba9_8765_4321) ^ 0x4d);
    let (sky, low, ground) = (of_prompt.colour(), of_prompt.colour(), of_prompt.colour());
    let horizon = of_prompt.between(0.35, 0.75) + of_seed.between(-0.06, 0.06);
    let waves: Vec<_> = (0..4_i32)
        .map(|wave| {
            let size = of_prompt.between(0.01, 0.07) / f64::from(wave + 1);
            (size, of_prompt.between(1.0, 4.0) * f64::from(wave + 1), of_seed.between(0.0, TAU))
        })
        .collect();
    let mut spots = Vec::new();
    let parts = if of_prompt.next() < 0.5 { 3 } else { 5 };
    for part in 0..parts + 6 {
        // The subject is in the middle of the picture, and small things are anywhere.
        let is_subject = part < parts;
        let (x, y) = (of_prompt.between(0.3, 0.7), of_prompt.between(0.3, 0.8));
        let size = if is_subject { of_prompt.between(0.08, 0.22) } else { of_prompt.between(0.02, 0.05) };
        let colour = of_prompt.colour();
        let moved = if is_subject { 0.09 } else { 0.5 };
        spots.push(Spot {
            x: x + of_seed.between(-moved, moved),
            y: y + of_seed.between(-moved, moved) * 0.7,
            width: size * of_seed.between(0.7, 1.4),
            height: size * of_seed.between(0.7, 1.4),
            colour,
        });
    }
    let (grain, turn) = (of_seed.between(20.0, 60.0), of_seed.between(0.0, TAU));
    let light = (of_seed.between(0.0, 1.0), of_seed.between(0.0, 0.5));
    let (width, height) = SCENE;
    RgbImage::from_fn(width, height, |column, row| {
        let (x, y) = (f64::from(column) / f64::from(width), f64::from(row) / f64::from(height));
        let edge = horizon
            + waves.iter().map(|(size, times, from)| size * (x * times * TAU + from).sin()).sum::<f64>();
        let below = 1.0 / (1.0 + ((edge - y) * 60.0).exp());
        let mut colour = [0, 1, 2].map(|channel| {
            let above = sky[channel] + (low[channel] - sky[channel]) * (y / horizon).min(1.0);
            above + (ground[channel] * (1.2 - y * 0.5) - above) * below
        });
        for spot in &spots {
            let far = ((x - spot.x) / spot.width).powi(2) + ((y - spot.y) / spot.height).powi(2);
            let over = 1.0 / (1.0 + ((far - 1.0) * 9.0).exp());
            colour = [0, 1, 2].map(|channel| {
                let shaded = spot.colour[channel] * (1.15 - 0.3 * (x - spot.x) / spot.width);
                colour[channel] + (shaded - colour[channel]) * over
            });
        }
        let along = x * turn.cos() + y * turn.sin();
        let texture = 7.0 * (along * grain * TAU).sin() * (y * 13.0 * TAU).cos();
        let glow = 50.0 * (-((x - light.0).powi(2) + (y - light.1).powi(2)) * 8.0).exp();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within 0 to 255")]
        Rgb(colour.map(|value| (value + texture + glow).clamp(0.0, 255.0) as u8))
    })
}

/// What people and programs do to a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// Saved as a JPEG of quality 60.
    Jpeg,
    /// Saved as a WebP.
    WebP,
    /// Saved without metadata.
    Stripped,
    /// Half as wide and high.
    Half,
    /// Twice as wide and high.
    Twice,
    /// As chat programs send it: smaller, and a JPEG of quality 50.
    Sent,
    /// Brighter, with less contrast.
    Brighter,
    /// All colours turned by 25 degrees.
    Turned,
    /// 2 % of its width and height cut off at one corner.
    Cropped,
}

impl Change {
    /// All changes.
    pub const ALL: [Self; 9] = [
        Self::Jpeg,
        Self::WebP,
        Self::Stripped,
        Self::Half,
        Self::Twice,
        Self::Sent,
        Self::Brighter,
        Self::Turned,
        Self::Cropped,
    ];

    /// Returns the file that a picture becomes, and the end of its name.
    pub fn of(self, picture: &RgbImage) -> (Vec<u8>, &'static str) {
        let (width, height) = picture.dimensions();
        match self {
            Self::Jpeg => (jpeg(picture, 60), "jpg"),
            Self::WebP => (encoded(picture, ImageFormat::WebP), "webp"),
            Self::Stripped => (png(picture), "png"),
            Self::Half => (png(&resize(picture, width / 2, height / 2, FilterType::Lanczos3)), "png"),
            Self::Twice => (png(&resize(picture, width * 2, height * 2, FilterType::CatmullRom)), "png"),
            Self::Sent => {
                let smaller = resize(picture, width * 7 / 10, height * 7 / 10, FilterType::Triangle);
                (jpeg(&smaller, 50), "jpg")
            }
            Self::Brighter => {
                let mut brighter = picture.clone();
                for pixel in brighter.pixels_mut() {
                    pixel.0 = pixel.0.map(|value| value / 5 * 4 + 45);
                }
                (png(&brighter), "png")
            }
            Self::Turned => (png(&huerotate(picture, 25)), "png"),
            Self::Cropped => {
                let (left, top) = (width / 50, height / 50);
                (png(&crop_imm(picture, left, top, width - left, height - top).to_image()), "png")
            }
        }
    }
}

/// Encodes a picture as a PNG.
pub fn png(picture: &RgbImage) -> Vec<u8> {
    encoded(picture, ImageFormat::Png)
}

fn encoded(picture: &RgbImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    must(DynamicImage::ImageRgb8(picture.clone()).write_to(&mut bytes, format), "encoding a scene");
    bytes.into_inner()
}

fn jpeg(picture: &RgbImage, quality: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    must(JpegEncoder::new_with_quality(&mut bytes, quality).encode_image(picture), "encoding a scene");
    bytes
}

/// Returns a PNG with the parameters that AUTOMATIC1111 writes.
pub fn with_text(png: &[u8], parameters: &str) -> Vec<u8> {
    /// The signature and the header.
    const BEGINNING: usize = 33;
    let (beginning, rest) = png.split_at(BEGINNING);
    let content = [b"tEXtparameters\0", parameters.as_bytes()].concat();
    let length = must(u32::try_from(content.len() - 4), "measuring a text").to_be_bytes();
    let mut checksum = flate2::Crc::new();
    checksum.update(&content);
    [beginning, &length, &content, &checksum.sum().to_be_bytes(), rest].concat()
}
