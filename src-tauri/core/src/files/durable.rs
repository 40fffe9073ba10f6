//! Files that appear whole or not at all. Owns temporary names and the fsync of
//! directories, which differs by platform; knows nothing of what it writes.

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
        let mut random = [0; 12];
        getrandom::fill(&mut random).map_err(|error| io::Error::other(error.to_string()))?;
        let path = folder.join(format!("{PREFIX}{}", hex::encode(random)));
        let file = File::options().write(true).create_new(true).open(&path)?;
        let mut temporary = Self { file: None, path: Some(path) };
        fill(temporary.file.insert(file), bytes)?;
        Ok(temporary)
    }

    /// Waits until the content is on the disk.
    pub(super) fn sync(&self) -> io::Result<()> {
        self.file.as_ref().map_or(Ok(()), File::sync_all)
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

/// Waits until the names in a directory are on the disk.
#[cfg(unix)]
pub(crate) fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Windows has no fsync of a directory; NTFS journals its names.
#[cfg(not(unix))]
pub(crate) fn sync_directory(_path: &Path) -> io::Result<()> {
    Ok(())
}

/// Removes temporaries in `folder` last written before `cutoff` and returns how
/// many there were. Younger ones may belong to another process.
pub(super) fn sweep(folder: &Path, cutoff: SystemTime) -> io::Result<usize> {
    let mut swept = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let is_ours = entry.file_name().to_string_lossy().starts_with(PREFIX);
        // One that vanishes meanwhile was finished or swept by another process.
        let is_old =
            entry.metadata().and_then(|found| found.modified()).is_ok_and(|written| written < cutoff);
        if is_ours && is_old && fs::remove_file(entry.path()).is_ok() {
            swept += 1;
        }
    }
    Ok(swept)
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
