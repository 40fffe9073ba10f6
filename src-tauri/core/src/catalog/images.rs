//! Single images of either kind: everything known about one, its file, its URL,
//! and the counts of all.

use super::columns::checksum;
use super::shared_columns::table;
use super::tiles::upload_state;
use super::{Catalog, CatalogError, Projection, generated, generation, named_sets, outbox, references};
use crate::model::{
    Counts, Image, ImageDetail, ImageFormat, ImageId, ImageKind, Operation, OwnerId, UnixMs, UploadState,
};
use rusqlite::OptionalExtension;
use std::collections::BTreeMap;

/// The original of an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageFile {
    /// The SHA-256, which names the file.
    pub sha256: [u8; 32],
    /// The format, which decides the extension and the media type.
    pub format: ImageFormat,
}

impl Catalog {
    /// Returns an image of either kind, even if it is in the trash.
    pub async fn image(&self, id: &ImageId) -> Result<Image, CatalogError> {
        let id = id.clone();
        self.read(move |connection| {
            let of_this = |error: CatalogError| error.of_row(id.as_str());
            if let Some(image) = generated::find(connection, &id).map_err(of_this)? {
                return Ok(Image::Generated(image));
            }
            let reference = references::find(connection, &id).map_err(of_this)?;
            reference.map(Image::Reference).ok_or(CatalogError::NotFound("image"))
        })
        .await
    }

    /// Returns the URLs of these images in their order. Images without a URL are
    /// left out.
    pub async fn links(&self, ids: Vec<ImageId>) -> Result<Vec<(ImageId, String)>, CatalogError> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached("SELECT url FROM images WHERE id = ?1")?;
            let mut links = Vec::with_capacity(ids.len());
            for id in ids {
                let url: Option<Option<String>> = statement.query_row([&id], |row| row.get(0)).optional()?;
                if let Some(url) = url.flatten() {
                    links.push((id, url));
                }
            }
            Ok(links)
        })
        .await
    }

    /// Returns everything known about one image.
    pub async fn detail(&self, reader: &OwnerId, id: &ImageId) -> Result<ImageDetail, CatalogError> {
        let image = self.image(id).await?.shown_to(reader);
        let id = id.clone();
        self.read(move |connection| {
            let (key, removed_at): (String, Option<i64>) = connection
                .prepare_cached("SELECT r2_key, removed_at FROM images WHERE id = ?1")?
                .query_row([&id], |row| Ok((row.get(0)?, row.get(1)?)))?;
            let transfer = outbox::newest(connection, &key, Operation::Put)?;
            let upload = upload_state(image.is_stored(), transfer.as_ref().map(|transfer| transfer.state));
            let problem = transfer.and_then(|transfer| transfer.problem);
            let edited = generation::edited(connection, &id)?;
            let galleries = named_sets::galleries_of(connection, &id)?;
            Ok(ImageDetail {
                upload,
                upload_problem: problem,
                removed_at: removed_at.map(UnixMs),
                galleries,
                edited,
                ..detail(image)
            })
        })
        .await
    }

    /// Returns the original of an image of any profile; `None` if there is no
    /// such image.
    pub async fn image_file(&self, id: &ImageId) -> Result<Option<ImageFile>, CatalogError> {
        let id = id.clone();
        self.read(move |connection| {
            let mut statement =
                connection.prepare_cached("SELECT sha256, content_type FROM images WHERE id = ?1")?;
            let mut rows = statement.query([&id])?;
            let Some(row) = rows.next()? else { return Ok(None) };
            Ok(Some(ImageFile { sha256: checksum(row, 0)?, format: row.get::<_, ImageFormat>(1)? }))
        })
        .await
    }

    /// Returns how many images each view shows.
    pub async fn counts(&self, owner: &OwnerId) -> Result<Counts, CatalogError> {
        let owner = owner.clone();
        self.read(move |connection| {
            let count = |sql: &str, mine: bool| -> Result<u32, CatalogError> {
                let mut statement = connection.prepare_cached(sql)?;
                let values: &[&dyn rusqlite::ToSql] = if mine { &[&owner.as_str()] } else { &[] };
                Ok(statement.query_row(values, |row| row.get(0))?)
            };
            let trash = "SELECT (SELECT count(*) FROM generated_images WHERE owner_id = ?1 AND removed_at IS NOT NULL)
                              + (SELECT count(*) FROM reference_images WHERE owner_id = ?1 AND removed_at IS NOT NULL)";
            Ok(Counts {
                history: count(
                    "SELECT count(*) FROM generated_images WHERE owner_id = ?1 AND removed_at IS NULL",
                    true,
                )?,
                feed: count(
                    "SELECT count(*) FROM generated_images WHERE visibility = 'public' AND removed_at IS NULL",
                    false,
                )?,
                trash: count(trash, true)?,
                favourites: count(
                    "SELECT count(*) FROM generated_images
                     WHERE owner_id = ?1 AND removed_at IS NULL AND favourite = 1",
                    true,
                )?,
                references: count(
                    "SELECT count(*) FROM reference_images WHERE owner_id = ?1 AND removed_at IS NULL",
                    true,
                )?,
            })
        })
        .await
    }

    /// Rewrites the URL of every image after the public address changed. Keys
    /// are plain ASCII, so joining base and key gives the URL. Without a base,
    /// images have no URL.
    pub async fn rebase_urls(&self, base: Option<String>) -> Result<(), CatalogError> {
        self.write(move |connection| {
            for kind in [ImageKind::Generated, ImageKind::Reference] {
                let sql = format!("UPDATE {} SET url = ?1 || '/' || r2_key", table(kind));
                connection.execute(&sql, [&base])?;
            }
            Ok(())
        })
        .await
    }
}

/// Returns what the row of an image says of it. What other tables say is added by the
/// caller.
fn detail(image: Image) -> ImageDetail {
    let text = |value: serde_json::Value| match value {
        serde_json::Value::String(text) => text,
        other => other.to_string(),
    };
    let (width, height) = match &image {
        Image::Generated(image) => (image.width, image.height),
        Image::Reference(image) => (image.width, image.height),
    };
    let reference = |record| ImageDetail {
        record,
        kind: ImageKind::Reference,
        visibility: None,
        sensitive: false,
        sensitive_mark: None,
        width: width.unwrap_or(1),
        height: height.unwrap_or(1),
        prompt: String::new(),
        negative_prompt: None,
        model: String::new(),
        seed: None,
        generation_params: BTreeMap::new(),
        edited: Vec::new(),
        upload: UploadState::Local,
        upload_problem: None,
        removed_at: None,
        galleries: Vec::new(),
        collections: Vec::new(),
    };
    match image {
        Image::Reference(image) => reference(image.record),
        Image::Generated(image) => ImageDetail {
            kind: ImageKind::Generated,
            visibility: Some(image.visibility),
            sensitive: image.sensitive,
            sensitive_mark: image.sensitive_mark,
            prompt: image.prompt,
            negative_prompt: image.negative_prompt,
            model: image.model,
            seed: image.seed,
            collections: image.collections,
            generation_params: image.generation_params.into_iter().map(|(k, v)| (k, text(v))).collect(),
            ..reference(image.record)
        },
    }
}
