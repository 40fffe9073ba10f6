//! A lock for work that only one process at a time may do for a library. The
//! operating system releases the lock when the process ends, however it ends.

use crate::private;
use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;

/// The lock. It is released when this is dropped.
#[derive(Debug)]
pub struct ProcessLock {
    _file: File,
}

impl ProcessLock {
    /// Takes the lock; `None` while another process has it.
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
    fn only_one_holder_at_a_time_has_a_lock() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("transfers.lock");
        let held = ProcessLock::try_take(&path).unwrap().unwrap();
        assert!(ProcessLock::try_take(&path).unwrap().is_none());
        drop(held);
        assert!(ProcessLock::try_take(&path).unwrap().is_some());
    }
}
