//! What the artist writes in place of what was read from a picture: prompt, negative prompt, model
//! and seed.

use super::actions::{bounded, report};
use super::{CatalogChanged, Library, LibraryEvent};
use crate::error::Error;
use crate::model::{ActionReport, FieldEdit, GenerationField, ImageDetail, ImageEdit, ImageId};
use serde::Serialize;
use std::collections::BTreeMap;

/// The longest text of a field, in bytes.
const MAX_TEXT: usize = 200_000;

/// What became of an edit of many images.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, specta::Type)]
pub struct EditChange {
    /// The outcome of each image.
    pub report: ActionReport,
    /// What the changed images had before. [`Library::put_edits`] with these undoes the edit.
    pub before: Vec<FieldEdit>,
}

/// Says whether a text is a decimal number up to the largest `u64`, or -1 for random.
fn is_seed(text: &str) -> bool {
    text == "-1"
        || (!text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) && text.parse::<u64>().is_ok())
}

/// Returns a text as it is saved, or why it cannot be.
fn checked(field: GenerationField, text: String) -> Result<String, Error> {
    if text.len() > MAX_TEXT {
        return Err(Error::Invalid("this text is too long to save".into()));
    }
    if !matches!(field, GenerationField::Model | GenerationField::Seed) {
        return Ok(text);
    }
    let text = text.trim();
    if field == GenerationField::Seed && !text.is_empty() && !is_seed(text) {
        return Err(Error::Invalid(format!(
            "a seed is a whole number from 0 to {}, or -1 for random",
            u64::MAX
        )));
    }
    Ok(text.to_owned())
}

impl Library {
    /// Saves what the artist typed.
    pub async fn edit(&self, id: &ImageId, mut edit: ImageEdit) -> Result<ImageDetail, Error> {
        let fields = [
            (GenerationField::Prompt, &mut edit.prompt),
            (GenerationField::NegativePrompt, &mut edit.negative_prompt),
            (GenerationField::Model, &mut edit.model),
            (GenerationField::Seed, &mut edit.seed),
        ];
        for (field, text) in fields {
            *text = text.take().map(|text| checked(field, text)).transpose()?;
        }
        self.catalog().edit_generated(&self.owner(), id, edit).await?;
        self.tell(LibraryEvent::Catalog(CatalogChanged::changed(vec![id.clone()])));
        self.detail(id).await
    }

    /// Sets a field of many images in one transaction, or reverts it to what was read. Fails if
    /// there are more than 100,000 images, or a text cannot be saved.
    pub async fn put_edits(
        &self,
        field: GenerationField,
        edits: Vec<FieldEdit>,
    ) -> Result<EditChange, Error> {
        bounded(edits.iter().flat_map(|edit| &edit.ids).collect())?;
        let checked = |FieldEdit { text, ids }| {
            let text = text.map(|text| checked(field, text)).transpose()?;
            Ok(FieldEdit { text, ids })
        };
        let edits = edits.into_iter().map(checked).collect::<Result<Vec<_>, Error>>()?;
        let outcomes = self.catalog().put_edits(&self.owner(), field, edits).await?;
        let (report, texts) = report(outcomes);
        let mut before: BTreeMap<Option<String>, Vec<ImageId>> = BTreeMap::new();
        for (id, text) in report.done.iter().zip(texts) {
            before.entry(text).or_default().push(id.clone());
        }
        let before = before.into_iter().map(|(text, ids)| FieldEdit { text, ids }).collect();
        self.tell(LibraryEvent::Catalog(CatalogChanged::changed(report.done.clone())));
        Ok(EditChange { report, before })
    }

    /// Reverts a field that the artist edited to the value that was read.
    pub async fn revert_edit(&self, id: &ImageId, field: GenerationField) -> Result<ImageDetail, Error> {
        self.catalog().revert_edit(&self.owner(), id, field).await?;
        self.tell(LibraryEvent::Catalog(CatalogChanged::changed(vec![id.clone()])));
        self.detail(id).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_has_the_full_range_of_u64_and_minus_one() {
        for good in ["0", "-1", "18446744073709551615"] {
            assert!(is_seed(good), "{good}");
        }
        for bad in ["", "-2", "18446744073709551616", "1.5", "0x10", "+1", " 1"] {
            assert!(!is_seed(bad), "{bad}");
        }
    }
}
