//! One watched folder on the disk: the files in it and their current state.
//! Links are never followed, so nothing outside the folder is ever read.

use super::patterns::{Named, Patterns};
use crate::marker::is_library;
use crate::model::{ImageFormat, WatchedFile};
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::UNIX_EPOCH;

/// How deep nested folders are looked through.
const MAX_DEPTH: usize = 32;
/// How many files are reported together.
const BATCH: usize = 1_000;
/// How many bytes of a file are read. They are enough to recognise the imported
/// formats.
const HEAD: u64 = 16;
/// The maximum number of files, not named like pictures, that are remembered as
/// not being pictures. There may be thousands of captions beside pictures, and
/// each is opened only once.
const MAX_OTHERS: usize = 100_000;

/// A picture file that was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// Its absolute path, below the watched folder.
    pub path: PathBuf,
    /// Which file it is, and its state.
    pub file: WatchedFile,
}

/// A watched folder.
#[derive(Debug, Clone)]
pub struct Root {
    path: PathBuf,
    patterns: Patterns,
    /// Files that were opened and are not pictures, with their state at that
    /// time.
    others: Arc<Mutex<HashSet<WatchedFile>>>,
}

impl Root {
    /// Returns a watched folder. `path` must be canonical.
    pub fn new(path: PathBuf, patterns: Patterns) -> Self {
        Self { path, patterns, others: Arc::default() }
    }

    /// Returns the folder's path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Checks one file again. Returns `None` if it no longer exists, is not a
    /// regular file, or is skipped.
    pub fn look(&self, path: &Path) -> Option<Sighting> {
        let place = path.strip_prefix(&self.path).ok()?;
        if Named::of(path) == Named::Unfinished || self.patterns.pass_over(place) {
            return None;
        }
        // A folder in the path may have become a link.
        let folder = path.parent()?;
        let really = folder.canonicalize().ok()?;
        if really != folder || self.is_in_library(folder) {
            return None;
        }
        let metadata = path.symlink_metadata().ok()?;
        let seen = metadata.is_file().then(|| sighting(path.to_owned(), place, &metadata))?;
        self.is_picture(&seen).then_some(seen)
    }

    /// Says whether a file is a picture, by its name, or else by its content, as
    /// an import does.
    fn is_picture(&self, seen: &Sighting) -> bool {
        match Named::of(&seen.path) {
            Named::Picture => return true,
            Named::Unfinished => return false,
            Named::Otherwise => {}
        }
        let mut others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
        if others.contains(&seen.file) {
            return false;
        }
        let mut head = Vec::new();
        // A file that cannot be read now is opened again later.
        let Ok(_) = File::open(&seen.path).and_then(|file| file.take(HEAD).read_to_end(&mut head)) else {
            return false;
        };
        let is_picture = ImageFormat::from_signature(&head).is_some();
        if !is_picture && others.len() < MAX_OTHERS {
            others.insert(seen.file);
        }
        is_picture
    }

    /// Says whether a folder is a library, or is inside one, within the watched
    /// folder.
    fn is_in_library(&self, folder: &Path) -> bool {
        let inside = folder.ancestors().take_while(|folder| folder.starts_with(&self.path));
        inside.into_iter().any(|folder| is_library(|name| folder.join(name).exists()))
    }

    /// Reports the pictures in the folder, or in a folder inside it, until
    /// `tell` returns false.
    ///
    /// # Errors
    /// Fails if the folder itself cannot be read. A folder inside it that
    /// cannot be read is skipped.
    pub fn scan(&self, from: &Path, tell: &mut dyn FnMut(Vec<Sighting>) -> bool) -> io::Result<()> {
        let inside = from.strip_prefix(&self.path).map_err(io::Error::other)?;
        if self.patterns.pass_over(inside) || from.symlink_metadata()?.is_symlink() {
            return Ok(());
        }
        let mut folders = vec![(from.to_owned(), inside.components().count())];
        let mut batch = Vec::new();
        while let Some((folder, depth)) = folders.pop() {
            let entries = match std::fs::read_dir(&folder) {
                Ok(entries) => entries,
                Err(error) if folder == from => return Err(error),
                Err(error) => {
                    tracing::debug!(%error, "a folder inside a watched one cannot be read");
                    continue;
                }
            };
            // A folder that keeps failing is looked through again later.
            let entries: Vec<_> = entries.map_while(Result::ok).collect();
            // Our own originals are not new pictures, and neither are those of
            // another library.
            if is_library(|name| entries.iter().any(|entry| entry.file_name() == name)) {
                continue;
            }
            for entry in entries {
                let path = entry.path();
                let (Ok(kind), Ok(place)) = (entry.file_type(), path.strip_prefix(&self.path)) else {
                    continue;
                };
                if kind.is_symlink() || self.patterns.pass_over(place) {
                    continue;
                }
                if kind.is_dir() {
                    if depth < MAX_DEPTH {
                        folders.push((path, depth + 1));
                    }
                } else if kind.is_file()
                    && Named::of(&path) != Named::Unfinished
                    && let Ok(metadata) = entry.metadata()
                {
                    let seen = sighting(path.clone(), place, &metadata);
                    if !self.is_picture(&seen) {
                        continue;
                    }
                    batch.push(seen);
                    if batch.len() == BATCH && !tell(std::mem::take(&mut batch)) {
                        return Ok(());
                    }
                }
            }
        }
        if !batch.is_empty() {
            tell(batch);
        }
        Ok(())
    }
}

