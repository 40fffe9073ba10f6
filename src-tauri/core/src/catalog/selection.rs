//! What many images have in common. Runs one query per table and reads it row by
//! row, so that a hundred thousand images take little memory and the work can be
//! stopped.

use super::named_sets::names;
use super::shared_columns::table;
use super::tiles::upload_state;
use super::{Catalog, CatalogError};
use crate::model::{
    CameraChoice, DetailsChoice, Facet, FieldSummary, ImageId, ImageKind, MadeBetween, OwnerId,
    PublicDetails, Rating, SelectionSummary, SensitiveMark, UnixMs, UploadState, Visibility,
};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

/// The number of rows between two checks whether the result is still wanted.
const LOOK_EVERY: usize = 1024;
/// The most values of one field that are returned.
const MOST_VALUES: usize = 8;
/// The longest name, in characters. Longer names are cut.
const MAX_NAME: usize = 200;

/// Returns the query on a table, with columns in the order in which [`seen`]
/// reads them. For references, the columns that only generated images have are
/// null.
fn query(kind: ImageKind) -> String {
    let (own, seen) = match kind {
        ImageKind::Generated => (
            "i.visibility, i.model, i.tool, i.seed, i.prompt, i.negative_prompt, i.sensitive,
             i.public_details, i.public_camera,
             (SELECT json_group_array(json_array(c.position, c.name)) FROM collection_images m
              JOIN collections c ON c.id = m.collection_id WHERE m.image_id = i.id)",
            "(i.owner_id = ?2 OR (i.visibility = 'public' AND i.removed_at IS NULL))",
        ),
        ImageKind::Reference => {
            ("NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL", "i.owner_id = ?2")
        }
    };
    format!(
        "SELECT i.owner_id = ?2, i.removed_at IS NOT NULL, i.size_bytes, i.created_at, i.content_type,
                i.width, i.height, i.stored_at IS NOT NULL,
                CASE WHEN i.stored_at IS NULL AND i.removed_at IS NULL THEN
                    (SELECT t.state FROM transfers t WHERE t.r2_key = i.r2_key AND t.operation = 'put'
                     ORDER BY t.id DESC LIMIT 1) END,
                i.created_from, i.favourite, i.rating, i.note, {own}
         FROM json_each(?1) asked CROSS JOIN {} i ON i.id = asked.value
         WHERE {seen}",
        table(kind)
    )
}

/// The values of a field with few different values, such as a model.
#[derive(Default)]
struct Names {
    images: HashMap<String, u32>,
    without: u32,
}

impl Names {
    fn count(&mut self, name: Option<&str>) {
        let Some(name) = name.filter(|name| !name.is_empty()) else {
            self.without += 1;
            return;
        };
        let end = name.char_indices().nth(MAX_NAME).map_or(name.len(), |(end, _)| end);
        let name = name.get(..end).unwrap_or(name);
        match self.images.get_mut(name) {
            Some(images) => *images += 1,
            None => drop(self.images.insert(name.to_owned(), 1)),
        }
    }

    fn summary(self) -> FieldSummary {
        let different = u32::try_from(self.images.len()).unwrap_or(u32::MAX);
        let mut most: Vec<Facet> =
            self.images.into_iter().map(|(name, images)| Facet { name, images }).collect();
        most.sort_unstable_by(|a, b| b.images.cmp(&a.images).then_with(|| a.name.cmp(&b.name)));
        most.truncate(MOST_VALUES);
        FieldSummary { different, without: self.without, most }
    }
}

/// The values of a field that may differ in every image, such as a prompt. Holds
/// the first value and how many different ones there are.
#[derive(Default)]
struct Texts {
    first: Option<String>,
    /// By hash, so that long prompts are not held in memory.
    images: HashMap<u64, u32>,
    hasher: RandomState,
    without: u32,
}

impl Texts {
    fn count(&mut self, text: Option<&str>) {
        let Some(text) = text.filter(|text| !text.is_empty()) else {
            self.without += 1;
            return;
        };
        if self.first.is_none() {
            self.first = Some(text.to_owned());
        }
        *self.images.entry(self.hasher.hash_one(text)).or_default() += 1;
    }

