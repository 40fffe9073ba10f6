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
    // One more shows whether there are others.
    let mut page = library.similar(&id, limit.saturating_add(1)).await?;
    let is_done = u32::try_from(page.len()).is_ok_and(|found| found <= limit);
    page.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let page = Page { page, is_done, continue_cursor: None, damaged: Vec::new() };
    out.value(&page, || table(&["ID", "DISTANCE", "FILE"], page.page.iter().map(row)));
    if !is_done {
        say("More pictures look like it. A higher --limit shows them.");
    }
    Ok(DONE)
}

fn row(similar: &SimilarImage) -> Vec<String> {
    let record = similar.image.record();
    vec![record.id.to_string(), similar.distance.to_string(), record.filename.clone()]
}
