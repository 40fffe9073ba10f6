//! The folder a library lives in.

use crate::error::Error;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Shared by the window and the command line, so that both open the same
/// library.
const APP_ID: &str = "art.vitrine.desktop";

/// What the note of an unfinished recovery says when choices may be lost.
const VISIBILITY_UNSURE: &[u8] = b"visibility unsure";

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
        std::fs::create_dir_all(root).map_err(Error::Folder)?;
        let root = root.canonicalize().map_err(Error::Folder)?;
        Ok(Self { root })
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    pub(super) fn catalog(&self) -> PathBuf {
        self.root.join("catalog.db")
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
        let mut file = std::fs::File::create(self.unfinished_recovery())?;
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
