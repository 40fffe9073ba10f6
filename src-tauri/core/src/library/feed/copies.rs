//! Makes public copies and their thumbnails.

use super::wanted::{Choices, is_left_out, shown_of};
use crate::catalog::PublicRow;
use crate::error::Error;
use crate::import::{ReadLimits, Stores, average_colour, decode_to_show, from_bytes, size_of};
use crate::library::Library;
use crate::model::{Carried, FeedSettings, ImageFormat, ImageId, OwnerId, Rejection, ThumbnailSize};
use crate::public_copy::{Means, PublicCopy, Terms, derive};
use crate::publish::page_id;
use crate::publish::site::SiteImage;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// How many copies are made at the same time.
const COPIES_IN_PARALLEL: usize = 3;

/// Why there is no copy of an image whose original is missing.
pub(super) const NOT_HERE: &str = "The original is not on this disk.";

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

/// Returns the thumbnail of a picture, and the size of the picture.
fn thumbnail(
    bytes: &[u8],
    size: ThumbnailSize,
    limits: &ReadLimits,
    stores: &Stores,
) -> Result<(Vec<u8>, (u32, u32)), NoCopy> {
    let source = from_bytes("", bytes.to_vec(), limits).map_err(unreadable)?;
    let decoded = decode_to_show(&source, limits, size, &stores.memory).map_err(unreadable)?;
    Ok((decoded.thumbnail, (decoded.width, decoded.height)))
}

fn no_thumbnail() -> NoCopy {
    NoCopy::Hindered("A thumbnail could not be made.".to_owned())
}

/// Names a file by its page and its content: another content never has the same address.
fn file(folder: &str, page: &str, bytes: &[u8], (width, height): (u32, u32)) -> Result<CopyFile, NoCopy> {
    let format = ImageFormat::from_signature(bytes).ok_or_else(no_thumbnail)?;
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
    let copy = derive_copy(row, settings, stores, limits, cancel)?;
    let page = page_id(&row.id).to_string();
    let (large, size) = thumbnail(&copy.bytes, ThumbnailSize::Large, limits, stores)?;
    let (small, large_size) = thumbnail(&large, ThumbnailSize::Medium, limits, stores)?;
    let files = CopyFiles {
        image: file("m", &page, &copy.bytes, size)?,
        small: file("s", &page, &small, size_of(&small).ok_or_else(no_thumbnail)?)?,
        large: file("l", &page, &large, large_size)?,
        colour: average_colour(&small),
        removed: copy.removed,
        kept: copy.kept,
    };
    Ok(MadeCopy { files, bytes: [copy.bytes, small, large] })
}

/// Makes only the copy. Blocks.
pub(super) fn derive_copy(
    row: &PublicRow,
    settings: &FeedSettings,
    stores: &Stores,
    limits: &ReadLimits,
    cancel: &CancellationToken,
) -> Result<PublicCopy, NoCopy> {
    let original =
        stores.originals.read(&row.sha256, row.format).map_err(|_| NoCopy::Hindered(NOT_HERE.to_owned()))?;
    // Another picture that is in its place would be published, and would stay when the original is back.
    if Sha256::digest(&original)[..] != row.sha256 {
        return Err(NoCopy::Refused("The original on this disk is damaged.".to_owned()));
    }
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
    derive(&original, row.format, &terms, &means).map_err(|refusal| match refusal {
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
            return Ok(Err(NoCopy::Hindered(error.to_failure().message)));
        }
        let (stores, settings, cancel) = (self.shared.stores.clone(), settings.clone(), cancel.clone());
        let limits = self.limits_of_copy(&row);
        Ok(tokio::task::spawn_blocking(move || make_copy(&row, &settings, &stores, &limits, &cancel)).await?)
    }

    /// Returns the limits for reading an original and its copy. It was imported, so it is not too large, whatever the
    /// limit is today.
    pub(super) fn limits_of_copy(&self, row: &PublicRow) -> ReadLimits {
        let limits = self.read_limits();
        ReadLimits { max_bytes: limits.max_bytes.max(row.size_bytes.saturating_mul(2)), ..limits }
    }
}

/// What became of one image.
pub(super) struct Copied<T> {
    /// What the caller knows about it.
    pub(super) of: T,
    /// The imported file's name, and the copy or why there is none; `None` if the image does not belong on the feed
    /// any more.
    pub(super) made: Option<(String, Result<MadeCopy, NoCopy>)>,
}

/// Makes the copies of many images, a few at the same time.
pub(super) struct CopyQueue<T> {
    library: Library,
    owner: OwnerId,
    settings: FeedSettings,
    cancel: CancellationToken,
    left: std::vec::IntoIter<(ImageId, T)>,
    making: JoinSet<Result<Copied<T>, Error>>,
}

impl<T: Send + 'static> CopyQueue<T> {
    pub(super) fn new(
        library: &Library,
        owner: &OwnerId,
        settings: &FeedSettings,
        images: Vec<(ImageId, T)>,
        cancel: &CancellationToken,
    ) -> Self {
        Self {
            library: library.clone(),
            owner: owner.clone(),
            settings: settings.clone(),
            cancel: cancel.clone(),
            left: images.into_iter(),
            making: JoinSet::new(),
        }
    }

    /// Returns what was not begun.
    pub(super) fn left(self) -> impl Iterator<Item = T> {
        self.left.map(|(_, of)| of)
    }

    /// Waits for the next copy, in any order, and begins others if `may_begin`. Returns `None` at the end.
    pub(super) async fn next(&mut self, may_begin: bool) -> Result<Option<Copied<T>>, Error> {
        while self.making.len() < COPIES_IN_PARALLEL && may_begin && !self.cancel.is_cancelled() {
            let Some((id, of)) = self.left.next() else { break };
            let (library, owner, settings) =
                (self.library.clone(), self.owner.clone(), self.settings.clone());
            let cancel = self.cancel.clone();
            self.making.spawn(async move {
                let row = library.catalog().public_image(&owner, &id).await?;
                let Some(row) = row.filter(|row| !is_left_out(row, &settings)) else {
                    return Ok(Copied { of, made: None });
                };
                let filename = row.filename.clone();
                let made = library.copy_of(row, &settings, &cancel).await?;
                Ok(Copied { of, made: Some((filename, made)) })
            });
        }
        self.making.join_next().await.map(|made| made?).transpose()
    }
}
