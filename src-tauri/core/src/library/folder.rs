//! The folder a library lives in.

use crate::error::Error;
use crate::private;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Shared by the window and the command line, so that both open the same
/// library.
const APP_ID: &str = "art.vitrine.desktop";

/// What the note of an unfinished recovery says when choices may be lost.
const VISIBILITY_UNSURE: &[u8] = b"visibility unsure";
/// The folders of a library.
const FOLDERS: [&str; 5] = ["originals", "thumbnails", "backups", "lent", "journal"];
/// How the names of its files begin.
const FILES: [&str; 5] = ["catalog.", "transfers.", "watch.", "recovery.", "reserve"];

/// Returns where the library is when nobody says otherwise.
pub fn default_folder() -> Option<PathBuf> {
    dirs::data_dir().map(|base| base.join(APP_ID).join("library"))
}

/// A folder that is there and can be used.
#[derive(Debug, Clone)]
pub(super) struct Folder {
    root: PathBuf,
}

impl Folder {
    pub(super) fn open(root: &Path) -> Result<Self, Error> {
        private::create_dir_all(root).map_err(Error::Folder)?;
        let root = root.canonicalize().map_err(Error::Folder)?;
        Ok(Self { root })
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    pub(super) fn catalog(&self) -> PathBuf {
        self.root.join("catalog.db")
    }

    /// Keeps others out of the library, also of one that an earlier version
    /// made, and of a catalog that is about to be created. Where that cannot be
    /// done the library is used all the same.
    pub(super) fn keep_private(&self) {
        let is_ours =
            |name: &str| FOLDERS.contains(&name) || FILES.iter().any(|start| name.starts_with(start));
        if let Err(error) = private::restrict(&self.root, &self.catalog(), is_ours) {
            tracing::warn!(%error, "other users of this computer may be able to read the library");
        }
    }

    /// Makes an empty file of a catalog that is not there: SQLite would let
    /// everybody read it.
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

    /// There while a recovery is not through.
    fn unfinished_recovery(&self) -> PathBuf {
        self.root.join("recovery.unfinished")
    }

    /// Notes durably that a recovery begins, and whether the newest choices of
    /// visibility will be known.
    pub(super) fn begin_recovery(&self, knows_choices: bool) -> std::io::Result<()> {
        let mut file = private::open_or_create(&self.unfinished_recovery())?;
        file.set_len(0)?;
        file.write_all(if knows_choices { b"" } else { VISIBILITY_UNSURE })?;
        file.sync_all()?;
        self.sync()
    }

    /// Says whether images may have become unlisted that the recovered catalog
    /// calls public.
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

    /// Copies that were handed out to other programs.
    pub(super) fn lent(&self) -> PathBuf {
        self.root.join("lent")
    }

    pub(super) fn transfer_lock(&self) -> PathBuf {
        self.root.join("transfers.lock")
    }

    pub(super) fn watch_lock(&self) -> PathBuf {
        self.root.join("watch.lock")
    }
}
