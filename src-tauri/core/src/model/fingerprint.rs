//! What a picture looks like, in 128 bits that can be compared.

use serde::{Deserialize, Serialize};

use super::{Bytes, Image, ImageId, UnixMs};

/// What a picture looks like. Pictures that people take for the same have fingerprints that differ in few
/// bits. `import/fingerprint.rs` makes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint {
    /// The rough shapes.
    pub coarse: u64,
    /// The finer shapes.
    pub fine: u64,
}

impl Fingerprint {
    /// The version of the code that makes them. Fingerprints of other versions cannot be compared with these,
    /// and are made again.
    pub const EDITION: u32 = 1;
    /// The number of bits.
    pub const BITS: u32 = 128;

    /// Returns the number of bits in which two fingerprints differ: 0 for pictures that look the same, about
    /// 64 for unrelated ones.
    pub fn distance(self, other: Self) -> u32 {
        (self.coarse ^ other.coarse).count_ones() + (self.fine ^ other.fine).count_ones()
    }
}

/// An image that looks like another one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SimilarImage {
    /// The image.
    #[serde(flatten)]
    pub image: Image,
    /// The number of bits in which the fingerprints differ, 0 to 128. 0 looks the same.
    pub distance: u32,
}

/// What two images can have in common, besides their looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum MoreLike {
    /// They look alike.
    Looks,
    /// The prompt.
    Prompt,
    /// The seed.
    Seed,
    /// The base model.
    Model,
    /// The program that made them.
    Tool,
    /// A reference that they were made with.
    Reference,
}

/// A search for images that have something in common with an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, specta::Type)]
pub struct MoreLikeThis {
    /// What they have in common.
    pub by: MoreLike,
    /// The query; see [`super::Search`].
    pub query: String,
}

/// An image of a group whose images look the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, specta::Type)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact about an image that is shown on its own")]
pub struct DuplicateImage {
    /// The image.
    pub id: ImageId,
    /// The imported file's name.
    pub filename: String,
    /// The media type of the original.
    pub content_type: String,
    /// The size of the original.
    pub size_bytes: Bytes,
    /// Width in pixels; `None` when unknown.
    pub width: Option<u32>,
    /// Height in pixels; `None` when unknown.
    pub height: Option<u32>,
    /// When the picture was made.
    pub created_at: UnixMs,
    /// The number of bits in which the fingerprint differs from that of the first image of the group.
    pub distance: u32,
    /// Whether it is known how the picture was made.
    pub has_generation_data: bool,
    /// Whether the bucket has it.
    pub is_stored: bool,
    /// Whether it is in the feed.
    pub is_public: bool,
    /// Whether it is sensitive.
    pub is_sensitive: bool,
    /// Whether it is one of the artist's favourites.
    pub is_favourite: bool,
    /// Stars, 0 for none.
    pub rating: u8,
    /// Whether the artist wrote a note.
    pub has_note: bool,
    /// Whether the artist edited its prompt, model or seed.
    pub is_edited: bool,
    /// The number of references that it is linked to.
    pub references: u32,
    /// The number of collections that contain it.
    pub collections: u32,
}

/// All groups of images that look the same.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, specta::Type)]
pub struct Duplicates {
    /// The groups, those with the newest images first. The first image of a group is the one that is proposed
    /// to be kept. Every other image of the group looks like that one.
    pub groups: Vec<Vec<DuplicateImage>>,
    /// The number of groups that were found but left out, because they are too many for one list.
    pub left_out: u32,
    /// The number of images that could not be compared yet, because their fingerprints are still to be made.
    pub not_compared: u32,
    /// False if so many images resemble each other that not all pairs were compared.
    pub is_complete: bool,
}

impl DuplicateImage {
    /// Says whether something would be lost if only `keeper` were left of the two.
    pub fn has_more_than(&self, keeper: &Self) -> bool {
        let flags = |image: &Self| {
            [image.is_public, image.is_favourite, image.has_note, image.is_edited, image.has_generation_data]
        };
        let has_more = flags(self).into_iter().zip(flags(keeper)).any(|(own, kept)| own && !kept);
        has_more
            || self.rating > keeper.rating
            || self.collections > keeper.collections
            || self.references > keeper.references
    }
}

/// An image that is to go to the trash because another one looks the same.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, specta::Type)]
pub struct UnneededDuplicate {
    /// The image.
    pub id: ImageId,
    /// The image that is kept instead.
    pub keeper: ImageId,
    /// The artist decided that it goes, even if the kept one lacks something of it.
    pub is_decided: bool,
}

/// The progress of the search for duplicates.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, specta::Type)]
pub struct DuplicatesProgress {
    /// The number of steps that are done.
    pub done: u32,
    /// The number of steps.
    pub total: u32,
}
