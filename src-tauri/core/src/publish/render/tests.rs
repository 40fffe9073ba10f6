use super::*;
use crate::model::{OwnerId, UnixMs};
use crate::publish::site::{Detail, ListName, PageId, SiteImage, SiteLink};

fn image(path: String, width: u32, height: u32) -> SiteImage {
    SiteImage { path, content_type: "image/webp".to_owned(), size_bytes: 345_678, width, height }
}

fn entry(number: u8, prompt: &str) -> Entry {
    let id = PageId::new([number; 16]);
    Entry {
        id,
        created_at: UnixMs(1_772_496_000_000 - i64::from(number)),
        image: image(format!("../../ana/{id}.webp"), 1536, 1024),
        small: image(format!("s/{id}.webp"), 512, 341),
        large: image(format!("l/{id}.webp"), 1280, 853),
        colour: Some([number, 80, 160]),
        prompt: Some(prompt.to_owned()),
        negative_prompt: Some(prompt.to_owned()),
        details: vec![Detail { label: "Steps".to_owned(), value: "30".to_owned() }],
        sensitive: false,
        declared_ai: true,
    }
}

fn site(base: Option<&str>) -> Site {
    Site {
        owner: OwnerId::parse("ana").unwrap(),
        base: base.map(str::to_owned),
        title: "Ana".to_owned(),
        about: "Hello".to_owned(),
        links: vec![SiteLink { label: "Work".to_owned(), url: "https://ana.example/".to_owned() }],
        avatar: Some(image("avatar.webp".to_owned(), 256, 256)),
        keep_trainers_out: true,
    }
}

fn files(site: &Site, entries: &[Entry]) -> Vec<SiteFile> {
    let leaf = ListName::Leaf(PageId::new([200; 16]));
    let head = List { name: ListName::Head, entries, newer: None, older: Some(leaf) };
    let list_of_leaf = List {
        name: leaf,
        entries,
        newer: Some(ListName::Head),
        older: Some(ListName::Leaf(PageId::new([201; 16]))),
    };
    let mut files = assets();
    files.extend(list(site, &head).unwrap());
    files.extend(list(site, &list_of_leaf).unwrap());
    files.extend(entries.iter().map(|entry| image_page(site, entry).unwrap()));
    files
}

fn text(file: &SiteFile) -> String {
    String::from_utf8(file.bytes.clone()).unwrap()
}

/// Returns the values of `src`, `href`, `srcset` and of the JSON keys that are
/// references.
fn references(file: &SiteFile) -> Vec<String> {
    let text = text(file).replace('\\', "");
    let mut found = Vec::new();
    for start in [
        "src=\"",
        "href=\"",
        "url\":\"",
        "image\":\"",
        "avatar\":\"",
        "icon\":\"",
        "<icon>",
        "<uri>",
        "Url\":\"",
    ] {
        for after in text.split(start).skip(1) {
            found.extend(after.split(['"', '<']).next().map(str::to_owned));
        }
    }
    found.retain(|reference| !reference.starts_with('#'));
    for set in text.split("srcset=\"").skip(1) {
        let candidates = set.split('"').next().unwrap().split(", ");
        found.extend(candidates.map(|candidate| candidate.split(' ').next().unwrap().to_owned()));
    }
    found
}

#[test]
fn the_same_values_give_the_same_bytes() {
    let entries = [entry(1, "one"), entry(2, "two")];
    for base in [None, Some("https://x.example/feed/ana/")] {
        assert_eq!(files(&site(base), &entries), files(&site(base), &entries));
    }
}

#[test]
fn references_are_right_from_every_folder() {
    let entries = [entry(1, "one"), entry(2, "two")];
    let own = "https://y.example/a/feed/ana/";
    for base in [None, Some(own)] {
        let all = files(&site(base), &entries);
        let mut known: Vec<String> = all.iter().map(|file| format!("{own}{}", file.path)).collect();
        for entry in &entries {
            known.push(format!("{own}{}", entry.small.path));
            known.push(format!("{own}{}", entry.large.path));
            known.push(format!("https://y.example/a/ana/{}.webp", entry.id));
        }
        known.push(format!("{own}avatar.webp"));
        for path in [200, 201].map(|byte| PageId::new([byte; 16])) {
            known.extend(["html", "json", "xml"].map(|extension| format!("{own}p/{path}.{extension}")));
        }
        let outside = ["https://ana.example/"];
        for file in all.iter().skip(assets().len()) {
            let address = url::Url::parse(own).unwrap().join(&file.path).unwrap();
            let references = references(file);
            assert!(references.len() > 5, "{}", file.path);
            for reference in references.iter().filter(|reference| !outside.contains(&reference.as_str())) {
                let target = address.join(reference).unwrap();
                assert!(known.contains(&target.to_string()), "{}: {reference}", file.path);
                assert!(base.is_some() || !reference.contains(':'), "{}: {reference}", file.path);
            }
        }
    }
}

