//! Addresses of deleted images are purged from caches, over a server that stands in for
//! Cloudflare, and nothing but Cloudflare learns the token.

use rusqlite::Connection;
use std::fmt::Write as _;
use std::time::Duration;
use vitrine_core::Library;
use vitrine_core::bucket::{PurgeError, Purger, ZoneId};
use vitrine_core::library::BucketForm;
use vitrine_core::model::{CheckOutcome, CheckStepName, ErrorCode, ImageId, Removal, UnixMs};
use vitrine_core::secrets::Secret;
use vitrine_tests::cloudflare::{ACCEPTED, Cloudflare, TOKEN, WRONG_TOKEN, ZONE, answer};
use vitrine_tests::fixture::{LibraryFixture, form, generated, import_picture, push, until};
use vitrine_tests::folders::files_under;
use vitrine_tests::pictures::a_png;
use vitrine_tests::s3;

const YEAR_MS: i64 = 365 * 86_400_000;
const BUSY: &str = "429 Too Many Requests";

fn form_with_zone() -> BucketForm {
    BucketForm { zone_id: ZONE.to_owned(), purge_token: Some(TOKEN.to_owned()), ..form(&s3::shared().keys) }
}

/// Returns a library that purges over `api`.
async fn purging(fixture: &LibraryFixture, api: &Cloudflare) -> Library {
    let library = fixture.open().await;
    library.purge_over(api.address());
    library.connect_bucket(form_with_zone()).await.unwrap();
    library
}

/// Uploads images and deletes them permanently, without pushing the deletions.
async fn delete_some(library: &Library, seeds: std::ops::Range<u64>) -> Vec<String> {
    let mut ids = Vec::new();
    for seed in seeds {
        ids.push(import_picture(library, &a_png(16, 16).seed(seed), generated()).await);
    }
    push(library).await;
    let mut urls = urls_of(library, &ids).await;
    library.remove(ids, Removal::Permanent).await.unwrap();
    urls.sort();
    urls
}

async fn urls_of(library: &Library, ids: &[ImageId]) -> Vec<String> {
    let mut urls = Vec::new();
    for id in ids {
        urls.push(library.detail(id).await.unwrap().url.clone().unwrap());
    }
    urls
}

/// Queues addresses that were deleted long ago.
fn queue_many(fixture: &LibraryFixture, count: u32) {
    let connection = Connection::open(fixture.folder().join("catalog.db")).unwrap();
    let sql = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
               INSERT INTO purges (url, queued_at, cached_until) SELECT ?2 || '/' || i || '.png', i, ?3 FROM n";
    let until = UnixMs::now().plus_ms(YEAR_MS).0;
    connection.execute(sql, (count, s3::shared().public_base(), until)).unwrap();
}

async fn waiting(library: &Library) -> u32 {
    library.cached_copies().await.unwrap().addresses
}

