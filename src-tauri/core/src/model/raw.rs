//! Raw metadata, as people look at it.

use serde::Serialize;

/// A named part of a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, specta::Type)]
pub struct RawNode {
    /// The key, or the number in a list.
    pub name: String,
    /// What it holds, if it holds no more parts.
    pub value: Option<String>,
    /// Its parts, in the order they were written.
    pub parts: Vec<RawNode>,
}
