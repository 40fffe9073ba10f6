//! Makes test pictures that are always the same for the same request. Knows nothing
//! of the product; the product's tests judge the pictures.
#![allow(clippy::expect_used, reason = "a fixture that cannot be made is a broken test")]

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::codecs::{gif::GifEncoder, jpeg::JpegEncoder, webp::WebPEncoder};
use image::{ExtendedColorType, ImageEncoder};
use std::path::{Path, PathBuf};

/// The format of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Png,
    Jpeg,
    WebP,
    Gif,
}

/// The content of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Content {
    /// Smooth shapes with a little grain, which compress like generated pictures.
    GeneratedLike,
    /// Noise, which does not compress.
    Noise,
    /// Red on the left, blue on the right, with a white top quarter.
    Landmarks,
}

/// A picture to be made.
#[derive(Debug, Clone)]
pub struct Picture {
    width: u32,
    height: u32,
    encoding: Encoding,
    content: Content,
    seed: u64,
    opacity: u8,
    orientation: Option<u8>,
    dates: Vec<(u16, String)>,
    texts: Vec<(String, String)>,
}

/// Starts a PNG of this size in pixels.
pub fn a_png(width: u32, height: u32) -> Picture {
    Picture::new(width, height, Encoding::Png)
}

/// Starts a JPEG of this size in pixels.
pub fn a_jpeg(width: u32, height: u32) -> Picture {
    Picture::new(width, height, Encoding::Jpeg)
}

/// Starts a lossless WebP of this size in pixels.
pub fn a_webp(width: u32, height: u32) -> Picture {
    Picture::new(width, height, Encoding::WebP)
}

/// Starts a GIF of this size in pixels.
pub fn a_gif(width: u32, height: u32) -> Picture {
    Picture::new(width, height, Encoding::Gif)
}

/// Returns a PNG of a few dozen bytes that claims to have this size in pixels.
pub fn bomb_png(width: u32, height: u32) -> Vec<u8> {
    let mut header = Vec::new();
    header.extend_from_slice(&width.to_be_bytes());
    header.extend_from_slice(&height.to_be_bytes());
    header.extend_from_slice(&[8, 2, 0, 0, 0]);
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    bytes.extend(png_chunk(*b"IHDR", &header));
    // A stored block of one zero byte, in the zlib format of RFC 1950.
    bytes.extend(png_chunk(*b"IDAT", &[0x78, 0x01, 1, 1, 0, 0xfe, 0xff, 0, 0, 1, 0, 1]));
    bytes.extend(png_chunk(*b"IEND", &[]));
    bytes
}

impl Picture {
    fn new(width: u32, height: u32, encoding: Encoding) -> Self {
        Self {
            width,
            height,
            encoding,
            content: Content::GeneratedLike,
            seed: 1,
            opacity: 255,
            orientation: None,
            dates: Vec::new(),
            texts: Vec::new(),
        }
    }

    /// Makes it a different picture of the same kind.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Fills it with noise, which cannot be compressed.
    #[must_use]
    pub fn noise(mut self) -> Self {
        self.content = Content::Noise;
        self
    }

    /// Fills it with smooth shapes and a little grain. A 1024 x 1024 PNG then has 1
    /// to 1.7 MB, like those that generators write. This is the default.
    #[must_use]
    pub fn generated_like(mut self) -> Self {
        self.content = Content::GeneratedLike;
        self
    }

    /// Paints the left half red and the right half blue below a white top quarter,
    /// which shows the orientation.
    #[must_use]
    pub fn landmarks(mut self) -> Self {
        self.content = Content::Landmarks;
        self
    }

    /// Sets the opacity of every pixel; 255 is fully opaque. JPEG ignores it.
    #[must_use]
    pub fn with_opacity(mut self, opacity: u8) -> Self {
        self.opacity = opacity;
        self
    }

    /// Adds an EXIF block with this orientation, 1 to 8. GIF cannot store it.
    #[must_use]
    pub fn with_exif_orientation(mut self, orientation: u8) -> Self {
        self.orientation = Some(orientation);
        self
    }

    /// Adds a text to the EXIF block, such as a date, under a tag of its second
    /// directory. GIF cannot store it.
    ///
    /// # Panics
    /// Panics if the text is so short that EXIF would store it in the entry itself.
    #[must_use]
    pub fn with_exif_text(mut self, tag: u16, text: &str) -> Self {
        assert!(text.len() > 3, "short texts lie elsewhere");
        self.dates.push((tag, text.to_owned()));
        self
    }

    /// Adds a PNG text chunk. Other formats cannot store it.
    #[must_use]
    pub fn with_text(mut self, keyword: &str, text: &str) -> Self {
        self.texts.push((keyword.to_owned(), text.to_owned()));
        self
    }

