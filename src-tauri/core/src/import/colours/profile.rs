//! Transforms by an ICC profile, or by a profile made from what a file states in another way.

use super::Channels;
use super::srgb::{Sample, srgb_code, srgb_light};
use super::stated::{Code, Stated};
use moxcms::{
    Chromaticity, CicpColorPrimaries, CicpProfile, ColorPrimaries, ColorProfile, DataColorSpace, Layout,
    MatrixCoefficients, ParsingOptions, ProfileClass, RenderingIntent, ToneReprCurve,
    TransferCharacteristics, TransformExecutor, TransformOptions,
};
use std::sync::{Arc, OnceLock};

/// The maximum number of entries in one curve. 65,536 entries describe all 16-bit values.
const LONGEST_CURVE: usize = 65_536;

/// The lightest colour that is accepted as black: the darkest colour of newsprint, as light from 0 to 1.
const BLACKEST: f64 = 0.18;

/// The minimum difference in light between black and white in a usable profile.
const LEAST_CONTRAST: f64 = 0.05;

type Executor<T> = Arc<dyn TransformExecutor<T> + Send + Sync>;

/// The tables from one profile to sRGB. They are made when they are first needed.
pub(super) struct Transform {
    source: ColorProfile,
    layout: Layout,
    /// True if the curve of a grey profile yields the lightness of CIE L*a*b* instead of light.
    is_lightness: bool,
    /// The light of the darkest colour. In profiles with tables it is not zero. It is shown as black, and all
    /// other colours are adjusted to it.
    black: f64,
    eight: OnceLock<Option<Executor<u8>>>,
    sixteen: OnceLock<Option<Executor<u16>>>,
    /// The correction after the tables, for each 8-bit code.
    finished: OnceLock<Vec<u8>>,
}

impl Transform {
    /// Returns the transform for a statement; `None` if it cannot be used for such pixels.
    pub(super) fn of(stated: &Stated, from: Channels) -> Option<Self> {
        let mut source = match stated {
            Stated::Srgb => return None,
            Stated::Profile(bytes) => parsed(bytes)?,
            Stated::Coded(code) => coded(*code)?,
            Stated::Measured { exponent, chromaticities } => measured(*exponent, *chromaticities)?,
            Stated::AdobeRgb => ColorProfile::new_adobe_rgb(),
        };
        let layout = match (source.color_space, from) {
            (DataColorSpace::Gray, Channels::Grey) => Layout::Gray,
            (DataColorSpace::Rgb, Channels::Rgb | Channels::Grey) => Layout::Rgb,
            (DataColorSpace::Cmyk, Channels::Ink) => Layout::Rgba,
            _ => return None,
        };
        let is_lightness = layout == Layout::Gray && source.pcs == DataColorSpace::Lab;
        if is_lightness {
            source.pcs = DataColorSpace::Xyz;
        }
        let mut transform = Self {
            source,
            layout,
            is_lightness,
            black: 0.0,
            eight: OnceLock::new(),
            sixteen: OnceLock::new(),
            finished: OnceLock::new(),
        };
        // A transform that cannot be made, or that shows white as dark as black, is unusable.
        let (darkest, lightest) = if layout == Layout::Rgba { (u8::MAX, 0) } else { (0, u8::MAX) };
        let (black, white) = (transform.light_of(darkest)?, transform.light_of(lightest)?);
        transform.black = black.min(BLACKEST);
        (white - black > LEAST_CONTRAST).then_some(transform)
    }

    /// Returns the light, from 0 to 1, of a colour whose samples all have this value.
    fn light_of(&self, sample: u8) -> Option<f64> {
        let mut shown = [0; 3];
        self.executor_8()?.transform([sample; 4].get(..self.channels())?, &mut shown).ok()?;
        let [red, green, blue] = shown.map(|code| srgb_light(f64::from(code) / 255.0));
        Some(0.2126 * red + 0.7152 * green + 0.0722 * blue)
    }

    /// Returns the number of samples per input pixel. An output pixel has three.
    pub(super) fn channels(&self) -> usize {
        match self.layout {
            Layout::Gray => 1,
            Layout::Rgb => 3,
            _ => 4,
        }
    }

