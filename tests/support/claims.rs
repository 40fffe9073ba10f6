//! Small files that decode to a great deal of data. Each claims about as many pixels as an import accepts.

use crate::process::must;
use std::io::Write;

/// Width and height of a picture with nearly 179 million pixels.
pub const WIDE: (u16, u16) = (16_383, 10_922);

/// Returns a GIF whose screen is large and whose only frame is one pixel.
pub fn wide_gif() -> Vec<u8> {
    let (width, height) = WIDE;
    let mut bytes = b"GIF89a".to_vec();
    bytes.extend(width.to_le_bytes());
    bytes.extend(height.to_le_bytes());
    // A table of two colours, one frame of one pixel, its LZW code, and the trailer.
    bytes.extend(b"\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0;");
    bytes
}

/// Returns a lossless WebP of one colour. Its codes have one symbol each and so take no bits for any pixel.
pub fn wide_webp() -> Vec<u8> {
    let (width, height) = (u32::from(WIDE.0), u32::from(WIDE.1));
    let mut bits = Bits::default();
    bits.push(width - 1, 14);
    bits.push(height - 1, 14);
    // Alpha is used; version 0; no transform, no colour cache, one group of codes.
    bits.push(1, 1);
    bits.push(0, 3);
    bits.push(0, 1);
    bits.push(0, 1);
    bits.push(0, 1);
    for symbol in [100, 50, 20, 128, 0] {
        // A simple code with one symbol of eight bits.
        bits.push(1, 1);
        bits.push(0, 1);
        bits.push(1, 1);
        bits.push(symbol, 8);
    }
    let data = [b"\x2f".as_slice(), &bits.bytes()].concat();
    let padded = [data.as_slice(), &[0][..data.len() % 2]].concat();
    let length = |bytes: usize| u32::try_from(bytes).unwrap_or(u32::MAX).to_le_bytes();
    [b"RIFF".as_slice(), &length(padded.len() + 12), b"WEBPVP8L", &length(data.len()), &padded].concat()
}

/// Returns a progressive JPEG with one empty scan. Its decoder stores the coefficients of the whole picture.
pub fn wide_jpeg() -> Vec<u8> {
    // The largest picture that is still accepted with its pixels and its coefficients, for three components
    // without subsampling.
    let side = 11_000_u16.to_be_bytes();
    let mut bytes = b"\xff\xd8\xff\xdb\0\x43\0".to_vec();
    bytes.extend([1; 64]);
    bytes.extend(b"\xff\xc2\0\x11\x08");
    bytes.extend([side, side].concat());
    bytes.extend(b"\x03\x01\x11\0\x02\x11\0\x03\x11\0");
    // A single code of one bit, for "no difference".
    bytes.extend(b"\xff\xc4\0\x14\0\x01");
    bytes.extend([0; 15]);
    bytes.push(0);
    bytes.extend(b"\xff\xda\0\x0c\x03\x01\0\x02\0\x03\0\0\0\0");
    // Each MCU takes three bits.
    bytes.extend(vec![0; 1375 * 1375 * 3 / 8 + 1]);
    bytes.extend(b"\xff\xd9");
    bytes
}

/// Returns a PNG with 16 bits per channel that is transparent everywhere.
pub fn deep_png() -> Vec<u8> {
    png_of((9_000, 9_800), (16, 6), 8)
}

/// Returns a black PNG of this width and height, with this depth, colour type and number of bytes per pixel.
pub fn png_of((width, height): (u32, u32), (depth, colour): (u8, u8), bytes: usize) -> Vec<u8> {
    let mut deflated = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    let row = vec![0; 1 + bytes * must(usize::try_from(width), "a width")];
    for _ in 0..height {
        must(deflated.write_all(&row), "deflating");
    }
    let pixels = must(deflated.finish(), "deflating");
    let header = [width.to_be_bytes().as_slice(), &height.to_be_bytes(), &[depth, colour, 0, 0, 0]].concat();
    [
        b"\x89PNG\r\n\x1a\n".as_slice(),
        &chunk(*b"IHDR", &header),
        &chunk(*b"IDAT", &pixels),
        &chunk(*b"IEND", &[]),
    ]
    .concat()
}

/// Returns a grey JPEG of this width and height in one sequential scan, with no difference in any block.
pub fn jpeg_of(width: u16, height: u16) -> Vec<u8> {
    let mut bytes = b"\xff\xd8\xff\xdb\0\x43\0".to_vec();
    bytes.extend([1; 64]);
    bytes.extend(b"\xff\xc0\0\x11\x08");
    bytes.extend([height.to_be_bytes(), width.to_be_bytes()].concat());
    bytes.extend(b"\x03\x01\x22\0\x02\x11\0\x03\x11\0");
    for table in [0, 0x10] {
        // A single code of one bit, for "no difference" and for the end of a block.
        bytes.extend(b"\xff\xc4\0\x14");
        bytes.extend([table, 1]);
        bytes.extend([0; 16]);
    }
    bytes.extend(b"\xff\xda\0\x0c\x03\x01\0\x02\0\x03\0\0\x3f\0");
    // Each unit of sixteen by sixteen pixels has six blocks of two bits each.
    let units = usize::from(width).div_ceil(16) * usize::from(height).div_ceil(16);
    bytes.extend(vec![0; units * 12 / 8 + 1]);
    bytes.extend(b"\xff\xd9");
    bytes
}

/// Returns a PNG of four pixels whose colour profile inflates to this many bytes.
pub fn png_with_profile(size: usize) -> Vec<u8> {
    let profile = [b"p\0\0".as_slice(), &crate::hostile::deflated(&vec![0; size])].concat();
    [
        b"\x89PNG\r\n\x1a\n".as_slice(),
        &chunk(*b"IHDR", &[0, 0, 0, 2, 0, 0, 0, 2, 8, 0, 0, 0, 0]),
        &chunk(*b"iCCP", &profile),
        &chunk(*b"IDAT", &crate::hostile::deflated(&[0; 6])),
        &chunk(*b"IEND", &[]),
    ]
    .concat()
}

/// Returns the same picture with a different hash. Bytes after its end do no harm.
pub fn again(bytes: &[u8], number: u8) -> Vec<u8> {
    [bytes, &[number]].concat()
}

fn chunk(kind: [u8; 4], data: &[u8]) -> Vec<u8> {
    let mut sum = flate2::Crc::new();
    sum.update(&kind);
    sum.update(data);
    let length = u32::try_from(data.len()).unwrap_or(u32::MAX).to_be_bytes();
    [length.as_slice(), &kind, data, &sum.sum().to_be_bytes()].concat()
}

/// Bits, with the lowest bit of a byte first.
#[derive(Default)]
struct Bits(Vec<bool>);

impl Bits {
    fn push(&mut self, value: u32, count: u32) {
        self.0.extend((0..count).map(|bit| value >> bit & 1 == 1));
    }

    fn bytes(&self) -> Vec<u8> {
        let byte = |bits: &[bool]| bits.iter().rev().fold(0, |byte, bit| byte << 1 | u8::from(*bit));
        self.0.chunks(8).map(byte).collect()
    }
}
