//! How images were made: the values that were read, the texts they were read
//! from, and the artist's edits. Tables `generation_params`,
//! `generation_sources`, `generation_edits` and `reference_sources`.

use super::owners::{check_changeable, for_each_image};
use super::packed::Packed;
use super::{Catalog, CatalogError, feed_outbox, sensitive};
use crate::model::{FieldEdit, GenerationField, ImageEdit, ImageId, ImageKind, Notice, OwnerId};
use rusqlite::{Connection, OptionalExtension, params};

/// What an image says about how it was made, as the catalog stores it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GenerationRow {
    /// The program; `None` if unknown.
    pub tool: Option<String>,
    /// The prompt; empty if unknown.
    pub prompt: String,
    /// What the picture should not show.
    pub negative_prompt: Option<String>,
    /// The base model; `None` if unknown.
    pub model: Option<String>,
    /// The seed as a decimal number.
    pub seed: Option<String>,
    /// The normalised parameters and whatever else was read, as a JSON object.
    pub params: Option<Packed>,
    /// The texts from which all of this was read.
    pub sources: Option<Packed>,
    /// The version of the reader that read them.
    pub reader: u32,
    /// Whether a limit stopped the reader before the end.
    pub in_part: bool,
}

/// The texts of one image, to be read again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptSources {
    /// The image they belong to.
    pub id: ImageId,
    /// The raw texts of the file.
    pub sources: Packed,
}

/// The stored model of an image whose model is not known.
const UNKNOWN: &str = "unknown";

fn column(field: GenerationField) -> &'static str {
    match field {
        GenerationField::Prompt => "prompt",
        GenerationField::NegativePrompt => "negative_prompt",
        GenerationField::Model => "model",
        GenerationField::Seed => "seed",
    }
}

impl GenerationRow {
    /// Returns the value of a field as the row stores it. Some fields are never
    /// null.
    fn value(&self, field: GenerationField) -> Option<&str> {
        match field {
            GenerationField::Prompt => Some(&self.prompt),
            GenerationField::NegativePrompt => self.negative_prompt.as_deref(),
            GenerationField::Model => Some(self.model()),
            GenerationField::Seed => self.seed.as_deref(),
        }
    }

    pub(super) fn model(&self) -> &str {
        self.model.as_deref().unwrap_or(UNKNOWN)
    }
}

/// Saves the parameters and sources of an image, replacing any earlier ones.
pub(super) fn keep(
    connection: &Connection,
    kind: ImageKind,
    id: &ImageId,
    generation: &GenerationRow,
) -> Result<(), CatalogError> {
    if let (ImageKind::Generated, Some(packed)) = (kind, &generation.params) {
        connection
            .prepare_cached("INSERT OR REPLACE INTO generation_params (image_id, params) VALUES (?1, ?2)")?
            .execute(params![&id, packed.bytes()])?;
    }
    if let Some(packed) = &generation.sources {
        let table = sources(kind);
        connection
            .prepare_cached(&format!(
                "INSERT OR REPLACE INTO {table} (image_id, reader, sources) VALUES (?1, ?2, ?3)"
            ))?
            .execute(params![&id, generation.reader, packed.bytes()])?;
    }
    Ok(())
}

pub(super) fn sources(kind: ImageKind) -> &'static str {
    match kind {
        ImageKind::Generated => "generation_sources",
        ImageKind::Reference => "reference_sources",
    }
}

/// Overwrites a field with the artist's text. The value that was read is saved
/// on the first edit.
fn write_over(
    connection: &Connection,
    id: &ImageId,
    field: GenerationField,
    text: Option<&str>,
) -> Result<(), CatalogError> {
    let name = column(field);
    connection
        .prepare_cached(&format!(
            "INSERT OR IGNORE INTO generation_edits (image_id, field, was)
             SELECT id, '{name}', {name} FROM generated_images WHERE id = ?1 AND {name} IS NOT ?2"
        ))?
        .execute(params![&id, text])?;
    connection
        .prepare_cached(&format!("UPDATE generated_images SET {name} = ?2 WHERE id = ?1"))?
        .execute(params![&id, text])?;
    // Typing the original value again removes the edit.
    connection
        .prepare_cached("DELETE FROM generation_edits WHERE image_id = ?1 AND field = ?2 AND was IS ?3")?
        .execute(params![&id, name, text])?;
    if field == GenerationField::Prompt {
        sensitive::mark_by_words(connection, id)?;
    }
    Ok(())
}

fn no_such_fields() -> CatalogError {
    CatalogError::Invalid("a reference image has no prompt, model or seed".into())
}

