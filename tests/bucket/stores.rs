//! One journey on every store that is available as a package, from connecting a
//! bucket to deleting an image permanently.

use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use vitrine_core::Library;
use vitrine_core::bucket::{
    Bucket, BucketConfig, BucketFields, ErrorClass, FeedUpload, Jurisdiction, LibraryMark, Occupant,
};
use vitrine_core::library::{BucketForm, FormCredentials, ImportChoices, ImportTarget, OpenAs, OpenLibrary};
use vitrine_core::model::{
    CheckOutcome, CheckStep, CheckStepName, ImageId, ObjectKey, OwnerId, PageRequest, Removal, Source,
    TransferActivity, TransferProblemCode, VerifyOptions, Visibility,
};
use vitrine_core::secrets::MemorySecrets;
use vitrine_core::transfer::PushReport;
use vitrine_tests::feed_files::a_web_page;
use vitrine_tests::pictures::{a_jpeg, a_png};
use vitrine_tests::s3;
use vitrine_tests::stores::Store;

/// A library in a temporary folder whose bucket is in a store.
struct StoreFixture {
    _folder: TempDir,
    owner: OwnerId,
    library: Library,
    bucket: Bucket,
}

impl StoreFixture {
    async fn to(store: &Store) -> Self {
        let folder = TempDir::with_prefix("vitrine-journey-").unwrap();
        let owner = OwnerId::parse(&format!("ana-{}", s3::random_hex(6))).unwrap();
        let library = Library::open(OpenLibrary {
            folder: folder.path().to_owned(),
            profile: OpenAs::Added(owner.clone()),
            environment: Arc::new(|_| None),
            secrets: Arc::new(MemorySecrets::default()),
        })
        .await
        .unwrap();
        let form = BucketForm {
            account_id: String::new(),
            endpoint: store.endpoint.clone(),
            jurisdiction: Jurisdiction::default(),
            bucket: store.bucket.clone(),
            public_url: store.public_base.clone(),
            aws_profile: String::new(),
            credentials: Some(FormCredentials {
                access_key_id: store.keys.access_key_id.clone(),
                secret_access_key: store.keys.secret_access_key.clone(),
            }),
            zone_id: String::new(),
            purge_token: None,
        };
        library.connect_bucket(form).await.unwrap();
        let env = store.env();
        let value = |name: &str| env.iter().find(|(key, _)| *key == name).map(|(_, value)| value.clone());
        let config = BucketConfig::resolve(&value, &BucketFields::default(), None).unwrap();
        Self { _folder: folder, owner, library, bucket: Bucket::new(&config, Arc::default()) }
    }

    async fn import(&self, name: &str, bytes: &[u8]) -> ImageId {
        let source = Source::Bytes { filename: name.into(), bytes: bytes.to_vec() };
        let target = ImportTarget::HISTORY;
        let cancel = CancellationToken::new();
        let imported =
            self.library.import(vec![source], target, ImportChoices::default(), cancel, |_| (), |_| ()).await;
        imported.unwrap().files.remove(0).id.unwrap()
    }

    async fn push(&self) -> PushReport {
        self.library.push(Some(Duration::from_mins(2)), CancellationToken::new()).await.unwrap()
    }

    async fn feed(&self) -> Vec<ImageId> {
        let page = self.library.get_public_feed(&PageRequest::first(10)).await.unwrap();
        page.page.into_iter().map(|image| image.record.id).collect()
    }

    async fn check(&self) -> Vec<CheckStep> {
        self.library.check_bucket(|_| ()).await.unwrap()
    }

    /// Returns the keys in the bucket that belong to this profile.
    async fn keys(&self) -> Vec<String> {
        let page = self.bucket.list(&format!("generated/{}/", self.owner), None).await.unwrap();
        page.objects.into_iter().map(|object| object.key).collect()
    }

    /// Returns the number of objects that tests of the store left behind.
    async fn probes(&self) -> usize {
        self.bucket.list("generated/doctor-probe/", None).await.unwrap().objects.len()
    }
}

fn stored(count: u32) -> PushReport {
    PushReport { stored: count, ..PushReport::default() }
}

/// Creates, replaces and deletes a feed file, and refuses one of another library.
async fn feed_files_stay_with_their_library(bucket: &Bucket, owner: &OwnerId) {
    let key = ObjectKey::parse(&format!("feed/{owner}/index.html")).unwrap();
    let (ours, other) = (LibraryMark::of("ours"), LibraryMark::of("another"));
    for (text, library, replaces, expected) in [
        ("first", &ours, false, Ok(())),
        ("second", &ours, true, Ok(())),
        ("third", &other, false, Err(ErrorClass::OtherLibrary)),
        ("third", &other, true, Err(ErrorClass::OtherLibrary)),
        ("third", &ours, false, Ok(())),
    ] {
        let upload = FeedUpload { file: a_web_page(&key, text), library, replaces };
        let put = bucket.put_feed_file(upload).await.map(|_| ());
        assert_eq!(put.map_err(|problem| problem.class), expected, "{text}");
    }
    let found = bucket.occupants(std::slice::from_ref(&key), &ours).await.remove(0).unwrap();
    assert!(matches!(found, Some(Occupant::ThisLibrary(_))), "{found:?}");
    bucket.delete_image(&key).await.unwrap();
}

