//! A library that cannot be written is opened read-only: on a read-only medium,
//! on a full disk without a reserve, and in an older version. The content that
//! a killed program left in the catalog's log is visible too.

use rusqlite::Connection;
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;
use vitrine_core::library::{ImportChoices, ImportTarget, Variant, WatchPace};
use vitrine_core::model::{
    ErrorCode, ImageId, PageRequest, Removal, Settings, ThumbnailSize, VerifyOptions, Visibility,
};
use vitrine_core::{Error, Library};
use vitrine_tests::fixture::{LibraryFixture, generated, import, import_picture, until};
use vitrine_tests::pictures::a_png;
use vitrine_tests::small_disk;

const READ_ONLY: &str = "looking::inside_a_medium_that_becomes_read_only";
const FULL: &str = "looking::inside_a_full_disk_without_a_reserve";
const IMAGES: usize = 6;
/// A refusal that is certain beforehand comes without waiting.
const AT_ONCE: Duration = Duration::from_secs(2);

#[test]
fn a_library_on_a_read_only_disk_can_be_read_and_says_why_not_changed() {
    small_disk::run_inside(READ_ONLY, "32m");
}

#[test]
fn a_library_on_a_full_disk_can_be_read_even_without_a_reserve() {
    small_disk::run_inside(FULL, "8m");
}

/// What the last program that used a library left of its log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Left {
    /// The program closed the library.
    Nothing,
    /// The program was killed.
    LogAndIndex,
    /// The program was killed, and the file that can be made again was not
    /// copied.
    Log,
}

/// Creates a library of some images in a folder with this name. If a program is
/// supposed to have been killed, the library is a copy of one that is in use.
async fn a_library(fixture: &mut LibraryFixture, place: &Path, left: Left) {
    fixture.put_library_in(&place.join("in-use"));
    let library = fixture.open().await;
    for seed in 0..IMAGES as u64 {
        import_picture(&library, &a_png(16, 16).seed(seed), generated()).await;
    }
    let in_use = fixture.folder();
    if left == Left::Nothing {
        drop(library);
        until("the catalog is closed", async || !in_use.join("catalog.db-wal").exists()).await;
        fixture.put_library_in(place);
        std::fs::rename(&in_use, fixture.folder()).unwrap();
        return;
    }
    fixture.put_library_in(place);
    let copied =
        std::process::Command::new("cp").arg("-a").arg(&in_use).arg(fixture.folder()).status().unwrap();
    assert!(copied.success());
    drop(library);
    until("the catalog is closed", async || !in_use.join("catalog.db-wal").exists()).await;
    std::fs::remove_dir_all(&in_use).unwrap();
    assert!(std::fs::metadata(fixture.folder().join("catalog.db-wal")).unwrap().len() > 0);
    if left == Left::Log {
        std::fs::remove_file(fixture.folder().join("catalog.db-shm")).unwrap();
    }
}

/// Returns every file of a library with its size in bytes.
fn state_of(folder: &Path) -> BTreeSet<(PathBuf, u64)> {
    vitrine_tests::folders::files_under(folder)
        .into_iter()
        .map(|path| {
            let size = std::fs::metadata(&path).unwrap().len();
            (path, size)
        })
        .collect()
}

/// Reads everything, and tries to change everything.
async fn can_be_looked_at_and_not_changed(library: &Library, code: ErrorCode, why: &str, what: &str) {
    let reason = library.look_only().unwrap_or_else(|| panic!("{what}: it can be changed"));
    assert_eq!(reason.code, code, "{what}: {reason:?}");
    assert!(reason.message.contains(why), "{what}: {reason:?}");
    let id = can_be_looked_at(library, what).await;
    is_not_changed(library, &id, code, why, what).await;
}

