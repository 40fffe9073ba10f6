//! The names in a directory, which have to reach the disk just like contents.

use std::io;
use std::path::Path;

/// Waits until the names in a directory are on the disk.
#[cfg(unix)]
pub(crate) fn sync(path: &Path) -> io::Result<()> {
    std::fs::File::open(path)?.sync_all()
}

/// Does nothing. Windows has no fsync of a directory; NTFS journals its names.
#[cfg(not(unix))]
pub(crate) fn sync(_path: &Path) -> io::Result<()> {
    Ok(())
}
