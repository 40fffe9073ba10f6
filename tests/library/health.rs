//! A catalog that breaks is detected, set aside and replaced, and no picture is lost.

use rusqlite::Connection;
use std::collections::BTreeSet;
use std::path::PathBuf;
use vitrine_core::library::{LibraryEvent, RecoverFrom, Recovery, RecoveryOutcome};
use vitrine_core::model::{ErrorCode, PageRequest, Removal, UnixMs, Visibility};
use vitrine_core::{Error, Library};
use vitrine_tests::fixture::{LibraryFixture, generated, get, import_picture, push, until};
use vitrine_tests::folders::files_under;
use vitrine_tests::pictures::a_png;

/// SQLite's default page size.
const PAGE: usize = 4096;
const DAY_MS: i64 = 24 * 3600 * 1000;
const NOW: UnixMs = UnixMs(1_800_000_000_000);

fn catalog(fixture: &LibraryFixture) -> PathBuf {
    fixture.folder().join("catalog.db")
}

async fn close(fixture: &LibraryFixture, library: Library) {
    drop(library);
    until("the catalog is closed", async || !fixture.folder().join("catalog.db-wal").exists()).await;
}

async fn import_numbered(library: &Library, numbers: std::ops::Range<u64>) {
    for number in numbers {
        import_picture(library, &a_png(16, 16).seed(number), generated()).await;
    }
}

/// Creates a library of six images, four of which are in a backup.
async fn a_library_with_a_backup(fixture: &LibraryFixture) {
    let library = fixture.open().await;
    import_numbered(&library, 0..4).await;
    assert!(library.back_up_if_due(NOW).await.unwrap());
    import_numbered(&library, 4..6).await;
    close(fixture, library).await;
}

/// Says whether the damage is found, at the latest by the check of the catalog.
async fn is_found(fixture: &LibraryFixture) -> bool {
    let found = match fixture.try_open_as(Some(fixture.owner())).await {
        Ok(library) => {
            let mut events = library.events();
            let checked = library.check_catalog().await;
            assert_eq!(checked.is_err(), matches!(events.try_recv(), Ok(LibraryEvent::Damaged)));
            checked.err()
        }
        Err(error) => Some(error),
    };
    found.is_some_and(|error| error.code() == ErrorCode::CatalogDamaged)
}

async fn recover(fixture: &LibraryFixture, from: RecoverFrom) -> Result<(Library, Recovery), Error> {
    Library::recover(fixture.how_to_open(Some(fixture.owner())), from, NOW.plus_ms(DAY_MS)).await
}

async fn hashes(library: &Library) -> BTreeSet<String> {
    let page = library.get_my_images(&PageRequest::first(100)).await.unwrap().page;
    page.into_iter().map(|image| image.record.sha256).collect()
}