fn sighting(path: PathBuf, place: &Path, metadata: &Metadata) -> Sighting {
    let digest = Sha256::digest(place.as_os_str().as_encoded_bytes());
    let mut file = [0; 16];
    file.copy_from_slice(digest.first_chunk::<16>().unwrap_or(&[0; 16]));
    let modified = metadata.modified().ok().and_then(|time| match time.duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_micros()).ok(),
        Err(before) => i64::try_from(before.duration().as_micros()).ok().map(|since| -since),
    });
    Sighting { path, file: WatchedFile { file, size: metadata.len(), modified: modified.unwrap_or(0) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(root: &Root) -> Vec<String> {
        let mut found = Vec::new();
        root.scan(root.path(), &mut |batch| {
            found.extend(batch.into_iter().map(|seen| {
                seen.path.strip_prefix(root.path()).unwrap().to_string_lossy().replace('\\', "/")
            }));
            true
        })
        .unwrap();
        found.sort();
        found
    }

    fn folder() -> (tempfile::TempDir, Root) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().canonicalize().unwrap();
        let root = Root::new(path, Patterns::parse(&["temp".into()]).unwrap());
        (folder, root)
    }

    #[test]
    fn only_pictures_are_found_at_any_depth() {
        let (folder, root) = folder();
        std::fs::create_dir_all(folder.path().join("2026/11")).unwrap();
        std::fs::create_dir_all(folder.path().join("temp/11")).unwrap();
        for name in ["a.png", "2026/11/b.WEBP", "c.txt", "temp/11/d.png", ".e.png", "f.png.part"] {
            std::fs::write(folder.path().join(name), b"x").unwrap();
        }
        assert_eq!(seen(&root), ["2026/11/b.WEBP", "a.png"]);
        let look = root.look(&root.path().join("a.png")).unwrap();
        assert_eq!(look.file.size, 1);
        assert_eq!(root.look(&root.path().join("temp/11/d.png")), None);
    }

    #[test]
    fn files_are_found_by_names_that_import_accepts_or_by_their_content() {
        let (folder, root) = folder();
        let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
        for name in ["a.jfif", "b.JPE", "c.pjpeg", "d.apng"] {
            write(name, b"x");
        }
        for name in ["without", "data.bin", "down.png.part", "chrome.crdownload", "aside.tmp"] {
            write(name, b"\x89PNG\r\n\x1a\n....");
        }
        for name in ["caption.txt", "empty", "weights.safetensors"] {
            write(name, b"a lighthouse");
        }
        let expected = ["a.jfif", "b.JPE", "c.pjpeg", "d.apng", "data.bin", "without"];
        assert_eq!(seen(&root), expected);
        assert_eq!(root.others.lock().unwrap().len(), 3);
        assert_eq!(seen(&root), expected);
        // A file that becomes a picture is reported.
        write("empty", b"GIF89a\x01\0\x01\0");
        assert!(root.look(&root.path().join("empty")).is_some());
    }

    #[test]
    fn a_scan_can_be_cancelled() {
        let (folder, root) = folder();
        for number in 0..BATCH * 2 {
            std::fs::write(folder.path().join(format!("{number}.png")), b"x").unwrap();
        }
        let mut batches = 0;
        root.scan(root.path(), &mut |_| {
            batches += 1;
            false
        })
        .unwrap();
        assert_eq!(batches, 1);
    }

    #[test]
    fn a_library_inside_a_folder_is_skipped() {
        let (folder, root) = folder();
        for name in ["a.png", "l/originals/ab/b.png", "l/thumbnails/ab/b.png", "l/catalog.db", "l/c.png"] {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, b"x").unwrap();
        }
        assert_eq!(seen(&root), ["a.png"]);
        assert!(root.look(&root.path().join("a.png")).is_some());
        assert_eq!(root.look(&root.path().join("l/thumbnails/ab/b.png")), None);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_not_followed() {
        let (folder, root) = folder();
        let elsewhere = tempfile::tempdir().unwrap();
        std::fs::write(elsewhere.path().join("private.png"), b"x").unwrap();
        std::os::unix::fs::symlink(elsewhere.path(), folder.path().join("out")).unwrap();
        std::os::unix::fs::symlink(elsewhere.path().join("private.png"), folder.path().join("one.png"))
            .unwrap();
        std::os::unix::fs::symlink(folder.path(), folder.path().join("round")).unwrap();
        assert!(seen(&root).is_empty());
        for name in ["one.png", "out/private.png", "round/one.png", "../private.png"] {
            assert_eq!(root.look(&root.path().join(name)), None, "{name}");
        }
        assert!(root.scan(&root.path().join("out"), &mut |_| panic!("followed")).is_ok());
    }
}
