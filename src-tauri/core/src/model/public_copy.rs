//! What a picture file carries besides its pixels, and why no public copy of it can be made.

use super::Bytes;
use serde::{Deserialize, Serialize};

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
