//! Whether a library that was used before still has its catalog.

use super::backups::furthest;
use super::folder::Folder;
use crate::catalog::{self, CatalogError};
use crate::error::Error;
use crate::files::{Backups, Originals};

/// Fails if the catalog's file is missing or empty although the library has
/// been used. SQLite would silently create a new one.
pub(super) fn check_presence(folder: &Folder) -> Result<(), Error> {
    let file = std::fs::metadata(folder.catalog());
    if file.is_ok_and(|file| file.len() > 0) {
        return Ok(());
    }
    let has_backups = !Backups::of(folder.root()).list().map_err(Error::Folder)?.is_empty();
    if has_backups || Originals::at(folder.root()).any().map_err(Error::Folder)? {
        return Err(CatalogError::Missing.into());
    }
    Ok(())
}

/// Fails if the catalog is older than the beginning of its journal and a backup
/// is not. The backup and the journal together know what the catalog lost.
pub(super) fn check_beginning(folder: &Folder) -> Result<(), Error> {
    // After a recovery from an old backup, there is nothing better.
    if folder.is_recovering() {
        return Ok(());
    }
    // If the file cannot be read, opening it reports the error.
    let Ok(Some(begins)) = catalog::begins_behind(&folder.catalog()) else { return Ok(()) };
    match furthest(&Backups::of(folder.root()))? {
        Some((at, _)) if at >= begins => {
            let what = "its log is damaged or missing, and a backup is newer than the file";
            Err(CatalogError::corrupt(what.to_owned()).into())
        }
        _ => Ok(()),
    }
}
