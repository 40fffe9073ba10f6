//! What verify finds in a published feed, one hand-made fault at a time, and what it does about it.

use crate::publishing::{import_prompt, make_public, publish};
use std::collections::BTreeMap;
use tokio_util::sync::CancellationToken;
use vitrine_core::Library;
use vitrine_core::bucket::{Existing, Upload, UploadData};
use vitrine_core::model::{
    Finding, FindingKind, ImageId, ObjectKey, UnknownObjects, VerifyOptions, VerifyReport,
};
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

    async fn put(&self, key: &ObjectKey, text: &'static str, existing: Existing) {
        use md5::Digest;
        let upload = Upload {
            size_bytes: text.len() as u64,
            sha256: sha2::Sha256::digest(text).into(),
            md5: md5::Md5::digest(text).into(),
            data: UploadData::Bytes(text.into()),
            content_type: "text/html; charset=utf-8",
            key,
            existing,
            cache_control: None,
            progress: None,
        };
        self.fixture.bucket().upload_image(upload).await.unwrap();
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
async fn a_feed_file_of_another_size_is_published_again_unless_somebody_else_put_it_there() {
    let feed = a_published_feed().await;
    let key = feed.key("index.html");
    feed.put(&key, "an old page", Existing::IsReplaced).await;
    let found = only_finding(&feed.library, VerifyOptions::default()).await;
    assert_eq!((found.kind, found.repaired), (FindingKind::DifferentFeedFile, false));
    assert!(only_finding(&feed.library, repair()).await.repaired);
    feed.is_as_before().await;

    feed.fixture.bucket().delete_image(&key).await.unwrap();
    feed.put(&key, "my own page", Existing::Stays).await;
    for options in [VerifyOptions::default(), repair()] {
        let found = only_finding(&feed.library, options).await;
        assert_eq!((found.kind, found.repaired), (FindingKind::DifferentFeedFile, false));
    }
    assert_eq!(feed.objects().await["index.html"], 11);
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_objects_of_a_feed_are_deleted_if_vitrine_published_them() {
    let feed = a_published_feed().await;
    let (ours, foreign) = (feed.key("i/late.html"), feed.key("notes.html"));
    feed.put(&ours, "a late upload", Existing::IsReplaced).await;
    let found = only_finding(&feed.library, VerifyOptions::default()).await;
    assert_eq!((found.kind, found.repaired), (FindingKind::UnknownObject, false));
    assert_eq!(found.key.as_deref(), Some(ours.as_str()));
    assert!(only_finding(&feed.library, repair()).await.repaired);
    feed.is_as_before().await;

    feed.put(&foreign, "my notes", Existing::Stays).await;
    let delete = VerifyOptions { unknown: UnknownObjects::Delete, ..VerifyOptions::default() };
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
    feed.put(&key, "another feed", Existing::IsReplaced).await;
    for options in [VerifyOptions::default(), repair()] {
        let found = only_finding(&feed.library, options).await;
        assert_eq!((found.kind, found.repaired), (FindingKind::UnknownObject, false));
    }
    let delete = VerifyOptions { unknown: UnknownObjects::Delete, ..VerifyOptions::default() };
    assert!(only_finding(&feed.library, delete).await.repaired);
    feed.is_as_before().await;
}
