//! The view `images`: the rows of both image tables, which finds an image of either
//! kind. It belongs to the connection and not to the file, so that nothing can be
//! written through it and an older Vitrine can still open the catalog.

use super::CatalogError;
use rusqlite::Connection;

/// Creates the view. Each connection needs it once.
pub(super) fn create_view(connection: &Connection) -> Result<(), CatalogError> {
    Ok(connection.execute_batch(
        "CREATE TEMP VIEW IF NOT EXISTS images AS
         SELECT 'generated' AS kind, id, owner_id, r2_key, url, content_type, size_bytes, sha256, md5,
             created_from, added_at, stored_at, removed_at
         FROM generated_images
         UNION ALL
         SELECT 'reference', id, owner_id, r2_key, url, content_type, size_bytes, sha256, md5,
             created_from, added_at, stored_at, removed_at
         FROM reference_images",
    )?)
}
