//! Parses a query into a [`Search`], piece by piece, and explains the parts that it does not understand.

use super::splitting::has_words;
use super::{RatingRange, Search, SearchField, SearchImage, SearchIs, SearchName, SearchSize, SearchWord};
use crate::model::moments::{self, TimeSpan};
use crate::model::{ImageId, Rating, Zone};

/// The maximum length of a query, in bytes. The rest is ignored.
const MAX_TEXT: usize = 2_000;
/// The maximum number of images that a condition can name, because comparing looks takes time.
const MAX_IMAGES: usize = 4;
/// The maximum number of words that are searched.
const MAX_WORDS: usize = 32;

/// One piece of a query, as the artist typed it.
struct Piece<'a> {
    excluded: bool,
    key: Option<&'a str>,
    text: &'a str,
    quoted: bool,
    /// True if nothing follows, not even a space or the closing quotation mark: the artist may still be typing it.
    last: bool,
}

impl Search {
    /// Parses a query. Dates are days in `zone`. Never fails.
    pub fn parse(query: &str, zone: &Zone) -> Self {
        Self::read(query, zone, false)
    }

    /// `is_complete` says that nothing is still being typed.
    fn read(query: &str, zone: &Zone, is_complete: bool) -> Self {
        let mut search = Self::default();
        let query = if query.len() > MAX_TEXT {
            search.problems.push("Only the first part of this long search is used.".to_owned());
            query.get(..query.floor_char_boundary(MAX_TEXT)).unwrap_or_default()
        } else {
            query
        };
        let mut rest = query.trim_start();
        while !rest.is_empty() {
            let (piece, after) = next_piece(rest);
            search.take(&piece, zone);
            if is_complete || !piece.last {
                let written = rest.get(..rest.len() - after.len()).unwrap_or_default().trim_end();
                search.problems.extend(piece.flaw(written));
            }
            rest = after.trim_start();
        }
        search
    }

    /// Returns a query in which a set that was called `is_meant` is called `name`; `None` if it contains no such set.
    /// `key` is what the query calls sets of this kind.
    pub(crate) fn with_renamed(
        query: &str,
        key: &str,
        is_meant: impl Fn(&str) -> bool,
        name: &str,
    ) -> Option<String> {
        // There is no way to write these in a query.
        if name.contains('"') {
            return None;
        }
        let (mut renamed, mut rest, mut is_changed) = (String::new(), query, false);
        while !rest.is_empty() {
            let start = rest.len() - rest.trim_start().len();
            let (space, piece) = rest.split_at(start);
            renamed.push_str(space);
            let (found, after) = next_piece(piece);
            if found.key.is_some_and(|its| its.eq_ignore_ascii_case(key)) && is_meant(found.text) {
                is_changed = true;
                renamed.extend([if found.excluded { "-" } else { "" }, key, ":\"", name, "\""]);
            } else {
                renamed.push_str(piece.get(..piece.len() - after.len()).unwrap_or_default());
            }
            rest = after;
        }
        is_changed.then_some(renamed)
    }

    /// Returns what is wrong with a query, for callers that need every part of it understood.
    pub fn misunderstood(query: &str) -> Vec<String> {
        // With a space at the end, no piece counts as one that is still being typed.
        let query = format!("{query} ");
        // Whether a date exists does not depend on the zone.
        let mut problems = Self::read(&query, &Zone::UTC, true).problems;
        if query.trim().is_empty() {
            problems.push("An empty search finds everything.".to_owned());
        }
        problems
    }

