//! The options and the results of a verification.

use super::ImageId;
use serde::Serialize;

/// How closely originals are checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// Checks that the file exists and has the right size.
    Size,
    /// Also checks that the file's SHA-256 is the one it is named by.
    Hash,
}

/// What happens to objects that belong to no image.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum UnknownObjects {
    /// They are reported and left alone.
    #[default]
    Report,
    /// They become images of the profile that their key names.
    Adopt,
    /// They are deleted permanently.
    Delete,
}

/// What a verification checks and what it may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VerifyOptions {
    /// Repairs whatever can be repaired without loss.
    pub repair: bool,
    /// How closely originals are checked.
    pub depth: Depth,
    /// What happens to objects that belong to no image and no feed. A repair
    /// deletes those that this library published for one of its feeds.
    pub unknown: UnknownObjects,
    /// The maximum number of rows and objects in memory at a time, 1 to 1000.
    pub page_size: u32,
}

impl Default for VerifyOptions {
    fn default() -> Self {
        Self { repair: false, depth: Depth::Size, unknown: UnknownObjects::default(), page_size: 1000 }
    }
}

/// The kinds of problem that a verification finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// An image is marked as stored, but the bucket does not have its object.
    MissingObject,
    /// The object at an image's key does not have the image's bytes.
    DifferentObject,
    /// The object exists and is right, but its image is not marked as stored.
    UnconfirmedObject,
    /// The object of an image in the trash still exists.
    RemovedObject,
    /// An object that belongs to no image and no feed.
    UnknownObject,
    /// A file of a published feed was confirmed, but the bucket does not have
    /// it.
    MissingFeedFile,
    /// The object at the key of a published feed's file has other bytes, or is somebody else's.
    DifferentFeedFile,
    /// An original is not on this disk.
    MissingOriginal,
    /// An original on this disk differs from the imported bytes.
    DamagedOriginal,
    /// A temporary file that an interrupted import left behind.
    LeftoverTemporary,
    /// An original that belongs to no image.
    UnknownOriginal,
    /// The catalog's file is damaged.
    DamagedCatalog,
    /// The catalog's row of an image cannot be read.
    DamagedRow,
}

/// One problem that a verification found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, specta::Type)]
pub struct Finding {
    /// The kind of problem.
    pub kind: FindingKind,
    /// The image that the problem concerns; `None` if it concerns none.
    pub id: Option<ImageId>,
    /// The key of the object that the problem concerns; `None` if it concerns
    /// none.
    pub key: Option<String>,
    /// The name of the image or the file; `None` if there is none.
    pub filename: Option<String>,
    /// What was found and what was done about it, in plain words.
    pub detail: String,
    /// True if nothing is left to do about it.
    pub repaired: bool,
}

/// The number of findings of each kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, specta::Type)]
pub struct FindingCounts {
    /// Images whose object is missing.
    pub missing_object: u32,
    /// Keys at which the object is a different one.
    pub different_object: u32,
    /// Objects whose image is not marked as stored.
    pub unconfirmed_object: u32,
    /// Objects whose image is in the trash.
    pub removed_object: u32,
    /// Objects that belong to no image and no feed.
    pub unknown_object: u32,
    /// Files of published feeds that are missing.
    pub missing_feed_file: u32,
    /// Files of published feeds that have other bytes, or in whose place is somebody else's object.
    pub different_feed_file: u32,
    /// Images whose original is missing.
    pub missing_original: u32,
    /// Originals that differ from the imported bytes.
    pub damaged_original: u32,
    /// Temporary files that interrupted imports left behind.
    pub leftover_temporary: u32,
    /// Originals that belong to no image.
    pub unknown_original: u32,
    /// Problems of the catalog's file.
    pub damaged_catalog: u32,
    /// Rows of images that cannot be read.
    pub damaged_row: u32,
}

/// The result of a verification.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, specta::Type)]
pub struct VerifyReport {
    /// The number of images checked.
    pub checked: u32,
    /// The number of objects that the bucket listed.
    pub objects: u32,
    /// True if a bucket is connected and was compared.
    pub bucket_compared: bool,
    /// The findings in detail. A report lists at most 10,000.
    pub findings: Vec<Finding>,
    /// The number of all findings by kind.
    pub counts: FindingCounts,
    /// The number of all findings.
    pub found: u32,
    /// The number of findings about which something is left to do.
    pub unrepaired: u32,
    /// True if the verification was stopped on request.
    pub cancelled: bool,
}

/// The progress of a verification.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, specta::Type)]
pub struct VerifyProgress {
    /// The number of images checked so far.
    pub checked: u32,
    /// The number of images to check.
    pub total: u32,
    /// The number of findings so far.
    pub found: u32,
    /// False in the last report of a verification.
    pub running: bool,
}
