//! The shape and colour of a tile before its picture is loaded, as classes of
//! the style sheet. The content security policy allows no style attributes.

use crate::publish::site::SiteImage;
use std::fmt::Write;

/// Ratios are rounded to one part in this many.
const PARTS: u32 = 20;
/// The narrowest ratio, 1:4, in parts.
const NARROWEST: u32 = PARTS / 4;
/// The widest ratio, 4:1, in parts.
const WIDEST: u32 = PARTS * 4;
/// The values that a channel of a placeholder may have, as hex digits.
const LEVELS: [&str; 4] = ["2", "5", "8", "b"];

/// Returns the class of a picture's ratio of width to height, such as `r30`
/// for 3:2. Extreme ratios are clamped: tiles crop such pictures.
pub(super) fn ratio_class(image: &SiteImage) -> String {
    format!("r{}", parts(image))
}

/// Returns the width over height of a tile, as its class has it.
pub(super) fn ratio(image: &SiteImage) -> f64 {
    f64::from(parts(image)) / f64::from(PARTS)
}

fn parts(image: &SiteImage) -> u32 {
    let (width, height) = (u64::from(image.width.max(1)), u64::from(image.height.max(1)));
    let parts = (width * u64::from(PARTS) + height / 2) / height;
    u32::try_from(parts).unwrap_or(WIDEST).clamp(NARROWEST, WIDEST)
}

/// Returns the class of the placeholder that is next to a colour, such as
/// `c258`.
pub(super) fn colour_class(colour: [u8; 3]) -> String {
    colour.iter().fold("c".to_owned(), |class, channel| class + LEVELS[usize::from(channel / 64)])
}

/// Returns the rules of all classes.
pub(super) fn rules() -> String {
    let mut css = String::new();
    for parts in NARROWEST..=WIDEST {
        let hundredths = parts * 100 / PARTS;
        // Writing to a string cannot fail.
        let _ = write!(css, ".r{parts}{{--r:{}.{:02}}}", hundredths / 100, hundredths % 100);
    }
    for red in LEVELS {
        for green in LEVELS {
            for blue in LEVELS {
                let _ = write!(css, ".c{red}{green}{blue}{{--c:#{red}{green}{blue}}}");
            }
        }
    }
    css
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(width: u32, height: u32) -> String {
        let image =
            SiteImage { path: "x".into(), content_type: "image/png".into(), size_bytes: 1, width, height };
        ratio_class(&image)
    }

    #[test]
    fn ratios_are_rounded_and_clamped() {
        assert_eq!([of(1536, 1024), of(832, 1216), of(1, 1)], ["r30", "r14", "r20"]);
        assert_eq!([of(9000, 100), of(100, 9000), of(0, 0), of(u32::MAX, 1)], ["r80", "r5", "r20", "r80"]);
    }

    #[test]
    fn every_class_has_a_rule() {
        let rules = rules();
        for class in
            [of(9000, 100), of(100, 9000), of(3, 2), colour_class([0, 255, 128]), colour_class([255; 3])]
        {
            assert!(rules.contains(&format!(".{class}{{")), "{class}");
        }
        assert!(rules.contains(".r30{--r:1.50}"));
    }
}
