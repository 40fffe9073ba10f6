//! Secrets stay secret: after everything, neither half of the credentials nor the purge
//! token is in a file under the library, in anything the library returns, or in its log.

use std::fmt::Debug;
use std::io::Write;
use std::sync::{Arc, Mutex, Once};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use vitrine_core::library::{BucketForm, CredentialsKept};
use vitrine_core::model::Removal;
use vitrine_core::secrets::{KeyringState, Secret, SecretError, SecretStore};
use vitrine_tests::cloudflare::{Cloudflare, TOKEN, WRONG_TOKEN, ZONE, answer};
use vitrine_tests::fixture::{LibraryFixture, form, generated, import_picture, push};
use vitrine_tests::folders::files_under;
use vitrine_tests::pictures::a_png;
use vitrine_tests::s3::{self, Keys};

/// Everything that the core logged in this test binary, at the most detailed
/// level.
static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct IntoLog;

impl Write for IntoLog {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        LOG.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let lines = tracing_subscriber::fmt::layer().with_writer(|| IntoLog);
        let ours = Targets::new().with_target("vitrine_core", LevelFilter::TRACE);
        tracing_subscriber::registry().with(lines).with(ours).init();
    });
}

/// A session without a keyring.
struct NoKeyring;

impl SecretStore for NoKeyring {
    fn get(&self, _: &str) -> Result<Option<Secret>, SecretError> {
        Err(SecretError::Unavailable)
    }
    fn set(&self, _: &str, _: &Secret) -> Result<(), SecretError> {
        Err(SecretError::Unavailable)
    }
    fn delete(&self, _: &str) -> Result<(), SecretError> {
        Err(SecretError::Unavailable)
    }
    fn state(&self) -> KeyringState {
        KeyringState::Absent
    }
}

/// A scan for either half of some credentials.
struct CredentialScan<'a> {
    keys: [&'a Keys; 2],
}

impl CredentialScan<'_> {
    fn text(&self, what: &str, text: &[u8]) {
        for keys in self.keys {
            for half in [&keys.access_key_id, &keys.secret_access_key] {
                let found = text.windows(half.len()).any(|window| window == half.as_bytes());
                assert!(!found, "{what} holds a credential");
            }
        }
        let found = text.windows(TOKEN.len()).any(|window| window == TOKEN.as_bytes());
        assert!(!found, "{what} holds the purge token");
    }

    fn value(&self, what: &str, value: &impl Debug) {
        self.text(what, format!("{value:?} {value:#?}").as_bytes());
    }

    fn files(&self, fixture: &LibraryFixture) {
        let files = files_under(&fixture.folder());
        assert!(files.iter().any(|file| file.ends_with("catalog.db-wal")), "{files:?}");
        for file in files {
            self.text(&file.display().to_string(), &std::fs::read(&file).unwrap());
        }
    }
}

