//! Table `fingerprints`: what the pictures look like. It has one row for each picture, however many images
//! have it. Triggers add the rows, and an import or the background makes the bits.

use super::columns::checksum;
use super::projection::Projection;
use super::{Catalog, CatalogError, NewImage};
use crate::model::{
    Bytes, DuplicateImage, Fingerprint, Image, ImageFormat, ImageId, ImageKind, OwnerId, Rating,
    SensitiveMark, SimilarImage, Visibility,
};
use rusqlite::{Connection, OptionalExtension, Row, params};

/// Fingerprints that differ in at most this many bits look alike. Of different pictures of one prompt, few are
/// that near.
pub(super) const ALIKE: u32 = 26;
/// The most pictures that a look-up returns.
pub(super) const MOST_ALIKE: usize = 1000;
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
pub(super) fn keep(connection: &Connection, new: &NewImage) -> Result<(), CatalogError> {
    let Some(MadeFingerprint(bits)) = new.fingerprint else { return Ok(()) };
    connection
        .prepare_cached(
            "UPDATE fingerprints SET edition = ?2, coarse = ?3, fine = ?4 WHERE sha256 = ?1 AND edition < ?2",
        )?
        .execute(params![
            new.sha256,
            Fingerprint::EDITION,
            bits.map(|bits| bits.coarse.cast_signed()),
            bits.map(|bits| bits.fine.cast_signed())
        ])?;
    Ok(())
}

/// Reads two columns with bits.
fn bits(row: &Row<'_>, first: usize) -> Result<Fingerprint, rusqlite::Error> {
    let coarse = row.get_ref(first)?.as_i64()?.cast_unsigned();
    let fine = row.get_ref(first + 1)?.as_i64()?.cast_unsigned();
    Ok(Fingerprint { coarse, fine })
}

/// Returns the fingerprint of an image of either kind; `None` if it has none.
pub(super) fn of_image(connection: &Connection, id: &ImageId) -> Result<Option<Fingerprint>, CatalogError> {
    let mut statement = connection.prepare_cached(
        "SELECT f.coarse, f.fine FROM images i JOIN fingerprints f ON f.sha256 = i.sha256
         WHERE i.id = ?1 AND f.edition = ?2 AND f.coarse IS NOT NULL",
    )?;
    Ok(statement.query_row(params![id, Fingerprint::EDITION], |row| bits(row, 0)).optional()?)
}

