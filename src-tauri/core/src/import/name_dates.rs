//! Dates in the names of files and folders, as generators, phones and chat programs
//! write them. A number of ten digits may be a seed as well as a time, so it never
//! counts as a date here.

use crate::metadata::Written;
use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::Offset;
use std::path::Path;

/// The first year that a name is believed to state. Smaller numbers are sizes and
/// counts.
const FIRST_YEAR: i16 = 1990;
/// The last year that a name is believed to state.
const LAST_YEAR: i16 = 2100;
/// Milliseconds since 1970 have this many digits from 2001 to 2286.
const MS_DIGITS: usize = 13;
/// The maximum length of a name that is searched, in bytes.
const MAX_NAME: usize = 1000;

/// The first letters of the months in the languages in which `ChatGPT` names files:
/// English, German, French, Spanish, Portuguese, Italian, Dutch.
const MONTHS: [&[&str]; 12] = [
    &["jan", "ene", "gen"],
    &["feb", "fév", "fev"],
    &["mar", "mär", "maa", "mrt"],
    &["apr", "avr", "abr"],
    &["may", "mai", "mei", "mag"],
    &["jun", "juin", "giu"],
    &["jul", "juil", "lug"],
    &["aug", "aoû", "aou", "ago"],
    &["sep", "set"],
    &["oct", "okt", "out", "ott"],
    &["nov"],
    &["dec", "dez", "déc", "dic"],
];

/// Returns the first date in a file's name, with the time if one follows.
pub(super) fn in_file_name(filename: &str) -> Option<Written> {
    let stem = filename.rsplit_once('.').map_or(filename, |(stem, _)| stem);
    let stem = stem.get(..stem.floor_char_boundary(MAX_NAME))?;
    let written = numbers(stem).or_else(|| month_name(stem)).or_else(|| milliseconds(stem))?;
    // Pixel phones write UTC.
    let offset = written.offset.or_else(|| stem.starts_with("PXL_").then_some(Offset::UTC));
    Some(Written { offset, ..written })
}

/// Returns the date that a folder is named after: `2024-05-17` followed by anything,
/// `20240517`, or `2024/05/17` as three folders.
pub(super) fn in_folder(path: &Path) -> Option<Written> {
    let mut names = path.parent()?.iter().rev().map(|name| name.to_string_lossy());
    let parent = names.next()?;
    let own = date(parent.as_bytes()).filter(|(_, rest)| !rest.first().is_some_and(u8::is_ascii_digit));
    if let Some((day, _)) = own {
        return Some(Written::of_day(day));
    }
    let (month, year) = (names.next()?, names.next()?);
    let joined = format!("{year}-{month}-{parent}");
    let (day, rest) = date(joined.as_bytes())?;
    rest.is_empty().then(|| Written::of_day(day))
}

/// Finds `2024-05-17`, `20240517`, `2024_05_17 12-34-56`, `20240517123456` and
/// similar.
fn numbers(stem: &str) -> Option<Written> {
    let bytes = stem.as_bytes();
    let starts = (0..bytes.len()).filter(|at| {
        let before = at.checked_sub(1).and_then(|before| bytes.get(before));
        !before.is_some_and(u8::is_ascii_digit)
    });
    starts.into_iter().find_map(|at| {
        let (day, rest) = date(bytes.get(at..)?)?;
        match time_behind(rest) {
            Some((time, offset)) => Some(Written { offset, ..Written::of_time(day, time) }),
            None => (!rest.first().is_some_and(u8::is_ascii_digit)).then(|| Written::of_day(day)),
        }
    })
}

fn date(bytes: &[u8]) -> Option<(Date, &[u8])> {
    let (year, rest) = number(bytes, 4)?;
    let (between, rest) = separator(rest, b"-_.");
    let (month, rest) = number(rest, 2)?;
    let (again, rest) = separator(rest, b"-_.");
    if between != again {
        return None;
    }
    let (day, rest) = number(rest, 2)?;
    let is_year = (FIRST_YEAR..=LAST_YEAR).contains(&year);
    let date = Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    is_year.then_some((date, rest))
}

