//! Without a bucket, everything except uploading works. With a bucket, waiting
//! images are uploaded. Wrong credentials hold everything and lose nothing.

use tokio_util::sync::CancellationToken;
use vitrine_core::library::{BucketForm, CredentialsKept, Variant};
use vitrine_core::model::{
    ErrorCode, PageRequest, Removal, TransferActivity, TransferProblemCode, UploadState, Visibility,
};
use vitrine_tests::fixture::{LibraryFixture, feed, form, generated, get, import_bytes, push, until};
use vitrine_tests::pictures::a_png;
use vitrine_tests::s3::{self, Keys};

#[tokio::test(flavor = "multi_thread")]
async fn the_library_works_without_a_bucket_and_uploads_once_connected() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let bytes = a_png(64, 64).noise().bytes();
    let id = import_bytes(&library, bytes.clone(), generated()).await;
    let gone = import_bytes(&library, a_png(16, 16).bytes(), generated()).await;

    let local = library.detail(&id).await.unwrap();
    assert_eq!((local.upload, local.record.url), (UploadState::Local, None));
    library.set_visibility(vec![id.clone()], Visibility::Public).await.unwrap();
    assert_eq!(feed(&library).await, std::slice::from_ref(&id));
    assert_eq!(library.pixels(&id, Variant::Original).await.unwrap().bytes, bytes);
    library.remove(vec![gone], Removal::Permanent).await.unwrap();
    let status = library.bucket_status().await.unwrap();
    assert!(!status.configured);
    assert_eq!(status.missing.len(), 5, "{status:?}");
    let refused = library.push(None, CancellationToken::new()).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::NotConfigured);
    for name in
        ["R2_ACCOUNT_ID", "R2_ACCESS_KEY_ID", "R2_SECRET_ACCESS_KEY", "R2_BUCKET_NAME", "R2_PUBLIC_URL"]
    {
        assert!(refused.to_string().contains(name), "{refused}");
    }

    let cancel = CancellationToken::new();
    let running = tokio::spawn({
        let (library, cancel) = (library.clone(), cancel.clone());
        async move { library.run_transfers(cancel).await }
    });
    until("the transfers wait for a bucket", async || {
        library.transfer_summary().await.unwrap().activity == TransferActivity::NotConfigured
    })
    .await;

    let settings = library.connect_bucket(form(&s3::shared().keys)).await.unwrap();

    assert_eq!(settings.credentials_kept, CredentialsKept::Keyring);
    until("the waiting image is stored", async || library.detail(&id).await.unwrap().stored).await;
    let detail = library.detail(&id).await.unwrap();
    let url = format!("{}/{}", s3::shared().public_base(), detail.r2_key);
    assert_eq!(detail.url.as_deref(), Some(url.as_str()));
    assert_eq!(get(&url).await, (200, bytes));
    assert_eq!(fixture.keys_in_bucket().await, [detail.r2_key.to_string()]);
    cancel.cancel();
    running.await.unwrap();

    // The next run finds the settings in the catalog and the credentials in the
    // keyring.
    drop(library);
    let library = fixture.open().await;
    import_bytes(&library, a_png(16, 16).seed(7).bytes(), generated()).await;
    assert_eq!(push(&library).await.stored, 1);
    library.disconnect_bucket().await.unwrap();
    let settings = library.bucket_settings().await.unwrap();
    assert!(!settings.has_credentials && settings.bucket.is_empty());
    assert_eq!(get(&url).await.0, 200, "objects stay where they are");
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_credentials_hold_all_transfers_until_they_are_corrected() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let mut ids = Vec::new();
    for seed in 0..5 {
        ids.push(import_bytes(&library, a_png(16, 16).seed(seed).bytes(), generated()).await);
    }
    let right = &s3::shared().keys;
    let wrong = Keys { secret_access_key: "0".repeat(64), ..right.clone() };
    library.connect_bucket(form(&wrong)).await.unwrap();
    let cancel = CancellationToken::new();
    let running = tokio::spawn({
        let (library, cancel) = (library.clone(), cancel.clone());
        async move { library.run_transfers(cancel).await }
    });
    // New keys get time to become known to the bucket, so the artist is not asked
    // yet.
    until("the keys are refused", async || {
        library.transfer_summary().await.unwrap().activity == TransferActivity::WaitingForKeys
    })
    .await;
    let summary = library.transfer_summary().await.unwrap();
    let problem = summary.problem.unwrap();
    assert_eq!(problem.code, TransferProblemCode::Credentials);
    assert!(problem.message.starts_with("The bucket does not accept these keys"), "{problem:?}");
    until("none runs", async || library.transfer_summary().await.unwrap().active == 0).await;
    let summary = library.transfer_summary().await.unwrap();
    assert_eq!((summary.waiting, summary.parked), (5, 0));
    assert!(fixture.keys_in_bucket().await.is_empty());

    library.connect_bucket(form(right)).await.unwrap();

    until("all are stored", async || library.transfers(10).await.unwrap().is_empty()).await;
    for id in &ids {
        assert!(library.detail(id).await.unwrap().stored);
    }
    assert_eq!(fixture.keys_in_bucket().await.len(), 5);
    cancel.cancel();
    running.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn read_only_keys_hold_all_transfers() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    import_bytes(&library, a_png(16, 16).bytes(), generated()).await;
    library.connect_bucket(form(&s3::shared().readonly_keys)).await.unwrap();
    let report = push(&library).await;
    assert_eq!((report.stored, report.parked, report.waiting), (0, 0, 1));
    let problem = library.transfer_summary().await.unwrap().problem.unwrap();
    assert_eq!(problem.code, TransferProblemCode::Credentials, "{problem:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_does_not_answer_counts_as_offline_and_loses_nothing() {
    let fixture = LibraryFixture::with_bucket();
    // Nothing listens on the port of a closed listener.
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    fixture.set("R2_ENDPOINT", &format!("http://{closed}"));
    let library = fixture.open().await;
    import_bytes(&library, a_png(16, 16).bytes(), generated()).await;
    let report = push(&library).await;
    assert_eq!((report.stored, report.parked, report.waiting), (0, 0, 1));
    let summary = library.transfer_summary().await.unwrap();
    assert_eq!(summary.problem.unwrap().code, TransferProblemCode::Offline);
    drop(library);
    fixture.set("R2_ENDPOINT", &s3::shared().endpoint());
    assert_eq!(push(&fixture.open().await).await.stored, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_assumed_about_the_content_of_another_bucket() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let id = import_bytes(&library, a_png(16, 16).bytes(), generated()).await;
    library.connect_bucket(form(&s3::shared().keys)).await.unwrap();
    assert_eq!(push(&library).await.stored, 1);
    // Saving the same settings again keeps the same bucket.
    library.connect_bucket(form(&s3::shared().keys)).await.unwrap();
    assert!(library.detail(&id).await.unwrap().stored);

    let other = s3::shared().env_of_a_bucket_of_its_own();
    let value = |name: &str| other.iter().find(|(known, _)| *known == name).unwrap().1.clone();
    let keys =
        Keys { access_key_id: value("R2_ACCESS_KEY_ID"), secret_access_key: value("R2_SECRET_ACCESS_KEY") };
    let elsewhere =
        BucketForm { bucket: value("R2_BUCKET_NAME"), public_url: value("R2_PUBLIC_URL"), ..form(&keys) };
    library.connect_bucket(elsewhere).await.unwrap();
    assert!(!library.detail(&id).await.unwrap().stored);
    assert_eq!(push(&library).await.stored, 1);
    assert!(library.detail(&id).await.unwrap().stored);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_public_url_in_the_environment_is_used_at_once() {
    let fixture = LibraryFixture::with_bucket();
    let library = fixture.open().await;
    let id = import_bytes(&library, a_png(64, 64).bytes(), generated()).await;
    push(&library).await;
    let before = library.detail(&id).await.unwrap();
    drop(library);
    // There are no keys, which is common when `url` and `show` are used.
    fixture.set("R2_PUBLIC_URL", "https://art.example.com/pictures/");
    fixture.set("R2_SECRET_ACCESS_KEY", "");
    let library = fixture.open().await;
    let url = format!("https://art.example.com/pictures/{}", before.r2_key);
    assert_ne!(before.url.as_deref(), Some(url.as_str()));
    assert_eq!(library.detail(&id).await.unwrap().url, Some(url.clone()));
    assert_eq!(library.get_by_id(&id).await.unwrap().url(), Some(url.as_str()));
    assert_eq!(library.links(vec![id.clone()]).await.unwrap(), [(id.clone(), url.clone())]);
    let page = library.get_my_images(&PageRequest::first(10)).await.unwrap();
    assert_eq!(page.page[0].url.as_deref(), Some(url.as_str()));
    drop(library);
    // An unusable address changes nothing, and the images can still be viewed.
    fixture.set("R2_PUBLIC_URL", "ftp://nowhere");
    let library = fixture.open().await;
    assert_eq!(library.detail(&id).await.unwrap().url, Some(url));
}
