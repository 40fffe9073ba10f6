//! What verify finds, one hand-made fault at a time, and what it does about it.

use bytes::Bytes;
use md5::{Digest, Md5};
use sha2::Sha256;
use std::collections::BTreeSet;
use std::fs::File;
use std::path::Path;
use std::time::{Duration, SystemTime};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use vitrine_core::Library;
use vitrine_core::bucket::{Bucket, Upload, UploadData};
use vitrine_core::model::{
    Depth, ErrorCode, Finding, FindingKind, ImageId, ImageKind, ObjectKey, OwnerId, Removal, UnixMs,
    UnknownObjects, VerifyOptions, VerifyReport,
};
use vitrine_tests::fixture::{LibraryFixture, generated, import_bytes, push, references};
use vitrine_tests::pictures::a_png;

const REPAIR: VerifyOptions =
    VerifyOptions { repair: true, depth: Depth::Size, unknown: UnknownObjects::Report, page_size: 1000 };

async fn verify(library: &Library, options: VerifyOptions) -> VerifyReport {
    library.verify(options, CancellationToken::new(), |_| ()).await.unwrap()
}

/// Verifies, expects exactly one finding, and returns it.
async fn only_finding(library: &Library, options: VerifyOptions) -> Finding {
    let mut report = verify(library, options).await;
    assert_eq!(report.found, 1, "{report:?}");
    report.findings.pop().unwrap()
}

async fn is_clean(library: &Library) {
    let deep = VerifyOptions { depth: Depth::Hash, ..VerifyOptions::default() };
    let report = verify(library, deep).await;
    assert!(report.found == 0 && report.is_clean(), "{report:?}");
}

pub(crate) async fn put(bucket: &Bucket, key: &ObjectKey, bytes: Vec<u8>) {
    let upload = Upload {
        size_bytes: bytes.len() as u64,
        sha256: Sha256::digest(&bytes).into(),
        md5: Md5::digest(&bytes).into(),
        data: UploadData::Bytes(Bytes::from(bytes)),
        content_type: "image/png",
        key,
        cache_control: None,
        progress: None,
    };
    bucket.upload_image(upload).await.unwrap();
}

/// A picture in the library and in the bucket.
struct Stored {
    fixture: LibraryFixture,
    library: Library,
    bytes: Vec<u8>,
    id: ImageId,
    key: ObjectKey,
}

async fn a_stored_image() -> Stored {
    let fixture = LibraryFixture::with_own_bucket();
    let library = fixture.open().await;
    let bytes = a_png(40, 30).noise().bytes();
    let id = import_bytes(&library, bytes.clone(), generated()).await;
    import_bytes(&library, a_png(8, 8).bytes(), references(None)).await;
    assert_eq!(push(&library).await.stored, 2);
    is_clean(&library).await;
    let key = library.detail(&id).await.unwrap().record.r2_key;
    Stored { fixture, library, bytes, id, key }
}

impl Stored {
    fn original(&self) -> std::path::PathBuf {
        self.fixture.original_path(&self.bytes).unwrap()
    }

