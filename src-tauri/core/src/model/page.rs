//! Keyset pages. A page costs the same at any depth, and never repeats or skips
//! a row when new rows arrive.

use super::{CollectionId, GalleryId, ImageId, Search, Zone};
use serde::{Deserialize, Serialize};

/// One page of a longer list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, specta::Type)]
pub struct Page<T> {
    /// The rows, in the order of the list.
    pub page: Vec<T>,
    /// True if no rows follow.
    pub is_done: bool,
    /// The cursor of the next page; `None` if no rows follow.
    pub continue_cursor: Option<String>,
    /// The ids of images that belong on this page but cannot be read, because
    /// the catalog is damaged there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub damaged: Vec<String>,
}

/// Which page to read.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, specta::Type)]
pub struct PageRequest {
    /// The maximum number of rows, limited to 1..=1000.
    pub limit: u32,
    /// The cursor that the previous page returned; `None` for the first page.
    pub cursor: Option<String>,
}

/// The maximum number of rows on a page.
const MAX_PAGE: u32 = 1000;

impl PageRequest {
    /// Returns the request for the first page of at most `limit` rows.
    pub fn first(limit: u32) -> Self {
        Self { limit, cursor: None }
    }

    /// Returns the maximum number of rows to read.
    pub fn rows(&self) -> u32 {
        self.limit.clamp(1, MAX_PAGE)
    }

    /// Returns the cursor at which the page starts; `None` for the first page.
    pub fn start(&self) -> Result<Option<Cursor>, InvalidCursor> {
        self.cursor.as_deref().map(Cursor::parse).transpose()
    }
}

/// The last row of a page, in the columns that order the list.
#[derive(Debug, Clone, PartialEq)]
pub struct Cursor {
    /// The value that orders the list.
    pub key: CursorKey,
    /// Orders rows of the same value.
    pub id: ImageId,
}

/// The value that orders a list.
#[derive(Debug, Clone, PartialEq)]
pub enum CursorKey {
    /// A moment, a size, a rating or a position.
    Number(i64),
    /// A name.
    Text(String),
    /// How well a search matches.
    Real(f64),
}

/// The text is not a cursor that a page returned.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this is not a cursor of a page; leave it out to start at the first one")]
pub struct InvalidCursor;

impl Cursor {
    /// Parses a cursor that a caller sent back.
    pub fn parse(text: &str) -> Result<Self, InvalidCursor> {
        let (key, id) = text.rsplit_once('.').ok_or(InvalidCursor)?;
        let id = ImageId::parse(id).map_err(|_| InvalidCursor)?;
        let key = if let Some(name) = key.strip_prefix('t') {
            let name = hex::decode(name).map_err(|_| InvalidCursor)?;
            CursorKey::Text(String::from_utf8(name).map_err(|_| InvalidCursor)?)
        } else if let Some(bits) = key.strip_prefix('r') {
            let bits = u64::from_str_radix(bits, 16).map_err(|_| InvalidCursor)?;
            CursorKey::Real(f64::from_bits(bits))
        } else {
            CursorKey::Number(key.parse().map_err(|_| InvalidCursor)?)
        };
        Ok(Self { key, id })
    }

    /// Returns the cursor as text for the caller.
    pub fn to_text(&self) -> String {
        match &self.key {
            CursorKey::Number(number) => format!("{number}.{}", self.id),
            CursorKey::Text(text) => format!("t{}.{}", hex::encode(text), self.id),
            CursorKey::Real(real) => format!("r{:x}.{}", real.to_bits(), self.id),
        }
    }
}

impl<T> Page<T> {
    /// Makes a page from rows that were read with one row more than the limit.
    /// A row that cannot be read is `None` here; `damaged` has its id.
    pub fn from_overfull(
        mut rows: Vec<Option<T>>,
        damaged: Vec<String>,
        limit: u32,
        cursor_of: impl Fn(&T) -> Cursor,
    ) -> Self {
        let limit = limit as usize;
        let is_done = rows.len() <= limit;
        rows.truncate(limit);
        let page: Vec<T> = rows.into_iter().flatten().collect();
        let continue_cursor = if is_done { None } else { page.last().map(|row| cursor_of(row).to_text()) };
        Self { page, is_done, continue_cursor, damaged }
    }

    /// Returns the page with `change` applied to every row.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Page<U> {
        Page {
            page: self.page.into_iter().map(change).collect(),
            is_done: self.is_done,
            continue_cursor: self.continue_cursor,
            damaged: self.damaged,
        }
    }
}

/// What a grid shows.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, specta::Type)]
#[serde(tag = "view", rename_all = "snake_case")]
pub enum View {
    /// The generated images of the profile.
    History,
    /// The public generated images of all profiles, as everybody sees them.
    Feed,
    /// Removed images, which can be restored.
    Trash,
    /// The references of the profile, or those of one gallery.
    References {
        /// The gallery; `None` for all references.
        gallery: Option<GalleryId>,
    },
    /// The generated images of one collection.
    Collection {
        /// The collection.
        collection: CollectionId,
    },
    /// The generated images that a search finds.
    Search {
        /// The query as the artist typed it; see [`super::Search`].
        query: String,
        /// The images to search.
        within: SearchPlace,
    },
}

impl View {
    /// Parses the text of a search. Its days are those of `zone`.
    pub fn parsed(&self, zone: &Zone) -> ParsedView {
        match self {
            Self::History => ParsedView::History,
            Self::Feed => ParsedView::Feed,
            Self::Trash => ParsedView::Trash,
            Self::References { gallery } => ParsedView::References { gallery: gallery.clone() },
            Self::Collection { collection } => ParsedView::Collection { collection: collection.clone() },
            Self::Search { query, within } => {
                ParsedView::Search { search: Box::new(Search::parse(query, zone)), within: *within }
            }
        }
    }
}

/// A [`View`] whose search text is parsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ParsedView {
    /// The profile's generated images.
    History,
    /// Public generated images of all profiles.
    Feed,
    /// Images in the profile's trash, of both kinds.
    Trash,
    /// The profile's references, or those of one gallery.
    References {
        /// Only images in this gallery.
        gallery: Option<GalleryId>,
    },
    /// The generated images of one of the profile's collections.
    Collection {
        /// The collection.
        collection: CollectionId,
    },
    /// The generated images that a search finds.
    Search {
        /// What has to be true of them.
        search: Box<Search>,
        /// Among which images.
        within: SearchPlace,
    },
}

/// The images that a search looks through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum SearchPlace {
    /// The images of the profile.
    History,
    /// The public images of all profiles.
    Feed,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_survives_being_written_as_text() {
        for key in [
            CursorKey::Number(1_763_906_520_000),
            CursorKey::Number(-5),
            CursorKey::Text("a picture.of 東京".to_owned()),
            CursorKey::Real(-7.25),
        ] {
            let cursor = Cursor { key, id: ImageId::generate() };
            assert_eq!(Cursor::parse(&cursor.to_text()), Ok(cursor));
        }
        for bad in ["", "1", "x.y", "1.", ".1", "1.2.3"] {
            assert_eq!(Cursor::parse(bad), Err(InvalidCursor), "{bad}");
        }
    }
}
