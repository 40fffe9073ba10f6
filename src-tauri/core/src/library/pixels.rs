//! The bytes of images for whoever displays them. Images are identified by id, never
//! by path.

use super::Library;
use crate::catalog::ImageFile;
use crate::error::Error;
use crate::import::{
    ReadLimits, Shown, SourceImage, Stores, decode_to_show, from_bytes, shown, states_colours,
};
use crate::model::{ImageFormat, ImageId, Rejection, ThumbnailSize};

/// Which version of an image is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variant {
    /// A smaller version, which is made again if it is missing.
    Thumbnail(ThumbnailSize),
    /// The original as it was imported, or a copy with converted colours and
    /// orientation if engines would show the original differently.
    Original,
}

/// The bytes of a raster image, with their media type.
#[derive(Debug, Clone)]
pub struct Pixels {
    /// One of the raster types that can be imported.
    pub content_type: &'static str,
    /// The encoded image.
    pub bytes: Vec<u8>,
}

impl Library {
    /// Returns the bytes of an image. A missing thumbnail is made again, and an
    /// original that was freed is fetched.
    pub async fn pixels(&self, id: &ImageId, variant: Variant) -> Result<Pixels, Error> {
        let file = self.catalog().image_file(id).await?.ok_or(Error::NotThere("there is no such image"))?;
        if let Variant::Thumbnail(size) = variant
            && let Some(pixels) = self.thumbnail(&file, size).await?
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
            let source = from_bytes("", bytes, &limits).map_err(unreadable)?;
            match variant {
                Variant::Thumbnail(size) => make(&stores, &file, &source, size, &limits),
                Variant::Original => Ok(match shown(&source, &limits, &stores.memory) {
                    Ok(Shown::Copy(bytes)) => Pixels { content_type: ImageFormat::Png.content_type(), bytes },
                    // Even if something is wrong with the original, the window may
                    // still be able to show it.
                    Ok(Shown::AsItIs) | Err(_) => {
                        Pixels { content_type: file.format.content_type(), bytes: source.bytes }
                    }
                }),
            }
        })
        .await?
    }

    /// Returns a stored thumbnail, or makes a small one from a larger one. Returns
    /// `None` if neither is possible.
    async fn thumbnail(&self, file: &ImageFile, size: ThumbnailSize) -> Result<Option<Pixels>, Error> {
        let (stores, file, limits) = (self.shared.stores.clone(), file.clone(), self.read_limits());
        let found = tokio::task::spawn_blocking(move || {
            // An unreadable thumbnail is made again.
            let kept = |size| stores.thumbnails.read(&file.sha256, size).ok().flatten();
            let bytes = match kept(size) {
                Some((content_type, bytes)) if !states_colours(&bytes) => {
                    return Some(Pixels { content_type, bytes });
                }
                // This thumbnail was made before thumbnails were in sRGB.
                Some((_, bytes)) => bytes,
                None => kept(ThumbnailSize::Medium).filter(|_| size == ThumbnailSize::Small)?.1,
            };
            let source = from_bytes("", bytes, &limits).ok()?;
            make(&stores, &file, &source, size, &limits).ok()
        });
        Ok(found.await?)
    }
}

fn unreadable(_: Rejection) -> Error {
    Error::NotThere("the original cannot be read any more")
}

/// Makes and saves a thumbnail of a picture.
fn make(
    stores: &Stores,
    file: &ImageFile,
    source: &SourceImage,
    size: ThumbnailSize,
    limits: &ReadLimits,
) -> Result<Pixels, Error> {
    let thumbnail = decode_to_show(source, limits, size, &stores.memory).map_err(unreadable)?.thumbnail;
    if let Err(error) = stores.thumbnails.store(&file.sha256, size, &thumbnail) {
        tracing::warn!(%error, "could not save a thumbnail");
    }
    let format = ImageFormat::from_signature(&thumbnail).ok_or(Error::Internal)?;
    Ok(Pixels { content_type: format.content_type(), bytes: thumbnail })
}
