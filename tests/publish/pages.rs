//! The pages in a browser: no shift, no noise, nothing from elsewhere, at the
//! widths of a phone and of a desk, with scripts and without.

use serde_json::Value;
use vitrine_core::publish::render;
use vitrine_core::publish::site::{List, ListName, SiteLink};
use vitrine_tests::browser::{Browser, Visitor};
use vitrine_tests::process::workspace_root;
use vitrine_tests::static_site::StaticSite;

use crate::feeds::{closes_what_it_opens, hostile, with_turned_words};
use crate::fixture::{SENSITIVE, page_id, published};

pub(crate) const DESK: Visitor = Visitor { size: (1440, 900), is_dark: true, has_scripts: true };
const PHONE: Visitor = Visitor { size: (360, 740), is_dark: false, has_scripts: true };

/// Scrolls through the page, so that everything in it is loaded.
async fn scroll_through(browser: &Browser) {
    let mut at = 0;
    while browser.evaluate(&format!("scrollTo(0, {at}); {at} < document.body.scrollHeight")).await == true {
        at += 400;
        browser.until("[...document.images].filter((image) => image.getBoundingClientRect().top < innerHeight).every((image) => image.complete || !image.checkVisibility())").await;
    }
    browser.evaluate("scrollTo(0, 0)").await;
}

async fn check_calm(browser: &Browser, server: &StaticSite, of: &str) {
    let shifts = "(() => {
        const observer = new PerformanceObserver(() => {});
        observer.observe({ type: 'layout-shift', buffered: true });
        return observer.takeRecords().map((shift) => [shift.value,
            shift.sources.map((source) => source.node?.outerHTML?.slice(0, 80))]);
    })()";
    let shifts = browser.evaluate(shifts).await;
    let sum: f64 = shifts.as_array().unwrap().iter().filter_map(|shift| shift[0].as_f64()).sum();
    assert!(sum < 0.01, "{of}: the layout shifts by {sum}: {shifts}");
    let unsized_images = "[...document.images].filter((image) =>
        !(+image.getAttribute('width') > 0 && +image.getAttribute('height') > 0)).map((image) => image.outerHTML)";
    assert_eq!(browser.evaluate(unsized_images).await, Value::Array(vec![]), "{of}");
    let wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth";
    assert_eq!(browser.evaluate(wide).await, 0, "{of}: the page scrolls sideways");
    assert_eq!(browser.complaints().await, Vec::<String>::new(), "{of}");
    let elsewhere: Vec<String> =
        browser.requests().await.into_iter().filter(|url| !url.starts_with(&server.url(""))).collect();
    assert_eq!(elsewhere, Vec::<String>::new(), "{of}");
}

async fn visit_all(visitor: Visitor) {
    let published = published(60);
    let server = published.serve().await;
    let browser = Browser::start(visitor).await;
    let paths = [
        ("list", "index.html".to_owned()),
        ("leaf", format!("p/{}.html", page_id(usize::MAX))),
        ("image", format!("i/{}.html", page_id(0))),
        ("sensitive", format!("i/{}.html", page_id(SENSITIVE))),
    ];
    for (name, path) in paths {
        browser.open(&server.url(&path)).await;
        scroll_through(&browser).await;
        let of = format!(
            "{name}-{}-{}-{}",
            visitor.size.0,
            if visitor.is_dark { "dark" } else { "light" },
            if visitor.has_scripts { "scripts" } else { "plain" }
        );
        check_calm(&browser, &server, &of).await;
        browser.screenshot(&of).await;
    }
}

#[tokio::test]
async fn pages_are_calm_on_a_desk() {
    visit_all(DESK).await;
    visit_all(Visitor { is_dark: false, has_scripts: false, ..DESK }).await;
}

#[tokio::test]
async fn pages_are_calm_on_a_phone() {
    visit_all(PHONE).await;
    visit_all(Visitor { is_dark: true, has_scripts: false, ..PHONE }).await;
}

#[tokio::test]
async fn a_sensitive_picture_is_shown_only_on_request() {
    for has_scripts in [true, false] {
        let mut published = published(9);
        published.entries[SENSITIVE].small.path = "s/veiled.jpg".to_owned();
        published.entries[SENSITIVE].large.path = "l/veiled.jpg".to_owned();
        let page = format!("i/{}.html", page_id(SENSITIVE));
        for path in ["index.html", page.as_str()] {
            let server = published.serve().await;
            let browser = Browser::start(Visitor { has_scripts, ..DESK }).await;
            browser.open(&server.url(path)).await;
            scroll_through(&browser).await;
            let visible = "document.querySelector('details img').checkVisibility()";
            assert_eq!(browser.evaluate(visible).await, false, "{path}");
            // Without scripts, browsers load every picture at once, so that a page cannot see how far
            // a visitor scrolls.
            let is_loaded = server.asked().iter().any(|path| path.contains("veiled"));
            assert!(!is_loaded || !has_scripts, "{path}");
            browser.client().find(fantoccini::Locator::Css("summary")).await.unwrap().click().await.unwrap();
            browser.until(visible).await;
            browser.until("document.querySelector('details img').naturalWidth > 0").await;
        }
    }
}

