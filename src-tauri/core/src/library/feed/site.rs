//! The values that a feed's pages are rendered from.

use super::copies::CopyFiles;
use super::wanted::{Choices, shown_of};
use crate::catalog::PublicRow;
use crate::error::Error;
use crate::library::Library;
use crate::model::{FeedSettings, ImageFormat, ImageId, ObjectKey, OwnerId};
use crate::publish::plan::Chosen;
use crate::publish::render::{IMMUTABLE, assets};
use crate::publish::site::{Entry, Site, SiteFile, SiteImage, SiteLink};
use crate::publish::{Print, Printer, page_id};
use sha2::{Digest, Sha256};

/// What all pages share: the values, and the files that they refer to.
pub(super) struct SharedParts {
    pub(super) site: Site,
    /// Style sheet, script, icon and avatar.
    pub(super) files: Vec<SiteFile>,
    /// Digest of everything in here.
    pub(super) print: Print,
}

/// Returns the prefix of the keys of a profile's feed.
pub(super) fn prefix(owner: &OwnerId) -> String {
    format!("feed/{owner}/")
}

/// Returns the key of a file of a profile's feed.
pub(super) fn key(owner: &OwnerId, path: &str) -> Result<ObjectKey, Error> {
    ObjectKey::parse(&format!("{}{path}", prefix(owner))).map_err(|_| Error::Internal)
}

/// Returns the address of a profile's feed as a folder, from the public address of the bucket.
pub(super) fn folder_address(base: &str, owner: &OwnerId) -> String {
    format!("{}/{}", base.trim_end_matches('/'), prefix(owner))
}

impl Library {
    /// Returns what all pages of a feed share. `base` is the address of its folder; `None` if it is unknown.
    pub(super) async fn shared_parts(
        &self,
        owner: &OwnerId,
        settings: &FeedSettings,
        base: Option<String>,
    ) -> Result<SharedParts, Error> {
        let profile = self.catalog().profile(owner).await?;
        let name = profile.and_then(|profile| profile.name).filter(|name| !name.is_empty());
        let title =
            Some(settings.title.clone()).filter(|title| !title.is_empty()).or(name).unwrap_or_default();
        let mut files = assets();
        let avatar = self.feed_avatar_of(owner).await?.and_then(|bytes| avatar(&bytes));
        let site = Site {
            owner: owner.clone(),
            base,
            title,
            about: settings.about.clone(),
            links: settings
                .links
                .iter()
                .map(|link| SiteLink { label: link.label.clone(), url: link.url.clone() })
                .collect(),
            avatar: avatar.as_ref().map(|(image, _)| image.clone()),
            keep_trainers_out: settings.keep_trainers_out,
        };
        files.extend(avatar.map(|(_, file)| file));
        let mut printer = Printer::new("site")
            .text(site.base.as_deref())
            .text(Some(&site.title))
            .text(Some(&site.about))
            .flag(site.keep_trainers_out)
            .bytes(&crate::publish::render::templates_print());
        for link in &site.links {
            printer = printer.text(Some(&link.label)).text(Some(&link.url));
        }
        for file in &files {
            printer = printer.text(Some(&file.path));
        }
        Ok(SharedParts { site, files, print: printer.finish() })
    }

    /// Returns images as their pages show them; `None` if one is no longer public, or its copy is gone.
    pub(super) async fn entries(
        &self,
        owner: &OwnerId,
        settings: &FeedSettings,
        chosen: &[Chosen],
    ) -> Result<Option<Vec<Entry>>, Error> {
        let copies = chosen.iter().map(|chosen| (chosen.image.clone(), chosen.terms)).collect();
        let found = self.catalog().public_images_with_copies(owner, copies).await?;
        let entry = |found: Option<(PublicRow, String)>| {
            let (row, files) = found?;
            Some(entry_of(&row, settings, &serde_json::from_str(&files).ok()?))
        };
        found.into_iter().map(entry).collect::<Option<Result<_, _>>>().transpose()
    }

    pub(super) async fn files_of_copy(
        &self,
        image: &ImageId,
        terms: Print,
    ) -> Result<Option<CopyFiles>, Error> {
        let Some(text) = self.catalog().copy_files(image, terms).await? else { return Ok(None) };
        Ok(serde_json::from_str(&text).ok())
    }
}

/// Returns an image as its page shows it.
pub(super) fn entry_of(row: &PublicRow, settings: &FeedSettings, files: &CopyFiles) -> Result<Entry, Error> {
    let choices = Choices::of(row, settings);
    let shown = shown_of(row, choices.details)?;
    Ok(Entry {
        id: page_id(&row.id),
        created_at: row.created_at,
        image: files.image.site_image(),
        small: files.small.site_image(),
        large: files.large.site_image(),
        colour: files.colour,
        prompt: shown.prompt,
        negative_prompt: shown.negative_prompt,
        details: shown.details,
        sensitive: row.is_sensitive,
        declared_ai: choices.declare_ai,
    })
}

fn avatar(bytes: &[u8]) -> Option<(SiteImage, SiteFile)> {
    let format = ImageFormat::from_signature(bytes)?;
    let (width, height) = crate::import::size_of(bytes)?;
    let path = format!("avatar-{}.{}", hex::encode(&Sha256::digest(bytes)[..8]), format.extension());
    let image = SiteImage {
        path: path.clone(),
        content_type: format.content_type().to_owned(),
        size_bytes: bytes.len() as u64,
        width,
        height,
    };
    let file = SiteFile {
        path,
        content_type: format.content_type(),
        cache_control: IMMUTABLE,
        bytes: bytes.to_vec(),
    };
    Some((image, file))
}
