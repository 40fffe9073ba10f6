//! Publishing a feed to an S3 server on this machine: ten thousand images from nothing, then one image more and one
//! less, and how fast public copies are made. `VITRINE_BENCH_FEED` sets another number of images, such as 100000.

use crate::material::{megabytes, pictures, scratch, settle, text};
use crate::report::{Goal, Measured, median};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;
use tokio_util::sync::CancellationToken;
use vitrine_core::import::{Memory, ReadLimits};
use vitrine_core::model::ImageFormat;
use vitrine_core::public_copy::{Means, Terms, derive};
use vitrine_tests::pictures::a_png;
use vitrine_tests::process::{Cli, NO_KEYRING, binary, must, tool};
use vitrine_tests::s3::S3Server;

/// The number of images, unless the environment says otherwise.
const IMAGES: u64 = 10_000;
/// How many are imported with one command.
const IMPORTED_AT_ONCE: usize = 5_000;
/// How many images are taken back and published again.
const TOGGLES: usize = 5;

pub(crate) async fn measure() -> Vec<Measured> {
    let images =
        std::env::var("VITRINE_BENCH_FEED").ok().and_then(|count| count.parse().ok()).unwrap_or(IMAGES);
    let server = S3Server::start();
    let library = scratch("feed-");
    let cli = Cli::on(library.path()).with_env(server.env());
    let ids = import_public(&cli, images).await;
    settle();
    let started = Instant::now();
    let published = must(publish_measured(library.path(), &server), "publishing");
    let took = started.elapsed().as_secs_f64();
    let files = count(&published.answer, "published");
    let (mut seconds, mut requests) = (Vec::new(), Vec::new());
    for id in ids.iter().step_by((ids.len() / TOGGLES).max(1)) {
        for visibility in ["unlisted", "public"] {
            let _ = cli.run(["visibility", visibility, id]).await.exits_with(0);
            let started = Instant::now();
            let toggled = cli.run(["feed", "publish", "--json"]).await.exits_with(0).json();
            seconds.push(started.elapsed().as_secs_f64());
            requests.push(count(&toggled, "published") + count(&toggled, "withdrawn"));
        }
    }
    let most = requests.iter().copied().fold(0.0, f64::max);
    let own = |name, unit, ours, goal| Measured::alone(name, unit, ours, goal);
    vec![
        own("feed: all from nothing", "ms for a file", took * 1000.0 / files.max(1.0), Goal::Below(10.0)),
        own("feed: memory", "MB at the peak", published.peak_mb, Goal::Below(200.0)),
        own("feed: one toggle", "s, median", median(&seconds), Goal::Below(5.0)),
        own("feed: one toggle", "files, at most", most, Goal::Below(16.5)),
        own("public copies", "s for 1,000 MB", 1000.0 / copies_per_second(), Goal::Below(20.0)),
    ]
}

fn count(answer: &Value, field: &str) -> f64 {
    answer[field].as_u64().and_then(|count| u32::try_from(count).ok()).map_or(0.0, f64::from)
}

/// Imports small pictures, all of them public. Returns some of their ids.
async fn import_public(cli: &Cli, images: u64) -> Vec<String> {
    // A command has two minutes.
    for first in (0..images).step_by(IMPORTED_AT_ONCE) {
        import_some(cli, first..images.min(first + IMPORTED_AT_ONCE as u64)).await;
    }
    let page = cli.run(["list", "feed", "--limit", "1000", "--json"]).await.exits_with(0).json();
    let ids = page["page"].as_array().cloned().unwrap_or_default();
    ids.iter().filter_map(|image| image["id"].as_str().map(str::to_owned)).collect()
}

async fn import_some(cli: &Cli, numbers: std::ops::Range<u64>) {
    let folder = scratch("feed-pictures-");
    for number in numbers {
        let prompt =
            format!("picture {number}, a quiet harbour at dawn\nSteps: 20, Sampler: Euler, Seed: {number}");
        let picture = a_png(64, 48).seed(number + 1).with_text("parameters", &prompt);
        picture.write_to(folder.path(), &format!("picture-{number:06}.png"));
    }
    let _ = cli.run(["import", "--json", "--visibility", "public", text(folder.path())]).await.exits_with(0);
}

/// What a measured program answered, and the memory that it needed.
struct MeasuredRun {
    answer: Value,
    peak_mb: f64,
}

/// Publishes, and reads the peak memory of the program from the system.
fn publish_measured(library: &Path, server: &S3Server) -> std::io::Result<MeasuredRun> {
    const SCRIPT: &str = "import resource, subprocess, sys\n\
        code = subprocess.run(sys.argv[1:]).returncode\n\
        print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)\n\
        sys.exit(code)";
    let mut command = Command::new(tool("python3"));
    command.args(["-c", SCRIPT]).arg(binary("vitrine")).args(["feed", "publish", "--json"]);
    let output = command.env("VITRINE_LIBRARY", library).envs(NO_KEYRING).envs(server.env()).output()?;
    let words = String::from_utf8_lossy(&output.stderr);
    let kilobytes: f64 = words.lines().last().and_then(|line| line.parse().ok()).unwrap_or(f64::MAX);
    let answer = serde_json::from_slice(&output.stdout).unwrap_or_default();
    Ok(MeasuredRun { answer, peak_mb: kilobytes / 1000.0 })
}

/// Returns the megabytes of pictures from which copies are made in one second, with one thread.
fn copies_per_second() -> f64 {
    let (_, paths) = pictures();
    let size = megabytes(&paths);
    let (limits, memory, cancel) = (ReadLimits::default(), Memory::default(), CancellationToken::new());
    let means = Means { limits: &limits, memory: &memory, cancel: &cancel };
    let terms = Terms { declare_ai: true, ..Terms::default() };
    let originals: Vec<Vec<u8>> =
        paths.iter().map(|path: &PathBuf| must(std::fs::read(path), "reading a picture")).collect();
    let started = Instant::now();
    for original in &originals {
        let copy = must(derive(original, ImageFormat::Png, &terms, &means), "making a copy");
        assert!(!copy.bytes.is_empty(), "a copy has bytes");
    }
    size / started.elapsed().as_secs_f64()
}
