//! Finds out from the journal what happened to originals that no row of the catalog refers to.

use super::journal::{Line, Segments, kind_of, put_back, shapes};
use super::originals::is_known;
use super::shared_columns::table;
use super::{Catalog, CatalogError};
use crate::model::{ImageKind, UnixMs, Visibility};
use rusqlite::{Connection, OpenFlags};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The table of originals whose files are to be deleted.
const UNWANTED: &str = "unwanted_originals";

/// The tables of named sets, and the columns that refer to them.
const SETS: [(&str, &str); 2] = [("galleries", "gallery_id"), ("collections", "collection_id")];

/// What the journal says about an original.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// The journal does not mention it.
    Untold,
    /// An image was made of it, and that image is restored with everything known about
    /// it.
    Revived,
    /// Its images were deleted permanently.
    Deleted,
}

/// The ids of the images that were made of some originals, by original, and the ids of those that are gone,
/// whether deleted or moved to `quarantine`.
struct Images {
    of: BTreeMap<[u8; 32], BTreeSet<String>>,
    gone: BTreeSet<String>,
    /// Originals whose last image was deleted permanently.
    unwanted: BTreeSet<[u8; 32]>,
}

impl Images {
    fn alive(&self, original: &[u8; 32]) -> impl Iterator<Item = &String> {
        self.of.get(original).into_iter().flatten().filter(|id| !self.gone.contains(*id))
    }

    fn fate(&self, original: &[u8; 32]) -> Fate {
        match self.alive(original).next() {
            Some(_) => Fate::Revived,
            None if self.unwanted.contains(original) => Fate::Deleted,
            None => Fate::Untold,
        }
    }
}

/// Returns the original of a row, if it is one of the wanted originals.
fn original_of(row: &Map<String, Value>, wanted: &BTreeSet<[u8; 32]>) -> Option<[u8; 32]> {
    let mut hash = [0; 32];
    hex::decode_to_slice(row.get("sha256")?.as_str()?, &mut hash).ok()?;
    wanted.contains(&hash).then_some(hash)
}

fn images(catalog: &Path, wanted: &BTreeSet<[u8; 32]>) -> Result<Images, CatalogError> {
    let mut found = Images { of: BTreeMap::new(), gone: BTreeSet::new(), unwanted: BTreeSet::new() };
    Segments::beside(catalog).read::<CatalogError>(|line| {
        let Some(Line::Row { item, key, row }) = line else { return Ok(()) };
        let original = row.as_ref().and_then(|row| original_of(row, wanted));
        if let (Some(original), UNWANTED) = (original, item.as_str()) {
            found.unwanted.insert(original);
        }
        let (Some(_), Some(Value::String(id))) = (kind_of(&item), key.first()) else { return Ok(()) };
        if row.is_none() {
            found.gone.insert(id.clone());
        } else if let Some(original) = original {
            found.unwanted.remove(&original);
            found.of.entry(original).or_default().insert(id.clone());
            found.gone.remove(id);
        }
        Ok(())
    })?;
    Ok(found)
}

/// The last recorded state of each row, by table and key. `None` stands for a row that was deleted.
type Told = BTreeMap<(String, String), (Vec<Value>, Option<Map<String, Value>>)>;

fn tell(told: &mut Told, line: Line) {
    if let Line::Row { item, key, row } = line {
        told.insert((item, Value::Array(key.clone()).to_string()), (key, row));
    }
}

/// Adds what the journal says about every row whose key names one of these images.
fn add_told(told: &mut Told, catalog: &Path, ids: &BTreeSet<String>) -> Result<(), CatalogError> {
    Segments::beside(catalog).read::<CatalogError>(|line| {
        if let Some(line @ Line::Row { .. }) = line
            && let Line::Row { key, .. } = &line
            && key.iter().any(|part| part.as_str().is_some_and(|part| ids.contains(part)))
        {
            tell(told, line);
        }
        Ok(())
    })
}

