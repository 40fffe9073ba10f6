//! Imports, changes visibility, removes, restores, deletes and gives new links at
//! random in one library, with its transfers running, until it is killed. Before each change
//! it records what it is about to do, and after the library's answer that it was
//! done. The record is a file outside the library.
//!
//! `torture-child LIBRARY OWNER LOG SEED [KILL_POINT COUNT]`: with a kill point, the program
//! aborts when that kill point is reached for the `COUNT`th time. With `feed` as the seed, it
//! publishes a feed and takes images back, and then ends.
#![expect(clippy::unwrap_used, reason = "whatever goes wrong here fails the test that reads its end")]

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use vitrine_core::Library;
use vitrine_core::library::{ImportChoices, ImportTarget, OpenAs, OpenLibrary, Variant};
use vitrine_core::model::{
    ActionReport, Image, ImageId, ImageKind, KillPoint, KillPoints, Outcome, OwnerId, PageRequest,
    PublicDetails, Removal, Source, TermsEdit, Visibility,
};
use vitrine_core::secrets::MemorySecrets;
use vitrine_tests::pictures::{Picture, a_png};
use vitrine_tests::random::Random;

/// Above this number of images, more are removed than imported.
const CROWDED: usize = 40;

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let how = OpenLibrary {
        folder: arguments[0].clone().into(),
        profile: OpenAs::Added(OwnerId::parse(&arguments[1]).unwrap()),
        environment: Arc::new(|name| std::env::var(name).ok()),
        secrets: Arc::new(MemorySecrets::default()),
    };
    let log = File::options().create(true).append(true).open(&arguments[2]).unwrap();
    let kill_points = match &arguments[4..] {
        [kill_point, count] => crash_at(kill_point.clone(), count.parse().unwrap()),
        _ => KillPoints::default(),
    };
    let library = Library::open_heard(how, kill_points).await.unwrap();
    if arguments[3] == "feed" {
        publish_and_take_back(&library).await;
        return;
    }
    let transfers = library.clone();
    tokio::spawn(async move { transfers.run_transfers(CancellationToken::new()).await });
    let log = Arc::new(Log(Mutex::new(log)));
    let mut life = Life { library, log, random: Random::new(arguments[3].parse().unwrap()) };
    loop {
        life.act().await;
    }
}

/// Publishes images, hides what was shown of one, and takes another back.
async fn publish_and_take_back(library: &Library) {
    let mut ids = library.get_my_images(&PageRequest::first(10)).await.unwrap().page;
    ids.sort_by(|one, other| one.record.id.cmp(&other.record.id));
    let ids: Vec<ImageId> = ids.into_iter().map(|image| image.record.id).collect();
    library.set_visibility(ids.clone(), Visibility::Public).await.unwrap();
    library.set_feed_on(true).await.unwrap();
    publish(library).await;
    library
        .set_public_terms(vec![ids[0].clone()], TermsEdit::both(Some(PublicDetails::Hide), None))
        .await
        .unwrap();
    publish(library).await;
    library.set_visibility(vec![ids[1].clone()], Visibility::Unlisted).await.unwrap();
    publish(library).await;
}

async fn publish(library: &Library) {
    let pushed = library.publish_feed(Some(Duration::from_mins(1)), CancellationToken::new()).await.unwrap();
    assert!(pushed.is_complete, "{pushed:?}");
}

fn crash_at(kill_point: String, count: u64) -> KillPoints {
    let reached = AtomicU64::new(0);
    KillPoints::heard_by(move |now: KillPoint| {
        if format!("{now:?}") == kill_point && reached.fetch_add(1, Ordering::SeqCst) + 1 == count {
            std::process::abort();
        }
    })
}

/// Returns a random item, or `None` if there are none.
fn pick<'a, T>(random: &mut Random, among: &'a [T]) -> Option<&'a T> {
    let at = random.below(among.len() as u64);
    among.get(usize::try_from(at).unwrap())
}

/// The requests and acknowledgements, one per line.
struct Log(Mutex<File>);

impl Log {
    fn write(&self, line: &Value) {
        let mut file = self.0.lock().unwrap();
        // A single write, so that a kill leaves a whole line or none.
        file.write_all(format!("{line}\n").as_bytes()).unwrap();
        file.sync_data().unwrap();
    }
}

struct Life {
    library: Library,
    log: Arc<Log>,
    random: Random,
}

