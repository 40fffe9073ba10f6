//! Keeps the direction of one text from changing that of what stands beside it.
//!
//! Texts in Hebrew, Arabic and other scripts that run from right to left may need the marks of the Unicode
//! Bidirectional Algorithm (UAX #9), so marks that belong together stay. A mark that opens and is never closed would
//! turn around what a feed reader, a browser or another site shows after the text, and one that closes what the text
//! never opened would end what they opened.

use crate::publish::site::{Detail, Entry, Site, SiteLink};

/// The deepest nesting that is kept. The algorithm ignores what is more than 125 levels deep, and each mark takes up
/// to two.
const DEEPEST: usize = 60;

const CLOSES_EMBEDDING: char = '\u{202C}';
const CLOSES_ISOLATE: char = '\u{2069}';
const FIRST_STRONG_ISOLATE: char = '\u{2068}';

/// Says whether a character ends all embeddings and isolates, because a paragraph ends (class B of UAX #9).
fn ends_paragraph(character: char) -> bool {
    matches!(character, '\n' | '\r' | '\u{1C}'..='\u{1E}' | '\u{85}' | '\u{2029}')
}

/// Returns what closes this mark; `None` if it opens nothing.
fn closes(character: char) -> Option<char> {
    match character {
        '\u{202A}' | '\u{202B}' | '\u{202D}' | '\u{202E}' => Some(CLOSES_EMBEDDING),
        '\u{2066}'..='\u{2068}' => Some(CLOSES_ISOLATE),
        _ => None,
    }
}

/// Returns a text in which each paragraph closes what it opens, and nothing else.
pub(super) fn closed(text: &str) -> String {
    let mut closed = String::with_capacity(text.len());
    let mut open: Vec<char> = Vec::new();
    for character in text.chars() {
        if ends_paragraph(character) {
            closed.extend(open.drain(..).rev());
            closed.push(character);
        } else if let Some(end) = closes(character) {
            if open.len() < DEEPEST {
                open.push(end);
                closed.push(character);
            }
        } else if character == CLOSES_EMBEDDING {
            // It cannot end an embedding outside of the isolate that it stands in.
            if open.last() == Some(&CLOSES_EMBEDDING) {
                open.pop();
                closed.push(character);
            }
        } else if character == CLOSES_ISOLATE {
            if let Some(at) = open.iter().rposition(|end| *end == CLOSES_ISOLATE) {
                // It ends the embeddings in the isolate too, and they are closed for readers that do not know this.
                closed.extend(open.drain(at..).rev());
            }
        } else {
            closed.push(character);
        }
    }
    closed.extend(open.into_iter().rev());
    closed
}

/// Says whether a text may run from right to left, at least in part.
fn may_run_from_right(text: &str) -> bool {
    text.chars().any(|character| {
        closes(character).is_some()
            || matches!(character,
                '\u{590}'..='\u{8FF}' | '\u{200E}' | '\u{200F}' | '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFE}'
                | '\u{10800}'..='\u{10FFF}' | '\u{1E800}'..='\u{1EFFF}')
    })
}

/// Returns a closed text for a line that it shares with others. It is isolated if it may run from right to left.
pub(super) fn isolated(text: &str) -> String {
    if may_run_from_right(text) {
        format!("{FIRST_STRONG_ISOLATE}{text}{CLOSES_ISOLATE}")
    } else {
        text.to_owned()
    }
}

/// Returns a site whose texts are closed.
pub(super) fn closed_site(site: &Site) -> Site {
    let link = |link: &SiteLink| SiteLink { label: closed(&link.label), url: closed(&link.url) };
    Site {
        title: closed(&site.title),
        about: closed(&site.about),
        links: site.links.iter().map(link).collect(),
        ..site.clone()
    }
}

/// Returns an image whose texts are closed.
pub(super) fn closed_entry(entry: &Entry) -> Entry {
    let detail = |detail: &Detail| Detail { label: closed(&detail.label), value: closed(&detail.value) };
    Entry {
        prompt: entry.prompt.as_deref().map(closed),
        negative_prompt: entry.negative_prompt.as_deref().map(closed),
        details: entry.details.iter().map(detail).collect(),
        ..entry.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_closed_is_closed_at_the_end_of_its_paragraph() {
        assert_eq!(closed("\u{202E}abc"), "\u{202E}abc\u{202C}");
        assert_eq!(closed("\u{2067}a\u{202B}b\nc"), "\u{2067}a\u{202B}b\u{202C}\u{2069}\nc");
        assert_eq!(closed("a\u{2066}"), "a\u{2066}\u{2069}");
    }

    #[test]
    fn what_closes_nothing_is_left_out() {
        assert_eq!(closed("a\u{202C}b\u{2069}c"), "abc");
        assert_eq!(closed("\u{202A}a\n\u{202C}b"), "\u{202A}a\u{202C}\nb");
        // The end of an embedding inside of an isolate does not end the one around it.
        let crossed = closed("\u{202A}a\u{2066}b\u{202C}c\u{2069}d\u{202C}");
        assert_eq!(crossed, "\u{202A}a\u{2066}bc\u{2069}d\u{202C}");
    }

    #[test]
    fn the_end_of_an_isolate_closes_the_embeddings_in_it() {
        assert_eq!(closed("\u{2067}a\u{202E}b\u{2069}c"), "\u{2067}a\u{202E}b\u{202C}\u{2069}c");
    }

    #[test]
    fn marks_that_belong_together_stay() {
        for text in [
            "\u{202B}שלום (world)\u{202C}",
            "a \u{2067}ב \u{2066}c\u{2069}\u{2069} d",
            "\u{200F}שלום!\u{200F}",
            "C++\u{200E} ו",
            "مرحبا\u{61C} 5",
            "plain",
            "",
        ] {
            assert_eq!(closed(text), text);
        }
    }

    #[test]
    fn what_is_nested_too_deeply_is_left_out_on_both_sides() {
        let text = "\u{202E}".repeat(10_000);
        assert_eq!(closed(&text), "\u{202E}".repeat(DEEPEST) + &"\u{202C}".repeat(DEEPEST));
    }

    #[test]
    fn only_what_may_run_from_right_to_left_is_isolated() {
        assert_eq!(isolated("a fox"), "a fox");
        assert_eq!(isolated("夜の港"), "夜の港");
        assert_eq!(isolated("שלום!"), "\u{2068}שלום!\u{2069}");
        assert_eq!(isolated("a\u{200F}"), "\u{2068}a\u{200F}\u{2069}");
    }
}