/// Returns the images of an original in a backup, with every row that belongs to them. They become
/// unlisted, because later choices are not known.
fn of_backup(backup: &Path, original: &[u8; 32]) -> Result<(BTreeSet<String>, Vec<Line>), CatalogError> {
    let backup = Connection::open_with_flags(backup, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let shapes = shapes(&backup)?;
    let lines_with = |table: Option<&str>, column: &str, value: &Value| {
        let wanted = shapes.iter().filter(|shape| table.is_none_or(|table| shape.table.name == table));
        let lines = wanted.map(|shape| shape.lines_with(&backup, column, value));
        Ok::<_, CatalogError>(lines.collect::<Result<Vec<_>, _>>()?.concat())
    };
    let (mut ids, mut found) = (BTreeSet::new(), Vec::new());
    for kind in [ImageKind::Generated, ImageKind::Reference] {
        for line in lines_with(Some(table(kind)), "sha256", &hex::encode(original).into())? {
            let Line::Row { item, key, row: Some(mut row) } = line else { continue };
            let Some(Value::String(id)) = row.get("id") else { continue };
            ids.insert(id.clone());
            let of_image = lines_with(None, "image_id", &Value::String(id.clone()))?;
            for line in &of_image {
                let Line::Row { row: Some(row), .. } = line else { continue };
                for (table, column) in SETS {
                    if let Some(set) = row.get(column) {
                        found.extend(lines_with(Some(table), "id", set)?);
                    }
                }
            }
            found.extend(of_image);
            if kind == ImageKind::Generated {
                row.insert("visibility".into(), Visibility::Unlisted.as_str().into());
            }
            found.push(Line::Row { item, key, row: Some(row) });
        }
    }
    Ok((ids, found))
}

/// Says whether the catalog has this gallery or collection. If so, its own row is newer than the journal's.
fn has_set(connection: &Connection, table: &str, key: &[Value]) -> Result<bool, CatalogError> {
    let Some((table, _)) = SETS.iter().find(|(set, _)| *set == table) else { return Ok(false) };
    let Some(Value::String(id)) = key.first() else { return Ok(false) };
    let sql = format!("SELECT EXISTS (SELECT 1 FROM {table} WHERE id = ?1)");
    Ok(connection.prepare_cached(&sql)?.query_row([id], |row| row.get(0))?)
}

impl Catalog {
    /// Restores the images of originals that no row refers to, with everything that the journal and one of
    /// these backups say about them. The best backup comes first. Returns what happened to each original.
    pub async fn revive(
        &self,
        originals: Vec<[u8; 32]>,
        backups: Vec<PathBuf>,
        now: UnixMs,
    ) -> Result<Vec<([u8; 32], Fate)>, CatalogError> {
        let path = self.path();
        self.write(move |connection| {
            let found = images(&path, &originals.iter().copied().collect())?;
            let (mut told, mut alive, mut fates) = (Told::new(), BTreeSet::new(), Vec::new());
            for original in originals {
                let mut fate = found.fate(&original);
                if fate != Fate::Deleted {
                    let mut backed_up = backups.iter().filter_map(|backup| of_backup(backup, &original).ok());
                    if let Some((ids, lines)) = backed_up.find(|(ids, _)| {
                        // A row that was moved to quarantine does not come back.
                        !ids.is_empty() && !ids.iter().any(|id| found.gone.contains(id))
                    }) {
                        for line in lines {
                            tell(&mut told, line);
                        }
                        alive.extend(ids);
                        fate = Fate::Revived;
                    }
                }
                alive.extend(found.alive(&original).cloned());
                fates.push((original, fate));
            }
            if !alive.is_empty() {
                add_told(&mut told, &path, &alive)?;
                let mut lines = Vec::with_capacity(told.len());
                for ((item, _), (key, row)) in told {
                    // A row that was deleted later stays deleted.
                    if row.is_some() && !has_set(connection, &item, &key)? {
                        lines.push(Line::Row { item, key, row });
                    }
                }
                put_back(connection, lines, now)?;
            }
            // The restored rows may conflict with what the catalog has now. Then only the original is left.
            for (original, fate) in &mut fates {
                if *fate == Fate::Revived && !is_known(connection, original)? {
                    *fate = Fate::Untold;
                }
            }
            Ok(fates)
        })
        .await
    }

    /// Returns what happened to originals that no row refers to, without changing anything. An original
    /// counts as revived if the journal has an image of it.
    pub async fn fates(&self, originals: Vec<[u8; 32]>) -> Result<Vec<([u8; 32], Fate)>, CatalogError> {
        let path = self.path();
        self.read(move |_| {
            let found = images(&path, &originals.iter().copied().collect())?;
            Ok(originals.iter().map(|original| (*original, found.fate(original))).collect())
        })
        .await
    }
}
