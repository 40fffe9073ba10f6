//! Uploading, finding, listing and deleting objects.

use crate::fixture::{bucket, config, fresh_key, some_bytes, upload};
use std::sync::{Arc, Mutex};
use vitrine_core::bucket::{Bucket, ErrorClass, Upload, UploadData};
use vitrine_core::model::ObjectKey;

const WRONG_SECRET: (&str, &str) =
    ("R2_SECRET_ACCESS_KEY", "0000000000000000000000000000000000000000000000000000000000000000");

async fn status_of(url: &str) -> u16 {
    reqwest::get(url).await.unwrap().status().as_u16()
}

#[tokio::test]
async fn anybody_reads_exactly_the_bytes_that_were_uploaded() {
    let (bucket, key, bytes) = (bucket(), fresh_key(), some_bytes(300_000));
    let uploaded = bucket.upload_image(upload(&key, &bytes)).await.unwrap();
    assert_eq!(uploaded.size_bytes, 300_000);
    assert_eq!(uploaded.key, key);

    let answer = reqwest::get(&uploaded.url).await.unwrap();
    assert_eq!(answer.status().as_u16(), 200);
    assert_eq!(answer.headers()["content-type"], "image/png");
    assert_eq!(answer.headers()["cache-control"], "public, max-age=31536000, immutable");
    assert_eq!(answer.bytes().await.unwrap(), bytes);
}

#[tokio::test]
async fn a_file_is_streamed_with_progress_that_never_exceeds_its_size() {
    let (bucket, key, bytes) = (bucket(), fresh_key(), some_bytes(1_000_003));
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &bytes).unwrap();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let progress = {
        let seen = Arc::clone(&seen);
        Arc::new(move |sent: u64| seen.lock().unwrap().push(sent))
    };
    let from_file = Upload {
        data: UploadData::Path(file.path()),
        cache_control: Some("no-store"),
        progress: Some(progress),
        ..upload(&key, &bytes)
    };
    let uploaded = bucket.upload_image(from_file).await.unwrap();

    let answer = reqwest::get(&uploaded.url).await.unwrap();
    assert_eq!(answer.headers()["cache-control"], "no-store");
    assert_eq!(answer.bytes().await.unwrap(), bytes);
    let seen = seen.lock().unwrap();
    assert!(seen.len() > 3, "{seen:?}");
    assert!(seen.is_sorted() && seen[0] == 0 && seen[seen.len() - 1] == 1_000_003, "{seen:?}");
}

#[tokio::test]
async fn bytes_that_do_not_match_their_md5_are_refused_and_nothing_is_stored() {
    let (bucket, key, bytes) = (bucket(), fresh_key(), some_bytes(5_000));
    let wrong = Upload { md5: [7; 16], ..upload(&key, &bytes) };
    let problem = bucket.upload_image(wrong).await.unwrap_err();
    assert_eq!(problem.class, ErrorClass::Rejected, "{problem:?}");
    assert!(!bucket.image_exists(&key).await.unwrap());
}

#[tokio::test]
async fn bytes_that_do_not_match_their_sha256_are_refused_and_nothing_is_stored() {
    let (bucket, key, bytes) = (bucket(), fresh_key(), some_bytes(5_000));
    let wrong = Upload { sha256: [7; 32], ..upload(&key, &bytes) };
    let problem = bucket.upload_image(wrong).await.unwrap_err();
    assert_eq!(problem.class, ErrorClass::Rejected, "{problem:?}");
    assert!(!bucket.image_exists(&key).await.unwrap());
}

#[tokio::test]
async fn a_file_that_changed_since_import_is_not_uploaded() {
    let (bucket, key, bytes) = (bucket(), fresh_key(), some_bytes(5_000));
    let file = tempfile::NamedTempFile::new().unwrap();
    for changed in [some_bytes(4_999), some_bytes(5_000)] {
        std::fs::write(file.path(), &changed).unwrap();
        let from_file = Upload { data: UploadData::Path(file.path()), ..upload(&key, &bytes) };
        let problem = bucket.upload_image(from_file).await.unwrap_err();
        assert_eq!(problem.class, ErrorClass::Rejected, "{problem:?}");
    }
    assert!(!bucket.image_exists(&key).await.unwrap());
}

