//! The published feed: from the window into the bucket, what a visitor sees of it, and that what is taken back
//! or hidden is nowhere.

use crate::fixture::{DesktopFixture, TILE, click, get, status, tile};
use serde_json::Value;
use std::time::Duration;
use vitrine_core::model::{ImageId, Visibility};
use vitrine_tests::browser::{Browser, Visitor};
use vitrine_tests::desktop::{Desktop, DesktopOptions};
use vitrine_tests::feed_files::{FeedFiles, assert_nowhere, objects_under};
use vitrine_tests::fixture::bucket_of;
use vitrine_tests::pictures::a_png;
use vitrine_tests::process::{Cli, app_binary};
use vitrine_tests::rows::set_every_mail;
use vitrine_tests::s3::S3Server;
use vitrine_tests::window::AppWindow;

/// How long publishing may take. It begins two seconds after a change.
const PUBLISHED_WITHIN: Duration = Duration::from_secs(40);
const STATE: &str = "[data-testid=feed-state]";
const FOOTER: &str = "[data-testid=transfers-footer]";
const OFFER: &str = "[data-testid=feed-offer]";
const MAIL: &str = "ana.private@mail.example";
/// A phone and a desk.
const WIDTHS: [(u32, u32); 2] = [(360, 740), (1440, 900)];

const DESK: Visitor = Visitor { size: WIDTHS[1], is_dark: true, has_scripts: true };

/// The prompts of the pictures, in the order in which they are imported, with their sizes.
const PICTURES: [(&str, u32, u32); 4] = [
    ("a harbour at dawn, fishing boats in mist", 960, 640),
    ("an old gardener among tulips", 640, 960),
    ("an unspeakable recipe", 800, 800),
    ("a confidential sketch", 1200, 640),
];

/// A picture in the history.
struct Pictured {
    id: String,
    key: String,
    filename: String,
}

/// A library with four pictures and one reference, and the server that they are published on.
struct Story {
    server: S3Server,
    fixture: DesktopFixture,
    /// In the order of [`PICTURES`].
    pictures: Vec<Pictured>,
    reference: Pictured,
}

fn pictured(row: &Value) -> Pictured {
    let field = |name: &str| row[name].as_str().unwrap().to_owned();
    Pictured { id: field("id"), key: field("r2_key"), filename: field("filename") }
}

impl Story {
    async fn begin() -> Self {
        let server = tokio::task::spawn_blocking(S3Server::start).await.unwrap();
        let fixture = DesktopFixture::new();
        let mut files = Vec::new();
        for (seed, (prompt, width, height)) in (1..).zip(PICTURES) {
            let parameters = format!(
                "{prompt}\nNegative prompt: ugly frame {seed}\nSteps: 20, Sampler: Euler, CFG scale: 7, \
                 Seed: {seed}, Size: {width}x{height}, Model: model{seed}"
            );
            let picture = a_png(width, height).seed(seed).with_text("parameters", &parameters);
            files.push(picture.write_to(&fixture.dropped(), &format!("study-{seed}.png")));
        }
        fixture.import(&files).await;
        let pose = a_png(400, 300).seed(9).write_to(&fixture.dropped(), "borrowed-pose.png");
        let arguments = ["import", "--as", "reference", pose.to_str().unwrap()];
        let _ = Cli::on(&fixture.library()).run(arguments).await.exits_with(0);
        set_every_mail(&fixture.library(), MAIL);

        let mut pictures: Vec<Pictured> = fixture.list("generated").await.iter().map(pictured).collect();
        pictures.sort_by(|one, other| one.filename.cmp(&other.filename));
        let reference = pictured(&fixture.list("references").await[0]);
        // Every picture was made with the reference.
        let library = fixture.open().await;
        let id = |id: &String| ImageId::parse(id).unwrap();
        let ids = pictures.iter().map(|picture| id(&picture.id)).collect();
        library.link_references(ids, vec![id(&reference.id)]).await.unwrap();
        Self { server, fixture, pictures, reference }
    }

    /// Returns every file of every feed, by its path under `feed/`.
    async fn files(&self) -> FeedFiles {
        objects_under(&bucket_of(&self.server), "feed/").await
    }

