//! Walks a picture's container without decoding it: the size that it claims, how
//! its pixels are encoded, whether it is complete, and where its EXIF block is.
//! It costs no memory, so a bomb is recognised before anything is allocated.
//! Pure.

mod gif;
mod jpeg;
mod webp;

pub(super) use gif::colour_table;
pub(super) use jpeg::{Component, JpegColours, JpegFrame, JpegKind};

use crate::model::ImageFormat;

/// What a container says about its picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Outline<'a> {
    pub(super) width: u32,
    pub(super) height: u32,
    /// The TIFF block of the EXIF data, without the prefix that JPEG puts before
    /// it.
    pub(super) exif: Option<&'a [u8]>,
    /// True if the file ends as its format says and all sizes in it agree.
    pub(super) is_whole: bool,
    pub(super) make: Make,
    /// The number of times a decoder goes over all pixels.
    pub(super) passes: u64,
    /// The maximum size of the metadata, inflated, in bytes.
    pub(super) texts: u64,
}

/// How the pixels are encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Make {
    Unknown,
    Png { channels: u64, channel_bytes: u64, has_key: bool, is_interlaced: bool, is_animated: bool },
    Jpeg(JpegFrame),
    WebP { is_lossless: bool, is_lossy: bool, has_alpha: bool, is_animated: bool },
    Gif(GifMake),
}

/// The frames of a GIF.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct GifMake {
    /// The left edge, top edge, width and height of the first frame.
    pub(super) first: Option<[u32; 4]>,
    /// Where the block of the first frame starts.
    pub(super) first_at: usize,
    pub(super) frames: u32,
    /// True if the screen is too small for the first frame. The size of the
    /// picture is then that of the frame.
    pub(super) has_wrong_screen: bool,
    /// Where the last complete block ends.
    pub(super) blocks_end: usize,
    /// True if a block begins there but does not end.
    pub(super) ends_in_a_block: bool,
}

/// Why a container could not be read as far as its size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flaw {
    Cut,
    Damaged,
}

impl<'a> Outline<'a> {
    pub(super) fn of(bytes: &'a [u8], format: ImageFormat) -> Result<Self, Flaw> {
        let sketch = match format {
            ImageFormat::Png => png(bytes),
            ImageFormat::Jpeg => jpeg::outline(bytes),
            ImageFormat::WebP => webp::outline(bytes),
            ImageFormat::Gif => gif::outline(bytes),
        };
        let (width, height) = match (sketch.size, sketch.end) {
            (Some((0, _) | (_, 0)), _) | (_, End::Damaged) | (None, End::Whole) => return Err(Flaw::Damaged),
            (None, End::Cut) => return Err(Flaw::Cut),
            (Some(size), _) => size,
        };
        let Sketch { exif, end, make, passes, texts, .. } = sketch;
        Ok(Self { width, height, exif, is_whole: end == End::Whole, make, passes, texts })
    }

    pub(super) fn pixels(&self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }

    /// Says whether the file has more than one picture to show.
    pub(super) fn is_animated(&self) -> bool {
        match self.make {
            Make::Png { is_animated, .. } | Make::WebP { is_animated, .. } => is_animated,
            Make::Gif(make) => make.frames > 1,
            Make::Jpeg(_) | Make::Unknown => false,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Whole,
    Cut,
    Damaged,
}

struct Sketch<'a> {
    size: Option<(u32, u32)>,
    exif: Option<&'a [u8]>,
    end: End,
    make: Make,
    passes: u64,
    texts: u64,
}

/// How many times larger deflated data can become at most (RFC 1951).
const MOST_INFLATED: u64 = 1032;

impl<'a> Sketch<'a> {
    fn new() -> Self {
        Self { size: None, exif: None, end: End::Cut, make: Make::Unknown, passes: 1, texts: 0 }
    }

    fn take_exif(&mut self, block: &'a [u8]) {
        let block = block.strip_prefix(b"Exif\0\0").unwrap_or(block);
        self.exif.get_or_insert(block);
    }
}

fn be16(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|pair| u16::from_be_bytes(*pair))
}

fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|four| u32::from_be_bytes(*four))
}

pub(in crate::import) fn le16(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|pair| u16::from_le_bytes(*pair))
}