async fn travel(store: &Store) {
    let ana = StoreFixture::to(store).await;
    let fox = a_png(300, 200).noise().bytes();
    let hill = a_jpeg(200, 300).bytes();
    let (id, other) = (ana.import("fox.png", &fox).await, ana.import("a hill.jpg", &hill).await);
    // There was no check before, so this push also tests the store.
    assert_eq!(ana.push().await, stored(2));
    for step in ana.check().await {
        let expected = match step.step {
            CheckStepName::PublicRead if !store.is_public => CheckOutcome::Failed,
            _ => CheckOutcome::Passed,
        };
        assert_eq!(step.outcome, expected, "{step:?}");
    }
    let detail = ana.library.detail(&id).await.unwrap();
    let url = detail.record.url.clone().unwrap();
    assert!(detail.stored && url.starts_with(&store.public_base), "{url}");
    assert_eq!(ana.keys().await.len(), 2);
    if store.is_public {
        let answer = reqwest::get(&url).await.unwrap();
        assert_eq!(answer.status(), 200, "{url}");
        assert_eq!(answer.headers()["content-type"], "image/png");
        assert_eq!(answer.headers()["cache-control"], "public, max-age=31536000, immutable");
        assert_eq!(answer.bytes().await.unwrap(), fox);
    }

    feed_files_stay_with_their_library(&ana.bucket, &ana.owner).await;

    ana.library.set_visibility(vec![id.clone()], Visibility::Public).await.unwrap();
    assert_eq!(ana.feed().await, std::slice::from_ref(&id));
    ana.library.set_visibility(vec![id.clone()], Visibility::Unlisted).await.unwrap();
    assert!(ana.feed().await.is_empty());

    ana.library.remove(vec![id.clone(), other.clone()], Removal::ToTrash).await.unwrap();
    assert_eq!(ana.push().await, PushReport { deleted: 2, ..PushReport::default() });
    assert!(ana.keys().await.is_empty());
    if store.is_public {
        assert_eq!(reqwest::get(&url).await.unwrap().status(), 404);
    }
    ana.library.restore(vec![id.clone(), other.clone()]).await.unwrap();
    assert_eq!(ana.push().await, stored(2));
    assert_eq!(ana.library.detail(&id).await.unwrap().url.as_deref(), Some(url.as_str()));
    assert_eq!(ana.keys().await.len(), 2);

    ana.library.remove(vec![id.clone()], Removal::Permanent).await.unwrap();
    assert_eq!(ana.push().await, PushReport { deleted: 1, ..PushReport::default() });
    let key = ana.library.detail(&other).await.unwrap().r2_key.to_string();
    assert_eq!(ana.keys().await, [key]);

    if store.is_ours_alone() {
        assert_eq!(ana.probes().await, 0);
        let cancel = CancellationToken::new();
        let report = ana.library.verify(VerifyOptions::default(), cancel, |_| ()).await.unwrap();
        assert!(report.is_clean() && report.found == 0 && report.bucket_compared, "{report:?}");
        assert_eq!((report.checked, report.objects), (1, 1));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn seaweedfs_passes_the_whole_journey() {
    let store = tokio::task::spawn_blocking(Store::seaweed).await.unwrap();
    travel(&store).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn moto_passes_the_whole_journey() {
    travel(&Store::moto().await).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs 400 MB of packages; `make torture` installs and runs it"]
async fn the_simulator_of_r2_passes_the_whole_journey() {
    travel(&Store::r2().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_overwrites_is_refused_with_a_reason_and_gets_no_image() {
    let store = Store::s3rver().await;
    let ana = StoreFixture::to(&store).await;
    ana.import("fox.png", &a_png(300, 200).noise().bytes()).await;
    ana.import("hill.png", &a_png(200, 300).noise().bytes()).await;
    // The store is refused without a check, after a check, and again after
    // that.
    for round in 0..3 {
        let report = ana.push().await;
        assert_eq!((report.stored, report.parked, report.waiting), (0, 0, 2), "round {round}");
        let summary = ana.library.transfer_summary().await.unwrap();
        assert_eq!(summary.activity, TransferActivity::NeedsAttention, "{summary:?}");
        let problem = summary.problem.unwrap();
        assert_eq!(problem.code, TransferProblemCode::UnsuitableStore);
        assert!(problem.message.starts_with("This store does not support conditional writes"), "{problem:?}");
        assert!(ana.keys().await.is_empty());
        assert_eq!(ana.probes().await, 0);
        let steps = ana.check().await;
        let put = steps.iter().find(|step| step.step == CheckStepName::Put).unwrap();
        assert_eq!(put.outcome, CheckOutcome::Failed);
        assert!(put.message.starts_with("This store does not support conditional writes"), "{put:?}");
        assert!(put.advice.is_some());
    }
}