    fn take(&mut self, piece: &Piece<'_>, zone: &Zone) {
        match piece.key.map(str::to_ascii_lowercase).as_deref() {
            Some(key @ ("before" | "after" | "made" | "added")) => self.date(key, piece, zone),
            Some("size") => match size(piece.text) {
                Some(_) if piece.excluded => self.problems.push(format!(
                    "\u{201c}-size:{}\u{201d} cannot be excluded: try size:<=512 or size:>=2048 instead.",
                    piece.text
                )),
                Some(size) => self.sizes.push(size),
                None => self.problems.push(format!(
                    "\u{201c}size:{}\u{201d} is not a size: try size:1024x1536, size:>=2048 or size:<=512.",
                    piece.text
                )),
            },
            Some("is") => match is(piece.text) {
                Some(is) => self.is.push((is, piece.excluded)),
                None => self.problems.push(format!(
                    "\u{201c}is:{}\u{201d} is not known: an image is public, unlisted, stored, waiting, \
                     sensitive, favourite, portrait, landscape or square.",
                    piece.text
                )),
            },
            Some("rating") => match rating(piece.text) {
                Some((least, most)) => {
                    self.ratings.push(RatingRange { least, most, excluded: piece.excluded });
                }
                None => self.problems.push(format!(
                    "\u{201c}rating:{}\u{201d} is not a rating: try rating:5, rating:>=4 or rating:0.",
                    piece.text
                )),
            },
            Some(key @ ("collection" | "gallery")) => {
                let name = piece.text.trim();
                if name.is_empty() {
                    self.problems.push(format!("\u{201c}{key}:\u{201d} needs a name after it."));
                    return;
                }
                let names = if key == "collection" { &mut self.collections } else { &mut self.galleries };
                names.push(SearchName { text: name.to_owned(), excluded: piece.excluded });
            }
            Some(key @ ("similar" | "reference")) => self.image(key, piece),
            Some("has") if piece.text.eq_ignore_ascii_case("references") => {
                self.is.push((SearchIs::MadeWithReferences, piece.excluded));
            }
            Some("has") => self
                .problems
                .push(format!("\u{201c}has:{}\u{201d} is not known: there is has:references.", piece.text)),
            Some(key) => match field(key) {
                Some(field) => self.word(Some(field), piece),
                // No known key: the piece is words with a colon in them.
                None => self.word(None, &Piece { key: None, ..*piece }),
            },
            None => self.word(None, piece),
        }
    }

    fn image(&mut self, key: &str, piece: &Piece<'_>) {
        let Ok(id) = ImageId::parse(piece.text) else {
            self.problems.push(format!("\u{201c}{key}:{}\u{201d} is not the id of an image.", piece.text));
            return;
        };
        let images = if key == "similar" { &mut self.similar } else { &mut self.references };
        if images.len() < MAX_IMAGES {
            images.push(SearchImage { id, excluded: piece.excluded });
        } else {
            self.problems
                .push(format!("Only the first {MAX_IMAGES} images with \u{201c}{key}:\u{201d} count."));
        }
    }

    fn date(&mut self, key: &str, piece: &Piece<'_>, zone: &Zone) {
        let text = piece.text;
        if piece.excluded {
            self.problems.push(format!(
                "\u{201c}-{key}:{text}\u{201d} cannot be excluded: try before: and after: instead."
            ));
            return;
        }
        let span = match key {
            "before" => {
                moments::period(text, zone).map(|(start, _)| TimeSpan { from: None, until: Some(start) })
            }
            "after" => {
                moments::period(text, zone).map(|(start, _)| TimeSpan { from: Some(start), until: None })
            }
            _ => moments::span(text, zone),
        };
        match (span, key) {
            (Some(span), "added") => self.added.narrow(span),
            (Some(span), _) => self.made.narrow(span),
            (None, "before" | "after") => self.problems.push(format!(
                "\u{201c}{key}:{text}\u{201d} is not a date: try {key}:2026, {key}:2026-03 or \
                 {key}:2026-03-17."
            )),
            (None, _) => self.problems.push(format!(
                "\u{201c}{key}:{text}\u{201d} is not a date: try {key}:2026-03-17, {key}:2026-03..2026-05 or \
                 {key}:>=2026-03-17T12:30."
            )),
        }
    }

