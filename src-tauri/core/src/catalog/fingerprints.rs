//! Table `fingerprints`: what the pictures look like. It has one row for each picture, however many images
//! have it. Triggers add the rows, and an import or the background makes the bits.

use super::columns::checksum;
use super::{Catalog, CatalogError};
use crate::model::{Fingerprint, ImageFormat, ImageId};
use rusqlite::{Connection, OptionalExtension, Row, params};

/// Fingerprints that differ in at most this many bits look alike. Of different pictures of one prompt, few are
/// that near.
const ALIKE: u32 = 26;
/// The most pictures that a look-up returns.
const MOST_ALIKE: usize = 1000;
/// The number of rows between two checks whether the result is still wanted.
const LOOK_EVERY: usize = 4096;

/// What was found out about the looks of a picture: its fingerprint, or `None` if it shows nothing that could
/// be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MadeFingerprint(pub Option<Fingerprint>);

/// A picture whose fingerprint is still to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FingerprintToMake {
    /// The number of its row.
    pub number: i64,
    /// The SHA-256, which names the original and the thumbnails.
    pub sha256: [u8; 32],
    /// The format of the original.
    pub format: ImageFormat,
}

/// A picture with its fingerprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownFingerprint {
    /// The number of its row. Pictures that were imported later have higher numbers, with few exceptions.
    pub number: i64,
    /// What it looks like.
    pub bits: Fingerprint,
}

/// Saves the fingerprint of an image that is imported.
pub(super) fn keep(
    connection: &Connection,
    sha256: &[u8; 32],
    made: Option<MadeFingerprint>,
) -> Result<(), CatalogError> {
    let Some(MadeFingerprint(bits)) = made else { return Ok(()) };
    let (coarse, fine) = columns(bits);
    connection
        .prepare_cached(
            "UPDATE fingerprints SET edition = ?2, coarse = ?3, fine = ?4 WHERE sha256 = ?1 AND edition < ?2",
        )?
        .execute(params![sha256, Fingerprint::EDITION, coarse, fine])?;
    Ok(())
}

/// Returns the values of the two columns with bits.
fn columns(bits: Option<Fingerprint>) -> (Option<i64>, Option<i64>) {
    bits.map(|bits| (bits.coarse.cast_signed(), bits.fine.cast_signed())).unzip()
}

/// Reads two columns with bits.
fn bits(row: &Row<'_>, first: usize) -> Result<Fingerprint, rusqlite::Error> {
    let coarse = row.get_ref(first)?.as_i64()?.cast_unsigned();
    let fine = row.get_ref(first + 1)?.as_i64()?.cast_unsigned();
    Ok(Fingerprint { coarse, fine })
}

/// Returns the number and the fingerprint of an image's picture; `None` if it has no fingerprint.
fn of_image(connection: &Connection, id: &ImageId) -> Result<Option<(i64, Fingerprint)>, CatalogError> {
    let mut statement = connection.prepare_cached(
        "SELECT f.number, f.coarse, f.fine FROM images i JOIN fingerprints f ON f.sha256 = i.sha256
         WHERE i.id = ?1 AND f.edition = ?2 AND f.coarse IS NOT NULL",
    )?;
    let found = |row: &Row<'_>| Ok((row.get(0)?, bits(row, 1)?));
    Ok(statement.query_row(params![id, Fingerprint::EDITION], found).optional()?)
}

/// Returns the numbers of the pictures that look most like an image, with their distances, as a JSON object.
/// The object is empty if the image has no fingerprint. Its own picture has the distance -1, so that it comes before
/// others that look the same.
pub(super) fn near(connection: &Connection, id: &ImageId) -> Result<String, CatalogError> {
    let mut found: Vec<(u32, i64)> = Vec::new();
    let own = of_image(connection, id)?;
    if let Some((_, wanted)) = own {
        // SQLite would otherwise read the table, which is three times as large.
        let mut statement = connection.prepare_cached(
            "SELECT number, coarse, fine FROM fingerprints INDEXED BY fingerprints_by_bits
             WHERE edition = ?1 AND coarse IS NOT NULL",
        )?;
        let mut rows = statement.query([Fingerprint::EDITION])?;
        while let Some(row) = rows.next()? {
            // Reading the second column takes longer than comparing the first one, which rules out most pictures.
            if (wanted.coarse ^ row.get::<_, i64>(1)?.cast_unsigned()).count_ones() > ALIKE {
                continue;
            }
            let distance = wanted.distance(bits(row, 1)?);
            if distance <= ALIKE {
                found.push((distance, row.get(0)?));
                if found.len() >= 4 * MOST_ALIKE {
                    keep_nearest(&mut found);
                }
            }
        }
        keep_nearest(&mut found);
    }
    let mut found: serde_json::Map<String, serde_json::Value> =
        found.into_iter().map(|(distance, number)| (number.to_string(), distance.into())).collect();
    if let Some((own, _)) = own {
        found.insert(own.to_string(), (-1).into());
    }
    serde_json::to_string(&found).map_err(|error| CatalogError::Invalid(error.to_string()))
}

