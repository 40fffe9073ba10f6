//! All that one picture says about itself, parsed once for every reader.

use std::cell::OnceCell;

use serde_json::Value;

use crate::metadata::budget::Budget;
use crate::metadata::info::GenerationInfo;
use crate::metadata::json;
use crate::metadata::text::{RawText, Source};
use crate::metadata::xmp::{self, Property};

/// One text, with what it is as JSON once somebody asks.
pub(crate) struct Item<'a> {
    pub(crate) source: Source,
    pub(crate) key: &'a str,
    pub(crate) text: &'a str,
    json: OnceCell<Option<Value>>,
    budget: &'a Budget<'a>,
}

impl Item<'_> {
    pub(crate) fn json(&self) -> Option<&Value> {
        self.json.get_or_init(|| json::parse(self.text, self.budget)).as_ref()
    }
}

/// The texts of one picture.
pub(crate) struct Evidence<'a> {
    pub(crate) items: Vec<Item<'a>>,
    properties: Vec<Property>,
    /// What the graph of `ComfyUI` says, which several readers ask for.
    graph: OnceCell<Option<GenerationInfo>>,
    /// What may be spent on the picture in all.
    pub(crate) budget: &'a Budget<'a>,
}

/// Steps for looking at a property, whose name and namespace are short.
const STEPS_PER_PROPERTY: usize = 100;

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
    pub(crate) fn new(texts: &'a [RawText], budget: &'a Budget<'a>) -> Self {
        let mut items: Vec<Item> = texts.iter().map(|raw| item(raw, budget)).collect();
        let mut properties: Vec<Property> = Vec::new();
        for item in items.iter_mut().filter(|item| item.source == Source::Xmp) {
            properties.append(&mut xmp::properties(item.text, budget));
        }
        Self { items, properties, graph: OnceCell::new(), budget }
    }

    /// What the graph says, read once.
    pub(crate) fn graph(&self, read: impl FnOnce() -> Option<GenerationInfo>) -> Option<GenerationInfo> {
        self.graph.get_or_init(read).clone()
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
        let found = self.known().iter().find(|found| *found.namespace == *namespace && found.name == name);
        found.map(|found| found.value.as_str())
    }

    /// XMP properties in a namespace that is recognised by a word in it.
    pub(crate) fn properties_of<'e>(&'e self, word: &'e str) -> impl Iterator<Item = (&'e str, &'e str)> {
        let of = self.known().iter().filter(move |found| found.namespace.to_ascii_lowercase().contains(word));
        of.map(|found| (found.name.as_str(), found.value.as_str()))
    }

    fn known(&self) -> &[Property] {
        let steps = self.properties.len().saturating_mul(STEPS_PER_PROPERTY);
        if self.budget.spend(steps) { &self.properties } else { &[] }
    }
}

fn item<'a>(raw: &'a RawText, budget: &'a Budget<'a>) -> Item<'a> {
    Item { source: raw.source, key: &raw.key, text: &raw.text, json: OnceCell::new(), budget }
}
