//! Tells what a file is from its first bytes, never from its name. Pure.

use crate::files::signature;
use crate::model::ImageFormat;

/// How far a drawing's prologue is followed before giving up.
const PROLOGUE: usize = 4096;

/// What the first bytes say a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sniffed {
    /// A raster format that is taken in.
    Image(ImageFormat),
    /// A vector drawing.
    Svg,
    /// Something recognised that is not taken in, with the name a person knows.
    KnownUnsupported(&'static str),
    /// Nothing known.
    NotAnImage,
}

/// Names the content that `bytes` open with. The first 4 KiB decide.
pub fn sniff(bytes: &[u8]) -> Sniffed {
    if let Some(format) = signature(bytes) {
        Sniffed::Image(format)
    } else if is_svg(bytes) {
        Sniffed::Svg
    } else if let Some(name) = known_unsupported(bytes) {
        Sniffed::KnownUnsupported(name)
    } else {
        Sniffed::NotAnImage
    }
}

/// Signatures from the formats' specifications and the IANA media type registry.
const UNSUPPORTED: &[(&[u8], &str)] = &[
    (b"8BPS", "Photoshop files"),
    (b"%PDF-", "PDF files"),
    (b"II*\0", "TIFF pictures"),
    (b"MM\0*", "TIFF pictures"),
    (b"II+\0", "TIFF pictures"),
    (b"MM\0+", "TIFF pictures"),
    (b"\xff\x0a", "JPEG XL pictures"),
    (b"\0\0\0\x0cJXL \r\n\x87\n", "JPEG XL pictures"),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG 2000 pictures"),
    (b"\xffO\xffQ", "JPEG 2000 pictures"),
    (b"\0\0\x01\0", "icon files"),
    (b"qoif", "QOI pictures"),
    (b"v/1\x01", "OpenEXR pictures"),
    (b"#?RADIANCE", "Radiance HDR pictures"),
    (b"DDS ", "DDS textures"),
    (b"gimp xcf ", "GIMP files"),
    (b"\x1aE\xdf\xa3", "WebM and Matroska videos"),
];

fn known_unsupported(bytes: &[u8]) -> Option<&'static str> {
    let listed = UNSUPPORTED.iter().find(|(magic, _)| bytes.starts_with(magic)).map(|(_, name)| *name);
    listed.or_else(|| iso_media(bytes)).or_else(|| is_bmp(bytes).then_some("BMP pictures"))
}

/// ISO base media files (ISO/IEC 14496-12) say what they are in the brands of
/// their first box; AVIF and HEIC may come under a generic major brand.
fn iso_media(bytes: &[u8]) -> Option<&'static str> {
    if bytes.get(4..8) != Some(b"ftyp") {
        return None;
    }
    let length = usize::try_from(u32::from_be_bytes(bytes.first_chunk().copied()?)).ok()?;
    let brands = bytes.get(8..length.min(bytes.len()).min(256)).unwrap_or_default();
    let has = |wanted: &[&[u8; 4]]| {
        brands.chunks_exact(4).any(|brand| wanted.iter().any(|want| brand == want.as_slice()))
    };
    Some(if has(&[b"avif", b"avis"]) {
        "AVIF pictures"
    } else if has(&[b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"]) {
        "HEIC pictures"
    } else {
        "videos"
    })
}

/// "BM" alone opens many texts, so the size of the header after it must be one
/// that exists (12 to 124 bytes, by version).
fn is_bmp(bytes: &[u8]) -> bool {
    bytes.starts_with(b"BM")
        && matches!(bytes.get(14..18), Some([12 | 40 | 52 | 56 | 64 | 108 | 124, 0, 0, 0]))
}

