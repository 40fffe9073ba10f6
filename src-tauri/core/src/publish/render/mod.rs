//! Writes the files of a published feed: pages, feeds, style sheet and script.
//!
//! Pure: the same values give the same bytes. It reads no files and no clock,
//! and knows neither the catalog nor the bucket.
//!
//! An image page refers to no other image and no other list than the first, so
//! that publishing one image rewrites only its own page and its lists.

mod assets;
mod atom;
mod direction;
mod json_feed;
mod links;
mod pages;
mod shape;
mod text;

use crate::publish::site::{Entry, List, ListName, Site, SiteFile};
use direction::{closed_entry, closed_site};
use links::Links;

pub use assets::{assets, templates_print};
pub use links::image_path;

/// Pages and feeds are asked for again at every visit, so that taking an image
/// back has an effect at once.
const ALWAYS_REVALIDATED: &str = "no-cache";
/// Files whose name has a hash of their content: styles, scripts, and the picture of the artist.
pub const IMMUTABLE: &str = "public, max-age=31536000, immutable";

/// Why a file of the site could not be written.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The address of the site is not usable.
    #[error("'{given}' is not the address of a folder: it needs http or https and a slash at its end")]
    Base {
        /// The address.
        given: String,
    },
    /// The path of a picture has other characters than [`SiteImage::path`](crate::publish::site::SiteImage::path) allows.
    #[error("'{given}' is not a path of a picture that can be published")]
    Path {
        /// The path.
        given: String,
    },
    /// A template failed.
    #[error("a page could not be written")]
    Page(#[from] askama::Error),
    /// The JSON Feed could not be written.
    #[error("the JSON Feed could not be written")]
    Json(#[from] serde_json::Error),
    /// The Atom feed could not be written.
    #[error("the Atom feed could not be written")]
    Atom(#[from] std::io::Error),
}

/// Returns the page of one image, `i/{id}.html`.
pub fn image_page(site: &Site, entry: &Entry) -> Result<SiteFile, RenderError> {
    let path = links::image_path(entry.id);
    let links = Links::new(site, &path)?;
    let html = pages::image(&closed_site(site), &closed_entry(entry), &links)?;
    Ok(file(path, "text/html; charset=utf-8", &html))
}

/// Returns the paths of a list's files: the page, the JSON Feed and the Atom feed.
pub fn list_paths(name: ListName) -> [String; 3] {
    let paths = links::list_paths(name);
    [paths.html, paths.json, paths.atom]
}

/// Returns a list as a page, a JSON Feed and an Atom feed, in this order:
/// `index.html`, `feed.json` and `atom.xml`, or `p/{id}` with `.html`, `.json`
/// and `.xml`.
pub fn list(site: &Site, list: &List) -> Result<[SiteFile; 3], RenderError> {
    let paths = links::list_paths(list.name);
    let entries: Vec<Entry> = list.entries.iter().map(closed_entry).collect();
    let (site, list) = (&closed_site(site), &List { entries: &entries, ..*list });
    let html = pages::list(site, list, &Links::new(site, &paths.html)?)?;
    let json = json_feed::feed(site, list, &Links::new(site, &paths.json)?)?;
    let atom = atom::feed(site, list, &Links::new(site, &paths.atom)?)?;
    Ok([
        file(paths.html, "text/html; charset=utf-8", &html),
        file(paths.json, "application/feed+json", &json),
        file(paths.atom, "application/atom+xml", &atom),
    ])
}

/// Every text of a page or feed passes here, so this drops the characters that
/// XML cannot hold, even escaped.
fn file(path: String, content_type: &'static str, text: &str) -> SiteFile {
    let bytes =
        text.chars().filter(|character| text::is_allowed(*character)).collect::<String>().into_bytes();
    SiteFile { path, content_type, cache_control: ALWAYS_REVALIDATED, bytes }
}

#[cfg(test)]
mod tests;
