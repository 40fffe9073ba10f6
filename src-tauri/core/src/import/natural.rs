//! The order in which file managers show names: folders first, numbers by their value, upper and lower case
//! alike. Pure.

use std::cmp::Ordering;
use std::ffi::OsStr;
use std::iter::Peekable;
use std::path::{Component, Path};
use std::str::Chars;

/// Compares two names. `img2.png` comes before `img10.png`, and `a.png` before `a (2).png`. Only identical
/// names are equal.
pub(super) fn compare_names(one: &OsStr, other: &OsStr) -> Ordering {
    compare(&one.to_string_lossy(), &other.to_string_lossy())
        .then_with(|| one.as_encoded_bytes().cmp(other.as_encoded_bytes()))
}

/// Compares two paths in the order in which a walk through a common folder would find them. Each path comes
/// with whether it is a folder.
pub(super) fn compare_paths(
    (one, one_is_folder): (&Path, bool),
    (other, other_is_folder): (&Path, bool),
) -> Ordering {
    let named = |part: &Component<'_>| *part != Component::CurDir;
    let (mut ones, mut others) = (one.components().filter(named), other.components().filter(named));
    loop {
        match (ones.next(), others.next()) {
            (None, None) => return one_is_folder.cmp(&other_is_folder).reverse(),
            // A folder comes before its contents.
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(name), Some(other_name)) if name == other_name => {}
            (Some(name), Some(other_name)) => {
                let is_folder = one_is_folder || ones.next().is_some();
                let other_is_folder = other_is_folder || others.next().is_some();
                let by_name = compare_components(name, other_name);
                return is_folder.cmp(&other_is_folder).reverse().then(by_name);
            }
        }
    }
}

fn compare_components(one: Component<'_>, other: Component<'_>) -> Ordering {
    compare_names(one.as_os_str(), other.as_os_str())
}

fn compare(one: &str, other: &str) -> Ordering {
    let (mut ones, mut others) = (one.chars().peekable(), other.chars().peekable());
    let mut zeros = Ordering::Equal;
    loop {
        let order = match (ones.peek().copied(), others.peek().copied()) {
            (None, None) => return zeros,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(a), Some(b)) if a.is_ascii_digit() && b.is_ascii_digit() => {
                let (a, b) = (number(&mut ones), number(&mut others));
                // If nothing else differs, fewer leading zeros come first.
                zeros = zeros.then(a.zeros.cmp(&b.zeros));
                a.digits.len().cmp(&b.digits.len()).then_with(|| a.digits.cmp(&b.digits))
            }
            (Some(a), Some(b)) => {
                ones.next();
                others.next();
                rank(a).cmp(&rank(b))
            }
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

/// A run of digits, which may be longer than any number type.
struct Number {
    zeros: usize,
    digits: String,
}

fn number(characters: &mut Peekable<Chars<'_>>) -> Number {
    let mut read = Number { zeros: 0, digits: String::new() };
    while let Some(digit) = characters.next_if(char::is_ascii_digit) {
        if digit == '0' && read.digits.is_empty() {
            read.zeros += 1;
        } else {
            read.digits.push(digit);
        }
    }
    read
}

/// Orders the dot before everything else, because a name ends where its extension begins.
fn rank(character: char) -> (bool, char) {
    (character != '.', character.to_lowercase().next().unwrap_or(character))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted<'a>(names: &[&'a str]) -> Vec<&'a str> {
        let mut names = names.to_vec();
        names.sort_by(|one, other| compare_names(OsStr::new(one), OsStr::new(other)));
        names
    }

    /// Asserts that sorting any rotation of the names gives the order in which they are written.
    fn are_in_order(names: &[&str]) {
        let mut turned: Vec<&str> = names.iter().rev().copied().collect();
        for _ in names {
            turned.rotate_left(1);
            assert_eq!(sorted(&turned), names);
        }
    }

    #[test]
    fn numbers_are_ordered_by_their_value() {
        are_in_order(&["img1.png", "img2.png", "img10.png", "img100.png"]);
        are_in_order(&[
            "ComfyUI_00009_.png",
            "ComfyUI_00010_.png",
            "ComfyUI_99999_.png",
            "ComfyUI_100000_.png",
        ]);
        let longer_than_any_number = format!("{}.png", "9".repeat(80));
        are_in_order(&["7.png", "18446744073709551616.png", &longer_than_any_number]);
    }

    #[test]
    fn leading_zeros_decide_only_where_nothing_else_does() {
        are_in_order(&["1.png", "01.png", "001.png", "2.png"]);
        are_in_order(&["01a.png", "1b.png"]);
    }

    #[test]
    fn case_decides_only_where_nothing_else_does() {
        are_in_order(&["Fox 1.png", "fox 2.png", "FOX 3.png", "owl.png"]);
        are_in_order(&["Fox.png", "fox.png"]);
        are_in_order(&["Ärger.png", "ärger.png", "über.png"]);
    }

    #[test]
    fn a_copy_comes_after_its_original() {
        are_in_order(&["fox.png", "fox (2).png", "fox (10).png", "fox-upscaled.png", "fox1.png"]);
    }

    #[cfg(unix)]
    #[test]
    fn names_that_are_not_text_have_an_order_too() {
        use std::os::unix::ffi::OsStrExt;
        let (one, other) = (OsStr::from_bytes(b"a\xfe"), OsStr::from_bytes(b"a\xff"));
        assert_eq!(compare_names(one, other), Ordering::Less);
        assert_eq!(compare_names(other, one), Ordering::Greater);
    }

    #[test]
    fn paths_are_ordered_as_a_walk_would_find_them() {
        let is_folder = |path: &str| path.ends_with('/');
        let expected = ["/a/2/", "/a/2/b.png", "/a/10/1.png", "/a/1.png", "/b/", "/a.png", "/b.png"];
        let mut paths = expected;
        paths.reverse();
        paths.sort_by(|one, other| {
            compare_paths((Path::new(one), is_folder(one)), (Path::new(other), is_folder(other)))
        });
        assert_eq!(paths, expected);
        let compared = compare_paths((Path::new("./b.png"), false), (Path::new("a.png"), false));
        assert_eq!(compared, Ordering::Greater, "where one stands is no name");
    }
}
