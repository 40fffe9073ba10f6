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
#[expect(clippy::struct_excessive_bools, reason = "each is a choice of its own")]
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
    /// Whether the window starts with sensitive pictures veiled.
    pub start_veiled: bool,
    /// Whether the viewer goes on to the next picture after one was rated or made a favourite.
    pub next_after_rating: bool,
    /// Whether the window copies the links of images that were imported in it, as
    /// soon as they are uploaded.
    pub copy_links_after_upload: bool,
    /// Whether the system notifies of long imports and uploads that end while the
    /// window is not in front.
    pub notify_when_done: bool,
}

/// How many days the trash keeps an image.
pub const DAYS_IN_TRASH: u32 = 30;

/// The smallest and the largest value of each setting that is a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct SettingRanges {
    /// Of [`Settings::max_upload_mb`].
    pub max_upload_mb: (u32, u32),
    /// Of [`Settings::parallel_transfers`].
    pub parallel_transfers: (u32, u32),
    /// Of [`Settings::upload_limit_kb`].
    pub upload_limit_kb: (u32, u32),
    /// Of [`Settings::free_after_days`].
    pub free_after_days: (u32, u32),
    /// Of [`Settings::originals_limit_gb`].
    pub originals_limit_gb: (u32, u32),
    /// Of [`Settings::thumbnails_limit_mb`].
    pub thumbnails_limit_mb: (u32, u32),
}

/// The values that settings can have.
pub const SETTING_RANGES: SettingRanges = SettingRanges {
    max_upload_mb: (1, 4_000),
    parallel_transfers: (1, 16),
    upload_limit_kb: (0, 10_000_000),
    free_after_days: (1, 3_650),
    originals_limit_gb: (0, 100_000),
    thumbnails_limit_mb: (0, 1_000_000),
};

fn is_within(value: u32, (least, most): (u32, u32)) -> bool {
    (least..=most).contains(&value)
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
            start_veiled: false,
            next_after_rating: false,
            copy_links_after_upload: false,
            notify_when_done: true,
        }
    }
}

impl Settings {
    /// Returns which setting is out of range, in plain words; `None` if all are
    /// valid.
    pub fn problem(&self) -> Option<&'static str> {
        let ranges = SETTING_RANGES;
        if !is_within(self.max_upload_mb, ranges.max_upload_mb) {
            return Some("The import limit can be 1 to 4,000 MB.");
        }
        if !is_within(self.parallel_transfers, ranges.parallel_transfers) {
            return Some("1 to 16 uploads can run at the same time.");
        }
        if !is_within(self.upload_limit_kb, ranges.upload_limit_kb) {
            return Some("The upload limit can be 1 to 10,000,000 kB/s, or 0 for none.");
        }
        if !is_within(self.free_after_days, ranges.free_after_days) {
            return Some("Originals can be freed after 1 to 3,650 days.");
        }
        let are_within = is_within(self.originals_limit_gb, ranges.originals_limit_gb)
            && is_within(self.thumbnails_limit_mb, ranges.thumbnails_limit_mb);
        (!are_within)
            .then_some("A limit can be at most 100,000 GB of originals and 1,000,000 MB of thumbnails.")
    }
}
