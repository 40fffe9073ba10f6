//! What an import is given, and what becomes of each file.

use super::{ImageId, Visibility};
use serde::Serialize;
use std::fmt;
use std::path::PathBuf;

/// Which images an import takes out of the trash when it meets their bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Restores {
    /// None: nobody asked for any of the files.
    Nothing,
    /// Those whose file was named, dropped or pasted by itself. What merely
    /// lies in a folder stays in the trash.
    #[default]
    Named,
    /// All.
    Everything,
}

/// Where bytes come from.
#[derive(Debug)]
pub enum Source {
    /// A file or a folder of files.
    Path(PathBuf),
    /// The clipboard.
    Bytes {
        /// A name to keep.
        filename: String,
        /// All of them.
        bytes: Vec<u8>,
    },
}

/// What became of one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It is a new image, or came back from the trash.
    Imported,
    /// The profile already has these bytes.
    Duplicate,
    /// The profile has these bytes in the trash, and they stay there.
    InTrash,
    /// It was refused, for a reason.
    Rejected,
}

/// One line of an import's result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedFile {
    /// Where it came from; empty for the clipboard.
    pub path: PathBuf,
    /// The file's own name.
    pub name: String,
    /// What became of it.
    pub outcome: Outcome,
    /// The image that holds its bytes.
    pub id: Option<ImageId>,
    /// The visibility that replaced another one the image had before.
    pub switched_to: Option<Visibility>,
    /// Why it was refused.
    pub rejection: Option<Rejection>,
}

/// What was not taken in, in numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, specta::Type)]
pub struct PassedOver {
    /// Formats that are not taken in, the most frequent first: of pictures, which
    /// are refused as well, and of files that are only counted.
    pub kinds: Vec<KindCount>,
    /// The latter, such as videos.
    pub counted: u32,
    /// Hidden files and folders.
    pub hidden: u32,
    /// Links to folders that were looked through anyway.
    pub links: u32,
    /// The library that is open.
    pub libraries: u32,
    /// Other files, such as texts beside pictures.
    pub others: u32,
}

/// How many files were of one format.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, specta::Type)]
pub struct KindCount {
    /// Its label, such as "AVIF" or "video".
    pub kind: String,
    /// How many.
    pub count: u32,
}

/// The kinds of refusal the interface and scripts can tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, specta::Type)]
pub enum RejectionReason {
    /// The bytes are no picture at all.
    NotAnImage,
    /// There are no bytes.
    Empty,
    /// The picture ends before it is complete.
    Truncated,
    /// More bytes than the size limit.
    TooLarge,
    /// More pixels than the limit, whatever the file's size.
    TooManyPixels,
    /// A picture of a format, or a variant of one, that is not taken in.
    UnsupportedFormat,
    /// A vector drawing, which can carry scripts.
    Svg,
    /// The file is there and cannot be read.
    Unreadable,
    /// Nothing is there, or a link to nothing.
    Missing,
    /// A folder where a file is expected.
    Directory,
    /// A pipe, a socket or a device.
    NotAFile,
    /// A link to a folder elsewhere.
    LinkedFolder,
    /// A folder below too many others.
    TooDeep,
    /// A Vitrine library, or something inside one that is no original.
    Library,
    /// The disk of the library is full.
    DiskFull,
    /// The picture is damaged, or the library cannot be written.
    Failed,
}

/// A refusal: a code to act on and a sentence to show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, specta::Type)]
pub struct Rejection {
    /// What kind of refusal it is.
    pub code: RejectionReason,
    /// What happened and what to do, in plain words.
    pub sentence: String,
    /// The label of its format, such as "AVIF", where that is why.
    pub kind: Option<&'static str>,
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}
