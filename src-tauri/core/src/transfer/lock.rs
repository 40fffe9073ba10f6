//! One process at a time runs a library's transfers. The operating system lets
//! the lock go when its process ends, however it ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;

/// Held while this process runs the transfers.
#[derive(Debug)]
pub struct TransferLock {
    _file: File,
}

impl TransferLock {
    /// Takes the lock, or returns `None` while another process has it.
    pub fn try_take(path: &Path) -> io::Result<Option<Self>> {
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(path)?;
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
    fn only_one_at_a_time_holds_the_transfers() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("transfers.lock");
        let held = TransferLock::try_take(&path).unwrap().unwrap();
        assert!(TransferLock::try_take(&path).unwrap().is_none());
        drop(held);
        assert!(TransferLock::try_take(&path).unwrap().is_some());
    }
}
