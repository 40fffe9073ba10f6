//! Pages of searches without a word are the same as a comparison of every row, whichever range of rows they come from.

use super::NEAR;
use crate::catalog::{Catalog, GenerationRow, InTrash, NewGenerated, NewImage};
use crate::model::{
    GeneratedImage, ImageFormat, ImageId, Made, MadeFrom, ObjectKey, Order, OrderBy, OwnerId, PageRequest,
    SearchPlace, UnixMs, View, Visibility, Zone,
};

/// More rows than both ranges together.
const ROWS: u8 = 60;

/// Every row has the first word, hardly any lacks the second, and so on.
fn words(number: u8) -> Vec<&'static str> {
    let each = [("always", true), ("mostly", number % 20 != 7), ("often", !number.is_multiple_of(3))];
    let some = [("rarely", number % 10 == 4), ("once", number == 31)];
    each.into_iter().chain(some).filter(|(_, has)| *has).map(|(word, _)| word).collect()
}

fn row(number: u8, owner: &OwnerId) -> NewGenerated {
    // Three images of each moment.
    let at = UnixMs(1_700_000_000_000 + i64::from(number / 3));
    NewGenerated {
        image: NewImage {
            id: ImageId::generate(),
            owner_id: owner.clone(),
            url: None,
            r2_key: ObjectKey::parse(&format!("generated/{owner}/{number}-a.png")).unwrap(),
            filename: format!("{number}.png"),
            format: ImageFormat::Png,
            size_bytes: u64::from(number) + 1,
            width: 64,
            height: 64,
            fingerprint: None,
            made: Made { at, from: MadeFrom::Import },
            added_at: at,
            modified_at: None,
            notices: Vec::new(),
            sha256: [number; 32],
        },
        visibility: number.is_multiple_of(2).then_some(Visibility::Public),
        in_trash: InTrash::Leave,
        generation: GenerationRow { prompt: words(number).join(" "), ..GenerationRow::default() },
    }
}

/// Returns the file names of all pages.
async fn pages(catalog: &Catalog, owner: &OwnerId, query: &str, order: Order, limit: u32) -> Vec<String> {
    let view = View::Search { query: query.to_owned(), within: SearchPlace::History }.parsed(&Zone::UTC);
    let (mut found, mut cursor) = (Vec::new(), None);
    loop {
        let request = PageRequest { limit, cursor };
        let page = catalog.page::<GeneratedImage>(owner, view.clone(), order, &request).await.unwrap();
        found.extend(page.page.into_iter().map(|image| image.record.filename));
        match page.continue_cursor {
            Some(next) if !page.is_done => cursor = Some(next),
            _ => return found,
        }
    }
}

#[tokio::test]
async fn pages_without_a_word_are_those_of_a_comparison_of_every_row() {
    assert!(usize::from(ROWS) > NEAR.iter().map(|rows| *rows as usize).sum::<usize>(), "all ranges are used");
    let folder = tempfile::tempdir().unwrap();
    let catalog = Catalog::open(&folder.path().join("catalog.db")).unwrap();
    let owner = OwnerId::parse("ana").unwrap();
    catalog.ensure_profile(&owner, None, UnixMs(1)).await.unwrap();
    let rows = (0..ROWS).map(|number| row(number, &owner)).collect();
    catalog.create_generated(rows, None, |_| Ok(())).await.unwrap();
    for by in [OrderBy::Made, OrderBy::Size, OrderBy::Name] {
        for reversed in [false, true] {
            let order = Order { by, reversed };
            for unwanted in ["always", "mostly", "often", "rarely", "once", "never"] {
                for (more, is_public) in [("", false), (" is:public", true)] {
                    let query = format!("-{unwanted}{more} ");
                    let everything = pages(&catalog, &owner, more, order, 100).await;
                    let has = |name: &String| words(name.trim_end_matches(".png").parse().unwrap());
                    let expected: Vec<_> =
                        everything.iter().filter(|name| !has(name).contains(&unwanted)).cloned().collect();
                    assert!(everything.len() >= if is_public { 30 } else { 60 });
                    for limit in [1, 4, 50] {
                        let found = pages(&catalog, &owner, &query, order, limit).await;
                        assert_eq!(found, expected, "{query:?} {order:?} by {limit}");
                    }
                    let view = View::Search { query: query.clone(), within: SearchPlace::History };
                    let index =
                        catalog.view_index(&owner, view.parsed(&Zone::UTC), by, || true).await.unwrap();
                    let count = u32::from_le_bytes(index.unwrap()[..4].try_into().unwrap());
                    assert_eq!(count as usize, expected.len(), "all of {query:?} {by:?}");
                }
            }
        }
    }
}
