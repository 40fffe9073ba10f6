//! A library in a temporary folder, with secrets in memory and an environment that is given
//! instead of inherited, and what tests do with a library.
#![expect(clippy::unwrap_used, clippy::missing_panics_doc, reason = "a test fails by panicking")]

use crate::folders::files_under;
use crate::pictures::Picture;
use crate::s3::{self, Keys, S3Server};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use vitrine_core::bucket::{Bucket, BucketConfig, BucketFields, LibraryMark};
use vitrine_core::catalog::Catalog;
use vitrine_core::library::{
    BucketForm, FormCredentials, ImportChoices, ImportSummary, ImportTarget, OpenAs, OpenLibrary,
};
use vitrine_core::model::{
    ErrorCode, GalleryId, ImageId, ImageKind, ObjectKey, OwnerId, PageRequest, Source,
};
use vitrine_core::secrets::{MemorySecrets, SecretStore};
use vitrine_core::transfer::PushReport;
use vitrine_core::{Error, Library};

/// How long a condition may take to become true.
const PATIENCE: Duration = Duration::from_mins(1);

/// A library in a temporary folder that a test opens in its own process, and what it needs.
pub struct LibraryFixture {
    root: TempDir,
    folder: PathBuf,
    owner: OwnerId,
    secrets: Arc<dyn SecretStore>,
    environment: Arc<Mutex<HashMap<String, String>>>,
}

#[expect(clippy::new_without_default, reason = "no two fixtures are equal")]
impl LibraryFixture {
    /// Returns a fixture without a configured bucket. Its profile shares objects with no other test.
    pub fn new() -> Self {
        let root = TempDir::with_prefix("vitrine-library-").unwrap();
        std::fs::create_dir(root.path().join("inbox")).unwrap();
        Self {
            folder: root.path().join("library"),
            root,
            owner: OwnerId::parse(&format!("ana-{}", s3::random_hex(6))).unwrap(),
            secrets: Arc::new(MemorySecrets::default()),
            environment: Arc::default(),
        }
    }

    /// Returns a fixture whose environment configures the shared server's bucket.
    pub fn with_bucket() -> Self {
        let fixture = Self::new();
        for (name, value) in s3::shared().env() {
            fixture.set(name, &value);
        }
        fixture
    }

    /// Returns a fixture whose environment configures a bucket that no other fixture uses.
    pub fn with_own_bucket() -> Self {
        let fixture = Self::new();
        for (name, value) in s3::shared().env_of_a_bucket_of_its_own() {
            fixture.set(name, &value);
        }
        fixture
    }

    /// Returns another library, whose profile has the same id, with the same bucket.
    #[must_use]
    pub fn beside(&self) -> Self {
        let other = Self::new();
        self.environment.lock().unwrap().clone_into(&mut other.environment.lock().unwrap());
        Self { owner: self.owner(), ..other }
    }

    /// Returns the mark of the library in its feed files. The library has been opened before.
    pub async fn mark(&self) -> LibraryMark {
        let catalog = Catalog::open(&self.folder().join("catalog.db")).unwrap();
        LibraryMark::of(&catalog.setting("library_id").await.unwrap().unwrap())
    }

    /// Returns the bucket that the environment configures, or the shared one.
    pub fn bucket(&self) -> Bucket {
        let mut environment = self.environment.lock().unwrap().clone();
        if environment.is_empty() {
            environment.extend(s3::shared().env().into_iter().map(|(name, value)| (name.to_owned(), value)));
        }
        let value = |name: &str| environment.get(name).cloned();
        Bucket::new(&BucketConfig::resolve(&value, &BucketFields::default(), None).unwrap(), Arc::default())
    }

    /// Writes an object to the bucket of the environment so that the server knows no SHA-256 of it.
    pub async fn put_without_checksum(&self, key: &ObjectKey, bytes: Vec<u8>) {
        let bucket = self.environment.lock().unwrap()["R2_BUCKET_NAME"].clone();
        s3::shared().put_without_checksum(&bucket, key.as_str(), bytes).await;
    }

