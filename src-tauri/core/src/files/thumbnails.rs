//! Thumbnails, named by the SHA-256 of their original. They are derived: losing
//! one costs only the time to make it again, so none is synced, and a doubtful
//! one counts as missing.

use super::durable::{LeftAside, Temporary, each_file, leftovers, sharded, sweep};
use crate::model::{ImageFormat, ThumbnailSize};
use crate::private;
use std::collections::BTreeMap;
use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// The maximum size of a thumbnail, in bytes: twice that of the least
/// compressible one.
const LARGEST: u64 = 4 * 1024 * 1024;

/// The precision with which the last use of a thumbnail is recorded.
const DAY: Duration = Duration::from_hours(24);

/// The thumbnails of one library: `thumbnails/ab/{sha256}.thumb`, with the small
/// and large ones beside it.
#[derive(Debug)]
pub struct Thumbnails {
    root: PathBuf,
    incoming: PathBuf,
}

impl Thumbnails {
    /// Opens the thumbnails in a library folder, and creates missing folders.
    pub fn open(library: &Path) -> io::Result<Self> {
        let thumbnails = Self::at(library);
        private::create_dir_all(&thumbnails.incoming)?;
        Ok(thumbnails)
    }

    /// Returns the thumbnails in a library folder, for reading. Touches nothing.
    pub fn at(library: &Path) -> Self {
        let root = library.join("thumbnails");
        Self { incoming: root.join(".incoming"), root }
    }

    /// Returns the path that a thumbnail has or would have.
    pub fn path(&self, sha256: &[u8; 32], size: ThumbnailSize) -> PathBuf {
        let extension = match size {
            ThumbnailSize::Small => "small.thumb",
            ThumbnailSize::Medium => "thumb",
            ThumbnailSize::Large => "large.thumb",
        };
        sharded(&self.root, sha256, extension)
    }

    /// Stores a thumbnail, and replaces an older one. It appears completely or
    /// not at all while the machine runs; a power cut may destroy it.
    pub fn store(&self, sha256: &[u8; 32], size: ThumbnailSize, thumbnail: &[u8]) -> io::Result<()> {
        let path = self.path(sha256, size);
        private::create_dir_all(path.parent().unwrap_or(&self.root))?;
        Temporary::write(&self.incoming, thumbnail)?.rename(&path)
    }

    /// Returns the media type and the bytes of a thumbnail; `None` if it has to
    /// be made again. Whatever the file contains, only a raster picture is ever
    /// returned.
    pub fn read(
        &self,
        sha256: &[u8; 32],
        size: ThumbnailSize,
    ) -> io::Result<Option<(&'static str, Vec<u8>)>> {
        let file = match File::open(self.path(sha256, size)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        note_use(&file);
        bounded(file)
    }

    /// Does the same as [`Self::read`] without counting as a use, for work that reads all of them.
    pub fn look(
        &self,
        sha256: &[u8; 32],
        size: ThumbnailSize,
    ) -> io::Result<Option<(&'static str, Vec<u8>)>> {
        match File::open(self.path(sha256, size)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            file => bounded(file?),
        }
    }

    /// Deletes the thumbnails of an original; succeeds if there are none.
    pub fn remove(&self, sha256: &[u8; 32]) -> io::Result<()> {
        for size in ThumbnailSize::ALL {
            match fs::remove_file(self.path(sha256, size)) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                outcome => outcome?,
            }
        }
        Ok(())
    }

    /// Deletes temporary files that were left behind before `cutoff`, and
    /// returns their number.
    pub fn sweep_temporaries(&self, cutoff: SystemTime) -> io::Result<usize> {
        sweep(&self.incoming, cutoff)
    }

    /// Returns the total size of all thumbnails, in bytes.
    pub fn space(&self) -> io::Result<u64> {
        let mut bytes = 0;
        each_file(&self.root, &mut |_, found| bytes += found.len())?;
        Ok(bytes)
    }

    /// Deletes thumbnails, the least recently used first, until they take no
    /// more than `limit` bytes, and returns how many it deleted. It counts by
    /// the day of the last use, so that its memory does not grow with the number
    /// of thumbnails.
    pub fn shrink_to(&self, limit: u64) -> io::Result<u32> {
        let mut by_day: BTreeMap<u64, u64> = BTreeMap::new();
        each_file(&self.root, &mut |_, found| *by_day.entry(day_of(found)).or_default() += found.len())?;
        let mut excess = by_day.values().sum::<u64>().saturating_sub(limit);
        let mut removed = 0;
        for (day, bytes) in by_day {
            if excess == 0 {
                break;
            }
            let mut left = excess.min(bytes);
            each_file(&self.root, &mut |path, found| {
                if left > 0 && day_of(found) == day && fs::remove_file(path).is_ok() {
                    left = left.saturating_sub(found.len());
                    removed += 1;
                }
            })?;
            excess = excess.saturating_sub(bytes);
        }
        Ok(removed)
    }

    /// Returns the temporary files that were left behind before `cutoff`.
    pub fn left_aside(&self, cutoff: SystemTime) -> io::Result<Vec<LeftAside>> {
        leftovers(&self.incoming, cutoff)
    }
}

/// Reads a thumbnail; `None` if it has to be made again.
fn bounded(file: File) -> io::Result<Option<(&'static str, Vec<u8>)>> {
    let mut bytes = Vec::with_capacity(64 * 1024);
    file.take(LARGEST + 1).read_to_end(&mut bytes)?;
    let is_bounded = u64::try_from(bytes.len()).is_ok_and(|length| length <= LARGEST);
    let format =
        ImageFormat::from_signature(&bytes).filter(|format| is_bounded && ends_well(&bytes, *format));
    Ok(format.map(|format| (format.content_type(), bytes)))
}