impl Life {
    async fn act(&mut self) {
        let live = self.live().await;
        let trash = self.library.get_trash(&PageRequest::first(1000)).await.unwrap().page;
        let chance = self.random.below(100);
        let one =
            |random: &mut Random, images: &[Image]| pick(random, images).map(|image| image.id().clone());
        match chance {
            0..35 if live.len() < CROWDED => self.import().await,
            35..55 => {
                let generated: Vec<&Image> =
                    live.iter().filter(|image| matches!(image, Image::Generated(_))).collect();
                if let Some(image) = pick(&mut self.random, &generated) {
                    self.toggle(image.id().clone()).await;
                }
            }
            55..68 => {
                if let Some(image) = pick(&mut self.random, &trash).cloned() {
                    self.come_back(&image).await;
                }
            }
            68..80 => {
                let all = [live, trash].concat();
                if let Some(id) = one(&mut self.random, &all) {
                    let done = self.library.remove(vec![id.clone()], Removal::Permanent);
                    self.acknowledge(&json!({"about": "delete", "id": id}), done).await;
                }
            }
            80..86 => {
                if let Some(id) = one(&mut self.random, &live) {
                    let done = self.library.new_links(vec![id.clone()]);
                    self.acknowledge(&json!({"about": "new link", "id": id}), done).await;
                }
            }
            _ => {
                if let Some(id) = one(&mut self.random, &live) {
                    let done = self.library.remove(vec![id.clone()], Removal::ToTrash);
                    self.acknowledge(&json!({"about": "remove", "id": id}), done).await;
                }
            }
        }
    }

    async fn live(&self) -> Vec<Image> {
        let request = PageRequest::first(1000);
        let generated = self.library.get_my_images(&request).await.unwrap().page;
        let references = self.library.get_my_references(&request).await.unwrap().page;
        let generated = generated.into_iter().map(Image::Generated);
        generated.chain(references.into_iter().map(Image::Reference)).collect()
    }

    /// Records a change, makes it, and records that it was done.
    async fn acknowledge(
        &self,
        about: &Value,
        done: impl Future<Output = Result<ActionReport, vitrine_core::Error>>,
    ) {
        self.log.write(about);
        let report = done.await.unwrap();
        assert!(report.failed.is_empty(), "{report:?}");
        self.log.write(&json!({"done": true}));
    }

    async fn toggle(&self, id: ImageId) {
        let now = match self.library.get_by_id(&id).await.unwrap() {
            Image::Generated(image) => image.visibility,
            Image::Reference(_) => return,
        };
        let next = if now == Visibility::Public { Visibility::Unlisted } else { Visibility::Public };
        let about = json!({"about": "visibility", "id": id, "public": next == Visibility::Public});
        self.acknowledge(&about, self.library.set_visibility(vec![id], next)).await;
    }

    /// Restores an image, or imports its bytes again, which also makes it
    /// unlisted.
    async fn come_back(&mut self, image: &Image) {
        let id = image.id().clone();
        if self.random.below(3) > 0 {
            let about = json!({"about": "restore", "id": id});
            self.acknowledge(&about, self.library.restore(vec![id])).await;
            return;
        }
        let kind = match image {
            Image::Generated(_) => ImageKind::Generated,
            Image::Reference(_) => ImageKind::Reference,
        };
        let bytes = self.library.pixels(&id, Variant::Original).await.unwrap().bytes;
        self.log.write(&json!({"about": "import again", "id": id}));
        let source = Source::Bytes { filename: "again.png".into(), bytes };
        let target = ImportTarget::of(kind);
        let cancel = CancellationToken::new();
        let library = &self.library;
        let import = library.import(vec![source], target, ImportChoices::default(), cancel, |_| (), |_| ());
        let summary = import.await.unwrap();
        assert_eq!(summary.files[0].id.as_ref(), Some(&id), "{summary:?}");
        self.log.write(&json!({"done": true}));
    }

    async fn import(&mut self) {
        let count = 1 + self.random.below(4);
        let pictures: Vec<Vec<u8>> = (0..count).map(|_| self.picture().bytes()).collect();
        let named = |bytes: Vec<u8>| {
            let filename = hex::encode(Sha256::digest(&bytes));
            Source::Bytes { filename, bytes }
        };
        let kind = if self.random.below(4) == 0 { ImageKind::Reference } else { ImageKind::Generated };
        let public = kind == ImageKind::Generated && self.random.below(2) == 0;
        let visibility = if public { Visibility::Public } else { Visibility::Unlisted };
        let hashes: Vec<String> = pictures.iter().map(|bytes| hex::encode(Sha256::digest(bytes))).collect();
        self.log.write(&json!({"about": "import", "pictures": hashes, "public": public}));
        let log = Arc::clone(&self.log);
        let each = move |file: &vitrine_core::model::ImportedFile| {
            assert_eq!(file.outcome, Outcome::Imported, "{file:?}");
            log.write(&json!({"kept": file.name, "id": file.id, "public": public}));
        };
        let sources = pictures.into_iter().map(named).collect();
        let target = ImportTarget::of(kind);
        let cancel = CancellationToken::new();
        let choices = ImportChoices { visibility: Some(visibility), ..ImportChoices::default() };
        self.library.import(sources, target, choices, cancel, each, |_| ()).await.unwrap();
        self.log.write(&json!({"done": true}));
    }

    /// Returns a picture: usually a small one, and sometimes one that takes
    /// several pieces to send.
    fn picture(&mut self) -> Picture {
        let size = if self.random.below(6) == 0 { 260 } else { 24 };
        a_png(size, size).noise().seed(self.random.next())
    }
}
