//! The outline of a JPEG (ITU-T T.81): its frame, its scans, and whether it is complete.

use super::{End, Make, Sketch, be16};
use std::fmt;

/// How the headers of a JPEG say that its samples are encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::import) struct JpegFrame {
    /// The marker of the frame, `SOF0` to `SOF15`, or `DHP`.
    pub(in crate::import) marker: u8,
    /// Bits per sample.
    pub(in crate::import) precision: u8,
    /// The first four components.
    components: [Component; 4],
    /// The number of components in the frame.
    pub(in crate::import) count: u8,
    /// The number of components in the first scan.
    pub(in crate::import) first_scan: u8,
    /// The transform that Adobe's segment states; `None` without such a segment.
    adobe: Option<u8>,
    is_jfif: bool,
}

/// One component of a frame.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::import) struct Component {
    pub(in crate::import) id: u8,
    /// Horizontal sampling factor: samples across in one unit of all components.
    pub(in crate::import) across: u8,
    /// Vertical sampling factor: samples down in one unit of all components.
    pub(in crate::import) down: u8,
}

/// A kind of JPEG that Vitrine cannot open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::import) enum JpegKind {
    Arithmetic,
    Lossless,
    Hierarchical,
    /// Samples with this many bits.
    Deep(u8),
    /// This many components.
    Components(u8),
}

impl fmt::Display for JpegKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Arithmetic => f.write_str("an arithmetic-coded JPEG"),
            Self::Lossless => f.write_str("a lossless JPEG"),
            Self::Hierarchical => f.write_str("a hierarchical JPEG"),
            Self::Deep(bits) => write!(f, "a JPEG with {bits} bits per channel"),
            Self::Components(count) => write!(f, "a JPEG with {count} channels"),
        }
    }
}

/// The meaning of the components of a JPEG.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::import) enum JpegColours {
    Grey,
    /// Luma and two chroma components.
    YCbCr,
    Rgb,
    /// Four inks, inverted: with Adobe's marker they are, and browsers, `ImageMagick`
    /// and Pillow take them for inverted without it, too.
    Cmyk,
    /// Four inks turned over, the first three as luma and chroma.
    Ycck,
}

impl JpegFrame {
    /// Reads the frame header (T.81, B.2.2).
    fn of(bytes: &[u8], start: usize, marker: u8) -> Self {
        let byte = |at: usize| bytes.get(start + at).copied().unwrap_or_default();
        let components = std::array::from_fn(|index| {
            let (id, factors) = (byte(8 + index * 3), byte(9 + index * 3));
            Component { id, across: factors >> 4, down: factors & 15 }
        });
        Self {
            marker,
            precision: byte(2),
            components,
            count: byte(7),
            first_scan: 0,
            adobe: None,
            is_jfif: false,
        }
    }

    pub(in crate::import) fn components(&self) -> &[Component] {
        self.components.get(..usize::from(self.count)).unwrap_or(&self.components)
    }

    /// Says whether the samples of all scans have to be combined before there is a picture.
    pub(in crate::import) fn is_progressive(&self) -> bool {
        matches!(self.marker, 0xc2 | 0xc6 | 0xca | 0xce)
    }

    /// Returns why Vitrine cannot open this kind; `None` if it can.
    pub(in crate::import) fn unsupported(&self) -> Option<JpegKind> {
        match self.marker {
            0xc5..=0xc7 | 0xcd..=0xcf | 0xde => Some(JpegKind::Hierarchical),
            0xc3 | 0xcb => Some(JpegKind::Lossless),
            0xc9 | 0xca => Some(JpegKind::Arithmetic),
            _ if self.precision != 8 => Some(JpegKind::Deep(self.precision)),
            _ if !matches!(self.count, 1 | 3 | 4) => Some(JpegKind::Components(self.count)),
            _ => None,
        }
    }

    /// Returns the meaning of the components. The rules are those of libjpeg (its
    /// `default_decompress_parms`), which all viewers follow.
    pub(in crate::import) fn colours(&self) -> JpegColours {
        match (self.count, self.adobe) {
            (1, _) => JpegColours::Grey,
            (4, Some(2)) => JpegColours::Ycck,
            (4, _) => JpegColours::Cmyk,
            _ if self.is_jfif => JpegColours::YCbCr,
            (_, Some(0)) => JpegColours::Rgb,
            (_, Some(_)) => JpegColours::YCbCr,
            _ if self.components.iter().take(3).map(|component| component.id).eq(*b"RGB") => JpegColours::Rgb,
            _ => JpegColours::YCbCr,
        }
    }

