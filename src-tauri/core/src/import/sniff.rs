//! Recognises a file by its first bytes, never by its name. Pure.

use crate::model::ImageFormat;
use FileContent::{Picture, Project, Svg, Video};

/// How many bytes of a drawing's prologue are read before giving up.
const PROLOGUE: usize = 4096;

/// What the first bytes of a file say it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sniffed {
    /// A raster format that is imported.
    Image(ImageFormat),
    /// A recognised kind of file that is not imported.
    Other(FileKind),
    /// Unknown content.
    NotAnImage,
}

/// A kind of file that is recognised but not imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileKind {
    label: &'static str,
    content: FileContent,
}

/// What such a file contains, as far as it decides what an artist can do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileContent {
    /// A raster picture of another format.
    Picture,
    /// A vector drawing, which may contain scripts.
    Svg,
    /// The working file of a paint program, a page, or a camera's raw data.
    Project,
    /// A video.
    Video,
}

impl FileKind {
    pub(super) const fn new(label: &'static str, content: FileContent) -> Self {
        Self { label, content }
    }

    /// Returns the short name that people use, to put after a count: "AVIF", "JPEG XL", "video".
    pub fn label(self) -> &'static str {
        self.label
    }

    /// Returns what the file contains.
    pub fn content(self) -> FileContent {
        self.content
    }
}

/// Returns what the bytes are. Only the first 4 KiB matter.
pub fn sniff(bytes: &[u8]) -> Sniffed {
    if let Some(format) = ImageFormat::from_signature(bytes) {
        Sniffed::Image(format)
    } else if let Some(kind) = file_kind(bytes) {
        Sniffed::Other(kind)
    } else {
        Sniffed::NotAnImage
    }
}

/// Returns the kind of a file that is not imported, from its first 4 KiB. `None` if it is a picture that is
/// imported, or unknown.
pub fn file_kind(head: &[u8]) -> Option<FileKind> {
    let kind = |label, content| FileKind { label, content };
    let listed = SIGNATURES.iter().find(|(magic, ..)| head.starts_with(magic));
    let listed = listed.map(|(_, label, content)| kind(label, *content));
    listed
        .or_else(|| tiff(head))
        .or_else(|| iso_media(head))
        .or_else(|| packed_project(head))
        .or_else(|| is_bmp(head).then(|| kind("BMP", Picture)))
        .or_else(|| is_portable_map(head).then(|| kind("PNM", Picture)))
        .or_else(|| is_avi(head).then(|| kind("video", Video)))
        .or_else(|| is_svg(head).then(|| kind("SVG", Svg)))
}

/// Signatures from the specifications of the formats and the IANA media type registry.
const SIGNATURES: &[(&[u8], &str, FileContent)] = &[
    (b"8BPS", "Photoshop", Project),
    (b"%PDF-", "PDF", Project),
    (b"%!PS", "PostScript", Project),
    (b"\xc5\xd0\xd3\xc6", "PostScript", Project),
    (b"gimp xcf ", "GIMP", Project),
    (b"CSFCHUNK", "Clip Studio", Project),
    (b"\x00\xffKA", "Affinity", Project),
    (b"FUJIFILMCCD-RAW", "camera raw", Project),
    (b"IIRO", "camera raw", Project),
    (b"IIRS", "camera raw", Project),
    (b"IIU\0", "camera raw", Project),
    (b"\xff\x0a", "JPEG XL", Picture),
    (b"\0\0\0\x0cJXL \r\n\x87\n", "JPEG XL", Picture),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG 2000", Picture),
    (b"\xffO\xffQ", "JPEG 2000", Picture),
    (b"II\xbc\x01", "JPEG XR", Picture),
    (b"\0\0\x01\0", "icon", Picture),
    (b"qoif", "QOI", Picture),
    (b"v/1\x01", "OpenEXR", Picture),
    (b"#?RADIANCE", "Radiance HDR", Picture),
    (b"#?RGBE", "Radiance HDR", Picture),
    (b"DDS ", "DDS", Picture),
    (b"\x8aMNG\r\n\x1a\n", "MNG", Picture),
    (b"\x8bJNG\r\n\x1a\n", "JNG", Picture),
    (b"FLIF", "FLIF", Picture),
    (b"BPG\xfb", "BPG", Picture),
    (b"farbfeld", "farbfeld", Picture),
    (b"\x1aE\xdf\xa3", "video", Video),
    (b"FLV\x01", "video", Video),
    (b"OggS", "video", Video),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "video", Video),
    (b"\0\0\x01\xba", "video", Video),
    (b"\0\0\x01\xb3", "video", Video),
];

