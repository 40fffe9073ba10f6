//! Random histories of a published feed: changes, faults of the network, cancelled runs and reopened libraries. A
//! visitor reads the feed all the time, and never sees what was never public. In the end, the bucket has the bytes of
//! a fresh publication.

use crate::publishing::site;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use vitrine_core::Library;
use vitrine_core::model::{
    FeedSettings, ImageEdit, ImageId, PublicDetails, Removal, SensitiveImages, TermsEdit, Visibility,
};
use vitrine_tests::chaos::{Chaos, Fault};
use vitrine_tests::fixture::{LibraryFixture, generated, import_picture, references};
use vitrine_tests::pictures::{Picture, a_jpeg, a_png};
use vitrine_tests::random::Random;
use vitrine_tests::s3;

/// The variable for the number of changes. `make torture` sets a higher one.
const CHANGES: &str = "VITRINE_TORTURE_HISTORIES";
/// The variable that repeats the choices of an earlier run.
const SEED: &str = "VITRINE_TORTURE_SEED";
/// The number of changes after which everything is published.
const SETTLE_EACH: u64 = 40;
/// The most runs until everything is published. Each ends at a fault that stops all transfers.
const MOST_RUNS: u32 = 40;
/// Above this number of images, none is imported.
const CROWDED: usize = 24;
/// How a word that a test looks for begins. Nothing else contains it.
const MARK: &str = "zqx";
/// The length of such a word: the beginning and eight digits.
const WORD: usize = 11;

const FAULTS: [Fault; 6] = [
    Fault::SwallowAnswer,
    Fault::ResetAfter(60),
    Fault::CutAfter(100),
    Fault::Answer(503, "ServiceUnavailable"),
    Fault::Answer(500, "InternalError"),
    Fault::WrongEtag,
];

/// Words that may be public. Others must not be seen by anybody.
type Words = Arc<Mutex<HashSet<String>>>;

/// Returns the number in an environment variable; `None` if it is not set.
fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap())
}

/// Returns every marked word in these bytes, as text and as UTF-16.
fn words_in(bytes: &[u8]) -> BTreeSet<String> {
    let narrow: Vec<u8> = bytes.iter().copied().filter(|byte| *byte != 0).collect();
    let found = [bytes, &narrow]
        .into_iter()
        .flat_map(|bytes| memchr::memmem::find_iter(bytes, MARK).filter_map(|at| bytes.get(at..at + WORD)))
        // Pixels may look like the beginning.
        .filter(|word| word[MARK.len()..].iter().all(u8::is_ascii_digit));
    found.map(|word| String::from_utf8_lossy(word).into_owned()).collect()
}

/// Somebody who reads everything that can be found from the first page.
struct Visitor {
    stop: CancellationToken,
    reading: JoinHandle<Visit>,
}

/// What a visitor saw.
#[derive(Default)]
struct Visit {
    pages: u64,
    wrong: Vec<String>,
}

impl Visitor {
    fn of(base: String, allowed: Words) -> Self {
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        let reading = tokio::spawn(async move {
            let client = reqwest::Client::new();
            let mut visit = Visit::default();
            let starts = ["index.html", "feed.json", "atom.xml"].map(str::to_owned);
            let mut known: BTreeSet<String> = starts.into();
            while !stopped.is_cancelled() {
                for path in known.clone() {
                    let before = allowed.lock().unwrap().clone();
                    let Ok(answer) = client.get(format!("{base}{path}")).send().await else { continue };
                    if !answer.status().is_success() {
                        continue;
                    }
                    let Ok(bytes) = answer.bytes().await else { continue };
                    visit.pages += 1;
                    let after = allowed.lock().unwrap().clone();
                    let secret = words_in(&bytes)
                        .into_iter()
                        .filter(|word| !before.contains(word) && !after.contains(word));
                    visit.wrong.extend(secret.map(|word| format!("{word} in {path}")));
                    for kind in ["generated/", "reference/"] {
                        if memchr::memmem::find(&bytes, kind.as_bytes()).is_some() {
                            visit.wrong.push(format!("a permanent link in {path}"));
                        }
                    }
                    known.extend(paths_in(&bytes));
                    if stopped.is_cancelled() {
                        break;
                    }
                }
            }
            visit
        });
        Self { stop, reading }
    }

    async fn stop(self) -> Visit {
        self.stop.cancel();
        self.reading.await.unwrap()
    }
}