#[tokio::test]
async fn repeating_an_upload_is_harmless() {
    let (bucket, key, bytes) = (bucket(), fresh_key(), some_bytes(70_000));
    let first = bucket.upload_image(upload(&key, &bytes)).await.unwrap();
    let again = bucket.upload_image(upload(&key, &bytes)).await.unwrap();
    assert_eq!(first, again);
}

#[tokio::test]
async fn another_object_at_the_key_is_never_overwritten() {
    let (bucket, key) = (bucket(), fresh_key());
    let (theirs, ours) = (some_bytes(2_000), some_bytes(2_000));
    let url = bucket.upload_image(upload(&key, &theirs)).await.unwrap().url;
    let problem = bucket.upload_image(upload(&key, &ours)).await.unwrap_err();
    assert_eq!(problem.class, ErrorClass::Rejected, "{problem:?}");
    assert_eq!(reqwest::get(url).await.unwrap().bytes().await.unwrap(), theirs);
}

#[tokio::test]
async fn a_missing_object_does_not_exist_and_wrong_keys_are_an_error() {
    let key = fresh_key();
    assert!(!bucket().image_exists(&key).await.unwrap());
    let stranger = Bucket::new(&config(&[WRONG_SECRET]).unwrap(), Arc::default());
    let problem = stranger.image_exists(&key).await.unwrap_err();
    assert_eq!(problem.class, ErrorClass::Credentials);
}

#[tokio::test]
async fn a_closed_port_counts_as_offline() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    let unreachable = Bucket::new(&config(&[("R2_ENDPOINT", &endpoint)]).unwrap(), Arc::default());
    let problem = unreachable.image_exists(&fresh_key()).await.unwrap_err();
    assert_eq!(problem.class, ErrorClass::Offline, "{problem:?}");
}

#[tokio::test]
async fn no_error_shows_the_keys() {
    let (key, bytes) = (fresh_key(), some_bytes(10));
    let config = config(&[WRONG_SECRET]).unwrap();
    let problem = Bucket::new(&config, Arc::default()).upload_image(upload(&key, &bytes)).await.unwrap_err();
    assert_eq!(problem.class, ErrorClass::Credentials);
    let id = &vitrine_tests::s3::shared().keys.access_key_id;
    let shown = format!("{problem} {problem:?} {config:?}");
    assert!(
        !shown.contains(id) && !shown.contains(WRONG_SECRET.1) && !shown.contains("Signature="),
        "{shown}"
    );
}

#[tokio::test]
async fn an_object_has_the_size_etag_and_headers_of_its_upload() {
    let (bucket, key, bytes) = (bucket(), fresh_key(), some_bytes(1_234));
    assert_eq!(bucket.head(&key).await.unwrap(), None);
    let uploaded = bucket.upload_image(upload(&key, &bytes)).await.unwrap();
    let head = bucket.head(&key).await.unwrap().unwrap();
    assert_eq!((head.size_bytes, &head.etag), (1_234, &uploaded.etag));
    assert_eq!(head.content_type.as_deref(), Some("image/png"));
    assert_eq!(head.cache_control.as_deref(), Some("public, max-age=31536000, immutable"));
}

#[tokio::test]
async fn deleting_an_object_twice_succeeds() {
    let (bucket, key, bytes) = (bucket(), fresh_key(), some_bytes(100));
    let url = bucket.upload_image(upload(&key, &bytes)).await.unwrap().url;
    bucket.delete_image(&key).await.unwrap();
    bucket.delete_image(&key).await.unwrap();
    assert!(!bucket.image_exists(&key).await.unwrap());
    assert_eq!(status_of(&url).await, 404);
}

