//! Texts as pages and feeds show them.

use super::direction::closed;
use crate::model::UnixMs;
use crate::publish::site::{Entry, Site};
use jiff::Timestamp;

/// The most characters of a short text, such as `alt`.
const SHORT_CHARACTERS: usize = 90;
/// The most bytes of a short text, so that a page with many images stays small
/// in every script.
const SHORT_BYTES: usize = 160;

/// Returns whether pages and feeds may contain a character. XML 1.0 forbids
/// most control characters (section 2.2), and HTML ignores them at best.
pub(super) fn is_allowed(character: char) -> bool {
    match character {
        '\t' | '\n' | '\r' => true,
        '\u{FFFE}' | '\u{FFFF}' => false,
        _ => !character.is_control(),
    }
}

/// Returns the title of the site, or the id of the profile if it has none.
pub(super) fn title(site: &Site) -> &str {
    let title = site.title.trim();
    if title.is_empty() { site.owner.as_str() } else { title }
}

/// Returns the beginning of the prompt for `alt` and titles, or "Image".
pub(super) fn name(entry: &Entry) -> String {
    let name = entry.prompt.as_deref().map(short).unwrap_or_default();
    if name.is_empty() { "Image".to_owned() } else { name }
}

/// Cuts a text to about 90 characters, between words if possible, and joins
/// its lines. What the cut leaves open is closed.
pub(super) fn short(text: &str) -> String {
    closed(&shortened(text))
}

fn shortened(text: &str) -> String {
    // The limit of what is looked at keeps this fast for texts of any length.
    let beginning = text.trim_start().chars().take(8 * SHORT_CHARACTERS);
    let clean: String = beginning
        .map(|character| if character.is_control() { ' ' } else { character })
        .filter(|c| is_allowed(*c))
        .collect();
    let mut joined = String::with_capacity(SHORT_BYTES + 4);
    let mut characters = 0;
    for word in clean.split_whitespace() {
        let length = word.chars().count();
        let space = usize::from(!joined.is_empty());
        if characters + space + length > SHORT_CHARACTERS || joined.len() + space + word.len() > SHORT_BYTES {
            return cut(joined, word);
        }
        if space == 1 {
            joined.push(' ');
        }
        joined.push_str(word);
        characters += space + length;
    }
    joined
}

/// Ends a text before `word`, or inside it if the text would be empty.
fn cut(mut joined: String, word: &str) -> String {
    if joined.is_empty() {
        for character in word.chars().take(SHORT_CHARACTERS) {
            if joined.len() + character.len_utf8() > SHORT_BYTES {
                break;
            }
            joined.push(character);
        }
    }
    joined.truncate(joined.trim_end_matches([',', ';', ':', '.', '-', '(']).len());
    joined.push('…');
    joined
}

/// Converts a time, clamped to the years 1 to 9999, because dates of feeds
/// have four digits.
fn timestamp(at: UnixMs) -> Timestamp {
    const FIRST: i64 = -62_135_596_800_000;
    const LAST: i64 = 253_402_207_200_000;
    Timestamp::from_millisecond(at.0.clamp(FIRST, LAST)).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// Returns a time as RFC 3339 in UTC.
pub(super) fn rfc3339(at: UnixMs) -> String {
    timestamp(at).to_string()
}

/// Returns the day of a time in UTC, such as "3 March 2026".
pub(super) fn day(at: UnixMs) -> String {
    timestamp(at).strftime("%-d %B %Y").to_string()
}

/// Returns a file size in decimal units, such as "2.3 MB".
pub(super) fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{} kB", bytes.div_ceil(1_000)),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}

/// Returns what a file is called to people, such as "PNG".
pub(super) fn format(content_type: &str) -> String {
    content_type.strip_prefix("image/").unwrap_or(content_type).to_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_texts_end_at_a_word() {
        let long = "a quiet harbour at dawn, ".repeat(50);
        let short = short(&long);
        assert!(short.chars().count() <= SHORT_CHARACTERS + 1, "{short}");
        assert!(short.ends_with("harbour…") || short.ends_with("dawn…"), "{short}");
    }

    #[test]
    fn a_text_without_spaces_is_cut_inside_its_word() {
        assert_eq!(short(&"x".repeat(10_000)), format!("{}…", "x".repeat(90)));
        assert_eq!(short(&"港".repeat(10_000)), format!("{}…", "港".repeat(53)));
    }

    #[test]
    fn lines_and_control_characters_become_spaces() {
        assert_eq!(short("  a\r\nb\u{0}c\u{FFFE}d "), "a b cd");
        assert_eq!(short(" \n "), "");
    }

    #[test]
    fn a_cut_leaves_no_change_of_direction_open() {
        let long = format!("\u{202B}{}\u{202C}", "שלום עולם ".repeat(50));
        let short = short(&long);
        assert!(short.starts_with('\u{202B}') && short.ends_with("…\u{202C}"), "{short:?}");
    }

    #[test]
    fn times_have_four_digits_of_a_year() {
        assert_eq!(rfc3339(UnixMs(0)), "1970-01-01T00:00:00Z");
        assert_eq!(rfc3339(UnixMs(1_772_496_000_123)), "2026-03-03T00:00:00.123Z");
        assert_eq!(day(UnixMs(1_772_496_000_123)), "3 March 2026");
        assert_eq!(rfc3339(UnixMs(i64::MIN)), "0001-01-01T00:00:00Z");
        assert_eq!(&rfc3339(UnixMs(i64::MAX))[..5], "9999-");
    }

    #[test]
    fn sizes_are_read_as_people_write_them() {
        assert_eq!([size(7), size(2_001), size(2_345_678)], ["7 bytes", "3 kB", "2.3 MB"]);
    }
}
