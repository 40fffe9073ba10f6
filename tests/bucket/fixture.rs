//! What the tests of the bucket start from: a configuration, bytes to upload, and
//! a library with a few uploads that wait.

use bytes::Bytes;
use md5::{Digest, Md5};
use sha2::Sha256;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use vitrine_core::Library;
use vitrine_core::bucket::{
    Bucket, BucketConfig, BucketFields, ConfigProblem, LibraryMark, Patience, Upload, UploadData,
};
use vitrine_core::catalog::{Catalog, ClaimedTransfer, PutBack};
use vitrine_core::files::{Originals, Outgoing};
use vitrine_core::library::{ImportChoices, ImportTarget, OpenAs, OpenLibrary};
use vitrine_core::model::{
    Clock, ImageFormat, ImageId, ImageKind, KillPoints, ObjectKey, OwnerId, Removal, Source, SystemClock,
    Transfer, TransferActivity, TransferProblemCode, TransferSummary, UnixMs, WorkEnded,
};
use vitrine_core::secrets::MemorySecrets;
use vitrine_core::transfer::{
    self, Audience, Controls, Destination, PurgeDestination, PushReport, RetryPolicy, Runner, Until,
};
use vitrine_tests::chaos::Chaos;
use vitrine_tests::pictures::a_png;
use vitrine_tests::s3::{self, S3Server};

/// The number of images in each fixture.
pub(crate) const IMAGES: usize = 3;
/// Far longer than any test takes, so that no test hangs.
pub(crate) const LIMIT: Duration = Duration::from_mins(3);

/// Limits that are short enough to wait for.
pub(crate) const SHORT: Patience = Patience {
    connect: Duration::from_secs(2),
    request: Duration::from_secs(2),
    stall: Duration::from_secs(1),
    slowest_rate: 1024 * 1024,
};
const QUICK: RetryPolicy = RetryPolicy {
    first_pause: Duration::from_millis(40),
    longest_pause: Duration::from_millis(200),
    longest_probe: Duration::from_millis(200),
    new_keys: Duration::from_secs(30),
};

/// Resolves the shared server's configuration with some values changed.
pub(crate) fn config(changes: &[(&str, &str)]) -> Result<BucketConfig, ConfigProblem> {
    config_of(s3::shared(), changes)
}

fn config_of(server: &S3Server, changes: &[(&str, &str)]) -> Result<BucketConfig, ConfigProblem> {
    let env = server.env();
    let value = |name: &str| {
        let replaced = changes.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        replaced.or_else(|| env.iter().find(|(key, _)| *key == name).map(|(_, value)| value.clone()))
    };
    BucketConfig::resolve(&value, &BucketFields::default(), None)
}

/// Returns the shared server's bucket.
pub(crate) fn bucket() -> Bucket {
    Bucket::new(&config(&[]).unwrap(), Arc::default())
}

/// Returns a key that nobody else uses.
pub(crate) fn fresh_key() -> ObjectKey {
    let owner = OwnerId::parse("ana").unwrap();
    ObjectKey::generate(&owner, ImageKind::Generated, ImageFormat::Png, UnixMs::now()).unwrap()
}

/// Returns bytes that no two tests share.
pub(crate) fn some_bytes(size: usize) -> Bytes {
    let mut bytes = vec![0_u8; size];
    getrandom::fill(&mut bytes).unwrap();
    Bytes::from(bytes)
}

/// Describes an upload of these bytes from memory.
pub(crate) fn upload<'a>(key: &'a ObjectKey, bytes: &Bytes) -> Upload<'a> {
    Upload {
        data: UploadData::Bytes(bytes.clone()),
        content_type: "image/png",
        key,
        cache_control: None,
        size_bytes: bytes.len() as u64,
        sha256: Sha256::digest(bytes).into(),
        md5: Md5::digest(bytes).into(),
        progress: None,
    }
}

/// Remembers the summaries that the runner sent, and what it said of uploads that ended.
#[derive(Default)]
struct Heard(Mutex<Vec<TransferSummary>>, Mutex<Vec<WorkEnded>>);

impl Audience for Heard {
    fn summary(&self, summary: &TransferSummary) {
        self.0.lock().unwrap().push(summary.clone());
    }
    fn settled(&self, _images: Vec<ImageId>) {}
    fn uploads_ended(&self, ended: WorkEnded) {
        self.1.lock().unwrap().push(ended);
    }
    fn purged(&self) {}
}

