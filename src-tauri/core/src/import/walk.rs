//! Finds the files of an import: a file stands for itself, a folder for everything in it, in the order in
//! which file managers show it. Bounded in depth, cancellable. It reports everything that is not visited as a
//! file: folders that cannot be read completely, links to folders, hidden files, libraries.

use super::look::is_missed;
use super::names::{Named, is_litter};
use super::natural::compare_names;
use super::passed::Passed;
use crate::marker::{is_library, is_original, library_around};
use crate::model::Rejection;
use std::cell::RefCell;
use std::ffi::{OsStr, OsString};
use std::fs::{DirEntry, FileType};
use std::io;
use std::path::{Path, PathBuf};
use tokio_util::sync::CancellationToken;

/// How many levels of nested folders are read.
pub(super) const MAX_DEPTH: usize = 32;
/// How many entries of one folder may fail before the rest is given up, because a failing disk can fail
/// forever.
const MAX_ERRORS: usize = 16;

/// How a file came into an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Met {
    /// The artist named, dropped or pasted this file itself.
    Named,
    /// The file was found in a folder that was named or dropped.
    InFolder(Named),
}

impl Met {
    /// Says whether the file counts towards the progress. Text files beside pictures are checked too, but
    /// take no time.
    pub(super) fn is_counted(self) -> bool {
        self != Self::InFolder(Named::NoPicture)
    }
}

/// One thing that a walk found.
#[derive(Debug)]
pub(super) enum Found {
    /// A file to check, and to read if it is a picture.
    File(PathBuf, Met),
    /// Something that cannot even be checked.
    Refused(PathBuf, Rejection),
    /// Something that is only counted.
    Passed(Passed),
}

/// A walk through files and folders.
pub(super) struct Walk<'a> {
    /// The folder of the open library.
    own: &'a Path,
    cancel: &'a CancellationToken,
    /// The folder of the last named file, and the library around it.
    around: RefCell<Option<(PathBuf, Option<PathBuf>)>>,
}

/// An entry of a folder.
struct Entry {
    name: OsString,
    kind: io::Result<FileType>,
}

/// How to treat an entry.
enum Way {
    Enter(PathBuf),
    Visit(Found),
    /// Ignore it, because nobody misses it.
    Leave,
}

impl<'a> Walk<'a> {
    pub(super) fn new(own: &'a Path, cancel: &'a CancellationToken) -> Self {
        Self { own, cancel, around: RefCell::default() }
    }

    /// Calls `visit` for everything that is found, until it returns false. A named path is always visited.
    /// Returns whether `path` is a folder.
    pub(super) fn through(&self, path: &Path, visit: &mut dyn FnMut(Found) -> bool) -> bool {
        if !path.is_dir() {
            visit(self.named(path));
            return false;
        }
        if library_around(path).is_some() {
            visit(Found::Refused(path.to_owned(), Rejection::library()));
        } else {
            let root = path.canonicalize().unwrap_or_else(|_| path.to_owned());
            self.folder(path, &root, 0, visit);
        }
        true
    }

    /// Counts the files that [`Self::through`] finds, in any order, and reports them folder by folder.
    pub(super) fn count(&self, path: &Path, add: &mut dyn FnMut(usize)) {
        if !path.is_dir() || library_around(path).is_some() {
            add(1);
        } else {
            let root = path.canonicalize().unwrap_or_else(|_| path.to_owned());
            self.count_in(path, &root, 0, add);
        }
    }

    fn count_in(&self, folder: &Path, root: &Path, depth: usize, add: &mut dyn FnMut(usize)) {
        let Ok(Listing { entries, .. }) = self.list(folder) else { return add(1) };
        if is_library_of(&entries) {
            return;
        }
        let (mut files, mut folders) = (0, Vec::new());
        for entry in &entries {
            match sort_out(folder, entry, root, depth) {
                Way::Visit(Found::File(_, met)) => files += usize::from(met.is_counted()),
                Way::Visit(Found::Refused(..)) => files += 1,
                Way::Enter(folder) => folders.push(folder),
                Way::Visit(Found::Passed(_)) | Way::Leave => {}
            }
        }
        drop(entries);
        add(files);
        for folder in folders {
            if self.cancel.is_cancelled() {
                return;
            }
            self.count_in(&folder, root, depth + 1, add);
        }
    }

    /// Refuses files inside a library that Vitrine made from pictures, such as thumbnails, because nobody
    /// wants these in their history.
    fn named(&self, path: &Path) -> Found {
        let is_link = path.symlink_metadata().is_ok_and(|found| found.is_symlink());
        let folder = if is_link { path.canonicalize().ok() } else { None };
        let folder = folder.as_deref().unwrap_or(path).parent().unwrap_or(Path::new(""));
        // The parent of a name without a folder.
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let mut around = self.around.borrow_mut();
        let (_, library) = match around.take() {
            Some(known) if known.0 == folder => around.insert(known),
            _ => around.insert((folder.to_owned(), library_around(folder))),
        };
        match library {
            Some(library) if !is_original(library, path) => {
                Found::Refused(path.to_owned(), Rejection::library())
            }
            _ => Found::File(path.to_owned(), Met::Named),
        }
    }