    /// Fails if anything is under `feed/` that is never published: what belongs to the picture that stays
    /// unlisted and to the reference, what one picture hides, and what is private to the profile.
    fn assert_private(&self, files: &FeedFiles) {
        let [.., hidden, unlisted] = &self.pictures[..] else { unreachable!() };
        let folders = [self.fixture.library(), self.fixture.dropped()];
        let mut secrets =
            vec!["confidential", "model4", "ugly frame 4", "unspeakable", "model3", "ugly frame 3"];
        secrets.extend([MAIL, &hidden.filename, &unlisted.filename]);
        secrets
            .extend([&self.reference.id, &self.reference.key, &self.reference.filename].map(String::as_str));
        secrets.extend(folders.iter().map(|folder| folder.to_str().unwrap()));
        // The permanent links of originals are not mentioned, not even those of public pictures.
        secrets.extend(self.pictures.iter().flat_map(|picture| [picture.id.as_str(), &picture.key]));
        for secret in secrets {
            assert_nowhere(files, secret);
        }
    }
}

/// Selects a picture and waits until the list of what goes out is there.
async fn inspect(window: &AppWindow<'_>, picture: &Pictured, state: &str) {
    window.click(&tile(&picture.id)).await;
    window.wait_text("[data-testid=public-copy-state]", state).await;
}

/// Makes a picture public or unlisted in the inspector.
async fn set(window: &AppWindow<'_>, picture: &Pictured, visibility: Visibility) {
    let word = if visibility == Visibility::Public { "public" } else { "unlisted" };
    click(window, &format!("inspector-visibility-{word}")).await;
    if visibility == Visibility::Public {
        window.wait_for(&format!("{}[data-visibility=public]", tile(&picture.id))).await;
    }
}

/// Chooses one of the choices of a select.
async fn choose(window: &AppWindow<'_>, hook: &str, value: &str) {
    let css = format!("[data-testid={hook}]");
    window.wait_for(&css).await;
    let select = window.client().find(fantoccini::Locator::Css(&css)).await.unwrap();
    select.select_by_value(value).await.unwrap();
}

/// Waits until the window says that publishing is done.
async fn wait_published(window: &AppWindow<'_>, words: &str) {
    window
        .eventually_within(PUBLISHED_WITHIN, &format!("the feed is {words}"), async || {
            window.texts(STATE).await == [words]
        })
        .await;
}

async fn screenshots_in_both_themes(window: &AppWindow<'_>, name: &str) {
    for theme in ["light", "dark"] {
        click(window, "nav-settings").await;
        click(window, &format!("theme-{theme}")).await;
        click(window, "nav-feed").await;
        window.wait_for(&format!("{TILE} img.ready")).await;
        window.wait_for(&format!("[data-theme={theme}]")).await;
        let faded = "return [...document.images].every((image) => getComputedStyle(image).opacity === '1')";
        window.eventually("the pictures are there", async || window.script(faded).await == true).await;
        window.screenshot(&format!("{name}-{theme}"));
    }
}

