//! Checks how SQLite answers the queries of pages: through their indexes, and
//! never by reading every row or sorting them.

use super::Catalog;
use super::claims::{DUE, DUE_DELETIONS, TOO_LATE};
use super::feed_files::{FILES, TOTALS};
use super::sensitive::IS_SENSITIVE;
use super::transfers::{COUNTS, LIST, NEXT};
use crate::model::{
    Cursor, CursorKey, Gallery, Image, ImageId, ImageKind, Order, OrderBy, OwnerId, PageRequest, SearchPlace,
    Tile, UnixMs, View, Zone,
};
use rusqlite::{Connection, StatementStatus};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Mutex;

static NOTED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Records a query that runs, to be explained later.
pub(super) fn note(sql: &str) {
    NOTED.lock().unwrap().insert(sql.to_owned());
}

fn plan(connection: &Connection, sql: &str) -> Vec<String> {
    let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    // Unbound parameters are null, which does not affect the plan.
    let mut rows = statement.raw_query();
    let mut steps = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        steps.push(row.get(3).unwrap());
    }
    steps
}

fn a_search(query: &str) -> View {
    View::Search { query: query.to_owned(), within: SearchPlace::History }
}

fn queue_a_deletion(path: &Path) {
    let sql = "INSERT INTO transfers (operation, r2_key, image_id, kind, owner_id, filename, size_bytes,
                                      state, created_at)
               VALUES ('delete', 'generated/ana/1-00000000000000000000000000000000.png', ?1, 'generated', 'ana',
                       'a.png', 1, 'queued', 1)";
    Connection::open(path).unwrap().execute(sql, [ImageId::generate().as_str()]).unwrap();
}

#[tokio::test]
async fn every_page_is_found_through_an_index_in_its_order() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("catalog.db");
    let catalog = Catalog::open(&path).unwrap();
    let owner = OwnerId::parse("ana").unwrap();
    catalog.ensure_profile(&owner, None, UnixMs(1)).await.unwrap();
    let gallery = catalog.create_set::<Gallery>(&owner, "Faces", UnixMs(1)).await.unwrap().id;
    let cursor = Cursor { key: CursorKey::Number(5), id: ImageId::generate() }.to_text();
    for cursor in [None, Some(cursor)] {
        let request = PageRequest { limit: 50, cursor };
        for view in [
            View::History,
            View::Feed,
            View::Trash,
            View::References { gallery: None },
            View::References { gallery: Some(gallery.clone()) },
            a_search("fox \"deep snow\" -wolf is:public after:2020 "),
            a_search("-wolf is:square before:2030 "),
            a_search("added:2026-11 "),
            a_search("is:sensitive "),
            a_search("fox -is:sensitive "),
            a_search("fox added:2026-11 "),
            a_search("is:favourite "),
            a_search("rating:>=4 "),
            a_search("-rating:0 "),
            a_search("fox rating:>=4 is:favourite "),
            a_search("fox is:unlisted model:flux "),
        ] {
            let view = view.parsed(&Zone::UTC);
            catalog.page::<Tile>(&owner, view.clone(), Order::default(), &request).await.unwrap();
            catalog.page::<Image>(&owner, view.clone(), Order::default(), &request).await.unwrap();
            catalog.view_index(&owner, view, OrderBy::Made, || true).await.unwrap();
        }
    }
    let orders = [OrderBy::Added, OrderBy::Name, OrderBy::Size, OrderBy::Rating];
    for by in orders {
        for (reversed, cursor) in [(false, None), (true, None), (false, Some(5))] {
            let key = match (by, cursor) {
                (OrderBy::Name, Some(_)) => Some(CursorKey::Text("fox".to_owned())),
                (_, cursor) => cursor.map(CursorKey::Number),
            };
            let cursor = key.map(|key| Cursor { key, id: ImageId::generate() }.to_text());
            let (request, order) = (PageRequest { limit: 50, cursor }, Order { by, reversed });
            for view in [View::History, a_search("is:public size:>=512 ")] {
                let view = view.parsed(&Zone::UTC);
                catalog.page::<Tile>(&owner, view.clone(), order, &request).await.unwrap();
                catalog.view_index(&owner, view, by, || true).await.unwrap();
            }
        }
    }
    catalog.tiles_of(&owner, vec![ImageId::generate()]).await.unwrap();
    catalog.selection_summary(&owner, vec![ImageId::generate()], || true).await.unwrap();
    queue_a_deletion(&path);
    assert_eq!(catalog.claim_transfers(UnixMs(2), UnixMs(9), 4, 1_000).await.unwrap().len(), 1);
    catalog.next_transfer_at(UnixMs(2)).await.unwrap();
    catalog.transfers(50).await.unwrap();
    for kind in [ImageKind::Generated, ImageKind::Reference] {
        catalog.audit_page(kind, "generated/ana/", None, 10).await.unwrap();
    }

    let noted = NOTED.lock().unwrap().clone();
    // Eight lists, two of them over two tables, each with a first page and
    // later pages; the verification's query on either table; and five queries
    // on the outbox.
    assert!(noted.len() >= 24, "{noted:#?}");
    let connection = Connection::open(&path).unwrap();
    for sql in noted {
        for step in plan(&connection, &sql) {
            // SQLite always calls a lookup in the full text index a scan.
            let by_words = step.starts_with("SCAN generated_search VIRTUAL TABLE");
            // This scans the ids that were asked for. Each of them is then
            // looked up.
            let asked = step.starts_with("SCAN asked VIRTUAL TABLE");
            let scans = step.starts_with("SCAN") && !by_words && !asked;
            // Rows that the index of words found are looked up, and not looked for.
            let is_one = step.contains("i USING INDEX sqlite_autoindex_generated_images_1 (id=?)");
            let looked_for =
                sql.contains("FROM generated_search CROSS JOIN") && step.starts_with("SEARCH i ") && !is_one;
            let slow = scans || looked_for || step.contains("TEMP B-TREE");
            assert!(!slow, "{step}\n{sql}");
        }
    }
}