    fn folder(&self, folder: &Path, root: &Path, depth: usize, visit: &mut dyn FnMut(Found) -> bool) -> bool {
        let Listing { mut entries, broke_off } = match self.list(folder) {
            Ok(listing) => listing,
            Err(error) => return visit(Found::Refused(folder.to_owned(), Rejection::for_listing(&error))),
        };
        if is_library_of(&entries) {
            let is_own = folder.canonicalize().is_ok_and(|folder| folder == self.own);
            return visit(if is_own {
                Found::Passed(Passed::Library)
            } else {
                Found::Refused(folder.to_owned(), Rejection::library())
            });
        }
        let is_file = |entry: &Entry| !entry.kind.as_ref().is_ok_and(FileType::is_dir);
        entries.sort_by(|one, other| {
            is_file(one).cmp(&is_file(other)).then_with(|| compare_names(&one.name, &other.name))
        });
        for entry in entries {
            if self.cancel.is_cancelled() {
                return false;
            }
            let goes_on = match sort_out(folder, &entry, root, depth) {
                Way::Enter(folder) => self.folder(&folder, root, depth + 1, visit),
                Way::Visit(found) => visit(found),
                Way::Leave => true,
            };
            if !goes_on {
                return false;
            }
        }
        broke_off.is_none_or(|error| visit(Found::Refused(folder.to_owned(), Rejection::for_listing(&error))))
    }

    fn list(&self, folder: &Path) -> io::Result<Listing> {
        let entries = std::fs::read_dir(folder)?.map(|entry| entry.map(|entry| Entry::from(&entry)));
        Ok(Listing::of(entries, self.cancel))
    }
}

impl From<&DirEntry> for Entry {
    fn from(entry: &DirEntry) -> Self {
        Self { name: entry.file_name(), kind: entry.file_type() }
    }
}

/// The names in one folder. A walk holds one of these for each folder on its current path, and nothing more.
struct Listing {
    entries: Vec<Entry>,
    /// The error because of which the list may be incomplete.
    broke_off: Option<io::Error>,
}

impl Listing {
    fn of(entries: impl Iterator<Item = io::Result<Entry>>, cancel: &CancellationToken) -> Self {
        let mut listing = Self { entries: Vec::new(), broke_off: None };
        let mut errors = 0;
        for entry in entries.take_while(|_| !cancel.is_cancelled()) {
            match entry {
                Ok(entry) => listing.entries.push(entry),
                Err(error) => {
                    errors += 1;
                    listing.broke_off.get_or_insert(error);
                    if errors == MAX_ERRORS {
                        break;
                    }
                }
            }
        }
        listing
    }
}

fn is_library_of(entries: &[Entry]) -> bool {
    is_library(|name| entries.iter().any(|entry| entry.name == *name))
}

/// Decides how to treat an entry, without opening anything.
fn sort_out(folder: &Path, entry: &Entry, root: &Path, depth: usize) -> Way {
    if is_litter(&entry.name.to_string_lossy()) {
        return Way::Leave;
    }
    if is_hidden(&entry.name) {
        return Way::Visit(Found::Passed(Passed::Hidden));
    }
    let path = folder.join(&entry.name);
    let named = Named::of(&path);
    let kind = match &entry.kind {
        Ok(kind) => kind,
        // The entry may also be a folder.
        Err(error) => {
            let rejection = Rejection::for_reading(error);
            return Way::Visit(if is_missed(named, &rejection) {
                Found::Refused(path, rejection)
            } else {
                Found::Passed(Passed::Other)
            });
        }
    };
    if kind.is_dir() {
        if depth < MAX_DEPTH {
            Way::Enter(path)
        } else {
            Way::Visit(Found::Refused(path, Rejection::too_far_down(MAX_DEPTH)))
        }
    } else if kind.is_symlink() {
        Way::Visit(behind_link(path, named, root))
    } else if kind.is_file() || named == Named::Ours {
        Way::Visit(Found::File(path, Met::InFolder(named)))
    } else {
        // A pipe, a socket or a device.
        Way::Visit(Found::Passed(Passed::Other))
    }
}

fn is_hidden(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b".")
}

/// Treats a link to a file as that file. A link to a folder is not followed, because it may lead anywhere,
/// even in a circle. A link that stays inside the named folder leads to nothing new.
fn behind_link(path: PathBuf, named: Named, root: &Path) -> Found {
    let file = Met::InFolder(named);
    match std::fs::metadata(&path) {
        Ok(found) if found.is_dir() => match path.canonicalize() {
            Ok(behind) if behind.starts_with(root) => Found::Passed(Passed::Link),
            _ => Found::Refused(path, Rejection::linked_folder()),
        },
        Ok(_) => {
            let behind = path.canonicalize().ok();
            let library = behind.as_deref().and_then(Path::parent).and_then(library_around);
            match library {
                Some(library) if !is_original(&library, &path) => Found::Refused(path, Rejection::library()),
                _ => Found::File(path, file),
            }
        }
        // A link to nothing: it is refused when it is read, if anybody could miss it.
        Err(_) if named == Named::NoPicture => Found::Passed(Passed::Other),
        Err(_) => Found::File(path, file),
    }
}

#[cfg(test)]
#[path = "walk_tests.rs"]
mod tests;
