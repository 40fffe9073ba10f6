//! What the tests of the window share: a library in a temporary folder, files to
//! drop, and functions to read tiles and public URLs.

use serde_json::Value;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use vitrine_core::Library;
use vitrine_tests::fixture::open_without_bucket;
use vitrine_tests::pictures::a_png;
use vitrine_tests::process::Cli;
use vitrine_tests::s3::S3Server;
use vitrine_tests::window::AppWindow;

/// A library in a temporary folder, and files to drop.
pub(crate) struct DesktopFixture {
    root: TempDir,
}

impl DesktopFixture {
    pub(crate) fn new() -> Self {
        let root = TempDir::with_prefix("vitrine-e2e-").unwrap();
        std::fs::create_dir(root.path().join("dropped")).unwrap();
        Self { root }
    }

    pub(crate) fn library(&self) -> PathBuf {
        self.root.path().join("library")
    }

    pub(crate) fn dropped(&self) -> PathBuf {
        self.root.path().join("dropped")
    }

    /// Makes a picture whose name and colours depend on a number.
    pub(crate) fn picture(&self, number: u64) -> PathBuf {
        let (width, height) =
            [(960, 640), (640, 960), (800, 800), (1200, 640)][usize::try_from(number % 4).unwrap()];
        let name = format!("picture {number} \u{1f5bc}.png");
        a_png(width, height).seed(number).generated_like().write_to(&self.dropped(), &name)
    }

    pub(crate) fn text_file(&self) -> PathBuf {
        let path = self.dropped().join("notes.txt");
        std::fs::write(&path, "not a picture").unwrap();
        path
    }

    /// Imports pictures with the command line.
    pub(crate) async fn import(&self, paths: &[PathBuf]) {
        let paths = paths.iter().map(|path| path.to_str().unwrap());
        let ran = Cli::on(&self.library()).run(["import", "--json"].into_iter().chain(paths)).await;
        assert!(ran.exits_with(0).stdout.contains("imported"));
    }

    /// Opens the library in this process.
    pub(crate) async fn open(&self) -> Library {
        open_without_bucket(&self.library()).await
    }

    /// Returns the environment of a window on this library.
    pub(crate) fn env(&self) -> Vec<(String, String)> {
        vec![("VITRINE_LIBRARY".into(), self.library().to_str().unwrap().into())]
    }

    /// Returns the same environment with a bucket.
    pub(crate) fn env_with(&self, server: &S3Server) -> Vec<(String, String)> {
        let bucket = server.env().into_iter().map(|(name, value)| (name.to_owned(), value));
        self.env().into_iter().chain(bucket).collect()
    }

    /// Returns the rows of a list, as a script on the same library sees them.
    pub(crate) async fn list(&self, what: &str) -> Vec<Value> {
        let page = Cli::on(&self.library()).run(["list", what, "--json"]).await.exits_with(0).json();
        page["page"].as_array().unwrap().clone()
    }
}

/// Requests a public URL as anybody would, without credentials.
pub(crate) async fn get(url: &str) -> reqwest::Response {
    reqwest::Client::builder().no_proxy().build().unwrap().get(url).send().await.unwrap()
}

pub(crate) async fn status(url: &str) -> u16 {
    get(url).await.status().as_u16()
}

/// Returns a CSS selector for the tile of an image.
pub(crate) fn tile(id: &str) -> String {
    format!("[data-testid=tile][data-id='{id}']")
}

pub(crate) const TILE: &str = "[data-testid=tile]";

/// Clicks on the element with this test id.
pub(crate) async fn click(window: &AppWindow<'_>, hook: &str) {
    window.click(&format!("[data-testid={hook}]")).await;
}

/// Returns where files are dropped: the middle of the grid's area.
pub(crate) async fn middle_of_the_grid(window: &AppWindow<'_>) -> (i32, i32) {
    window.middle_of("main").await
}

/// Returns the files under a folder that contain any of the needles.
pub(crate) fn files_containing(folder: &Path, needles: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = std::fs::read(&path).unwrap_or_default();
            let has = |needle: &&str| bytes.windows(needle.len()).any(|part| part == needle.as_bytes());
            if needles.iter().any(has) {
                found.push(path);
            }
        }
    }
    found
}