#[tokio::test]
async fn nothing_that_the_artist_writes_is_executed() {
    let mut published = published(6);
    let words = hostile();
    published.site.title.clone_from(&words);
    published.site.about.clone_from(&words);
    published.site.links = [
        "javascript:pwned=1",
        "data:text/html,<script>pwned=1</script>",
        "https://x.example/\" onclick=\"pwned=1",
        &words,
    ]
    .map(|url| SiteLink { label: words.clone(), url: url.to_owned() })
    .into();
    for entry in &mut published.entries {
        entry.prompt = Some(words.clone());
        entry.negative_prompt = Some(words.clone());
        for detail in &mut entry.details {
            detail.label.clone_from(&words);
            detail.value.clone_from(&words);
        }
    }
    let server = published.serve().await;
    let browser = Browser::start(DESK).await;
    for path in ["index.html".to_owned(), format!("i/{}.html", page_id(0))] {
        browser.open(&server.url(&path)).await;
        scroll_through(&browser).await;
        let found = browser
            .evaluate(
                "[typeof pwned, document.querySelectorAll('script:not([src]):not([type])').length,
                document.querySelectorAll('[onerror], [onclick], [onfocus], [autofocus]').length,
                [...document.images].filter((image) => image.getAttribute('src') === 'x').length,
                [...document.links].filter((link) => !/^(http:|https:|mailto:)/.test(link.href)).length]",
            )
            .await;
        assert_eq!(found, serde_json::json!(["undefined", 0, 0, 0, 0]), "{path}");
        check_calm(&browser, &server, &path).await;
    }
    // The data for search engines is one text that parses.
    let data = "JSON.parse(document.querySelector('[type=\"application/ld+json\"]').textContent)['@type']";
    assert_eq!(browser.evaluate(data).await, "ImageObject");
}

#[test]
fn a_text_does_not_turn_around_what_stands_beside_it_on_a_page() {
    let mut count = 0;
    for file in with_turned_words().files().iter().filter(|file| file.content_type.starts_with("text/html")) {
        for text in std::str::from_utf8(&file.bytes).unwrap().split(['<', '>', '"']) {
            assert!(closes_what_it_opens(text), "{}: {text:?}", file.path);
            count += usize::from(text.contains('\u{202E}'));
        }
    }
    assert!(count > 10, "{count}");
}

#[test]
fn the_title_of_an_image_in_hebrew_does_not_swallow_that_of_the_site() {
    let mut published = with_turned_words();
    published.site.title = "Ana (2026)".to_owned();
    published.entries[0].prompt = Some("שלום!".to_owned());
    let page = render::image_page(&published.site, &published.entries[0]).unwrap();
    let html = String::from_utf8(page.bytes).unwrap();
    assert!(html.contains("<title>\u{2068}שלום!\u{2069} - Ana (2026)</title>"), "{html}");
}

#[tokio::test]
async fn axe_finds_nothing() {
    let axe = std::fs::read_to_string(workspace_root().join("ui/node_modules/axe-core/axe.min.js")).unwrap();
    let mut published = published(60);
    let server = published.serve().await;
    published.entries.clear();
    let list = List { name: ListName::Head, entries: &[], newer: None, older: None };
    assert!(!render::list(&published.site, &list).unwrap()[0].bytes.is_empty());
    let empty = published.serve().await;
    for visitor in [DESK, PHONE] {
        let browser = Browser::start(visitor).await;
        let pages = [
            server.url("index.html"),
            server.url(&format!("p/{}.html", page_id(usize::MAX))),
            server.url(&format!("i/{}.html", page_id(0))),
            server.url(&format!("i/{}.html", page_id(SENSITIVE))),
            empty.url("index.html"),
        ];
        for page in pages {
            browser.open(&page).await;
            assert_eq!(axe_findings(&browser, &axe).await, Vec::<String>::new(), "{page}");
        }
        browser.open(&server.url("index.html")).await;
        browser.evaluate("document.querySelector('.rows a').click()").await;
        browser.until("document.querySelector('dialog').open").await;
        assert_eq!(axe_findings(&browser, &axe).await, Vec::<String>::new(), "the viewer");
    }
}

/// Returns what axe finds on the current page.
async fn axe_findings(browser: &Browser, axe: &str) -> Vec<String> {
    browser.evaluate(&format!("{axe}; 0")).await;
    let run =
        "axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations.flatMap(
        (each) => each.nodes.map((node) => `${each.id}: ${node.html} ${node.any[0]?.message ?? ''}`)))";
    let found = browser.evaluate(run).await;
    found.as_array().unwrap().iter().map(|each| each.as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn pages_work_from_a_folder() {
    let published = published(12);
    let folder = tempfile::tempdir().unwrap();
    for file in published.with_pictures() {
        let path = folder.path().join(&file.path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, file.bytes).unwrap();
    }
    let browser = Browser::start(DESK).await;
    let index = format!("file://{}/index.html", folder.path().display());
    browser.open(&index).await;
    browser.until("document.images[1].naturalWidth > 0").await;
    assert_eq!(browser.evaluate("getComputedStyle(document.querySelector('.rows')).display").await, "flex");
    browser.evaluate("document.querySelector('.rows a').click()").await;
    browser.until("location.pathname.includes('/i/') && document.images[1].naturalWidth > 0").await;
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}
