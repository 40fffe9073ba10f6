//! The decoded pixels of one picture.

use crate::import::colours::Channels;
use image::DynamicImage;

/// Decoded pixels in the colours of the file, not turned upright.
pub(super) struct Frame {
    pub(super) pixels: DynamicImage,
    pub(super) channels: Channels,
    /// The leftmost columns at their full size, if the picture was reduced while it was
    /// decoded.
    pub(super) left: Option<DynamicImage>,
}

impl Frame {
    pub(super) fn plain(pixels: DynamicImage) -> Self {
        Self { channels: Channels::of(&pixels), pixels, left: None }
    }
}
