//! A proxy that breaks the network on purpose, between a client and an S3 server.
//! It understands just enough HTTP/1.1 to tell requests apart: one request per
//! connection, and bodies with a length. It counts the requests it sees.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// The longest head of a request or an answer, in bytes.
const HEAD_LIMIT: usize = 64 * 1024;
const CHUNK: usize = 4 * 1024;

/// What goes wrong with one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The connection is reset after this many bytes of the body.
    ResetAfter(usize),
    /// The server gets this many bytes of the body, then both connections are
    /// closed.
    CutAfter(usize),
    /// The server answers, but the client never gets the answer.
    SwallowAnswer,
    /// Nothing is transferred after this many bytes of the body.
    StallAfter(usize),
    /// The answer's body stops halfway and never continues.
    StallAnswer,
    /// One byte of the body is read per second.
    Trickle,
    /// The proxy itself answers, with this status and S3 code.
    Answer(u16, &'static str),
    /// The client gets something that is not HTTP, although the server did its
    /// work.
    Gibberish,
    /// The answer's body has a wrong byte.
    WrongByte,
    /// The answer has a wrong `ETag`.
    WrongEtag,
    /// The proxy answers that the client's clock is wrong, with a date a year
    /// ahead.
    WrongDate,
}

#[derive(Debug, Default)]
struct Plan {
    /// Upcoming faults, each for a request with that method.
    faults: VecDeque<(&'static str, Fault)>,
    seen: Vec<String>,
}

/// A running proxy. It stops when it is dropped.
#[derive(Debug)]
pub struct Chaos {
    plan: Arc<Mutex<Plan>>,
    upstream: SocketAddr,
    address: SocketAddr,
    serving: Mutex<Option<JoinHandle<()>>>,
}

fn lock(plan: &Mutex<Plan>) -> MutexGuard<'_, Plan> {
    plan.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Chaos {
    /// Starts a proxy in front of the server at this port on loopback.
    ///
    /// # Panics
    /// Panics if no port is free.
    pub async fn before(port: u16) -> Self {
        let Ok(listener) = TcpListener::bind("127.0.0.1:0").await else { panic!("no free port") };
        let Ok(address) = listener.local_addr() else { panic!("a listener without an address") };
        let chaos = Self {
            plan: Arc::default(),
            upstream: SocketAddr::from(([127, 0, 0, 1], port)),
            address,
            serving: Mutex::default(),
        };
        chaos.serve(listener);
        chaos
    }

    fn serve(&self, listener: TcpListener) {
        let (plan, upstream) = (Arc::clone(&self.plan), self.upstream);
        let serving = tokio::spawn(async move {
            // This is dropped with the task, so that refusing connections also ends
            // the open ones.
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                let plan = Arc::clone(&plan);
                connections.spawn(async move {
                    // These tests are about connections that break.
                    let _ = serve_one(client, upstream, &plan).await;
                });
            }
        });
        *self.serving.lock().unwrap_or_else(PoisonError::into_inner) = Some(serving);
    }

    /// Returns the address that requests use instead of the server's.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Makes the next `times` requests with this method fail in this way.
    pub fn will(&self, times: usize, method: &'static str, fault: Fault) {
        lock(&self.plan).faults.extend(std::iter::repeat_n((method, fault), times));
    }

    /// Returns how many faults have not happened yet.
    pub fn faults_left(&self) -> usize {
        lock(&self.plan).faults.len()
    }

    /// Returns how many requests with this method arrived.
    pub fn seen(&self, method: &str) -> usize {
        lock(&self.plan).seen.iter().filter(|seen| *seen == method).count()
    }

    /// Refuses connections from now on, and breaks the open ones.
    ///
    /// # Panics
    /// Panics if the proxy's task failed.
    pub async fn refuse(&self) {
        let serving = self.serving.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(serving) = serving {
            serving.abort();
            // The task is over only when the listener is closed.
            let _ = serving.await;
        }
    }

    /// Accepts connections again.
    ///
    /// # Panics
    /// Panics if somebody else took the port meanwhile.
    pub async fn accept(&self) {
        let Ok(listener) = TcpListener::bind(self.address).await else { panic!("the port was taken") };
        self.serve(listener);
    }
}

impl Drop for Chaos {
    fn drop(&mut self) {
        if let Some(serving) = self.serving.lock().unwrap_or_else(PoisonError::into_inner).take() {
            serving.abort();
        }
    }
}

/// A head, and the bytes that followed it.
struct Message {
    head: String,
    rest: Vec<u8>,
}

impl Message {
    async fn read(stream: &mut TcpStream) -> io::Result<Self> {
        let mut bytes = Vec::new();
        let mut chunk = [0; CHUNK];
        loop {
            let end = bytes.windows(4).position(|window| window == b"\r\n\r\n");
            if let Some(end) = end {
                let rest = bytes.split_off(end + 4);
                let head = String::from_utf8(bytes).map_err(io::Error::other)?;
                return Ok(Self { head, rest });
            }
            let count = stream.read(&mut chunk).await?;
            if count == 0 || bytes.len() > HEAD_LIMIT {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            bytes.extend(chunk.iter().take(count));
        }
    }

    fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(':'));
        lines.filter(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim()).next()
    }

    fn body_length(&self) -> usize {
        self.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0)
    }

    /// Returns the head with one header replaced, or appended if it is new.
    fn with_header(&self, name: &str, value: &str) -> String {
        let is_it =
            |line: &&str| line.split_once(':').is_some_and(|(found, _)| found.eq_ignore_ascii_case(name));
        let kept: Vec<&str> = self.head.trim_end().lines().filter(|line| !is_it(line)).collect();
        format!("{}\r\n{name}: {value}\r\n\r\n", kept.join("\r\n"))
    }
}

