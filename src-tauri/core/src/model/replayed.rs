//! What a catalog recovered from its journal.

use serde::Serialize;

/// The result of replaying a journal into a catalog.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, specta::Type)]
pub struct Replayed {
    /// Rows that were written or deleted.
    pub changes: u32,
    /// Images among them that the catalog did not have before.
    pub images: u32,
    /// Rows that were refused, because the row they belong to no longer exists.
    pub refused: u32,
    /// Damaged lines of the journal. Their changes are lost.
    pub damaged: u32,
    /// True if the journal has every change since the catalog's state. If not,
    /// no image stays public unless a later change says so.
    pub is_whole: bool,
}
