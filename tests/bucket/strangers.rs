//! Servers that are not stores, are stores only in part, or stop being stores.
//! If a server was never a store, the artist is asked about it. If it was one,
//! the transfers wait for it. None of them makes an image count as stored or
//! parked.

use crate::fixture::{SHORT, TransferFixture, config, fresh_key};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use vitrine_core::bucket::{Bucket, ErrorClass};
use vitrine_core::model::{TransferActivity, TransferProblemCode};
use vitrine_tests::chaos::{Chaos, Fault};
use vitrine_tests::s3;

/// The part of a request that these servers look at.
struct Request {
    method: String,
    target: String,
}

/// Serves HTTP with answers from a function, one request per connection.
/// Returns the address.
async fn server(answer: impl Fn(&Request) -> String + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let answer = Arc::new(answer);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let answer = Arc::clone(&answer);
            tokio::spawn(async move {
                let _ = serve(stream, &*answer).await;
            });
        }
    });
    address
}

async fn serve(mut stream: TcpStream, answer: &(impl Fn(&Request) -> String + Sync)) -> std::io::Result<()> {
    let mut bytes = Vec::new();
    let mut part = vec![0_u8; 64 * 1024];
    let (head, mut left) = loop {
        let size = stream.read(&mut part).await?;
        if size == 0 {
            return Ok(());
        }
        bytes.extend_from_slice(&part[..size]);
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
            });
            break (head, length.unwrap_or(0).saturating_sub(bytes.len() - end - 4));
        }
    };
    while left > 0 {
        let size = stream.read(&mut part).await?;
        if size == 0 {
            return Ok(());
        }
        left = left.saturating_sub(size);
    }
    let mut words = head.split(' ').map(str::to_owned);
    let request =
        Request { method: words.next().unwrap_or_default(), target: words.next().unwrap_or_default() };
    stream.write_all(answer(&request).as_bytes()).await?;
    stream.shutdown().await
}

fn answer(request: &Request, status: u16, headers: &str, body: &str) -> String {
    let length = body.len();
    let body = if request.method == "HEAD" { "" } else { body };
    format!("HTTP/1.1 {status} X\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}")
}

const PAGE: &str = "<!doctype html><html><head><title>Welcome</title></head><body>hello</body></html>";
const HTML: &str = "Content-Type: text/html; charset=utf-8\r\n";

