//! Images as pages, the inspector and scripts see them.

use super::{
    Bytes, CollectionId, GalleryId, ImageId, ImageKind, MadeFrom, Notice, ObjectKey, OwnerId, Rating,
    SensitiveMark, TransferProblem, UnixMs, UploadState, Visibility,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::Deref;

/// What is known of every image, of either kind.
#[derive(Debug, Clone, PartialEq, Serialize, specta::Type)]
pub struct ImageRecord {
    /// Unique across both kinds.
    pub id: ImageId,
    /// The profile that imported it.
    pub owner_id: OwnerId,
    /// The key of its object in the bucket. Set at import and never changed.
    pub r2_key: ObjectKey,
    /// The public URL; `None` until a bucket is connected.
    pub url: Option<String>,
    /// The imported file's name.
    pub filename: String,
    /// The media type of the original.
    pub content_type: String,
    /// The size of the original.
    pub size_bytes: Bytes,
    /// When the picture was made.
    pub created_at: UnixMs,
    /// Where `created_at` comes from.
    pub created_from: MadeFrom,
    /// When the image was imported.
    pub added_at: UnixMs,
    /// What the artist should know about the file; empty for a sound one.
    pub notices: Vec<Notice>,
    /// SHA-256 of the original, in lower-case hexadecimal.
    pub sha256: String,
    /// The bucket was verified to hold exactly our bytes.
    pub stored: bool,
    /// The artist's rating.
    pub rating: Rating,
    /// Whether it is one of the artist's favourites.
    pub favourite: bool,
    /// The artist's note; empty if there is none.
    pub note: String,
}

/// A row of `generated_images`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GeneratedImage {
    /// What images of both kinds have.
    #[serde(flatten)]
    pub record: ImageRecord,
    /// Who can find it.
    pub visibility: Visibility,
    /// Whether it is sensitive.
    pub sensitive: bool,
    /// Why it is sensitive or why not; `None` if nothing marks it.
    pub sensitive_mark: Option<SensitiveMark>,
    /// Width in pixels, after EXIF orientation.
    pub width: Option<u32>,
    /// Height in pixels, after EXIF orientation.
    pub height: Option<u32>,
    /// The prompt; empty when unknown.
    pub prompt: String,
    /// What the picture should not show; `None` when there is no negative
    /// prompt.
    pub negative_prompt: Option<String>,
    /// The base model; `unknown` when it is not known.
    pub model: String,
    /// Decimal, `-1` to 2^64 - 1; a double would lose digits. `None` when
    /// unknown.
    pub seed: Option<String>,
    /// The normalised parameters, and everything else that was read.
    pub generation_params: serde_json::Map<String, serde_json::Value>,
    /// The names of the collections that contain it.
    pub collections: Vec<String>,
}

/// A row of `reference_images`. Always unlisted: only those who know its URL can
/// find it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReferenceImage {
    /// What images of both kinds have.
    #[serde(flatten)]
    pub record: ImageRecord,
    /// Width in pixels, after EXIF orientation.
    pub width: Option<u32>,
    /// Height in pixels, after EXIF orientation.
    pub height: Option<u32>,
}

impl ImageRecord {
    /// Removes what the artist chose with and noted.
    pub(crate) fn leave_out_choices(&mut self) {
        self.rating = Rating::default();
        self.favourite = false;
        self.note.clear();
    }
}

impl Deref for GeneratedImage {
    type Target = ImageRecord;

    fn deref(&self) -> &ImageRecord {
        &self.record
    }
}

impl Deref for ReferenceImage {
    type Target = ImageRecord;

    fn deref(&self) -> &ImageRecord {
        &self.record
    }
}

impl Deref for ImageDetail {
    type Target = ImageRecord;

    fn deref(&self) -> &ImageRecord {
        &self.record
    }
}

/// An image of either kind, as scripts receive it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Image {
    /// A picture that a model made.
    Generated(GeneratedImage),
    /// The artist's own reference material.
    Reference(ReferenceImage),
}

impl Image {
    /// Returns what images of both kinds have.
    pub fn record(&self) -> &ImageRecord {
        match self {
            Self::Generated(image) => &image.record,
            Self::Reference(image) => &image.record,
        }
    }

    /// Returns the image's id.
    pub fn id(&self) -> &ImageId {
        &self.record().id
    }

    /// Returns the public URL; `None` until a bucket is connected.
    pub fn url(&self) -> Option<&str> {
        self.record().url.as_deref()
    }

    /// Says whether the bucket was verified to hold exactly our bytes.
    pub fn is_stored(&self) -> bool {
        self.record().stored
    }
}

/// The part of an image that a tile in a grid needs, and no more.
#[derive(Debug, Clone, PartialEq, Serialize, specta::Type)]
pub struct Tile {
    /// Unique across both kinds.
    pub id: ImageId,
    /// Decides which actions are possible.
    pub kind: ImageKind,
    /// The imported file's name.
    pub filename: String,
    /// Width in pixels, after EXIF orientation.
    pub width: u32,
    /// Height in pixels, after EXIF orientation.
    pub height: u32,
    /// When the picture was made.
    pub created_at: UnixMs,
    /// Who can find it; `None` for references, which are always unlisted.
    pub visibility: Option<Visibility>,
    /// Whether it is sensitive; always false for references.
    pub sensitive: bool,
    /// The artist's rating.
    pub rating: Rating,
    /// Whether it is one of the artist's favourites.
    pub favourite: bool,
    /// When the image was imported.
    pub added_at: UnixMs,
    /// The size of the original.
    pub size_bytes: Bytes,
    /// The first 240 characters of the prompt; empty when unknown.
    pub prompt: String,
    /// The state of the upload.
    pub upload: UploadState,
    /// When it was moved to the trash; `None` while it is not there.
    pub removed_at: Option<UnixMs>,
    /// A number that the images of its stack share; 0 if it belongs to none.
    pub stack: u32,
}