/// Opens the published page as a visitor, follows its first picture, and returns the number of pictures.
async fn visit(browser: &Browser, address: &str, visitor: Visitor, name: &str) -> u64 {
    let base = address.strip_suffix("index.html").unwrap();
    browser.becomes(visitor).await;
    let name = format!("{name}-{}-{}", visitor.size.0, if visitor.has_scripts { "scripts" } else { "plain" });
    browser.open(address).await;
    browser.evaluate("scrollTo(0, document.body.scrollHeight)").await;
    browser.until("[...document.images].every((image) => image.complete && image.naturalWidth > 0)").await;
    browser.evaluate("scrollTo(0, 0)").await;
    browser.screenshot(&name).await;
    let wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth";
    assert_eq!(browser.evaluate(wide).await, 0, "{name}: the page scrolls sideways");
    let tiles = browser.evaluate("document.querySelectorAll('.rows a').length").await;
    let page = browser.evaluate("document.querySelector('.rows a').href").await;

    // With scripts, the picture opens over the list. Without them, the tile is a link.
    let middle = "(() => { const box = document.querySelector('.rows a').getBoundingClientRect();
        return [box.x + box.width / 2, box.y + box.height / 2]; })()";
    let middle = browser.evaluate(middle).await;
    browser.click_at(middle[0].as_f64().unwrap(), middle[1].as_f64().unwrap()).await;
    browser.until(&format!("location.href === {page}")).await;
    let shown = if visitor.has_scripts { "dialog[open] img" } else { "figure img" };
    browser.until(&format!("document.querySelector('{shown}')?.naturalWidth > 0")).await;
    browser.screenshot(&format!("{name}-picture")).await;

    assert_eq!(browser.complaints().await, Vec::<String>::new(), "{name}");
    let elsewhere: Vec<String> =
        browser.requests().await.into_iter().filter(|url| !url.starts_with(base)).collect();
    assert_eq!(elsewhere, Vec::<String>::new(), "{name}");
    tiles.as_u64().unwrap()
}

/// Returns the items of the JSON Feed and the number of entries of the Atom feed.
async fn feeds(address: &str) -> (Vec<Value>, usize) {
    let base = address.strip_suffix("index.html").unwrap();
    let json = get(&format!("{base}feed.json")).await.bytes().await.unwrap();
    let json: Value = serde_json::from_slice(&json).unwrap();
    let atom = get(&format!("{base}atom.xml")).await.bytes().await.unwrap();
    let atom = feed_rs::parser::parse(atom.as_ref()).unwrap();
    (json["items"].as_array().unwrap().clone(), atom.entries.len())
}

/// Makes three pictures public, with one of them hiding how it was made. Takes up the offer that comes with the
/// first.
async fn make_three_public(story: &Story, window: &AppWindow<'_>) {
    let [harbour, gardener, hidden, _] = &story.pictures[..] else { unreachable!() };
    inspect(window, harbour, "If it is public and your feed is on").await;
    let copy = window.text("[data-testid=public-copy]").await;
    assert!(copy.contains(PICTURES[0].0) && copy.contains("model1"), "{copy}");
    assert!(window.text("[data-testid=public-copy-kept]").await.contains("Prompt and parameters"));
    assert_eq!(window.count(OFFER).await, 0);
    set(window, harbour, Visibility::Public).await;
    window.wait_for(OFFER).await;
    window.screenshot("feed-offer");
    click(window, "feed-offer-look").await;
    window.wait_for("[data-testid=feed-header]").await;
    window.wait_for("[data-testid=feed-switch][aria-checked=false]").await;
    click(window, "nav-history").await;

    inspect(window, gardener, "If it is public").await;
    set(window, gardener, Visibility::Public).await;
    inspect(window, hidden, "If it is public").await;
    choose(window, "terms-details", "hide").await;
    window.wait_text("[data-testid=public-copy-removed]", "Prompt and parameters").await;
    let copy = window.text("[data-testid=public-copy]").await;
    assert!(!copy.contains("unspeakable") && !copy.contains("model3"), "{copy}");
    let _ = window.script("document.querySelector('[data-testid=public-copy]').scrollIntoView()").await;
    window.screenshot("feed-hidden");
    set(window, hidden, Visibility::Public).await;
    // It is offered once.
    assert_eq!(window.count(OFFER).await, 0);
    // Until the feed is switched on, nothing goes out.
    assert_eq!(story.files().await.keys().collect::<Vec<_>>(), [] as [&String; 0]);
}

/// Switches the feed on through the dialog of the first time, and returns its address.
async fn publish(window: &AppWindow<'_>) -> String {
    click(window, "nav-feed").await;
    window.wait_count(&format!("{TILE} img.ready"), 3).await;
    click(window, "feed-switch").await;
    window.wait_text("[data-testid=publish-dialog]", "3 public images").await;
    // One of the three hides how it was made.
    for of in ["parameters of 2 images are shown.", "parameters of 1 image are removed"] {
        window.wait_text("[data-testid=publish-dialog]", of).await;
    }
    // A key that was pressed too early cancels, and neither publishes nor leads away.
    let focused = window.script("return document.activeElement.textContent").await;
    assert_eq!(focused, "Cancel");
    window.screenshot("feed-dialog");
    click(window, "publish-ok").await;
    window.wait_gone("[data-testid=publish-dialog]").await;
    wait_published(window, "Published, 3 images").await;
    window.text("[data-testid=feed-address]").await
}

