//! A picture is public only if the last explicit choice for it was public, whatever
//! happens to its row: imported again, named or found in a folder, removed, restored,
//! adopted, read again, recovered.

use crate::verify::put;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;
use vitrine_core::Library;
use vitrine_core::library::{ImportChoices, LibraryEvent, RecoverFrom};
use vitrine_core::model::{
    Image, ImageFormat, ImageId, ImageKind, ObjectKey, OrderBy, Outcome, OwnerId, PageRequest, Removal,
    Restores, UnixMs, UnknownObjects, VerifyOptions, View, Visibility,
};
use vitrine_tests::fixture::{
    LibraryFixture, feed, generated, import, import_picture, import_with, references, until,
};
use vitrine_tests::pictures::{Picture, a_png};
use vitrine_tests::random::Random;
use vitrine_tests::s3;

const PUBLIC: Option<Visibility> = Some(Visibility::Public);
const UNLISTED: Option<Visibility> = Some(Visibility::Unlisted);

fn chosen(visibility: Option<Visibility>) -> ImportChoices {
    ImportChoices { visibility, ..ImportChoices::default() }
}

/// A library with one public picture in the trash, and the picture's file in a folder.
struct Thrown {
    fixture: LibraryFixture,
    library: Library,
    id: ImageId,
    file: PathBuf,
}

async fn a_public_picture_in_the_trash() -> Thrown {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let file = numbered(1).write_to(&fixture.inbox(), "fox.png");
    let summary = import_with(&library, vec![file.clone()], generated(), chosen(PUBLIC)).await;
    let id = summary.files[0].id.clone().unwrap();
    assert_eq!(feed(&library).await, std::slice::from_ref(&id));
    library.remove(vec![id.clone()], Removal::ToTrash).await.unwrap();
    Thrown { fixture, library, id, file }
}

