//! Checks the requests on the wire with a listener that records every byte.
//! Real R2 refuses some things that other servers tolerate.

use crate::fixture::{config, fresh_key, some_bytes, upload};
use md5::{Digest, Md5};
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use vitrine_core::bucket::{Bucket, ErrorClass, Upload, UploadData};

/// One request as it arrived.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) line: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// Answers the single request of each connection with the next answer, and all
/// later requests with the last one. For an empty answer, it closes the
/// connection without answering.
pub(crate) async fn listener(answers: Vec<&'static str>) -> (Bucket, UnboundedReceiver<Request>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let (sender, requests) = unbounded_channel();
    tokio::spawn(async move {
        for turn in 0.. {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut bytes = Vec::new();
            let request = loop {
                let mut part = [0_u8; 8192];
                let size = stream.read(&mut part).await.unwrap();
                assert!(size > 0, "the request was cut short");
                bytes.extend_from_slice(&part[..size]);
                if let Some(request) = parse(&bytes) {
                    break request;
                }
            };
            sender.send(request).unwrap();
            stream.write_all(answers[turn.min(answers.len() - 1)].as_bytes()).await.unwrap();
        }
    });
    (Bucket::new(&config(&[("R2_ENDPOINT", &endpoint)]).unwrap(), Arc::default()), requests)
}

fn parse(bytes: &[u8]) -> Option<Request> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let mut lines = head.split("\r\n").map(str::to_owned);
    let line = lines.next()?;
    let headers: Vec<(String, String)> = lines
        .map(|line| line.split_once(": ").map(|(key, value)| (key.to_lowercase(), value.to_owned())).unwrap())
        .collect();
    let body = bytes[end + 4..].to_vec();
    let request = Request { line, headers, body };
    let length: usize = request.header("content-length").map_or(0, |length| length.parse().unwrap());
    (request.body.len() >= length).then_some(request)
}

pub(crate) const CREATED: &str = "HTTP/1.1 200 OK\r\nETag: \"900150983cd24fb0d6963f7d28e17f72\"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
pub(crate) const EXISTS: &str =
    "HTTP/1.1 412 Precondition Failed\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
const HEAD_OF_ABC: &str = "HTTP/1.1 200 OK\r\nETag: \"900150983cd24fb0d6963f7d28e17f72\"\r\nContent-Length: 3\r\nConnection: close\r\n\r\n";
const IN_TROUBLE: &str =
    "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
pub(crate) const NOT_FOUND: &str = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
const HANGS_UP: &str = "";

#[tokio::test]
async fn an_upload_sends_only_headers_that_r2_understands() {
    let (bucket, mut requests) = listener(vec![CREATED]).await;
    let (key, bytes) = (fresh_key(), bytes::Bytes::from_static(b"abc"));
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &bytes).unwrap();
    let from_file = Upload { data: UploadData::Path(file.path()), ..upload(&key, &bytes) };
    for upload in [upload(&key, &bytes), from_file] {
        bucket.upload_image(upload).await.unwrap();
        let request = requests.recv().await.unwrap();
        assert!(request.line.starts_with(&format!("PUT /art/{key}")), "{request:?}");
        assert_eq!(request.header("if-none-match"), Some("*"));
        // The output of `printf abc | md5sum` and `sha256sum`, in base64.
        assert_eq!(request.header("content-md5"), Some("kAFQmDzST7DWlj99KOF/cg=="));
        assert_eq!(
            request.header("x-amz-checksum-sha256"),
            Some("ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=")
        );
        assert_eq!(request.header("content-length"), Some("3"));
        assert_eq!(request.body, b"abc");
        for absent in [
            "expect",
            "transfer-encoding",
            "content-encoding",
            "x-amz-trailer",
            "x-amz-checksum-crc32",
            "x-amz-sdk-checksum-algorithm",
            "x-amz-acl",
        ] {
            assert_eq!(request.header(absent), None, "{absent}");
        }
    }
}

