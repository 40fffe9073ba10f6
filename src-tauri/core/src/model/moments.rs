//! Days, months and other periods, as people write them in a search, in a time
//! zone.

use super::{UnixMs, Zone};
use jiff::civil::{Date, DateTime};
use jiff::{Span, ToSpan};

/// A span of time from one moment to another. It is open at a side that is `None`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TimeSpan {
    /// The first moment inside the span.
    pub from: Option<UnixMs>,
    /// The first moment after the span.
    pub until: Option<UnixMs>,
}

impl TimeSpan {
    /// Keeps only the part that is also inside `other`.
    pub(super) fn narrow(&mut self, other: Self) {
        self.from = self.from.max(other.from);
        self.until = match (self.until, other.until) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
    }
}

/// Parses `2026-03`, `2026-03..2026-05`, `2026-03..`, `>=2026-03`, `>2026-03`,
/// `<2026-03` and `<=2026-03`. Returns `None` for anything else.
pub(super) fn span(text: &str, zone: &Zone) -> Option<TimeSpan> {
    if let Some((from, until)) = text.split_once("..") {
        let from = if from.is_empty() { None } else { Some(period(from, zone)?.0) };
        let until = if until.is_empty() { None } else { Some(period(until, zone)?.1) };
        return (from.is_some() || until.is_some()).then_some(TimeSpan { from, until });
    }
    for (sign, of) in [
        (
            ">=",
            (|(start, _)| TimeSpan { from: Some(start), until: None }) as fn((UnixMs, UnixMs)) -> TimeSpan,
        ),
        ("<=", |(_, end)| TimeSpan { from: None, until: Some(end) }),
        (">", |(_, end)| TimeSpan { from: Some(end), until: None }),
        ("<", |(start, _)| TimeSpan { from: None, until: Some(start) }),
    ] {
        if let Some(rest) = text.strip_prefix(sign) {
            return period(rest, zone).map(of);
        }
    }
    let (start, end) = period(text, zone)?;
    Some(TimeSpan { from: Some(start), until: Some(end) })
}

/// Parses a day, which stands for its noon, or a day with a time. Returns `None`
/// for anything else.
pub fn moment_of(text: &str, zone: &Zone) -> Option<UnixMs> {
    let is_day = text.split('-').count() == 3 && !text.contains(['T', 't']);
    let text = if is_day { format!("{text}T12:00") } else { text.to_owned() };
    text.contains(['T', 't']).then(|| period(&text, zone)).flatten().map(|(start, _)| start)
}

/// Returns the first moment of a year, month, day, minute or second, and the first
/// moment after it. Accepts `2026`, `2026-03`, `2026-03-17`, `2026-03-17T12:30` and
/// `2026-03-17T12:30:05`.
pub(super) fn period(text: &str, zone: &Zone) -> Option<(UnixMs, UnixMs)> {
    let (day, time) = match text.split_once(['T', 't']) {
        Some((day, time)) => (day, Some(time)),
        None => (text, None),
    };
    let numbers: Vec<&str> = day.split('-').collect();
    let date = |year: &str, month: &str, day: &str| {
        let year = (year.len() == 4).then(|| number(year)).flatten()?;
        Date::new(year, small(month)?, small(day)?).ok()
    };
    let (start, length) = match (numbers.as_slice(), time) {
        ([year], None) => (date(year, "1", "1")?, 1.year()),
        ([year, month], None) => (date(year, month, "1")?, 1.month()),
        ([year, month, day], None) => (date(year, month, day)?, 1.day()),
        ([year, month, day], Some(time)) => return within(date(year, month, day)?, time, zone),
        _ => return None,
    };
    Some((zone.start_of(start)?, zone.start_of(start.checked_add(length).ok()?)?))
}

fn within(day: Date, time: &str, zone: &Zone) -> Option<(UnixMs, UnixMs)> {
    let numbers: Vec<&str> = time.split(':').collect();
    let (second, length) = match numbers.as_slice() {
        [_, _] => ("0", 1.minute()),
        [_, _, second] => (*second, 1.second()),
        _ => return None,
    };
    let [hour, minute] = [numbers.first()?, numbers.get(1)?];
    let start =
        day.to_datetime(jiff::civil::Time::new(small(hour)?, small(minute)?, small(second)?, 0).ok()?);
    let end = |start: DateTime, length: Span| start.checked_add(length).ok();
    Some((zone.moment(start)?, zone.moment(end(start, length)?)?))
}

fn small(text: &str) -> Option<i8> {
    i8::try_from(number(text)?).ok()
}

fn number(text: &str) -> Option<i16> {
    let digits = (1..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;

    // 2024-03-31 in Berlin: `date -u -d 'TZ="Europe/Berlin" 2024-03-31' +%s`
    const LAST_OF_MARCH: i64 = 1_711_839_600_000;

    #[test]
    fn days_follow_the_time_zone_of_the_artist_and_may_have_23_hours() {
        let berlin = Zone::named("Europe/Berlin").unwrap();
        let (start, end) = period("2024-03-31", &berlin).unwrap();
        assert_eq!((start.0, end.0), (LAST_OF_MARCH, LAST_OF_MARCH + 23 * HOUR));
        let (start, _) = period("2024-03-31", &Zone::UTC).unwrap();
        assert_eq!(start.0, LAST_OF_MARCH + HOUR);
        let (start, end) = period("2024-03-31T12:30", &berlin).unwrap();
        assert_eq!((start.0, end.0 - start.0), (LAST_OF_MARCH + 23 * HOUR / 2, 60_000));
    }

    #[test]
    fn a_moment_is_a_day_or_a_time_of_a_day() {
        let of = |text| moment_of(text, &Zone::UTC).map(|at| at.0 / 1000);
        // `date -u -d 2024-03-31T12:00 +%s`
        assert_eq!(of("2024-03-31"), Some(1_711_886_400));
        assert_eq!(of("2024-03-31T12:00:05"), Some(1_711_886_405));
        for bad in ["2024", "2024-03", "", "soon", "2024-03-32", "T12:00", "2024-03-31T"] {
            assert_eq!(of(bad), None, "{bad}");
        }
    }

    #[test]
    fn spans_are_periods_or_have_an_open_end() {
        let of =
            |text| span(text, &Zone::UTC).map(|span| (span.from.map(|at| at.0), span.until.map(|at| at.0)));
        // `date -u -d 2024-02-01 +%s` and so on.
        let [february, march, may] = [1_706_745_600_000, 1_709_251_200_000, 1_714_521_600_000];
        assert_eq!(of("2024-02"), Some((Some(february), Some(march))));
        assert_eq!(of("2024-02..2024-04"), Some((Some(february), Some(may))));
        assert_eq!(of("2024-02.."), Some((Some(february), None)));
        assert_eq!(of("..2024-04"), Some((None, Some(may))));
        assert_eq!(of(">=2024-02"), Some((Some(february), None)));
        assert_eq!(of(">2024-02"), Some((Some(march), None)));
        assert_eq!(of("<2024-03"), Some((None, Some(march))));
        assert_eq!(of("<=2024-02"), Some((None, Some(march))));
        for bad in
            ["..", "", "2024-13", "24", "2024-02-30", "2024-02T12:00", "2024-1-1-1", "2024-01-01T25:00", ">"]
        {
            assert_eq!(of(bad), None, "{bad}");
        }
    }
}