async fn serve_one(mut client: TcpStream, upstream: SocketAddr, plan: &Mutex<Plan>) -> io::Result<()> {
    let request = Message::read(&mut client).await?;
    let method = request.head.split(' ').next().unwrap_or_default().to_owned();
    let fault = {
        let mut plan = lock(plan);
        plan.seen.push(method.clone());
        let mine = plan.faults.front().is_some_and(|(faulty, _)| *faulty == method);
        if mine { plan.faults.pop_front().map(|(_, fault)| fault) } else { None }
    };
    match fault {
        Some(Fault::Answer(status, code)) => answer(&mut client, &request, status, code, "").await,
        Some(Fault::WrongDate) => {
            let date = "date: Fri, 01 Jan 2100 00:00:00 GMT\r\n";
            answer(&mut client, &request, 403, "RequestTimeTooSkewed", date).await
        }
        Some(Fault::ResetAfter(bytes)) => {
            take_body(&mut client, &request, bytes).await?;
            client.set_zero_linger()
        }
        Some(Fault::StallAfter(bytes)) => {
            take_body(&mut client, &request, bytes).await?;
            std::future::pending().await
        }
        Some(Fault::Trickle) => loop {
            tokio::time::sleep(Duration::from_secs(1)).await;
            client.read_u8().await?;
        },
        Some(Fault::CutAfter(bytes)) => {
            let mut server = send_on(&mut client, &request, upstream, bytes).await?;
            server.shutdown().await
        }
        Some(Fault::SwallowAnswer) => {
            let mut server = send_on(&mut client, &request, upstream, usize::MAX).await?;
            read_to_end(&mut server).await.map(|_| ())
        }
        Some(Fault::Gibberish) => {
            let mut server = send_on(&mut client, &request, upstream, usize::MAX).await?;
            read_to_end(&mut server).await?;
            client.write_all(b"\x00\xff this is no HTTP\r\n\r\n").await
        }
        Some(fault @ (Fault::WrongByte | Fault::WrongEtag | Fault::StallAnswer)) => {
            let mut server = send_on(&mut client, &request, upstream, usize::MAX).await?;
            let given = Message::read(&mut server).await?;
            spoil(&mut client, &mut server, given, fault).await
        }
        None => {
            let mut server = send_on(&mut client, &request, upstream, usize::MAX).await?;
            tokio::io::copy(&mut server, &mut client).await.map(|_| ())
        }
    }
}

/// Answers in place of the server, after reading the whole request.
async fn answer(
    client: &mut TcpStream,
    request: &Message,
    status: u16,
    code: &str,
    headers: &str,
) -> io::Result<()> {
    take_body(client, request, usize::MAX).await?;
    let body = format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>chaos</Message></Error>");
    let length = body.len();
    // An answer to HEAD has no body.
    let body = if request.head.starts_with("HEAD") { "" } else { &body };
    let head = format!(
        "HTTP/1.1 {status} Chaos\r\ncontent-type: application/xml\r\ncontent-length: {length}\r\n\
         connection: close\r\n{headers}\r\n"
    );
    client.write_all(head.as_bytes()).await?;
    client.write_all(body.as_bytes()).await
}

/// Reads this many bytes of the request's body, or all of it.
async fn take_body(client: &mut TcpStream, request: &Message, bytes: usize) -> io::Result<()> {
    let mut left = bytes.min(request.body_length()).saturating_sub(request.rest.len());
    let mut chunk = [0; CHUNK];
    while left > 0 {
        let room = left.min(CHUNK);
        let count = client.read(chunk.get_mut(..room).unwrap_or_default()).await?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        left -= count;
    }
    Ok(())
}

/// Sends the request to the server, with this many bytes of its body.
async fn send_on(
    client: &mut TcpStream,
    request: &Message,
    upstream: SocketAddr,
    bytes: usize,
) -> io::Result<TcpStream> {
    let mut server = TcpStream::connect(upstream).await?;
    server.write_all(request.with_header("connection", "close").as_bytes()).await?;
    let mut left = bytes.min(request.body_length());
    let first = left.min(request.rest.len());
    server.write_all(request.rest.get(..first).unwrap_or_default()).await?;
    left -= first;
    let mut chunk = [0; CHUNK];
    while left > 0 {
        let room = left.min(CHUNK);
        let count = client.read(chunk.get_mut(..room).unwrap_or_default()).await?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        server.write_all(chunk.get(..count).unwrap_or_default()).await?;
        left -= count;
    }
    Ok(server)
}

async fn read_to_end(server: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    server.read_to_end(&mut bytes).await?;
    Ok(bytes)
}

/// Passes on a damaged answer.
async fn spoil(
    client: &mut TcpStream,
    server: &mut TcpStream,
    given: Message,
    fault: Fault,
) -> io::Result<()> {
    let head = match fault {
        Fault::WrongEtag => given.with_header("ETag", "\"00000000000000000000000000000000\""),
        _ => given.head.clone(),
    };
    client.write_all(head.as_bytes()).await?;
    let mut body = given.rest;
    body.extend(read_to_end(server).await?);
    let middle = body.len() / 2;
    match fault {
        Fault::StallAnswer => {
            client.write_all(body.get(..middle).unwrap_or_default()).await?;
            std::future::pending().await
        }
        Fault::WrongByte => {
            if let Some(byte) = body.get_mut(middle) {
                *byte ^= 1;
            }
            client.write_all(&body).await
        }
        _ => client.write_all(&body).await,
    }
}