/// Reads everything, and returns the id of one image.
async fn can_be_looked_at(library: &Library, what: &str) -> ImageId {
    let images = library.get_my_images(&PageRequest::first(100)).await.unwrap().page;
    assert_eq!(images.len(), IMAGES, "{what}");
    let id = images[0].id.clone();
    assert_eq!(library.get_by_id(&id).await.unwrap().id(), &id, "{what}");
    assert_eq!(library.counts().await.unwrap().history as usize, IMAGES, "{what}");
    library.transfer_summary().await.unwrap();
    library.profile().await.unwrap();
    library.feed_status().await.unwrap();
    library.pixels(&id, Variant::Original).await.unwrap();
    library.pixels(&id, Variant::Thumbnail(ThumbnailSize::Large)).await.unwrap();
    let verified = library.verify(VerifyOptions::default(), CancellationToken::new(), |_| ()).await.unwrap();
    assert_eq!(verified.found, 0, "{what}: {verified:?}");
    // Many requests at once, as from a window.
    let mut pages = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let library = library.clone();
        pages.spawn(async move { library.get_my_images(&PageRequest::first(100)).await.unwrap().page.len() });
    }
    assert!(pages.join_all().await.into_iter().all(|found| found == IMAGES), "{what}");
    id
}

/// Tries to change everything.
async fn is_not_changed(library: &Library, id: &ImageId, code: ErrorCode, why: &str, what: &str) {
    let began = Instant::now();
    let refusals: Vec<(&str, Option<Error>)> = vec![
        ("switch", library.set_visibility(vec![id.clone()], Visibility::Public).await.err()),
        ("trash", library.remove(vec![id.clone()], Removal::ToTrash).await.err()),
        ("delete", library.remove(vec![id.clone()], Removal::Permanent).await.err()),
        ("restore", library.restore(vec![id.clone()]).await.err()),
        ("empty the trash", library.expire_trash(vitrine_core::model::UnixMs::now()).await.err()),
        ("import", {
            let target = ImportTarget::HISTORY;
            let source =
                vitrine_core::model::Source::Bytes { filename: "a.png".into(), bytes: a_png(9, 9).bytes() };
            let cancel = CancellationToken::new();
            library.import(vec![source], target, ImportChoices::default(), cancel, |_| (), |_| ()).await.err()
        }),
        ("push", library.push(None, CancellationToken::new()).await.err()),
        (
            "choose",
            library.save_settings(Settings { parallel_transfers: 2, ..Settings::default() }).await.err(),
        ),
        ("add a gallery", library.create_gallery("foxes").await.err()),
        ("back up", library.back_up_if_due(vitrine_core::model::UnixMs::now()).await.err()),
        ("repair", {
            let repair = VerifyOptions { repair: true, ..VerifyOptions::default() };
            library.verify(repair, CancellationToken::new(), |_| ()).await.err()
        }),
    ];
    assert!(began.elapsed() < AT_ONCE, "{what}: {:?}", began.elapsed());
    for (change, refused) in refusals {
        let refused = refused.unwrap_or_else(|| panic!("{what}: {change} was not refused"));
        assert_eq!(refused.code(), code, "{what}, {change}: {refused:?}");
        assert!(refused.to_failure().message.contains(why), "{what}, {change}: {refused:?}");
    }
    // The background tasks of a window end by themselves.
    let never = CancellationToken::new();
    library.run_transfers(never.clone()).await;
    library.keep_to_space(never.clone()).await;
    library.look_after_catalog(never.clone()).await;
    library.watch_folders(WatchPace::default(), never, |_| ()).await;
}

/// This part runs on a disk that is mounted again as read-only.
#[tokio::test(flavor = "multi_thread")]
async fn inside_a_medium_that_becomes_read_only() {
    let Some(disk) = small_disk::disk() else { return };
    let odd = OsStr::from_bytes(b"not \xff\xfe UTF-8 %3f?#");
    for (number, left) in [Left::Nothing, Left::LogAndIndex, Left::Log].into_iter().enumerate() {
        for name in [OsStr::new("usual"), odd] {
            let what = format!("{left:?} in {}", name.display());
            let place = disk.join(number.to_string()).join(name);
            let mut fixture = LibraryFixture::new();
            a_library(&mut fixture, &place, left).await;
            let before = state_of(&fixture.folder());
            small_disk::remount(&disk, "ro");
            let library = fixture.open().await;
            can_be_looked_at_and_not_changed(&library, ErrorCode::LibraryUnusable, "read-only medium", &what)
                .await;
            assert_eq!(state_of(&fixture.folder()), before, "{what}");
            drop(library);
            small_disk::remount(&disk, "rw");
            // The library can be changed again once the disk is writable.
            let library = fixture.open().await;
            assert_eq!(library.look_only(), None, "{what}");
            import(&library, vec![fixture.inbox()], generated()).await;
        }
    }
}

