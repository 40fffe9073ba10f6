//! XMP: properties with the namespace that they belong to, whatever prefix a writer chose for it.
//!
//! This is a small scanner, not an XML reader. It knows no entities except the five of XML and numeric
//! characters, so nothing in a packet can grow, and a broken packet yields what came before the break.

use std::collections::HashMap;
use std::rc::Rc;

use super::budget::Budget;
use super::limits::{MAX_NAME_BYTES, MAX_PIECES, MAX_PROPERTIES};

/// Steps for a tag or an attribute, besides those for its bytes.
const STEPS_PER_NAME: usize = 200;
/// Steps for a byte of a tag or a text, which is searched, split off and unescaped.
const STEPS_PER_BYTE: usize = 8;

/// The IPTC extension, where `DigitalSourceType` is.
pub(crate) const IPTC_EXTENSION: &str = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/";
/// XMP's own basic properties, where `CreatorTool` is.
pub(crate) const BASIC: &str = "http://ns.adobe.com/xap/1.0/";
/// Exif in XMP, where `UserComment` is.
pub(crate) const EXIF: &str = "http://ns.adobe.com/exif/1.0/";
/// TIFF in XMP, where `DateTime` is.
pub(crate) const TIFF: &str = "http://ns.adobe.com/tiff/1.0/";
/// Photoshop's properties, where `Credit` is.
pub(crate) const PHOTOSHOP: &str = "http://ns.adobe.com/photoshop/1.0/";

const RDF: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";

/// One property with its namespace.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Property {
    pub(crate) namespace: Rc<str>,
    pub(crate) name: String,
    pub(crate) value: String,
}

/// Reads all properties of a packet that have a text, from attributes and from elements. Each entry of a list
/// becomes a property.
pub(crate) fn properties(packet: &str, budget: &Budget) -> Vec<Property> {
    let mut scan = Scan { found: Vec::new(), open: Vec::new(), namespaces: HashMap::new(), budget };
    let mut rest = packet;
    while let Some((text, tail)) = rest.split_once('<') {
        let Some((tag, after)) = split_tag(tail) else {
            scan.text(text);
            break;
        };
        let length = rest.len() - after.len();
        if !budget.spend(length.saturating_mul(STEPS_PER_BYTE).saturating_add(STEPS_PER_NAME)) {
            break;
        }
        scan.text(text);
        scan.tag(tag);
        rest = after;
        if scan.found.len() >= MAX_PROPERTIES || scan.open.len() >= MAX_PIECES {
            budget.give_up();
            break;
        }
    }
    scan.found
}

/// Splits after the `>` that ends a tag, which may have other `>` in its quoted values.
fn split_tag(tail: &str) -> Option<(&str, &str)> {
    if tail.starts_with("!--") {
        return tail.split_once("-->").map(|(_, rest)| ("", rest));
    }
    let mut quote = None;
    for (at, c) in tail.char_indices() {
        match (quote, c) {
            (None, '>') => return Some((tail.get(..at)?, tail.get(at + 1..)?)),
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), _) if open == c => quote = None,
            _ => {}
        }
    }
    None
}

struct Scan<'a> {
    found: Vec<Property>,
    /// For each open element, the property that a text in it belongs to: the element itself, or, if the
    /// element is only structure, the one around it. It is determined when the element opens, so that a text
    /// does not have to search all of them.
    open: Vec<Option<&'a str>>,
    namespaces: HashMap<&'a str, Rc<str>>,
    budget: &'a Budget<'a>,
}

impl<'a> Scan<'a> {
    fn tag(&mut self, tag: &'a str) {
        if tag.is_empty() || tag.starts_with(['?', '!']) {
            return;
        }
        if tag.starts_with('/') {
            self.open.pop();
            return;
        }
        let (body, closed) = tag.strip_suffix('/').map_or((tag, false), |body| (body, true));
        let name = body.split(char::is_whitespace).next().unwrap_or_default();
        let attributes = attributes(body.get(name.len()..).unwrap_or_default());
        if !self.budget.spend(attributes.len().saturating_mul(STEPS_PER_NAME)) {
            return;
        }
        for (key, value) in &attributes {
            let declared = key.strip_prefix("xmlns:").filter(|prefix| prefix.len() <= MAX_NAME_BYTES);
            // A namespace that is longer than any known one cannot be one of these.
            if let Some(prefix) = declared.filter(|_| value.len() <= MAX_NAME_BYTES)
                && (self.namespaces.len() < MAX_PIECES || self.namespaces.contains_key(prefix))
            {
                self.namespaces.insert(prefix, unescape(value).into());
            }
        }
        for (key, value) in &attributes {
            // `rdf:resource` may contain the value of a property that is an address.
            if *key == "rdf:resource" { self.keep(name, value) } else { self.keep(key, value) }
        }
        if !closed {
            let is_structure = name
                .split_once(':')
                .is_some_and(|(prefix, _)| self.namespace(prefix).as_deref() == Some(RDF));
            let around = self.open.last().copied().flatten();
            self.open.push(if is_structure { around } else { Some(name) });
        }
    }

