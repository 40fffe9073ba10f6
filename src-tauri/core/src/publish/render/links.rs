//! Where the files of the site are, and how they refer to each other.

use super::RenderError;
use crate::model::FeedLink;
use crate::publish::site::{ListName, PageId, Site, SiteImage};
use sha2::{Digest, Sha256};
use url::Url;

/// The page that visitors open first.
pub(super) const INDEX: &str = "index.html";
/// The first JSON Feed.
pub(super) const JSON: &str = "feed.json";
/// The first Atom feed.
pub(super) const ATOM: &str = "atom.xml";

/// The paths of one list.
pub(super) struct ListPaths {
    pub(super) html: String,
    pub(super) json: String,
    pub(super) atom: String,
}

/// Returns the path of an image's page.
pub fn image_path(id: PageId) -> String {
    format!("i/{id}.html")
}

/// Returns the paths of a list.
pub(super) fn list_paths(name: ListName) -> ListPaths {
    match name {
        ListName::Head => ListPaths { html: INDEX.to_owned(), json: JSON.to_owned(), atom: ATOM.to_owned() },
        ListName::Leaf(id) => ListPaths {
            html: format!("p/{id}.html"),
            json: format!("p/{id}.json"),
            atom: format!("p/{id}.xml"),
        },
    }
}

/// Writes the links of one file.
pub(super) struct Links {
    base: Option<Url>,
    to_root: &'static str,
    path: String,
}

impl Links {
    /// Makes the links of the file at `path`.
    pub(super) fn new(site: &Site, path: &str) -> Result<Self, RenderError> {
        let to_root = if path.contains('/') { "../" } else { "" };
        let base = site.base.as_deref().map(parse_base).transpose()?;
        Ok(Self { base, to_root, path: path.to_owned() })
    }

    /// Returns the reference to another file of the site, relative to this one.
    pub(super) fn relative(&self, path: &str) -> String {
        format!("{}{path}", self.to_root)
    }

    /// Returns the absolute URL of a file of the site. `None` if the address of
    /// the site is not known.
    pub(super) fn absolute(&self, path: &str) -> Option<String> {
        self.base.as_ref().and_then(|base| base.join(path).ok()).map(String::from)
    }

    /// Returns the absolute URL if it is known, and else the relative reference.
    pub(super) fn best(&self, path: &str) -> String {
        self.absolute(path).unwrap_or_else(|| self.relative(path))
    }

    /// Returns the absolute URL of this file, if it is known.
    pub(super) fn canonical(&self) -> Option<String> {
        self.absolute(&self.path)
    }

    /// Returns the reference to a picture, relative to this file.
    pub(super) fn picture(&self, image: &SiteImage) -> Result<String, RenderError> {
        Ok(self.relative(checked(image)?))
    }

    /// Returns the best reference to a picture from outside a page.
    pub(super) fn best_picture(&self, image: &SiteImage) -> Result<String, RenderError> {
        Ok(self.best(checked(image)?))
    }
}

fn parse_base(given: &str) -> Result<Url, RenderError> {
    let refused = || RenderError::Base { given: given.to_owned() };
    let url = Url::parse(given).map_err(|_| refused())?;
    let fits = matches!(url.scheme(), "http" | "https")
        && url.path().ends_with('/')
        && url.query().is_none()
        && url.fragment().is_none();
    fits.then_some(url).ok_or_else(refused)
}

/// Returns the path of a picture if it needs no encoding and stays on its host.
fn checked(image: &SiteImage) -> Result<&str, RenderError> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte);
    let path = image.path.as_str();
    let valid = !path.is_empty() && !path.starts_with('/') && path.bytes().all(plain);
    valid.then_some(path).ok_or_else(|| RenderError::Path { given: path.to_owned() })
}

/// Returns the id of an entry of a feed.
pub(super) fn entry_urn(id: PageId) -> String {
    urn(id.bits())
}

/// Returns the id of the feed. It depends on the address, because two artists
/// may have profiles of the same name.
pub(super) fn feed_urn(site: &Site) -> String {
    let mut hash = Sha256::new();
    hash.update(b"vitrine feed\n");
    hash.update(site.base.as_deref().unwrap_or_default());
    hash.update(b"\n");
    hash.update(site.owner.as_str());
    let mut bits = [0; 16];
    bits.copy_from_slice(&hash.finalize()[..16]);
    urn(uuid::Builder::from_custom_bytes(bits).into_uuid().into_bytes())
}

fn urn(bits: [u8; 16]) -> String {
    uuid::Uuid::from_bytes(bits).urn().to_string()
}

/// Returns the address behind a link of the artist. `None` if it is not one
/// that a visitor can open safely.
pub(super) fn outside(given: &str) -> Option<String> {
    FeedLink { label: String::new(), url: given.trim().to_owned() }.address()
}
