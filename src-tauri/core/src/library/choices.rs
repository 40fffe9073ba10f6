//! What artists choose with: ratings, favourites and notes. References can have them as well.

use super::actions::{bounded, report};
use super::{CatalogChanged, Library, LibraryEvent};
use crate::catalog::CatalogError;
use crate::error::Error;
use crate::model::{ActionReport, Change, ImageId, Note, Rating};
use serde::Serialize;
use std::collections::BTreeMap;
use std::iter;
use std::sync::Arc;

/// The longest note, in bytes.
const MAX_NOTE: usize = 10_000;

/// What became of a change of notes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, specta::Type)]
pub struct NoteChange {
    /// The outcome of each image.
    pub report: ActionReport,
    /// What the changed images had before. [`Library::put_notes`] with these undoes the change of those images
    /// that still have the new note.
    pub before: Vec<Note>,
}

impl Library {
    /// Sets the rating of images.
    pub async fn set_rating(
        &self,
        ids: Vec<ImageId>,
        rating: impl Into<Change<Rating>>,
    ) -> Result<ActionReport, Error> {
        let outcomes = self.catalog().set_rating(&self.owner(), bounded(ids)?, rating.into()).await?;
        Ok(self.chosen(outcomes))
    }

    /// Sets whether images are favourites.
    pub async fn set_favourite(
        &self,
        ids: Vec<ImageId>,
        is_favourite: impl Into<Change<bool>>,
    ) -> Result<ActionReport, Error> {
        let outcomes =
            self.catalog().set_favourite(&self.owner(), bounded(ids)?, is_favourite.into()).await?;
        Ok(self.chosen(outcomes))
    }

    /// Sets the note of images. An empty note removes it. Fails if it is longer than 10,000 bytes.
    pub async fn set_note(&self, ids: Vec<ImageId>, note: &str) -> Result<ActionReport, Error> {
        Ok(self.put_notes(vec![Note { text: note.to_owned(), ids, instead_of: None }]).await?.report)
    }

    /// Sets the notes of images in one transaction. Fails if there are more than 100,000 images, or a
    /// note is longer than 10,000 bytes.
    pub async fn put_notes(&self, mut notes: Vec<Note>) -> Result<NoteChange, Error> {
        bounded(notes.iter().flat_map(|note| &note.ids).collect())?;
        // One for each image, as the outcomes are.
        let mut given: Vec<Arc<str>> = Vec::new();
        for Note { text, ids, .. } in &mut notes {
            *text = text.trim().to_owned();
            if text.len() > MAX_NOTE {
                return Err(Error::Invalid(format!("a note has at most {MAX_NOTE} bytes")));
            }
            if text.contains('\0') {
                return Err(Error::Invalid("a note cannot contain a null character".into()));
            }
            given.extend(iter::repeat_n(text.as_str().into(), ids.len()));
        }
        let outcomes = self.catalog().put_notes(&self.owner(), notes).await?;
        let mut before: BTreeMap<(String, Arc<str>), Vec<ImageId>> = BTreeMap::new();
        for ((id, outcome), given) in outcomes.iter().zip(given) {
            if let Ok(text) = outcome {
                before.entry((text.clone(), given)).or_default().push(id.clone());
            }
        }
        let note = |((text, given), ids): ((_, Arc<str>), _)| Note {
            text,
            ids,
            instead_of: Some(given.to_string()),
        };
        let before = before.into_iter().map(note).collect();
        let (report, _) = report(outcomes);
        self.tell(LibraryEvent::Catalog(CatalogChanged::changed(report.done.clone())));
        Ok(NoteChange { report, before })
    }

    fn chosen(&self, outcomes: Vec<(ImageId, Result<(), CatalogError>)>) -> ActionReport {
        let (report, _) = report(outcomes);
        self.tell(LibraryEvent::Catalog(CatalogChanged::changed(report.done.clone())));
        report
    }
}
