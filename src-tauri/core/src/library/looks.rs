//! What pictures look like: fingerprints for images of earlier versions, images that look like another one,
//! and searches for images that have something else in common with it.

use super::{CatalogChanged, Library, LibraryEvent};
use crate::catalog::FingerprintToMake;
use crate::error::Error;
use crate::import::{Memory, ReadLimits, Stores, decode_to_show, fingerprint_of, from_bytes};
use crate::model::{
    Fingerprint, Image, ImageId, MoreLike, MoreLikeThis, Page, SimilarImage, ThumbnailSize, searchable,
};
use tokio_util::sync::CancellationToken;

/// The number of pictures whose fingerprints are made and saved together.
const BATCH: u32 = 64;
/// The most similar images that are returned.
const MOST_SIMILAR: u32 = 1000;
/// The most bytes of a prompt that a query contains.
const LONGEST_PHRASE: usize = 1_500;
/// The most references of an image that are offered to search by.
const MOST_REFERENCES: usize = 3;

impl Library {
    /// Makes the fingerprints of pictures from an earlier version, from their thumbnails if there are any, or
    /// otherwise from their originals. Returns how many pictures it read. It can be stopped and started again.
    pub async fn make_fingerprints(
        &self,
        cancel: CancellationToken,
        mut progress: impl FnMut(u32) + Send,
    ) -> Result<u32, Error> {
        let (mut after, mut read) = (0, 0);
        while !cancel.is_cancelled() {
            let batch = self.catalog().fingerprints_to_make(after, BATCH).await?;
            let Some(last) = batch.last() else { break };
            after = last.number;
            let (stores, limits, stop) = (self.shared.stores.clone(), self.read_limits(), cancel.clone());
            let make = move || {
                let wanted = batch.into_iter().take_while(|_| !stop.is_cancelled());
                wanted.map(|picture| (picture.number, seen(&picture, &stores, &limits))).collect::<Vec<_>>()
            };
            let fingerprints = tokio::task::spawn_blocking(make).await?;
            read += u32::try_from(fingerprints.len()).unwrap_or(u32::MAX);
            self.catalog().keep_fingerprints(fingerprints).await?;
            progress(read);
        }
        if read > 0 {
            self.tell(LibraryEvent::Catalog(CatalogChanged::everything()));
        }
        Ok(read)
    }

    /// Counts the pictures that cannot be compared yet, because their fingerprints are still to be made.
    pub async fn count_not_compared(&self) -> Result<u32, Error> {
        Ok(self.catalog().count_fingerprints_to_make().await?)
    }

    /// Returns the generated images of the profile that look most like an image of either kind: up to `limit`
    /// and 1,000, the most similar first, without the image itself. The page has no cursor.
    ///
    /// # Errors
    /// [`Error::NotThere`] if the profile sees no such image, or if it shows nothing that could be compared.
    pub async fn similar(&self, id: &ImageId, limit: u32) -> Result<Page<SimilarImage>, Error> {
        if !self.is_visible(id).await? {
            return Err(Error::NotThere("there is no such image"));
        }
        self.require_comparable(id).await?;
        let limit = limit.min(MOST_SIMILAR);
        // One more shows whether there are others.
        let mut page = self.catalog().similar(&self.owner(), id, limit + 1).await?;
        let is_done = u32::try_from(page.len()).is_ok_and(|found| found <= limit);
        page.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(Page { page, is_done, continue_cursor: None, damaged: Vec::new() })
    }

    /// Says whether the profile sees an image in any list or in its trash.
    pub(super) async fn is_visible(&self, id: &ImageId) -> Result<bool, Error> {
        Ok(!self.catalog().tiles_of(&self.owner(), vec![id.clone()]).await?.is_empty())
    }

