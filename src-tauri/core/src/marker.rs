//! What makes a folder a Vitrine library, for code that reads folders outside the library. The originals in a
//! library are imported already, and its thumbnails are not pictures that anybody wants to import.

use std::path::{Path, PathBuf};

/// A folder that every library has.
const ORIGINALS: &str = "originals";
/// Folders of a library whose files may be imported when they are named one by one: the originals, and copies
/// of them that were dragged out.
const PICTURES: [&str; 2] = [ORIGINALS, "lent"];
/// Files beside that folder. The second one exists even if a damaged catalog does not.
const CATALOGS: [&str; 2] = ["catalog.db", "catalog.in-use"];

/// Says whether a folder is a library, from the names in it.
pub(crate) fn is_library(has: impl Fn(&str) -> bool) -> bool {
    has(ORIGINALS) && CATALOGS.into_iter().any(has)
}

/// Returns the library that a folder is or is inside of, after resolving links; `None` if there is none.
pub(crate) fn library_around(folder: &Path) -> Option<PathBuf> {
    let folder = folder.canonicalize().ok()?;
    let is_one = |folder: &&Path| is_library(|name| folder.join(name).exists());
    folder.ancestors().find(is_one).map(Path::to_owned)
}

/// Says whether a file inside a library is a picture, rather than something made from one.
pub(crate) fn is_original(library: &Path, file: &Path) -> bool {
    let place = file.canonicalize().ok();
    let place = place.as_deref().and_then(|file| file.strip_prefix(library).ok());
    place.is_some_and(|place| PICTURES.into_iter().any(|folder| place.starts_with(folder)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_is_recognised_by_its_originals_and_its_catalog() {
        let is = |names: &[&str]| is_library(|name| names.contains(&name));
        assert!(is(&["originals", "catalog.db", "notes.txt"]));
        assert!(is(&["originals", "catalog.in-use"]));
        // The folders of a photographer, and of a web gallery.
        assert!(!is(&["originals", "thumbnails"]));
        assert!(!is(&["catalog.db"]));
    }

    #[test]
    fn every_path_inside_a_library_is_recognised() {
        let root = tempfile::tempdir().unwrap();
        let library = root.path().canonicalize().unwrap().join("library");
        std::fs::create_dir_all(library.join("originals/ab")).unwrap();
        std::fs::create_dir_all(library.join("thumbnails/ab")).unwrap();
        assert_eq!(library_around(&library.join("originals/ab")), None);
        std::fs::write(library.join("catalog.db"), b"").unwrap();
        for inside in ["", "originals", "originals/ab", "thumbnails/ab"] {
            assert_eq!(library_around(&library.join(inside)), Some(library.clone()), "{inside}");
        }
        assert_eq!(library_around(root.path()), None);
        std::fs::write(library.join("originals/ab/1.png"), b"").unwrap();
        std::fs::write(library.join("thumbnails/ab/1.jpg"), b"").unwrap();
        assert!(is_original(&library, &library.join("originals/ab/1.png")));
        assert!(!is_original(&library, &library.join("thumbnails/ab/1.jpg")));
    }
}
