//! Compares what the catalog says with the originals on disk and the objects in
//! the bucket, and mends what differs. A difference between two lists read one
//! after the other is only a doubt: it counts, and is acted on, when the row
//! and the object still differ on a second look. Must not know who shows the
//! progress.

mod catalog;
mod check;
mod compare;
mod originals;
mod repair;
mod report;

pub use check::{Means, run};
pub use report::{Finding, FindingCounts, FindingKind, MAX_LISTED, VerifyProgress, VerifyReport};

use crate::files::Depth;

/// What becomes of objects that belong to no image.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum UnknownObjects {
    /// They are named and left alone.
    #[default]
    Report,
    /// They become images of the profile their key names.
    Adopt,
    /// They are deleted.
    Delete,
}

/// How a verification is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VerifyOptions {
    /// Mends what can be mended without a loss.
    pub repair: bool,
    /// How closely originals are looked at.
    pub depth: Depth,
    /// What becomes of objects that belong to no image.
    pub unknown: UnknownObjects,
    /// Rows and objects held in memory at a time, 1 to 1000.
    pub page_size: u32,
}

impl Default for VerifyOptions {
    fn default() -> Self {
        Self { repair: false, depth: Depth::Size, unknown: UnknownObjects::default(), page_size: 1000 }
    }
}
