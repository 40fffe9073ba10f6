//! A real S3 server on loopback: `SeaweedFS`, one process per test binary, with its
//! own credentials and one public bucket.
#![expect(clippy::expect_used, reason = "a test without its server fails by panicking")]

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The bucket that every server starts with.
pub const BUCKET: &str = "art";

/// Runs the server and ends it when the script's standard input closes. The kernel
/// closes it however the test process ends, even if it is killed or aborts.
const GUARD: &str = r#"
dir=$1; shift
"$@" >"$dir/log" 2>&1 </dev/null &
server=$!
read -r _
kill -9 $server
wait $server 2>/dev/null
rm -rf "$dir"
"#;

/// Credentials of the server.
#[derive(Debug, Clone)]
pub struct Keys {
    /// The access key id.
    pub access_key_id: String,
    /// The secret access key.
    pub secret_access_key: String,
}

/// A running server.
pub struct S3Server {
    /// The keys that may list, read and write the bucket, and nothing else.
    pub keys: Keys,
    /// The keys that may only list and read the bucket.
    pub readonly_keys: Keys,
    /// The keys that may list, read and write every bucket.
    wide_keys: Keys,
    port: u16,
    filer: u16,
    guard: Child,
    // Closing this ends the server.
    lifeline: Option<ChildStdin>,
}

/// Returns the server that this test binary shares.
pub fn shared() -> &'static S3Server {
    static SERVER: OnceLock<S3Server> = OnceLock::new();
    SERVER.get_or_init(S3Server::start)
}

impl S3Server {
    /// Starts a server and waits until its bucket accepts objects.
    ///
    /// # Panics
    /// Panics if there is no `weed`, or if it does not start within a minute.
    pub fn start() -> Self {
        // Free ports are found first and used a moment later, and another test may
        // be faster.
        let mut problem = String::new();
        for _ in 0..3 {
            match Self::try_start() {
                Ok(server) => return server,
                Err(found) => problem = found,
            }
        }
        panic!("SeaweedFS did not start: {problem}");
    }

