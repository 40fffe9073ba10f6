//! Writes ICC profiles (ICC.1:2022 and version 2).

use super::spaces::{Curve, D50, Matrix};

/// A profile to be written.
#[derive(Debug, Clone)]
pub(crate) struct Profile {
    space: [u8; 4],
    connection: [u8; 4],
    class: [u8; 4],
    version: u8,
    tags: Vec<([u8; 4], Vec<u8>)>,
}

impl Profile {
    /// Returns a profile with colorants and one curve.
    pub(crate) fn by_matrix(matrix: &Matrix, curve: Curve) -> Self {
        let mut profile = Self::new(*b"RGB ", *b"XYZ ");
        for (column, (colorant, trc)) in
            [(b"rXYZ", b"rTRC"), (b"gXYZ", b"gTRC"), (b"bXYZ", b"bTRC")].iter().enumerate()
        {
            profile.tags.push((**colorant, xyz(matrix.map(|row| row[column]))));
            profile.tags.push((**trc, curve_tag(curve)));
        }
        profile
    }

    /// Returns a grey profile whose curve gives light or lightness.
    pub(crate) fn of_greys(curve: Curve, gives_lightness: bool) -> Self {
        let mut profile = Self::new(*b"GRAY", if gives_lightness { *b"Lab " } else { *b"XYZ " });
        profile.tags.push((*b"kTRC", curve_tag(curve)));
        profile
    }

    /// Returns a profile with a table of L*a*b* values for `steps` steps of each channel.
    pub(crate) fn by_table(space: [u8; 4], steps: u8, lab: impl Fn(&[f64]) -> [f64; 3]) -> Self {
        let mut profile = Self::new(space, *b"Lab ");
        profile.class = if &space == b"CMYK" { *b"prtr" } else { *b"mntr" };
        profile.tags.push((*b"A2B0", table(if &space == b"CMYK" { 4 } else { 3 }, steps, lab)));
        profile
    }

    /// Adds `count` bytes without meaning.
    pub(crate) fn with_private_bytes(mut self, count: usize) -> Self {
        let bytes = (0..count).map(|index| u8::try_from(index * 31 % 251).unwrap()).collect();
        self.tags.push((*b"zzzz", bytes));
        self
    }

    pub(crate) fn with_tag(mut self, name: [u8; 4], data: &[u8]) -> Self {
        self.tags.push((name, data.to_vec()));
        self
    }

    /// Declares that the profile is of version 4.
    pub(crate) fn version_4(mut self) -> Self {
        self.version = 4;
        self
    }

    fn new(space: [u8; 4], connection: [u8; 4]) -> Self {
        Self { space, connection, class: *b"mntr", version: 2, tags: vec![(*b"wtpt", xyz(D50))] }
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut table = u32::try_from(self.tags.len()).unwrap().to_be_bytes().to_vec();
        let (mut data, start) = (Vec::new(), 128 + 4 + self.tags.len() * 12);
        for (name, content) in &self.tags {
            table.extend(name);
            table.extend(u32::try_from(start + data.len()).unwrap().to_be_bytes());
            table.extend(u32::try_from(content.len()).unwrap().to_be_bytes());
            data.extend(content);
            data.resize(data.len().next_multiple_of(4), 0);
        }
        let size = u32::try_from(start + data.len()).unwrap();
        let mut header = vec![0; 128];
        header[..4].copy_from_slice(&size.to_be_bytes());
        header[8] = self.version;
        header[12..16].copy_from_slice(&self.class);
        header[16..20].copy_from_slice(&self.space);
        header[20..24].copy_from_slice(&self.connection);
        header[36..40].copy_from_slice(b"acsp");
        header[68..80].copy_from_slice(&xyz(D50)[8..]);
        [header, table, data].concat()
    }
}

/// A number in the form `s15Fixed16Number` of ICC profiles.
fn s15_fixed16(value: f64) -> [u8; 4] {
    #[expect(clippy::cast_possible_truncation, reason = "small numbers")]
    let fixed = (value * 65_536.0).round() as i32;
    fixed.to_be_bytes()
}

fn xyz(values: [f64; 3]) -> Vec<u8> {
    let mut tag = b"XYZ \0\0\0\0".to_vec();
    tag.extend(values.iter().flat_map(|value| s15_fixed16(*value)));
    tag
}

fn curve_tag(curve: Curve) -> Vec<u8> {
    // Type 3: (a x + b) to the power g from d upwards, c x below.
    let parametric = |numbers: [f64; 5]| {
        let mut tag = b"para\0\0\0\0\0\x03\0\0".to_vec();
        tag.extend(numbers.iter().flat_map(|number| s15_fixed16(*number)));
        tag
    };
    match curve {
        Curve::Gamma(exponent) => {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small numbers")]
            let exponent = (exponent * 256.0).round() as u16;
            [b"curv\0\0\0\0\0\0\0\x01".as_slice(), &exponent.to_be_bytes()].concat()
        }
        Curve::Srgb => parametric([2.4, 1.0 / 1.055, 0.055 / 1.055, 1.0 / 12.92, 0.04045]),
        Curve::Bt709 => parametric([1.0 / 0.45, 1.0 / 1.099, 0.099 / 1.099, 1.0 / 4.5, 0.081]),
    }
}

/// Returns a `lut16Type` (10.10): tables that change nothing around a grid in which the last
/// channel varies fastest.
fn table(channels: u32, steps: u8, lab: impl Fn(&[f64]) -> [f64; 3]) -> Vec<u8> {
    let mut tag = b"mft2\0\0\0\0".to_vec();
    tag.extend([u8::try_from(channels).unwrap(), 3, steps, 0]);
    for row in [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]] {
        tag.extend(row.iter().flat_map(|value| s15_fixed16(*value)));
    }
    tag.extend([0, 2, 0, 2]);
    for _ in 0..channels {
        tag.extend([0, 0, 0xff, 0xff]);
    }
    let steps = u32::from(steps);
    for index in 0..steps.pow(channels) {
        let place: Vec<f64> = (0..channels)
            .map(|channel| {
                f64::from(index / steps.pow(channels - 1 - channel) % steps) / f64::from(steps - 1)
            })
            .collect();
        let [lightness, a, b] = lab(&place);
        for value in [lightness / 100.0 * 65_280.0, (a + 128.0) * 256.0, (b + 128.0) * 256.0] {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "casts of floats saturate"
            )]
            tag.extend((value.round() as u16).to_be_bytes());
        }
    }
    for _ in 0..3 {
        tag.extend([0, 0, 0xff, 0xff]);
    }
    tag
}
