//! The journal still has what the catalog loses without Vitrine noticing: a missing or
//! damaged log, an older copy, single values that a disk changed.

use rusqlite::{Connection, OpenFlags};
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use tokio_util::sync::CancellationToken;
use vitrine_core::Library;
use vitrine_core::library::{ImportTarget, OpenLibrary, RecoverFrom};
use vitrine_core::model::{
    Depth, FindingKind, ImageEdit, ImageId, ImageKind, OrderBy, PageRequest, Rating, Removal, UnixMs,
    VerifyOptions, VerifyReport, View, Visibility,
};
use vitrine_tests::fixture::{LibraryFixture, generated, import_named, import_picture};
use vitrine_tests::folders::{copy_folder, files_under};
use vitrine_tests::pictures::a_png;

const NOW: UnixMs = UnixMs(1_800_000_000_000);

fn catalog(fixture: &LibraryFixture) -> PathBuf {
    fixture.folder().join("catalog.db")
}

fn sql(fixture: &LibraryFixture, statements: &str) {
    Connection::open(catalog(fixture)).unwrap().execute_batch(statements).unwrap();
}

/// Lists everything that an artist would miss.
async fn everything(library: &Library) -> Vec<String> {
    let first = PageRequest::first(1000);
    let mut lines = Vec::new();
    for image in library.get_my_images(&first).await.unwrap().page {
        lines.push(format!(
            "{} {} {:?} {} {:?} {} {} {:?}",
            image.id,
            image.filename,
            image.visibility,
            image.prompt,
            image.generation_params,
            image.record.rating.stars(),
            image.record.favourite,
            image.record.note
        ));
    }
    for collection in library.collections().await.unwrap() {
        let view = View::Collection { collection: collection.id };
        let images = library.images(&view, OrderBy::Manual.into(), &first).await.unwrap().page;
        let ids: Vec<String> = images.iter().map(|image| image.id().to_string()).collect();
        lines.push(format!("{} {ids:?}", collection.name));
    }
    for image in library.get_my_references(&first).await.unwrap().page {
        let galleries = library.detail(&image.id).await.unwrap().galleries;
        lines.push(format!("{} {} {galleries:?}", image.id, image.filename));
    }
    for image in library.get_trash(&first).await.unwrap().page {
        lines.push(format!("trash {}", image.id()));
    }
    for gallery in library.galleries().await.unwrap() {
        lines.push(format!("{} {}", gallery.id, gallery.name));
    }
    lines
}

async fn verify(library: &Library, repair: bool) -> VerifyReport {
    let options = VerifyOptions { repair, depth: Depth::Hash, ..VerifyOptions::default() };
    library.verify(options, CancellationToken::new(), |_| {}).await.unwrap()
}

