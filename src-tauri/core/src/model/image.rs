//! Images as pages, inspectors and scripts see them.

use super::{
    Bytes, GalleryId, ImageId, ImageKind, MadeFrom, Notice, ObjectKey, OwnerId, TransferProblem, UnixMs,
    UploadState, Visibility,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A row of `generated_images`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GeneratedImage {
    /// Unique over both kinds.
    pub id: ImageId,
    /// The profile that imported it.
    pub owner_id: OwnerId,
    /// Who can find it.
    pub visibility: Visibility,
    /// Decided at import, never changed.
    pub r2_key: ObjectKey,
    /// Where the world finds it; `None` until a bucket is known.
    pub url: Option<String>,
    /// The imported file's name.
    pub filename: String,
    /// Media type of the original.
    pub content_type: String,
    /// Size of the original.
    pub size_bytes: Bytes,
    /// Pixels, after EXIF orientation.
    pub width: Option<u32>,
    /// Pixels, after EXIF orientation.
    pub height: Option<u32>,
    /// Empty when unknown.
    pub prompt: String,
    /// What the picture should not show.
    pub negative_prompt: Option<String>,
    /// `unknown` when nobody said.
    pub model: String,
    /// Decimal, `-1` to 2^64 - 1.
    pub seed: Option<String>,
    /// Normalised parameters and whatever else was read.
    pub generation_params: serde_json::Map<String, serde_json::Value>,
    /// When it was made.
    pub created_at: UnixMs,
    /// What says so.
    pub created_from: MadeFrom,
    /// When it was imported.
    pub added_at: UnixMs,
    /// What is to be known of the file.
    pub notices: Vec<Notice>,
    /// Of the original, lower-case hex.
    pub sha256: String,
    /// The bucket was verified to hold exactly our bytes.
    pub stored: bool,
}

/// A row of `reference_images`. Always unlisted.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReferenceImage {
    /// Unique over both kinds.
    pub id: ImageId,
    /// The profile that imported it.
    pub owner_id: OwnerId,
    /// Decided at import, never changed.
    pub r2_key: ObjectKey,
    /// Where who knows it finds it; `None` until a bucket is known.
    pub url: Option<String>,
    /// The imported file's name.
    pub filename: String,
    /// Media type of the original.
    pub content_type: String,
    /// Size of the original.
    pub size_bytes: Bytes,
    /// Pixels, after EXIF orientation.
    pub width: Option<u32>,
    /// Pixels, after EXIF orientation.
    pub height: Option<u32>,
    /// When it was made.
    pub created_at: UnixMs,
    /// What says so.
    pub created_from: MadeFrom,
    /// When it was imported.
    pub added_at: UnixMs,
    /// What is to be known of the file.
    pub notices: Vec<Notice>,
    /// Of the original, lower-case hex.
    pub sha256: String,
    /// The bucket was verified to hold exactly our bytes.
    pub stored: bool,
}

/// An image of either kind, as scripts read it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Image {
    /// A picture made by a model.
    Generated(GeneratedImage),
    /// The artist's own material.
    Reference(ReferenceImage),
}

impl Image {
    /// Returns the id.
    pub fn id(&self) -> &ImageId {
        match self {
            Self::Generated(image) => &image.id,
            Self::Reference(image) => &image.id,
        }
    }

    /// Returns the URL, if a bucket is known.
    pub fn url(&self) -> Option<&str> {
        match self {
            Self::Generated(image) => image.url.as_deref(),
            Self::Reference(image) => image.url.as_deref(),
        }
    }

    /// Says whether the bucket was verified to hold our bytes.
    pub fn is_stored(&self) -> bool {
        match self {
            Self::Generated(image) => image.stored,
            Self::Reference(image) => image.stored,
        }
    }
}

/// What a tile in a grid needs, and no more.
#[derive(Debug, Clone, PartialEq, Serialize, specta::Type)]
pub struct Tile {
    /// Unique over both kinds.
    pub id: ImageId,
    /// Decides what can be done with it.
    pub kind: ImageKind,
    /// The imported file's name.
    pub filename: String,
    /// Pixels, after EXIF orientation.
    pub width: u32,
    /// Pixels, after EXIF orientation.
    pub height: u32,
    /// When it was made.
    pub created_at: UnixMs,
    /// `None` for references.
    pub visibility: Option<Visibility>,
    /// The first 240 characters.
    pub prompt: String,
    /// How far the upload is.
    pub upload: UploadState,
    /// When it went to the trash.
    pub removed_at: Option<UnixMs>,
}