/// A library in a temporary folder with a few waiting images, behind a network
/// that can break.
pub(crate) struct TransferFixture {
    pub(crate) folder: TempDir,
    owner: OwnerId,
    pub(crate) library: Library,
    pub(crate) ids: Vec<ImageId>,
    contents: Vec<Vec<u8>>,
    bucket: Bucket,
    /// The same bucket without the proxy.
    clear: Bucket,
    public_base: String,
    pub(crate) controls: Arc<Controls>,
    heard: Arc<Heard>,
    pub(crate) pace: RetryPolicy,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) kill_points: KillPoints,
}

impl TransferFixture {
    /// Creates a fixture that sends everything directly to the server, within
    /// these limits.
    pub(crate) async fn on(server: &S3Server, patience: Patience) -> Self {
        Self::behind(&server.endpoint(), server, patience).await
    }

    /// Creates a proxy in front of the shared server, and a fixture that sends
    /// everything through it.
    pub(crate) async fn behind_proxy() -> (Chaos, Self) {
        let chaos = Chaos::before(s3::shared().port()).await;
        let fixture = Self::behind(&chaos.endpoint(), s3::shared(), SHORT).await;
        (chaos, fixture)
    }

    /// Creates a fixture that sends everything to `endpoint`, which is in front
    /// of the server. The store counts as tested, so that faults hit images.
    async fn behind(endpoint: &str, server: &S3Server, patience: Patience) -> Self {
        let fixture = Self::untried(endpoint, server, patience).await;
        transfer::trust(&fixture.catalog(), fixture.bucket.place()).await.unwrap();
        fixture
    }

    /// Does the same with a store that has not been tested.
    pub(crate) async fn untried(endpoint: &str, server: &S3Server, patience: Patience) -> Self {
        let config = config_of(server, &[("R2_ENDPOINT", endpoint)]).unwrap().with_patience(patience);
        let clear = config_of(server, &[]).unwrap();
        let owner = OwnerId::parse(&format!("chaos-{}", s3::random_hex(6))).unwrap();
        let folder = TempDir::with_prefix("vitrine-chaos-").unwrap();
        let library = Library::open(OpenLibrary {
            folder: folder.path().to_owned(),
            profile: OpenAs::Added(owner.clone()),
            environment: Arc::new(|_| None),
            secrets: Arc::new(MemorySecrets::default()),
        })
        .await
        .unwrap();
        // Each picture has about 300 kB, which is more of a body than the proxy
        // receives in one piece.
        let contents: Vec<_> =
            (0..IMAGES).map(|seed| a_png(320, 320).noise().seed(seed as u64).bytes()).collect();
        let source = |(index, bytes): (usize, &Vec<u8>)| Source::Bytes {
            filename: format!("{index}.png"),
            bytes: bytes.clone(),
        };
        let summary = library
            .import(
                contents.iter().enumerate().map(source).collect(),
                ImportTarget::HISTORY,
                ImportChoices::default(),
                CancellationToken::new(),
                |_| (),
                |_| (),
            )
            .await
            .unwrap();
        let id_of = |index: usize| {
            let name = format!("{index}.png");
            let file = summary.files.iter().find(|file| file.name == name).unwrap();
            file.id.clone().unwrap()
        };
        let controls = Arc::new(Controls::default());
        controls.set_parallel(2);
        Self {
            owner,
            library,
            ids: (0..IMAGES).map(id_of).collect(),
            contents,
            bucket: Bucket::new(&config, Arc::default()),
            clear: Bucket::new(&clear, Arc::default()),
            public_base: server.public_base(),
            controls,
            heard: Arc::default(),
            pace: QUICK,
            clock: Arc::new(SystemClock),
            kill_points: KillPoints::default(),
            folder,
        }
    }

    pub(crate) fn catalog(&self) -> Catalog {
        Catalog::open(&self.folder.path().join("catalog.db")).unwrap()
    }

    /// Runs the transfers until no transfer can make progress.
    pub(crate) async fn run(&self) -> PushReport {
        self.run_for(LIMIT).await
    }

    /// Runs the transfers until no transfer can make progress, or until the
    /// timeout.
    pub(crate) async fn run_for(&self, time: Duration) -> PushReport {
        self.run_to(&self.bucket, time).await
    }

    /// Runs the transfers once while something else answers in place of the
    /// store, which counts as tested.
    pub(crate) async fn run_against(&self, endpoint: &str) -> PushReport {
        let bucket = Self::bucket_at(endpoint);
        transfer::trust(&self.catalog(), bucket.place()).await.unwrap();
        self.run_to(&bucket, LIMIT).await
    }

    fn bucket_at(endpoint: &str) -> Bucket {
        Bucket::new(&config(&[("R2_ENDPOINT", endpoint)]).unwrap().with_patience(SHORT), Arc::default())
    }

