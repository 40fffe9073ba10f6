//! The same bytes imported twice: the outcome depends on their owner.

use vitrine_core::model::{Outcome, PageRequest, Removal};
use vitrine_tests::fixture::{LibraryFixture, generated, import, import_bytes, import_picture, references};
use vitrine_tests::pictures::a_png;

#[tokio::test(flavor = "multi_thread")]
async fn the_same_bytes_are_a_duplicate_that_names_the_known_image() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let id = import_picture(&library, &a_png(40, 40), generated()).await;
    let copies = vec![
        a_png(40, 40).write_to(&fixture.inbox(), "one.png"),
        a_png(40, 40).write_to(&fixture.inbox(), "two.png"),
    ];
    let summary = import(&library, copies, generated()).await;
    assert_eq!((summary.imported, summary.duplicates), (0, 2));
    for file in summary.files {
        assert_eq!((file.outcome, file.id), (Outcome::Duplicate, Some(id.clone())));
    }
    assert_eq!(library.transfers(10).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_bytes_twice_in_one_batch_are_one_image() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    for name in ["a.png", "b.png", "c.png"] {
        a_png(40, 40).write_to(&fixture.inbox(), name);
    }
    let summary = import(&library, vec![fixture.inbox()], generated()).await;
    assert_eq!((summary.imported, summary.duplicates), (1, 2));
    let ids: std::collections::BTreeSet<_> = summary.files.into_iter().map(|file| file.id).collect();
    assert_eq!(ids.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_profile_and_each_kind_has_its_own_row_and_key() {
    let fixture = LibraryFixture::new();
    let (ana, bob) = (fixture.open().await, fixture.open_as("bob").await);
    let bytes = a_png(40, 40).bytes();
    let ids = [
        import_bytes(&ana, bytes.clone(), generated()).await,
        import_bytes(&ana, bytes.clone(), references(None)).await,
        import_bytes(&bob, bytes.clone(), generated()).await,
    ];
    let mut keys = std::collections::BTreeSet::new();
    for id in &ids {
        keys.insert(ana.detail(id).await.unwrap().record.r2_key);
    }
    assert_eq!(keys.len(), 3);

    // The bytes are stored once, for as long as one of the three images needs
    // them.
    for (library, id) in [(&ana, &ids[0]), (&ana, &ids[1]), (&bob, &ids[2])] {
        assert_eq!(fixture.original_on_disk(&bytes), Some(bytes.clone()));
        assert_eq!(fixture.thumbnails().len(), 1);
        library.remove(vec![id.clone()], Removal::Permanent).await.unwrap();
    }
    assert_eq!(fixture.original_on_disk(&bytes), None);
    assert_eq!(fixture.thumbnails().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn importing_a_trashed_picture_restores_it() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let id = import_picture(&library, &a_png(40, 40), generated()).await;
    let before = library.detail(&id).await.unwrap();
    library.remove(vec![id.clone()], Removal::ToTrash).await.unwrap();
    assert_eq!(library.counts().await.unwrap().history, 0);

    assert_eq!(import_picture(&library, &a_png(40, 40), generated()).await, id);

    let after = library.detail(&id).await.unwrap();
    assert_eq!((after.record.r2_key, after.removed_at), (before.record.r2_key, None));
    let page = library.get_my_images(&PageRequest::first(10)).await.unwrap();
    assert_eq!(page.page.len(), 1);
    assert!(library.get_trash(&PageRequest::first(10)).await.unwrap().page.is_empty());
    assert_eq!(library.transfers(10).await.unwrap().len(), 1);
}
