//! The roles of feed files, as the catalog stores them.

/// What a feed file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FeedRole {
    /// A style sheet, a script or the avatar.
    Style,
    /// A public copy or one of its thumbnails.
    Copy,
    /// The page of one image.
    Page,
    /// A page of many images, or a feed.
    List,
}

impl FeedRole {
    const ALL: [Self; 4] = [Self::Style, Self::Copy, Self::Page, Self::List];

    /// Returns the name that the catalog stores.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Style => "style",
            Self::Copy => "copy",
            Self::Page => "page",
            Self::List => "list",
        }
    }

    /// Returns the role with that name; `None` for any other text.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == name)
    }
}
