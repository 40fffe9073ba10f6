//! Feed files of several libraries in one bucket: each overwrites only its own, also if the store does not support
//! every condition.

use crate::fixture::bucket;
use crate::wire::{CREATED, EXISTS, NOT_FOUND, listener};
use vitrine_core::bucket::{Bucket, BucketError, ErrorClass, FeedUpload, HeadDetail, LibraryMark, Occupant};
use vitrine_core::model::ObjectKey;
use vitrine_tests::feed_files::a_web_page;
use vitrine_tests::s3::random_hex;

fn fresh_feed_key() -> ObjectKey {
    ObjectKey::parse(&format!("feed/ana-{}/index.html", random_hex(6))).unwrap()
}

fn ours() -> LibraryMark {
    LibraryMark::of("0192f0c1-2233-7445-8667-8899aabbccdd")
}

async fn put(
    bucket: &Bucket,
    key: &ObjectKey,
    text: &'static str,
    library: &LibraryMark,
    replaces: bool,
) -> Result<(), BucketError> {
    let upload = FeedUpload { file: a_web_page(key, text), library, replaces };
    bucket.put_feed_file(upload).await.map(|_| ())
}

async fn text_at(bucket: &Bucket, key: &ObjectKey) -> String {
    reqwest::get(bucket.public_url(key)).await.unwrap().text().await.unwrap()
}

#[tokio::test]
async fn a_library_overwrites_its_own_feed_files_and_no_others() {
    let (bucket, key, other) = (bucket(), fresh_feed_key(), LibraryMark::of("another library"));
    // Whether the bucket had a version before is only a hint.
    for (text, replaces) in [("first", true), ("second", false), ("third", true), ("third", false)] {
        put(&bucket, &key, text, &ours(), replaces).await.unwrap();
        assert_eq!(text_at(&bucket, &key).await, text);
        let found = bucket.occupant(&key, &ours(), HeadDetail::Plain).await.unwrap();
        assert!(matches!(found, Some(Occupant::ThisLibrary(_))), "{found:?}");
    }
    // Not even if it has the same bytes.
    for text in ["of another library", "third"] {
        for replaces in [false, true] {
            let problem = put(&bucket, &key, text, &other, replaces).await.unwrap_err();
            assert_eq!(problem.class, ErrorClass::OtherLibrary, "{problem:?}");
            assert_eq!(text_at(&bucket, &key).await, "third");
        }
    }
}

#[tokio::test]
async fn an_object_of_somebody_else_is_not_taken_for_a_store_that_is_gone() {
    let (bucket, key) = (bucket(), fresh_feed_key());
    bucket.upload_image(a_web_page(&key, "<html>my own page</html>")).await.unwrap();
    for replaces in [false, true] {
        let problem = put(&bucket, &key, "ours", &ours(), replaces).await.unwrap_err();
        assert_eq!(problem.class, ErrorClass::OtherObject, "{problem:?}");
    }
    assert_eq!(text_at(&bucket, &key).await, "<html>my own page</html>");
}

#[tokio::test]
async fn whose_objects_are_at_many_keys_is_told_in_their_order() {
    let bucket = bucket();
    let keys: Vec<ObjectKey> = (0..20).map(|_| fresh_feed_key()).collect();
    for (at, key) in keys.iter().enumerate() {
        match at % 4 {
            0 => put(&bucket, key, "a", &ours(), false).await.unwrap(),
            1 => put(&bucket, key, "a", &LibraryMark::of("another library"), false).await.unwrap(),
            2 => drop(bucket.upload_image(a_web_page(key, "a")).await.unwrap()),
            _ => {}
        }
    }
    for (at, found) in bucket.occupants(&keys, &ours()).await.into_iter().enumerate() {
        let found = found.unwrap();
        let is_right = match at % 4 {
            0 => matches!(found, Some(Occupant::ThisLibrary(_))),
            1 => matches!(found, Some(Occupant::OtherLibrary(_))),
            2 => found == Some(Occupant::Stranger),
            _ => found.is_none(),
        };
        assert!(is_right, "{at}: {found:?}");
    }
}

