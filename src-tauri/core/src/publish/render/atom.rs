//! The Atom feed (RFC 4287), in pages (RFC 5005, section 3), with the pictures
//! as Media RSS.

use super::links::{self, Links};
use super::{RenderError, pages, text};
use crate::model::UnixMs;
use crate::publish::site::{Entry, List, ListName, Site};
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};
use std::io;

type Xml = Writer<Vec<u8>>;

const JSON_TYPE: &str = "application/feed+json";
const ATOM_TYPE: &str = "application/atom+xml";

/// Returns a list as an Atom feed.
pub(super) fn feed(site: &Site, list: &List, links: &Links) -> Result<String, RenderError> {
    let head = head(site, list, links)?;
    let entries: Vec<EntryTexts> =
        list.entries.iter().map(|entry| EntryTexts::new(entry, links)).collect::<Result<_, _>>()?;
    let mut xml = Writer::new(Vec::new());
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("utf-8"), None)))?;
    xml.create_element("feed")
        .with_attribute(("xmlns", "http://www.w3.org/2005/Atom"))
        .with_attribute(("xmlns:media", "http://search.yahoo.com/mrss/"))
        .write_inner_content(|xml| {
            write_head(xml, site, &head)?;
            entries.iter().try_for_each(|entry| write_entry(xml, entry))
        })?;
    Ok(String::from_utf8_lossy(&xml.into_inner()).into_owned())
}

/// The parts of the feed that precede its entries.
struct Head {
    updated: String,
    /// Relation, media type and reference.
    links: Vec<(&'static str, &'static str, String)>,
    home: Option<String>,
    icon: Option<String>,
}

fn head(site: &Site, list: &List, links: &Links) -> Result<Head, RenderError> {
    let paths = links::list_paths(list.name);
    let mut all = vec![
        ("alternate", "text/html", links.best(&paths.html)),
        ("alternate", JSON_TYPE, links.best(&paths.json)),
        ("self", ATOM_TYPE, links.best(&paths.atom)),
        ("first", ATOM_TYPE, links.best(links::ATOM)),
    ];
    let mut neighbour = |relation, name: Option<ListName>| {
        all.extend(name.map(|name| (relation, ATOM_TYPE, links.best(&links::list_paths(name).atom))));
    };
    neighbour("previous", list.newer);
    neighbour("next", list.older);
    let newest = list.entries.iter().map(|entry| entry.created_at).max();
    Ok(Head {
        updated: text::rfc3339(newest.unwrap_or(UnixMs(0))),
        links: all,
        home: links.absolute(links::INDEX),
        icon: site.avatar.as_ref().map(|avatar| links.best_picture(avatar)).transpose()?,
    })
}

fn write_head(xml: &mut Xml, site: &Site, head: &Head) -> io::Result<()> {
    element(xml, "id", &links::feed_urn(site))?;
    element(xml, "title", text::title(site))?;
    if !site.about.trim().is_empty() {
        element(xml, "subtitle", site.about.trim())?;
    }
    element(xml, "updated", &head.updated)?;
    xml.create_element("author").write_inner_content(|xml| {
        element(xml, "name", text::title(site))?;
        head.home.iter().try_for_each(|home| element(xml, "uri", home))
    })?;
    for (relation, media_type, reference) in &head.links {
        xml.create_element("link")
            .with_attribute(("rel", *relation))
            .with_attribute(("type", *media_type))
            .with_attribute(("href", reference.as_str()))
            .write_empty()?;
    }
    head.icon.iter().try_for_each(|icon| element(xml, "icon", icon))?;
    element(xml, "generator", "Vitrine")
}

/// An entry with its texts and references ready.
struct EntryTexts<'a> {
    entry: &'a Entry,
    id: String,
    title: String,
    date: String,
    page: String,
    content: String,
    image: String,
    small: String,
}

impl<'a> EntryTexts<'a> {
    fn new(entry: &'a Entry, links: &Links) -> Result<Self, RenderError> {
        Ok(Self {
            entry,
            id: links::entry_urn(entry.id),
            title: text::name(entry),
            date: text::rfc3339(entry.created_at),
            page: links.best(&links::image_path(entry.id)),
            content: pages::feed_content(entry, links)?,
            image: links.best_picture(&entry.image)?,
            small: links.best_picture(&entry.small)?,
        })
    }
}

fn write_entry(xml: &mut Xml, texts: &EntryTexts) -> io::Result<()> {
    xml.create_element("entry").write_inner_content(|xml| {
        element(xml, "id", &texts.id)?;
        element(xml, "title", &texts.title)?;
        element(xml, "published", &texts.date)?;
        element(xml, "updated", &texts.date)?;
        xml.create_element("link")
            .with_attribute(("rel", "alternate"))
            .with_attribute(("type", "text/html"))
            .with_attribute(("href", texts.page.as_str()))
            .write_empty()?;
        if texts.entry.sensitive {
            xml.create_element("category").with_attribute(("term", "sensitive")).write_empty()?;
            element(xml, "media:rating", "adult")?;
        } else {
            write_pictures(xml, texts)?;
        }
        xml.create_element("content")
            .with_attribute(("type", "html"))
            .write_text_content(BytesText::new(&texts.content))?;
        Ok(())
    })?;
    Ok(())
}

/// Readers of feeds may show these without asking.
fn write_pictures(xml: &mut Xml, texts: &EntryTexts) -> io::Result<()> {
    let (image, small) = (&texts.entry.image, &texts.entry.small);
    let size = image.size_bytes.to_string();
    let (width, height) = (image.width.to_string(), image.height.to_string());
    xml.create_element("link")
        .with_attribute(("rel", "enclosure"))
        .with_attribute(("type", image.content_type.as_str()))
        .with_attribute(("length", size.as_str()))
        .with_attribute(("href", texts.image.as_str()))
        .write_empty()?;
    xml.create_element("media:content")
        .with_attribute(("url", texts.image.as_str()))
        .with_attribute(("type", image.content_type.as_str()))
        .with_attribute(("medium", "image"))
        .with_attribute(("width", width.as_str()))
        .with_attribute(("height", height.as_str()))
        .write_empty()?;
    let (width, height) = (small.width.to_string(), small.height.to_string());
    xml.create_element("media:thumbnail")
        .with_attribute(("url", texts.small.as_str()))
        .with_attribute(("width", width.as_str()))
        .with_attribute(("height", height.as_str()))
        .write_empty()?;
    Ok(())
}

fn element(xml: &mut Xml, name: &str, value: &str) -> io::Result<()> {
    xml.create_element(name).write_text_content(BytesText::new(value))?;
    Ok(())
}
