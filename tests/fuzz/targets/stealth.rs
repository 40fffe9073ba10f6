//! What pixels hide: the data are their lowest bits.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vitrine_core::metadata::{Budget, never, read_stealth};

fuzz_target!(|data: &[u8]| {
    let (channels, height) = if data.first().is_some_and(|byte| byte & 1 == 1) { (4, 8) } else { (3, 8) };
    let bits = data.iter().skip(1).flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1));
    let width = data.len().saturating_sub(1).div_ceil(if channels == 4 { 1 } else { 3 });
    let mut pixels = vec![0xfe_u8; width * height * channels];
    let per_pixel = if channels == 4 { 1 } else { 3 };
    for (at, bit) in bits.enumerate() {
        let (pixel, channel) = (at / per_pixel, at % per_pixel);
        let (x, y) = (pixel / height, pixel % height);
        let first = if channels == 4 { 3 } else { 0 };
        if let Some(byte) = pixels.get_mut((y * width + x) * channels + first + channel) {
            *byte |= bit;
        }
    }
    let budget = Budget::of(pixels.len(), &never);
    vitrine_fuzz::use_texts(&read_stealth(&pixels, channels, width, height, &budget));
});