/// Everything that the inspector shows about one image.
#[derive(Debug, Clone, PartialEq, Serialize, specta::Type)]
pub struct ImageDetail {
    /// What images of both kinds have.
    #[serde(flatten)]
    pub record: ImageRecord,
    /// Decides which actions are possible.
    pub kind: ImageKind,
    /// Who can find it; `None` for references, which are always unlisted.
    pub visibility: Option<Visibility>,
    /// Whether it is sensitive; always false for references.
    pub sensitive: bool,
    /// Why it is sensitive or why not; `None` if nothing marks it.
    pub sensitive_mark: Option<SensitiveMark>,
    /// Width in pixels, after EXIF orientation.
    pub width: u32,
    /// Height in pixels, after EXIF orientation.
    pub height: u32,
    /// The prompt; empty when unknown.
    pub prompt: String,
    /// What the picture should not show; `None` when there is no negative
    /// prompt.
    pub negative_prompt: Option<String>,
    /// The base model; `unknown` when it is not known.
    pub model: String,
    /// Decimal text, since a double would lose digits; `None` when unknown.
    pub seed: Option<String>,
    /// Parameters by name. Values that are not text are written as JSON.
    pub generation_params: BTreeMap<String, String>,
    /// The fields in which the artist's text replaces what was read from the
    /// file.
    pub edited: Vec<GenerationField>,
    /// The state of the upload.
    pub upload: UploadState,
    /// Why the upload does not continue by itself; `None` while there is no
    /// problem.
    pub upload_problem: Option<TransferProblem>,
    /// When it was moved to the trash; `None` while it is not there.
    pub removed_at: Option<UnixMs>,
    /// The galleries that contain the image; always empty for a generated
    /// image.
    pub galleries: Vec<GalleryId>,
    /// The names of the collections that contain the image; always empty for a
    /// reference.
    pub collections: Vec<String>,
}

/// What the artist typed in the inspector. `None` leaves a field unchanged; an
/// empty negative prompt or seed clears it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, specta::Type)]
pub struct ImageEdit {
    /// The new prompt.
    pub prompt: Option<String>,
    /// The new negative prompt.
    pub negative_prompt: Option<String>,
    /// The new model; empty means `unknown`.
    pub model: Option<String>,
    /// The new seed, in decimal.
    pub seed: Option<String>,
}

/// A field that is read from a picture and that the artist can replace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum GenerationField {
    /// The prompt.
    Prompt,
    /// The negative prompt.
    NegativePrompt,
    /// The base model.
    Model,
    /// The seed.
    Seed,
}

impl GenerationField {
    /// All fields.
    pub const ALL: [Self; 4] = [Self::Prompt, Self::NegativePrompt, Self::Model, Self::Seed];
}

/// The note that some images have or shall have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub struct Note {
    /// What it says; empty for no note. At most 10,000 bytes.
    pub text: String,
    /// The images.
    pub ids: Vec<ImageId>,
    /// The note to replace; `None` for any. Images with another note are not changed.
    pub instead_of: Option<String>,
}

/// What one field of some images has or shall have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub struct FieldEdit {
    /// What the artist wrote; empty clears the field. `None` for the value that was read.
    pub text: Option<String>,
    /// The images.
    pub ids: Vec<ImageId>,
}

/// A named set of references.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, specta::Type)]
pub struct Gallery {
    /// Does not change when the gallery is renamed.
    pub id: GalleryId,
    /// Unique within one profile.
    pub name: String,
    /// How many references it shows.
    pub images: u32,
    /// The cover: the reference that the artist chose, or else the newest one.
    pub cover: Option<ImageId>,
}

/// A named set of generated images, in the order in which the artist put them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, specta::Type)]
pub struct Collection {
    /// Does not change when the collection is renamed.
    pub id: CollectionId,
    /// Unique within one profile.
    pub name: String,
    /// How many images it shows.
    pub images: u32,
    /// The cover: the image that the artist chose, or else the first one.
    pub cover: Option<ImageId>,
    /// Whether the cover is a sensitive image.
    pub cover_sensitive: bool,
}

/// Images of a gallery or collection that follow one another, and where they are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, specta::Type)]
pub struct PlacedImages {
    /// In the order of the set. Images in the trash are among them.
    pub images: Vec<ImageId>,
    /// The image that follows them; `None` at the end.
    pub before: Option<ImageId>,
}

/// How many images each view shows to one profile.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, specta::Type)]
pub struct Counts {
    /// Generated images.
    pub history: u32,
    /// Generated images that are favourites.
    pub favourites: u32,
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
    /// Also a segment of the profile's object keys.
    pub id: OwnerId,
    /// The display name, as the artist wrote it.
    pub name: Option<String>,
}

/// The images that one image is linked to.
#[derive(Debug, Clone, Serialize, specta::Type)]
pub struct MadeWith {
    /// For a generated image, the references it was made with; for a reference,
    /// the images made with it.
    pub linked: Vec<Tile>,
    /// References whose file name appears as an input in the image's own
    /// generation data.
    pub suggested: Vec<Tile>,
}
