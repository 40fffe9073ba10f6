//! Texts that pixels hide in their lowest bits: whether there is one, and how it is removed. Removing it
//! changes a channel of a pixel by at most one of 255 steps.

mod png;
mod webp;

use super::walked::{Means, Walked};
use crate::metadata::stealth_channels;
use crate::model::{CopyRefusal, ImageFormat};

/// The channels that hide a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Carriers {
    in_alpha: bool,
    in_colours: bool,
}

/// Decoded pixels of 8 bits per channel, red first.
pub(super) struct Pixels {
    bytes: Vec<u8>,
    /// 3 without alpha, 4 with it.
    channels: usize,
    width: u32,
}

impl Pixels {
    fn carriers(&self) -> Option<Carriers> {
        let width = usize::try_from(self.width).ok().filter(|width| *width > 0)?;
        let height = self.bytes.len() / self.channels / width;
        let (in_alpha, in_colours) = stealth_channels(&self.bytes, self.channels, width, height);
        (in_alpha || in_colours).then_some(Carriers { in_alpha, in_colours })
    }

    /// Gives the lowest bit of every value the bit above the middle of the scale, so that black, white, clear
    /// and opaque stay what they are.
    fn clear(&mut self, carriers: Carriers) {
        for pixel in self.bytes.chunks_exact_mut(self.channels) {
            let (colours, alpha) = pixel.split_at_mut(3);
            let colours = colours.iter_mut().filter(|_| carriers.in_colours);
            for value in colours.chain(alpha.iter_mut().filter(|_| carriers.in_alpha)) {
                *value = *value & 0xfe | *value >> 7;
            }
        }
    }
}

/// Says which channels of a file hide a text; `None` if none does. Formats that lose the lowest bits cannot
/// hide one.
pub(super) fn find(
    walked: &Walked,
    format: ImageFormat,
    means: &Means,
) -> Result<Option<Carriers>, CopyRefusal> {
    match format {
        ImageFormat::Png => png::find(walked, means),
        ImageFormat::WebP if walked.can_hide_text => {
            Ok(webp::pixels(walked, means)?.and_then(|pixels| pixels.carriers()))
        }
        _ => Ok(None),
    }
}

/// Returns a still picture with the hidden text removed and nothing beside its picture but colours and orientation.
pub(super) fn cleared(
    walked: &Walked,
    format: ImageFormat,
    carriers: Carriers,
    means: &Means,
) -> Result<Vec<u8>, CopyRefusal> {
    match format {
        ImageFormat::Png => png::cleared(walked, carriers, means),
        ImageFormat::WebP => webp::cleared(walked, carriers, means),
        ImageFormat::Jpeg | ImageFormat::Gif => Err(CopyRefusal::HiddenTextStays),
    }
}
