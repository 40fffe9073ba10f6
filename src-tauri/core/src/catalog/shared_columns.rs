//! The columns that both image tables have. The tables are separate on purpose:
//! references have no visibility that could be set by mistake.

use super::CatalogError;
use crate::model::{Bytes, ImageFormat, ImageKind, ImageRecord, Notice, ReferenceImage};
use rusqlite::{Connection, Row};

/// Returns the name of the table for a kind of image.
pub(super) fn table(kind: ImageKind) -> &'static str {
    match kind {
        ImageKind::Generated => "generated_images",
        ImageKind::Reference => "reference_images",
    }
}

/// The columns both tables share, in the order in which [`read_shared`] reads
/// them.
pub(super) const SHARED: &str =
    "i.id, i.owner_id, i.r2_key, i.url, i.filename, i.content_type, i.size_bytes, i.width, i.height,
     i.created_at, lower(hex(i.sha256)), i.stored_at IS NOT NULL, i.created_from, i.added_at, i.notices,
     i.rating, i.favourite, i.note";

/// Fills in what rows that an earlier version wrote into the journal do not have: the date of the
/// import, because that version used a single date for both, and the order of the names.
pub(super) fn fill_missing(connection: &Connection) -> Result<(), CatalogError> {
    for kind in [ImageKind::Generated, ImageKind::Reference] {
        let table = table(kind);
        connection.execute_batch(&format!(
            "UPDATE {table} SET added_at = created_at WHERE added_at = 0;
             UPDATE {table} SET name_key = name_key_of(filename) WHERE name_key = '' AND filename <> '';"
        ))?;
    }
    Ok(())
}

/// The number of columns in [`SHARED`].
pub(super) const SHARED_COUNT: usize = 18;

/// Reads the [`SHARED`] columns.
pub(super) fn read_shared(row: &Row<'_>) -> Result<ReferenceImage, CatalogError> {
    Ok(ReferenceImage {
        record: ImageRecord {
            id: row.get(0)?,
            owner_id: row.get(1)?,
            r2_key: row.get(2)?,
            url: row.get(3)?,
            filename: row.get(4)?,
            content_type: row.get::<_, ImageFormat>(5)?.content_type().to_owned(),
            size_bytes: Bytes(row.get::<_, i64>(6)?.unsigned_abs()),
            created_at: row.get(9)?,
            created_from: row.get(12)?,
            added_at: row.get(13)?,
            notices: Notice::from_names(&row.get::<_, String>(14)?),
            sha256: row.get(10)?,
            stored: row.get(11)?,
            rating: row.get(15)?,
            favourite: row.get(16)?,
            note: row.get(17)?,
        },
        width: row.get(7)?,
        height: row.get(8)?,
    })
}
