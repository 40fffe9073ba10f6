//! All that one picture says about itself, parsed once for every reader.

use std::cell::OnceCell;

use serde_json::Value;

use crate::metadata::json;
use crate::metadata::text::{RawText, Source};
use crate::metadata::xmp::{self, Property};

/// One text, with what it is as JSON once somebody asks.
pub(crate) struct Item<'a> {
    pub(crate) source: Source,
    pub(crate) key: &'a str,
    pub(crate) text: &'a str,
    json: OnceCell<Option<Value>>,
}

impl Item<'_> {
    pub(crate) fn json(&self) -> Option<&Value> {
        self.json.get_or_init(|| json::parse(self.text)).as_ref()
    }
}

/// The texts of one picture.
pub(crate) struct Evidence<'a> {
    pub(crate) items: Vec<Item<'a>>,
    properties: Vec<Property>,
}

/// Where tools of the AUTOMATIC1111 kind write, most trusted first, and where converters and editors put it. GIF and
/// JPEG have comments only.
const PARAMETER_KEYS: [&str; 9] = [
    "parameters",
    "UserComment",
    "stealth",
    "sidecar",
    "Comment",
    "ImageDescription",
    "Description",
    "XPComment",
    "Caption",
];

impl<'a> Evidence<'a> {
    pub(crate) fn new(texts: &'a [RawText]) -> Self {
        let mut items: Vec<Item> = texts.iter().map(item).collect();
        let mut properties: Vec<Property> = Vec::new();
        for item in items.iter_mut().filter(|item| item.source == Source::Xmp) {
            properties.append(&mut xmp::properties(item.text));
        }
        Self { items, properties }
    }

    /// The text under a key that is spelled exactly so.
    pub(crate) fn text(&self, key: &str) -> Option<&'a str> {
        self.items.iter().find(|item| item.key == key).map(|item| item.text)
    }

    /// The JSON under a key.
    pub(crate) fn json(&self, key: &str) -> Option<&Value> {
        self.items.iter().filter(|item| item.key == key).find_map(Item::json)
    }

    /// The JSON of every text that is an object, whatever it is called. C2PA has a reader of its own, and a text that
    /// says it is a drawing of `ComfyUI` is large and nothing else.
    pub(crate) fn objects(&self) -> impl Iterator<Item = &Value> {
        let items = self.items.iter().filter(|item| item.source != Source::C2pa && item.key != "workflow");
        items.filter_map(Item::json).filter(|json| json.is_object())
    }

    /// Texts that may be parameters in the style of AUTOMATIC1111.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = &'a str> {
        PARAMETER_KEYS
            .iter()
            .flat_map(|key| self.items.iter().filter(move |item| item.key == *key))
            .map(|item| item.text)
    }

    /// The first XMP property of this name.
    pub(crate) fn property(&self, namespace: &str, name: &str) -> Option<&str> {
        let found = self.properties.iter().find(|found| found.namespace == namespace && found.name == name);
        found.map(|found| found.value.as_str())
    }

    /// XMP properties in a namespace that is recognised by a word in it.
    pub(crate) fn properties_of<'e>(&'e self, word: &'e str) -> impl Iterator<Item = (&'e str, &'e str)> {
        let of =
            self.properties.iter().filter(move |found| found.namespace.to_ascii_lowercase().contains(word));
        of.map(|found| (found.name.as_str(), found.value.as_str()))
    }
}

fn item(raw: &RawText) -> Item<'_> {
    Item { source: raw.source, key: &raw.key, text: &raw.text, json: OnceCell::new() }
}
