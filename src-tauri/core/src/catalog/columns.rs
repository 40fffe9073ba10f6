//! Conversions between columns and types of the model. A stored value that a type does
//! not know is an error of its row, never replaced by a default.

use super::CatalogError;
use super::error::UnknownValue;
use super::feed_role::FeedRole;
use crate::model::{
    CollectionId, GalleryId, ImageFormat, ImageId, ImageKind, MadeFrom, ObjectKey, Operation, OwnerId,
    PublicDetails, Rating, SensitiveMark, TransferProblemCode, TransferState, UnixMs, Visibility,
};
use rusqlite::Row;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};

fn unknown(what: impl Into<String>) -> FromSqlError {
    FromSqlError::Other(Box::new(UnknownValue(what.into())))
}

/// Ids and keys: texts with rules.
macro_rules! id_columns {
    ($($type:ty),*) => {
        $(
            impl FromSql for $type {
                fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                    Self::parse(value.as_str()?).map_err(|error| unknown(error.to_string()))
                }
            }

            impl ToSql for $type {
                fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                    Ok(self.as_str().into())
                }
            }
        )*
    };
}

id_columns!(CollectionId, GalleryId, ImageId, ObjectKey, OwnerId);

impl FromSql for Rating {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let stars = u8::try_from(value.as_i64()?).map_err(|error| unknown(error.to_string()))?;
        Self::try_from(stars).map_err(|error| unknown(error.to_string()))
    }
}

impl ToSql for Rating {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.stars().into())
    }
}

/// Enums that are stored by their names.
macro_rules! name_columns {
    ($($type:ty: $what:literal),*) => {
        $(
            impl FromSql for $type {
                fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                    let name = value.as_str()?;
                    Self::from_name(name).ok_or_else(|| unknown(format!(concat!("the catalog has ", $what, " {}"), name)))
                }
            }

            impl ToSql for $type {
                fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                    Ok(self.as_str().into())
                }
            }
        )*
    };
}

name_columns!(
    ImageKind: "kind",
    MadeFrom: "an image made from",
    FeedRole: "a feed file that is a",
    Operation: "a transfer that is to",
    PublicDetails: "an image that shows the public",
    SensitiveMark: "an image whose mark is",
    TransferProblemCode: "a transfer with the problem",
    TransferState: "a transfer that is",
    Visibility: "visibility"
);

impl FromSql for ImageFormat {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let content_type = value.as_str()?;
        Self::from_content_type(content_type)
            .ok_or_else(|| unknown(format!("the catalog has an image of type {content_type}")))
    }
}

impl ToSql for ImageFormat {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.content_type().into())
    }
}

impl FromSql for UnixMs {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value.as_i64().map(Self)
    }
}

impl ToSql for UnixMs {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.into())
    }
}

/// Reads a checksum of `N` bytes: 32 for SHA-256, 16 for MD5.
pub(super) fn checksum<const N: usize>(row: &Row<'_>, column: usize) -> Result<[u8; N], CatalogError> {
    let bytes: Vec<u8> = row.get(column)?;
    bytes
        .try_into()
        .map_err(|_| CatalogError::Invalid("a checksum in the catalog has the wrong length".into()))
}

/// Reads the MD5 of an image, which is not known before its first upload. A damaged one is computed again like
/// one that is not known.
pub(super) fn md5(row: &Row<'_>, column: usize) -> Option<[u8; 16]> {
    row.get_ref(column).ok()?.as_blob().ok()?.try_into().ok()
}

/// Converts a size to SQLite's signed integers. File sizes are far below their limit.
pub(super) fn signed(size: u64) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}
