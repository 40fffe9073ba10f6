//! The order of a list of images.

use serde::{Deserialize, Serialize};

/// What a list of images is ordered by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum OrderBy {
    /// When the pictures were made, newest first. In the trash, when they were removed.
    #[default]
    Made,
    /// When the images were imported, newest first.
    Added,
    /// The names of the files as people sort them: `img2` before `img10`.
    Name,
    /// The size of the files, largest first.
    Size,
    /// The rating, best first.
    Rating,
    /// How well a search matches, best first. Lists without words are ordered as with `Made`.
    Match,
    /// As the artist arranged a collection. Other lists are ordered as with `Made`.
    Manual,
    /// A random order, which is the same for the same number.
    Shuffle {
        /// Any number.
        seed: u32,
    },
}

/// The order of a list of images.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Order {
    /// What decides.
    pub by: OrderBy,
    /// Whether it is reversed.
    pub reversed: bool,
}

impl From<OrderBy> for Order {
    fn from(by: OrderBy) -> Self {
        Self { by, reversed: false }
    }
}
