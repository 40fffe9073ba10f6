//! Whether an original on disk is still what its name says.

use super::Originals;
use crate::model::{Depth, ImageFormat};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Read};

/// How many bytes are read between two checks of whether to stop.
const CHUNK: usize = 256 * 1024;

/// The condition of an original.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// As it was imported, as far as it was checked.
    Whole,
    /// It is not on this disk.
    Missing,
    /// It has a different size or different content.
    Damaged,
    /// It exists, but the disk fails to read it.
    Unreadable(io::ErrorKind),
}

impl Originals {
    /// Checks an original. Returns `None` if `stop` returned true before the
    /// result was known.
    pub fn condition(
        &self,
        sha256: &[u8; 32],
        format: ImageFormat,
        size_bytes: u64,
        depth: Depth,
        stop: &dyn Fn() -> bool,
    ) -> Option<Condition> {
        match self.looked_at(sha256, format, size_bytes, depth, stop) {
            Ok(condition) => condition,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Some(Condition::Missing),
            Err(error) => Some(Condition::Unreadable(error.kind())),
        }
    }

    fn looked_at(
        &self,
        sha256: &[u8; 32],
        format: ImageFormat,
        size_bytes: u64,
        depth: Depth,
        stop: &dyn Fn() -> bool,
    ) -> io::Result<Option<Condition>> {
        let path = self.path(sha256, format);
        let found = std::fs::metadata(&path)?;
        if !found.is_file() || found.len() != size_bytes {
            return Ok(Some(Condition::Damaged));
        }
        if depth == Depth::Size {
            return Ok(Some(Condition::Whole));
        }
        let hash = hash_of(File::open(&path)?, stop)?;
        Ok(hash.map(|hash| if hash == *sha256 { Condition::Whole } else { Condition::Damaged }))
    }
}

fn hash_of(mut source: impl Read, stop: &dyn Fn() -> bool) -> io::Result<Option<[u8; 32]>> {
    let mut hash = Sha256::new();
    let mut chunk = vec![0; CHUNK];
    loop {
        if stop() {
            return Ok(None);
        }
        let count = source.read(&mut chunk)?;
        if count == 0 {
            return Ok(Some(hash.finalize().into()));
        }
        hash.update(chunk.get(..count).unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use tempfile::TempDir;

    const PNG: ImageFormat = ImageFormat::Png;

    fn look(originals: &Originals, depth: Depth) -> Option<Condition> {
        originals.condition(&Sha256::digest(b"abc").into(), PNG, 3, depth, &|| false)
    }

    #[test]
    fn size_reveals_a_truncated_original_and_only_the_hash_a_flipped_bit() {
        let folder = TempDir::new().unwrap();
        let originals = Originals::open(folder.path()).unwrap();
        let hash = Sha256::digest(b"abc").into();
        assert_eq!(look(&originals, Depth::Hash), Some(Condition::Missing));
        originals.store(b"abc", &hash, PNG).unwrap();
        assert_eq!(look(&originals, Depth::Hash), Some(Condition::Whole));
        fs::write(originals.path(&hash, PNG), b"abb").unwrap();
        assert_eq!(look(&originals, Depth::Size), Some(Condition::Whole));
        assert_eq!(look(&originals, Depth::Hash), Some(Condition::Damaged));
        fs::write(originals.path(&hash, PNG), b"ab").unwrap();
        assert_eq!(look(&originals, Depth::Size), Some(Condition::Damaged));
    }

    #[test]
    fn a_check_of_an_original_can_be_cancelled() {
        let folder = TempDir::new().unwrap();
        let originals = Originals::open(folder.path()).unwrap();
        let hash = Sha256::digest(b"abc").into();
        originals.store(b"abc", &hash, PNG).unwrap();
        assert_eq!(originals.condition(&hash, PNG, 3, Depth::Hash, &|| true), None);
    }
}