    async fn object(&self) -> Vec<u8> {
        let mut download = self.fixture.bucket().download_image(&self.key).await.unwrap().unwrap();
        let mut bytes = Vec::new();
        while let Some(piece) = download.next_piece().await.unwrap() {
            bytes.extend_from_slice(&piece);
        }
        bytes
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_deleted_by_others_is_found_and_uploaded_again() {
    let image = a_stored_image().await;
    image.fixture.bucket().delete_image(&image.key).await.unwrap();

    let found = only_finding(&image.library, VerifyOptions::default()).await;
    assert_eq!((found.kind, found.repaired), (FindingKind::MissingObject, false));
    assert_eq!(found.id.as_ref(), Some(&image.id));
    assert_eq!(
        (found.key.as_deref(), found.filename.as_deref()),
        (Some(image.key.as_str()), Some("picture.png"))
    );
    assert!(image.library.detail(&image.id).await.unwrap().stored, "looking changes nothing");

    let finding = only_finding(&image.library, REPAIR).await;
    assert_eq!((finding.kind, finding.repaired), (FindingKind::MissingObject, true));
    assert!(!image.library.detail(&image.id).await.unwrap().stored);
    // Its queued upload explains the difference.
    is_clean(&image.library).await;
    assert_eq!(push(&image.library).await.stored, 1);
    assert_eq!(image.object().await, image.bytes);
    is_clean(&image.library).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_replaced_by_others_is_reported_and_never_overwritten() {
    let image = a_stored_image().await;
    for stranger in [b"another size".to_vec(), vec![7; image.bytes.len()]] {
        image.fixture.bucket().delete_image(&image.key).await.unwrap();
        put(&image.fixture.bucket(), &image.key, stranger.clone()).await;
        for options in [VerifyOptions::default(), REPAIR] {
            let found = only_finding(&image.library, options).await;
            assert_eq!((found.kind, found.repaired), (FindingKind::DifferentObject, false));
        }
        assert_eq!(image.object().await, stranger);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_any_checksum_to_compare_an_object_is_compared_by_its_bytes() {
    let image = a_stored_image().await;
    let catalog = rusqlite::Connection::open(image.fixture.folder().join("catalog.db")).unwrap();
    // The original was freed, and its MD5 is not known, as after a recovery from before the upload.
    let sql = "UPDATE generated_images SET md5 = NULL; \
               INSERT INTO originals (sha256, freed_at) SELECT sha256, 1 FROM generated_images;";
    catalog.execute_batch(sql).unwrap();
    std::fs::remove_file(image.original()).unwrap();
    image.fixture.put_without_checksum(&image.key, image.bytes.clone()).await;
    is_clean(&image.library).await;
    image.fixture.put_without_checksum(&image.key, vec![7; image.bytes.len()]).await;
    let found = only_finding(&image.library, VerifyOptions::default()).await;
    assert_eq!(found.kind, FindingKind::DifferentObject);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_md5_keeps_neither_a_verification_nor_a_removal_from_its_end() {
    let image = a_stored_image().await;
    let catalog = rusqlite::Connection::open(image.fixture.folder().join("catalog.db")).unwrap();
    catalog
        .execute_batch("PRAGMA ignore_check_constraints = ON; UPDATE generated_images SET md5 = x'0102';")
        .unwrap();
    let found = only_finding(&image.library, VerifyOptions::default()).await;
    assert_eq!(found.kind, FindingKind::DamagedCatalog);
    image.library.remove(vec![image.id.clone()], Removal::ToTrash).await.unwrap();
    assert_eq!(push(&image.library).await.deleted, 1);
    assert!(image.fixture.bucket().download_image(&image.key).await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_original_is_fetched_from_the_bucket() {
    let image = a_stored_image().await;
    std::fs::remove_file(image.original()).unwrap();
    let found = only_finding(&image.library, VerifyOptions::default()).await;
    assert_eq!((found.kind, found.repaired), (FindingKind::MissingOriginal, false));
    assert!(image.fixture.original_on_disk(&image.bytes).is_none());
    let finding = only_finding(&image.library, REPAIR).await;
    assert_eq!((finding.kind, finding.repaired), (FindingKind::MissingOriginal, true));
    assert_eq!(image.fixture.original_on_disk(&image.bytes).unwrap(), image.bytes);
    is_clean(&image.library).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deep_check_finds_a_flipped_byte_and_fetches_the_original() {
    let image = a_stored_image().await;
    let mut damaged = image.bytes.clone();
    damaged[100] ^= 1;
    std::fs::write(image.original(), &damaged).unwrap();
    assert_eq!(verify(&image.library, REPAIR).await.found, 0, "its size is right");
    let deep = VerifyOptions { depth: Depth::Hash, ..REPAIR };
    let found = only_finding(&image.library, VerifyOptions { repair: false, ..deep }).await;
    assert_eq!((found.kind, found.repaired), (FindingKind::DamagedOriginal, false));
    assert_eq!(std::fs::read(image.original()).unwrap(), damaged);
    assert!(only_finding(&image.library, deep).await.repaired);
    assert_eq!(std::fs::read(image.original()).unwrap(), image.bytes);
    is_clean(&image.library).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_truncated_original_is_found_without_reading_it() {
    let image = a_stored_image().await;
    std::fs::write(image.original(), &image.bytes[..50]).unwrap();
    let finding = only_finding(&image.library, REPAIR).await;
    assert_eq!((finding.kind, finding.repaired), (FindingKind::DamagedOriginal, true));
    assert_eq!(std::fs::read(image.original()).unwrap(), image.bytes);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_original_stays_if_the_bucket_has_no_complete_one() {
    let image = a_stored_image().await;
    std::fs::write(image.original(), &image.bytes[..50]).unwrap();
    image.fixture.bucket().delete_image(&image.key).await.unwrap();
    put(&image.fixture.bucket(), &image.key, vec![7; image.bytes.len()]).await;
    let report = verify(&image.library, REPAIR).await;
    let kinds: BTreeSet<String> = report.findings.iter().map(|found| format!("{:?}", found.kind)).collect();
    assert_eq!(kinds, ["DamagedOriginal", "DifferentObject"].map(str::to_owned).into());
    assert_eq!((report.found, report.unrepaired), (2, 2));
    assert_eq!(std::fs::read(image.original()).unwrap(), image.bytes[..50]);

    // Without any object, the image no longer claims to be stored.
    image.fixture.bucket().delete_image(&image.key).await.unwrap();
    let report = verify(&image.library, REPAIR).await;
    assert_eq!((report.counts.damaged_original, report.counts.missing_object), (1, 1));
    assert_eq!(report.unrepaired, 2);
    assert!(!image.library.detail(&image.id).await.unwrap().stored);
    assert_eq!(std::fs::read(image.original()).unwrap(), image.bytes[..50]);
}

fn a_key(owner: &OwnerId, name: &str) -> ObjectKey {
    ObjectKey::parse(&format!("generated/{owner}/{name}")).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_object_is_reported_and_left_alone_until_the_user_decides() {
    let image = a_stored_image().await;
    let bucket = image.fixture.bucket();
    let owner = image.fixture.owner();
    let strays = [
        a_key(&owner, "1700000000000-00.png"),
        a_key(&OwnerId::parse("nobody").unwrap(), "1700000000000-00.png"),
        ObjectKey::parse("generated/lonely.png").unwrap(),
        ObjectKey::parse(&format!("reference/{owner}/deep/down/lonely.png")).unwrap(),
    ];
    for stray in &strays {
        put(&bucket, stray, b"no picture at all".to_vec()).await;
    }
    let elsewhere = ObjectKey::parse("backups/all.tar").unwrap();
    put(&bucket, &elsewhere, b"not under our prefixes".to_vec()).await;

    for unknown in [UnknownObjects::Report, UnknownObjects::Adopt] {
        let report = verify(&image.library, VerifyOptions { unknown, ..REPAIR }).await;
        let keys: BTreeSet<_> = report.findings.iter().map(|found| found.key.clone().unwrap()).collect();
        assert_eq!(keys, strays.iter().map(ToString::to_string).collect());
        assert_eq!((report.counts.unknown_object, report.found, report.unrepaired), (4, 4, 4), "{report:?}");
    }
    let delete = VerifyOptions { unknown: UnknownObjects::Delete, ..VerifyOptions::default() };
    let report = verify(&image.library, delete).await;
    assert_eq!((report.counts.unknown_object, report.unrepaired), (4, 0));
    is_clean(&image.library).await;
    assert!(bucket.image_exists(&elsewhere).await.unwrap());
    assert_eq!(image.object().await, image.bytes);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_picture_is_adopted_under_its_key_by_the_profile_in_the_key() {
    let image = a_stored_image().await;
    let bytes = a_png(20, 10).noise().seed(5).bytes();
    let key = a_key(&OwnerId::parse("bea").unwrap(), "1700000000000-00.png");
    put(&image.fixture.bucket(), &key, bytes.clone()).await;
    // A second object of the same picture cannot be adopted, because an image
    // has one key.
    let again = a_key(&OwnerId::parse("bea").unwrap(), "1700000000001-00.png");
    put(&image.fixture.bucket(), &again, bytes.clone()).await;

    let adopt = VerifyOptions { unknown: UnknownObjects::Adopt, ..VerifyOptions::default() };
    let report = verify(&image.library, adopt).await;
    assert_eq!((report.counts.unknown_object, report.unrepaired), (2, 1), "{report:?}");
    let adopted = report.findings.iter().find(|found| found.repaired).unwrap();
    assert_eq!(adopted.key.as_deref(), Some(key.as_str()));

    let detail = image.library.detail(adopted.id.as_ref().unwrap()).await.unwrap();
    assert_eq!((detail.kind, detail.owner_id.as_str(), &detail.r2_key), (ImageKind::Generated, "bea", &key));
    assert_eq!((detail.width, detail.height, detail.created_at.0), (20, 10, 1_700_000_000_000));
    assert_eq!(image.fixture.original_on_disk(&bytes).unwrap(), bytes);
    assert_eq!(push(&image.library).await.stored, 1);
    assert!(image.library.detail(&detail.id).await.unwrap().stored);
    let left = only_finding(&image.library, VerifyOptions::default()).await;
    assert_eq!(left.key.as_deref(), Some(again.as_str()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_difference_that_a_transfer_will_remove_is_not_a_finding() {
    let image = a_stored_image().await;
    import_bytes(&image.library, a_png(9, 9).bytes(), generated()).await;
    is_clean(&image.library).await;
    image.library.remove(vec![image.id.clone()], Removal::ToTrash).await.unwrap();
    is_clean(&image.library).await;
    image.library.remove(vec![image.id.clone()], Removal::Permanent).await.unwrap();
    is_clean(&image.library).await;
    push(&image.library).await;
    is_clean(&image.library).await;
}

/// Deletes a transfer, as somebody who edits the catalog would.
fn forget_transfers(fixture: &LibraryFixture, id: i64) {
    let catalog = rusqlite::Connection::open(fixture.folder().join("catalog.db")).unwrap();
    assert_eq!(catalog.execute("DELETE FROM transfers WHERE id = ?1", [id]).unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_whose_deletion_was_lost_is_found_and_deleted() {
    let image = a_stored_image().await;
    image.library.remove(vec![image.id.clone()], Removal::ToTrash).await.unwrap();
    let waiting = image.library.transfers(10).await.unwrap();
    forget_transfers(&image.fixture, waiting[0].id);
    let found = only_finding(&image.library, REPAIR).await;
    assert_eq!((found.kind, found.repaired), (FindingKind::RemovedObject, true));
    assert_eq!(push(&image.library).await.deleted, 1);
    is_clean(&image.library).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_whose_upload_was_not_recorded_is_confirmed() {
    let fixture = LibraryFixture::with_own_bucket();
    let library = fixture.open().await;
    let bytes = a_png(12, 12).noise().bytes();
    let id = import_bytes(&library, bytes.clone(), generated()).await;
    put(&fixture.bucket(), &library.detail(&id).await.unwrap().r2_key, bytes).await;
    let waiting = library.transfers(10).await.unwrap();
    forget_transfers(&fixture, waiting[0].id);
    let found = only_finding(&library, REPAIR).await;
    assert_eq!((found.kind, found.repaired), (FindingKind::UnconfirmedObject, true));
    assert_eq!(push(&library).await.stored, 1);
    is_clean(&library).await;
}

fn leave_aside(folder: &Path, name: &str, age: Duration) {
    let file = File::create(folder.join(".incoming").join(name)).unwrap();
    file.set_modified(SystemTime::now() - age).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn leftovers_of_interrupted_imports_are_deleted_after_a_day() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let originals = fixture.folder().join("originals");
    leave_aside(&originals, ".tmp-old", Duration::from_hours(25));
    leave_aside(&originals, ".tmp-young", Duration::from_hours(23));
    leave_aside(&fixture.folder().join("thumbnails"), ".tmp-old", Duration::from_hours(25));
    for repair in [false, true] {
        let report = verify(&library, VerifyOptions { repair, ..VerifyOptions::default() }).await;
        assert_eq!((report.counts.leftover_temporary, report.found), (2, 2), "{report:?}");
        assert_eq!(report.is_clean(), repair);
    }
    is_clean(&library).await;
    assert!(originals.join(".incoming/.tmp-young").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_report_says_that_only_the_disk_was_checked_without_a_bucket() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let bytes = a_png(12, 12).bytes();
    import_bytes(&library, bytes.clone(), generated()).await;
    let report = verify(&library, REPAIR).await;
    assert_eq!((report.checked, report.found, report.bucket_compared), (1, 0, false));
    std::fs::remove_file(fixture.original_path(&bytes).unwrap()).unwrap();
    let found = only_finding(&library, REPAIR).await;
    assert_eq!((found.kind, found.repaired), (FindingKind::MissingOriginal, false));

    let adopt = VerifyOptions { unknown: UnknownObjects::Adopt, ..REPAIR };
    let refused = library.verify(adopt, CancellationToken::new(), |_| ()).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::NotConfigured);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreachable_bucket_is_an_error_and_not_a_list_of_missing_objects() {
    let image = a_stored_image().await;
    image.fixture.set("R2_ENDPOINT", "http://127.0.0.1:1");
    let library = image.fixture.open().await;
    let failed = library.verify(REPAIR, CancellationToken::new(), |_| ()).await.unwrap_err();
    assert_eq!(failed.code(), ErrorCode::Bucket);
    assert!(library.detail(&image.id).await.unwrap().stored);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repair_leaves_what_changed_since_the_comparison() {
    let image = a_stored_image().await;
    image.fixture.bucket().delete_image(&image.key).await.unwrap();
    let stray = a_key(&image.fixture.owner(), "1700000000000-00.png");
    put(&image.fixture.bucket(), &stray, b"stray".to_vec()).await;
    // Progress is reported between comparing and acting. The image is removed
    // at exactly that moment.
    let (library, id) = (image.library.clone(), image.id.clone());
    let runtime = tokio::runtime::Handle::current();
    let mut asked = false;
    let progress = move |_| {
        let (library, id) = (library.clone(), id.clone());
        let remove = async move {
            library.remove(vec![id], Removal::Permanent).await.unwrap();
        };
        if !std::mem::replace(&mut asked, true) {
            let runtime = runtime.clone();
            std::thread::spawn(move || runtime.block_on(remove)).join().unwrap();
        }
    };
    let options = VerifyOptions { unknown: UnknownObjects::Delete, ..REPAIR };
    let report = image.library.verify(options, CancellationToken::new(), progress).await.unwrap();
    assert_eq!((report.found, report.counts.unknown_object), (1, 1), "{report:?}");
    let waiting = image.library.transfers(10).await.unwrap();
    assert!(waiting.iter().all(|transfer| transfer.image_id.as_ref() == Some(&image.id)), "{waiting:?}");
    push(&image.library).await;
    is_clean(&image.library).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_verification_reports_how_far_it_came() {
    let image = a_stored_image().await;
    image.fixture.bucket().delete_image(&image.key).await.unwrap();
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    let report = image.library.verify(REPAIR, cancel, move |_| stop.cancel()).await.unwrap();
    assert!(report.cancelled && !report.is_clean(), "{report:?}");
    assert_eq!(report.found, 0);
    assert!(image.library.detail(&image.id).await.unwrap().stored);
}

#[tokio::test(flavor = "multi_thread")]
async fn objects_beyond_the_first_page_of_a_listing_are_compared_too() {
    const STRAYS: usize = 1_100;
    let fixture = LibraryFixture::with_own_bucket();
    let library = fixture.open().await;
    let mut ids = Vec::new();
    for seed in 0..23 {
        ids.push(import_bytes(&library, a_png(8, 8).seed(seed).bytes(), generated()).await);
    }
    push(&library).await;
    let mut puts = JoinSet::new();
    for number in 0..STRAYS {
        let (bucket, key) = (fixture.bucket(), a_key(&fixture.owner(), &format!("{number:04}.png")));
        puts.spawn(async move { put(&bucket, &key, vec![1]).await });
        if puts.len() >= 16 {
            puts.join_next().await.unwrap().unwrap();
        }
    }
    puts.join_all().await;
    let gone = library.detail(&ids[11]).await.unwrap().record.r2_key;
    fixture.bucket().delete_image(&gone).await.unwrap();

    for page_size in [7, 1000] {
        let report = verify(&library, VerifyOptions { page_size, ..VerifyOptions::default() }).await;
        assert_eq!((report.checked, report.objects), (23, 1_122), "{page_size}");
        assert_eq!(
            (report.counts.unknown_object, report.counts.missing_object, report.found),
            (1_100, 1, 1_101)
        );
    }
    let repair = VerifyOptions { unknown: UnknownObjects::Delete, page_size: 100, ..REPAIR };
    assert!(verify(&library, repair).await.is_clean());
    push(&library).await;
    is_clean(&library).await;
    assert_eq!(fixture.keys_in_bucket().await.len(), 23);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_object_of_a_trial_is_left_alone_for_a_day_and_never_adopted() {
    let image = a_stored_image().await;
    let bucket = image.fixture.bucket();
    let of_the_doctor = OwnerId::parse("doctor-probe").unwrap();
    let young = a_key(&of_the_doctor, &format!("{}-00.png", UnixMs::now().0 - 60_000));
    let old = a_key(&of_the_doctor, "1700000000000-00.png");
    for key in [&young, &old] {
        put(&bucket, key, a_png(1, 1).bytes()).await;
    }
    for unknown in [UnknownObjects::Report, UnknownObjects::Adopt] {
        let found = only_finding(&image.library, VerifyOptions { unknown, ..VerifyOptions::default() }).await;
        assert_eq!((found.kind, found.repaired), (FindingKind::UnknownObject, false));
        assert_eq!(found.key.as_deref(), Some(old.as_str()));
    }
    let found = only_finding(&image.library, REPAIR).await;
    assert!(found.repaired, "{found:?}");
    assert!(bucket.image_exists(&young).await.unwrap() && !bucket.image_exists(&old).await.unwrap());
    assert!(image.library.profiles().await.unwrap().iter().all(|profile| profile.id != of_the_doctor));
    is_clean(&image.library).await;
}