    fn try_start() -> Result<Self, String> {
        let keys = Keys::random();
        let readonly_keys = Keys::random();
        let wide_keys = Keys::random();
        let dir = TempDir::with_prefix("vitrine-s3-").expect("a temporary directory").keep();
        let identities = serde_json::json!({"identities": [
            keys.identity("artist", &["Read", "Write", "List", "Tagging"]),
            readonly_keys.identity("reader", &["Read", "List"]),
            wide_keys.identity_everywhere("curator", &["Read", "Write", "List"]),
            {"name": "anonymous", "actions": [format!("Read:{BUCKET}")]},
        ]});
        std::fs::write(dir.join("s3.json"), identities.to_string()).expect("s3.json is written");
        let [master, volume, filer, port] = free_ports();
        let mut guard = Command::new("sh")
            .args(["-c", GUARD, "guard"])
            .arg(&dir)
            .arg(weed())
            .args(["server", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-filer", "-s3"])
            .arg(format!("-dir={}", dir.display()))
            .arg(format!("-s3.config={}", dir.join("s3.json").display()))
            .arg(format!("-master.port={master}"))
            .arg(format!("-volume.port={volume}"))
            .arg(format!("-filer.port={filer}"))
            .arg(format!("-s3.port={port}"))
            .args(["-s3.port.iceberg=0", "-s3.port.lance=0", "-master.telemetry=false"])
            .args(["-master.volumeSizeLimitMB=64", "-volume.max=300"])
            // Each bucket gets its own volumes. With the default of seven at a time,
            // all volumes would soon be used up.
            .env("WEED_MASTER_VOLUME_GROWTH_COPY_1", "1")
            .stdin(Stdio::piped())
            .spawn()
            .map_err(|problem| problem.to_string())?;
        let lifeline = guard.stdin.take();
        let server = Self { keys, readonly_keys, wide_keys, port, filer, guard, lifeline };
        let ready = wait_for(Duration::from_secs(20), || {
            // The filer creates the bucket, so no key needs permission to do that.
            status(port, "GET", "/healthz") == Some(200)
                && status(master, "GET", "/dir/assign") == Some(200)
                && status(filer, "POST", &format!("/buckets/{BUCKET}/")) == Some(201)
        });
        if ready {
            return Ok(server);
        }
        Err(last_lines(&dir.join("log")))
    }

    /// Returns the port for S3 requests.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Stops the server in the middle of its work. Connections stay open, and
    /// nothing answers.
    pub fn freeze(&self) {
        self.signal("STOP");
    }

    /// Lets a frozen server continue.
    pub fn thaw(&self) {
        self.signal("CONT");
    }

    /// Sends a signal to the server, which is the guard's only child.
    fn signal(&self, signal: &str) {
        let guard = self.guard.id();
        let children = std::fs::read_to_string(format!("/proc/{guard}/task/{guard}/children"));
        let server = children.expect("the guard runs");
        crate::process::send(signal, server.trim());
    }

    /// Returns the endpoint for S3 requests.
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Returns the address at which the bucket is publicly readable.
    pub fn public_base(&self) -> String {
        format!("{}/{BUCKET}", self.endpoint())
    }

    /// Returns the keys of all objects in a folder of the bucket, read from the
    /// server's own file store instead of over S3.
    ///
    /// # Panics
    /// Panics if the file store does not answer.
    pub async fn objects_in(&self, folder: &str) -> Vec<String> {
        let place = format!("/buckets/{BUCKET}/");
        let (mut keys, mut last) = (Vec::new(), String::new());
        loop {
            let url =
                format!("http://127.0.0.1:{}{place}{folder}/?limit=1000&lastFileName={last}", self.filer);
            let request = reqwest::Client::new().get(url).header("Accept", "application/json");
            let answer = request.send().await.expect("the file store answers");
            if answer.status() == reqwest::StatusCode::NOT_FOUND {
                return keys;
            }
            let text = answer.text().await.expect("a listing");
            let listing: serde_json::Value = serde_json::from_str(&text).expect("a listing in JSON");
            let entries = listing["Entries"].as_array().map_or(&[][..], Vec::as_slice);
            let paths = entries.iter().filter_map(|entry| entry["FullPath"].as_str());
            keys.extend(paths.filter_map(|path| path.strip_prefix(&place)).map(str::to_owned));
            if listing["ShouldDisplayLoadMore"] != true {
                return keys;
            }
            listing["LastFileName"].as_str().unwrap_or_default().clone_into(&mut last);
        }
    }

    /// Deletes an object without Vitrine or S3 noticing.
    ///
    /// # Panics
    /// Panics if it does not exist.
    pub fn delete_object(&self, key: &str) {
        assert_eq!(status(self.filer, "DELETE", &format!("/buckets/{BUCKET}/{key}")), Some(204));
    }

    /// Writes an object without S3 noticing, so that the server knows no SHA-256 of it.
    ///
    /// # Panics
    /// Panics if the file store does not accept it.
    pub async fn put_without_checksum(&self, bucket: &str, key: &str, bytes: Vec<u8>) {
        let url = format!("http://127.0.0.1:{}/buckets/{bucket}/{key}", self.filer);
        let request = reqwest::Client::new().put(url).header("Content-Type", "image/png").body(bytes);
        let answer = request.send().await.expect("the file store answers");
        assert!(answer.status().is_success(), "{}", answer.status());
    }

    /// Returns the environment that points Vitrine to this server.
    pub fn env(&self) -> Vec<(&'static str, String)> {
        vec![
            ("R2_ENDPOINT", self.endpoint()),
            ("R2_ACCESS_KEY_ID", self.keys.access_key_id.clone()),
            ("R2_SECRET_ACCESS_KEY", self.keys.secret_access_key.clone()),
            ("R2_BUCKET_NAME", BUCKET.to_owned()),
            ("R2_PUBLIC_URL", self.public_base()),
        ]
    }
}

impl S3Server {
    /// Creates a bucket that no other test uses, and returns the environment that
    /// points Vitrine to it. It cannot be read without credentials.
    ///
    /// # Panics
    /// Panics if the server does not create it.
    pub fn env_of_a_bucket_of_its_own(&self) -> Vec<(&'static str, String)> {
        let name = format!("art-{}", random_hex(8));
        assert_eq!(status(self.filer, "POST", &format!("/buckets/{name}/")), Some(201));
        vec![
            ("R2_ENDPOINT", self.endpoint()),
            ("R2_ACCESS_KEY_ID", self.wide_keys.access_key_id.clone()),
            ("R2_SECRET_ACCESS_KEY", self.wide_keys.secret_access_key.clone()),
            ("R2_PUBLIC_URL", format!("{}/{name}", self.endpoint())),
            ("R2_BUCKET_NAME", name),
        ]
    }
}

impl Drop for S3Server {
    fn drop(&mut self) {
        drop(self.lifeline.take());
        let _ = self.guard.wait();
    }
}

impl Keys {
    fn random() -> Self {
        // The lengths match those of R2.
        Self { access_key_id: random_hex(16), secret_access_key: random_hex(32) }
    }

    fn identity(&self, name: &str, actions: &[&str]) -> serde_json::Value {
        let actions: Vec<String> = actions.iter().map(|action| format!("{action}:{BUCKET}")).collect();
        self.identity_everywhere(name, &actions.iter().map(String::as_str).collect::<Vec<_>>())
    }

    fn identity_everywhere(&self, name: &str, actions: &[&str]) -> serde_json::Value {
        serde_json::json!({
            "name": name,
            "credentials": [{"accessKey": self.access_key_id, "secretKey": self.secret_access_key}],
            "actions": actions,
        })
    }
}

/// Returns `count` random bytes in hexadecimal.
///
/// # Panics
/// Panics if the operating system gives no randomness.
pub fn random_hex(count: usize) -> String {
    let mut bytes = vec![0_u8; count];
    getrandom::fill(&mut bytes).expect("randomness");
    hex::encode(bytes)
}

fn weed() -> PathBuf {
    let local = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.venv/bin/weed");
    std::env::var_os("VITRINE_WEED").map_or(local, PathBuf::from)
}

/// Finds ports for which the port 10,000 above, where `SeaweedFS` puts its gRPC, is
/// free too. The ports are below the range that the kernel hands out to others.
fn free_ports() -> [u16; 4] {
    let mut random = [0_u8; 2];
    getrandom::fill(&mut random).expect("randomness");
    let free = |port: u16| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok();
    let start = 10_000 + u16::from_be_bytes(random) % 10_000;
    let ports: Vec<u16> =
        (start..start + 1000).filter(|port| free(*port) && free(port + 10_000)).take(4).collect();
    ports.try_into().expect("four free pairs of ports among a thousand")
}

/// Returns the status of a plain HTTP request; `None` if there is no answer.
fn status(port: u16, method: &str, path: &str) -> Option<u16> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(2))).ok()?;
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    )
    .ok()?;
    let mut answer = [0_u8; 12];
    stream.read_exact(&mut answer).ok()?;
    std::str::from_utf8(&answer).ok()?.rsplit(' ').next()?.parse().ok()
}

fn wait_for(limit: Duration, mut condition: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + limit;
    while Instant::now() < deadline {
        if condition() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    false
}

fn last_lines(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().rev().take(5).collect();
    format!("{lines:?}")
}