#[tokio::test]
async fn more_keys_than_fit_one_request_are_all_deleted() {
    let bucket = bucket();
    let real: Vec<ObjectKey> = (0..3).map(|_| fresh_key()).collect();
    for key in &real {
        bucket.upload_image(upload(key, &some_bytes(10))).await.unwrap();
    }
    let mut keys: Vec<ObjectKey> = (0..1_002).map(|_| fresh_key()).collect();
    keys.splice(0..0, [real[0].clone()]);
    keys.insert(1_000, real[1].clone());
    keys.push(real[2].clone());

    let outcomes = bucket.delete_images(&keys).await;
    assert_eq!(
        outcomes.iter().map(|outcome| &outcome.key).collect::<Vec<_>>(),
        keys.iter().collect::<Vec<_>>()
    );
    for outcome in &outcomes {
        assert!(outcome.result.is_ok(), "{outcome:?}");
    }
    for key in &real {
        assert!(!bucket.image_exists(key).await.unwrap());
    }
}

#[tokio::test]
async fn a_refused_bulk_deletion_is_an_error_for_every_key() {
    let reader = &vitrine_tests::s3::shared().readonly_keys;
    let changes = [
        ("R2_ACCESS_KEY_ID", reader.access_key_id.as_str()),
        ("R2_SECRET_ACCESS_KEY", reader.secret_access_key.as_str()),
    ];
    let (all, key) = (bucket(), fresh_key());
    all.upload_image(upload(&key, &some_bytes(10))).await.unwrap();
    let outcomes = Bucket::new(&config(&changes).unwrap(), Arc::default())
        .delete_images(std::slice::from_ref(&key))
        .await;
    assert_eq!(outcomes[0].result.as_ref().unwrap_err().class, ErrorClass::Credentials);
    assert!(all.image_exists(&key).await.unwrap());
}

#[tokio::test]
async fn a_listing_goes_through_all_pages() {
    let bucket = bucket();
    let prefix = format!("generated/lister-{}", vitrine_tests::s3::random_hex(4));
    let mut expected = Vec::new();
    for number in 0..3 {
        let key = ObjectKey::parse(&format!("{prefix}/{number}.png")).unwrap();
        let uploaded = bucket.upload_image(upload(&key, &some_bytes(10 + number))).await.unwrap();
        expected.push((key.to_string(), 10 + number as u64, uploaded.etag));
    }
    let (mut found, mut cursor) = (Vec::new(), None);
    loop {
        let page = bucket.list(&format!("{prefix}/"), cursor.as_deref()).await.unwrap();
        found.extend(page.objects.into_iter().map(|object| (object.key, object.size_bytes, object.etag)));
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(found, expected);
}

#[tokio::test]
async fn one_client_runs_uploads_in_parallel() {
    let bucket = bucket();
    let running: Vec<_> = (0..4)
        .map(|_| {
            let (bucket, key, bytes) = (bucket.clone(), fresh_key(), some_bytes(200_000));
            tokio::spawn(
                async move { bucket.upload_image(upload(&key, &bytes)).await.map(|done| (done, bytes)) },
            )
        })
        .collect();
    for upload in running {
        let (uploaded, bytes) = upload.await.unwrap().unwrap();
        assert_eq!(reqwest::get(uploaded.url).await.unwrap().bytes().await.unwrap(), bytes);
    }
}

#[tokio::test]
async fn an_upload_dropped_midway_can_be_repeated() {
    let (bucket, key, bytes) = (bucket(), fresh_key(), some_bytes(3_000_000));
    let (half_sent, wait) = tokio::sync::oneshot::channel();
    let half_sent = Mutex::new(Some(half_sent));
    let progress = Arc::new(move |sent: u64| {
        if sent > 0
            && let Some(half_sent) = half_sent.lock().unwrap().take()
        {
            half_sent.send(()).unwrap();
        }
    });
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &bytes).unwrap();
    let from_file = UploadData::Path(file.path());
    let cancelled = Upload { data: from_file, progress: Some(progress), ..upload(&key, &bytes) };
    tokio::select! {
        biased;
        _ = wait => {}
        _ = bucket.upload_image(cancelled) => {}
    }
    let uploaded = bucket.upload_image(upload(&key, &bytes)).await.unwrap();
    assert_eq!(reqwest::get(uploaded.url).await.unwrap().bytes().await.unwrap(), bytes);
}
