//! What an import met and did not take in: nothing is passed over in silence. Counts, by kind; pictures that were not
//! taken are refusals as well, each with its path.

use crate::model::{KindCount, PassedOver};

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
