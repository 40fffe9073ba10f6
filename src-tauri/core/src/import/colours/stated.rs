//! What a file states about its colours, and where each format stores it. Pure; reads only the parts of a
//! file that it names.

use crate::model::ImageFormat;
use flate2::read::ZlibDecoder;
use std::io::Read;

/// The maximum length of an inflated profile, in bytes. The largest profiles in use, those for printing
/// presses, have three million.
const LONGEST_PROFILE: u64 = 4 << 20;

/// One statement about a picture's colours.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::import) enum Stated {
    /// The file says explicitly that it is sRGB.
    Srgb,
    /// An ICC profile.
    Profile(Vec<u8>),
    /// Code points of ITU-T H.273.
    Coded(Code),
    /// Measured values: the exponent from signal to light, and x and y of white, red, green and blue. A
    /// missing value is that of sRGB.
    Measured { exponent: Option<f64>, chromaticities: Option<[f64; 8]> },
    /// The colours of a camera that was set to Adobe RGB and wrote no profile.
    AdobeRgb,
}

/// Code points of ITU-T H.273 for red, green and blue in full range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::import) struct Code {
    pub(super) primaries: u8,
    pub(super) transfer: u8,
    /// The highest luminance in the picture, in candela per square metre; `None` if it is not stated.
    pub(super) peak: Option<u16>,
}

impl Code {
    /// Says whether light goes beyond white: PQ or HLG.
    pub(super) fn is_high_range(self) -> bool {
        self.transfer == 16 || self.is_hlg()
    }

    pub(super) fn is_hlg(self) -> bool {
        self.transfer == 18
    }
}

impl Stated {
    /// Returns the statements of a file, the most important first. `exif` is the file's TIFF block.
    pub(in crate::import) fn in_file(bytes: &[u8], format: ImageFormat, exif: Option<&[u8]>) -> Vec<Self> {
        match format {
            ImageFormat::Png => in_png(bytes),
            ImageFormat::Jpeg => {
                let profile = jpeg_profile(bytes).map(Self::Profile);
                let by_camera =
                    || exif.filter(|exif| is_adobe_rgb(exif) == Some(true)).map(|_| Self::AdobeRgb);
                profile.or_else(by_camera).into_iter().collect()
            }
            ImageFormat::WebP => webp_profile(bytes).map(Self::Profile).into_iter().collect(),
            // Viewers ignore profiles in a GIF.
            ImageFormat::Gif => Vec::new(),
        }
    }
}

/// Reads the chunks before the pixels (PNG, third edition, 11.3.2 and 4.3: `cICP` before `iCCP` before `sRGB`
/// before `gAMA` and `cHRM`). Of two chunks of the same kind, the first counts.
fn in_png(bytes: &[u8]) -> Vec<Stated> {
    let (mut code, mut profile, mut srgb, mut gamma, mut chromaticities) = (None, None, None, None, None);
    let (mut brightest, mut mastered) = (None, None);
    let mut at = 8;
    while let Some(&[a, b, c, d, ref kind @ ..]) = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        let length = usize::try_from(u32::from_be_bytes([a, b, c, d])).unwrap_or(usize::MAX);
        let Some(data) = (at + 8).checked_add(length).and_then(|end| bytes.get(at + 8..end)) else { break };
        match kind {
            b"IDAT" => break,
            b"cICP" if code.is_none() => code = Some(data),
            b"iCCP" if profile.is_none() => profile = Some(data),
            b"sRGB" => srgb = Some(Stated::Srgb),
            b"gAMA" if gamma.is_none() => gamma = number(data, 0),
            b"cHRM" if chromaticities.is_none() => chromaticities = Some(data),
            b"cLLI" => brightest = number(data, 0),
            b"mDCV" => mastered = number(data, 16),
            _ => {}
        }
        at += length + 12;
    }
    // Both values are in units of 0.0001 candela per square metre. Zero as the picture's own maximum means
    // that it is unknown.
    let peak = brightest.filter(|light| *light > 0).or(mastered).filter(|light| *light > 0);
    let peak = peak.and_then(|light| u16::try_from(light / 10_000).ok());
    let code = code.and_then(|data| match data {
        // Identity matrix and full range: a PNG cannot have anything else.
        [primaries, transfer, 0, 1] => {
            Some(Stated::Coded(Code { primaries: *primaries, transfer: *transfer, peak }))
        }
        _ => None,
    });
    // No device has a gamma outside these bounds.
    let exponent =
        gamma.map(|gamma| 100_000.0 / f64::from(gamma)).filter(|value| (0.1..=10.0).contains(value));
    let chromaticities = chromaticities.and_then(points);
    let measured = (exponent.is_some() || chromaticities.is_some())
        .then_some(Stated::Measured { exponent, chromaticities });
    let profile = profile.and_then(png_profile).map(Stated::Profile);
    [code, profile, srgb, measured].into_iter().flatten().collect()
}

fn number(data: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(*data.get(at..)?.first_chunk()?))
}

fn points(data: &[u8]) -> Option<[f64; 8]> {
    let mut points = [0.0; 8];
    for (index, point) in points.iter_mut().enumerate() {
        *point = f64::from(number(data, index * 4)?) / 100_000.0;
    }
    // Every y is used as a divisor.
    points
        .chunks_exact(2)
        .all(|point| matches!(point, [x, y] if *x <= 1.0 && *y > 0.0 && *y <= 1.0))
        .then_some(points)
}