/// This part runs on a disk without a single free byte and without anything
/// that can be given up.
#[tokio::test(flavor = "multi_thread")]
async fn inside_a_full_disk_without_a_reserve() {
    let Some(disk) = small_disk::disk() else { return };
    for left in [Left::Nothing, Left::LogAndIndex, Left::Log] {
        let mut fixture = LibraryFixture::new();
        a_library(&mut fixture, &disk.join(format!("{left:?}")), left).await;
        for part in ["reserve", "reserve.second", "reserve.third", "reserve.fourth"] {
            let _ = std::fs::remove_file(fixture.folder().join(part));
        }
        std::fs::remove_dir_all(fixture.folder().join("thumbnails")).unwrap();
        std::fs::create_dir_all(fixture.folder().join("thumbnails/.incoming")).unwrap();
        let filler = small_disk::fill(&disk);
        let what = format!("{left:?}");
        let library = fixture.open().await;
        if left != Left::Nothing && library.look_only().is_none() {
            // The log that was left has room for more changes.
            can_be_looked_at(&library, &what).await;
        } else {
            can_be_looked_at_and_not_changed(&library, ErrorCode::DiskFull, "disk is full", &what).await;
        }
        drop(library);
        std::fs::remove_file(filler).unwrap();
        let library = fixture.open().await;
        assert_eq!(library.look_only(), None, "{what}");
        let page = library.get_my_images(&PageRequest::first(100)).await.unwrap().page;
        assert_eq!(page.len(), IMAGES, "{what}");
        assert!(fixture.folder().join("reserve").exists(), "{what}");
        drop(library);
        until("the catalog is closed", async || !small_disk::has_open_files(&fixture.folder())).await;
        std::fs::remove_dir_all(fixture.folder()).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_catalog_that_another_program_writes_to_can_be_read() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let id = import_picture(&library, &a_png(16, 16), generated()).await;
    drop(library);
    until("the catalog is closed", async || !fixture.folder().join("catalog.db-wal").exists()).await;
    let other = Connection::open(fixture.folder().join("catalog.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();

    let library = fixture.open().await;
    assert_eq!(library.get_my_images(&PageRequest::first(10)).await.unwrap().page.len(), 1);
    let refused = library.set_visibility(vec![id.clone()], Visibility::Public).await.unwrap_err();

    assert_eq!(refused.code(), ErrorCode::LibraryUnusable, "{refused:?}");
    assert!(refused.to_failure().message.contains("Another program holds the catalog"), "{refused:?}");
    other.execute_batch("ROLLBACK").unwrap();
    assert!(library.set_visibility(vec![id], Visibility::Public).await.unwrap().failed.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_catalog_that_another_program_locks_is_refused_with_that_reason() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    import_picture(&library, &a_png(16, 16), generated()).await;
    drop(library);
    until("the catalog is closed", async || !fixture.folder().join("catalog.db-wal").exists()).await;
    let other = Connection::open(fixture.folder().join("catalog.db")).unwrap();
    other.execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE; COMMIT;").unwrap();
    let refused = fixture.try_open_as(None).await.err().unwrap();
    assert_eq!(refused.code(), ErrorCode::LibraryUnusable, "{refused:?}");
    assert!(refused.to_failure().message.contains("Another program holds the catalog"), "{refused:?}");
    drop(other);
    fixture.open().await;
}
