//! When a picture was made, according to its texts: dates with their written time zone,
//! the most trusted first. Other modules judge whether a date can be true; this one has
//! no clock.

use super::evidence::Evidence;
use super::text::Source;
use super::xmp;
use crate::model::{MadeFrom, UnixMs, Zone};
use jiff::civil::{Date, DateTime, Time};
use jiff::fmt::rfc2822;
use jiff::tz::Offset;
use serde_json::Value;

/// The time of a date without a time. At noon, most other zones have the same day.
const NOON: Time = Time::constant(12, 0, 0, 0);

/// The maximum number of characters of a date that are read.
const MAX_FIELD: usize = 64;

/// The earliest accepted year: the one after the oldest photograph, so that the date is
/// not before that photograph in any time zone.
const FIRST_YEAR: i16 = 1827;

/// A date as a file or a name states it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// The local date and time.
    pub civil: DateTime,
    /// The offset from UTC; `None` if none is written.
    pub offset: Option<Offset>,
    /// True if only the day is written. The time is then noon.
    pub is_day: bool,
}

impl Written {
    /// Returns a day without a written time.
    pub fn of_day(day: Date) -> Self {
        Self { civil: day.to_datetime(NOON), offset: None, is_day: true }
    }

    /// Returns a day with a time but without a zone.
    pub fn of_time(day: Date, time: Time) -> Self {
        Self { civil: day.to_datetime(time), offset: None, is_day: false }
    }

    /// Returns the moment; `zone` applies if no offset is written. `None` beyond the
    /// years that jiff supports.
    pub fn moment(&self, zone: &Zone) -> Option<UnixMs> {
        match self.offset {
            Some(offset) => Some(UnixMs(offset.to_timestamp(self.civil).ok()?.as_millisecond())),
            None => zone.moment(self.civil),
        }
    }
}

/// Whether a date is that of the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trust {
    /// The date at which the picture was made.
    Made,
    /// The date of the last change, which is the same or later.
    Changed,
}

/// A date found in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FoundDate {
    /// The date, as it is written.
    pub written: Written,
    /// The place where it was found.
    pub from: MadeFrom,
    /// What kind of date it is.
    pub trust: Trust,
}

/// Fields of Exif, each with the field of its time zone and the field of its fractions of
/// a second (Exif 3.0, 4.6.6.6).
const EXIF: [(&str, &str, &str, Trust); 3] = [
    ("DateTimeOriginal", "OffsetTimeOriginal", "SubSecTimeOriginal", Trust::Made),
    ("DateTimeDigitized", "OffsetTimeDigitized", "SubSecTimeDigitized", Trust::Made),
    ("DateTime", "OffsetTime", "SubSecTime", Trust::Changed),
];

/// Properties of XMP (ISO 16684-1, and Exif for XMP).
const XMP: [(&str, &str, Trust); 6] = [
    (xmp::EXIF, "DateTimeOriginal", Trust::Made),
    (xmp::PHOTOSHOP, "DateCreated", Trust::Made),
    (xmp::BASIC, "CreateDate", Trust::Made),
    (xmp::EXIF, "DateTimeDigitized", Trust::Made),
    (xmp::TIFF, "DateTime", Trust::Changed),
    (xmp::BASIC, "ModifyDate", Trust::Changed),
];

/// The date and time fields of IPTC-IIM 4.2, chapter 6.
const IPTC: [(&str, &str); 2] =
    [("DateCreated", "TimeCreated"), ("DigitalCreationDate", "DigitalCreationTime")];

/// Returns every date in the texts of a picture, the most trusted first.
pub(crate) fn found(evidence: &Evidence) -> Vec<FoundDate> {
    let mut found: Vec<FoundDate> = Vec::new();
    let mut add = |written: Option<Written>, from, trust| {
        found.extend(written.map(|written| FoundDate { written, from, trust }));
    };
    add(generator(evidence), MadeFrom::Metadata, Trust::Made);
    for (date, offset, fraction, trust) in EXIF {
        add(exif(evidence, date, offset, fraction), MadeFrom::Exif, trust);
    }
    for (namespace, name, trust) in XMP {
        let text = evidence.property(namespace, name);
        add(text.and_then(|text| parse(text).or_else(|| month_or_year(text))), MadeFrom::Xmp, trust);
    }
    for (date, time) in IPTC {
        add(iptc(evidence, date, time), MadeFrom::Iptc, Trust::Made);
    }
    add(text_under(evidence, Source::PngText, "tIME").and_then(parse), MadeFrom::FileTime, Trust::Changed);
    // Cameras from before 2016 write no zone into Exif, but editors write the right one
    // into XMP.
    let zones: Vec<(DateTime, Offset)> = found
        .iter()
        .filter_map(|found| Some((whole_second(found.written.civil), found.written.offset?)))
        .collect();
    for found in found.iter_mut().filter(|found| found.written.offset.is_none() && !found.written.is_day) {
        let second = whole_second(found.written.civil);
        found.written.offset = zones.iter().find(|(civil, _)| *civil == second).map(|(_, offset)| *offset);
    }
    found.sort_by_key(|found| found.trust);
    found
}