/// What servers that are not stores answer to any request.
const STRANGERS: [(&str, u16, &str, &str); 9] = [
    ("a website", 200, HTML, PAGE),
    ("a website with an ETag", 200, "Content-Type: text/html\r\nETag: W/\"53-abc\"\r\n", PAGE),
    ("a page called text", 200, "Content-Type: text/plain\r\nETag: \"x\"\r\n", PAGE),
    (
        "an interface of something else",
        200,
        "Content-Type: application/json\r\nETag: \"x\"\r\n",
        "{\"ok\":true}",
    ),
    ("nothing but an 200", 200, "", ""),
    ("nothing but a 204", 204, "", ""),
    ("a login page elsewhere", 302, "Location: https://login.example.com/\r\n", ""),
    ("a network that wants a login", 511, HTML, PAGE),
    ("a web server that knows no PUT", 405, HTML, "<html>405 Not Allowed</html>"),
];

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_is_not_a_store_gets_no_image_and_needs_attention() {
    for (name, status, headers, body) in STRANGERS {
        let address = server(move |request| answer(request, status, headers, body)).await;
        let fixture = TransferFixture::untried(&address, s3::shared(), SHORT).await;
        let report = fixture.run().await;
        assert_eq!((report.stored, report.parked, report.waiting), (0, 0, 3), "{name}");
        assert!(fixture.was(TransferActivity::NeedsAttention), "{name}");
        let summary = fixture.last_heard();
        assert_eq!(summary.problem.unwrap().code, TransferProblemCode::UnsuitableStore, "{name}");
        assert_eq!(fixture.stored().await, [false; 3], "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn uploads_wait_while_a_login_page_hides_the_store() {
    for (name, status, headers, body) in STRANGERS {
        let (_chaos, fixture) = TransferFixture::behind_proxy().await;
        let address = server(move |request| answer(request, status, headers, body)).await;
        let report = fixture.run_against(&address).await;
        let left = fixture.transfers().await;
        assert_eq!((report.stored, report.parked, report.waiting), (0, 0, 3), "{name}: {left:?}");
        assert_eq!(fixture.stored().await, [false; 3], "{name}");
        let code = fixture.last_heard().problem.unwrap().code;
        assert_eq!(code, TransferProblemCode::UnsuitableStore, "{name}");
        // The images are stored once the network works without the stranger
        // again.
        fixture.run_until_stored().await;
        fixture.everything_is_stored_exactly_once().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_deleted_while_a_login_page_hides_the_store() {
    for (name, status, headers, body) in STRANGERS {
        let (_chaos, fixture) = TransferFixture::behind_proxy().await;
        fixture.run_until_stored().await;
        fixture.remove_the_first().await;
        let address = server(move |request| answer(request, status, headers, body)).await;
        let report = fixture.run_against(&address).await;
        let left = fixture.transfers().await;
        assert_eq!((report.deleted, report.parked, report.waiting), (0, 0, 1), "{name}: {left:?}");
        assert_eq!(fixture.keys_in_bucket().await.len(), 3, "{name}");
        fixture.run_until_stored().await;
        assert_eq!(fixture.keys_in_bucket().await.len(), 2, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_without_deleteobjects_gets_deletions_one_by_one() {
    for (status, code) in [
        (501, "NotImplemented"),
        (404, "NoSuchKey"),
        (405, "MethodNotAllowed"),
        (400, "MalformedXML"),
        (400, "InvalidRequest"),
    ] {
        let chaos = Chaos::before(s3::shared().port()).await;
        chaos.will(1_000, "POST", Fault::Answer(status, code));
        let fixture = TransferFixture::untried(&chaos.endpoint(), s3::shared(), SHORT).await;
        fixture.run_until_stored().await;
        fixture.everything_is_stored_exactly_once().await;
        fixture.remove_all().await;
        fixture.run_until_stored().await;
        assert!(fixture.keys_in_bucket().await.is_empty(), "{status} {code}");
        assert_eq!(chaos.seen("DELETE"), 4, "the probe and three images");
        // The lack was found once, when the store was tested.
        assert_eq!(chaos.seen("POST"), 1, "{status} {code}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_has_one_trial_and_a_fault_during_it_is_not_a_verdict() {
    for fault in [
        Fault::Answer(503, "ServiceUnavailable"),
        Fault::Answer(500, "InternalError"),
        Fault::SwallowAnswer,
        Fault::CutAfter(10),
        Fault::Gibberish,
    ] {
        for method in ["PUT", "HEAD", "GET", "POST"] {
            let chaos = Chaos::before(s3::shared().port()).await;
            let fixture = TransferFixture::untried(&chaos.endpoint(), s3::shared(), SHORT).await;
            chaos.will(1, method, fault);
            fixture.run_until_stored().await;
            fixture.everything_is_stored_exactly_once().await;
            assert!(!fixture.was(TransferActivity::NeedsAttention), "{fault:?} {method}");
            let puts = chaos.seen("PUT");
            assert!((5..=7).contains(&puts), "{puts} for two trials of two at most and three images");
        }
    }
}

#[tokio::test]
async fn the_path_of_an_endpoint_stays_before_the_bucket() {
    for path in ["/storage/v1/s3", "/storage/v1/s3/", "/storage/v1/s3/art", "/storage/v1/s3/art/"] {
        let (sender, mut lines) = tokio::sync::mpsc::unbounded_channel();
        let address = server(move |request| {
            sender.send(format!("{} {}", request.method, request.target)).unwrap();
            answer(request, 403, "", "")
        })
        .await;
        let bucket =
            Bucket::new(&config(&[("R2_ENDPOINT", &format!("{address}{path}"))]).unwrap(), Arc::default());
        let key = fresh_key();
        let bytes = crate::fixture::some_bytes(10);
        bucket.upload_image(crate::fixture::upload(&key, &bytes)).await.unwrap_err();
        bucket.head(&key).await.unwrap_err();
        bucket.delete_image(&key).await.unwrap_err();
        bucket.list("generated/", None).await.unwrap_err();
        drop(bucket);
        let mut seen = Vec::new();
        while let Ok(line) = lines.try_recv() {
            let (request, _) = line.split_once('?').unwrap_or((line.as_str(), ""));
            seen.push(request.trim_end_matches('/').to_owned());
        }
        let object = format!("/storage/v1/s3/art/{key}");
        let expected = [
            format!("PUT {object}"),
            format!("HEAD {object}"),
            format!("DELETE {object}"),
            "GET /storage/v1/s3/art".to_owned(),
        ];
        assert_eq!(seen, expected, "{path}");
    }
}

/// Returns one page of a listing in the format of S3.
fn listing(keys: &[String], next: &str) -> String {
    let object = |key| format!("<Contents><Key>{key}</Key><Size>1</Size><ETag>\"e\"</ETag></Contents>");
    let objects = keys.iter().map(object).collect::<Vec<_>>().concat();
    format!(
        "<?xml version=\"1.0\"?><ListBucketResult><IsTruncated>true</IsTruncated>\
         <NextContinuationToken>{next}</NextContinuationToken>{objects}</ListBucketResult>"
    )
}

/// Reads a listing to its end, or until it fails.
async fn read_all(address: &str) -> (usize, Result<(), vitrine_core::bucket::BucketError>) {
    let bucket = Bucket::new(&config(&[("R2_ENDPOINT", address)]).unwrap(), Arc::default());
    let mut listing = bucket.listing("generated/", 1_000);
    let mut pages = 0;
    loop {
        match listing.next_page().await {
            Ok(Some(_)) => pages += 1,
            Ok(None) => return (pages, Ok(())),
            Err(error) => return (pages, Err(error)),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endless_listing_is_given_up() {
    let count = Arc::new(AtomicUsize::new(0));
    let turn = move || count.fetch_add(1, Ordering::SeqCst);
    let turn = Arc::new(turn);
    let xml = "Content-Type: application/xml\r\n";
    let next = Arc::clone(&turn);
    let same_token = server(move |request| {
        answer(request, 200, xml, &listing(&[format!("generated/{}", next())], "again"))
    })
    .await;
    let next = Arc::clone(&turn);
    let same_keys = server(move |request| {
        answer(request, 200, xml, &listing(&["generated/a".into()], &next().to_string()))
    })
    .await;
    let next = Arc::clone(&turn);
    let nothing = server(move |request| answer(request, 200, xml, &listing(&[], &next().to_string()))).await;
    let next = Arc::clone(&turn);
    let one_a_page = server(move |request| {
        let turn = next();
        answer(request, 200, xml, &listing(&[format!("generated/{turn:09}")], &turn.to_string()))
    })
    .await;
    for (address, most) in [(same_token, 2), (same_keys, 2), (nothing, 101), (one_a_page, 1_100)] {
        let (pages, ended) = read_all(&address).await;
        let error = ended.unwrap_err();
        assert_eq!(error.class, ErrorClass::Unsuitable, "{error}");
        assert!(pages <= most, "{pages} pages: {error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_malformed_listing_is_an_error() {
    let huge = format!("<ListBucketResult>{}</ListBucketResult>", "<x>".repeat(8 * 1024 * 1024));
    for body in
        [PAGE.to_owned(), String::new(), "<ListBucketResult><Contents>".to_owned(), "\0\0".to_owned(), huge]
    {
        let address =
            server(move |request| answer(request, 200, "Content-Type: application/xml\r\n", &body)).await;
        let (pages, ended) = read_all(&address).await;
        assert_eq!((pages, ended.unwrap_err().class), (0, ErrorClass::NotS3));
    }
}
