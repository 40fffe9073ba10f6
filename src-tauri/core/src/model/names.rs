//! The names that artists give to things: what can be seen of them, and which are refused.

use super::ImageId;
use icu_normalizer::ComposingNormalizerBorrowed;
use regex::Regex;
use std::sync::LazyLock;

/// A character that can be seen. The braille pattern without dots is drawn as a space.
static VISIBLE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"[^\p{White_Space}\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\x{2800}]").ok()
});

/// Returns the text without spaces at its ends. A text without a visible character is empty.
pub(super) fn shown(text: &str) -> String {
    let is_visible = VISIBLE.as_ref().is_none_or(|visible| visible.is_match(text));
    if is_visible { text.trim().to_owned() } else { String::new() }
}

/// Says whether a character changes the direction of the text around it.
fn turns_text(character: char) -> bool {
    matches!(character, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// Returns a name as it is stored, with accents composed and without spaces at its ends.
///
/// # Errors
/// Says why the name is refused, to follow the words "the name".
pub fn checked_name(name: &str, most: usize) -> Result<String, String> {
    let name = ComposingNormalizerBorrowed::new_nfc().normalize(&shown(name)).into_owned();
    if name.is_empty() || name.chars().count() > most {
        return Err(format!("must have 1 to {most} characters, of which one can be seen"));
    }
    if name.chars().any(char::is_control) {
        return Err("cannot have line breaks or other control characters".to_owned());
    }
    if name.chars().any(turns_text) {
        return Err("cannot have characters that change the direction of text".to_owned());
    }
    // Otherwise, it could be taken for the thing with that id.
    if ImageId::parse(&name).is_ok() {
        return Err("cannot look like an id".to_owned());
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_trimmed_and_composed() {
        assert_eq!(checked_name(" Cafe\u{301} ", 10).unwrap(), "Caf\u{e9}");
        assert_eq!(checked_name("\u{1F98A} foxes", 10).unwrap(), "\u{1F98A} foxes");
        assert_eq!(checked_name("港", 1).unwrap(), "港");
    }

    #[test]
    fn names_that_cannot_be_seen_or_that_mislead_are_refused_with_the_reason() {
        for (name, reason) in [
            ("", "1 to 80"),
            ("  ", "1 to 80"),
            ("\u{200b}", "1 to 80"),
            ("\u{3164}\u{2800}", "1 to 80"),
            ("a\nb", "line breaks"),
            ("a\u{0}", "control"),
            ("x\u{202e}y", "direction"),
            ("\u{200f}x", "direction"),
            ("019ab2f4-7c1e-7a52-9d0e-3f1b6c2a8e44", "an id"),
        ] {
            let refused = checked_name(name, 80).unwrap_err();
            assert!(refused.contains(reason), "{name:?}: {refused}");
        }
        assert!(checked_name(&"x".repeat(81), 80).is_err());
    }
}
