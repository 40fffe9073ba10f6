//! When a picture was made and what says so; what there is to know of a file
//! that is not quite as it should be.

use super::UnixMs;
use serde::{Deserialize, Serialize};

/// What says when a picture was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum MadeFrom {
    /// The generator wrote it into the file.
    Metadata,
    /// A date of Exif.
    Exif,
    /// A date of XMP.
    Xmp,
    /// A date of IPTC-IIM.
    Iptc,
    /// The name of the imported file.
    FileName,
    /// The name of the folder the file was in.
    Folder,
    /// The file's modification time.
    FileTime,
    /// Nothing: it is the moment of the import.
    Import,
    /// The artist.
    Artist,
}

impl MadeFrom {
    /// Every source of a date.
    pub const ALL: [Self; 9] = [
        Self::Metadata,
        Self::Exif,
        Self::Xmp,
        Self::Iptc,
        Self::FileName,
        Self::Folder,
        Self::FileTime,
        Self::Import,
        Self::Artist,
    ];

    /// Returns the word used in SQL and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Metadata => "metadata",
            Self::Exif => "exif",
            Self::Xmp => "xmp",
            Self::Iptc => "iptc",
            Self::FileName => "file_name",
            Self::Folder => "folder",
            Self::FileTime => "file_time",
            Self::Import => "import",
            Self::Artist => "artist",
        }
    }

    /// Returns the source of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|from| from.as_str() == name)
    }
}

/// When a picture was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub struct Made {
    /// The moment.
    pub at: UnixMs,
    /// What says so.
    pub from: MadeFrom,
}

/// The first moment that can be that of a picture: 1826, when the oldest
/// photograph was made.
const OLDEST: UnixMs = UnixMs(-4_544_208_000_000);
/// The end of the year 2100.
const NEWEST: UnixMs = UnixMs(4_133_980_799_999);

impl Made {
    /// Says whether a picture can be made at this moment.
    pub fn is_possible(self) -> bool {
        (OLDEST..=NEWEST).contains(&self.at)
    }
}

/// What an artist should know of a file that was imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum Notice {
    /// The file ends before its format says that it ends; all rows decode.
    Incomplete,
    /// There is more metadata than is read of one file.
    MetadataInPart,
}

impl Notice {
    /// Every notice.
    pub const ALL: [Self; 2] = [Self::Incomplete, Self::MetadataInPart];

    /// Returns the word used in SQL and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Incomplete => "incomplete",
            Self::MetadataInPart => "metadata_in_part",
        }
    }

    /// Returns the notices in a column. Names that a later version wrote are
    /// left out.
    pub fn from_names(names: &str) -> Vec<Self> {
        Self::ALL.into_iter().filter(|notice| names.split(' ').any(|name| name == notice.as_str())).collect()
    }

    /// Returns notices as a column has them, each once.
    pub fn names(notices: &[Self]) -> String {
        let there = Self::ALL.into_iter().filter(|notice| notices.contains(notice));
        there.map(Self::as_str).collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notices_are_the_same_after_a_column_kept_them() {
        for notices in [vec![], vec![Notice::MetadataInPart], Notice::ALL.to_vec()] {
            assert_eq!(Notice::from_names(&Notice::names(&notices)), notices);
        }
        assert_eq!(Notice::from_names("incomplete of_a_later_version"), [Notice::Incomplete]);
    }
}
