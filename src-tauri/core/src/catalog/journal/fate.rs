//! What became of originals that no row of the catalog knows, as the journal
//! tells it.

use super::super::{Catalog, CatalogError};
use super::kind_of;
use super::replay::put_back;
use super::segments::{Line, Segments};
use crate::model::UnixMs;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// What the journal tells of an original.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Nothing.
    Untold,
    /// An image was made of it, and is one again.
    Revived,
    /// Its images were deleted permanently.
    Deleted,
}

/// The ids of the images that were made of some originals, by original, and of
/// those that were deleted.
struct Images {
    of: BTreeMap<[u8; 32], BTreeSet<String>>,
    deleted: BTreeSet<String>,
}

fn images(catalog: &Path, wanted: &BTreeSet<[u8; 32]>) -> Result<Images, CatalogError> {
    let mut found = Images { of: BTreeMap::new(), deleted: BTreeSet::new() };
    Segments::beside(catalog).read::<CatalogError>(|line| {
        let Some(Line::Row { item, key, row }) = line else { return Ok(()) };
        let (Some(_), Some(Value::String(id))) = (kind_of(&item), key.first()) else { return Ok(()) };
        match row {
            None => {
                found.deleted.insert(id.clone());
            }
            Some(row) => {
                let mut hash = [0; 32];
                let told = row.get("sha256").and_then(Value::as_str);
                if told.is_some_and(|told| hex::decode_to_slice(told, &mut hash).is_ok())
                    && wanted.contains(&hash)
                {
                    found.of.entry(hash).or_default().insert(id.clone());
                    found.deleted.remove(id);
                }
            }
        }
        Ok(())
    })?;
    Ok(found)
}

/// Returns the last that was told of every row that names one of these images.
fn rows(catalog: &Path, ids: &BTreeSet<String>) -> Result<Vec<Line>, CatalogError> {
    let mut last = BTreeMap::new();
    Segments::beside(catalog).read::<CatalogError>(|line| {
        if let Some(Line::Row { item, key, row }) = line
            && key.iter().any(|part| part.as_str().is_some_and(|part| ids.contains(part)))
        {
            last.insert((item, Value::Array(key.clone()).to_string()), (key, row));
        }
        Ok(())
    })?;
    // What is gone by now is gone here, too.
    let there = last.into_iter().filter(|(_, (_, row))| row.is_some());
    Ok(there.map(|((item, _), (key, row))| Line::Row { item, key, row }).collect())
}

impl Catalog {
    /// Makes images again of originals that no row knows, with all that the
    /// journal tells of them. Returns what became of each.
    pub async fn revive(
        &self,
        originals: Vec<[u8; 32]>,
        now: UnixMs,
    ) -> Result<Vec<([u8; 32], Fate)>, CatalogError> {
        let path = self.path();
        self.write(move |connection| {
            let found = images(&path, &originals.iter().copied().collect())?;
            let alive = found.of.values().flatten().filter(|id| !found.deleted.contains(*id));
            let alive: BTreeSet<String> = alive.cloned().collect();
            if !alive.is_empty() {
                put_back(connection, rows(&path, &alive)?, now)?;
            }
            let fate = |original: &[u8; 32]| match found.of.get(original) {
                None => Fate::Untold,
                Some(ids) if ids.iter().any(|id| alive.contains(id)) => Fate::Revived,
                Some(_) => Fate::Deleted,
            };
            Ok(originals.iter().map(|original| (*original, fate(original))).collect())
        })
        .await
    }

    /// Returns what became of originals that no row knows, and changes nothing:
    /// one that can be revived counts as that.
    pub async fn fates(&self, originals: Vec<[u8; 32]>) -> Result<Vec<([u8; 32], Fate)>, CatalogError> {
        let path = self.path();
        self.read(move |_| {
            let found = images(&path, &originals.iter().copied().collect())?;
            let fate = |original: &[u8; 32]| match found.of.get(original) {
                None => Fate::Untold,
                Some(ids) if ids.iter().any(|id| !found.deleted.contains(id)) => Fate::Revived,
                Some(_) => Fate::Deleted,
            };
            Ok(originals.iter().map(|original| (*original, fate(original))).collect())
        })
        .await
    }
}