/// Returns what is saved for a text that the artist typed.
fn written(field: GenerationField, text: &str) -> Option<&str> {
    match field {
        GenerationField::Model if text.is_empty() => Some(UNKNOWN),
        GenerationField::Prompt | GenerationField::Model => Some(text),
        GenerationField::NegativePrompt | GenerationField::Seed => Some(text).filter(|text| !text.is_empty()),
    }
}

/// Returns what the artist wrote into a field, empty if that cleared it; `None` if it has the value
/// that was read.
fn typed(
    connection: &Connection,
    id: &ImageId,
    field: GenerationField,
) -> Result<Option<String>, CatalogError> {
    let name = column(field);
    let sql = format!(
        "SELECT coalesce(i.{name}, '') FROM generated_images i
         JOIN generation_edits e ON e.image_id = i.id AND e.field = ?2 WHERE i.id = ?1"
    );
    Ok(connection.prepare_cached(&sql)?.query_row([id.as_str(), name], |row| row.get(0)).optional()?)
}

/// Reverts a field to the value that was read, if the artist changed it.
fn revert(connection: &Connection, id: &ImageId, field: GenerationField) -> Result<(), CatalogError> {
    let was: Option<Option<String>> = connection
        .prepare_cached("SELECT was FROM generation_edits WHERE image_id = ?1 AND field = ?2")?
        .query_row([id.as_str(), column(field)], |row| row.get(0))
        .optional()?;
    match was {
        Some(was) => write_over(connection, id, field, was.as_deref()),
        None => Ok(()),
    }
}

/// Returns the fields that the artist changed.
pub(super) fn edited(connection: &Connection, id: &ImageId) -> Result<Vec<GenerationField>, CatalogError> {
    let mut statement =
        connection.prepare_cached("SELECT field FROM generation_edits WHERE image_id = ?1")?;
    let names = statement.query_map([&id], |row| row.get::<_, String>(0))?;
    let names = names.collect::<Result<Vec<_>, _>>()?;
    let is_edited = |field: &GenerationField| names.iter().any(|name| name == column(*field));
    Ok(GenerationField::ALL.into_iter().filter(is_edited).collect())
}

/// Replaces an older reader's values with those of a newer reader. An edit
/// stays, and reverting it leads to the new value.
fn read_again(connection: &Connection, id: &ImageId, generation: &GenerationRow) -> Result<(), CatalogError> {
    for field in GenerationField::ALL {
        let (name, value) = (column(field), generation.value(field));
        let edited = connection
            .prepare_cached("UPDATE generation_edits SET was = ?3 WHERE image_id = ?1 AND field = ?2")?
            .execute(params![&id, name, value])?;
        if edited == 0 {
            let changed = connection
                .prepare_cached(&format!(
                    "UPDATE generated_images SET {name} = ?2 WHERE id = ?1 AND {name} IS NOT ?2"
                ))?
                .execute(params![&id, value])?;
            if changed > 0 && field == GenerationField::Prompt {
                sensitive::mark_by_words(connection, id)?;
            }
        }
    }
    connection
        .prepare_cached("UPDATE generated_images SET tool = ?2 WHERE id = ?1 AND tool IS NOT ?2")?
        .execute(params![&id, generation.tool])?;
    note_in_part(connection, id, generation.in_part)?;
    // The parameters are in a table of their own, which no trigger watches.
    feed_outbox::withdraw_image(connection, id)?;
    if generation.params.is_none() {
        connection.prepare_cached("DELETE FROM generation_params WHERE image_id = ?1")?.execute([&id])?;
    }
    keep(connection, ImageKind::Generated, id, generation)
}

/// Updates the notice about incomplete reading, because a newer reader may read
/// what an older one left out.
fn note_in_part(connection: &Connection, id: &ImageId, in_part: bool) -> Result<(), CatalogError> {
    let before: String = connection
        .prepare_cached("SELECT notices FROM generated_images WHERE id = ?1")?
        .query_row([&id], |row| row.get(0))?;
    let mut notices = Notice::from_names(&before);
    notices.retain(|notice| *notice != Notice::MetadataInPart);
    notices.extend(in_part.then_some(Notice::MetadataInPart));
    connection
        .prepare_cached("UPDATE generated_images SET notices = ?2 WHERE id = ?1 AND notices <> ?2")?
        .execute(params![&id, Notice::names(&notices)])?;
    Ok(())
}

/// Replaces the values of an earlier reading of a file with those of a new one.
pub(super) fn replace(
    connection: &Connection,
    kind: ImageKind,
    id: &ImageId,
    generation: &GenerationRow,
) -> Result<(), CatalogError> {
    match kind {
        ImageKind::Generated => read_again(connection, id, generation),
        ImageKind::Reference => keep(connection, kind, id, generation),
    }
}