/// The heads of an object of the library `ours`, of a later one, and of one of another library.
const OURS: &str = "HTTP/1.1 200 OK\r\nETag: \"1\"\r\nContent-Type: text/html\r\n\
    x-amz-meta-vitrine-feed: 4db549b776f937744639189178916400\r\nContent-Length: 9\r\nConnection: close\r\n\r\n";
const LATER: &str = "HTTP/1.1 200 OK\r\nETag: \"2\"\r\nContent-Type: text/html\r\n\
    x-amz-meta-vitrine-feed: 4db549b776f937744639189178916400\r\nContent-Length: 9\r\nConnection: close\r\n\r\n";
const OF_OTHERS: &str = "HTTP/1.1 200 OK\r\nETag: \"3\"\r\nContent-Type: text/html\r\n\
    x-amz-meta-vitrine-feed: 00000000000000000000000000000000\r\nContent-Length: 9\r\nConnection: close\r\n\r\n";
const NOT_IMPLEMENTED: &str = "HTTP/1.1 501 Not Implemented\r\nContent-Type: application/xml\r\n\
    Content-Length: 42\r\nConnection: close\r\n\r\n<Error><Code>NotImplemented</Code></Error>";
const NO_SUCH_KEY: &str = "HTTP/1.1 404 Not Found\r\nContent-Type: application/xml\r\n\
    Content-Length: 37\r\nConnection: close\r\n\r\n<Error><Code>NoSuchKey</Code></Error>";

/// Replaces a file at a store that gives these answers. Returns how it ended, and the requests with their conditions:
/// `*` for no object, an `ETag` for that object, and nothing for none.
async fn replaced_at(answers: Vec<&'static str>) -> (Result<(), ErrorClass>, Vec<String>) {
    let (bucket, mut requests) = listener(answers).await;
    let ended = put(&bucket, &fresh_feed_key(), "abc", &ours(), true).await;
    let mut seen = Vec::new();
    while let Ok(request) = requests.try_recv() {
        let method = request.line.split(' ').next().unwrap().to_owned();
        let condition = request.header("if-none-match").or(request.header("if-match")).unwrap_or("");
        seen.push(format!("{method} {condition}").trim_end().to_owned());
    }
    (ended.map_err(|problem| problem.class), seen)
}

#[tokio::test]
async fn a_file_is_replaced_only_while_it_is_the_one_that_was_looked_at() {
    let (ended, seen) = replaced_at(vec![OURS, CREATED]).await;
    assert_eq!((ended, seen), (Ok(()), vec!["HEAD".into(), "PUT \"1\"".into()]));
    // Another library was faster.
    let (ended, seen) = replaced_at(vec![OURS, EXISTS, OF_OTHERS]).await;
    assert_eq!(ended, Err(ErrorClass::OtherLibrary));
    assert_eq!(seen, ["HEAD", "PUT \"1\"", "HEAD"]);
    // The same library on another computer was faster, and then somebody deleted the file.
    let (ended, seen) = replaced_at(vec![OURS, EXISTS, LATER, NO_SUCH_KEY, NOT_FOUND, CREATED]).await;
    assert_eq!(ended, Ok(()));
    assert_eq!(seen, ["HEAD", "PUT \"1\"", "HEAD", "PUT \"2\"", "HEAD", "PUT *"]);
    // It goes on and on.
    let (ended, seen) = replaced_at(vec![OURS, EXISTS, LATER, EXISTS, OURS, EXISTS]).await;
    assert_eq!((ended, seen.len()), (Err(ErrorClass::Transient), 6));
}

#[tokio::test]
async fn a_store_that_does_not_support_if_match_still_gets_new_versions() {
    for refusal in [NOT_IMPLEMENTED, EXISTS] {
        let (ended, seen) = replaced_at(vec![OURS, refusal, OURS, CREATED]).await;
        assert_eq!(ended, Ok(()));
        assert_eq!(seen, ["HEAD", "PUT \"1\"", "HEAD", "PUT"]);
    }
}
