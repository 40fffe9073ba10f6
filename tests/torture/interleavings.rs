//! Any order of import, remove, restore, visibility change, permanent deletion,
//! crash and retry, with transfers running and the network coming and going, ends
//! in the state of a model of a few lines.

use crate::chosen::rounds;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use vitrine_core::Library;
use vitrine_core::library::{ImportChoices, ImportTarget, OpenAs, OpenLibrary};
use vitrine_core::model::{
    Image, ImageId, ImageKind, Outcome, OwnerId, PageRequest, Removal, Source, Visibility,
};
use vitrine_core::secrets::MemorySecrets;
use vitrine_tests::pictures::a_png;
use vitrine_tests::random::Random;
use vitrine_tests::s3;

/// The variable for the number of orders to try. `make torture` sets a higher one.
const ORDERS: &str = "VITRINE_TORTURE_ORDERS";
const EVENTS: usize = 30;
/// There are few pictures, so that the same one goes through many events.
const PICTURES: u64 = 4;
/// How long transfers may take to settle.
const PATIENCE: Duration = Duration::from_mins(1);

/// One event. Pictures are numbers below [`PICTURES`]; the odd ones are references.
#[derive(Debug, Clone, Copy)]
enum Event {
    /// An import of a file by name, with the artist's choice of visibility.
    Import(u64, Option<Visibility>),
    /// An import of a folder that contains all pictures of this picture's kind.
    ImportFolder(u64, Option<Visibility>),
    Remove(u64),
    Restore(u64),
    Toggle(u64),
    DeleteForGood(u64),
    /// Everything in memory is lost, and running transfers are abandoned.
    /// Afterwards the bucket can be reached or not.
    Crash {
        online: bool,
    },
    /// Transfers run while the next events happen.
    StartTransfers,
    Retry,
    /// Gives background tasks this many turns.
    Yield(u64),
}

fn an_event(random: &mut Random) -> Event {
    let picture = random.below(PICTURES);
    let choice = match random.below(4) {
        0 if is_generated(picture) => Some(Visibility::Public),
        1 => Some(Visibility::Unlisted),
        _ => None,
    };
    match random.below(100) {
        0..12 => Event::Import(picture, choice),
        12..18 => Event::ImportFolder(picture, choice),
        18..38 => Event::Remove(picture),
        38..53 => Event::Restore(picture),
        53..63 => Event::Toggle(picture),
        63..68 => Event::DeleteForGood(picture),
        68..76 => Event::Crash { online: random.below(4) > 0 },
        76..87 => Event::StartTransfers,
        87..90 => Event::Retry,
        _ => Event::Yield(random.below(40)),
    }
}

/// The state of an image from an artist's point of view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Expected {
    public: bool,
    trashed: bool,
}

/// The expected state, by picture.
#[derive(Debug, Default)]
struct Model(BTreeMap<u64, Expected>);

impl Model {
    fn happens(&mut self, event: Event) {
        match event {
            Event::Import(picture, choice) => self.import(picture, choice, true),
            Event::ImportFolder(picture, choice) => {
                for other in (0..PICTURES).filter(|other| is_generated(*other) == is_generated(picture)) {
                    self.import(other, choice, false);
                }
            }
            Event::Remove(picture) => self.change(picture, |image| image.trashed = true),
            Event::Restore(picture) => self.change(picture, |image| image.trashed = false),
            Event::Toggle(picture) if is_generated(picture) => {
                // Nobody can change the visibility of an image in the trash.
                self.change(picture, |image| image.public ^= !image.trashed);
            }
            Event::DeleteForGood(picture) => {
                self.0.remove(&picture);
            }
            _ => {}
        }
    }

    /// An image in the trash is restored only if it is named, and then gets the
    /// visibility of this import. An image that is merely in an imported folder
    /// stays in the trash and never becomes public.
    fn import(&mut self, picture: u64, choice: Option<Visibility>, named: bool) {
        let public = choice == Some(Visibility::Public);
        match self.0.get_mut(&picture) {
            Some(image) if image.trashed && !named => image.public &= choice.is_none() || public,
            Some(image) if !image.trashed => image.public = choice.map_or(image.public, |_| public),
            _ => drop(self.0.insert(picture, Expected { public, trashed: false })),
        }
    }

    fn change(&mut self, picture: u64, change: impl FnOnce(&mut Expected)) {
        if let Some(image) = self.0.get_mut(&picture) {
            change(image);
        }
    }

    /// Returns the pictures for which a condition holds.
    fn which(&self, holds: impl Fn(&Expected) -> bool) -> BTreeSet<u64> {
        self.0.iter().filter(|(_, image)| holds(image)).map(|(picture, _)| *picture).collect()
    }
}