    fn word(&mut self, field: Option<SearchField>, piece: &Piece<'_>) {
        let starred = !piece.quoted && piece.text.ends_with('*');
        let text = if starred { piece.text.trim_end_matches('*') } else { piece.text };
        if !has_words(text) {
            if piece.key.is_some() {
                let key = piece.key.unwrap_or_default();
                self.problems.push(format!("\u{201c}{key}:\u{201d} needs a word after it."));
            }
            return;
        }
        if self.words.len() == MAX_WORDS {
            let problem = format!("Only the first {MAX_WORDS} words are searched.");
            if !self.problems.contains(&problem) {
                self.problems.push(problem);
            }
            return;
        }
        let is_prefix = starred || (piece.last && !piece.quoted && !piece.excluded);
        self.words.push(SearchWord { field, text: text.to_owned(), is_prefix, excluded: piece.excluded });
    }
}

impl Piece<'_> {
    /// Returns what is wrong with a piece that is searched for as something else than it seems to be. `written` is the
    /// whole piece as typed.
    fn flaw(&self, written: &str) -> Option<String> {
        if self.quoted && (written.len() < 2 || !written.ends_with('"')) {
            return Some(format!("{written} has no closing quotation mark."));
        }
        if let Some(key) = self.key {
            let is_seed = self.text.chars().all(|c| c.is_ascii_digit() || matches!(c, '-' | '*'));
            let flaw = || format!("\u{201c}{written}\u{201d} looks for no seed: a seed is a whole number.");
            return (key.eq_ignore_ascii_case("seed") && !is_seed).then(flaw);
        }
        if !has_words(self.text) {
            return Some(format!("\u{201c}{written}\u{201d} has no letter or number to look for."));
        }
        let inner = self.text.trim_start_matches(|c: char| !c.is_alphanumeric());
        if let Some((key, _)) =
            inner.split_once(':').filter(|_| !self.quoted && inner.len() < self.text.len())
            && is_key(key)
        {
            return Some(format!(
                "\u{201c}{written}\u{201d} has something before \u{201c}{key}:\u{201d}, so that it would be looked for \
                 as words. To look for these words, write \"{}\".",
                self.text
            ));
        }
        let (key, _) = self.text.split_once(':').filter(|_| !self.quoted)?;
        let is_word = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphabetic());
        is_word.then(|| {
            format!("\u{201c}{key}:\u{201d} is not known. To look for these words, write \"{}\".", self.text)
        })
    }
}

/// What excludes what follows. Some keyboards and programs write one of the others in place of the first.
const MINUS: [char; 4] = ['-', '\u{2212}', '\u{2013}', '\u{2014}'];

/// Splits off the next piece: `-key:"text"`, of which only the text is required.
fn next_piece(query: &str) -> (Piece<'_>, &str) {
    let (excluded, query) = match query.strip_prefix(MINUS) {
        Some(rest) if !rest.is_empty() && !rest.starts_with(char::is_whitespace) => (true, rest),
        _ => (false, query),
    };
    let key_end = query.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(query.len());
    let (key, rest) = match query.split_at(key_end) {
        (key, rest) if !key.is_empty() && rest.starts_with(':') && is_key(key) => {
            (Some(key), rest.get(1..).unwrap_or_default())
        }
        _ => (None, query),
    };
    if let Some(quoted) = rest.strip_prefix('"') {
        let closed = quoted.split_once('"');
        let (text, after) = closed.unwrap_or((quoted, ""));
        return (Piece { excluded, key, text, quoted: true, last: closed.is_none() }, after);
    }
    let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
    let (text, after) = rest.split_at(end);
    (Piece { excluded, key, text, quoted: false, last: after.is_empty() }, after)
}

/// Prompts contain many colons, so only these words are keys.
fn is_key(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    matches!(
        key.as_str(),
        "before"
            | "after"
            | "made"
            | "added"
            | "size"
            | "is"
            | "has"
            | "rating"
            | "collection"
            | "gallery"
            | "similar"
            | "reference"
    ) || field(&key).is_some()
}

