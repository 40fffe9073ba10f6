//! The progress of long work.

use serde::Serialize;
use std::time::Duration;

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

/// Work that can take long and then ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// An import that a person started.
    Import,
    /// The uploads of originals until the outbox is empty.
    Uploads,
}

/// Work that has ended, in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorkEnded {
    /// What has ended.
    pub work: Work,
    /// New images, or originals that the bucket confirmed.
    pub done: u32,
    /// Refused files, or uploads that are parked.
    pub failed: u32,
    /// The time from the beginning to the end.
    pub took: Duration,
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
