//! The folder that a feed is built into, and which files in it are ours.
//!
//! A file in the folder lists the names of all files that Vitrine writes there, each before it is written. Only these
//! are removed at the next build, also after one that was interrupted. Any other file stays as it is, and a link is
//! never followed.

use crate::error::Error;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, Write};
use std::path::{Path, PathBuf};

/// The list of the files that Vitrine wrote.
const LIST: &str = ".vitrine-feed";
/// The first line of the list.
const HEADER: &str = "Files that Vitrine wrote into this folder. The next build replaces them.";
/// Longer than any name in the list, in bytes.
const LONGEST_LINE: u64 = 200;
/// Longer than the list of any feed, in bytes.
const LONGEST_LIST: u64 = 256_000_000;
/// The files that every site has in the folder itself.
const HEADS: [&str; 3] = ["index.html", "feed.json", "atom.xml"];
/// The folders of a site.
const FOLDERS: [&str; 5] = ["i", "p", "m", "s", "l"];

/// A folder that is ready for the files of a feed.
pub(super) enum SiteFolder {
    /// A folder that the artist named, with the list of its files.
    Named(PathBuf, File),
    /// A folder of the library, in which all files are ours.
    OfLibrary(PathBuf),
}

fn unusable(error: io::Error) -> Error {
    Error::Target(error)
}

/// Fails if a folder is, or would be, inside the library, whose files it would mix with.
fn require_outside(target: &Path, library: &Path) -> Result<(), Error> {
    let target = std::path::absolute(target).map_err(unusable)?;
    let library = library.canonicalize().map_err(Error::Folder)?;
    // The folder may not exist yet; the first of its parents that does says where it is.
    let there = target.ancestors().find_map(|part| part.canonicalize().ok());
    if there.is_some_and(|there| there.starts_with(&library)) {
        return Err(Error::Invalid("choose a folder outside the library".into()));
    }
    Ok(())
}

/// Says whether a name can be one of a file that Vitrine writes, so that a damaged list leads to no other file.
fn can_be_ours(path: &str) -> bool {
    let name = match path.split_once('/') {
        Some((folder, name)) if FOLDERS.contains(&folder) => name,
        Some(_) => return false,
        None => path,
    };
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-.".contains(&byte);
    !name.is_empty() && !name.starts_with('.') && name.bytes().all(is_plain)
}

fn is_missing(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotFound
}

/// Says whether this is a file itself, not a link to one.
fn is_file(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| found.is_file())
}

/// Says whether this is a folder itself, not a link to one.
fn is_folder(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| found.is_dir())
}

/// Opens the list of a folder, which is empty if the folder is. The lock ends with the file.
fn open_list(folder: &Path) -> Result<File, Error> {
    let path = folder.join(LIST);
    let is_new = fs::read_dir(folder).map_err(unusable)?.next().is_none();
    let mut open = OpenOptions::new();
    open.read(true).append(true);
    let list = if is_new {
        open.create_new(true).open(&path).map_err(unusable)?
    } else if is_file(&path) {
        open.open(&path).map_err(unusable)?
    } else {
        return Err(others());
    };
    match list.try_lock() {
        Ok(()) => {}
        Err(fs::TryLockError::WouldBlock) => {
            return Err(Error::Invalid("another `feed build` is writing into this folder".into()));
        }
        Err(fs::TryLockError::Error(error)) => return Err(unusable(error)),
    }
    if list.metadata().map_err(unusable)?.len() > LONGEST_LIST {
        return Err(others());
    }
    let mut first = Vec::new();
    BufReader::new(&list).take(LONGEST_LINE).read_until(b'\n', &mut first).map_err(unusable)?;
    // An interrupted first build may have left an empty list.
    if !first.is_empty() && first.trim_ascii_end() != HEADER.as_bytes() {
        return Err(others());
    }
    Ok(list)
}

fn others() -> Error {
    Error::Invalid(
        "the folder has other files in it: choose an empty folder, or one that `feed build` wrote".into(),
    )
}