/// Queues `count` deletions that are due at `not_before`.
fn queue_many(connection: &Connection, count: u32, not_before: i64) {
    let sql = "
        WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
        INSERT INTO transfers (operation, r2_key, image_id, kind, owner_id, filename, size_bytes, state,
                               not_before, created_at)
        SELECT 'delete', format('generated/ana/1-%032x.png', i), 'x', 'generated', 'ana', 'a.png', 1,
               'queued', ?2, 1 FROM n";
    connection.execute(sql, (count, not_before)).unwrap();
}

/// Counts the steps of SQLite's virtual machine, which do not depend on the
/// computer.
fn work(connection: &Connection, sql: &str, values: impl rusqlite::Params) -> i32 {
    let mut statement = connection.prepare(sql).unwrap();
    let mut rows = statement.query(values).unwrap();
    while rows.next().unwrap().is_some() {}
    drop(rows);
    statement.get_status(StatementStatus::VmStep)
}

#[tokio::test]
async fn the_work_of_finding_the_next_transfers_does_not_grow_with_the_queue() {
    let folder = tempfile::tempdir().unwrap();
    let work_with = |count: u32, not_before: i64| {
        let path = folder.path().join(format!("{count}-{not_before}.db"));
        Catalog::open(&path).unwrap();
        let connection = Connection::open(&path).unwrap();
        queue_many(&connection, count, not_before);
        [
            work(&connection, DUE, (10, 4)),
            work(&connection, DUE_DELETIONS, (10, 4)),
            work(&connection, NEXT, [10]),
            work(&connection, TOO_LATE, (10, 2_000)),
            work(&connection, LIST, ("queued", 100)),
        ]
    };
    for not_before in [0, 1_000] {
        assert_eq!(work_with(10_000, not_before), work_with(200, not_before), "due at {not_before}");
    }
}

#[tokio::test]
async fn the_outbox_is_counted_with_a_covering_index() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("catalog.db");
    Catalog::open(&path).unwrap();
    let steps = plan(&Connection::open(&path).unwrap(), COUNTS);
    assert_eq!(steps, ["SCAN transfers USING COVERING INDEX transfers_by_due"]);
}

#[tokio::test]
async fn the_files_of_a_feed_are_read_from_a_covering_index() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("catalog.db");
    Catalog::open(&path).unwrap();
    for sql in [FILES, TOTALS] {
        let step = plan(&Connection::open(&path).unwrap(), sql).remove(0);
        assert!(step.contains("USING COVERING INDEX feed_files_by_role (owner_id=?"), "{step}");
    }
}

/// Returns how many columns a query takes from rows of a table rather than from an index.
fn columns_of_rows(connection: &Connection, sql: &str, table: &str) -> usize {
    let root: i64 = connection
        .query_row("SELECT rootpage FROM sqlite_schema WHERE name = ?1", [table], |row| row.get(0))
        .unwrap();
    let mut statement = connection.prepare(&format!("EXPLAIN {sql}")).unwrap();
    let mut rows = statement.raw_query();
    let mut steps: Vec<(String, i64, i64)> = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        steps.push((row.get(1).unwrap(), row.get(2).unwrap(), row.get(3).unwrap()));
    }
    let cursors: Vec<i64> = steps
        .iter()
        .filter(|(step, _, page)| step == "OpenRead" && *page == root)
        .map(|(_, cursor, _)| *cursor)
        .collect();
    steps.iter().filter(|(step, cursor, _)| step == "Column" && cursors.contains(cursor)).count()
}

#[tokio::test]
async fn the_packed_list_of_the_history_reads_only_its_index() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("catalog.db");
    Catalog::open(&path).unwrap();
    let connection = Connection::open(&path).unwrap();
    let read = |columns: &str, filter: &str| {
        let sql = format!(
            "SELECT {columns} FROM generated_images i WHERE i.owner_id = ?1 AND i.removed_at IS NULL{filter}
             ORDER BY i.created_at DESC, i.id DESC LIMIT ?2"
        );
        columns_of_rows(&connection, &sql, "generated_images")
    };
    let packed =
        "i.id, i.created_at, i.width, i.height, i.visibility, i.sensitive, i.favourite, i.rating, i.stack";
    assert_eq!(read(packed, ""), 0);
    assert_eq!(read(packed, &format!(" AND {IS_SENSITIVE}")), 0);
    assert_eq!(read(packed, &format!(" AND NOT ({IS_SENSITIVE})")), 0);
    assert_eq!(read("i.filename", ""), 1, "this is what reading rows looks like");
}
