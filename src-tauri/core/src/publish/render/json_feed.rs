//! The JSON Feed, version 1.1: <https://www.jsonfeed.org/version/1.1/>. What is
//! not part of that format is under the key `_vitrine`.

use super::links::{self, Links};
use super::{RenderError, pages, text};
use crate::publish::site::{Entry, List, Site};
use serde::Serialize;
use serde_json::ser::{CharEscape, CompactFormatter, Formatter, Serializer};
use std::io;

#[derive(Serialize)]
#[expect(clippy::struct_field_names, reason = "the names of the format")]
struct Feed<'a> {
    version: &'static str,
    title: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    home_page_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    feed_url: Option<String>,
    #[serde(skip_serializing_if = "str::is_empty")]
    description: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    icon: Option<String>,
    authors: [Author<'a>; 1],
    items: Vec<Item<'a>>,
}

#[derive(Serialize)]
struct Author<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    avatar: Option<String>,
}

#[derive(Serialize)]
struct Item<'a> {
    id: String,
    url: String,
    title: String,
    content_html: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<String>,
    date_published: String,
    date_modified: String,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    tags: &'static [&'static str],
    #[serde(skip_serializing_if = "Option::is_none")]
    attachments: Option<[Attachment<'a>; 1]>,
    _vitrine: Own<'a>,
}

#[derive(Serialize)]
struct Attachment<'a> {
    url: String,
    mime_type: &'a str,
    size_in_bytes: u64,
}

#[derive(Serialize)]
struct Own<'a> {
    width: u32,
    height: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    colour: Option<String>,
    sensitive: bool,
    made_with_ai: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    prompt: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    negative_prompt: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    details: Vec<OwnDetail<'a>>,
}

#[derive(Serialize)]
struct OwnDetail<'a> {
    label: &'a str,
    value: &'a str,
}

/// Returns a list as a JSON Feed.
pub(super) fn feed(site: &Site, list: &List, links: &Links) -> Result<String, RenderError> {
    let avatar = site.avatar.as_ref().map(|avatar| links.best_picture(avatar)).transpose()?;
    let feed = Feed {
        version: "https://jsonfeed.org/version/1.1",
        title: text::title(site),
        home_page_url: links.absolute(links::INDEX),
        // Every page of the feed names the first one, which is the one to subscribe to.
        feed_url: links.absolute(links::JSON),
        description: site.about.trim(),
        next_url: list.older.map(|older| links.best(&links::list_paths(older).json)),
        icon: avatar.clone(),
        authors: [Author { name: text::title(site), url: links.absolute(links::INDEX), avatar }],
        items: list.entries.iter().map(|entry| item(entry, links)).collect::<Result<_, _>>()?,
    };
    let mut bytes = Vec::new();
    feed.serialize(&mut Serializer::with_formatter(&mut bytes, WithoutControls))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn item<'a>(entry: &'a Entry, links: &Links) -> Result<Item<'a>, RenderError> {
    let date = text::rfc3339(entry.created_at);
    let attachment = || -> Result<_, RenderError> {
        let url = links.best_picture(&entry.image)?;
        let (mime_type, size_in_bytes) = (entry.image.content_type.as_str(), entry.image.size_bytes);
        Ok([Attachment { url, mime_type, size_in_bytes }])
    };
    Ok(Item {
        id: links::entry_urn(entry.id),
        url: links.best(&links::image_path(entry.id)),
        title: text::name(entry),
        content_html: pages::feed_content(entry, links)?,
        // A reader of feeds may show these without asking.
        image: (!entry.sensitive).then(|| links.best_picture(&entry.large)).transpose()?,
        attachments: (!entry.sensitive).then(attachment).transpose()?,
        date_published: date.clone(),
        date_modified: date,
        tags: if entry.sensitive { &["sensitive"] } else { &[] },
        _vitrine: Own {
            width: entry.image.width,
            height: entry.image.height,
            colour: entry.colour.map(|colour| format!("#{}", hex::encode(colour))),
            sensitive: entry.sensitive,
            made_with_ai: entry.declared_ai,
            prompt: entry.prompt.as_deref(),
            negative_prompt: entry.negative_prompt.as_deref(),
            details: own_details(entry),
        },
    })
}

fn own_details(entry: &Entry) -> Vec<OwnDetail<'_>> {
    entry.details.iter().map(|detail| OwnDetail { label: &detail.label, value: &detail.value }).collect()
}

/// Writes compact JSON and drops control characters, as the other files do.
struct WithoutControls;

impl Formatter for WithoutControls {
    fn write_char_escape<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        escape: CharEscape,
    ) -> io::Result<()> {
        match escape {
            CharEscape::AsciiControl(_) | CharEscape::Backspace | CharEscape::FormFeed => Ok(()),
            other => CompactFormatter.write_char_escape(writer, other),
        }
    }
}
