//! What the bucket's owner pays for: stored bytes, and requests by the classes of Cloudflare R2.

use super::{Bytes, UnixMs};
use serde::Serialize;
use std::fmt;

/// The class of a request, which decides its price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RequestClass {
    /// Changes or lists objects, for example PUT.
    A,
    /// Reads one object, for example GET and HEAD.
    B,
    /// Deletes objects.
    Free,
}

impl RequestClass {
    /// All classes.
    pub const ALL: [Self; 3] = [Self::A, Self::B, Self::Free];

    /// Returns the name that the catalog stores.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::A => "a",
            Self::B => "b",
            Self::Free => "free",
        }
    }

    /// Returns the class with that name; `None` for any other text.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.as_str() == name)
    }
}

/// A calendar month in UTC, by which requests are billed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Month {
    /// Months since January of the year 0.
    number: i32,
}

impl Month {
    /// Returns the month of a moment.
    pub fn of(moment: UnixMs) -> Self {
        let moment = jiff::Timestamp::from_millisecond(moment.0).unwrap_or_default();
        let date = jiff::tz::TimeZone::UTC.to_datetime(moment);
        Self { number: i32::from(date.year()) * 12 + i32::from(date.month()) - 1 }
    }

    /// Returns the month that is this many months earlier.
    #[must_use]
    pub fn minus(self, months: u8) -> Self {
        Self { number: self.number - i32::from(months) }
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.number.div_euclid(12), self.number.rem_euclid(12) + 1)
    }
}

/// What Cloudflare R2 does not charge for in a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, specta::Type)]
pub struct Allowance {
    /// The average amount stored.
    pub stored_bytes: Bytes,
    /// Requests of class A.
    pub class_a: u32,
    /// Requests of class B.
    pub class_b: u32,
}

/// The free allowance of R2 per account and month: 10 GB-month, 1 million requests of class A and
/// 10 million of class B (developers.cloudflare.com/r2/pricing).
pub const FREE_ALLOWANCE: Allowance =
    Allowance { stored_bytes: Bytes(10_000_000_000), class_a: 1_000_000, class_b: 10_000_000 };

/// What this library uses of its bucket. Requests of other programs and of visitors are not in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, specta::Type)]
pub struct BucketUsage {
    /// The month of the requests in UTC, as `YYYY-MM`.
    pub month: String,
    /// Requests of class A that this library sent in the month, including those that failed.
    pub class_a: u32,
    /// Requests of class B, likewise.
    pub class_b: u32,
    /// Requests that are free of charge, likewise.
    pub free: u32,
    /// The total size of the library's objects now.
    pub stored_bytes: Bytes,
    /// How many objects the library has in the bucket now.
    pub objects: u32,
    /// What R2 does not charge for.
    pub allowance: Allowance,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_begins_at_midnight_utc() {
        // 2026-12-01T00:00:00Z, from `date -u -d 2026-12-01 +%s`.
        let december = UnixMs(1_796_083_200_000);
        assert_eq!(Month::of(december).to_string(), "2026-12");
        assert_eq!(Month::of(december.plus_ms(-1)).to_string(), "2026-11");
        assert_eq!(Month::of(december).minus(12).to_string(), "2025-12");
        assert!(Month::of(december).minus(12) < Month::of(december).minus(11));
    }

    #[test]
    fn a_class_keeps_its_name() {
        for class in RequestClass::ALL {
            assert_eq!(RequestClass::from_name(class.as_str()), Some(class));
        }
        assert_eq!(RequestClass::from_name("c"), None);
    }
}
