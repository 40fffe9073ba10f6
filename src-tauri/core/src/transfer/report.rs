//! How the process that transfers tells other processes of the same library its
//! progress: through a small file beside the lock. The counts are in the
//! catalog.

use super::meter::Reading;
use crate::model::UnixMs;
use crate::private;
use serde::{Deserialize, Serialize};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// The minimum time between two reports.
const WRITE_EVERY: Duration = Duration::from_secs(1);
/// A report older than this, in milliseconds, comes from a process that has
/// ended or has nothing to do.
const FRESH_MS: u64 = 10_000;

#[derive(Debug, Serialize, Deserialize)]
struct ProgressRecord {
    at: UnixMs,
    reading: Reading,
}

/// The progress file beside the transfer lock.
#[derive(Debug)]
pub(super) struct ProgressFile {
    path: PathBuf,
    written: Mutex<Option<(Instant, Reading)>>,
}

impl ProgressFile {
    pub(super) fn beside(lock: &Path) -> Self {
        Self { path: path_beside(lock), written: Mutex::default() }
    }

    /// Writes a report, unless the last one is too recent. Only the holder of
    /// the lock may call this. It blocks, for a few bytes.
    pub(super) fn write(&self, reading: &Reading, now: UnixMs) -> io::Result<()> {
        let mut written = self.written.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let is_news = written
            .as_ref()
            .is_none_or(|(at, last)| at.elapsed() >= WRITE_EVERY && (last != reading || reading.is_moving()));
        if !is_news {
            return Ok(());
        }
        *written = Some((Instant::now(), reading.clone()));
        let text = serde_json::to_vec(&ProgressRecord { at: now, reading: reading.clone() })?;
        // Renamed into place, so that nobody reads half a file. It may be lost
        // in a power cut, which also ends the transfers that it describes.
        let aside = self.path.with_extension("tmp");
        private::write(&aside, &text)?;
        std::fs::rename(&aside, &self.path)
    }
}

impl Reading {
    fn is_moving(&self) -> bool {
        !self.under_way.is_empty()
    }
}

fn path_beside(lock: &Path) -> PathBuf {
    lock.with_extension("progress")
}

/// Returns the progress of the process that holds this lock; `None` if it has
/// not reported recently.
pub(crate) fn progress_elsewhere(lock: &Path, now: UnixMs) -> Option<Reading> {
    let text = std::fs::read(path_beside(lock)).ok()?;
    let report: ProgressRecord = serde_json::from_slice(&text).ok()?;
    (now.0.abs_diff(report.at.0) < FRESH_MS).then_some(report.reading)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn a_reading(bytes: u64) -> Reading {
        Reading { done: 3, bytes_done: 100, under_way: [(7, bytes)].into(), bytes_per_second: 5 }
    }

    #[test]
    fn the_newest_report_is_read_and_an_old_one_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let lock = folder.path().join("transfers.lock");
        assert_eq!(progress_elsewhere(&lock, UnixMs(1)), None);
        ProgressFile::beside(&lock).write(&a_reading(9), UnixMs(1_000)).unwrap();
        assert_eq!(progress_elsewhere(&lock, UnixMs(2_000)), Some(a_reading(9)));
        assert_eq!(progress_elsewhere(&lock, UnixMs(60_000)), None);
        std::fs::write(path_beside(&lock), b"{").unwrap();
        assert_eq!(progress_elsewhere(&lock, UnixMs(2_000)), None);
    }

    #[test]
    fn reports_in_quick_succession_are_not_written() {
        let folder = tempfile::tempdir().unwrap();
        let lock = folder.path().join("transfers.lock");
        let file = ProgressFile::beside(&lock);
        for bytes in 1..100 {
            file.write(&a_reading(bytes), UnixMs(1_000)).unwrap();
        }
        assert_eq!(progress_elsewhere(&lock, UnixMs(1_000)), Some(a_reading(1)));
    }
}
