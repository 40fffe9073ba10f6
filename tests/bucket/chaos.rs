//! A network that breaks in every way. After each fault, every image is stored
//! exactly once, or waits for the right reason, after a bounded number of
//! requests.

use md5::Digest as _;
use sha2::Sha256;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use vitrine_core::Library;
use vitrine_core::bucket::{Bucket, BucketConfig, BucketFields, Patience};
use vitrine_core::catalog::{Catalog, ClaimedTransfer, PutBack};
use vitrine_core::files::Originals;
use vitrine_core::library::{ImportChoices, ImportTarget, OpenAs, OpenLibrary};
use vitrine_core::model::{
    Clock, ImageId, ImageKind, OwnerId, Removal, Source, SystemClock, Transfer, TransferActivity,
    TransferProblemCode, TransferSummary, UnixMs,
};
use vitrine_core::secrets::MemorySecrets;
use vitrine_core::transfer::{self, Audience, Controls, Destination, Pace, PushReport, Runner, Until};
use vitrine_tests::chaos::{Chaos, Fault};
use vitrine_tests::pictures::a_png;
use vitrine_tests::s3::{self, S3Server};

const IMAGES: usize = 3;
/// Far longer than any test takes, so that no test hangs.
const LIMIT: Duration = Duration::from_mins(3);

/// Limits that are short enough to wait for.
pub(crate) const SHORT: Patience = Patience {
    connect: Duration::from_secs(2),
    request: Duration::from_secs(2),
    stall: Duration::from_secs(1),
    slowest_rate: 1024 * 1024,
};
const QUICK: Pace = Pace {
    first_pause: Duration::from_millis(40),
    longest_pause: Duration::from_millis(200),
    longest_probe: Duration::from_millis(200),
    new_keys: Duration::from_secs(30),
};

/// Remembers the summaries that the runner sent.
#[derive(Default)]
struct Heard(Mutex<Vec<TransferSummary>>);

impl Audience for Heard {
    fn summary(&self, summary: &TransferSummary) {
        self.0.lock().unwrap().push(summary.clone());
    }
    fn settled(&self, _images: Vec<ImageId>) {}
}

/// A library with a few waiting images, behind a network that can break.
pub(crate) struct Scene {
    folder: TempDir,
    owner: OwnerId,
    library: Library,
    ids: Vec<ImageId>,
    contents: Vec<Vec<u8>>,
    bucket: Bucket,
    /// The same bucket without the proxy.
    clear: Bucket,
    public_base: String,
    controls: Arc<Controls>,
    heard: Arc<Heard>,
    pace: Pace,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Scene {
    /// Creates a scene that sends everything directly to the server, within
    /// these limits.
    pub(crate) async fn on(server: &S3Server, patience: Patience) -> Self {
        Self::behind(&server.endpoint(), server, patience).await
    }

    /// Creates a scene that sends everything to `endpoint`, which is in front
    /// of the server. The store counts as tested, so that faults hit images.
    async fn behind(endpoint: &str, server: &S3Server, patience: Patience) -> Self {
        let scene = Self::untried(endpoint, server, patience).await;
        transfer::trust(&scene.catalog(), scene.bucket.place()).await.unwrap();
        scene
    }

    /// Does the same with a store that has not been tested.
    pub(crate) async fn untried(endpoint: &str, server: &S3Server, patience: Patience) -> Self {
        let env = server.env();
        let value = |name: &str| env.iter().find(|(key, _)| *key == name).map(|(_, value)| value.clone());
        let through =
            |name: &str| if name == "R2_ENDPOINT" { Some(endpoint.to_owned()) } else { value(name) };
        let fields = BucketFields::default();
        let config = BucketConfig::resolve(&through, &fields, None).unwrap().with_patience(patience);
        let clear = BucketConfig::resolve(&value, &fields, None).unwrap();
        let mut random = [0; 6];
        getrandom::fill(&mut random).unwrap();
        let owner = OwnerId::parse(&format!("chaos-{}", hex::encode(random))).unwrap();
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
                ImportTarget { kind: ImageKind::Generated, gallery: None },
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
            bucket: Bucket::new(&config),
            clear: Bucket::new(&clear),
            public_base: server.public_base(),
            controls,
            heard: Arc::default(),
            pace: QUICK,
            clock: Arc::new(SystemClock),
            folder,
        }
    }

    fn catalog(&self) -> Catalog {
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
        let env = s3::shared().env();
        let value = |name: &str| env.iter().find(|(key, _)| *key == name).map(|(_, value)| value.clone());
        let there = |name: &str| if name == "R2_ENDPOINT" { Some(endpoint.to_owned()) } else { value(name) };
        let config = BucketConfig::resolve(&there, &BucketFields::default(), None).unwrap();
        Bucket::new(&config.with_patience(SHORT))
    }

