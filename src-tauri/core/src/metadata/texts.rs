//! All texts of one picture. They are what the catalog stores, and all that the interpretation is based on.

use std::fmt;

use serde::de::{MapAccess, SeqAccess, Visitor, value::SeqAccessDeserializer};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::text::RawText;

/// The texts that were found in a file, in its pixels and beside it. Reading a picture for the first time and
/// reading it again years later start from the same value of this type.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RawTexts {
    /// The texts, in the order in which they were found.
    pub list: Vec<RawText>,
    /// True if a limit stopped the search early, so that there may be more texts.
    pub in_part: bool,
}

impl RawTexts {
    /// Adds texts that were found elsewhere.
    pub fn append(&mut self, more: Self) {
        self.list.extend(more.list);
        self.in_part |= more.in_part;
    }

    /// Returns the size of the texts and their names, in bytes.
    pub fn size(&self) -> usize {
        self.list.iter().map(|text| text.bytes.len() + text.key.len()).sum()
    }
}

impl From<Vec<RawText>> for RawTexts {
    fn from(list: Vec<RawText>) -> Self {
        Self { list, in_part: false }
    }
}

/// Writes a plain list, as all earlier versions did, or, if it is incomplete, a list that says so.
impl Serialize for RawTexts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !self.in_part {
            return self.list.serialize(serializer);
        }
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("in_part", &true)?;
        map.serialize_entry("texts", &self.list)?;
        map.end()
    }
}

impl<'de> Deserialize<'de> for RawTexts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Stored)
    }
}

struct Stored;

impl<'de> Visitor<'de> for Stored {
    type Value = RawTexts;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("texts")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<RawTexts, A::Error> {
        Ok(RawTexts::from(Vec::deserialize(SeqAccessDeserializer::new(list))?))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RawTexts, A::Error> {
        let mut texts = RawTexts { list: Vec::new(), in_part: true };
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "texts" => texts.list = map.next_value()?,
                _ => {
                    map.next_value::<serde::de::IgnoredAny>()?;
                }
            }
        }
        Ok(texts)
    }
}

#[cfg(test)]
mod tests {
    use super::super::text::Source;
    use super::*;

    #[test]
    fn stored_texts_keep_the_mark_that_they_are_incomplete() {
        let list = vec![RawText::new(Source::PngText, "parameters", "a fox")];
        for in_part in [false, true] {
            let texts = RawTexts { list: list.clone(), in_part };
            let stored = serde_json::to_string(&texts).unwrap();
            assert_eq!(serde_json::from_str::<RawTexts>(&stored).unwrap(), texts);
        }
    }
}
