//! `vitrine similar`: prints the images that look like another one.

use crate::output::{DONE, Output};
use crate::terminal::{say, table};
use vitrine_core::model::{ImageId, SimilarImage};
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
    out.value(&page, || table(&["ID", "DISTANCE", "FILE"], page.page.iter().map(row)));
    if !page.is_done {
        say("More pictures look like it. A higher --limit shows them.");
    }
    Ok(DONE)
}

fn row(similar: &SimilarImage) -> Vec<String> {
    let record = similar.image.record();
    vec![record.id.to_string(), similar.distance.to_string(), record.filename.clone()]
}
