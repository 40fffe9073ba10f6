//! The language of the search box: `fox "in snow" -wolf model:flux after:2026-03 is:public`.
//! Every query is searched; a part that cannot be understood is explained, and the rest
//! still counts.

mod parsing;
mod splitting;

pub use splitting::searchable;

use super::ImageId;
use super::moments::TimeSpan;
use serde::{Deserialize, Serialize};

/// The field in which a word is searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SearchField {
    /// The prompt.
    Prompt,
    /// The negative prompt.
    Negative,
    /// The base model.
    Model,
    /// The seed.
    Seed,
    /// The program that made the picture.
    Tool,
    /// The imported file's name.
    File,
    /// The artist's note.
    Note,
}

/// A word or an exact phrase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchWord {
    /// The field to search; `None` for all fields except the negative prompt and the tool's name.
    pub field: Option<SearchField>,
    /// The word or phrase to find.
    pub text: String,
    /// True if longer words that start with the text also match.
    pub is_prefix: bool,
    /// True if images that contain the text are excluded.
    pub excluded: bool,
}

/// A condition on an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SearchIs {
    /// In the feed.
    Public,
    /// Not in the feed.
    Unlisted,
    /// The object is in the bucket.
    Stored,
    /// The object is not in the bucket yet.
    Waiting,
    /// Marked as sensitive.
    Sensitive,
    /// One of the artist's favourites.
    Favourite,
    /// Taller than wide.
    Portrait,
    /// Wider than tall.
    Landscape,
    /// As wide as tall.
    Square,
    /// Linked to the references it was made with.
    MadeWithReferences,
}

/// A condition on an image's size, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SearchSize {
    /// Exactly this width and height.
    Exactly(u32, u32),
    /// The longer side is at least this.
    AtLeast(u32),
    /// The longer side is at most this.
    AtMost(u32),
}

/// A condition on the rating.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RatingRange {
    /// The fewest stars; 0 includes images without a rating.
    pub least: u8,
    /// The most stars.
    pub most: u8,
    /// True if images with such a rating are excluded.
    pub excluded: bool,
}

/// The name of a collection or a gallery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchName {
    /// The name. Upper and lower case are alike.
    pub text: String,
    /// True if the images in it are excluded.
    pub excluded: bool,
}

/// An image that a condition names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchImage {
    /// The image.
    pub id: ImageId,
    /// True if images that meet the condition are excluded.
    pub excluded: bool,
}

/// A parsed query.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Search {
    /// The words. An image must match all of them, except the excluded ones.
    pub words: Vec<SearchWord>,
    /// When the image was made.
    pub made: TimeSpan,
    /// When the image was imported.
    pub added: TimeSpan,
    /// The conditions on the size.
    pub sizes: Vec<SearchSize>,
    /// The conditions on the rating.
    pub ratings: Vec<RatingRange>,
    /// Collections that contain the image.
    pub collections: Vec<SearchName>,
    /// Galleries with a reference that the image was made with.
    pub galleries: Vec<SearchName>,
    /// Images that it looks like. An image looks like itself.
    pub similar: Vec<SearchImage>,
    /// References that it was made with.
    pub references: Vec<SearchImage>,
    /// Conditions on the image, each with true if it must not be met.
    pub is: Vec<(SearchIs, bool)>,
    /// The parts that were not understood, explained in plain words.
    pub problems: Vec<String>,
}

/// A query that the artist saved under a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub struct SavedSearch {
    /// Unique within the profile.
    pub name: String,
    /// The query, as the artist typed it.
    pub query: String,
}

/// A value that images share and that can be searched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, specta::Type)]
pub struct Facet {
    /// The name of a model or a tool.
    pub name: String,
    /// How many images have it.
    pub images: u32,
}

/// The models and tools that can be searched, the most used first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, specta::Type)]
pub struct Facets {
    /// Base models.
    pub models: Vec<Facet>,
    /// The programs that made the pictures.
    pub tools: Vec<Facet>,
}

impl Search {
    /// Says whether the query has no words and no conditions.
    pub fn is_empty(&self) -> bool {
        *self == Self { problems: self.problems.clone(), ..Self::default() }
    }
}