    async fn run_to(&self, bucket: &Bucket, time: Duration) -> PushReport {
        let destination = Destination::Bucket(bucket.clone());
        let runner = Runner {
            catalog: self.catalog(),
            originals: Arc::new(Originals::open(self.folder.path()).unwrap()),
            lock_path: self.folder.path().join("transfers.lock"),
            find_bucket: Box::new(move || {
                let destination = destination.clone();
                tokio::spawn(async move { destination })
            }),
            audience: Arc::clone(&self.heard) as Arc<dyn Audience>,
            controls: Arc::clone(&self.controls),
            steps: vitrine_core::model::Steps::default(),
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
        let wait =
            |transfer: ClaimedTransfer| PutBack { id: transfer.id, not_before: Some(moment), problem: None };
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
    async fn problem(&self) -> TransferProblemCode {
        let transfers = self.library.transfers(10).await.unwrap();
        transfers.into_iter().find_map(|transfer| transfer.problem).unwrap().code
    }
}

pub(crate) async fn a_scene() -> (Chaos, Scene) {
    let chaos = Chaos::before(s3::shared().port()).await;
    let scene = Scene::behind(&chaos.endpoint(), s3::shared(), SHORT).await;
    (chaos, scene)
}

/// Makes uploads fail in this way, and checks the result. Each fault costs one
/// upload, causes no upload to be sent twice, and nothing is sent that was
/// already stored.
async fn survives(times: usize, fault: Fault) {
    let (chaos, scene) = a_scene().await;
    chaos.will(times, "PUT", fault);
    scene.run_until_stored().await;
    scene.everything_is_stored_exactly_once().await;
    assert_eq!(chaos.faults_left(), 0);
    let most = IMAGES + times;
    assert!(chaos.seen("PUT") <= most, "{} uploads for {most}", chaos.seen("PUT"));
    // There is one request before each upload except the first, and one after
    // it.
    assert!(chaos.seen("HEAD") <= 2 * most, "{} questions for {most}", chaos.seen("HEAD"));
}

macro_rules! survives {
    ($($name:ident: $times:literal x $fault:expr;)*) => {
        $(#[tokio::test(flavor = "multi_thread")]
        async fn $name() {
            survives($times, $fault).await;
        })*
    };
}

survives! {
    uploads_survive_a_reset_in_the_middle_of_a_body: 4 x Fault::ResetAfter(100_000);
    uploads_survive_a_connection_cut_in_the_middle_of_a_body: 4 x Fault::CutAfter(100_000);
    uploads_survive_a_connection_cut_before_the_body: 3 x Fault::CutAfter(0);
    uploads_survive_an_answer_lost_after_the_image_was_stored: 3 x Fault::SwallowAnswer;
    uploads_survive_a_stalled_connection: 2 x Fault::StallAfter(100_000);
    uploads_survive_a_server_that_reads_one_byte_a_second: 2 x Fault::Trickle;
    uploads_survive_an_unavailable_service: 6 x Fault::Answer(503, "ServiceUnavailable");
    uploads_survive_an_internal_server_error: 4 x Fault::Answer(500, "InternalError");
    uploads_survive_an_answer_that_is_not_http: 3 x Fault::Gibberish;
    uploads_survive_an_answer_with_a_wrong_etag: 3 x Fault::WrongEtag;
}

#[tokio::test(flavor = "multi_thread")]
async fn throttling_slows_all_transfers_down_and_parks_none() {
    let (chaos, scene) = a_scene().await;
    for (code, status) in [("TooManyRequests", 429), ("SlowDown", 503)] {
        chaos.will(4, "PUT", Fault::Answer(status, code));
    }
    scene.run_until_stored().await;
    scene.everything_is_stored_exactly_once().await;
    assert!(chaos.seen("PUT") <= IMAGES + 8, "{}", chaos.seen("PUT"));
}

#[tokio::test(flavor = "multi_thread")]
async fn new_keys_that_are_refused_for_a_while_are_retried_without_asking() {
    let (chaos, scene) = a_scene().await;
    chaos.will(3, "PUT", Fault::Answer(403, "AccessDenied"));
    chaos.will(3, "HEAD", Fault::Answer(401, "Unauthorized"));
    scene.controls.keys_are_new();
    scene.run_until_stored().await;
    scene.everything_is_stored_exactly_once().await;
    assert!(scene.was(TransferActivity::WaitingForKeys));
    assert!(!scene.was(TransferActivity::NeedsAttention));
}

#[tokio::test(flavor = "multi_thread")]
async fn new_keys_that_stay_refused_need_attention_eventually() {
    let (chaos, mut scene) = a_scene().await;
    chaos.will(1_000, "PUT", Fault::Answer(403, "AccessDenied"));
    chaos.will(1_000, "HEAD", Fault::Answer(403, "AccessDenied"));
    scene.pace.new_keys = LIMIT;
    scene.controls.keys_are_new();
    let report = scene.run().await;
    assert_eq!((report.parked, report.waiting), (0, 3));
    assert!(scene.was(TransferActivity::WaitingForKeys) && !scene.was(TransferActivity::NeedsAttention));
    // Now the keys are not new any more.
    scene.pace.new_keys = Duration::ZERO;
    scene.run().await;
    assert!(scene.was(TransferActivity::NeedsAttention));
    assert_eq!(scene.problem().await, TransferProblemCode::Credentials);
    assert!(scene.keys_in_bucket().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_worked_before_need_attention_as_soon_as_they_are_refused() {
    let (chaos, scene) = a_scene().await;
    chaos.will(2, "PUT", Fault::Answer(403, "AccessDenied"));
    let report = scene.run().await;
    assert_eq!((report.parked, report.stored + report.waiting), (0, 3));
    assert!(scene.was(TransferActivity::NeedsAttention) && !scene.was(TransferActivity::WaitingForKeys));
    assert!(chaos.seen("PUT") <= 2, "two run at a time, and no more after a refusal");
    scene.run_until_stored().await;
    scene.everything_is_stored_exactly_once().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_clock_is_reported_and_waits_for_the_user() {
    let (chaos, scene) = a_scene().await;
    chaos.will(2, "PUT", Fault::WrongDate);
    let report = scene.run().await;
    assert_eq!(report.parked, 0);
    assert!(scene.was(TransferActivity::NeedsAttention));
    assert_eq!(scene.problem().await, TransferProblemCode::ClockSkew);
    scene.run_until_stored().await;
    scene.everything_is_stored_exactly_once().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn transfers_probe_a_lost_network_and_continue_when_it_returns() {
    let (chaos, scene) = a_scene().await;
    chaos.refuse().await;
    let report = scene.run().await;
    assert_eq!((report.stored, report.parked, report.waiting), (0, 0, 3));
    assert!(scene.was(TransferActivity::Offline));
    chaos.accept().await;
    scene.run_until_stored().await;
    scene.everything_is_stored_exactly_once().await;
    assert!(chaos.seen("PUT") <= IMAGES, "what was refused never came");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_that_the_bucket_refuses_is_parked_and_the_others_continue() {
    let (chaos, scene) = a_scene().await;
    chaos.will(1, "PUT", Fault::Answer(400, "EntityTooLarge"));
    let report = scene.run().await;
    assert_eq!((report.stored, report.parked, report.waiting), (2, 1, 0));
    assert_eq!(scene.problem().await, TransferProblemCode::Rejected);
    assert_eq!(chaos.seen("PUT"), IMAGES);
    scene.library.retry_transfers(None).await.unwrap();
    scene.run_until_stored().await;
    scene.everything_is_stored_exactly_once().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn deletions_survive_a_lost_answer_and_a_broken_connection() {
    for fault in [Fault::SwallowAnswer, Fault::CutAfter(10), Fault::Answer(503, "ServiceUnavailable")] {
        let (chaos, scene) = a_scene().await;
        scene.run_until_stored().await;
        chaos.will(2, "POST", fault);
        scene.remove_all().await;
        scene.run_until_stored().await;
        assert!(scene.keys_in_bucket().await.is_empty(), "{fault:?}");
        assert!(scene.library.transfers(10).await.unwrap().is_empty());
        // All three go in one request, which is repeated as long as it fails.
        assert!(chaos.seen("POST") <= 2 + IMAGES, "{fault:?}: {}", chaos.seen("POST"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fetched_original_that_is_damaged_is_refused_and_its_object_stays() {
    let (chaos, scene) = a_scene().await;
    scene.run_until_stored().await;
    remove_files_under(&scene.folder.path().join("originals"));
    chaos.will(1, "GET", Fault::WrongByte);
    scene.remove_all().await;
    let report = scene.run().await;
    assert_eq!((report.deleted, report.parked), (2, 1));
    assert_eq!(scene.problem().await, TransferProblemCode::OriginalMissing);
    assert_eq!(scene.keys_in_bucket().await.len(), 1);
    // The network was at fault, not the object.
    scene.library.retry_transfers(None).await.unwrap();
    scene.run_until_stored().await;
    assert!(scene.keys_in_bucket().await.is_empty());
    scene.library.restore(scene.ids.clone()).await.unwrap();
    scene.run_until_stored().await;
    scene.everything_is_stored_exactly_once().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_original_whose_download_breaks_off_is_fetched_again() {
    let (chaos, scene) = a_scene().await;
    scene.run_until_stored().await;
    remove_files_under(&scene.folder.path().join("originals"));
    chaos.will(1, "GET", Fault::StallAnswer);
    scene.remove_all().await;
    scene.run_until_stored().await;
    assert!(scene.keys_in_bucket().await.is_empty());
    scene.library.restore(scene.ids.clone()).await.unwrap();
    scene.run_until_stored().await;
    scene.everything_is_stored_exactly_once().await;
}

fn remove_files_under(folder: &std::path::Path) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { remove_files_under(&path) } else { std::fs::remove_file(path).unwrap() }
    }
}
