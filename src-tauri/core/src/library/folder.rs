//! The folder that contains a library.

use crate::error::Error;
use crate::model::OwnerId;
use crate::private;
use std::io::Write;
use std::path::{Path, PathBuf};

/// The content of the note about an unfinished recovery if choices of visibility may be
/// lost.
const VISIBILITY_UNSURE: &[u8] = b"visibility unsure";
/// The subfolders of a library.
const FOLDERS: [&str; 8] =
    ["originals", "thumbnails", "backups", "lent", "journal", "logs", "outgoing", "preview"];
/// The subfolders whose files are opened by fixed names.
const OPENED_INSIDE: [&str; 3] = ["journal", "backups", "logs"];
/// The beginnings of the names of the library's files.
const FILES: [&str; 6] = ["catalog.", "feed.", "transfers.", "watch.", "recovery.", "reserve"];

/// A folder that exists and can be used.
#[derive(Debug, Clone)]
pub(super) struct Folder {
    root: PathBuf,
}

impl Folder {
    pub(super) fn open(root: &Path) -> Result<Self, Error> {
        private::create_dir_all(root).map_err(Error::Folder)?;
        let root = root.canonicalize().map_err(Error::Folder)?;
        refuse_pipes(&root)?;
        Ok(Self { root })
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    pub(super) fn catalog(&self) -> PathBuf {
        self.root.join("catalog.db")
    }

    /// Restricts access to the library to this account, even if an earlier version
    /// created it, and to a catalog that is about to be created. If that fails, the
    /// library is used anyway.
    pub(super) fn keep_private(&self) {
        if let Err(error) = private::restrict(&self.root, &self.catalog(), is_ours) {
            tracing::warn!(%error, "other users of this computer may be able to read the library");
        }
    }

    /// Creates an empty file for a missing catalog. If SQLite created it, every account
    /// could read it.
    pub(super) fn begin_catalog(&self) -> Result<(), Error> {
        let file = self.catalog();
        if file.try_exists().map_err(Error::Folder)? {
            return Ok(());
        }
        private::open_or_create(&file).map(drop).map_err(Error::Folder)
    }

    /// Waits until the names in the folder are on the disk.
    pub(super) fn sync(&self) -> std::io::Result<()> {
        crate::files::sync_directory(&self.root)
    }

    /// The path of the note that exists while a recovery is unfinished.
    fn unfinished_recovery(&self) -> PathBuf {
        self.root.join("recovery.unfinished")
    }

    /// Durably records that a recovery begins, and whether the latest choices of
    /// visibility will be known.
    pub(super) fn begin_recovery(&self, knows_choices: bool) -> std::io::Result<()> {
        let mut file = private::open_or_create(&self.unfinished_recovery())?;
        file.set_len(0)?;
        file.write_all(if knows_choices { b"" } else { VISIBILITY_UNSURE })?;
        file.sync_all()?;
        self.sync()
    }

    /// Says whether images that are public in the recovered catalog may have become
    /// unlisted since.
    pub(super) fn is_visibility_unsure(&self) -> bool {
        std::fs::read(self.unfinished_recovery()).is_ok_and(|note| note == VISIBILITY_UNSURE)
    }

    pub(super) fn is_recovering(&self) -> bool {
        self.unfinished_recovery().exists()
    }

    pub(super) fn end_recovery(&self) -> std::io::Result<()> {
        std::fs::remove_file(self.unfinished_recovery())?;
        self.sync()
    }

    /// The folder of copies that were handed out to other programs.
    pub(super) fn lent(&self) -> PathBuf {
        self.root.join("lent")
    }

    pub(super) fn transfer_lock(&self) -> PathBuf {
        self.root.join("transfers.lock")
    }

    /// The file whose lock lets one process at a time plan what feeds need next.
    pub(super) fn feed_lock(&self) -> PathBuf {
        self.root.join("feed.lock")
    }

    /// The folder in which a profile's feed is shown before it is published.
    pub(super) fn preview(&self, owner: &OwnerId) -> PathBuf {
        self.root.join("preview").join(owner.as_str())
    }

    pub(super) fn watch_lock(&self) -> PathBuf {
        self.root.join("watch.lock")
    }
}

/// Says whether a name at the top of the folder belongs to a library.
fn is_ours(name: &str) -> bool {
    FOLDERS.contains(&name) || FILES.iter().any(|start| name.starts_with(start))
}

/// Fails if a pipe or a device is in the place of a file. Opening a pipe would wait for
/// its other end, possibly forever, and a device cannot store anything. Entries that
/// cannot be inspected fail later, when they are opened.
fn refuse_pipes(root: &Path) -> Result<(), Error> {
    let inside = OPENED_INSIDE.map(|folder| root.join(folder));
    for folder in std::iter::once(root).chain(inside.iter().map(PathBuf::as_path)) {
        let Ok(entries) = std::fs::read_dir(folder) else { continue };
        for entry in entries.map_while(Result::ok) {
            let name = entry.file_name();
            if folder == root && !is_ours(&name.to_string_lossy()) {
                continue;
            }
            let is_odd = entry.path().metadata().is_ok_and(|found| !found.is_file() && !found.is_dir());
            if is_odd {
                let what = format!("{} is neither a file nor a folder", name.to_string_lossy());
                return Err(Error::Folder(std::io::Error::other(what)));
            }
        }
    }
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_pipe_in_place_of_a_file_is_refused_and_other_pipes_are_not() {
        for (name, is_refused) in [
            ("catalog.db", true),
            ("catalog.db-wal", true),
            ("watch.lock", true),
            ("journal/lock", true),
            ("backups/1.db", true),
            ("somebody's pipe", false),
        ] {
            let root = tempfile::tempdir().unwrap();
            let path = root.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            // A socket can be created without other programs, and cannot be opened
            // either.
            let _socket = std::os::unix::net::UnixListener::bind(&path).unwrap();
            let opened = Folder::open(root.path());
            assert_eq!(opened.is_err(), is_refused, "{name}");
        }
    }
}