#[test]
fn a_full_first_page_is_under_60_kb() {
    let entries: Vec<Entry> =
        (0..119).map(|number| entry(number, &"a quiet harbour at dawn, ".repeat(400))).collect();
    let files = files(&site(Some("https://pictures.example/feed/ana/")), &entries);
    let of_page = |file: &&SiteFile| {
        file.path == "index.html" || file.path.contains(".css") || file.path.starts_with("script")
    };
    let size: usize = files.iter().filter(of_page).map(|file| file.bytes.len()).sum();
    assert!(size < 60_000, "{size}");
}

#[test]
fn pages_of_images_refer_to_no_other_image() {
    let page = text(&image_page(&site(None), &entry(1, "one")).unwrap());
    assert!(page.contains("href=\"../index.html\""));
    assert_eq!(
        page.matches(".html").count(),
        2,
        "the link back, and the creator in the data for search engines"
    );
}

#[test]
fn without_an_address_nothing_claims_one() {
    let entries = [entry(1, "one")];
    for file in files(&site(None), &entries) {
        let text = text(&file);
        for word in [
            "canonical",
            "og:url",
            "og:image",
            "twitter:card",
            "home_page_url",
            "feed_url",
            "rel=\"self\" type=\"application/atom+xml\" href=\"http",
        ] {
            assert!(!text.contains(word), "{}: {word}", file.path);
        }
    }
}

#[test]
fn only_addresses_that_are_safe_become_links() {
    let mut site = site(None);
    let urls = [
        "https://a.example/x",
        "mailto:a@b.example",
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "a.example",
        " http://b.example ",
    ];
    site.links = urls.map(|url| SiteLink { label: String::new(), url: url.to_owned() }).into();
    let head = List { name: ListName::Head, entries: &[], newer: None, older: None };
    let page = text(&list(&site, &head).unwrap()[0]);
    let linked: Vec<&str> = page
        .split("rel=\"me noopener\" href=\"")
        .skip(1)
        .map(|after| after.split('"').next().unwrap())
        .collect();
    assert_eq!(linked, ["https://a.example/x", "mailto:a@b.example", "http://b.example/"]);
    assert!(page.contains("<li dir=\"auto\">javascript:alert(1)</li>"));
}

#[test]
fn hidden_texts_are_in_no_file() {
    let mut hidden = entry(1, "one");
    hidden.prompt = None;
    hidden.negative_prompt = None;
    hidden.details.clear();
    for file in files(&site(None), &[hidden]).iter().skip(assets().len()) {
        let text = text(file);
        assert!(text.contains("Image"), "{}", file.path);
        assert!(!text.contains("rompt") && !text.contains("details"), "{}", file.path);
    }
}

#[test]
fn an_empty_feed_says_so_calmly() {
    let head = List { name: ListName::Head, entries: &[], newer: None, older: None };
    let [page, json, atom] = list(&site(None), &head).unwrap();
    assert!(text(&page).contains("There are no pictures here yet."));
    assert!(text(&json).contains("\"items\":[]"));
    assert!(text(&atom).contains("<updated>1970-01-01T00:00:00Z</updated>"));
}

#[test]
fn addresses_and_paths_that_cannot_be_used_are_refused() {
    for base in ["https://x.example/feed", "ftp://x.example/", "feed/", "https://x.example/?a/", ""] {
        assert!(
            matches!(image_page(&site(Some(base)), &entry(1, "")), Err(RenderError::Base { .. })),
            "{base}"
        );
    }
    for path in ["", "/x.png", "a b.png", "a\"b.png", "javascript:x", "ä.png"] {
        let mut entry = entry(1, "");
        entry.large.path = path.to_owned();
        assert!(matches!(image_page(&site(None), &entry), Err(RenderError::Path { .. })), "{path}");
    }
}
