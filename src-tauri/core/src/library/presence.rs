//! Whether a library that was used before still has its catalog.

use super::backups::furthest;
use super::folder::Folder;
use crate::catalog::{self, CatalogError};
use crate::error::Error;
use crate::files::{Backups, Originals};

/// Fails when the catalog's file is gone or empty, and yet the library has been
/// used: SQLite would make a new one without a word.
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

/// Fails when the catalog is older than the beginning of its journal, and a
/// backup is not: together those two know what it lost.
pub(super) fn check_beginning(folder: &Folder) -> Result<(), Error> {
    // After a recovery from an old backup this is all there is.
    if folder.is_recovering() {
        return Ok(());
    }
    // What cannot be read is for the opening to say.
    let Ok(Some(begins)) = catalog::begins_behind(&folder.catalog()) else { return Ok(()) };
    match furthest(&Backups::of(folder.root()))? {
        Some((at, _)) if at >= begins => {
            let what = "its log is damaged or gone, and a backup knows more than the file";
            Err(CatalogError::corrupt(what.to_owned()).into())
        }
        _ => Ok(()),
    }
}
