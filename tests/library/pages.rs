//! Keyset pages: no row comes twice and none is skipped, whatever is added
//! meanwhile.

use std::collections::BTreeSet;
use vitrine_core::Library;
use vitrine_core::model::{ErrorCode, ImageId, OrderBy, PageRequest, Removal, View, Visibility};
use vitrine_tests::fixture::{LibraryFixture, generated, import, import_picture, references};
use vitrine_tests::pictures::a_png;

async fn a_library_of(fixture: &LibraryFixture, images: u64) -> (Library, BTreeSet<ImageId>) {
    let library = fixture.open().await;
    // The images of one batch have the same moment, so that the id has to
    // decide the order.
    for seed in 0..images {
        a_png(16, 16).seed(seed).write_to(&fixture.inbox(), &format!("{seed}.png"));
    }
    let summary = import(&library, vec![fixture.inbox()], generated()).await;
    let ids = summary.files.into_iter().map(|file| file.id.unwrap()).collect();
    (library, ids)
}

async fn next(
    library: &Library,
    view: &View,
    limit: u32,
    cursor: Option<String>,
) -> (Vec<ImageId>, Option<String>) {
    let page = library.tiles(view, OrderBy::Made, &PageRequest { limit, cursor }).await.unwrap();
    assert_eq!(page.is_done, page.continue_cursor.is_none());
    assert!(page.page.len() <= limit as usize);
    assert!(
        page.page.is_sorted_by(|a, b| (a.created_at, &a.id) > (b.created_at, &b.id)) || *view == View::Trash
    );
    (page.page.into_iter().map(|tile| tile.id).collect(), page.continue_cursor)
}

#[tokio::test(flavor = "multi_thread")]
async fn paging_shows_each_image_once_while_others_are_added_and_removed() {
    let fixture = LibraryFixture::new();
    let (library, ids) = a_library_of(&fixture, 23).await;
    let mut seen = Vec::new();
    let (mut cursor, mut round) = (None, 0);
    loop {
        let (page, more) = next(&library, &View::History, 5, cursor).await;
        seen.extend(page);
        let Some(more) = more else { break };
        cursor = Some(more);
        round += 1;
        // This image is newer than everything that the walk will still see.
        import_picture(&library, &a_png(16, 16).seed(1000 + round), generated()).await;
        // The row of the cursor may be removed. The walk continues behind it.
        let last = seen.last().unwrap().clone();
        library.remove(vec![last], Removal::ToTrash).await.unwrap();
    }
    assert_eq!(seen.len(), 23);
    assert_eq!(seen.into_iter().collect::<BTreeSet<_>>(), ids);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_view_can_be_paged_to_its_end() {
    let fixture = LibraryFixture::new();
    let (library, ids) = a_library_of(&fixture, 7).await;
    let all: Vec<ImageId> = ids.iter().cloned().collect();
    library.set_visibility(all.clone(), Visibility::Public).await.unwrap();
    let gallery = library.create_gallery("Faces").await.unwrap();
    let mut referenced = BTreeSet::new();
    for seed in 0..7 {
        let target = references(Some(gallery.id.clone()));
        referenced.insert(import_picture(&library, &a_png(16, 16).seed(50 + seed), target).await);
    }
    let walk = async |view: View| {
        let (mut seen, mut cursor) = (Vec::new(), None);
        loop {
            let (page, more) = next(&library, &view, 2, cursor).await;
            seen.extend(page);
            cursor = more;
            if cursor.is_none() {
                return seen;
            }
        }
    };
    assert_eq!(walk(View::Feed).await.into_iter().collect::<BTreeSet<_>>(), ids);
    for view in [View::References { gallery: None }, View::References { gallery: Some(gallery.id.clone()) }] {
        let seen = walk(view).await;
        assert_eq!((seen.len(), seen.into_iter().collect::<BTreeSet<_>>()), (7, referenced.clone()));
    }
    // Both kinds are in one trash, and each kind was removed in one moment.
    library.remove(all, Removal::ToTrash).await.unwrap();
    library.remove(referenced.iter().cloned().collect(), Removal::ToTrash).await.unwrap();
    let seen = walk(View::Trash).await;
    assert_eq!(seen.len(), 14);
    assert_eq!(seen.into_iter().collect::<BTreeSet<_>>(), ids.union(&referenced).cloned().collect());
    assert!(walk(View::History).await.is_empty() && walk(View::Feed).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_size_of_a_page_is_limited_to_1_to_1000() {
    let fixture = LibraryFixture::new();
    let (library, _) = a_library_of(&fixture, 3).await;
    assert_eq!(library.get_my_images(&PageRequest::first(0)).await.unwrap().page.len(), 1);
    let most = library.get_my_images(&PageRequest::first(u32::MAX)).await.unwrap();
    assert_eq!((most.page.len(), most.is_done, most.continue_cursor), (3, true, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_made_up_cursor_is_invalid_input_everywhere() {
    let fixture = LibraryFixture::new();
    let (library, ids) = a_library_of(&fixture, 1).await;
    let id = ids.first().unwrap();
    let oversized = format!("{}.{id}", "9".repeat(40));
    for garbage in ["", "0", "x.y", "' OR 1=1 --", "1.2.3", oversized.as_str()] {
        let request = PageRequest { limit: 5, cursor: Some(garbage.to_owned()) };
        let refused = [
            library.get_my_images(&request).await.unwrap_err(),
            library.get_public_feed(&request).await.unwrap_err(),
            library.get_my_references(&request).await.unwrap_err(),
            library.get_trash(&request).await.unwrap_err(),
            library.tiles(&View::History, OrderBy::Made, &request).await.unwrap_err(),
        ];
        for error in refused {
            assert_eq!(error.code(), ErrorCode::InvalidInput, "{garbage:?}: {error}");
        }
    }
}
