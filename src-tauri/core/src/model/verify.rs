//! How a library is verified, and what is found.

use super::ImageId;
use serde::Serialize;

/// How closely to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// Is it there, and of the right size?
    Size,
    /// Does it hash to its name?
    Hash,
}

/// What becomes of objects that belong to no image.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum UnknownObjects {
    /// They are named and left alone.
    #[default]
    Report,
    /// They become images of the profile their key names.
    Adopt,
    /// They are deleted.
    Delete,
}

/// How a verification is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VerifyOptions {
    /// Mends what can be mended without a loss.
    pub repair: bool,
    /// How closely originals are looked at.
    pub depth: Depth,
    /// What becomes of objects that belong to no image.
    pub unknown: UnknownObjects,
    /// Rows and objects held in memory at a time, 1 to 1000.
    pub page_size: u32,
}

impl Default for VerifyOptions {
    fn default() -> Self {
        Self { repair: false, depth: Depth::Size, unknown: UnknownObjects::default(), page_size: 1000 }
    }
}

/// What is not as it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// An image counts as stored, but the bucket has no object of it.
    MissingObject,
    /// The object at an image's key is not the image.
    DifferentObject,
    /// The object is there and right, but its image does not count as stored.
    UnconfirmedObject,
    /// The object of an image in the trash is still there.
    RemovedObject,
    /// An object that belongs to no image.
    UnknownObject,
    /// An original is not on this disk.
    MissingOriginal,
    /// An original on this disk is not what was imported.
    DamagedOriginal,
    /// A file that an interrupted import left.
    LeftoverTemporary,
    /// An original that no image is made of.
    UnknownOriginal,
    /// The catalog's file is damaged.
    DamagedCatalog,
    /// What the catalog says of an image cannot be read.
    DamagedRow,
}

/// One thing that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, specta::Type)]
pub struct Finding {
    /// What it is.
    pub kind: FindingKind,
    /// The image, if it is of one.
    pub id: Option<ImageId>,
    /// Where the object lives, if it is of one.
    pub key: Option<String>,
    /// The image's or the file's name.
    pub filename: Option<String>,
    /// In plain words, and what was done about it.
    pub detail: String,
    /// Nothing is left to do about it.
    pub repaired: bool,
}

/// How many findings there are of each kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, specta::Type)]
pub struct FindingCounts {
    /// Images without their object.
    pub missing_object: u32,
    /// Keys with another object.
    pub different_object: u32,
    /// Objects whose image does not count as stored.
    pub unconfirmed_object: u32,
    /// Objects of images in the trash.
    pub removed_object: u32,
    /// Objects without an image.
    pub unknown_object: u32,
    /// Images without their original.
    pub missing_original: u32,
    /// Originals that are not what was imported.
    pub damaged_original: u32,
    /// Files that interrupted imports left.
    pub leftover_temporary: u32,
    /// Originals without an image.
    pub unknown_original: u32,
    /// Damages of the catalog's file.
    pub damaged_catalog: u32,
    /// Images that the catalog cannot tell of.
    pub damaged_row: u32,
}

/// What a verification found and did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, specta::Type)]
pub struct VerifyReport {
    /// Images looked at.
    pub checked: u32,
    /// Objects the bucket listed.
    pub objects: u32,
    /// There is a bucket, and it was compared.
    pub bucket_compared: bool,
    /// The findings by name, the first thousands of them.
    pub findings: Vec<Finding>,
    /// All of them by kind.
    pub counts: FindingCounts,
    /// All of them.
    pub found: u32,
    /// Those about which something is left to do.
    pub unrepaired: u32,
    /// It was stopped on request.
    pub cancelled: bool,
}

/// How far a verification is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, specta::Type)]
pub struct VerifyProgress {
    /// Images looked at.
    pub checked: u32,
    /// Images there are.
    pub total: u32,
    /// Findings so far.
    pub found: u32,
    /// More will come.
    pub running: bool,
}