#[tokio::test]
async fn a_large_upload_does_not_wait_for_permission_to_continue() {
    let (bucket, mut requests) =
        listener(vec![EXISTS, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"]).await;
    let (key, bytes) = (fresh_key(), some_bytes(5_000_000));
    bucket.upload_image(upload(&key, &bytes)).await.unwrap_err();
    let request = requests.recv().await.unwrap();
    assert_eq!((request.header("expect"), request.body.len()), (None, 5_000_000));
}

#[tokio::test]
async fn a_bulk_deletion_has_an_md5_and_no_other_checksum() {
    let all_gone = "HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Length: 77\r\nConnection: close\r\n\r\n\
        <DeleteResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"></DeleteResult>";
    let (bucket, mut requests) = listener(vec![all_gone, IN_TROUBLE]).await;
    let key = fresh_key();
    let outcomes = bucket.delete_images(std::slice::from_ref(&key)).await;
    let request = requests.recv().await.unwrap();
    // The answer does not mention the key, so the key is deleted in a separate
    // request.
    assert_eq!(requests.recv().await.unwrap().line, format!("DELETE /art/{key}?x-id=DeleteObject HTTP/1.1"));
    assert_eq!(outcomes[0].result.as_ref().unwrap_err().class, ErrorClass::Transient);
    let expected = Md5::digest(&request.body);
    let sent = request.header("content-md5").expect("a checksum");
    assert_eq!(base64_of_16(&expected), sent);
    assert_eq!(request.header("x-amz-checksum-crc32"), None);
    assert_eq!(request.header("x-amz-sdk-checksum-algorithm"), None);
}

/// Encodes an MD5 in base64. The tests need no library for this one value.
fn base64_of_16(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let number = chunk.iter().fold(0_u32, |number, byte| number << 8 | u32::from(*byte));
        let number = number << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let letter = LETTERS[(number >> (18 - 6 * place) & 63) as usize];
            text.push(if place <= chunk.len() { letter as char } else { '=' });
        }
    }
    text
}

#[tokio::test]
async fn an_upload_whose_answer_was_lost_is_recognised_as_done() {
    let (bucket, _requests) = listener(vec![HANGS_UP, EXISTS, HEAD_OF_ABC]).await;
    let (key, bytes) = (fresh_key(), bytes::Bytes::from_static(b"abc"));
    let mut answer = bucket.upload_image(upload(&key, &bytes)).await;
    if let Err(problem) = &answer {
        // The client may leave the retry to its caller.
        assert_eq!(problem.class, ErrorClass::Transient, "{problem:?}");
        answer = bucket.upload_image(upload(&key, &bytes)).await;
    }
    assert_eq!(answer.unwrap().etag, "900150983cd24fb0d6963f7d28e17f72");
}

#[tokio::test]
async fn http_errors_are_classified_by_their_remedy() {
    for (answer, class) in [
        (
            "HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
            ErrorClass::Throttled,
        ),
        (
            "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
            ErrorClass::Transient,
        ),
        (
            "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
            ErrorClass::Credentials,
        ),
        (HANGS_UP, ErrorClass::Transient),
        (
            "HTTP/1.1 403 Forbidden\r\nContent-Length: 52\r\nConnection: close\r\n\r\n\
             <Error><Code>RequestTimeTooSkewed</Code></Error>    ",
            ErrorClass::ClockSkew,
        ),
        (
            "HTTP/1.1 307 Temporary Redirect\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\
             Connection: close\r\n\r\n",
            ErrorClass::NotS3,
        ),
    ] {
        let (bucket, _requests) = listener(vec![answer]).await;
        let (key, bytes) = (fresh_key(), some_bytes(10));
        let problem = bucket.upload_image(upload(&key, &bytes)).await.unwrap_err();
        assert_eq!(problem.class, class, "{answer} {problem:?}");
    }
}