fn whole_second(civil: DateTime) -> DateTime {
    civil.with().subsec_nanosecond(0).build().unwrap_or(civil)
}

fn text_under<'e>(evidence: &'e Evidence, source: Source, key: &str) -> Option<&'e str> {
    evidence.items.iter().find(|item| item.source == source && item.key == key).map(|item| item.text)
}

fn exif(evidence: &Evidence, date: &str, offset: &str, fraction: &str) -> Option<Written> {
    // ImageMagick writes the fields of other formats into texts of a PNG.
    let field = |name: &str| {
        text_under(evidence, Source::Exif, name)
            .or_else(|| text_under(evidence, Source::PngText, &format!("exif:{name}")))
    };
    let mut written = parse(&zero_padded(field(date)?))?;
    if written.is_day {
        return Some(written);
    }
    written.offset = written.offset.or_else(|| zone(field(offset)?.trim()));
    if let Some(digits) =
        field(fraction).map(str::trim).filter(|text| text.bytes().all(|b| b.is_ascii_digit()))
        && let Some(nanosecond) = nanoseconds(digits)
    {
        written.civil = written.civil.with().subsec_nanosecond(nanosecond).build().unwrap_or(written.civil);
    }
    Some(written)
}

/// Some cameras write a space for the first digit of a small number.
fn zero_padded(field: &str) -> String {
    let is_padding = |before: Option<char>, after: Option<char>| {
        before.is_some_and(|c| matches!(c, ':' | ' ')) && after.is_some_and(|c| c.is_ascii_digit())
    };
    let characters: Vec<char> = field.chars().take(MAX_FIELD).collect();
    let padded = characters.iter().enumerate().map(|(at, character)| {
        let before = at.checked_sub(1).and_then(|at| characters.get(at).copied());
        if *character == ' ' && is_padding(before, characters.get(at + 1).copied()) {
            '0'
        } else {
            *character
        }
    });
    padded.collect()
}

fn iptc(evidence: &Evidence, date: &str, time: &str) -> Option<Written> {
    let day = parse(text_under(evidence, Source::Iptc, date)?)?;
    let time = text_under(evidence, Source::Iptc, time)
        .and_then(|text| parse(&format!("{} {text}", day.civil.date())));
    Some(time.unwrap_or(day))
}

/// Returns the date that the generator itself wrote. Each generator has its own place for
/// it.
fn generator(evidence: &Evidence) -> Option<Written> {
    // Civitai's line of settings.
    let settings = evidence.parameters().find_map(|(_, text)| {
        let (_, rest) = text.rsplit_once("Created Date: ")?;
        parse(rest)
    });
    // Midjourney and others follow the specification of PNG.
    let creation = || {
        evidence
            .items
            .iter()
            .filter(|item| item.source == Source::PngText && item.key.eq_ignore_ascii_case("Creation Time"))
            .find_map(|item| parse(item.text).or_else(|| rfc(item.text)).or_else(|| ctime(item.text)))
    };
    let swarm = || {
        // Parsing every text for this would be expensive.
        let items = evidence.items.iter().filter(|item| item.text.contains("\"sui_image_params\""));
        items.filter_map(|item| item.json()).find_map(|json| {
            let extra = json.get("sui_extra_data").unwrap_or(json);
            json.get("sui_image_params")?;
            parse(extra.get("date")?.as_str()?)
        })
    };
    let beside = || {
        let sidecars = evidence.items.iter().filter(|item| item.source == Source::Sidecar);
        sidecars.filter_map(|item| item.json()).find_map(|json| {
            ["createdAt", "created_at", "date"].iter().find_map(|key| parse(json.get(key)?.as_str()?))
        })
    };
    settings.or_else(creation).or_else(swarm).or_else(|| declared(evidence)).or_else(beside)
}

/// Returns when the action that created the picture took place (C2PA 2.2, 18.15.11).
fn declared(evidence: &Evidence) -> Option<Written> {
    let store = evidence.items.iter().find(|item| item.source == Source::C2pa)?.json()?;
    let actions = store.as_array()?.iter().filter(|entry| {
        entry.get("label").and_then(Value::as_str).is_some_and(|label| label.starts_with("c2pa.actions"))
    });
    let actions = actions.filter_map(|entry| entry.get("value")?.get("actions")?.as_array()).flatten();
    let created =
        actions.take(1000).find(|action| action.get("action").is_some_and(|a| a == "c2pa.created"))?;
    parse(created.get("when")?.as_str()?)
}