/// Returns the paths of pages, lists, copies and thumbnails that a page mentions.
fn paths_in(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    let is_of_path =
        |character: char| character.is_ascii_alphanumeric() || matches!(character, '/' | '-' | '.' | '_');
    let tokens = text.split(|character: char| !is_of_path(character));
    let path = |token: &str| {
        let token = token.trim_start_matches("../");
        let start = ["i/", "p/", "m/", "t/"].iter().find_map(|folder| {
            token
                .rfind(&format!("/{folder}"))
                .map(|at| at + 1)
                .or_else(|| token.starts_with(folder).then_some(0))
        })?;
        let path = &token[start..];
        path.contains('.').then(|| path.to_owned())
    };
    tokens.filter_map(path).collect()
}

/// A picture in the library.
#[derive(Clone)]
struct Image {
    id: ImageId,
    prompt: String,
    negative: String,
    public: bool,
    removed: bool,
    sensitive: bool,
    details: Option<PublicDetails>,
}

impl Image {
    /// Returns the words of this image that visitors may see.
    fn shown(&self, settings: &FeedSettings) -> Vec<String> {
        let left_out = self.sensitive && settings.sensitive == SensitiveImages::LeaveOut;
        if !settings.is_on || !self.public || self.removed || left_out {
            return Vec::new();
        }
        match self.details.unwrap_or(settings.details) {
            PublicDetails::Show => vec![self.prompt.clone(), self.negative.clone()],
            PublicDetails::Prompt => vec![self.prompt.clone()],
            PublicDetails::Hide => Vec::new(),
        }
    }
}

/// A library with a history.
struct History {
    fixture: LibraryFixture,
    chaos: Chaos,
    library: Option<Library>,
    publishing: Option<(CancellationToken, JoinHandle<()>)>,
    random: Random,
    settings: FeedSettings,
    images: Vec<Image>,
    allowed: Words,
    words: u64,
    log: Vec<String>,
}

impl History {
    async fn begin(seed: u64) -> Self {
        let fixture = LibraryFixture::with_bucket();
        let chaos = Chaos::before(s3::shared().port()).await;
        fixture.set("R2_ENDPOINT", &chaos.endpoint());
        let library = Some(fixture.open().await);
        let settings = FeedSettings { is_on: true, ..FeedSettings::default() };
        let mut history = Self {
            fixture,
            chaos,
            library,
            publishing: None,
            random: Random::new(seed),
            settings: settings.clone(),
            images: Vec::new(),
            allowed: Words::default(),
            words: 0,
            log: Vec::new(),
        };
        history.library().save_feed_settings(settings).await.unwrap();
        for _ in 0..12 {
            history.import().await;
        }
        let reference = a_jpeg(40, 40).seed(history.random.next());
        import_picture(history.library(), &reference, references(None)).await;
        history
    }

    fn library(&self) -> &Library {
        self.library.as_ref().unwrap()
    }

    /// Returns a word that nothing else contains.
    fn word(&mut self) -> String {
        self.words += 1;
        format!("{MARK}{:08}", self.words)
    }

    fn index(&mut self, is_wanted: impl Fn(&Image) -> bool) -> Option<usize> {
        let among: Vec<usize> =
            self.images.iter().enumerate().filter(|(_, one)| is_wanted(one)).map(|(at, _)| at).collect();
        let at = self.random.below(among.len() as u64);
        among.get(usize::try_from(at).unwrap()).copied()
    }

    /// Returns the words that visitors may see now.
    fn shown(&self) -> BTreeSet<String> {
        self.images.iter().flat_map(|image| image.shown(&self.settings)).collect()
    }

    /// Lets visitors see what the change that comes next makes public.
    fn allow(&self) {
        self.allowed.lock().unwrap().extend(self.shown());
    }

    async fn import(&mut self) {
        let (prompt, negative) = (self.word(), self.word());
        let text = format!(
            "{prompt}\nNegative prompt: {negative}\nSteps: 20, Sampler: Euler, CFG scale: 7, Seed: 42, Size: 24x16, Model: plain"
        );
        let picture: Picture = a_png(24, 16).seed(self.random.next()).with_text("parameters", &text);
        let id = import_picture(self.library(), &picture, generated()).await;
        self.images.push(Image {
            id,
            prompt,
            negative,
            public: false,
            removed: false,
            sensitive: false,
            details: None,
        });
    }

