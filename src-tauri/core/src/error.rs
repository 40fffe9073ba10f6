//! The refusals and failures of the library, and how they cross to an
//! interface.

use crate::bucket::{BucketError, ConfigProblem};
use crate::catalog::CatalogError;
use crate::model::{ErrorCode, Failure, InvalidCursor, InvalidId};
use crate::publish::render::RenderError;
use crate::secrets::SecretError;

/// A refusal or failure of the library.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The catalog refused or failed.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// The bucket refused or could not be reached.
    #[error(transparent)]
    Bucket(#[from] BucketError),
    /// The bucket's configuration is missing or wrong.
    #[error(transparent)]
    Config(#[from] ConfigProblem),
    /// The keyring refused or failed.
    #[error(transparent)]
    Secrets(#[from] SecretError),
    /// A page or feed could not be written.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// A value from outside is not valid.
    #[error("{0}")]
    Invalid(String),
    /// The library's folder cannot be used.
    #[error("the library folder cannot be used: {0}")]
    Folder(#[source] std::io::Error),
    /// The folder that a feed is built into cannot be used.
    #[error("the folder for the page cannot be used: {0}")]
    Target(#[source] std::io::Error),
    /// What was requested does not exist.
    #[error("{0}")]
    NotThere(&'static str),
    /// The action was stopped on request.
    #[error("cancelled")]
    Cancelled,
    /// A bug in Vitrine.
    #[error("something went wrong inside Vitrine")]
    Internal,
}

impl From<InvalidId> for Error {
    fn from(error: InvalidId) -> Self {
        Self::Invalid(error.to_string())
    }
}

impl From<InvalidCursor> for Error {
    fn from(error: InvalidCursor) -> Self {
        Self::Invalid(error.to_string())
    }
}

impl From<tokio::task::JoinError> for Error {
    fn from(error: tokio::task::JoinError) -> Self {
        if error.is_cancelled() { Self::Cancelled } else { Self::Internal }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        error.to_failure()
    }
}

impl Error {
    /// Returns the public code.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Catalog(error) => match error {
                CatalogError::NotFound(_) => ErrorCode::NotFound,
                CatalogError::NotAuthorized(_) => ErrorCode::NotAuthorized,
                CatalogError::InTrash => ErrorCode::InTrash,
                CatalogError::Changed => ErrorCode::Changed,
                CatalogError::Invalid(_) => ErrorCode::InvalidInput,
                CatalogError::TooNew => ErrorCode::CatalogTooNew,
                CatalogError::DiskFull => ErrorCode::DiskFull,
                CatalogError::Io(error) => code_of_io(error),
                CatalogError::ReadOnly(_)
                | CatalogError::InUse
                | CatalogError::Held(_)
                | CatalogError::DiskFails(_)
                | CatalogError::NoMemory
                | CatalogError::Outdated => ErrorCode::LibraryUnusable,
                CatalogError::Corrupt(_) | CatalogError::Missing => ErrorCode::CatalogDamaged,
                CatalogError::Damaged(_) => ErrorCode::RowDamaged,
                CatalogError::Closed
                | CatalogError::Sql(_)
                | CatalogError::Shared(_)
                | CatalogError::Migration(_) => ErrorCode::Internal,
            },
            Self::Bucket(_) => ErrorCode::Bucket,
            Self::Config(ConfigProblem::Missing(_)) => ErrorCode::NotConfigured,
            Self::Config(ConfigProblem::Invalid { .. }) | Self::Invalid(_) => ErrorCode::InvalidInput,
            Self::Secrets(SecretError::Locked) => ErrorCode::SecretsLocked,
            Self::Secrets(_) => ErrorCode::SecretsUnavailable,
            Self::Folder(error) => code_of_io(error),
            Self::Target(error) => match code_of_io(error) {
                ErrorCode::DiskFull => ErrorCode::DiskFull,
                // The library is well; another folder may be named.
                _ => ErrorCode::InvalidInput,
            },
            Self::NotThere(_) => ErrorCode::NotFound,
            Self::Cancelled => ErrorCode::Cancelled,
            Self::Render(_) | Self::Internal => ErrorCode::Internal,
        }
    }

    /// Returns what may cross to an interface: a code and plain words. If the
    /// failure is a bug in Vitrine, it logs the details.
    pub fn to_failure(&self) -> Failure {
        let code = self.code();
        if code == ErrorCode::Internal {
            tracing::error!(error = ?self, "internal failure");
        }
        Failure { code, message: sentence(&self.to_string()) }
    }
}

fn code_of_io(error: &std::io::Error) -> ErrorCode {
    match error.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => ErrorCode::DiskFull,
        _ => ErrorCode::LibraryUnusable,
    }
}

/// Turns the text of an error, which is a clause, into a sentence for people.
fn sentence(clause: &str) -> String {
    let mut characters = clause.chars();
    let first = characters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    let end = if clause.ends_with(['.', '?']) { "" } else { "." };
    format!("{first}{}{end}", characters.as_str())
}