/// Two digits each for hour, minute and second, with the same character or none
/// between them, behind a date; the hour may have one digit if a character
/// follows. Returns the zone as well, if one follows the time.
fn time_behind(bytes: &[u8]) -> Option<(Time, Option<Offset>)> {
    let text = std::str::from_utf8(bytes).unwrap_or_default();
    // " at ", " um ", ", ": what languages write between a date and a time.
    let start = text.find(|c: char| c.is_ascii_digit())?;
    let (between, clock) = text.split_at(start);
    if between.chars().count() > 5 {
        return None;
    }
    let mut rest = clock.as_bytes();
    let mut parts = [0; 3];
    let mut separators = [None; 2];
    for (at, part) in parts.iter_mut().enumerate() {
        let short =
            || number(rest, 1).filter(|(_, behind)| at == 0 && separator(behind, b"-_.:hm").0.is_some());
        let (value, behind) = number(rest, 2).or_else(short)?;
        *part = value;
        rest = behind;
        if let Some(kept) = separators.get_mut(at) {
            let (separator, behind) = separator(rest, b"-_.:hm");
            *kept = separator;
            rest = behind;
        }
    }
    let alike = separators.iter().all(Option::is_none) || separators.iter().all(Option::is_some);
    // Three more digits are milliseconds; with other digits it is not a time.
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if !alike || !matches!(digits, 0 | 3) || (between.is_empty() && separators[0].is_some()) {
        return None;
    }
    let after = std::str::from_utf8(rest).unwrap_or_default().trim_start().to_ascii_lowercase();
    let [mut hour, minute, second] = parts;
    if after.starts_with("pm") && hour < 12 {
        hour += 12;
    } else if after.starts_with("am") && hour == 12 {
        hour = 0;
    }
    let small = |number: i16| i8::try_from(number).ok();
    let time = Time::new(small(hour)?, small(minute)?, small(second)?, 0).ok()?;
    let is_iso = between.eq_ignore_ascii_case("t");
    Some((time, zone_behind(rest, is_iso)))
}

/// `Z`, `+0200`, `+02_00` and, where the date is as in ISO 8601, `-02-00`, behind
/// a time with or without milliseconds.
fn zone_behind(bytes: &[u8], is_iso: bool) -> Option<Offset> {
    let (_, fraction) = separator(bytes, b".,");
    let digits = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let rest = if digits == 3 { fraction.get(3..)? } else { bytes };
    let (sign, rest) = separator(rest, b"Zz+-");
    let is_end = |rest: &[u8]| !rest.first().is_some_and(u8::is_ascii_alphanumeric);
    let factor = match sign? {
        b'Z' | b'z' => return is_end(rest).then_some(Offset::UTC),
        b'+' => 1,
        _ if is_iso => -1,
        // A count, more often than a zone.
        _ => return None,
    };
    let (hours, rest) = number(rest, 2)?;
    let (_, rest) = separator(rest, b":_-.");
    let (minutes, rest) = number(rest, 2)?;
    let is_zone = is_end(rest) && hours <= 14 && matches!(minutes, 0 | 15 | 30 | 45);
    let seconds = factor * (i32::from(hours) * 3600 + i32::from(minutes) * 60);
    is_zone.then(|| Offset::from_seconds(seconds).ok()).flatten()
}

/// Finds `May 17, 2025, 12_34_56 PM`, `17. Mai 2025, 12_34_56`, `17 de mayo de
/// 2025`.
fn month_name(stem: &str) -> Option<Written> {
    let is_between = |c: char| c.is_whitespace() || matches!(c, ',' | '.');
    let mut words = Vec::new();
    let mut rest = stem;
    while let Some(start) = rest.find(|c| !is_between(c)) {
        rest = rest.get(start..)?;
        let end = rest.find(is_between).unwrap_or(rest.len());
        let (word, behind) = rest.split_at(end);
        rest = behind;
        if word != "de" {
            words.push((word, rest));
        }
    }
    words.windows(3).find_map(|window| {
        let [(first, _), (second, _), (year, behind)] = window else { return None };
        let (month, day) = month(first).zip(day(second)).or_else(|| month(second).zip(day(first)))?;
        let (year, rest) = number(year.as_bytes(), 4)?;
        let date = Date::new(year, month, day).ok()?;
        if !rest.is_empty() || !(FIRST_YEAR..=LAST_YEAR).contains(&year) {
            return None;
        }
        match time_behind(behind.as_bytes()) {
            Some((time, offset)) => Some(Written { offset, ..Written::of_time(date, time) }),
            None => Some(Written::of_day(date)),
        }
    })
}

