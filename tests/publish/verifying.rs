//! What verify finds in a published feed, one hand-made fault at a time, and what it does about it.

use crate::publishing::{import_prompt, make_public, publish};
use std::collections::BTreeMap;
use tokio_util::sync::CancellationToken;
use vitrine_core::Library;
use vitrine_core::bucket::LibraryMark;
use vitrine_core::model::{
    Finding, FindingKind, ImageId, ObjectKey, UnknownObjects, VerifyOptions, VerifyReport,
};
use vitrine_tests::feed_files::put_page;
use vitrine_tests::fixture::{LibraryFixture, push};

fn repair() -> VerifyOptions {
    VerifyOptions { repair: true, ..VerifyOptions::default() }
}

async fn verify(library: &Library, options: VerifyOptions) -> VerifyReport {
    library.verify(options, CancellationToken::new(), |_| ()).await.unwrap()
}

/// Verifies, expects exactly one finding, and returns it.
async fn only_finding(library: &Library, options: VerifyOptions) -> Finding {
    let mut report = verify(library, options).await;
    assert_eq!(report.found, 1, "{report:?}");
    report.findings.pop().unwrap()
}

/// A library with a published feed in a bucket of its own.
struct PublishedFeed {
    fixture: LibraryFixture,
    library: Library,
    ids: Vec<ImageId>,
    files: BTreeMap<String, u64>,
}

async fn a_published_feed() -> PublishedFeed {
    let fixture = LibraryFixture::with_own_bucket();
    let library = fixture.open().await;
    let ids = vec![import_prompt(&library, 1, "a lamp").await, import_prompt(&library, 2, "a door").await];
    make_public(&library, &ids).await;
    library.set_feed_on(true).await.unwrap();
    push(&library).await;
    publish(&library).await;
    let mut feed = PublishedFeed { fixture, library, ids, files: BTreeMap::new() };
    feed.files = feed.objects().await;
    let report = verify(&feed.library, VerifyOptions::default()).await;
    assert!(report.is_clean() && report.found == 0, "{report:?}");
    let objects = feed.files.len() + feed.ids.len();
    assert_eq!(report.objects, u32::try_from(objects).unwrap());
    feed
}

impl PublishedFeed {
    fn key(&self, path: &str) -> ObjectKey {
        ObjectKey::parse(&format!("feed/{}/{path}", self.fixture.owner())).unwrap()
    }

    /// Returns the sizes of the objects of the feed, by their paths.
    async fn objects(&self) -> BTreeMap<String, u64> {
        let prefix = format!("feed/{}/", self.fixture.owner());
        let page = self.fixture.bucket().list(&prefix, None).await.unwrap();
        let path = |key: &str| key[prefix.len()..].to_owned();
        page.objects.into_iter().map(|object| (path(&object.key), object.size_bytes)).collect()
    }

    /// Puts a page at a key, as a file of this library.
    async fn put_ours(&self, key: &ObjectKey, text: &'static str) {
        put_page(&self.fixture.bucket(), key, text, Some(&self.fixture.mark().await)).await;
    }

    /// Puts a page at a key, as a file of another library.
    async fn put_of_other_library(&self, key: &ObjectKey, text: &'static str) {
        let other = LibraryMark::of("another library");
        put_page(&self.fixture.bucket(), key, text, Some(&other)).await;
    }

    /// Puts a page at a key that Vitrine did not publish.
    async fn put_foreign(&self, key: &ObjectKey, text: &'static str) {
        put_page(&self.fixture.bucket(), key, text, None).await;
    }

