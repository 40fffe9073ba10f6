//! Promises about the bucket: stored means stored, removed means gone, and no
//! object is left behind.

use bytes::Bytes;
use md5::{Digest, Md5};
use sha2::Sha256;
use tokio_util::sync::CancellationToken;
use vitrine_core::Library;
use vitrine_core::bucket::{Upload, UploadData};
use vitrine_core::model::{
    Depth, Finding, ImageId, ObjectKey, Removal, TransferProblemCode, TransferState, UploadState,
    VerifyOptions,
};
use vitrine_tests::chaos::Chaos;
use vitrine_tests::fixture::{
    LibraryFixture, bucket, generated, get, import_again, import_bytes, import_picture, push, references,
    until,
};
use vitrine_tests::folders::files_under;
use vitrine_tests::pictures::a_png;
use vitrine_tests::s3;

async fn put_a_stranger(key: &ObjectKey) {
    put_an_object(key, Bytes::from_static(b"somebody else's bytes")).await;
}

async fn put_an_object(key: &ObjectKey, bytes: Bytes) {
    let upload = Upload {
        data: UploadData::Bytes(bytes.clone()),
        content_type: "image/png",
        key,
        cache_control: None,
        size_bytes: bytes.len() as u64,
        sha256: Sha256::digest(&bytes).into(),
        md5: Md5::digest(&bytes).into(),
        progress: None,
    };
    bucket().upload_image(upload).await.unwrap();
}

/// Removes the originals without the library noticing.
fn remove_originals(fixture: &LibraryFixture) {
    for path in files_under(&fixture.folder().join("originals")) {
        std::fs::remove_file(path).unwrap();
    }
}

/// Changes a bit of each original.
fn damage_originals(fixture: &LibraryFixture) {
    for original in files_under(&fixture.folder().join("originals")) {
        let mut damaged = std::fs::read(&original).unwrap();
        damaged[1_000] ^= 1;
        std::fs::write(&original, damaged).unwrap();
    }
}

