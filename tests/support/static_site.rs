//! A web server for the files of a published feed, on the loopback interface.
//! It answers exact paths only, as a public bucket does.
#![allow(clippy::expect_used, reason = "a server that cannot be started is a broken test")]

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// The most bytes of a request that are read.
const LONGEST_REQUEST: usize = 16 * 1024;

/// A file that the server has.
#[derive(Debug, Clone)]
pub struct ServedFile {
    /// The path without a slash at its start.
    pub path: String,
    /// The value of the header `Content-Type`.
    pub content_type: String,
    /// The content.
    pub bytes: Vec<u8>,
}

/// A running server. It stops when this is dropped.
#[derive(Debug)]
pub struct StaticSite {
    address: SocketAddr,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    files: HashMap<String, ServedFile>,
    asked: Mutex<Vec<String>>,
}

impl StaticSite {
    /// Starts a server with these files.
    ///
    /// # Panics
    /// Panics if no port is free.
    pub async fn start(files: impl IntoIterator<Item = ServedFile>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let files = files.into_iter().map(|file| (file.path.clone(), file)).collect();
        let shared = Arc::new(Shared { files, asked: Mutex::default() });
        let served = Arc::clone(&shared);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let shared = Arc::clone(&served);
                // A browser closes connections as it likes.
                tokio::spawn(async move { shared.answer(stream).await.unwrap_or_default() });
            }
        });
        Self { address, shared, task }
    }

    /// Returns the URL of a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}/{path}", self.address)
    }

    /// Returns the paths that were asked for so far, in order.
    pub fn asked(&self) -> Vec<String> {
        self.shared.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for StaticSite {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Shared {
    async fn answer(&self, mut stream: TcpStream) -> std::io::Result<()> {
        let mut request = Vec::new();
        while !request.windows(4).any(|end| end == b"\r\n\r\n") && request.len() < LONGEST_REQUEST {
            if stream.read_buf(&mut request).await? == 0 {
                return Ok(());
            }
        }
        let line = String::from_utf8_lossy(&request).lines().next().unwrap_or_default().to_owned();
        let path = line.split(' ').nth(1).unwrap_or_default().trim_start_matches('/').to_owned();
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).push(path.clone());
        let (status, content_type, bytes) = match self.files.get(&path) {
            Some(file) => ("200 OK", file.content_type.as_str(), file.bytes.as_slice()),
            None => ("404 Not Found", "text/plain", b"not found".as_slice()),
        };
        let head = format!(
            "HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            bytes.len()
        );
        stream.write_all(head.as_bytes()).await?;
        stream.write_all(bytes).await?;
        stream.shutdown().await
    }
}