/// Calls `each` with the names in the list. A line without an end is of a file that was not begun.
fn for_each_listed(list: &File, mut each: impl FnMut(&str) -> io::Result<()>) -> io::Result<()> {
    let mut lines = BufReader::new(list);
    lines.rewind()?;
    let mut line = Vec::new();
    loop {
        line.clear();
        if lines.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        let path = line.strip_suffix(b"\n").and_then(|line| std::str::from_utf8(line).ok());
        if let Some(path) = path.filter(|path| can_be_ours(path)) {
            each(path)?;
        }
    }
}

/// Fails if something of somebody else has the place of a file or folder that every site has, before anything of
/// the last build is removed.
fn require_places(folder: &Path, list: &File) -> Result<(), Error> {
    let mut ours = Vec::new();
    for_each_listed(list, |path| {
        ours.extend(HEADS.iter().find(|head| **head == path));
        Ok(())
    })
    .map_err(unusable)?;
    let is_there = |name: &str| fs::symlink_metadata(folder.join(name)).is_ok();
    let foreign_head =
        HEADS.iter().find(|head| is_there(head) && !(ours.contains(head) && is_file(&folder.join(head))));
    let foreign_folder = FOLDERS.iter().find(|part| is_there(part) && !is_folder(&folder.join(part)));
    match foreign_head.or(foreign_folder) {
        Some(name) => Err(in_the_way(name)),
        None => Ok(()),
    }
}

fn in_the_way(name: &str) -> Error {
    Error::Invalid(format!("{name} is in the folder and not from the last build: move it somewhere else"))
}

/// Removes the files in the list.
fn remove_listed(folder: &Path, list: &File) -> io::Result<()> {
    for_each_listed(list, |path| {
        let is_linked = path.split_once('/').is_some_and(|(part, _)| !is_folder(&folder.join(part)));
        let file = folder.join(path);
        if is_linked || !is_file(&file) {
            return Ok(());
        }
        match fs::remove_file(file) {
            Err(error) if !is_missing(&error) => Err(error),
            _ => Ok(()),
        }
    })?;
    for part in FOLDERS {
        // One that is not empty has files of somebody else.
        let _ = fs::remove_dir(folder.join(part));
    }
    Ok(())
}

impl SiteFolder {
    /// Makes a folder ready that the artist named. It is created if it does not exist. The files of the last build are
    /// removed from it.
    ///
    /// # Errors
    /// `Target` if it cannot be used; `Invalid` if it is inside the library, or has files and was never built into.
    pub(super) fn named(target: &Path, library: &Path) -> Result<Self, Error> {
        require_outside(target, library)?;
        if fs::metadata(target).is_ok_and(|found| !found.is_dir()) {
            return Err(unusable(io::ErrorKind::NotADirectory.into()));
        }
        fs::create_dir_all(target).map_err(unusable)?;
        let mut list = open_list(target)?;
        require_places(target, &list)?;
        remove_listed(target, &list).map_err(unusable)?;
        list.set_len(0).map_err(unusable)?;
        writeln!(list, "{HEADER}").map_err(unusable)?;
        Ok(Self::Named(target.to_owned(), list))
    }

    /// Makes a folder of the library ready, and empties it.
    pub(super) fn of_library(target: &Path) -> Result<Self, Error> {
        match fs::remove_dir_all(target) {
            Err(error) if !is_missing(&error) => return Err(Error::Folder(error)),
            _ => fs::create_dir_all(target).map_err(Error::Folder)?,
        }
        Ok(Self::OfLibrary(target.to_owned()))
    }

    /// Writes a file of the site.
    ///
    /// # Errors
    /// `Invalid` if a file of somebody else has its name; `Target` or `Folder` if it cannot be written.
    pub(super) fn write(&self, path: &str, bytes: &[u8]) -> Result<(), Error> {
        match self {
            Self::OfLibrary(folder) => {
                let to = folder.join(path);
                let parent = to.parent().unwrap_or(folder);
                fs::create_dir_all(parent).and_then(|()| fs::write(&to, bytes)).map_err(Error::Folder)
            }
            Self::Named(folder, list) => write_listed(folder, list, path, bytes),
        }
    }
}

