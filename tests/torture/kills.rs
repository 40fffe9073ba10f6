//! Kills a program that works in a library again and again, at every kill point and at
//! random moments. Nothing that it acknowledged may be lost.

use crate::acknowledged::Acknowledged;
use crate::chosen::rounds;
use crate::evidence;
use sha2::{Digest, Sha256};
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use vitrine_core::Library;
use vitrine_core::library::{OpenAs, OpenLibrary, Variant};
use vitrine_core::model::{
    CheckOutcome, Depth, Finding, FindingKind, ImageId, KillPoint, OwnerId, VerifyOptions,
};
use vitrine_core::secrets::MemorySecrets;
use vitrine_tests::random::Random;
use vitrine_tests::s3;

/// The variable for the number of kills. `make torture` sets a higher one.
const KILLS: &str = "VITRINE_TORTURE_KILLS";
/// How long it may take to reach a kill point.
const PATIENCE: Duration = Duration::from_mins(1);
/// The number of kills after which the transfers run to their end.
const SETTLE_EACH: u64 = 6;
/// The longest life that ends at a random moment, in milliseconds.
const LONGEST_LIFE_MS: u64 = 1_200;
/// The most times a kill point is reached before the program aborts at it.
const MOST_TIMES: u64 = 4;

/// How a life ends.
enum End {
    /// The program aborts itself at a kill point.
    At(KillPoint, u64),
    /// The program is killed after this time.
    After(Duration),
}

/// A library in a temporary folder, and what is known about it.
struct KillFixture {
    root: TempDir,
    owner: String,
    known: Acknowledged,
    losses: Vec<String>,
}

impl KillFixture {
    fn new() -> Self {
        let root = TempDir::with_prefix("vitrine-torture-").unwrap();
        let owner = format!("ana-{}", s3::random_hex(6));
        Self { root, owner, known: Acknowledged::default(), losses: Vec::new() }
    }

    /// Makes the server allocate space for the bucket. It does that for the bucket's first
    /// object, which takes long. An upload of a killed program could then finish after a
    /// later program deleted the object. `docs/reliability.md` says what that means for a
    /// real bucket.
    async fn let_the_server_make_room(&self) {
        let library = open(self.root.path().join("first"), &self.owner).await;
        let steps = library.check_bucket(|_| {}).await.unwrap();
        assert!(steps.iter().all(|step| step.outcome != CheckOutcome::Failed), "{steps:?}");
    }

    fn library(&self) -> PathBuf {
        self.root.path().join("library")
    }

    fn log(&self) -> PathBuf {
        self.root.path().join("acknowledged.jsonl")
    }

    fn start(&self, seed: u64, end: &End) -> Child {
        // The abort must not leave a core file.
        let mut command = Command::new("sh");
        command.args(["-c", "ulimit -c 0; exec \"$@\"", "sh", env!("CARGO_BIN_EXE_torture-child")]);
        command.arg(self.library()).arg(&self.owner).arg(self.log()).arg(seed.to_string());
        if let End::At(kill_point, count) = end {
            command.arg(format!("{kill_point:?}")).arg(count.to_string());
        }
        command.envs(s3::shared().env()).stdin(Stdio::null()).spawn().unwrap()
    }

    /// Lets the child live and end.
    fn live(&self, seed: u64, end: &End) {
        let mut child = self.start(seed, end);
        let signal = match end {
            End::After(time) => {
                std::thread::sleep(*time);
                child.kill().unwrap();
                9
            }
            End::At(kill_point, _) => {
                let deadline = Instant::now() + PATIENCE;
                while child.try_wait().unwrap().is_none() {
                    if Instant::now() > deadline {
                        child.kill().unwrap();
                        child.wait().unwrap();
                        panic!("{kill_point:?} was never reached");
                    }
                    std::thread::sleep(Duration::from_millis(5));
                }
                6
            }
        };
        let status = child.wait().unwrap();
        assert_eq!(status.signal(), Some(signal), "the child ended by itself: {status}");
    }

    /// Checks what the killed program left.
    async fn look(&mut self, how: &str) -> Vec<evidence::Row> {
        self.known.read(&self.log());
        if !self.library().join("catalog.db").exists() {
            return Vec::new();
        }
        let (rows, mut wrong) = evidence::rows(&self.library());
        let found: Vec<_> = rows.iter().map(|row| row.found.clone()).collect();
        wrong.extend(self.known.compare(&found));
        wrong.extend(evidence::without_original(&self.library(), &rows));
        wrong.extend(evidence::not_really_stored(&rows).await);
        self.losses.extend(wrong.into_iter().map(|wrong| format!("{how}: {wrong}")));
        rows
    }

