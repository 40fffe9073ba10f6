//! Room that is kept for the moment at which the disk is full: deleting needs
//! some before it gives any.

use super::durable::Temporary;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// What the log of the catalog takes while it is opened and a small change is
/// written, several times over.
const SIZE: usize = 1024 * 1024;

/// A file that is there only to be given up.
#[derive(Debug)]
pub struct Reserve {
    library: PathBuf,
    path: PathBuf,
}

impl Reserve {
    /// The reserve of the library in this folder. Touches nothing.
    pub fn of(library: &Path) -> Self {
        Self { library: library.to_owned(), path: library.join("reserve") }
    }

    /// Makes the reserve unless it is there. Leaves nothing when there is no
    /// room for it.
    pub fn make(&self) -> io::Result<()> {
        if fs::metadata(&self.path).is_ok_and(|file| file.len() >= SIZE as u64) {
            return Ok(());
        }
        // Nothing that a file system could store in less than its size.
        let mut bytes = vec![0; SIZE];
        getrandom::fill(&mut bytes).map_err(|error| io::Error::other(error.to_string()))?;
        let temporary = Temporary::write(&self.library, &bytes)?;
        temporary.sync()?;
        temporary.rename(&self.path)
    }

    /// Gives the room back to the disk. Says whether there was any.
    pub fn release(&self) -> io::Result<bool> {
        match fs::remove_file(&self.path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// Gives up about as much of what can be made again as the reserve holds. Says
/// whether that made room.
pub fn give_up(thumbnails: &super::Thumbnails) -> io::Result<bool> {
    let kept = thumbnails.space()?.saturating_sub(SIZE as u64);
    Ok(thumbnails.shrink_to(kept)? > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reserve_takes_real_room_and_gives_it_back_once() {
        let folder = tempfile::tempdir().unwrap();
        let reserve = Reserve::of(folder.path());
        assert!(!reserve.release().unwrap());
        reserve.make().unwrap();
        reserve.make().unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        assert_eq!(fs::metadata(folder.path().join("reserve")).unwrap().len(), 1_048_576);
        assert!(reserve.release().unwrap());
        assert!(!reserve.release().unwrap());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
