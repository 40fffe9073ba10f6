//! The contents of each view of the grid.

use super::listing::{Key, Listed, PUBLIC, Span, keyset};
use super::named_sets::NamedSet;
use super::projection::Projection;
use super::rows::{self, Read};
use super::shared_columns::table;
use super::{Catalog, CatalogError, named_sets, search};
use crate::model::{
    Collection, Cursor, CursorKey, Gallery, ImageId, ImageKind, Order, OrderBy, OwnerId, Page, PageRequest,
    ParsedView,
};
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, Row, params_from_iter};

/// Returns the queries that list a view in the order of `span`. The trash has one query per kind, and
/// is always ordered by when the images were removed.
pub(super) fn listed(
    connection: &Connection,
    owner: &OwnerId,
    view: &ParsedView,
    span: &Span,
) -> Result<Vec<Listed>, CatalogError> {
    let me = || Value::Text(owner.as_str().to_owned());
    let one = |kind: ImageKind, filter: &str, mut values: Vec<Value>, key: Key| {
        let clause = keyset(filter, &mut values, (&key, "i.id"), span)?;
        let clause = format!("FROM {} i {clause}", table(kind));
        Ok::<_, CatalogError>(Listed { kind, clause, values, key: key.value })
    };
    let key = || Key::of(span.order);
    let here = "i.owner_id = ?1 AND i.removed_at IS NULL";
    let in_trash = "i.owner_id = ?1 AND i.removed_at IS NOT NULL";
    Ok(match view {
        ParsedView::History => vec![one(ImageKind::Generated, here, vec![me()], key())?],
        ParsedView::Feed => vec![one(ImageKind::Generated, PUBLIC, vec![], key())?],
        ParsedView::References { gallery: None } => {
            vec![one(ImageKind::Reference, here, vec![me()], key())?]
        }
        ParsedView::References { gallery: Some(gallery) } => {
            named_sets::check_owner::<Gallery>(connection, owner, gallery)?;
            let is_own_order = matches!(span.order.by, OrderBy::Made | OrderBy::Match | OrderBy::Manual);
            let key = if is_own_order { Key::newest_first("g.created_at", span.order) } else { key() };
            let values = vec![Value::Text(gallery.as_str().to_owned())];
            vec![of_set::<Gallery>(values, key, span)?]
        }
        ParsedView::Collection { collection } => {
            named_sets::check_owner::<Collection>(connection, owner, collection)?;
            let key = match span.order.by {
                OrderBy::Manual => Key { value: "g.position".to_owned(), ascending: !span.order.reversed },
                _ => key(),
            };
            let values = vec![Value::Text(collection.as_str().to_owned())];
            vec![of_set::<Collection>(values, key, span)?]
        }
        ParsedView::Search { search, within } => {
            vec![search::listed(connection, owner, search, *within, span)?]
        }
        ParsedView::Trash => {
            let key = || Key::newest_first("i.removed_at", span.order);
            vec![
                one(ImageKind::Generated, in_trash, vec![me()], key())?,
                one(ImageKind::Reference, in_trash, vec![me()], key())?,
            ]
        }
    })
}

/// Returns the query that lists the images of a set, whose id is the first value.
fn of_set<S: NamedSet>(mut values: Vec<Value>, key: Key, span: &Span) -> Result<Listed, CatalogError> {
    let filter = format!("g.{} = ?1 AND i.removed_at IS NULL", S::OF);
    let clause = keyset(&filter, &mut values, (&key, "g.image_id"), span)?;
    let from = format!("FROM {} g CROSS JOIN {} i ON i.id = g.image_id", S::MEMBERS, table(S::KIND));
    Ok(Listed { kind: S::KIND, clause: format!("{from} {clause}"), values, key: key.value })
}

/// An image of a list, with its position in the list's order.
struct Placed<P> {
    key: CursorKey,
    id: ImageId,
    image: P,
}

/// Reads the value that orders a list.
fn read_key(row: &Row<'_>, column: usize) -> Result<CursorKey, CatalogError> {
    Ok(match row.get_ref(column)? {
        ValueRef::Text(text) => CursorKey::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Real(rank) => CursorKey::Real(rank),
        _ => CursorKey::Number(row.get(column)?),
    })
}

fn read_placed<P: Projection>(kind: ImageKind, row: &Row<'_>) -> Result<Placed<P>, CatalogError> {
    let columns = row.as_ref().column_count();
    let (key, id) = (read_key(row, columns - 2)?, row.get(columns - 1)?);
    Ok(Placed { key, id, image: P::read(kind, row)? })
}

fn page<P: Projection>(
    connection: &Connection,
    owner: &OwnerId,
    view: &ParsedView,
    order: Order,
    request: &PageRequest,
) -> Result<Page<P>, CatalogError> {
    let order = if *view == ParsedView::Trash { Order { by: OrderBy::Made, ..order } } else { order };
    let query = |request: &PageRequest| {
        let mut all = Read::default();
        for Listed { kind, clause, values, key } in
            listed(connection, owner, view, &Span::of(request, order)?)?
        {
            let sql = format!("SELECT {}, {key}, i.id {clause}", P::columns(kind));
            #[cfg(test)]
            super::plans::note(&sql);
            let mut statement = connection.prepare_cached(&sql)?;
            all.read(statement.query(params_from_iter(values))?, |row| read_placed::<P>(kind, row))?;
        }
        if *view == ParsedView::Trash {
            // These rows are of both kinds. Damaged rows have no moment, so they come first and
            // all of them are reported.
            all.damaged.iter_mut().for_each(|(at, _)| *at = 0);
            all.rows.sort_by(|one: &Option<Placed<P>>, other: &Option<Placed<P>>| {
                let place = |placed: &Option<Placed<P>>| {
                    placed.as_ref().map(|placed| (removed_at(&placed.key), placed.id.clone()))
                };
                match (place(one), place(other)) {
                    (Some(one), Some(other)) if order.reversed => one.cmp(&other),
                    (Some(one), Some(other)) => other.cmp(&one),
                    (one, other) => one.is_some().cmp(&other.is_some()),
                }
            });
            all.rows.truncate(request.rows() as usize + 1);
        }
        Ok(all)
    };
    let cursor = |placed: &Placed<P>| Cursor { key: placed.key.clone(), id: placed.id.clone() };
    Ok(rows::page(request, query, cursor)?.map(|placed| placed.image.shown_to(owner)))
}

fn removed_at(key: &CursorKey) -> i64 {
    if let CursorKey::Number(moment) = key { *moment } else { 0 }
}

impl Catalog {
    /// Returns one page of a view in this order.
    pub async fn page<P: Projection>(
        &self,
        owner: &OwnerId,
        view: ParsedView,
        order: Order,
        request: &PageRequest,
    ) -> Result<Page<P>, CatalogError> {
        let (owner, request) = (owner.clone(), request.clone());
        self.read(move |connection| page(connection, &owner, &view, order, &request)).await
    }
}