/// Makes a published picture unlisted. As soon as the window says that it is done, nothing of it is there.
async fn take_back(story: &Story, window: &AppWindow<'_>, address: &str) {
    let taken = &story.pictures[0];
    let before = story.files().await;
    let (items, _) = feeds(address).await;
    let is_taken = |item: &&Value| item["_vitrine"]["prompt"] == PICTURES[0].0;
    let item = items.iter().find(is_taken).unwrap();
    let url = |value: &Value| value.as_str().unwrap().to_owned();
    let gone = [url(&item["url"]), url(&item["attachments"][0]["url"]), url(&item["image"])];
    for url in &gone {
        assert_eq!(status(url).await, 200, "{url}");
    }
    inspect(window, taken, "Published.").await;
    window.screenshot("feed-published-inspector");
    set(window, taken, Visibility::Unlisted).await;
    wait_published(window, "Published, 2 images").await;

    for url in &gone {
        assert_eq!(status(url).await, 404, "{url}");
    }
    let (items, entries) = feeds(address).await;
    assert_eq!((items.len(), entries), (2, 2));
    let after = story.files().await;
    story.assert_private(&after);
    for words in ["a harbour at dawn", "fishing boats", "ugly frame 1", "model1"] {
        let was_there = before.values().any(|bytes| memchr::memmem::find(bytes, words.as_bytes()).is_some());
        assert!(was_there, "{words}");
        assert_nowhere(&after, words);
    }
    assert_nowhere(&after, &taken.filename);
    // The address of its page contains the name of the image in the feed.
    let page = gone[0].rsplit('/').next().unwrap();
    assert_nowhere(&after, page.strip_suffix(".html").unwrap());
    // Its unlisted link still works: only what was public is gone.
    let original = story.server.public_base() + "/" + &taken.key;
    assert_eq!(status(&original).await, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn public_images_are_published_visited_and_taken_back() {
    let story = Story::begin().await;
    let desktop = Desktop::start(DesktopOptions::default()).await;
    let window = desktop.launch(&app_binary(), story.fixture.env_with(&story.server)).await;
    window.wait_count("[data-testid=tile][data-upload=stored]", 4).await;
    make_three_public(&story, &window).await;
    let address = publish(&window).await;
    assert!(address.starts_with(&format!("{}/feed/", story.server.public_base())), "{address}");
    assert!(address.ends_with("/index.html"), "{address}");
    screenshots_in_both_themes(&window, "feed-published").await;
    let (items, entries) = feeds(&address).await;
    assert_eq!((items.len(), entries), (3, 3));
    story.assert_private(&story.files().await);
    let browser = Browser::start(DESK).await;
    for size in WIDTHS {
        for has_scripts in [true, false] {
            let visitor = Visitor { size, is_dark: has_scripts, has_scripts };
            assert_eq!(visit(&browser, &address, visitor, "bucket").await, 3);
        }
    }

    take_back(&story, &window, &address).await;
    assert_eq!(visit(&browser, &address, DESK, "bucket-two").await, 2);
    window.screenshot("feed-two");

    click(&window, "feed-switch").await;
    window
        .eventually_within(PUBLISHED_WITHIN, "the window says that the feed is removed", async || {
            let toasts = window.texts("[data-testid=toast]").await;
            toasts.iter().any(|toast| toast.contains("Your feed is removed from the bucket"))
        })
        .await;
    // No transfer is left either.
    window.eventually("all is removed", async || window.texts(FOOTER).await == ["Transfers"]).await;
    window.screenshot("feed-off");
    assert_eq!(story.files().await.keys().collect::<Vec<_>>(), [] as [&String; 0]);
    assert_eq!(status(&address).await, 404);
    window.close().await;
}