    /// Returns the code of a profile with light beyond white. The curves of such a profile do not say how to
    /// show it.
    pub(super) fn high_range(&self) -> Option<Code> {
        let cicp = self.source.cicp.as_ref()?;
        let code = Code {
            primaries: cicp.color_primaries as u8,
            transfer: cicp.transfer_characteristics as u8,
            peak: None,
        };
        code.is_high_range().then_some(code)
    }

    pub(super) fn run_8(&self, from: &[u8], to: &mut [u8]) -> Option<()> {
        self.executor_8()?.transform(from, to).ok()?;
        if self.black > 0.0 {
            let finished = |code| u8::from_unit(self.finished(f64::from(code) / 255.0));
            let codes = self.finished.get_or_init(|| (0..=u8::MAX).map(finished).collect());
            for code in to {
                *code = *codes.get(usize::from(*code))?;
            }
        }
        Some(())
    }

    pub(super) fn run_16(&self, from: &[u16], to: &mut [u16]) -> Option<()> {
        let make = || {
            Self::each_intent(|options| {
                self.source
                    .create_transform_16bit(self.layout, &ColorProfile::new_srgb(), Layout::Rgb, options)
                    .ok()
            })
        };
        self.sixteen.get_or_init(make).as_ref()?.transform(from, to).ok()?;
        if self.black > 0.0 || self.is_lightness {
            for code in to {
                *code = u16::from_unit(self.finished(f64::from(*code) / 65_535.0));
            }
        }
        Some(())
    }

    /// Applies the correction that the tables leave out.
    fn finished(&self, code: f64) -> f64 {
        let mut light = srgb_light(code);
        if self.is_lightness {
            // CIE 15: from lightness to light.
            let lightness = 100.0 * light;
            light = if lightness > 8.0 { ((lightness + 16.0) / 116.0).powi(3) } else { lightness / 903.3 };
        }
        srgb_code((light - self.black) / (1.0 - self.black))
    }

    fn executor_8(&self) -> Option<&Executor<u8>> {
        let make = || {
            Self::each_intent(|options| {
                self.source
                    .create_transform_8bit(self.layout, &ColorProfile::new_srgb(), Layout::Rgb, options)
                    .ok()
            })
        };
        self.eight.get_or_init(make).as_ref()
    }

    /// Tries the rendering intents in turn, because a profile with tables has one table for every intent or
    /// only for some.
    fn each_intent<T>(make: impl Fn(TransformOptions) -> Option<T>) -> Option<T> {
        let intents =
            [RenderingIntent::Perceptual, RenderingIntent::RelativeColorimetric, RenderingIntent::Saturation];
        intents.into_iter().find_map(|rendering_intent| {
            make(TransformOptions { rendering_intent, ..TransformOptions::default() })
        })
    }
}

/// Parses a profile, but only the parts that describe its colours.
fn parsed(bytes: &[u8]) -> Option<ColorProfile> {
    let options = ParsingOptions {
        max_profile_size: usize::MAX,
        max_allowed_trc_size: LONGEST_CURVE,
        ..ParsingOptions::default()
    };
    let profile = ColorProfile::new_from_slice_with_options(&without_other_tags(bytes)?, options).ok()?;
    let is_of_a_device = matches!(
        profile.profile_class,
        ProfileClass::InputDevice
            | ProfileClass::DisplayDevice
            | ProfileClass::OutputDevice
            | ProfileClass::ColorSpace
    );
    is_of_a_device.then_some(profile)
}

/// Length of the header and the number of tags, in bytes (ICC.1:2022, 7.2 and 7.3).
const HEADER: usize = 132;
/// Length of a tag's signature, offset and size, in bytes.
const TAG: usize = 12;

