//! A library with a past: random imports, visibility changes, removals and backups.

use crate::ledger::{Ledger, Picture, hash, originals};
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};
use tokio_util::sync::CancellationToken;
use vitrine_core::Library;
use vitrine_core::library::{ImportChoices, ImportTarget};
use vitrine_core::model::{ActionReport, ImageId, ImageKind, Removal, Source, UnixMs, Visibility};
use vitrine_tests::fixture::open_without_bucket;
use vitrine_tests::folders::copy_folder;
use vitrine_tests::pictures::a_png;
use vitrine_tests::process::{Cli, NO_KEYRING};
use vitrine_tests::random::Random;

/// How long a closed library may take to checkpoint its log.
const PATIENCE: Duration = Duration::from_mins(1);
/// An original of this age does not belong to an import that is still running.
const OLD: Duration = Duration::from_hours(48);
/// The galleries that receive references.
const GALLERIES: [&str; 2] = ["Hands", "Skies"];

/// Returns the bytes of a unique picture.
pub(crate) fn new_picture(random: &mut Random) -> Vec<u8> {
    let number = random.next();
    a_png(8, 8).seed(number).with_text("number", &number.to_string()).bytes()
}

/// Returns the command line for a library without a bucket, in a session without a
/// keyring.
pub(crate) fn cli(library: &Path) -> Cli {
    Cli::on(library).with_env(NO_KEYRING)
}

/// Makes every original look old, so that a repair deletes those that are unwanted.
pub(crate) fn age_originals(library: &Path) {
    let old = SystemTime::now() - OLD;
    for path in originals(library).into_values() {
        fs::File::options().write(true).open(path).unwrap().set_modified(old).unwrap();
    }
}

/// Closes a library, and waits until its log is checkpointed.
pub(crate) async fn close(library: Library, folder: &Path) {
    library.close().await.unwrap();
    drop(library);
    let deadline = Instant::now() + PATIENCE;
    while folder.join("catalog.db-wal").exists() {
        assert!(Instant::now() < deadline, "the library is never closed");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// A library that is open in this process.
struct Life {
    library: Library,
    ledger: Ledger,
    random: Random,
}

/// Makes two copies of one library with about `images` images: `closed` in the state
/// left by a program that ended, `killed` in the state left by a killed program.
/// Returns what both must show.
pub(crate) async fn a_library(root: &Path, images: usize, seed: u64) -> Ledger {
    let folder = root.join("closed");
    let library = open_without_bucket(&folder).await;
    let mut life = Life { library, ledger: Ledger::default(), random: Random::new(seed) };
    // Both backups are in the past, so that no later command makes another one at once.
    let began = UnixMs::now().plus_ms(-40 * 3_600_000);
    let (first, second) = (images / 3, images * 2 / 3);
    life.grow_to(first).await;
    assert!(life.library.back_up_if_due(began).await.unwrap());
    life.grow_to(second).await;
    assert!(life.library.back_up_if_due(began.plus_ms(30 * 3_600_000)).await.unwrap());
    life.grow_to(images).await;
    for _ in 0..8 {
        life.act().await;
    }
    copy_folder(&folder, &root.join("killed"));
    let Life { library, ledger, .. } = life;
    close(library, &folder).await;
    ledger
}

impl Life {
    async fn grow_to(&mut self, images: usize) {
        while self.ledger.pictures.len() < images {
            self.import().await;
            self.act().await;
        }
    }

    async fn import(&mut self) {
        let gallery = match self.random.below(8) {
            0 | 1 => Some(GALLERIES[usize::try_from(self.random.below(2)).unwrap()]),
            _ => None,
        };
        let kind = if gallery.is_some() { ImageKind::Reference } else { ImageKind::Generated };
        let gallery_id = match gallery {
            Some(name) => {
                let all = self.library.galleries().await.unwrap();
                let known = all.into_iter().find(|gallery| gallery.name == name);
                Some(match known {
                    Some(gallery) => gallery.id,
                    None => self.library.create_gallery(name).await.unwrap().id,
                })
            }
            None => None,
        };
        let public = kind == ImageKind::Generated && self.random.below(3) == 0;
        let visibility = if public { Visibility::Public } else { Visibility::Unlisted };
        let count = 1 + self.random.below(3);
        let pictures: Vec<Vec<u8>> = (0..count).map(|_| new_picture(&mut self.random)).collect();
        let hashes: Vec<String> = pictures.iter().map(|bytes| hash(bytes)).collect();
        let named = |(bytes, hash): (Vec<u8>, &String)| {
            let filename = format!("a picture {}.png", &hash[..6]);
            Source::Bytes { filename, bytes }
        };
        let sources: Vec<Source> = pictures.into_iter().zip(&hashes).map(named).collect();
        let target = ImportTarget { gallery: gallery_id, ..ImportTarget::of(kind) };
        let choices = ImportChoices { visibility: Some(visibility), ..ImportChoices::default() };
        let cancel = CancellationToken::new();
        let import = self.library.import(sources, target, choices, cancel, |_| (), |_| ());
        let summary = import.await.unwrap();
        for file in summary.files {
            let hash = hashes.iter().find(|hash| file.name.contains(&hash[..6])).unwrap();
            let picture = Picture {
                id: file.id.unwrap().to_string(),
                filename: file.name.clone(),
                kind: if kind == ImageKind::Reference { "reference" } else { "generated" },
                gallery: gallery.map(str::to_owned),
                public,
                trashed: false,
            };
            self.ledger.pictures.insert(hash.clone(), picture);
        }
    }

    fn pick(&mut self, is_wanted: impl Fn(&Picture) -> bool) -> Option<(String, ImageId)> {
        let among: Vec<_> = self.ledger.pictures.iter().filter(|(_, picture)| is_wanted(picture)).collect();
        let at = usize::try_from(self.random.below(among.len() as u64)).unwrap();
        among.get(at).map(|(hash, picture)| ((*hash).clone(), ImageId::parse(&picture.id).unwrap()))
    }

    async fn act(&mut self) {
        match self.random.below(10) {
            0..4 => {
                let Some((hash, id)) = self.pick(|one| one.kind == "generated" && !one.trashed) else {
                    return;
                };
                let picture = self.ledger.pictures.get_mut(&hash).unwrap();
                picture.public = !picture.public;
                let visibility = if picture.public { Visibility::Public } else { Visibility::Unlisted };
                done(&self.library.set_visibility(vec![id], visibility).await.unwrap());
            }
            4..7 => {
                let Some((hash, id)) = self.pick(|one| !one.trashed) else { return };
                done(&self.library.remove(vec![id], Removal::ToTrash).await.unwrap());
                self.ledger.pictures.get_mut(&hash).unwrap().trashed = true;
            }
            7 => {
                let Some((hash, id)) = self.pick(|one| one.trashed) else { return };
                done(&self.library.restore(vec![id]).await.unwrap());
                self.ledger.pictures.get_mut(&hash).unwrap().trashed = false;
            }
            _ => {
                let Some((hash, id)) = self.pick(|_| true) else { return };
                done(&self.library.remove(vec![id], Removal::Permanent).await.unwrap());
                self.ledger.delete([hash]);
            }
        }
    }
}

fn done(report: &ActionReport) {
    assert!(report.failed.is_empty(), "{report:?}");
}
