//! Looks through watched folders for files that the catalog does not know yet. It blocks. It never reads the
//! contents of a file.

use crate::error::Error;
use crate::library::Library;
use crate::watch::{Root, Sighting};
use std::path::{Path, PathBuf};

/// A search for new files.
pub(super) struct FolderScan {
    pub(super) library: Library,
    pub(super) runtime: tokio::runtime::Handle,
    pub(super) room: usize,
    pub(super) found: Vec<(u32, Sighting)>,
    /// Whether there are more files than fit.
    pub(super) is_full: bool,
}

impl FolderScan {
    pub(super) fn look_through(&mut self, folder: u32, root: &Root, from: &Path) -> Result<(), Error> {
        let mut failed = None;
        let scanned = root.scan(from, &mut |batch| match self.keep_new(folder, batch) {
            Ok(()) => !self.is_full,
            Err(error) => {
                failed = Some(error);
                false
            }
        });
        if let Err(error) = scanned {
            // The folder is not mounted, or is on a drive that is not connected.
            tracing::debug!(%error, "a watched folder cannot be read");
        }
        failed.map_or(Ok(()), Err)
    }

    pub(super) fn look_at(&mut self, folder: u32, root: &Root, paths: &[PathBuf]) -> Result<(), Error> {
        let mut seen = Vec::new();
        for path in paths.iter().filter(|path| path.starts_with(root.path())) {
            if path.symlink_metadata().is_ok_and(|found| found.is_dir()) {
                self.look_through(folder, root, path)?;
            } else {
                seen.extend(root.look(path));
            }
        }
        self.keep_new(folder, seen)
    }

    fn keep_new(&mut self, folder: u32, seen: Vec<Sighting>) -> Result<(), Error> {
        if seen.is_empty() {
            return Ok(());
        }
        let files = seen.iter().map(|seen| seen.file).collect();
        let known = self.runtime.block_on(self.library.catalog().is_watched_known(folder, files))?;
        for (seen, known) in seen.into_iter().zip(known) {
            if known {
                continue;
            }
            if self.found.len() >= self.room {
                self.is_full = true;
                break;
            }
            self.found.push((folder, seen));
        }
        Ok(())
    }
}