/// Makes changes of every kind in a library that has a copy of the catalog from in
/// between.
async fn a_library_with_newer_changes(fixture: &LibraryFixture, between: impl AsyncFnOnce(&Library)) {
    let library = fixture.open().await;
    let first = import_picture(&library, &a_png(16, 16).seed(1), generated()).await;
    let second = import_picture(&library, &a_png(16, 16).seed(2), generated()).await;
    let third = import_picture(&library, &a_png(16, 16).seed(3), generated()).await;
    library.set_visibility(vec![second.clone(), third.clone()], Visibility::Public).await.unwrap();
    between(&library).await;
    let gallery = library.create_gallery("Hands").await.unwrap().id;
    let target = ImportTarget { gallery: Some(gallery), ..ImportTarget::of(ImageKind::Reference) };
    import_picture(&library, &a_png(16, 16).seed(4), target).await;
    import_picture(&library, &a_png(16, 16).seed(5), generated()).await;
    library.set_visibility(vec![first.clone()], Visibility::Public).await.unwrap();
    library.set_visibility(vec![second.clone()], Visibility::Unlisted).await.unwrap();
    let edit = ImageEdit { prompt: Some("a fox in deep snow".into()), ..ImageEdit::default() };
    library.edit(&second, edit).await.unwrap();
    library.set_rating(vec![first.clone()], Rating::try_from(4).unwrap()).await.unwrap();
    library.set_favourite(vec![second.clone()], true).await.unwrap();
    library.set_note(vec![second.clone()], "print this one").await.unwrap();
    let best = library.create_collection("Best").await.unwrap().id;
    library.add_to_collection(&best, vec![first.clone(), second.clone()]).await.unwrap();
    library.remove(vec![third], Removal::ToTrash).await.unwrap();
    let gone = import_picture(&library, &a_png(16, 16).seed(6), generated()).await;
    library.remove(vec![gone], Removal::Permanent).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_copy_of_the_catalog_is_noticed_and_gets_every_change_back() {
    let fixture = LibraryFixture::new();
    let aside = fixture.inbox().join("older.db");
    let copy = aside.clone();
    let path = catalog(&fixture);
    a_library_with_newer_changes(&fixture, async move |library| {
        library.close().await.unwrap();
        fs::copy(&path, &copy).unwrap();
    })
    .await;
    let before = everything(&fixture.open().await).await;
    assert!(fixture.open().await.healed().is_none(), "nothing was lost yet");
    fs::copy(&aside, catalog(&fixture)).unwrap();

    let library = fixture.open().await;

    let healed = library.healed().expect("the loss is noticed");
    assert!(healed.is_whole && healed.images >= 2 && healed.refused + healed.damaged == 0, "{healed:?}");
    assert_eq!(everything(&library).await, before);
    assert_eq!(verify(&library, false).await.findings, []);
    drop(library);
    assert!(fixture.open().await.healed().is_none(), "once is enough");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flipped_byte_in_the_log_or_a_missing_log_loses_nothing() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    for number in 0..12 {
        import_picture(&library, &a_png(16, 16).seed(number), generated()).await;
    }
    let before = everything(&library).await;
    // A kill leaves this state, in which nothing was checkpointed.
    let log = fs::read(fixture.folder().join("catalog.db-wal")).unwrap();
    assert!(log.len() > 10_000);
    let mut places: Vec<Option<usize>> = (0..8).map(|part| Some(log.len() * part / 8 + 60)).collect();
    places.push(None);
    for place in places {
        let copied = fixture.inbox().join(format!("copy-{place:?}"));
        copy_folder(&fixture.folder(), &copied);
        let _ = fs::remove_file(copied.join("catalog.db-shm"));
        match place {
            None => fs::remove_file(copied.join("catalog.db-wal")).unwrap(),
            Some(place) => {
                let mut log = log.clone();
                log[place] ^= 1;
                fs::write(copied.join("catalog.db-wal"), log).unwrap();
            }
        }
        let how = OpenLibrary { folder: copied, ..fixture.how_to_open(Some(fixture.owner())) };
        let opened = match Library::open(how).await {
            Ok(library) => library,
            // A file without a single row is no better than a missing file.
            Err(error) => {
                assert_eq!(error.code(), vitrine_core::model::ErrorCode::CatalogDamaged, "{place:?}");
                let folder = fixture.inbox().join(format!("copy-{place:?}"));
                let how = OpenLibrary { folder, ..fixture.how_to_open(Some(fixture.owner())) };
                Library::recover(how, RecoverFrom::Nothing, NOW).await.unwrap().0
            }
        };
        assert_eq!(everything(&opened).await, before, "at {place:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recovery_never_publishes_what_was_unlisted_after_the_backup() {
    for has_journal in [true, false] {
        let fixture = LibraryFixture::new();
        a_library_with_newer_changes(&fixture, async |library| {
            assert!(library.back_up_if_due(NOW).await.unwrap());
        })
        .await;
        let before = everything(&fixture.open().await).await;
        fs::write(catalog(&fixture), b"gone").unwrap();
        if !has_journal {
            fs::remove_dir_all(fixture.folder().join("journal")).unwrap();
        }
        let how = fixture.how_to_open(Some(fixture.owner()));
        let (library, recovery) = Library::recover(how, RecoverFrom::Backup, NOW).await.unwrap();
        let feed = library.get_public_feed(&PageRequest::first(100)).await.unwrap().page;
        if has_journal {
            assert_eq!(everything(&library).await, before);
            assert_eq!((feed.len(), recovery.found_again, recovery.from_journal), (1, 2, 2));
        } else {
            assert!(feed.is_empty(), "nobody knows what was chosen since the backup");
            assert_eq!((recovery.found_again, recovery.from_journal), (2, 0));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_permanent_removal_is_finished_at_the_next_opening() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let ids: Vec<ImageId> = {
        let mut ids = Vec::new();
        for number in 0..4 {
            ids.push(import_picture(&library, &a_png(16, 16).seed(number), generated()).await);
        }
        ids
    };
    let originals = fixture.folder().join("originals");
    let kept = fixture.inbox().join("kept");
    copy_folder(&originals, &kept);
    library.remove(ids[1..].to_vec(), Removal::Permanent).await.unwrap();
    library.close().await.unwrap();
    drop(library);
    assert_eq!(files_under(&originals).len(), 1);
    // A kill between the rows and the files leaves this state.
    copy_folder(&kept, &originals);
    let hashes = files_under(&originals).into_iter().map(|path| {
        let hash = path.file_stem().unwrap().to_str().unwrap().to_owned();
        format!(
            "INSERT INTO unwanted_originals SELECT unhex('{hash}'), 'image/png'
                 WHERE NOT EXISTS (SELECT 1 FROM generated_images WHERE sha256 = unhex('{hash}'));"
        )
    });
    let hashes: String = hashes.collect();
    {
        let catalog = Connection::open(catalog(&fixture)).unwrap();
        catalog.execute_batch(&hashes).unwrap();
    }

    let library = fixture.open().await;

    assert_eq!(files_under(&originals).len(), 1);
    assert_eq!(verify(&library, true).await.findings, []);
    assert_eq!(library.counts().await.unwrap().history, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_original_without_a_row_is_imported_again_with_everything_known() {
    let fixture = LibraryFixture::new();
    a_library_with_newer_changes(&fixture, async |_| {}).await;
    let before = everything(&fixture.open().await).await;
    sql(
        &fixture,
        "PRAGMA foreign_keys = ON;
         CREATE TEMP TABLE t (x); DROP TRIGGER generated_images_not_searched;
         DELETE FROM search_rows; DELETE FROM generated_images; DELETE FROM reference_images;
         CREATE TRIGGER generated_images_not_searched BEFORE DELETE ON generated_images
         BEGIN
             DELETE FROM generated_search WHERE rowid = (SELECT position FROM search_rows WHERE image_id = old.id);
             DELETE FROM search_rows WHERE image_id = old.id;
         END;",
    );
    let library = fixture.open().await;
    let found = verify(&library, false).await;
    assert_eq!((found.counts.unknown_original, found.unrepaired), (5, 5), "{found:?}");
    let repaired = verify(&library, true).await;
    assert_eq!((repaired.counts.unknown_original, repaired.unrepaired), (5, 0), "{repaired:?}");
    assert_eq!(everything(&library).await, before);
    assert_eq!(verify(&library, false).await.findings, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_original_about_which_nothing_is_known_becomes_unlisted() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    import_picture(&library, &a_png(16, 16).seed(1), generated()).await;
    drop(library);
    sql(&fixture, "DELETE FROM transfers;");
    {
        let catalog = Connection::open(catalog(&fixture)).unwrap();
        catalog
            .execute_batch("DROP TRIGGER generated_images_not_searched; DELETE FROM generated_images;")
            .unwrap();
    }
    fs::remove_dir_all(fixture.folder().join("journal")).unwrap();
    let library = fixture.open().await;
    let repaired = verify(&library, true).await;
    assert_eq!((repaired.counts.unknown_original, repaired.unrepaired), (1, 0), "{repaired:?}");
    let images = library.get_my_images(&PageRequest::first(10)).await.unwrap().page;
    assert_eq!((images.len(), images[0].visibility), (1, Visibility::Unlisted));
}

/// Changes one value of one row as a disk does: in the table but not in the indexes.
fn damage(fixture: &LibraryFixture, column: &str, value: &str) {
    let catalog = Connection::open(catalog(fixture)).unwrap();
    catalog
        .execute_batch(&format!(
            "PRAGMA writable_schema = ON; PRAGMA ignore_check_constraints = ON;
             UPDATE generated_images SET {column} = {value} WHERE filename = 'image-2.png';"
        ))
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_value_hides_one_row_which_is_named_and_repaired() {
    for (column, value) in
        [("r2_key", "'not a key'"), ("visibility", "'qublic'"), ("content_type", "'image/qng'")]
    {
        for has_journal in [true, false] {
            let fixture = LibraryFixture::new();
            let library = fixture.open().await;
            for number in 0..5 {
                let bytes = a_png(16, 16).seed(number).bytes();
                import_named(&library, &format!("image-{number}.png"), bytes, generated()).await;
            }
            assert!(library.back_up_if_due(NOW).await.unwrap());
            let before: BTreeSet<String> = everything(&library).await.into_iter().collect();
            drop(library);
            if has_journal {
                // A segment that a backup has made unnecessary is read too, while it
                // exists.
                let library = fixture.open().await;
                let images = library.get_my_images(&PageRequest::first(10)).await.unwrap().page;
                let ids = images.into_iter().map(|image| image.record.id).collect();
                library.set_visibility(ids, Visibility::Unlisted).await.unwrap();
            } else {
                fs::remove_dir_all(fixture.folder().join("journal")).unwrap();
            }
            let flags = OpenFlags::SQLITE_OPEN_READ_WRITE;
            Connection::open_with_flags(catalog(&fixture), flags)
                .unwrap()
                .execute_batch("PRAGMA foreign_keys = OFF;")
                .unwrap();
            damage(&fixture, column, value);

            let library = fixture.open().await;
            let page = library.get_my_images(&PageRequest::first(2)).await.unwrap();
            let rest = PageRequest { limit: 10, cursor: page.continue_cursor.clone() };
            let rest = library.get_my_images(&rest).await.unwrap();
            assert_eq!(page.page.len() + rest.page.len(), 4, "{column}");
            assert_eq!([page.damaged, rest.damaged].concat(), ["image-2.png"], "{column}");
            let tiles = library.tiles(&View::History, OrderBy::Made, &PageRequest::first(10)).await.unwrap();
            assert!(tiles.page.len() >= 4, "{column}");
            let found = verify(&library, false).await;
            assert_eq!(found.counts.damaged_row, 1, "{column}: {found:?}");
            let repaired = verify(&library, true).await;
            assert_eq!(repaired.unrepaired, 0, "{column}: {repaired:?}");
            let after: BTreeSet<String> = everything(&library).await.into_iter().collect();
            assert_eq!(after, before, "{column}, journal: {has_journal}");
            let clean = verify(&library, false).await;
            assert!(
                clean.findings.iter().all(|finding| finding.kind != FindingKind::DamagedRow),
                "{clean:?}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_original_of_a_row_beyond_repair_is_imported_again_not_deleted() {
    for has_older_word in [true, false] {
        let fixture = LibraryFixture::new();
        let library = fixture.open().await;
        let id = import_named(&library, "image-2.png", a_png(16, 16).bytes(), generated()).await;
        drop(library);
        if !has_older_word {
            fs::remove_dir_all(fixture.folder().join("journal")).unwrap();
        }
        let _ = fs::remove_dir_all(fixture.folder().join("backups"));
        damage(&fixture, "content_type", "'image/qng'");
        for original in files_under(&fixture.folder().join("originals")) {
            let file = fs::File::options().write(true).open(original).unwrap();
            file.set_modified(std::time::SystemTime::now() - std::time::Duration::from_hours(1)).unwrap();
        }

        // The latest entry of the journal contains the damage.
        let library = fixture.open().await;
        library.set_visibility(vec![id.clone()], Visibility::Public).await.unwrap();
        let repaired = verify(&library, true).await;

        assert_eq!(repaired.unrepaired, 0, "{repaired:?}");
        let images = library.get_my_images(&PageRequest::first(10)).await.unwrap();
        assert!(images.damaged.is_empty());
        let [image] = images.page.as_slice() else { panic!("{repaired:?}") };
        assert_eq!(image.filename, "image-2.png");
        let visibility = if has_older_word { Visibility::Public } else { Visibility::Unlisted };
        assert_eq!((image.visibility, image.id == id), (visibility, has_older_word));
        assert_eq!(verify(&library, false).await.found, 0);
        assert_eq!(files_under(&fixture.folder().join("originals")).len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_library_has_everything_in_one_file() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    for number in 0..3 {
        import_picture(&library, &a_png(16, 16).seed(number), generated()).await;
    }
    drop(library);
    assert!(!fixture.folder().join("catalog.db-wal").exists());
    let alone = fixture.inbox().join("alone.db");
    fs::copy(catalog(&fixture), &alone).unwrap();
    let count: u32 = Connection::open(alone)
        .unwrap()
        .query_row("SELECT count(*) FROM generated_images", [], |row| row.get(0))
        .unwrap();
    assert_eq!(count, 3);
}
