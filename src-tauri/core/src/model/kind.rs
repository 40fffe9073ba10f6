//! What a picture is, who can find it, and how its bytes are encoded.

use serde::{Deserialize, Serialize};

/// Generated work or the artist's own reference material.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum ImageKind {
    /// A picture that a model made; may be public.
    Generated,
    /// Material for image-to-image work; never in the feed.
    Reference,
}

impl ImageKind {
    /// Returns the word used in object keys, in SQL and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Generated => "generated",
            Self::Reference => "reference",
        }
    }

    /// Returns the kind with that name; `None` for any other text.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Generated, Self::Reference].into_iter().find(|kind| kind.as_str() == name)
    }
}

/// Who can find a generated image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// Anybody sees it in the feed.
    Public,
    /// Only those who know its URL can reach it.
    Unlisted,
}

impl Visibility {
    /// Returns the word used in SQL and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Unlisted => "unlisted",
        }
    }

    /// Returns the visibility with that name; `None` for any other text.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Public, Self::Unlisted].into_iter().find(|visibility| visibility.as_str() == name)
    }
}

/// The raster formats that Vitrine imports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ImageFormat {
    /// ISO/IEC 10918.
    Jpeg,
    /// ISO/IEC 15948.
    Png,
    /// RFC 9649.
    WebP,
    /// GIF 87a and 89a.
    Gif,
}

impl ImageFormat {
    /// All formats that Vitrine imports.
    pub const ALL: [Self; 4] = [Self::Jpeg, Self::Png, Self::WebP, Self::Gif];

    /// Returns the registered media type.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::WebP => "image/webp",
            Self::Gif => "image/gif",
        }
    }

    /// Returns the file extension used in object keys and on disk.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::WebP => "webp",
            Self::Gif => "gif",
        }
    }

    /// Returns the format whose signature is at the start of `bytes`. It does not check whether the rest is
    /// sound. Stored and served files are named by this format, never by their file name.
    pub fn from_signature(bytes: &[u8]) -> Option<Self> {
        if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
            Some(Self::Png)
        } else if bytes.starts_with(b"\xff\xd8\xff") {
            Some(Self::Jpeg)
        } else if bytes.starts_with(b"GIF87a") || bytes.starts_with(b"GIF89a") {
            Some(Self::Gif)
        } else if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
            Some(Self::WebP)
        } else {
            None
        }
    }

    /// Returns the format that a file extension stands for, in upper or lower case. Importing and watching
    /// use this list.
    pub fn from_extension(extension: &str) -> Option<Self> {
        match extension.to_ascii_lowercase().as_str() {
            "jpeg" | "jpe" | "jfif" | "jfi" | "jif" | "pjpeg" | "pjp" => Some(Self::Jpeg),
            "apng" => Some(Self::Png),
            other => Self::ALL.into_iter().find(|format| format.extension() == other),
        }
    }

    /// Returns the format of a media type. Does not accept parameters.
    pub fn from_content_type(content_type: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.content_type() == content_type)
    }
}

/// The maximum size of a thumbnail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ThumbnailSize {
    /// For grids with many pictures on the screen.
    Small,
    /// For grids of the usual density.
    Medium,
    /// For grids with a few pictures on the screen.
    Large,
}

impl ThumbnailSize {
    /// All sizes.
    pub const ALL: [Self; 3] = [Self::Small, Self::Medium, Self::Large];

    /// Returns the maximum length of the longer side, in pixels.
    pub fn side(self) -> u32 {
        match self {
            Self::Small => 256,
            Self::Medium => 512,
            Self::Large => 1280,
        }
    }
}