    fn summary(self) -> FieldSummary {
        let different = u32::try_from(self.images.len()).unwrap_or(u32::MAX);
        let images = self.images.into_values().sum();
        let same = self.first.filter(|_| different == 1);
        FieldSummary {
            different,
            without: self.without,
            most: same.map(|name| Facet { name, images }).into_iter().collect(),
        }
    }
}

#[derive(Default)]
struct Tally {
    summary: SelectionSummary,
    formats: Names,
    dimensions: Names,
    made_from: Names,
    ratings: Names,
    notes: Texts,
    collections: Names,
    models: Names,
    tools: Names,
    seeds: Texts,
    prompts: Texts,
    negative_prompts: Texts,
    public_details: Names,
    public_camera: Names,
}

/// One row, read completely before any of it is counted.
struct Seen<'r> {
    is_mine: bool,
    is_removed: bool,
    size_bytes: u64,
    made: UnixMs,
    format: &'r str,
    dimensions: Option<(u32, u32)>,
    upload: UploadState,
    made_from: Option<&'r str>,
    is_favourite: bool,
    rating: Rating,
    note: Option<&'r str>,
    /// `None` for a reference.
    generated: Option<GeneratedFields<'r>>,
}

struct GeneratedFields<'r> {
    is_public: bool,
    model: Option<&'r str>,
    tool: Option<&'r str>,
    seed: Option<&'r str>,
    prompt: Option<&'r str>,
    negative_prompt: Option<&'r str>,
    is_sensitive: bool,
    collections: Vec<String>,
    public_details: DetailsChoice,
    public_camera: CameraChoice,
}

/// Reads a text without copying it.
fn text<'r>(row: &'r Row<'_>, column: usize) -> Result<Option<&'r str>, CatalogError> {
    match row.get_ref(column)? {
        ValueRef::Null => Ok(None),
        value => Ok(Some(value.as_str().map_err(rusqlite::Error::from)?)),
    }
}

fn visibility(row: &Row<'_>, column: usize) -> Result<Visibility, CatalogError> {
    text(row, column)?
        .and_then(Visibility::from_name)
        .ok_or_else(|| CatalogError::Invalid("an image in the catalog has no proper visibility".into()))
}

fn seen<'r>(kind: ImageKind, row: &'r Row<'_>) -> Result<Seen<'r>, CatalogError> {
    let generated = match kind {
        ImageKind::Reference => None,
        ImageKind::Generated => Some(GeneratedFields {
            is_public: visibility(row, 13)? == Visibility::Public,
            model: text(row, 14)?.filter(|model| *model != "unknown"),
            tool: text(row, 15)?,
            seed: text(row, 16)?,
            prompt: text(row, 17)?,
            negative_prompt: text(row, 18)?,
            is_sensitive: row.get::<_, Option<SensitiveMark>>(19)?.is_some_and(SensitiveMark::is_sensitive),
            public_details: row.get::<_, Option<PublicDetails>>(20)?.into(),
            public_camera: row.get::<_, Option<bool>>(21)?.into(),
            collections: names(&row.get::<_, String>(22)?),
        }),
    };
    let (width, height): (Option<u32>, Option<u32>) = (row.get(5)?, row.get(6)?);
    Ok(Seen {
        is_mine: row.get(0)?,
        is_removed: row.get(1)?,
        size_bytes: row.get::<_, i64>(2)?.unsigned_abs(),
        made: row.get(3)?,
        format: text(row, 4)?.unwrap_or_default(),
        dimensions: width.zip(height),
        upload: upload_state(row.get(7)?, row.get(8)?),
        made_from: text(row, 9)?,
        is_favourite: row.get(10)?,
        rating: row.get(11)?,
        note: text(row, 12)?,
        generated,
    })
}