async fn url(library: &Library, id: &ImageId) -> String {
    library.detail(id).await.unwrap().record.url.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_is_stored_only_after_the_bucket_holds_its_bytes() {
    let fixture = LibraryFixture::with_bucket();
    let library = fixture.open().await;
    let bytes = a_png(64, 64).noise().bytes();
    let id = import_bytes(&library, bytes.clone(), generated()).await;
    let waiting = library.detail(&id).await.unwrap();
    assert_eq!((waiting.stored, waiting.upload), (false, UploadState::Waiting));
    let url = waiting.record.url.unwrap();
    assert_eq!(get(&url).await.0, 404);

    assert_eq!(push(&library).await.stored, 1);

    assert_eq!(library.detail(&id).await.unwrap().upload, UploadState::Stored);
    let answer = reqwest::get(&url).await.unwrap();
    assert_eq!(answer.headers()["content-type"], "image/png");
    assert_eq!(answer.headers()["cache-control"], "public, max-age=31536000, immutable");
    assert_eq!(answer.bytes().await.unwrap(), bytes);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_to_a_key_with_other_bytes_is_parked_with_the_reason() {
    let fixture = LibraryFixture::with_bucket();
    let library = fixture.open().await;
    let id = import_bytes(&library, a_png(16, 16).seed(1).bytes(), generated()).await;
    let other = import_bytes(&library, a_png(16, 16).seed(2).bytes(), generated()).await;
    put_a_stranger(&library.detail(&id).await.unwrap().r2_key).await;

    let report = push(&library).await;

    assert_eq!((report.stored, report.parked, report.waiting), (1, 1, 0));
    let detail = library.detail(&id).await.unwrap();
    assert_eq!((detail.stored, detail.upload), (false, UploadState::Parked));
    let problem = detail.upload_problem.unwrap();
    assert_eq!(problem.code, TransferProblemCode::Rejected);
    assert!(problem.message.ends_with('.'), "{problem:?}");
    assert!(library.detail(&other).await.unwrap().stored);
    assert_eq!(get(&url(&library, &id).await).await.1, b"somebody else's bytes");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_without_its_original_is_parked_with_the_reason() {
    let fixture = LibraryFixture::with_bucket();
    let library = fixture.open().await;
    let id = import_bytes(&library, a_png(16, 16).bytes(), generated()).await;
    remove_originals(&fixture);
    assert_eq!(push(&library).await.parked, 1);
    let problem = library.detail(&id).await.unwrap().upload_problem.unwrap();
    assert_eq!(problem.code, TransferProblemCode::OriginalMissing);
}

/// Returns the MD5 of each image that the catalog knows, in the order of their names.
fn known_md5(fixture: &LibraryFixture) -> Vec<Option<Vec<u8>>> {
    let catalog = rusqlite::Connection::open(fixture.folder().join("catalog.db")).unwrap();
    let mut statement = catalog.prepare("SELECT md5 FROM generated_images ORDER BY filename").unwrap();
    let known = statement.query_map([], |row| row.get(0)).unwrap();
    known.map(Result::unwrap).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_md5_is_computed_before_the_first_upload_and_recorded_with_it() {
    let fixture = LibraryFixture::with_bucket();
    let library = fixture.open().await;
    let bytes = a_png(64, 64).noise().bytes();
    let id = import_bytes(&library, bytes.clone(), generated()).await;
    assert_eq!(known_md5(&fixture), [None]);
    assert_eq!(push(&library).await.stored, 1);
    assert_eq!(known_md5(&fixture), [Some(Md5::digest(&bytes).to_vec())]);
    library.remove(vec![id.clone()], Removal::ToTrash).await.unwrap();
    push(&library).await;
    library.restore(vec![id.clone()]).await.unwrap();
    // A wrong one, as after damage of the catalog, keeps no image from being uploaded.
    let catalog = rusqlite::Connection::open(fixture.folder().join("catalog.db")).unwrap();
    catalog.execute("UPDATE generated_images SET md5 = zeroblob(16)", []).unwrap();
    library.remove(vec![id.clone()], Removal::ToTrash).await.unwrap();
    push(&library).await;
    library.restore(vec![id.clone()]).await.unwrap();
    assert_eq!(push(&library).await.stored, 1);
    assert_eq!(get(&url(&library, &id).await).await, (200, bytes.clone()));
    assert_eq!(known_md5(&fixture), [Some(Md5::digest(&bytes).to_vec())]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_original_in_a_folder_that_cannot_be_read_is_parked_with_the_reason() {
    let fixture = LibraryFixture::with_bucket();
    let library = fixture.open().await;
    let bytes = a_png(64, 64).noise().bytes();
    let id = import_bytes(&library, bytes.clone(), generated()).await;
    let (folder, aside) = (fixture.folder().join("originals"), fixture.folder().join("aside"));
    std::fs::rename(&folder, &aside).unwrap();
    std::fs::write(&folder, b"no folder").unwrap();
    assert_eq!(push(&library).await.parked, 1);
    let problem = library.detail(&id).await.unwrap().upload_problem.unwrap();
    assert!(problem.message.starts_with("The original cannot be read"), "{problem:?}");
    std::fs::remove_file(&folder).unwrap();
    std::fs::rename(&aside, &folder).unwrap();
    library.retry_transfers(None).await.unwrap();
    assert_eq!(push(&library).await.stored, 1);
    assert_eq!(get(&url(&library, &id).await).await, (200, bytes));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_original_that_was_damaged_before_its_first_upload_is_not_uploaded() {
    let fixture = LibraryFixture::with_bucket();
    let library = fixture.open().await;
    let bytes = a_png(64, 64).noise().bytes();
    let id = import_bytes(&library, bytes.clone(), generated()).await;
    damage_originals(&fixture);
    assert_eq!(push(&library).await.parked, 1);
    let problem = library.detail(&id).await.unwrap().upload_problem.unwrap();
    assert_eq!(problem.code, TransferProblemCode::OriginalMissing);
    assert_eq!(problem.message, "The original on this disk is damaged.");
    assert_eq!((get(&url(&library, &id).await).await.0, known_md5(&fixture)), (404, vec![None]));
    // It continues once the file is imported again.
    import_again(&library, bytes.clone()).await;
    assert_eq!(push(&library).await.stored, 1);
    assert_eq!(get(&url(&library, &id).await).await, (200, bytes));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_that_the_bucket_has_already_is_confirmed_whatever_happened_to_the_original() {
    for lose_originals in [damage_originals, remove_originals] {
        let fixture = LibraryFixture::with_bucket();
        let library = fixture.open().await;
        let bytes = a_png(64, 64).noise().bytes();
        let id = import_bytes(&library, bytes.clone(), generated()).await;
        // As after an upload whose answer was lost.
        put_an_object(&library.detail(&id).await.unwrap().r2_key, bytes.clone().into()).await;
        lose_originals(&fixture);
        let report = push(&library).await;
        assert_eq!((report.stored, report.parked), (1, 0));
        let options = VerifyOptions { repair: true, depth: Depth::Hash, ..VerifyOptions::default() };
        let verified = library.verify(options, CancellationToken::new(), |_| ()).await.unwrap();
        // The bucket is shared with other libraries, whose objects are unknown to this one.
        let ours = |finding: &&Finding| finding.id.as_ref() == Some(&id);
        let repaired: Vec<bool> = verified.findings.iter().filter(ours).map(|found| found.repaired).collect();
        assert_eq!(repaired, [true], "{verified:?}");
        assert_eq!(fixture.original_on_disk(&bytes).as_ref(), Some(&bytes));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_without_a_checksum_proves_an_upload_by_its_bytes_if_the_original_is_lost() {
    for lose_originals in [damage_originals, remove_originals] {
        for is_ours in [true, false] {
            let fixture = LibraryFixture::with_bucket();
            let library = fixture.open().await;
            let bytes = a_png(64, 64).noise().bytes();
            let id = import_bytes(&library, bytes.clone(), generated()).await;
            let key = library.detail(&id).await.unwrap().r2_key.clone();
            let object = if is_ours { bytes.clone() } else { vec![7; bytes.len()] };
            fixture.put_without_checksum(&key, object.clone()).await;
            lose_originals(&fixture);
            let report = push(&library).await;
            let stored = u32::from(is_ours);
            assert_eq!((report.stored, report.parked), (stored, 1 - stored));
            if is_ours {
                assert_eq!(fixture.original_on_disk(&bytes).as_ref(), Some(&bytes));
                assert_eq!(known_md5(&fixture), [Some(Md5::digest(&bytes).to_vec())]);
            }
            assert_eq!(get(&url(&library, &id).await).await, (200, object), "nothing is overwritten");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_original_is_fetched_before_its_object_is_deleted() {
    let fixture = LibraryFixture::with_bucket();
    let library = fixture.open().await;
    let bytes = a_png(300, 300).noise().bytes();
    let id = import_bytes(&library, bytes.clone(), generated()).await;
    push(&library).await;
    remove_originals(&fixture);
    library.remove(vec![id.clone()], Removal::ToTrash).await.unwrap();
    assert_eq!(push(&library).await.deleted, 1);
    assert_eq!(fixture.original_on_disk(&bytes).as_ref(), Some(&bytes));

    library.restore(vec![id.clone()]).await.unwrap();
    assert_eq!(push(&library).await.stored, 1);
    assert_eq!(get(&url(&library, &id).await).await, (200, bytes));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_original_is_fetched_before_its_object_is_deleted() {
    let fixture = LibraryFixture::with_bucket();
    let library = fixture.open().await;
    let bytes = a_png(300, 300).noise().bytes();
    let id = import_bytes(&library, bytes.clone(), generated()).await;
    push(&library).await;
    damage_originals(&fixture);
    library.remove(vec![id.clone()], Removal::ToTrash).await.unwrap();
    assert_eq!(push(&library).await.deleted, 1);
    assert_eq!(fixture.original_on_disk(&bytes).as_ref(), Some(&bytes));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_upload_waits_for_a_retry_and_deletions_always_continue() {
    let fixture = LibraryFixture::with_bucket();
    let library = fixture.open().await;
    let id = import_picture(&library, &a_png(16, 16), generated()).await;
    let upload = library.transfers(10).await.unwrap().remove(0);
    library.cancel_transfer(upload.id).await.unwrap();
    let report = push(&library).await;
    assert_eq!((report.stored, report.parked), (0, 1));
    let problem = library.transfers(10).await.unwrap().remove(0).problem.unwrap();
    assert_eq!(problem.code, TransferProblemCode::Cancelled);
    library.retry_transfers(None).await.unwrap();
    assert_eq!(push(&library).await.stored, 1);

    library.remove(vec![id.clone()], Removal::ToTrash).await.unwrap();
    let deletion = library.transfers(10).await.unwrap().remove(0);
    let refused = library.cancel_transfer(deletion.id).await.unwrap_err();
    assert!(refused.to_string().contains("restore the image"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_different_object_is_not_deleted_while_the_original_is_missing() {
    let fixture = LibraryFixture::with_bucket();
    let library = fixture.open().await;
    let bytes = a_png(64, 64).noise().bytes();
    let id = import_bytes(&library, bytes.clone(), generated()).await;
    push(&library).await;
    let key = library.detail(&id).await.unwrap().record.r2_key;
    bucket().delete_image(&key).await.unwrap();
    put_a_stranger(&key).await;
    remove_originals(&fixture);
    library.remove(vec![id.clone()], Removal::ToTrash).await.unwrap();
    let report = push(&library).await;
    assert_eq!((report.deleted, report.parked), (0, 1));
    let problem = library.transfers(10).await.unwrap().remove(0).problem.unwrap();
    assert_eq!(problem.code, TransferProblemCode::OriginalMissing);
    assert!(problem.message.starts_with("Nothing was deleted"), "{problem:?}");
    assert_eq!(fixture.keys_in_bucket().await, [key.to_string()]);
    assert!(fixture.original_on_disk(&bytes).is_none());

    // An image that is deleted permanently does not need its original any more.
    library.remove(vec![id], Removal::Permanent).await.unwrap();
    assert_eq!(push(&library).await.deleted, 1);
    assert!(fixture.keys_in_bucket().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_whose_original_is_only_in_the_bucket_is_already_stored() {
    let fixture = LibraryFixture::with_bucket();
    let chaos = Chaos::before(s3::shared().port()).await;
    fixture.set("R2_ENDPOINT", &chaos.endpoint());
    let library = fixture.open().await;
    let id = import_bytes(&library, a_png(64, 64).noise().bytes(), generated()).await;
    push(&library).await;
    remove_originals(&fixture);
    library.remove(vec![id.clone()], Removal::ToTrash).await.unwrap();
    // Nothing listens there now, so the attempt to delete fails.
    chaos.refuse().await;
    assert_eq!(push(&library).await.waiting, 1);
    library.restore(vec![id.clone()]).await.unwrap();
    chaos.accept().await;
    let report = push(&library).await;
    assert_eq!((report.stored, report.parked), (1, 0));
    assert!(library.detail(&id).await.unwrap().stored);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bucket_holds_exactly_what_the_rows_say_after_all_transfers() {
    let fixture = LibraryFixture::with_bucket();
    let library = fixture.open().await;
    let mut ids = Vec::new();
    for seed in 0..6 {
        ids.push(import_bytes(&library, a_png(16, 16).seed(seed).bytes(), generated()).await);
    }
    ids.push(import_bytes(&library, a_png(16, 16).bytes(), references(None)).await);
    push(&library).await;
    library.remove(vec![ids[0].clone()], Removal::ToTrash).await.unwrap();
    library.remove(vec![ids[1].clone()], Removal::Permanent).await.unwrap();
    library.remove(vec![ids[2].clone()], Removal::ToTrash).await.unwrap();
    library.restore(vec![ids[2].clone()]).await.unwrap();
    let last = import_bytes(&library, a_png(16, 16).seed(9).bytes(), generated()).await;
    library.remove(vec![last], Removal::Permanent).await.unwrap();
    push(&library).await;

    let mut keys = Vec::new();
    for id in &ids[2..] {
        let detail = library.detail(id).await.unwrap();
        assert!(detail.stored, "{id}");
        keys.push(detail.r2_key.to_string());
    }
    keys.sort();
    assert_eq!(fixture.keys_in_bucket().await, keys);
    assert!(library.transfers(10).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_url_answers_404_after_a_removal_and_the_bytes_after_a_restore() {
    let fixture = LibraryFixture::with_bucket();
    let library = fixture.open().await;
    let bytes = a_png(32, 32).noise().bytes();
    let id = import_bytes(&library, bytes.clone(), generated()).await;
    push(&library).await;
    let url = url(&library, &id).await;
    for _ in 0..3 {
        assert_eq!(get(&url).await, (200, bytes.clone()));
        library.remove(vec![id.clone()], Removal::ToTrash).await.unwrap();
        assert_eq!(push(&library).await.deleted, 1);
        assert_eq!(get(&url).await.0, 404);
        assert!(!library.detail(&id).await.unwrap().stored);
        library.restore(vec![id.clone()]).await.unwrap();
        assert_eq!(push(&library).await.stored, 1);
        assert_eq!(library.detail(&id).await.unwrap().url.as_deref(), Some(url.as_str()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn removals_and_restores_in_quick_succession_end_in_the_last_state() {
    let fixture = LibraryFixture::with_bucket();
    let library = fixture.open().await;
    let bytes = a_png(32, 32).noise().bytes();
    let id = import_bytes(&library, bytes.clone(), generated()).await;
    push(&library).await;
    for _ in 0..5 {
        library.remove(vec![id.clone()], Removal::ToTrash).await.unwrap();
        library.restore(vec![id.clone()]).await.unwrap();
    }
    push(&library).await;
    assert!(library.detail(&id).await.unwrap().stored);
    assert_eq!(get(&url(&library, &id).await).await, (200, bytes));
    library.restore(vec![id.clone()]).await.unwrap();
    library.remove(vec![id.clone()], Removal::ToTrash).await.unwrap();
    push(&library).await;
    assert!(fixture.keys_in_bucket().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_removed_while_it_uploads_leaves_nothing_in_the_bucket() {
    let fixture = LibraryFixture::with_bucket();
    let library = fixture.open().await;
    let cancel = CancellationToken::new();
    let running = tokio::spawn({
        let (library, cancel) = (library.clone(), cancel.clone());
        async move { library.run_transfers(cancel).await }
    });
    for (seed, removal) in [(1, Removal::ToTrash), (2, Removal::Permanent), (3, Removal::ToTrash)] {
        // This is about 8 MB, so that the removal comes in the middle of the
        // upload.
        let id = import_bytes(&library, a_png(1700, 1700).noise().seed(seed).bytes(), generated()).await;
        until("the upload has begun", async || {
            let transfers = library.transfers(10).await.unwrap();
            transfers.is_empty() || transfers.iter().any(|transfer| transfer.state == TransferState::Active)
        })
        .await;
        library.remove(vec![id], removal).await.unwrap();
    }
    until("nothing is left to transfer", async || library.transfers(10).await.unwrap().is_empty()).await;
    cancel.cancel();
    running.await.unwrap();
    assert!(fixture.keys_in_bucket().await.is_empty());
}
