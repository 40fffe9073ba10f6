//! The choices of the artist. Contains no secrets.

use super::Bytes;
use serde::{Deserialize, Serialize};

/// Colours of the window.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// The theme of the desktop.
    System,
    /// Neutral dark.
    #[default]
    Dark,
    /// Neutral light.
    Light,
}

/// Which originals stay on this machine. Only originals that the bucket holds
/// are ever deleted from it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum KeepOriginals {
    /// All of them.
    #[default]
    Always,
    /// Those that were opened or imported recently.
    WhileUsed,
    /// The most recently used ones, up to a total size.
    UpToSize,
}

/// The disk space that the library uses.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, specta::Type)]
pub struct SpaceUse {
    /// The total size of the originals.
    pub originals: Bytes,
    /// The total size of the thumbnails.
    pub thumbnails: Bytes,
}

/// The settings of a library.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(default)]
pub struct Settings {
    /// Import refuses larger files. In megabytes of 1,000,000 bytes.
    pub max_upload_mb: u32,
    /// Colours of the window.
    pub theme: Theme,
    /// The maximum number of concurrent uploads, 1 to 16.
    pub parallel_transfers: u32,
    /// The rate limit of all uploads together, in kilobytes of 1,000 bytes per
    /// second. Zero means no limit.
    pub upload_limit_kb: u32,
    /// True once the artist has seen the first picture; the hints do not come
    /// back.
    pub first_run_done: bool,
    /// Which originals stay on this machine.
    pub keep_originals: KeepOriginals,
    /// With `WhileUsed`, an original is deleted from this machine after this
    /// many days without being opened.
    pub free_after_days: u32,
    /// With `UpToSize`, the total size of the originals that stay. In gigabytes
    /// of 1,000,000,000 bytes.
    pub originals_limit_gb: u32,
    /// The total size of the thumbnails that stay; deleted ones are made again
    /// when needed. In megabytes of 1,000,000 bytes; 0 means no limit.
    pub thumbnails_limit_mb: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            max_upload_mb: 50,
            theme: Theme::default(),
            parallel_transfers: 4,
            upload_limit_kb: 0,
            first_run_done: false,
            keep_originals: KeepOriginals::default(),
            free_after_days: 30,
            originals_limit_gb: 20,
            thumbnails_limit_mb: 0,
        }
    }
}

impl Settings {
    /// Returns which setting is out of range, in plain words; `None` if all are
    /// valid.
    pub fn problem(&self) -> Option<&'static str> {
        if !(1..=4_000).contains(&self.max_upload_mb) {
            return Some("The import limit can be 1 to 4,000 MB.");
        }
        if !(1..=16).contains(&self.parallel_transfers) {
            return Some("1 to 16 uploads can run at the same time.");
        }
        if self.upload_limit_kb > 10_000_000 {
            return Some("The upload limit can be 1 to 10,000,000 kB/s, or 0 for none.");
        }
        if !(1..=3_650).contains(&self.free_after_days) {
            return Some("Originals can be freed after 1 to 3,650 days.");
        }
        (self.originals_limit_gb > 100_000 || self.thumbnails_limit_mb > 1_000_000)
            .then_some("A limit can be at most 100,000 GB of originals and 1,000,000 MB of thumbnails.")
    }
}
