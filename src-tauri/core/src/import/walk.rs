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

/// How deep nested folders are looked through.
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
mod tests {
    use super::*;
    use crate::model::RejectionReason;
    use std::fs;

    fn is_cancelled(cancelled: bool) -> CancellationToken {
        let cancel = CancellationToken::new();
        if cancelled {
            cancel.cancel();
        }
        cancel
    }

    /// Returns what a walk finds, in order: files by their path, other things in brackets.
    fn walked(folder: &Path) -> Vec<String> {
        let cancel = is_cancelled(false);
        let mut found = Vec::new();
        let place = |path: PathBuf| path.strip_prefix(folder).unwrap().to_string_lossy().into_owned();
        Walk::new(&folder.join("own"), &cancel).through(folder, &mut |item| {
            found.push(match item {
                Found::File(path, _) => place(path),
                Found::Refused(path, rejection) => format!("({:?} {})", rejection.code, place(path)),
                Found::Passed(passed) => format!("({passed:?})"),
            });
            true
        });
        found
    }

    fn counted(folder: &Path) -> usize {
        let cancel = is_cancelled(false);
        let mut files = 0;
        Walk::new(&folder.join("own"), &cancel).count(folder, &mut |more| files += more);
        files
    }

    fn folder_of(names: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in names {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, b"not really").unwrap();
        }
        folder
    }

    #[test]
    fn folders_come_first_and_names_are_in_natural_order() {
        let folder = folder_of(&["img10.png", "b/2.PNG", "img2.png", "10/a.png", "9/a.png", "Img1.png"]);
        let expected = ["9/a.png", "10/a.png", "b/2.PNG", "Img1.png", "img2.png", "img10.png"];
        assert_eq!(walked(folder.path()), expected);
    }

    #[test]
    fn hidden_files_are_counted_and_files_of_the_system_are_not() {
        let folder =
            folder_of(&["a.png", ".hidden.png", ".cache/x.png", ".DS_Store", "Thumbs.db", "._a.png"]);
        assert_eq!(walked(folder.path()), ["(Hidden)", "(Hidden)", "a.png"]);
    }

    #[test]
    fn texts_are_visited_but_not_counted_as_work() {
        let folder = folder_of(&["a.png", "a.txt", "b/c.json", "b/d", "b/e.avif"]);
        assert_eq!(walked(folder.path()), ["b/c.json", "b/d", "b/e.avif", "a.png", "a.txt"]);
        assert_eq!(counted(folder.path()), 3);
    }

    #[test]
    fn folders_below_the_limit_of_depth_are_reported() {
        let deep = |depth| format!("{}x.png", "d/".repeat(depth));
        let folder = folder_of(&[&deep(MAX_DEPTH), &deep(MAX_DEPTH + 1)]);
        let lost = format!("(TooDeep {})", deep(MAX_DEPTH + 1).trim_end_matches("/x.png"));
        assert_eq!(walked(folder.path()), [lost, deep(MAX_DEPTH)]);
    }

    #[cfg(unix)]
    #[test]
    fn links_to_folders_are_reported_and_links_to_files_are_files() {
        use std::os::unix::fs::symlink;
        let (folder, elsewhere) = (folder_of(&["in/a.png"]), folder_of(&["b.png"]));
        let root = folder.path();
        symlink(elsewhere.path(), root.join("1 elsewhere")).unwrap();
        symlink(root.join("in"), root.join("2 inside")).unwrap();
        symlink(root, root.join("3 round")).unwrap();
        symlink(elsewhere.path().join("b.png"), root.join("4.png")).unwrap();
        symlink(root.join("gone.png"), root.join("5.png")).unwrap();
        symlink(root.join("gone.txt"), root.join("6.txt")).unwrap();
        let expected =
            ["in/a.png", "(LinkedFolder 1 elsewhere)", "(Link)", "(Link)", "4.png", "5.png", "(Other)"];
        assert_eq!(walked(root), expected);
    }

    #[test]
    fn a_walk_skips_the_open_library_and_refuses_another_one() {
        let folder = folder_of(&[
            "own/originals/ab/1.png",
            "own/catalog.db",
            "other/thumbnails/ab/1.jpg",
            "other/originals/ab/1.png",
            "other/catalog.db",
            "z/originals/2.png",
        ]);
        let root = folder.path().canonicalize().unwrap();
        assert_eq!(walked(&root), ["(Library other)", "(Library)", "z/originals/2.png"]);
        assert_eq!(counted(&root), 1);
        for inside in ["own", "own/originals", "other/thumbnails/ab"] {
            let refused = walked(&root.join(inside));
            assert_eq!(refused, ["(Library )"], "{inside}");
        }
    }

    #[test]
    fn single_originals_of_a_library_can_be_named_and_thumbnails_cannot() {
        let folder =
            folder_of(&["l/originals/ab/1.png", "l/catalog.db", "l/thumbnails/ab/1.jpg", "l/lent/a/b.png"]);
        let cancel = is_cancelled(false);
        let walk = Walk::new(Path::new("/nowhere"), &cancel);
        for (file, is_taken) in [
            ("l/originals/ab/1.png", true),
            ("l/lent/a/b.png", true),
            ("l/thumbnails/ab/1.jpg", false),
            ("l/catalog.db", false),
        ] {
            let found = walk.named(&folder.path().join(file));
            assert_eq!(matches!(found, Found::File(_, Met::Named)), is_taken, "{file}: {found:?}");
        }
    }

    #[test]
    fn a_missing_folder_is_reported() {
        let folder = folder_of(&["a/b.png"]);
        let gone = folder.path().join("gone");
        let cancel = is_cancelled(false);
        let mut found = Vec::new();
        Walk::new(Path::new("/nowhere"), &cancel).folder(&gone, &gone, 0, &mut |item| {
            found.push(item);
            true
        });
        let [Found::Refused(path, rejection)] = &found[..] else { panic!("{found:?}") };
        assert_eq!((path, rejection.code), (&gone, RejectionReason::Missing));
        assert!(rejection.sentence.contains("folder"), "{rejection}");
    }

    #[test]
    fn a_folder_listing_that_keeps_failing_ends_and_keeps_its_entries() {
        let entry = |name: &str| Ok(Entry { name: name.into(), kind: Err(io::ErrorKind::NotFound.into()) });
        let failing = std::iter::repeat_with(|| Err(io::Error::from_raw_os_error(5)));
        let entries = [entry("a.png"), entry("b.png")].into_iter().chain(failing);
        let listing = Listing::of(entries, &is_cancelled(false));
        assert_eq!(listing.entries.len(), 2);
        assert_eq!(listing.broke_off.unwrap().raw_os_error(), Some(5));
    }

    #[test]
    fn an_unreadable_entry_is_reported_unless_it_is_a_text_that_is_gone() {
        let way = |name: &str, error: io::ErrorKind| {
            let kind = Err(error.into());
            let entry = Entry { name: name.into(), kind };
            match sort_out(Path::new("/f"), &entry, Path::new("/f"), 0) {
                Way::Visit(Found::Refused(path, rejection)) => {
                    format!("{} {:?}", path.display(), rejection.code)
                }
                Way::Visit(Found::Passed(passed)) => format!("{passed:?}"),
                _ => "something else".to_owned(),
            }
        };
        let (forbidden, gone) = (io::ErrorKind::PermissionDenied, io::ErrorKind::NotFound);
        assert_eq!(way("a.png", forbidden), "/f/a.png Unreadable");
        assert_eq!(way("a.txt", forbidden), "/f/a.txt Unreadable");
        assert_eq!(way("a.png", gone), "/f/a.png Missing");
        assert_eq!(way("anything", gone), "/f/anything Missing");
        assert_eq!(way("a.txt", gone), "Other");
    }

    #[test]
    fn a_cancelled_walk_ends() {
        let folder = folder_of(&["a.jpg"]);
        let cancel = is_cancelled(true);
        let mut found = 0;
        Walk::new(Path::new("/nowhere"), &cancel).through(folder.path(), &mut |_| {
            found += 1;
            true
        });
        assert_eq!(found, 0);
    }
}