fn field(key: &str) -> Option<SearchField> {
    Some(match key {
        "prompt" => SearchField::Prompt,
        "negative" => SearchField::Negative,
        "model" => SearchField::Model,
        "seed" => SearchField::Seed,
        "tool" => SearchField::Tool,
        "file" => SearchField::File,
        "note" => SearchField::Note,
        _ => return None,
    })
}

fn is(text: &str) -> Option<SearchIs> {
    Some(match text.to_ascii_lowercase().as_str() {
        "public" => SearchIs::Public,
        "unlisted" => SearchIs::Unlisted,
        "stored" => SearchIs::Stored,
        "waiting" => SearchIs::Waiting,
        "sensitive" => SearchIs::Sensitive,
        "favourite" | "favorite" => SearchIs::Favourite,
        "portrait" => SearchIs::Portrait,
        "landscape" => SearchIs::Landscape,
        "square" => SearchIs::Square,
        _ => return None,
    })
}

/// Returns the fewest and the most stars of a condition such as `>=4`.
fn rating(text: &str) -> Option<(u8, u8)> {
    let stars = |text: &str| Some(Rating::try_from(text.parse::<u8>().ok()?).ok()?.stars());
    if let Some(rest) = text.strip_prefix(">=") {
        return Some((stars(rest)?, Rating::MAX));
    }
    if let Some(rest) = text.strip_prefix("<=") {
        return Some((0, stars(rest)?));
    }
    if let Some(rest) = text.strip_prefix('>') {
        return Some((stars(rest)?.checked_add(1).filter(|least| *least <= Rating::MAX)?, Rating::MAX));
    }
    if let Some(rest) = text.strip_prefix('<') {
        return Some((0, stars(rest)?.checked_sub(1)?));
    }
    let exactly = stars(text)?;
    Some((exactly, exactly))
}

