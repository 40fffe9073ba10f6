//! Everything that one picture says about itself, or says in one place, parsed once for all readers.

use std::cell::OnceCell;

use serde_json::Value;

use super::graph_info::GraphInfo;
use crate::metadata::budget::Budget;
use crate::metadata::info::GenerationData;
use crate::metadata::json;
use crate::metadata::text::{Source, Text};
use crate::metadata::xmp::{self, Property};

/// One text, and its JSON once a reader asks for it.
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

/// All texts of a picture, decoded.
pub(crate) struct Parsed<'a> {
    items: Vec<Item<'a>>,
    properties: Vec<Property>,
    budget: &'a Budget<'a>,
}

impl<'a> Parsed<'a> {
    pub(crate) fn new(texts: &'a [Text<'a>], budget: &'a Budget<'a>) -> Self {
        let item = |text: &'a Text<'a>| Item {
            source: text.source,
            key: &text.key,
            text: &text.text,
            json: OnceCell::new(),
            budget,
        };
        let items: Vec<Item> = texts.iter().map(item).collect();
        let packets = items.iter().filter(|item| item.source == Source::Xmp);
        let properties = packets.flat_map(|item| xmp::properties(item.text, budget)).collect();
        Self { items, properties, budget }
    }

    /// Returns what the picture says in the places that `is_there` accepts.
    pub(crate) fn evidence(&self, is_there: impl Fn(Source) -> bool) -> Evidence<'_> {
        let items = self.items.iter().filter(|item| is_there(item.source)).collect();
        let properties = if is_there(Source::Xmp) { self.properties.as_slice() } else { &[] };
        Evidence { items, properties, graph: OnceCell::new(), infotext: OnceCell::new(), budget: self.budget }
    }
}

/// The texts that readers use together.
pub(crate) struct Evidence<'a> {
    pub(crate) items: Vec<&'a Item<'a>>,
    properties: &'a [Property],
    /// The result for the `ComfyUI` graph, which several readers ask for.
    graph: OnceCell<Option<GraphInfo>>,
    /// The result for the parameter text.
    infotext: OnceCell<Option<GenerationData>>,
    /// The total budget of the picture.
    pub(crate) budget: &'a Budget<'a>,
}

/// Steps for looking at a property, whose name and namespace are short.
const STEPS_PER_PROPERTY: usize = 100;

/// The keys under which tools of the AUTOMATIC1111 kind write, the most trusted first, and those under which
/// converters and editors store it. GIF and JPEG only have comments.
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
/// The same keys in XMP.
const PARAMETER_PROPERTIES: [&str; 4] = ["parameters", "UserComment", "ImageDescription", "description"];

impl<'a> Evidence<'a> {
    /// Returns the result for the graph. Calls `read` only the first time.
    pub(super) fn graph(&self, read: impl FnOnce() -> Option<GraphInfo>) -> Option<&GraphInfo> {
        self.graph.get_or_init(read).as_ref()
    }

    /// Returns the result for the parameter text. Calls `read` only the first time.
    pub(super) fn infotext(&self, read: impl FnOnce() -> Option<GenerationData>) -> Option<&GenerationData> {
        self.infotext.get_or_init(read).as_ref()
    }

    /// Returns the text with exactly this key.
    pub(crate) fn text(&self, key: &str) -> Option<&'a str> {
        self.items.iter().find(|item| item.key == key).map(|item| item.text)
    }

    /// Returns the JSON with exactly this key.
    pub(crate) fn json(&self, key: &str) -> Option<&'a Value> {
        self.items.iter().filter(|item| item.key == key).find_map(|item| item.json())
    }

    /// Returns the JSON of every text that is an object, under any key. C2PA has its own reader, and a text
    /// called `workflow` is a large drawing of `ComfyUI` and nothing else.
    pub(crate) fn objects(&self) -> impl Iterator<Item = &'a Value> {
        let items = self.items.iter().filter(|item| item.source != Source::C2pa && item.key != "workflow");
        items.filter_map(|item| item.json()).filter(|json| json.is_object())
    }

    /// Returns the texts that may be parameters in the style of AUTOMATIC1111, each with the place where it
    /// was found.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let is_json = |item: &Item| item.text.starts_with('{') && item.json().is_some();
        let keyed = PARAMETER_KEYS
            .iter()
            .flat_map(|key| self.items.iter().filter(move |item| item.key == *key))
            .filter(move |item| !is_json(item))
            .map(|item| (item.key, item.text));
        let properties = self.known().iter();
        let properties = properties.filter(|found| PARAMETER_PROPERTIES.contains(&found.name.as_str()));
        keyed.chain(properties.map(|found| ("XMP", found.value.as_str())))
    }

    /// Returns the first XMP property with this name.
    pub(crate) fn property(&self, namespace: &str, name: &str) -> Option<&'a str> {
        let found = self.known().iter().find(|found| *found.namespace == *namespace && found.name == name);
        found.map(|found| found.value.as_str())
    }

    /// Returns the XMP properties of every namespace that contains this word.
    pub(crate) fn properties_of(&self, word: &str) -> impl Iterator<Item = (&'a str, &'a str)> {
        let of = self.known().iter().filter(move |found| found.namespace.to_ascii_lowercase().contains(word));
        of.map(|found| (found.name.as_str(), found.value.as_str()))
    }

    fn known(&self) -> &'a [Property] {
        let steps = self.properties.len().saturating_mul(STEPS_PER_PROPERTY);
        if self.budget.spend(steps) { self.properties } else { &[] }
    }
}