    /// Lets the transfers end, and compares rows with objects.
    async fn settle(&mut self, how: &str) {
        let library = open(self.library(), &self.owner).await;
        // A killed upload may have postponed its transfer. A person would press "Try
        // again".
        library.retry_transfers(None).await.unwrap();
        let report = library.push(Some(PATIENCE), CancellationToken::new()).await.unwrap();
        let mut wrong = Vec::new();
        if report.parked + report.waiting > 0 {
            wrong.push(format!("transfers do not end: {report:?} {:?}", library.transfers(20).await));
        }
        let rows = self.look(how).await;
        for row in &rows {
            let pixels = library.pixels(&ImageId::parse(&row.found.id).unwrap(), Variant::Original).await;
            if !pixels.is_ok_and(|pixels| hex::encode(Sha256::digest(pixels.bytes)) == row.found.sha256) {
                wrong.push(format!("{:?} cannot be read", row.found));
            }
        }
        wrong.extend(evidence::not_settled(&self.owner, &rows).await);
        wrong.extend(self.verify(&library).await);
        self.losses.extend(wrong.into_iter().map(|wrong| format!("settled after {how}: {wrong}")));
    }
}

impl KillFixture {
    /// Lets Vitrine itself compare every byte of its catalog, disk and bucket.
    async fn verify(&self, library: &Library) -> Vec<String> {
        let options = VerifyOptions { depth: Depth::Hash, ..VerifyOptions::default() };
        let report = library.verify(options, CancellationToken::new(), |_| {}).await.unwrap();
        assert!(report.bucket_compared && !report.cancelled);
        // Other tests have objects in the same bucket.
        let prefix = format!("/{}/", self.owner);
        let ours = |finding: &&Finding| {
            finding.kind != FindingKind::UnknownObject
                || finding.key.as_ref().is_some_and(|key| key.contains(&prefix))
        };
        let counts = |finding: &&Finding| {
            let name = finding.filename.as_deref().unwrap_or_default();
            let hash = name.split('.').next().unwrap_or_default();
            finding.kind != FindingKind::UnknownOriginal || self.known.has_kept(hash)
        };
        report
            .findings
            .iter()
            .filter(ours)
            .filter(counts)
            .map(|finding| format!("verify: {finding:?}"))
            .collect()
    }
}

async fn open(folder: PathBuf, owner: &str) -> Library {
    let env = s3::shared().env();
    let library = Library::open(OpenLibrary {
        folder,
        profile: OpenAs::Added(OwnerId::parse(owner).unwrap()),
        environment: Arc::new(move |name| {
            env.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone())
        }),
        secrets: Arc::new(MemorySecrets::default()),
    });
    library.await.unwrap()
}

/// Returns how a life ends: first at each kill point in turn, then at random moments, about half
/// of the kills each.
fn end(kill: u64, kills: u64, random: &mut Random) -> End {
    let reached: Vec<KillPoint> = KillPoint::ALL.into_iter().filter(|at| !at.is_of_feeds()).collect();
    let kill_points = reached.len() as u64;
    // Every kill point ends a life at least once if there are enough kills.
    let at_kill_points = (kills / 2).max(kill_points.min(kills));
    if kill < at_kill_points {
        let kill_point = reached[usize::try_from(kill % kill_points).unwrap()];
        End::At(kill_point, 1 + random.below(MOST_TIMES))
    } else {
        End::After(Duration::from_millis(random.below(LONGEST_LIFE_MS)))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_however_often_the_program_is_killed() {
    let (kills, seed) = rounds(KILLS, 30);
    let mut random = Random::new(seed);
    let mut fixture = KillFixture::new();
    fixture.let_the_server_make_room().await;
    let began = Instant::now();
    let mut at_kill_points = 0;
    for kill in 0..kills {
        let end = end(kill, kills, &mut random);
        let how = match &end {
            End::At(kill_point, count) => format!("kill {kill} at {kill_point:?} number {count}"),
            End::After(time) => format!("kill {kill} after {time:?}"),
        };
        at_kill_points += u64::from(matches!(end, End::At(..)));
        let life = random.next();
        fixture = tokio::task::spawn_blocking(move || {
            fixture.live(life, &end);
            fixture
        })
        .await
        .unwrap();
        fixture.look(&how).await;
        if kill % SETTLE_EACH == SETTLE_EACH - 1 || kill + 1 == kills {
            fixture.settle(&how).await;
        }
    }
    println!(
        "{kills} kills survived ({at_kill_points} at {} kill points, {} at random moments), {} answers of the \
         library checked, {} losses, {:.0} s",
        KillPoint::ALL.into_iter().filter(|at| !at.is_of_feeds()).count(),
        kills - at_kill_points,
        fixture.known.answers,
        fixture.losses.len(),
        began.elapsed().as_secs_f32(),
    );
    assert!(fixture.losses.is_empty(), "seed {seed}:\n{}", fixture.losses.join("\n"));
    assert!(fixture.known.answers > 0, "the child never did anything");
}
