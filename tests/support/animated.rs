//! Animated pictures: two frames of one colour each, repeated forever.
#![expect(clippy::expect_used, reason = "encoding into memory does not fail for these pictures")]

use image::codecs::gif::{GifEncoder, Repeat};
use image::codecs::webp::WebPEncoder;
use image::{Delay, ExtendedColorType, Frame, ImageEncoder as _, Rgba, RgbaImage};

/// How long each frame is shown, in milliseconds.
const SHOWN: u32 = 300;

fn filled(side: u32, colour: [u8; 3]) -> RgbaImage {
    RgbaImage::from_pixel(side, side, Rgba([colour[0], colour[1], colour[2], 255]))
}

/// Returns a GIF whose frames have these colours.
///
/// # Panics
/// Panics if the encoder fails, which it does not for these.
pub fn a_moving_gif(side: u32, colours: [[u8; 3]; 2]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new(&mut bytes);
    encoder.set_repeat(Repeat::Infinite).expect("GIF");
    for colour in colours {
        let delay = Delay::from_numer_denom_ms(SHOWN, 1);
        encoder.encode_frame(Frame::from_parts(filled(side, colour), 0, 0, delay)).expect("GIF");
    }
    drop(encoder);
    bytes
}

/// Returns a WebP whose frames have these colours. Its parts follow the
/// container specification of WebP: `VP8X`, `ANIM`, and an `ANMF` for each
/// frame.
///
/// # Panics
/// Panics if the encoder fails, which it does not for these.
pub fn a_moving_webp(side: u32, colours: [[u8; 3]; 2]) -> Vec<u8> {
    const ANIMATION: u8 = 0b10;
    let less_one = (side - 1).to_le_bytes();
    let mut body = b"WEBP".to_vec();
    let mut header = vec![ANIMATION, 0, 0, 0];
    header.extend([less_one, less_one].iter().flat_map(|size| &size[..3]));
    body.extend(chunk(*b"VP8X", &header));
    // The background is black, and the animation repeats forever.
    body.extend(chunk(*b"ANIM", &[0, 0, 0, 255, 0, 0]));
    for colour in colours {
        let mut still = Vec::new();
        let encoder = WebPEncoder::new_lossless(&mut still);
        encoder.write_image(&filled(side, colour), side, side, ExtendedColorType::Rgba8).expect("WebP");
        // The picture's own chunk follows `RIFF`, its length and `WEBP`.
        let mut frame = vec![0; 6];
        frame.extend([less_one, less_one, SHOWN.to_le_bytes()].iter().flat_map(|number| &number[..3]));
        frame.push(0);
        frame.extend(&still[12..]);
        body.extend(chunk(*b"ANMF", &frame));
    }
    chunk(*b"RIFF", &body)
}

fn chunk(name: [u8; 4], data: &[u8]) -> Vec<u8> {
    let length = u32::try_from(data.len()).expect("a chunk below 4 GB");
    let mut bytes = [name.as_slice(), &length.to_le_bytes(), data].concat();
    bytes.resize(bytes.len() + data.len() % 2, 0);
    bytes
}
