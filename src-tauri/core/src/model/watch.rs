//! Folders outside the library that are watched for new pictures.

use serde::Serialize;

/// A folder whose new pictures are imported into the history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, specta::Type)]
pub struct WatchedFolder {
    /// The id of the entry.
    pub id: u32,
    /// The folder's path, for display.
    pub path: String,
    /// Patterns of the files and folders to skip.
    pub ignored: Vec<String>,
    /// The number of pictures that existed before the folder was watched, until
    /// the artist decides whether to import them.
    pub offered: u32,
    /// True if the folder can be found now.
    pub is_there: bool,
}

/// The state of a file in a watched folder, when it was last checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct WatchedFile {
    /// The hash of its path inside the folder.
    pub file: [u8; 16],
    /// The size in bytes.
    pub size: u64,
    /// The modification time, in microseconds of the system's clock.
    pub modified: i64,
}