fn is_generated(picture: u64) -> bool {
    picture.is_multiple_of(2)
}

/// The real library, and the ids of its pictures.
struct Real {
    root: TempDir,
    owner: OwnerId,
    library: Library,
    ids: BTreeMap<u64, ImageId>,
    transfers: Option<JoinHandle<()>>,
}

async fn open(root: &TempDir, owner: &OwnerId, online: bool) -> Library {
    let mut env = s3::shared().env();
    if !online {
        // Nobody listens there.
        env.retain(|(name, _)| *name != "R2_ENDPOINT");
        env.push(("R2_ENDPOINT", "http://127.0.0.1:9".to_owned()));
    }
    let how = OpenLibrary {
        folder: root.path().join("library"),
        profile: OpenAs::Added(owner.clone()),
        environment: Arc::new(move |name| {
            env.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone())
        }),
        secrets: Arc::new(MemorySecrets::default()),
    };
    Library::open(how).await.unwrap()
}

impl Real {
    async fn new() -> Self {
        let root = TempDir::with_prefix("vitrine-orders-").unwrap();
        let owner = OwnerId::parse(&format!("ana-{}", s3::random_hex(6))).unwrap();
        for picture in 0..PICTURES {
            let folder = root.path().join(if is_generated(picture) { "even" } else { "odd" });
            std::fs::create_dir_all(&folder).unwrap();
            a_png(20, 20).noise().seed(picture).write_to(&folder, &format!("{picture}.png"));
        }
        let library = open(&root, &owner, true).await;
        Self { root, owner, library, ids: BTreeMap::new(), transfers: None }
    }

    async fn happens(&mut self, event: Event) {
        match event {
            Event::Import(picture, choice) => {
                let bytes = a_png(20, 20).noise().seed(picture).bytes();
                let source = Source::Bytes { filename: format!("{picture}.png"), bytes };
                self.import(picture, source, choice).await;
            }
            Event::ImportFolder(picture, choice) => {
                let folder = self.root.path().join(if is_generated(picture) { "even" } else { "odd" });
                self.import(picture, Source::Path(folder), choice).await;
            }
            Event::Remove(picture) => self.remove(picture, Removal::ToTrash).await,
            Event::DeleteForGood(picture) => self.remove(picture, Removal::Permanent).await,
            Event::Restore(picture) => {
                if let Some(id) = self.ids.get(&picture).cloned() {
                    self.library.restore(vec![id]).await.unwrap();
                }
            }
            Event::Toggle(picture) if is_generated(picture) => self.toggle(picture).await,
            Event::Crash { online } => self.crash(online).await,
            Event::StartTransfers if self.transfers.is_none() => {
                let library = self.library.clone();
                let run = async move { library.run_transfers(CancellationToken::new()).await };
                self.transfers = Some(tokio::spawn(run));
            }
            Event::Retry => {
                self.library.retry_transfers(None).await.unwrap();
            }
            Event::Yield(turns) => {
                for _ in 0..turns {
                    // A query to the catalog lets the background tasks continue a
                    // little.
                    self.library.transfer_summary().await.unwrap();
                }
            }
            Event::Toggle(_) | Event::StartTransfers => {}
        }
    }

    async fn import(&mut self, picture: u64, source: Source, visibility: Option<Visibility>) {
        let kind = if is_generated(picture) { ImageKind::Generated } else { ImageKind::Reference };
        let target = ImportTarget::of(kind);
        let choices = ImportChoices { visibility, ..ImportChoices::default() };
        let cancel = CancellationToken::new();
        let import = self.library.import(vec![source], target, choices, cancel, |_| (), |_| ());
        for file in import.await.unwrap().files {
            assert_ne!(file.outcome, Outcome::Rejected, "{file:?}");
            let picture = file.name.trim_end_matches(".png").parse().unwrap();
            self.ids.insert(picture, file.id.unwrap());
        }
    }

    async fn remove(&mut self, picture: u64, removal: Removal) {
        let Some(id) = self.ids.get(&picture).cloned() else { return };
        let report = self.library.remove(vec![id], removal).await.unwrap();
        assert!(report.failed.is_empty(), "{report:?}");
        if removal == Removal::Permanent {
            self.ids.remove(&picture);
        }
    }

    async fn toggle(&self, picture: u64) {
        let Some(id) = self.ids.get(&picture) else { return };
        let Image::Generated(image) = self.library.get_by_id(id).await.unwrap() else { return };
        let next = match image.visibility {
            Visibility::Public => Visibility::Unlisted,
            Visibility::Unlisted => Visibility::Public,
        };
        // This is refused while the image is in the trash.
        self.library.set_visibility(vec![id.clone()], next).await.unwrap();
    }

