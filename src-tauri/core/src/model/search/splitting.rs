//! How texts are split into the words that a search finds.

/// Prepares a text for the index, which splits it at everything that is no letter or digit. Every
/// character of a language that is written without spaces becomes a word of its own, so that any part
/// of a text can be found. So does every emoji, which the index would skip: it is replaced by a
/// character for private use.
pub fn searchable(text: &str) -> String {
    let mut words = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        let word = match emoji_word(character) {
            Some(word) => word,
            None if is_written_without_spaces(character) => character,
            None => {
                words.push(character);
                continue;
            }
        };
        words.extend([' ', word, ' ']);
    }
    words
}

/// Says whether the index has any word of this text.
pub(super) fn has_words(text: &str) -> bool {
    text.chars().any(|character| character.is_alphanumeric() || emoji_word(character).is_some())
}

/// Returns the character that stands for an emoji or another pictogram in the index.
fn emoji_word(character: char) -> Option<char> {
    let code = u32::from(character);
    let private = match code {
        // Arrows, technical signs, dingbats and others, and pictograms.
        0x2190..=0x21ff | 0x2300..=0x23ff | 0x25a0..=0x27bf | 0x2900..=0x297f | 0x2b00..=0x2bff => {
            0xf_0000 + code
        }
        0x1_f000..=0x1_faff => 0x10_0000 + (code & 0xffff),
        _ => return None,
    };
    char::from_u32(private)
}

fn is_written_without_spaces(character: char) -> bool {
    matches!(u32::from(character),
        0x0e00..=0x0eff       // Thai, Lao
        | 0x0f00..=0x0fff     // Tibetan
        | 0x1000..=0x109f     // Burmese
        | 0x1100..=0x11ff     // Hangul Jamo
        | 0x1780..=0x17ff     // Khmer
        | 0x3005..=0x3007     // iteration marks
        | 0x3040..=0x30ff     // Hiragana, Katakana
        | 0x3130..=0x318f     // Hangul compatibility Jamo
        | 0x31f0..=0x31ff     // Katakana extensions
        | 0x3400..=0x4dbf | 0x4e00..=0x9fff | 0xf900..=0xfaff // Han
        | 0xac00..=0xd7ff     // Hangul syllables
        | 0xff66..=0xff9f     // half-width Katakana
        | 0x2_0000..=0x3_ffff // Han, extensions
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_written_without_spaces_are_words() {
        assert_eq!(
            searchable("a 東京tower").split_whitespace().collect::<Vec<_>>(),
            ["a", "東", "京", "tower"]
        );
        assert_eq!(searchable("\u{e41}\u{e21}\u{e27}").split_whitespace().count(), 3);
    }

    #[test]
    fn every_emoji_is_a_word_of_its_own() {
        let words = searchable("fox\u{1f98a}\u{2728}moon");
        assert_eq!(words.split_whitespace().collect::<Vec<_>>(), ["fox", "\u{10f98a}", "\u{f2728}", "moon"]);
        assert!(has_words("\u{1f98a}") && !has_words(" - \u{fe0f}!"));
    }
}
