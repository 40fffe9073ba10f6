//! The owner of an image, and outcomes for many images.

use super::CatalogError;
use super::shared_columns::table;
use crate::model::{ImageId, ImageKind, OwnerId};
use rusqlite::{Connection, OptionalExtension};

/// Finds the kind and owner of an image, even if it is in the trash.
pub(super) fn locate(
    connection: &Connection,
    id: &ImageId,
) -> Result<Option<(ImageKind, String)>, CatalogError> {
    let mut statement = connection.prepare_cached("SELECT kind, owner_id FROM images WHERE id = ?1")?;
    Ok(statement.query_row([id], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
}

/// Returns the kind of an image that this profile may change. Fails if the image
/// does not exist or belongs to another profile.
pub(super) fn check_owner(
    connection: &Connection,
    owner: &OwnerId,
    id: &ImageId,
) -> Result<ImageKind, CatalogError> {
    match locate(connection, id)? {
        None => Err(CatalogError::NotFound("image")),
        Some((_, whose)) if whose != owner.as_str() => Err(CatalogError::NotAuthorized("image")),
        Some((kind, _)) => Ok(kind),
    }
}

/// Returns the kind of an image whose data this profile may change. Fails like [`check_owner`], and if the
/// image is in the trash.
pub(super) fn check_changeable(
    connection: &Connection,
    owner: &OwnerId,
    id: &ImageId,
) -> Result<ImageKind, CatalogError> {
    let kind = check_owner(connection, owner, id)?;
    let sql = format!("SELECT 1 FROM {} WHERE id = ?1 AND removed_at IS NULL", table(kind));
    if connection.prepare_cached(&sql)?.exists([id])? { Ok(kind) } else { Err(CatalogError::InTrash) }
}

/// What became of each of many images.
pub(super) type Outcomes<T> = Vec<(ImageId, Result<T, CatalogError>)>;

/// Applies `one` to each of many images. A refusal is the outcome of its image
/// only. A failure of the catalog, such as a full disk, fails them all, so that
/// the transaction is rolled back.
pub(super) fn for_each_image<T>(
    ids: Vec<ImageId>,
    one: impl Fn(&ImageId) -> Result<T, CatalogError>,
) -> Result<Outcomes<T>, CatalogError> {
    let with_outcome = |id| match one(&id) {
        Err(error) if !error.is_refusal() => Err(error),
        outcome => Ok((id, outcome)),
    };
    ids.into_iter().map(with_outcome).collect()
}
