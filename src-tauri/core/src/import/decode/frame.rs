//! The pixels of one picture.

use crate::import::colours::Channels;
use image::DynamicImage;

/// Decoded pixels, not turned, in the colours of the file.
pub(super) struct Frame {
    pub(super) pixels: DynamicImage,
    pub(super) channels: Channels,
    /// The columns at the left as they were, where the pixels were made fewer on the way.
    pub(super) left: Option<DynamicImage>,
}

impl Frame {
    pub(super) fn plain(pixels: DynamicImage) -> Self {
        Self { channels: Channels::of(&pixels), pixels, left: None }
    }
}
