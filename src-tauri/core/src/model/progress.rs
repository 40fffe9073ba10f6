//! The progress of long work.

use serde::Serialize;

/// The progress of an import.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, specta::Type)]
pub struct ImportProgress {
    /// Files with an outcome.
    pub done: u32,
    /// Files found so far.
    pub total: u32,
    /// True while more files may be found.
    pub counting: bool,
    /// The estimated time until the import ends, in seconds; `None` while there
    /// is no estimate.
    pub seconds_left: Option<u32>,
    /// False in the last report of an import.
    pub running: bool,
}

/// The progress of saving copies of originals.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, specta::Type)]
pub struct CopyProgress {
    /// Images that were handled.
    pub done: u32,
    /// All images.
    pub total: u32,
}

/// The progress of the search for dates.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, specta::Type)]
pub struct DateProgress {
    /// Images whose files have been searched.
    pub searched: u32,
    /// How many of them have a date now. The others keep the moment of their
    /// import.
    pub dated: u32,
    /// The number of images to search.
    pub total: u32,
}
