//! The full text index of generated images. Triggers keep it up to date.

use super::CatalogError;
use crate::model::searchable;
use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;

/// Registers the function that the index's triggers use with a connection.
pub(super) fn register(connection: &Connection) -> Result<(), CatalogError> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("search_text", 1, flags, |context| {
        let text: Option<String> = context.get(0)?;
        Ok(text.map(|text| searchable(&text)))
    })?;
    Ok(())
}

/// Rebuilds the index from the rows.
pub(super) fn fill(connection: &Connection) -> Result<(), CatalogError> {
    Ok(connection.execute_batch(
        "INSERT INTO generated_search (generated_search) VALUES ('delete-all');
         DELETE FROM search_rows;
         INSERT INTO search_rows (position, image_id)
         SELECT (created_at << 20) + row_number() OVER (PARTITION BY created_at ORDER BY id), id
         FROM generated_images;
         INSERT INTO generated_search (rowid, prompt, negative_prompt, model, filename, seed, tool)
         SELECT s.position, search_text(i.prompt), search_text(i.negative_prompt), search_text(i.model),
             search_text(i.filename), i.seed, search_text(i.tool)
         FROM search_rows s JOIN generated_images i ON i.id = s.image_id
         ORDER BY s.position;",
    )?)
}
