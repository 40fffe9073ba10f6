//! A disk that fills up. It is a file system of a few megabytes, in a mount
//! namespace in which this binary runs the tests `inside_...` again.

use std::path::Path;
use tokio_util::sync::CancellationToken;
use vitrine_core::Library;
use vitrine_core::files::Originals;
use vitrine_core::model::{
    ErrorCode, ImageEdit, ImageId, Outcome, PageRequest, RejectionReason, Removal, UnixMs, Visibility,
};
use vitrine_tests::fixture::{LibraryFixture, generated, import, push, until};
use vitrine_tests::folders::files_under;
use vitrine_tests::pictures::a_png;
use vitrine_tests::small_disk;

/// The names under which the tests outside run those inside.
const SMALL: &str = "full_disk::inside_the_small_disk";
const FULL: &str = "full_disk::inside_a_full_disk";

#[test]
fn a_disk_that_fills_up_keeps_acknowledged_files_and_refuses_the_rest() {
    small_disk::run_inside(SMALL, "4m");
}

#[test]
fn images_can_be_hidden_and_deleted_on_a_disk_without_a_free_byte() {
    small_disk::run_inside(FULL, "16m");
}

/// Changes an image until the catalog's log finds no space, and checks that the
/// refused change left no trace.
async fn changes_are_refused_whole(library: &Library, id: &ImageId) {
    for number in 0..10_000 {
        let before = library.detail(id).await.unwrap().prompt;
        let edit = ImageEdit { prompt: Some(format!("take {number}")), ..ImageEdit::default() };
        if let Err(refused) = library.edit(id, edit).await {
            assert_eq!(refused.code(), ErrorCode::DiskFull, "{refused:?}");
            assert_eq!(library.detail(id).await.unwrap().prompt, before);
            return;
        }
    }
    panic!("the full disk took everything");
}

/// Returns a library with `images` images on a full disk. Its reserve was made
/// while there was space.
async fn fills_up_with(images: u64, disk: &Path) -> (LibraryFixture, Library, Vec<ImageId>) {
    let mut fixture = LibraryFixture::new();
    fixture.put_library_in(disk);
    let library = fixture.open().await;
    for seed in 0..images {
        a_png(8, 8).seed(seed).write_to(&fixture.inbox(), &format!("{seed}.png"));
    }
    let summary = import(&library, vec![fixture.inbox()], generated()).await;
    assert_eq!(u64::from(summary.imported), images, "{summary:?}");
    let page = library.get_my_images(&PageRequest::first(1000)).await.unwrap().page;
    let ids = page.into_iter().map(|image| image.record.id).collect();
    small_disk::fill(disk);
    (fixture, library, ids)
}

/// This part runs on a disk without a single free byte.
#[tokio::test(flavor = "multi_thread")]
async fn inside_a_full_disk() {
    let Some(disk) = small_disk::disk() else { return };
    for images in [1, 20, 300] {
        for (removal, opens_again) in [
            (Removal::ToTrash, false),
            (Removal::Permanent, false),
            (Removal::ToTrash, true),
            (Removal::Permanent, true),
        ] {
            let what = format!("{images} images, {removal:?}, opened again: {opens_again}");
            let (fixture, mut library, ids) = fills_up_with(images, &disk).await;
            if opens_again {
                drop(library);
                until("the catalog is closed", async || !small_disk::has_open_files(&fixture.folder())).await;
                small_disk::fill(&disk);
                library = fixture.open().await;
                assert_eq!(library.look_only(), None, "{what}");
                small_disk::fill(&disk);
            }
            let hidden = library.set_visibility(ids.clone(), Visibility::Public).await.unwrap();
            assert!(hidden.failed.is_empty(), "{what}: {hidden:?}");
            small_disk::fill(&disk);

            let removed = library.remove(ids.clone(), removal).await.unwrap();

            assert!(removed.failed.is_empty(), "{what}: {removed:?}");
            assert_eq!(removed.done.len(), ids.len(), "{what}");
            assert_eq!(library.counts().await.unwrap().history, 0, "{what}");
            small_disk::fill(&disk);
            library.empty_trash().await.unwrap();
            assert_eq!(library.counts().await.unwrap().trash, 0, "{what}");
            assert!(!Originals::at(&fixture.folder()).any().unwrap(), "{what}");
            std::fs::remove_file(disk.join("filler")).unwrap();
            drop(library);
            let last = fixture.folder().join("reserve.fourth");
            until("the reserve is made again", async || {
                std::fs::metadata(&last).is_ok_and(|file| file.len() == 524_288)
            })
            .await;
            until("the catalog is closed", async || !small_disk::has_open_files(&fixture.folder())).await;
            std::fs::remove_dir_all(fixture.folder()).unwrap();
        }
    }
}

/// This part runs on the small disk. Elsewhere it does nothing.
#[tokio::test(flavor = "multi_thread")]
async fn inside_the_small_disk() {
    let Some(disk) = small_disk::disk() else { return };
    let disk = disk.as_path();
    let mut fixture = LibraryFixture::with_bucket();
    fixture.put_library_in(disk);
    let library = fixture.open().await;
    // Twelve pictures of about 350 kB each, on a disk with space for a few.
    let paths = (1..=12)
        .map(|seed| a_png(340, 340).noise().seed(seed).write_to(&fixture.inbox(), &format!("{seed}.png")))
        .collect();

    let summary = import(&library, paths, generated()).await;

    assert!(summary.imported > 0 && summary.rejected > 0, "{summary:?}");
    assert_eq!(summary.imported + summary.rejected, 12);
    for file in summary.files.iter().filter(|file| file.outcome == Outcome::Rejected) {
        assert_eq!(file.code, Some(RejectionReason::DiskFull), "{file:?}");
        assert!(file.reason.as_deref().unwrap().contains("full"), "{file:?}");
    }
    let first = PageRequest::first(100);
    let rows = library.get_my_images(&first).await.unwrap().page;
    assert_eq!(rows.len(), summary.imported as usize);
    for row in &rows {
        let bytes = std::fs::read(fixture.inbox().join(&row.filename)).unwrap();
        assert_eq!(fixture.original_on_disk(&bytes), Some(bytes));
    }
    assert!(files_under(&fixture.folder().join("originals/.incoming")).is_empty());

    // Without a free byte there is no backup, and no part of one.
    let filler = small_disk::fill(disk);
    let full = library.back_up_if_due(UnixMs::now()).await.unwrap_err();
    assert_eq!(full.code(), ErrorCode::DiskFull, "{full:?}");
    assert!(files_under(&fixture.folder().join("backups")).is_empty());

    changes_are_refused_whole(&library, &rows[0].id).await;
    // Transfers whose results could not be recorded are confirmed again later.
    let stopped = library.push(None, CancellationToken::new()).await;
    assert!(stopped.is_err_and(|error| error.code() == ErrorCode::DiskFull));
    assert!(library.get_my_images(&first).await.unwrap().page.iter().all(|image| !image.stored));
    std::fs::remove_file(&filler).unwrap();

    // With free space again, the same import brings the rest and nothing twice.
    small_disk::remount(disk, "size=32m");
    assert_eq!(push(&library).await.stored, summary.imported);
    assert_eq!(fixture.keys_in_bucket().await.len(), rows.len());
    let again = import(&library, vec![fixture.inbox()], generated()).await;
    assert_eq!((again.imported, again.duplicates), (summary.rejected, summary.imported), "{again:?}");
    assert!(library.back_up_if_due(UnixMs::now()).await.unwrap());
}
