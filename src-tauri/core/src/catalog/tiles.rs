//! Tiles of a grid, from either image table.

use super::rows::Read;
use super::shared_columns::table;
use super::{Catalog, CatalogError, stacks};
use crate::model::{Bytes, ImageId, ImageKind, OwnerId, Tile, TransferState, UploadState};
use rusqlite::types::Value;
use rusqlite::{Connection, Row, params_from_iter};

/// The columns that a tile needs from a row of either table that is named `i`.
pub(super) fn tile_columns(kind: ImageKind) -> &'static str {
    match kind {
        ImageKind::Generated => {
            "i.id, i.filename, i.width, i.height, i.created_at, i.visibility, substr(i.prompt, 1, 240),
             i.stored_at IS NOT NULL, i.removed_at,
             (SELECT t.state FROM transfers t WHERE t.r2_key = i.r2_key AND t.operation = 'put' ORDER BY t.id DESC LIMIT 1),
             coalesce(i.sensitive IN ('yes', 'words'), 0), i.rating, i.favourite, i.added_at, i.size_bytes, i.stack"
        }
        ImageKind::Reference => {
            "i.id, i.filename, i.width, i.height, i.created_at, NULL, '',
             i.stored_at IS NOT NULL, i.removed_at,
             (SELECT t.state FROM transfers t WHERE t.r2_key = i.r2_key AND t.operation = 'put' ORDER BY t.id DESC LIMIT 1),
             0, i.rating, i.favourite, i.added_at, i.size_bytes, 0"
        }
    }
}

pub(super) fn upload_state(stored: bool, transfer: Option<TransferState>) -> UploadState {
    match (stored, transfer) {
        (true, _) => UploadState::Stored,
        (false, Some(TransferState::Active)) => UploadState::Uploading,
        (false, Some(TransferState::Parked)) => UploadState::Parked,
        (false, Some(TransferState::Queued) | None) => UploadState::Waiting,
    }
}

pub(super) fn tile(kind: ImageKind, row: &Row<'_>) -> Result<Tile, CatalogError> {
    Ok(Tile {
        id: row.get(0)?,
        kind,
        filename: row.get(1)?,
        width: row.get::<_, Option<u32>>(2)?.unwrap_or(1),
        height: row.get::<_, Option<u32>>(3)?.unwrap_or(1),
        created_at: row.get(4)?,
        visibility: row.get(5)?,
        sensitive: row.get(10)?,
        prompt: row.get(6)?,
        upload: upload_state(row.get(7)?, row.get(9)?),
        removed_at: row.get(8)?,
        rating: row.get(11)?,
        favourite: row.get(12)?,
        added_at: row.get(13)?,
        size_bytes: Bytes(row.get::<_, i64>(14)?.unsigned_abs()),
        stack: stacks::number(row, 15)?,
    })
}

pub(super) fn tiles(
    connection: &Connection,
    kind: ImageKind,
    sql: &str,
    values: Vec<Value>,
) -> Result<Read<Tile>, CatalogError> {
    #[cfg(test)]
    super::plans::note(sql);
    let mut statement = connection.prepare_cached(sql)?;
    Read::of(statement.query(params_from_iter(values))?, |row| tile(kind, row))
}

impl Catalog {
    /// Returns the tiles of those images that this profile may see, in no
    /// particular order.
    pub async fn tiles_of(&self, owner: &OwnerId, ids: Vec<ImageId>) -> Result<Vec<Tile>, CatalogError> {
        let owner = owner.clone();
        self.read(move |connection| {
            let mut found = Vec::with_capacity(ids.len());
            for id in &ids {
                let seen = [
                    (
                        ImageKind::Generated,
                        "(i.owner_id = ?2 OR (i.visibility = 'public' AND i.removed_at IS NULL))",
                    ),
                    (ImageKind::Reference, "i.owner_id = ?2"),
                ];
                for (kind, filter) in seen {
                    let sql = format!(
                        "SELECT {} FROM {} i WHERE i.id = ?1 AND {filter}",
                        tile_columns(kind),
                        table(kind)
                    );
                    let values = vec![Value::Text(id.as_str().into()), Value::Text(owner.as_str().into())];
                    found.extend(tiles(connection, kind, &sql, values)?.rows.into_iter().flatten());
                }
            }
            Ok(found)
        })
        .await
    }
}
