//! The feeds as other programs read them.

use serde_json::{Value, json};
use vitrine_core::publish::site::SiteFile;

use crate::fixture::{Published, SENSITIVE, page_id, published};

/// Returns words that end elements, break encodings and turn lines around.
pub(crate) fn hostile() -> String {
    let controls: String =
        (0..32).filter_map(char::from_u32).chain(['\u{FFFE}', '\u{FFFF}', '\u{85}']).collect();
    let long = "very long words ".repeat(640);
    format!(
        "</script><script>pwned=1</script> ]]> \"><img src=x onerror=pwned=1> ' onfocus=pwned=1 autofocus x='\
         <!-- --> &lt;b&gt; {{{{ 7 * 7 }}}} </title></textarea></style> \u{202e}desrever\u{2066} 👩‍🎨🏳️‍🌈 {controls} {long}"
    )
}

fn with_hostile_words(count: usize) -> Published {
    let mut published = published(count);
    published.site.title = hostile();
    published.site.about = hostile();
    for entry in &mut published.entries {
        entry.prompt = Some(hostile());
        entry.negative_prompt = Some(hostile());
        for detail in &mut entry.details {
            detail.label = hostile();
            detail.value = hostile();
        }
    }
    published
}

fn feeds(published: &Published, extension: &str) -> Vec<SiteFile> {
    let of_kind = |file: &SiteFile| file.path.ends_with(extension);
    published.files().into_iter().filter(of_kind).collect()
}

#[test]
fn feed_readers_understand_both_feeds() {
    let published = published(50);
    for (extension, count) in [(".json", 40), (".xml", 40)] {
        let files = feeds(&published, extension);
        let feed = feed_rs::parser::parse(files[0].bytes.as_slice()).unwrap();
        assert_eq!(feed.title.unwrap().content, "Ana Marín");
        assert_eq!(feed.entries.len(), count);
        let first = &feed.entries[0];
        assert_eq!(first.id, "urn:uuid:a5a5a5a5-a5a5-a5a5-0000-000000000000");
        assert_eq!(first.published.unwrap().to_rfc3339(), "2026-03-03T00:00:00+00:00");
        let page = format!("https://pictures.example/feed/ana/i/{}.html", page_id(0));
        assert!(first.links.iter().any(|link| link.href == page), "{:?}", first.links);
        let leaf = feed_rs::parser::parse(files[1].bytes.as_slice()).unwrap();
        assert_eq!(leaf.entries.len(), 10);
        let mut ids: Vec<String> =
            feed.entries.into_iter().chain(leaf.entries).map(|entry| entry.id).collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 50);
    }
}

#[test]
fn feeds_lead_from_page_to_page() {
    let published = published(50);
    let leaf = format!("https://pictures.example/feed/ana/p/{}", page_id(usize::MAX));
    let json = feeds(&published, ".json");
    let head: Value = serde_json::from_slice(&json[0].bytes).unwrap();
    assert_eq!(head["next_url"], format!("{leaf}.json"));
    assert_eq!(head["feed_url"], "https://pictures.example/feed/ana/feed.json");
    let last: Value = serde_json::from_slice(&json[1].bytes).unwrap();
    assert!(last["next_url"].is_null());
    let atom = feeds(&published, ".xml");
    let link = |file: &SiteFile, relation: &str| {
        let feed = feed_rs::parser::parse(file.bytes.as_slice()).unwrap();
        feed.links.into_iter().find(|link| link.rel.as_deref() == Some(relation)).map(|link| link.href)
    };
    assert_eq!(link(&atom[0], "next"), Some(format!("{leaf}.xml")));
    assert_eq!(link(&atom[0], "previous"), None);
    let first = Some("https://pictures.example/feed/ana/atom.xml".to_owned());
    assert_eq!(link(&atom[1], "previous"), first);
    assert_eq!(link(&atom[1], "first"), first);
    assert_eq!(link(&atom[1], "next"), None);
    assert_eq!(link(&atom[1], "last"), None);
}

#[test]
fn sensitive_images_are_marked_and_carry_no_picture() {
    let published = published(8);
    let json: Value = serde_json::from_slice(&feeds(&published, ".json")[0].bytes).unwrap();
    let item = &json["items"][SENSITIVE];
    assert_eq!(item["_vitrine"]["sensitive"], true);
    assert_eq!(item["tags"], json!(["sensitive"]));
    assert!(!item.to_string().contains(".jpg"), "{item}");
    assert!(json["items"][0].to_string().contains(".jpg"));
    let atom = feed_rs::parser::parse(feeds(&published, ".xml")[0].bytes.as_slice()).unwrap();
    let entry = &atom.entries[SENSITIVE];
    assert_eq!(entry.categories[0].term, "sensitive");
    assert!(!format!("{entry:?}").contains(".jpg"));
    assert!(
        String::from_utf8_lossy(&feeds(&published, ".xml")[0].bytes)
            .contains("<media:rating>adult</media:rating>")
    );
}

