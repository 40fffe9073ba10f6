//! What is skipped in a watched folder: hidden files, files that are still being
//! written under another name, and what the artist chose.

use crate::model::ImageFormat;
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use std::path::Path;

/// Extensions of files that are being downloaded, or of temporary files,
/// whatever they contain.
const UNFINISHED: [&str; 9] =
    ["part", "partial", "crdownload", "download", "opdownload", "filepart", "aria2", "tmp", "temp"];
/// The maximum number of patterns of one folder, and the maximum length of a
/// pattern in characters.
const MAX_PATTERNS: usize = 50;
const MAX_LENGTH: usize = 200;

/// A pattern that cannot be used, with an explanation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadPattern(String);

/// The patterns of what is skipped in one folder.
#[derive(Debug, Clone)]
pub struct Patterns(GlobSet);

impl Patterns {
    /// Parses patterns such as `*-preview.png`, `temp` or `grids/**`. Upper and
    /// lower case are equal.
    ///
    /// # Errors
    /// Names the pattern that cannot be used.
    pub fn parse(patterns: &[String]) -> Result<Self, BadPattern> {
        if patterns.len() > MAX_PATTERNS {
            return Err(BadPattern(format!("a folder can have at most {MAX_PATTERNS} patterns")));
        }
        let mut set = GlobSetBuilder::new();
        for pattern in patterns {
            let shown: String = pattern.chars().take(40).collect();
            let bad = |why: &str| BadPattern(format!("the pattern \"{shown}\" cannot be used: {why}"));
            if pattern.is_empty() || pattern.len() > MAX_LENGTH {
                return Err(bad("it is empty or too long"));
            }
            let glob = GlobBuilder::new(pattern.trim_end_matches('/'))
                .case_insensitive(true)
                .build()
                .map_err(|error| bad(&error.kind().to_string()))?;
            set.add(glob);
        }
        set.build().map(Self).map_err(|error| BadPattern(error.kind().to_string()))
    }

    /// Says whether a file or folder is skipped. `place` is its path inside the
    /// watched folder. It is skipped if it, or a folder that contains it, is
    /// hidden, or if its name or path matches a pattern.
    pub fn pass_over(&self, place: &Path) -> bool {
        place.ancestors().filter(|part| !part.as_os_str().is_empty()).any(|part| {
            let Some(name) = part.file_name() else { return true };
            name.as_encoded_bytes().starts_with(b".") || self.0.is_match(name) || self.0.is_match(part)
        })
    }
}

/// What a name says about its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Named {
    /// A picture, by the same extensions as in an import.
    Picture,
    /// A file that is not complete yet.
    Unfinished,
    /// The name says nothing. An import checks the content of such files.
    Otherwise,
}

impl Named {
    pub(super) fn of(path: &Path) -> Self {
        let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        if ImageFormat::from_extension(extension).is_some() {
            Self::Picture
        } else if UNFINISHED.iter().any(|known| extension.eq_ignore_ascii_case(known)) {
            Self::Unfinished
        } else {
            Self::Otherwise
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passes_over(patterns: &[&str], place: &str) -> bool {
        let patterns: Vec<String> = patterns.iter().map(|&pattern| pattern.to_owned()).collect();
        Patterns::parse(&patterns).unwrap().pass_over(Path::new(place))
    }

    #[test]
    fn a_pattern_matches_a_name_a_path_or_a_folder_above() {
        for (pattern, place, fits) in [
            ("*-preview.png", "2026/a-preview.png", true),
            ("*-preview.png", "2026/a-PREVIEW.PNG", true),
            ("*-preview.png", "2026/a.png", false),
            ("temp", "temp/deep/a.png", true),
            ("temp/", "2026/temp/a.png", true),
            ("temp", "temporary/a.png", false),
            ("grids/**", "grids/2026/a.png", true),
            ("grids/**", "a.png", false),
        ] {
            assert_eq!(passes_over(&[pattern], place), fits, "{pattern} on {place}");
        }
    }

    #[test]
    fn hidden_files_and_folders_are_skipped_without_a_pattern() {
        assert!(passes_over(&[], ".a.png"));
        assert!(passes_over(&[], "deep/.cache/a.png"));
        assert!(!passes_over(&[], "deep/a.png"));
    }

    #[test]
    fn a_pattern_that_cannot_be_used_is_named() {
        let refused = Patterns::parse(&["a.png".into(), "[oops".into()]).unwrap_err().to_string();
        assert!(refused.contains("[oops"), "{refused}");
        assert!(Patterns::parse(&[String::new()]).is_err());
        assert!(Patterns::parse(&vec!["a".to_owned(); 51]).is_err());
    }

    #[test]
    fn a_name_means_a_picture_an_unfinished_file_or_neither() {
        for (name, says) in [
            ("a.PNG", Named::Picture),
            ("a.jpeg", Named::Picture),
            ("a.jfif", Named::Picture),
            ("a.JPE", Named::Picture),
            ("a.png.part", Named::Unfinished),
            ("a.png.crdownload", Named::Unfinished),
            ("a.txt", Named::Otherwise),
            ("a", Named::Otherwise),
        ] {
            assert_eq!(Named::of(Path::new(name)), says, "{name}");
        }
    }
}