    /// Publishes, and expects what was published before.
    async fn is_as_before(&self) {
        publish(&self.library).await;
        assert_eq!(self.objects().await, self.files);
        let report = verify(&self.library, VerifyOptions::default()).await;
        assert!(report.is_clean() && report.found == 0, "{report:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn feed_files_that_others_deleted_are_found_and_published_again() {
    let feed = a_published_feed().await;
    let starts = ["index.html", "i/", "m/", "s/", "style", "feed.json"];
    for start in starts {
        let path = feed.files.keys().find(|path| path.starts_with(start)).unwrap();
        feed.fixture.bucket().delete_image(&feed.key(path)).await.unwrap();
        let found = only_finding(&feed.library, VerifyOptions::default()).await;
        assert_eq!((found.kind, found.repaired), (FindingKind::MissingFeedFile, false), "{path}");
        assert_eq!(found.filename.as_deref(), Some(path.as_str()));
        let is_of_image = ["i/", "m/", "s/"].contains(&start);
        assert_eq!(found.id.is_some_and(|id| feed.ids.contains(&id)), is_of_image, "{path}");
        let report = verify(&feed.library, repair()).await;
        assert_eq!((report.found, report.unrepaired, report.counts.missing_feed_file), (1, 0, 1));
        feed.is_as_before().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replaced_feed_file_of_this_library_is_published_again() {
    let feed = a_published_feed().await;
    let key = feed.key("index.html");
    let size = usize::try_from(feed.files["index.html"]).unwrap();
    let of_same_size: &'static str = " ".repeat(size).leak();
    for text in ["an old page", of_same_size] {
        feed.put_ours(&key, text).await;
        let found = only_finding(&feed.library, VerifyOptions::default()).await;
        assert_eq!((found.kind, found.repaired), (FindingKind::DifferentFeedFile, false));
        assert!(only_finding(&feed.library, repair()).await.repaired);
        feed.is_as_before().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_somebody_else_in_the_place_of_a_feed_file_stays_until_it_is_deleted_by_hand() {
    let feed = a_published_feed().await;
    let key = feed.key("index.html");
    let size = usize::try_from(feed.files["index.html"]).unwrap();
    let delete = VerifyOptions { unknown: UnknownObjects::Delete, ..repair() };
    for text in ["my own page", " ".repeat(size).leak()] {
        feed.put_foreign(&key, text).await;
        for options in [VerifyOptions::default(), repair(), delete] {
            let found = only_finding(&feed.library, options).await;
            assert_eq!((found.kind, found.repaired), (FindingKind::DifferentFeedFile, false));
        }
        assert_eq!(feed.objects().await["index.html"], text.len() as u64);
        // After a repair, the feed itself names the problem, and so does verify.
        let pushed = feed.library.publish_feed(None, CancellationToken::new()).await.unwrap();
        assert!(!pushed.is_complete);
        let problems = feed.library.feed_status().await.unwrap().problems;
        assert!(problems.iter().any(|problem| problem.filename == "index.html"), "{problems:?}");
        assert_eq!(only_finding(&feed.library, repair()).await.kind, FindingKind::DifferentFeedFile);
        assert_eq!(feed.objects().await["index.html"], text.len() as u64);

        feed.fixture.bucket().delete_image(&key).await.unwrap();
        let found = only_finding(&feed.library, repair()).await;
        assert_eq!((found.kind, found.repaired), (FindingKind::MissingFeedFile, true));
        feed.is_as_before().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_another_library_in_the_place_of_ours_is_deleted_only_on_request() {
    let feed = a_published_feed().await;
    for path in ["index.html", "feed.json"] {
        let key = feed.key(path);
        feed.put_of_other_library(&key, "another feed").await;
        for options in [VerifyOptions::default(), repair()] {
            let found = only_finding(&feed.library, options).await;
            assert_eq!((found.kind, found.repaired), (FindingKind::DifferentFeedFile, false));
            assert!(found.detail.contains("Another library"), "{found:?}");
            assert_eq!(feed.objects().await[path], 12);
        }
        let delete = VerifyOptions { unknown: UnknownObjects::Delete, ..VerifyOptions::default() };
        assert!(only_finding(&feed.library, delete).await.repaired);
        feed.is_as_before().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_a_lost_library_occupies_is_free_after_its_files_were_deleted() {
    let feed = a_published_feed().await;
    let other = feed.fixture.beside();
    let library = other.open().await;
    let id = import_prompt(&library, 9, "a new start").await;
    make_public(&library, &[id]).await;
    library.set_feed_on(true).await.unwrap();
    let pushed = library.publish_feed(None, CancellationToken::new()).await.unwrap();
    assert!(!pushed.is_complete);
    let report = verify(&library, repair()).await;
    assert!(report.counts.different_feed_file > 0 && report.unrepaired > 0, "{report:?}");
    assert_eq!(feed.objects().await, feed.files);
    let delete = VerifyOptions { unknown: UnknownObjects::Delete, ..VerifyOptions::default() };
    verify(&library, delete).await;
    publish(&library).await;
    assert_eq!(library.feed_status().await.unwrap().published, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_objects_of_a_feed_are_deleted_if_this_library_published_them() {
    let feed = a_published_feed().await;
    let (ours, others, foreign) = (feed.key("i/late.html"), feed.key("i/other.html"), feed.key("notes.html"));
    feed.put_ours(&ours, "a late upload").await;
    let found = only_finding(&feed.library, VerifyOptions::default()).await;
    assert_eq!((found.kind, found.repaired), (FindingKind::UnknownObject, false));
    assert_eq!(found.key.as_deref(), Some(ours.as_str()));
    assert!(only_finding(&feed.library, repair()).await.repaired);
    feed.is_as_before().await;

    feed.put_of_other_library(&others, "of another library").await;
    for options in [VerifyOptions::default(), repair()] {
        let found = only_finding(&feed.library, options).await;
        assert_eq!((found.kind, found.repaired), (FindingKind::UnknownObject, false));
    }
    let delete = VerifyOptions { unknown: UnknownObjects::Delete, ..VerifyOptions::default() };
    assert!(only_finding(&feed.library, delete).await.repaired);
    feed.is_as_before().await;

    feed.put_foreign(&foreign, "my notes").await;
    for options in [VerifyOptions::default(), repair(), delete] {
        let found = only_finding(&feed.library, options).await;
        assert_eq!((found.kind, found.repaired), (FindingKind::UnknownObject, false));
    }
    assert_eq!(feed.objects().await["notes.html"], 8);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_feed_of_another_library_is_deleted_only_on_request() {
    let feed = a_published_feed().await;
    let key = ObjectKey::parse("feed/somebody-else/index.html").unwrap();
    feed.put_of_other_library(&key, "another feed").await;
    for options in [VerifyOptions::default(), repair()] {
        let found = only_finding(&feed.library, options).await;
        assert_eq!((found.kind, found.repaired), (FindingKind::UnknownObject, false));
    }
    let delete = VerifyOptions { unknown: UnknownObjects::Delete, ..VerifyOptions::default() };
    assert!(only_finding(&feed.library, delete).await.repaired);
    feed.is_as_before().await;
}