fn keep_nearest(found: &mut Vec<(u32, i64)>) {
    found.sort_unstable();
    found.truncate(MOST_ALIKE);
}

impl Catalog {
    /// Returns up to `limit` pictures behind `after` whose fingerprints are to be made, in the order of their
    /// rows.
    pub async fn fingerprints_to_make(
        &self,
        after: i64,
        limit: u32,
    ) -> Result<Vec<FingerprintToMake>, CatalogError> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT f.number, f.sha256, coalesce(
                     (SELECT content_type FROM generated_images WHERE sha256 = f.sha256 LIMIT 1),
                     (SELECT content_type FROM reference_images WHERE sha256 = f.sha256 LIMIT 1))
                 FROM fingerprints f WHERE f.edition < ?1 AND f.number > ?2 ORDER BY f.number LIMIT ?3",
            )?;
            let mut rows = statement.query(params![Fingerprint::EDITION, after, limit])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                // A damaged format only matters if there is no thumbnail either.
                let format = row.get::<_, ImageFormat>(2).unwrap_or(ImageFormat::Png);
                found.push(FingerprintToMake { number: row.get(0)?, sha256: checksum(row, 1)?, format });
            }
            Ok(found)
        })
        .await
    }

    /// Counts the pictures whose fingerprints are to be made.
    pub async fn count_fingerprints_to_make(&self) -> Result<u32, CatalogError> {
        self.read(|connection| {
            let sql = "SELECT count(*) FROM fingerprints WHERE edition < ?1";
            Ok(connection.prepare_cached(sql)?.query_row([Fingerprint::EDITION], |row| row.get(0))?)
        })
        .await
    }

    /// Saves fingerprints with the numbers of their rows.
    pub async fn keep_fingerprints(&self, made: Vec<(i64, Option<Fingerprint>)>) -> Result<(), CatalogError> {
        self.write(move |connection| {
            let mut statement = connection.prepare_cached(
                "UPDATE fingerprints SET edition = ?2, coarse = ?3, fine = ?4 WHERE number = ?1",
            )?;
            for (number, bits) in made {
                let (coarse, fine) = columns(bits);
                statement.execute(params![number, Fingerprint::EDITION, coarse, fine])?;
            }
            Ok(())
        })
        .await
    }

    /// Returns the fingerprint of an image of either kind; `None` if it has none, or if it is still to be made.
    pub async fn fingerprint(&self, id: &ImageId) -> Result<Option<Fingerprint>, CatalogError> {
        let id = id.clone();
        self.read(move |connection| Ok(of_image(connection, &id)?.map(|(_, fingerprint)| fingerprint))).await
    }

    /// Returns all fingerprints. Asks `is_wanted` every few thousand rows, and returns what was read once it
    /// returns `false`. Takes 24 bytes of memory for each.
    pub async fn all_fingerprints(
        &self,
        is_wanted: impl Fn() -> bool + Send + 'static,
    ) -> Result<Vec<KnownFingerprint>, CatalogError> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT number, coarse, fine FROM fingerprints INDEXED BY fingerprints_by_bits
                 WHERE edition = ?1 AND coarse IS NOT NULL",
            )?;
            let mut rows = statement.query([Fingerprint::EDITION])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                found.push(KnownFingerprint { number: row.get(0)?, bits: bits(row, 1)? });
                if found.len() % LOOK_EVERY == 0 && !is_wanted() {
                    break;
                }
            }
            Ok(found)
        })
        .await
    }
}
