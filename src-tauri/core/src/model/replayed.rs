//! What a catalog got back from its journal.

use serde::Serialize;

/// What a catalog got back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, specta::Type)]
pub struct Replayed {
    /// Rows that were written or deleted.
    pub changes: u32,
    /// Images among them that the catalog did not have.
    pub images: u32,
    /// Rows that did not fit: what they belong to is gone.
    pub refused: u32,
    /// Lines of the journal that are damaged, and what they told is lost.
    pub damaged: u32,
    /// The journal tells everything that happened since the catalog's state.
    /// Where it does not, no image stays public without a later word for it.
    pub is_whole: bool,
}