impl Tally {
    fn add(&mut self, seen: &Seen<'_>) {
        let total = &mut self.summary;
        total.images += 1;
        total.in_trash += u32::from(seen.is_removed);
        total.of_others += u32::from(!seen.is_mine);
        total.size_bytes.0 = total.size_bytes.0.saturating_add(seen.size_bytes);
        let made = total.made.get_or_insert(MadeBetween { first: seen.made, last: seen.made });
        made.first = made.first.min(seen.made);
        made.last = made.last.max(seen.made);
        if !seen.is_removed {
            let uploads = &mut total.uploads;
            let stage = match seen.upload {
                UploadState::Local => &mut uploads.local,
                UploadState::Waiting => &mut uploads.waiting,
                UploadState::Uploading => &mut uploads.uploading,
                UploadState::Stored => &mut uploads.stored,
                UploadState::Parked => &mut uploads.parked,
            };
            *stage += 1;
        }
        self.formats.count(Some(seen.format));
        let dimensions = seen.dimensions.map(|(width, height)| format!("{width}x{height}"));
        self.dimensions.count(dimensions.as_deref());
        self.made_from.count(seen.made_from);
        total.favourites += u32::from(seen.is_favourite);
        let stars = seen.rating.stars().to_string();
        self.ratings.count(Some(stars.as_str()).filter(|stars| *stars != "0"));
        self.notes.count(seen.note);
        let Some(generated) = &seen.generated else {
            total.references += 1;
            return;
        };
        total.generated += 1;
        total.public += u32::from(generated.is_public);
        total.unlisted += u32::from(!generated.is_public);
        total.sensitive += u32::from(generated.is_sensitive);
        match generated.collections.as_slice() {
            [] => self.collections.count(None),
            names => names.iter().for_each(|name| self.collections.count(Some(name))),
        }
        self.models.count(generated.model);
        self.tools.count(generated.tool);
        self.seeds.count(generated.seed);
        self.prompts.count(generated.prompt);
        self.negative_prompts.count(generated.negative_prompt);
        self.public_details.count(Some(generated.public_details.as_str()));
        self.public_camera.count(Some(generated.public_camera.as_str()));
    }

    fn finish(self, asked: usize) -> SelectionSummary {
        let asked = u32::try_from(asked).unwrap_or(u32::MAX);
        let total = self.summary;
        SelectionSummary {
            missing: asked.saturating_sub(total.images + total.damaged),
            formats: self.formats.summary(),
            dimensions: self.dimensions.summary(),
            made_from: self.made_from.summary(),
            ratings: self.ratings.summary(),
            notes: self.notes.summary(),
            collections: self.collections.summary(),
            models: self.models.summary(),
            tools: self.tools.summary(),
            seeds: self.seeds.summary(),
            prompts: self.prompts.summary(),
            negative_prompts: self.negative_prompts.summary(),
            public_details: self.public_details.summary(),
            public_camera: self.public_camera.summary(),
            ..total
        }
    }
}

/// Counts all rows. Returns `None` once the result is no longer wanted.
fn tally(
    connection: &Connection,
    owner: &OwnerId,
    asked: &str,
    is_wanted: &dyn Fn() -> bool,
) -> Result<Option<Tally>, CatalogError> {
    let mut tally = Tally::default();
    let mut rows_read = 0_usize;
    for kind in [ImageKind::Generated, ImageKind::Reference] {
        if !is_wanted() {
            return Ok(None);
        }
        let sql = query(kind);
        #[cfg(test)]
        super::plans::note(&sql);
        let mut statement = connection.prepare_cached(&sql)?;
        let mut rows = statement.query([asked, owner.as_str()])?;
        while let Some(row) = rows.next()? {
            rows_read += 1;
            if rows_read.is_multiple_of(LOOK_EVERY) && !is_wanted() {
                return Ok(None);
            }
            match seen(kind, row) {
                Ok(seen) => tally.add(&seen),
                Err(error) if error.is_of_one_row() => tally.summary.damaged += 1,
                Err(error) => return Err(error),
            }
        }
    }
    Ok(Some(tally))
}

impl Catalog {
    /// Returns what images have in common, counting only those that the profile
    /// may see. Asks `is_wanted` repeatedly, and returns `None` once it returns
    /// `false`.
    pub async fn selection_summary(
        &self,
        owner: &OwnerId,
        ids: Vec<ImageId>,
        is_wanted: impl Fn() -> bool + Send + 'static,
    ) -> Result<Option<SelectionSummary>, CatalogError> {
        let owner = owner.clone();
        self.read(move |connection| {
            let asked = serde_json::to_string(&ids)
                .map_err(|_| CatalogError::Invalid("the ids of images cannot be written".into()))?;
            let found = tally(connection, &owner, &asked, &is_wanted)?;
            Ok(found.map(|tally| tally.finish(ids.len())))
        })
        .await
    }
}
