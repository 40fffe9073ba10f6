//! What became of originals that no row of the catalog knows, as the journal
//! tells it.

use super::super::{Catalog, CatalogError};
use super::kind_of;
use super::replay::put_back;
use super::segments::{Line, Segments};
use crate::model::UnixMs;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The table of originals that are to go.
const UNWANTED: &str = "unwanted_originals";

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
/// those that are gone: deleted, or moved to `quarantine`.
struct Images {
    of: BTreeMap<[u8; 32], BTreeSet<String>>,
    gone: BTreeSet<String>,
    /// Originals whose last image was deleted permanently, by somebody.
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

/// Returns which original a row is of, if it is of a wanted one.
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
        match (original, item.as_str()) {
            (Some(original), UNWANTED) => found.unwanted.insert(original),
            (Some(original), _) => found.unwanted.remove(&original),
            (None, _) => false,
        };
        let (Some(_), Some(Value::String(id))) = (kind_of(&item), key.first()) else { return Ok(()) };
        if row.is_none() {
            found.gone.insert(id.clone());
        } else if let Some(original) = original {
            found.of.entry(original).or_default().insert(id.clone());
            found.gone.remove(id);
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
            let alive: BTreeSet<String> =
                originals.iter().flat_map(|original| found.alive(original)).cloned().collect();
            if !alive.is_empty() {
                put_back(connection, rows(&path, &alive)?, now)?;
            }
            Ok(originals.iter().map(|original| (*original, found.fate(original))).collect())
        })
        .await
    }

    /// Returns what became of originals that no row knows, and changes nothing:
    /// one that can be revived counts as that.
    pub async fn fates(&self, originals: Vec<[u8; 32]>) -> Result<Vec<([u8; 32], Fate)>, CatalogError> {
        let path = self.path();
        self.read(move |_| {
            let found = images(&path, &originals.iter().copied().collect())?;
            Ok(originals.iter().map(|original| (*original, found.fate(original))).collect())
        })
        .await
    }
}
