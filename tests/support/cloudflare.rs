//! Stands in for Cloudflare's API: it records each call, and answers as a test wants.
#![allow(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a server that does not work is a broken test"
)]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A zone id and a token of the shape that Cloudflare gives them, and of nobody.
pub const ZONE: &str = "7e57a11c0ffee0000deadbeef0012345";
pub const TOKEN: &str = "TestTokenThatNobodyHasAtAll_0123456789Ab";

/// Answers that the API gives (developers.cloudflare.com/api, `purge_cache` and errors).
pub const ACCEPTED: &str = r#"{"success":true,"errors":[],"messages":[],"result":{"id":"7e57a11c"}}"#;
pub const WRONG_TOKEN: &str = r#"{"success":false,"errors":[{"code":10000,"message":"Authentication error"}],"messages":[],"result":null}"#;

/// A call as it arrived.
#[derive(Debug, Clone)]
pub struct Call {
    /// The first line and the headers.
    pub head: String,
    /// The addresses to purge.
    pub urls: Vec<String>,
}

/// A server that answers every call in the same way, until it is told otherwise.
pub struct Cloudflare {
    address: String,
    state: Arc<State>,
}

struct State {
    answer: Mutex<String>,
    calls: Mutex<Vec<Call>>,
    open: AtomicUsize,
    most_open: AtomicUsize,
}

/// Returns an answer with this status line and body.
pub fn answer(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
}

impl Cloudflare {
    /// Starts a server that accepts every purge.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/client/v4/", listener.local_addr().unwrap());
        let state = Arc::new(State {
            answer: Mutex::new(answer("200 OK", "", ACCEPTED)),
            calls: Mutex::default(),
            open: AtomicUsize::new(0),
            most_open: AtomicUsize::new(0),
        });
        let shared = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&shared)));
            }
        });
        Self { address, state }
    }

    /// Returns the address that replaces the one of the API.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Answers with these bytes from now on.
    pub fn answers(&self, bytes: String) {
        *self.state.answer.lock().unwrap() = bytes;
    }

    /// Returns all calls so far.
    pub fn calls(&self) -> Vec<Call> {
        self.state.calls.lock().unwrap().clone()
    }

    /// Returns the most calls that were under way at the same time.
    pub fn most_at_once(&self) -> usize {
        self.state.most_open.load(Ordering::SeqCst)
    }
}

async fn serve(mut stream: TcpStream, state: Arc<State>) {
    let open = state.open.fetch_add(1, Ordering::SeqCst) + 1;
    state.most_open.fetch_max(open, Ordering::SeqCst);
    if let Some(call) = read(&mut stream).await {
        state.calls.lock().unwrap().push(call);
        let bytes = state.answer.lock().unwrap().clone();
        // The client may refuse to read all of it.
        let _ = stream.write_all(bytes.as_bytes()).await;
        let _ = stream.shutdown().await;
    }
    state.open.fetch_sub(1, Ordering::SeqCst);
}

async fn read(stream: &mut TcpStream) -> Option<Call> {
    let mut bytes = Vec::new();
    loop {
        let mut part = [0_u8; 8192];
        let size = stream.read(&mut part).await.ok().filter(|size| *size > 0)?;
        bytes.extend_from_slice(&part[..size]);
        let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else { continue };
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        let length = head
            .lines()
            .filter_map(|line| line.split_once(": "))
            .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
            .map_or(0, |(_, length)| length.parse().unwrap());
        let body = &bytes[end + 4..];
        if body.len() >= length {
            let body: serde_json::Value = serde_json::from_slice(body).unwrap();
            let urls = body["files"].as_array().unwrap().iter().map(|url| url.as_str().unwrap().to_owned());
            return Some(Call { head, urls: urls.collect() });
        }
    }
}
