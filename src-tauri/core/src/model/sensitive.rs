//! Sensitive images: who decided that an image is one, and the words of a prompt that mark it.

use super::searchable;
use icu_normalizer::ComposingNormalizerBorrowed;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// Why an image is sensitive, or why it is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum SensitiveMark {
    /// The artist marked it.
    Yes,
    /// The artist decided that it is not sensitive, whatever its prompt says.
    No,
    /// Its prompt contains words that the artist listed.
    Words,
}

impl SensitiveMark {
    /// All marks.
    pub const ALL: [Self; 3] = [Self::Yes, Self::No, Self::Words];

    /// Returns the name that the catalog stores.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::Words => "words",
        }
    }

    /// Returns the mark with that name; `None` for any other text.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mark| mark.as_str() == name)
    }

    /// Says whether an image with this mark is sensitive.
    pub fn is_sensitive(self) -> bool {
        match self {
            Self::Yes | Self::Words => true,
            Self::No => false,
        }
    }
}

/// The words and phrases that an artist listed, prepared for reading many prompts.
///
/// A phrase matches whole words that follow each other. Case, width and the way in which accents are
/// encoded do not matter, nor does what is between the words: `bare skin` matches `(Bare_skin:1.2)`.
/// In languages that are written without spaces, every character counts as a word.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SensitiveWords {
    /// By the first word of a phrase, the words that have to follow.
    phrases: HashMap<String, Vec<Vec<String>>>,
}

impl SensitiveWords {
    /// Prepares the entries of a list. Entries without a letter or a number match nothing.
    pub fn new<'a>(list: impl IntoIterator<Item = &'a str>) -> Self {
        let mut phrases: HashMap<String, Vec<Vec<String>>> = HashMap::new();
        for entry in list {
            let folded = folded(entry);
            let mut words = words_of(&folded).map(str::to_owned);
            if let Some(first) = words.next() {
                phrases.entry(first).or_default().push(words.collect());
            }
        }
        Self { phrases }
    }

    /// Says whether nothing can match.
    pub fn is_empty(&self) -> bool {
        self.phrases.is_empty()
    }

    /// Says whether a prompt contains one of the phrases.
    pub fn are_in(&self, prompt: &str) -> bool {
        if self.is_empty() {
            return false;
        }
        let folded = folded(prompt);
        let words: Vec<_> = words_of(&folded).collect();
        let follows =
            |phrase: &[String], after: &[&str]| after.get(..phrase.len()).is_some_and(|next| next == phrase);
        words.iter().enumerate().any(|(at, word)| {
            let after = words.get(at + 1..).unwrap_or_default();
            self.phrases.get(*word).is_some_and(|phrases| phrases.iter().any(|rest| follows(rest, after)))
        })
    }
}

/// Returns a text in which letters that differ only in case, width or encoding are the same. Upper case
/// comes first, because it also turns `ß` into `SS`.
fn folded(text: &str) -> String {
    let composed = ComposingNormalizerBorrowed::new_nfkc().normalize(text);
    let folded: String = composed.chars().flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect();
    searchable(&folded)
}

fn words_of(folded: &str) -> impl Iterator<Item = &str> {
    folded.split(|character| !is_of_word(character)).filter(|word| !word.is_empty())
}

/// Accents that cannot be composed with their letter belong to its word.
fn is_of_word(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '\u{300}'..='\u{36f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn are_in(list: &[&str], prompt: &str) -> bool {
        SensitiveWords::new(list.iter().copied()).are_in(prompt)
    }

    #[test]
    fn only_whole_words_match() {
        assert!(are_in(&["nude"], "a nude, on a rock"));
        assert!(are_in(&["nude"], "nude"));
        for prompt in ["denuded hills", "nudes", "nu de", ""] {
            assert!(!are_in(&["nude"], prompt), "{prompt}");
        }
    }

    #[test]
    fn weights_underscores_and_punctuation_separate_words() {
        for prompt in ["(nude:1.3)", "<lora:nude:0.8>", "art_nude_v2", "girl.nude,rock", "\"nude\"\n"] {
            assert!(are_in(&["nude"], prompt), "{prompt}");
        }
    }

    #[test]
    fn a_phrase_matches_its_words_in_order() {
        for prompt in ["bare skin", "with bare_skin, sun", "a (bare) skin", "bare\nskin"] {
            assert!(are_in(&["bare skin"], prompt), "{prompt}");
        }
        for prompt in ["skin bare", "bare brown skin", "bare", "bare skins"] {
            assert!(!are_in(&["bare skin"], prompt), "{prompt}");
        }
        assert!(are_in(&["bare skin", "bare feet"], "bare feet"), "phrases may start with the same word");
        assert!(are_in(&["don't look"], "Don't look"));
    }

    #[test]
    fn case_width_and_encoding_do_not_matter() {
        let same = [
            ("NUDE", "Nude"),
            ("Straße", "STRASSE"),
            ("nu\u{e9}", "NUE\u{301}"),
            ("\u{ff4e}\u{ff55}\u{ff44}\u{ff45}", "nude"),
            ("\u{3a3}\u{39f}\u{3a3}", "\u{3c3}\u{3bf}\u{3c2}"),
            ("\u{43d}\u{430}\u{433}\u{430}\u{44f}", "\u{41d}\u{410}\u{413}\u{410}\u{42f}"),
            ("\u{ff8a}\u{ff80}\u{ff9e}\u{ff76}", "\u{30cf}\u{30c0}\u{30ab}"),
            ("q\u{301}", "Q\u{301}"),
        ];
        for (entry, prompt) in same {
            assert!(are_in(&[entry], prompt), "{entry} {prompt}");
        }
        assert!(!are_in(&["nue"], "nu\u{e9}"), "an accent makes another word");
    }

    #[test]
    fn words_are_found_in_languages_without_spaces() {
        assert!(are_in(&["\u{88f8}\u{8db3}"], "\u{5c11}\u{5973}\u{88f8}\u{8db3}\u{7acb}\u{3064}"));
        assert!(!are_in(&["\u{88f8}\u{8db3}"], "\u{8db3}\u{88f8}"));
    }

    #[test]
    fn a_list_without_words_matches_nothing() {
        assert!(!are_in(&[], "nude"));
        assert!(!are_in(&["", "  ", "!?"], "nude !?"));
        assert!(SensitiveWords::new(["!?"]).is_empty());
    }

    #[test]
    fn every_mark_has_a_name_of_its_own() {
        for mark in SensitiveMark::ALL {
            assert_eq!(SensitiveMark::from_name(mark.as_str()), Some(mark));
            assert_eq!(serde_json::to_value(mark).unwrap(), mark.as_str());
        }
        assert_eq!(SensitiveMark::from_name("maybe"), None);
    }
}
