//! C2PA manifests: what the maker of a picture declares. Signatures are not checked.
//!
//! JUMBF boxes (ISO 19566-5) that contain CBOR (RFC 8949) become one JSON text of claims and assertions.
//! Bytes such as signatures and thumbnails are left out.

use serde_json::{Map, Value, json};

use super::budget::Budget;
use super::limits::{MAX_DEPTH, MAX_JSON_VALUES};

/// Steps for a box, and for a CBOR value.
const STEPS_PER_ITEM: usize = 100;

/// Returns the claims and actions of all manifests as JSON: `[{"label": .., "value": ..}]`, in file order.
/// `None` if there are none.
pub(crate) fn to_json(jumbf: &[u8], budget: &Budget) -> Option<String> {
    let mut walk = Walk { found: Vec::new(), values: MAX_JSON_VALUES, budget };
    walk.boxes(jumbf, "", 0);
    (!walk.found.is_empty()).then(|| Value::Array(walk.found).to_string())
}

struct Walk<'b> {
    found: Vec<Value>,
    values: usize,
    budget: &'b Budget<'b>,
}

impl Walk<'_> {
    fn boxes(&mut self, mut bytes: &[u8], label: &str, depth: usize) {
        let mut label = label.to_owned();
        while let Some((kind, content, rest)) = next_box(bytes) {
            if !self.budget.spend(STEPS_PER_ITEM) {
                return;
            }
            match kind {
                b"jumb" if depth < MAX_DEPTH => self.boxes(content, &label, depth + 1),
                b"jumd" => label = description_label(content).unwrap_or(label),
                b"cbor" if wanted(&label) => {
                    let mut cbor = Cbor { rest: content, values: &mut self.values, budget: self.budget };
                    let value = cbor.value(0);
                    self.keep(&label, value);
                }
                b"json" if wanted(&label) => {
                    self.keep(&label, super::json::parse(&super::charset::plain(content), self.budget));
                }
                _ => {}
            }
            bytes = rest;
        }
    }

    fn keep(&mut self, label: &str, value: Option<Value>) {
        if let Some(value) = value {
            self.found.push(json!({"label": label, "value": value}));
        }
    }
}

/// Says whether a box tells how, when or from what a picture was made. Hashes, signatures and thumbnails do
/// not.
fn wanted(label: &str) -> bool {
    const WANTED: [&str; 9] = [
        "c2pa.claim",
        "c2pa.actions",
        "c2pa.metadata",
        "c2pa.ingredient",
        "cawg.metadata",
        "com.adobe.",
        "stds.exif",
        "stds.iptc",
        "stds.schema-org",
    ];
    WANTED.iter().any(|start| label.starts_with(start))
}

/// Splits off the next box: its size, its type, and a 64-bit size if the first one is 1. A size of 0 reaches
/// to the end.
fn next_box(bytes: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let size = u32::from_be_bytes(*bytes.first_chunk()?);
    let kind = bytes.get(4..8)?;
    let (header, size) = match size {
        0 => (8, bytes.len()),
        1 => (16, usize::try_from(u64::from_be_bytes(*bytes.get(8..)?.first_chunk()?)).ok()?),
        _ => (8, usize::try_from(size).ok()?),
    };
    let end = size.min(bytes.len());
    Some((kind, bytes.get(header..end)?, bytes.get(end..)?))
}

/// Returns the label of a description: a type of 16 bytes, a byte of flags, and, if the second flag is set, a
/// label up to a NUL.
fn description_label(content: &[u8]) -> Option<String> {
    if content.get(16)? & 2 == 0 {
        return None;
    }
    let label = content.get(17..)?.split(|byte| *byte == 0).next()?;
    Some(String::from_utf8_lossy(label.get(..label.len().min(200))?).into_owned())
}

struct Cbor<'a, 'b> {
    rest: &'a [u8],
    values: &'b mut usize,
    budget: &'b Budget<'b>,
}

