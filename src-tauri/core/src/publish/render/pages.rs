//! The pages, and the HTML inside of the feeds.

use super::direction::isolated;
use super::links::{self, Links};
use super::{RenderError, assets, shape, text};
use crate::publish::site::{Detail, Entry, List, Site, SiteImage};
use askama::Template;
use serde_json::json;

/// The height in pixels that a row of a wide window has on average.
const ROW_HEIGHT: f64 = 290.0;
/// The sum of the ratios in the first row of a wide window.
const FIRST_ROW: f64 = 5.6;

/// What the head of every page has.
struct Head<'a> {
    title: String,
    site_title: &'a str,
    description: String,
    kind: &'static str,
    canonical: Option<String>,
    picture: Option<HeadPicture<'a>>,
    keep_trainers_out: bool,
    adult: bool,
    style: String,
    script: String,
    icon: String,
    index: String,
    json: String,
    atom: String,
    newer: Option<String>,
    older: Option<String>,
}

/// The picture that other sites show with a link to a page.
struct HeadPicture<'a> {
    url: String,
    content_type: &'a str,
    width: u32,
    height: u32,
    name: String,
}

impl<'a> Head<'a> {
    fn new(site: &'a Site, links: &Links) -> Self {
        Self {
            title: text::title(site).to_owned(),
            site_title: text::title(site),
            description: text::short(&site.about),
            kind: "website",
            canonical: links.canonical(),
            picture: None,
            keep_trainers_out: site.keep_trainers_out,
            adult: false,
            style: links.relative(assets::style()),
            script: links.relative(assets::script()),
            icon: links.relative(assets::icon()),
            index: links.relative(links::INDEX),
            json: links.relative(links::JSON),
            atom: links.relative(links::ATOM),
            newer: None,
            older: None,
        }
    }
}

/// Returns the picture for other sites. `None` if the image is sensitive or
/// the address of the site is not known.
fn head_picture<'a>(entry: &'a Entry, links: &Links) -> Option<HeadPicture<'a>> {
    let large = &entry.large;
    let url = links.absolute(&large.path).filter(|_| !entry.sensitive)?;
    let (width, height) = (large.width, large.height);
    Some(HeadPicture { url, content_type: &large.content_type, width, height, name: text::name(entry) })
}

#[derive(Template)]
#[template(path = "feed/list.html")]
struct ListPage<'a> {
    head: Head<'a>,
    avatar: Option<String>,
    about: &'a str,
    links: Vec<Link<'a>>,
    tiles: Vec<Tile>,
}

struct Link<'a> {
    label: &'a str,
    url: Option<String>,
}

struct Tile {
    classes: String,
    page: String,
    sensitive: bool,
    eager: bool,
    small: String,
    /// `None` if it is not larger than the small one.
    large: Option<String>,
    large_width: u32,
    width: u32,
    height: u32,
    shown_width: u32,
    name: String,
}

/// Returns a list as a page.
pub(super) fn list(site: &Site, list: &List, links: &Links) -> Result<String, RenderError> {
    let mut head = Head::new(site, links);
    let page = |name| links.relative(&links::list_paths(name).html);
    head.newer = list.newer.map(page);
    head.older = list.older.map(page);
    head.picture = list.entries.iter().find_map(|entry| head_picture(entry, links));
    let mut before = 0.0;
    let mut tiles = Vec::with_capacity(list.entries.len());
    for entry in list.entries {
        tiles.push(tile(entry, before < FIRST_ROW, links)?);
        before += shape::ratio(&entry.small);
    }
    let page = ListPage {
        head,
        avatar: avatar(site, links)?,
        about: site.about.trim(),
        links: site.links.iter().map(link).collect(),
        tiles,
    };
    Ok(page.render()?)
}

fn avatar(site: &Site, links: &Links) -> Result<Option<String>, RenderError> {
    site.avatar.as_ref().map(|avatar| links.picture(avatar)).transpose()
}

fn link(link: &crate::publish::site::SiteLink) -> Link<'_> {
    let label = if link.label.trim().is_empty() { link.url.trim() } else { link.label.trim() };
    Link { label, url: links::outside(&link.url) }
}

fn tile(entry: &Entry, is_in_first_row: bool, links: &Links) -> Result<Tile, RenderError> {
    let small = &entry.small;
    let ratio = shape::ratio_class(small);
    let colour = entry.colour.filter(|_| !entry.sensitive).map(shape::colour_class);
    Ok(Tile {
        classes: colour.map_or(ratio.clone(), |colour| format!("{ratio} {colour}")),
        page: links.relative(&links::image_path(entry.id)),
        sensitive: entry.sensitive,
        // A veiled picture is not loaded before somebody asks for it.
        eager: is_in_first_row && !entry.sensitive,
        small: links.picture(small)?,
        large: larger(&entry.large, small).map(|large| links.picture(large)).transpose()?,
        large_width: entry.large.width,
        width: small.width,
        height: small.height,
        shown_width: shown_width(small),
        name: text::name(entry),
    })
}

