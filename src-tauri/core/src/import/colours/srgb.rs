//! Sample types and the curve of sRGB.

/// A number type for samples.
pub(super) trait Sample: Copy + Into<f64> {
    /// Returns the sample for a value from 0 to 1.
    fn from_unit(value: f64) -> Self;
}

impl Sample for u8 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "casts of floats saturate")]
    fn from_unit(value: f64) -> Self {
        (value * 255.0 + 0.5) as Self
    }
}

impl Sample for u16 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "casts of floats saturate")]
    fn from_unit(value: f64) -> Self {
        (value * 65_535.0 + 0.5) as Self
    }
}

/// Returns the signal of a light from 0 to 1 (IEC 61966-2-1).
pub(super) fn srgb_code(light: f64) -> f64 {
    let light = light.clamp(0.0, 1.0);
    if light <= 0.003_130_8 { 12.92 * light } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 }
}

/// Returns the light of a signal from 0 to 1 (IEC 61966-2-1).
pub(super) fn srgb_light(code: f64) -> f64 {
    if code <= 0.040_45 { code / 12.92 } else { ((code + 0.055) / 1.055).powf(2.4) }
}