    /// Stores secrets somewhere else.
    #[must_use]
    pub fn with_secrets(mut self, secrets: Arc<dyn SecretStore>) -> Self {
        self.secrets = secrets;
        self
    }

    /// Sets an environment variable.
    pub fn set(&self, name: &str, value: &str) {
        self.environment.lock().unwrap().insert(name.to_owned(), value.to_owned());
    }

    pub fn owner(&self) -> OwnerId {
        self.owner.clone()
    }

    /// Returns the library's folder.
    pub fn folder(&self) -> PathBuf {
        self.folder.clone()
    }

    /// Moves a library that is not open yet to another folder.
    pub fn put_library_in(&mut self, folder: &Path) {
        self.folder = folder.join("library");
    }

    /// Returns the folder of files to import.
    pub fn inbox(&self) -> PathBuf {
        self.root.path().join("inbox")
    }

    pub async fn try_open_as(&self, owner: Option<OwnerId>) -> Result<Library, Error> {
        Library::open(self.how_to_open(owner)).await
    }

    /// Returns how the library is opened.
    pub fn how_to_open(&self, owner: Option<OwnerId>) -> OpenLibrary {
        let environment = Arc::clone(&self.environment);
        OpenLibrary {
            folder: self.folder(),
            profile: owner.map_or(OpenAs::LastUsed, OpenAs::Added),
            environment: Arc::new(move |name| environment.lock().unwrap().get(name).cloned()),
            secrets: Arc::clone(&self.secrets),
        }
    }

    pub async fn open(&self) -> Library {
        self.try_open_as(Some(self.owner())).await.unwrap()
    }

    pub async fn open_as(&self, owner: &str) -> Library {
        self.try_open_as(Some(OwnerId::parse(owner).unwrap())).await.unwrap()
    }

    /// Returns the original of these bytes, as it is on disk now.
    pub fn original_on_disk(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        self.original_path(bytes).map(|path| std::fs::read(path).unwrap())
    }

    /// Returns the path of the original of these bytes.
    pub fn original_path(&self, bytes: &[u8]) -> Option<PathBuf> {
        let name = hex::encode(Sha256::digest(bytes));
        files_under(&self.folder().join("originals"))
            .into_iter()
            .find(|path| path.file_stem().is_some_and(|stem| stem.to_string_lossy() == name))
    }

    /// Returns the thumbnail files on disk.
    pub fn thumbnails(&self) -> Vec<PathBuf> {
        files_under(&self.folder().join("thumbnails"))
    }

    /// Returns the keys in the bucket that belong to the fixture's profile.
    pub async fn keys_in_bucket(&self) -> Vec<String> {
        let bucket = self.bucket();
        let mut keys = Vec::new();
        for kind in ["generated", "reference"] {
            let mut cursor = None;
            loop {
                let prefix = format!("{kind}/{}/", self.owner);
                let page = bucket.list(&prefix, cursor.as_deref()).await.unwrap();
                keys.extend(page.objects.into_iter().map(|object| object.key));
                cursor = page.next_cursor;
                if cursor.is_none() {
                    break;
                }
            }
        }
        keys.sort();
        keys
    }
}

/// Opens the library in `folder` without a bucket, for the profile that was used last.
pub async fn open_without_bucket(folder: &Path) -> Library {
    let how = OpenLibrary {
        folder: folder.to_owned(),
        profile: OpenAs::LastUsed,
        environment: Arc::new(|_| None),
        secrets: Arc::new(MemorySecrets::default()),
    };
    Library::open(how).await.unwrap()
}

/// Returns the shared server's bucket.
pub fn bucket() -> Bucket {
    bucket_of(s3::shared())
}

/// Returns the public bucket of a server.
pub fn bucket_of(server: &S3Server) -> Bucket {
    let env = server.env();
    let value = |name: &str| env.iter().find(|(key, _)| *key == name).map(|(_, value)| value.clone());
    Bucket::new(&BucketConfig::resolve(&value, &BucketFields::default(), None).unwrap(), Arc::default())
}

