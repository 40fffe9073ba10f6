//! What an import found and did not import. Nothing is skipped silently: this module counts by kind, and
//! pictures that were not imported are also reported as refused, each with its path.

use crate::model::{KindCount, PassedOver};

/// Something that was found in a folder and is only counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passed {
    /// A file of a well-known kind that is not a picture, by its label, such as a video.
    Kind(&'static str),
    /// A hidden file or folder.
    Hidden,
    /// A link to a folder that is read under its own path.
    Link,
    /// The open library, whose pictures are imported already.
    Library,
    /// Anything else, such as a text file beside a picture.
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
        // The sort is stable, so that kinds with equal counts stay in the order in which they were found.
        self.kinds.sort_by_key(|known| std::cmp::Reverse(known.count));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_counted_with_the_most_frequent_first() {
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
