//! The order of file names as people sort them: numbers by their value, upper and lower case alike.

/// The longest name that decides, in characters. Longer names that begin alike are ordered by their
/// ids.
const MAX_NAME: usize = 120;

/// Returns a text whose order by bytes is the order of the name.
pub(super) fn key(name: &str) -> String {
    let mut key = String::with_capacity(name.len() + 8);
    let mut rest = name.chars().take(MAX_NAME).flat_map(char::to_lowercase).peekable();
    while let Some(first) = rest.next() {
        if !first.is_ascii_digit() {
            key.push(first);
            continue;
        }
        let mut digits = String::new();
        let mut next = Some(first);
        while let Some(digit) = next {
            if digit != '0' || !digits.is_empty() {
                digits.push(digit);
            }
            next = rest.next_if(char::is_ascii_digit);
        }
        // A number with more digits is larger. The zero keeps numbers where digits are.
        key.push('0');
        let length = u32::try_from(digits.len()).unwrap_or_default();
        key.push(char::from_u32(u32::from('0') + length).unwrap_or('0'));
        key.push_str(&digits);
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_ordered_by_their_value_and_case_does_not_matter() {
        let ordered = [
            "",
            "a (2).png",
            "a.png",
            "img2.png",
            "IMG10.png",
            "img10a.png",
            "img00100.png",
            "img12345678901.png",
            "imga.png",
            "Z.png",
            "\u{e9}.png",
        ];
        let mut sorted = ordered.to_vec();
        sorted.reverse();
        sorted.sort_by_key(|name| key(name));
        assert_eq!(sorted, ordered);
    }
}
