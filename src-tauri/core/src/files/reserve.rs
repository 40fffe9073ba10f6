//! Disk space that is reserved for the moment at which the disk is full, because
//! deleting needs some space before it frees any.

use super::durable::Temporary;
use crate::private;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// The size of one file of the reserve, in bytes: several times what the log of the
/// catalog takes while it is opened and a small change is written.
const SIZE: usize = 512 * 1024;

/// How many bytes are written at a time if there may not be enough space for the
/// whole file.
const PIECE: usize = 4096;

/// The files of the reserve, for opening the catalog and for the changes after that.
const NAMES: [&str; 4] = ["reserve", "reserve.second", "reserve.third", "reserve.fourth"];

/// Files that exist only to be deleted, one after the other, when the disk is full.
#[derive(Debug)]
pub struct Reserve {
    library: PathBuf,
}

impl Reserve {
    /// Returns the reserve of the library in this folder. Touches nothing.
    pub fn of(library: &Path) -> Self {
        Self { library: library.to_owned() }
    }

    /// Makes the missing files of the reserve. Leaves no partial file if there is
    /// not enough space.
    pub fn make(&self) -> io::Result<()> {
        for name in NAMES {
            let path = self.library.join(name);
            if fs::metadata(&path).is_ok_and(|file| file.len() >= SIZE as u64) {
                continue;
            }
            // Random bytes, which no file system can store in less than their size.
            let mut bytes = vec![0; SIZE];
            getrandom::fill(&mut bytes).map_err(|error| io::Error::other(error.to_string()))?;
            let temporary = Temporary::write(&self.library, &bytes)?;
            temporary.sync()?;
            temporary.rename(&path)?;
        }
        Ok(())
    }

    /// Takes back as much of the released space as is still free, before others use
    /// it.
    pub fn take_back(&self) -> io::Result<()> {
        for name in NAMES {
            let path = self.library.join(name);
            let mut file = match private::options().write(true).create_new(true).open(&path) {
                Ok(file) => file,
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                Err(error) => return Err(error),
            };
            let written = fill_with_noise(&mut file);
            if file.metadata()?.len() == 0 {
                fs::remove_file(&path)?;
            }
            match written {
                Err(error) if error.kind() == io::ErrorKind::StorageFull => break,
                written => written?,
            }
        }
        Ok(())
    }

    /// Deletes one file to free its space. Returns whether there was one.
    pub fn release(&self) -> io::Result<bool> {
        for name in NAMES.iter().rev() {
            match fs::remove_file(self.library.join(name)) {
                Ok(()) => return Ok(true),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(false)
    }
}

/// Writes one whole file of the reserve, or as much of it as there is space for.
fn fill_with_noise(file: &mut File) -> io::Result<()> {
    let mut piece = [0; PIECE];
    for _ in 0..SIZE / PIECE {
        getrandom::fill(&mut piece).map_err(|error| io::Error::other(error.to_string()))?;
        file.write_all(&piece)?;
    }
    file.sync_all()
}

/// Deletes thumbnails with about the total size of one file of the reserve, since
/// they can be made again. Returns whether that freed space.
pub fn give_up(thumbnails: &super::Thumbnails) -> io::Result<bool> {
    let kept = thumbnails.space()?.saturating_sub(SIZE as u64);
    Ok(thumbnails.shrink_to(kept)? > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reserve_takes_real_space_and_releases_it_in_parts() {
        let folder = tempfile::tempdir().unwrap();
        let reserve = Reserve::of(folder.path());
        assert!(!reserve.release().unwrap());
        reserve.make().unwrap();
        reserve.make().unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 4);
        assert_eq!(fs::metadata(folder.path().join("reserve")).unwrap().len(), 524_288);
        for left in (0..4).rev() {
            assert!(reserve.release().unwrap());
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), left);
        }
        assert!(!reserve.release().unwrap());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        reserve.take_back().unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 4);
        assert_eq!(fs::metadata(folder.path().join("reserve.fourth")).unwrap().len(), 524_288);
    }
}