/// Everything the inspector shows of one image.
#[derive(Debug, Clone, PartialEq, Serialize, specta::Type)]
pub struct ImageDetail {
    /// Unique over both kinds.
    pub id: ImageId,
    /// Decides what can be done with it.
    pub kind: ImageKind,
    /// The profile that imported it.
    pub owner_id: OwnerId,
    /// `None` for references.
    pub visibility: Option<Visibility>,
    /// Where the object lives in the bucket.
    pub r2_key: ObjectKey,
    /// `None` until a bucket is known.
    pub url: Option<String>,
    /// The imported file's name.
    pub filename: String,
    /// Media type of the original.
    pub content_type: String,
    /// Size of the original.
    pub size_bytes: Bytes,
    /// Pixels, after EXIF orientation.
    pub width: u32,
    /// Pixels, after EXIF orientation.
    pub height: u32,
    /// Empty when unknown.
    pub prompt: String,
    /// What the picture should not show.
    pub negative_prompt: Option<String>,
    /// `unknown` when nobody said.
    pub model: String,
    /// Decimal; a double would lose digits.
    pub seed: Option<String>,
    /// Parameters by name; values that are not text are written as JSON.
    pub generation_params: BTreeMap<String, String>,
    /// The fields that the artist wrote over what was read.
    pub edited: Vec<GenerationField>,
    /// When it was made.
    pub created_at: UnixMs,
    /// What says so.
    pub created_from: MadeFrom,
    /// When it was imported.
    pub added_at: UnixMs,
    /// What is to be known of the file.
    pub notices: Vec<Notice>,
    /// Of the original, lower-case hex.
    pub sha256: String,
    /// The bucket was verified to hold exactly our bytes.
    pub stored: bool,
    /// How far the upload is.
    pub upload: UploadState,
    /// Why the upload does not go on by itself.
    pub upload_problem: Option<TransferProblem>,
    /// When it went to the trash.
    pub removed_at: Option<UnixMs>,
    /// The galleries it is in.
    pub galleries: Vec<GalleryId>,
}

/// What the artist typed in the inspector. `None` leaves a field as it is; an
/// empty negative prompt or seed clears it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, specta::Type)]
pub struct ImageEdit {
    /// The new prompt.
    pub prompt: Option<String>,
    /// The new negative prompt.
    pub negative_prompt: Option<String>,
    /// The new model; empty means `unknown`.
    pub model: Option<String>,
    /// The new seed, decimal.
    pub seed: Option<String>,
}

/// A field that is read from a picture and that the artist can write over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum GenerationField {
    /// What was asked for.
    Prompt,
    /// What was to be avoided.
    NegativePrompt,
    /// The base model.
    Model,
    /// The seed.
    Seed,
}

impl GenerationField {
    /// Every field.
    pub const ALL: [Self; 4] = [Self::Prompt, Self::NegativePrompt, Self::Model, Self::Seed];
}

/// A named set of references.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, specta::Type)]
pub struct Gallery {
    /// Stays when the name changes.
    pub id: GalleryId,
    /// Unique for one profile.
    pub name: String,
    /// How many references it shows.
    pub images: u32,
    /// The reference that stands for it: the chosen one, else the newest.
    pub cover: Option<ImageId>,
}

/// How many images each view of a profile shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, specta::Type)]
pub struct Counts {
    /// Generated images.
    pub history: u32,
    /// Public generated images of all profiles.
    pub feed: u32,
    /// Removed images of both kinds.
    pub trash: u32,
    /// Reference images.
    pub references: u32,
}

/// A local artist profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, specta::Type)]
pub struct Profile {
    /// Part of the object keys.
    pub id: OwnerId,
    /// As the artist wrote it.
    pub name: Option<String>,
}

/// What an image is linked to.
#[derive(Debug, Clone, Serialize, specta::Type)]
pub struct MadeWith {
    /// The references a generated image was made with; of a reference, what was
    /// made with it.
    pub linked: Vec<Tile>,
    /// References that have the name of an input in the image's own texts.
    pub suggested: Vec<Tile>,
}
