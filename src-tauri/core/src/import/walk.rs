//! Finds the files behind what was dropped: a file is itself, a folder is what
//! is in it. Bounded in depth, cancellable; links to folders are not followed.

use super::rejection::Rejection;
use super::sniff::{Sniffed, sniff};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use tokio_util::sync::CancellationToken;

/// Folders inside folders that are looked into.
const MAX_DEPTH: usize = 32;
/// Enough of a file to tell what it is.
const HEAD: u64 = 4096;

/// How a file came into an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Met {
    /// The artist named, dropped or pasted this very file.
    Named,
    /// It lies in a folder that was named or dropped.
    InFolder,
}

/// One thing that was found.
pub(super) enum Found {
    /// To be read.
    File(PathBuf, Met),
    /// Cannot even be looked at.
    Refused(PathBuf, Rejection),
}

/// Calls `visit` for each file until it says no. What was named is always
/// visited; in a folder, hidden files and files that are no pictures (prompts
/// and settings beside them) are passed over.
pub(super) fn walk(path: &Path, cancel: &CancellationToken, visit: &mut dyn FnMut(Found) -> bool) {
    if path.is_dir() {
        walk_folder(path, 0, cancel, visit);
    } else {
        visit(Found::File(path.to_owned(), Met::Named));
    }
}

fn walk_folder(
    folder: &Path,
    depth: usize,
    cancel: &CancellationToken,
    visit: &mut dyn FnMut(Found) -> bool,
) -> bool {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => return visit(Found::Refused(folder.to_owned(), Rejection::for_reading(&error))),
    };
    let mut paths: Vec<PathBuf> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        if cancel.is_cancelled() {
            return false;
        }
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        let Ok(metadata) = path.symlink_metadata() else { continue };
        let goes_on = if hidden || (metadata.is_symlink() && path.is_dir()) {
            true
        } else if metadata.is_dir() {
            depth >= MAX_DEPTH || walk_folder(&path, depth + 1, cancel, visit)
        } else if looks_like_a_picture(&path) {
            visit(Found::File(path, Met::InFolder))
        } else {
            true
        };
        if !goes_on {
            return false;
        }
    }
    true
}

/// By name or by content: a picture that is damaged should be heard of, a
/// prompt file should not.
fn looks_like_a_picture(path: &Path) -> bool {
    let named = path.extension().is_some_and(|extension| {
        ["jpg", "jpeg", "png", "webp", "gif"].iter().any(|known| extension.eq_ignore_ascii_case(known))
    });
    if named {
        return true;
    }
    if !path.is_file() {
        return false;
    }
    let mut head = Vec::new();
    let read = File::open(path).and_then(|file| file.take(HEAD).read_to_end(&mut head));
    read.is_ok() && matches!(sniff(&head), Sniffed::Image(_))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut found = Vec::new();
        walk(folder, &CancellationToken::new(), &mut |item| {
            let (Found::File(path, _) | Found::Refused(path, _)) = item;
            found.push(path.strip_prefix(folder).unwrap().to_string_lossy().into_owned());
            true
        });
        found
    }

    #[test]
    fn a_folder_gives_its_pictures_in_order_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        std::fs::create_dir_all(root.join("b/.cache")).unwrap();
        for name in ["b/2.PNG", "a.jpg", "prompt.txt", ".hidden.png", "b/.cache/x.png"] {
            std::fs::write(root.join(name), b"not really").unwrap();
        }
        std::fs::write(root.join("no-extension"), b"GIF89a\x01\x00\x01\x00").unwrap();
        assert_eq!(names(root), ["a.jpg", "b/2.PNG", "no-extension"]);
    }

    #[test]
    fn a_cancelled_walk_ends() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.jpg"), b"x").unwrap();
        let cancel = CancellationToken::new();
        cancel.cancel();
        let mut found = 0;
        walk(folder.path(), &cancel, &mut |_| {
            found += 1;
            true
        });
        assert_eq!(found, 0);
    }
}
