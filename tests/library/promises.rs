//! Promises about the disk: an import is safe at once, removed means gone, and
//! originals keep every byte.

use std::sync::{Arc, Mutex};
use tokio_util::sync::CancellationToken;
use vitrine_core::library::{ImportChoices, Variant};
use vitrine_core::model::{
    ImageEdit, Operation, OrderBy, Outcome, OwnerId, PageRequest, Removal, Source, ThumbnailSize, UnixMs,
    View, Visibility,
};
use vitrine_tests::fixture::{LibraryFixture, feed, generated, import_bytes, references};
use vitrine_tests::folders::files_under;
use vitrine_tests::pictures::a_png;

#[tokio::test(flavor = "multi_thread")]
async fn an_imported_original_and_its_row_outlive_the_process() {
    let fixture = LibraryFixture::new();
    let bytes = a_png(64, 64).bytes();
    let id = {
        let library = fixture.open().await;
        import_bytes(&library, bytes.clone(), generated()).await
    };
    assert_eq!(fixture.original_on_disk(&bytes), Some(bytes.clone()));
    let library = fixture.open().await;
    let row = library.detail(&id).await.unwrap();
    assert_eq!((row.size_bytes.0, row.width, row.height), (bytes.len() as u64, 64, 64));
    let transfers = library.transfers(10).await.unwrap();
    assert_eq!(
        (transfers.len(), transfers[0].operation, transfers[0].image_id.as_ref()),
        (1, Operation::Put, Some(&id))
    );
    assert_eq!(library.pixels(&id, Variant::Original).await.unwrap().bytes, bytes);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_import_leaves_all_or_nothing_of_each_file() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    for seed in 0..150 {
        a_png(64, 64).noise().seed(seed).write_to(&fixture.inbox(), &format!("{seed}.png"));
    }
    let cancel = CancellationToken::new();
    let acknowledged = Arc::new(Mutex::new(Vec::new()));
    let (stop, heard) = (cancel.clone(), Arc::clone(&acknowledged));
    let each = move |file: &vitrine_core::model::ImportedFile| {
        assert_eq!(file.outcome, Outcome::Imported);
        heard.lock().unwrap().push(file.id.clone().unwrap());
        stop.cancel();
    };
    let sources = vec![Source::Path(fixture.inbox())];
    let summary =
        library.import(sources, generated(), ImportChoices::default(), cancel, each, |_| ()).await.unwrap();
    assert!(summary.cancelled && summary.imported > 0 && summary.imported < 150, "{}", summary.imported);
    drop(library);

    let library = fixture.open().await;
    let rows = library.get_my_images(&PageRequest::first(1000)).await.unwrap().page;
    let mut ids: Vec<_> = rows.iter().map(|row| row.id.clone()).collect();
    let mut told = acknowledged.lock().unwrap().clone();
    ids.sort();
    told.sort();
    assert_eq!(ids, told);
    assert_eq!(library.transfers(1000).await.unwrap().len(), ids.len());
    // Each original on disk belongs to a row, and no temporary file is left.
    assert_eq!(files_under(&fixture.folder().join("originals")).len(), ids.len());
    for row in rows {
        let bytes = std::fs::read(fixture.inbox().join(&row.filename)).unwrap();
        assert_eq!(fixture.original_on_disk(&bytes), Some(bytes));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_action_changes_a_byte_of_the_original() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let bytes = a_png(64, 64).with_text("parameters", "a fox").with_exif_orientation(6).bytes();
    let id = import_bytes(&library, bytes.clone(), generated()).await;
    let one = || vec![id.clone()];
    library.set_visibility(one(), Visibility::Public).await.unwrap();
    library.set_visibility(one(), Visibility::Unlisted).await.unwrap();
    let edit = ImageEdit { prompt: Some("a fox".into()), seed: Some("7".into()), ..ImageEdit::default() };
    library.edit(&id, edit).await.unwrap();
    library.pixels(&id, Variant::Thumbnail(ThumbnailSize::Medium)).await.unwrap();
    library.remove(one(), Removal::ToTrash).await.unwrap();
    assert_eq!(fixture.original_on_disk(&bytes), Some(bytes.clone()), "the trash keeps the original");
    library.restore(one()).await.unwrap();

    // What is shown is a copy that is upright in every browser engine.
    library.pixels(&id, Variant::Original).await.unwrap();
    assert_eq!(fixture.original_on_disk(&bytes), Some(bytes));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_thumbnail_is_made_again_from_the_original() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let id = import_bytes(&library, a_png(900, 600).bytes(), generated()).await;
    let before = library.pixels(&id, Variant::Thumbnail(ThumbnailSize::Medium)).await.unwrap();
    for thumbnail in fixture.thumbnails() {
        std::fs::remove_file(thumbnail).unwrap();
    }
    let again = library.pixels(&id, Variant::Thumbnail(ThumbnailSize::Medium)).await.unwrap();
    assert_eq!((again.content_type, again.bytes), (before.content_type, before.bytes));
    assert_eq!(fixture.thumbnails().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_image_leaves_every_view_and_comes_back_with_its_key_and_url() {
    let fixture = LibraryFixture::with_bucket();
    let library = fixture.open().await;
    let gallery = library.create_gallery("Faces").await.unwrap().id;
    let picture = import_bytes(&library, a_png(16, 16).bytes(), generated()).await;
    let reference = import_bytes(&library, a_png(16, 16).bytes(), references(Some(gallery.clone()))).await;
    library.set_visibility(vec![picture.clone()], Visibility::Public).await.unwrap();
    let both = vec![picture.clone(), reference.clone()];
    let before = (library.detail(&picture).await.unwrap(), library.detail(&reference).await.unwrap());
    assert!(before.0.url.is_some() && before.1.url.is_some());
    let views = [
        View::History,
        View::Feed,
        View::References { gallery: None },
        View::References { gallery: Some(gallery.clone()) },
    ];

    library.remove(both.clone(), Removal::ToTrash).await.unwrap();

    let first = PageRequest::first(10);
    for view in &views {
        assert!(library.tiles(view, OrderBy::Made, &first).await.unwrap().page.is_empty(), "{view:?}");
    }
    assert!(library.get_my_images(&first).await.unwrap().page.is_empty());
    assert!(library.get_my_references(&first).await.unwrap().page.is_empty());
    assert!(feed(&library).await.is_empty());
    assert_eq!(library.galleries().await.unwrap()[0].images, 0);
    let counts = library.counts().await.unwrap();
    assert_eq!((counts.history, counts.feed, counts.references, counts.trash), (0, 0, 0, 2));
    assert_eq!(library.get_trash(&first).await.unwrap().page.len(), 2);

    library.restore(both).await.unwrap();
    for view in &views {
        assert_eq!(library.tiles(view, OrderBy::Made, &first).await.unwrap().page.len(), 1, "{view:?}");
    }
    assert_eq!((library.detail(&picture).await.unwrap(), library.detail(&reference).await.unwrap()), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_permanent_removal_deletes_row_original_and_thumbnail() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let bytes = a_png(16, 16).bytes();
    let id = import_bytes(&library, bytes.clone(), generated()).await;
    library.remove(vec![id.clone()], Removal::ToTrash).await.unwrap();
    assert_eq!(library.empty_trash().await.unwrap().done, std::slice::from_ref(&id));
    assert_eq!(library.detail(&id).await.unwrap_err().code(), vitrine_core::model::ErrorCode::NotFound);
    assert_eq!(fixture.original_on_disk(&bytes), None);
    assert!(fixture.thumbnails().is_empty());
    assert!(library.transfers(10).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_trash_of_every_profile_keeps_an_image_for_thirty_days() {
    let fixture = LibraryFixture::new();
    let others = OwnerId::parse("somebody-else").unwrap();
    for owner in [fixture.owner(), others] {
        let library = fixture.try_open_as(Some(owner)).await.unwrap();
        let id = import_bytes(&library, a_png(16, 16).bytes(), generated()).await;
        library.remove(vec![id], Removal::ToTrash).await.unwrap();
    }
    let library = fixture.open().await;
    let days = |days: i64| UnixMs::now().plus_ms(days * 24 * 3600 * 1000);
    // A clock that moves by at most a week at a time is believed.
    for day in [5, 11, 17, 23, 29] {
        assert_eq!(library.expire_trash(days(day)).await.unwrap(), 0);
    }
    assert_eq!(library.counts().await.unwrap().trash, 1);
    assert_eq!(library.expire_trash(days(31)).await.unwrap(), 2);
    assert_eq!(library.counts().await.unwrap().trash, 0);
    assert_eq!(fixture.original_on_disk(&a_png(16, 16).bytes()), None);
}
