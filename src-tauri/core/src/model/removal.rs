//! How images go.

use super::UnixMs;

/// How an image goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removal {
    /// Into the trash; it can come back under the same URL.
    ToTrash,
    /// For good.
    Permanent,
    /// For good, if it is in the trash still and went there before this moment.
    FromTrash(UnixMs),
}