/// Recognises TIFF 6.0 and `BigTIFF`. Most cameras store their raw data in one. Canon's header says so; the
/// others are recognised only by what the file calls itself inside.
fn tiff(head: &[u8]) -> Option<FileKind> {
    let is_tiff = [b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"].iter().any(|magic| head.starts_with(*magic));
    let is_canon = head.get(8..10) == Some(b"CR");
    is_tiff.then_some(if is_canon {
        FileKind { label: "camera raw", content: Project }
    } else {
        FileKind { label: "TIFF", content: Picture }
    })
}

/// Recognises ISO base media files (ISO/IEC 14496-12). The brands in their first box say what they are; AVIF
/// and HEIC may come under a generic major brand.
fn iso_media(head: &[u8]) -> Option<FileKind> {
    let video = FileKind { label: "video", content: Video };
    match head.get(4..8)? {
        b"ftyp" => {}
        // QuickTime files from before that box was invented.
        b"moov" | b"mdat" | b"wide" => return Some(video),
        _ => return None,
    }
    let length = usize::try_from(u32::from_be_bytes(head.first_chunk().copied()?)).ok()?;
    let brands = head.get(8..length.min(head.len()).min(256)).unwrap_or_default();
    let has = |wanted: &[&[u8; 4]]| {
        brands.chunks_exact(4).any(|brand| wanted.iter().any(|want| brand == want.as_slice()))
    };
    Some(if has(&[b"avif", b"avis"]) {
        FileKind { label: "AVIF", content: Picture }
    } else if has(&[b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"]) {
        FileKind { label: "HEIC", content: Picture }
    } else if has(&[b"crx "]) {
        FileKind { label: "camera raw", content: Project }
    } else {
        video
    })
}

/// Recognises Krita and `OpenRaster` files: ZIP archives whose first entry is an uncompressed file
/// `mimetype`.
fn packed_project(head: &[u8]) -> Option<FileKind> {
    let entry = head.strip_prefix(b"PK\x03\x04")?.get(26..)?.strip_prefix(b"mimetype")?;
    let label = if entry.starts_with(b"application/x-krita") {
        "Krita"
    } else if entry.starts_with(b"image/openraster") {
        "OpenRaster"
    } else {
        return None;
    };
    Some(FileKind { label, content: Project })
}

/// Recognises Netpbm: `P1` to `P7`, then white space and a number, or a comment.
fn is_portable_map(head: &[u8]) -> bool {
    matches!(head, [b'P', b'1'..=b'7', b' ' | b'\t' | b'\n' | b'\r', b'0'..=b'9' | b'#' | b'W', ..])
}

fn is_avi(head: &[u8]) -> bool {
    head.starts_with(b"RIFF") && head.get(8..12) == Some(b"AVI ")
}

/// Recognises BMP. Many texts begin with "BM", so the size of the header after it must also be one that
/// exists (12 to 124 bytes, by version).
fn is_bmp(bytes: &[u8]) -> bool {
    bytes.starts_with(b"BM")
        && matches!(bytes.get(14..18), Some([12 | 40 | 52 | 56 | 64 | 108 | 124, 0, 0, 0]))
}

/// Follows the prologue of an XML document (declaration, comments, document type) to the first element. A web
/// page that contains a drawing does not count.
fn is_svg(bytes: &[u8]) -> bool {
    // Without zero bytes and non-ASCII bytes, UTF-8 and UTF-16 read alike.
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

    fn other(bytes: &[u8]) -> Option<(&'static str, FileContent)> {
        match sniff(bytes) {
            Sniffed::Other(kind) => Some((kind.label(), kind.content())),
            _ => None,
        }
    }

    #[test]
    fn supported_formats_are_recognised_by_their_first_bytes() {
        assert_eq!(sniff(b"\x89PNG\r\n\x1a\n...."), Sniffed::Image(ImageFormat::Png));
        assert_eq!(sniff(b"\xff\xd8\xff\xe0...."), Sniffed::Image(ImageFormat::Jpeg));
        assert_eq!(sniff(b"GIF89a..."), Sniffed::Image(ImageFormat::Gif));
        assert_eq!(sniff(b"RIFF\x10\0\0\0WEBPVP8 "), Sniffed::Image(ImageFormat::WebP));
        assert_eq!(sniff(b"RIFF\x10\0\0\0WAVEfmt "), Sniffed::NotAnImage);
    }

    #[test]
    fn a_drawing_is_recognised_after_any_prologue() {
        for drawing in [
            "<svg xmlns='http://www.w3.org/2000/svg'/>",
            "\u{feff}  <?xml version='1.0'?>\n<!-- made by hand -->\n<svg>",
            "<!DOCTYPE svg PUBLIC '-//W3C//DTD SVG 1.1//EN' 'x'><svg>",
            "<?xml version='1.0'?><svg:svg xmlns:svg='http://www.w3.org/2000/svg'>",
        ] {
            assert_eq!(other(drawing.as_bytes()), Some(("SVG", Svg)), "{drawing}");
        }
        let utf16: Vec<u8> = "\u{feff}<svg >".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(other(&utf16), Some(("SVG", Svg)));
    }

    #[test]
    fn a_page_that_contains_a_drawing_is_not_a_drawing() {
        assert_eq!(sniff(b"<!doctype html><html><body><svg>"), Sniffed::NotAnImage);
        assert_eq!(sniff(b"<svgfoo>"), Sniffed::NotAnImage);
        assert_eq!(sniff(b"I wrote <svg> once"), Sniffed::NotAnImage);
    }

    #[test]
    fn other_formats_have_their_common_names() {
        for (bytes, label, content) in [
            (&b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf"[..], "AVIF", Picture),
            (b"\0\0\0\x18ftypmif1\0\0\0\0mif1avif", "AVIF", Picture),
            (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC", Picture),
            (b"\0\0\0\x0cJXL \r\n\x87\n", "JPEG XL", Picture),
            (b"\xff\x0a\xfa\x1f", "JPEG XL", Picture),
            (b"II*\0\x08\0\0\0", "TIFF", Picture),
            (b"II*\0\x10\0\0\0CR\x02\0", "camera raw", Project),
            (b"BM6\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0", "BMP", Picture),
            (b"P6\n4 4\n255\n", "PNM", Picture),
            (b"8BPS\0\x01", "Photoshop", Project),
            (b"PK\x03\x04\x0a\0\0\0\0\0\0\0\0\0\0\0\0\0\x13\0\0\0\x13\0\0\0\x08\0\0\0mimetypeapplication/x-krita", "Krita", Project),
            (b"\0\0\0\x18ftypisom\0\0\0\0isommp41", "video", Video),
            (b"\0\0\0\x14ftypqt  \0\0\0\0qt  ", "video", Video),
            (b"\x1aE\xdf\xa3\x01", "video", Video),
            (b"RIFF\x10\0\0\0AVI LIST", "video", Video),
        ] {
            assert_eq!(other(bytes), Some((label, content)), "{bytes:?}");
        }
    }

    #[test]
    fn texts_that_begin_like_a_format_are_texts() {
        for text in [
            "BMW is a company, and this is text",
            "P2P networks",
            "PK\u{3}\u{4} and more",
            "RIFFs and chords",
        ] {
            assert_eq!(sniff(text.as_bytes()), Sniffed::NotAnImage, "{text}");
        }
    }

    #[test]
    fn empty_files_and_nonsense_are_not_images() {
        assert_eq!(sniff(b""), Sniffed::NotAnImage);
        assert_eq!(sniff(b"a shopping list"), Sniffed::NotAnImage);
        assert_eq!(sniff(&[0; 64]), Sniffed::NotAnImage);
    }
}
