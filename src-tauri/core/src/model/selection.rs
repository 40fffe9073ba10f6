//! A summary of many images, as the inspector shows it.

use super::{Bytes, Facet, UnixMs};
use serde::Serialize;

/// A summary of many images. It counts only images that the profile may see;
/// those of other profiles are counted only if they are public.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, specta::Type)]
pub struct SelectionSummary {
    /// Images that were found, of either kind.
    pub images: u32,
    /// Generated images among them.
    pub generated: u32,
    /// References among them.
    pub references: u32,
    /// Images among them that are in the trash.
    pub in_trash: u32,
    /// Images of other profiles among them, which this one cannot change.
    pub of_others: u32,
    /// Requested images that are deleted or that this profile may not see.
    pub missing: u32,
    /// Requested images whose row in the catalog cannot be read.
    pub damaged: u32,
    /// The total size of the originals.
    pub size_bytes: Bytes,
    /// When the earliest and the latest of them were made; `None` without
    /// images.
    pub made: Option<MadeBetween>,
    /// Where the dates come from, in the words of `MadeFrom`.
    pub made_from: FieldSummary,
    /// Generated images that are in the feed, or will be in it when they are
    /// restored.
    pub public: u32,
    /// Generated images that are not in the feed.
    pub unlisted: u32,
    /// Sensitive images.
    pub sensitive: u32,
    /// Favourites, of either kind.
    pub favourites: u32,
    /// Ratings, as numbers of stars; images without one have no value.
    pub ratings: FieldSummary,
    /// Notes.
    pub notes: FieldSummary,
    /// Names of the collections that contain them. An image may be in several.
    pub collections: FieldSummary,
    /// Media types.
    pub formats: FieldSummary,
    /// Width and height in pixels, `1024x768`.
    pub dimensions: FieldSummary,
    /// Base models of generated images.
    pub models: FieldSummary,
    /// The programs that made the generated images.
    pub tools: FieldSummary,
    /// Seeds of generated images.
    pub seeds: FieldSummary,
    /// Prompts of generated images.
    pub prompts: FieldSummary,
    /// Negative prompts of generated images.
    pub negative_prompts: FieldSummary,
    /// What the public copies of generated images show, in the words of `DetailsChoice`.
    pub public_details: FieldSummary,
    /// Whether they keep location and camera, in the words of `CameraChoice`.
    pub public_camera: FieldSummary,
    /// The upload states of the images that are not in the trash.
    pub uploads: UploadCounts,
}

/// Two moments; `first` is never after `last`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, specta::Type)]
pub struct MadeBetween {
    /// The earliest.
    pub first: UnixMs,
    /// The latest.
    pub last: UnixMs,
}

/// A summary of one field over many images.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, specta::Type)]
pub struct FieldSummary {
    /// The number of different values. Images without a value do not count.
    pub different: u32,
    /// Images without a value.
    pub without: u32,
    /// The most frequent values, in descending order. For prompts, seeds and
    /// notes, only a value that all images with a value share.
    pub most: Vec<Facet>,
}

/// How many images are in each state of the upload.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, specta::Type)]
pub struct UploadCounts {
    /// No bucket is connected.
    pub local: u32,
    /// In the queue.
    pub waiting: u32,
    /// The upload is running.
    pub uploading: u32,
    /// The bucket was verified to hold exactly our bytes.
    pub stored: u32,
    /// The upload does not continue by itself.
    pub parked: u32,
}