    fn text(&mut self, text: &str) {
        if text.trim().is_empty() {
            return;
        }
        if let Some(name) = self.open.last().copied().flatten() {
            self.keep(name, text);
        }
    }

    fn keep(&mut self, name: &str, value: &str) {
        let Some((prefix, name)) = name.split_once(':').filter(|(_, name)| name.len() <= MAX_NAME_BYTES)
        else {
            return;
        };
        let Some(namespace) = self.namespace(prefix).filter(|namespace| **namespace != *RDF) else { return };
        self.found.push(Property { namespace, name: name.to_owned(), value: unescape(value) });
    }

    fn namespace(&self, prefix: &str) -> Option<Rc<str>> {
        if prefix.len() > MAX_NAME_BYTES { None } else { self.namespaces.get(prefix).cloned() }
    }
}

fn attributes(mut text: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    while let Some((key, rest)) = text.split_once('=') {
        let rest = rest.trim_start();
        let Some(quote) = rest.chars().next().filter(|c| matches!(c, '"' | '\'')) else { break };
        let Some((value, after)) = rest.get(1..).and_then(|rest| rest.split_once(quote)) else { break };
        found.push((key.trim(), value));
        text = after;
        if found.len() >= MAX_PIECES {
            break;
        }
    }
    found
}

fn unescape(text: &str) -> String {
    let (mut plain, mut rest) = (String::with_capacity(text.len()), text);
    while let Some((before, after)) = rest.split_once('&') {
        plain.push_str(before);
        // No entity is longer than `&#x10ffff;`.
        let window = after.get(..after.floor_char_boundary(10)).unwrap_or_default();
        let entity =
            window.split_once(';').and_then(|(entity, _)| Some((character(entity)?, entity.len() + 1)));
        // An ampersand that begins no entity stands for itself.
        let (c, length) = entity.unwrap_or(('&', 0));
        plain.push(c);
        rest = after.get(length..).unwrap_or_default();
    }
    plain.push_str(rest);
    plain
}

fn character(entity: &str) -> Option<char> {
    match entity {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = entity.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::never;

    fn value(packet: &str, namespace: &str, name: &str) -> Option<String> {
        properties(packet, &Budget::of(packet.len(), &never))
            .into_iter()
            .find(|found| *found.namespace == *namespace && found.name == name)
            .map(|found| found.value)
    }

    #[test]
    fn a_property_is_found_as_attribute_or_element_under_any_prefix() {
        let attribute = r#"<rdf:Description xmlns:iptcExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" iptcExt:DigitalSourceType="a>b"/>"#;
        let element = r#"<x xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"><Iptc4xmpExt:DigitalSourceType>a&gt;b</Iptc4xmpExt:DigitalSourceType></x>"#;
        for packet in [attribute, element] {
            assert_eq!(value(packet, IPTC_EXTENSION, "DigitalSourceType").as_deref(), Some("a>b"));
        }
    }

    #[test]
    fn a_text_in_a_list_belongs_to_the_property_around_the_list() {
        let packet = r#"<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:exif="http://ns.adobe.com/exif/1.0/"><rdf:Description><exif:UserComment><rdf:Alt><rdf:li xml:lang="x-default">{&quot;c&quot;:&#x22;fox&#34;&#xA;}</rdf:li></rdf:Alt></exif:UserComment></rdf:Description></rdf:RDF>"#;
        assert_eq!(value(packet, EXIF, "UserComment").as_deref(), Some("{\"c\":\"fox\"\n}"));
    }
}
