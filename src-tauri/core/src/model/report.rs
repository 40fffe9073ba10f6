//! The result of an action on many images, and the public error codes.

use super::ImageId;
use serde::Serialize;

/// Why something was refused or failed, as a code for programs. Add a code only
/// when a consumer acts on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, specta::Type)]
pub enum ErrorCode {
    /// The image, gallery, profile or transfer does not exist.
    NotFound,
    /// It belongs to another profile.
    NotAuthorized,
    /// The image is in the trash, where nothing about it can be changed.
    InTrash,
    /// The image has another value than the one that was to be replaced.
    Changed,
    /// A name, number or text from outside is not valid.
    InvalidInput,
    /// No bucket is connected; the message names what is missing.
    NotConfigured,
    /// This machine has no keyring that Vitrine can use.
    SecretsUnavailable,
    /// The keyring is locked.
    SecretsLocked,
    /// The library folder or its catalog cannot be used.
    LibraryUnusable,
    /// The catalog was written by a newer Vitrine.
    CatalogTooNew,
    /// The catalog is damaged or gone; it can be recovered.
    CatalogDamaged,
    /// The catalog's row of one image is damaged; it can be repaired.
    RowDamaged,
    /// The disk is full.
    DiskFull,
    /// The bucket refused the request or could not be reached.
    Bucket,
    /// The action was stopped on request.
    Cancelled,
    /// A bug in Vitrine.
    Internal,
}

/// A failure in the form that the interface receives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, specta::Type)]
pub struct Failure {
    /// The code for programs.
    pub code: ErrorCode,
    /// The text for people: plain words, no secrets, no paths.
    pub message: String,
}

/// One image for which an action failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, specta::Type)]
pub struct ItemFailure {
    /// The id as the caller sent it.
    pub id: ImageId,
    /// Why it failed.
    pub error: Failure,
}

/// The result of an action on many images.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, specta::Type)]
pub struct ActionReport {
    /// Images for which the action succeeded.
    pub done: Vec<ImageId>,
    /// Images for which the action failed.
    pub failed: Vec<ItemFailure>,
}
