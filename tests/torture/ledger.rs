//! What an artist did to a library, and what the library must therefore show.
//! Knows nothing of how Vitrine stores it: a picture is identified by the hash
//! of its bytes.

use rusqlite::{Connection, OpenFlags};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use vitrine_tests::process::{Cli, Ran};

/// One picture in the state in which its artist last left it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Picture {
    pub(crate) id: String,
    pub(crate) filename: String,
    /// `generated` or `reference`.
    pub(crate) kind: &'static str,
    pub(crate) gallery: Option<String>,
    pub(crate) public: bool,
    pub(crate) trashed: bool,
}

/// Everything that was acknowledged.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ledger {
    /// The pictures by the hash of their bytes.
    pub(crate) pictures: BTreeMap<String, Picture>,
    /// The hashes of pictures that were deleted permanently.
    pub(crate) deleted: BTreeSet<String>,
}

/// How much of what is known must be there again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expect {
    /// Name, kind, gallery, visibility and trash.
    Everything,
    /// The pictures, with none public that was not.
    Pictures,
}

/// One row as the command line lists it.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) sha256: String,
    pub(crate) picture: Picture,
}

/// Everything that the lists show.
#[derive(Debug, Default)]
pub(crate) struct Shown {
    pub(crate) rows: Vec<Row>,
    /// The hashes of the pictures in the feed.
    pub(crate) feed: Vec<String>,
    /// The names of rows that the lists report as damaged, and all other
    /// messages.
    pub(crate) said: Vec<String>,
}

/// Returns the hash that identifies a picture.
pub(crate) fn hash(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// Returns every original in a library, by its hash.
pub(crate) fn originals(library: &Path) -> BTreeMap<String, PathBuf> {
    let mut found = BTreeMap::new();
    for shard in std::fs::read_dir(library.join("originals")).into_iter().flatten().flatten() {
        if shard.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        for file in std::fs::read_dir(shard.path()).into_iter().flatten().flatten() {
            let path = file.path();
            found.insert(path.file_stem().unwrap().to_string_lossy().into_owned(), path);
        }
    }
    found
}

/// Requests every list from the command line. Returns the first answer that is
/// not a list as an error.
pub(crate) async fn look(cli: &Cli) -> Result<Shown, Ran> {
    let mut shown = Shown::default();
    for list in ["generated", "references", "trash", "feed"] {
        let ran = cli.run(["list", list, "--json", "--limit", "1000"]).await;
        // A list with a damaged row is an answer too.
        let Ok(page) = serde_json::from_str::<Value>(&ran.stdout) else { return Err(ran) };
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        shown.said.extend(page["damaged"].as_array().into_iter().flatten().map(text));
        shown.said.extend(ran.stderr.lines().map(str::to_owned));
        for image in page["page"].as_array().unwrap() {
            let sha256 = text(&image["sha256"]);
            if list == "feed" {
                shown.feed.push(sha256);
                continue;
            }
            let picture = Picture {
                id: text(&image["id"]),
                filename: text(&image["filename"]),
                kind: if image["kind"] == "reference" { "reference" } else { "generated" },
                gallery: None,
                public: image["visibility"] == "public",
                trashed: list == "trash",
            };
            shown.rows.push(Row { sha256, picture });
        }
    }
    Ok(shown)
}

/// Adds the galleries to the lists, read from the catalog without Vitrine.
pub(crate) fn add_galleries(library: &Path, shown: &mut Shown) -> rusqlite::Result<()> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE;
    let catalog = Connection::open_with_flags(library.join("catalog.db"), flags)?;
    let sql = "SELECT image_id, name FROM gallery_images JOIN galleries ON galleries.id = gallery_id";
    let mut statement = catalog.prepare(sql)?;
    let found = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let found: BTreeMap<String, String> = found.collect::<Result<_, _>>()?;
    for row in &mut shown.rows {
        row.picture.gallery = found.get(&row.picture.id).cloned();
    }
    Ok(())
}

impl Ledger {
    /// Records that pictures were deleted permanently.
    pub(crate) fn delete(&mut self, hashes: impl IntoIterator<Item = String>) {
        for hash in hashes {
            self.pictures.remove(&hash);
            self.deleted.insert(hash);
        }
    }

    /// Says whether a library shows exactly these pictures.
    pub(crate) fn has_all(&self, shown: &Shown) -> bool {
        let mut hashes: Vec<&String> = shown.rows.iter().map(|row| &row.sha256).collect();
        hashes.sort();
        hashes.into_iter().eq(self.pictures.keys())
    }

    /// Returns what is public and must not be.
    pub(crate) fn exposed(&self, shown: &Shown) -> Vec<String> {
        let may = |hash: &str| self.pictures.get(hash).is_some_and(|known| known.public);
        let in_feed =
            |hash: &str| self.pictures.get(hash).is_some_and(|known| known.public && !known.trashed);
        let rows = shown.rows.iter().filter(|row| row.picture.public && !may(&row.sha256));
        let rows = rows.map(|row| format!("{row:?} is public"));
        let feed = shown
            .feed
            .iter()
            .filter(|hash| !in_feed(hash))
            .map(|hash| format!("the feed shows {hash}, which is {:?}", self.pictures.get(hash)));
        rows.chain(feed).collect()
    }

    /// Returns how a library differs from what was acknowledged.
    pub(crate) fn compare(&self, library: &Path, shown: &Shown, expect: Expect) -> Vec<String> {
        let mut wrong = self.exposed(shown);
        let originals = originals(library);
        let mut seen = BTreeSet::new();
        for Row { sha256, picture } in &shown.rows {
            if !seen.insert(sha256) {
                wrong.push(format!("{sha256} is there twice: {picture:?}"));
            }
            match self.pictures.get(sha256) {
                Some(known) if expect == Expect::Everything && known != picture => {
                    wrong.push(format!("{sha256} is {picture:?} and was {known:?}"));
                }
                Some(_) => {}
                None if self.deleted.contains(sha256) => {
                    wrong.push(format!("{sha256} was deleted permanently and is back: {picture:?}"));
                }
                None => wrong.push(format!("{sha256} was never imported: {picture:?}")),
            }
        }
        for (sha256, known) in &self.pictures {
            if !seen.contains(sha256) {
                wrong.push(format!("{sha256} is lost, which was {known:?}"));
            }
            let original = originals.get(sha256).and_then(|path| std::fs::read(path).ok());
            if original.is_none_or(|bytes| hash(&bytes) != *sha256) {
                wrong.push(format!("the original {sha256} is not whole, which was {known:?}"));
            }
        }
        wrong
    }

    /// Returns the hashes of originals that are on the disk although their
    /// images were deleted permanently.
    pub(crate) fn left_originals(&self, library: &Path) -> Vec<String> {
        originals(library).into_keys().filter(|hash| self.deleted.contains(hash)).collect()
    }
}
