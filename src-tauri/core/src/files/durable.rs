//! Files that appear completely or not at all. Owns the names of temporary
//! files; knows nothing about what it writes.

pub(crate) use crate::directory::sync as sync_directory;

use crate::private;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The start of the names of temporary files.
const PREFIX: &str = ".tmp-";

/// A temporary file. It is deleted if it is dropped before it gets its final
/// name.
#[derive(Debug)]
pub(super) struct Temporary {
    file: Option<File>,
    path: Option<PathBuf>,
}

impl Temporary {
    /// Writes `bytes` to a new file in `folder`, but only into the page cache.
    pub(super) fn write(folder: &Path, bytes: &[u8]) -> io::Result<Self> {
        let mut temporary = Self::create(folder)?;
        temporary.append(bytes)?;
        Ok(temporary)
    }

    /// Creates an empty file in `folder`.
    pub(super) fn create(folder: &Path) -> io::Result<Self> {
        let mut random = [0; 12];
        getrandom::fill(&mut random).map_err(|error| io::Error::other(error.to_string()))?;
        let path = folder.join(format!("{PREFIX}{}", hex::encode(random)));
        let file = private::options().write(true).create_new(true).open(&path)?;
        Ok(Self { file: Some(file), path: Some(path) })
    }

    /// Appends bytes, but only into the page cache.
    pub(super) fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), |file| fill(file, bytes))
    }

    /// Closes the file until it is synced, so that many files can wait.
    pub(super) fn set_aside(&mut self) {
        self.file = None;
    }

    /// Waits until the content is on the disk.
    pub(super) fn sync(&self) -> io::Result<()> {
        match (&self.file, &self.path) {
            (Some(file), _) => file.sync_all(),
            // Any handle of a file syncs everything that was written to it.
            (None, Some(path)) => File::options().write(true).open(path)?.sync_all(),
            (None, None) => Ok(()),
        }
    }

    /// Renames the file to its final name, and replaces an existing one.
    pub(super) fn rename(mut self, to: &Path) -> io::Result<()> {
        // Closed first, because not every platform renames an open file.
        drop(self.file.take());
        if let Some(from) = &self.path {
            fs::rename(from, to)?;
        }
        self.path = None;
        Ok(())
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        drop(self.file.take());
        if let Some(path) = &self.path {
            // If it cannot be deleted now, it is swept later.
            let _ = fs::remove_file(path);
        }
    }
}

fn fill(file: &mut File, bytes: &[u8]) -> io::Result<()> {
    file.write_all(bytes)
}

/// A temporary file that was left behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftAside {
    /// Its name, which only says that it is temporary.
    pub name: String,
    /// How many bytes of it were written.
    pub size_bytes: u64,
}

/// Returns the temporary files in `folder` that were last written before
/// `cutoff`. Younger ones may belong to another process.
pub(super) fn leftovers(folder: &Path, cutoff: SystemTime) -> io::Result<Vec<LeftAside>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        // If it has disappeared, another process finished or swept it.
        let Ok(metadata) = entry.metadata() else { continue };
        let is_old = metadata.modified().is_ok_and(|written| written < cutoff);
        if name.starts_with(PREFIX) && is_old {
            found.push(LeftAside { name, size_bytes: metadata.len() });
        }
    }
    Ok(found)
}

/// Deletes the files that [`leftovers`] finds, and returns how many it deleted.
pub(super) fn sweep(folder: &Path, cutoff: SystemTime) -> io::Result<usize> {
    let found = leftovers(folder, cutoff)?;
    Ok(found.iter().filter(|left| fs::remove_file(folder.join(&left.name)).is_ok()).count())
}

/// Calls `each` with every file in the shards under `root`. Files that appear or
/// disappear meanwhile may be left out.
pub(super) fn each_file(root: &Path, each: &mut dyn FnMut(&Path, &fs::Metadata)) -> io::Result<()> {
    for shard in fs::read_dir(root)? {
        let shard = shard?;
        // A shard is named by the two digits of its byte; temporary files are
        // not counted.
        if shard.file_name().len() != 2 {
            continue;
        }
        for entry in fs::read_dir(shard.path())? {
            let entry = entry?;
            if let Ok(found) = entry.metadata()
                && found.is_file()
            {
                each(&entry.path(), &found);
            }
        }
    }
    Ok(())
}

/// Returns `{root}/{first byte}/{hash}.{extension}`, in lower-case hexadecimal.
pub(super) fn sharded(root: &Path, sha256: &[u8; 32], extension: &str) -> PathBuf {
    let name = hex::encode(sha256);
    let shard = name.get(..2).unwrap_or_default();
    root.join(shard).join(format!("{name}.{extension}"))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_device_that_is_always_full_reports_a_full_disk() {
        let mut full = File::options().write(true).open("/dev/full").unwrap();
        assert_eq!(fill(&mut full, b"picture").unwrap_err().kind(), io::ErrorKind::StorageFull);
    }
}
