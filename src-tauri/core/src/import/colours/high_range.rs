//! Shows pictures with light beyond white (PQ and HLG, ITU-R BT.2100) on screens whose light ends at white.

use super::profile::to_srgb_primaries;
use super::srgb::{Sample, srgb_code};
use super::stated::Code;

/// The luminance of white on an ordinary screen, in candela per square metre (ITU-R BT.2408).
const WHITE: f64 = 203.0;

/// The peak luminance assumed for a picture that does not state one. Most such pictures are made for this
/// value.
const USUAL_PEAK: f64 = 1000.0;

/// The number of steps in the table of factors. 12 bits are what PQ needs for steps that nobody can see.
const STEPS: u16 = 4095;

/// The tables that convert from one code to sRGB.
pub(super) struct ToneMap {
    is_hlg: bool,
    matrix: [[f64; 3]; 3],
    peak: f64,
    /// For each PQ signal, its light and the factor by which the light is multiplied for display.
    factors: Vec<(f64, f64)>,
}

impl ToneMap {
    pub(super) fn of(code: Code) -> Option<Self> {
        let peak = code.peak.map_or(USUAL_PEAK, f64::from).clamp(WHITE, 10_000.0);
        let matrix = to_srgb_primaries(code)?;
        let mut map = Self { is_hlg: code.is_hlg(), matrix, peak, factors: Vec::new() };
        let factors = (0..=STEPS).map(|step| {
            let light = pq_light(f64::from(step) / f64::from(STEPS));
            let factor = if light > 0.0 { map.squeezed(light) / light } else { 1.0 };
            (light / WHITE, factor)
        });
        map.factors = factors.collect();
        Some(map)
    }

    /// Converts pixels of three samples, each from 0 to `most`.
    pub(super) fn run<T: Sample>(&self, from: &[T], to: &mut [T], most: f64) {
        for (pixel, rgb) in from.as_chunks::<3>().0.iter().zip(to.as_chunks_mut::<3>().0) {
            let shown = self.shown(pixel.map(|sample| sample.into() / most));
            *rgb = shown.map(T::from_unit);
        }
    }

    fn shown(&self, signal: [f64; 3]) -> [f64; 3] {
        // One factor, that of the brightest sample, applies to all three, so that hues do not change.
        let brightest = |of: [f64; 3]| of.into_iter().fold(0.0, f64::max);
        let (light, factor) = if self.is_hlg {
            let light = hlg_light(signal);
            (light.map(|light| light / WHITE), self.step(pq_code(brightest(light))).1)
        } else {
            (signal.map(|signal| self.step(signal).0), self.step(brightest(signal)).1)
        };
        self.matrix.map(|[red, green, blue]| {
            srgb_code((red * light[0] + green * light[1] + blue * light[2]) * factor)
        })
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "casts of floats saturate")]
    fn step(&self, signal: f64) -> (f64, f64) {
        let step = (signal * f64::from(STEPS) + 0.5) as usize;
        self.factors.get(step).or(self.factors.last()).copied().unwrap_or((0.0, 1.0))
    }

    /// Keeps dark light unchanged and compresses the rest below white (ITU-R BT.2390, 5.4.1).
    fn squeezed(&self, light: f64) -> f64 {
        let range = pq_code(self.peak);
        let (code, white) = ((pq_code(light) / range).min(1.0), pq_code(WHITE) / range);
        let knee = 1.5 * white - 0.5;
        if code < knee {
            return light;
        }
        let t = (code - knee) / (1.0 - knee).max(f64::EPSILON);
        let (t2, t3) = (t * t, t * t * t);
        let bent = (2.0 * t3 - 3.0 * t2 + 1.0) * knee
            + (t3 - 2.0 * t2 + t) * (1.0 - knee)
            + (3.0 * t2 - 2.0 * t3) * white;
        pq_light(bent * range)
    }
}

/// Constants of SMPTE ST 2084.
const M1: f64 = 2610.0 / 16_384.0;
const M2: f64 = 2523.0 / 4096.0 * 128.0;
const C1: f64 = 3424.0 / 4096.0;
const C2: f64 = 2413.0 / 4096.0 * 32.0;
const C3: f64 = 2392.0 / 4096.0 * 32.0;

/// Returns the luminance of a PQ signal, in candela per square metre.
fn pq_light(signal: f64) -> f64 {
    let power = signal.clamp(0.0, 1.0).powf(1.0 / M2);
    10_000.0 * ((power - C1).max(0.0) / (C2 - C3 * power)).powf(1.0 / M1)
}

/// Returns the PQ signal of a luminance in candela per square metre.
fn pq_code(light: f64) -> f64 {
    let power = (light / 10_000.0).clamp(0.0, 1.0).powf(M1);
    ((C1 + C2 * power) / (1.0 + C3 * power)).powf(M2)
}

/// Returns the luminance of an HLG signal on a screen of 1,000 candela per square metre.
fn hlg_light(signal: [f64; 3]) -> [f64; 3] {
    let scene = signal.map(|signal| {
        if signal <= 0.5 {
            signal * signal / 3.0
        } else {
            (((signal - 0.559_910_73) / 0.178_832_77).exp() + 0.284_668_92) / 12.0
        }
    });
    let luminance = 0.2627 * scene[0] + 0.6780 * scene[1] + 0.0593 * scene[2];
    let factor = 1000.0 * luminance.max(0.0).powf(0.2);
    scene.map(|light| light * factor)
}
