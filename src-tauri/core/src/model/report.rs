//! What an action on many images answers, and the public codes of failure.

use super::ImageId;
use serde::Serialize;

/// Why something was refused or failed, for programs. Add a code only when
/// somebody acts on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, specta::Type)]
pub enum ErrorCode {
    /// There is no such image, gallery, profile or transfer.
    NotFound,
    /// It belongs to another profile.
    NotAuthorized,
    /// A name, number or text from outside does not fit.
    InvalidInput,
    /// No bucket is connected; the message names what is missing.
    NotConfigured,
    /// This machine has no keyring.
    SecretsUnavailable,
    /// The keyring is locked.
    SecretsLocked,
    /// The library folder or its catalog cannot be used.
    LibraryUnusable,
    /// The catalog was written by a newer Vitrine.
    CatalogTooNew,
    /// The catalog is damaged or gone; it can be recovered.
    CatalogDamaged,
    /// What the catalog says of one image is damaged; it can be repaired.
    RowDamaged,
    /// There is no space left.
    DiskFull,
    /// The bucket refused or could not be reached.
    Bucket,
    /// It was stopped on request.
    Cancelled,
    /// A defect of Vitrine.
    Internal,
}

/// A failure as it crosses to the interface.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, specta::Type)]
pub struct Failure {
    /// For programs.
    pub code: ErrorCode,
    /// For people: plain words, no secrets, no paths.
    pub message: String,
}

/// One image an action failed on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, specta::Type)]
pub struct ItemFailure {
    /// As it was asked for.
    pub id: ImageId,
    /// Why.
    pub error: Failure,
}

/// What an action on many images did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, specta::Type)]
pub struct ActionReport {
    /// Where it worked.
    pub done: Vec<ImageId>,
    /// Where it did not.
    pub failed: Vec<ItemFailure>,
}