/// Reads a name, a zero byte, the compression method and the deflated profile.
fn png_profile(data: &[u8]) -> Option<Vec<u8>> {
    let name = data.iter().take(80).position(|byte| *byte == 0)?;
    let deflated = data.get(name + 1..)?.strip_prefix(&[0])?;
    let mut profile = Vec::new();
    // The data before an error may already be complete, because checksums are sometimes wrong.
    let _ = ZlibDecoder::new(deflated).take(LONGEST_PROFILE + 1).read_to_end(&mut profile);
    bounded(profile)
}

/// Accepts a profile that is at least as long as it states (ICC.1:2022, 7.2.2) and not too long.
fn bounded(profile: Vec<u8>) -> Option<Vec<u8>> {
    let stated = u64::from(number(&profile, 0)?);
    (profile.len() as u64 <= LONGEST_PROFILE && profile.len() as u64 >= stated && profile.len() >= 132)
        .then_some(profile)
}

/// Joins the `APP2` segments before the first scan. Each has its number and the total, and they may be in any
/// order (ICC.1:2022, B.4).
fn jpeg_profile(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut parts: Vec<(u8, &[u8])> = Vec::new();
    let mut at = 2;
    while let Some(&[0xff, marker, high, low]) = bytes.get(at..).and_then(<[u8]>::first_chunk::<4>) {
        // Fill bytes may precede a marker.
        if marker == 0xff {
            at += 1;
            continue;
        }
        let end = at + 2 + usize::from(u16::from_be_bytes([high, low]));
        if marker == 0xda || end < at + 4 {
            break;
        }
        let Some(data) = bytes.get(at + 4..end) else { break };
        if marker == 0xe2
            && let Some([number, _, part @ ..]) = data.strip_prefix(b"ICC_PROFILE\0")
        {
            parts.push((*number, part));
        }
        at = end;
    }
    let first = parts.iter().map(|(number, _)| *number).min()?;
    parts.sort_by_key(|(number, _)| *number);
    // Most files count from one, some from zero. No number may be missing or occur twice.
    let is_complete = first <= 1
        && parts
            .iter()
            .enumerate()
            .all(|(index, (number, _))| usize::from(*number) == index + usize::from(first));
    let length = parts.iter().map(|(_, part)| part.len() as u64).sum::<u64>();
    let profile = (is_complete && length <= LONGEST_PROFILE)
        .then(|| parts.into_iter().flat_map(|(_, part)| part).copied().collect())?;
    bounded(profile)
}

/// Reads the `ICCP` chunk of the extended format.
fn webp_profile(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut at = 12;
    while let Some(&[a, b, c, d, ref length @ ..]) = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
        let end = (at + 8).checked_add(length)?;
        match &[a, b, c, d] {
            b"ICCP" => return bounded(bytes.get(at + 8..end)?.to_vec()),
            b"VP8 " | b"VP8L" | b"ANMF" => return None,
            _ => at = end.checked_add(length % 2)?,
        }
    }
    None
}

/// Says whether a camera used Adobe RGB. Exif then has a `ColorSpace` (0xA001) other than sRGB and the index
/// of interoperability rules `R03` (DCF 2.0, JEITA CP-3461B, 3.2.4).
fn is_adobe_rgb(exif: &[u8]) -> Option<bool> {
    const SRGB: u32 = 1;
    let tiff = Tiff::of(exif)?;
    let camera = tiff.value(tiff.first()?, 0x8769)?;
    if tiff.value(camera, 0xa001)? == SRGB {
        return Some(false);
    }
    let rules = tiff.value(camera, 0xa005)?;
    Some(tiff.entry(rules, 0x0001)?.get(8..11)? == b"R03")
}

/// A TIFF block, read only as far as single values need it.
struct Tiff<'a> {
    bytes: &'a [u8],
    is_little: bool,
}

impl<'a> Tiff<'a> {
    fn of(bytes: &'a [u8]) -> Option<Self> {
        match bytes.first_chunk::<4>()? {
            b"II*\0" => Some(Self { bytes, is_little: true }),
            b"MM\0*" => Some(Self { bytes, is_little: false }),
            _ => None,
        }
    }

    fn short(&self, at: usize) -> Option<u16> {
        let pair = *self.bytes.get(at..)?.first_chunk()?;
        Some(if self.is_little { u16::from_le_bytes(pair) } else { u16::from_be_bytes(pair) })
    }

    fn long(&self, at: usize) -> Option<u32> {
        let four = *self.bytes.get(at..)?.first_chunk()?;
        Some(if self.is_little { u32::from_le_bytes(four) } else { u32::from_be_bytes(four) })
    }

    fn first(&self) -> Option<u32> {
        self.long(4)
    }

    /// Returns the twelve bytes of a tag in the directory at this offset.
    fn entry(&self, directory: u32, tag: u16) -> Option<&'a [u8]> {
        let start = usize::try_from(directory).ok()?;
        let count = usize::from(self.short(start)?);
        let mut places = (0..count).filter_map(|index| start.checked_add(2 + index * 12));
        let at = places.find(|at| self.short(*at) == Some(tag))?;
        self.bytes.get(at..at + 12)
    }

    /// Returns a single number, short or long.
    fn value(&self, directory: u32, tag: u16) -> Option<u32> {
        let entry = self.entry(directory, tag)?;
        let inside = Tiff { bytes: entry, is_little: self.is_little };
        match inside.short(2)? {
            3 => inside.short(8).map(u32::from),
            4 => inside.long(8),
            _ => None,
        }
    }
}
