//! The bytes of images, for whoever draws them. By id, never by path.

use super::Library;
use crate::error::Error;
use crate::files::signature;
use crate::import::{decode, from_bytes};
use crate::model::ImageId;
use std::sync::Arc;

/// Which bytes of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variant {
    /// At most 512 pixels on the longer side.
    Thumbnail,
    /// As it was imported.
    Original,
}

/// Raster bytes with their media type.
#[derive(Debug, Clone)]
pub struct Pixels {
    /// One of the raster types that are taken in.
    pub content_type: &'static str,
    /// The encoded image.
    pub bytes: Vec<u8>,
}

impl Library {
    /// Returns the bytes of an image. A thumbnail that is missing is made
    /// again; an original that was freed is fetched.
    pub async fn pixels(&self, id: &ImageId, variant: Variant) -> Result<Pixels, Error> {
        let file = self.catalog().image_file(id).await?.ok_or(Error::NotThere("there is no such image"))?;
        if variant == Variant::Thumbnail
            && let Some(pixels) = self.kept_thumbnail(file.sha256).await?
        {
            return Ok(pixels);
        }
        self.open_original(&file, variant == Variant::Original).await?;
        let stores = self.shared.stores.clone();
        let limits = self.read_limits();
        tokio::task::spawn_blocking(move || {
            let bytes = stores
                .originals
                .read(&file.sha256, file.format)
                .map_err(|_| Error::NotThere("the original is not on this disk"))?;
            if variant == Variant::Original {
                return Ok(Pixels { content_type: file.format.content_type(), bytes });
            }
            let unreadable = |_| Error::NotThere("the original cannot be read any more");
            let source = from_bytes("", bytes, &limits).map_err(unreadable)?;
            let thumbnail = decode(&source, &limits).map_err(unreadable)?.thumbnail;
            if let Err(error) = stores.thumbnails.store(&file.sha256, &thumbnail) {
                tracing::warn!(%error, "a thumbnail could not be kept");
            }
            let format = signature(&thumbnail).ok_or(Error::Internal)?;
            Ok(Pixels { content_type: format.content_type(), bytes: thumbnail })
        })
        .await?
    }

    async fn kept_thumbnail(&self, sha256: [u8; 32]) -> Result<Option<Pixels>, Error> {
        let thumbnails = Arc::clone(&self.shared.stores.thumbnails);
        // One that cannot be read is made again.
        let kept = tokio::task::spawn_blocking(move || thumbnails.read(&sha256).ok().flatten()).await?;
        Ok(kept.map(|(content_type, bytes)| Pixels { content_type, bytes }))
    }
}
