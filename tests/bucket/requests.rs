//! Requests to the bucket are counted as R2 bills them: every attempt that reaches the store.

use crate::fixture::{SHORT, config, fresh_key, some_bytes, upload};
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use vitrine_core::bucket::{Bucket, RequestCounter};
use vitrine_core::model::{Removal, RequestClass};
use vitrine_tests::fixture::{LibraryFixture, generated, import_bytes, push};
use vitrine_tests::pictures::a_png;

fn taken(counter: &RequestCounter) -> Vec<(RequestClass, u64)> {
    counter.take().into_iter().map(|(_, class, count)| (class, count)).collect()
}

/// Returns a bucket whose server fails each request, and what counts its requests.
async fn failing() -> (Bucket, Arc<RequestCounter>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut part = vec![0_u8; 65_536];
                let _ = stream.read(&mut part).await;
                let failure =
                    "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
                let _ = stream.write_all(failure.as_bytes()).await;
            });
        }
    });
    let counter = Arc::<RequestCounter>::default();
    let config = config(&[("R2_ENDPOINT", &endpoint)]).unwrap().with_patience(SHORT);
    (Bucket::new(&config, Arc::clone(&counter)), counter)
}

#[tokio::test]
async fn failures_and_repetitions_count() {
    let (bucket, counter) = failing().await;
    let (key, bytes) = (fresh_key(), some_bytes(100));
    bucket.upload_image(upload(&key, &bytes)).await.unwrap_err();
    assert_eq!(taken(&counter)[0], (RequestClass::A, 1), "an upload is sent once");
    bucket.head(&key).await.unwrap_err();
    assert_eq!(taken(&counter), [(RequestClass::B, 2)], "a question is repeated once");
    bucket.list("generated/", None).await.unwrap_err();
    assert_eq!(taken(&counter), [(RequestClass::A, 2)]);
    assert!(bucket.delete_images(std::slice::from_ref(&key)).await[0].result.is_err());
    let deletions = taken(&counter);
    assert!(deletions.iter().all(|(class, _)| *class == RequestClass::Free), "{deletions:?}");
}

#[tokio::test]
async fn requests_that_reach_nobody_do_not_count() {
    let closed = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    for endpoint in [closed.as_str(), "https://nobody.invalid"] {
        let counter = Arc::<RequestCounter>::default();
        let config = config(&[("R2_ENDPOINT", endpoint)]).unwrap().with_patience(SHORT);
        let bucket = Bucket::new(&config, Arc::clone(&counter));
        bucket.head(&fresh_key()).await.unwrap_err();
        assert_eq!(taken(&counter), [], "{endpoint}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_library_shows_what_it_stores_and_what_it_asked_this_month() {
    let fixture = LibraryFixture::with_bucket();
    let library = fixture.open().await;
    let bytes = a_png(64, 64).noise().bytes();
    let id = import_bytes(&library, bytes.clone(), generated()).await;
    assert_eq!(library.bucket_usage().await.unwrap().class_a, 0);
    push(&library).await;
    let usage = library.bucket_usage().await.unwrap();
    assert_eq!((usage.objects, usage.stored_bytes.0), (1, bytes.len() as u64));
    assert!(usage.class_a >= 1 && usage.class_b >= 1, "{usage:?}");
    drop(library);
    let library = fixture.open().await;
    assert_eq!(library.bucket_usage().await.unwrap(), usage, "the numbers are written at the end");
    library.remove(vec![id], Removal::Permanent).await.unwrap();
    push(&library).await;
    let after = library.bucket_usage().await.unwrap();
    assert_eq!(after.objects, 0);
    assert!(after.free > usage.free, "{after:?}");
}
