//! Copies of the catalog in `backups/`, one per day. Knows their names and the
//! clock time at which they were made, but not what they contain, and therefore
//! not which is the newest.

use super::durable::{sweep, sync_directory};
use crate::model::UnixMs;
use crate::private;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

const DAY_MS: i64 = 24 * 3600 * 1000;

/// The backups of one library: `backups/catalog-{unix ms}.db`.
#[derive(Debug)]
pub struct Backups {
    library: PathBuf,
    root: PathBuf,
}

/// One backup of the catalog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    /// The time that the clock showed when it was made.
    pub taken_at: UnixMs,
    /// The copy of the catalog, in the folder `backups`.
    pub path: PathBuf,
}

impl Backups {
    /// Returns the backups of the library in this folder. Touches nothing.
    pub fn of(library: &Path) -> Self {
        Self { library: library.to_owned(), root: library.join("backups") }
    }

    /// Returns the existing backups, the latest by the clock first.
    pub fn list(&self) -> io::Result<Vec<Backup>> {
        let entries = match fs::read_dir(&self.root) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut found = Vec::new();
        for entry in entries {
            let path = entry?.path();
            found.extend(moment(&path).map(|taken_at| Backup { taken_at, path }));
        }
        found.sort_by_key(|backup| std::cmp::Reverse(backup.taken_at));
        Ok(found)
    }

    /// Says whether there is no backup from the last day. A backup from the
    /// future, made while the clock was wrong, does not count.
    pub fn is_due(&self, now: UnixMs) -> io::Result<bool> {
        let recent = now.plus_ms(-DAY_MS)..=now;
        Ok(!self
            .list()?
            .iter()
            .any(|backup| backup.taken_at > *recent.start() && backup.taken_at <= *recent.end()))
    }

    /// Makes an empty temporary file for a backup, and returns its path.
    /// Deletes temporary files that are older than `left_before`, if that is
    /// given.
    pub fn aside(&self, left_before: Option<SystemTime>) -> io::Result<PathBuf> {
        private::create_dir_all(&self.root)?;
        sync_directory(&self.library)?;
        if let Some(left_before) = left_before {
            sweep(&self.root, left_before)?;
        }
        let mut random = [0; 8];
        getrandom::fill(&mut random).map_err(|error| io::Error::other(error.to_string()))?;
        let path = self.root.join(format!(".tmp-{}", hex::encode(random)));
        private::options().write(true).create_new(true).open(&path)?;
        Ok(path)
    }

    /// Makes a finished backup durable under its name.
    pub fn keep(&self, aside: &Path, taken_at: UnixMs) -> io::Result<()> {
        File::options().write(true).open(aside)?.sync_all()?;
        fs::rename(aside, self.root.join(format!("catalog-{}.db", taken_at.0)))?;
        sync_directory(&self.root)
    }
}

impl Backup {
    /// Deletes this backup, which is no longer needed.
    pub fn remove(&self) -> io::Result<()> {
        fs::remove_file(&self.path)
    }
}

fn moment(path: &Path) -> Option<UnixMs> {
    let name = path.file_name()?.to_str()?;
    name.strip_prefix("catalog-")?.strip_suffix(".db")?.parse().ok().map(UnixMs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;

    const START: UnixMs = UnixMs(1_800_000_000_000);

    fn moments(backups: &Backups) -> Vec<i64> {
        backups.list().unwrap().iter().map(|backup| (backup.taken_at.0 - START.0) / DAY_MS).collect()
    }

    fn take(backups: &Backups, now: UnixMs) {
        let aside = backups.aside(None).unwrap();
        fs::write(&aside, b"a copy").unwrap();
        backups.keep(&aside, now).unwrap();
    }

    #[test]
    fn one_backup_a_day_is_due() {
        let library = TempDir::new().unwrap();
        let backups = Backups::of(library.path());
        for hour in 0..24 * 10 {
            let now = START.plus_ms(hour * 3600 * 1000);
            assert_eq!(backups.is_due(now).unwrap(), hour % 24 == 0, "hour {hour}");
            if hour % 24 == 0 {
                take(&backups, now);
            }
        }
        assert_eq!(moments(&backups), [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
    }

    #[test]
    fn a_clock_that_was_wrong_once_does_not_stop_the_backups() {
        let library = TempDir::new().unwrap();
        let backups = Backups::of(library.path());
        for year in 1..=8 {
            take(&backups, START.plus_ms(year * 365 * DAY_MS));
        }
        assert!(backups.is_due(START).unwrap());
        take(&backups, START);
        assert!(moments(&backups).contains(&0));
        assert!(!backups.is_due(START.plus_ms(1)).unwrap());
    }
}