/// Removes the tags that do not say how to read colours, so that a bad description costs nothing and tables
/// for printing take no time.
fn without_other_tags(bytes: &[u8]) -> Option<Vec<u8>> {
    const TELLING: [&[u8; 4]; 13] = [
        b"rXYZ", b"gXYZ", b"bXYZ", b"rTRC", b"gTRC", b"bTRC", b"kTRC", b"A2B0", b"A2B1", b"A2B2", b"wtpt",
        b"chad", b"cicp",
    ];
    let count = usize::try_from(u32::from_be_bytes(*bytes.get(HEADER - 4..)?.first_chunk()?)).ok()?;
    let tags = bytes.get(HEADER..HEADER.checked_add(count.checked_mul(TAG)?)?)?;
    let telling = tags.chunks_exact(TAG).filter(|tag| TELLING.iter().any(|known| tag.starts_with(*known)));
    let kept: Vec<u8> = telling.flatten().copied().collect();
    let mut slim = bytes.to_vec();
    let number = u32::try_from(kept.len() / TAG).ok()?;
    slim.get_mut(HEADER - 4..HEADER)?.copy_from_slice(&number.to_be_bytes());
    slim.get_mut(HEADER..HEADER + kept.len())?.copy_from_slice(&kept);
    Some(slim)
}

/// Returns the profile of a code (ITU-T H.273) whose light ends at white.
fn coded(code: Code) -> Option<ColorProfile> {
    let transfer = TransferCharacteristics::try_from(code.transfer).ok()?;
    let profile = ColorProfile::new_from_cicp(CicpProfile {
        color_primaries: primaries(code)?,
        transfer_characteristics: transfer,
        matrix_coefficients: MatrixCoefficients::Identity,
        full_range: true,
    });
    profile.red_trc.is_some().then_some(profile)
}

/// Treats unspecified primaries as those of sRGB, as for a picture that states nothing.
fn primaries(code: Code) -> Option<CicpColorPrimaries> {
    match CicpColorPrimaries::try_from(code.primaries).ok()? {
        CicpColorPrimaries::Unspecified => Some(CicpColorPrimaries::Bt709),
        primaries => Some(primaries),
    }
}

/// Returns the matrix from linear light in a code's primaries to linear light in those of sRGB.
pub(super) fn to_srgb_primaries(code: Code) -> Option<[[f64; 3]; 3]> {
    let profile = ColorProfile::new_from_cicp(CicpProfile {
        color_primaries: primaries(code)?,
        transfer_characteristics: TransferCharacteristics::Srgb,
        matrix_coefficients: MatrixCoefficients::Identity,
        full_range: true,
    });
    let matrix = profile.transform_matrix(&ColorProfile::new_srgb()).v;
    matrix.as_flattened().iter().all(|value| value.is_finite()).then_some(matrix)
}

/// Returns the profile that `gAMA` and `cHRM` of a PNG describe (third edition, 11.3.2.1 and 11.3.2.2).
fn measured(exponent: Option<f64>, chromaticities: Option<[f64; 8]>) -> Option<ColorProfile> {
    let mut profile = ColorProfile::new_srgb();
    profile.cicp = None;
    if let Some([white_x, white_y, red_x, red_y, green_x, green_y, blue_x, blue_y]) = chromaticities {
        #[expect(clippy::cast_possible_truncation, reason = "five decimals")]
        let point = |x: f64, y: f64| Chromaticity { x: x as f32, y: y as f32 };
        let primaries = ColorPrimaries {
            red: point(red_x, red_y),
            green: point(green_x, green_y),
            blue: point(blue_x, blue_y),
        };
        profile.update_rgb_colorimetry(point(white_x, white_y).to_xyyb(), primaries);
        // Primaries on one line enclose no colours.
        let area = (green_x - red_x) * (blue_y - red_y) - (blue_x - red_x) * (green_y - red_y);
        let matrix = profile.transform_matrix(&ColorProfile::new_srgb()).v;
        if area.abs() < 0.001 || !matrix.as_flattened().iter().all(|value| value.is_finite()) {
            return None;
        }
    }
    if let Some(exponent) = exponent {
        #[expect(clippy::cast_possible_truncation, reason = "five decimals")]
        let curve = Some(ToneReprCurve::Parametric(vec![exponent as f32]));
        (profile.red_trc, profile.green_trc, profile.blue_trc) = (curve.clone(), curve.clone(), curve);
    }
    Some(profile)
}
