//! Whether an original on disk is still what its name says.

use super::Originals;
use crate::model::{Depth, ImageFormat};
use md5::Md5;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Read};
use std::sync::Arc;

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
        let mut hash = Sha256::new();
        if !each_chunk(File::open(&path)?, stop, |chunk| hash.update(chunk))? {
            return Ok(None);
        }
        let is_whole = <[u8; 32]>::from(hash.finalize()) == *sha256;
        Ok(Some(if is_whole { Condition::Whole } else { Condition::Damaged }))
    }

    /// Returns the MD5 of an original; `None` if it is damaged, because the MD5 of other bytes must not
    /// become that of the image.
    ///
    /// # Errors
    /// Fails if the original is not on this disk or cannot be read.
    pub async fn md5(
        self: &Arc<Self>,
        sha256: [u8; 32],
        format: ImageFormat,
    ) -> io::Result<Option<[u8; 16]>> {
        let originals = Arc::clone(self);
        let read = tokio::task::spawn_blocking(move || originals.read_md5(&sha256, format));
        read.await.map_err(io::Error::other)?
    }

    fn read_md5(&self, sha256: &[u8; 32], format: ImageFormat) -> io::Result<Option<[u8; 16]>> {
        let (mut hash, mut md5) = (Sha256::new(), Md5::new());
        let hashed = |chunk: &[u8]| {
            hash.update(chunk);
            md5.update(chunk);
        };
        each_chunk(File::open(self.path(sha256, format))?, &|| false, hashed)?;
        Ok((<[u8; 32]>::from(hash.finalize()) == *sha256).then(|| md5.finalize().into()))
    }
}

/// Reads a file to its end. Returns `false` if `stop` returned true before that.
fn each_chunk(
    mut source: impl Read,
    stop: &dyn Fn() -> bool,
    mut each: impl FnMut(&[u8]),
) -> io::Result<bool> {
    let mut chunk = vec![0; CHUNK];
    loop {
        if stop() {
            return Ok(false);
        }
        let count = source.read(&mut chunk)?;
        if count == 0 {
            return Ok(true);
        }
        each(chunk.get(..count).unwrap_or_default());
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
    fn the_md5_of_an_original_is_that_of_other_programs_and_unknown_if_it_is_damaged() {
        let folder = TempDir::new().unwrap();
        let originals = Originals::open(folder.path()).unwrap();
        let hash = Sha256::digest(b"abc").into();
        assert_eq!(originals.read_md5(&hash, PNG).unwrap_err().kind(), io::ErrorKind::NotFound);
        originals.store(b"abc", &hash, PNG).unwrap();
        // `printf abc | md5sum`
        let md5 = originals.read_md5(&hash, PNG).unwrap().map(hex::encode);
        assert_eq!(md5.as_deref(), Some("900150983cd24fb0d6963f7d28e17f72"));
        fs::write(originals.path(&hash, PNG), b"abb").unwrap();
        assert_eq!(originals.read_md5(&hash, PNG).unwrap(), None);
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
