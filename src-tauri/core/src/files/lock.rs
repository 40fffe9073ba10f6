//! What one process at a time does for a library. The operating system lets the
//! lock go when its process ends, however it ends.

use crate::private;
use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;

/// Held while this process does it.
#[derive(Debug)]
pub struct ProcessLock {
    _file: File,
}

impl ProcessLock {
    /// Takes the lock, or returns `None` while another process has it.
    pub fn try_take(path: &Path) -> io::Result<Option<Self>> {
        let file = private::open_or_create(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_at_a_time_holds_a_lock() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("transfers.lock");
        let held = ProcessLock::try_take(&path).unwrap().unwrap();
        assert!(ProcessLock::try_take(&path).unwrap().is_none());
        drop(held);
        assert!(ProcessLock::try_take(&path).unwrap().is_some());
    }
}
