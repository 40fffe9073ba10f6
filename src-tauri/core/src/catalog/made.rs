//! When images were made, and where that date comes from: columns `created_at`
//! and `created_from` of both image tables.

use super::columns::checksum;
use super::owners::{Outcomes, check_changeable, check_owner, for_each_image};
use super::rows::Read;
use super::shared_columns::table;
use super::{Catalog, CatalogError, GenerationRow, Packed, generation};
use crate::model::{Change, ImageFormat, ImageId, ImageKind, Made, MadeFrom, OwnerId, UnixMs};
use rusqlite::{Connection, Row, params};

/// An image whose date has to be determined again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undated {
    /// Unique across both kinds.
    pub id: ImageId,
    /// The table that holds the row.
    pub kind: ImageKind,
    /// The imported file's name.
    pub filename: String,
    /// The date in the catalog now.
    pub made: Made,
    /// When it was imported.
    pub added_at: UnixMs,
    /// The modification time of the imported file; `None` if unknown.
    pub modified_at: Option<UnixMs>,
}

/// An image from an earlier version whose file has not been searched for a date
/// yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UndatedFile {
    /// What is known about its date.
    pub undated: Undated,
    /// The SHA-256, which names the original.
    pub sha256: [u8; 32],
    /// The format, which decides the original's extension.
    pub format: ImageFormat,
    /// The texts that were saved with it; `None` if there are none.
    pub sources: Option<Packed>,
}

/// What was found in the file of such an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dated {
    /// The table that holds the row.
    pub kind: ImageKind,
    /// The id of the image in that table.
    pub id: ImageId,
    /// When it was made. A date that the artist set meanwhile takes precedence.
    pub made: Made,
    /// What else the file says; `None` if it could not be read.
    pub generation: Option<GenerationRow>,
}

const COLUMNS: &str = "i.id, i.filename, i.created_at, i.created_from, i.added_at, i.modified_at";

fn undated(kind: ImageKind, row: &Row<'_>) -> Result<Undated, CatalogError> {
    Ok(Undated {
        id: row.get::<_, ImageId>(0)?,
        kind,
        filename: row.get(1)?,
        made: Made { at: row.get(2)?, from: row.get(3)? },
        added_at: row.get(4)?,
        modified_at: row.get::<_, Option<UnixMs>>(5)?,
    })
}

/// Returns what the catalog says about the date of an image.
pub(super) fn date_of(
    connection: &Connection,
    kind: ImageKind,
    id: &ImageId,
) -> Result<Undated, CatalogError> {
    let sql = format!("SELECT {COLUMNS} FROM {} i WHERE i.id = ?1", table(kind));
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query([id])?;
    let row = rows.next()?.ok_or(CatalogError::NotFound("image"))?;
    undated(kind, row).map_err(|error| error.of_row(id.as_str()))
}

/// Saves when an image was made. Triggers update the search index and the
/// galleries.
pub(super) fn put(
    connection: &Connection,
    kind: ImageKind,
    id: &ImageId,
    made: Made,
) -> Result<(), CatalogError> {
    let sql = format!("UPDATE {} SET created_at = ?2, created_from = ?3 WHERE id = ?1", table(kind));
    connection.prepare_cached(&sql)?.execute(params![id, made.at, made.from])?;
    Ok(())
}

impl Catalog {
    /// Saves when images were made, in one transaction. Each image has its own
    /// outcome: the date that the catalog had before, or an error.
    pub async fn set_made(
        &self,
        owner: &OwnerId,
        dates: Vec<(ImageId, Change<Made>)>,
    ) -> Result<Outcomes<Made>, CatalogError> {
        let owner = owner.clone();
        self.write(move |connection| {
            let mut outcomes = Vec::with_capacity(dates.len());
            for (id, change) in dates {
                let one = |id: &ImageId| {
                    let kind = check_changeable(connection, &owner, id)?;
                    let before = date_of(connection, kind, id)?.made;
                    if !change.replaces(&before) {
                        return Err(CatalogError::Changed);
                    }
                    put(connection, kind, id, change.to)?;
                    Ok(before)
                };
                outcomes.extend(for_each_image(vec![id], one)?);
            }
            Ok(outcomes)
        })
        .await
    }

