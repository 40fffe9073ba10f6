//! What is read for each listed image: a tile, or its whole row.

use super::CatalogError;
use super::generated;
use super::shared_columns::{SHARED, read_shared};
use super::tiles::{tile, tile_columns};
use crate::model::{GeneratedImage, Image, ImageKind, OwnerId, ReferenceImage, Tile};
use rusqlite::Row;

/// What a page contains for each of its images.
pub trait Projection: Sized + Send + 'static {
    /// Returns the columns to read from a row of this kind that is named `i`.
    fn columns(kind: ImageKind) -> String;

    /// Reads these columns.
    ///
    /// # Errors
    /// Fails if a stored value is unknown, or if this projection does not apply
    /// to images of this kind.
    fn read(kind: ImageKind, row: &Row<'_>) -> Result<Self, CatalogError>;

    /// Leaves out what only the profile that owns the image may read.
    #[must_use]
    fn shown_to(self, _reader: &OwnerId) -> Self {
        self
    }
}

impl Projection for Tile {
    fn columns(kind: ImageKind) -> String {
        tile_columns(kind).to_owned()
    }

    fn read(kind: ImageKind, row: &Row<'_>) -> Result<Self, CatalogError> {
        tile(kind, row)
    }
}

impl Projection for Image {
    fn columns(kind: ImageKind) -> String {
        match kind {
            ImageKind::Generated => format!("{SHARED}, {}", generated::COLUMNS),
            ImageKind::Reference => SHARED.to_owned(),
        }
    }

    fn read(kind: ImageKind, row: &Row<'_>) -> Result<Self, CatalogError> {
        match kind {
            ImageKind::Generated => generated::image(row).map(Self::Generated),
            ImageKind::Reference => read_shared(row).map(Self::Reference),
        }
    }

    fn shown_to(self, reader: &OwnerId) -> Self {
        match self {
            Self::Generated(image) => Self::Generated(image.shown_to(reader)),
            Self::Reference(image) => Self::Reference(image),
        }
    }
}

impl Projection for GeneratedImage {
    fn columns(kind: ImageKind) -> String {
        Image::columns(kind)
    }

    fn read(kind: ImageKind, row: &Row<'_>) -> Result<Self, CatalogError> {
        match Image::read(kind, row)? {
            Image::Generated(image) => Ok(image),
            Image::Reference(_) => Err(other_kind()),
        }
    }

    fn shown_to(mut self, reader: &OwnerId) -> Self {
        if self.owner_id != *reader {
            self.record.leave_out_choices();
            self.collections.clear();
        }
        self
    }
}

impl Projection for ReferenceImage {
    fn columns(kind: ImageKind) -> String {
        Image::columns(kind)
    }

    fn read(kind: ImageKind, row: &Row<'_>) -> Result<Self, CatalogError> {
        match Image::read(kind, row)? {
            Image::Reference(image) => Ok(image),
            Image::Generated(_) => Err(other_kind()),
        }
    }
}

fn other_kind() -> CatalogError {
    CatalogError::Invalid("this view has images of another kind".into())
}