fn le32(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|four| u32::from_le_bytes(*four))
}

fn usize_of(value: u32) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}

/// Walks through a PNG: chunks of length, type, data and checksum, from `IHDR` to
/// `IEND`.
fn png(bytes: &[u8]) -> Sketch<'_> {
    let mut sketch = Sketch::new();
    let (mut at, mut has_pixels) = (8, false);
    while let (Some(length), Some(kind)) = (be32(bytes, at), bytes.get(at + 4..at + 8)) {
        let start = at + 8;
        let end = start.saturating_add(usize_of(length));
        let data = bytes.get(start..end);
        if sketch.size.is_none() {
            if kind != b"IHDR" || length != 13 {
                sketch.end = End::Damaged;
                return sketch;
            }
            // The claimed size counts even if the file ends right after it.
            sketch.size = be32(bytes, start).zip(be32(bytes, start + 4));
            let (depth, colour) = (bytes.get(start + 8).copied(), bytes.get(start + 9).copied());
            let channels = match colour {
                Some(0) => 1,
                Some(4) => 2,
                Some(2 | 3) => 3,
                _ => 4,
            };
            sketch.make = Make::Png {
                channels,
                channel_bytes: if depth == Some(16) { 2 } else { 1 },
                has_key: false,
                is_interlaced: bytes.get(start + 12) == Some(&1),
                is_animated: false,
            };
        }
        let next = end.saturating_add(4);
        if next > bytes.len() {
            break;
        }
        match (kind, data) {
            (b"IDAT", _) => has_pixels = true,
            (b"eXIf", Some(block)) => {
                sketch.texts += block.len() as u64;
                sketch.take_exif(block);
            }
            (b"tRNS" | b"acTL", _) => {
                if let Make::Png { has_key, is_animated, .. } = &mut sketch.make {
                    *(if kind == b"tRNS" { has_key } else { is_animated }) = true;
                }
            }
            (b"tEXt" | b"comf" | b"caBX", Some(data)) => sketch.texts += data.len() as u64,
            (b"zTXt" | b"iTXt", Some(data)) => sketch.texts += data.len() as u64 * MOST_INFLATED,
            (b"IEND", _) => {
                sketch.end = if has_pixels { End::Whole } else { End::Damaged };
                return sketch;
            }
            _ => {}
        }
        at = next;
    }
    sketch
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::pictures::{Picture, a_gif, a_jpeg, a_png, a_webp};

    fn one_of_each_format() -> [(Picture, ImageFormat); 4] {
        [
            (a_png(37, 21), ImageFormat::Png),
            (a_jpeg(37, 21), ImageFormat::Jpeg),
            (a_webp(37, 21), ImageFormat::WebP),
            (a_gif(37, 21), ImageFormat::Gif),
        ]
    }

    #[test]
    fn every_format_reports_its_size_and_that_it_is_complete() {
        for (picture, format) in one_of_each_format() {
            let bytes = picture.bytes();
            let outline = Outline::of(&bytes, format).unwrap();
            assert_eq!((outline.width, outline.height, outline.is_whole), (37, 21, true), "{format:?}");
        }
    }

    #[test]
    fn a_file_cut_at_any_byte_counts_as_incomplete() {
        for (picture, format) in one_of_each_format() {
            let bytes = picture.bytes();
            for end in 0..bytes.len() {
                let outline = Outline::of(&bytes[..end], format);
                assert!(!outline.is_ok_and(|outline| outline.is_whole), "{format:?} cut at {end}");
            }
        }
    }

    #[test]
    fn bytes_after_the_end_are_ignored() {
        for (picture, format) in one_of_each_format() {
            let mut bytes = picture.bytes();
            bytes.extend_from_slice(b"workflow appended by some tool");
            assert!(Outline::of(&bytes, format).unwrap().is_whole, "{format:?}");
        }
    }

    #[test]
    fn the_exif_block_is_found_without_its_prefix() {
        for (picture, format) in
            one_of_each_format().into_iter().filter(|(_, format)| *format != ImageFormat::Gif)
        {
            let bytes = picture.with_exif_orientation(6).bytes();
            let exif = Outline::of(&bytes, format).unwrap().exif.unwrap();
            assert!(exif.starts_with(b"II*\0"), "{format:?}");
        }
    }
}
