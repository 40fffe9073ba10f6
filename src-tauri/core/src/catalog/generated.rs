//! Table `generated_images`.

use super::choices::replace;
use super::columns::signed;
use super::new_image::NewImage;
use super::owners::{Outcomes, check_owner, for_each_image};
use super::shared_columns::{SHARED, SHARED_COUNT, read_shared};
use super::{
    Catalog, CatalogError, GenerationRow, InTrash, Inserted, Packed, fingerprints, generation, name_order,
    named_sets, outbox, sensitive, stacks,
};
use crate::model::{Change, GeneratedImage, ImageId, ImageKind, Notice, OwnerId, SensitiveMark, Visibility};
use rusqlite::{Connection, Row, params};

/// A generated image to import.
#[derive(Debug, Clone)]
pub struct NewGenerated {
    /// The values that references have too.
    pub image: NewImage,
    /// The artist's choice in this import. If it is `None`, a new image is
    /// unlisted, and an image that already exists keeps its visibility.
    pub visibility: Option<Visibility>,
    /// What the image says about how it was made.
    pub generation: GenerationRow,
    /// What happens if the same bytes are in the trash.
    pub in_trash: InTrash,
}

/// The columns that references do not have.
pub(super) const COLUMNS: &str = "i.visibility, i.prompt, i.negative_prompt, i.model, i.seed,
     (SELECT p.params FROM generation_params p WHERE p.image_id = i.id), i.sensitive,
     (SELECT json_group_array(json_array(c.position, c.name)) FROM collection_images m
      JOIN collections c ON c.id = m.collection_id WHERE m.image_id = i.id)";

pub(super) fn image(row: &Row<'_>) -> Result<GeneratedImage, CatalogError> {
    let shared = read_shared(row)?;
    let own = |column: usize| SHARED_COUNT + column;
    let packed: Option<Vec<u8>> = row.get(own(5))?;
    let sensitive_mark: Option<SensitiveMark> = row.get(own(6))?;
    Ok(GeneratedImage {
        record: shared.record,
        visibility: row.get(own(0))?,
        sensitive: sensitive_mark.is_some_and(SensitiveMark::is_sensitive),
        sensitive_mark,
        width: shared.width,
        height: shared.height,
        prompt: row.get(own(1))?,
        negative_prompt: row.get(own(2))?,
        model: row.get(own(3))?,
        seed: row.get(own(4))?,
        generation_params: packed
            .map(|packed| Packed::from_column(packed).unpack())
            .transpose()?
            .unwrap_or_default(),
        collections: named_sets::names(&row.get::<_, String>(own(7))?),
    })
}

pub(super) fn find(connection: &Connection, id: &ImageId) -> Result<Option<GeneratedImage>, CatalogError> {
    let sql = format!("SELECT {SHARED}, {COLUMNS} FROM generated_images i WHERE i.id = ?1");
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query([id])?;
    rows.next()?.map(image).transpose()
}

pub(super) fn insert(connection: &Connection, row: &NewGenerated) -> Result<Inserted, CatalogError> {
    let (new, made) = (&row.image, &row.generation);
    let joined_stacks = stacks::joins_two(connection, &new.owner_id, &made.prompt, new.made.at)?;
    let sensitive = sensitive::mark_of_new(connection, &new.owner_id, &made.prompt)?;
    connection
        .prepare_cached(
            "INSERT INTO generated_images (id, owner_id, visibility, r2_key, url, filename, content_type,
             size_bytes, width, height, prompt, negative_prompt, model, seed, tool, created_at, sha256,
             created_from, added_at, modified_at, dated, notices, sensitive, name_key)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18,
                     ?19, ?20, 1, ?21, ?22, ?23)",
        )?
        .execute(params![
            new.id,
            new.owner_id,
            row.visibility.unwrap_or(Visibility::Unlisted),
            new.r2_key,
            new.url,
            new.filename,
            new.format,
            signed(new.size_bytes),
            new.width,
            new.height,
            made.prompt,
            made.negative_prompt,
            made.model(),
            made.seed,
            made.tool,
            new.made.at,
            new.sha256,
            new.made.from,
            new.added_at,
            new.modified_at,
            Notice::names(&new.notices),
            sensitive,
            name_order::key(&new.filename),
        ])?;
    fingerprints::keep(connection, &new.sha256, new.fingerprint)?;
    generation::keep(connection, ImageKind::Generated, &new.id, made)?;
    outbox::queue_put(connection, ImageKind::Generated, &new.id, new.added_at)?;
    Ok(Inserted { joined_stacks, ..Inserted::new(&new.id) })
}

/// Sets who can find an image, even if it is in the trash. Returns whether the
/// visibility changed.
pub(super) fn set_visibility_of_row(
    connection: &Connection,
    id: &ImageId,
    visibility: Visibility,
) -> Result<bool, CatalogError> {
    let changed = connection
        .prepare_cached("UPDATE generated_images SET visibility = ?2 WHERE id = ?1 AND visibility <> ?2")?
        .execute((id, visibility))?;
    Ok(changed > 0)
}

impl Catalog {
    /// Sets who can find images, in one transaction. Each image has its own
    /// outcome.
    pub async fn set_visibility(
        &self,
        owner: &OwnerId,
        ids: Vec<ImageId>,
        visibility: Change<Visibility>,
    ) -> Result<Outcomes<()>, CatalogError> {
        let owner = owner.clone();
        self.write(move |connection| {
            let one = |id: &ImageId| {
                if check_owner(connection, &owner, id)? == ImageKind::Reference {
                    return Err(CatalogError::Invalid("a reference image is always unlisted".into()));
                }
                replace(connection, &owner, id, "visibility", &visibility).map(|_| ())
            };
            for_each_image(ids, one)
        })
        .await
    }
}
