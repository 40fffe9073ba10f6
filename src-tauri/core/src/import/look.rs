//! The first check of a file that was found in a folder and is not named like a picture. Its first bytes
//! decide whether it is a picture, and otherwise how it is reported. Reads no more than the head of the file.

use super::names::Named;
use super::passed::Passed;
use super::read::check_path;
use super::sniff::{FileContent, FileKind, Sniffed, sniff};
use crate::model::{Rejection, RejectionReason};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// How many bytes are read. They are enough to tell what a file is.
const HEAD: u64 = 4096;

/// The result of the check.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// A picture by its name or by its bytes, to be read.
    Picture,
    /// A picture that Vitrine does not import, or a file that may be one but cannot be read.
    Refused(Rejection),
    /// Not a picture.
    Passed(Passed),
}

pub(super) fn look(path: &Path, named: Named) -> Look {
    if named == Named::Ours {
        // A damaged one should be reported.
        return Look::Picture;
    }
    match head(path) {
        Ok(Some(head)) => judge(&head, named),
        Err(rejection) if is_missed(named, &rejection) => Look::Refused(rejection),
        // Reading a pipe or a device does not yield a file.
        Ok(None) | Err(_) => Look::Passed(Passed::Other),
    }
}

/// Says whether anybody would miss a file that cannot be read. A text file that disappeared before it was
/// read was temporary; one that cannot be read may contain the prompt of a picture.
pub(super) fn is_missed(named: Named, rejection: &Rejection) -> bool {
    named != Named::NoPicture || rejection.code != RejectionReason::Missing
}

fn head(path: &Path) -> Result<Option<Vec<u8>>, Rejection> {
    if !check_path(path)?.is_file() {
        return Ok(None);
    }
    let mut head = Vec::new();
    let read = File::open(path).and_then(|file| file.take(HEAD).read_to_end(&mut head));
    read.map(|_| Some(head)).map_err(|error| Rejection::for_reading(&error))
}

fn judge(head: &[u8], named: Named) -> Look {
    match (sniff(head), named) {
        (Sniffed::Image(_), _) => Look::Picture,
        // The raw files of most cameras are TIFF inside.
        (Sniffed::Other(kind), Named::Other(named)) if kind.label() == "TIFF" => of_kind(named),
        (Sniffed::NotAnImage, Named::Other(kind)) if head.is_empty() && is_picture(kind) => {
            Look::Refused(Rejection::empty())
        }
        (Sniffed::Other(kind), _) | (Sniffed::NotAnImage, Named::Other(kind)) => of_kind(kind),
        (Sniffed::NotAnImage, _) => Look::Passed(Passed::Other),
    }
}

fn of_kind(kind: FileKind) -> Look {
    if is_picture(kind) {
        Look::Refused(Rejection::unsupported(kind))
    } else {
        Look::Passed(Passed::Kind(kind.label()))
    }
}

/// Says whether artists would miss a file of this kind among their pictures.
fn is_picture(kind: FileKind) -> bool {
    match kind.content() {
        FileContent::Picture | FileContent::Svg => true,
        FileContent::Project => !matches!(kind.label(), "PDF" | "PostScript"),
        FileContent::Video => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n....";
    const AVIF: &[u8] = b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf";
    const MP4: &[u8] = b"\0\0\0\x18ftypisom\0\0\0\0isommp41";

    fn seen(name: &str, bytes: &[u8]) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        match look(&path, Named::of(&path)) {
            Look::Picture => "a picture".to_owned(),
            Look::Refused(Rejection { kind: Some(kind), .. }) => format!("refused: {kind}"),
            Look::Refused(rejection) => format!("refused: {:?}", rejection.code),
            Look::Passed(passed) => format!("{passed:?}"),
        }
    }

    #[test]
    fn the_bytes_decide_the_format_and_the_name_only_if_they_do_not() {
        for (name, bytes, expected) in [
            ("a", PNG, "a picture"),
            ("a.txt", PNG, "a picture"),
            ("a.avif", PNG, "a picture"),
            ("a.png", b"anything".as_slice(), "a picture"),
            ("a.avif", AVIF, "refused: AVIF"),
            ("a", AVIF, "refused: AVIF"),
            ("a.avif", b"", "refused: Empty"),
            ("a.heic", b"no signature that is known", "refused: HEIC"),
            ("a.tif", b"II*\0\x08\0\0\0", "refused: TIFF"),
            ("a.dng", b"II*\0\x08\0\0\0", "refused: camera raw"),
            ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "refused: SVG"),
            ("a.psd", b"8BPS\0\x01", "refused: Photoshop"),
            ("a.mp4", MP4, "Kind(\"video\")"),
            ("a", MP4, "Kind(\"video\")"),
            ("a.mkv", b"\x1aE\xdf\xa3", "Kind(\"video\")"),
            ("a.avi", b"RIFF....AVI LIST", "Kind(\"video\")"),
            ("a.pdf", b"%PDF-1.7", "Kind(\"PDF\")"),
            ("a.txt", b"a prompt", "Other"),
            ("a", b"", "Other"),
        ] {
            assert_eq!(seen(name, bytes), expected, "{name} of {bytes:?}");
        }
    }

    #[test]
    fn a_missing_file_is_reported_unless_it_was_a_text() {
        let gone = |name: &str| {
            let path = Path::new("/nowhere").join(name);
            look(&path, Named::of(&path))
        };
        let Look::Refused(rejection) = gone("a.avif") else { panic!() };
        assert_eq!(rejection.code, RejectionReason::Missing);
        assert_eq!(gone("a.txt"), Look::Passed(Passed::Other));
    }
}
