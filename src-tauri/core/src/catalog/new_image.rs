//! What an import passes to the catalog, and the outcome for each image.

use super::fingerprints::MadeFingerprint;
use crate::model::{ImageFormat, ImageId, Made, Notice, ObjectKey, OwnerId, UnixMs, Visibility};

/// What is known about an image of either kind when it is imported.
#[derive(Debug, Clone)]
pub struct NewImage {
    /// A new id.
    pub id: ImageId,
    /// The importing profile.
    pub owner_id: OwnerId,
    /// A new key. It is decided at import so that repeating an upload is
    /// harmless.
    pub r2_key: ObjectKey,
    /// The public URL; `None` while no bucket is known.
    pub url: Option<String>,
    /// The file's own name.
    pub filename: String,
    /// The format, detected from the content.
    pub format: ImageFormat,
    /// Size of the original in bytes.
    pub size_bytes: u64,
    /// Width in pixels, after EXIF orientation.
    pub width: u32,
    /// Height in pixels, after EXIF orientation.
    pub height: u32,
    /// What it looks like; `None` if that is found out later.
    pub fingerprint: Option<MadeFingerprint>,
    /// When it was made.
    pub made: Made,
    /// The moment of the import.
    pub added_at: UnixMs,
    /// The modification time of the file; `None` if the image did not come from
    /// a file.
    pub modified_at: Option<UnixMs>,
    /// What people should know about the file.
    pub notices: Vec<Notice>,
    /// The SHA-256 of the original.
    pub sha256: [u8; 32],
}

/// What an import does with an image that is in the trash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InTrash {
    /// Restores the image, because the artist named this file. It gets the
    /// visibility of a new image: an earlier `public` does not count.
    Restore,
    /// Leaves the image in the trash, because the import only came across it.
    Leave,
}

/// What happened to an image that was to be imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InsertOutcome {
    /// A new row was created.
    New,
    /// The profile already has these bytes outside the trash.
    Duplicate,
    /// The profile had these bytes in the trash, and they were restored.
    Restored,
    /// The profile has these bytes in the trash, and they stay there.
    Trashed,
}

/// The outcome for an image that was to be imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inserted {
    /// The image that holds the bytes.
    pub id: ImageId,
    /// What happened to it.
    pub outcome: InsertOutcome,
    /// The new visibility, if an existing image had a different one before;
    /// otherwise `None`.
    pub switched_to: Option<Visibility>,
    /// Whether two stacks became one with it, so that other images have another number.
    pub joined_stacks: bool,
}

impl Inserted {
    pub(super) fn new(id: &ImageId) -> Self {
        Self { id: id.clone(), outcome: InsertOutcome::New, switched_to: None, joined_stacks: false }
    }
}