impl Catalog {
    /// Saves what the artist typed. The values that were read are kept
    /// separately.
    pub async fn edit_generated(
        &self,
        owner: &OwnerId,
        id: &ImageId,
        edit: ImageEdit,
    ) -> Result<(), CatalogError> {
        let (owner, id) = (owner.clone(), id.clone());
        self.write(move |connection| {
            if check_changeable(connection, &owner, &id)? == ImageKind::Reference {
                return Err(no_such_fields());
            }
            let fields = [
                (GenerationField::Prompt, edit.prompt),
                (GenerationField::NegativePrompt, edit.negative_prompt),
                (GenerationField::Model, edit.model),
                (GenerationField::Seed, edit.seed),
            ];
            for (field, text) in fields {
                if let Some(text) = text {
                    write_over(connection, &id, field, written(field, &text))?;
                }
            }
            Ok(())
        })
        .await
    }

    /// Reverts a field to the value that was read. Does nothing if the field
    /// was not edited.
    pub async fn revert_edit(
        &self,
        owner: &OwnerId,
        id: &ImageId,
        field: GenerationField,
    ) -> Result<(), CatalogError> {
        let (owner, id) = (owner.clone(), id.clone());
        self.write(move |connection| {
            check_changeable(connection, &owner, &id)?;
            revert(connection, &id, field)
        })
        .await
    }

    /// Sets a field of many images, in one transaction. `None` reverts it to the value that was
    /// read. Each image has its own outcome: what the artist had written before, or `None`.
    pub async fn put_edits(
        &self,
        owner: &OwnerId,
        field: GenerationField,
        edits: Vec<FieldEdit>,
    ) -> Result<Vec<(ImageId, Result<Option<String>, CatalogError>)>, CatalogError> {
        let owner = owner.clone();
        self.write(move |connection| {
            let mut outcomes = Vec::new();
            for FieldEdit { text, ids } in edits {
                let one = |id: &ImageId| {
                    if check_changeable(connection, &owner, id)? == ImageKind::Reference {
                        return Err(no_such_fields());
                    }
                    let before = typed(connection, id, field)?;
                    match &text {
                        Some(text) => write_over(connection, id, field, written(field, text))?,
                        None => revert(connection, id, field)?,
                    }
                    Ok(before)
                };
                outcomes.extend(for_each_image(ids, one)?);
            }
            Ok(outcomes)
        })
        .await
    }

    /// Returns the texts from which an image was read; `None` if there were
    /// none.
    pub async fn sources(&self, id: &ImageId) -> Result<Option<Packed>, CatalogError> {
        let id = id.clone();
        self.read(move |connection| {
            for kind in [ImageKind::Generated, ImageKind::Reference] {
                let sql = format!("SELECT sources FROM {} WHERE image_id = ?1", sources(kind));
                let found: Option<Vec<u8>> =
                    connection.prepare_cached(&sql)?.query_row([&id], |row| row.get(0)).optional()?;
                if found.is_some() {
                    return Ok(found.map(Packed::from_column));
                }
            }
            Ok(None)
        })
        .await
    }

    /// Returns the texts of generated images that a different version of the
    /// reader read, in the order of the images' ids. With `after`, the list
    /// starts behind that id.
    pub async fn sources_not_read_by(
        &self,
        reader: u32,
        after: Option<ImageId>,
        limit: u32,
    ) -> Result<Vec<KeptSources>, CatalogError> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT image_id, sources FROM generation_sources
                 WHERE image_id > ?1 AND reader <> ?2 ORDER BY image_id LIMIT ?3",
            )?;
            let after = after.as_ref().map_or("", ImageId::as_str);
            let mut rows = statement.query(params![after, reader, limit])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                let id = row.get::<_, ImageId>(0)?;
                found.push(KeptSources { id, sources: Packed::from_column(row.get(1)?) });
            }
            Ok(found)
        })
        .await
    }

    /// Counts the generated images whose texts a different version of the
    /// reader read.
    pub async fn count_not_read_by(&self, reader: u32) -> Result<u32, CatalogError> {
        self.read(move |connection| {
            Ok(connection
                .prepare_cached("SELECT count(*) FROM generation_sources WHERE reader <> ?1")?
                .query_row([reader], |row| row.get(0))?)
        })
        .await
    }

    /// Replaces earlier values with newly read ones, in one transaction. The
    /// artist's edits stay.
    pub async fn read_again(&self, read: Vec<(ImageId, GenerationRow)>) -> Result<(), CatalogError> {
        self.write(move |connection| {
            for (id, generation) in &read {
                // The image may have been deleted permanently meanwhile.
                let there: bool = connection
                    .prepare_cached("SELECT EXISTS (SELECT 1 FROM generated_images WHERE id = ?1)")?
                    .query_row([&id], |row| row.get(0))?;
                if there {
                    read_again(connection, id, generation)?;
                }
            }
            Ok(())
        })
        .await
    }
}
