//! Makes public copies and their thumbnails.

use super::wanted::{Choices, shown_of};
use crate::catalog::PublicRow;
use crate::error::Error;
use crate::import::{ReadLimits, Stores, average_colour, decode_to_show, from_bytes};
use crate::library::Library;
use crate::model::{Carried, FeedSettings, ImageFormat, Rejection, ThumbnailSize};
use crate::public_copy::{Means, PublicCopy, Terms, derive};
use crate::publish::page_id;
use crate::publish::site::SiteImage;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio_util::sync::CancellationToken;

/// A copy and its thumbnails, as the catalog remembers them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct CopyFiles {
    pub(super) image: CopyFile,
    pub(super) small: CopyFile,
    pub(super) large: CopyFile,
    pub(super) colour: Option<[u8; 3]>,
    /// What the original carries and the copy does not.
    pub(super) removed: Vec<Carried>,
    /// What the copy carries.
    pub(super) kept: Vec<Carried>,
}

/// A picture file of the site, as the catalog remembers it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct CopyFile {
    pub(super) path: String,
    content_type: String,
    size_bytes: u64,
    width: u32,
    height: u32,
}

impl CopyFile {
    pub(super) fn site_image(&self) -> SiteImage {
        SiteImage {
            path: self.path.clone(),
            content_type: self.content_type.clone(),
            size_bytes: self.size_bytes,
            width: self.width,
            height: self.height,
        }
    }
}

/// A copy with the bytes of its files: the copy, the small and the large thumbnail.
pub(super) struct MadeCopy {
    pub(super) files: CopyFiles,
    pub(super) bytes: [Vec<u8>; 3],
}

/// Why there is no copy.
#[derive(Debug)]
pub(super) enum NoCopy {
    /// None can be made of this original under these terms.
    Refused(String),
    /// Not now: the original cannot be read, or somebody cancelled.
    Hindered(String),
}

fn unreadable(rejection: Rejection) -> NoCopy {
    NoCopy::Refused(rejection.sentence)
}

/// A thumbnail with its size.
struct Thumbnail {
    bytes: Vec<u8>,
    width: u32,
    height: u32,
}

fn thumbnail(
    bytes: &[u8],
    size: ThumbnailSize,
    limits: &ReadLimits,
    stores: &Stores,
) -> Result<(Thumbnail, (u32, u32)), NoCopy> {
    let source = from_bytes("", bytes.to_vec(), limits).map_err(unreadable)?;
    let decoded = decode_to_show(&source, limits, size, &stores.memory).map_err(unreadable)?;
    let (width, height) = fitted(decoded.width, decoded.height, size.side());
    Ok((Thumbnail { bytes: decoded.thumbnail, width, height }, (decoded.width, decoded.height)))
}

/// Fits a size into a square without enlarging it, as thumbnails are scaled.
fn fitted(width: u32, height: u32, side: u32) -> (u32, u32) {
    let longer = width.max(height);
    if longer <= side {
        return (width, height);
    }
    let scaled = |length: u32| {
        let rounded = (u64::from(length) * u64::from(side) + u64::from(longer / 2)) / u64::from(longer);
        u32::try_from(rounded.max(1)).unwrap_or(side)
    };
    (scaled(width), scaled(height))
}

/// Names a file by its page and its content: another content never has the same address.
fn file(folder: &str, page: &str, bytes: &[u8], (width, height): (u32, u32)) -> Result<CopyFile, NoCopy> {
    let format = ImageFormat::from_signature(bytes)
        .ok_or_else(|| NoCopy::Hindered("A thumbnail could not be made.".to_owned()))?;
    let hash = Sha256::digest(bytes);
    let path = format!("{folder}/{page}-{}.{}", hex::encode(&hash[..4]), format.extension());
    let content_type = format.content_type().to_owned();
    Ok(CopyFile { path, content_type, size_bytes: bytes.len() as u64, width, height })
}

/// Makes the copy of one image and its thumbnails. Blocks.
///
/// The thumbnails are made from the copy, so they have nothing that the copy has not.
pub(super) fn make_copy(
    row: &PublicRow,
    settings: &FeedSettings,
    stores: &Stores,
    limits: &ReadLimits,
    cancel: &CancellationToken,
) -> Result<MadeCopy, NoCopy> {
    let original = stores
        .originals
        .read(&row.sha256, row.format)
        .map_err(|_| NoCopy::Hindered("The original is not on this disk.".to_owned()))?;
    let copy = derive_copy(&original, row, settings, stores, limits, cancel)?;
    drop(original);
    let page = page_id(&row.id).to_string();
    let (large, size) = thumbnail(&copy.bytes, ThumbnailSize::Large, limits, stores)?;
    let (small, _) = thumbnail(&large.bytes, ThumbnailSize::Medium, limits, stores)?;
    let files = CopyFiles {
        image: file("m", &page, &copy.bytes, size)?,
        small: file("s", &page, &small.bytes, (small.width, small.height))?,
        large: file("l", &page, &large.bytes, (large.width, large.height))?,
        colour: average_colour(&small.bytes),
        removed: copy.removed,
        kept: copy.kept,
    };
    Ok(MadeCopy { files, bytes: [copy.bytes, small.bytes, large.bytes] })
}

/// Makes only the copy. Blocks.
pub(super) fn derive_copy(
    original: &[u8],
    row: &PublicRow,
    settings: &FeedSettings,
    stores: &Stores,
    limits: &ReadLimits,
    cancel: &CancellationToken,
) -> Result<PublicCopy, NoCopy> {
    let choices = Choices::of(row, settings);
    let shown = shown_of(row, choices.details).map_err(|error| NoCopy::Refused(error.to_string()))?;
    let terms = Terms {
        description: shown.prompt.as_deref(),
        parameters: shown.parameters.as_deref(),
        keep_camera: choices.keep_camera,
        declare_ai: choices.declare_ai,
        keep_credentials: choices.keep_credentials,
        everything_may_stay: choices.details == crate::model::PublicDetails::Show,
        clear_hidden: choices.clear_hidden,
    };
    let means = Means { limits, memory: &stores.memory, cancel };
    derive(original, row.format, &terms, &means).map_err(|refusal| match refusal {
        crate::model::CopyRefusal::Cancelled => NoCopy::Hindered(refusal.to_string()),
        _ => NoCopy::Refused(refusal.to_string()),
    })
}

impl Library {
    /// Makes the copy of one image. Fetches its original from the bucket if only the bucket has it.
    pub(super) async fn copy_of(
        &self,
        row: PublicRow,
        settings: &FeedSettings,
        cancel: &CancellationToken,
    ) -> Result<Result<MadeCopy, NoCopy>, Error> {
        let Some(file) = self.catalog().image_file(&row.id).await? else {
            return Ok(Err(NoCopy::Hindered("The image is gone.".to_owned())));
        };
        if let Err(error) = self.open_original(&file, false).await {
            return Ok(Err(NoCopy::Hindered(format!("{error}."))));
        }
        let (stores, settings, cancel) = (self.shared.stores.clone(), settings.clone(), cancel.clone());
        // It was imported, so it is not too large, whatever the limit is today.
        let limits = ReadLimits {
            max_bytes: self.read_limits().max_bytes.max(row.size_bytes.saturating_mul(2)),
            ..self.read_limits()
        };
        Ok(tokio::task::spawn_blocking(move || make_copy(&row, &settings, &stores, &limits, &cancel)).await?)
    }
}