    async fn run_to(&self, bucket: &Bucket, time: Duration) -> PushReport {
        let destination = Destination::Bucket(bucket.clone());
        let runner = Runner {
            catalog: self.catalog(),
            originals: Arc::new(Originals::open(self.folder.path()).unwrap()),
            outgoing: Outgoing::at(self.folder.path()),
            lock_path: self.folder.path().join("transfers.lock"),
            library: LibraryMark::of("a library"),
            find_bucket: Box::new(move || {
                let destination = destination.clone();
                tokio::spawn(async move { destination })
            }),
            find_purger: Box::new(|| tokio::spawn(async { PurgeDestination::None })),
            audience: Arc::clone(&self.heard) as Arc<dyn Audience>,
            controls: Arc::clone(&self.controls),
            kill_points: self.kill_points.clone(),
            pace: self.pace,
            clock: Arc::clone(&self.clock),
        };
        runner.run(Until::Settled(Some(time)), CancellationToken::new()).await.unwrap()
    }

    /// Runs the transfers repeatedly, as a window does, until nothing waits.
    pub(crate) async fn run_until_stored(&self) {
        let work = async { while self.run().await.waiting > 0 {} };
        tokio::time::timeout(LIMIT, work).await.expect("everything is stored in time");
    }

    pub(crate) fn was(&self, activity: TransferActivity) -> bool {
        self.heard.0.lock().unwrap().iter().any(|summary| summary.activity == activity)
    }

    /// Returns how many uploads were confirmed and parked, each time that the outbox was empty after some.
    pub(crate) fn uploads_ended(&self) -> Vec<(u32, u32)> {
        self.heard.1.lock().unwrap().iter().map(|ended| (ended.done, ended.failed)).collect()
    }

    pub(crate) fn last_heard(&self) -> TransferSummary {
        self.heard.0.lock().unwrap().last().unwrap().clone()
    }

    /// Returns which images count as stored.
    pub(crate) async fn stored(&self) -> Vec<bool> {
        let mut stored = Vec::new();
        for id in &self.ids {
            stored.push(self.library.detail(id).await.unwrap().stored);
        }
        stored
    }

    /// Makes every transfer wait until a moment.
    pub(crate) async fn all_wait_until(&self, moment: UnixMs) {
        let catalog = self.catalog();
        let claimed = catalog.claim_transfers(UnixMs(0), UnixMs(i64::MAX), 10, 10).await.unwrap();
        assert_eq!(claimed.len(), IMAGES);
        let wait = |transfer: ClaimedTransfer| PutBack {
            id: transfer.id,
            not_before: Some(moment),
            problem: None,
            revision: None,
        };
        catalog.put_back_transfers(claimed.into_iter().map(wait).collect()).await.unwrap();
    }

    pub(crate) async fn transfers(&self) -> Vec<Transfer> {
        self.library.transfers(10).await.unwrap()
    }

    /// Removes the first image.
    pub(crate) async fn remove_the_first(&self) {
        self.library.remove(vec![self.ids[0].clone()], Removal::ToTrash).await.unwrap();
    }

    pub(crate) async fn tried_more_than_once(&self) -> bool {
        self.library.transfers(10).await.unwrap().iter().any(|transfer| transfer.attempts > 1)
    }

    pub(crate) async fn keys_in_bucket(&self) -> Vec<String> {
        let page = self.clear.list(&format!("generated/{}/", self.owner), None).await.unwrap();
        page.objects.into_iter().map(|object| object.key).collect()
    }

    /// Checks that every image is stored once, with its own bytes, and that its
    /// row says so.
    pub(crate) async fn everything_is_stored_exactly_once(&self) {
        let mut keys = Vec::new();
        for (id, content) in self.ids.iter().zip(&self.contents) {
            let detail = self.library.detail(id).await.unwrap();
            assert!(detail.stored, "{detail:?}");
            let url = format!("{}/{}", self.public_base, detail.r2_key);
            let found = reqwest::get(url).await.unwrap().bytes().await.unwrap();
            assert_eq!(Sha256::digest(&found), Sha256::digest(content));
            keys.push(detail.r2_key.to_string());
        }
        keys.sort();
        assert_eq!(self.keys_in_bucket().await, keys);
        assert!(self.library.transfers(10).await.unwrap().is_empty());
    }

    pub(crate) async fn remove_all(&self) {
        self.library.remove(self.ids.clone(), Removal::ToTrash).await.unwrap();
    }

    /// Returns the first problem that any transfer reports.
    pub(crate) async fn problem(&self) -> TransferProblemCode {
        let transfers = self.library.transfers(10).await.unwrap();
        transfers.into_iter().find_map(|transfer| transfer.problem).unwrap().code
    }
}
