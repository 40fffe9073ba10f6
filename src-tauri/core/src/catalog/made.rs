//! When images were made, and what says so: columns `created_at` and
//! `created_from` of both image tables.

use super::images::{check_owner, each, locate, made_from, table};
use super::{Catalog, CatalogError};
use crate::model::{ImageId, ImageKind, Made, MadeFrom, OwnerId, UnixMs};
use rusqlite::{Connection, Row, params};

/// An image whose date is to be found again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undated {
    /// Unique over both kinds.
    pub id: ImageId,
    /// Of which table.
    pub kind: ImageKind,
    /// The imported file's name.
    pub filename: String,
    /// What the catalog says now.
    pub made: Made,
    /// When it was imported.
    pub added_at: UnixMs,
    /// The modification time of the imported file, if that is known.
    pub modified_at: Option<UnixMs>,
}

const COLUMNS: &str = "i.id, i.filename, i.created_at, i.created_from, i.added_at, i.modified_at";

fn undated(kind: ImageKind, row: &Row<'_>) -> Result<Undated, CatalogError> {
    Ok(Undated {
        id: ImageId::parse(&row.get::<_, String>(0)?)?,
        kind,
        filename: row.get(1)?,
        made: Made { at: UnixMs(row.get(2)?), from: made_from(&row.get::<_, String>(3)?)? },
        added_at: UnixMs(row.get(4)?),
        modified_at: row.get::<_, Option<i64>>(5)?.map(UnixMs),
    })
}

/// Returns what the catalog says of the date of an image.
pub(super) fn of(connection: &Connection, kind: ImageKind, id: &ImageId) -> Result<Undated, CatalogError> {
    let sql = format!("SELECT {COLUMNS} FROM {} i WHERE i.id = ?1", table(kind));
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query([id.as_str()])?;
    let row = rows.next()?.ok_or(CatalogError::NotFound("image"))?;
    undated(kind, row).map_err(|error| error.of_row(id.as_str()))
}

/// Writes when an image was made. The search index and the galleries follow by
/// triggers.
pub(super) fn put(
    connection: &Connection,
    kind: ImageKind,
    id: &ImageId,
    made: Made,
) -> Result<(), CatalogError> {
    let sql = format!("UPDATE {} SET created_at = ?2, created_from = ?3 WHERE id = ?1", table(kind));
    connection.prepare_cached(&sql)?.execute(params![id.as_str(), made.at.0, made.from.as_str()])?;
    Ok(())
}

impl Catalog {
    /// Writes when images were made, all in one transaction; each has its own
    /// outcome, which is what the catalog said before.
    pub async fn set_made(
        &self,
        owner: &OwnerId,
        dates: Vec<(ImageId, Made)>,
    ) -> Result<Vec<(ImageId, Result<Made, CatalogError>)>, CatalogError> {
        let owner = owner.clone();
        self.write(move |connection| {
            let one = |id: &ImageId, made: Made| {
                let kind = check_owner(connection, &owner, id)?;
                let before = of(connection, kind, id)?.made;
                put(connection, kind, id, made)?;
                Ok(before)
            };
            Ok(dates.into_iter().map(|(id, made)| (id.clone(), one(&id, made))).collect())
        })
        .await
    }

    /// Returns what is known of the dates of these images of a profile; each
    /// has its own outcome.
    pub async fn dates_of(
        &self,
        owner: &OwnerId,
        ids: Vec<ImageId>,
    ) -> Result<Vec<(ImageId, Result<Undated, CatalogError>)>, CatalogError> {
        let owner = owner.clone();
        self.read(move |connection| {
            let one = |id: &ImageId| of(connection, check_owner(connection, &owner, id)?, id);
            Ok(each(ids, one))
        })
        .await
    }

    /// Returns what is known of the date of an image of any profile. `None` when
    /// it is gone.
    pub async fn date_of(&self, id: &ImageId) -> Result<Option<Undated>, CatalogError> {
        let id = id.clone();
        self.read(move |connection| match locate(connection, &id)? {
            Some((kind, _)) => of(connection, kind, &id).map(Some),
            None => Ok(None),
        })
        .await
    }

    /// Counts the images of all profiles by what says when they were made, those
    /// apart whose files were not searched for a date yet.
    pub async fn date_sources(&self) -> Result<DateSources, CatalogError> {
        self.read(|connection| {
            let mut sources = DateSources::default();
            for kind in [ImageKind::Generated, ImageKind::Reference] {
                let sql = format!("SELECT created_from, count(*) FROM {} GROUP BY created_from", table(kind));
                let mut statement = connection.prepare_cached(&sql)?;
                let mut rows = statement.query([])?;
                while let Some(row) = rows.next()? {
                    let Some(from) = MadeFrom::from_name(&row.get::<_, String>(0)?) else { continue };
                    let count: u32 = row.get(1)?;
                    match sources.by.iter_mut().find(|(known, _)| *known == from) {
                        Some((_, images)) => *images += count,
                        None => sources.by.push((from, count)),
                    }
                }
                let sql = format!("SELECT count(*) FROM {} WHERE dated = 0", table(kind));
                sources.not_searched +=
                    connection.prepare_cached(&sql)?.query_row([], |row| row.get::<_, u32>(0))?;
            }
            Ok(sources)
        })
        .await
    }
}

/// How many images are dated by what.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DateSources {
    /// Images by the source of their date.
    pub by: Vec<(MadeFrom, u32)>,
    /// Images of an earlier version whose files were not searched yet.
    pub not_searched: u32,
}