#[test]
fn json_feeds_match_the_schema() {
    let schema = serde_json::from_str(include_str!("json-feed.schema.json")).unwrap();
    let mut schemas = boon::Schemas::new();
    let mut compiler = boon::Compiler::new();
    compiler.enable_format_assertions();
    compiler.add_resource("json-feed.schema.json", schema).unwrap();
    let schema = compiler.compile("json-feed.schema.json", &mut schemas).unwrap();
    for published in [published(0), published(50), with_hostile_words(3)] {
        for file in feeds(&published, ".json") {
            let feed: Value = serde_json::from_slice(&file.bytes).unwrap();
            if let Err(error) = schemas.validate(&feed, schema) {
                panic!("{}: {error}", file.path);
            }
        }
    }
    // The schema itself refuses what it should.
    let items = json!([{ "id": 1, "content_text": "x" }]);
    let wrong = json!({ "version": "https://jsonfeed.org/version/1.1", "title": "x", "items": items });
    assert!(schemas.validate(&wrong, schema).is_err());
}

#[test]
fn hostile_words_leave_both_feeds_valid() {
    let published = with_hostile_words(3);
    for extension in [".json", ".xml"] {
        let file = &feeds(&published, extension)[0];
        let text = std::str::from_utf8(&file.bytes).unwrap();
        let is_forbidden = |character: char| {
            character.is_control() && !"\t\n\r".contains(character) || "\u{FFFE}\u{FFFF}".contains(character)
        };
        assert!(!text.contains(is_forbidden), "{extension}");
        assert!(!text.contains("\\u00"), "{extension}");
        let feed = feed_rs::parser::parse(file.bytes.as_slice()).unwrap();
        assert_eq!(feed.entries.len(), 3);
        let content = feed.entries[0].content.as_ref().unwrap().body.as_deref().unwrap();
        assert!(content.contains("&#60;/script&#62;") && !content.contains("<script"), "{extension}");
    }
}

/// Says whether each paragraph of a text closes the changes of direction that it opens (UAX #9), and no others.
pub(crate) fn closes_what_it_opens(text: &str) -> bool {
    text.split(['\n', '\r', '\u{85}', '\u{2029}']).all(|paragraph| {
        let mut open = Vec::new();
        for character in paragraph.chars() {
            match character {
                '\u{202A}' | '\u{202B}' | '\u{202D}' | '\u{202E}' => open.push('\u{202C}'),
                '\u{2066}'..='\u{2068}' => open.push('\u{2069}'),
                '\u{202C}' | '\u{2069}' if open.pop() != Some(character) => return false,
                _ => {}
            }
        }
        open.is_empty()
    })
}

fn strings(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Array(values) => values.iter().for_each(|value| strings(value, found)),
        Value::Object(fields) => fields.values().for_each(|value| strings(value, found)),
        _ => {}
    }
}

/// Returns a site whose texts change the direction in every way, and end what they never began.
pub(crate) fn with_turned_words() -> Published {
    let mut published = published(2);
    published.site.title = String::from("\u{202E}Ana\u{2067}");
    published.site.about = String::from("\u{2069}first \u{202B}line\nsecond \u{202D}line");
    published.site.links[0].label = String::from("\u{202E}krow");
    // One that belongs together, and one that does not.
    published.entries[0].prompt = Some("\u{2067}שלום\u{2069} \u{202B}עולם\u{202C}".to_owned());
    published.entries[1].prompt = Some(format!("{}\u{202E}{}", "a ".repeat(10), "gnol ".repeat(60)));
    for entry in &mut published.entries {
        entry.negative_prompt = Some("\u{202C}\u{2066}bad".to_owned());
        entry.details[0].value = String::from("\u{202E}ledom");
    }
    published
}

#[test]
fn a_text_does_not_turn_around_what_stands_beside_it_in_a_feed_reader() {
    let published = with_turned_words();
    for file in feeds(&published, ".json") {
        let mut found = Vec::new();
        strings(&serde_json::from_slice(&file.bytes).unwrap(), &mut found);
        for text in found {
            assert!(closes_what_it_opens(&text), "{text:?}");
        }
    }
    for file in feeds(&published, ".xml") {
        // The text between two tags or quotes is one that a reader shows alone.
        for text in std::str::from_utf8(&file.bytes).unwrap().split(['<', '>', '"']) {
            assert!(closes_what_it_opens(text), "{text:?}");
        }
        let feed = feed_rs::parser::parse(file.bytes.as_slice()).unwrap();
        assert_eq!(feed.title.unwrap().content, "\u{202E}Ana\u{2067}\u{2069}\u{202C}");
        // What an artist wrote for readers from right to left stays as it is.
        let right_to_left = "\u{2067}שלום\u{2069} \u{202B}עולם\u{202C}";
        assert_eq!(feed.entries[0].title.as_ref().unwrap().content, right_to_left);
    }
}

#[test]
fn feeds_without_an_address_refer_to_their_neighbours() {
    let mut published = published(50);
    published.site.base = None;
    for file in
        published.files().into_iter().filter(|file| file.path.contains(".json") || file.path.contains(".xml"))
    {
        let text = String::from_utf8(file.bytes.clone()).unwrap();
        assert!(!text.contains("pictures.example"), "{}", file.path);
        let up = if file.path.starts_with("p/") { "../" } else { "" };
        let number = if file.path.starts_with("p/") { 40 } else { 0 };
        assert!(text.contains(&format!("\"{up}i/{}.html\"", page_id(number))), "{}", file.path);
        assert!(!text.contains("home_page_url") && !text.contains("feed_url"), "{}", file.path);
        assert!(!feed_rs::parser::parse(file.bytes.as_slice()).unwrap().entries.is_empty());
    }
}