async fn problem(library: &Library) -> String {
    library.cached_copies().await.unwrap().last_purge.unwrap().problem.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_purges_what_it_deleted() {
    let (fixture, api) = (LibraryFixture::new(), Cloudflare::start().await);
    let library = purging(&fixture, &api).await;
    let urls = delete_some(&library, 0..3).await;
    assert!(api.calls().is_empty(), "nothing is purged before it is deleted");
    assert_eq!(push(&library).await.deleted, 3);
    let calls = api.calls();
    assert_eq!(calls.len(), 1);
    let mut purged = calls[0].urls.clone();
    purged.sort();
    assert_eq!(purged, urls);
    let line = format!("POST /client/v4/zones/{ZONE}/purge_cache HTTP/1.1");
    assert!(calls[0].head.starts_with(&line), "{}", calls[0].head);
    assert!(calls[0].head.contains(&format!("Bearer {TOKEN}")), "{}", calls[0].head);
    let copies = library.cached_copies().await.unwrap();
    let last = copies.last_purge.unwrap();
    assert_eq!((copies.addresses, last.addresses, last.problem), (0, 3, None));
    push(&library).await;
    assert_eq!(api.calls().len(), 1, "nothing is purged twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_purges_while_it_transfers() {
    let (fixture, api) = (LibraryFixture::new(), Cloudflare::start().await);
    let library = purging(&fixture, &api).await;
    let urls = delete_some(&library, 0..2).await;
    let cancel = tokio_util::sync::CancellationToken::new();
    let running = tokio::spawn({
        let (library, cancel) = (library.clone(), cancel.clone());
        async move { library.run_transfers(cancel).await }
    });
    until("the deleted images are purged", async || {
        api.calls().iter().map(|call| call.urls.len()).sum::<usize>() == urls.len()
            && waiting(&library).await == 0
    })
    .await;
    cancel.cancel();
    running.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_has_thirty_addresses_and_no_other_call_beside_it() {
    let (fixture, api) = (LibraryFixture::new(), Cloudflare::start().await);
    let library = purging(&fixture, &api).await;
    queue_many(&fixture, 70);
    push(&library).await;
    let sizes: Vec<_> = api.calls().iter().map(|call| call.urls.len()).collect();
    assert_eq!(sizes, [30, 30, 10]);
    assert_eq!(api.most_at_once(), 1);
    assert_eq!(library.cached_copies().await.unwrap().last_purge.unwrap().addresses, 70);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_server_gets_one_call_and_then_its_pause() {
    let (fixture, api) = (LibraryFixture::new(), Cloudflare::start().await);
    let library = purging(&fixture, &api).await;
    queue_many(&fixture, 70);
    api.answers(answer(BUSY, "Retry-After: 30\r\n", "{}"));
    for _ in 0..3 {
        push(&library).await;
        assert_eq!(api.calls().len(), 1);
    }
    assert!(problem(&library).await.contains("30 s"), "{}", problem(&library).await);
    // Also for addresses that are queued during the pause.
    let urls = delete_some(&library, 0..1).await;
    push(&library).await;
    assert_eq!(api.calls().len(), 1);
    assert_eq!(waiting(&library).await, 71);
    // A person may ask for it at once.
    api.answers(answer("200 OK", "", ACCEPTED));
    library.retry_transfers(None).await.unwrap();
    push(&library).await;
    assert!(api.calls().iter().any(|call| call.urls.contains(&urls[0])));
    assert_eq!(waiting(&library).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_token_is_named_and_a_new_one_purges_everything() {
    let (fixture, api) = (LibraryFixture::new(), Cloudflare::start().await);
    let library = purging(&fixture, &api).await;
    api.answers(answer("403 Forbidden", "", WRONG_TOKEN));
    let urls = delete_some(&library, 0..2).await;
    push(&library).await;
    assert_eq!(waiting(&library).await, 2);
    let said = problem(&library).await;
    assert!(said.contains("Cache Purge") && !said.contains(TOKEN), "{said}");
    let steps = library.check_bucket(|_| ()).await.unwrap();
    let step = steps.last().unwrap();
    assert_eq!((step.step, step.outcome), (CheckStepName::Purge, CheckOutcome::Failed));
    assert!(step.advice.as_ref().unwrap().contains("Cache Purge"), "{step:?}");

    api.answers(answer("200 OK", "", ACCEPTED));
    library.connect_bucket(form_with_zone()).await.unwrap();
    push(&library).await;
    assert_eq!(waiting(&library).await, 0);
    let mut purged = api.calls().pop().unwrap().urls;
    purged.sort();
    assert_eq!(purged, urls);
    let steps = library.check_bucket(|_| ()).await.unwrap();
    assert_eq!(steps.last().unwrap().outcome, CheckOutcome::Passed, "{steps:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_zone_the_library_says_what_caches_may_keep() {
    let fixture = LibraryFixture::with_bucket();
    let library = fixture.open().await;
    let id = import_picture(&library, &a_png(16, 16), generated()).await;
    push(&library).await;
    library.remove(vec![id.clone()], Removal::ToTrash).await.unwrap();
    let before = UnixMs::now();
    push(&library).await;
    let copies = library.cached_copies().await.unwrap();
    let until = copies.until.unwrap();
    assert_eq!((copies.purges, copies.addresses, copies.last_purge), (false, 1, None));
    assert!(until >= before.plus_ms(YEAR_MS) && until <= UnixMs::now().plus_ms(YEAR_MS), "{until:?}");
    let steps = library.check_bucket(|_| ()).await.unwrap();
    assert!(steps.iter().all(|step| step.step != CheckStepName::Purge));
    // An image that is back is what the caches have.
    library.restore(vec![id]).await.unwrap();
    push(&library).await;
    assert_eq!(waiting(&library).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_zone_without_a_token_asks_for_one() {
    let fixture = LibraryFixture::with_bucket();
    fixture.set("R2_ZONE_ID", ZONE);
    let (library, api) = (fixture.open().await, Cloudflare::start().await);
    library.purge_over(api.address());
    delete_some(&library, 0..1).await;
    push(&library).await;
    assert!(problem(&library).await.contains("R2_PURGE_TOKEN"));
    fixture.set("R2_ZONE_ID", "not a zone");
    push(&library).await;
    assert!(problem(&library).await.contains("zone id"), "{}", problem(&library).await);
    fixture.set("R2_ZONE_ID", ZONE);
    fixture.set("R2_PURGE_TOKEN", TOKEN);
    push(&library).await;
    assert_eq!((api.calls().len(), waiting(&library).await), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_is_kept_until_its_zone_goes() {
    let (fixture, api) = (LibraryFixture::new(), Cloudflare::start().await);
    let library = purging(&fixture, &api).await;
    drop(library);
    let library = fixture.open().await;
    library.purge_over(api.address());
    delete_some(&library, 0..1).await;
    push(&library).await;
    assert_eq!(api.calls().len(), 1, "the next run finds the token in the keyring");
    let keeping = BucketForm { purge_token: None, ..form_with_zone() };
    let kept = library.connect_bucket(keeping.clone()).await.unwrap().purge_token_kept;
    assert_eq!(kept, vitrine_core::library::CredentialsKept::Keyring);
    library.connect_bucket(BucketForm { zone_id: String::new(), ..keeping.clone() }).await.unwrap();
    let kept = library.connect_bucket(keeping).await.unwrap().purge_token_kept;
    assert_eq!(kept, vitrine_core::library::CredentialsKept::None);
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_zones_and_tokens_are_refused_before_they_are_stored() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    for (zone, token) in
        [("abc", None), ("", Some(TOKEN)), (ZONE, Some("two words")), (ZONE, Some("t\u{f6}ken"))]
    {
        let form = BucketForm {
            zone_id: zone.to_owned(),
            purge_token: token.map(str::to_owned),
            ..form(&s3::shared().keys)
        };
        let error = library.connect_bucket(form).await.unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidInput, "{error}");
        if let Some(token) = token {
            assert!(!format!("{error} {error:?}").contains(token), "{error:?}");
        }
    }
    assert_eq!(library.bucket_settings().await.unwrap().bucket, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_is_in_no_file_and_no_answer() {
    let (fixture, api) = (LibraryFixture::new(), Cloudflare::start().await);
    let library = purging(&fixture, &api).await;
    let mut said = String::new();
    for bytes in
        [answer("403 Forbidden", "", &WRONG_TOKEN.replace("Authentication error", TOKEN)), String::new()]
    {
        api.answers(bytes);
        library.retry_transfers(None).await.unwrap();
        delete_some(&library, 0..1).await;
        write!(said, "{:?}", push(&library).await).unwrap();
        write!(said, "{:?}", library.check_bucket(|_| ()).await.unwrap()).unwrap();
        write!(said, "{:?}", library.cached_copies().await.unwrap()).unwrap();
        said += &serde_json::to_string(&library.bucket_settings().await.unwrap()).unwrap();
    }
    assert!(!api.calls().is_empty());
    assert!(!said.contains(TOKEN), "{said}");
    library.close().await.unwrap();
    for file in files_under(&fixture.folder()) {
        let bytes = std::fs::read(&file).unwrap();
        let found = bytes.windows(TOKEN.len()).any(|window| window == TOKEN.as_bytes());
        assert!(!found, "{}", file.display());
    }
}

/// Returns what one purge says to these bytes.
async fn after(bytes: String) -> PurgeError {
    let api = Cloudflare::start().await;
    api.answers(bytes);
    let purger = Purger::over(api.address(), &ZoneId::parse(ZONE).unwrap(), Secret::new(TOKEN)).unwrap();
    let error = purger.purge(&["https://art.example.com/a.png".to_owned()]).await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains(TOKEN), "{error:?}");
    assert_eq!(api.calls().len(), 1, "nothing is repeated");
    error
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_is_not_followed_with_the_token() {
    let other = Cloudflare::start().await;
    for status in ["301 Moved Permanently", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"] {
        let error = after(answer(status, &format!("Location: {}\r\n", other.address()), "")).await;
        assert!(matches!(error, PurgeError::Refused { .. }), "{error:?}");
    }
    assert!(other.calls().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_that_do_not_come_from_cloudflare_are_refused() {
    let page = "<!doctype html><title>Sign in</title>";
    for bytes in [
        answer("200 OK", "Content-Type: text/html\r\n", page),
        answer("403 Forbidden", "Content-Type: text/html\r\n", page),
        answer("200 OK", "", "{}"),
        answer("200 OK", "", &"[".repeat(60_000)),
        // Without an end, and larger than anything that is read.
        format!(
            "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{{\"success\":true,\"x\":\"{}",
            "x".repeat(1_000_000)
        ),
    ] {
        let error = after(bytes).await;
        assert!(matches!(error, PurgeError::Refused { .. }), "{error:?}");
    }
    for bytes in
        [String::new(), "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{".to_owned(), "nonsense".to_owned()]
    {
        let error = after(bytes).await;
        assert!(matches!(error, PurgeError::Unavailable(_)), "{error:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_that_never_ends_is_cut_short() {
    let error = after(answer(BUSY, "Retry-After: 999999999\r\n", "")).await;
    assert_eq!(error, PurgeError::Throttled(Duration::from_mins(10)));
}
