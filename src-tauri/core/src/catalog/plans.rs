//! How SQLite answers the queries of pages: through their indexes, never by
//! looking at every row or sorting them.

use super::Catalog;
use crate::model::{Cursor, ImageId, ImageKind, OwnerId, PageRequest, UnixMs, View};
use rusqlite::Connection;
use std::collections::BTreeSet;
use std::sync::Mutex;

static NOTED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Notes a query that runs, to be explained.
pub(super) fn note(sql: &str) {
    NOTED.lock().unwrap().insert(sql.to_owned());
}

fn plan(connection: &Connection, sql: &str) -> Vec<String> {
    let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    // Unbound parameters are null, which does not matter to the plan.
    let mut rows = statement.raw_query();
    let mut steps = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        steps.push(row.get(3).unwrap());
    }
    steps
}

#[tokio::test]
async fn every_page_is_found_through_an_index_in_its_order() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("catalog.db");
    let catalog = Catalog::open(&path).unwrap();
    let owner = OwnerId::parse("ana").unwrap();
    catalog.ensure_profile(&owner, None, UnixMs(1)).await.unwrap();
    let gallery = catalog.create_gallery(&owner, "Faces", UnixMs(1)).await.unwrap().id;
    let cursor = Cursor { at: UnixMs(5), id: ImageId::generate() }.to_text();
    for cursor in [None, Some(cursor)] {
        let request = PageRequest { limit: 50, cursor };
        catalog.my_generated(&owner, &request).await.unwrap();
        catalog.public_feed(&request).await.unwrap();
        catalog.my_references(&owner, &request).await.unwrap();
        for view in [
            View::History,
            View::Feed,
            View::Trash,
            View::References { gallery: None },
            View::References { gallery: Some(gallery.clone()) },
        ] {
            catalog.tiles(&owner, &view, &request).await.unwrap();
        }
    }
    catalog.tiles_of(&owner, vec![ImageId::generate()]).await.unwrap();
    for kind in [ImageKind::Generated, ImageKind::Reference] {
        catalog.audit_page(kind, "generated/ana/", None, 10).await.unwrap();
    }

    let noted = NOTED.lock().unwrap().clone();
    // Eight lists, two of them of two tables, first page and later ones, and
    // what a verification reads of either table.
    assert!(noted.len() >= 20, "{noted:#?}");
    let connection = Connection::open(&path).unwrap();
    for sql in noted {
        for step in plan(&connection, &sql) {
            let slow = step.starts_with("SCAN") || step.contains("TEMP B-TREE");
            assert!(!slow, "{step}\n{sql}");
        }
    }
}
