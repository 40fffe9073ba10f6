//! What a picture file carries besides its pixels, and why no public copy of it can be made.

use super::{Bytes, ImageId, ItemFailure, PublicDetails};
use serde::{Deserialize, Serialize};

/// How much of the generation data of one image the public sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum DetailsChoice {
    /// What the profile says.
    Profile,
    /// Everything.
    Show,
    /// The prompt alone.
    Prompt,
    /// Nothing.
    Hide,
}

impl From<Option<PublicDetails>> for DetailsChoice {
    fn from(details: Option<PublicDetails>) -> Self {
        match details {
            None => Self::Profile,
            Some(PublicDetails::Show) => Self::Show,
            Some(PublicDetails::Prompt) => Self::Prompt,
            Some(PublicDetails::Hide) => Self::Hide,
        }
    }
}

impl DetailsChoice {
    /// Returns what the image itself says; `None` if the profile decides.
    pub fn own(self) -> Option<PublicDetails> {
        match self {
            Self::Profile => None,
            Self::Show => Some(PublicDetails::Show),
            Self::Prompt => Some(PublicDetails::Prompt),
            Self::Hide => Some(PublicDetails::Hide),
        }
    }

    /// Returns the name that interfaces use.
    pub fn as_str(self) -> &'static str {
        self.own().map_or("profile", PublicDetails::as_str)
    }
}

/// Whether the public copy of one image keeps location and camera.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum CameraChoice {
    /// What the profile says.
    Profile,
    /// They are removed.
    Remove,
    /// They are kept.
    Keep,
}

impl From<Option<bool>> for CameraChoice {
    fn from(keeps: Option<bool>) -> Self {
        match keeps {
            None => Self::Profile,
            Some(false) => Self::Remove,
            Some(true) => Self::Keep,
        }
    }
}

impl CameraChoice {
    /// Returns what the image itself says; `None` if the profile decides.
    pub fn own(self) -> Option<bool> {
        match self {
            Self::Profile => None,
            Self::Remove => Some(false),
            Self::Keep => Some(true),
        }
    }

    /// Returns the name that interfaces use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Profile => "profile",
            Self::Remove => "remove",
            Self::Keep => "keep",
        }
    }
}

/// What the artist chooses for the public copies of images. `None` leaves a choice as it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, specta::Type)]
pub struct TermsEdit {
    /// How much of the generation data is shown.
    pub details: Option<DetailsChoice>,
    /// Whether location and camera are kept.
    pub camera: Option<CameraChoice>,
}

impl TermsEdit {
    /// Sets both choices. `None` means what the profile says.
    pub fn both(details: Option<PublicDetails>, keep_camera: Option<bool>) -> Self {
        Self { details: Some(details.into()), camera: Some(keep_camera.into()) }
    }
}

/// Images that had the same choices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, specta::Type)]
pub struct TermsBefore {
    /// The choices; none is `None`.
    pub terms: TermsEdit,
    /// The images.
    pub ids: Vec<ImageId>,
}

/// The result of choosing for the public copies of many images. An image can fail by itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, specta::Type)]
pub struct TermsReport {
    /// The images that were changed.
    pub done: Vec<ImageId>,
    /// The images that were not changed, each with the reason.
    pub failed: Vec<ItemFailure>,
    /// What the changed images had before, so that it can be undone. At most 12 groups.
    pub before: Vec<TermsBefore>,
}

/// One kind of thing that a file carries besides its pixels.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, specta::Type)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Carried {
    /// Where the picture was taken.
    Place,
    /// The camera and its settings, or when the picture was taken.
    Camera,
    /// A prompt or parameters.
    Prompt,
    /// A node graph, from which the picture can be made again.
    Workflow,
    /// The statement that a model made the picture, in the vocabulary of IPTC.
    Declaration,
    /// Content Credentials (C2PA).
    Credentials {
        /// The company that issued them; `None` if it is not one that Vitrine knows.
        issuer: Option<String>,
    },
    /// A text in the lowest bits of the pixels.
    HiddenText,
    /// A comment of JPEG or GIF.
    Comment,
    /// A small preview, which may show what was cropped since.
    Thumbnail,
    /// Further pictures in the same file: a gain map, a depth map, the film of a motion photo.
    MorePictures,
    /// Any other metadata: dates, authors, programs, parts that Vitrine does not know.
    OtherMetadata,
    /// A colour profile.
    Profile,
    /// Bytes behind the end of the picture.
    BytesAfterEnd {
        /// How many.
        bytes: Bytes,
    },
}

/// Why no public copy of a file can be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum CopyRefusal {
    /// The file ends too early.
    #[error("The file ends before its picture is complete.")]
    Incomplete,
    /// The structure of the file contradicts its format.
    #[error("The file is damaged, so Vitrine cannot tell the picture from what it carries.")]
    Damaged,
    /// The file uses a part of its format that Vitrine does not know.
    #[error("The file has parts that Vitrine does not know.")]
    Unknown,
    /// The colour profile converts colours in a way that Vitrine does not know.
    #[error("The file has a colour profile that Vitrine does not understand to its end.")]
    Profile,
    /// The picture has more pixels, frames or bytes than the limits allow.
    #[error("The picture is too large for a public copy.")]
    TooLarge,
    /// The pixels hide a text, and nobody agreed to change them.
    #[error("A text is hidden in the pixels. It can only be removed by changing them slightly.")]
    HiddenText,
    /// The pixels hide a text that Vitrine cannot remove.
    #[error("A text is hidden in the pixels, and cannot be removed from a picture of this kind.")]
    HiddenTextStays,
    /// A text that the copy should carry does not fit into the format.
    #[error("The prompt is too long for a file of this format.")]
    TextTooLong,
    /// The caller cancelled the work.
    #[error("Making the copy was cancelled.")]
    Cancelled,
    /// The finished copy did not pass its own check.
    #[error("The copy did not pass its check, so it is not published.")]
    Unverified,
}
