//! When a picture was made and where that date comes from, and notices about
//! files that are imported although something is wrong with them.

use super::UnixMs;
use serde::{Deserialize, Serialize};

/// The source of the date at which a picture was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum MadeFrom {
    /// The generator wrote the date into the file.
    Metadata,
    /// A date in Exif.
    Exif,
    /// A date in XMP.
    Xmp,
    /// A date in IPTC-IIM.
    Iptc,
    /// The name of the imported file.
    FileName,
    /// The name of the folder the file was in.
    Folder,
    /// The file's modification time.
    FileTime,
    /// No source: the date is the moment of the import.
    Import,
    /// The artist entered the date.
    Artist,
}

impl MadeFrom {
    /// All sources of a date.
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

    /// Returns the source with that name; `None` for any other text.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|from| from.as_str() == name)
    }
}

/// When a picture was made, and where that date comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub struct Made {
    /// The moment.
    pub at: UnixMs,
    /// The source of the moment.
    pub from: MadeFrom,
}

/// The earliest moment at which a picture can have been made: 1826, the year of
/// the oldest photograph.
const OLDEST: UnixMs = UnixMs(-4_544_208_000_000);
/// The latest such moment: the end of the year 2100.
const NEWEST: UnixMs = UnixMs(4_133_980_799_999);

impl Made {
    /// Says whether a picture can have been made at this moment.
    pub fn is_possible(self) -> bool {
        (OLDEST..=NEWEST).contains(&self.at)
    }
}

/// Something that the artist should know about an imported file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum Notice {
    /// The file ends before its format says so, but all rows decode.
    Incomplete,
    /// The file has more metadata than Vitrine reads from one file.
    MetadataInPart,
}

impl Notice {
    /// All notices.
    pub const ALL: [Self; 2] = [Self::Incomplete, Self::MetadataInPart];

    /// Returns the word used in SQL and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Incomplete => "incomplete",
            Self::MetadataInPart => "metadata_in_part",
        }
    }

    /// Returns the notices that a column contains. Skips names that a later
    /// version wrote.
    pub fn from_names(names: &str) -> Vec<Self> {
        Self::ALL.into_iter().filter(|notice| names.split(' ').any(|name| name == notice.as_str())).collect()
    }

    /// Returns the notices as a column stores them, each once.
    pub fn names(notices: &[Self]) -> String {
        let there = Self::ALL.into_iter().filter(|notice| notices.contains(notice));
        there.map(Self::as_str).collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notices_survive_being_stored_in_a_column() {
        for notices in [vec![], vec![Notice::MetadataInPart], Notice::ALL.to_vec()] {
            assert_eq!(Notice::from_names(&Notice::names(&notices)), notices);
        }
        assert_eq!(Notice::from_names("incomplete of_a_later_version"), [Notice::Incomplete]);
    }
}
