//! Files and folders that only their owner may open, because they contain
//! prompts and unlisted links. The only module that knows permissions. On
//! systems without Unix modes, the user's folder protects its contents.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;

/// Returns options that create files for the owner only.
pub(crate) fn options() -> OpenOptions {
    #[cfg_attr(not(unix), expect(unused_mut, reason = "there is no mode to set"))]
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, FILE);
    options
}

/// Opens a file for writing, or creates it for the owner only. Existing content
/// stays.
pub(crate) fn open_or_create(path: &Path) -> io::Result<File> {
    options().create(true).truncate(false).write(true).open(path)
}

/// Writes a file. If it is new, it is created for the owner only.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = options().create(true).truncate(true).write(true).open(path)?;
    io::Write::write_all(&mut file, bytes)
}

/// Copies a file. A new copy is for the owner only, whatever the mode of the
/// source.
pub(crate) fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let mut source = File::open(from)?;
    let mut target = options().create(true).truncate(true).write(true).open(to)?;
    io::copy(&mut source, &mut target).map(drop)
}

/// Makes a folder and the missing folders above it, for the owner only.
pub(crate) fn create_dir_all(path: &Path) -> io::Result<()> {
    #[cfg_attr(not(unix), expect(unused_mut, reason = "there is no mode to set"))]
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, FOLDER);
    builder.recursive(true).create(path)
}

#[cfg(unix)]
const FILE: u32 = 0o600;
#[cfg(unix)]
const FOLDER: u32 = 0o700;

/// Removes everybody else's rights to a library, even to one that an earlier
/// version made. `is_ours` says whether a library has a name at its top level; a
/// folder that contains anything else keeps its own rights. Nested contents are
/// changed only while the catalog itself is not private: its mode is changed
/// last, so a private catalog shows that the rest is done.
#[cfg(unix)]
pub(crate) fn restrict(library: &Path, catalog: &Path, is_ours: impl Fn(&str) -> bool) -> io::Result<()> {
    let names: Vec<_> =
        fs::read_dir(library)?.map(|entry| Ok(entry?.file_name())).collect::<io::Result<_>>()?;
    let (ours, others): (Vec<_>, Vec<_>) =
        names.into_iter().partition(|name| name.to_str().is_some_and(&is_ours));
    if others.is_empty() {
        restrict_one(library, FOLDER)?;
    }
    let is_done = fs::metadata(catalog).is_ok_and(|found| mode(&found) & OTHERS == 0);
    for path in ours.into_iter().map(|name| library.join(name)).filter(|path| path != catalog) {
        // The folder may be a link to another disk, which the artist made.
        if path.is_dir() {
            restrict_one(&path, FOLDER)?;
            if !is_done {
                restrict_inside(&path, 0)?;
            }
        } else {
            restrict_one(&path, FILE)?;
        }
    }
    restrict_one(catalog, FILE)
}

#[cfg(not(unix))]
pub(crate) fn restrict(_library: &Path, _catalog: &Path, _is_ours: impl Fn(&str) -> bool) -> io::Result<()> {
    Ok(())
}

/// The maximum nesting of folders in a library, with room to spare.
#[cfg(unix)]
const MAX_DEPTH: u32 = 8;
/// The rights of the group and of everybody else.
#[cfg(unix)]
const OTHERS: u32 = 0o077;

#[cfg(unix)]
fn restrict_inside(folder: &Path, depth: u32) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() {
            restrict_one(&entry.path(), FOLDER)?;
            if depth < MAX_DEPTH {
                restrict_inside(&entry.path(), depth + 1)?;
            }
        } else if kind.is_file() {
            restrict_one(&entry.path(), FILE)?;
        }
    }
    Ok(())
}

#[cfg(unix)]
fn mode(metadata: &fs::Metadata) -> u32 {
    std::os::unix::fs::PermissionsExt::mode(&metadata.permissions())
}

/// Sets the mode of a file or folder to which others have rights. Fails if the
/// file system does not support modes, so that nothing walks through all of it
/// in vain.
#[cfg(unix)]
fn restrict_one(path: &Path, wanted: u32) -> io::Result<()> {
    let change = || -> io::Result<()> {
        let found = fs::metadata(path)?;
        if mode(&found) & OTHERS == 0 {
            return Ok(());
        }
        fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(wanted))?;
        if found.is_dir() && mode(&fs::metadata(path)?) & OTHERS != 0 {
            return Err(io::ErrorKind::Unsupported.into());
        }
        Ok(())
    };
    match change() {
        // Another process has just deleted it.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        outcome => outcome,
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn mode_of(path: &Path) -> u32 {
        mode(&fs::metadata(path).unwrap()) & 0o7777
    }

    fn open_to_all(path: &Path) {
        let wanted = if path.is_dir() { 0o755 } else { 0o644 };
        fs::set_permissions(path, PermissionsExt::from_mode(wanted)).unwrap();
    }

    /// Returns a library as an earlier version made it, and its catalog.
    fn an_open_library() -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir_all(root.join("originals/ab")).unwrap();
        for name in ["catalog.db", "catalog.db-wal", "originals/ab/abcd.png"] {
            fs::write(root.join(name), "x").unwrap();
            open_to_all(&root.join(name));
        }
        for name in ["", "originals", "originals/ab"] {
            open_to_all(&root.join(name));
        }
        let catalog = root.join("catalog.db");
        (folder, catalog)
    }

    fn is_ours(name: &str) -> bool {
        name == "originals" || name.starts_with("catalog.")
    }

    #[test]
    fn an_existing_library_becomes_private_with_all_that_is_in_it() {
        let (folder, catalog) = an_open_library();
        restrict(folder.path(), &catalog, is_ours).unwrap();
        for name in ["", "originals", "originals/ab"] {
            assert_eq!(mode_of(&folder.path().join(name)), 0o700, "{name}");
        }
        for name in ["catalog.db", "catalog.db-wal", "originals/ab/abcd.png"] {
            assert_eq!(mode_of(&folder.path().join(name)), 0o600, "{name}");
        }
    }

    #[test]
    fn a_folder_and_files_that_are_not_ours_keep_their_permissions() {
        let (folder, catalog) = an_open_library();
        let (root, letter) = (folder.path(), folder.path().join("letter.txt"));
        fs::write(&letter, "x").unwrap();
        open_to_all(&letter);
        restrict(root, &catalog, is_ours).unwrap();
        assert_eq!((mode_of(root), mode_of(&letter)), (0o755, 0o644));
        assert_eq!((mode_of(&catalog), mode_of(&root.join("originals"))), (0o600, 0o700));
    }

    #[test]
    fn an_interrupted_change_of_permissions_is_repeated() {
        let (folder, catalog) = an_open_library();
        let root = folder.path();
        fs::set_permissions(root, PermissionsExt::from_mode(0o700)).unwrap();
        fs::set_permissions(root.join("originals"), PermissionsExt::from_mode(0o700)).unwrap();
        restrict(root, &catalog, is_ours).unwrap();
        assert_eq!(mode_of(&root.join("originals/ab/abcd.png")), 0o600);
    }

    #[test]
    fn links_to_files_elsewhere_are_left_alone() {
        let (folder, catalog) = an_open_library();
        let elsewhere = tempfile::tempdir().unwrap();
        let letter = elsewhere.path().join("letter.txt");
        fs::write(&letter, "x").unwrap();
        open_to_all(&letter);
        std::os::unix::fs::symlink(&letter, folder.path().join("originals/ab/link.png")).unwrap();
        restrict(folder.path(), &catalog, is_ours).unwrap();
        assert_eq!(mode_of(&letter), 0o644);
    }
}
