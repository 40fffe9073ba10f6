//! What this machine stores: nothing is freed that the bucket does not have,
//! and what was freed comes back when it is opened.

use tokio_util::sync::CancellationToken;
use vitrine_core::Library;
use vitrine_core::library::Variant;
use vitrine_core::model::{
    Depth, ImageId, KeepOriginals, Removal, Settings, ThumbnailSize, UnixMs, VerifyOptions,
};
use vitrine_tests::fixture::{LibraryFixture, generated, import_bytes, push};
use vitrine_tests::pictures::a_png;

const DAY_MS: i64 = 24 * 3600 * 1000;

async fn choose(library: &Library, keep_originals: KeepOriginals) {
    let settings =
        Settings { keep_originals, free_after_days: 10, originals_limit_gb: 0, ..Settings::default() };
    library.save_settings(settings).await.unwrap();
}

async fn free_space(library: &Library, in_days: i64) -> u32 {
    let then = UnixMs::now().plus_ms(in_days * DAY_MS);
    // A clock that moves by at most a week at a time is believed.
    library.expire_trash(UnixMs::now().plus_ms(in_days / 2 * DAY_MS)).await.unwrap();
    library.free_space(then, CancellationToken::new()).await.unwrap()
}

async fn is_clean(library: &Library) {
    let options = VerifyOptions { depth: Depth::Hash, ..VerifyOptions::default() };
    let report = library.verify(options, CancellationToken::new(), |_| ()).await.unwrap();
    assert_eq!(report.found, 0, "{report:?}");
}

async fn original(library: &Library, id: &ImageId) -> Vec<u8> {
    library.pixels(id, Variant::Original).await.unwrap().bytes
}

struct Stored {
    fixture: LibraryFixture,
    library: Library,
    bytes: Vec<u8>,
    id: ImageId,
}

async fn a_stored_image() -> Stored {
    let fixture = LibraryFixture::with_own_bucket();
    let library = fixture.open().await;
    let bytes = a_png(600, 400).noise().bytes();
    let id = import_bytes(&library, bytes.clone(), generated()).await;
    push(&library).await;
    Stored { fixture, library, bytes, id }
}

impl Stored {
    fn is_here(&self) -> bool {
        self.fixture.original_on_disk(&self.bytes).is_some()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_original_unopened_for_days_is_freed_and_fetched_on_opening() {
    let image = a_stored_image().await;
    assert_eq!(free_space(&image.library, 11).await, 0, "all are kept unless somebody chose otherwise");
    choose(&image.library, KeepOriginals::WhileUsed).await;
    assert_eq!(free_space(&image.library, 9).await, 0);
    assert!(image.is_here());
    let before = image.library.space_use().await.unwrap();
    assert_eq!(before.originals.0, image.bytes.len() as u64);

    assert_eq!(free_space(&image.library, 11).await, 1);

    assert!(!image.is_here());
    assert_eq!(image.library.space_use().await.unwrap().originals.0, 0);
    is_clean(&image.library).await;
    assert_eq!(original(&image.library, &image.id).await, image.bytes);
    assert_eq!(image.fixture.original_on_disk(&image.bytes).unwrap(), image.bytes);
    is_clean(&image.library).await;
    // The original was opened just now, so it stays for ten more days.
    assert_eq!(free_space(&image.library, 9).await, 0);
    assert_eq!(free_space(&image.library, 11).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thumbnail_is_made_again_from_a_freed_original() {
    let image = a_stored_image().await;
    choose(&image.library, KeepOriginals::UpToSize).await;
    assert_eq!(free_space(&image.library, 1).await, 1);
    for thumbnail in image.fixture.thumbnails() {
        std::fs::remove_file(thumbnail).unwrap();
    }
    let made = image.library.pixels(&image.id, Variant::Thumbnail(ThumbnailSize::Medium)).await.unwrap();
    assert_eq!(made.content_type, "image/jpeg");
    assert!(image.is_here());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_original_is_freed_only_if_the_bucket_holds_it_at_that_moment() {
    let image = a_stored_image().await;
    choose(&image.library, KeepOriginals::UpToSize).await;
    let waiting = a_png(20, 20).bytes();
    import_bytes(&image.library, waiting.clone(), generated()).await;
    let key = image.library.detail(&image.id).await.unwrap().record.r2_key;
    image.fixture.bucket().delete_image(&key).await.unwrap();
    assert_eq!(free_space(&image.library, 1).await, 0);
    assert!(image.is_here(), "its object is gone");
    assert!(image.fixture.original_on_disk(&waiting).is_some(), "it is not uploaded yet");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_original_stays_while_any_of_its_images_needs_it() {
    let image = a_stored_image().await;
    choose(&image.library, KeepOriginals::UpToSize).await;
    // Another profile has the same bytes, which are not uploaded yet.
    let bob = image.fixture.open_as("bob").await;
    import_bytes(&bob, image.bytes.clone(), generated()).await;
    assert_eq!(free_space(&image.library, 1).await, 0);
    push(&image.library).await;
    image.library.remove(vec![image.id.clone()], Removal::ToTrash).await.unwrap();
    push(&image.library).await;
    assert_eq!(free_space(&image.library, 1).await, 0, "the trash keeps its originals");
    assert!(image.is_here());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_freed_original_is_fetched_before_its_object_is_deleted() {
    let image = a_stored_image().await;
    choose(&image.library, KeepOriginals::UpToSize).await;
    assert_eq!(free_space(&image.library, 1).await, 1);
    image.library.remove(vec![image.id.clone()], Removal::ToTrash).await.unwrap();
    assert_eq!(push(&image.library).await.deleted, 1);
    assert_eq!(image.fixture.original_on_disk(&image.bytes).unwrap(), image.bytes);
    image.library.restore(vec![image.id.clone()]).await.unwrap();
    assert_eq!(push(&image.library).await.stored, 1);
    is_clean(&image.library).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn importing_again_or_keeping_all_brings_freed_originals_back() {
    let image = a_stored_image().await;
    choose(&image.library, KeepOriginals::UpToSize).await;
    assert_eq!(free_space(&image.library, 1).await, 1);
    let again = image.fixture.inbox().join("again.png");
    std::fs::write(&again, &image.bytes).unwrap();
    let summary = vitrine_tests::fixture::import(&image.library, vec![again], generated()).await;
    assert_eq!(summary.duplicates, 1);
    assert!(image.is_here());
    assert_eq!(free_space(&image.library, 1).await, 1, "it counts as kept again");

    choose(&image.library, KeepOriginals::Always).await;
    assert_eq!(free_space(&image.library, 1).await, 0);
    assert_eq!(image.fixture.original_on_disk(&image.bytes).unwrap(), image.bytes);
    is_clean(&image.library).await;
}
