//! Files that Vitrine was opened with, by the file manager or by a second start. They are offered
//! for import. Their paths stay on this side.

use crate::events::{self, FilesOfferedEvent};
use serde::Serialize;
use specta::Type;
use std::collections::HashSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tauri::{AppHandle, Manager, Runtime, Url};

/// Files and folders that wait until the artist imports them or declines.
#[derive(Debug, Default)]
pub struct OfferedFiles {
    waiting: Mutex<Vec<PathBuf>>,
}

/// What the window shows of an offer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub(crate) struct FileOffer {
    /// The number of files and folders.
    pub(crate) files: u32,
    /// The name of the first one, without its folder.
    pub(crate) first: String,
}

impl OfferedFiles {
    fn waiting(&self) -> MutexGuard<'_, Vec<PathBuf>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds files to the offer. A file that already waits is not added again.
    pub fn add(&self, paths: Vec<PathBuf>) {
        let mut waiting = self.waiting();
        let mut known: HashSet<PathBuf> = waiting.iter().cloned().collect();
        waiting.extend(paths.into_iter().filter(|path| known.insert(path.clone())));
    }

    /// Describes the offer; `None` if no file waits.
    pub(crate) fn describe(&self) -> Option<FileOffer> {
        let waiting = self.waiting();
        let first = waiting.first()?;
        let name = first.file_name().unwrap_or(first.as_os_str());
        Some(FileOffer {
            files: u32::try_from(waiting.len()).unwrap_or(u32::MAX),
            first: name.to_string_lossy().into_owned(),
        })
    }

    /// Ends the offer, and returns its files.
    pub(crate) fn take(&self) -> Vec<PathBuf> {
        std::mem::take(&mut *self.waiting())
    }
}

/// Offers files for import, and tells the window if there are any.
pub(crate) fn offer<R: Runtime>(app: &AppHandle<R>, paths: Vec<PathBuf>) {
    if paths.is_empty() {
        return;
    }
    app.state::<OfferedFiles>().add(paths);
    events::tell(app, &FilesOfferedEvent);
}

/// Returns the files that a program was started with. `arguments` begins with the program;
/// relative paths are relative to `folder`. Options are ignored.
pub(crate) fn files_in(arguments: impl IntoIterator<Item = OsString>, folder: &Path) -> Vec<PathBuf> {
    let mut only_paths = false;
    let mut found = Vec::new();
    for argument in arguments.into_iter().skip(1) {
        let text = argument.to_string_lossy();
        if !only_paths && text.starts_with('-') {
            only_paths = text == "--";
        } else if text.starts_with("file:") {
            // Some file managers pass addresses, whatever the desktop file asks for.
            found.extend(Url::parse(&text).ok().and_then(|address| address.to_file_path().ok()));
        } else if !text.is_empty() {
            found.push(folder.join(&argument));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(arguments: &[&str]) -> Vec<PathBuf> {
        let arguments = ["vitrine-desktop"].iter().chain(arguments).map(OsString::from);
        files_in(arguments, Path::new("/home/ana"))
    }

    #[test]
    fn paths_are_relative_to_the_folder_of_the_start() {
        assert_eq!(
            files(&["/pictures/a.png", "b.png"]),
            [Path::new("/pictures/a.png"), Path::new("/home/ana/b.png")]
        );
    }

    #[test]
    fn options_are_not_files() {
        assert!(files(&["--automation", "-v", ""]).is_empty());
        assert_eq!(files(&["--", "-v.png"]), [Path::new("/home/ana/-v.png")]);
    }

    #[cfg(unix)]
    #[test]
    fn addresses_of_local_files_become_paths() {
        assert_eq!(files(&["file:///pictures/a%20fox.png"]), [Path::new("/pictures/a fox.png")]);
        assert!(files(&["file://elsewhere.example/a.png"]).is_empty());
    }

    #[cfg(unix)]
    #[test]
    fn a_name_that_is_not_utf8_stays_as_it_is() {
        use std::os::unix::ffi::OsStringExt as _;
        let odd = OsString::from_vec(b"/pictures/\xff.png".to_vec());
        let found = files_in(["vitrine-desktop".into(), odd.clone()], Path::new("/"));
        assert_eq!(found, [PathBuf::from(odd)]);
    }

    #[test]
    fn files_of_two_starts_are_one_offer_without_repetition() {
        let offered = OfferedFiles::default();
        assert_eq!(offered.describe(), None);
        offered.add(vec!["/p/a.png".into(), "/p/b.png".into()]);
        offered.add(vec!["/p/b.png".into(), "/p/c.png".into()]);
        assert_eq!(offered.describe(), Some(FileOffer { files: 3, first: "a.png".to_owned() }));
        assert_eq!(offered.take().len(), 3);
        assert_eq!(offered.describe(), None);
    }

    #[test]
    fn the_window_learns_no_folder() {
        let offered = OfferedFiles::default();
        offered.add(vec!["/home/ana/secret project".into()]);
        assert_eq!(offered.describe().unwrap().first, "secret project");
    }
}