/// Reads `2024-05` and `2024`, which XMP allows: the first day of it.
fn month_or_year(text: &str) -> Option<Written> {
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\0');
    match text.len() {
        4 => parse(&format!("{text}-01-01")),
        7 => parse(&format!("{text}-01")),
        _ => None,
    }
}

/// Reads what `ctime` of C writes: `Fri May 17 12:34:56 2024`.
fn ctime(text: &str) -> Option<Written> {
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\0');
    let text = text.get(..text.floor_char_boundary(MAX_FIELD))?;
    let civil = DateTime::strptime("%a %b %e %H:%M:%S %Y", text).ok()?;
    (civil.year() >= FIRST_YEAR).then(|| Written::of_time(civil.date(), civil.time()))
}

fn rfc(text: &str) -> Option<Written> {
    let zoned = rfc2822::parse(text.trim()).ok()?;
    Some(Written { civil: zoned.datetime(), offset: Some(zoned.offset()), is_day: false })
}

/// Parses a date in the notation of Exif, ISO 8601 or IPTC: `2024:05:17 12:34:56`,
/// `2024-05-17T12:34:56.7+02:00`, `20240517 123456+0200`, `2024-05-17`. Ignores what
/// follows.
pub(crate) fn parse(text: &str) -> Option<Written> {
    let mut rest = Digits(text.trim_start().as_bytes());
    let year = rest.number(4)?;
    let between = rest.one_of(b":-/.");
    let month = rest.number(2)?;
    if between.is_some() && rest.one_of(b":-/.") != between {
        return None;
    }
    let day = rest.number(2)?;
    let date = Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    // These dates are the zero of several clocks and file systems, not the date of a
    // picture.
    if date.year() < FIRST_YEAR || date == Date::constant(1970, 1, 1) || date == Date::constant(1904, 1, 1) {
        return None;
    }
    let is_day = Written::of_day(date);
    if rest.one_of(b"Tt _").is_none() {
        // If more digits follow, the number is not a date.
        return (!rest.0.first().is_some_and(u8::is_ascii_digit)).then_some(is_day);
    }
    let Some((time, rest)) = time(rest) else { return Some(is_day) };
    let rest = std::str::from_utf8(rest.0).unwrap_or_default().trim_start();
    Some(Written { offset: zone(rest), ..Written::of_time(date, time) })
}

fn time(mut rest: Digits<'_>) -> Option<(Time, Digits<'_>)> {
    let hour = rest.number(2)?;
    let colon = rest.one_of(b":");
    let minute = rest.number(2)?;
    let mut second = 0;
    let mut nanosecond = 0;
    // Civitai wrote `1212:20` for some years.
    if rest.one_of(b":").is_some() || colon.is_none() {
        second = rest.number(2)?;
        if let Some(after) = rest.0.strip_prefix(b".").or_else(|| rest.0.strip_prefix(b",")) {
            let end = after.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(after.len());
            let (digits, others) = after.split_at(end);
            nanosecond = nanoseconds(std::str::from_utf8(digits).ok()?).unwrap_or(0);
            rest = Digits(others);
        }
    }
    let small = |number: i16| i8::try_from(number).ok();
    // A leap second becomes the second before it.
    Some((Time::new(small(hour)?, small(minute)?, small(second.min(59))?, nanosecond).ok()?, rest))
}

/// Returns a fraction of a second in nanoseconds. Digits after the ninth are ignored.
fn nanoseconds(digits: &str) -> Option<i32> {
    let digits = digits.get(..digits.len().min(9))?;
    let number: i32 = digits.parse().ok()?;
    Some(number * 10_i32.pow(9 - u32::try_from(digits.len()).ok()?))
}

/// Parses `Z`, `+02:00`, `+0200` or `+02`.
fn zone(text: &str) -> Option<Offset> {
    if text.starts_with(['Z', 'z']) || text.starts_with("UTC") || text.starts_with("GMT") {
        return Some(Offset::UTC);
    }
    let sign = match text.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let mut rest = Digits(text.as_bytes().get(1..)?);
    let hours = i32::from(rest.number(2)?);
    rest.one_of(b":");
    let minutes = i32::from(rest.number(2).unwrap_or(0));
    let inside = hours <= 14 && minutes < 60;
    inside.then(|| Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok()).flatten()
}

/// Bytes that are parsed from the front.
struct Digits<'a>(&'a [u8]);

impl Digits<'_> {
    /// Takes a number with exactly this many digits.
    fn number(&mut self, count: usize) -> Option<i16> {
        let (digits, rest) = self.0.split_at_checked(count)?;
        if !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        self.0 = rest;
        Some(digits.iter().fold(0, |number, digit| number * 10 + i16::from(digit - b'0')))
    }

    fn one_of(&mut self, bytes: &[u8]) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        if !bytes.contains(first) {
            return None;
        }
        self.0 = rest;
        Some(*first)
    }
}

#[cfg(test)]
#[path = "dates_tests.rs"]
mod tests;