/// Uses a library in every way that involves credentials, including wrong ones.
async fn everything(fixture: &LibraryFixture, scan: &CredentialScan<'_>, kept: CredentialsKept) {
    let library = fixture.open().await;
    let api = Cloudflare::start().await;
    api.answers(answer("403 Forbidden", "", WRONG_TOKEN));
    library.purge_over(api.address());
    let form = |keys: &Keys| BucketForm {
        zone_id: ZONE.to_owned(),
        purge_token: Some(TOKEN.to_owned()),
        ..form(keys)
    };
    let id = import_picture(&library, &a_png(16, 16), generated()).await;
    if kept != CredentialsKept::Environment {
        let settings = library.connect_bucket(form(scan.keys[1])).await.unwrap();
        scan.value("settings", &settings);
        scan.value("a refused push", &push(&library).await);
        scan.value("the summary of a refused push", &library.transfer_summary().await.unwrap());
        scan.value("refused transfers", &library.transfers(10).await.unwrap());
        let steps = library.check_bucket(|_| ()).await.unwrap();
        scan.value("a failed check", &steps);
        library.connect_bucket(form(scan.keys[0])).await.unwrap();
    }
    let settings = library.bucket_settings().await.unwrap();
    assert_eq!((settings.credentials_kept, settings.purge_token_kept), (kept, kept));
    scan.value("settings", &settings);
    scan.text("settings as JSON", &serde_json::to_vec(&settings).unwrap());
    scan.value("status", &library.bucket_status().await.unwrap());
    let steps = library.check_bucket(|_| ()).await.unwrap();
    scan.text("the check as JSON", &serde_json::to_vec(&steps).unwrap());
    assert_eq!(push(&library).await.stored, 1);
    scan.text("a summary", &serde_json::to_vec(&library.transfer_summary().await.unwrap()).unwrap());

    library.remove(vec![id], Removal::Permanent).await.unwrap();
    push(&library).await;
    let copies = library.cached_copies().await.unwrap();
    assert!(copies.last_purge.as_ref().is_some_and(|purge| purge.problem.is_some()), "{copies:?}");
    scan.value("a refused purge", &copies);

    // Mistakes in which a credential is in the wrong place.
    let keys = scan.keys[0];
    let mut mistaken = form(keys);
    mistaken.endpoint = format!("https://{}:{}@127.0.0.1", keys.access_key_id, keys.secret_access_key);
    let mut misplaced = form(keys);
    (misplaced.bucket, misplaced.public_url) =
        (format!("{}/x y", keys.secret_access_key), "not an address".into());
    let no_zone = BucketForm { zone_id: TOKEN.to_owned(), ..form(keys) };
    for form in [mistaken, misplaced, no_zone] {
        // The form is refused even if the environment overrides it and it has
        // no effect.
        let error = library.connect_bucket(form).await.unwrap_err();
        scan.value("an error", &error);
        scan.value("a failure", &error.to_failure());
    }
    scan.value("a push", &library.push(None, CancellationToken::new()).await);
    scan.files(fixture);
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_are_in_no_file_no_answer_and_no_log() {
    listen();
    let right = &s3::shared().keys;
    let wrong = Keys { secret_access_key: "5ec2e7".repeat(11), ..s3::shared().readonly_keys.clone() };
    let scan = CredentialScan { keys: [right, &wrong] };

    everything(&LibraryFixture::new(), &scan, CredentialsKept::Keyring).await;
    everything(&LibraryFixture::new().with_secrets(Arc::new(NoKeyring)), &scan, CredentialsKept::ThisRun)
        .await;
    let fixture = LibraryFixture::with_bucket();
    fixture.set("R2_ZONE_ID", ZONE);
    fixture.set("R2_PURGE_TOKEN", TOKEN);
    everything(&fixture, &scan, CredentialsKept::Environment).await;

    let log = LOG.lock().unwrap();
    assert!(!log.is_empty(), "refused credentials are logged as failed transfers");
    scan.text("the log", &log);
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_last_for_one_run_without_a_keyring() {
    let fixture = LibraryFixture::new().with_secrets(Arc::new(NoKeyring));
    let library = fixture.open().await;
    library.connect_bucket(form(&s3::shared().keys)).await.unwrap();
    drop(library);
    let library = fixture.open().await;
    let settings = library.bucket_settings().await.unwrap();
    assert_eq!((settings.has_credentials, settings.keyring), (false, KeyringState::Absent));
    assert_eq!(settings.bucket, s3::BUCKET, "the rest of the form is remembered");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn no_file_of_an_open_library_and_no_lent_file_can_be_read_by_others() {
    use std::os::unix::fs::PermissionsExt as _;
    let fixture = LibraryFixture::with_bucket();
    let library = fixture.open().await;
    let id = import_picture(&library, &a_png(700, 700), generated()).await;
    let lent = library.lend(vec![id]).await.unwrap();
    assert_eq!(std::fs::read(&lent[0]).unwrap(), a_png(700, 700).bytes());
    assert!(library.back_up_if_due(vitrine_core::model::UnixMs::now()).await.unwrap());
    push(&library).await;
    let files = files_under(&fixture.folder());
    for part in
        ["catalog.db", "catalog.db-wal", "originals", "thumbnails", "backups", "lent", "transfers.lock"]
    {
        assert!(files.iter().any(|file| file.starts_with(fixture.folder().join(part))), "{part}: {files:?}");
    }
    for file in files {
        for path in file.ancestors().take_while(|path| path.starts_with(fixture.folder())) {
            let mode = path.metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0, "others may use {} ({mode:o})", path.display());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_link_of_an_unlisted_image_is_logged() {
    listen();
    let fixture = LibraryFixture::with_bucket();
    let library = fixture.open().await;
    let id = import_picture(&library, &a_png(20, 20), generated()).await;
    push(&library).await;
    let detail = library.detail(&id).await.unwrap();
    library.remove(vec![id], vitrine_core::model::Removal::Permanent).await.unwrap();
    push(&library).await;
    let log = String::from_utf8_lossy(&LOG.lock().unwrap()).into_owned();
    assert!(!log.contains(detail.r2_key.as_str()), "the key of an image is its link");
}