impl<'a> Cbor<'a, '_> {
    fn value(&mut self, depth: usize) -> Option<Value> {
        let Some(left) = self.values.checked_sub(1).filter(|_| depth <= MAX_DEPTH) else {
            self.budget.give_up();
            return None;
        };
        *self.values = left;
        if !self.budget.spend(STEPS_PER_ITEM) {
            return None;
        }
        let first = *self.take(1)?.first()?;
        let (major, minor) = (first >> 5, first & 31);
        match major {
            7 => self.simple(minor),
            2 | 3 => {
                let text = self.text_or_bytes(minor)?;
                Some(if major == 3 { Value::String(text) } else { Value::Null })
            }
            4 => self.array(minor, depth),
            5 => self.map(minor, depth),
            _ => {
                let number = self.argument(minor)?;
                match major {
                    0 => Some(json!(number)),
                    1 => Some(json!(-1 - i64::try_from(number).ok()?)),
                    _ => self.value(depth + 1),
                }
            }
        }
    }

    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (front, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        self.budget.spend(count).then_some(front)
    }

    fn argument(&mut self, minor: u8) -> Option<u64> {
        let width = match minor {
            0..=23 => return Some(u64::from(minor)),
            24..=27 => 1 << (minor - 24),
            _ => return None,
        };
        Some(self.take(width)?.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    fn length(&mut self, minor: u8) -> Option<usize> {
        usize::try_from(self.argument(minor)?).ok()
    }

    fn text_or_bytes(&mut self, minor: u8) -> Option<String> {
        if minor != 31 {
            let length = self.length(minor)?;
            return Some(String::from_utf8_lossy(self.take(length)?).into_owned());
        }
        let mut text = String::new();
        while !self.at_break()? {
            let part = *self.take(1)?.first()?;
            let length = self.length(part & 31)?;
            text.push_str(&String::from_utf8_lossy(self.take(length)?));
        }
        Some(text)
    }

    fn array(&mut self, minor: u8, depth: usize) -> Option<Value> {
        let mut list = Vec::new();
        self.items(minor, |cbor| {
            list.push(cbor.value(depth + 1)?);
            Some(())
        })?;
        Some(Value::Array(list))
    }

    fn map(&mut self, minor: u8, depth: usize) -> Option<Value> {
        let mut map = Map::new();
        self.items(minor, |cbor| {
            let key = match cbor.value(depth + 1)? {
                Value::String(text) => Some(text),
                // Written as text, a map as a key would escape the quotes of its own keys, and its text would
                // double in length with each level.
                Value::Array(_) | Value::Object(_) => None,
                other => Some(other.to_string()),
            };
            let value = cbor.value(depth + 1)?;
            if let Some(key) = key {
                map.insert(key, value);
            }
            Some(())
        })?;
        Some(Value::Object(map))
    }

    /// Reads the items of a list or map. Every item takes at least one byte, so a false count ends where the
    /// bytes end.
    fn items(&mut self, minor: u8, mut each: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        if minor == 31 {
            while !self.at_break()? {
                each(self)?;
            }
        } else {
            for _ in 0..self.argument(minor)? {
                each(self)?;
            }
        }
        Some(())
    }

    fn at_break(&mut self) -> Option<bool> {
        let at_break = *self.rest.first()? == 0xff;
        if at_break {
            self.take(1)?;
        }
        Some(at_break)
    }

    fn simple(&mut self, minor: u8) -> Option<Value> {
        match minor {
            20 => Some(json!(false)),
            21 => Some(json!(true)),
            26 => Some(json!(f32::from_be_bytes(*self.take(4)?.first_chunk()?))),
            27 => Some(json!(f64::from_be_bytes(*self.take(8)?.first_chunk()?))),
            31 => None,
            _ => {
                self.argument(minor)?;
                Some(Value::Null)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::never;

    fn cbor(bytes: &[u8]) -> Option<Value> {
        Cbor { rest: bytes, values: &mut 1000, budget: &Budget::of(bytes.len(), &never) }.value(0)
    }

    #[test]
    fn cbor_is_read_as_in_the_examples_of_rfc_8949() {
        assert_eq!(cbor(b"\x1b\xff\xff\xff\xff\xff\xff\xff\xff"), Some(json!(u64::MAX)));
        assert_eq!(cbor(b"\x39\x03\xe7"), Some(json!(-1000)));
        assert_eq!(cbor(b"\xfb\x3f\xf1\x99\x99\x99\x99\x99\x9a"), Some(json!(1.1)));
        assert_eq!(cbor(b"\xc0\x74\x32\x30\x31\x33-03-21T20:04:00Z"), Some(json!("2013-03-21T20:04:00Z")));
        assert_eq!(cbor(b"\xbf\x61a\x01\x61b\x9f\x02\x03\xff\xff"), Some(json!({"a": 1, "b": [2, 3]})));
        assert_eq!(cbor(b"\x7f\x65strea\x64ming\xff"), Some(json!("streaming")));
    }

    #[test]
    fn cbor_that_lies_about_its_length_or_depth_gives_nothing() {
        assert_eq!(cbor(b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff\x01"), None);
        assert_eq!(cbor(&[0x81; 10_000]), None);
        assert_eq!(cbor(b"\x7b\xff\xff\xff\xff\xff\xff\xff\xff"), None);
    }
}