/// Returns the numbers of the pictures that look most like an image, with their distances, as a JSON object.
/// The object is empty if the image has no fingerprint.
pub(super) fn near(connection: &Connection, id: &ImageId) -> Result<String, CatalogError> {
    let mut found: Vec<(u32, i64)> = Vec::new();
    if let Some(wanted) = of_image(connection, id)? {
        // SQLite would otherwise read the table, which is three times as large.
        let mut statement = connection.prepare_cached(
            "SELECT number, coarse, fine FROM fingerprints INDEXED BY fingerprints_by_bits
             WHERE edition = ?1 AND coarse IS NOT NULL",
        )?;
        let mut rows = statement.query([Fingerprint::EDITION])?;
        while let Some(row) = rows.next()? {
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
    let found: serde_json::Map<String, serde_json::Value> =
        found.into_iter().map(|(distance, number)| (number.to_string(), distance.into())).collect();
    serde_json::to_string(&found).map_err(|error| CatalogError::Invalid(error.to_string()))
}

fn keep_nearest(found: &mut Vec<(u32, i64)>) {
    found.sort_unstable();
    found.truncate(MOST_ALIKE);
}

const DUPLICATE: &str = "i.id, i.filename, i.content_type, i.size_bytes, i.width, i.height, i.created_at,
    i.tool IS NOT NULL OR i.seed IS NOT NULL OR i.prompt <> '', i.stored_at IS NOT NULL, i.visibility,
    i.sensitive, i.favourite, i.rating, i.note <> '',
    EXISTS (SELECT 1 FROM generation_edits e WHERE e.image_id = i.id),
    (SELECT count(*) FROM made_with m WHERE m.image_id = i.id),
    (SELECT count(*) FROM collection_images c WHERE c.image_id = i.id)";

fn duplicate(row: &Row<'_>) -> Result<DuplicateImage, CatalogError> {
    Ok(DuplicateImage {
        id: row.get(0)?,
        filename: row.get(1)?,
        content_type: row.get::<_, ImageFormat>(2)?.content_type().to_owned(),
        size_bytes: Bytes(row.get::<_, i64>(3)?.unsigned_abs()),
        width: row.get(4)?,
        height: row.get(5)?,
        created_at: row.get(6)?,
        distance: 0,
        has_generation_data: row.get(7)?,
        is_stored: row.get(8)?,
        is_public: row.get::<_, Visibility>(9)? == Visibility::Public,
        is_sensitive: row.get::<_, Option<SensitiveMark>>(10)?.is_some_and(SensitiveMark::is_sensitive),
        is_favourite: row.get(11)?,
        rating: row.get::<_, Rating>(12)?.stars(),
        has_note: row.get(13)?,
        is_edited: row.get(14)?,
        references: row.get(15)?,
        collections: row.get(16)?,
    })
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
                statement.execute(params![
                    number,
                    Fingerprint::EDITION,
                    bits.map(|bits| bits.coarse.cast_signed()),
                    bits.map(|bits| bits.fine.cast_signed())
                ])?;
            }
            Ok(())
        })
        .await
    }

    /// Returns the fingerprint of an image of either kind; `None` if it has none, or if it is still to be made.
    pub async fn fingerprint(&self, id: &ImageId) -> Result<Option<Fingerprint>, CatalogError> {
        let id = id.clone();
        self.read(move |connection| of_image(connection, &id)).await
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

    /// Returns what duplicates are judged by, for those generated images of a profile, outside the trash, that
    /// have these pictures. Each comes with the number of its picture. Damaged rows are left out.
    pub async fn duplicates_of(
        &self,
        owner: &OwnerId,
        numbers: Vec<i64>,
    ) -> Result<Vec<(i64, DuplicateImage)>, CatalogError> {
        let owner = owner.clone();
        self.read(move |connection| {
            let sql = format!(
                "SELECT {DUPLICATE} FROM fingerprints f
                 CROSS JOIN generated_images i ON i.owner_id = ?2 AND i.sha256 = f.sha256
                 WHERE f.number = ?1 AND i.removed_at IS NULL"
            );
            let mut statement = connection.prepare_cached(&sql)?;
            let mut found = Vec::with_capacity(numbers.len());
            for number in numbers {
                let mut rows = statement.query(params![number, owner])?;
                while let Some(row) = rows.next()? {
                    match duplicate(row) {
                        Ok(image) => found.push((number, image)),
                        // `verify` finds and repairs it.
                        Err(error) if error.is_of_one_row() => {}
                        Err(error) => return Err(error),
                    }
                }
            }
            Ok(found)
        })
        .await
    }

    /// Returns the generated images of a profile, outside the trash, that look most like an image of either
    /// kind: up to `limit` and 1,000, the most similar first, without the image itself. Damaged rows are left
    /// out.
    pub async fn similar(
        &self,
        owner: &OwnerId,
        id: &ImageId,
        limit: u32,
    ) -> Result<Vec<SimilarImage>, CatalogError> {
        let (owner, id) = (owner.clone(), id.clone());
        self.read(move |connection| {
            let sql = format!(
                "SELECT {}, near.value FROM json_each(?1) near
                 CROSS JOIN fingerprints f ON f.number = CAST(near.key AS INTEGER)
                 CROSS JOIN generated_images i ON i.owner_id = ?2 AND i.sha256 = f.sha256
                 WHERE i.removed_at IS NULL AND i.id <> ?3
                 ORDER BY near.value, i.created_at DESC, i.id DESC LIMIT ?4",
                Image::columns(ImageKind::Generated)
            );
            let mut statement = connection.prepare_cached(&sql)?;
            let last = statement.column_count() - 1;
            let mut rows = statement.query(params![near(connection, &id)?, owner, id, limit])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                match Image::read(ImageKind::Generated, row) {
                    Ok(image) => found.push(SimilarImage { image, distance: row.get(last)? }),
                    Err(error) if error.is_of_one_row() => {}
                    Err(error) => return Err(error),
                }
            }
            Ok(found)
        })
        .await
    }
}
