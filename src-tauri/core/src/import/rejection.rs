//! Explains why a file was not imported, to a person who has to do something
//! about it. Owns the words; knows nothing about how a flaw was found. A
//! sentence never contains a path, because it crosses to the interface.

use super::outline::JpegKind;
use super::{FileContent, FileKind, ReadLimits};
use crate::model::{Rejection, RejectionReason};
use std::io;

impl std::error::Error for Rejection {}

const FINISH_COPY: &str = "Let the download or copy finish, or export it again.";

impl Rejection {
    /// Explains why a source file could not be read.
    pub fn for_reading(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Self::missing(),
            io::ErrorKind::IsADirectory => Self::directory(),
            io::ErrorKind::PermissionDenied => Self::of(
                RejectionReason::Unreadable,
                "Vitrine may not read this file. Change its permissions and import it again.",
            ),
            _ => Self::of(
                RejectionReason::Unreadable,
                "This file could not be read. Check the disk or drive it is on and import it again.",
            ),
        }
    }

    /// Explains why a folder could not be read, or not completely.
    pub(super) fn for_listing(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Self::of(
                RejectionReason::Missing,
                "This folder is no longer there. It may have been moved or deleted.",
            ),
            io::ErrorKind::PermissionDenied => Self::of(
                RejectionReason::Unreadable,
                "Vitrine may not read this folder. Change its permissions and import it again.",
            ),
            _ => Self::of(
                RejectionReason::Unreadable,
                "This folder could not be read completely. Check the disk or drive it is on and import it \
                 again.",
            ),
        }
    }

    /// Explains why a picture could not be saved in the library.
    pub fn for_keeping(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::of(
                RejectionReason::DiskFull,
                "The disk with your library is full. Free some space and import this picture again.",
            ),
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Self::of(
                RejectionReason::Failed,
                "Vitrine may not write to the library folder. Check its permissions and import again.",
            ),
            _ => Self::of(
                RejectionReason::Failed,
                "The picture could not be saved in the library. Check the library's disk and import again.",
            ),
        }
    }

    /// Nobody sees this one, because cancelled files are not reported.
    pub(super) fn cancelled() -> Self {
        Self::of(RejectionReason::Failed, "The import was cancelled.")
    }

    pub(super) fn not_an_image() -> Self {
        Self::of(
            RejectionReason::NotAnImage,
            "This is not a picture. Vitrine takes JPEG, PNG, WebP and GIF files.",
        )
    }

    pub(super) fn empty() -> Self {
        Self::of(RejectionReason::Empty, "This file is empty. Export or download the picture again.")
    }

    /// Says how much of a picture is there: a share from 0 to 1, or `None` if it
    /// is unknown.
    pub(super) fn truncated(share: Option<f64>) -> Self {
        let there = match share.map(percent) {
            None => "The end of this picture is missing.".to_owned(),
            Some(0) => "This file has the header of a picture, but no picture data.".to_owned(),
            Some(share) => format!("About {share} % of this picture is there; the rest is missing."),
        };
        Self::of(RejectionReason::Truncated, format!("{there} {FINISH_COPY}"))
    }

    /// Says how many frames of an animation are whole.
    pub(super) fn cut_animation(whole: u32) -> Self {
        let frames = if whole == 1 { "frame" } else { "frames" };
        let there = format!("{whole} {frames} of this animation can be shown; the next one ends early.");
        Self::of(RejectionReason::Truncated, format!("{there} {FINISH_COPY}"))
    }

    pub(super) fn too_large(found: Option<u64>, limit: u64) -> Self {
        let needed = found.unwrap_or(limit.saturating_mul(2)).div_ceil(1_000_000);
        let found = found.map_or_else(|| "more than that".to_owned(), megabytes);
        let limit = megabytes(limit);
        Self::of(
            RejectionReason::TooLarge,
            format!(
                "Files may have up to {limit}; this one has {found}. Raise the limit in Settings (on the command line: vitrine settings max_upload_mb {needed}), or export it smaller."
            ),
        )
    }

    pub(super) fn too_many_pixels(width: u32, height: u32, limits: &ReadLimits) -> Self {
        let most = limits.max_pixels / 1_000_000;
        let side = limits.max_side;
        Self::of(
            RejectionReason::TooManyPixels,
            format!(
                "This picture claims {width} x {height} pixels; Vitrine opens up to {most} million, {side} on a side. Scale it down."
            ),
        )
    }

    /// Says how many bytes of memory opening the picture would take, and how
    /// many it may take.
    pub(super) fn too_deep(needed: u64, most: u64) -> Self {
        let (needed, most) = (gigabytes(needed), gigabytes(most));
        Self::of(
            RejectionReason::TooManyPixels,
            format!(
                "This picture needs {needed} of memory to open, and Vitrine uses up to {most}. Save it as \
                 PNG with 8 bits per channel and without interlacing, or scale it down."
            ),
        )
    }

    /// Names the kind of a recognised file, and what to do instead.
    pub(super) fn unsupported(kind: FileKind) -> Self {
        let label = kind.label();
        let (code, sentence) = match kind.content() {
            FileContent::Svg => {
                let why = "SVG drawings can contain scripts, so Vitrine does not import them.";
                (RejectionReason::Svg, format!("{why} Export it as PNG."))
            }
            FileContent::Picture => (
                RejectionReason::UnsupportedFormat,
                format!(
                    "{label} pictures are not supported yet. Save it as PNG, JPEG or WebP and import that."
                ),
            ),
            FileContent::Project => (
                RejectionReason::UnsupportedFormat,
                format!("{label} files are not supported yet. Export the picture as PNG and import that."),
            ),
            FileContent::Video => (
                RejectionReason::UnsupportedFormat,
                "Videos are not supported yet. Save single frames as PNG and import those.".to_owned(),
            ),
        };
        Self { kind: Some(label), ..Self::of(code, sentence) }
    }

    pub(super) fn too_slow() -> Self {
        Self::of(
            RejectionReason::TooManyPixels,
            "This JPEG has too many scans to open in reasonable time. Save it as an ordinary JPEG or as PNG.",
        )
    }

    /// Names a kind of JPEG that Vitrine cannot open.
    pub(super) fn unsupported_jpeg(kind: JpegKind) -> Self {
        Self::of(
            RejectionReason::UnsupportedFormat,
            format!(
                "This is {kind}, which Vitrine and most programs cannot open. Save it as an ordinary JPEG or as PNG."
            ),
        )
    }

    pub(super) fn unusual() -> Self {
        Self::of(
            RejectionReason::UnsupportedFormat,
            "This is a variant of its format that Vitrine cannot open. Save it as an ordinary JPEG or as PNG.",
        )
    }

    pub(super) fn damaged() -> Self {
        Self::of(
            RejectionReason::Failed,
            "This picture is damaged and cannot be opened. Export or download it again.",
        )
    }

    pub(super) fn missing() -> Self {
        Self::of(RejectionReason::Missing, "This file is no longer there. It may have been moved or deleted.")
    }

    pub(super) fn dangling() -> Self {
        Self::of(
            RejectionReason::Missing,
            "This is a link to a file that is no longer there. Import the file itself.",
        )
    }

    pub(super) fn directory() -> Self {
        Self::of(RejectionReason::Directory, "This is a folder. Choose the pictures inside it.")
    }

    pub(super) fn no_pictures() -> Self {
        Self::of(RejectionReason::Directory, "This folder contains no pictures.")
    }

    pub(super) fn all_hidden() -> Self {
        Self::of(
            RejectionReason::Directory,
            "This folder contains no pictures except hidden files, which are not imported. Import those you \
             want by themselves.",
        )
    }

    pub(super) fn linked_folder() -> Self {
        Self::of(
            RejectionReason::LinkedFolder,
            "This is a link to a folder elsewhere and was not followed. Import that folder itself.",
        )
    }

    pub(super) fn too_far_down(limit: usize) -> Self {
        Self::of(
            RejectionReason::TooDeep,
            format!("This folder is more than {limit} levels deep and was skipped. Import it by itself."),
        )
    }

    pub(super) fn library() -> Self {
        Self::of(
            RejectionReason::Library,
            "This belongs to a Vitrine library and was skipped. To import one of its originals, choose that \
             file.",
        )
    }

    pub(super) fn not_a_file() -> Self {
        Self::of(
            RejectionReason::NotAFile,
            "This is a device or a pipe, not a file. Save the picture as a file first.",
        )
    }

    pub(super) fn of(code: RejectionReason, sentence: impl Into<String>) -> Self {
        Self { code, sentence: sentence.into(), kind: None }
    }
}