/// Breaks the catalog, recovers from the backup, and compares.
async fn breaks_and_comes_back(break_it: impl Fn(&mut Vec<u8>), what: &str) {
    let fixture = LibraryFixture::new();
    a_library_with_a_backup(&fixture).await;
    let mut bytes = std::fs::read(catalog(&fixture)).unwrap();
    break_it(&mut bytes);
    std::fs::write(catalog(&fixture), &bytes).unwrap();
    assert!(is_found(&fixture).await, "{what} was not found");
    until("the damaged catalog is closed", async || !fixture.folder().join("catalog.db-wal").exists()).await;
    let damaged = std::fs::read(catalog(&fixture)).unwrap();

    let (library, recovery) = recover(&fixture, RecoverFrom::Backup).await.unwrap();

    assert_eq!((recovery.outcome, recovery.backup_of), (RecoveryOutcome::Restored, Some(NOW)), "{what}");
    assert_eq!((recovery.found_again, recovery.left_alone), (2, 0), "{what}");
    assert_eq!(hashes(&library).await.len(), 6, "{what}");
    library.check_catalog().await.unwrap();
    let aside = fixture.folder().join(recovery.set_aside.unwrap());
    assert_eq!(std::fs::read(aside).unwrap(), damaged, "{what}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_catalog_with_a_flipped_page_is_refused_and_recovered_completely() {
    // Pages of tables that every check reads. The second page is the first after the schema's own.
    for page in [1, 2, 4] {
        let flip =
            |bytes: &mut Vec<u8>| bytes[page * PAGE..(page + 1) * PAGE].iter_mut().for_each(|b| *b ^= 0xff);
        breaks_and_comes_back(flip, &format!("a flip of page {}", page + 1)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_truncated_catalog_is_refused_and_recovered_completely() {
    breaks_and_comes_back(|bytes| bytes.truncate(bytes.len() / 2), "half a file").await;
    breaks_and_comes_back(|bytes| bytes.truncate(PAGE + 100), "a page and a bit").await;
    breaks_and_comes_back(Vec::clear, "an empty file").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_in_place_of_a_catalog_is_refused_and_recovered_completely() {
    breaks_and_comes_back(|bytes| *bytes = b"a letter, not a database. ".repeat(500), "a letter").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_catalog_is_not_silently_replaced_by_an_empty_one() {
    let fixture = LibraryFixture::new();
    a_library_with_a_backup(&fixture).await;
    std::fs::remove_file(catalog(&fixture)).unwrap();
    assert!(is_found(&fixture).await);
    assert!(!catalog(&fixture).exists());
    let offer = Library::recovery_offer(fixture.folder()).await.unwrap();
    assert_eq!(offer.backup_of, Some(NOW));
    let (library, recovery) = recover(&fixture, RecoverFrom::Backup).await.unwrap();
    assert_eq!((recovery.set_aside, recovery.found_again), (None, 2));
    assert_eq!(hashes(&library).await.len(), 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recovery_without_a_backup_imports_every_original_again() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    import_numbered(&library, 0..3).await;
    let before = hashes(&library).await;
    close(&fixture, library).await;
    std::fs::write(catalog(&fixture), b"gone").unwrap();
    assert_eq!(Library::recovery_offer(fixture.folder()).await.unwrap().backup_of, None);
    // Asking for a backup that does not exist changes nothing.
    let refused = recover(&fixture, RecoverFrom::Backup).await.err().unwrap();
    assert_eq!(refused.code(), ErrorCode::NotFound);
    assert_eq!(std::fs::read(catalog(&fixture)).unwrap(), b"gone");

    let (library, recovery) = recover(&fixture, RecoverFrom::Nothing).await.unwrap();

    assert_eq!((recovery.outcome, recovery.found_again), (RecoveryOutcome::StartedEmpty, 3));
    assert_eq!(hashes(&library).await, before);
    let images = library.get_my_images(&PageRequest::first(10)).await.unwrap().page;
    assert!(images.iter().all(|image| image.visibility == Visibility::Unlisted));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_backup_is_skipped_for_an_older_sound_one() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    for day in 0..3 {
        import_numbered(&library, day..day + 1).await;
        assert!(library.back_up_if_due(NOW.plus_ms(day.cast_signed() * DAY_MS)).await.unwrap());
    }
    close(&fixture, library).await;
    for day in 1..3 {
        let backup = fixture.folder().join(format!("backups/catalog-{}.db", NOW.0 + day * DAY_MS));
        let bytes = std::fs::read(&backup).unwrap();
        std::fs::write(&backup, &bytes[..bytes.len() - PAGE - 7]).unwrap();
    }
    std::fs::write(catalog(&fixture), b"gone").unwrap();
    assert_eq!(Library::recovery_offer(fixture.folder()).await.unwrap().backup_of, Some(NOW));
    let (library, recovery) = recover(&fixture, RecoverFrom::Backup).await.unwrap();
    assert_eq!((recovery.backup_of, recovery.found_again), (Some(NOW), 2));
    assert_eq!(hashes(&library).await.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_is_made_each_day_and_the_last_seven_are_kept() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    for day in 0..9_u64 {
        import_numbered(&library, day..day + 1).await;
        let morning = NOW.plus_ms(day.cast_signed() * DAY_MS);
        assert!(library.back_up_if_due(morning).await.unwrap(), "day {day}");
        assert!(!library.back_up_if_due(morning.plus_ms(DAY_MS - 1)).await.unwrap(), "twice on day {day}");
    }
    let mut backups = files_under(&fixture.folder().join("backups"));
    backups.sort();
    assert_eq!(backups.len(), 7);
    for (backup, images) in backups.iter().zip(3..) {
        // SQLite alone reads the backup: one complete file, with the images of that day.
        let copy = Connection::open(backup).unwrap();
        let health: String = copy.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        let count: u32 =
            copy.query_row("SELECT count(*) FROM generated_images", [], |row| row.get(0)).unwrap();
        assert_eq!((health.as_str(), count), ("ok", images), "{}", backup.display());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sound_catalog_is_never_replaced() {
    let fixture = LibraryFixture::new();
    a_library_with_a_backup(&fixture).await;
    for from in [RecoverFrom::Backup, RecoverFrom::Nothing] {
        let (library, recovery) = recover(&fixture, from).await.unwrap();
        assert_eq!((recovery.outcome, recovery.set_aside), (RecoveryOutcome::Healthy, None));
        assert_eq!(hashes(&library).await.len(), 6);
        close(&fixture, library).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_catalog_does_not_count_as_damaged() {
    let fixture = LibraryFixture::new();
    a_library_with_a_backup(&fixture).await;
    Connection::open(catalog(&fixture)).unwrap().pragma_update(None, "user_version", 9_999).unwrap();
    let bytes = std::fs::read(catalog(&fixture)).unwrap();
    let refused = recover(&fixture, RecoverFrom::Backup).await.err().unwrap();
    assert_eq!(refused.code(), ErrorCode::CatalogTooNew);
    assert!(refused.to_failure().message.contains("newer Vitrine"));
    assert_eq!(std::fs::read(catalog(&fixture)).unwrap(), bytes);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_catalog_that_another_process_has_open_is_not_replaced() {
    let fixture = LibraryFixture::new();
    a_library_with_a_backup(&fixture).await;
    let elsewhere = fixture.open().await;
    let refused = recover(&fixture, RecoverFrom::Nothing).await.err().unwrap();
    assert!(refused.to_failure().message.contains("close it first"), "{refused:?}");
    import_numbered(&elsewhere, 6..7).await;
    assert_eq!(hashes(&elsewhere).await.len(), 7);
}

#[tokio::test(flavor = "multi_thread")]
async fn images_count_as_stored_after_a_recovery_only_if_the_bucket_confirms() {
    let fixture = LibraryFixture::with_bucket();
    let library = fixture.open().await;
    import_numbered(&library, 0..3).await;
    push(&library).await;
    assert!(library.back_up_if_due(NOW).await.unwrap());
    // The backup cannot know that one image is gone from the bucket and that one is new.
    let ids: Vec<_> = library.get_my_images(&PageRequest::first(10)).await.unwrap().page;
    library.remove(vec![ids[0].id.clone()], Removal::ToTrash).await.unwrap();
    import_numbered(&library, 3..4).await;
    push(&library).await;
    close(&fixture, library).await;
    let before = fixture.keys_in_bucket().await;
    std::fs::write(catalog(&fixture), b"gone").unwrap();

    std::fs::remove_dir_all(fixture.folder().join("journal")).unwrap();
    let (library, recovery) = recover(&fixture, RecoverFrom::Backup).await.unwrap();

    assert_eq!((recovery.found_again, recovery.from_journal), (1, 0));
    let images = library.get_my_images(&PageRequest::first(10)).await.unwrap().page;
    assert_eq!((images.len(), images.iter().filter(|image| image.stored).count()), (4, 0));
    let report = push(&library).await;
    assert_eq!((report.stored, report.parked, report.waiting), (4, 0, 0));
    for image in library.get_my_images(&PageRequest::first(10)).await.unwrap().page {
        assert_eq!((image.stored, get(&image.record.url.unwrap()).await.0), (true, 200));
    }
    let after = fixture.keys_in_bucket().await;
    // The new image has a new key. Its earlier object stays, and `verify` reports it.
    assert_eq!((before.len(), after.len()), (3, 5));
    assert!(before.iter().all(|key| after.contains(key)));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_recovery_continues_when_the_library_is_opened() {
    let fixture = LibraryFixture::with_bucket();
    let library = fixture.open().await;
    import_numbered(&library, 0..2).await;
    assert_eq!(push(&library).await.stored, 2);
    close(&fixture, library).await;
    // A kill right after the swap leaves this: a backup that knows one image and says that it is
    // stored.
    Connection::open(catalog(&fixture))
        .unwrap()
        .execute_batch("DELETE FROM generated_images WHERE id = (SELECT max(id) FROM generated_images)")
        .unwrap();
    std::fs::write(fixture.folder().join("recovery.unfinished"), b"").unwrap();

    let library = fixture.open().await;

    let images = library.get_my_images(&PageRequest::first(10)).await.unwrap().page;
    assert_eq!(images.len(), 2);
    assert!(images.iter().all(|image| !image.stored), "the bucket is asked again");
    assert!(!fixture.folder().join("recovery.unfinished").exists());
    assert_eq!(push(&library).await.stored, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_trash_keeps_images_for_thirty_days_again_after_a_recovery() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    import_numbered(&library, 0..1).await;
    let id = library.get_my_images(&PageRequest::first(1)).await.unwrap().page.remove(0).record.id;
    library.remove(vec![id.clone()], Removal::ToTrash).await.unwrap();
    assert!(library.back_up_if_due(NOW).await.unwrap());
    library.restore(vec![id]).await.unwrap();
    close(&fixture, library).await;
    std::fs::write(catalog(&fixture), b"no catalog at all").unwrap();
    let _ = std::fs::remove_file(fixture.folder().join("catalog.db-wal"));

    std::fs::remove_dir_all(fixture.folder().join("journal")).unwrap();
    let (library, _) = recover(&fixture, RecoverFrom::Backup).await.unwrap();

    assert_eq!(library.counts().await.unwrap().trash, 1);
    for day in [7, 13, 19, 25, 30] {
        let later = NOW.plus_ms(day * DAY_MS);
        assert_eq!(library.expire_trash(later).await.unwrap(), 0, "recovered a day after the backup");
    }
    assert_eq!(library.expire_trash(NOW.plus_ms(32 * DAY_MS)).await.unwrap(), 1);
}

#[tokio::test]
async fn settings_that_cannot_be_read_are_reported_and_defaults_are_used() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    assert!(library.unreadable_settings().is_empty());
    let usual = library.settings();
    library
        .save_settings(vitrine_core::model::Settings { max_upload_mb: 70, ..usual.clone() })
        .await
        .unwrap();
    drop(library);
    let catalog = Connection::open(fixture.folder().join("catalog.db")).unwrap();
    let damage = |name: &str| {
        let sql = "INSERT OR REPLACE INTO settings (name, value) VALUES (?1, '{\"max_upload_mb\": \"many')";
        catalog.execute(sql, [name]).unwrap();
    };
    damage("settings");
    let library = fixture.open().await;
    let said = library.unreadable_settings();
    assert_eq!(said.iter().map(|problem| problem.code).collect::<Vec<_>>(), [ErrorCode::RowDamaged]);
    assert!(said[0].message.contains("settings cannot be read"), "{said:?}");
    assert_eq!(library.settings(), usual);
    drop(library);
    damage("bucket");
    let library = fixture.open().await;
    assert_eq!(library.unreadable_settings().len(), 2);
    assert!(!library.bucket_status().await.unwrap().configured);
    library.save_settings(usual).await.unwrap();
    drop(library);
    assert_eq!(fixture.open().await.unreadable_settings().len(), 1, "the bucket's are as they were");
}
