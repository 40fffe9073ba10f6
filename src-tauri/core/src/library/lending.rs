//! Copies of originals under the names they were imported with, for other
//! programs. The originals themselves are never handed out, because a program
//! that gets a file may write to it.

use super::{LEFT_ASIDE, Library};
use crate::error::Error;
use crate::model::{ImageFormat, ImageId};
use crate::private;
use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The most images that are handed out at once.
const MAX_LENT: usize = 500;
/// The most characters of a name, so that any file system accepts it.
const LONGEST_NAME: usize = 120;

impl Library {
    /// Returns copies of originals, in the order of the images. The copies are
    /// kept for a day.
    pub async fn lend(&self, ids: Vec<ImageId>) -> Result<Vec<PathBuf>, Error> {
        if ids.is_empty() || ids.len() > MAX_LENT {
            return Err(Error::Invalid(format!("1 to {MAX_LENT} pictures can be handed out at once")));
        }
        let tiles = self.catalog().tiles_of(&self.owner(), ids).await?;
        let mut files = Vec::with_capacity(tiles.len());
        for tile in tiles {
            let gone = Error::NotThere("there is no such image");
            let file = self.catalog().image_file(&tile.id).await?.ok_or(gone)?;
            self.open_original(&file, true).await?;
            files.push((tile.filename, file));
        }
        let folder = self.shared.folder.lent().join(uuid::Uuid::now_v7().to_string());
        let originals = std::sync::Arc::clone(&self.shared.stores.originals);
        let copying = tokio::task::spawn_blocking(move || {
            private::create_dir_all(&folder)?;
            let mut taken = HashSet::new();
            let mut lent = Vec::with_capacity(files.len());
            for (name, file) in files {
                let path = folder.join(free_name(&name, file.format, &mut taken));
                private::copy(&originals.path(&file.sha256, file.format), &path)?;
                lent.push(path);
            }
            Ok(lent)
        });
        copying.await?.map_err(Error::Folder)
    }
}

/// Removes copies that were handed out so long ago that nobody reads them any
/// more.
pub(super) fn sweep(folder: &Path) -> io::Result<()> {
    let Some(cutoff) = SystemTime::now().checked_sub(LEFT_ASIDE) else { return Ok(()) };
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        if entry.metadata()?.modified().is_ok_and(|made| made < cutoff) {
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

/// Returns a name that is not taken yet and that every system accepts, with the
/// extension of the file's actual format.
pub(super) fn free_name(name: &str, format: ImageFormat, taken: &mut HashSet<String>) -> String {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let is_bad = |c: char| c.is_control() || "<>:\"|?*".contains(c);
    let name: String = name.chars().map(|c| if is_bad(c) { '_' } else { c }).collect();
    let (stem, extension) = name.rsplit_once('.').unwrap_or((&name, ""));
    let stem = if ImageFormat::from_extension(extension) == Some(format) { stem } else { &name };
    let stem: String = stem.trim_matches([' ', '.']).chars().take(LONGEST_NAME).collect();
    let stem = if stem.is_empty() { "picture".to_owned() } else { stem };
    for number in 1_u32.. {
        let name = match number {
            1 => format!("{stem}.{}", format.extension()),
            _ => format!("{stem} ({number}).{}", format.extension()),
        };
        // Some systems do not distinguish upper and lower case.
        if taken.insert(name.to_lowercase()) {
            return name;
        }
    }
    stem
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(given: &[&str]) -> Vec<String> {
        let mut taken = HashSet::new();
        given.iter().map(|name| free_name(name, ImageFormat::Png, &mut taken)).collect()
    }

    #[test]
    fn names_that_every_system_accepts_are_kept() {
        assert_eq!(
            names(&["fox 🦊.png", "fox 🦊.PNG", "a.jpg"]),
            ["fox 🦊.png", "fox 🦊 (2).png", "a.jpg.png"]
        );
    }

    #[test]
    fn no_name_leaves_the_folder() {
        let odd = ["../../etc/passwd", "..", "", "C:\\x\\y.png", "a\0b\nc.png", "con<>:.png", "..png"];
        for name in names(&odd) {
            assert_eq!(Path::new(&name).components().count(), 1, "{name}");
            assert!(!name.contains(['/', '\\', '\0', '\n', '<', ':']), "{name}");
        }
        assert!(names(&["x".repeat(5000).as_str()])[0].len() < 200);
    }

    #[test]
    fn only_files_that_were_lent_long_ago_are_deleted() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["old", "new"] {
            fs::create_dir(folder.path().join(name)).unwrap();
            fs::write(folder.path().join(name).join("a.png"), "x").unwrap();
        }
        let long_ago = SystemTime::now() - LEFT_ASIDE * 2;
        fs::File::open(folder.path().join("old")).unwrap().set_modified(long_ago).unwrap();
        sweep(folder.path()).unwrap();
        assert!(!folder.path().join("old").exists() && folder.path().join("new/a.png").exists());
        sweep(&folder.path().join("absent")).unwrap();
    }
}
