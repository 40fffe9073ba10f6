//! Raw metadata in a form for display.

use serde::Serialize;

/// A named part of a raw text, as a tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, specta::Type)]
pub struct RawNode {
    /// The key, or the index in a list.
    pub name: String,
    /// The value; `None` if the part has parts of its own.
    pub value: Option<String>,
    /// The nested parts, in the order of the text.
    pub parts: Vec<RawNode>,
}
