//! How far long work is.

use serde::Serialize;

/// How far an import is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, specta::Type)]
pub struct ImportProgress {
    /// Files that are through.
    pub done: u32,
    /// Files found so far.
    pub total: u32,
    /// More files may be found.
    pub counting: bool,
    /// How long the rest takes, if that can be said.
    pub seconds_left: Option<u32>,
    /// More will come.
    pub running: bool,
}

/// How far the search for dates is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, specta::Type)]
pub struct DateProgress {
    /// Images whose files were searched.
    pub searched: u32,
    /// Those among them that have a date now; the others keep that of their
    /// import.
    pub dated: u32,
    /// Images there are to search.
    pub total: u32,
}