/// Returns the day of a thumbnail's last use, in days since 1970.
fn day_of(found: &Metadata) -> u64 {
    let used = found.modified().ok().and_then(|used| used.duration_since(SystemTime::UNIX_EPOCH).ok());
    used.map_or(0, |used| used.as_secs() / DAY.as_secs())
}

/// Records the day of a use as the file's modification time. A thumbnail is
/// derived, so its time is free for this. If the time cannot be set, the
/// thumbnail merely looks older than it is.
fn note_use(file: &File) {
    let is_noted = file
        .metadata()
        .is_ok_and(|found| found.modified().is_ok_and(|used| used.elapsed().is_ok_and(|since| since < DAY)));
    if !is_noted {
        let _ = file.set_modified(SystemTime::now());
    }
}

/// Says whether the file ends as its format requires. After a power cut, a file
/// can have the right length but end in zeros.
fn ends_well(bytes: &[u8], format: ImageFormat) -> bool {
    match format {
        ImageFormat::Jpeg => bytes.ends_with(b"\xff\xd9"),
        ImageFormat::Png => bytes.ends_with(b"IEND\xae\x42\x60\x82"),
        ImageFormat::Gif => bytes.ends_with(b"\x3b"),
        ImageFormat::WebP => {
            let stated =
                bytes.get(4..8).and_then(|size| size.first_chunk()).map(|size| u32::from_le_bytes(*size));
            let tail = bytes.get(bytes.len().saturating_sub(512)..).unwrap_or_default();
            stated.is_some_and(|size| u64::from(size) + 8 <= bytes.len() as u64)
                && tail.iter().any(|byte| *byte != 0)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;

    const MEDIUM: ThumbnailSize = ThumbnailSize::Medium;
    const HASH: [u8; 32] = [0xab; 32];

    #[test]
    fn a_thumbnail_reads_back_with_the_type_its_bytes_show() {
        let folder = TempDir::new().unwrap();
        let thumbnails = Thumbnails::open(folder.path()).unwrap();
        assert_eq!(thumbnails.read(&HASH, MEDIUM).unwrap(), None);
        thumbnails.store(&HASH, MEDIUM, b"\xff\xd8\xff picture \xff\xd9").unwrap();
        let (content_type, bytes) = thumbnails.read(&HASH, MEDIUM).unwrap().unwrap();
        assert_eq!(
            (content_type, bytes.as_slice()),
            ("image/jpeg", b"\xff\xd8\xff picture \xff\xd9".as_slice())
        );
        assert!(thumbnails.path(&HASH, MEDIUM).ends_with(format!("thumbnails/ab/{}.thumb", "ab".repeat(32))));
        thumbnails.store(&HASH, MEDIUM, b"RIFF\x05\0\0\0WEBP!").unwrap();
        assert_eq!(thumbnails.read(&HASH, MEDIUM).unwrap().unwrap().0, "image/webp");
        thumbnails.store(&HASH, ThumbnailSize::Small, b"\xff\xd8\xff small \xff\xd9").unwrap();
        thumbnails.remove(&HASH).unwrap();
        thumbnails.remove(&HASH).unwrap();
        assert_eq!(thumbnails.read(&HASH, ThumbnailSize::Small).unwrap(), None);
        assert_eq!(thumbnails.read(&HASH, MEDIUM).unwrap(), None);
    }

    #[test]
    fn the_least_recently_used_thumbnails_are_deleted_first() {
        let folder = TempDir::new().unwrap();
        let thumbnails = Thumbnails::open(folder.path()).unwrap();
        let picture = b"\xff\xd8\xff picture \xff\xd9";
        let size = picture.len() as u64;
        for age in 1..=4_u8 {
            thumbnails.store(&[age; 32], MEDIUM, picture).unwrap();
            let file = File::options().write(true).open(thumbnails.path(&[age; 32], MEDIUM)).unwrap();
            file.set_modified(SystemTime::now() - DAY * u32::from(age) * 10).unwrap();
        }
        assert_eq!(thumbnails.space().unwrap(), 4 * size);
        thumbnails.read(&[4; 32], MEDIUM).unwrap().unwrap();
        assert_eq!(thumbnails.shrink_to(2 * size).unwrap(), 2);
        let left: Vec<u8> = (1..=4).filter(|age| thumbnails.path(&[*age; 32], MEDIUM).exists()).collect();
        assert_eq!(left, [1, 4]);
        assert_eq!(thumbnails.shrink_to(2 * size).unwrap(), 0);
        assert_eq!(thumbnails.shrink_to(0).unwrap(), 2);
    }

    #[test]
    fn an_incomplete_or_unsafe_thumbnail_counts_as_absent() {
        let folder = TempDir::new().unwrap();
        let thumbnails = Thumbnails::open(folder.path()).unwrap();
        let cut_webp = [b"RIFF\0\x04\0\0WEBP".as_slice(), &[0; 100]].concat();
        let zeroed_webp = [b"RIFF\0\x04\0\0WEBP".as_slice(), &[0; 1020]].concat();
        let endless = [b"\xff\xd8\xff".as_slice(), &vec![1; 5_000_000], b"\xff\xd9"].concat();
        for bytes in [
            b"".as_slice(),
            b"<svg onload='alert(1)'/>",
            b"<html>",
            b"\xff\xd8\xff cut",
            &[0; 4096],
            &cut_webp,
            &zeroed_webp,
            &endless,
        ] {
            thumbnails.store(&HASH, MEDIUM, bytes).unwrap();
            assert_eq!(thumbnails.read(&HASH, MEDIUM).unwrap(), None);
        }
    }
}
