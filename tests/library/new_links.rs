//! New links: the new URL gives the image, the old one gives nothing, and the only copy of an original is never
//! deleted.

use tokio_util::sync::CancellationToken;
use vitrine_core::Library;
use vitrine_core::library::Variant;
use vitrine_core::model::{
    Depth, ErrorCode, Finding, FindingKind, ImageId, KeepOriginals, Removal, Settings, UnixMs, VerifyOptions,
};
use vitrine_tests::fixture::{LibraryFixture, generated, get, import_bytes, push, references, refusal};
use vitrine_tests::pictures::a_png;

const DAY_MS: i64 = 24 * 3600 * 1000;

struct Stored {
    fixture: LibraryFixture,
    library: Library,
    bytes: Vec<u8>,
    id: ImageId,
    old: String,
}

async fn url(library: &Library, id: &ImageId) -> String {
    library.detail(id).await.unwrap().record.url.unwrap()
}

async fn a_stored_image_of(fixture: LibraryFixture) -> Stored {
    let library = fixture.open().await;
    let bytes = a_png(300, 200).noise().bytes();
    let id = import_bytes(&library, bytes.clone(), generated()).await;
    push(&library).await;
    let old = url(&library, &id).await;
    Stored { fixture, library, bytes, id, old }
}

async fn a_stored_image() -> Stored {
    a_stored_image_of(LibraryFixture::with_bucket()).await
}

impl Stored {
    /// Frees the original, so that only the bucket has it.
    async fn free(&self) {
        let settings = Settings {
            keep_originals: KeepOriginals::UpToSize,
            originals_limit_gb: 0,
            ..Settings::default()
        };
        self.library.save_settings(settings).await.unwrap();
        let later = UnixMs::now().plus_ms(DAY_MS);
        assert_eq!(self.library.free_space(later, CancellationToken::new()).await.unwrap(), 1);
        assert!(!self.is_here());
    }

    fn is_here(&self) -> bool {
        self.fixture.original_on_disk(&self.bytes).is_some()
    }

    async fn replace(&self) -> String {
        let new = self.library.new_link(&self.id).await.unwrap().record.url.unwrap();
        assert_eq!(url(&self.library, &self.id).await, new);
        assert_eq!(self.library.links(vec![self.id.clone()]).await.unwrap()[0].1, new);
        new
    }

    async fn is_clean(&self) {
        let options = VerifyOptions { depth: Depth::Hash, ..VerifyOptions::default() };
        let report = self.library.verify(options, CancellationToken::new(), |_| ()).await.unwrap();
        // Other tests have objects in the same bucket.
        let prefix = format!("/{}/", self.fixture.owner());
        let ours = |finding: &&Finding| {
            finding.kind != FindingKind::UnknownObject
                || finding.key.as_ref().is_some_and(|key| key.contains(&prefix))
        };
        let found: Vec<_> = report.findings.iter().filter(ours).collect();
        assert!(found.is_empty(), "{found:?}");
    }

