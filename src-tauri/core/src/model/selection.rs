//! What many images have in common, as the inspector shows it.

use super::{Bytes, Facet, UnixMs};
use serde::Serialize;

/// What is known of many images together. Counts are of images the profile may
/// see; those of other profiles are public.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, specta::Type)]
pub struct SelectionSummary {
    /// Those that were found, of either kind.
    pub images: u32,
    /// Generated images among them.
    pub generated: u32,
    /// References among them.
    pub references: u32,
    /// Removed ones among them.
    pub in_trash: u32,
    /// Images of other profiles among them, which this one cannot change.
    pub of_others: u32,
    /// Asked for, but deleted or not to be seen by this profile.
    pub missing: u32,
    /// Rows of the catalog that cannot be read.
    pub damaged: u32,
    /// Sum of the originals.
    pub size_bytes: Bytes,
    /// When the first and the last were made; `None` when there are none.
    pub made: Option<MadeBetween>,
    /// What says when they were made, in the words of `MadeFrom`.
    pub made_from: FieldSummary,
    /// Generated images in the feed, or that will be when they are restored.
    pub public: u32,
    /// Generated images that only their URL leads to.
    pub unlisted: u32,
    /// Media types.
    pub formats: FieldSummary,
    /// Width and height in pixels, `1024x768`.
    pub dimensions: FieldSummary,
    /// Base models of generated images.
    pub models: FieldSummary,
    /// Programs that made generated images.
    pub tools: FieldSummary,
    /// Seeds of generated images.
    pub seeds: FieldSummary,
    /// Prompts of generated images.
    pub prompts: FieldSummary,
    /// Negative prompts of generated images.
    pub negative_prompts: FieldSummary,
    /// How far the uploads are of those that are not in the trash.
    pub uploads: UploadCounts,
}

/// Two moments, the first not after the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, specta::Type)]
pub struct MadeBetween {
    /// The earliest.
    pub first: UnixMs,
    /// The latest.
    pub last: UnixMs,
}

/// What one field says in many images.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, specta::Type)]
pub struct FieldSummary {
    /// Different values; images without one do not count.
    pub different: u32,
    /// Images without a value.
    pub without: u32,
    /// The values that most images have, first the most frequent. Of prompts
    /// and seeds, only one that is the same wherever there is one.
    pub most: Vec<Facet>,
}

/// How many images are at each stage of the upload.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, specta::Type)]
pub struct UploadCounts {
    /// No bucket is known.
    pub local: u32,
    /// In the queue.
    pub waiting: u32,
    /// Under way.
    pub uploading: u32,
    /// Confirmed by the bucket.
    pub stored: u32,
    /// Do not go on by themselves.
    pub parked: u32,
}