    /// Fails if an image shows nothing that could be compared.
    pub(super) async fn require_comparable(&self, id: &ImageId) -> Result<(), Error> {
        match self.catalog().fingerprint(id).await? {
            Some(_) => Ok(()),
            None => Err(Error::NotThere(
                "there is nothing to compare: the picture is all of one colour, or was not read yet",
            )),
        }
    }

    /// Returns searches for images that have something in common with an image, the most alike first. Only
    /// what the image has is searched for.
    pub async fn more_like(&self, id: &ImageId) -> Result<Vec<MoreLikeThis>, Error> {
        let mut found = Vec::new();
        let mut offer = |by, query| found.push(MoreLikeThis { by, query });
        if self.catalog().fingerprint(id).await?.is_some() {
            offer(MoreLike::Looks, format!("similar:{id}"));
        }
        let image = match self.get_by_id(id).await? {
            Image::Generated(image) => image,
            Image::Reference(_) => {
                offer(MoreLike::Reference, format!("reference:{id}"));
                return Ok(found);
            }
        };
        if let Some(prompt) = phrase(&image.prompt) {
            offer(MoreLike::Prompt, format!("prompt:{prompt}"));
        }
        if let Some(seed) = image.seed.as_ref().filter(|seed| seed.as_str() != "-1") {
            offer(MoreLike::Seed, format!("seed:{seed}"));
        }
        if let Some(model) = phrase(&image.model).filter(|_| image.model != "unknown") {
            offer(MoreLike::Model, format!("model:{model}"));
        }
        if let Some(serde_json::Value::String(tool)) = image.generation_params.get("tool")
            && let Some(tool) = phrase(tool)
        {
            offer(MoreLike::Tool, format!("tool:{tool}"));
        }
        if self.owner() == image.owner_id {
            let linked = self.catalog().linked(&self.owner(), id).await?;
            for reference in linked.into_iter().take(MOST_REFERENCES) {
                offer(MoreLike::Reference, format!("reference:{}", reference.id));
            }
        }
        Ok(found)
    }
}

/// Returns a text as a phrase of a query; `None` if it has no words. A long text is cut after a word.
fn phrase(text: &str) -> Option<String> {
    let text = text.replace('"', " ");
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let end = if text.len() > LONGEST_PHRASE {
        let most = text.get(..text.floor_char_boundary(LONGEST_PHRASE)).unwrap_or_default();
        most.rfind(' ').unwrap_or(most.len())
    } else {
        text.len()
    };
    let text = text.get(..end)?;
    searchable(text).chars().any(char::is_alphanumeric).then(|| format!("\"{text}\""))
}

/// Returns the fingerprint of a picture; `None` if it shows nothing that could be compared, or cannot be read.
fn seen(picture: &FingerprintToMake, stores: &Stores, limits: &ReadLimits) -> Option<Fingerprint> {
    for size in [ThumbnailSize::Small, ThumbnailSize::Medium] {
        // An unreadable thumbnail is like none.
        if let Ok(Some((_, thumbnail))) = stores.thumbnails.look(&picture.sha256, size) {
            return fingerprint_of(&thumbnail);
        }
    }
    of_original(picture, stores, limits, &stores.memory)
}

fn of_original(
    picture: &FingerprintToMake,
    stores: &Stores,
    limits: &ReadLimits,
    memory: &Memory,
) -> Option<Fingerprint> {
    let bytes = stores.originals.read(&picture.sha256, picture.format).ok()?;
    let source = from_bytes("", bytes, limits).ok()?;
    decode_to_show(&source, limits, ThumbnailSize::Small, memory).ok()?.fingerprint
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prompt_becomes_a_phrase_that_a_query_can_hold() {
        assert_eq!(phrase("a \"red\"\n fox ").as_deref(), Some("\"a red fox\""));
        assert_eq!(phrase(" ( ) "), None);
        let long = "fox ".repeat(1_000);
        let cut = phrase(&long).unwrap();
        assert!(cut.len() <= LONGEST_PHRASE + 2 && cut.ends_with("fox\""), "{cut}");
    }
}