fn month(word: &str) -> Option<i8> {
    let word = word.to_lowercase();
    let is_word = word.chars().all(char::is_alphabetic) && word.chars().count() <= 10;
    let of = |starts: &&[&str]| starts.iter().any(|start| word.starts_with(start));
    let found = is_word.then(|| MONTHS.iter().position(of)).flatten()?;
    i8::try_from(found + 1).ok()
}

fn day(word: &str) -> Option<i8> {
    let digits = word.trim_end_matches(|c: char| c.is_alphabetic() || c == 'º');
    (1..=2).contains(&digits.len()).then(|| digits.parse().ok()).flatten()
}

/// Finds milliseconds since 1970, as browsers and web services name saved files.
fn milliseconds(stem: &str) -> Option<Written> {
    let digits = stem.split(|c: char| !c.is_ascii_digit()).find(|digits| digits.len() == MS_DIGITS)?;
    let civil = Offset::UTC.to_datetime(Timestamp::from_millisecond(digits.parse().ok()?).ok()?);
    let is_year = (2001..=LAST_YEAR).contains(&civil.year());
    is_year.then_some(Written { civil, offset: Some(Offset::UTC), is_day: false })
}

fn number(bytes: &[u8], count: usize) -> Option<(i16, &[u8])> {
    let (digits, rest) = bytes.split_at_checked(count)?;
    let all = digits.iter().all(u8::is_ascii_digit);
    all.then(|| (digits.iter().fold(0, |number, digit| number * 10 + i16::from(digit - b'0')), rest))
}

