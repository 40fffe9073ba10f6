//! Columns that are more than a text or a number.

use super::CatalogError;
use crate::model::{ImageFormat, MadeFrom};
use rusqlite::Row;

/// Reads a 32 or 16 byte column.
pub(super) fn checksum<const N: usize>(row: &Row<'_>, column: usize) -> Result<[u8; N], CatalogError> {
    let bytes: Vec<u8> = row.get(column)?;
    bytes
        .try_into()
        .map_err(|_| CatalogError::Invalid("a checksum in the catalog has the wrong length".into()))
}

/// Reads a media type column.
pub(super) fn image_format(row: &Row<'_>, column: usize) -> Result<ImageFormat, CatalogError> {
    let content_type: String = row.get(column)?;
    ImageFormat::from_content_type(&content_type)
        .ok_or_else(|| CatalogError::Invalid(format!("the catalog has an image of type {content_type}")))
}

pub(super) fn made_from(name: &str) -> Result<MadeFrom, CatalogError> {
    MadeFrom::from_name(name)
        .ok_or_else(|| CatalogError::Invalid(format!("the catalog has an image made from {name}")))
}

/// SQLite integers are signed; files are far smaller than their range.
pub(super) fn signed(size: u64) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}