fn write_listed(folder: &Path, mut list: &File, path: &str, bytes: &[u8]) -> Result<(), Error> {
    if !can_be_ours(path) {
        return Err(Error::Internal);
    }
    if let Some((part, _)) = path.split_once('/') {
        match fs::create_dir(folder.join(part)) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                if !is_folder(&folder.join(part)) {
                    return Err(in_the_way(part));
                }
            }
            created => created.map_err(unusable)?,
        }
    }
    let to = folder.join(path);
    if fs::symlink_metadata(&to).is_ok() {
        return Err(in_the_way(path));
    }
    list.write_all(format!("{path}\n").as_bytes()).map_err(unusable)?;
    let mut file = match File::create_new(&to) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(in_the_way(path)),
        created => created.map_err(unusable)?,
    };
    file.write_all(bytes).map_err(unusable)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ErrorCode;

    struct Places {
        _folder: tempfile::TempDir,
        library: PathBuf,
        target: PathBuf,
    }

    fn places() -> Places {
        let folder = tempfile::tempdir().unwrap();
        let (library, target) = (folder.path().join("library"), folder.path().join("site"));
        fs::create_dir(&library).unwrap();
        Places { _folder: folder, library, target }
    }

    fn build(places: &Places, files: &[&str]) -> Result<(), Error> {
        let folder = SiteFolder::named(&places.target, &places.library)?;
        files.iter().try_for_each(|path| folder.write(path, path.as_bytes()))
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_refused_build_leaves_the_last_one_as_it_was() {
        for name in ["index.html", "i"] {
            let places = places();
            build(&places, &["feed.json", "index.html", "i/a.html"]).unwrap();
            let way = places.target.join(name);
            if name == "i" {
                fs::remove_dir_all(&way).unwrap();
                fs::write(&way, "mine").unwrap();
            } else {
                fs::remove_file(&way).unwrap();
                fs::create_dir(&way).unwrap();
            }
            let before = names(&places.target);
            assert!(build(&places, &["index.html"]).is_err(), "{name}");
            assert_eq!(names(&places.target), before, "{name}");
        }
    }

    #[test]
    fn another_build_removes_the_files_of_the_last_one_and_no_other() {
        let places = places();
        build(&places, &["index.html", "m/a.png", "m/b.png", "s/a.png", "style-1.css"]).unwrap();
        for foreign in ["CNAME", "notes.html", "photo.jpg", "m/mine.png", "i/novel.html"] {
            fs::create_dir_all(places.target.join(foreign).parent().unwrap()).unwrap();
            fs::write(places.target.join(foreign), "mine").unwrap();
        }
        build(&places, &["index.html", "m/b.png", "style-2.css"]).unwrap();
        let top = ["CNAME", "i", "index.html", "m", "notes.html", "photo.jpg", "style-2.css"];
        assert_eq!(names(&places.target)[1..], top);
        assert_eq!(names(&places.target.join("m")), ["b.png", "mine.png"]);
        assert_eq!(names(&places.target.join("i")), ["novel.html"]);
    }

    #[test]
    fn a_build_after_an_interrupted_one_removes_what_that_wrote() {
        let places = places();
        build(&places, &["m/a.png"]).unwrap();
        // The name is in the list, and the file was not written completely.
        let mut list = OpenOptions::new().append(true).open(places.target.join(LIST)).unwrap();
        list.write_all(b"m/half.png\nm/not-beg").unwrap();
        fs::write(places.target.join("m/half.png"), "ha").unwrap();
        fs::write(places.target.join("m/not-beg"), "mine").unwrap();
        build(&places, &["m/half.png"]).unwrap();
        assert_eq!(names(&places.target.join("m")), ["half.png", "not-beg"]);
        assert_eq!(fs::read(places.target.join("m/half.png")).unwrap(), b"m/half.png");
    }

    #[test]
    fn a_file_of_somebody_else_is_never_replaced() {
        let places = places();
        build(&places, &["m/a.png"]).unwrap();
        fs::write(places.target.join("index.html"), "mine").unwrap();
        let refused = build(&places, &["index.html"]).unwrap_err();
        assert!(refused.to_string().starts_with("index.html is in the folder"), "{refused}");
        assert_eq!(fs::read(places.target.join("index.html")).unwrap(), b"mine");
    }

    #[test]
    fn a_damaged_list_leads_to_no_other_file() {
        let places = places();
        build(&places, &["index.html"]).unwrap();
        let outside = places.library.join("catalog.db");
        fs::write(&outside, "catalog").unwrap();
        let lines =
            format!("../library/catalog.db\n{}\nm/../../library/catalog.db\n.git\n\n", outside.display());
        let mut list = OpenOptions::new().append(true).open(places.target.join(LIST)).unwrap();
        list.write_all(lines.as_bytes()).unwrap();
        build(&places, &["index.html"]).unwrap();
        assert_eq!(fs::read(outside).unwrap(), b"catalog");
    }

    #[cfg(unix)]
    #[test]
    fn links_in_the_folder_are_not_followed() {
        use std::os::unix::fs::symlink;
        let places = places();
        build(&places, &["m/a.png", "index.html"]).unwrap();
        let other = places.library.join("pictures");
        fs::create_dir(&other).unwrap();
        fs::write(other.join("a.png"), "mine").unwrap();
        fs::remove_dir_all(places.target.join("m")).unwrap();
        symlink(&other, places.target.join("m")).unwrap();
        let refused = build(&places, &["m/a.png"]).unwrap_err();
        assert!(refused.to_string().starts_with("m is in the folder"), "{refused}");
        assert_eq!(fs::read(other.join("a.png")).unwrap(), b"mine");
        fs::remove_file(places.target.join("m")).unwrap();
        fs::remove_file(places.target.join("index.html")).unwrap();
        symlink(other.join("a.png"), places.target.join("index.html")).unwrap();
        assert!(build(&places, &["index.html"]).is_err());
        assert_eq!(fs::read(other.join("a.png")).unwrap(), b"mine");
        // A list that is a link may be of anything.
        fs::remove_file(places.target.join(LIST)).unwrap();
        symlink(other.join("a.png"), places.target.join(LIST)).unwrap();
        assert!(build(&places, &["index.html"]).is_err());
        assert_eq!(fs::read(other.join("a.png")).unwrap(), b"mine");
    }

    #[test]
    fn an_unusable_folder_is_refused_with_the_reason() {
        let places = places();
        fs::write(&places.target, "a file").unwrap();
        let file = build(&places, &[]).unwrap_err();
        assert_eq!(file.code(), ErrorCode::InvalidInput);
        assert_eq!(file.to_string(), "the folder for the page cannot be used: not a directory");
        fs::remove_file(&places.target).unwrap();
        fs::create_dir(&places.target).unwrap();
        fs::write(places.target.join("novel.txt"), "mine").unwrap();
        let full = build(&places, &[]).unwrap_err();
        assert!(full.to_string().starts_with("the folder has other files in it"), "{full}");
        let inside = Places { target: places.library.join("new").join("site"), ..places };
        let inside = build(&inside, &[]).unwrap_err();
        assert_eq!(inside.to_string(), "choose a folder outside the library");
    }

    #[test]
    fn two_builds_do_not_write_into_one_folder_at_once() {
        let places = places();
        let first = SiteFolder::named(&places.target, &places.library).unwrap();
        let refused = build(&places, &["index.html"]).unwrap_err();
        assert_eq!(refused.to_string(), "another `feed build` is writing into this folder");
        drop(first);
        build(&places, &["index.html"]).unwrap();
    }
}