    /// Checks that only the new link gives the image, and that nothing is left to do.
    async fn only_works_at(&self, new: &str) {
        assert_eq!(get(new).await, (200, self.bytes.clone()));
        assert_eq!(get(&self.old).await.0, 404);
        assert!(self.library.detail(&self.id).await.unwrap().stored);
        assert_eq!(self.fixture.keys_in_bucket().await.len(), 1);
        assert!(self.library.transfers(10).await.unwrap().is_empty());
        self.is_clean().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_old_link_dies_and_the_new_one_gives_the_bytes() {
    let image = a_stored_image().await;
    let new = image.replace().await;
    assert_ne!(new, image.old);
    // The old object stays until the new one is stored, and both are understood meanwhile.
    assert_eq!((get(&image.old).await.0, get(&new).await.0), (200, 404));
    image.is_clean().await;

    let report = push(&image.library).await;

    assert_eq!((report.stored, report.deleted, report.parked), (1, 1, 0));
    image.only_works_at(&new).await;
    let answer = reqwest::get(&new).await.unwrap();
    assert_eq!(answer.headers()["content-type"], "image/png");
    assert_eq!(answer.headers()["cache-control"], "public, max-age=31536000, immutable");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_freed_original_is_copied_by_the_bucket_and_stays_freed() {
    let image = a_stored_image().await;
    image.free().await;
    let new = image.replace().await;
    image.is_clean().await;
    push(&image.library).await;
    assert!(!image.is_here());
    image.only_works_at(&new).await;
    assert_eq!(image.library.pixels(&image.id, Variant::Original).await.unwrap().bytes, image.bytes);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_freed_original_can_be_opened_before_the_new_link_works() {
    let image = a_stored_image().await;
    image.free().await;
    let new = image.replace().await;
    assert_eq!(image.library.pixels(&image.id, Variant::Original).await.unwrap().bytes, image.bytes);
    push(&image.library).await;
    image.only_works_at(&new).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_whose_old_object_is_missing_is_uploaded() {
    let image = a_stored_image().await;
    let key = image.library.detail(&image.id).await.unwrap().record.r2_key;
    image.fixture.bucket().delete_image(&key).await.unwrap();
    let new = image.replace().await;
    assert_eq!(push(&image.library).await.stored, 1);
    image.only_works_at(&new).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_trash_and_a_restore_end_with_the_new_link() {
    for is_freed in [false, true] {
        let image = a_stored_image().await;
        if is_freed {
            image.free().await;
        }
        let new = image.replace().await;
        image.library.remove(vec![image.id.clone()], Removal::ToTrash).await.unwrap();
        push(&image.library).await;
        assert!(image.fixture.keys_in_bucket().await.is_empty());
        assert!(image.is_here(), "the original was secured first");
        image.library.restore(vec![image.id.clone()]).await.unwrap();
        push(&image.library).await;
        image.only_works_at(&new).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_before_the_push_copies_the_only_copy() {
    let image = a_stored_image().await;
    image.free().await;
    let new = image.replace().await;
    image.library.remove(vec![image.id.clone()], Removal::ToTrash).await.unwrap();
    image.library.restore(vec![image.id.clone()]).await.unwrap();
    push(&image.library).await;
    image.only_works_at(&new).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_permanent_removal_leaves_no_object() {
    let image = a_stored_image().await;
    image.replace().await;
    image.library.remove(vec![image.id.clone()], Removal::Permanent).await.unwrap();
    push(&image.library).await;
    assert!(image.fixture.keys_in_bucket().await.is_empty());
    assert!(image.library.transfers(10).await.unwrap().is_empty());
    image.is_clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn several_new_links_in_a_row_leave_only_the_last() {
    let image = a_stored_image().await;
    image.free().await;
    let mut links = Vec::new();
    for _ in 0..3 {
        links.push(image.replace().await);
    }
    push(&image.library).await;
    for dead in &links[..2] {
        assert_eq!(get(dead).await.0, 404);
    }
    image.only_works_at(&links[2]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_upload_keeps_the_old_object() {
    let image = a_stored_image().await;
    let new = image.replace().await;
    let transfers = image.library.transfers(10).await.unwrap();
    for transfer in &transfers {
        // The upload can be cancelled, the deletion cannot.
        let _ = image.library.cancel_transfer(transfer.id).await;
    }
    let report = push(&image.library).await;
    assert_eq!((report.stored, report.deleted, report.parked, report.waiting), (0, 0, 1, 1));
    assert_eq!(get(&image.old).await.0, 200);
    image.library.retry_transfers(None).await.unwrap();
    push(&image.library).await;
    image.only_works_at(&new).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_link_is_refused_in_the_trash_and_for_other_profiles() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let id = import_bytes(&library, a_png(16, 16).bytes(), references(None)).await;
    let before = library.detail(&id).await.unwrap().record.r2_key;
    let other = fixture.open_as("bob").await;
    assert_eq!(refusal(other.new_links(vec![id.clone()]).await.unwrap()), ErrorCode::NotAuthorized);
    library.remove(vec![id.clone()], Removal::ToTrash).await.unwrap();
    assert_eq!(refusal(library.new_links(vec![id.clone()]).await.unwrap()), ErrorCode::InvalidInput);
    assert!(library.new_link(&id).await.is_err());
    assert_eq!(library.detail(&id).await.unwrap().record.r2_key, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_copy_of_the_catalog_gets_the_new_link_back_and_the_old_object_goes() {
    let Stored { fixture, library, bytes, id, old } = a_stored_image().await;
    let (catalog, aside) = (fixture.folder().join("catalog.db"), fixture.inbox().join("older.db"));
    library.close().await.unwrap();
    std::fs::copy(&catalog, &aside).unwrap();
    let library = fixture.open().await;
    let new = library.new_link(&id).await.unwrap().record.url.unwrap();
    library.close().await.unwrap();
    std::fs::copy(&aside, &catalog).unwrap();

    let library = fixture.open().await;

    assert!(library.healed().is_some_and(|healed| healed.is_whole));
    assert_eq!(url(&library, &id).await, new);
    push(&library).await;
    Stored { fixture, library, bytes, id, old }.only_works_at(&new).await;
}