fn size(text: &str) -> Option<SearchSize> {
    if let Some((width, height)) = text.split_once(['x', 'X', '\u{d7}']) {
        return Some(SearchSize::Exactly(width.parse().ok()?, height.parse().ok()?));
    }
    let number = |text: &str| text.parse::<u32>().ok();
    if let Some(rest) = text.strip_prefix(">=") {
        return number(rest).map(SearchSize::AtLeast);
    }
    if let Some(rest) = text.strip_prefix("<=") {
        return number(rest).map(SearchSize::AtMost);
    }
    if let Some(rest) = text.strip_prefix('>') {
        return number(rest)?.checked_add(1).map(SearchSize::AtLeast);
    }
    if let Some(rest) = text.strip_prefix('<') {
        return number(rest)?.checked_sub(1).map(SearchSize::AtMost);
    }
    number(text).map(SearchSize::AtLeast)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::UnixMs;

    fn parse(query: &str) -> Search {
        Search::parse(query, &Zone::UTC)
    }

    fn word(text: &str) -> SearchWord {
        SearchWord { field: None, text: text.to_owned(), is_prefix: false, excluded: false }
    }

    #[test]
    fn words_phrases_exclusions_and_keys_are_told_apart() {
        let search = parse(r#"fox "in snow" -wolf -"two foxes" model:"flux dev" light* -tool:comfyui "#);
        let expected = vec![
            word("fox"),
            word("in snow"),
            SearchWord { excluded: true, ..word("wolf") },
            SearchWord { excluded: true, ..word("two foxes") },
            SearchWord { field: Some(SearchField::Model), ..word("flux dev") },
            SearchWord { is_prefix: true, ..word("light") },
            SearchWord { field: Some(SearchField::Tool), excluded: true, ..word("comfyui") },
        ];
        assert_eq!((search.words, search.problems), (expected, vec![]));
    }

    #[test]
    fn the_word_being_typed_is_a_prefix_until_a_space_ends_it() {
        assert!(parse("a fo").words[1].is_prefix);
        assert!(parse("model:fl").words[0].is_prefix);
        assert!(!parse("a fox ").words[1].is_prefix);
        assert!(!parse("\"a fo").words[0].is_prefix);
    }

    #[test]
    fn colons_in_prompts_are_not_keys() {
        let search = parse("(sky:1.2) masterpiece:best ");
        assert_eq!(search.words, [word("(sky:1.2)"), word("masterpiece:best")]);
        assert!(parse("  - \" ( ** ").is_empty());
    }

    #[test]
    fn dates_are_years_months_or_days() {
        let search = parse("after:2024-02-29 before:2026");
        let (from, until) = (UnixMs(1_709_164_800_000), UnixMs(1_767_225_600_000));
        assert_eq!(search.made, TimeSpan { from: Some(from), until: Some(until) });
        for bad in ["2026-13", "2026-02-29", "26-01-01", "soon", "2026-1-1-1", ""] {
            assert_eq!(parse(&format!("after:{bad} ")).problems.len(), 1, "{bad}");
        }
    }

    #[test]
    fn added_and_made_are_separate_and_terms_narrow_each_other() {
        let search = parse("added:2024-02 made:2024 after:2024-06");
        let february =
            TimeSpan { from: Some(UnixMs(1_706_745_600_000)), until: Some(UnixMs(1_709_251_200_000)) };
        assert_eq!(search.added, february);
        let summer =
            TimeSpan { from: Some(UnixMs(1_717_200_000_000)), until: Some(UnixMs(1_735_689_600_000)) };
        assert_eq!(search.made, summer);
        assert_eq!(parse("-after:2024 ").problems.len(), 1, "what is not done is said");
        assert_eq!(parse("added:soon ").problems.len(), 1);
    }

    #[test]
    fn ratings_are_ranges_of_stars() {
        let search = parse("rating:4 rating:>=3 rating:<2 rating:>4 -rating:0 ");
        let range = |least, most, excluded| RatingRange { least, most, excluded };
        let expected = [
            range(4, 4, false),
            range(3, 5, false),
            range(0, 1, false),
            range(5, 5, false),
            range(0, 0, true),
        ];
        assert_eq!((search.ratings.as_slice(), search.problems.len()), (expected.as_slice(), 0));
        for bad in ["rating:6", "rating:>5", "rating:<0", "rating:many", "rating:"] {
            assert_eq!(parse(bad).problems.len(), 1, "{bad}");
        }
    }

    #[test]
    fn collections_and_galleries_are_named() {
        let search = parse("collection:\"Best of 2026\" -gallery:Hands ");
        let best = SearchName { text: "Best of 2026".to_owned(), excluded: false };
        let hands = SearchName { text: "Hands".to_owned(), excluded: true };
        assert_eq!((search.collections, search.galleries), (vec![best], vec![hands]));
    }

    #[test]
    fn sizes_and_conditions_are_understood_or_explained() {
        let search =
            parse("size:1024x1536 size:>=2048 size:<512 is:public -is:stored is:Square -is:sensitive");
        let sizes = [SearchSize::Exactly(1024, 1536), SearchSize::AtLeast(2048), SearchSize::AtMost(511)];
        assert_eq!(search.sizes, sizes);
        let is = [
            (SearchIs::Public, false),
            (SearchIs::Stored, true),
            (SearchIs::Square, false),
            (SearchIs::Sensitive, true),
        ];
        assert_eq!((search.is.as_slice(), search.problems.as_slice()), (is.as_slice(), [].as_slice()));
        let wrong = parse("size:big is:nice model: fox");
        assert_eq!(wrong.problems.len(), 3, "{:?}", wrong.problems);
        assert_eq!(wrong.words.len(), 1, "the rest is searched");
    }

    #[test]
    fn every_part_of_a_query_that_is_not_understood_is_listed() {
        for understood in [
            "fox \"deep snow\" -wolf model:\"flux dev\" is:public fox* size:>=2048",
            "after:2026-03 -is:stored -\"two foxes\"",
            "\"masterpiece:best\" (sky:1.2) 16:9",
            "\"--is:favourite\" -\"(model:1.2)\" \u{2212}is:favourite \u{2013}fox",
            "\u{6771}\u{4eac}",
            "\u{1f98a}",
            "rating:>=4 -rating:5 is:favourite note:sky collection:\"Best of\" -gallery:hands",
        ] {
            assert_eq!(Search::misunderstood(understood), Vec::<String>::new(), "{understood}");
        }
        for (query, wrong) in [
            ("", "finds everything"),
            ("  ", "finds everything"),
            ("fox -", "\u{201c}-\u{201d} has no letter"),
            ("***", "has no letter"),
            ("\u{fe0f}", "has no letter"),
            ("rating:6", "is not a rating"),
            ("rating:>5", "is not a rating"),
            ("collection:", "needs a name"),
            ("aftr:2026", "\u{201c}aftr:\u{201d} is not known"),
            ("-modle:flux fox", "\"modle:flux\""),
            ("--is:favourite", "something before \u{201c}is:\u{201d}"),
            ("-(collection:Best)", "something before \u{201c}collection:\u{201d}"),
            ("(rating:5)", "something before \u{201c}rating:\u{201d}"),
            ("after:foo", "is not a date"),
            ("is:nice", "is not known"),
            ("size:big", "is not a size"),
            ("-size:1024x1024", "cannot be excluded"),
            ("-after:2026", "cannot be excluded"),
            ("has:fun", "is not known"),
            ("model:", "needs a word"),
            ("\"deep snow", "no closing quotation mark"),
            ("model:\"flux dev", "no closing quotation mark"),
            ("\"", "no closing quotation mark"),
        ] {
            let said = Search::misunderstood(query);
            assert!(said.len() == 1 && said[0].contains(wrong), "{query}: {said:?}");
        }
        assert!(!Search::misunderstood(&"fox ".repeat(40)).is_empty(), "some words are left out");
    }

    #[test]
    fn a_piece_that_may_still_be_typed_is_no_problem_yet() {
        for typing in ["aftr:2026", "\"deep snow", "\"deep ", "--is:favourite", "fox -", "model:\"flux dev"] {
            assert_eq!(parse(typing).problems, Vec::<String>::new(), "{typing}");
        }
        for typed in ["aftr:2026 ", "aftr:2026 fox", "--is:favourite ", "fox - dog", "seed:fox "] {
            assert_eq!(parse(typed).problems.len(), 1, "{typed}");
        }
    }

    #[test]
    fn a_set_is_renamed_where_a_query_names_it() {
        let best = |text: &str| text.to_lowercase() == "best";
        for (query, renamed) in [
            ("collection:best", Some("collection:\"The few\"")),
            ("fox  -Collection:\"Best\"  after:2026", Some("fox  -collection:\"The few\"  after:2026")),
            ("\"collection:best\" best gallery:best collection:bests \"open", None),
            ("", None),
        ] {
            let found = Search::with_renamed(query, "collection", best, "The few");
            assert_eq!(found.as_deref(), renamed, "{query}");
        }
        assert_eq!(Search::with_renamed("collection:best", "collection", best, "a \"b\""), None);
    }

    #[test]
    fn a_minus_of_any_kind_excludes() {
        for minus in ["\u{2212}", "\u{2013}", "\u{2014}"] {
            let (query, other) =
                ("fox -is:favourite deep-snow ", format!("fox {minus}is:favourite deep-snow "));
            assert_eq!(parse(&other), parse(query));
            assert_eq!(parse(&format!("{minus}fox ")).words, parse("-fox ").words);
        }
    }

    #[test]
    fn the_number_of_words_in_a_search_is_limited() {
        let search = parse(&"fox ".repeat(10_000));
        assert_eq!((search.words.len(), search.problems.len()), (MAX_WORDS, 2));
    }
}
