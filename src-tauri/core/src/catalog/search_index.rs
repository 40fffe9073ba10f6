//! The full text index of generated images. Triggers keep it up to date.

use super::CatalogError;
use rusqlite::Connection;

/// Rebuilds the index from the rows.
pub(super) fn fill(connection: &Connection) -> Result<(), CatalogError> {
    Ok(connection.execute_batch(
        "INSERT INTO generated_search (generated_search) VALUES ('delete-all');
         DELETE FROM search_rows;
         INSERT INTO search_rows (position, image_id, favourite, rating)
         SELECT (created_at << 20) + row_number() OVER (PARTITION BY created_at ORDER BY id), id,
             favourite, rating
         FROM generated_images;
         INSERT INTO generated_search (rowid, prompt, negative_prompt, model, filename, seed, tool, note)
         SELECT s.position, search_text(i.prompt), search_text(i.negative_prompt), search_text(i.model),
             search_text(i.filename), i.seed, search_text(i.tool), search_text(i.note)
         FROM search_rows s JOIN generated_images i ON i.id = s.image_id
         ORDER BY s.position;",
    )?)
}
