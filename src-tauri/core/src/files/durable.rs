//! Files that appear whole or not at all. Owns temporary names; knows nothing of
//! what it writes.

pub(crate) use crate::directory::sync as sync_directory;

use crate::private;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// What a temporary's name starts with.
const PREFIX: &str = ".tmp-";

/// A file under construction, removed when it is dropped before its time.
#[derive(Debug)]
pub(super) struct Temporary {
    file: Option<File>,
    path: Option<PathBuf>,
}

impl Temporary {
    /// Writes `bytes` to a new file in `folder`, and no further than the page
    /// cache.
    pub(super) fn write(folder: &Path, bytes: &[u8]) -> io::Result<Self> {
        let mut temporary = Self::create(folder)?;
        temporary.append(bytes)?;
        Ok(temporary)
    }

    /// Starts an empty file in `folder`.
    pub(super) fn create(folder: &Path) -> io::Result<Self> {
        let mut random = [0; 12];
        getrandom::fill(&mut random).map_err(|error| io::Error::other(error.to_string()))?;
        let path = folder.join(format!("{PREFIX}{}", hex::encode(random)));
        let file = private::options().write(true).create_new(true).open(&path)?;
        Ok(Self { file: Some(file), path: Some(path) })
    }

    /// Writes more, and no further than the page cache.
    pub(super) fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), |file| fill(file, bytes))
    }

    /// Holds no open file until it is synced, so that many can wait.
    pub(super) fn set_aside(&mut self) {
        self.file = None;
    }

    /// Waits until the content is on the disk.
    pub(super) fn sync(&self) -> io::Result<()> {
        match (&self.file, &self.path) {
            (Some(file), _) => file.sync_all(),
            // Any handle on a file syncs all that was written to it.
            (None, Some(path)) => File::options().write(true).open(path)?.sync_all(),
            (None, None) => Ok(()),
        }
    }

    /// Gives the file its name, replacing what had it before.
    pub(super) fn rename(mut self, to: &Path) -> io::Result<()> {
        // Closed first: not every platform renames an open file.
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
            // What cannot be removed now is swept later.
            let _ = fs::remove_file(path);
        }
    }
}

fn fill(file: &mut File, bytes: &[u8]) -> io::Result<()> {
    file.write_all(bytes)
}

/// A file that was left under construction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftAside {
    /// Its name, which says nothing but that it is temporary.
    pub name: String,
    /// How much of it was written.
    pub size_bytes: u64,
}

/// Returns the temporaries in `folder` last written before `cutoff`. Younger
/// ones may belong to another process.
pub(super) fn leftovers(folder: &Path, cutoff: SystemTime) -> io::Result<Vec<LeftAside>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        // One that vanishes meanwhile was finished or swept by another process.
        let Ok(metadata) = entry.metadata() else { continue };
        let is_old = metadata.modified().is_ok_and(|written| written < cutoff);
        if name.starts_with(PREFIX) && is_old {
            found.push(LeftAside { name, size_bytes: metadata.len() });
        }
    }
    Ok(found)
}

/// Removes what [`leftovers`] finds and returns how many there were.
pub(super) fn sweep(folder: &Path, cutoff: SystemTime) -> io::Result<usize> {
    let found = leftovers(folder, cutoff)?;
    Ok(found.iter().filter(|left| fs::remove_file(folder.join(&left.name)).is_ok()).count())
}

/// Calls `each` with every file in the shards under `root`. Files that come and
/// go meanwhile may be left out.
pub(super) fn each_file(root: &Path, each: &mut dyn FnMut(&Path, &fs::Metadata)) -> io::Result<()> {
    for shard in fs::read_dir(root)? {
        let shard = shard?;
        // A shard has the two digits of its byte; what is aside is not counted.
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
