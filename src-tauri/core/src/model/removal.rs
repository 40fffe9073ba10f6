//! The ways to remove an image.

use super::UnixMs;

/// How to remove an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removal {
    /// Moves it to the trash, from where it can be restored under the same URL.
    ToTrash,
    /// Deletes it permanently.
    Permanent,
    /// Deletes it permanently, but only if it is in the trash and was moved
    /// there before this moment.
    FromTrash(UnixMs),
}