fn numbered(number: u64) -> Picture {
    a_png(16, 16).noise().seed(number)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trashed_picture_imported_by_name_gets_the_visibility_of_the_import() {
    for (choice, expected) in [(None, UNLISTED), (UNLISTED, UNLISTED), (PUBLIC, PUBLIC)] {
        let Thrown { library, id, file, fixture: _fixture } = a_public_picture_in_the_trash().await;
        let summary = import_with(&library, vec![file], generated(), chosen(choice)).await;
        assert_eq!((summary.imported, summary.files[0].id.as_ref()), (1, Some(&id)));
        assert_eq!(library.detail(&id).await.unwrap().visibility, expected, "{choice:?}");
        assert_eq!(feed(&library).await.is_empty(), expected == UNLISTED, "{choice:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trashed_picture_in_an_imported_folder_stays_there_and_is_counted() {
    for choice in [None, UNLISTED, PUBLIC] {
        let Thrown { fixture, library, id, .. } = a_public_picture_in_the_trash().await;
        numbered(1).write_to(&fixture.inbox(), "the same fox.png");
        numbered(2).write_to(&fixture.inbox(), "new.png");
        let summary = import_with(&library, vec![fixture.inbox()], generated(), chosen(choice)).await;
        assert_eq!((summary.imported, summary.in_trash, summary.duplicates), (1, 2, 0), "{choice:?}");
        assert_eq!(summary.trashed, std::slice::from_ref(&id), "each image once");
        let met: Vec<_> = summary.files.iter().filter(|file| file.outcome == Outcome::InTrash).collect();
        assert!(met.len() == 2 && met.iter().all(|file| file.id.as_ref() == Some(&id)), "{met:?}");
        assert_eq!(library.counts().await.unwrap().trash, 1);
        assert!(!feed(&library).await.contains(&id));

        // One action restores the images that the summary lists, with the artist's last
        // choice.
        library.restore(summary.trashed).await.unwrap();
        let expected = if choice == UNLISTED { UNLISTED } else { PUBLIC };
        assert_eq!(library.detail(&id).await.unwrap().visibility, expected, "{choice:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_import_that_restores_everything_restores_unlisted_images() {
    let Thrown { fixture, library, id, .. } = a_public_picture_in_the_trash().await;
    let choices = ImportChoices { restores: Restores::Everything, ..ImportChoices::default() };
    let summary = import_with(&library, vec![fixture.inbox()], generated(), choices).await;
    assert_eq!((summary.imported, summary.in_trash), (1, 0));
    assert_eq!(library.detail(&id).await.unwrap().visibility, UNLISTED);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trashed_picture_imported_by_name_and_by_folder_is_unlisted() {
    for order in [false, true] {
        let Thrown { fixture, library, id, file } = a_public_picture_in_the_trash().await;
        let mut paths = vec![fixture.inbox(), file];
        if order {
            paths.reverse();
        }
        let summary = import(&library, paths, generated()).await;
        assert_eq!(summary.imported, 1, "{summary:?}");
        assert_eq!(library.detail(&id).await.unwrap().visibility, UNLISTED);
        assert!(feed(&library).await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chosen_visibility_is_applied_to_known_pictures_and_reported() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let named = numbered(1).write_to(&fixture.inbox(), "a.png");
    numbered(1).write_to(&fixture.inbox(), "a again.png");
    let first = import(&library, vec![named.clone()], generated()).await;
    let id = first.files[0].id.clone().unwrap();
    for (paths, choice, expected, switched) in [
        (vec![named.clone()], PUBLIC, PUBLIC, 1),
        (vec![named.clone()], None, PUBLIC, 0),
        (vec![fixture.inbox()], PUBLIC, PUBLIC, 0),
        (vec![fixture.inbox()], None, PUBLIC, 0),
        (vec![fixture.inbox()], UNLISTED, UNLISTED, 1),
        (vec![named], UNLISTED, UNLISTED, 0),
    ] {
        let mut events = library.events();
        let summary = import_with(&library, paths.clone(), generated(), chosen(choice)).await;
        assert_eq!((summary.imported, summary.switched), (0, switched), "{paths:?} {choice:?}");
        assert_eq!(summary.duplicates as usize, summary.files.len());
        assert_eq!(library.detail(&id).await.unwrap().visibility, expected, "{paths:?} {choice:?}");
        let mut told = Vec::new();
        while let Ok(event) = events.try_recv() {
            if let LibraryEvent::Catalog(changed) = event {
                told.extend(changed.changed);
            }
        }
        assert_eq!(told.len(), switched as usize, "windows are notified");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trashed_reference_is_restored_only_by_name() {
    let fixture = LibraryFixture::with_bucket();
    let library = fixture.open().await;
    let gallery = library.create_gallery("Faces").await.unwrap().id;
    let file = numbered(1).write_to(&fixture.inbox(), "face.png");
    let id = import_picture(&library, &numbered(1), references(None)).await;
    library.remove(vec![id.clone()], Removal::ToTrash).await.unwrap();
    assert!(library.transfers(10).await.unwrap().is_empty(), "it never was in the bucket");

    let summary = import(&library, vec![fixture.inbox()], references(Some(gallery.clone()))).await;
    assert_eq!((summary.imported, summary.in_trash), (0, 1));
    let shown = async || {
        library.tiles(&View::References { gallery: None }, OrderBy::Made, &PageRequest::first(9)).await
    };
    assert!(shown().await.unwrap().page.is_empty());

    let summary = import(&library, vec![file], references(None)).await;
    assert_eq!((summary.imported, summary.in_trash), (1, 0));
    assert_eq!(shown().await.unwrap().page.len(), 1);
    // The folder had been imported into this gallery.
    assert_eq!(library.detail(&id).await.unwrap().galleries, [gallery]);
    assert_eq!(library.transfers(10).await.unwrap().len(), 1, "it is uploaded now");
}

/// The variable that repeats the choices of an earlier run.
const SEED: &str = "VITRINE_CHOICES_SEED";
const ORDERS: u64 = 8;
const EVENTS: usize = 40;
/// There are few pictures, so that the same one goes through many events.
const PICTURES: u64 = 3;
const OWNERS: usize = 2;
/// How long to spend on shortening a failing order.
const PATIENCE: Duration = Duration::from_mins(1);
/// The moment of the first backup. Each following backup is a day later.
const FIRST_BACKUP: UnixMs = UnixMs(1_800_000_000_000);
const DAY_MS: i64 = 24 * 3600 * 1000;

/// A picture of a profile.
type Which = (usize, u64);

#[derive(Debug, Clone, Copy)]
enum Event {
    /// An import of a file by name. With `twice`, two files with different names have
    /// the same content.
    Import {
        which: Which,
        choice: Option<Visibility>,
        twice: bool,
    },
    /// An import of a folder with all pictures. One of them may also be named
    /// separately.
    ImportFolder {
        owner: usize,
        choice: Option<Visibility>,
        named: Option<u64>,
        restores: Restores,
    },
    Remove(Which),
    Restore(Which),
    DeleteForGood(Which),
    SetVisibility(Which, Visibility),
    /// A change of all pictures of a profile at once, including those in the trash.
    SetAll(usize, Visibility),
    Reparse(usize),
    Reopen,
    /// The catalog is destroyed and recovered, either from a backup of this moment or
    /// from nothing.
    Recover(RecoverFrom),
    /// An object of this picture appears in the bucket, and unknown objects are
    /// adopted.
    Adopt(Which),
}

fn a_choice(random: &mut Random) -> Option<Visibility> {
    [None, UNLISTED, PUBLIC][usize::try_from(random.below(3)).unwrap()]
}

fn an_event(random: &mut Random) -> Event {
    let owner = usize::try_from(random.below(OWNERS as u64)).unwrap();
    let which = (owner, random.below(PICTURES));
    let visibility = [Visibility::Public, Visibility::Unlisted][usize::try_from(random.below(2)).unwrap()];
    let choice = a_choice(random);
    match random.below(100) {
        0..16 => Event::Import { which, choice, twice: random.below(3) == 0 },
        16..32 => Event::ImportFolder {
            owner,
            choice,
            named: (random.below(3) == 0).then_some(which.1),
            restores: if random.below(4) == 0 { Restores::Everything } else { Restores::Named },
        },
        32..52 => Event::Remove(which),
        52..62 => Event::Restore(which),
        62..67 => Event::DeleteForGood(which),
        67..83 => Event::SetVisibility(which, visibility),
        83..87 => Event::SetAll(owner, visibility),
        87..89 => Event::Reparse(owner),
        89..92 => Event::Reopen,
        92..94 => Event::Recover(RecoverFrom::Backup),
        94..95 => Event::Recover(RecoverFrom::Nothing),
        _ => Event::Adopt(which),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Expected {
    public: bool,
    trashed: bool,
}

/// The expected state.
#[derive(Debug, Default)]
struct Model {
    images: BTreeMap<Which, Expected>,
    /// The last choice of a picture's visibility, even if the picture has no row.
    choices: BTreeMap<Which, Visibility>,
}

impl Model {
    fn happens(&mut self, event: Event) {
        match event {
            Event::Import { which, choice, .. } => self.import(which, choice, true),
            Event::ImportFolder { owner, choice, named, restores } => {
                for picture in 0..PICTURES {
                    let back = restores == Restores::Everything || named == Some(picture);
                    self.import((owner, picture), choice, back);
                }
            }
            Event::Remove(which) => self.change(which, |image| image.trashed = true),
            Event::Restore(which) => self.change(which, |image| image.trashed = false),
            Event::DeleteForGood(which) => {
                self.images.remove(&which);
                self.choices.remove(&which);
            }
            Event::SetVisibility(which, visibility) => self.set(which, visibility),
            Event::SetAll(owner, visibility) => {
                for picture in 0..PICTURES {
                    self.set((owner, picture), visibility);
                }
            }
            Event::Reparse(_) | Event::Reopen | Event::Recover(_) | Event::Adopt(_) => {}
        }
    }

    fn change(&mut self, which: Which, change: impl FnOnce(&mut Expected)) {
        if let Some(image) = self.images.get_mut(&which) {
            change(image);
        }
    }

    /// Nobody can change the visibility of an image in the trash.
    fn set(&mut self, which: Which, visibility: Visibility) {
        if self.images.get(&which).is_some_and(|image| !image.trashed) {
            self.choose(which, visibility);
        }
    }

    fn choose(&mut self, which: Which, visibility: Visibility) {
        self.choices.insert(which, visibility);
        self.change(which, |image| image.public = visibility == Visibility::Public);
    }

    fn import(&mut self, which: Which, choice: Option<Visibility>, comes_back: bool) {
        match self.images.get(&which).map(|image| image.trashed) {
            Some(true) if !comes_back => {
                // The image stays in the trash, and nothing in the trash becomes
                // public.
                if choice == UNLISTED {
                    self.choose(which, Visibility::Unlisted);
                }
            }
            Some(false) => {
                if let Some(choice) = choice {
                    self.choose(which, choice);
                }
            }
            Some(true) | None => {
                self.images.insert(which, Expected { public: false, trashed: false });
                self.choose(which, choice.unwrap_or(Visibility::Unlisted));
            }
        }
    }
}

/// The real system: one library, opened for each profile.
struct Real {
    fixture: LibraryFixture,
    owners: Vec<OwnerId>,
    libraries: Vec<Library>,
    hashes: Vec<String>,
    backups: i64,
}

impl Real {
    async fn new() -> Self {
        // Verification adopts objects of others too, so no other test may use this bucket.
        let fixture = LibraryFixture::with_own_bucket();
        let other = OwnerId::parse(&format!("bob-{}", s3::random_hex(6))).unwrap();
        for picture in 0..PICTURES {
            numbered(picture).write_to(&fixture.inbox(), &format!("{picture}.png"));
        }
        let copies = fixture.inbox().join("copies");
        std::fs::create_dir(&copies).unwrap();
        for picture in 0..PICTURES {
            numbered(picture).write_to(&copies, &format!("{picture} copy.png"));
        }
        let hash = |picture| hex::encode(Sha256::digest(numbered(picture).bytes()));
        let owners = vec![fixture.owner(), other];
        let hashes = (0..PICTURES).map(hash).collect();
        let mut real = Self { fixture, owners, libraries: Vec::new(), hashes, backups: 0 };
        real.open().await;
        real
    }

    async fn open(&mut self) {
        for owner in &self.owners[self.libraries.len()..] {
            self.libraries.push(self.fixture.try_open_as(Some(owner.clone())).await.unwrap());
        }
    }

    async fn close(&mut self) {
        self.libraries.clear();
        let log = self.fixture.folder().join("catalog.db-wal");
        until("the catalog is closed", async || !log.exists()).await;
    }

    /// Returns all images of both profiles.
    async fn images(&self) -> BTreeMap<Which, (ImageId, Expected)> {
        let mut found = BTreeMap::new();
        let all = PageRequest::first(1000);
        for (owner, library) in self.libraries.iter().enumerate() {
            let live = library.get_my_images(&all).await.unwrap().page;
            let live = live.into_iter().map(|image| (Image::Generated(image), false));
            let trash = library.get_trash(&all).await.unwrap().page.into_iter().map(|image| (image, true));
            for (image, trashed) in live.chain(trash) {
                let Image::Generated(image) = image else { panic!("a reference: {image:?}") };
                let picture = self.hashes.iter().position(|hash| *hash == image.sha256).unwrap() as u64;
                let public = image.visibility == Visibility::Public;
                let before = found.insert((owner, picture), (image.record.id, Expected { public, trashed }));
                assert!(before.is_none(), "two images of one picture");
            }
        }
        found
    }

    async fn id(&self, which: Which) -> Option<ImageId> {
        self.images().await.remove(&which).map(|(id, _)| id)
    }

    async fn happens(&mut self, event: Event) {
        match event {
            Event::Import { which: (owner, picture), choice, twice } => {
                let mut files = vec![self.fixture.inbox().join(format!("{picture}.png"))];
                if twice {
                    files.push(self.fixture.inbox().join(format!("copies/{picture} copy.png")));
                }
                self.import(owner, files, chosen(choice)).await;
            }
            Event::ImportFolder { owner, choice, named, restores } => {
                let mut paths = vec![self.fixture.inbox()];
                paths.extend(named.map(|picture| self.fixture.inbox().join(format!("{picture}.png"))));
                self.import(owner, paths, ImportChoices { visibility: choice, restores }).await;
            }
            Event::Remove(which) => self.remove(which, Removal::ToTrash).await,
            Event::DeleteForGood(which) => self.remove(which, Removal::Permanent).await,
            Event::Restore(which) => {
                if let Some(id) = self.id(which).await {
                    self.libraries[which.0].restore(vec![id]).await.unwrap();
                }
            }
            Event::SetVisibility(which, visibility) => {
                if let Some(id) = self.id(which).await {
                    self.libraries[which.0].set_visibility(vec![id], visibility).await.unwrap();
                }
            }
            Event::SetAll(owner, visibility) => {
                let images = self.images().await.into_iter().filter(|((whose, _), _)| *whose == owner);
                let ids = images.map(|(_, (id, _))| id).collect();
                self.libraries[owner].set_visibility(ids, visibility).await.unwrap();
            }
            Event::Reparse(owner) => {
                self.libraries[owner].reparse(CancellationToken::new(), |_| ()).await.unwrap();
            }
            Event::Reopen => {
                self.close().await;
                self.open().await;
            }
            Event::Recover(from) => self.recover(from).await,
            Event::Adopt(which) => self.adopt(which).await,
        }
    }

    async fn import(&self, owner: usize, paths: Vec<PathBuf>, choices: ImportChoices) {
        let summary = import_with(&self.libraries[owner], paths, generated(), choices).await;
        assert_eq!(summary.rejected, 0, "{summary:?}");
    }

    async fn remove(&self, which: Which, removal: Removal) {
        if let Some(id) = self.id(which).await {
            self.libraries[which.0].remove(vec![id], removal).await.unwrap();
        }
    }

    async fn recover(&mut self, from: RecoverFrom) {
        let now = FIRST_BACKUP.plus_ms(self.backups * DAY_MS);
        self.backups += 1;
        assert!(self.libraries[0].back_up_if_due(now).await.unwrap());
        self.close().await;
        std::fs::write(self.fixture.folder().join("catalog.db"), b"a letter, not a database").unwrap();
        let how = self.fixture.how_to_open(Some(self.owners[0].clone()));
        let (library, _) = Library::recover(how, from, now).await.unwrap();
        self.libraries.push(library);
        self.open().await;
    }

    async fn adopt(&self, (owner, picture): Which) {
        let now = UnixMs::now();
        let key =
            ObjectKey::generate(&self.owners[owner], ImageKind::Generated, ImageFormat::Png, now).unwrap();
        put(&self.fixture.bucket(), &key, numbered(picture).bytes()).await;
        let options = VerifyOptions { unknown: UnknownObjects::Adopt, ..VerifyOptions::default() };
        self.libraries[owner].verify(options, CancellationToken::new(), |_| ()).await.unwrap();
    }
}

/// Plays an order of events. Returns how the result differs from the model; `None` if
/// it does not.
async fn disagreement(events: &[Event]) -> Option<String> {
    let (mut model, mut real) = (Model::default(), Real::new().await);
    for (number, event) in events.iter().enumerate() {
        model.happens(*event);
        real.happens(*event).await;
        let found: BTreeMap<_, _> =
            real.images().await.into_iter().map(|(which, (_, state))| (which, state)).collect();
        for (which, image) in &found {
            if image.public && model.choices.get(which) != Some(&Visibility::Public) {
                return Some(format!("after event {number}, {which:?} is public by accident: {model:?}"));
            }
            let is_new = !model.images.contains_key(which);
            if is_new
                && matches!(event, Event::Adopt(_))
                && *image != (Expected { public: false, trashed: false })
            {
                return Some(format!("after event {number}, {which:?} was adopted as {image:?}"));
            }
        }
        match event {
            // Other tests check which images come back. This one checks who can see
            // them.
            Event::Recover(_) => model.images.clone_from(&found),
            Event::Adopt(_) => {
                for (which, image) in &found {
                    model.images.entry(*which).or_insert(*image);
                }
            }
            _ => {}
        }
        if found != model.images {
            return Some(format!("after event {number}: {found:?}, expected {:?}", model.images));
        }
        let seen = feed(&real.libraries[0]).await.len();
        let public = found.values().filter(|image| image.public && !image.trashed).count();
        if seen != public || feed(&real.libraries[1]).await.len() != public {
            return Some(format!("after event {number}: {seen} in the feed, expected {public}"));
        }
    }
    None
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
async fn a_picture_is_public_only_if_its_last_explicit_choice_was_public() {
    let given = std::env::var(SEED).ok().map(|text| text.parse().unwrap());
    let seed = given.unwrap_or_else(|| u64::from_str_radix(&s3::random_hex(4), 16).unwrap());
    println!("{ORDERS} orders of {EVENTS} events with {SEED}={seed}");
    let mut random = Random::new(seed);
    for order in 0..ORDERS {
        let events: Vec<Event> = (0..EVENTS).map(|_| an_event(&mut random)).collect();
        if let Some(why) = disagreement(&events).await {
            let (events, why) = shortest(events, why).await;
            panic!("seed {seed}, order {order}: {why}\n{events:#?}");
        }
    }
}
