//! What can go wrong with the catalog, said so that callers can act.

use crate::model::{InvalidCursor, InvalidId};

/// A refusal or failure of the catalog.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// There is no such row.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// The row belongs to another profile.
    #[error("this {0} belongs to another profile")]
    NotAuthorized(&'static str),
    /// A value from outside does not fit.
    #[error("{0}")]
    Invalid(String),
    /// Written by a newer version.
    #[error("this library was last opened by a newer Vitrine; update the app to open it")]
    TooNew,
    /// No space is left.
    #[error("the disk is full")]
    DiskFull,
    /// The file cannot be written.
    #[error("the library cannot be written: {0}")]
    ReadOnly(String),
    /// The file is not a healthy database.
    #[error("the catalog is damaged")]
    Corrupt(#[source] rusqlite::Error),
    /// One row has a value that nobody wrote there; the others can be read.
    #[error("the row of {0} in the catalog is damaged; `vitrine verify --repair` repairs it")]
    Damaged(String),
    /// The file is gone or empty, although the library was used.
    #[error("the catalog is missing")]
    Missing,
    /// Another process has it open.
    #[error("another Vitrine has this library open; close it first")]
    InUse,
    /// The writer has stopped.
    #[error("the catalog was closed")]
    Closed,
    /// The folder or file could not be used.
    #[error("the catalog cannot be opened: {0}")]
    Io(#[from] std::io::Error),
    /// Anything else that SQLite says.
    #[error("the catalog failed")]
    Sql(#[source] rusqlite::Error),
    /// A migration failed.
    #[error("the catalog could not be upgraded")]
    Migration(#[source] rusqlite_migration::Error),
}

impl CatalogError {
    /// Says whether a failure to read a row is of its values, and not of the
    /// file around it.
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

    /// Names the row that a failure is of, if it is of one.
    pub(super) fn of_row(self, name: &str) -> Self {
        if self.is_of_one_row() { Self::Damaged(name.to_owned()) } else { self }
    }
}

impl From<rusqlite::Error> for CatalogError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode::{CannotOpen, DatabaseCorrupt, DiskFull, NotADatabase, ReadOnly};
        match error.sqlite_error_code() {
            Some(DiskFull) => Self::DiskFull,
            Some(ReadOnly) => Self::ReadOnly("the file or its folder is read-only".to_owned()),
            Some(CannotOpen) => Self::ReadOnly("the file cannot be opened".to_owned()),
            Some(DatabaseCorrupt | NotADatabase) => Self::Corrupt(error),
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