    /// Changes something.
    async fn change(&mut self) {
        let chance = self.random.below(100);
        match chance {
            0..8 if self.images.len() < CROWDED => self.import().await,
            0..38 => self.toggle().await,
            38..48 => self.edit().await,
            48..58 => self.remove_or_restore().await,
            58..66 => self.mark().await,
            66..78 => self.override_terms().await,
            78..90 => self.change_settings().await,
            _ => {
                let fault = FAULTS[usize::try_from(self.random.below(FAULTS.len() as u64)).unwrap()];
                let method = if self.random.below(4) == 0 { "POST" } else { "PUT" };
                self.log.push(format!("{method} will meet {fault:?}"));
                self.chaos.will(1, method, fault);
            }
        }
    }

    async fn toggle(&mut self) {
        let Some(at) = self.index(|image| !image.removed) else { return };
        self.images[at].public = !self.images[at].public;
        self.allow();
        let image = self.images[at].clone();
        self.log.push(format!("{} public: {}", image.prompt, image.public));
        let visibility = if image.public { Visibility::Public } else { Visibility::Unlisted };
        let report = self.library().set_visibility(vec![image.id], visibility).await.unwrap();
        assert!(report.failed.is_empty(), "{report:?}");
    }

    async fn edit(&mut self) {
        let Some(at) = self.index(|image| !image.removed) else { return };
        let word = self.word();
        self.log.push(format!("{} becomes {word}", self.images[at].prompt));
        self.images[at].prompt.clone_from(&word);
        self.allow();
        let edit = ImageEdit { prompt: Some(word), ..ImageEdit::default() };
        self.library().edit(&self.images[at].id, edit).await.unwrap();
    }

    async fn remove_or_restore(&mut self) {
        let Some(at) = self.index(|_| true) else { return };
        let image = self.images[at].clone();
        let report = if image.removed {
            // What was public when it was removed is public again.
            self.images[at].removed = false;
            self.allow();
            self.log.push(format!("{} is restored", image.prompt));
            self.library().restore(vec![image.id.clone()]).await
        } else if self.random.below(5) == 0 {
            self.images.remove(at);
            self.log.push(format!("{} is deleted", image.prompt));
            self.library().remove(vec![image.id.clone()], Removal::Permanent).await
        } else {
            self.images[at].removed = true;
            self.log.push(format!("{} is removed", image.prompt));
            self.library().remove(vec![image.id.clone()], Removal::ToTrash).await
        };
        assert!(report.as_ref().unwrap().failed.is_empty(), "{report:?}");
    }

    async fn mark(&mut self) {
        let Some(at) = self.index(|image| !image.removed) else { return };
        self.images[at].sensitive = !self.images[at].sensitive;
        self.allow();
        let image = self.images[at].clone();
        self.log.push(format!("{} sensitive: {}", image.prompt, image.sensitive));
        let report = self.library().set_sensitive(vec![image.id], image.sensitive).await.unwrap();
        assert!(report.failed.is_empty(), "{report:?}");
    }

    fn details(&mut self) -> PublicDetails {
        PublicDetails::ALL[usize::try_from(self.random.below(3)).unwrap()]
    }

    async fn override_terms(&mut self) {
        let Some(at) = self.index(|image| !image.removed) else { return };
        let details = (self.random.below(3) > 0).then(|| self.details());
        self.images[at].details = details;
        self.allow();
        let image = self.images[at].clone();
        self.log.push(format!("{} shows {details:?}", image.prompt));
        let report =
            self.library().set_public_terms(vec![image.id], TermsEdit::both(details, None)).await.unwrap();
        assert!(report.failed.is_empty(), "{report:?}");
    }

    async fn change_settings(&mut self) {
        match self.random.below(6) {
            0 | 1 => self.settings.details = self.details(),
            2 => self.settings.title = format!("Title {}", self.random.below(4)),
            3 => self.settings.declare_ai = !self.settings.declare_ai,
            4 => {
                self.settings.sensitive = match self.settings.sensitive {
                    SensitiveImages::Veil => SensitiveImages::LeaveOut,
                    SensitiveImages::LeaveOut => SensitiveImages::Veil,
                }
            }
            _ => self.settings.is_on = !self.settings.is_on,
        }
        self.save_settings().await;
    }

