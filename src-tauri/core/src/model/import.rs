//! What an import receives, and the outcome of each file.

use super::{CollectionId, GalleryId, ImageId, ImageKind, Visibility};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::PathBuf;

/// Which images an import takes out of the trash when it finds their bytes again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Restores {
    /// None of them, because nobody asked for any single file.
    Nothing,
    /// Those whose file was named, dropped or pasted by itself. An image stays in
    /// the trash if its file was only found in a folder.
    #[default]
    Named,
    /// All of them.
    Everything,
}

/// The destination of imported pictures.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, specta::Type)]
pub struct ImportTarget {
    /// Whether they become generated images or references.
    pub kind: ImageKind,
    /// The gallery that references join; `None` for no gallery.
    pub gallery: Option<GalleryId>,
    /// The collection that generated images join; `None` for no collection.
    pub collection: Option<CollectionId>,
}

impl ImportTarget {
    /// The profile's history, where generated images go.
    pub const HISTORY: Self = Self::of(ImageKind::Generated);

    /// Images of this kind, in no gallery or collection.
    #[must_use]
    pub const fn of(kind: ImageKind) -> Self {
        Self { kind, gallery: None, collection: None }
    }
}

/// What the artist chose for the images of one import.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ImportChoices {
    /// Who can find generated images. A choice applies to every file of the
    /// import, even to one that is already in the library. Without a choice, new
    /// images are unlisted, existing images keep their visibility, and images
    /// restored from the trash become unlisted, whatever they were before.
    pub visibility: Option<Visibility>,
    /// Which images are restored from the trash.
    pub restores: Restores,
}

impl ImportChoices {
    /// The choices of an import that nobody asked for: new images are unlisted, existing
    /// ones keep their visibility, and images in the trash stay there.
    pub const UNASKED: Self = Self { visibility: None, restores: Restores::Nothing };
}

/// The source of an import.
#[derive(Debug)]
pub enum Source {
    /// A file, or a folder of files.
    Path(PathBuf),
    /// Bytes from the clipboard.
    Bytes {
        /// The name that the image gets.
        filename: String,
        /// The whole file.
        bytes: Vec<u8>,
    },
}

/// The outcome of one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The file became a new image, or its image came back from the trash.
    Imported,
    /// The profile already has an image with these bytes.
    Duplicate,
    /// The profile has an image with these bytes in the trash, and it stays
    /// there.
    InTrash,
    /// The file was refused; the rejection says why.
    Rejected,
}

/// The result of one file of an import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedFile {
    /// The file's path; empty for the clipboard.
    pub path: PathBuf,
    /// The file's own name, without its folders.
    pub name: String,
    /// What became of the file.
    pub outcome: Outcome,
    /// The image that holds its bytes; `None` for a refused file.
    pub id: Option<ImageId>,
    /// The new visibility, if the import changed that of an image that already
    /// existed.
    pub switched_to: Option<Visibility>,
    /// Why the file was refused; `None` otherwise.
    pub rejection: Option<Rejection>,
}

/// What an import skipped, in numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, specta::Type)]
pub struct PassedOver {
    /// Formats that are not imported, the most frequent first: formats of
    /// pictures, which are also reported as refused, and formats of files that
    /// are only counted.
    pub kinds: Vec<KindCount>,
    /// The files that are only counted, such as videos.
    pub counted: u32,
    /// Hidden files and folders.
    pub hidden: u32,
    /// Links to folders that were looked through under their own path.
    pub links: u32,
    /// The open library itself, where it is inside an imported folder.
    pub libraries: u32,
    /// Other files, such as text files beside pictures.
    pub others: u32,
}

/// How many files had one format.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, specta::Type)]
pub struct KindCount {
    /// The label of the format, such as "AVIF" or "video".
    pub kind: String,
    /// The number of files.
    pub count: u32,
}

/// The kinds of refusal that the interface and scripts can tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, specta::Type)]
pub enum RejectionReason {
    /// The bytes are not a picture.
    NotAnImage,
    /// The file is empty.
    Empty,
    /// The file ends before the picture is complete.
    Truncated,
    /// The file has more bytes than the size limit.
    TooLarge,
    /// The picture has more pixels than the limit, whatever the size of the file.
    TooManyPixels,
    /// A picture in a format, or a variant of a format, that Vitrine does not
    /// import.
    UnsupportedFormat,
    /// A vector drawing (SVG), which can contain scripts.
    Svg,
    /// The file exists, but cannot be read.
    Unreadable,
    /// Nothing exists at this path, or a link leads to nothing.
    Missing,
    /// A folder instead of a file.
    Directory,
    /// A pipe, a socket or a device instead of a file.
    NotAFile,
    /// A link to a folder outside the imported folder.
    LinkedFolder,
    /// A folder nested too deeply.
    TooDeep,
    /// A Vitrine library, or a file inside one that is not an original.
    Library,
    /// The disk that holds the library is full.
    DiskFull,
    /// The picture is damaged, or the library cannot be written to.
    Failed,
}

/// A refusal, with a code to act on and a sentence to show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, specta::Type)]
pub struct Rejection {
    /// The kind of refusal.
    pub code: RejectionReason,
    /// What happened and what to do about it, in plain words.
    pub sentence: String,
    /// The label of the file's format, such as "AVIF", if the format is the
    /// reason.
    pub kind: Option<&'static str>,
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}