/// Follows the prologue of an XML document (declaration, comments, document
/// type) to the first element. A web page that contains a drawing is not one.
fn is_svg(bytes: &[u8]) -> bool {
    // Dropping zero bytes and what is not ASCII reads UTF-8 and UTF-16 alike.
    let head = bytes.get(..PROLOGUE).unwrap_or(bytes).iter();
    let text: String =
        head.filter(|byte| byte.is_ascii() && **byte != 0).map(|byte| char::from(*byte)).collect();
    let mut rest = text.trim_start();
    loop {
        let after = if let Some(comment) = rest.strip_prefix("<!--") {
            comment.split_once("-->")
        } else if rest.starts_with("<?") {
            rest.split_once("?>")
        } else if starts_with_ignoring_case(rest, "<!doctype") {
            if rest.get(9..).is_some_and(|kind| starts_with_ignoring_case(kind.trim_start(), "svg")) {
                return true;
            }
            rest.split_once('>')
        } else {
            break;
        };
        match after {
            Some((_, next)) => rest = next.trim_start(),
            None => return false,
        }
    }
    let name = rest.strip_prefix('<').and_then(|tag| tag.split([' ', '\t', '\r', '\n', '>', '/']).next());
    name.is_some_and(|name| name.rsplit(':').next().is_some_and(|local| local.eq_ignore_ascii_case("svg")))
}

fn starts_with_ignoring_case(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_four_formats_are_known_by_their_first_bytes() {
        assert_eq!(sniff(b"\x89PNG\r\n\x1a\n...."), Sniffed::Image(ImageFormat::Png));
        assert_eq!(sniff(b"\xff\xd8\xff\xe0...."), Sniffed::Image(ImageFormat::Jpeg));
        assert_eq!(sniff(b"GIF89a..."), Sniffed::Image(ImageFormat::Gif));
        assert_eq!(sniff(b"RIFF\x10\0\0\0WEBPVP8 "), Sniffed::Image(ImageFormat::WebP));
        assert_eq!(sniff(b"RIFF\x10\0\0\0WAVEfmt "), Sniffed::NotAnImage);
    }

    #[test]
    fn a_drawing_is_known_behind_any_prologue() {
        for drawing in [
            "<svg xmlns='http://www.w3.org/2000/svg'/>",
            "\u{feff}  <?xml version='1.0'?>\n<!-- made by hand -->\n<svg>",
            "<!DOCTYPE svg PUBLIC '-//W3C//DTD SVG 1.1//EN' 'x'><svg>",
            "<?xml version='1.0'?><svg:svg xmlns:svg='http://www.w3.org/2000/svg'>",
        ] {
            assert_eq!(sniff(drawing.as_bytes()), Sniffed::Svg, "{drawing}");
        }
        let utf16: Vec<u8> = "\u{feff}<svg >".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(sniff(&utf16), Sniffed::Svg);
    }

    #[test]
    fn a_page_that_contains_a_drawing_is_not_a_drawing() {
        assert_eq!(sniff(b"<!doctype html><html><body><svg>"), Sniffed::NotAnImage);
        assert_eq!(sniff(b"<svgfoo>"), Sniffed::NotAnImage);
        assert_eq!(sniff(b"I wrote <svg> once"), Sniffed::NotAnImage);
    }

    #[test]
    fn what_is_recognised_but_not_taken_is_called_by_its_name() {
        assert_eq!(
            sniff(b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf"),
            Sniffed::KnownUnsupported("AVIF pictures")
        );
        assert_eq!(sniff(b"\0\0\0\x18ftypmif1\0\0\0\0mif1avif"), Sniffed::KnownUnsupported("AVIF pictures"));
        assert_eq!(sniff(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"), Sniffed::KnownUnsupported("HEIC pictures"));
        assert_eq!(sniff(b"\0\0\0\x18ftypisom\0\0\0\0isommp41"), Sniffed::KnownUnsupported("videos"));
        assert_eq!(sniff(b"II*\0\x08\0\0\0"), Sniffed::KnownUnsupported("TIFF pictures"));
        assert_eq!(
            sniff(b"BM6\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0"),
            Sniffed::KnownUnsupported("BMP pictures")
        );
        assert_eq!(sniff(b"BMW is a company, and this is text"), Sniffed::NotAnImage);
    }

    #[test]
    fn nothing_and_nonsense_are_not_images() {
        assert_eq!(sniff(b""), Sniffed::NotAnImage);
        assert_eq!(sniff(b"a shopping list"), Sniffed::NotAnImage);
        assert_eq!(sniff(&[0; 64]), Sniffed::NotAnImage);
    }
}
