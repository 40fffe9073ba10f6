//! The mark of a library in the metadata of the feed files that it published.

use sha2::{Digest, Sha256};

/// The name of the metadata that every feed file has. Its value is the mark of the library.
pub(super) const FEED_OF: &str = "vitrine-feed";

/// Names the library that published a feed file.
///
/// This is a digest, because some stores show metadata to everybody, and the id of a library says
/// when the library was created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LibraryMark(String);

impl LibraryMark {
    /// Returns the mark of the library with this id.
    pub fn of(library_id: &str) -> Self {
        let digest = Sha256::new().chain_update("vitrine feed\0").chain_update(library_id).finalize();
        Self(hex::encode(&digest[..16]))
    }

    /// Returns the mark that an object has in its metadata, whoever wrote it.
    pub(super) fn found(value: &str) -> Self {
        Self(value.to_owned())
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_names_one_library_without_its_id() {
        let mark = LibraryMark::of("0192f0c1-2233-7445-8667-8899aabbccdd");
        // `printf 'vitrine feed\0%s' ID | sha256sum | cut -c1-32`.
        assert_eq!(mark.as_str(), "4db549b776f937744639189178916400");
        assert_ne!(mark, LibraryMark::of("0192f0c1-2233-7445-8667-8899aabbccde"));
    }
}
