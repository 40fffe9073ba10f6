//! What each view of the grid lists.

use super::listing::{Listed, PUBLIC, Span, keyset};
use super::rows::{self, Read};
use super::shared_columns::table;
use super::tiles::{tile_columns, tiles};
use super::{Catalog, CatalogError, galleries, search};
use crate::model::{Cursor, ImageKind, OwnerId, Page, PageRequest, Search, Tile, View, Zone};
use rusqlite::Connection;
use rusqlite::types::Value;
use std::cmp::Reverse;

/// Returns the queries that list a view, newest first; the trash has one for
/// each kind.
pub(super) fn listed(
    connection: &Connection,
    owner: &OwnerId,
    view: &View,
    span: &Span,
    zone: &Zone,
) -> Result<Vec<Listed>, CatalogError> {
    let me = || Value::Text(owner.as_str().to_owned());
    let one = |kind: ImageKind, filter: &str, mut values: Vec<Value>, at: &'static str| {
        let clause = keyset(filter, &mut values, (at, "i.id"), span);
        Listed { kind, clause: format!("FROM {} i {clause}", table(kind)), values, at }
    };
    let here = "i.owner_id = ?1 AND i.removed_at IS NULL";
    let in_trash = "i.owner_id = ?1 AND i.removed_at IS NOT NULL";
    Ok(match view {
        View::History => vec![one(ImageKind::Generated, here, vec![me()], "i.created_at")],
        View::Feed => {
            vec![one(ImageKind::Generated, PUBLIC, vec![], "i.created_at")]
        }
        View::References { gallery: None } => {
            vec![one(ImageKind::Reference, here, vec![me()], "i.created_at")]
        }
        View::References { gallery: Some(gallery) } => {
            galleries::check_owner(connection, owner, gallery)?;
            let mut values = vec![Value::Text(gallery.as_str().to_owned())];
            let filter = "g.gallery_id = ?1 AND i.removed_at IS NULL";
            let clause = keyset(filter, &mut values, ("g.created_at", "g.image_id"), span);
            let from = "FROM gallery_images g CROSS JOIN reference_images i ON i.id = g.image_id";
            let clause = format!("{from} {clause}");
            vec![Listed { kind: ImageKind::Reference, clause, values, at: "g.created_at" }]
        }
        View::Search { query, within } => {
            vec![search::listed(owner, &Search::parse(query, zone), *within, span)]
        }
        View::Trash => vec![
            one(ImageKind::Generated, in_trash, vec![me()], "i.removed_at"),
            one(ImageKind::Reference, in_trash, vec![me()], "i.removed_at"),
        ],
    })
}

fn view_page(
    connection: &Connection,
    owner: &OwnerId,
    view: &View,
    request: &PageRequest,
    zone: &Zone,
) -> Result<Page<Tile>, CatalogError> {
    let is_trash = *view == View::Trash;
    let query = |request: &PageRequest| {
        let mut all = Read::default();
        for Listed { kind, clause, values, .. } in listed(connection, owner, view, &Span::of(request)?, zone)?
        {
            let sql = format!("SELECT {} {clause}", tile_columns(kind));
            let read = tiles(connection, kind, &sql, values)?;
            let before = all.rows.len();
            all.damaged.extend(read.damaged.into_iter().map(|(at, name)| (before + at, name)));
            all.rows.extend(read.rows);
        }
        if is_trash {
            // Both kinds; the damaged ones have no moment and come first, so that all are named.
            all.damaged.iter_mut().for_each(|(at, _)| *at = 0);
            all.rows.sort_by_key(|tile: &Option<Tile>| {
                tile.as_ref().map(|tile| Reverse((tile.removed_at, tile.id.clone())))
            });
            all.rows.truncate(request.rows() as usize + 1);
        }
        Ok(all)
    };
    let cursor = |tile: &Tile| {
        let at = if is_trash { tile.removed_at.unwrap_or(tile.created_at) } else { tile.created_at };
        Cursor { at, id: tile.id.clone() }
    };
    rows::page(request, query, cursor)
}

impl Catalog {
    /// Returns one page of what a grid shows. Days of a search are those of a
    /// zone.
    pub async fn tiles(
        &self,
        owner: &OwnerId,
        view: &View,
        request: &PageRequest,
        zone: Zone,
    ) -> Result<Page<Tile>, CatalogError> {
        let (owner, view, request) = (owner.clone(), view.clone(), request.clone());
        self.read(move |connection| view_page(connection, &owner, &view, &request, &zone)).await
    }
}