/// Returns the width in pixels that a tile has in a wide window.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a ratio is from 0.25 to 4")]
fn shown_width(image: &SiteImage) -> u32 {
    (shape::ratio(image) * ROW_HEIGHT).round() as u32
}

fn larger<'a>(one: &'a SiteImage, other: &SiteImage) -> Option<&'a SiteImage> {
    (one.width > other.width).then_some(one)
}

#[derive(Template)]
#[template(path = "feed/image.html")]
struct ImagePage<'a> {
    head: Head<'a>,
    avatar: Option<String>,
    ratio: String,
    sensitive: bool,
    full: String,
    large: String,
    /// `None` if the large one is not larger.
    small: Option<String>,
    small_width: u32,
    width: u32,
    height: u32,
    name: String,
    date: String,
    day: String,
    declared_ai: bool,
    full_width: u32,
    full_height: u32,
    format: String,
    size: String,
    prompt: Option<&'a str>,
    negative_prompt: Option<&'a str>,
    details: &'a [Detail],
    json_ld: String,
}

/// Returns the page of one image.
pub(super) fn image(site: &Site, entry: &Entry, links: &Links) -> Result<String, RenderError> {
    let name = text::name(entry);
    let mut head = Head::new(site, links);
    head.title = format!("{} - {}", isolated(&name), isolated(text::title(site)));
    head.description = entry.prompt.as_deref().map(text::short).unwrap_or_default();
    head.kind = "article";
    head.adult = entry.sensitive;
    head.picture = head_picture(entry, links);
    let large = &entry.large;
    let page = ImagePage {
        head,
        avatar: avatar(site, links)?,
        ratio: shape::ratio_class(large),
        sensitive: entry.sensitive,
        full: links.picture(&entry.image)?,
        large: links.picture(large)?,
        small: larger(large, &entry.small).map(|_| links.picture(&entry.small)).transpose()?,
        small_width: entry.small.width,
        width: large.width,
        height: large.height,
        name,
        date: text::rfc3339(entry.created_at),
        day: text::day(entry.created_at),
        declared_ai: entry.declared_ai,
        full_width: entry.image.width,
        full_height: entry.image.height,
        format: text::format(&entry.image.content_type),
        size: text::size(entry.image.size_bytes),
        prompt: shown(entry.prompt.as_deref()),
        negative_prompt: shown(entry.negative_prompt.as_deref()),
        details: &entry.details,
        json_ld: json_ld(site, entry, links)?,
    };
    Ok(page.render()?)
}

fn shown(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

/// Describes the image to search engines in the words of schema.org.
fn json_ld(site: &Site, entry: &Entry, links: &Links) -> Result<String, RenderError> {
    let title = text::title(site);
    let mut data = json!({
        "@context": "https://schema.org",
        "@type": "ImageObject",
        "name": text::name(entry),
        "contentUrl": links.best_picture(&entry.image)?,
        "encodingFormat": entry.image.content_type,
        "width": entry.image.width,
        "height": entry.image.height,
        "contentSize": entry.image.size_bytes.to_string(),
        "datePublished": text::rfc3339(entry.created_at),
        "creditText": title,
        "creator": { "@type": "Person", "name": title, "url": links.best(links::INDEX) },
        "isFamilyFriendly": !entry.sensitive,
    });
    if !entry.sensitive {
        data["thumbnailUrl"] = links.best_picture(&entry.large)?.into();
    }
    if entry.declared_ai {
        // The term of the IPTC, as schema.org writes it.
        data["digitalSourceType"] = "https://schema.org/TrainedAlgorithmicMediaDigitalSource".into();
    }
    // The text stands inside of a script element, which `</script>` would end.
    Ok(serde_json::to_string(&data)?.replace('<', "\\u003c"))
}

#[derive(Template)]
#[template(path = "feed/content.html")]
struct Content<'a> {
    page: String,
    sensitive: bool,
    large: String,
    small: String,
    small_width: u32,
    width: u32,
    height: u32,
    name: String,
    prompt: Option<&'a str>,
    details: &'a [Detail],
}

/// Returns the HTML that readers of the feeds show for an image.
pub(super) fn feed_content(entry: &Entry, links: &Links) -> Result<String, RenderError> {
    let content = Content {
        page: links.best(&links::image_path(entry.id)),
        sensitive: entry.sensitive,
        large: links.best_picture(&entry.large)?,
        small: links.best_picture(&entry.small)?,
        small_width: entry.small.width,
        width: entry.large.width,
        height: entry.large.height,
        name: text::name(entry),
        prompt: shown(entry.prompt.as_deref()),
        details: &entry.details,
    };
    Ok(content.render()?)
}
