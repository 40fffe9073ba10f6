//! The metadata that is written into a copy. It comes from the artist's terms and, as far as orientation,
//! camera and place are concerned, from an allow-list of EXIF fields; never from a text of the original.

use super::Terms;
use super::exif::{self, Exif};
use super::xmp;
use crate::model::{CopyRefusal, ImageFormat};

/// Fresh metadata, before a format encodes it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Fresh {
    /// A TIFF block.
    pub(super) exif: Option<Vec<u8>>,
    /// The parameters, for formats that do not write them into the TIFF block.
    pub(super) parameters: Option<String>,
    /// An XMP packet.
    pub(super) xmp: Option<String>,
    /// Whether a prompt or parameters are written.
    pub(super) has_prompt: bool,
}

impl Fresh {
    pub(super) fn of(terms: &Terms, format: ImageFormat, found: Option<&Exif>) -> Result<Self, CopyRefusal> {
        let description = terms.description.and_then(plain);
        let parameters = terms.parameters.and_then(plain);
        let xmp = xmp::packet(description.as_deref(), terms.declare_ai)?;
        let (in_exif, beside) = match format {
            ImageFormat::Jpeg | ImageFormat::WebP => (parameters, None),
            ImageFormat::Png => (None, parameters),
            // Nothing reads parameters in a GIF.
            ImageFormat::Gif => (None, None),
        };
        let has_prompt = description.is_some() || in_exif.is_some() || beside.is_some();
        let exif = match format {
            ImageFormat::Gif => None,
            _ => exif::write(found, terms.keep_camera, in_exif.as_deref()),
        };
        Ok(Self { exif, parameters: beside, xmp, has_prompt })
    }
}

/// Returns a text with line feeds at the ends of its lines, and without characters that XML cannot hold (XML
/// 1.0, 2.2). `None` if nothing is left.
fn plain(text: &str) -> Option<String> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let is_allowed = |char: &char| match char {
        '\t' | '\n' => true,
        '\u{fffe}' | '\u{ffff}' | '\u{7f}'..='\u{9f}' => false,
        char => *char >= ' ',
    };
    let text: String = text.chars().filter(is_allowed).collect();
    (!text.trim().is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_that_xml_cannot_hold_are_dropped() {
        let text: String = (0..0x20).filter_map(char::from_u32).collect();
        assert_eq!(plain(&format!("a{text}b\u{fffe}\u{ffff}\u{85}🦊\r\n")).unwrap(), "a\t\n\nb🦊\n");
        assert_eq!(plain("\u{0}\u{1} \r"), None);
    }
}
