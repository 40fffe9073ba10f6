//! Published colour spaces, and their colours in sRGB by arithmetic alone.

/// Three by three numbers, row by row.
pub(crate) type Matrix = [[f64; 3]; 3];

/// A curve from a signal to light.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Curve {
    Gamma(f64),
    /// IEC 61966-2-1.
    Srgb,
    /// ITU-R BT.709.
    Bt709,
}

impl Curve {
    pub(crate) fn light(self, signal: f64) -> f64 {
        match self {
            Self::Gamma(exponent) => signal.powf(exponent),
            Self::Srgb if signal <= 0.04045 => signal / 12.92,
            Self::Srgb => ((signal + 0.055) / 1.055).powf(2.4),
            Self::Bt709 if signal < 0.081 => signal / 4.5,
            Self::Bt709 => ((signal + 0.099) / 1.099).powf(1.0 / 0.45),
        }
    }
}

// From light to XYZ under D50, adapted by Bradford: B. Lindbloom, "RGB/XYZ Matrices", and for Display P3 the colorants
// of Apple's profile.
pub(crate) const SRGB: Matrix = [
    [0.436_074_7, 0.385_064_9, 0.143_080_4],
    [0.222_504_5, 0.716_878_6, 0.060_616_9],
    [0.013_932_2, 0.097_104_5, 0.714_173_3],
];
pub(crate) const ADOBE_RGB: Matrix = [
    [0.609_755_9, 0.205_240_1, 0.149_224_0],
    [0.311_124_2, 0.625_656_0, 0.063_219_7],
    [0.019_481_1, 0.060_890_2, 0.744_838_7],
];
pub(crate) const PROPHOTO: Matrix = [
    [0.797_674_9, 0.135_191_7, 0.031_353_4],
    [0.288_040_2, 0.711_874_1, 0.000_085_7],
    [0.0, 0.0, 0.825_210_0],
];
pub(crate) const DISPLAY_P3: Matrix =
    [[0.515_12, 0.291_98, 0.157_10], [0.241_20, 0.692_25, 0.066_57], [-0.001_05, 0.041_89, 0.784_07]];

/// Converts XYZ under D50 to the light of sRGB (B. Lindbloom).
const TO_SRGB: Matrix = [
    [3.133_856_1, -1.616_866_7, -0.490_614_6],
    [-0.978_768_4, 1.916_141_5, 0.033_454_0],
    [0.071_945_3, -0.228_991_4, 1.405_242_7],
];

// From the light of each to that of sRGB, both under D65: the matrices of CSS Color 4, section 18.
pub(crate) const P3_D65: Matrix = [
    [608_311.0 / 1_250_200.0, 189_793.0 / 714_400.0, 198_249.0 / 1_000_160.0],
    [35_783.0 / 156_275.0, 247_089.0 / 357_200.0, 198_249.0 / 2_500_400.0],
    [0.0, 32_229.0 / 714_400.0, 5_220_557.0 / 5_000_800.0],
];
pub(crate) const BT2020_D65: Matrix = [
    [63_426_534.0 / 99_577_255.0, 20_160_776.0 / 139_408_157.0, 47_086_771.0 / 278_816_314.0],
    [26_158_966.0 / 99_577_255.0, 472_592_308.0 / 697_040_785.0, 8_267_143.0 / 139_408_157.0],
    [0.0, 19_567_812.0 / 697_040_785.0, 295_819_943.0 / 278_816_314.0],
];
const D65_TO_SRGB: Matrix = [
    [12_831.0 / 3_959.0, -329.0 / 214.0, -1_974.0 / 3_959.0],
    [-851_781.0 / 878_810.0, 1_648_619.0 / 878_810.0, 36_519.0 / 878_810.0],
    [705.0 / 12_673.0, -2_585.0 / 12_673.0, 705.0 / 667.0],
];

fn times(matrix: &Matrix, [x, y, z]: [f64; 3]) -> [f64; 3] {
    matrix.map(|[a, b, c]| a * x + b * y + c * z)
}

/// Returns the sRGB signal of XYZ under D50, where white is 0.9642, 1, 0.8249. Colours out of gamut are
/// clipped.
pub(crate) fn from_xyz(xyz: [f64; 3]) -> [f64; 3] {
    times(&TO_SRGB, xyz).map(signal)
}

/// Returns the sRGB signal of light whose colorants under D50 are in the matrix.
pub(crate) fn under_d50(matrix: &Matrix, curve: Curve, rgb: [f64; 3]) -> [f64; 3] {
    from_xyz(times(matrix, rgb.map(|value| curve.light(value))))
}

/// Does the same for colorants under D65.
pub(crate) fn under_d65(matrix: &Matrix, curve: Curve, rgb: [f64; 3]) -> [f64; 3] {
    times(&D65_TO_SRGB, times(matrix, rgb.map(|value| curve.light(value)))).map(signal)
}

/// Returns the signal of a light (IEC 61966-2-1).
pub(crate) fn signal(light: f64) -> f64 {
    let light = light.clamp(0.0, 1.0);
    if light <= 0.003_130_8 { 12.92 * light } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 }
}

/// Returns CIE L*a*b* of XYZ, relative to a white.
pub(crate) fn lab_of_xyz(xyz: [f64; 3], white: [f64; 3]) -> [f64; 3] {
    let [x, y, z] = [0, 1, 2].map(|at| {
        let share = xyz[at] / white[at];
        if share > 216.0 / 24_389.0 { share.cbrt() } else { (24_389.0 / 27.0 * share + 16.0) / 116.0 }
    });
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

/// The inverse of [`lab_of_xyz`].
pub(crate) fn xyz_of_lab([lightness, a, b]: [f64; 3], white: [f64; 3]) -> [f64; 3] {
    let y = (lightness + 16.0) / 116.0;
    let shares = [y + a / 500.0, y, y - b / 200.0].map(|value| {
        if value > 6.0 / 29.0 { value.powi(3) } else { (116.0 * value - 16.0) * 27.0 / 24_389.0 }
    });
    [shares[0] * white[0], shares[1] * white[1], shares[2] * white[2]]
}

/// The white of profiles (ICC.1:2022, 7.2.16).
pub(crate) const D50: [f64; 3] = [0.9642, 1.0, 0.8249];

/// Returns the distance of two sRGB colours in CIE L*a*b* (CIE 76).
pub(crate) fn difference(one: [f64; 3], other: [f64; 3]) -> f64 {
    let lab = |rgb: [f64; 3]| {
        let xyz = times(&SRGB, rgb.map(|value| Curve::Srgb.light(value)));
        lab_of_xyz(xyz, [0.964_220, 1.0, 0.825_211])
    };
    let (one, other) = (lab(one), lab(other));
    one.iter().zip(other).map(|(one, other)| (one - other).powi(2)).sum::<f64>().sqrt()
}
