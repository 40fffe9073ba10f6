//! The errors of the catalog, worded so that callers can act on them.

use crate::model::{InvalidCursor, InvalidId};
use rusqlite::ffi;
use std::io;

/// The message when another program holds a lock.
const HELD: &str = "another program holds the catalog; close it and try again";
const FAILS_READING: &str = "the disk failed while the catalog was read";
const FAILS_WRITING: &str = "the disk failed while the catalog was written";

/// A refusal or failure of the catalog.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// The row does not exist.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// The row belongs to another profile.
    #[error("this {0} belongs to another profile")]
    NotAuthorized(&'static str),
    /// The image is in the trash.
    #[error("the image is in the trash; restore it first")]
    InTrash,
    /// The image has another value than the one that was to be replaced.
    #[error("the image was changed meanwhile")]
    Changed,
    /// A value from outside is invalid.
    #[error("{0}")]
    Invalid(String),
    /// A newer version wrote the catalog.
    #[error("this library was last opened by a newer Vitrine; update the app to open it")]
    TooNew,
    /// An older version wrote the catalog, and it is not upgraded here.
    #[error("this library has to be upgraded before it can be opened")]
    Outdated,
    /// No space is left.
    #[error("the disk is full")]
    DiskFull,
    /// The file cannot be written. Contains the reason.
    #[error("the library cannot be written: {0}")]
    ReadOnly(String),
    /// The file is not a healthy database.
    #[error("the catalog is damaged")]
    Corrupt(#[source] rusqlite::Error),
    /// One row has a value that no program wrote; the others can be read. Contains the row's
    /// name.
    #[error("the row of {0} in the catalog is damaged; `vitrine verify --repair` repairs it")]
    Damaged(String),
    /// The file is missing or empty, although the library was used.
    #[error("the catalog is missing")]
    Missing,
    /// Another process has the catalog open.
    #[error("another Vitrine has this library open; close it first")]
    InUse,
    /// Another program held a lock for too long. Contains the message with what to do.
    #[error("{0}")]
    Held(&'static str),
    /// The disk reports errors. Contains what failed.
    #[error("{0}")]
    DiskFails(&'static str),
    /// The system has no memory left.
    #[error("there is not enough memory for the catalog")]
    NoMemory,
    /// The writer has stopped.
    #[error("the catalog was closed")]
    Closed,
    /// The folder or file could not be used.
    #[error("the catalog cannot be opened: {0}")]
    Io(#[from] io::Error),
    /// Any other error of SQLite.
    #[error("the catalog failed: {0}")]
    Sql(#[source] rusqlite::Error),
    /// A failure of a transaction that several callers shared.
    #[error("the catalog failed: {0}")]
    Shared(String),
    /// A migration failed.
    #[error("the catalog could not be upgraded: {0}")]
    Migration(#[source] rusqlite_migration::Error),
}

/// A stored value that this version of Vitrine does not know.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct UnknownValue(pub(super) String);

impl CatalogError {
    /// Says whether an error is caused by the values of one row, and not by the file around
    /// it.
    pub(super) fn is_of_one_row(&self) -> bool {
        use rusqlite::Error::{
            FromSqlConversionFailure, IntegralValueOutOfRange, InvalidColumnType, Utf8Error,
        };
        match self {
            Self::Invalid(_) | Self::Damaged(_) => true,
            Self::Sql(error) => matches!(
                error,
                FromSqlConversionFailure(..)
                    | IntegralValueOutOfRange(..)
                    | InvalidColumnType(..)
                    | Utf8Error(..)
            ),
            _ => false,
        }
    }

    /// Says whether the catalog works and merely refused the request, or cannot read one
    /// row. Any other error is a failure of the catalog as a whole.
    pub(super) fn is_refusal(&self) -> bool {
        let is_of_one_image =
            matches!(self, Self::NotFound(_) | Self::NotAuthorized(_) | Self::InTrash | Self::Changed);
        is_of_one_image || self.is_of_one_row()
    }

    /// Adds the name of the row if the error belongs to one row.
    pub(super) fn of_row(self, name: &str) -> Self {
        if self.is_of_one_row() { Self::Damaged(name.to_owned()) } else { self }
    }

    /// Returns the error that SQLite would report for a damaged file.
    pub(crate) fn corrupt(what: String) -> Self {
        let code = ffi::Error::new(ffi::SQLITE_CORRUPT);
        Self::Corrupt(rusqlite::Error::SqliteFailure(code, Some(what)))
    }

    pub(super) fn held() -> Self {
        Self::Held(HELD)
    }
}

/// Says whether a statement names something missing. The program's statements match its
/// schema, so a mismatch means that a disk changed the schema.
fn names_something_missing(error: &rusqlite::Error) -> bool {
    use rusqlite::Error::{SqlInputError, SqliteFailure};
    let (words, said): (&[&str], _) = match error {
        SqlInputError { msg, .. } => (&["no such table", "no such column", "has no column named"], msg),
        // These come from the declaration of the search index.
        SqliteFailure(_, Some(said)) => (&["unrecognized option", "vtable constructor failed"], said),
        _ => return false,
    };
    words.iter().any(|words| said.contains(words))
}

impl From<rusqlite::Error> for CatalogError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode::{
            CannotOpen, DatabaseBusy, DatabaseCorrupt, DatabaseLocked, DiskFull, FileLockingProtocolFailed,
            NotADatabase, OutOfMemory, PermissionDenied, ReadOnly, SystemIoFailure,
        };
        if names_something_missing(&error) {
            return Self::Corrupt(error);
        }
        if let rusqlite::Error::FromSqlConversionFailure(_, _, source) = &error
            && let Some(unknown) = source.downcast_ref::<UnknownValue>()
        {
            return Self::Invalid(unknown.to_string());
        }
        let Some(code) = error.sqlite_error_code() else { return Self::Sql(error) };
        match code {
            DiskFull => Self::DiskFull,
            ReadOnly => Self::ReadOnly("the file or its folder is read-only".to_owned()),
            PermissionDenied => Self::ReadOnly("this account may not write the file".to_owned()),
            CannotOpen => Self::ReadOnly("the file cannot be opened".to_owned()),
            DatabaseBusy | DatabaseLocked | FileLockingProtocolFailed => Self::held(),
            OutOfMemory => Self::NoMemory,
            DatabaseCorrupt | NotADatabase => Self::Corrupt(error),
            SystemIoFailure => match error.sqlite_error().map(|error| error.extended_code) {
                // The shared memory of the connections is a file, and it could not be made
                // larger.
                Some(ffi::SQLITE_IOERR_SHMSIZE) => Self::DiskFull,
                Some(ffi::SQLITE_IOERR_NOMEM) => Self::NoMemory,
                Some(ffi::SQLITE_IOERR_LOCK | ffi::SQLITE_IOERR_BLOCKED | ffi::SQLITE_IOERR_SHMLOCK) => {
                    Self::held()
                }
                Some(
                    ffi::SQLITE_IOERR_READ
                    | ffi::SQLITE_IOERR_SHORT_READ
                    | ffi::SQLITE_IOERR_FSTAT
                    | ffi::SQLITE_IOERR_CORRUPTFS
                    | ffi::SQLITE_IOERR_DATA,
                ) => Self::DiskFails(FAILS_READING),
                _ => Self::DiskFails(FAILS_WRITING),
            },
            _ => Self::Sql(error),
        }
    }
}

impl From<rusqlite_migration::Error> for CatalogError {
    fn from(error: rusqlite_migration::Error) -> Self {
        use rusqlite_migration::{Error, MigrationDefinitionError};
        match error {
            Error::MigrationDefinition(MigrationDefinitionError::DatabaseTooFarAhead) => Self::TooNew,
            Error::RusqliteError { err, .. } => Self::from(err),
            other => Self::Migration(other),
        }
    }
}

impl From<InvalidCursor> for CatalogError {
    fn from(error: InvalidCursor) -> Self {
        Self::Invalid(error.to_string())
    }
}

impl From<InvalidId> for CatalogError {
    fn from(error: InvalidId) -> Self {
        Self::Invalid(error.to_string())
    }
}

/// Why a library can be read but not changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LookOnly {
    /// No space is left.
    DiskFull,
    /// It cannot be written. Contains the reason.
    ReadOnly(String),
}

impl LookOnly {
    /// Returns the reason if the error prevents only writing; `None` otherwise.
    pub fn because_of(error: &CatalogError) -> Option<Self> {
        match error {
            CatalogError::DiskFull => Some(Self::DiskFull),
            CatalogError::ReadOnly(why) => Some(Self::ReadOnly(why.clone())),
            CatalogError::DiskFails(why) if *why == FAILS_WRITING => Some(Self::ReadOnly((*why).to_owned())),
            CatalogError::Io(error) => Self::because_of_io(error),
            _ => None,
        }
    }

    /// Does the same as [`Self::because_of`] for an error of the file system.
    pub fn because_of_io(error: &io::Error) -> Option<Self> {
        use io::ErrorKind::{PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull};
        match error.kind() {
            StorageFull | QuotaExceeded => Some(Self::DiskFull),
            ReadOnlyFilesystem => Some(Self::ReadOnly("it is on a read-only medium".to_owned())),
            PermissionDenied => Some(Self::ReadOnly("this account may not write to its folder".to_owned())),
            _ => None,
        }
    }

    /// Returns the error with which every change is refused.
    pub fn refusal(&self) -> CatalogError {
        match self {
            Self::DiskFull => CatalogError::DiskFull,
            Self::ReadOnly(why) => CatalogError::ReadOnly(why.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(extended_code: i32) -> CatalogError {
        rusqlite::Error::SqliteFailure(ffi::Error::new(extended_code), None).into()
    }

    /// The names are those of sqlite.org/rescode.html.
    #[test]
    fn each_failure_of_the_system_is_named() {
        for (code, words) in [
            (ffi::SQLITE_FULL, "the disk is full"),
            (ffi::SQLITE_IOERR_SHMSIZE, "the disk is full"),
            (ffi::SQLITE_BUSY, "another program holds the catalog"),
            (ffi::SQLITE_BUSY_RECOVERY, "another program holds the catalog"),
            (ffi::SQLITE_BUSY_SNAPSHOT, "another program holds the catalog"),
            (ffi::SQLITE_LOCKED, "another program holds the catalog"),
            (ffi::SQLITE_PROTOCOL, "another program holds the catalog"),
            (ffi::SQLITE_READONLY_DIRECTORY, "read-only"),
            (ffi::SQLITE_PERM, "may not write"),
            (ffi::SQLITE_CANTOPEN, "cannot be opened"),
            (ffi::SQLITE_NOMEM, "not enough memory"),
            (ffi::SQLITE_IOERR_READ, "the disk failed while the catalog was read"),
            (ffi::SQLITE_IOERR_FSYNC, "the disk failed while the catalog was written"),
            (ffi::SQLITE_IOERR_WRITE, "the disk failed while the catalog was written"),
            (ffi::SQLITE_CORRUPT_INDEX, "damaged"),
            (ffi::SQLITE_NOTADB, "damaged"),
        ] {
            let said = of(code).to_string();
            assert!(said.contains(words), "{code}: {said}");
        }
    }

    #[test]
    fn only_failures_to_write_make_a_library_look_only() {
        assert_eq!(LookOnly::because_of(&CatalogError::DiskFull), Some(LookOnly::DiskFull));
        assert!(LookOnly::because_of(&of(ffi::SQLITE_READONLY)).is_some());
        assert!(LookOnly::because_of(&of(ffi::SQLITE_IOERR_WRITE)).is_some());
        for code in [ffi::SQLITE_CORRUPT, ffi::SQLITE_BUSY, ffi::SQLITE_IOERR_READ, ffi::SQLITE_NOMEM] {
            assert_eq!(LookOnly::because_of(&of(code)), None, "{code}");
        }
    }
}
