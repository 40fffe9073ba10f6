//! What the artist chose. No secrets.

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
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            max_upload_mb: 50,
            theme: Theme::default(),
            parallel_transfers: 4,
            upload_limit_kb: 0,
            first_run_done: false,
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
        (self.upload_limit_kb > 10_000_000)
            .then_some("The upload limit can be 1 to 10,000,000 kB/s, or 0 for none.")
    }
}