/// Formats a size as file managers do, in megabytes, with one decimal unless it
/// is zero.
fn megabytes(bytes: u64) -> String {
    let tenths = bytes.div_ceil(100_000);
    if tenths.is_multiple_of(10) {
        format!("{} MB", tenths / 10)
    } else {
        format!("{}.{} MB", tenths / 10, tenths % 10)
    }
}

/// Formats a size in gigabytes with one decimal.
fn gigabytes(bytes: u64) -> String {
    let tenths = bytes.saturating_add(50_000_000) / 100_000_000;
    format!("{}.{} GB", tenths / 10, tenths % 10)
}

/// Returns a share in whole percent. It is 0 only for nothing, and never 100,
/// because something is missing.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 1")]
fn percent(share: f64) -> u32 {
    if share <= 0.0 { 0 } else { ((share * 100.0).round() as u32).clamp(1, 99) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_not_confused_with_an_unwritable_folder() {
        let full = Rejection::for_keeping(&io::ErrorKind::StorageFull.into());
        assert_eq!(full.code, RejectionReason::DiskFull);
        let read_only = Rejection::for_keeping(&io::ErrorKind::ReadOnlyFilesystem.into());
        assert_eq!(read_only.code, RejectionReason::Failed);
    }

    #[test]
    fn the_code_is_serialised_by_its_name() {
        let svg = crate::import::file_kind(b"<svg>").unwrap();
        let value = serde_json::to_value(Rejection::unsupported(svg)).unwrap();
        assert_eq!(value["code"], "Svg");
        assert!(value["sentence"].as_str().unwrap().contains("PNG"));
    }

    #[test]
    fn sizes_look_as_in_a_file_manager_and_never_round_down_to_the_limit() {
        assert_eq!(megabytes(50_000_000), "50 MB");
        assert_eq!(megabytes(50_000_001), "50.1 MB");
        assert_eq!(megabytes(63_400_000), "63.4 MB");
    }
}