    async fn save_settings(&mut self) {
        self.allow();
        let FeedSettings { is_on, details, sensitive, title, .. } = &self.settings;
        self.log.push(format!("settings: on {is_on}, {details:?}, {sensitive:?}, {title}"));
        self.library().save_feed_settings(self.settings.clone()).await.unwrap();
    }

    /// Begins to publish, stops it midway, or drops the library in the middle of it.
    async fn disturb(&mut self) {
        match (self.random.below(10), self.publishing.take()) {
            (0..6, None) => {
                let cancel = CancellationToken::new();
                let (library, token) = (self.library().clone(), cancel.clone());
                self.log.push("publishing begins".to_owned());
                let task = tokio::spawn(async move {
                    library.publish_feed(Some(Duration::from_mins(2)), token).await.unwrap();
                });
                self.publishing = Some((cancel, task));
            }
            (0, Some((cancel, task))) => {
                self.log.push("publishing is cancelled".to_owned());
                cancel.cancel();
                task.await.unwrap();
            }
            (1, running) => {
                self.log.push("the library is dropped".to_owned());
                if let Some((_, task)) = running {
                    task.abort();
                    let _ = task.await;
                }
                drop(self.library.take());
                self.library = Some(self.fixture.open().await);
            }
            (_, Some((_, task))) if task.is_finished() => task.await.unwrap(),
            (_, running) => self.publishing = running,
        }
    }

    /// Publishes until nothing is left to do, however often a fault stops it.
    async fn publish_all(&self) {
        let mut pushed = None;
        for _ in 0..MOST_RUNS {
            self.library().retry_transfers(None).await.unwrap();
            let run = self.library().publish_feed(Some(Duration::from_mins(1)), CancellationToken::new());
            let pushed = pushed.insert(run.await.unwrap());
            if pushed.is_complete {
                return;
            }
        }
        let status = self.library().feed_status().await.unwrap();
        let transfers = self.library().transfers(20).await.unwrap();
        panic!("it is never published: {pushed:?} {status:?} {transfers:?}\n{}", self.log.join("\n"));
    }

    /// Publishes everything, and checks what is left.
    async fn settle(&mut self) {
        if let Some((cancel, task)) = self.publishing.take() {
            cancel.cancel();
            task.await.unwrap();
        }
        self.publish_all().await;
        let shown = self.shown();
        let found: BTreeSet<String> =
            site(&self.fixture).await.values().flat_map(|bytes| words_in(bytes)).collect();
        assert_eq!(found, shown, "{}", self.log.join("\n"));
        // What was taken back is not allowed to come back by itself.
        *self.allowed.lock().unwrap() = shown.into_iter().collect();
        self.log.push("everything is published".to_owned());
    }

    async fn switch(&mut self, on: bool) -> BTreeMap<String, Vec<u8>> {
        self.settings.is_on = on;
        self.save_settings().await;
        self.settle().await;
        site(&self.fixture).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_random_history_ends_in_the_bytes_of_a_fresh_publication_and_shows_nothing_hidden() {
    let changes = number(CHANGES).unwrap_or(60);
    let seed = number(SEED).unwrap_or_else(|| u64::from_str_radix(&s3::random_hex(4), 16).unwrap());
    println!("{CHANGES}={changes} {SEED}={seed}");
    let mut history = History::begin(seed).await;
    let base = format!("{}/feed/{}/", s3::shared().public_base(), history.fixture.owner());
    let visitor = Visitor::of(base, Arc::clone(&history.allowed));
    for change in 1..=changes {
        history.change().await;
        history.disturb().await;
        if change % SETTLE_EACH == 0 {
            history.settle().await;
        }
    }
    let after_history = history.switch(true).await;
    let nothing = history.switch(false).await;
    assert!(nothing.is_empty(), "{:?}", nothing.keys());
    let fresh = history.switch(true).await;
    let visit = visitor.stop().await;
    assert!(visit.wrong.is_empty(), "seed {seed}: {:?}\n{}", visit.wrong, history.log.join("\n"));
    assert!(visit.pages > 0, "the visitor never saw a page");
    let names = |files: &BTreeMap<String, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&after_history), names(&fresh), "seed {seed}");
    for (path, bytes) in &fresh {
        assert_eq!(after_history[path], *bytes, "seed {seed}: {path}");
    }
    println!("{changes} changes, {} files read by the visitor", visit.pages);
}