/// Returns the form that connects the shared server's bucket with these keys.
pub fn form(keys: &Keys) -> BucketForm {
    BucketForm {
        account_id: String::new(),
        endpoint: s3::shared().endpoint(),
        jurisdiction: vitrine_core::bucket::Jurisdiction::default(),
        bucket: s3::BUCKET.to_owned(),
        public_url: s3::shared().public_base(),
        aws_profile: String::new(),
        credentials: Some(FormCredentials {
            access_key_id: keys.access_key_id.clone(),
            secret_access_key: keys.secret_access_key.clone(),
        }),
        zone_id: String::new(),
        purge_token: None,
    }
}

pub fn generated() -> ImportTarget {
    ImportTarget::HISTORY
}

pub fn references(gallery: Option<GalleryId>) -> ImportTarget {
    ImportTarget { gallery, ..ImportTarget::of(ImageKind::Reference) }
}

/// Imports files and folders without any choices.
pub async fn import(library: &Library, paths: Vec<PathBuf>, target: ImportTarget) -> ImportSummary {
    import_with(library, paths, target, ImportChoices::default()).await
}

/// Imports files and folders.
pub async fn import_with(
    library: &Library,
    paths: Vec<PathBuf>,
    target: ImportTarget,
    choices: ImportChoices,
) -> ImportSummary {
    let sources = paths.into_iter().map(Source::Path).collect();
    let cancel = CancellationToken::new();
    library.import(sources, target, choices, cancel, |_| (), |_| ()).await.unwrap()
}

/// Imports a picture from memory and returns its id.
pub async fn import_picture(library: &Library, picture: &Picture, target: ImportTarget) -> ImageId {
    import_bytes(library, picture.bytes(), target).await
}

/// Imports bytes and returns the id of their image.
pub async fn import_bytes(library: &Library, bytes: Vec<u8>, target: ImportTarget) -> ImageId {
    import_named(library, "picture.png", bytes, target).await
}

/// Imports bytes under a file name and returns the id of their image.
pub async fn import_named(
    library: &Library,
    filename: &str,
    bytes: Vec<u8>,
    target: ImportTarget,
) -> ImageId {
    let summary = import_source(library, filename, bytes, target).await;
    assert_eq!(summary.imported, 1, "{summary:?}");
    summary.files[0].id.clone().unwrap()
}

/// Imports the bytes of a generated image that the library has already.
pub async fn import_again(library: &Library, bytes: Vec<u8>) {
    let summary = import_source(library, "again.png", bytes, generated()).await;
    assert_eq!((summary.imported, summary.duplicates), (0, 1), "{summary:?}");
}

async fn import_source(
    library: &Library,
    filename: &str,
    bytes: Vec<u8>,
    target: ImportTarget,
) -> ImportSummary {
    let source = Source::Bytes { filename: filename.to_owned(), bytes };
    let (choices, cancel) = (ImportChoices::default(), CancellationToken::new());
    library.import(vec![source], target, choices, cancel, |_| (), |_| ()).await.unwrap()
}

/// Pushes until no transfer can make progress any more.
pub async fn push(library: &Library) -> PushReport {
    library.push(Some(Duration::from_mins(1)), CancellationToken::new()).await.unwrap()
}

/// Returns the ids of the first page of the feed, with the function that
/// scripts use.
pub async fn feed(library: &Library) -> Vec<ImageId> {
    let page = library.get_public_feed(&PageRequest::first(1000)).await.unwrap();
    page.page.into_iter().map(|image| image.record.id).collect()
}

/// Returns the error code of an action that failed for its only image.
pub fn refusal(report: vitrine_core::model::ActionReport) -> ErrorCode {
    assert!(report.done.is_empty(), "{report:?}");
    report.failed.into_iter().next().unwrap().error.code
}

/// Requests a URL as anybody would, without credentials.
pub async fn get(url: &str) -> (u16, Vec<u8>) {
    let answer = reqwest::get(url).await.unwrap();
    (answer.status().as_u16(), answer.bytes().await.unwrap().to_vec())
}

/// Waits until a condition holds.
pub async fn until<F: Future<Output = bool>>(what: &str, mut holds: impl FnMut() -> F) {
    let deadline = Instant::now() + PATIENCE;
    while !holds().await {
        assert!(Instant::now() < deadline, "timed out waiting for: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
