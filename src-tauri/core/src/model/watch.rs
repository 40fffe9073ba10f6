//! Folders outside the library that are watched for new pictures.

use serde::Serialize;

/// A folder whose new pictures join the history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, specta::Type)]
pub struct WatchedFolder {
    /// Names it.
    pub id: u32,
    /// Where it is, to be shown.
    pub path: String,
    /// Patterns of what is passed over.
    pub ignored: Vec<String>,
    /// Pictures that lay there before, while nobody said whether they are
    /// wanted.
    pub offered: u32,
    /// It can be found now.
    pub is_there: bool,
}

/// A file of a watched folder as it was when somebody looked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct WatchedFile {
    /// The hash of its place in the folder.
    pub file: [u8; 16],
    /// In bytes.
    pub size: u64,
    /// When it was last written, in microseconds of the system's clock.
    pub modified: i64,
}
