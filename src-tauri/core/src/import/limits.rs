//! The limits on the size of a picture.

/// The limits above which a picture is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::struct_field_names, reason = "each of them is the maximum of something")]
pub struct ReadLimits {
    /// The largest file, in bytes.
    pub max_bytes: u64,
    /// The longest side, in pixels.
    pub max_side: u32,
    /// The largest area, in pixels.
    pub max_pixels: u64,
}

impl Default for ReadLimits {
    /// 50 MB, and the largest pictures that upscalers and comics produce:
    /// 16,384 pixels on both sides, or long strips. The memory for each picture
    /// is judged separately.
    fn default() -> Self {
        Self { max_bytes: 50_000_000, max_side: 100_000, max_pixels: 300_000_000 }
    }
}
