//! Time zones: conversion from a date or a local time to a moment, and back.

use super::UnixMs;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

/// A time zone with its rules for daylight saving, past and future.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone(TimeZone);

impl Zone {
    /// Returns the zone that this computer is set to; UTC if it has none.
    pub fn here() -> Self {
        Self(TimeZone::system())
    }

    /// Coordinated universal time.
    pub const UTC: Self = Self(TimeZone::UTC);

    /// Returns the zone with a name such as `Europe/Berlin`; `None` if this computer
    /// does not know it.
    pub fn named(name: &str) -> Option<Self> {
        TimeZone::get(name).ok().map(Self)
    }

    /// Returns the moment at which clocks in this zone show `civil`. A time that is
    /// skipped when clocks go forward is read as if they had not gone forward. Of a
    /// time that occurs twice, the first one is returned. `None` beyond the years
    /// that jiff supports.
    pub fn moment(&self, civil: DateTime) -> Option<UnixMs> {
        Some(UnixMs(self.0.to_timestamp(civil).ok()?.as_millisecond()))
    }

    /// Returns the first moment of a day in this zone; `None` beyond the years that
    /// jiff supports.
    pub fn start_of(&self, day: Date) -> Option<UnixMs> {
        let zoned = day.to_zoned_datetime(self.0.clone()).ok()?;
        Some(UnixMs(zoned.start_of_day().ok()?.timestamp().as_millisecond()))
    }

    /// Returns what clocks in this zone show at a moment; `None` beyond the years
    /// that jiff supports.
    pub fn civil(&self, at: UnixMs) -> Option<DateTime> {
        Some(self.0.to_datetime(Timestamp::from_millisecond(at.0).ok()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::{date, datetime};

    // `date -u -d 'TZ="Europe/Berlin" 2024-07-01 12:00' +%s` and so on.
    #[test]
    fn days_and_times_follow_daylight_saving() {
        let berlin = Zone::named("Europe/Berlin").unwrap();
        let at = |civil| berlin.moment(civil).unwrap().0 / 1000;
        assert_eq!(at(datetime(2024, 7, 1, 12, 0, 0, 0)), 1_719_828_000);
        assert_eq!(at(datetime(2024, 1, 1, 12, 0, 0, 0)), 1_704_106_800);
        // Skipped: 02:30 would have been one and a half hours after midnight UTC.
        assert_eq!(at(datetime(2024, 3, 31, 2, 30, 0, 0)), 1_711_848_600);
        // Occurs twice: the first time is in summer time.
        assert_eq!(at(datetime(2024, 10, 27, 2, 30, 0, 0)), 1_729_989_000);
        let day =
            berlin.start_of(date(2024, 10, 28)).unwrap().0 - berlin.start_of(date(2024, 10, 27)).unwrap().0;
        assert_eq!(day, 25 * 3_600_000);
        assert_eq!(berlin.civil(UnixMs(1_719_828_000_000)), Some(datetime(2024, 7, 1, 12, 0, 0, 0)));
    }
}
