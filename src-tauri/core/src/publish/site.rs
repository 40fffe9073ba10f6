//! What a published feed consists of: plain values that the renderer takes and
//! returns. They are independent of the catalog and the bucket.
//!
//! The **site** is one folder with all files of one profile. All paths are
//! relative to that folder.

use crate::model::{OwnerId, UnixMs};
use serde::Serialize;
use std::fmt;

/// Everything that the files of one profile have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// The profile that publishes.
    pub owner: OwnerId,
    /// The absolute URL of the site's folder, with a slash at its end. `None`
    /// if it is not known: then all links are relative.
    pub base: Option<String>,
    /// The heading of the page and the title of the feeds, as the artist wrote
    /// it. If it is empty, the id of the profile takes its place.
    pub title: String,
    /// A text about the artist, with its line breaks. May be empty.
    pub about: String,
    /// Other places of the artist, in the artist's order.
    pub links: Vec<SiteLink>,
    /// A picture of the artist. It is shown in a circle.
    pub avatar: Option<SiteImage>,
    /// Whether the pages ask not to be used for training AI models.
    pub keep_trainers_out: bool,
}

/// A link to another place of the artist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteLink {
    /// What the link is called. If it is empty, the address takes its place.
    pub label: String,
    /// The address as the artist wrote it. Only `http:`, `https:` and `mailto:`
    /// become links; everything else is shown as text.
    pub url: String,
}

/// A picture file of the site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteImage {
    /// The path, relative to the site's folder. It may begin with `../`. Only
    /// ASCII letters, digits, `-`, `_`, `.` and `/`, so that it needs no
    /// percent-encoding.
    pub path: String,
    /// The media type, such as `image/png`.
    pub content_type: String,
    /// The size of the file in bytes.
    pub size_bytes: u64,
    /// The width in pixels, as the picture is shown.
    pub width: u32,
    /// The height in pixels, as the picture is shown.
    pub height: u32,
}

/// The id of an image on the site. It is part of addresses and independent of
/// the image's ids elsewhere, so that it gives nothing away. Written as 32
/// lower-case hex digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PageId([u8; 16]);

impl PageId {
    /// Makes an id of 128 bits.
    pub fn new(bits: [u8; 16]) -> Self {
        Self(bits)
    }

    /// Returns the 128 bits.
    pub fn bits(self) -> [u8; 16] {
        self.0
    }
}

impl fmt::Display for PageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

/// One public image, with what the artist shows of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The id of the image on this site.
    pub id: PageId,
    /// When the image was made. Readers of the feeds see it as the date of
    /// publication.
    pub created_at: UnixMs,
    /// The public copy in full size.
    pub image: SiteImage,
    /// The thumbnail whose longer side has up to 512 pixels.
    pub small: SiteImage,
    /// The thumbnail whose longer side has up to 1280 pixels.
    pub large: SiteImage,
    /// The average colour as red, green and blue. It fills the place of the
    /// picture until that is loaded.
    pub colour: Option<[u8; 3]>,
    /// The prompt. `None` if there is none or it is hidden.
    pub prompt: Option<String>,
    /// The negative prompt. `None` if there is none or it is hidden.
    pub negative_prompt: Option<String>,
    /// The other generation data in the order in which it is shown. Empty if
    /// it is hidden.
    pub details: Vec<Detail>,
    /// Whether visitors see the picture only after they asked for it.
    pub sensitive: bool,
    /// Whether the picture is declared to be made with AI.
    pub declared_ai: bool,
}

/// One value of the generation data, such as `Steps` and `30`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, specta::Type)]
pub struct Detail {
    /// What the value is.
    pub label: String,
    /// The value as text.
    pub value: String,
}

/// The name of a list of images. It decides the paths of the list's files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ListName {
    /// The newest images: the page that visitors open first.
    Head,
    /// Older images: a page that keeps its name while newer ones are published.
    Leaf(PageId),
}

/// One list of images.
#[derive(Debug, Clone, Copy)]
pub struct List<'a> {
    /// Which list it is.
    pub name: ListName,
    /// The images in it, newest first.
    pub entries: &'a [Entry],
    /// The list with the next newer images. `None` for the newest.
    pub newer: Option<ListName>,
    /// The list with the next older images. `None` for the oldest.
    pub older: Option<ListName>,
}

/// A file of the site, ready to be uploaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteFile {
    /// The path, relative to the site's folder.
    pub path: String,
    /// The value of the header `Content-Type`.
    pub content_type: &'static str,
    /// The value of the header `Cache-Control`.
    pub cache_control: &'static str,
    /// The content.
    pub bytes: Vec<u8>,
}
