//! A library in a temporary folder, files to import, and the command line that
//! works on them.

use serde_json::Value;
use std::path::PathBuf;
use tempfile::TempDir;
use vitrine_tests::pictures::Picture;
use vitrine_tests::process::{Cli, NO_KEYRING, Ran};
use vitrine_tests::s3;

/// A library in a temporary folder, files to import, and the command line.
pub(crate) struct CliFixture {
    root: TempDir,
}

impl CliFixture {
    pub(crate) fn new() -> Self {
        let root = TempDir::with_prefix("vitrine-cli-").unwrap();
        std::fs::create_dir(root.path().join("inbox")).unwrap();
        Self { root }
    }

    pub(crate) fn library(&self) -> PathBuf {
        self.root.path().join("library")
    }

    /// Returns the folder of files to import.
    pub(crate) fn inbox(&self) -> PathBuf {
        self.root.path().join("inbox")
    }

    /// Adds a picture to the files to import, and returns its path.
    pub(crate) fn picture(&self, picture: &Picture, name: &str) -> String {
        picture.write_to(&self.root.path().join("inbox"), name).to_str().unwrap().to_owned()
    }

    /// Adds a file with these bytes to the files to import, and returns its
    /// path.
    pub(crate) fn file(&self, bytes: &[u8], name: &str) -> String {
        let path = self.root.path().join("inbox").join(name);
        std::fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// Returns the command line without a bucket, in a session without a
    /// keyring.
    pub(crate) fn unconfigured(&self) -> Cli {
        Cli::on(&self.library()).with_env(NO_KEYRING)
    }

    /// Returns the command line with the shared server's bucket in its
    /// environment.
    pub(crate) fn configured(&self) -> Cli {
        self.unconfigured().with_env(s3::shared().env())
    }
}

/// Runs a command, and checks its exit code and that nothing it prints contains
/// a credential.
pub(crate) async fn run(cli: &Cli, code: i32, arguments: &[&str]) -> Ran {
    let ran = cli.run(arguments).await.exits_with(code);
    let keys = &s3::shared().keys;
    for secret in [&keys.access_key_id, &keys.secret_access_key] {
        assert!(!ran.stdout.contains(secret.as_str()) && !ran.stderr.contains(secret.as_str()), "a leak");
    }
    ran
}

/// Imports files, all of them new, and returns their ids in the given order.
pub(crate) async fn import(cli: &Cli, paths: &[&str], more: &[&str]) -> Vec<String> {
    let ran = run(cli, 0, &[&["import", "--json"], paths, more].concat()).await;
    let lines = ran.json_lines();
    let id_of = |path: &&str| {
        let line = lines.iter().find(|line| line["path"] == **path).unwrap();
        assert_eq!(line["outcome"], "imported");
        text(&line["id"])
    };
    paths.iter().map(id_of).collect()
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// Returns the names of a JSON object's fields, sorted.
pub(crate) fn fields(value: &Value) -> Vec<String> {
    let mut names: Vec<String> = value.as_object().unwrap().keys().cloned().collect();
    names.sort();
    names
}

/// Returns the ids on one page of a list.
pub(crate) async fn ids(cli: &Cli, list: &[&str]) -> Vec<String> {
    let page = run(cli, 0, &[&["list", "--json"], list].concat()).await.json();
    page["page"].as_array().unwrap().iter().map(|image| text(&image["id"])).collect()
}