    /// Returns the encoded picture.
    ///
    /// # Panics
    /// Panics if the encoder fails, which it does not for these sizes.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let (pixels, colour) = self.pixels();
        let (width, height) = (self.width, self.height);
        let has_exif = self.orientation.is_some() || !self.dates.is_empty();
        let exif = has_exif.then(|| exif_block(self.orientation.unwrap_or(1), &self.dates));
        match self.encoding {
            Encoding::Png => {
                let mut encoder =
                    PngEncoder::new_with_quality(&mut bytes, CompressionType::Default, FilterType::Adaptive);
                exif.map(|block| encoder.set_exif_metadata(block));
                encoder.write_image(&pixels, width, height, colour).expect("PNG");
            }
            Encoding::Jpeg => {
                let mut encoder = JpegEncoder::new_with_quality(&mut bytes, 90);
                exif.map(|block| encoder.set_exif_metadata(block));
                encoder.write_image(&pixels, width, height, colour).expect("JPEG");
            }
            Encoding::WebP => {
                let mut encoder = WebPEncoder::new_lossless(&mut bytes);
                exif.map(|block| encoder.set_exif_metadata(block));
                encoder.write_image(&pixels, width, height, colour).expect("WebP");
            }
            Encoding::Gif => {
                GifEncoder::new_with_speed(&mut bytes, 30)
                    .encode(&pixels, width, height, colour)
                    .expect("GIF");
            }
        }
        if self.encoding == Encoding::Png {
            self.insert_texts(&mut bytes);
        }
        bytes
    }

    /// Writes the picture to a file and returns its path.
    ///
    /// # Panics
    /// Panics if the file cannot be written.
    pub fn write_to(&self, folder: &Path, name: &str) -> PathBuf {
        let path = folder.join(name);
        std::fs::write(&path, self.bytes()).expect("the folder can be written");
        path
    }

    fn insert_texts(&self, bytes: &mut Vec<u8>) {
        // The chunks go after the signature and the header chunk, which have 8 and 25
        // bytes.
        let mut tail = bytes.split_off(33);
        for (keyword, text) in &self.texts {
            let data = [keyword.as_bytes(), b"\0", text.as_bytes()].concat();
            bytes.extend(png_chunk(*b"tEXt", &data));
        }
        bytes.append(&mut tail);
    }

    fn pixels(&self) -> (Vec<u8>, ExtendedColorType) {
        let with_alpha = self.encoding != Encoding::Jpeg && self.opacity < 255;
        let colour = if with_alpha { ExtendedColorType::Rgba8 } else { ExtendedColorType::Rgb8 };
        let mut random = Random(self.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let mut pixels = Vec::new();
        for y in 0..self.height {
            for x in 0..self.width {
                pixels.extend(self.pixel(x, y, &mut random));
                if with_alpha {
                    pixels.push(self.opacity);
                }
            }
        }
        (pixels, colour)
    }

    fn pixel(&self, x: u32, y: u32, random: &mut Random) -> [u8; 3] {
        match self.content {
            Content::Noise => random.next().to_le_bytes()[..3].try_into().expect("three bytes"),
            Content::Landmarks if y < self.height / 4 => [255, 255, 255],
            Content::Landmarks if x < self.width / 2 => [255, 0, 0],
            Content::Landmarks => [0, 0, 255],
            Content::GeneratedLike => {
                let shift = u32::try_from(self.seed % 251).expect("below 251");
                let wave = |position: u32, length: u32| {
                    let phase = position % (2 * length);
                    phase.min(2 * length - phase) * 100 / length
                };
                let smooth = [
                    wave(x + shift, 400) + wave(y, 700) / 2,
                    wave(y + shift, 300) + wave(x + y, 900) / 2,
                    wave(x + 2 * y, 500) + wave(x, 250) / 2,
                ];
                let grain = random.next().to_le_bytes();
                let mut pixel = [0; 3];
                for ((channel, smooth), grain) in pixel.iter_mut().zip(smooth).zip(grain) {
                    *channel = u8::try_from(40 + smooth).expect("at most 190") + grain % 5;
                }
                pixel
            }
        }
    }
}

/// Marsaglia's xorshift64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

/// Returns a little-endian TIFF block: tag 0x0112 with one SHORT, and a second
/// directory with the texts, if there are any.
fn exif_block(orientation: u8, texts: &[(u16, String)]) -> Vec<u8> {
    let u32 = |number: usize| u32::try_from(number).expect("a small block").to_le_bytes();
    let u16 = |number: usize| u16::try_from(number).expect("a small block").to_le_bytes();
    let pointer = usize::from(!texts.is_empty());
    let mut block = b"II*\0\x08\0\0\0".to_vec();
    block.extend(u16(1 + pointer));
    block.extend(b"\x12\x01\x03\0\x01\0\0\0");
    block.extend([orientation, 0, 0, 0]);
    if pointer == 1 {
        // The second directory follows the first, which has two entries and a link.
        block.extend(b"\x69\x87\x04\0\x01\0\0\0");
        block.extend(u32(8 + 2 + 24 + 4));
    }
    block.extend(u32(0));
    if pointer == 1 {
        let mut at = block.len() + 2 + 12 * texts.len() + 4;
        block.extend(u16(texts.len()));
        for (tag, text) in texts {
            block.extend(tag.to_le_bytes());
            block.extend(b"\x02\0");
            block.extend(u32(text.len() + 1));
            block.extend(u32(at));
            at += text.len() + 1;
        }
        block.extend(u32(0));
        for (_, text) in texts {
            block.extend(text.bytes());
            block.push(0);
        }
    }
    block
}

fn png_chunk(kind: [u8; 4], data: &[u8]) -> Vec<u8> {
    let length = u32::try_from(data.len()).expect("a chunk below 4 GB");
    let checked = [kind.as_slice(), data].concat();
    [length.to_be_bytes().as_slice(), &checked, &crc32(&checked).to_be_bytes()].concat()
}

/// The checksum of PNG (ISO/IEC 15948, annex D).
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| crc >> 1 ^ (0xedb8_8320 * (crc & 1)))
    })
}
