//! Feed files that are about to be uploaded: `outgoing/{sha256}`. They can be made again, so they are not synced, and
//! a file that is missing or damaged after a crash only costs another round.

use super::durable::Temporary;
use crate::private;
use md5::{Digest, Md5};
use sha2::Sha256;
use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The checksums of a file that was put here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutgoingFile {
    /// The SHA-256, which names the file.
    pub sha256: [u8; 32],
    /// The MD5.
    pub md5: [u8; 16],
}

/// The folder of outgoing files of one library.
#[derive(Debug, Clone)]
pub struct Outgoing {
    root: PathBuf,
}

impl Outgoing {
    /// Returns the folder in a library. Touches nothing.
    pub fn at(library: &Path) -> Self {
        Self { root: library.join("outgoing") }
    }

    fn path(&self, sha256: &[u8; 32]) -> PathBuf {
        self.root.join(hex::encode(sha256))
    }

    /// Stores bytes until they are uploaded.
    pub fn put(&self, bytes: &[u8]) -> io::Result<OutgoingFile> {
        let file = OutgoingFile { sha256: Sha256::digest(bytes).into(), md5: Md5::digest(bytes).into() };
        private::create_dir_all(&self.root)?;
        Temporary::write(&self.root, bytes)?.rename(&self.path(&file.sha256))?;
        Ok(file)
    }

    /// Returns the bytes of a file; `None` if it is missing or not as it was stored.
    pub fn read(&self, sha256: &[u8; 32]) -> io::Result<Option<Vec<u8>>> {
        match fs::read(self.path(sha256)) {
            Ok(bytes) => Ok((Sha256::digest(&bytes).as_slice() == sha256).then_some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Deletes all files but those with these hashes.
    pub fn keep_only(&self, hashes: &[[u8; 32]]) -> io::Result<()> {
        let kept: HashSet<String> = hashes.iter().map(hex::encode).collect();
        let entries = match fs::read_dir(&self.root) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            entries => entries?,
        };
        for entry in entries {
            let entry = entry?;
            if !entry.file_name().to_str().is_some_and(|name| kept.contains(name)) {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_files_are_handed_out() {
        let library = tempfile::tempdir().unwrap();
        let outgoing = Outgoing::at(library.path());
        let file = outgoing.put(b"page").unwrap();
        assert_eq!(outgoing.read(&file.sha256).unwrap().as_deref(), Some(&b"page"[..]));
        fs::write(outgoing.path(&file.sha256), b"pa").unwrap();
        assert_eq!(outgoing.read(&file.sha256).unwrap(), None);
        assert_eq!(outgoing.read(&[0; 32]).unwrap(), None);
    }

    #[test]
    fn files_that_nothing_waits_for_are_swept() {
        let library = tempfile::tempdir().unwrap();
        let outgoing = Outgoing::at(library.path());
        outgoing.keep_only(&[]).unwrap();
        let (kept, left) = (outgoing.put(b"kept").unwrap(), outgoing.put(b"left").unwrap());
        outgoing.keep_only(&[kept.sha256]).unwrap();
        assert!(outgoing.read(&kept.sha256).unwrap().is_some());
        assert!(outgoing.read(&left.sha256).unwrap().is_none());
    }
}
