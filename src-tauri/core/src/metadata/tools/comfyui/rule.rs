//! How the names of classes and inputs are recognised: different packs name similar things with the same
//! words.

/// A list of names. Of several inputs with such names, the first in the list counts.
pub(super) type Names = &'static [&'static str];
/// Rules for one meaning. A name has it if one of the rules fits.
pub(super) type Rules = &'static [Rule];

/// Recognises names by their words. A rule ignores case, unless it is exact.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rule {
    matches: Match,
    words: Names,
    required: Names,
    excluded: Names,
    ignored_end: Option<&'static str>,
    is_exact: bool,
}

/// Where in a name a word has to be.
#[derive(Debug, Clone, Copy)]
pub(super) enum Match {
    Anywhere,
    Start,
    End,
    Whole,
}

/// Fits names that contain one of these words.
pub(super) const fn contains(words: Names) -> Rule {
    Rule::new(Match::Anywhere, lower(words), false)
}

/// Fits names that start with one of these words.
pub(super) const fn starts_with(words: Names) -> Rule {
    Rule::new(Match::Start, lower(words), false)
}

/// Fits names that end with one of these words.
pub(super) const fn ends_with(words: Names) -> Rule {
    Rule::new(Match::End, lower(words), false)
}

/// Fits names that equal one of these.
pub(super) const fn equals(names: Names) -> Rule {
    Rule::new(Match::Whole, lower(names), false)
}

/// Fits names that have one of these words there, in the same case.
pub(super) const fn exact(matches: Match, words: Names) -> Rule {
    Rule::new(matches, words, true)
}

impl Rule {
    const fn new(matches: Match, words: Names, is_exact: bool) -> Self {
        Self { matches, words, required: &[], excluded: &[], ignored_end: None, is_exact }
    }

    /// The name also has to contain one of these words.
    pub(super) const fn with(self, words: Names) -> Self {
        Self { required: lower(words), ..self }
    }

    /// The name must contain none of these words.
    pub(super) const fn without(self, words: Names) -> Self {
        Self { excluded: lower(words), ..self }
    }

    /// The words are looked for in the name without this end.
    pub(super) const fn ignoring_end(self, end: &'static str) -> Self {
        Self { ignored_end: Some(end), ..self }
    }

    fn fits(&self, name: &str, lower: &str) -> bool {
        let name = if self.is_exact { name } else { lower };
        let name = self.ignored_end.map_or(name, |end| name.trim_end_matches(end));
        let has = |words: Names| words.iter().any(|word| name.contains(word));
        let is_found = |word: &&str| match self.matches {
            Match::Anywhere => name.contains(*word),
            Match::Start => name.starts_with(*word),
            Match::End => name.ends_with(*word),
            Match::Whole => name == *word,
        };
        self.words.iter().any(is_found)
            && (self.required.is_empty() || has(self.required))
            && !has(self.excluded)
    }
}

/// Says whether a name has the meaning of these rules.
pub(super) fn fits(rules: Rules, name: &str) -> bool {
    fits_lower(rules, name, &name.to_ascii_lowercase())
}

/// Does the same as [`fits`] for a name whose form in lower case is known.
pub(super) fn fits_lower(rules: Rules, name: &str, lower: &str) -> bool {
    rules.iter().any(|rule| rule.fits(name, lower))
}

/// Stops the compiler at a word in upper case, which would never be found in a name in lower case.
const fn lower(words: Names) -> Names {
    let mut rest = words;
    while let [word, after @ ..] = rest {
        let mut bytes = word.as_bytes();
        while let [byte, after @ ..] = bytes {
            assert!(!byte.is_ascii_uppercase(), "this rule ignores case: write its words in lower case");
            bytes = after;
        }
        rest = after;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_finds_its_words_in_any_case_and_an_exact_one_only_as_they_are() {
        const LOADER: Rules = &[contains(&["load"]).with(&["image", "video"]).without(&["mask"])];
        const EXACT_START: Rules = &[exact(Match::Start, &["WanVideo"])];
        const ENDS: Rules = &[equals(&["pipe"]), ends_with(&["_pipe"]), starts_with(&["lora"])];
        const WITHOUT_END: Rules = &[contains(&["lora"]).ignoring_end("(loramanager)")];
        assert!(fits(LOADER, "LoadImage") && fits(LOADER, "VHS_LoadVideo"));
        assert!(!fits(LOADER, "LoadLora") && !fits(LOADER, "LoadImageMask"));
        assert!(fits(EXACT_START, "WanVideoSampler"));
        assert!(!fits(EXACT_START, "wanvideosampler") && !fits(EXACT_START, "MyWanVideo"));
        assert!(fits(ENDS, "Pipe") && fits(ENDS, "basic_pipe") && fits(ENDS, "LORA_1"));
        assert!(!fits(ENDS, "pipes") && !fits(ENDS, "basicpipe"));
        assert!(!fits(WITHOUT_END, "Prompt (LoraManager)") && fits(WITHOUT_END, "Lora Loader (LoraManager)"));
    }
}
