//! The log of the window, in the folder `logs` of the library: a few files of limited
//! size, for reports of faults. Whoever logs decides what; credentials have no form in
//! which they can be printed.

use crate::{marker, private};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The size at which a file is put aside and a new one begun, in bytes.
const LARGEST: u64 = 1 << 20;
/// The most bytes that wait in memory for a library to exist. They may exceed the size of
/// one file by as much.
const MOST_WAITING: usize = 64 << 10;
/// The current file, and those before it, the newest first.
const NAMES: [&str; 3] = ["vitrine.log", "vitrine.1.log", "vitrine.2.log"];

/// A log that is written line by line. Lines are dropped if they cannot be written:
/// a full disk must not stop anything else.
pub struct LogFile {
    library: PathBuf,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    open: Option<(File, u64)>,
    /// What was logged before there was a library.
    waiting: Vec<u8>,
}

impl LogFile {
    /// Returns the log of the library in this folder. It creates nothing until the
    /// folder is a library, because a disk that is not mounted looks like an empty folder.
    pub fn of_library(library: PathBuf) -> Self {
        Self { library, state: Mutex::default() }
    }

    /// Returns the path of the current file, and creates it if it is missing.
    ///
    /// # Errors
    /// Fails if the folder is not a library, or if the file cannot be written.
    pub fn path(&self) -> io::Result<PathBuf> {
        let (path, mut state) = (self.folder().join(NAMES[0]), self.state());
        // Somebody may have deleted it meanwhile.
        if state.open.is_none() || !path.exists() {
            state.open = Some(self.open()?);
        }
        state.write_waiting();
        Ok(path)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn folder(&self) -> PathBuf {
        self.library.join("logs")
    }

    fn open(&self) -> io::Result<(File, u64)> {
        if !marker::is_library(|name| self.library.join(name).exists()) {
            return Err(io::ErrorKind::NotFound.into());
        }
        let folder = self.folder();
        private::create_dir_all(&folder)?;
        open_to_append(&folder.join(NAMES[0]))
    }

    /// Puts the current file aside, and deletes the oldest one.
    fn begin_next(&self) -> io::Result<(File, u64)> {
        let folder = self.folder();
        for pair in NAMES.windows(2).rev() {
            let [newer, older] = pair else { continue };
            match fs::rename(folder.join(newer), folder.join(older)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        open_to_append(&folder.join(NAMES[0]))
    }
}

/// Opens a file for appending. A pipe would block for ever, and a link could lead to a
/// file of somebody else.
fn open_to_append(path: &Path) -> io::Result<(File, u64)> {
    if fs::symlink_metadata(path).is_ok_and(|found| !found.is_file()) {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    drop(private::open_or_create(path)?);
    let file = File::options().append(true).open(path)?;
    let size = file.metadata()?.len();
    Ok((file, size))
}

impl State {
    fn write_waiting(&mut self) {
        if let Some((file, size)) = &mut self.open
            && !self.waiting.is_empty()
        {
            let waiting = std::mem::take(&mut self.waiting);
            if file.write_all(&waiting).is_ok() {
                *size += waiting.len() as u64;
            }
        }
    }
}

impl Write for &LogFile {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut state = self.state();
        if state.open.is_none() {
            state.open = self.open().ok();
        }
        state.write_waiting();
        match &mut state.open {
            None => {
                if state.waiting.len() + line.len() <= MOST_WAITING {
                    state.waiting.extend_from_slice(line);
                }
            }
            Some(open) => {
                if open.1 > 0 && open.1 + line.len() as u64 > LARGEST {
                    match self.begin_next() {
                        Ok(next) => *open = next,
                        // A file that cannot be put aside grows no further.
                        Err(_) => return Ok(line.len()),
                    }
                }
                if open.0.write_all(line).is_ok() {
                    open.1 += line.len() as u64;
                }
            }
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn library(root: &Path) -> PathBuf {
        let library = root.join("library");
        fs::create_dir_all(library.join("originals")).unwrap();
        fs::write(library.join("catalog.db"), b"").unwrap();
        library
    }

    #[test]
    fn lines_wait_until_there_is_a_library() {
        let root = tempfile::tempdir().unwrap();
        let log = LogFile::of_library(root.path().join("library"));
        (&log).write_all(b"first\n").unwrap();
        assert!(log.path().is_err());
        assert!(!root.path().join("library").exists());
        library(root.path());
        (&log).write_all(b"second\n").unwrap();
        assert_eq!(fs::read(log.path().unwrap()).unwrap(), b"first\nsecond\n");
        let next = LogFile::of_library(root.path().join("library"));
        (&next).write_all(b"third\n").unwrap();
        assert_eq!(fs::read(log.path().unwrap()).unwrap(), b"first\nsecond\nthird\n");
    }

    #[test]
    fn the_log_keeps_three_files_of_limited_size() {
        let root = tempfile::tempdir().unwrap();
        let log = LogFile::of_library(library(root.path()));
        let line = vec![b'x'; 100_000];
        for _ in 0..50 {
            (&log).write_all(&line).unwrap();
        }
        let folder = root.path().join("library/logs");
        let mut sizes: Vec<_> =
            NAMES.iter().map(|name| fs::metadata(folder.join(name)).unwrap().len()).collect();
        assert_eq!(fs::read_dir(&folder).unwrap().count(), NAMES.len());
        assert!(sizes.iter().all(|size| *size <= LARGEST), "{sizes:?}");
        assert!(sizes.remove(0) > 0);
    }

    #[test]
    fn a_log_that_was_deleted_is_begun_again() {
        let root = tempfile::tempdir().unwrap();
        let log = LogFile::of_library(library(root.path()));
        (&log).write_all(b"first\n").unwrap();
        fs::remove_dir_all(root.path().join("library/logs")).unwrap();
        let path = log.path().unwrap();
        (&log).write_all(b"second\n").unwrap();
        assert_eq!(fs::read(path).unwrap(), b"second\n");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_in_place_of_the_log_is_not_followed() {
        let root = tempfile::tempdir().unwrap();
        let library = library(root.path());
        let other = root.path().join("other");
        fs::write(&other, b"not ours").unwrap();
        fs::create_dir(library.join("logs")).unwrap();
        std::os::unix::fs::symlink(&other, library.join("logs/vitrine.log")).unwrap();
        let log = LogFile::of_library(library);
        (&log).write_all(b"lost\n").unwrap();
        assert!(log.path().is_err());
        assert_eq!(fs::read(&other).unwrap(), b"not ours");
    }

    #[test]
    fn a_log_that_cannot_be_written_stops_nothing() {
        let root = tempfile::tempdir().unwrap();
        let library = library(root.path());
        fs::write(library.join("logs"), b"a file").unwrap();
        let log = LogFile::of_library(library);
        (&log).write_all(b"lost\n").unwrap();
        assert!(log.path().is_err());
    }
}
