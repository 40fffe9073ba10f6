//! What the artist chose. No secrets.

use super::Bytes;
use serde::{Deserialize, Serialize};

/// Colours of the window.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// As the desktop says.
    System,
    /// Neutral dark.
    #[default]
    Dark,
    /// Neutral light.
    Light,
}

/// Which originals stay on this machine. Only those the bucket has ever go.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum KeepOriginals {
    /// All of them.
    #[default]
    Always,
    /// Those opened or imported not too long ago.
    WhileUsed,
    /// Those used last, up to a total size.
    UpToSize,
}

/// What the library takes on this disk.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, specta::Type)]
pub struct SpaceUse {
    /// All originals.
    pub originals: Bytes,
    /// All thumbnails.
    pub thumbnails: Bytes,
}

/// Choices that belong to a library.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(default)]
pub struct Settings {
    /// Larger files are refused at import. Megabytes of 1,000,000 bytes.
    pub max_upload_mb: u32,
    /// Colours of the window.
    pub theme: Theme,
    /// Uploads at the same time, 1 to 16.
    pub parallel_transfers: u32,
    /// What all uploads together may send, in kilobytes of 1,000 bytes a
    /// second. Zero is no limit.
    pub upload_limit_kb: u32,
    /// The first picture was seen; hints need not come back.
    pub first_run_done: bool,
    /// Which originals stay on this machine.
    pub keep_originals: KeepOriginals,
    /// Originals unopened for so many days go, if they stay while used.
    pub free_after_days: u32,
    /// Originals beyond this go, if they stay up to a size. Gigabytes of
    /// 1,000,000,000 bytes.
    pub originals_limit_gb: u32,
    /// Thumbnails beyond this go; they are made again when needed. Megabytes
    /// of 1,000,000 bytes; 0 for no limit.
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
    /// Says what is out of range, in plain words.
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