    async fn crash(&mut self, online: bool) {
        if let Some(transfers) = self.transfers.take() {
            // Rows stay marked as running, as after a kill.
            transfers.abort();
            let _ = transfers.await;
        }
        self.library = open(&self.root, &self.owner, online).await;
    }

    fn pictures<'a>(&self, ids: impl Iterator<Item = &'a ImageId>) -> BTreeSet<u64> {
        let picture =
            |id: &ImageId| self.ids.iter().find(|(_, known)| *known == id).map(|(picture, _)| *picture);
        // An unknown image must not be equal to any model.
        ids.map(|id| picture(id).unwrap_or(u64::MAX)).collect()
    }

    /// Returns where the views differ from the model; `None` if they agree.
    async fn differs(&self, model: &Model) -> Option<String> {
        let all = PageRequest::first(1000);
        let generated = self.library.get_my_images(&all).await.unwrap().page;
        let references = self.library.get_my_references(&all).await.unwrap().page;
        let trash = self.library.get_trash(&all).await.unwrap().page;
        let feed = self.library.get_public_feed(&all).await.unwrap().page;
        let live = self.pictures(
            generated.iter().map(|image| &image.id).chain(references.iter().map(|image| &image.id)),
        );
        let real = (
            live,
            self.pictures(trash.iter().map(Image::id)),
            self.pictures(feed.iter().map(|image| &image.id)),
        );
        let wanted = (
            model.which(|image| !image.trashed),
            model.which(|image| image.trashed),
            model.which(|image| image.public && !image.trashed),
        );
        (real != wanted).then(|| format!("live, trash, feed: {real:?}, expected {wanted:?}"))
    }

    /// Lets transfers end while the bucket can be reached. Returns where the bucket
    /// differs from the model.
    async fn settles_otherwise(&mut self, model: &Model) -> Option<String> {
        self.crash(true).await;
        self.library.retry_transfers(None).await.unwrap();
        let report = self.library.push(Some(PATIENCE), CancellationToken::new()).await.unwrap();
        if report.parked + report.waiting > 0 {
            return Some(format!("{report:?} {:?}", self.library.transfers(20).await));
        }
        let mut wanted = BTreeSet::new();
        for picture in model.which(|image| !image.trashed) {
            let image = self.library.get_by_id(&self.ids[&picture]).await.unwrap();
            let url = image.url().unwrap().to_owned();
            wanted.insert(url.strip_prefix(&s3::shared().public_base()).unwrap()[1..].to_owned());
            let body = reqwest::get(url).await.unwrap().bytes().await.unwrap();
            if !image.is_stored() || body != a_png(20, 20).noise().seed(picture).bytes() {
                return Some(format!("picture {picture} is not stored: {image:?}"));
            }
        }
        let mut objects = BTreeSet::new();
        for kind in ["generated", "reference"] {
            objects.extend(s3::shared().objects_in(&format!("{kind}/{}", self.owner)).await);
        }
        (objects != wanted).then(|| format!("objects {objects:?}, expected {wanted:?}"))
    }
}

/// Plays an order of events. Returns how the result differs from the model; `None`
/// if it does not.
async fn disagreement(events: &[Event]) -> Option<String> {
    let (mut model, mut real) = (Model::default(), Real::new().await);
    for (number, event) in events.iter().enumerate() {
        model.happens(*event);
        real.happens(*event).await;
        if let Some(difference) = real.differs(&model).await {
            return Some(format!("after event {number}: {difference}"));
        }
    }
    let settled = real.settles_otherwise(&model).await;
    match settled {
        None => real.differs(&model).await,
        settled => settled.map(|difference| format!("settled: {difference}")),
    }
}

/// Removes all events that the disagreement does not need.
async fn shortest(mut events: Vec<Event>, mut why: String) -> (Vec<Event>, String) {
    let deadline = Instant::now() + PATIENCE;
    let mut at = 0;
    while at < events.len() && Instant::now() < deadline {
        let mut fewer = events.clone();
        fewer.remove(at);
        match disagreement(&fewer).await {
            Some(still) => (events, why) = (fewer, still),
            None => at += 1,
        }
    }
    (events, why)
}

#[tokio::test(flavor = "multi_thread")]
async fn any_order_of_events_ends_as_the_model_predicts() {
    let (orders, seed) = rounds(ORDERS, 40);
    let mut random = Random::new(seed);
    for order in 0..orders {
        let events: Vec<Event> = (0..EVENTS).map(|_| an_event(&mut random)).collect();
        if let Some(why) = disagreement(&events).await {
            let (events, why) = shortest(events, why).await;
            panic!("seed {seed}, order {order}: {why}\n{events:#?}");
        }
    }
    println!("{orders} orders ended where the model says");
}
