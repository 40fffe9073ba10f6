//! The contents of each view of the grid.

use super::listing::{Listed, PUBLIC, Span, keyset};
use super::projection::Projection;
use super::rows::{self, Read};
use super::shared_columns::table;
use super::{Catalog, CatalogError, galleries, search};
use crate::model::{Cursor, ImageId, ImageKind, OwnerId, Page, PageRequest, ParsedView, UnixMs};
use rusqlite::types::Value;
use rusqlite::{Connection, Row, params_from_iter};
use std::cmp::Reverse;

/// Returns the queries that list a view, newest first. The trash has one query per kind.
pub(super) fn listed(
    connection: &Connection,
    owner: &OwnerId,
    view: &ParsedView,
    span: &Span,
) -> Result<Vec<Listed>, CatalogError> {
    let me = || Value::Text(owner.as_str().to_owned());
    let one = |kind: ImageKind, filter: &str, mut values: Vec<Value>, at: &'static str| {
        let clause = keyset(filter, &mut values, (at, "i.id"), span);
        Listed { kind, clause: format!("FROM {} i {clause}", table(kind)), values, at }
    };
    let here = "i.owner_id = ?1 AND i.removed_at IS NULL";
    let in_trash = "i.owner_id = ?1 AND i.removed_at IS NOT NULL";
    Ok(match view {
        ParsedView::History => vec![one(ImageKind::Generated, here, vec![me()], "i.created_at")],
        ParsedView::Feed => {
            vec![one(ImageKind::Generated, PUBLIC, vec![], "i.created_at")]
        }
        ParsedView::References { gallery: None } => {
            vec![one(ImageKind::Reference, here, vec![me()], "i.created_at")]
        }
        ParsedView::References { gallery: Some(gallery) } => {
            galleries::check_owner(connection, owner, gallery)?;
            let mut values = vec![Value::Text(gallery.as_str().to_owned())];
            let filter = "g.gallery_id = ?1 AND i.removed_at IS NULL";
            let clause = keyset(filter, &mut values, ("g.created_at", "g.image_id"), span);
            let from = "FROM gallery_images g CROSS JOIN reference_images i ON i.id = g.image_id";
            let clause = format!("{from} {clause}");
            vec![Listed { kind: ImageKind::Reference, clause, values, at: "g.created_at" }]
        }
        ParsedView::Search { search, within } => vec![search::listed(owner, search, *within, span)],
        ParsedView::Trash => vec![
            one(ImageKind::Generated, in_trash, vec![me()], "i.removed_at"),
            one(ImageKind::Reference, in_trash, vec![me()], "i.removed_at"),
        ],
    })
}

/// An image of a list, with its position in the list's order.
struct Placed<P> {
    at: UnixMs,
    id: ImageId,
    image: P,
}

fn read_placed<P: Projection>(kind: ImageKind, row: &Row<'_>) -> Result<Placed<P>, CatalogError> {
    let columns = row.as_ref().column_count();
    let (at, id) = (row.get(columns - 2)?, row.get(columns - 1)?);
    Ok(Placed { at, id, image: P::read(kind, row)? })
}

fn page<P: Projection>(
    connection: &Connection,
    owner: &OwnerId,
    view: &ParsedView,
    request: &PageRequest,
) -> Result<Page<P>, CatalogError> {
    let query = |request: &PageRequest| {
        let mut all = Read::default();
        for Listed { kind, clause, values, at } in listed(connection, owner, view, &Span::of(request)?)? {
            let sql = format!("SELECT {}, {at}, i.id {clause}", P::columns(kind));
            #[cfg(test)]
            super::plans::note(&sql);
            let mut statement = connection.prepare_cached(&sql)?;
            all.read(statement.query(params_from_iter(values))?, |row| read_placed::<P>(kind, row))?;
        }
        if *view == ParsedView::Trash {
            // These rows are of both kinds. Damaged rows have no moment, so they come first and
            // all of them are reported.
            all.damaged.iter_mut().for_each(|(at, _)| *at = 0);
            all.rows.sort_by_key(|placed: &Option<Placed<P>>| {
                placed.as_ref().map(|placed| Reverse((placed.at, placed.id.clone())))
            });
            all.rows.truncate(request.rows() as usize + 1);
        }
        Ok(all)
    };
    let cursor = |placed: &Placed<P>| Cursor { at: placed.at, id: placed.id.clone() };
    Ok(rows::page(request, query, cursor)?.map(|placed| placed.image))
}

impl Catalog {
    /// Returns one page of a view in its order: newest first, and last removed first in the
    /// trash.
    pub async fn page<P: Projection>(
        &self,
        owner: &OwnerId,
        view: ParsedView,
        request: &PageRequest,
    ) -> Result<Page<P>, CatalogError> {
        let (owner, request) = (owner.clone(), request.clone());
        self.read(move |connection| page(connection, &owner, &view, &request)).await
    }
}