fn separator<'a>(bytes: &'a [u8], of: &[u8]) -> (Option<u8>, &'a [u8]) {
    match bytes.split_first() {
        Some((first, rest)) if of.contains(first) => (Some(*first), rest),
        _ => (None, bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::datetime;

    #[test]
    fn names_of_generators_phones_and_chat_programs_are_read() {
        for (name, civil) in [
            // AUTOMATIC1111 with [datetime], Fooocus, DALL-E, Firefly, SD.Next.
            ("20240517123456-fox.png", datetime(2024, 5, 17, 12, 34, 56, 0)),
            ("2024-05-17_12-34-56_1234.png", datetime(2024, 5, 17, 12, 34, 56, 0)),
            ("DALL·E 2024-05-17 12.34.56 - A fox in snow.png", datetime(2024, 5, 17, 12, 34, 56, 0)),
            ("Firefly 20240517123456.png", datetime(2024, 5, 17, 12, 34, 56, 0)),
            ("00012-2024-05-17-fox.png", datetime(2024, 5, 17, 12, 0, 0, 0)),
            ("ComfyUI_2024-05-17_00012_.png", datetime(2024, 5, 17, 12, 0, 0, 0)),
            ("fox_20240517.png", datetime(2024, 5, 17, 12, 0, 0, 0)),
            ("ChatGPT Image May 17, 2025, 12_34_56 PM.png", datetime(2025, 5, 17, 12, 34, 56, 0)),
            ("ChatGPT Image May 7, 2025, 01_34_56 PM.png", datetime(2025, 5, 7, 13, 34, 56, 0)),
            ("ChatGPT Image 17. Mai 2025, 12_34_56.png", datetime(2025, 5, 17, 12, 34, 56, 0)),
            ("ChatGPT Image 1 août 2025, 12_34_56.png", datetime(2025, 8, 1, 12, 34, 56, 0)),
            ("ChatGPT Image 17 de mayo de 2025, 12_34_56.png", datetime(2025, 5, 17, 12, 34, 56, 0)),
            // Phones, screenshots and chat programs.
            ("IMG_20240517_123456.jpg", datetime(2024, 5, 17, 12, 34, 56, 0)),
            ("IMG-20240517-WA0003.jpg", datetime(2024, 5, 17, 12, 0, 0, 0)),
            ("PXL_20240517_123456789.jpg", datetime(2024, 5, 17, 12, 34, 56, 0)),
            ("Screenshot 2024-05-17 at 12.34.56 PM.png", datetime(2024, 5, 17, 12, 34, 56, 0)),
            ("WhatsApp Image 2024-05-17 at 12.34.56 AM.jpeg", datetime(2024, 5, 17, 0, 34, 56, 0)),
            ("Bildschirmfoto vom 2024-05-17 12-34-56.png", datetime(2024, 5, 17, 12, 34, 56, 0)),
            ("photo_2024-05-17_12-34-56 (2).jpg", datetime(2024, 5, 17, 12, 34, 56, 0)),
            ("Screenshot 2024-05-17 at 6.34.56\u{202f}PM.png", datetime(2024, 5, 17, 18, 34, 56, 0)),
            ("WhatsApp Image 2024-05-17 at 6.34.56 AM.jpeg", datetime(2024, 5, 17, 6, 34, 56, 0)),
        ] {
            assert_eq!(in_file_name(name).map(|written| written.civil), Some(civil), "{name}");
        }
        // date -u -d @1715949296
        let saved = in_file_name("image_1715949296123.png").unwrap();
        assert_eq!(saved.civil, datetime(2024, 5, 17, 12, 34, 56, 123_000_000));
        assert_eq!(saved.offset, Some(Offset::UTC));
        assert_eq!(in_file_name("PXL_20240517_123456789.jpg").unwrap().offset, Some(Offset::UTC));
    }

    #[test]
    fn a_time_zone_after_the_time_is_read() {
        for (name, hours) in [
            ("2024-08-07T06-05-04.123Z.png", Some(0.0)),
            ("20240807T060504Z.png", Some(0.0)),
            ("2024-08-07T06_05_04+02_00.png", Some(2.0)),
            ("output_2024-12-29T00-05-04+05-30.png", Some(5.5)),
            ("2024-08-07T06-05-04-07-00.png", Some(-7.0)),
            ("2024-08-07 06-05-04-0700.png", None),
            ("2024-08-07_06-05-04-1234.png", None),
            ("2024-08-07T06-05-04Zebra.png", None),
            ("2024-08-07T06-05-04.png", None),
        ] {
            let written = in_file_name(name).unwrap();
            assert!(!written.is_day, "{name}");
            assert_eq!(written.offset.map(|offset| f64::from(offset.seconds()) / 3600.0), hours, "{name}");
        }
    }

    #[test]
    fn seeds_sizes_counts_and_versions_are_not_dates() {
        for name in [
            "00001-1715949296.png",
            "ComfyUI_00012_.png",
            "1024x1536.png",
            "fox-1920-1080-60.png",
            "202405171.png",
            "20241317.png",
            "2024-02-30.png",
            "1125899906842624.png",
            "v2023.1.png",
            "may the fox be 4 ever.png",
            "3 may 12.png",
            "a1b2c3d4-2024-4f5a-9c1d-001122334455.png",
            "fox.png",
            "",
        ] {
            assert_eq!(in_file_name(name), None, "{name}");
        }
    }

    #[test]
    fn folders_named_after_a_day_date_their_pictures() {
        for path in [
            "/out/txt2img-images/2024-05-17/00001-1.png",
            "/out/20240517/a.png",
            "/out/2024/05/17/a.png",
            "/out/2024_05_17 foxes/a.png",
        ] {
            assert_eq!(
                in_folder(Path::new(path)),
                Some(Written::of_day(Date::constant(2024, 5, 17))),
                "{path}"
            );
        }
        for path in
            ["/out/foxes/a.png", "/out/202405171/a.png", "/2024-05-17/foxes/a.png", "a.png", "/out/17/a.png"]
        {
            assert_eq!(in_folder(Path::new(path)), None, "{path}");
        }
    }
}
