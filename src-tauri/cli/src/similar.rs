//! `vitrine similar`: prints the images that look like another one.

use crate::output::{DONE, Output};
use crate::terminal::{say, table};
use vitrine_core::model::{ImageId, Page, SimilarImage};
use vitrine_core::{Error, Library};

pub(crate) async fn similar(library: &Library, id: &str, limit: u32, out: &Output) -> Result<u8, Error> {
    let id = ImageId::parse(id)?;
    let not_compared = library.count_not_compared().await?;
    if not_compared > 0 {
        say(&format!(
            "{not_compared} pictures were imported by an earlier version and cannot be compared yet; \
             `vitrine reparse` prepares them."
        ));
    }
    let page = library.similar(&id, limit).await?;
    // The list ends with the least similar ones, so there is nothing to continue with.
    let page = Page { page, is_done: true, continue_cursor: None, damaged: Vec::new() };
    out.value(&page, || table(&["ID", "DISTANCE", "FILE"], page.page.iter().map(row)));
    Ok(DONE)
}

fn row(similar: &SimilarImage) -> Vec<String> {
    let record = similar.image.record();
    vec![record.id.to_string(), similar.distance.to_string(), record.filename.clone()]
}
