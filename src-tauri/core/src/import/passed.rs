//! What an import met and did not take in: nothing is passed over in silence. Counts, by kind; pictures that were not
//! taken are refusals as well, each with its path.

use serde::Serialize;

/// Something that was met in a folder and is only counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passed {
    /// A file of a kind that people know and that is no picture, by its label: a video.
    Kind(&'static str),
    /// A hidden file or folder.
    Hidden,
    /// A link to a folder that is looked through anyway.
    Link,
    /// The library that is open: its pictures are in it already.
    Library,
    /// Anything else, such as a text beside a picture.
    Other,
}

/// What was not taken in, in numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, specta::Type)]
pub struct PassedOver {
    /// Formats that are not taken in, the most frequent first: of pictures, which
    /// are refused as well, and of files that are only counted.
    pub kinds: Vec<KindCount>,
    /// The latter, such as videos.
    pub counted: u32,
    /// Hidden files and folders.
    pub hidden: u32,
    /// Links to folders that were looked through anyway.
    pub links: u32,
    /// The library that is open.
    pub libraries: u32,
    /// Other files, such as texts beside pictures.
    pub others: u32,
}

/// How many files were of one format.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, specta::Type)]
pub struct KindCount {
    /// Its label, such as "AVIF" or "video".
    pub kind: String,
    /// How many.
    pub count: u32,
}

impl PassedOver {
    /// Counts one more.
    pub(crate) fn count(&mut self, passed: Passed) {
        let number = match passed {
            Passed::Kind(kind) => {
                self.count_kind(kind);
                &mut self.counted
            }
            Passed::Hidden => &mut self.hidden,
            Passed::Link => &mut self.links,
            Passed::Library => &mut self.libraries,
            Passed::Other => &mut self.others,
        };
        *number += 1;
    }

    /// Counts one more file of a format.
    pub(crate) fn count_kind(&mut self, kind: &str) {
        match self.kinds.iter_mut().find(|known| known.kind == kind) {
            Some(known) => known.count += 1,
            None => self.kinds.push(KindCount { kind: kind.to_owned(), count: 1 }),
        }
        // Stable, so that kinds that are as frequent stay in the order in which they were met.
        self.kinds.sort_by_key(|known| std::cmp::Reverse(known.count));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_counted_the_most_frequent_first() {
        let mut passed = PassedOver::default();
        for kind in ["HEIC", "AVIF", "video", "AVIF"] {
            passed.count_kind(kind);
        }
        passed.count(Passed::Kind("video"));
        passed.count(Passed::Kind("video"));
        let counted: Vec<_> = passed.kinds.iter().map(|known| (known.kind.as_str(), known.count)).collect();
        assert_eq!(counted, [("video", 3), ("AVIF", 2), ("HEIC", 1)]);
        assert_eq!(passed.counted, 2);
    }
}