    /// Says whether nothing in the file contradicts luma and chroma, so that every decoder reads it as that.
    pub(in crate::import) fn is_plainly_ycbcr(&self) -> bool {
        let is_named_rgb = self.components.iter().take(3).map(|component| component.id).eq(*b"RGB");
        self.colours() == JpegColours::YCbCr && matches!(self.adobe, None | Some(1)) && !is_named_rgb
    }

    /// Returns the number of samples of all components in one unit, and the number of samples of a component
    /// with the largest factors in both directions.
    pub(in crate::import) fn samples(&self) -> (u64, u64) {
        let list = || self.components().iter().map(|one| (u64::from(one.across), u64::from(one.down)));
        let all = list().map(|(across, down)| across * down).sum();
        let (across, down) = list().fold((1, 1), |most, one| (most.0.max(one.0), most.1.max(one.1)));
        (all, across * down)
    }
}

/// Walks through the marker segments. After a start of scan, it skips coded data up to the next marker that
/// is neither a stuffed zero nor a restart. Ends at `EOI`.
pub(super) fn outline(bytes: &[u8]) -> Sketch<'_> {
    let mut sketch = Sketch::new();
    let (mut at, mut scans, mut frame, mut adobe, mut is_jfif) = (2, 0, None, None, false);
    while let Some(marker_at) = next_marker(bytes, at) {
        let Some(&marker) = bytes.get(marker_at) else { break };
        let start = marker_at + 1;
        at = start;
        match marker {
            0xd9 => {
                sketch.end = End::Whole;
                break;
            }
            0x01 | 0xd8 => continue,
            _ => {}
        }
        let Some(length) = be16(bytes, start) else { break };
        let end = start + usize::from(length);
        // SOF0 to SOF15, without DHT, JPG and DAC, which are among them; DHP precedes the frames of a
        // hierarchy.
        let is_frame = matches!(marker, 0xc0..=0xcf | 0xde) && !matches!(marker, 0xc4 | 0xc8 | 0xcc);
        if is_frame && frame.is_none() {
            let size = be16(bytes, start + 5).zip(be16(bytes, start + 3));
            sketch.size = size.map(|(width, height)| (width.into(), height.into()));
            frame = Some(JpegFrame::of(bytes, start, marker));
        }
        if marker == 0xda {
            scans += 1;
            sketch.passes = scans;
            if let Some(frame) = &mut frame
                && scans == 1
            {
                frame.first_scan = bytes.get(start + 2).copied().unwrap_or_default();
            }
        }
        if matches!(marker, 0xe1 | 0xeb | 0xed | 0xfe) {
            sketch.texts += u64::from(length);
        }
        let Some(block) = bytes.get(start + 2..end) else {
            if length >= 2 {
                break;
            }
            // A length that does not count itself. Other programs look for the next marker behind it.
            if !matches!(marker, 0xe0..=0xef | 0xfe) {
                sketch.end = End::Damaged;
                break;
            }
            at = start + 2;
            continue;
        };
        match marker {
            0xe0 if block.starts_with(b"JFIF\0") => is_jfif = true,
            0xe1 if block.starts_with(b"Exif\0\0") => sketch.take_exif(block),
            0xee if block.starts_with(b"Adobe") => adobe = block.get(11).copied().or(adobe),
            _ => {}
        }
        at = end;
    }
    sketch.make = frame.map_or(Make::Unknown, |frame| Make::Jpeg(JpegFrame { adobe, is_jfif, ..frame }));
    sketch
}

/// Returns the position of the next marker's code: the byte after `0xff` that is not a fill byte, a stuffed
/// zero or a restart marker.
fn next_marker(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        at += bytes.get(at..)?.iter().position(|&byte| byte == 0xff)? + 1;
        at += bytes.get(at..)?.iter().position(|&byte| byte != 0xff)?;
        if !matches!(bytes.get(at)?, 0x00 | 0xd0..=0xd7) {
            return Some(at);
        }
    }
}