    /// Returns what is known about the dates of these images of a profile. Each
    /// image has its own outcome.
    pub async fn dates_of(
        &self,
        owner: &OwnerId,
        ids: Vec<ImageId>,
    ) -> Result<Vec<(ImageId, Result<Undated, CatalogError>)>, CatalogError> {
        let owner = owner.clone();
        self.read(move |connection| {
            let one = |id: &ImageId| date_of(connection, check_owner(connection, &owner, id)?, id);
            for_each_image(ids, one)
        })
        .await
    }

    /// Returns images of all profiles whose files have not been searched for a
    /// date yet, in the order of their ids, and whether more may follow. With
    /// `after`, the list starts behind that id. Damaged rows are left out.
    pub async fn not_dated(
        &self,
        kind: ImageKind,
        after: Option<ImageId>,
        limit: u32,
    ) -> Result<(Vec<UndatedFile>, bool), CatalogError> {
        self.read(move |connection| {
            let sql = format!(
                "SELECT {COLUMNS}, i.sha256, i.content_type, s.sources
                 FROM {} i LEFT JOIN {} s ON s.image_id = i.id
                 WHERE i.dated = 0 AND i.id > ?1 ORDER BY i.id LIMIT ?2",
                table(kind),
                generation::sources(kind)
            );
            #[cfg(test)]
            super::plans::note(&sql);
            let mut statement = connection.prepare_cached(&sql)?;
            let rows = statement.query(params![after.as_ref().map_or("", ImageId::as_str), limit])?;
            let read = Read::of(rows, |row| {
                Ok(UndatedFile {
                    undated: undated(kind, row)?,
                    sha256: checksum(row, 6)?,
                    format: row.get::<_, ImageFormat>(7)?,
                    sources: row.get::<_, Option<Vec<u8>>>(8)?.map(Packed::from_column),
                })
            })?;
            let goes_on = read.rows.len() == limit as usize;
            Ok((read.rows.into_iter().flatten().collect(), goes_on))
        })
        .await
    }

    /// Saves what was found in files, in one transaction. Returns how many
    /// images were given a date other than that of their import. A date that
    /// the artist set stays.
    pub async fn date(&self, found: Vec<Dated>) -> Result<u32, CatalogError> {
        self.write(move |connection| {
            let mut dated = 0;
            for Dated { kind, id, made, generation } in &found {
                // The image may have been deleted permanently meanwhile.
                let before = match date_of(connection, *kind, id) {
                    Err(CatalogError::NotFound(_)) => continue,
                    before => before?.made,
                };
                if before.from != MadeFrom::Artist {
                    put(connection, *kind, id, *made)?;
                    dated += u32::from(made.from != MadeFrom::Import);
                }
                if let Some(generation) = generation {
                    generation::replace(connection, *kind, id, generation)?;
                }
                let sql = format!("UPDATE {} SET dated = 1 WHERE id = ?1", table(*kind));
                connection.prepare_cached(&sql)?.execute([id])?;
            }
            Ok(dated)
        })
        .await
    }

    /// Counts the images of all profiles whose files have not been searched for
    /// a date yet.
    pub async fn count_not_dated(&self) -> Result<u32, CatalogError> {
        self.read(|connection| {
            let sql = "SELECT (SELECT count(*) FROM generated_images WHERE dated = 0)
                            + (SELECT count(*) FROM reference_images WHERE dated = 0)";
            Ok(connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
        })
        .await
    }

    /// Counts the images of all profiles by the source of their date.
    pub async fn date_sources(&self) -> Result<Vec<(MadeFrom, u32)>, CatalogError> {
        self.read(|connection| {
            let mut sources: Vec<(MadeFrom, u32)> = Vec::new();
            let mut statement = connection
                .prepare_cached("SELECT created_from, count(*) FROM images GROUP BY created_from")?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                sources.push((row.get(0)?, row.get(1)?));
            }
            Ok(sources)
        })
        .await
    }
}
