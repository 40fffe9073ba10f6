//! What an import hands to the catalog, and what became of it.

use crate::model::{ImageFormat, ImageId, Made, Notice, ObjectKey, OwnerId, UnixMs, Visibility};

/// What is known of an image of either kind when it is taken in.
#[derive(Debug, Clone)]
pub struct NewImage {
    /// Fresh.
    pub id: ImageId,
    /// The importing profile.
    pub owner_id: OwnerId,
    /// Fresh; decided now so that a replayed upload is harmless.
    pub r2_key: ObjectKey,
    /// `None` while no bucket is known.
    pub url: Option<String>,
    /// The file's own name.
    pub filename: String,
    /// As sniffed.
    pub format: ImageFormat,
    /// Of the original.
    pub size_bytes: u64,
    /// Pixels, after EXIF orientation.
    pub width: u32,
    /// Pixels, after EXIF orientation.
    pub height: u32,
    /// When it was made.
    pub made: Made,
    /// The moment of the import.
    pub added_at: UnixMs,
    /// The modification time of the file, if it was one.
    pub modified_at: Option<UnixMs>,
    /// What is to be known of the file.
    pub notices: Vec<Notice>,
    /// Of the original.
    pub sha256: [u8; 32],
    /// Of the original.
    pub md5: [u8; 16],
}

/// What an import does with an image that is in the trash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InTrash {
    /// The artist asked for this very file, so the image is restored. Its
    /// visibility is that of a new image: an earlier `public` does not count.
    Restore,
    /// It was only met on the way, so it stays in the trash.
    Leave,
}

/// What became of an image that was to be taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InsertOutcome {
    /// It is a new row.
    New,
    /// The profile already shows these bytes.
    Duplicate,
    /// The profile had these bytes in the trash; they are back.
    Restored,
    /// The profile has these bytes in the trash, and they stay there.
    Trashed,
}

/// An image that was to be taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inserted {
    /// The image that holds the bytes.
    pub id: ImageId,
    /// What became of it.
    pub outcome: InsertOutcome,
    /// The visibility that replaced another one the image had before.
    pub switched_to: Option<Visibility>,
}

impl Inserted {
    pub(super) fn new(id: &ImageId) -> Self {
        Self { id: id.clone(), outcome: InsertOutcome::New, switched_to: None }
    }
}
